/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface: what a guest and its hypervisor see of each other,
 * IHI 0069, 12.4 and 12.3. */
#include "tests/gicv3.h"
#include "tests/harness.h"

/* Fields of a list register. */
#define ACTIVE   (UINT64_C(1) << 63)
#define PENDING  (UINT64_C(1) << 62)
#define HARDWARE (UINT64_C(1) << 61)
#define GROUP1   (UINT64_C(1) << 60)
#define EOI      (UINT64_C(1) << 41)

enum { EOIM = 1 << 9, ALL_ON = 0xf84c000b };

static void start(struct test_bus *bus, uint32_t machine)
{
    test_bus_start(bus, &gicv3);
    icc_set(bus, HCR, &hypervisor, 1);
    icc_set(bus, VMCR, &hypervisor, machine);
}

static uint64_t list(uint32_t intid, uint64_t priority)
{
    return PENDING | priority << 48 | intid;
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, ALL_ON))

TEST_BEGINS(a_guests_registers_are_fields_of_the_hypervisors, bus)
{
    static const struct {
        uint32_t encoding;
        uint32_t value;
        uint32_t read;
        uint32_t machine; /* ICH_VMCR */
    } rows[] = {
        {AP1R0,   0x40000022, 0x40000022, 0x004c0008},
        {AP0R0,   0x80000011, 0x80000011, 0x004c0008},
        {PMR,     0xff,       0xf8,       0xf84c0008},
        {PMR,     0x80,       0x80,       0x804c0008},
        {BPR0,    0,          2,          0x804c0008},
        {BPR0,    7,          7,          0x80ec0008},
        {BPR0,    5,          5,          0x80ac0008},
        {BPR1,    0,          3,          0x80ac0008},
        {BPR1,    7,          7,          0x80bc0008},
        {BPR1,    4,          4,          0x80b00008},
        {IGRPEN0, 1,          1,          0x80b00009},
        {IGRPEN1, 1,          1,          0x80b0000b},
        {IGRPEN0, 2,          0,          0x80b0000a},
        {IGRPEN1, 2,          0,          0x80b00008},
        {CTLR,    3,          0x8c03,     0x80b00218},
        {CTLR,    2,          0x8c02,     0x80b00208},
        {CTLR,    1,          0x8c01,     0x80b00018},
        {BPR1,    7,          6,          0x80b00018}, /* that of group 0 */
        {BPR0,    7,          7,          0x80f00018},
        {BPR1,    2,          7,          0x80f00018},
        {CTLR,    0,          0x8c00,     0x80f00008},
        {BPR1,    6,          6,          0x80f80008},
    };

    test_bus_start(bus, &gicv3);
    EXPECT_EQ(icc_get(bus, VMCR, &hypervisor), 0x004c0008);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        icc_set(bus, rows[i].encoding, &guest, rows[i].value);
        EXPECT_EQ(icc_get(bus, rows[i].encoding, &guest), rows[i].read);
        EXPECT_EQ(icc_get(bus, VMCR, &hypervisor), rows[i].machine);
    }
    EXPECT_EQ(icc_get(bus, ICH_AP0, &hypervisor), 0x80000011);
    EXPECT_EQ(icc_get(bus, ICH_AP1, &hypervisor), 0x40000022);
    EXPECT_EQ(icc_get(bus, RPR, &guest), 0);
}

