/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type aspeed_pwm_tach;

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&aspeed_pwm_tach, NULL);
}

/* aspeed_present_fan_tach and aspeed_get_fan_tach_ch_rpm of Linux: two pulses a
 * turn; bits 23:20 of TACH_CTRL are half the exponent of the divisor. */
TEST(a_fan_is_measured_when_its_channel_is_enabled)
{
    enum { ENABLED = 1 << 28, MEASURED = 0x300000 };
    static const struct {
        uint32_t hz, turns, control, status;
    } rows[] = {
        {200000000, 3000, 5 << 20,            0                 },
        {200000000, 3000, 5 << 20 | ENABLED,  MEASURED | 1953   },
        {200000000, 6000, ENABLED,            MEASURED | 1000000},
        {200000000, 5898, ENABLED,            MEASURED | 1017293},
        {200000000, 1,    15 << 20 | ENABLED, MEASURED | 5      },
        {200000000, 1,    ENABLED,            0                 },
        {200000000, 0,    ENABLED,            0                 },
        {1048575,   30,   ENABLED,            MEASURED | 0xfffff},
        {1048576,   30,   ENABLED,            0                 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%zu", i);
        test_bus_init(&bus);
        if (rows[i].hz != 200000000) {
            test_bus_property(&bus, "clock-frequency", rows[i].hz);
        }
        bus.device = test_bus_make(&bus, &aspeed_pwm_tach);
        device_input(bus.device, test_input(bus.device, "fan2"), rows[i].turns);
        test_write(bus.device, 0, 0x28, rows[i].control);
        EXPECT_EQ(test_read(bus.device, 0, 0x2c), rows[i].status);
    }
}

TEST(channels_keep_their_settings)
{
    OWNED(test_bus_fini) struct test_bus bus;

    test_bus_start(&bus, &aspeed_pwm_tach);
    test_write(bus.device, 0, 0xf0, 0x11003);
    test_write(bus.device, 0, 0xf4, 0xff008000);
    EXPECT_EQ(test_read(bus.device, 0, 0xf0), 0x11003);
    EXPECT_EQ(test_read(bus.device, 0, 0xf4), 0xff008000);
    EXPECT_EQ(test_read(bus.device, 0, 0xe0), 0);
}
