/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/arm/gicv3.h"

#include "tests/device.h"
#include "tests/gicv3.h"
#include "tests/harness.h"

/* The levels of a machine with two states. */
static const struct gic_cpu_caller monitor = {.level = 3, .monitor = true};
static const struct gic_cpu_caller monitor_ns = {
    .level = 3, .monitor = true, .non_secure = true};
static const struct gic_cpu_caller secure1 = {.level = 1, .monitor = true};
static const struct gic_cpu_caller normal = {
    .level = 1, .monitor = true, .non_secure = true, .fiq_to_el3 = true};

static uint64_t get(struct test_bus *bus, uint32_t encoding)
{
    return icc_get_as(bus, 0, encoding, &one_state);
}

static void set(struct test_bus *bus, uint32_t encoding, uint64_t value)
{
    icc_set_as(bus, 0, encoding, &one_state, value);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, gicv3_start_simple(bus, 1))

TEST_BEGINS(the_tables_promises_hold, bus)
{
    gicv3_start(bus, 2, 1);
    EXPECT_DEVICE(bus->device, NULL);
    test_bus_fini(bus);
    gicv3_start(bus, 8, 0);
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_BEGINS(identification_is_that_of_a_gicv3, bus)
{
    static const struct {
        const char *name;
        unsigned bank;
        uint32_t offset;
        uint32_t value;
    } cases[] = {
        {"GICD_TYPER",                   GICD, 0x0004,      0x037a0008},
        {"GICD_CTLR",                    GICD, 0x0000,      0x50      },
        {"GICD_PIDR2",                   GICD, 0xffe8,      0x3b      },
        {"GICR_PIDR2",                   GICR, 0xffe8,      0x3b      },
        {"GICR_TYPER, core 0",           GICR, 0x8,         0x1       },
        {"GICR_TYPER, core 0, affinity", GICR, 0xc,         0         },
        {"GICR_TYPER, core 1, the last", GICR, FRAME + 0x8, 0x111     },
        {"GICR_TYPER, core 1, affinity", GICR, FRAME + 0xc, 1         },
    };

    gicv3_start(bus, 2, 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].name);
        EXPECT_EQ(test_read(bus->device, cases[i].bank, cases[i].offset),
                  cases[i].value);
    }
    test_case("both halves of GICR_TYPER at once");
    EXPECT_EQ(test_read_as(bus->device, (struct test_who){0, false}, GICR,
                           FRAME + 8, 8),
              0x100000111);
    EXPECT_EQ(get(bus, SRE1), 7);
    EXPECT_EQ(get(bus, CTLR), 0x8c00);
    test_bus_fini(bus);
    gicv3_start(bus, 1, 1);
    EXPECT_EQ(test_read(bus->device, GICD, 0x0004), 0x037a0408);
    EXPECT_EQ(test_read(bus->device, GICD, 0x0000), 0x10);
}

TEST(a_machine_has_one_to_eight_cores)
{
    for (uint32_t cores = 0; cores <= 9; cores++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u cores", cores);
        test_bus_init(&bus);
        test_bus_property(&bus, "cairn,core-count", cores);
        bus.device = test_bus_create(&bus, &gicv3);
        EXPECT_EQ(device_init(bus.device, &bus.error),
                  cores >= 1 && cores <= 8 ? 0 : -EINVAL);
    }
}

TEST_BEGINS(waking_a_core_wakes_its_children, bus)
{
    gicv3_start(bus, 1, 0);
    EXPECT_EQ(test_read(bus->device, GICR, 0x14), 6);
    test_write(bus->device, GICR, 0x14, 0);
    EXPECT_EQ(test_read(bus->device, GICR, 0x14), 0);
    test_write(bus->device, GICR, 0x14, 2);
    EXPECT_EQ(test_read(bus->device, GICR, 0x14), 6);
}

TEST_ON(a_level_is_acknowledged_ended_and_pends_again_while_it_is_high, bus)
{
    gicv3_enable_spi(bus, 1);
    gicv3_set_priority(bus, 1, 0xa0);
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(gic_level(bus, "fiq0"), 0);
    EXPECT_EQ(get(bus, HPPIR1), 33);
    EXPECT_EQ(get(bus, IAR1), 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(get(bus, RPR), 0xa0);
    EXPECT_EQ(test_read(bus->device, GICD, 0x304), 2);
    EXPECT_EQ(get(bus, IAR1), 1023);
    set(bus, EOIR1, 33);
    EXPECT_EQ(get(bus, RPR), 0xff);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, IAR1), 33);
    gic_input(bus, "spi1", 0);
    set(bus, EOIR1, 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
}

