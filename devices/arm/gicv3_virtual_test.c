/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface: what a guest and its hypervisor see of each other,
 * IHI 0069, 12.4 and 12.3. */
#include "devices/arm/gicv3.h"
#include "devices/test_bus.h"
#include "tests/harness.h"

extern const struct device_type gicv3;

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
    IAR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 0),
    EOIR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 1),
    HPPIR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 2),
    BPR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 3),
    CTLR = GIC_CPU_REGISTER(3, 0, 12, 12, 4),
    IGRPEN0 = GIC_CPU_REGISTER(3, 0, 12, 12, 6),
    IGRPEN1 = GIC_CPU_REGISTER(3, 0, 12, 12, 7),
    ICH_AP0 = GIC_CPU_REGISTER(3, 4, 12, 8, 0),
    ICH_AP1 = GIC_CPU_REGISTER(3, 4, 12, 9, 0),
    HCR = GIC_CPU_REGISTER(3, 4, 12, 11, 0),
    VTR = GIC_CPU_REGISTER(3, 4, 12, 11, 1),
    EISR = GIC_CPU_REGISTER(3, 4, 12, 11, 3),
    ELRSR = GIC_CPU_REGISTER(3, 4, 12, 11, 5),
    VMCR = GIC_CPU_REGISTER(3, 4, 12, 11, 7),
    LR0 = GIC_CPU_REGISTER(3, 4, 12, 12, 0),
};

/* Fields of a list register. */
#define ACTIVE   (UINT64_C(1) << 63)
#define PENDING  (UINT64_C(1) << 62)
#define HARDWARE (UINT64_C(1) << 61)
#define GROUP1   (UINT64_C(1) << 60)
#define EOI      (UINT64_C(1) << 41)

enum { GICD, GICR, CBPR = 1 << 4, EOIM = 1 << 9, ALL_ON = 0xf84c000b };

static const struct gic_cpu_caller hypervisor = {
    .level = 2, .hypervisor = true, .non_secure = true};
static const struct gic_cpu_caller guest = {.level = 1,
                                            .hypervisor = true,
                                            .non_secure = true,
                                            .irq_virtual = true,
                                            .fiq_virtual = true};

static uint64_t get(struct test_bus *bus, const struct gic_cpu_caller *caller,
                    uint32_t encoding)
{
    const struct gic_cpu *cpu = gicv3.interface;
    uint64_t value;

    EXPECT_EQ(cpu->read(bus->device, 0, encoding, caller, &value),
              GIC_CPU_DONE);
    return value;
}

static void set(struct test_bus *bus, const struct gic_cpu_caller *caller,
                uint32_t encoding, uint64_t value)
{
    const struct gic_cpu *cpu = gicv3.interface;

    EXPECT_EQ(cpu->write(bus->device, 0, encoding, caller, value),
              GIC_CPU_DONE);
}

static void start(struct test_bus *bus, uint32_t machine)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, &gicv3);
    set(bus, &hypervisor, HCR, 1);
    set(bus, &hypervisor, VMCR, machine);
}

static uint64_t list(uint32_t intid, uint64_t priority)
{
    return PENDING | priority << 48 | intid;
}

TEST(a_guests_registers_are_fields_of_the_hypervisors)
{
    static const struct {
        uint32_t encoding;
        uint32_t value;
        uint32_t read;
        uint32_t machine; /* ICH_VMCR */
    } rows[] = {
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
        {AP0R0,   0x80000011, 0x80000011, 0x80f80008},
        {AP1R0,   0x40000022, 0x40000022, 0x80f80008},
    };
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &gicv3);
    EXPECT_EQ(get(&bus, &hypervisor, VMCR), 0x004c0008);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        set(&bus, &guest, rows[i].encoding, rows[i].value);
        EXPECT_EQ(get(&bus, &guest, rows[i].encoding), rows[i].read);
        EXPECT_EQ(get(&bus, &hypervisor, VMCR), rows[i].machine);
    }
    EXPECT_EQ(get(&bus, &hypervisor, ICH_AP0), 0x80000011);
    EXPECT_EQ(get(&bus, &hypervisor, ICH_AP1), 0x40000022);
    EXPECT_EQ(get(&bus, &guest, RPR), 0);
    test_bus_fini(&bus);
}

