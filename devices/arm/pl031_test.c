/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pl031;

enum { DR = 0x00, MR = 0x04, LR = 0x08, IMSC = 0x10, RIS = 0x14, ICR = 0x1c };
static const uint64_t second = 1000000000;

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&pl031, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

TEST_ON(seconds_run_from_the_start_time_and_may_be_set, bus)
{
    test_bus_property(bus, "cairn,start-time", 1700000000);
    bus->device = test_bus_make(bus, &pl031);
    EXPECT_EQ(test_read(bus->device, 0, DR), 1700000000);
    EXPECT_EQ(test_tells(bus, DR), 1);
    clock_advance(&bus->fabric.clock, 5 * second - 1);
    EXPECT_EQ(test_read(bus->device, 0, DR), 1700000004);
    clock_advance(&bus->fabric.clock, 5 * second);
    EXPECT_EQ(test_read(bus->device, 0, DR), 1700000005);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(test_read(bus->device, 0, DR), 1700000005);
    test_write(bus->device, 0, LR, 100);
    clock_advance(&bus->fabric.clock, 7 * second);
    EXPECT_EQ(test_read(bus->device, 0, DR), 102);
    EXPECT_EQ(test_read(bus->device, 0, 0xc), 1); /* CR: it runs */
}

TEST_ON(the_alarm_interrupts_when_its_second_begins, bus)
{
    bus->device = test_bus_make(bus, &pl031);
    test_write(bus->device, 0, IMSC, 1);
    test_write(bus->device, 0, MR, 3);
    clock_advance(&bus->fabric.clock, 3 * second - 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    clock_advance(&bus->fabric.clock, 3 * second);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    test_write(bus->device, 0, ICR, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
}

TEST_ON(a_match_that_is_now_interrupts_at_once_and_a_reset_ends_it, bus)
{
    test_bus_property(bus, "cairn,start-time", 50);
    bus->device = test_bus_make(bus, &pl031);
    test_write(bus->device, 0, MR, 50);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    test_write(bus->device, 0, IMSC, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    test_write(bus->device, 0, ICR, 1);
    test_write(bus->device, 0, MR, 50);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    test_write(bus->device, 0, ICR, 1);
    clock_advance(&bus->fabric.clock, second / 2);
    test_write(bus->device, 0, MR, 52);
    EXPECT_EQ(clock_next(&bus->fabric.clock), 2 * second);
    test_write(bus->device, 0, LR, 10);
    EXPECT_EQ(clock_next(&bus->fabric.clock), 42 * second);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
}