TEST_ON(an_edge_is_used_up_by_its_acknowledge, bus)
{
    gicv3_enable_spi(bus, 16);
    test_write(bus->device, GICD, 0xc0c, 2);
    gic_input(bus, "spi16", 1);
    gic_input(bus, "spi16", 0);
    EXPECT_EQ(get(bus, IAR1), 48);
    set(bus, EOIR1, 48);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    /* again while active: pending and active */
    gic_input(bus, "spi16", 1);
    EXPECT_EQ(get(bus, IAR1), 48);
    gic_input(bus, "spi16", 0);
    gic_input(bus, "spi16", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    set(bus, EOIR1, 48);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
}

TEST_ON(only_higher_group_priorities_preempt, bus)
{
    for (unsigned spi = 0; spi < 3; spi++) {
        gicv3_enable_spi(bus, spi);
    }
    gicv3_set_priority(bus, 0, 0xa0);
    gicv3_set_priority(bus, 1, 0x98);
    gicv3_set_priority(bus, 2, 0x90);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(get(bus, IAR1), 32);
    set(bus, BPR1, 6); /* groups of 64 */
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0); /* 0x98 is in the group of 0xa0 */
    set(bus, BPR1, 4);                    /* groups of 16 */
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, IAR1), 33);
    EXPECT_EQ(get(bus, RPR), 0x90);
    gic_input(bus, "spi2", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0); /* the same group */
    set(bus, PMR, 0x80);
    set(bus, EOIR1, 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 0); /* masked */
    set(bus, PMR, 0x98);
    EXPECT_EQ(get(bus, IAR1), 34);
}

