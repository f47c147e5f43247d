/* SPDX-License-Identifier: Apache-2.0 */
/* Two security states: what each sees of the registers and of interrupts, IHI
 * 0048B, 4.2 to 4.4. */
#include "tests/gicv2.h"
#include "tests/harness.h"

enum { CBPR = 1 << 4, EOIMODE_S = 1 << 9, EOIMODE_NS = 1 << 10 };

static uint32_t get(struct test_bus *bus, struct test_who who, unsigned bank,
                    uint32_t offset)
{
    return (uint32_t)test_read_as(bus->device, who, bank, offset, 4);
}

static void set(struct test_bus *bus, struct test_who who, unsigned bank,
                uint32_t offset, uint32_t value)
{
    test_write_as(bus->device, who, bank, offset, 4, value);
}

/* INTIDs 40, 42, 45 and 47 are of group 1; so are SGIs 0 and 2, and PPI 17. */
static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,core-count", 8);
    test_bus_property(bus, "cairn,security", 1);
    bus->device = test_bus_make(bus, &gicv2);
    set(bus, gic_secure, GICD, 0x80, 0x20005);
    set(bus, gic_secure, GICD, 0x84, 0xa500);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

/* The enable of group 1 is bit 0 of the Non-secure CTLR; SGIs cannot be
 * disabled, and are set pending by registers of their own. */
TEST_ON(each_state_has_its_view_of_the_distributor, bus)
{
    static const struct gic_view before[] = {
        {true,  0x000, 3,          3,          1}, /* CTLR */
        {false, 0x000, 0,          1,          0},
        {false, 0x000, 1,          3,          1},
        {true,  0x000, 2,          2,          1},
        {false, 0x000, 0,          0,          0},
        {false, 0x080, 0,          0x20005,    0}, /* IGROUPR */
        {false, 0x084, 0,          0xa500,     0},
        {true,  0x0a0, 0x12345678, 0x12345678, 0},
        {true,  0x0a4, UINT32_MAX, 0,          0},
    };
    static const struct gic_view rows[] = {
        {true,  0x100, 0x30000,    0x3ffff,    0x20005   }, /* enables */
        {false, 0x180, UINT32_MAX, 0x1ffff,    0x00005   },
        {true,  0x180, UINT32_MAX, 0xffff,     0x5       },
        {true,  0x124, UINT32_MAX, 0,          0         },
        {true,  0x200, 0x30005,    0x30000,    0x20000   }, /* pending */
        {false, 0x280, UINT32_MAX, 0x10000,    0         },
        {true,  0x280, UINT32_MAX, 0,          0         },
        {true,  0x324, UINT32_MAX, 0,          0         },
        {true,  0x524, UINT32_MAX, 0,          0         },
        {true,  0x41c, 0x08101820, 0x08101820, 0         },
        {true,  0x828, 0xff0e0201, 0xff0e0201, 0x000e0001}, /* ITARGETSR */
        {false, 0x828, 0x01010102, 0xff010202, 0x00010002},
        {true,  0x82c, 0xffffffff, 0xffffffff, 0xff00ff00},
        {true,  0x800, UINT32_MAX, 0x01010101, 0x01010101},
        {true,  0x924, UINT32_MAX, 0,          0         },
        {true,  0xc00, 0,          0xaaaaaaaa, 0x00000022}, /* ICFGR */
        {true,  0xc04, UINT32_MAX, 0xaaaaaaaa, 0x00000008},
        {false, 0xc04, 0,          0xaaaaaaa2, 0         },
        {true,  0xf20, 0x04030201, 0x04030201, 0x00030001}, /* SGIs */
        {false, 0xf20, 0x08080808, 0x040b0209, 0x000b0009},
        {false, 0xf10, 0x0b0b0b01, 0x04000208, 0x00000008},
        {true,  0xf10, 0x04040608, 0,          0         },
        {true,  0xf2c, 0x80000000, 0x80000000, 0         },
        {true,  0xf1c, 0x80000000, 0,          0         },
        {true,  0xf24, 0x02020202, 0x02020202, 0         },
        {false, 0xf14, 0x02020202, 0x02020202, 0         },
        {true,  0xf14, 0x02020202, 0,          0         },
    };

    gic_expect_views(bus, GICD, before, ARRAY_SIZE(before));
    gic_expect_views(bus, GICD, gic_distributor_views,
                     ARRAY_SIZE(gic_distributor_views));
    gic_expect_views(bus, GICD, rows, ARRAY_SIZE(rows));
}

