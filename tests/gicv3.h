/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the GICv3 under test, IHI 0069, 12.2 and 12.4, and who reaches
 * them. */
#ifndef TESTS_GICV3_H
#define TESTS_GICV3_H

#include "devices/arm/gicv3.h"
#include "tests/gic.h"

extern const struct device_type gicv3;

enum { FRAME = 0x20000 }; /* of a redistributor */

/* Banks of registers, and the frame of SGIs and PPIs in a redistributor. */
enum { GICD, GICR };
enum { SGI = 0x10000 };

/* Encodings by the manual's names. */
enum {
    PMR = GIC_CPU_REGISTER(3, 0, 4, 6, 0),
    IAR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 0),
    EOIR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 1),
    HPPIR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 2),
    BPR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 3),
    AP0R0 = GIC_CPU_REGISTER(3, 0, 12, 8, 4),
    AP1R0 = GIC_CPU_REGISTER(3, 0, 12, 9, 0),
    DIR = GIC_CPU_REGISTER(3, 0, 12, 11, 1),
    RPR = GIC_CPU_REGISTER(3, 0, 12, 11, 3),
    SGI1R = GIC_CPU_REGISTER(3, 0, 12, 11, 5),
    ASGI1R = GIC_CPU_REGISTER(3, 0, 12, 11, 6),
    SGI0R = GIC_CPU_REGISTER(3, 0, 12, 11, 7),
    IAR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 0),
    EOIR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 1),
    HPPIR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 2),
    BPR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 3),
    CTLR = GIC_CPU_REGISTER(3, 0, 12, 12, 4),
    SRE1 = GIC_CPU_REGISTER(3, 0, 12, 12, 5),
    IGRPEN0 = GIC_CPU_REGISTER(3, 0, 12, 12, 6),
    IGRPEN1 = GIC_CPU_REGISTER(3, 0, 12, 12, 7),
    ICH_AP0 = GIC_CPU_REGISTER(3, 4, 12, 8, 0),
    ICH_AP1 = GIC_CPU_REGISTER(3, 4, 12, 9, 0),
    SRE2 = GIC_CPU_REGISTER(3, 4, 12, 9, 5),
    HCR = GIC_CPU_REGISTER(3, 4, 12, 11, 0),
    VTR = GIC_CPU_REGISTER(3, 4, 12, 11, 1),
    MISR = GIC_CPU_REGISTER(3, 4, 12, 11, 2),
    EISR = GIC_CPU_REGISTER(3, 4, 12, 11, 3),
    ELRSR = GIC_CPU_REGISTER(3, 4, 12, 11, 5),
    VMCR = GIC_CPU_REGISTER(3, 4, 12, 11, 7),
    LR0 = GIC_CPU_REGISTER(3, 4, 12, 12, 0),
    CTLR3 = GIC_CPU_REGISTER(3, 6, 12, 12, 4),
    SRE3 = GIC_CPU_REGISTER(3, 6, 12, 12, 5),
    IGRPEN1_3 = GIC_CPU_REGISTER(3, 6, 12, 12, 7),
};

/* Callers: a machine with one state and nobody above; a hypervisor, and its
 * guest whose interrupts are virtual. */
static const struct gic_cpu_caller one_state = {.level = 1, .non_secure = true};
static const struct gic_cpu_caller hypervisor = {
    .level = 2, .hypervisor = true, .non_secure = true};
static const struct gic_cpu_caller guest = {.level = 1,
                                            .hypervisor = true,
                                            .non_secure = true,
                                            .irq_virtual = true,
                                            .fiq_virtual = true};

static inline uint64_t icc_get_as(struct test_bus *bus, unsigned core,
                                  uint32_t encoding,
                                  const struct gic_cpu_caller *caller)
{
    const struct gic_cpu *cpu = gicv3.interface;
    uint64_t value = 0;

    EXPECT_EQ(cpu->read(bus->device, core, encoding, caller, &value),
              GIC_CPU_DONE);
    return value;
}

