/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pl022;

enum {
    CR0 = 0,
    CR1 = 4,
    DR = 8,
    SR = 0xc,
    IMSC = 0x14,
    RIS = 0x18,
    ICR = 0x20
};

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&pl022, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

TEST_ON(frames_wait_until_the_port_is_enabled, bus)
{
    bus->device = test_bus_make(bus, &pl022);
    EXPECT_EQ(test_read(bus->device, 0, SR), 3);
    test_write(bus->device, 0, CR0, 7); /* eight bits */
    test_write(bus->device, 0, CR1, 1);
    for (unsigned i = 0; i < 9; i++) {
        test_write(bus->device, 0, DR, 0x110 + i);
    }
    EXPECT_EQ(test_read(bus->device, 0, SR), 0);
    test_write(bus->device, 0, CR1, 3);
    EXPECT_EQ(test_read(bus->device, 0, SR), 0xf);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(test_read(bus->device, 0, DR), 0x10 + i);
    }
    EXPECT_EQ(test_read(bus->device, 0, SR), 3);
    test_write(bus->device, 0, CR1, 2);
    test_write(bus->device, 0, DR, 0x55);
    EXPECT_EQ(test_read(bus->device, 0, DR), 0); /* nothing is connected */
}

TEST_ON(interrupts_follow_the_fifos, bus)
{
    bus->device = test_bus_make(bus, &pl022);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 8);
    test_write(bus->device, 0, CR0, 7);
    test_write(bus->device, 0, CR1, 3);
    test_write(bus->device, 0, IMSC, 5);
    for (unsigned i = 0; i < 3; i++) {
        test_write(bus->device, 0, DR, i);
    }
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    test_write(bus->device, 0, DR, 3);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    for (unsigned i = 0; i < 8; i++) {
        test_write(bus->device, 0, DR, i);
    }
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0xd);
    for (unsigned i = 0; i < 8; i++) {
        test_read(bus->device, 0, DR);
    }
    EXPECT_EQ(test_read(bus->device, 0, RIS), 9);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    test_write(bus->device, 0, ICR, 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    EXPECT_EQ(test_read(bus->device, 0, 0x1c), 0); /* MIS */
    test_write(bus->device, 0, IMSC, 8);
    EXPECT_EQ(test_read(bus->device, 0, 0x1c), 8);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
}

TEST_ON(a_frame_taken_out_lowers_the_interrupt_and_a_debugger_takes_none, bus)
{
    const struct access look = {.debug = true};

    bus->device = test_bus_make(bus, &pl022);
    test_write(bus->device, 0, CR0, 7);
    test_write(bus->device, 0, CR1, 3);
    test_write(bus->device, 0, IMSC, 4);
    for (unsigned i = 1; i <= 4; i++) {
        test_write(bus->device, 0, DR, i);
    }
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    EXPECT_EQ(test_read(bus->device, 0, DR), 1);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    struct access access = look;
    uint64_t value = 0;
    device_read(bus->device, 0, &access, DR, 4, &value);
    EXPECT_EQ(value, 1); /* the last that was taken */
    EXPECT_EQ(test_read(bus->device, 0, DR), 2);
}

TEST(frames_to_what_is_absent_are_told_but_not_in_a_loop)
{
    static const struct {
        uint32_t absent; /* a text of up to three letters, or none */
        uint32_t control;
        unsigned told;
    } rows[] = {
        {0x61646300, 2, 1},
        {0x61646300, 3, 0},
        {0,          2, 0},
        {0x61646300, 0, 0}, /* it waits */
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        test_bus_init(&bus);
        if (rows[i].absent != 0) {
            test_bus_property(&bus, "cairn,absent", rows[i].absent);
        }
        bus.device = test_bus_make(&bus, &pl022);
        test_write(bus.device, 0, CR1, rows[i].control);
        EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], 0);
        test_write(bus.device, 0, DR, 1);
        EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], rows[i].told);
    }
}

TEST_ON(the_transmit_interrupt_is_there_while_at_most_half_is_full, bus)
{
    bus->device = test_bus_make(bus, &pl022);
    for (unsigned waiting = 0; waiting < 8; waiting++) {
        test_case("%u waiting", waiting);
        EXPECT_EQ(test_read(bus->device, 0, RIS), waiting <= 4 ? 8 : 0);
        test_write(bus->device, 0, DR, 1);
    }
}

TEST_ON(frames_have_4_to_16_bits, bus)
{
    bus->device = test_bus_make(bus, &pl022);
    test_write(bus->device, 0, CR1, 3);
    for (uint32_t bits = 4; bits <= 16; bits++) {
        test_case("%u bits", bits);
        test_write(bus->device, 0, CR0, 0xff0 | (bits - 1));
        test_write(bus->device, 0, DR, 0xffff);
        EXPECT_EQ(test_read(bus->device, 0, DR), (1u << bits) - 1);
    }
}