TEST(reserved_bits_of_the_hypervisors_registers_read_as_zero)
{
    static const struct {
        uint32_t encoding;
        uint64_t value, read;
    } rows[] = {
        {VMCR,    UINT64_MAX, 0xf8fc021b        },
        {VMCR,    0,          0x004c0008        },
        {HCR,     UINT64_MAX, 0xf8007cff        },
        {HCR,     0,          0                 },
        {ICH_AP0, 0x12345678, 0x12345678        },
        {ICH_AP1, 0x9abcdef0, 0x9abcdef0        },
        {LR0,     UINT64_MAX, 0xf0ff03ffffffffff},
        {LR0 + 1, 1,          1                 },
        {LR0 + 2, 2,          2                 },
        {LR0 + 3, 3,          3                 },
    };
    struct test_bus bus;

    start(&bus, 0);
    EXPECT_EQ(get(&bus, &hypervisor, VTR), 0x90a80003);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        set(&bus, &hypervisor, rows[i].encoding, rows[i].value);
        EXPECT_EQ(get(&bus, &hypervisor, rows[i].encoding), rows[i].read);
    }
    EXPECT_EQ(get(&bus, &hypervisor, LR0 + 2), 2);
    EXPECT_EQ(get(&bus, &hypervisor, ICH_AP0), 0x12345678);
    test_bus_fini(&bus);
}

/* An interrupt of group 0 runs at 0xa0. */
TEST(binary_points_decide_on_preemption)
{
    static const struct {
        uint64_t control;
        unsigned point0, point1;
        uint64_t group, priority;
        bool preempts;
    } rows[] = {
        {0,    4, 3, 0,      0x98, true },
        {0,    5, 3, 0,      0x98, false},
        {0,    5, 3, 0,      0x78, true },
        {0,    7, 3, 0,      0x00, false},
        {0,    2, 3, GROUP1, 0x98, true },
        {0,    2, 5, GROUP1, 0x98, true },
        {0,    2, 6, GROUP1, 0x98, false},
        {0,    2, 7, GROUP1, 0x78, true },
        {CBPR, 5, 3, GROUP1, 0x98, false},
        {CBPR, 4, 7, GROUP1, 0x98, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct test_bus bus;

        test_case("row %zu", i);
        start(&bus, 0xf8000003 | (uint32_t)rows[i].control |
                        rows[i].point0 << 21 | rows[i].point1 << 18);
        set(&bus, &hypervisor, LR0, list(50, 0xa0));
        EXPECT_EQ(get(&bus, &guest, IAR0), 50);
        EXPECT_EQ(get(&bus, &hypervisor, ICH_AP0),
                  1u << ((0xa0 & UINT32_MAX << (rows[i].point0 + 1)) >> 3) %
                            32);
        set(&bus, &hypervisor, LR0 + 1,
            list(51, rows[i].priority) | rows[i].group);
        EXPECT_EQ(device_output(bus.device, "vfiq0")->level,
                  rows[i].preempts && rows[i].group == 0);
        EXPECT_EQ(device_output(bus.device, "virq0")->level,
                  rows[i].preempts && rows[i].group != 0);
        test_bus_fini(&bus);
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
            struct test_bus bus;

            test_case("row %zu, group %u", i, group);
            start(&bus, rows[i].machine);
            set(&bus, &hypervisor, HCR, rows[i].control);
            for (unsigned n = 0; n < 2; n++) {
                set(&bus, &hypervisor, LR0 + n,
                    rows[i].lists[n] == 0 ? 0
                                          : list(0, 0xa0) | rows[i].lists[n]);
            }
            EXPECT_EQ(get(&bus, &guest, group == 0 ? HPPIR0 : HPPIR1),
                      rows[i].pending[group]);
            EXPECT_EQ(get(&bus, &guest, group == 0 ? IAR0 : IAR1),
                      rows[i].taken[group]);
            test_bus_fini(&bus);
        }
    }
}

/* After its acknowledge, SPI 37 being active: what writes leave of the list's
 * state, of what is counted, of the priority, and of the physical interrupt. */
