/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the GICv3 under test, IHI 0069, 12.2 and 12.4, and who reaches
 * them. */
#ifndef TESTS_GICV3_H
#define TESTS_GICV3_H

#include "devices/arm/gicv3.h"
#include "tests/gic.h"

extern const struct device_type gicv3;

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

/* Callers: a hypervisor, and its guest whose interrupts are virtual. */
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

#endif