TEST_ON(with_split_end_deactivation_is_separate, bus)
{
    set(bus, CTLR, 2);
    EXPECT_EQ(get(bus, CTLR), 0x8c02);
    gicv3_enable_spi(bus, 5);
    gic_input(bus, "spi5", 1);
    EXPECT_EQ(get(bus, IAR1), 37);
    set(bus, EOIR1, 37);
    EXPECT_EQ(get(bus, RPR), 0xff);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(test_read(bus->device, GICD, 0x304), 0x20);
    set(bus, DIR, 37);
    EXPECT_EQ(test_read(bus->device, GICD, 0x304), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
}

TEST_BEGINS(sgis_and_routes_reach_the_cores_that_they_name, bus)
{
    gicv3_start_simple(bus, 4);
    set(bus, SGI1R, (uint64_t)3 << 24 | 0x6); /* to 1 and 2 */
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(gic_level(bus, "irq1"), 1);
    EXPECT_EQ(gic_level(bus, "irq2"), 1);
    EXPECT_EQ(gic_level(bus, "irq3"), 0);
    EXPECT_EQ(icc_get_as(bus, 1, IAR1, &one_state), 3);
    EXPECT_EQ(gic_level(bus, "irq1"), 0);
    EXPECT_EQ(gic_level(bus, "irq2"), 1);
    set(bus, SGI1R, (uint64_t)1 << 40 | 5 << 24); /* to all others */
    EXPECT_EQ(gic_level(bus, "irq3"), 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(icc_get_as(bus, 3, IAR1, &one_state), 5);
    set(bus, SGI1R, (uint64_t)1 << 16 | 1); /* of another cluster */
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    gicv3_enable_spi(bus, 9);
    test_write_as(bus->device, (struct test_who){0, false}, GICD,
                  0x6100 + 8 * 9, 8, 3);
    gic_input(bus, "spi9", 1);
    icc_set_as(bus, 3, EOIR1, &one_state, 5);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    icc_set_as(bus, 3, SGI1R, &one_state, (uint64_t)1 << 40 | 6 << 24);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(icc_get_as(bus, 3, HPPIR1, &one_state), 41);
    EXPECT_EQ(icc_get_as(bus, 3, IAR1, &one_state), 41);
}

TEST_BEGINS(each_shared_interrupt_reaches_the_core_of_its_route, bus)
{
    gicv3_start_simple(bus, 2);
    for (unsigned spi = 0; spi < GIC_SPIS; spi++) {
        const unsigned core = spi % 2;

        test_case("SPI %u", spi);
        gicv3_enable_spi(bus, spi);
        test_write(bus->device, GICD, 0x6100 + 8 * spi, core);
        device_input(bus->device, spi, 1);
        EXPECT_EQ(gic_level(bus, core == 0 ? "irq1" : "irq0"), 0);
        EXPECT_EQ(icc_get_as(bus, core, IAR1, &one_state), 32 + spi);
        device_input(bus->device, spi, 0);
        icc_set_as(bus, core, EOIR1, &one_state, 32 + spi);
    }
}

TEST_BEGINS(private_interrupts_are_the_cores_own, bus)
{
    static const char *const irqs[] = {"irq0", "irq1", "irq2", "irq3",
                                       "irq4", "irq5", "irq6", "irq7"};

    gicv3_start_simple(bus, 8);
    for (unsigned core = 0; core < 8; core++) {
        for (unsigned ppi = 16; ppi < 32; ppi += 15) {
            const unsigned input = GIC_SPIS + core * 16 + ppi - 16;

            test_case("PPI %u of core %u", ppi, core);
            device_input(bus->device, input, 1);
            for (unsigned i = 0; i < 8; i++) {
                EXPECT_EQ(gic_level(bus, irqs[i]), i == core);
            }
            EXPECT_EQ(icc_get_as(bus, core, IAR1, &one_state), ppi);
            device_input(bus->device, input, 0);
            icc_set_as(bus, core, EOIR1, &one_state, ppi);
        }
    }
}

/* Two states: group 0 and Secure group 1 for the monitor's side. */
static void start_secure(struct test_bus *bus)
{
    const struct test_who secure = {0, true};

    gicv3_start(bus, 1, 1);
    test_write_as(bus->device, secure, GICD, 0, 4, 0x7);
    test_write_as(bus->device, secure, GICD, 0x84, 4, 0x4);  /* 34: G1NS */
    test_write_as(bus->device, secure, GICD, 0xd04, 4, 0x2); /* 33: G1S */
    test_write_as(bus->device, secure, GICD, 0x104, 4, 0x7);
    test_write_as(bus->device, secure, GICD, 0x420, 4, 0x00a04020);
    icc_set_as(bus, 0, PMR, &monitor, 0xff);
    icc_set_as(bus, 0, IGRPEN0, &monitor, 1);
    icc_set_as(bus, 0, IGRPEN1_3, &monitor, 3);
}

TEST_BEGINS(groups_become_irq_or_fiq_by_the_cores_state, bus)
{
    static const struct {
        const char *input;
        bool non_secure, at_el3;
        bool fiq;
    } cases[] = {
        {"spi0", true,  false, true },
        {"spi0", false, false, true },
        {"spi0", false, true,  true },
        {"spi1", true,  false, true },
        {"spi1", false, false, false},
        {"spi1", false, true,  true },
        {"spi2", true,  false, false},
        {"spi2", false, false, true },
        {"spi2", false, true,  true },
    };

    start_secure(bus);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gic_cpu *cpu = gicv3.interface;
        test_case("case %zu", i);
        gic_input(bus, cases[i].input, 1);
        cpu->moved(bus->device, 0, cases[i].non_secure, cases[i].at_el3);
        EXPECT_EQ(gic_level(bus, "fiq0"), cases[i].fiq);
        EXPECT_EQ(gic_level(bus, "irq0"), !cases[i].fiq);
        gic_input(bus, cases[i].input, 0);
    }
}

TEST_BEGINS(the_normal_world_sees_its_interrupts_and_half_of_the_priorities,
            bus)
{
    const struct test_who ns = {0, false};

    start_secure(bus);
    EXPECT_EQ(test_read_as(bus->device, ns, GICD, 0x104, 4), 4);
    EXPECT_EQ(test_read_as(bus->device, ns, GICD, 0x420, 4), 0x00400000);
    EXPECT_EQ(test_read_as(bus->device, ns, GICD, 0x84, 4), 0);
    EXPECT_EQ(test_read_as(bus->device, ns, GICD, 0, 4), 0x12);
    test_write_as(bus->device, ns, GICD, 0x184, 4, UINT32_MAX);
    EXPECT_EQ(
        test_read_as(bus->device, (struct test_who){0, true}, GICD, 0x104, 4),
        3);
    test_write_as(bus->device, ns, GICD, 0x104, 4, 4);
    EXPECT_EQ(icc_get_as(bus, 0, PMR, &normal), 0xf0);
    icc_set_as(bus, 0, PMR, &normal, 0x80);
    struct gic_cpu_caller above = normal;
    above.level = 2;
    EXPECT_EQ(icc_get_as(bus, 0, PMR, &above), 0x80);
    struct gic_cpu_caller taker = monitor_ns; /* and where FIQs go */
    taker.fiq_to_el3 = true;
    EXPECT_EQ(icc_get_as(bus, 0, PMR, &taker), 0xc0);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(icc_get_as(bus, 0, IAR1, &normal), 1023);
    EXPECT_EQ(icc_get_as(bus, 0, IAR0, &secure1), 32);
    EXPECT_EQ(icc_get_as(bus, 0, RPR, &monitor), 0x20);
    EXPECT_EQ(icc_get_as(bus, 0, RPR, &normal), 0);
    gic_input(bus, "spi0", 0);
    icc_set_as(bus, 0, EOIR0, &secure1, 32);
    gic_input(bus, "spi2", 1);
    EXPECT_EQ(icc_get_as(bus, 0, IAR0, &monitor), 1021);
    EXPECT_EQ(icc_get_as(bus, 0, IAR1, &secure1), 1023);
    EXPECT_EQ(icc_get_as(bus, 0, IAR1, &normal), 34);
    EXPECT_EQ(icc_get_as(bus, 0, RPR, &normal), 0x40);
    gic_input(bus, "spi2", 0);
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(icc_get_as(bus, 0, IAR0, &monitor), 1020);
    EXPECT_EQ(icc_get_as(bus, 0, IAR1, &secure1), 33);
}

TEST_BEGINS(accesses_trap_where_higher_levels_say_so, bus)
{
    const struct gic_cpu *cpu = gicv3.interface;
    struct gic_cpu_caller caller = normal;
    uint64_t value;

    start_secure(bus);
    EXPECT_EQ(cpu->read(bus->device, 0, IAR0, &normal, &value),
              GIC_CPU_TRAP_EL3);
    EXPECT_EQ(cpu->read(bus->device, 0, PMR, &normal, &value), GIC_CPU_DONE);
    caller.irq_to_el3 = true;
    EXPECT_EQ(cpu->read(bus->device, 0, PMR, &caller, &value),
              GIC_CPU_TRAP_EL3);
    EXPECT_EQ(cpu->read(bus->device, 0, IAR1, &caller, &value),
              GIC_CPU_TRAP_EL3);
    EXPECT_EQ(cpu->read(bus->device, 0, CTLR3, &normal, &value),
              GIC_CPU_UNDEFINED);
    EXPECT_EQ(cpu->read(bus->device, 0, HCR, &normal, &value),
              GIC_CPU_UNDEFINED);
    EXPECT_EQ(cpu->write(bus->device, 0, IAR1, &normal, 0), GIC_CPU_UNDEFINED);
    EXPECT_EQ(cpu->write(bus->device, 0, SGI1R, &guest, 0), GIC_CPU_TRAP_EL2);
    icc_set_as(bus, 0, HCR, &hypervisor, 1 << 12);
    EXPECT_EQ(cpu->read(bus->device, 0, IAR1, &guest, &value),
              GIC_CPU_TRAP_EL2);
}

TEST_ON(list_registers_are_a_guests_interrupts, bus)
{
    const uint64_t pending = (uint64_t)1 << 62;
    const uint64_t group1 = (uint64_t)1 << 60;
    const uint64_t hardware = (uint64_t)1 << 61 | (uint64_t)37 << 32;

    set(bus, CTLR, 2);
    gicv3_enable_spi(bus, 5);
    gic_input(bus, "spi5", 1);
    EXPECT_EQ(get(bus, IAR1), 37);
    set(bus, EOIR1, 37); /* active, for the guest to end */
    icc_set_as(bus, 0, HCR, &hypervisor, 1);
    icc_set_as(bus, 0, LR0, &hypervisor,
               pending | group1 | hardware | (uint64_t)0x80 << 48 | 0x2a);
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    icc_set_as(bus, 0, PMR, &guest, 0xf0);
    icc_set_as(bus, 0, IGRPEN1, &guest, 1);
    EXPECT_EQ(icc_get_as(bus, 0, VMCR, &hypervisor), 0xf04c000a);
    EXPECT_EQ(gic_level(bus, "virq0"), 1);
    EXPECT_EQ(icc_get_as(bus, 0, ELRSR, &hypervisor), 0xe);
    EXPECT_EQ(icc_get_as(bus, 0, IAR1, &guest), 0x2a);
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    EXPECT_EQ(icc_get_as(bus, 0, RPR, &guest), 0x80);
    EXPECT_EQ(icc_get_as(bus, 0, LR0, &hypervisor) >> 62, 2);
    icc_set_as(bus, 0, EOIR1, &guest, 0x2a);
    EXPECT_EQ(icc_get_as(bus, 0, LR0, &hypervisor) >> 62, 0);
    EXPECT_EQ(test_read(bus->device, GICD, 0x304), 0);
}

TEST_ON(maintenance_is_an_interrupt_of_the_hypervisor, bus)
{
    icc_set_as(bus, 0, HCR, &hypervisor, 1 | 2); /* underflow */
    EXPECT_EQ(icc_get_as(bus, 0, MISR, &hypervisor), 2);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, IAR1), 25);
    icc_set_as(bus, 0, HCR, &hypervisor, 0);
    set(bus, EOIR1, 25);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
}