TEST_ON(each_state_has_its_view_of_the_cpu_interface, bus)
{
    static const struct gic_view rows[] = {
        {true,  CTLR,     0x7ff,      0x7ff,      0x261 }, /* CTLR */
        {false, CTLR,     0,          0x27d,      0     },
        {false, CTLR,     0x001,      0x27f,      0x001 },
        {false, CTLR,     0x020,      0x2fd,      0x020 },
        {false, CTLR,     0x240,      0x77d,      0x240 },
        {false, CTLR,     0x7ff,      0x7ff,      0x261 },
        {true,  CTLR,     0,          0,          0     },
        {false, CTLR,     0x7ff,      0x582,      0x261 },
        {true,  CTLR,     0,          0,          0     },
        {true,  PMR,      0xff,       0xf8,       0xf0  }, /* PMR */
        {false, PMR,      0x40,       0xa0,       0x40  },
        {false, PMR,      0xff,       0xf8,       0xf0  },
        {true,  PMR,      0x78,       0x78,       0     },
        {false, PMR,      0xff,       0x78,       0     },
        {true,  PMR,      0x80,       0x80,       0     },
        {false, PMR,      0x10,       0x88,       0x10  },
        {true,  BPR,      5,          5,          3     }, /* BPR, ABPR */
        {false, BPR,      7,          5,          7     },
        {true,  ABPR,     4,          4,          0     },
        {false, ABPR,     6,          4,          0     },
        {false, BPR,      1,          5,          3     },
        {true,  BPR,      1,          2,          3     },
        {true,  ABPR,     1,          3,          0     },
        {true,  ABPR,     6,          6,          0     },
        {true,  CTLR,     CBPR,       CBPR,       0     },
        {true,  BPR,      6,          6,          7     },
        {true,  BPR,      7,          7,          7     },
        {true,  BPR,      4,          4,          5     },
        {false, BPR,      3,          4,          5     },
        {true,  ABPR,     5,          5,          0     },
        {true,  CTLR,     0,          0,          0     },
        {true,  BPR,      4,          4,          5     },
        {true,  NSAPR,    0xabcd0123, 0xabcd0123, 0     }, /* APR, NSAPR */
        {true,  GICC_APR, 0x12345678, 0x12345678, 0xabcd},
        {false, GICC_APR, 0x4321,     0x12345678, 0x4321},
        {false, NSAPR,    0,          0x43210123, 0     },
    };

    gic_expect_views(bus, GICC, rows, ARRAY_SIZE(rows));
}

/* All groups, one interrupt of each: 32 of group 0, 40 of group 1. */
static void start_signalling(struct test_bus *bus, uint32_t control)
{
    start(bus);
    set(bus, gic_secure, GICD, CTLR, 3);
    set(bus, gic_secure, GICD, 0x104, 0x101);
    set(bus, gic_secure, GICD, 0x420, 0x20);
    set(bus, gic_secure, GICD, 0x428, 0xa0);
    set(bus, gic_secure, GICD, 0x820, 1);
    set(bus, gic_secure, GICD, 0x828, 1);
    set(bus, gic_secure, GICC, PMR, 0xff);
    set(bus, gic_secure, GICC, CTLR, 3 | control);
}

