/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pl061;

enum { DIR = 0x400, IS = 0x404, IEV = 0x40c, IE = 0x410, RIS = 0x414 };
enum { IC = 0x41c, ALL = 0x3fc };

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&pl061, NULL);
}

TEST(a_key_on_pin_3_interrupts_on_its_rising_edge)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &pl061);
    test_write(bus.device, 0, IEV, 8);
    test_write(bus.device, 0, IE, 8);
    device_input(bus.device, 3, 1);
    EXPECT_EQ(bus.device->outputs[0].level, 1);
    EXPECT_EQ(test_read(bus.device, 0, 8 << 2), 8);
    EXPECT_EQ(test_read(bus.device, 0, 4 << 2), 0);
    test_write(bus.device, 0, IC, 8);
    EXPECT_EQ(bus.device->outputs[0].level, 0);
    device_input(bus.device, 3, 0);
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    test_write(bus.device, 0, IS, 8);
    EXPECT_EQ(bus.device->outputs[0].level, 0);
    device_input(bus.device, 3, 1);
    EXPECT_EQ(bus.device->outputs[0].level, 1);
    device_input(bus.device, 3, 0);
    EXPECT_EQ(bus.device->outputs[0].level, 0);
    test_bus_fini(&bus);
}

TEST(only_outputs_in_the_address_mask_are_written)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &pl061);
    test_write(bus.device, 0, DIR, 0x03);
    test_write(bus.device, 0, ALL, 0xff);
    EXPECT_EQ(test_read(bus.device, 0, ALL), 0x03);
    EXPECT_EQ(device_output(bus.device, "pin1")->level, 1);
    EXPECT_EQ(device_output(bus.device, "pin2")->level, 0);
    test_write(bus.device, 0, 1 << 2, 0);
    EXPECT_EQ(test_read(bus.device, 0, ALL), 0x02);
    EXPECT_EQ(device_output(bus.device, "pin0")->level, 0);
    EXPECT_EQ(device_output(bus.device, "pin1")->level, 1);
    test_write(bus.device, 0, DIR, 0x01); /* driven no more */
    EXPECT_EQ(device_output(bus.device, "pin1")->level, 0);
    test_bus_fini(&bus);
}

/* Linux's KEY_POWER by pin 3, as drivers of QEMU's machine expect it. */
TEST(its_description_names_the_power_key)
{
    const struct description *description = pl061.description;
    unsigned found = 0;

    for (size_t i = 0; i < description->tree_row_count; i++) {
        const struct description_row *row = &description->tree_rows[i];

        if (row->name && strcmp(row->name, "linux,code") == 0) {
            EXPECT_EQ(row->number, 116);
            found++;
        } else if (row->name && strcmp(row->name, "gpios") == 0) {
            EXPECT_EQ(row->number, 3);
            found++;
        }
    }
    EXPECT_EQ(found, 2);
}

TEST(a_level_that_was_there_at_a_reset_is_no_edge)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &pl061);
    device_input(bus.device, 3, 1);
    device_reset(bus.device, RESET_WARM);
    test_write(bus.device, 0, IEV, 8);
    test_write(bus.device, 0, IE, 8);
    device_input(bus.device, 3, 1);
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    test_bus_fini(&bus);
}