TEST_BEGINS(reserved_bits_of_the_hypervisors_registers_read_as_zero, bus)
{
    static const struct {
        uint32_t encoding;
        uint64_t value, read;
    } rows[] = {
        {VMCR,    UINT64_MAX, 0xf8fc021b        },
        {VMCR,    0,          0x004c0008        },
        {VMCR,    0x00280000, 0x004c0008        },
        {HCR,     UINT64_MAX, 0xf8007cff        },
        {HCR,     0,          0                 },
        {ICH_AP0, 0x12345678, 0x12345678        },
        {ICH_AP1, 0x9abcdef0, 0x9abcdef0        },
        {LR0,     UINT64_MAX, 0xf0ff03ffffffffff},
        {LR0 + 1, 1,          1                 },
        {LR0 + 2, 2,          2                 },
        {LR0 + 3, 3,          3                 },
    };

    start(bus, 0);
    EXPECT_EQ(icc_get(bus, VTR, &hypervisor), 0x90a80003);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        icc_set(bus, rows[i].encoding, &hypervisor, rows[i].value);
        EXPECT_EQ(icc_get(bus, rows[i].encoding, &hypervisor), rows[i].read);
    }
    EXPECT_EQ(icc_get(bus, LR0 + 2, &hypervisor), 2);
    EXPECT_EQ(icc_get(bus, ICH_AP0, &hypervisor), 0x12345678);
}

TEST(binary_points_decide_on_preemption)
{
    for (size_t i = 0; i < ARRAY_SIZE(gic_preemptions); i++) {
        const struct gic_preemption *row = &gic_preemptions[i];
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start(&bus, gic_preemption_machine(row));
        icc_set(&bus, LR0, &hypervisor, list(50, 0xa0));
        EXPECT_EQ(icc_get(&bus, IAR0, &guest), 50);
        EXPECT_EQ(icc_get(&bus, ICH_AP0, &hypervisor),
                  gic_preemption_active(row));
        icc_set(&bus, LR0 + 1, &hypervisor,
                list(51, row->priority) | (row->group1 ? GROUP1 : 0));
        EXPECT_EQ(gic_level(&bus, "vfiq0"), row->preempts && !row->group1);
        EXPECT_EQ(gic_level(&bus, "virq0"), row->preempts && row->group1);
    }
}

