/* SPDX-License-Identifier: Apache-2.0 */
/* Two security states: what one lends the other, and what EL3 sees of both. */
#include "tests/gicv3.h"
#include "tests/harness.h"

TEST(what_the_secure_state_lends_the_other_may_use)
{
    static const struct {
        uint32_t lent;
        bool pends, clears, routes;
    } rows[] = {
        {0, false, false, false},
        {1, true,  false, false},
        {2, true,  true,  false},
        {3, true,  true,  true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        gicv3_start_secure(&bus);
        test_write_as(bus.device, gic_secure, GICD, 0xe08, 4, rows[i].lent);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0xe08, 4),
                  rows[i].lent);
        EXPECT_EQ(test_read_as(bus.device, gic_normal, GICD, 0xe08, 4), 0);
        test_write_as(bus.device, gic_normal, GICD, 0xe08, 4, 0);
        test_write_as(bus.device, gic_normal, GICD, 0x204, 4, 1);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0x204, 4),
                  rows[i].pends);
        EXPECT_EQ(test_read_as(bus.device, gic_normal, GICD, 0x204, 4),
                  rows[i].pends);
        test_write_as(bus.device, gic_secure, GICD, 0x204, 4, 1);
        test_write_as(bus.device, gic_normal, GICD, 0x284, 4, 1);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0x204, 4),
                  !rows[i].clears);
        test_write_as(bus.device, gic_normal, GICD, 0x6100, 4, 5);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0x6100, 4),
                  rows[i].routes ? 5 : 0);
        /* never its enable, priority or group */
        test_write_as(bus.device, gic_normal, GICD, 0x184, 4, 1);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0x104, 4), 7);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, gicv3_start_secure(bus))

TEST_ON(loans_are_of_one_interrupt_of_any_bank, bus)
{
    for (uint32_t intid = 33; intid < 288; intid += 31) {
        const uint32_t word = intid / 32 * 4;
        const uint32_t bit = 1u << intid % 32;

        test_case("%u", intid);
        test_write_as(bus->device, gic_secure, GICD, 0xe00 + intid / 16 * 4, 4,
                      1u << intid % 16 * 2);
        test_write_as(bus->device, gic_normal, GICD, 0x200 + word, 4,
                      UINT32_MAX);
        test_write_as(bus->device, gic_normal, GICD, 0x200 + word - 4, 4,
                      UINT32_MAX);
        EXPECT_EQ(
            test_read_as(bus->device, gic_secure, GICD, 0x200 + word - 4, 4) &
                ~4u,
            0);
        EXPECT_EQ(test_read_as(bus->device, gic_secure, GICD, 0x200 + word, 4) &
                      ~4u,
                  bit);
        test_write_as(bus->device, gic_secure, GICD, 0x280 + word, 4,
                      UINT32_MAX);
        test_write_as(bus->device, gic_secure, GICD, 0xe00 + intid / 16 * 4, 4,
                      0);
    }
}

