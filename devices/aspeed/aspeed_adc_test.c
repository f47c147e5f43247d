/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type aspeed_adc;

TEST(the_tables_promises_hold)
{
    static const char *const derived[] = {"ENGINE_CONTROL", NULL};

    EXPECT_DEVICE_TYPE(&aspeed_adc, derived);
}

/* aspeed_adc_probe and aspeed_adc_read_raw of Linux. */
TEST(channels_show_their_inputs_once_the_engine_is_ready)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &aspeed_adc);
    device_input(bus.device, test_input(bus.device, "channel0"), 100);
    device_input(bus.device, test_input(bus.device, "channel3"), 5000);
    EXPECT_EQ(test_read(bus.device, 0, 0x00), 0);
    EXPECT_EQ(test_read(bus.device, 0, 0x10), 0);
    test_write(bus.device, 0, 0x00, 0xf);
    EXPECT_EQ(test_read(bus.device, 0, 0x00), 0x10f);
    EXPECT_EQ(test_read(bus.device, 0, 0x10), 0);
    test_write(bus.device, 0, 0x00, 0xff002f);
    EXPECT_EQ(test_read(bus.device, 0, 0x00), 0xff010f); /* compensated */
    EXPECT_EQ(test_read(bus.device, 0, 0x10), 100);
    EXPECT_EQ(test_read_as(bus.device, (struct test_who){0, false}, 0, 0x16, 2),
              1023);
    test_write(bus.device, 0, 0x00, 0xf7000f);
    EXPECT_EQ(test_read(bus.device, 0, 0x14), 0);
    test_bus_fini(&bus);
}