TEST(what_is_pending_is_told_to_its_own_state)
{
    static const struct {
        const char *input;
        uint32_t control;
        uint32_t secure, secure_alias, normal; /* HPPIR, AHPPIR, HPPIR */
    } rows[] = {
        {"spi0", 0,      32,   1023, 1023},
        {"spi8", 0,      1022, 40,   40  },
        {"spi8", 1 << 2, 40,   40,   40  }, /* AckCtl */
        {"spi1", 0,      1023, 1023, 1023}, /* not enabled */
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start_signalling(&bus, rows[i].control);
        gic_input(&bus, rows[i].input, 1);
        EXPECT_EQ(get(&bus, gic_secure, GICC, HPPIR), rows[i].secure);
        EXPECT_EQ(get(&bus, gic_secure, GICC, AHPPIR), rows[i].secure_alias);
        EXPECT_EQ(get(&bus, gic_normal, GICC, HPPIR), rows[i].normal);
        EXPECT_EQ(get(&bus, gic_normal, GICC, AHPPIR), rows[i].normal);
        EXPECT_EQ(get(&bus, gic_secure, GICC, IAR), rows[i].secure);
    }
}

/* 32 is of group 0, and after a write of 1 to IGROUPR1 of group 1. A CPU
 * interface takes those that GICC_CTLR enables. */
TEST(a_group_that_is_not_enabled_is_not_forwarded)
{
    static const struct {
        uint32_t group;
        uint32_t control;   /* GICD_CTLR */
        uint32_t interface; /* GICC_CTLR */
        uint32_t pending;
        uint32_t taken;
    } rows[] = {
        {0, 1, 3, 32,   32  },
        {0, 2, 3, 1023, 1023},
        {1, 1, 3, 1023, 1023},
        {1, 2, 3, 1022, 1022},
        {1, 3, 3, 1022, 1022},
        {0, 0, 3, 1023, 1023},
        {0, 3, 1, 32,   32  },
        {0, 3, 2, 32,   1023},
        {1, 3, 1, 1022, 1023},
        {1, 3, 2, 1022, 1022},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start_signalling(&bus, 0);
        set(&bus, gic_secure, GICD, 0x84, rows[i].group);
        set(&bus, gic_secure, GICD, CTLR, rows[i].control);
        set(&bus, gic_secure, GICC, CTLR, rows[i].interface);
        gic_input(&bus, "spi0", 1);
        EXPECT_EQ(gic_level(&bus, "irq0"), rows[i].taken != 1023);
        EXPECT_EQ(get(&bus, gic_secure, GICC, HPPIR), rows[i].pending);
        EXPECT_EQ(get(&bus, gic_secure, GICC, IAR), rows[i].taken);
    }
}

/* Inputs are written as if they were a bank. SPI 32, of group 0, is pending at
 * first, and 40 never is. */
