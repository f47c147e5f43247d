/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/arm/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type soc_fuses;

enum { ADDRESS = 4, BURN = 8, LOCK = 12, ARRAY = 1 };

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, &soc_fuses);
}

static void burn(struct test_bus *bus, uint32_t address, uint32_t value)
{
    test_write(bus->device, 0, ADDRESS, address);
    test_write(bus->device, 0, BURN, value);
}

TEST(the_tables_promises_hold)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_DEVICE(bus.device, NULL);
    test_bus_fini(&bus);
}

TEST(bits_are_burnt_and_never_come_back)
{
    struct test_bus bus;

    start(&bus);
    burn(&bus, 0x100, 0x0f);
    burn(&bus, 0x100, 0x30);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0x3f);
    burn(&bus, 0x100, 0);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0x3f);
    device_reset(bus.device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0x3f);
    EXPECT_EQ(bus.fabric.events.count, 3);
    test_bus_fini(&bus);
}

TEST(the_array_itself_is_not_written)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, ARRAY, 0x100, 5);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0);
    test_bus_fini(&bus);
}

TEST(locks_end_burning_and_hide_secrets_until_a_reset)
{
    struct test_bus bus;

    start(&bus);
    burn(&bus, 0, 0x1234);
    test_write(bus.device, 0, LOCK, 3);
    burn(&bus, 4, 1);
    EXPECT_EQ(test_read(bus.device, ARRAY, 4), 0);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0), 0);
    test_write(bus.device, 0, LOCK, 0);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0), 0);
    device_reset(bus.device, RESET_WARM);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0), 0x1234);
    test_bus_fini(&bus);
}
