/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type cmsdk_gpio;
extern const struct device_type soc_or_gate;
extern const struct device_type sbcon;

enum {
    DATA = 0x00,
    DATAOUT = 0x04,
    OUTENSET = 0x10,
    OUTENCLR = 0x14,
    INTENSET = 0x20,
    INTTYPESET = 0x28,
    INTTYPECLR = 0x2c,
    INTPOLSET = 0x30,
    INTPOLCLR = 0x34,
    INTSTATUS = 0x38,
    LOW = 0x400,
    HIGH = 0x800,
};

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&cmsdk_gpio, NULL);
    EXPECT_DEVICE_TYPE(&soc_or_gate, NULL);
    EXPECT_DEVICE_TYPE(&sbcon, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

TEST_ON(outputs_are_driven_through_masks, bus)
{
    bus->device = test_bus_make(bus, &cmsdk_gpio);
    device_input(bus->device, 9, 1);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 0x200);
    test_write(bus->device, 0, OUTENSET, 0x8003);
    EXPECT_EQ(test_read(bus->device, 0, OUTENCLR), 0x8003);
    test_write(bus->device, 0, DATAOUT, 0x4001);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 0x201);
    test_write(bus->device, 0, LOW + (2 << 2), 0xffff);
    EXPECT_EQ(test_read(bus->device, 0, DATAOUT), 0x4003);
    test_write(bus->device, 0, HIGH + (0x80 << 2), 0xffff);
    EXPECT_EQ(test_read(bus->device, 0, DATAOUT), 0xc003);
    EXPECT_EQ(test_read(bus->device, 0, HIGH + (2 << 2)), 0x200);
    EXPECT_EQ(test_read(bus->device, 0, HIGH + (0xff << 2)), 0x8200);
    EXPECT_EQ(test_read(bus->device, 0, LOW + (0xff << 2)), 3);
    test_write(bus->device, 0, HIGH, 0xffff);
    test_write(bus->device, 0, LOW + (0xff << 2), 0xfff3);
    EXPECT_EQ(test_read(bus->device, 0, DATAOUT), 0xc0f3);
    EXPECT_EQ(bus_level(bus, "pin15"), 1);
    EXPECT_EQ(bus_level(bus, "pin14"), 0);
    test_write(bus->device, 0, OUTENCLR, 0x8000);
    EXPECT_EQ(bus_level(bus, "pin15"), 0);
}

TEST(interrupts_by_edge_and_by_level)
{
    static const struct {
        unsigned pin;
        const char *interrupt;
    } rows[] = {
        {0,  "interrupt0" },
        {2,  "interrupt2" },
        {15, "interrupt15"}
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t bit = 1u << rows[i].pin;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("pin %u", rows[i].pin);
        test_bus_start(&bus, &cmsdk_gpio);
        test_write(bus.device, 0, INTTYPESET, bit);
        test_write(bus.device, 0, INTPOLSET, bit);
        test_write(bus.device, 0, INTENSET, bit);
        EXPECT_EQ(test_read(bus.device, 0, INTSTATUS), 0);
        device_input(bus.device, rows[i].pin, 1);
        EXPECT_EQ(test_read(bus.device, 0, INTSTATUS), bit);
        EXPECT_EQ(bus_level(&bus, "interrupt"), 1);
        EXPECT_EQ(bus_level(&bus, rows[i].interrupt), 1);
        test_write(bus.device, 0, INTSTATUS, bit);
        EXPECT_EQ(bus_level(&bus, rows[i].interrupt), 0);
        device_input(bus.device, rows[i].pin, 0);
        EXPECT_EQ(bus_level(&bus, "interrupt"), 0);
        test_write(bus.device, 0, INTPOLCLR,
                   bit); /* falling, and it fell before */
        EXPECT_EQ(bus_level(&bus, "interrupt"), 0);
        device_input(bus.device, rows[i].pin, 1);
        EXPECT_EQ(bus_level(&bus, "interrupt"), 0);
        device_input(bus.device, rows[i].pin, 0);
        EXPECT_EQ(test_read(bus.device, 0, INTSTATUS), bit);
        test_write(bus.device, 0, INTSTATUS, bit);
        test_write(bus.device, 0, INTPOLSET, bit);
        test_write(bus.device, 0, INTTYPECLR, bit);
        device_input(bus.device, rows[i].pin, 1);
        test_write(bus.device, 0, INTSTATUS, bit);
        EXPECT_EQ(bus_level(&bus, "interrupt"), 1); /* the level lasts */
        device_input(bus.device, rows[i].pin, 0);
        test_write(bus.device, 0, INTSTATUS, bit);
        EXPECT_EQ(bus_level(&bus, "interrupt"), 0);
        device_input(bus.device, rows[i].pin, 1);
        device_reset(bus.device, RESET_WARM);
        EXPECT_EQ(bus_level(&bus, "interrupt"), 0);
        EXPECT_EQ(bus_level(&bus, rows[i].interrupt), 0);
    }
}

TEST_ON(an_or_gate_is_1_while_an_input_is, bus)
{
    bus->device = test_bus_make(bus, &soc_or_gate);
    device_input(bus->device, 1, 1);
    device_input(bus->device, 11, 1);
    EXPECT_EQ(bus_level(bus, "output"), 1);
    device_input(bus->device, 1, 0);
    EXPECT_EQ(bus_level(bus, "output"), 1);
    device_input(bus->device, 11, 0);
    EXPECT_EQ(bus_level(bus, "output"), 0);
}

TEST_ON(a_transfer_to_what_is_absent_is_told, bus)
{
    test_bus_property(bus, "cairn,absent", 0x61646300); /* "adc" */
    bus->device = test_bus_make(bus, &sbcon);
    test_write(bus->device, 0, 4, 1); /* the clock alone */
    test_write(bus->device, 0, 4, 2);
    test_write(bus->device, 0, 0, 3);
    test_write(bus->device, 0, 4, 3); /* both */
    test_write(bus->device, 0, 0, 1);
    test_write(bus->device, 0, 4, 2); /* it was low */
    test_write(bus->device, 0, 0, 3);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 0);
    test_write(bus->device, 0, 4, 2);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 1);
}

TEST_ON(the_wires_of_a_serial_bus_read_as_they_are_driven, bus)
{
    bus->device = test_bus_make(bus, &sbcon);
    EXPECT_EQ(test_read(bus->device, 0, 0), 3);
    EXPECT_EQ(bus_level(bus, "sda"), 1);
    EXPECT_EQ(bus_level(bus, "scl"), 1);
    test_write(bus->device, 0, 4, 2);
    EXPECT_EQ(test_read(bus->device, 0, 0), 1);
    EXPECT_EQ(bus_level(bus, "sda"), 0);
    EXPECT_EQ(bus_level(bus, "scl"), 1);
    test_write(bus->device, 0, 4, 1);
    EXPECT_EQ(bus_level(bus, "scl"), 0);
    test_write(bus->device, 0, 0, 2);
    EXPECT_EQ(test_read(bus->device, 0, 0), 2);
    EXPECT_EQ(bus_level(bus, "sda"), 1);
    EXPECT_EQ(bus_level(bus, "scl"), 0);
}