TEST_BEGINS(a_write_is_seen_at_once, bus)
{
    enum { INPUT = 4, PPI27 = 256 + 11, MAINTENANCE = 25 };
    static const struct {
        bool secure;
        unsigned bank;
        uint32_t offset, value;
        uint32_t irq, fiq;
    } rows[] = {
        {true,  GICC,  PMR,   0x20,             0, 0},
        {true,  GICC,  PMR,   0x28,             1, 0},
        {true,  GICC,  CTLR,  0xb,              0, 1},
        {true,  GICC,  CTLR,  3,                1, 0},
        {true,  GICC,  0xd0,  1 << 4,           0, 0}, /* APR: 0x20 runs */
        {true,  GICC,  0xd0,  1 << 5,           1, 0},
        {true,  GICC,  BPR,   5,                0, 0},
        {true,  GICC,  BPR,   2,                1, 0},
        {true,  GICC,  0xd0,  0,                1, 0},
        {true,  GICC,  NSAPR, 1,                0, 0},
        {true,  GICC,  NSAPR, 1 << 16,          1, 0},
        {false, GICC,  0xd0,  0,                1, 0},
        {true,  GICC,  PMR,   0xff,             1, 0},
        {true,  GICD,  CTLR,  2,                0, 0},
        {true,  GICD,  CTLR,  3,                1, 0},
        {true,  GICC,  CTLR,  1,                1, 0},
        {true,  GICD,  0x084, 0xa501,           0, 0}, /* of group 1 */
        {false, GICC,  CTLR,  1,                1, 0},
        {false, GICC,  CTLR,  0,                0, 0},
        {false, GICC,  CTLR,  1,                1, 0},
        {false, GICD,  CTLR,  0,                0, 0},
        {false, GICD,  CTLR,  1,                1, 0},
        {false, GICD,  0x420, 0x40,             1, 0}, /* 0xa0 */
        {false, GICC,  PMR,   0,                0, 0},
        {false, GICC,  PMR,   0xff,             1, 0},
        {false, GICC,  0xd0,  1 << 5,           1, 0}, /* 0xa8 runs */
        {false, GICC,  BPR,   5,                0, 0},
        {false, GICC,  BPR,   3,                1, 0},
        {true,  GICC,  ABPR,  5,                0, 0},
        {true,  GICC,  ABPR,  3,                1, 0},
        {true,  GICD,  0x084, 0xa500,           1, 0},
        {true,  GICD,  0x184, 1,                0, 0},
        {true,  GICD,  0x104, 1,                1, 0},
        {true,  GICD,  0x304, 1,                0, 0},
        {true,  GICD,  0x384, 1,                1, 0},
        {true,  GICD,  0x420, 0xf8,             0, 0},
        {true,  GICD,  0x420, 0x20,             1, 0},
        {true,  GICD,  0x820, 2,                0, 0}, /* to core 1 */
        {true,  GICD,  0x820, 1,                1, 0},
        {true,  GICD,  0xc08, 2,                0, 0}, /* an edge */
        {true,  GICD,  0xc08, 0,                1, 0},
        {true,  INPUT, 0,     0,                0, 0},
        {true,  GICD,  0x204, 1,                1, 0},
        {true,  GICD,  0x284, 1,                0, 0},
        {true,  GICD,  0xf00, 2 << 24,          0, 0}, /* SGI 0 is of group 1 */
        {true,  GICD,  0xf00, 2 << 24 | 1,      1, 0},
        {true,  GICD,  0xf10, 0xff00,           0, 0},
        {true,  GICD,  0xf20, 0xff00,           1, 0},
        {true,  GICD,  0xf10, 0xff00,           0, 0},
        {true,  INPUT, PPI27, 1,                0, 0},
        {true,  GICD,  0x100, 1 << 27,          1, 0},
        {true,  INPUT, PPI27, 0,                0, 0},
        {true,  GICD,  0x100, 1 << MAINTENANCE, 0, 0},
        {true,  GICH,  0,     1 | 1 << 3,       1, 0}, /* HCR: none is pending */
        {true,  GICH,  0x100, 1 << 28,          0, 0},
        {true,  GICH,  0x100, 0,                1, 0},
        {true,  GICH,  0,     1 | 1 << 4,       0, 0}, /* group 0 is enabled */
        {true,  GICV,  CTLR,  1,                1, 0},
        {true,  GICH,  8,     0,                0, 0}, /* VMCR */
    };

    start_signalling(bus, 0);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        if (rows[i].bank == INPUT) {
            device_input(bus->device, rows[i].offset, rows[i].value);
        } else {
            set(bus, rows[i].secure ? gic_secure : gic_normal, rows[i].bank,
                rows[i].offset, rows[i].value);
        }
        EXPECT_EQ(gic_level(bus, "irq0"), rows[i].irq);
        EXPECT_EQ(gic_level(bus, "fiq0"), rows[i].fiq);
    }
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(get(bus, gic_secure, GICD, 0x204), 1);
}

