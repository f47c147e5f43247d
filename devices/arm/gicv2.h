/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A GICv2 from inside, as a GIC-400 has it, for up to eight cores:
 *
 *   gicv2.c                selection of interrupts, inputs, the device type
 *   gicv2_distributor.c    GICD_*
 *   gicv2_cpu_interface.c  GICC_*
 *   gicv2_virtual.c        GICH_* and GICV_*: list registers
 *   gic_maintenance.c      their maintenance interrupt, as in GICv3
 *
 * Registers that are banked per core follow the core that an access comes from
 * (struct access). Section numbers are of IHI 0048B.
 *
 * Without cairn,security all accesses count as Secure, and both groups are
 * there all the same.
 */
#ifndef DEVICES_ARM_GICV2_H
#define DEVICES_ARM_GICV2_H

#include "devices/arm/gic.h"

#define GICV2_COMPATIBLE "arm,cortex-a15-gic"

enum { GICV2_G0, GICV2_GROUP1, GICV2_GROUPS };

enum {
    GICV2_WRONG_GROUP = 1022, /* the interrupt is of the other group */
    GICV2_POINT_MIN = 2,
    GICV2_LIST_REGISTERS = 4,
    GICV2_MAINTENANCE = 25, /* PPI of the virtual CPU interface */
};

enum gicv2_control { /* GICD_CTLR and GICC_CTLR, Secure view */
                     GICV2_CTLR_G0 = 1 << 0,
                     GICV2_CTLR_G1 = 1 << 1,
                     GICV2_CTLR_ACK = 1 << 2,
                     GICV2_CTLR_FIQ = 1 << 3,
                     GICV2_CTLR_CBPR = 1 << 4,
                     /* where the Non-secure view has bits 5, 6 */
                     GICV2_CTLR_BYPASS_G1 = 3 << 7,
                     GICV2_CTLR_EOIMODE = 1 << 9,
                     GICV2_CTLR_EOIMODE_NS = 1 << 10,
};

struct gicv2_cpu {
    uint32_t control; /* GICC_CTLR as the Secure state sees it */
    uint32_t priority_mask;
    uint32_t binary_point[GICV2_GROUPS];
    uint32_t active[GICV2_GROUPS]; /* GICC_APR0, GICC_NSAPR0 */
};

struct gicv2_virtual {
    uint32_t list[GICV2_LIST_REGISTERS];
    uint32_t control; /* GICH_HCR */
    uint32_t machine; /* GICH_VMCR */
    uint32_t active;  /* GICH_APR */
};

struct gicv2 {
    struct gic_bank banks[GIC_BANKS];
    uint8_t targets[GIC_SPIS];
    uint8_t sgi_sources[GIC_CORES][GIC_SGIS]; /* cores that asked */
    struct gicv2_cpu cpus[GIC_CORES];
    struct gicv2_virtual virtuals[GIC_CORES];
    uint32_t control; /* GICD_CTLR as the Secure state sees it */
};

struct gicv2_wiring {
    unsigned core_count;
    bool security;
};

/* The highest priority pending interrupt of a core. */
struct gicv2_best {
    unsigned intid; /* GIC_SPURIOUS if none */
    uint8_t priority;
    unsigned group;
};

struct gicv2_best gicv2_find_best(const struct device *device, unsigned core);
bool gicv2_can_preempt(const struct gicv2_cpu *cpu,
                       const struct gicv2_best *best);
uint8_t gicv2_running_priority(const struct gicv2_cpu *cpu);
uint32_t gicv2_group_mask(const struct gicv2_cpu *cpu, unsigned group);
/* Drive output lines from state. */
void gicv2_update_core(struct device *device, unsigned core);
void gicv2_update(struct device *device);

static inline bool gicv2_is_secure(const struct device *device,
                                   const struct access *access)
{
    const struct gicv2_wiring *wiring = device->wiring;
    return !wiring->security || access->secure;
}

/* Bits of a bank that an access may see. */
static inline uint32_t gicv2_visible(const struct device *device,
                                     const struct access *access,
                                     const struct gic_bank *bank)
{
    return gicv2_is_secure(device, access) ? UINT32_MAX : bank->group;
}

static inline unsigned gicv2_core_of(const struct access *access)
{
    return access->master % GIC_CORES;
}

/* Define the handlers of a register that has an alias for group 1, by one
 * function for both. */
#define GICV2_READ(handler, read, alias)                                       \
    static uint32_t handler(struct device *device,                             \
                            const struct access *access, unsigned index)       \
    {                                                                          \
        return read(device, access, alias);                                    \
    }
#define GICV2_WRITE(handler, write, alias)                                     \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        write(device, access, value, alias);                                   \
    }

/* gicv2_distributor.c */
enum { GICV2_DISTRIBUTOR_ROWS = 32 };
extern const struct register_spec
    gicv2_distributor_rows[GICV2_DISTRIBUTOR_ROWS];
void gicv2_set_sgi(struct gicv2 *gic, unsigned core, unsigned sgi,
                   uint8_t sources);

/* gicv2_cpu_interface.c */
enum { GICV2_CPU_ROWS = 18 };
extern const struct register_spec gicv2_cpu_rows[GICV2_CPU_ROWS];

/* gicv2_virtual.c */
enum { GICV2_HYPERVISOR_ROWS = 11, GICV2_VIRTUAL_ROWS = 16 };
extern const struct register_spec gicv2_hypervisor_rows[GICV2_HYPERVISOR_ROWS];
extern const struct register_spec gicv2_virtual_rows[GICV2_VIRTUAL_ROWS];
void gicv2_virtual_reset(struct gicv2_virtual *virtual);
void gicv2_virtual_lines(const struct gicv2_virtual *virtual, bool *irq,
                         bool *fiq, bool *maintenance);

/* For the frame that turns messages into edges (gicv2m.c). */
void gicv2_pulse(struct device *device, unsigned spi);

#endif