TEST(an_end_drops_deactivates_or_is_counted)
{
    static const struct {
        uint64_t list; /* beside INTID 60, priority 0xa0 */
        uint32_t machine;
        uint32_t encoding, value;
        uint64_t state; /* of the list register, 63:62 */
        uint32_t counted;
        bool drops, physical;
    } rows[] = {
        {0,                 0,    EOIR0, 60,   0, 0, true,  true },
        {GROUP1,            0,    EOIR1, 60,   0, 0, true,  true },
        {GROUP1,            0,    EOIR0, 60,   2, 0, false, true },
        {0,                 0,    EOIR1, 60,   2, 0, false, true },
        {HARDWARE,          0,    EOIR0, 60,   0, 0, true,  false},
        {HARDWARE | GROUP1, EOIM, EOIR1, 60,   2, 0, true,  true },
        {HARDWARE | GROUP1, EOIM, DIR,   60,   0, 0, false, false},
        {GROUP1,            EOIM, DIR,   60,   0, 0, false, true },
        {HARDWARE,          0,    DIR,   60,   2, 0, false, true },
        {0,                 0,    EOIR0, 61,   2, 1, true,  true },
        {0,                 0,    EOIR0, 8191, 2, 1, true,  true },
        {0,                 0,    EOIR0, 8192, 2, 0, true,  true },
        {0,                 EOIM, DIR,   61,   2, 1, false, true },
        {0,                 0,    DIR,   61,   2, 0, false, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const bool group1 = (rows[i].list & GROUP1) != 0;
        struct test_bus bus;

        test_case("row %zu", i);
        start(&bus, ALL_ON | rows[i].machine);
        test_write(bus.device, GICD, 0x304, 1 << 5);
        set(&bus, &hypervisor, LR0,
            list(60, 0xa0) | rows[i].list | UINT64_C(37) << 32);
        EXPECT_EQ(get(&bus, &guest, group1 ? IAR1 : IAR0), 60);
        EXPECT_EQ(get(&bus, &hypervisor, group1 ? ICH_AP1 : ICH_AP0), 1 << 20);
        set(&bus, &guest, rows[i].encoding, rows[i].value);
        EXPECT_EQ(get(&bus, &hypervisor, LR0) >> 62, rows[i].state);
        EXPECT_EQ(get(&bus, &hypervisor, HCR), 1 | rows[i].counted << 27);
        EXPECT_EQ(get(&bus, &guest, RPR), rows[i].drops ? 0xff : 0xa0);
        EXPECT_EQ(test_read(bus.device, GICD, 0x304) != 0, rows[i].physical);
        test_bus_fini(&bus);
    }
}

TEST(an_lpi_has_no_active_state)
{
    struct test_bus bus;

    start(&bus, ALL_ON);
    for (uint32_t intid = 8191; intid < 8193; intid++) {
        set(&bus, &hypervisor, LR0, list(intid, 0xa0));
        EXPECT_EQ(get(&bus, &guest, IAR0), intid);
        EXPECT_EQ(get(&bus, &hypervisor, LR0) >> 62, intid == 8191 ? 2 : 0);
        set(&bus, &guest, EOIR0, intid);
        EXPECT_EQ(get(&bus, &guest, RPR), 0xff);
        EXPECT_EQ(get(&bus, &hypervisor, HCR), 1);
    }
    test_bus_fini(&bus);
}

TEST(lists_are_free_or_report_their_end)
{
    static const struct {
        uint64_t list;
        uint32_t ended, free;
    } rows[] = {
        {0,                 0, 0xf},
        {EOI,               4, 0xb},
        {EOI | PENDING,     0, 0xb},
        {EOI | ACTIVE,      0, 0xb},
        {EOI | HARDWARE,    0, 0xf},
        {HARDWARE,          0, 0xf},
        {HARDWARE | ACTIVE, 0, 0xb},
        {PENDING,           0, 0xb},
    };
    struct test_bus bus;

    start(&bus, ALL_ON);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        set(&bus, &hypervisor, LR0 + 2, rows[i].list);
        EXPECT_EQ(get(&bus, &hypervisor, EISR), rows[i].ended);
        EXPECT_EQ(test_read(bus.device, GICR, 0x10200) >> GICV3_MAINTENANCE,
                  rows[i].ended != 0);
        EXPECT_EQ(get(&bus, &hypervisor, ELRSR), rows[i].free);
    }
    test_bus_fini(&bus);
}
