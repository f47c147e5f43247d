/* SPDX-License-Identifier: Apache-2.0 */
/* Two security states: what one lends the other, and what EL3 sees of both. */
#include "devices/arm/gicv3.h"
#include "devices/test_bus.h"
#include "tests/harness.h"

extern const struct device_type gicv3;

enum { GICD, GICR };
enum { SGI = 0x10000 };

enum {
    PMR = GIC_CPU_REGISTER(3, 0, 4, 6, 0),
    IAR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 0),
    EOIR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 1),
    BPR0 = GIC_CPU_REGISTER(3, 0, 12, 8, 3),
    DIR = GIC_CPU_REGISTER(3, 0, 12, 11, 1),
    RPR = GIC_CPU_REGISTER(3, 0, 12, 11, 3),
    SGI1R = GIC_CPU_REGISTER(3, 0, 12, 11, 5),
    ASGI1R = GIC_CPU_REGISTER(3, 0, 12, 11, 6),
    SGI0R = GIC_CPU_REGISTER(3, 0, 12, 11, 7),
    IAR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 0),
    EOIR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 1),
    BPR1 = GIC_CPU_REGISTER(3, 0, 12, 12, 3),
    IGRPEN0 = GIC_CPU_REGISTER(3, 0, 12, 12, 6),
    CTLR3 = GIC_CPU_REGISTER(3, 6, 12, 12, 4),
    IGRPEN1_3 = GIC_CPU_REGISTER(3, 6, 12, 12, 7),
};

static const struct test_who secure = {0, true};
static const struct test_who normal = {0, false};
static const struct gic_cpu_caller el3 = {.level = 3, .monitor = true};
static const struct gic_cpu_caller secure_el1 = {.level = 1, .monitor = true};
static const struct gic_cpu_caller el1 = {
    .level = 1, .monitor = true, .non_secure = true};

static uint64_t get(struct test_bus *bus, uint32_t encoding,
                    const struct gic_cpu_caller *caller)
{
    const struct gic_cpu *cpu = gicv3.interface;
    uint64_t value;

    EXPECT_EQ(cpu->read(bus->device, 0, encoding, caller, &value),
              GIC_CPU_DONE);
    return value;
}

static void set(struct test_bus *bus, uint32_t encoding,
                const struct gic_cpu_caller *caller, uint64_t value)
{
    const struct gic_cpu *cpu = gicv3.interface;

    EXPECT_EQ(cpu->write(bus->device, 0, encoding, caller, value),
              GIC_CPU_DONE);
}

/* INTID 32 is of group 0, 33 of Secure group 1, 34 of Non-secure group 1; so
 * are SGIs 0 to 2. */
static void start(struct test_bus *bus)
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
        test_write_as(bus->device, secure, writes[i].bank, writes[i].offset, 4,
                      writes[i].value);
    }
    set(bus, PMR, &el3, 0xff);
    set(bus, IGRPEN0, &el3, 1);
    set(bus, IGRPEN1_3, &el3, 3);
}

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
        struct test_bus bus;

        start(&bus);
        test_write_as(bus.device, secure, GICD, 0xe08, 4, rows[i].lent);
        EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0xe08, 4),
                  rows[i].lent);
        EXPECT_EQ(test_read_as(bus.device, normal, GICD, 0xe08, 4), 0);
        test_write_as(bus.device, normal, GICD, 0xe08, 4, 0);
        test_write_as(bus.device, normal, GICD, 0x204, 4, 1);
        EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x204, 4),
                  rows[i].pends);
        EXPECT_EQ(test_read_as(bus.device, normal, GICD, 0x204, 4),
                  rows[i].pends);
        test_write_as(bus.device, secure, GICD, 0x204, 4, 1);
        test_write_as(bus.device, normal, GICD, 0x284, 4, 1);
        EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x204, 4),
                  !rows[i].clears);
        test_write_as(bus.device, normal, GICD, 0x6100, 4, 5);
        EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x6100, 4),
                  rows[i].routes ? 5 : 0);
        /* never its enable, priority or group */
        test_write_as(bus.device, normal, GICD, 0x184, 4, 1);
        EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x104, 4), 7);
        test_bus_fini(&bus);
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
        struct test_bus bus;

        test_case("row %zu", i);
        start(&bus);
        test_write_as(bus.device, secure, GICR, SGI + 0xe00, 4,
                      rows[i].lent * 0x55555555);
        set(&bus, rows[i].encoding, &el1, rows[i].sgi << 24 | 1);
        EXPECT_EQ(test_read_as(bus.device, secure, GICR, SGI + 0x200, 4),
                  rows[i].arrives ? 1u << rows[i].sgi : 0);
        test_bus_fini(&bus);
    }
}

