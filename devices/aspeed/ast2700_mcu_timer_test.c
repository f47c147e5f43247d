/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/ticks.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_mcu_timer;

enum { COUNT = 0x00, ALARM = 0x08, CTRL = 0x10, CTRL_CLR = 0x14 };
enum { ENABLE = 1, REACHED = 0x10000 };

static void pass_us(struct test_bus *bus, uint64_t us)
{
    clock_advance(&bus->fabric.clock,
                  clock_now(&bus->fabric.clock) + us * 1000);
}

static uint32_t interrupt(const struct test_bus *bus)
{
    return device_output(bus->device, "interrupt")->level;
}

TEST(a_rate_of_0_is_refused)
{
    for (uint32_t hz = 0; hz < 2; hz++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u Hz", hz);
        test_bus_init(&bus);
        test_bus_property(&bus, "clock-frequency", hz);
        bus.device = test_bus_create(&bus, &ast2700_mcu_timer);
        EXPECT_EQ(device_init(bus.device, &bus.error), hz == 0 ? -EINVAL : 0);
    }
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&ast2700_mcu_timer, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ast2700_mcu_timer))

/* sys_clock_driver_init of Zephyr. */
TEST_ON(the_counter_runs_at_1_mhz_and_is_cleared_by_a_bit, bus)
{
    pass_us(bus, 1234);
    EXPECT_EQ(test_read(bus->device, 0, COUNT), 1234);
    EXPECT_EQ(test_tells(bus, COUNT), 1);
    test_write(bus->device, 0, CTRL, 0x18);
    EXPECT_EQ(test_read(bus->device, 0, COUNT), 0);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), 8);
    pass_us(bus, (uint64_t)5 << 32);
    EXPECT_EQ(test_read(bus->device, 0, COUNT + 4), 5);
    EXPECT_EQ(test_read(bus->device, 0, COUNT), 0);
    EXPECT_EQ(interrupt(bus), 0);
}

/* sys_clock_set_timeout and systick_isr. */
TEST_ON(the_alarm_interrupts_while_it_is_enabled, bus)
{
    pass_us(bus, 10);
    test_write(bus->device, 0, CTRL_CLR, ENABLE);
    test_write(bus->device, 0, ALARM, 110);
    test_write(bus->device, 0, ALARM + 4, 0);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    test_write(bus->device, 0, CTRL, ENABLE);
    pass_us(bus, 99);
    EXPECT_EQ(interrupt(bus), 0);
    pass_us(bus, 1);
    EXPECT_EQ(interrupt(bus), 1);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), REACHED | ENABLE);
    test_write(bus->device, 0, CTRL_CLR, ENABLE);
    EXPECT_EQ(interrupt(bus), 0);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), REACHED);
    test_write(bus->device, 0, ALARM, 200);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), 0);
    test_write(bus->device, 0, CTRL, ENABLE);
    EXPECT_EQ(interrupt(bus), 0);
    pass_us(bus, 90);
    EXPECT_EQ(interrupt(bus), 1);
}

/* At three ticks a second the first ends within a nanosecond. */
TEST(the_timer_ends_with_the_first_nanosecond_of_the_alarms_tick)
{
    static const struct {
        uint32_t hz;
        uint64_t alarm;
        uint64_t ns;
    } rows[] = {
        {1000000, 110,                   110000                      },
        {1000000, UINT64_C(0x100000002), UINT64_C(0x100000002) * 1000},
        {3,       1,                     333333334                   },
        {3,       3,                     1000000000                  },
        {1,       2,                     2000000000                  },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus = {0};
        struct clock *clock = &bus.fabric.clock;

        test_case("row %zu", i);
        test_bus_init(&bus);
        test_bus_property(&bus, "clock-frequency", rows[i].hz);
        bus.device = test_bus_make(&bus, &ast2700_mcu_timer);
        test_write(bus.device, 0, ALARM, (uint32_t)rows[i].alarm);
        test_write(bus.device, 0, ALARM + 4, (uint32_t)(rows[i].alarm >> 32));
        test_write(bus.device, 0, CTRL, ENABLE);
        EXPECT_EQ(clock_next(clock), rows[i].ns);
        clock_advance(clock, rows[i].ns);
        EXPECT_EQ(interrupt(&bus), 1);
        EXPECT_EQ(clock_next(clock), TIME_NEVER);
    }
}

/* The tick after the last one is TICK_NEVER. */
TEST(an_alarm_behind_the_last_tick_never_comes)
{
    enum { TICKS = 20000 };

    for (uint64_t past = 0; past < 2; past++) {
        const uint64_t alarm = TICK_NEVER - 1 - TICKS + past;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u past", (unsigned)past);
        test_bus_init(&bus);
        test_bus_property(&bus, "clock-frequency", 2000000000);
        bus.device = test_bus_make(&bus, &ast2700_mcu_timer);
        pass_us(&bus, TICKS / 2000);
        test_write(bus.device, 0, CTRL, 0x10);
        pass_us(&bus, TICKS / 2000);
        test_write(bus.device, 0, ALARM, (uint32_t)alarm);
        test_write(bus.device, 0, ALARM + 4, (uint32_t)(alarm >> 32));
        test_write(bus.device, 0, CTRL, ENABLE);
        EXPECT_EQ(clock_next(&bus.fabric.clock),
                  past == 0 ? (UINT64_C(1) << 63) - 1 : TIME_NEVER);
        EXPECT_EQ(interrupt(&bus), 0);
    }
}

/* A core may be ahead of the timers. */
TEST(a_write_does_not_lose_an_alarm_that_is_due)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
        uint32_t control;
    } rows[] = {
        {CTRL,     0x10,   REACHED | ENABLE},
        {CTRL_CLR, ENABLE, REACHED         },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("0x%x", rows[i].offset);
        test_bus_start(&bus, &ast2700_mcu_timer);
        test_write(bus.device, 0, ALARM, 100);
        test_write(bus.device, 0, ALARM + 4, 0);
        test_write(bus.device, 0, CTRL, ENABLE);
        bus.fabric.clock.now_ns += 101000;
        test_write(bus.device, 0, rows[i].offset, rows[i].value);
        EXPECT_EQ(test_read(bus.device, 0, CTRL), rows[i].control);
    }
}

TEST_ON(a_reset_begins_the_count_anew_but_not_one_of_the_core, bus)
{
    test_write(bus->device, 0, CTRL, 8);
    pass_us(bus, 10);
    device_reset(bus->device, RESET_CORE);
    EXPECT_EQ(test_read(bus->device, 0, COUNT), 10);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(test_read(bus->device, 0, COUNT), 0);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), 0);
    pass_us(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, COUNT), 1);
}

TEST_ON(an_alarm_in_the_past_interrupts_at_once, bus)
{
    pass_us(bus, 10);
    test_write(bus->device, 0, ALARM, 5);
    test_write(bus->device, 0, ALARM + 4, 0);
    test_write(bus->device, 0, CTRL, ENABLE);
    EXPECT_EQ(interrupt(bus), 1);
    test_write(bus->device, 0, ALARM, 20);
    EXPECT_EQ(interrupt(bus), 0);
    EXPECT_EQ(clock_next(&bus->fabric.clock), 20000);
    test_write(bus->device, 0, ALARM, 10);
    EXPECT_EQ(interrupt(bus), 1);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
}

TEST_ON(an_alarm_that_is_not_enabled_is_not_reached, bus)
{
    test_write(bus->device, 0, ALARM, 5);
    pass_us(bus, 10);
    test_write(bus->device, 0, ALARM + 4, 0);
    test_write(bus->device, 0, CTRL, 8);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), 8);
}
