/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/serial.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pl011;

enum {
    DR = 0x00,
    FR = 0x18,
    IBRD = 0x24,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
};

enum { RX = 0x10, TX = 0x20, TIMEOUT = 0x40 };

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, &pl011);
}

static size_t type_in(const struct test_bus *bus, const void *bytes,
                      size_t size)
{
    return pl011.serial->receive(bus->device, 0, bytes, size);
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&pl011, NULL);
}

TEST(identification_is_that_of_a_pl011)
{
    static const uint8_t ids[] = {0x11, 0x10, 0x14, 0x00,
                                  0x0d, 0xf0, 0x05, 0xb1};
    struct test_bus bus;

    start(&bus);
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        EXPECT_EQ(test_read(bus.device, 0, 0xfe0 + 4 * i), ids[i]);
    }
    EXPECT_EQ(test_read(bus.device, 0, FR), 0x90);
    EXPECT_EQ(test_read(bus.device, 0, CR), 0x300);
    EXPECT_EQ(test_read(bus.device, 0, IFLS), 0x12);
    test_bus_fini(&bus);
}

TEST(characters_go_to_the_console_and_raise_the_transmit_interrupt)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    test_write(bus.device, 0, DR, 'h');
    test_write_as(bus.device, (struct test_who){0, false}, 0, DR, 1, 'i');
    EXPECT_EQ(bus.console_size, 2);
    EXPECT_BYTES(bus.console, "hi", 2);
    EXPECT_EQ(test_read(bus.device, 0, RIS), TX);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 0);
    test_write(bus.device, 0, IMSC, TX);
    EXPECT_EQ(test_read(bus.device, 0, MIS), TX);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 1);
    test_write(bus.device, 0, ICR, TX);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 0);
    test_bus_fini(&bus);
}

TEST(the_receive_interrupt_comes_at_its_level_and_the_timeout_after_it)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, IBRD, 13); /* 115384 baud of 24 MHz */
    test_write(bus.device, 0, LCR_H, 0x70);
    test_write(bus.device, 0, IMSC, RX | TIMEOUT);
    EXPECT_EQ(type_in(&bus, "1234567", 7), 7);
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 0);
    clock_advance(&bus.fabric.clock, 277000); /* 32 bits take 277.3 us */
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    clock_advance(&bus.fabric.clock, 278000);
    EXPECT_EQ(test_read(bus.device, 0, RIS), TIMEOUT);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 1);
    EXPECT_EQ(type_in(&bus, "8", 1), 1);
    EXPECT_EQ(test_read(bus.device, 0, RIS), RX | TIMEOUT);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(test_read(bus.device, 0, DR), '1' + i);
    }
    EXPECT_EQ(test_read(bus.device, 0, FR), 0x90);
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 0);
    test_bus_fini(&bus);
}

TEST(one_byte_alone_times_out)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, IBRD, 13); /* 115384 baud of 24 MHz */
    test_write(bus.device, 0, LCR_H, 0x70);
    test_write(bus.device, 0, IMSC, TIMEOUT);
    EXPECT_EQ(type_in(&bus, "1", 1), 1);
    clock_advance(&bus.fabric.clock, 277000); /* 32 bits take 277.3 us */
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    clock_advance(&bus.fabric.clock, 278000);
    EXPECT_EQ(test_read(bus.device, 0, RIS), TIMEOUT);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 1);
    EXPECT_EQ(test_read(bus.device, 0, DR), '1');
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 0);
    clock_advance(&bus.fabric.clock, 1000000);
    EXPECT_EQ(test_read(bus.device, 0, RIS), 0);
    test_bus_fini(&bus);
}

TEST(what_finds_no_room_in_the_fifo_waits_and_nothing_is_lost)
{
    struct test_bus bus;
    char text[2000];

    start(&bus);
    memset(text, 'x', sizeof(text));
    text[20] = 'y';
    size_t taken = type_in(&bus, text, sizeof(text));
    EXPECT_EQ(taken, 1024);
    EXPECT_EQ(test_read(bus.device, 0, FR), 0xc0); /* depth 1: full */
    for (size_t i = 0; i < taken; i++) {
        EXPECT_EQ(test_read(bus.device, 0, DR), i == 20 ? 'y' : 'x');
    }
    EXPECT_EQ(test_read(bus.device, 0, FR), 0x90);
    test_bus_fini(&bus);
}
