/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/serial/ns16550a.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ns16550a;

enum {
    DATA = 0x00,
    IER = 0x04,
    IIR = 0x08,
    LCR = 0x0c,
    MCR = 0x10,
    LSR = 0x14,
    MSR = 0x18,
};

static size_t type_in(const struct test_bus *bus, const void *bytes,
                      size_t size)
{
    return ns16550a.serial->receive(bus->device, 0, bytes, size);
}

static uint32_t interrupt(const struct test_bus *bus)
{
    return device_output(bus->device, "interrupt")->level;
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&ns16550a, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ns16550a))

/* Section 8.1, table 3. */
TEST_ON(registers_are_after_reset_as_the_data_sheet_says, bus)
{
    EXPECT_EQ(test_read(bus->device, 0, IER), 0);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 1);
    EXPECT_EQ(test_read(bus->device, 0, LCR), 0);
    EXPECT_EQ(test_read(bus->device, 0, MCR), 0);
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x60);
    EXPECT_EQ(test_read(bus->device, 0, MSR) & 0xf, 0);
}

/* ns16550_init and ns16550_putc of U-Boot. */
TEST_ON(a_polling_driver_sets_the_divisor_and_sends, bus)
{
    test_write(bus->device, 0, IER, 0);
    test_write(bus->device, 0, MCR, 3);
    test_write(bus->device, 0, IIR, 7);
    test_write(bus->device, 0, LCR, 0x83);
    test_write(bus->device, 0, DATA, 0x34);
    test_write(bus->device, 0, IER, 0x12);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 0x34);
    EXPECT_EQ(test_read(bus->device, 0, IER), 0x12);
    test_write(bus->device, 0, LCR, 3);
    EXPECT_EQ(test_read(bus->device, 0, IER), 0);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0xc1);
    EXPECT_EQ(bus->console_size, 0);
    test_write(bus->device, 0, DATA, 'h');
    test_write_as(bus->device, (struct test_who){0, false}, 0, DATA, 1, 'i');
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x60);
    EXPECT_EQ(bus->console_size, 2);
    EXPECT_BYTES(bus->console, "hi", 2);
}

/* serial8250_do_startup of Linux, the test for chips that do not raise it. */
TEST_ON(enabling_the_transmit_interrupt_raises_it_each_time, bus)
{
    for (unsigned i = 0; i < 2; i++) {
        test_write(bus->device, 0, IER, 2);
        EXPECT_EQ(interrupt(bus), 1);
        EXPECT_EQ(test_read(bus->device, 0, IIR), 2);
        EXPECT_EQ(interrupt(bus), 0);
        EXPECT_EQ(test_read(bus->device, 0, IIR), 1);
        test_write(bus->device, 0, IER, 0);
    }
    test_write(bus->device, 0, IER, 2);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 2);
    test_write(bus->device, 0, DATA, 'x');
    EXPECT_EQ(interrupt(bus), 1);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 2);
}

/* 115200 baud: 10 bits of 16 clocks at a divisor of 1, 86.8 us a character. */
TEST_ON(data_interrupts_at_the_trigger_level_or_after_four_characters, bus)
{
    test_write(bus->device, 0, LCR, 0x83);
    test_write(bus->device, 0, DATA, 1);
    test_write(bus->device, 0, LCR, 3);
    test_write(bus->device, 0, IIR, 0x81); /* 8 characters */
    test_write(bus->device, 0, IER, 1);
    EXPECT_EQ(type_in(bus, "1234567", 7), 7);
    EXPECT_EQ(interrupt(bus), 0);
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x61);
    clock_advance(&bus->fabric.clock, 347000); /* 347.2 us */
    EXPECT_EQ(interrupt(bus), 0);
    clock_advance(&bus->fabric.clock, 348000);
    EXPECT_EQ(interrupt(bus), 1);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0xcc);
    EXPECT_EQ(type_in(bus, "8", 1), 1);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0xc4);
    EXPECT_EQ(test_read(bus->device, 0, DATA), '1');
    EXPECT_EQ(interrupt(bus), 0); /* and the timeout begins anew */
    clock_advance(&bus->fabric.clock, 696000);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0xcc);
    for (unsigned i = 1; i < 8; i++) {
        EXPECT_EQ(test_read(bus->device, 0, DATA), '1' + i);
    }
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x60);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0xc1);
    clock_advance(&bus->fabric.clock, 2000000);
    EXPECT_EQ(interrupt(bus), 0);
}

TEST_ON(what_finds_no_room_in_the_fifo_waits_and_nothing_is_lost, bus)
{
    char text[2000];

    test_write(bus->device, 0, IIR, 0xc1);
    test_write(bus->device, 0, IER, 1);
    memset(text, 'x', sizeof(text));
    text[20] = 'y';
    size_t taken = type_in(bus, text, sizeof(text));
    EXPECT_EQ(taken, 1024);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0xc4);
    for (size_t i = 0; i < taken; i++) {
        EXPECT_EQ(test_read(bus->device, 0, DATA), i == 20 ? 'y' : 'x');
    }
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x60);
}

TEST_ON(clearing_the_receive_fifo_discards_what_is_in_it, bus)
{
    test_write(bus->device, 0, IIR, 1);
    EXPECT_EQ(type_in(bus, "0123456789abcdefgh", 18), 18);
    test_write(bus->device, 0, IIR, 3);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 'g');
    test_write(bus->device, 0, IIR, 0);
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x60);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 1);
}

/* 8.7: what is sent is received, and the modem's inputs are its outputs. */
TEST_ON(loopback_connects_sender_and_modem_lines_to_itself, bus)
{
    EXPECT_EQ(test_read(bus->device, 0, MSR), 0xb0);
    test_write(bus->device, 0, IER, 8);
    test_write(bus->device, 0, MCR, 0x1a);
    EXPECT_EQ(interrupt(bus), 1);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 0);
    EXPECT_EQ(test_read(bus->device, 0, MSR), 0x92);
    EXPECT_EQ(test_read(bus->device, 0, IIR), 1);
    test_write(bus->device, 0, MCR, 0x1e);
    EXPECT_EQ(test_read(bus->device, 0, MSR), 0xd0); /* a ring begins */
    test_write(bus->device, 0, MCR, 0x1a);
    EXPECT_EQ(test_read(bus->device, 0, MSR), 0x94); /* and ends */
    test_write(bus->device, 0, DATA, 'l');
    EXPECT_EQ(bus->console_size, 0);
    EXPECT_EQ(test_read(bus->device, 0, LSR), 0x61);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 'l');
}

TEST_ON(a_board_names_another_distance_of_the_registers_in_vain, bus)
{
    struct error error = {""};

    test_bus_property(bus, "reg-shift", 0);
    EXPECT_EQ(device_init(bus->device, &error), -EINVAL);
    EXPECT_STR(error.text, "device: property 'reg-shift' must be 2");
}