/* A debugger that reads IAR takes nothing. */
TEST_BEGINS(a_debugger_acknowledges_nothing, bus)
{
    struct access look = {.secure = true, .debug = true};
    uint64_t value = 0;

    start_signalling(bus, 0);
    gic_input(bus, "spi0", 1);
    device_read(bus->device, GICC, &look, IAR, 4, &value);
    EXPECT_EQ(value, 32);
    EXPECT_EQ(get(bus, gic_secure, GICC, RPR), 0xff);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
}

/* An end: the priority drops if the state may end the interrupt's group, and
 * it is active no more unless the state's ends are split. */
TEST(a_state_ends_and_deactivates_its_own)
{
    static const struct {
        const char *input;
        uint32_t intid;
        uint32_t control;
        unsigned by_secure;
        uint32_t end; /* the register */
        unsigned drops, deactivates, by_dir;
    } rows[] = {
        {"spi0", 32, 0,          true,  EOIR,  true,  true,  true },
        {"spi0", 32, 0,          false, EOIR,  false, false, false},
        {"spi0", 32, 0,          true,  AEOIR, false, false, false},
        {"spi0", 32, EOIMODE_S,  true,  EOIR,  true,  false, true },
        {"spi0", 32, EOIMODE_NS, true,  EOIR,  true,  true,  true },
        {"spi8", 40, 0,          true,  EOIR,  true,  true,  true },
        {"spi8", 40, 0,          true,  AEOIR, true,  true,  true },
        {"spi8", 40, 0,          false, EOIR,  true,  true,  true },
        {"spi8", 40, EOIMODE_S,  false, EOIR,  true,  true,  true },
        {"spi8", 40, EOIMODE_NS, false, EOIR,  true,  false, true },
        {"spi8", 40, EOIMODE_NS, true,  EOIR,  true,  true,  true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        const struct test_who who = rows[i].by_secure ? gic_secure : gic_normal;
        const uint32_t bit = 1u << (rows[i].intid - 32);

        test_case("row %zu", i);
        start_signalling(&bus, rows[i].control | 1 << 2);
        gic_input(&bus, rows[i].input, 1);
        EXPECT_EQ(get(&bus, gic_secure, GICC, IAR), rows[i].intid);
        gic_input(&bus, rows[i].input, 0);
        set(&bus, who, GICC, DIR, rows[i].control == 0 ? rows[i].intid : 1023);
        EXPECT_EQ(get(&bus, gic_secure, GICD, 0x304), bit);
        set(&bus, who, GICC, rows[i].end, 1023); /* of nothing */
        set(&bus, who, GICC, rows[i].end, rows[i].intid);
        EXPECT_EQ(get(&bus, gic_secure, GICC, RPR) == 0xff, rows[i].drops);
        EXPECT_EQ(get(&bus, gic_secure, GICD, 0x304),
                  rows[i].deactivates ? 0 : bit);
        set(&bus, who, GICC, DIR, rows[i].intid);
        EXPECT_EQ(get(&bus, gic_secure, GICD, 0x304), rows[i].by_dir ? 0 : bit);
    }
}

/* 3.3.3: bits of a priority that count are those above the binary point, which
 * is one off for group 1 in its own register, and not with CBPR. 0xa0 runs. */
TEST(binary_points_decide_on_preemption)
{
    static const struct {
        uint32_t control, point, alias;
        uint32_t priority;
        bool group1, preempts;
    } rows[] = {
        {0,    2, 3, 0x98, false, true },
        {0,    4, 3, 0x80, false, true },
        {0,    4, 3, 0x98, false, true },
        {0,    5, 3, 0x98, false, false},
        {0,    5, 3, 0x78, false, true },
        {0,    7, 3, 0x00, false, false},
        {0,    7, 3, 0x98, true,  true },
        {0,    2, 5, 0x98, true,  true },
        {0,    2, 6, 0x98, true,  false},
        {0,    2, 6, 0x78, true,  true },
        {0,    2, 7, 0x78, true,  true },
        {CBPR, 5, 3, 0x98, true,  false},
        {CBPR, 4, 7, 0x98, true,  true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t spi = rows[i].group1 ? 10 : 1;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start_signalling(&bus, rows[i].control);
        set(&bus, gic_secure, GICD, 0x420, 0xa0);
        test_write_as(bus.device, gic_secure, GICD, 0x420 + spi, 1,
                      rows[i].priority);
        test_write_as(bus.device, gic_secure, GICD, 0x820 + spi, 1, 1);
        set(&bus, gic_secure, GICD, 0x104, 1u << spi);
        gic_input(&bus, "spi0", 1);
        EXPECT_EQ(get(&bus, gic_secure, GICC, IAR), 32);
        set(&bus, gic_secure, GICC, BPR, rows[i].point);
        set(&bus, gic_secure, GICC, ABPR, rows[i].alias);
        gic_input(&bus, rows[i].group1 ? "spi10" : "spi1", 1);
        EXPECT_EQ(gic_level(&bus, "irq0"), rows[i].preempts);
    }
}

/* 4.3.15: NSATT is bit 15, the filter of targets 25:24. SGI 0 is of group 1 at
 * core 0 alone. */
TEST(an_sgi_is_sent_to_cores_where_it_is_of_the_group_that_is_meant)
{
    static const struct {
        bool by_secure;
        uint32_t value;
        uint32_t pending[2]; /* SPENDSGIR0 of the two cores */
    } rows[] = {
        {true,  3 << 16 | 1,           {0x0100, 0x0100}},
        {true,  3 << 16 | 0,           {0, 1}          },
        {true,  3 << 16 | 1 << 15 | 0, {1, 0}          },
        {true,  3 << 16 | 1 << 15 | 1, {0, 0}          },
        {false, 3 << 16 | 0,           {1, 0}          },
        {false, 3 << 16 | 1,           {0, 0}          },
        {true,  2 << 16 | 3,           {0, 1u << 24}   },
        {true,  3 << 16 | 1 << 24 | 1, {0, 0x0100}     },
        {true,  3 << 16 | 2 << 24 | 1, {0x0100, 0}     },
        {true,  3 << 16 | 3 << 24 | 1, {0, 0}          },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start(&bus);
        set(&bus, rows[i].by_secure ? gic_secure : gic_normal, GICD, 0xf00,
            rows[i].value);
        for (uint8_t core = 0; core < 2; core++) {
            const struct test_who who = {core, true};
            EXPECT_EQ(get(&bus, who, GICD, 0xf20), rows[i].pending[core]);
        }
    }
}

/* A core that is not there may be set up by its number, and is left alone. */
TEST_BEGINS(a_core_that_is_not_there_is_not_signalled, bus)
{
    const struct test_who second = {1, true};

    test_bus_start(bus, &gicv2);
    set(bus, second, GICD, CTLR, 1);
    set(bus, second, GICD, 0x100, 1u << 27);
    set(bus, second, GICC, PMR, 0xff);
    set(bus, second, GICC, CTLR, 1);
    gic_input(bus, "cpu1_ppi27", 1);
    set(bus, gic_secure, GICD, CTLR, 1);
    EXPECT_EQ(gic_level(bus, "irq1"), 0);
}

TEST(a_machine_has_one_to_eight_cores)
{
    for (uint32_t cores = 0; cores <= 9; cores++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u cores", cores);
        test_bus_init(&bus);
        test_bus_property(&bus, "cairn,core-count", cores);
        bus.device = test_bus_create(&bus, &gicv2);
        EXPECT_EQ(device_init(bus.device, &bus.error),
                  cores >= 1 && cores <= 8 ? 0 : -EINVAL);
    }
}