TEST(sgis_cross_the_states_as_far_as_they_were_lent)
{
    static const struct {
        uint32_t encoding;
        uint32_t sgi;
        uint32_t lent; /* for all SGIs */
        bool arrives;
    } rows[] = {
        {SGI1R,  2, 0, true }, /* its own */
        {SGI1R,  0, 3, false}, /* another group than asked for */
        {SGI0R,  0, 0, false},
        {SGI0R,  0, 1, true },
        {ASGI1R, 1, 1, false},
        {ASGI1R, 1, 2, true },
        {ASGI1R, 0, 2, true }, /* group 0 takes it too */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        gicv3_start_secure(&bus);
        test_write_as(bus.device, gic_secure, GICR, SGI + 0xe00, 4,
                      rows[i].lent * 0x55555555);
        icc_set(&bus, rows[i].encoding, &el1, rows[i].sgi << 24 | 1);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICR, SGI + 0x200, 4),
                  rows[i].arrives ? 1u << rows[i].sgi : 0);
    }
    /* EL3 needs no loan. Bits 47:44 are a range that no core is in. */
    struct test_bus bus;
    gicv3_start_secure(&bus);
    for (unsigned bit = 43; bit < 49; bit++) {
        test_case("bit %u", bit);
        icc_set(&bus, SGI1R, &el1, UINT64_C(1) << bit | 2 << 24 | 1);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICR, SGI + 0x200, 4),
                  bit == 43 ? 4 : 0);
        test_write_as(bus.device, gic_secure, GICR, SGI + 0x280, 4, 4);
    }
    icc_set(&bus, SGI0R, &el2, 1);
    EXPECT_EQ(test_read_as(bus.device, gic_secure, GICR, SGI + 0x200, 4), 0);
    icc_set(&bus, SGI0R, &el3_ns, 1);
    EXPECT_EQ(test_read_as(bus.device, gic_secure, GICR, SGI + 0x200, 4), 1);
    test_bus_fini(&bus);
}

TEST_ON(el3_handles_group_1_of_either_state, bus)
{
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(icc_get(bus, IAR1, &el1), 1023);
    EXPECT_EQ(icc_get(bus, IAR1, &el3), 33);
    icc_set(bus, EOIR1, &el1, 33); /* not its own */
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0);
    gic_input(bus, "spi1", 0);
    icc_set(bus, EOIR1, &el3, 33);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0xff);
    gic_input(bus, "spi2", 1);
    EXPECT_EQ(icc_get(bus, IAR1, &secure_el1), 1023);
    EXPECT_EQ(icc_get(bus, IAR1, &el3), 34);
    icc_set(bus, EOIR1, &el3, 34); /* of the other state */
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0xff);
}

TEST_ON(the_normal_world_neither_ends_nor_deactivates_group_0, bus)
{
    icc_set(bus, CTLR3, &el3, 1 << 2 | 1 << 3 | 1 << 4); /* split ends */
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(icc_get(bus, IAR0, &secure_el1), 32);
    icc_set(bus, EOIR0, &el1, 32);
    icc_set(bus, EOIR0, &el2, 32);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0);
    icc_set(bus, EOIR0, &secure_el1, 32);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0xff);
    icc_set(bus, DIR, &el1, 32);
    EXPECT_EQ(test_read_as(bus->device, gic_secure, GICD, 0x304, 4), 1);
    icc_set(bus, DIR, &secure_el1, 32);
    EXPECT_EQ(test_read_as(bus->device, gic_secure, GICD, 0x304, 4), 0);
}

/* EOImode of EL3 is a bit of its own. */
TEST(el3_ends_as_its_own_mode_says)
{
    static const struct {
        uint32_t control; /* ICC_CTLR_EL3 */
        uint32_t active;  /* after the end */
    } rows[] = {
        {0,               0},
        {1 << 2,          1},
        {1 << 3 | 1 << 4, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        gicv3_start_secure(&bus);
        icc_set(&bus, CTLR3, &el3, rows[i].control);
        gic_input(&bus, "spi0", 1);
        EXPECT_EQ(icc_get(&bus, IAR0, &el3), 32);
        icc_set(&bus, EOIR0, &el3, 32);
        EXPECT_EQ(icc_get(&bus, RPR, &el3), 0xff);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0x304, 4),
                  rows[i].active);
    }
}

