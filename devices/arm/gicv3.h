/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A GICv3 from inside. One device is the distributor, the redistributors and
 * the CPU interfaces of up to eight cores, core N having the affinity 0.0.0.N:
 *
 *   gicv3_distributor.c    GICD_*, the inputs, the device type
 *   gicv3_redistributor.c  GICR_*, LPIs
 *   gicv3_priority.c       which interrupt a core's lines signal
 *   gicv3_cpu_interface.c  ICC_*: access rules, acknowledge, end, masks
 *   gicv3_sgi.c            ICC_SGI*: interrupts from core to core
 *   gicv3_virtual.c        ICV_* and ICH_*: list registers
 *
 * Affinity routing is always on, as are the system registers. With one
 * security state (cairn,security absent) GICD_CTLR.DS is fixed at 1.
 */
#ifndef DEVICES_ARM_GICV3_H
#define DEVICES_ARM_GICV3_H

#include "bus/dma.h"
#include "bus/gic_cpu.h"
#include "devices/arm/gic.h"

#define GICV3_COMPATIBLE "arm,gic-v3"

enum gicv3_group { GICV3_G0, GICV3_G1S, GICV3_G1NS, GICV3_GROUPS };

enum {
    GICV3_LPI_FIRST = 8192,
    GICV3_ID_BITS = 16,
    GICV3_LPI_WORDS = (1 << GICV3_ID_BITS) / 32,
    GICV3_LIST_REGISTERS = 4,
    GICV3_MAINTENANCE = 25, /* PPI of the virtual CPU interface */
};

enum gicv3_distributor_control {
    GICD_ENABLE_G0 = 1 << 0,
    GICD_ENABLE_G1NS = 1 << 1,
    GICD_ENABLE_G1S = 1 << 2,
    GICD_ARE_S = 1 << 4,
    GICD_ARE_NS = 1 << 5,
    GICD_DS = 1 << 6,
};

enum { GICR_ENABLE_LPIS = 1 << 0 };

struct gicv3_redistributor {
    uint64_t properties;    /* GICR_PROPBASER */
    uint64_t pending_table; /* GICR_PENDBASER */
    uint32_t control;
    uint32_t waker;
    uint32_t lpi_best;     /* INTID of the best pending and enabled LPI, */
    uint32_t lpi_priority; /* unless this is GIC_IDLE_PRIORITY */
};

struct gicv3_virtual {
    uint64_t list[GICV3_LIST_REGISTERS];
    uint32_t control; /* ICH_HCR */
    uint32_t machine; /* ICH_VMCR */
    uint32_t active[2];
};

struct gicv3_cpu {
    uint32_t control[2]; /* CBPR, EOImode, PMHE: Secure, Non-secure */
    uint32_t monitor_control;
    uint32_t priority_mask;
    uint32_t binary_point[GICV3_GROUPS];
    uint32_t active[GICV3_GROUPS]; /* ICC_AP0R0, ICC_AP1R0 of both states */
    uint32_t enabled[GICV3_GROUPS];
    uint32_t non_secure; /* the core's state, see bus/gic_cpu.h */
    uint32_t at_el3;
    struct gicv3_virtual virtual;
};

struct gicv3 {
    struct gic_bank banks[GIC_BANKS];
    uint64_t routes[GIC_SPIS];
    struct gicv3_redistributor redistributors[GIC_CORES];
    struct gicv3_cpu cpus[GIC_CORES];
    uint32_t lpi_pending[GIC_CORES][GICV3_LPI_WORDS];
    uint32_t access[GIC_SPIS / 16]; /* GICD_NSACR */
    uint32_t sgi_access[GIC_CORES]; /* GICR_NSACR */
    uint32_t control;               /* GICD_CTLR as the Secure state sees it */
    uint32_t reserved;
};

/* Non-secure accesses that GICD_NSACR and GICR_NSACR permit to an interrupt of
 * the Secure state (IHI 0069, 12.9.27); each includes those before. */
enum gicv3_permission {
    GICV3_NOTHING,
    GICV3_MAY_PEND, /* of SGIs: those of group 0 */
    GICV3_MAY_CLEAR,
    GICV3_MAY_ROUTE,
};

static inline enum gicv3_permission gicv3_permission(const uint32_t *words,
                                                     unsigned n)
{
    return (enum gicv3_permission)(words[n / 16] >> n % 16 * 2 & 3);
}

struct gicv3_wiring {
    struct dma dma; /* to LPI tables; open if there are LPIs */
    unsigned core_count;
    bool security; /* two security states */
    bool lpis;
};

/* The highest priority pending interrupt of a core. */
struct gicv3_best {
    uint32_t intid; /* GIC_SPURIOUS if none */
    uint8_t priority;
    enum gicv3_group group;
};

