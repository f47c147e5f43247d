/* SPDX-License-Identifier: Apache-2.0 */
/* The GICv2 as a hypervisor and its guest see it: IHI 0048B, chapter 5. */
#include "devices/arm/gicv2.h"
#include "tests/gicv2.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type gicv2m;

/* Offsets in GICH. */
enum {
    HCR = 0x000,
    VTR = 0x004,
    VMCR = 0x008,
    MISR = 0x010,
    EISR = 0x020,
    ELRSR = 0x030,
    APR = 0x0f0,
    LR = 0x100,
};

/* Fields of a list register. */
enum { GROUP1 = 1 << 30, PENDING = 1 << 28, ACTIVE = 1 << 29, EOI = 1 << 19 };
#define HARDWARE (1u << 31)

static uint32_t list(uint32_t intid, uint32_t priority)
{
    return PENDING | priority >> 3 << 23 | intid;
}

static uint32_t get(struct test_bus *bus, unsigned bank, uint32_t offset)
{
    return (uint32_t)test_read_as(bus->device, gic_normal, bank, offset, 4);
}

static void set(struct test_bus *bus, unsigned bank, uint32_t offset,
                uint32_t value)
{
    test_write_as(bus->device, gic_normal, bank, offset, 4, value);
}

/* A hypervisor that listens to maintenance, a guest with both groups on. */
static void start(struct test_bus *bus)
{
    static const struct {
        unsigned bank;
        uint32_t offset;
        uint32_t value;
    } writes[] = {
        {GICD, 0,     1                      }, /* CTLR */
        {GICD, 0x100, 1u << GICV2_MAINTENANCE}, /* ISENABLER0 */
        {GICC, PMR,   0xf8                   },
        {GICC, CTLR,  1                      },
        {GICH, HCR,   1                      },
        {GICV, CTLR,  3                      },
        {GICV, PMR,   0xf8                   },
    };
    test_bus_init(bus);
    test_bus_property(bus, "cairn,core-count", 2);
    bus->device = test_bus_make(bus, &gicv2);
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        set(bus, writes[i].bank, writes[i].offset, writes[i].value);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(a_list_register_becomes_an_interrupt_of_the_guest, bus)
{
    EXPECT_EQ(get(bus, GICH, VTR), 0x90000003);
    EXPECT_EQ(get(bus, GICH, ELRSR), 0xf);
    set(bus, GICH, LR, list(27, 0xa0));
    EXPECT_EQ(gic_level(bus, "virq0"), 1);
    EXPECT_EQ(gic_level(bus, "virq1"), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(get(bus, GICV, HPPIR), 27);
    EXPECT_EQ(get(bus, GICV, IAR), 27);
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    EXPECT_EQ(get(bus, GICV, RPR), 0xa0);
    EXPECT_EQ(get(bus, GICH, APR), 1u << (0xa0 >> 3));
    EXPECT_EQ(get(bus, GICH, LR),
              (list(27, 0xa0) & ~(uint32_t)PENDING) | ACTIVE);
    EXPECT_EQ(get(bus, GICV, IAR), 1023);
    set(bus, GICV, EOIR, 27);
    EXPECT_EQ(get(bus, GICV, RPR), 0xff);
    EXPECT_EQ(get(bus, GICH, ELRSR), 0xf);
    EXPECT_EQ(get(bus, GICH, HCR), 1); /* nothing counted */
}

TEST_BEGINS(each_core_has_its_virtual_interrupts, bus)
{
    const struct {
        unsigned bank;
        uint32_t offset;
        uint32_t value;
        uint32_t irq, fiq;
    } rows[] = {
        {GICH, HCR, 1,       0,          0   },
        {GICV, PMR, 0xf8,    0,          0   },
        {GICH, LR,  list(27, 0xa0),      0,    0},
        {GICV,    CTLR,    1,    1,          0         },
        {GICV,    CTLR,    1 | 1 << 3,    0, 1}, /* FIQEn */
        {GICV,    CTLR,    0,    0,          0                  },
    };
    const struct test_who second = {.core = 1};

    start(bus);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        test_write_as(bus->device, second, rows[i].bank, rows[i].offset, 4,
                      rows[i].value);
        EXPECT_EQ(gic_level(bus, "virq1"), rows[i].irq);
        EXPECT_EQ(gic_level(bus, "vfiq1"), rows[i].fiq);
        EXPECT_EQ(gic_level(bus, "virq0") + gic_level(bus, "vfiq0"), 0);
    }
}

TEST_ON(the_best_of_the_list_registers_comes_first_and_preempts, bus)
{
    set(bus, GICH, LR, list(40, 0xa0));
    set(bus, GICH, LR + 4, list(43, 0xa0));
    EXPECT_EQ(get(bus, GICV, HPPIR), 40); /* of equals the first */
    set(bus, GICV, PMR, 0xa0);
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    set(bus, GICV, PMR, 0xa8);
    EXPECT_EQ(gic_level(bus, "virq0"), 1);
    set(bus, GICV, EOIR, 40); /* it is not active */
    EXPECT_EQ(get(bus, GICH, HCR), 1 | 1 << 27);
    set(bus, GICH, HCR, 1);
    set(bus, GICH, LR + 4, list(41, 0x80));
    EXPECT_EQ(get(bus, GICV, IAR), 41);
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    set(bus, GICH, LR + 8, list(42, 0x40));
    EXPECT_EQ(gic_level(bus, "virq0"), 1);
    set(bus, GICV, PMR, 0x40);
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    EXPECT_EQ(get(bus, GICH, VMCR) >> 27, 0x40 >> 3);
    set(bus, GICV, PMR, 0xf8);
    set(bus, GICV, BPR, 7); /* one group priority: nothing preempts */
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    set(bus, GICV, BPR, 0);
    EXPECT_EQ(get(bus, GICV, BPR), 2);
    EXPECT_EQ(get(bus, GICV, IAR), 42);
    set(bus, GICV, EOIR, 42);
    EXPECT_EQ(get(bus, GICV, RPR), 0x80);
    set(bus, GICH, HCR, 0);
    EXPECT_EQ(get(bus, GICV, HPPIR), 1023);
}

TEST_ON(a_write_is_seen_at_once, bus)
{
    static const struct {
        unsigned bank;
        uint32_t offset, value;
        uint32_t virq;
    } rows[] = {
        {GICH, LR,       PENDING | 0x98 >> 3 << 23,          1},
        {GICH, HCR,      0,                                  0},
        {GICH, HCR,      1,                                  1},
        {GICH, VMCR,     0xf8000000,                         0},
        {GICH, VMCR,     0xf8000003,                         1},
        {GICH, APR,      1,                                  0},
        {GICH, APR,      1 << 20,                            1}, /* 0xa0 runs */
        {GICV, BPR,      7,                                  0},
        {GICV, BPR,      2,                                  1},
        {GICV, GICC_APR, 1,                                  0},
        {GICV, GICC_APR, 1 << 20,                            1},
        {GICV, PMR,      0x98,                               0},
        {GICV, PMR,      0xa0,                               1},
        {GICV, CTLR,     2,                                  0},
        {GICV, CTLR,     3,                                  1},
        {GICH, LR,       PENDING | 0x98 >> 3 << 23 | GROUP1, 1},
        {GICV, ABPR,     7,                                  0},
        {GICV, ABPR,     3,                                  1},
        {GICV, BPR,      7,                                  1},
        {GICV, CTLR,     3 | 1 << 4,                         0}, /* CBPR */
        {GICV, CTLR,     3,                                  1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        set(bus, rows[i].bank, rows[i].offset, rows[i].value);
        EXPECT_EQ(gic_level(bus, "virq0"), rows[i].virq);
        EXPECT_EQ(gic_level(bus, "vfiq0"), 0);
    }
}

TEST_ON(ending_a_hardware_interrupt_ends_the_physical_one, bus)
{
    set(bus, GICD, 0x104, 2); /* 33 */
    set(bus, GICD, 0x820, 0x0100);
    set(bus, GICC, CTLR, 1 | 1 << 9);
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(get(bus, GICC, IAR), 33);
    set(bus, GICC, EOIR, 33); /* drops the priority only */
    set(bus, GICH, LR, list(48, 0xa0) | HARDWARE | 33 << 10);
    EXPECT_EQ(get(bus, GICD, 0x304), 2);
    EXPECT_EQ(get(bus, GICV, IAR), 48);
    gic_input(bus, "spi1", 0);
    set(bus, GICV, EOIR, 48);
    EXPECT_EQ(get(bus, GICD, 0x304), 0);
}

TEST_ON(a_hypervisor_hears_of_ends_underflow_and_strangers, bus)
{
    set(bus, GICH, LR, list(50, 0xa0) | EOI);
    EXPECT_EQ(get(bus, GICV, IAR), 50);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    set(bus, GICV, EOIR, 50);
    EXPECT_EQ(get(bus, GICH, MISR), 1);
    EXPECT_EQ(get(bus, GICH, EISR), 1);
    EXPECT_EQ(get(bus, GICH, ELRSR), 0xe);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, GICC, IAR), GICV2_MAINTENANCE);
    set(bus, GICH, LR, 0);
    set(bus, GICC, EOIR, GICV2_MAINTENANCE);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);

    set(bus, GICH, HCR, 1 | 1 << 1); /* UIE */
    EXPECT_EQ(get(bus, GICH, MISR), 2);
    set(bus, GICH, LR, list(51, 0xa0));
    set(bus, GICH, LR + 4, list(52, 0xa0));
    EXPECT_EQ(get(bus, GICH, MISR), 0);

    set(bus, GICH, HCR, 1 | 1 << 2); /* LRENPIE */
    set(bus, GICV, EOIR, 60);
    EXPECT_EQ(get(bus, GICH, HCR), 1 | 1 << 2 | 1 << 27);
    EXPECT_EQ(get(bus, GICH, MISR), 4);

    set(bus, GICH, HCR, 1 | 1 << 3); /* NPIE */
    EXPECT_EQ(get(bus, GICH, MISR), 0);
    set(bus, GICH, LR, 0);
    set(bus, GICH, LR + 4, 0);
    EXPECT_EQ(get(bus, GICH, MISR), 8);

    set(bus, GICH, HCR, 1 | 1 << 4 | 1 << 7); /* G0 enabled, G1 disabled */
    EXPECT_EQ(get(bus, GICH, MISR), 0x10);
    set(bus, GICV, CTLR, 0);
    EXPECT_EQ(get(bus, GICH, MISR), 0x80);
}