/* 12.2.13: a level deactivates what it may take, as routing to EL3 says. */
TEST(dir_is_for_interrupts_that_the_caller_may_take)
{
    static const struct {
        uint32_t intid;
        uint8_t level;
        bool non_secure, irq_to_el3, fiq_to_el3;
        bool deactivates;
    } rows[] = {
        {32, 3, false, false, false, true },
        {34, 3, true,  false, false, true },
        {32, 1, false, false, false, true },
        {33, 1, false, false, false, true },
        {34, 1, false, false, false, true },
        {32, 1, true,  false, false, false},
        {33, 1, true,  false, false, false},
        {34, 1, true,  false, false, true },
        {32, 1, false, false, true,  false},
        {33, 1, false, false, true,  true },
        {32, 1, false, true,  false, true },
        {33, 1, false, true,  false, false},
        {34, 1, true,  false, true,  true },
        {32, 2, true,  false, false, false},
        {34, 2, true,  false, true,  true },
        {34, 2, true,  true,  false, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct gic_cpu_caller caller = {
            .level = rows[i].level,
            .monitor = true,
            .non_secure = rows[i].non_secure,
            .irq_to_el3 = rows[i].irq_to_el3,
            .fiq_to_el3 = rows[i].fiq_to_el3,
        };
        const uint32_t bit = 1u << (rows[i].intid - 32);
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        gicv3_start_secure(&bus);
        icc_set(&bus, CTLR3, &el3, 1 << 2 | 1 << 3 | 1 << 4);
        test_write_as(bus.device, gic_secure, GICD, 0x304, 4, bit);
        icc_set(&bus, DIR, &caller, rows[i].intid);
        EXPECT_EQ(test_read_as(bus.device, gic_secure, GICD, 0x304, 4),
                  rows[i].deactivates ? 0 : bit);
    }
}

TEST_ON(el3_reaches_binary_points_that_the_states_share, bus)
{
    icc_set(bus, BPR0, &el3, 4);
    icc_set(bus, BPR1, &el3, 6);
    icc_set(bus, CTLR3, &el3, 3); /* CBPR of both */
    EXPECT_EQ(icc_get(bus, BPR1, &secure_el1), 4);
    EXPECT_EQ(icc_get(bus, BPR1, &el1), 5);
    EXPECT_EQ(icc_get(bus, BPR1, &el2), 5);
    EXPECT_EQ(icc_get(bus, BPR1, &el3), 6);
    icc_set(bus, BPR1, &el1, 7);
    EXPECT_EQ(icc_get(bus, BPR0, &el3), 4);
    icc_set(bus, BPR1, &secure_el1, 3);
    EXPECT_EQ(icc_get(bus, BPR0, &el3), 3);
    icc_set(bus, BPR0, &el3, 7);
    EXPECT_EQ(icc_get(bus, BPR1, &el1), 7);
}

TEST_ON(messages_are_not_promised_and_do_nothing, bus)
{
    static const uint32_t registers[] = {0x40, 0x48, 0x50, 0x58};

    EXPECT_EQ(test_read(bus->device, GICD, 4), 0x03780408); /* no MBIS, LPIS */
    test_write_as(bus->device, gic_secure, GICR, 0, 4, 1);
    EXPECT_EQ(test_read(bus->device, GICR, 0), 0);
    EXPECT_EQ(test_read(bus->device, GICR, 8), 0x10);
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        test_write_as(bus->device, gic_secure, GICD, registers[i], 4, 34);
        EXPECT_EQ(test_read_as(bus->device, gic_secure, GICD, 0x204, 4), 0);
        EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], i + 1);
    }
}

/* ---- Views --------------------------------------------------------------- */

/* A machine whose software has set up nothing. */
static void start_anew(struct test_bus *bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,security", 1);
    test_bus_property(bus, "cairn,lpis", 1);
    bus->device = test_bus_make(bus, &gicv3);
}

