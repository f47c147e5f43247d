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

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

/* aspeed_adc_probe and aspeed_adc_read_raw of Linux. */
TEST_ON(channels_show_their_inputs_once_the_engine_is_ready, bus)
{
    bus->device = test_bus_make(bus, &aspeed_adc);
    device_input(bus->device, test_input(bus->device, "channel0"), 100);
    device_input(bus->device, test_input(bus->device, "channel3"), 5000);
    EXPECT_EQ(test_read(bus->device, 0, 0x00), 0);
    EXPECT_EQ(test_read(bus->device, 0, 0x10), 0);
    test_write(bus->device, 0, 0x00, 0xf);
    EXPECT_EQ(test_read(bus->device, 0, 0x00), 0x10f);
    EXPECT_EQ(test_read(bus->device, 0, 0x10), 0);
    test_write(bus->device, 0, 0x00, 0xff002f);
    EXPECT_EQ(test_read(bus->device, 0, 0x00), 0xff010f); /* compensated */
    EXPECT_EQ(test_read(bus->device, 0, 0x10), 100);
    EXPECT_EQ(
        test_read_as(bus->device, (struct test_who){0, false}, 0, 0x16, 2),
        1023);
    test_write(bus->device, 0, 0x00, 0xf7000f);
    EXPECT_EQ(test_read(bus->device, 0, 0x14), 0);
}

/* Channel N measures N + 1, and 7 measures all that it can. */
TEST_ON(each_channel_converts_if_it_is_enabled_in_normal_mode, bus)
{
    static const struct {
        uint32_t control;
        uint32_t shown;
        uint32_t pairs[4];
    } rows[] = {
        {0xff003f, 0xff010f, {0x20001, 0x40003, 0x60005, 0x3ff0007}},
        {0x55000f, 0x55010f, {1, 3, 5, 7}                          },
        {0xaa00cf, 0xaa01cf, {0x20000, 0x40000, 0x60000, 0x3ff0000}},
        {0xff000e, 0xff000e, {0}                                   },
        {0xff000b, 0xff000b, {0}                                   },
        {0xff001d, 0xff000d, {0}                                   },
    };

    bus->device = test_bus_make(bus, &aspeed_adc);
    for (unsigned i = 0; i < 8; i++) {
        device_input(bus->device, i, i < 7 ? i + 1 : 1023);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("control 0x%x", rows[i].control);
        test_write(bus->device, 0, 0x00, rows[i].control);
        EXPECT_EQ(test_read(bus->device, 0, 0x00), rows[i].shown);
        for (uint32_t j = 0; j < 4; j++) {
            EXPECT_EQ(test_read(bus->device, 0, 0x10 + 4 * j),
                      rows[i].pairs[j]);
        }
    }
}
