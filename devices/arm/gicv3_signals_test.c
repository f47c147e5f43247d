/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a GICv3: which interrupt it signals to a core, and when. */
#include "tests/gicv3.h"
#include "tests/harness.h"

/* 4.8.6: 35, of group 0, runs at 0xa0. Bits 0 and 1 of CTLR3 have group 1 of
 * one state follow the binary point of group 0. */
TEST(binary_points_decide_on_preemption)
{
    static const struct {
        uint32_t control;
        uint32_t points[3]; /* of group 0, Secure and Non-secure group 1 */
        uint32_t intid;
        uint32_t priority;
        bool preempts;
    } rows[] = {
        {0, {4, 2, 3}, 32, 0x98, true },
        {0, {5, 2, 3}, 32, 0x98, false},
        {0, {5, 2, 3}, 32, 0x78, true },
        {0, {5, 2, 3}, 33, 0x98, true },
        {0, {2, 5, 3}, 33, 0x98, false},
        {0, {7, 2, 3}, 34, 0x98, true },
        {0, {2, 2, 5}, 34, 0x98, true },
        {0, {2, 2, 6}, 34, 0x98, false},
        {0, {2, 7, 7}, 34, 0x78, true },
        {1, {5, 2, 3}, 33, 0x98, false},
        {1, {5, 2, 3}, 34, 0x98, true },
        {2, {5, 2, 3}, 33, 0x98, true },
        {2, {5, 2, 3}, 34, 0x98, false},
        {2, {4, 2, 7}, 34, 0x98, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t spi = rows[i].intid - 32;
        const char *const inputs[] = {"spi0", "spi1", "spi2"};
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        gicv3_start_secure(&bus);
        test_write_as(bus.device, gic_secure, GICD, 0x423, 1, 0xa0);
        test_write_as(bus.device, gic_secure, GICD, 0x420 + spi, 1,
                      rows[i].priority);
        test_write_as(bus.device, gic_secure, GICD, 0x104, 4, 0xf);
        gic_input(&bus, "spi3", 1);
        EXPECT_EQ(icc_get(&bus, IAR0, &el3), 35);
        icc_set(&bus, BPR0, &el3, rows[i].points[0]);
        icc_set(&bus, BPR1, &el3, rows[i].points[1]);
        icc_set(&bus, BPR1, &el3_ns, rows[i].points[2]);
        icc_set(&bus, CTLR3, &el3, rows[i].control);
        gic_input(&bus, inputs[spi], 1);
        EXPECT_EQ(gic_level(&bus, "irq0") + gic_level(&bus, "fiq0"),
                  rows[i].preempts);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)

/* The lowest INTID is first where priorities are equal; a priority that is the
 * mask is held back. */
TEST_BEGINS(the_best_is_chosen_by_priority_then_intid, bus)
{
    gicv3_start_secure(bus);
    gic_input(bus, "spi2", 1);
    /* A core that never moved is in the Non-secure state, below EL3. */
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(gic_level(bus, "fiq0"), 0);
    EXPECT_EQ(icc_get(bus, HPPIR1, &el1), 34);
    EXPECT_EQ(icc_get(bus, HPPIR0, &el3), 1021);
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(icc_get(bus, HPPIR1, &secure_el1), 33);
    EXPECT_EQ(icc_get(bus, HPPIR1, &el1), 1023);
    EXPECT_EQ(icc_get(bus, HPPIR0, &el3), 1020);
    EXPECT_EQ(icc_get(bus, HPPIR0, &secure_el1), 1023);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(icc_get(bus, HPPIR0, &secure_el1), 32);
    EXPECT_EQ(icc_get(bus, HPPIR0, &el1), 1023);
    EXPECT_EQ(icc_get(bus, HPPIR0, &el3_ns), 32);
    EXPECT_EQ(icc_get(bus, HPPIR1, &el3), 1023);
    test_write_as(bus->device, gic_secure, GICD, 0x420, 4, 0x00004048);
    EXPECT_EQ(icc_get(bus, HPPIR1, &el1), 34);
    test_write_as(bus->device, gic_secure, GICD, 0x420, 4, 0x00404048);
    EXPECT_EQ(icc_get(bus, HPPIR1, &secure_el1), 33);
    icc_set(bus, PMR, &el3, 0x40);
    EXPECT_EQ(icc_get(bus, IAR1, &secure_el1), 1023);
    icc_set(bus, PMR, &el3, 0x48);
    EXPECT_EQ(icc_get(bus, IAR1, &secure_el1), 33);
}

/* IHI 0069, 12.9.22: affinity, or bit 31 for any core, which is the first. */
TEST(routes_name_one_core)
{
    static const struct {
        uint64_t route;
        uint32_t here[2];
    } rows[] = {
        {0,           {1, 0}},
        {1,           {0, 1}},
        {0x80000000,  {1, 0}},
        {0x80000001,  {1, 0}},
        {2,           {0, 0}},
        {0x100,       {0, 0}},
        {0x10000,     {0, 0}},
        {0x100000000, {0, 0}},
    };
    const struct gic_cpu *cpu = gicv3.interface;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("0x%llx", (unsigned long long)rows[i].route);
        test_bus_init(&bus);
        test_bus_property(&bus, "cairn,core-count", 2);
        bus.device = test_bus_make(&bus, &gicv3);
        EXPECT_EQ(test_read(bus.device, GICR, 8), 0); /* TYPER: not the last */
        test_write(bus.device, GICD, 0, 2);
        test_write(bus.device, GICD, 0x84, 1);
        test_write(bus.device, GICD, 0x104, 1);
        test_write_as(bus.device, gic_normal, GICD, 0x6100, 8, rows[i].route);
        for (unsigned core = 0; core < 2; core++) {
            cpu->write(bus.device, core, PMR, &one_state, 0xff);
            cpu->write(bus.device, core, IGRPEN1, &one_state, 1);
        }
        gic_input(&bus, "spi0", 1);
        EXPECT_EQ(gic_level(&bus, "irq0"), rows[i].here[0]);
        EXPECT_EQ(gic_level(&bus, "irq1"), rows[i].here[1]);
    }
}

/* Inputs are written as if they were a bank. SPI 34, of Non-secure group 1, is
 * pending at first; the core is in the Non-secure state, below EL3. */
TEST_BEGINS(a_write_is_seen_at_once, bus)
{
    enum { SPI = 2, PPI18 = GIC_SPIS + 2 };
    enum { INPUT = 2 };
    static const struct {
        const struct gic_cpu_caller *caller; /* NULL: by an offset in a bank */
        unsigned bank;
        uint32_t at, value;
        uint32_t irq, fiq;
    } rows[] = {
        {&el3,        0,     PMR,         0,          0, 0},
        {&el3,        0,     PMR,         0xff,       1, 0},
        {&el1,        0,     IGRPEN1,     0,          0, 0},
        {&el1,        0,     IGRPEN1,     1,          1, 0},
        {&el3,        0,     IGRPEN1_3,   2,          0, 0},
        {&el3,        0,     IGRPEN1_3,   3,          1, 0},
        {&el3,        0,     AP0R0,       1,          0, 0},
        {&el3,        0,     AP0R0,       0,          1, 0},
        {&el1,        0,     AP1R0,       1,          0, 0},
        {&el1,        0,     AP1R0,       0,          1, 0},
        {NULL,        GICD,  0x420,       0x00989898, 1, 0},
        {&el3,        0,     AP0R0,       1 << 20,    1, 0}, /* 0xa0 */
        {&el1,        0,     BPR1,        7,          0, 0},
        {&el1,        0,     BPR1,        3,          1, 0},
        {&el3,        0,     BPR0,        7,          1, 0},
        {&el3,        0,     CTLR3,       2,          0, 0}, /* CBPR */
        {&el3,        0,     BPR0,        2,          1, 0},
        {&el3,        0,     BPR0,        7,          0, 0},
        {&el3,        0,     CTLR3,       0,          1, 0},
        {&el3,        0,     PMR,         0x98,       0, 0},
        {&el3,        0,     PMR,         0xff,       1, 0},
        {NULL,        INPUT, 1,           1,          0, 1},
        {&secure_el1, 0,     CTLR,        1,          0, 0},
        {&secure_el1, 0,     CTLR,        0,          0, 1},
        {NULL,        INPUT, 1,           0,          1, 0},
        {&el3,        0,     AP0R0,       0,          1, 0},
        {NULL,        GICD,  0x000,       5,          0, 0},
        {NULL,        GICD,  0x000,       7,          1, 0},
        {NULL,        GICD,  0x084,       0,          0, 1}, /* IGROUPR */
        {&el3,        0,     IGRPEN0,     0,          0, 0},
        {NULL,        GICD,  0xd04,       6,          0, 1}, /* IGRPMODR */
        {&el3,        0,     IGRPEN0,     1,          0, 1},
        {NULL,        GICD,  0x084,       4,          1, 0},
        {NULL,        GICD,  0x184,       4,          0, 0},
        {NULL,        GICD,  0x104,       4,          1, 0},
        {NULL,        GICD,  0x304,       4,          0, 0},
        {NULL,        GICD,  0x384,       4,          1, 0},
        {NULL,        GICD,  0x420,       0x00f89898, 0, 0},
        {NULL,        GICD,  0x420,       0x00989898, 1, 0},
        {NULL,        GICD,  0xc08,       0x20,       0, 0}, /* an edge */
        {NULL,        GICD,  0xc08,       0,          1, 0},
        {NULL,        GICD,  0x6110,      1,          0, 0},
        {NULL,        GICD,  0x6110,      0,          1, 0},
        {NULL,        GICD,  0x6114,      1,          0, 0},
        {NULL,        GICD,  0x6114,      0,          1, 0},
        {NULL,        INPUT, SPI,         0,          0, 0},
        {NULL,        GICD,  0x204,       4,          1, 0},
        {NULL,        GICD,  0x284,       4,          0, 0},
        {NULL,        INPUT, PPI18,       1,          0, 0},
        {NULL,        GICR,  SGI + 0x100, 1 << 18,    0, 1},
        {NULL,        GICR,  SGI + 0x080, 1 << 18,    1, 0},
        {NULL,        GICR,  SGI + 0x180, 1 << 18,    0, 0},
        {NULL,        GICR,  SGI + 0x100, 1 << 18,    1, 0},
        {NULL,        GICR,  SGI + 0x300, 1 << 18,    0, 0},
        {NULL,        GICR,  SGI + 0x380, 1 << 18,    1, 0},
        {NULL,        GICR,  SGI + 0x410, 0x00f80000, 0, 0},
        {NULL,        GICR,  SGI + 0x410, 0,          1, 0},
        {NULL,        GICR,  SGI + 0xc04, 0x20,       0, 0},
        {NULL,        GICR,  SGI + 0xc04, 0,          1, 0},
        {NULL,        INPUT, PPI18,       0,          0, 0},
        {NULL,        GICR,  SGI + 0x200, 1 << 18,    1, 0},
        {NULL,        GICR,  SGI + 0x280, 1 << 18,    0, 0},
        {&el1,        0,     SGI1R,       1,          0, 0}, /* of group 0 */
        {&secure_el1, 0,     SGI0R,       1,          0, 1},
        {&el3,        0,     IGRPEN0,     0,          0, 0},
        {NULL,        GICR,  SGI + 0xd00, 3,          0, 1},
        {NULL,        GICR,  SGI + 0x280, 1,          0, 0},
    };

    gicv3_start_secure(bus);
    device_input(bus->device, SPI, 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        if (rows[i].caller) {
            icc_set(bus, rows[i].at, rows[i].caller, rows[i].value);
        } else if (rows[i].bank == INPUT) {
            device_input(bus->device, rows[i].at, rows[i].value);
        } else {
            test_write_as(bus->device, gic_secure, rows[i].bank, rows[i].at, 4,
                          rows[i].value);
        }
        EXPECT_EQ(gic_level(bus, "irq0"), rows[i].irq);
        EXPECT_EQ(gic_level(bus, "fiq0"), rows[i].fiq);
    }
    device_input(bus->device, SPI, 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(test_read_as(bus->device, gic_secure, GICD, 0x204, 4), 1 << SPI);
}
