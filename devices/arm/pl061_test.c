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

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &pl061))

TEST_ON(a_key_on_pin_3_interrupts_on_its_rising_edge, bus)
{
    test_write(bus->device, 0, IEV, 8);
    test_write(bus->device, 0, IE, 8);
    device_input(bus->device, 3, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    EXPECT_EQ(test_read(bus->device, 0, 8 << 2), 8);
    EXPECT_EQ(test_read(bus->device, 0, 4 << 2), 0);
    test_write(bus->device, 0, IC, 8);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    device_input(bus->device, 3, 0);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    test_write(bus->device, 0, IS, 8);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    device_input(bus->device, 3, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    device_input(bus->device, 3, 0);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
}

TEST_ON(only_outputs_in_the_address_mask_are_written, bus)
{
    test_write(bus->device, 0, DIR, 0x03);
    test_write(bus->device, 0, ALL, 0xff);
    EXPECT_EQ(test_read(bus->device, 0, ALL), 0x03);
    EXPECT_EQ(device_output(bus->device, "pin1")->level, 1);
    EXPECT_EQ(device_output(bus->device, "pin2")->level, 0);
    test_write(bus->device, 0, 1 << 2, 0);
    EXPECT_EQ(test_read(bus->device, 0, ALL), 0x02);
    EXPECT_EQ(device_output(bus->device, "pin0")->level, 0);
    EXPECT_EQ(device_output(bus->device, "pin1")->level, 1);
    test_write(bus->device, 0, DIR, 0x01); /* driven no more */
    EXPECT_EQ(device_output(bus->device, "pin1")->level, 0);
}

static void expect_numbers(const struct description_row *rows, size_t count,
                           const char *name, const uint32_t *numbers,
                           size_t expected)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (rows[i].name && strcmp(rows[i].name, name) == 0) {
            EXPECT(found < expected && rows[i].number == numbers[found]);
            found++;
        }
    }
    EXPECT_EQ(found, expected);
}

/* Linux's KEY_POWER by pin 3, as drivers of QEMU's machine expect it; power off
 * and restart by pins 0 and 1. */
TEST(its_description_names_keys_and_switches)
{
    static const uint32_t key[] = {116}, pin[] = {3}, switches[] = {0, 1};
    const struct description *of = pl061.description;

    expect_numbers(of->tree_rows, of->tree_row_count, "linux,code", key, 1);
    expect_numbers(of->tree_rows, of->tree_row_count, "gpios", pin, 1);
    expect_numbers(of->secure_rows, of->secure_row_count, "gpios", switches, 2);
    expect_numbers(of->acpi_rows, of->acpi_row_count, "_AEI", pin, 1);
}

TEST_ON(a_level_that_was_there_at_a_reset_is_no_edge, bus)
{
    device_input(bus->device, 3, 1);
    device_reset(bus->device, RESET_WARM);
    test_write(bus->device, 0, IEV, 8);
    test_write(bus->device, 0, IE, 8);
    device_input(bus->device, 3, 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    device_input(bus->device, 3, 0);
    device_input(bus->device, 3, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
}

/* On pins 0 and 7; each is high, then low, then high. */
TEST(pins_interrupt_by_the_edges_and_levels_that_are_chosen)
{
    static const struct {
        bool level, both, high;
        bool raw[3];
    } rows[] = {
        {false, false, false, {false, true, true} },
        {false, false, true,  {true, true, true}  },
        {false, true,  false, {true, true, true}  },
        {false, true,  true,  {true, true, true}  },
        {true,  false, false, {false, true, false}},
        {true,  true,  true,  {true, false, true} },
    };

    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        const size_t row = i / 2;
        const unsigned pin = i % 2 ? 7 : 0;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu, pin %u", row, pin);
        test_bus_start(&bus, &pl061);
        test_write(bus.device, 0, IS, (uint32_t)rows[row].level << pin);
        test_write(bus.device, 0, 0x408, (uint32_t)rows[row].both << pin);
        test_write(bus.device, 0, IEV, (uint32_t)rows[row].high << pin);
        for (unsigned step = 0; step < 3; step++) {
            device_input(bus.device, pin, step % 2 == 0);
            EXPECT_EQ(test_read(bus.device, 0, RIS) >> pin & 1,
                      rows[row].raw[step]);
        }
        EXPECT_EQ(test_read(bus.device, 0, 0x418), 0); /* MIS */
        EXPECT_EQ(bus.device->outputs[0].level, 0);
        test_write(bus.device, 0, IE, 1u << pin);
        EXPECT_EQ(test_read(bus.device, 0, 0x418),
                  (uint32_t)rows[row].raw[2] << pin);
        EXPECT_EQ(bus.device->outputs[0].level, rows[row].raw[2]);
    }
}