/* INTIDs 40, 42, 45 and 47 are of Non-secure group 1. */
TEST_BEGINS(each_state_has_its_view_of_the_distributor, bus)
{
    static const struct gic_view before[] = {
        {true,  0x0000, 7,          0x37,       0x12},
        {false, 0x0000, 0,          0x35,       0x10},
        {false, 0x0000, 7,          0x37,       0x12},
        {true,  0x0000, 1,          0x31,       0x10},
        {true,  0x0084, 0xa500,     0xa500,     0   }, /* groups */
        {false, 0x0084, 0,          0xa500,     0   },
        {false, 0x0d04, 0xff,       0,          0   },
        {true,  0x0080, UINT32_MAX, 0,          0   },
        {true,  0x00a0, 0x12345678, 0x12345678, 0   },
        {true,  0x00a4, UINT32_MAX, 0,          0   },
        {true,  0x0d04, 0x0300,     0x0300,     0   },
        {false, 0x0d04, 0,          0x0300,     0   },
    };
    static const struct gic_view rows[] = {
        {true,  0x0200, UINT32_MAX, 0,          0         },
        {true,  0x0280, UINT32_MAX, 0,          0         },
        {true,  0x0e04, UINT32_MAX, 0,          0         },
        {true,  0x0400, UINT32_MAX, 0,          0         },
        {true,  0x0520, UINT32_MAX, 0,          0         },
        {true,  0x041c, UINT32_MAX, 0,          0         },
        {true,  0x0500, 0x08101820, 0x08101820, 0x10000000},
        {true,  0x0c00, UINT32_MAX, 0,          0         },
        {true,  0x0c04, UINT32_MAX, 0,          0         },
        {true,  0x0e00, UINT32_MAX, 0,          0         }, /* NSACR */
        {true,  0x0e44, UINT32_MAX, UINT32_MAX, 0         },
        {true,  0x0e44, 0,          0,          0         },
        {true,  0x0e48, UINT32_MAX, 0,          0         },
        {true,  0x6140, 0xff123456, 0x80123456, 0x80123456}, /* IROUTER */
        {false, 0x6144, 0x1ff,      0xff,       0xff      },
        {false, 0x6140, 3,          3,          3         },
        {true,  0x6144, 0xfe,       0xfe,       0xfe      },
        {false, 0x6148, 5,          0,          0         },
        {true,  0x0088, 0x80000001, 0x80000001, 0         },
        {false, 0x6200, 3,          3,          3         },
        {false, 0x61f8, 3,          0,          0         },
        {true,  0x0088, 0,          0,          0         },
        {true,  0x6148, 6,          6,          0         },
        {true,  0x614c, 1,          1,          0         },
        {true,  0x6148, 7,          7,          0         },
        {false, 0x0000, 0x40,       0x31,       0x10      }, /* DS: one state */
        {true,  0x0000, 0x47,       0x53,       0x53      },
        {false, 0x0000, 0x05,       0x51,       0x51      },
        {true,  0x0d04, UINT32_MAX, 0,          0         },
        {true,  0x0e08, UINT32_MAX, 0,          0         },
        {false, 0x0084, 0x1234,     0x1234,     0x1234    },
        {false, 0x042c, 0x11223344, 0x10203040, 0x10203040},
    };

    start_anew(bus);
    gic_expect_views(bus, GICD, before, ARRAY_SIZE(before));
    gic_expect_views(bus, GICD, gic_distributor_views,
                     ARRAY_SIZE(gic_distributor_views));
    gic_expect_views(bus, GICD, rows, ARRAY_SIZE(rows));
}