TEST_ON(groups_are_hidden_from_each_other_as_of_a_cpu_interface, bus)
{
    set(bus, GICH, LR, list(60, 0xa0) | GROUP1);
    EXPECT_EQ(gic_level(bus, "virq0"), 1);
    EXPECT_EQ(get(bus, GICV, IAR), 1022);
    EXPECT_EQ(get(bus, GICV, HPPIR), 1022);
    EXPECT_EQ(get(bus, GICV, AIAR), 60);
    set(bus, GICV, AEOIR, 60);
    EXPECT_EQ(get(bus, GICH, LR), (60u | 0xa0u >> 3 << 23 | GROUP1));
    set(bus, GICH, LR, list(61, 0xa0));
    EXPECT_EQ(get(bus, GICV, AIAR), 1023);
    set(bus, GICV, CTLR, 3 | 1 << 3); /* FIQEn */
    EXPECT_EQ(gic_level(bus, "virq0"), 0);
    EXPECT_EQ(gic_level(bus, "vfiq0"), 1);
    EXPECT_EQ(get(bus, GICV, IAR), 61);
    set(bus, GICV, AEOIR, 61); /* of the other group */
    EXPECT_EQ(get(bus, GICV, RPR), 0xa0);
    set(bus, GICV, EOIR, 61);
    set(bus, GICV, CTLR, 3 | 1 << 2); /* AckCtl */
    set(bus, GICH, LR, list(62, 0xa0) | GROUP1);
    EXPECT_EQ(get(bus, GICV, IAR), 62);
}

