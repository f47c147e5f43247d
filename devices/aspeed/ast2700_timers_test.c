/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_timers;

enum { STATUS = 0x0, RELOAD = 0x4, MATCH = 0x8, CTRL = 0x10, CTRL_CLR = 0x14 };
enum { ENABLE = 1, SLOW = 2, OVERFLOW = 4, INTERRUPT = 0x10000 };
enum { TIMER2 = 0x80 };

static void pass_us(struct test_bus *bus, uint64_t us)
{
    clock_advance(&bus->fabric.clock,
                  clock_now(&bus->fabric.clock) + us * 1000);
}

TEST(a_rate_of_0_is_refused)
{
    for (uint32_t hz = 0; hz < 2; hz++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u Hz", hz);
        test_bus_init(&bus);
        test_bus_property(&bus, "clock-frequency", hz);
        bus.device = test_bus_create(&bus, &ast2700_timers);
        EXPECT_EQ(device_init(bus.device, &bus.error), hz == 0 ? -EINVAL : 0);
    }
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&ast2700_timers, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ast2700_timers))

/* timer_aspeed_start and timer_aspeed_isr of Zephyr. */
TEST_ON(a_periodic_timer_interrupts_each_time, bus)
{
    test_write(bus->device, 0, TIMER2 + CTRL_CLR,
               ENABLE | OVERFLOW | INTERRUPT);
    test_write(bus->device, 0, TIMER2 + RELOAD, 50 * 1000);
    test_write(bus->device, 0, TIMER2 + MATCH, 0xffffffff);
    test_write(bus->device, 0, TIMER2 + MATCH + 4, 0xffffffff);
    test_write(bus->device, 0, TIMER2 + CTRL, ENABLE | OVERFLOW);
    for (unsigned i = 0; i < 3; i++) {
        pass_us(bus, 999);
        EXPECT_EQ(bus_level(bus, "timer2"), 0);
        EXPECT_EQ(test_read(bus->device, 0, TIMER2 + STATUS), 50);
        pass_us(bus, 1);
        EXPECT_EQ(bus_level(bus, "timer2"), 1);
        EXPECT_EQ(test_read(bus->device, 0, TIMER2 + CTRL),
                  INTERRUPT | OVERFLOW | ENABLE);
        test_write(bus->device, 0, TIMER2 + CTRL_CLR, INTERRUPT);
        EXPECT_EQ(bus_level(bus, "timer2"), 0);
    }
    EXPECT_EQ(bus_level(bus, "timer0"), 0);
}

TEST_ON(a_stopped_timer_keeps_its_count, bus)
{
    test_write(bus->device, 0, RELOAD, 1000);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 1000);
    test_write(bus->device, 0, CTRL, ENABLE | SLOW);
    pass_us(bus, 300);
    test_write(bus->device, 0, CTRL_CLR, ENABLE);
    pass_us(bus, 300);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 700);
    test_write(bus->device, 0, CTRL, ENABLE);
    pass_us(bus, 100);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 600);
    test_write(bus->device, 0, RELOAD, 0);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 0);
}

TEST_ON(each_unit_keeps_what_is_written, bus)
{
    for (uint32_t i = 0; i < 8; i++) {
        test_write(bus->device, 0, 0x40 * i + RELOAD, 0x100 + i);
        test_write(bus->device, 0, 0x40 * i + MATCH, 0x200 + i);
        test_write(bus->device, 0, 0x40 * i + MATCH + 4, 0x300 + i);
    }
    EXPECT_EQ(test_tells(bus, STATUS), 1);
    for (uint32_t i = 0; i < 8; i++) {
        test_case("timer %u", i);
        EXPECT_EQ(test_read(bus->device, 0, 0x40 * i + RELOAD), 0x100 + i);
        EXPECT_EQ(test_read(bus->device, 0, 0x40 * i + MATCH), 0x200 + i);
        EXPECT_EQ(test_read(bus->device, 0, 0x40 * i + MATCH + 4), 0x300 + i);
    }
}