static void raise(struct test_bus *bus, const char *name, uint32_t level)
{
    device_input(bus->device, test_input(bus->device, name), level);
}

TEST(el3_handles_group_1_of_either_state)
{
    struct test_bus bus;

    start(&bus);
    raise(&bus, "spi1", 1);
    EXPECT_EQ(get(&bus, IAR1, &el1), 1023);
    EXPECT_EQ(get(&bus, IAR1, &el3), 33);
    set(&bus, EOIR1, &el1, 33); /* not its own */
    EXPECT_EQ(get(&bus, RPR, &el3), 0);
    raise(&bus, "spi1", 0);
    set(&bus, EOIR1, &el3, 33);
    EXPECT_EQ(get(&bus, RPR, &el3), 0xff);
    raise(&bus, "spi2", 1);
    EXPECT_EQ(get(&bus, IAR1, &secure_el1), 1023);
    EXPECT_EQ(get(&bus, IAR1, &el3), 34);
    test_bus_fini(&bus);
}

TEST(the_normal_world_neither_ends_nor_deactivates_group_0)
{
    struct test_bus bus;

    start(&bus);
    set(&bus, CTLR3, &el3, 1 << 2 | 1 << 3 | 1 << 4); /* split ends */
    raise(&bus, "spi0", 1);
    EXPECT_EQ(get(&bus, IAR0, &secure_el1), 32);
    set(&bus, EOIR0, &el1, 32);
    EXPECT_EQ(get(&bus, RPR, &el3), 0);
    set(&bus, EOIR0, &secure_el1, 32);
    EXPECT_EQ(get(&bus, RPR, &el3), 0xff);
    set(&bus, DIR, &el1, 32);
    EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x304, 4), 1);
    set(&bus, DIR, &secure_el1, 32);
    EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x304, 4), 0);
    test_bus_fini(&bus);
}

TEST(el3_reaches_binary_points_that_the_states_share)
{
    struct test_bus bus;

    start(&bus);
    set(&bus, BPR0, &el3, 4);
    set(&bus, BPR1, &el3, 6);
    set(&bus, CTLR3, &el3, 3); /* CBPR of both */
    EXPECT_EQ(get(&bus, BPR1, &secure_el1), 4);
    EXPECT_EQ(get(&bus, BPR1, &el1), 5);
    EXPECT_EQ(get(&bus, BPR1, &el3), 6);
    set(&bus, BPR1, &el1, 7);
    EXPECT_EQ(get(&bus, BPR0, &el3), 4);
    set(&bus, BPR1, &secure_el1, 3);
    EXPECT_EQ(get(&bus, BPR0, &el3), 3);
    test_bus_fini(&bus);
}

TEST(messages_are_not_promised_and_do_nothing)
{
    static const uint32_t registers[] = {0x40, 0x48, 0x50, 0x58};
    struct test_bus bus;

    start(&bus);
    EXPECT_EQ(test_read(bus.device, GICD, 4) >> 16 & 1, 0); /* MBIS */
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        test_write_as(bus.device, secure, GICD, registers[i], 4, 34);
        EXPECT_EQ(test_read_as(bus.device, secure, GICD, 0x204, 4), 0);
    }
    test_bus_fini(&bus);
}