TEST_ON(with_split_end_the_guest_deactivates_by_itself, bus)
{
    set(bus, GICV, CTLR, 1 | 1 << 9);
    EXPECT_EQ(get(bus, GICH, VMCR) & 0x21f, 1 | 1 << 9);
    set(bus, GICH, LR, list(3, 0xa0) | 5 << 10); /* an SGI of core 5 */
    EXPECT_EQ(get(bus, GICV, IAR), 5 << 10 | 3);
    set(bus, GICV, EOIR, 5 << 10 | 3);
    EXPECT_EQ(get(bus, GICV, RPR), 0xff);
    EXPECT_EQ(get(bus, GICH, LR) & (ACTIVE | PENDING), ACTIVE);
    set(bus, GICV, DIR, 4 << 10 | 3); /* of another core: counted */
    EXPECT_EQ(get(bus, GICH, HCR) >> 27, 1);
    set(bus, GICV, DIR, 5 << 10 | 3);
    EXPECT_EQ(get(bus, GICH, LR) & (ACTIVE | PENDING), 0);
}

TEST_BEGINS(the_guests_registers_are_fields_of_the_hypervisors, bus)
{
    static const struct {
        unsigned bank;
        uint32_t offset;
        uint32_t value;
        uint32_t read;
        uint32_t machine; /* GICH_VMCR */
    } rows[] = {
        {GICH, VMCR, UINT32_MAX, 0xf8fc021f, 0xf8fc021f},
        {GICH, VMCR, 0,          0x004c0000, 0x004c0000},
        {GICH, VMCR, 0x00280000, 0x004c0000, 0x004c0000},
        {GICV, PMR,  0xff,       0xf8,       0xf84c0000},
        {GICV, PMR,  0x80,       0x80,       0x804c0000},
        {GICV, BPR,  0,          2,          0x804c0000},
        {GICV, BPR,  7,          7,          0x80ec0000},
        {GICV, BPR,  5,          5,          0x80ac0000},
        {GICV, ABPR, 0,          3,          0x80ac0000},
        {GICV, ABPR, 7,          7,          0x80bc0000},
        {GICV, ABPR, 4,          4,          0x80b00000},
        {GICV, CTLR, UINT32_MAX, 0x21f,      0x80b0021f},
        {GICV, CTLR, 1,          1,          0x80b00001},
        {GICV, 0xd0, 0x12345678, 0x12345678, 0x80b00001},
        {GICH, APR,  0x9abcdef0, 0x9abcdef0, 0x80b00001},
    };

    test_bus_start(bus, &gicv2);
    EXPECT_EQ(get(bus, GICH, VMCR), 0x004c0000);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        set(bus, rows[i].bank, rows[i].offset, rows[i].value);
        EXPECT_EQ(get(bus, rows[i].bank, rows[i].offset), rows[i].read);
        EXPECT_EQ(get(bus, GICH, VMCR), rows[i].machine);
    }
    EXPECT_EQ(get(bus, GICV, 0xd0), 0x9abcdef0);
}