/* The counter begins at tick 0, and at what is written to RELOAD. */
TEST(the_first_interrupt_is_at_its_nanosecond)
{
    static const struct {
        uint32_t hz; /* 0: that of the device */
        uint32_t reload;
        uint32_t match[2];
        uint32_t control;
        uint64_t ns;
    } rows[] = {
        {50000000, 7,        {7, 8},                   ENABLE | OVERFLOW,        140       },
        {50000000, 7,        {7, 8},                   ENABLE,                   TIME_NEVER},
        {50000000, 7,        {7, 8},                   OVERFLOW,                 TIME_NEVER},
        {50000000, 0,        {0, 0},                   ENABLE | OVERFLOW,        TIME_NEVER},
        {50000000, 7,        {6, 8},                   ENABLE | OVERFLOW,        20        },
        {50000000, 7,        {3, 5},                   ENABLE | OVERFLOW,        40        },
        {50000000, 7,        {5, 3},                   ENABLE | OVERFLOW,        40        },
        {50000000, 7,        {0, 8},                   ENABLE,                   140       },
        {50000000, 7,        {7, 8},                   ENABLE | OVERFLOW | SLOW, 7000      },
        {3,        1,        {9, 9},                   ENABLE | OVERFLOW,        333333334 },
        {1,        2,        {9, 9},                   ENABLE | OVERFLOW,        2000000000},
        {0,        50000000, {UINT32_MAX, UINT32_MAX}, ENABLE | OVERFLOW,        1000000000},
        {0,
         3000000,            {UINT32_MAX, UINT32_MAX},
         ENABLE | OVERFLOW | SLOW,
         3000000000                                                                        },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus = {0};
        struct clock *clock = &bus.fabric.clock;

        test_case("%zu", i);
        test_bus_init(&bus);
        if (rows[i].hz != 0) {
            test_bus_property(&bus, "clock-frequency", rows[i].hz);
        }
        bus.device = test_bus_make(&bus, &ast2700_timers);
        test_write(bus.device, 0, RELOAD, rows[i].reload);
        test_write(bus.device, 0, MATCH, rows[i].match[0]);
        test_write(bus.device, 0, MATCH + 4, rows[i].match[1]);
        test_write(bus.device, 0, CTRL, rows[i].control);
        EXPECT_EQ(clock_next(clock), rows[i].ns);
        if (rows[i].ns != TIME_NEVER) {
            clock_advance(clock, rows[i].ns);
            EXPECT_EQ(bus_level(&bus, "timer0"), 1);
            EXPECT_EQ(clock_next(clock), TIME_NEVER);
        }
    }
}

/* Match registers are 0 after a reset: the end of a count interrupts. */
TEST_ON(a_new_reload_value_begins_the_count, bus)
{
    test_write(bus->device, 0, RELOAD, 1000);
    test_write(bus->device, 0, CTRL, ENABLE | SLOW);
    pass_us(bus, 300);
    test_write(bus->device, 0, RELOAD, 500);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 500);
    pass_us(bus, 499);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 1);
    pass_us(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 500);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), INTERRUPT | ENABLE | SLOW);
    EXPECT_EQ(bus_level(bus, "timer0"), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_level(bus, "timer0"), 0);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 0);
}

/* A core may be ahead of the timers: what came before its write counts. */
TEST(a_write_does_not_lose_an_interrupt_that_is_due)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } rows[] = {
        {MATCH,    100   },
        {RELOAD,   500   },
        {CTRL_CLR, ENABLE},
        {CTRL,     8     },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("0x%x", rows[i].offset);
        test_bus_start(&bus, &ast2700_timers);
        test_write(bus.device, 0, RELOAD, 1000);
        test_write(bus.device, 0, MATCH, 400);
        test_write(bus.device, 0, MATCH + 4, 2000);
        test_write(bus.device, 0, CTRL, ENABLE | SLOW);
        bus.fabric.clock.now_ns += 601000;
        test_write(bus.device, 0, rows[i].offset, rows[i].value);
        EXPECT_EQ(test_read(bus.device, 0, CTRL) & INTERRUPT, INTERRUPT);
        EXPECT_EQ(bus_level(&bus, "timer0"), 1);
    }
}

TEST_ON(a_match_interrupts_when_the_counter_comes_to_it, bus)
{
    test_write(bus->device, 0, RELOAD, 1000);
    test_write(bus->device, 0, MATCH, 400);
    test_write(bus->device, 0, MATCH + 4, 2000);
    test_write(bus->device, 0, CTRL, ENABLE | SLOW);
    pass_us(bus, 599);
    EXPECT_EQ(bus_level(bus, "timer0"), 0);
    pass_us(bus, 1);
    EXPECT_EQ(bus_level(bus, "timer0"), 1);
    test_write(bus->device, 0, CTRL_CLR, INTERRUPT);
    pass_us(bus, 999);
    EXPECT_EQ(bus_level(bus, "timer0"), 0);
    pass_us(bus, 1);
    EXPECT_EQ(bus_level(bus, "timer0"), 1);
}
