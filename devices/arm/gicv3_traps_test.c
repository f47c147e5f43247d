/* SPDX-License-Identifier: Apache-2.0 */
/* Access to the registers of a GICv3's CPU interface: traps to higher levels,
 * and registers that a guest has of its own. */
#include "tests/gicv3.h"
#include "tests/harness.h"

/* By the kinds of registers: both groups', group 0's, group 1's, DIR, SGIs, and
 * what is never held back. */
TEST(accesses_trap_by_the_kind_of_their_register)
{
    static const struct {
        uint32_t encoding;
        bool writes;
        bool by_irq, by_fiq, by_both; /* to EL3 */
        uint32_t hcr;                 /* the bits that trap to EL2 */
        bool for_irq, for_fiq;        /* a guest has its own */
    } rows[] = {
        {PMR,   false, false, false, true,  1 << 10,           true,  true },
        {IAR0,  false, false, true,  true,  1 << 11,           false, true },
        {IAR1,  false, true,  false, true,  1 << 12,           true,  false},
        {DIR,   true,  false, false, true,  1 << 10 | 1 << 14, true,  true },
        {SGI1R, true,  false, false, true,  1 << 10,           true,  true },
        {SRE1,  false, false, false, false, 0,                 false, false},
    };
    const struct gic_cpu *cpu = gicv3.interface;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        uint64_t value;

        gicv3_start_secure(&bus);
        for (unsigned routed = 0; routed < 12; routed++) {
            const struct gic_cpu_caller caller = {
                .level = (uint8_t)(1 + routed / 4),
                .monitor = true,
                .non_secure = true,
                .irq_to_el3 = (routed & 1) != 0,
                .fiq_to_el3 = (routed & 2) != 0,
            };
            const bool by[] = {false, rows[i].by_irq, rows[i].by_fiq,
                               rows[i].by_both};
            bool traps = routed < 8 && by[routed % 4];

            test_case("row %zu, routed %u", i, routed);
            EXPECT_EQ(
                rows[i].writes
                    ? cpu->write(bus.device, 0, rows[i].encoding, &caller, 0)
                    : cpu->read(bus.device, 0, rows[i].encoding, &caller,
                                &value),
                traps ? GIC_CPU_TRAP_EL3 : GIC_CPU_DONE);
        }
        for (unsigned bit = 10; bit < 15; bit++) {
            const struct gic_cpu_caller caller = {
                .level = 1, .hypervisor = true, .non_secure = true};

            test_case("row %zu, bit %u of ICH_HCR", i, bit);
            icc_set(&bus, HCR, &hypervisor, 1u << bit);
            EXPECT_EQ(icc_get(&bus, HCR, &hypervisor), 1u << bit);
            EXPECT_EQ(
                rows[i].writes
                    ? cpu->write(bus.device, 0, rows[i].encoding, &caller, 0)
                    : cpu->read(bus.device, 0, rows[i].encoding, &caller,
                                &value),
                (rows[i].hcr >> bit & 1) != 0 ? GIC_CPU_TRAP_EL2
                                              : GIC_CPU_DONE);
            icc_set(&bus, HCR, &hypervisor, 0);
        }
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, gicv3_start_secure(bus))

/* ICH_HCR.TALL1 is of Non-secure EL1 under a hypervisor. */
TEST_ON(a_hypervisor_traps_its_guest_alone, bus)
{
    static const struct {
        struct gic_cpu_caller caller;
        enum gic_cpu_answer answer;
    } rows[] = {
        {{.level = 1, .hypervisor = true, .non_secure = true},
         GIC_CPU_TRAP_EL2                                                  },
        {{.level = 1, .hypervisor = true},                     GIC_CPU_DONE},
        {{.level = 1, .non_secure = true},                     GIC_CPU_DONE},
        {{.level = 2, .hypervisor = true, .non_secure = true}, GIC_CPU_DONE},
    };
    const struct gic_cpu *cpu = gicv3.interface;
    uint64_t value;

    icc_set(bus, HCR, &hypervisor, 1 << 12);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT_EQ(cpu->read(bus->device, 0, BPR1, &rows[i].caller, &value),
                  rows[i].answer);
    }
}

/* IGRPENn is 1 of the machine and 0 of the guest; an SGI always traps. */
TEST(a_guest_has_the_registers_of_interrupts_that_are_virtual)
{
    const struct gic_cpu *cpu = gicv3.interface;

    for (unsigned flags = 0; flags < 4; flags++) {
        const struct gic_cpu_caller caller = {
            .level = 1,
            .hypervisor = true,
            .non_secure = true,
            .irq_virtual = (flags & 1) != 0,
            .fiq_virtual = (flags & 2) != 0,
        };
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("flags %u", flags);
        gicv3_start_secure(&bus);
        EXPECT_EQ(icc_get(&bus, IGRPEN1, &caller), !caller.irq_virtual);
        EXPECT_EQ(icc_get(&bus, IGRPEN0, &caller), !caller.fiq_virtual);
        EXPECT_EQ(icc_get(&bus, PMR, &caller), flags == 0 ? 0xf8 : 0);
        EXPECT_EQ(icc_get(&bus, PMR, &hypervisor), 0xf8);
        EXPECT_EQ(icc_get(&bus, SRE2, &hypervisor), 15);
        EXPECT_EQ(cpu->write(bus.device, 0, SGI0R, &caller, 1),
                  flags == 0 ? GIC_CPU_DONE : GIC_CPU_TRAP_EL2);
    }
}

TEST_ON(registers_of_a_higher_level_are_undefined, bus)
{
    static const struct {
        uint32_t encoding;
        struct gic_cpu_caller caller;
        enum gic_cpu_answer answer;
    } rows[] = {
        {SRE2,      {.level = 1, .hypervisor = true}, GIC_CPU_UNDEFINED},
        {SRE2,      {.level = 2, .hypervisor = true}, GIC_CPU_DONE     },
        {SRE2,      {.level = 3, .monitor = true},    GIC_CPU_UNDEFINED},
        {SRE3,      {.level = 2, .hypervisor = true}, GIC_CPU_UNDEFINED},
        {SRE3,      {.level = 3, .monitor = true},    GIC_CPU_DONE     },
        {SRE3,      {.level = 3},                     GIC_CPU_UNDEFINED},
        {SGI1R,     {.level = 3, .monitor = true},    GIC_CPU_UNDEFINED},
        {HCR + 100, {.level = 3, .monitor = true},    GIC_CPU_UNDEFINED},
    };
    const struct gic_cpu *cpu = gicv3.interface;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t value = 1;

        test_case("row %zu", i);
        EXPECT_EQ(cpu->read(bus->device, 0, rows[i].encoding, &rows[i].caller,
                            &value),
                  rows[i].answer);
        EXPECT(value != 1);
    }
    test_case("a core that is not there");
    EXPECT_EQ(cpu->read(bus->device, 8, PMR, &el3, &(uint64_t){0}),
              GIC_CPU_UNDEFINED);
    EXPECT_EQ(cpu->write(bus->device, 8, PMR, &el3, 0), GIC_CPU_UNDEFINED);
    cpu->moved(bus->device, 8, true, true);
    EXPECT_EQ(cpu->read(bus->device, 7, PMR, &el3, &(uint64_t){0}),
              GIC_CPU_DONE);
}