TEST(binary_points_decide_on_preemption)
{
    for (size_t i = 0; i < ARRAY_SIZE(gic_preemptions); i++) {
        const struct gic_preemption *row = &gic_preemptions[i];
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start(&bus);
        set(&bus, GICH, VMCR, gic_preemption_machine(row));
        set(&bus, GICH, LR, list(50, 0xa0));
        EXPECT_EQ(get(&bus, GICV, IAR), 50);
        EXPECT_EQ(get(&bus, GICH, APR), gic_preemption_active(row));
        set(&bus, GICH, LR + 4,
            list(51, row->priority) | (row->group1 ? GROUP1 : 0));
        EXPECT_EQ(gic_level(&bus, "virq0"), row->preempts);
    }
}

/* SPI 33 is active: what the end of a list leaves. Of an SGI the core that
 * asked is a part of the identity, unless it is a hardware interrupt. Another
 * list of the same priority is pending. */
TEST(an_end_deactivates_or_is_counted)
{
    enum { SGI = 15 | 5 << 10 };
    static const struct {
        uint32_t list, hardware; /* 0: no hardware interrupt */
        uint32_t taken;
        unsigned split;
        uint32_t offset, value;
        uint32_t state; /* of the list register, 29:28 */
        uint32_t counted;
        bool drops, physical;
    } rows[] = {
        {60,            0,    60,  false, EOIR,  60,        0, 0, true,  true },
        {60,            0,    60,  false, EOIR,  60 + 1024, 0, 0, true,  true },
        {60,            0,    60,  false, EOIR,  61,        2, 1, true,  true },
        {60,            0,    60,  false, EOIR,  1019,      2, 1, true,  true },
        {60,            0,    60,  false, EOIR,  1020,      2, 0, false, true },
        {60,            0,    60,  false, AEOIR, 60,        2, 0, false, true },
        {60,            0,    60,  false, DIR,   60,        2, 0, false, true },
        {60,            0,    60,  true,  EOIR,  60,        2, 0, true,  true },
        {60,            0,    60,  true,  DIR,   60,        0, 0, false, true },
        {60,            0,    60,  true,  DIR,   1019,      2, 1, false, true },
        {60,            0,    60,  true,  DIR,   1020,      2, 0, false, true },
        {SGI,           0,    SGI, false, EOIR,  SGI,       0, 0, true,  true },
        {SGI,           0,    SGI, false, EOIR,  15,        2, 1, true,  true },
        {16 + 5120,     0,    16,  false, EOIR,  16,        0, 0, true,  true },
        {60,            33,   60,  false, EOIR,  60,        0, 0, true,  false},
        {60,            34,   60,  false, EOIR,  60,        0, 0, true,  true },
        {60,            15,   60,  false, EOIR,  60,        0, 0, true,  true },
        {60,            1019, 60,  false, EOIR,  60,        0, 0, true,  true },
        {60 | 33 << 10, 0,    60,  false, EOIR,  60,        0, 0, true,  true },
        {60,            545,  60,  false, EOIR,  60,        0, 0, true,  true },
        {572,           0,    572, false, EOIR,  572,       0, 0, true,  true },
        {60,            33,   60,  true,  DIR,   60,        0, 0, false, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start(&bus);
        set(&bus, GICV, CTLR, 3 | (rows[i].split ? 1 << 9 : 0));
        set(&bus, GICD, 0x304, 2);
        set(&bus, GICH, LR,
            list(0, 0xa0) | rows[i].list | rows[i].hardware << 10 |
                (rows[i].hardware != 0 ? HARDWARE : 0));
        set(&bus, GICH, LR + 4, list(70, 0xa0));
        EXPECT_EQ(get(&bus, GICV, IAR), rows[i].taken);
        EXPECT_EQ(gic_level(&bus, "virq0"), 0);
        set(&bus, GICV, rows[i].offset, rows[i].value);
        EXPECT_EQ(gic_level(&bus, "virq0"), rows[i].drops);
        EXPECT_EQ(get(&bus, GICH, LR) >> 28 & 3, rows[i].state);
        EXPECT_EQ(get(&bus, GICH, HCR), 1 | rows[i].counted << 27);
        EXPECT_EQ(get(&bus, GICV, RPR), rows[i].drops ? 0xff : 0xa0);
        EXPECT_EQ(get(&bus, GICD, 0x304) != 0, rows[i].physical);
    }
}

TEST_ON(lists_are_free_or_report_their_end, bus)
{
    for (size_t i = 0; i < ARRAY_SIZE(gic_list_states); i++) {
        const struct gic_list_state *row = &gic_list_states[i];

        test_case("row %zu", i);
        set(bus, GICH, LR + 8,
            (row->reports ? EOI : 0) | (row->hardware ? HARDWARE : 0) |
                (row->active ? ACTIVE : 0) | (row->pending ? PENDING : 0));
        EXPECT_EQ(get(bus, GICH, EISR), row->ended);
        EXPECT_EQ(get(bus, GICH, ELRSR), row->free);
    }
}

/* Base and number must lie within the 256 shared interrupts, from 32 on. */
TEST(messages_are_for_shared_interrupts)
{
    static const struct {
        uint32_t base, count;
        bool good;
    } rows[] = {
        {80,  64,  true },
        {32,  256, true },
        {33,  256, false},
        {32,  257, false},
        {31,  226, false},
        {31,  225, true },
        {287, 1,   true },
        {288, 1,   false},
        {287, 2,   false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u from %u on", rows[i].count, rows[i].base);
        start(&bus);
        bus.peer = bus.device;
        test_bus_property(&bus, "arm,msi-base-spi", rows[i].base);
        test_bus_property(&bus, "arm,msi-num-spis", rows[i].count);
        bus.device = test_bus_create(&bus, &gicv2m);
        EXPECT_EQ(device_init(bus.device, &bus.error) == 0, rows[i].good);
        device_destroy(bus.device);
        bus.device = bus.peer;
        bus.peer = NULL;
        struct device *alone = test_bus_create(&bus, &gicv2m);
        EXPECT(device_init(alone, &bus.error) != 0); /* whose are they? */
        device_destroy(alone);
    }
}

TEST_ON(a_message_is_an_edge_of_its_shared_interrupt, bus)
{
    OWNED(told_fini) struct told told;

    bus->peer = bus->device;
    test_bus_property(bus, "arm,msi-base-spi", 80);
    test_bus_property(bus, "arm,msi-num-spis", 64);
    bus->device = test_bus_make(bus, &gicv2m);
    EXPECT_EQ(test_read(bus->device, 0, 0x008), 80 << 16 | 64);
    bus->names[1] = NULL; /* without properties it has none */
    struct device *none = test_bus_make(bus, &gicv2m);
    EXPECT_EQ(test_read(none, 0, 0x008), 32 << 16);
    device_destroy(none);
    told_init(&told, bus->device);
    test_write(bus->device, 0, 0x040, 79);
    EXPECT_TOLD(&told, "guest: device: message for INTID 79, not one of 64\n");
    test_write(bus->device, 0, 0x040, 0xfc00 + 144);
    EXPECT_TOLD(&told, "guest: device: message for INTID 144, not one of 64\n");
    EXPECT_EQ(test_read(bus->peer, GICC, IAR), 1023);
    for (uint32_t intid = 95; intid < 97; intid++) { /* of two banks */
        test_case("%u", intid);
        test_write(bus->peer, GICD, 0xc00 + 4 * (intid / 16),
                   2u << 2 * (intid % 16));
        test_write(bus->peer, GICD, 0x100 + 4 * (intid / 32), 1u << intid % 32);
        test_write_as(bus->peer, gic_secure, GICD, 0x800 + intid, 1, 1);
        test_write(bus->device, 0, 0x040, intid);
        EXPECT_EQ(device_output(bus->peer, "irq0")->level, 1);
        EXPECT_EQ(test_read(bus->peer, GICC, IAR), intid);
        EXPECT_EQ(test_read(bus->peer, GICC, HPPIR), 1023); /* used up */
        test_write(bus->peer, GICC, EOIR, intid);
        test_write(bus->device, 0, 0x040, intid); /* and once more */
        EXPECT_EQ(test_read(bus->peer, GICC, IAR), intid);
        test_write(bus->peer, GICC, EOIR, intid);
        /* While its input is high there is no other edge. */
        device_input(bus->peer, intid - 32, 1);
        EXPECT_EQ(test_read(bus->peer, GICC, IAR), intid);
        test_write(bus->peer, GICC, EOIR, intid);
        test_write(bus->device, 0, 0x040, intid);
        EXPECT_EQ(test_read(bus->peer, GICC, HPPIR), 1023);
        device_input(bus->peer, intid - 32, 0);
    }
    EXPECT_TOLD(&told, "");
}

TEST_BEGINS(active_priorities_have_a_view_for_the_normal_world, bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,security", 1);
    bus->device = test_bus_make(bus, &gicv2);
    test_write_as(bus->device, gic_secure, GICC, 0xe0, 4, 0x00018002);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICC, 0xd0, 4), 1);
    test_write_as(bus->device, gic_normal, GICC, 0xd0, 4, 0x8000);
    EXPECT_EQ(test_read_as(bus->device, gic_secure, GICC, 0xe0, 4), 0x80008002);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICC, 0xe0, 4), 0);
}
