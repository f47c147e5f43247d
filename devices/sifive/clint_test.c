/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type sifive_clint;

enum { MSIP = 0, MTIMECMP = 0x4000, MTIME = 0xbff8 };
enum { TIMER, SOFTWARE };

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "timebase-frequency", 1000000);
    bus->device = test_bus_make(bus, &sifive_clint);
}

static bool timer_line(const struct test_bus *bus)
{
    return bus->device->outputs[TIMER].level != 0;
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    static const char *const exclusions[] = {"mtime", NULL};

    EXPECT_DEVICE(bus->device, exclusions);
}

TEST_ON(time_counts_at_its_frequency, bus)
{
    clock_advance(&bus->fabric.clock, 5000999);
    EXPECT_EQ(test_read(bus->device, 0, MTIME), 5000);
    clock_advance(&bus->fabric.clock, 5001000);
    EXPECT_EQ(test_read(bus->device, 0, MTIME), 5001);
    EXPECT_EQ(test_read(bus->device, 0, MTIME + 4), 0);
}

TEST_ON(the_timer_line_follows_the_comparison, bus)
{
    EXPECT(!timer_line(bus));
    test_write(bus->device, 0, MTIMECMP, 100);
    test_write(bus->device, 0, MTIMECMP + 4, 0);
    clock_advance(&bus->fabric.clock, 99999);
    EXPECT(!timer_line(bus));
    clock_advance(&bus->fabric.clock, 100000);
    EXPECT(timer_line(bus));
    test_write(bus->device, 0, MTIMECMP, 200);
    EXPECT(!timer_line(bus));
    test_write(bus->device, 0, MTIME, 200);
    EXPECT(timer_line(bus));
}

TEST_ON(a_comparison_at_the_end_of_time_never_comes, bus)
{
    test_write(bus->device, 0, MTIMECMP, UINT32_MAX);
    test_write(bus->device, 0, MTIMECMP + 4, UINT32_MAX);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    EXPECT(!timer_line(bus));
}

/* mtime is behind the clock after power was lost once. */
TEST_ON(a_later_power_on_begins_at_zero_with_the_same_comparisons, bus)
{
    clock_advance(&bus->fabric.clock, 7000000);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus->device, 0, MTIME), 0);
    test_write(bus->device, 0, MTIMECMP, UINT32_MAX);
    test_write(bus->device, 0, MTIMECMP + 4, UINT32_MAX);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    test_write(bus->device, 0, MTIMECMP + 4, 0);
    test_write(bus->device, 0, MTIMECMP, 100);
    EXPECT_EQ(clock_next(&bus->fabric.clock), 7100000);
    EXPECT(!timer_line(bus));
    clock_advance(&bus->fabric.clock, 7100000);
    EXPECT(timer_line(bus));
}

TEST_ON(software_raises_its_interrupt, bus)
{
    test_write(bus->device, 0, MSIP, 1);
    EXPECT_EQ(bus->device->outputs[SOFTWARE].level, 1);
    test_write(bus->device, 0, MSIP, 2);
    EXPECT_EQ(bus->device->outputs[SOFTWARE].level, 0);
}