/* SGIs 0 and 2 and PPI 17 are of Non-secure group 1. */
TEST_BEGINS(each_state_has_its_view_of_a_redistributor, bus)
{
    static const struct gic_view rows[] = {
        {true,  SGI + 0x080, 0x20005,    0x20005,    0         },
        {false, SGI + 0x080, 0,          0x20005,    0         },
        {false, SGI + 0xd00, 0xff,       0,          0         },
        {true,  SGI + 0xd00, 6,          6,          0         },
        {false, SGI + 0xd00, 0,          6,          0         },
        {true,  SGI + 0x100, 0x30003,    0x30003,    0x20001   },
        {false, SGI + 0x180, UINT32_MAX, 0x10002,    0         },
        {false, SGI + 0x100, UINT32_MAX, 0x30007,    0x20005   },
        {true,  SGI + 0x180, 0x30003,    4,          4         },
        {true,  SGI + 0x200, 0x30003,    0x30003,    0x20001   },
        {false, SGI + 0x280, UINT32_MAX, 0x10002,    0         },
        {false, SGI + 0x200, UINT32_MAX, 0x30007,    0x20005   },
        {true,  SGI + 0x280, UINT32_MAX, 0,          0         },
        {true,  SGI + 0x300, 0x30003,    0x30003,    0x20001   },
        {false, SGI + 0x380, UINT32_MAX, 0x10002,    0         },
        {true,  SGI + 0x380, UINT32_MAX, 0,          0         },
        {true,  SGI + 0x400, 0x27ff4581, 0x20f84080, 0x00f00000},
        {false, SGI + 0x400, 0xff80ff80, 0x20c040c0, 0x00800080},
        {true,  SGI + 0x41c, 0x08101820, 0x08101820, 0         },
        {true,  SGI + 0xc00, 0,          0xaaaaaaaa, 0x22      },
        {true,  SGI + 0xc04, UINT32_MAX, 0xaaaaaaaa, 8         },
        {false, SGI + 0xc04, 0,          0xaaaaaaa2, 0         },
        {true,  SGI + 0xc00, 0,          0xaaaaaaaa, 0x22      },
        {true,  SGI + 0xe00, 0x55,       0x55,       0         },
        {false, SGI + 0xe00, 0,          0x55,       0         },
        {true,  0x14,        0,          0,          0         }, /* WAKER */
        {false, 0x14,        2,          0,          0         },
        {true,  0x14,        2,          6,          0         },
        {true,  0x70,        0x12345678, 0x12345678, 0x12345678}, /* PROPBASER */
        {false, 0x74,        0xabc,      0xabc,      0xabc     },
        {true,  0x70,        13,         13,         13        },
        {true,  0x78,        0x9abc0000, 0x9abc0000, 0x9abc0000},
        {true,  0x7c,        0x40000005, 5,          5         },
        {true,  0x78,        0,          0,          0         },
        {true,  0x00,        1,          1,          1         }, /* LPIs are on */
        {true,  0x70,        0,          13,         13        },
        {true,  0x7c,        0,          5,          5         },
        {true,  0x00,        0,          0,          0         },
        {true,  0x7c,        0,          0,          0         },
    };

    start_anew(bus);
    gic_expect_views(bus, GICR, rows, ARRAY_SIZE(rows));
}

/* A register, after a write of it if there is one, as read at EL3 of both
 * states and at EL1 of both. */