static inline void icc_set_as(struct test_bus *bus, unsigned core,
                              uint32_t encoding,
                              const struct gic_cpu_caller *caller,
                              uint64_t value)
{
    const struct gic_cpu *cpu = gicv3.interface;

    EXPECT_EQ(cpu->write(bus->device, core, encoding, caller, value),
              GIC_CPU_DONE);
}

static inline uint64_t icc_get(struct test_bus *bus, uint32_t encoding,
                               const struct gic_cpu_caller *caller)
{
    return icc_get_as(bus, 0, encoding, caller);
}

static inline void icc_set(struct test_bus *bus, uint32_t encoding,
                           const struct gic_cpu_caller *caller, uint64_t value)
{
    icc_set_as(bus, 0, encoding, caller, value);
}

/* ---- One security state -------------------------------------------------- */

static inline void gicv3_start(struct test_bus *bus, uint32_t cores,
                               uint32_t security)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,core-count", cores);
    test_bus_property(bus, "cairn,security", security);
    test_bus_property(bus, "cairn,lpis", 1);
    bus->device = test_bus_make(bus, &gicv3);
}

/* As an operating system does without a monitor: all in group 1. */
static inline void gicv3_start_simple(struct test_bus *bus, uint32_t cores)
{
    gicv3_start(bus, cores, 0);
    test_write(bus->device, GICD, 0x0000, 0x2);
    for (unsigned core = 0; core < cores; core++) {
        test_write(bus->device, GICR, core * FRAME + SGI + 0x80, UINT32_MAX);
        test_write(bus->device, GICR, core * FRAME + SGI + 0x100, UINT32_MAX);
        icc_set_as(bus, core, PMR, &one_state, 0xf0);
        icc_set_as(bus, core, IGRPEN1, &one_state, 1);
    }
    for (unsigned word = 1; word <= 8; word++) {
        test_write(bus->device, GICD, 0x80 + 4 * word, UINT32_MAX);
    }
}

static inline void gicv3_set_priority(struct test_bus *bus, unsigned spi,
                                      uint8_t priority)
{
    test_write_as(bus->device, (struct test_who){0, false}, GICD, 0x420 + spi,
                  1, priority);
}

static inline void gicv3_enable_spi(struct test_bus *bus, unsigned spi)
{
    test_write(bus->device, GICD, 0x104 + spi / 32 * 4, BIT(spi % 32));
}

/* ---- Two security states ------------------------------------------------- */

static const struct gic_cpu_caller el3 = {.level = 3, .monitor = true};
static const struct gic_cpu_caller el3_ns = {
    .level = 3, .monitor = true, .non_secure = true};
static const struct gic_cpu_caller el2 = {
    .level = 2, .hypervisor = true, .monitor = true, .non_secure = true};
static const struct gic_cpu_caller secure_el1 = {.level = 1, .monitor = true};
static const struct gic_cpu_caller el1 = {
    .level = 1, .monitor = true, .non_secure = true};

/* INTID 32 is of group 0, 33 of Secure group 1, 34 of Non-secure group 1; so
 * are SGIs 0 to 2. */
static inline void gicv3_start_secure(struct test_bus *bus)
{
    static const struct {
        unsigned bank;
        uint32_t offset;
        uint32_t value;
    } writes[] = {
        {GICD, 0x0000,      7}, /* CTLR: all groups */
        {GICD, 0x0084,      4}, /* IGROUPR1 */
        {GICD, 0x0d04,      2}, /* IGRPMODR1 */
        {GICD, 0x0104,      7}, /* ISENABLER1 */
        {GICR, SGI + 0x080, 4},
        {GICR, SGI + 0xd00, 2},
        {GICR, SGI + 0x100, 7},
    };
    test_bus_init(bus);
    test_bus_property(bus, "cairn,security", 1);
    bus->device = test_bus_make(bus, &gicv3);
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        test_write_as(bus->device, gic_secure, writes[i].bank, writes[i].offset,
                      4, writes[i].value);
    }
    icc_set(bus, PMR, &el3, 0xff);
    icc_set(bus, IGRPEN0, &el3, 1);
    icc_set(bus, IGRPEN1_3, &el3, 3);
}

#endif
