/* SPDX-License-Identifier: Apache-2.0 */
/* Pins as the drivers of U-Boot and Linux use them. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_gpio0;
extern const struct device_type ast2700_gpio1;

enum { STATUS = 0x100, CTRL = 0x180 };
enum {
    OUT = 1 << 0,
    DIRECTION = 1 << 1,
    ENABLE = 1 << 2,
    RISING = 1 << 3,
    FALLING = 0,
    LEVEL = 1 << 4,
    BOTH = 1 << 5,
    RAISED = 1 << 12,
    IN = 1 << 13
};

static uint32_t pin(struct test_bus *bus, unsigned number)
{
    return test_read(bus->device, 0, CTRL + 4 * number);
}

static void set_pin(struct test_bus *bus, unsigned number, uint32_t value)
{
    test_write(bus->device, 0, CTRL + 4 * number, value);
}

static const struct line *output(struct test_bus *bus, const char *name)
{
    return device_output(bus->device, name);
}

TEST(the_tables_promises_hold)
{
    static const struct device_type *const types[] = {&ast2700_gpio0,
                                                      &ast2700_gpio1};

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_bus_init(&bus);
        bus.device = test_bus_make(&bus, types[i]);
        EXPECT_DEVICE(bus.device, NULL);
    }
}

TEST(the_controllers_have_12_and_216_pins)
{
    EXPECT_EQ(ast2700_gpio0.input_count, 12);
    EXPECT_STR(ast2700_gpio0.inputs[11].name, "pin11");
    EXPECT_STR(ast2700_gpio0.outputs[12].name, "pin11");
    EXPECT_EQ(ast2700_gpio1.input_count, 216);
    EXPECT_STR(ast2700_gpio1.inputs[215].name, "pin215");
    EXPECT_STR(ast2700_gpio1.inputs[107].name, "pin107");
    EXPECT_STR(ast2700_gpio1.outputs[216].name, "pin215");
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ast2700_gpio1))

TEST_ON(a_pin_is_driven_once_its_direction_is_out, bus)
{
    set_pin(bus, 100, OUT);
    EXPECT_EQ(output(bus, "pin100")->level, 0);
    EXPECT_EQ(pin(bus, 100), OUT);
    set_pin(bus, 100, OUT | DIRECTION);
    EXPECT_EQ(output(bus, "pin100")->level, 1);
    EXPECT_EQ(pin(bus, 100), OUT | DIRECTION | IN);
    set_pin(bus, 100, DIRECTION);
    EXPECT_EQ(output(bus, "pin100")->level, 0);
    EXPECT_EQ(pin(bus, 100), DIRECTION);
    EXPECT_EQ(output(bus, "pin101")->level, 0);
}

TEST_ON(a_pin_that_is_not_driven_reads_its_input, bus)
{
    device_input(bus->device, test_input(bus->device, "pin215"), 1);
    EXPECT_EQ(pin(bus, 215), IN);
    EXPECT_EQ(pin(bus, 214), 0);
    set_pin(bus, 215, DIRECTION);
    EXPECT_EQ(pin(bus, 215), DIRECTION);
}

TEST(interrupts_are_raised_by_edges_and_levels_as_the_type_says)
{
    static const struct {
        const char *name;
        uint32_t type;
        bool by_rise;
        bool by_fall;
        bool stays; /* after it was cleared while the input is high */
    } rows[] = {
        {"rising",  RISING,         true,  false, false},
        {"falling", FALLING,        false, true,  false},
        {"both",    BOTH,           true,  true,  false},
        {"high",    LEVEL | RISING, true,  false, true },
        {"low",     LEVEL,          true,  true,  false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s", rows[i].name);
        test_bus_start(&bus, &ast2700_gpio1);
        const struct line *interrupt = output(&bus, "interrupt");
        const uint32_t control = ENABLE | rows[i].type;
        set_pin(&bus, 40, control);
        device_input(bus.device, 40, 1);
        EXPECT_EQ(interrupt->level, rows[i].by_rise);
        EXPECT_EQ(test_read(bus.device, 0, STATUS + 4),
                  rows[i].by_rise ? 1u << 8 : 0);
        EXPECT_EQ((pin(&bus, 40) & RAISED) != 0, rows[i].by_rise);
        set_pin(&bus, 40, control | RAISED);
        EXPECT_EQ(interrupt->level, rows[i].stays);
        device_input(bus.device, 40, 0);
        set_pin(&bus, 41, 0);
        EXPECT_EQ(interrupt->level, rows[i].by_fall || rows[i].stays);
    }
}