/* Drives all output lines from state. */
void gicv3_update(struct device *device);
void gicv3_update_core(struct device *device, unsigned core);

/* Bits of a bank that an access may see. */
static inline uint32_t gicv3_visible(const struct gicv3 *gic,
                                     const struct gic_bank *bank, bool secure)
{
    return secure || (gic->control & GICD_DS) != 0 ? UINT32_MAX : bank->group;
}

/* True if an access has the Non-secure view of priorities. */
static inline bool gicv3_shifted(const struct gicv3 *gic, bool secure)
{
    return !secure && (gic->control & GICD_DS) == 0;
}

/* True for what the Secure state, where there are two, has to itself. */
static inline bool gicv3_secure_of_two(const struct gicv3 *gic, bool secure)
{
    return secure && (gic->control & GICD_DS) == 0;
}

static inline uint32_t gicv3_group_bits(const struct gicv3 *gic,
                                        const struct gic_bank *bank,
                                        enum gicv3_group group)
{
    uint32_t secure_g1 =
        (gic->control & GICD_DS) != 0 ? 0 : ~bank->group & bank->modifier;

    switch (group) {
    case GICV3_G1NS:
        return bank->group;
    case GICV3_G1S:
        return secure_g1;
    default:
        return ~bank->group & ~secure_g1;
    }
}

/* Registers that a distributor and a redistributor have alike, for 32
 * interrupts. */
enum gicv3_set {
    GICV3_GROUP,
    GICV3_MODIFIER,
    GICV3_ENABLE,
    GICV3_DISABLE,
    GICV3_PEND,
    GICV3_UNPEND,
    GICV3_ACTIVATE,
    GICV3_DEACTIVATE,
};
uint32_t gicv3_set_read(const struct gicv3 *gic, const struct gic_bank *bank,
                        enum gicv3_set set, bool secure);
void gicv3_set_write(struct gicv3 *gic, struct gic_bank *bank,
                     enum gicv3_set set, bool secure, uint32_t value);

/* gicv3_redistributor.c */
enum { GICV3_REDISTRIBUTOR_ROWS = 31 };
extern const struct register_spec
    gicv3_redistributor_rows[GICV3_REDISTRIBUTOR_ROWS];
void gicv3_redistributor_reset(struct device *device, unsigned core);
/* An LPI becomes pending, or not, at a core; -EINVAL when it has none such. */
int gicv3_lpi_set(struct device *device, unsigned core, uint32_t intid,
                  bool pending);
/* Moves pending LPIs from one core to the other; for all LPIs -EINVAL when one
 * of the two cores has them disabled. */
void gicv3_lpi_move(struct device *device, unsigned from, unsigned to,
                    uint32_t intid);
int gicv3_lpi_move_all(struct device *device, unsigned from, unsigned to);
/* The configuration table changed. */
void gicv3_lpi_look(struct device *device, unsigned core);
bool gicv3_has_core(const struct device *device, uint64_t core);

/* gicv3_priority.c */
struct gicv3_best gicv3_best(struct device *device, unsigned core);
/* Which lines the core's state calls for. */
void gicv3_cpu_lines(struct device *device, unsigned core, bool *irq,
                     bool *fiq);

/* gicv3_cpu_interface.c */
extern const struct gic_cpu gicv3_cpu_interface;
void gicv3_cpu_reset(struct device *device, unsigned core);
/* The call at hand, for handlers of system registers. */
struct gicv3_call {
    struct device *device;
    struct gicv3 *gic;
    struct gicv3_cpu *cpu;
    unsigned core;
    const struct gic_cpu_caller *caller;
};
void gicv3_deactivate(struct gicv3 *gic, unsigned core, uint32_t intid);

/* gicv3_virtual.c: registers by index, see gicv3_cpu_interface.def. */
enum gicv3_ich {
    ICH_AP0R0,
    ICH_AP1R0,
    ICH_HCR,
    ICH_VTR,
    ICH_MISR,
    ICH_EISR,
    ICH_ELRSR,
    ICH_VMCR,
};
void gicv3_virtual_reset(struct gicv3_virtual *virtual);
void gicv3_virtual_lines(const struct gicv3_virtual *virtual, bool *irq,
                         bool *fiq, bool *maintenance);
uint64_t gicv3_virtual_read(struct gicv3_call *call, uint32_t encoding);
void gicv3_virtual_write(struct gicv3_call *call, uint32_t encoding,
                         uint64_t value);
uint64_t gicv3_list_read(struct gicv3_call *call, unsigned index);
void gicv3_list_write(struct gicv3_call *call, unsigned index, uint64_t value);
uint64_t gicv3_ich_read(struct gicv3_call *call, unsigned index);
void gicv3_ich_write(struct gicv3_call *call, unsigned index, uint64_t value);

/* gicv3_description.c */

extern const struct description gicv3_description;

#endif