TEST_BEGINS(each_caller_has_its_view_of_the_cpu_interface, bus)
{
    static const struct gic_cpu_caller *const readers[] = {&el3, &el3_ns,
                                                           &secure_el1, &el1};
    enum { NOT = 0xdead }; /* it cannot read it */
    static const struct {
        const struct gic_cpu_caller *writer;
        uint32_t encoding;
        uint32_t value;
        uint32_t read[4];
    } rows[] = {
        {NULL,        BPR0,      0,          {2, 2, 2, 2}                        },
        {NULL,        BPR1,      0,          {2, 3, 2, 3}                        },
        {&secure_el1, CTLR,      0x43,       {0x8c43, 0x8c00, 0x8c43, 0x8c00}    },
        {&el1,        CTLR,      0x43,       {0x8c43, 0x8c02, 0x8c43, 0x8c02}    },
        {NULL,        CTLR3,     0,          {0x8c59, 0x8c59, NOT, NOT}          },
        {&el3,        CTLR3,     0x7f,       {0x8c7f, 0x8c7f, NOT, NOT}          },
        {NULL,        CTLR,      0,          {0x8c43, 0x8c03, 0x8c43, 0x8c03}    },
        {&el3,        CTLR3,     0x12,       {0x8c12, 0x8c12, NOT, NOT}          },
        {NULL,        CTLR,      0,          {0x8c00, 0x8c03, 0x8c00, 0x8c03}    },
        {&el1,        CTLR,      0,          {0x8c00, 0x8c01, 0x8c00, 0x8c01}    },
        {&el3,        CTLR3,     0x49,       {0x8c49, 0x8c49, NOT, NOT}          },
        {NULL,        CTLR,      0,          {0x8c43, 0x8c00, 0x8c43, 0x8c00}    },
        {&el3,        CTLR3,     0x24,       {0x8c24, 0x8c24, NOT, NOT}          },
        {NULL,        CTLR,      0,          {0x8c00, 0x8c00, 0x8c00, 0x8c00}    },
        {NULL,        IGRPEN1,   0,          {1, 1, 1, 1}                        },
        {&secure_el1, IGRPEN1,   2,          {0, 1, 0, 1}                        },
        {NULL,        IGRPEN1_3, 0,          {1, 1, NOT, NOT}                    },
        {&el1,        IGRPEN1,   0,          {0, 0, 0, 0}                        },
        {&el3,        IGRPEN1_3, 2,          {2, 2, NOT, NOT}                    },
        {NULL,        IGRPEN1,   0,          {1, 0, 1, 0}                        },
        {&el1,        IGRPEN1,   3,          {1, 1, 1, 1}                        },
        {&el1,        IGRPEN0,   2,          {0, 0, 0, 0}                        },
        {&secure_el1, BPR1,      4,          {4, 3, 4, 3}                        },
        {&el1,        BPR1,      2,          {4, 3, 4, 3}                        },
        {&el1,        BPR1,      15,         {4, 7, 4, 7}                        },
        {&secure_el1, BPR1,      0,          {2, 7, 2, 7}                        },
        {&secure_el1, BPR0,      5,          {5, 5, 5, 5}                        },
        {&el1,        BPR0,      0,          {2, 2, 2, 2}                        },
        {&secure_el1, AP1R0,     0x80000001, {0x80000001, 0, 0x80000001, 0}      },
        {&el1,        AP1R0,     0x55,       {0x80000001, 0x55, 0x80000001, 0x55}},
        {&secure_el1, AP0R0,     0x1234,     {0x1234, 0x1234, 0x1234, 0x1234}    },
        {&el3,        SRE1,      0,          {7, 7, 7, 7}                        },
        {&el3,        SRE3,      0,          {15, 15, NOT, NOT}                  },
    };

    gicv3_start_secure(bus);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        if (rows[i].writer) {
            icc_set(bus, rows[i].encoding, rows[i].writer, rows[i].value);
        }
        for (size_t j = 0; j < ARRAY_SIZE(readers); j++) {
            if (rows[i].read[j] != NOT) {
                EXPECT_EQ(icc_get(bus, rows[i].encoding, readers[j]),
                          rows[i].read[j]);
            }
        }
    }
}

/* The lowest of priorities is a bit of its own, too. */
TEST_ON(an_end_drops_the_highest_active_priority_of_its_group, bus)
{
    icc_set(bus, AP1R0, &el1, 0x80000000);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0xf8);
    icc_set(bus, AP0R0, &el3, 0x00030000);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0x80);
    icc_set(bus, EOIR1, &el1, 34); /* group 0 is running */
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0x80);
    icc_set(bus, EOIR0, &el3, 32);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0x88);
    icc_set(bus, EOIR0, &el3, 288); /* no such INTID */
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0x88);
    icc_set(bus, EOIR0, &el3, 8192);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0xf8);
    icc_set(bus, AP0R0, &el3, 0x80000000); /* of equals it is group 0 */
    icc_set(bus, EOIR1, &el1, 34);
    EXPECT_EQ(icc_get(bus, AP1R0, &el1), 0x80000000);
    icc_set(bus, AP0R0, &el3, 0);
    icc_set(bus, EOIR1, &el1, 34);
    EXPECT_EQ(icc_get(bus, RPR, &el3), 0xff);
}