TEST_ON(each_pin_has_a_bit_of_status, bus)
{
    for (unsigned number = 0; number < 216; number++) {
        const uint32_t offset = STATUS + number / 32 * 4;

        test_case("pin %u", number);
        set_pin(bus, number, ENABLE | BOTH);
        device_input(bus->device, number, 1);
        EXPECT_EQ(test_read(bus->device, 0, offset), 1u << number % 32);
        set_pin(bus, number, ENABLE | BOTH | RAISED);
        EXPECT_EQ(test_read(bus->device, 0, offset), 0);
        EXPECT_EQ(output(bus, "interrupt")->level, 0);
    }
}

TEST_ON(a_pin_whose_interrupt_is_off_raises_none, bus)
{
    set_pin(bus, 3, BOTH);
    device_input(bus->device, 3, 1);
    EXPECT_EQ(output(bus, "interrupt")->level, 0);
    set_pin(bus, 3, BOTH | ENABLE);
    EXPECT_EQ(output(bus, "interrupt")->level, 0);
    device_input(bus->device, 3, 0);
    EXPECT_EQ(output(bus, "interrupt")->level, 1);
}

TEST(a_tolerant_pin_is_let_go_by_power_on_alone)
{
    enum { TOLERANT = 1 << 6 };
    static const enum reset_domain resets[] = {RESET_CORE, RESET_WARM,
                                               RESET_POWER_ON};

    for (size_t i = 0; i < ARRAY_SIZE(resets); i++) {
        const bool kept = resets[i] != RESET_POWER_ON;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%zu", i);
        test_bus_start(&bus, &ast2700_gpio1);
        set_pin(&bus, 7, OUT | DIRECTION | TOLERANT);
        device_reset(bus.device, resets[i]);
        EXPECT_EQ(output(&bus, "pin7")->level, kept);
        EXPECT_EQ((pin(&bus, 7) & DIRECTION) != 0, kept);
    }
}

TEST_ON(a_reset_lets_go_of_the_pins, bus)
{
    set_pin(bus, 7, OUT | DIRECTION | ENABLE | BOTH);
    EXPECT_EQ(output(bus, "pin7")->level, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(output(bus, "pin7")->level, 0);
    EXPECT_EQ(pin(bus, 7), 0);
    EXPECT_EQ(output(bus, "interrupt")->level, 0);
}

TEST_ON(a_level_that_a_reset_finds_is_no_edge, bus)
{
    device_input(bus->device, 33, 1);
    device_reset(bus->device, RESET_WARM);
    set_pin(bus, 33, ENABLE | BOTH);
    EXPECT_EQ(output(bus, "interrupt")->level, 0);
    device_input(bus->device, 33, 0);
    EXPECT_EQ(output(bus, "interrupt")->level, 1);
}

TEST_ON(ten_bits_of_a_pin_are_kept_and_a_mask_of_inputs_is_not_modelled, bus)
{
    for (unsigned bit = 0; bit < 16; bit++) {
        test_case("bit %u", bit);
        set_pin(bus, 5, 1u << bit);
        EXPECT_EQ(pin(bus, 5), bit < 10 ? 1u << bit : 0);
        EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], bit >= 9);
    }
}
