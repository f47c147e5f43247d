/* SPDX-License-Identifier: Apache-2.0 */
/* Timer at 1 MHz and system control of the LM3S6965. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type lm3s_system;
extern const struct device_type lm3s_timer;

enum { CFG = 0, TAMR = 4, CTL = 0xc, IMR = 0x18, RIS = 0x1c, ICR = 0x24 };
enum { TAILR = 0x28, TBILR = 0x2c, TAPR = 0x38, TAR = 0x48, TBAR = 0x4c };

static void start(struct test_bus *bus, const struct device_type *type)
{
    test_bus_init(bus);
    test_bus_property(bus, "clock-frequency", 1000000);
    bus->device = test_bus_make(bus, type);
}

static void pass(struct test_bus *bus, uint64_t ticks)
{
    clock_advance(&bus->fabric.clock, bus->fabric.clock.now_ns + ticks * 1000);
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&lm3s_system, NULL);
    EXPECT_DEVICE_TYPE(&lm3s_timer, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, &lm3s_timer))

TEST_ON(a_timer_of_32_bits_is_periodic_or_for_one_time, bus)
{
    test_write(bus->device, 0, TAMR, 2);
    test_write(bus->device, 0, TAILR, 99999);
    test_write(bus->device, 0, IMR, 1);
    test_write(bus->device, 0, CTL, 0x101); /* B does not count */
    pass(bus, 99998);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    pass(bus, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 1);
    test_write(bus->device, 0, ICR, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    pass(bus, 100000);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    test_write(bus->device, 0, CTL, 0);
    test_write(bus->device, 0, ICR, 1);
    test_write(bus->device, 0, TAMR, 1);
    test_write(bus->device, 0, CTL, 1);
    pass(bus, 100000);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    EXPECT_EQ(test_read(bus->device, 0, CTL), 0);
    test_write(bus->device, 0, ICR, 1);
    pass(bus, 1000000);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
}

TEST_ON(timers_of_16_bits_have_prescalers, bus)
{
    test_write(bus->device, 0, CFG, 4);
    test_write(bus->device, 0, TAMR, 2);
    test_write(bus->device, 0, TAMR + 4, 2);
    test_write(bus->device, 0, TAILR, 0xabcd0009);
    test_write(bus->device, 0, TBILR, 4);
    test_write(bus->device, 0, TAPR, 9);
    test_write(bus->device, 0, CTL, 0x101);
    pass(bus, 4);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0x100);
    test_write(bus->device, 0, ICR, 0x100);
    pass(bus, 85);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0x100);
    pass(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0x101);
}

TEST_ON(a_prescaler_that_changes_leaves_the_counter_where_it_is, bus)
{
    test_write(bus->device, 0, CFG, 4);
    test_write(bus->device, 0, TAMR, 2);
    test_write(bus->device, 0, TAILR, 9);
    test_write(bus->device, 0, TAPR, 9);
    test_write(bus->device, 0, CTL, 1);
    pass(bus, 45);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 5);
    test_write(bus->device, 0, TAPR, 0);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 5);
    pass(bus, 4);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    pass(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 1);
    pass(bus, 5);
    test_write(bus->device, 0, CFG, 0); /* without prescalers */
    test_write(bus->device, 0, TAPR, 99);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 5);
    pass(bus, 2);
    EXPECT_EQ(test_read(bus->device, 0, TAR), 3);
}

TEST_ON(a_prescaler_loses_no_fraction_of_the_clock, bus)
{
    test_write(bus->device, 0, CFG, 4);
    test_write(bus->device, 0, TAMR, 2);
    test_write(bus->device, 0, TAILR, 65535);
    test_write(bus->device, 0, TAPR, 2);
    test_write(bus->device, 0, CTL, 1);
    pass(bus, 65535 * 3 - 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    pass(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 1);
}

TEST_BEGINS(the_pll_locks_when_it_gets_power, bus)
{
    start(bus, &lm3s_system);
    EXPECT_EQ(test_read(bus->device, 0, 0x50), 0);
    test_write(bus->device, 0, 0x60, 0x078e1ac0);
    EXPECT_EQ(test_read(bus->device, 0, 0x50), 0x40);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    test_write(bus->device, 0, 0x54, 0x40);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    test_write(bus->device, 0, 0x58, 0x40);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
}