/* The mask holds back what is not above it; of equals the first list counts. */
TEST(the_best_list_is_seen_by_the_registers_of_its_group)
{
    static const struct {
        uint32_t control, machine;
        uint64_t lists[2];
        uint32_t pending[2]; /* HPPIR0, HPPIR1 */
        uint32_t taken[2];   /* IAR0, IAR1 */
    } rows[] = {
        {1, ALL_ON,     {0, 0},            {1023, 1023}, {1023, 1023}},
        {1, ALL_ON,     {50, 51 | GROUP1}, {50, 1023},   {50, 1023}  },
        {1, ALL_ON,     {50 | GROUP1, 51}, {1023, 50},   {1023, 50}  },
        {0, ALL_ON,     {50, 51},          {1023, 1023}, {1023, 1023}},
        {1, 0xf84c000a, {50, 51 | GROUP1}, {1023, 51},   {1023, 51}  },
        {1, 0xf84c0009, {50 | GROUP1, 51}, {51, 1023},   {51, 1023}  },
        {1, 0xa84c000b, {50, 51},          {50, 1023},   {50, 1023}  },
        {1, 0xa04c000b, {50, 51},          {50, 1023},   {1023, 1023}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (unsigned group = 0; group < 2; group++) {
            OWNED(test_bus_fini) struct test_bus bus;

            test_case("row %zu, group %u", i, group);
            start(&bus, rows[i].machine);
            icc_set(&bus, HCR, &hypervisor, rows[i].control);
            for (unsigned n = 0; n < 2; n++) {
                icc_set(&bus, LR0 + n, &hypervisor,
                        rows[i].lists[n] == 0
                            ? 0
                            : list(0, 0xa0) | rows[i].lists[n]);
            }
            EXPECT_EQ(icc_get(&bus, group == 0 ? HPPIR0 : HPPIR1, &guest),
                      rows[i].pending[group]);
            EXPECT_EQ(icc_get(&bus, group == 0 ? IAR0 : IAR1, &guest),
                      rows[i].taken[group]);
        }
    }
}

/* After its acknowledge, SPI 37 being active: what writes leave of the list's
 * state, of what is counted, of the priority, and of the physical interrupt.
 * Another list of the same priority is pending, and one of 0xf8 is active in
 * the other group. */
TEST(an_end_drops_deactivates_or_is_counted)
{
    enum { AGAIN = 1 << 24 | 61 }; /* INTIDs have 24 bits */
    static const struct {
        uint64_t list; /* beside INTID 61, priority 0xa0 */
        uint32_t machine;
        uint32_t encoding, value;
        uint64_t state; /* of the list register, 63:62 */
        uint32_t counted;
        bool drops, physical;
    } rows[] = {
        {0,                 0,    EOIR0, 61,    0, 0, true,  true },
        {GROUP1,            0,    EOIR1, 61,    0, 0, true,  true },
        {0,                 0,    EOIR0, AGAIN, 0, 0, true,  true },
        {GROUP1,            0,    EOIR1, AGAIN, 0, 0, true,  true },
        {0,                 EOIM, DIR,   AGAIN, 0, 0, false, true },
        {GROUP1,            0,    EOIR0, 61,    2, 0, false, true },
        {0,                 0,    EOIR1, 61,    2, 0, false, true },
        {HARDWARE,          0,    EOIR0, 61,    0, 0, true,  false},
        {HARDWARE | GROUP1, EOIM, EOIR1, 61,    2, 0, true,  true },
        {HARDWARE | GROUP1, EOIM, DIR,   61,    0, 0, false, false},
        {GROUP1,            EOIM, DIR,   61,    0, 0, false, true },
        {HARDWARE,          0,    DIR,   61,    2, 0, false, true },
        {0,                 0,    EOIR0, 62,    2, 1, true,  true },
        {0,                 0,    EOIR0, 8191,  2, 1, true,  true },
        {0,                 0,    EOIR0, 8192,  2, 0, true,  true },
        {0,                 EOIM, DIR,   62,    2, 1, false, true },
        {0,                 0,    DIR,   62,    2, 0, false, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const bool group1 = (rows[i].list & GROUP1) != 0;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start(&bus, ALL_ON | rows[i].machine);
        icc_set(&bus, HCR, &hypervisor, 1 | 1 << 2); /* LRENPIE */
        test_write(bus.device, GICD, 0x304, 1 << 5);
        icc_set(&bus, LR0, &hypervisor,
                list(61, 0xa0) | rows[i].list | UINT64_C(37) << 32);
        icc_set(&bus, LR0 + 1, &hypervisor,
                list(70, 0xa0) | (rows[i].list & GROUP1));
        icc_set(&bus, group1 ? ICH_AP0 : ICH_AP1, &hypervisor, 1u << 31);
        EXPECT_EQ(icc_get(&bus, group1 ? IAR1 : IAR0, &guest), 61);
        EXPECT_EQ(icc_get(&bus, group1 ? ICH_AP1 : ICH_AP0, &hypervisor),
                  1 << 20);
        icc_set(&bus, rows[i].encoding, &guest, rows[i].value);
        EXPECT_EQ(icc_get(&bus, LR0, &hypervisor) >> 62, rows[i].state);
        EXPECT_EQ(icc_get(&bus, HCR, &hypervisor), 5 | rows[i].counted << 27);
        EXPECT_EQ(test_read(bus.device, GICR, SGI + 0x200) >> GICV3_MAINTENANCE,
                  rows[i].counted);
        EXPECT_EQ(icc_get(&bus, RPR, &guest), rows[i].drops ? 0xf8 : 0xa0);
        EXPECT_EQ(icc_get(&bus, VMCR, &hypervisor), ALL_ON | rows[i].machine);
        EXPECT_EQ(gic_level(&bus, group1 ? "virq0" : "vfiq0"), rows[i].drops);
        EXPECT_EQ(test_read(bus.device, GICD, 0x304) != 0, rows[i].physical);
    }
}

TEST_ON(a_write_is_seen_at_once, bus)
{
    static const struct {
        const struct gic_cpu_caller *caller;
        uint32_t encoding;
        uint64_t value;
        uint32_t irq, fiq;
    } rows[] = {
        {&hypervisor, LR0,     PENDING | UINT64_C(0x98) << 48,          0, 1},
        {&hypervisor, LR0,     PENDING | UINT64_C(0x98) << 48 | GROUP1, 1, 0},
        {&hypervisor, HCR,     0,                                       0, 0},
        {&hypervisor, HCR,     1,                                       1, 0},
        {&hypervisor, VMCR,    0,                                       0, 0},
        {&hypervisor, VMCR,    ALL_ON,                                  1, 0},
        {&hypervisor, ICH_AP0, 1,                                       0, 0},
        {&hypervisor, ICH_AP0, 0,                                       1, 0},
        {&hypervisor, ICH_AP1, 1,                                       0, 0},
        {&hypervisor, ICH_AP1, 0,                                       1, 0},
        {&guest,      PMR,     0x98,                                    0, 0},
        {&guest,      PMR,     0xa0,                                    1, 0},
        {&guest,      IGRPEN1, 0,                                       0, 0},
        {&guest,      IGRPEN1, 1,                                       1, 0},
        {&guest,      AP0R0,   1,                                       0, 0},
        {&guest,      AP0R0,   0,                                       1, 0},
        {&guest,      AP1R0,   1,                                       0, 0},
        {&guest,      AP1R0,   1 << 20,                                 1, 0},
        {&guest,      BPR1,    7,                                       0, 0},
        {&guest,      BPR1,    3,                                       1, 0},
        {&guest,      BPR0,    7,                                       1, 0},
        {&guest,      CTLR,    1,                                       0, 0},
        {&guest,      BPR0,    2,                                       1, 0},
        {&guest,      IAR1,    0,                                       0, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        if (rows[i].encoding == IAR1) {
            icc_get(bus, IAR1, rows[i].caller);
        } else {
            icc_set(bus, rows[i].encoding, rows[i].caller, rows[i].value);
        }
        EXPECT_EQ(gic_level(bus, "virq0"), rows[i].irq);
        EXPECT_EQ(gic_level(bus, "vfiq0"), rows[i].fiq);
    }
}

TEST_ON(the_end_of_a_list_that_is_not_active_is_counted, bus)
{
    icc_set(bus, LR0, &hypervisor, list(60, 0xa0));
    icc_set(bus, ICH_AP0, &hypervisor, 1);
    icc_set(bus, EOIR0, &guest, 60);
    EXPECT_EQ(icc_get(bus, HCR, &hypervisor), 1 | 1 << 27);
}

TEST_ON(an_lpi_has_no_active_state, bus)
{
    for (uint32_t intid = 8191; intid < 8193; intid++) {
        icc_set(bus, LR0, &hypervisor, list(intid, 0xa0));
        EXPECT_EQ(icc_get(bus, IAR0, &guest), intid);
        EXPECT_EQ(icc_get(bus, LR0, &hypervisor) >> 62, intid == 8191 ? 2 : 0);
        icc_set(bus, EOIR0, &guest, intid);
        EXPECT_EQ(icc_get(bus, RPR, &guest), 0xff);
        EXPECT_EQ(icc_get(bus, HCR, &hypervisor), 1);
    }
}

TEST_ON(lists_are_free_or_report_their_end, bus)
{
    for (size_t i = 0; i < ARRAY_SIZE(gic_list_states); i++) {
        const struct gic_list_state *row = &gic_list_states[i];

        test_case("row %zu", i);
        icc_set(bus, LR0 + 2, &hypervisor,
                (row->reports ? EOI : 0) | (row->hardware ? HARDWARE : 0) |
                    (row->active ? ACTIVE : 0) | (row->pending ? PENDING : 0));
        EXPECT_EQ(icc_get(bus, EISR, &hypervisor), row->ended);
        EXPECT_EQ(test_read(bus->device, GICR, SGI + 0x200) >>
                      GICV3_MAINTENANCE,
                  row->ended != 0);
        EXPECT_EQ(icc_get(bus, ELRSR, &hypervisor), row->free);
        icc_set(bus, HCR, &hypervisor, 1 | 1 << 3); /* NPIE */
        EXPECT_EQ(icc_get(bus, MISR, &hypervisor) >> 3, !row->pending);
        icc_set(bus, HCR, &hypervisor, 1);
    }
}
