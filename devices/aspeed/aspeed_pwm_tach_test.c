/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type aspeed_pwm_tach;

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&aspeed_pwm_tach, NULL);
}

/* aspeed_present_fan_tach and aspeed_get_fan_tach_ch_rpm of Linux: divisor
 * 1024, two pulses a turn, 200 MHz. */
TEST(a_fan_is_measured_when_its_channel_is_enabled)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &aspeed_pwm_tach);
    device_input(bus.device, test_input(bus.device, "fan2"), 3000);
    EXPECT_EQ(test_read(bus.device, 0, 0x2c), 0);
    test_write(bus.device, 0, 0x28, 5u << 20 | 1u << 28);
    uint32_t status = test_read(bus.device, 0, 0x2c);
    EXPECT_EQ(status >> 20 & 1, 1);
    uint32_t value = status & 0xfffff;
    EXPECT_EQ(200000000ull * 60 / (value * 1024 * 2), 3000);
    device_input(bus.device, test_input(bus.device, "fan2"), 0);
    EXPECT_EQ(test_read(bus.device, 0, 0x2c), 0);
    test_bus_fini(&bus);
}

TEST(channels_keep_their_settings)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &aspeed_pwm_tach);
    test_write(bus.device, 0, 0xf0, 0x11003);
    test_write(bus.device, 0, 0xf4, 0xff008000);
    EXPECT_EQ(test_read(bus.device, 0, 0xf0), 0x11003);
    EXPECT_EQ(test_read(bus.device, 0, 0xf4), 0xff008000);
    EXPECT_EQ(test_read(bus.device, 0, 0xe0), 0);
    test_bus_fini(&bus);
}
