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

enum { RX = 0x10, TX = 0x20, TIMEOUT = 0x40, OVERRUN = 0x400 };

static size_t type_in(const struct test_bus *bus, const void *bytes,
                      size_t size)
{
    return pl011.serial->receive(bus->device, 0, bytes, size);
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&pl011, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &pl011))

TEST_ON(identification_is_that_of_a_pl011, bus)
{
    static const uint8_t ids[] = {0x11, 0x10, 0x14, 0x00,
                                  0x0d, 0xf0, 0x05, 0xb1};

    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        EXPECT_EQ(test_read(bus->device, 0, 0xfe0 + 4 * i), ids[i]);
    }
    EXPECT_EQ(test_read(bus->device, 0, FR), 0x90);
    EXPECT_EQ(test_read(bus->device, 0, CR), 0x300);
    EXPECT_EQ(test_read(bus->device, 0, IFLS), 0x12);
}

TEST_ON(characters_go_to_the_console_and_raise_the_transmit_interrupt, bus)
{
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    test_write(bus->device, 0, DR, 'h');
    test_write_as(bus->device, (struct test_who){0, false}, 0, DR, 1, 'i');
    EXPECT_EQ(bus->console_size, 2);
    EXPECT_BYTES(bus->console, "hi", 2);
    EXPECT_EQ(test_read(bus->device, 0, RIS), TX);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
    test_write(bus->device, 0, IMSC, TX);
    EXPECT_EQ(test_read(bus->device, 0, MIS), TX);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 1);
    test_write(bus->device, 0, ICR, TX);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
    test_write(bus->device, 0, DR, 'j');
    type_in(bus, "k", 1);
    EXPECT(clock_next(&bus->fabric.clock) != TIME_NEVER);
    test_write(bus->device, 0, 4, 0xff); /* ECR */
    EXPECT_EQ(test_read(bus->device, 0, 4), 0);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
}

TEST_ON(the_receive_interrupt_comes_at_its_level_and_the_timeout_after_it, bus)
{
    test_write(bus->device, 0, IBRD, 13); /* 115384 baud of 24 MHz */
    test_write(bus->device, 0, LCR_H, 0x70);
    test_write(bus->device, 0, IMSC, RX | TIMEOUT);
    EXPECT_EQ(type_in(bus, "1234567", 7), 7);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
    clock_advance(&bus->fabric.clock, 277000); /* 32 bits take 277.3 us */
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    clock_advance(&bus->fabric.clock, 278000);
    EXPECT_EQ(test_read(bus->device, 0, RIS), TIMEOUT);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 1);
    EXPECT_EQ(type_in(bus, "8", 1), 1);
    EXPECT_EQ(test_read(bus->device, 0, RIS), RX | TIMEOUT);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(test_read(bus->device, 0, DR), '1' + i);
    }
    EXPECT_EQ(test_read(bus->device, 0, FR), 0x90);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
}

TEST_ON(one_byte_alone_times_out, bus)
{
    test_write(bus->device, 0, IBRD, 13); /* 115384 baud of 24 MHz */
    test_write(bus->device, 0, LCR_H, 0x70);
    test_write(bus->device, 0, IMSC, TIMEOUT);
    EXPECT_EQ(type_in(bus, "1", 1), 1);
    clock_advance(&bus->fabric.clock, 277000); /* 32 bits take 277.3 us */
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    clock_advance(&bus->fabric.clock, 278000);
    EXPECT_EQ(test_read(bus->device, 0, RIS), TIMEOUT);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 1);
    EXPECT_EQ(test_read(bus->device, 0, DR), '1');
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
    clock_advance(&bus->fabric.clock, 1000000);
    EXPECT_EQ(test_read(bus->device, 0, RIS), 0);
}

TEST_ON(what_finds_no_room_in_the_fifo_waits_and_nothing_is_lost, bus)
{
    char text[2000];

    memset(text, 'x', sizeof(text));
    text[20] = 'y';
    size_t taken = type_in(bus, text, sizeof(text));
    EXPECT_EQ(taken, 1024);
    EXPECT_EQ(test_read(bus->device, 0, FR), 0xc0); /* depth 1: full */
    for (size_t i = 0; i < taken; i++) {
        EXPECT_EQ(test_read(bus->device, 0, DR), i == 20 ? 'y' : 'x');
    }
    EXPECT_EQ(test_read(bus->device, 0, FR), 0x90);
}

/* UARTIFLS bits 5:3, of sixteen; without FIFOs there is room for one. */
TEST(the_level_of_the_receive_interrupt_is_chosen)
{
    static const struct {
        uint32_t line_control;
        uint32_t levels;
        unsigned count;
        unsigned room;
    } rows[] = {
        {0x70, 0 << 3, 2,  16},
        {0x70, 1 << 3, 4,  16},
        {0x70, 2 << 3, 8,  16},
        {0x70, 3 << 3, 12, 16},
        {0x70, 4 << 3, 14, 16},
        {0x60, 2 << 3, 1,  1 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        test_bus_start(&bus, &pl011);
        test_write(bus.device, 0, LCR_H, rows[i].line_control);
        test_write(bus.device, 0, IFLS, rows[i].levels);
        for (unsigned count = 1; count <= 17; count++) {
            type_in(&bus, "x", 1);
            EXPECT_EQ(test_read(bus.device, 0, RIS) & RX,
                      count >= rows[i].count ? RX : 0);
            EXPECT_EQ(test_read(bus.device, 0, FR),
                      count >= rows[i].room ? 0xc0 : 0x80);
        }
    }
}

/* 32 bits of 16 cycles, by the divider in 64ths, at 24 MHz. */
TEST(the_timeout_follows_the_baud_rate)
{
    static const struct {
        uint32_t whole, fraction;
        uint64_t ns;
    } rows[] = {
        {13,    0,  277333    },
        {13,    1,  277666    },
        {65535, 63, 1398101000},
        {0,     0,  1000      },
        {0,     1,  333       },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        test_bus_start(&bus, &pl011);
        test_write(bus.device, 0, IBRD, rows[i].whole);
        test_write(bus.device, 0, IBRD + 4, rows[i].fraction);
        type_in(&bus, "x", 1);
        EXPECT_EQ(clock_next(&bus.fabric.clock), rows[i].ns);
        test_read(bus.device, 0, DR);
        EXPECT_EQ(clock_next(&bus.fabric.clock), TIME_NEVER);
    }
}

/* 1024 characters wait in front of the FIFO. */
TEST_ON(a_loop_back_returns_characters_and_may_overrun, bus)
{
    static const char *const names[] = {"rx", "tx", "timeout", "modem",
                                        "error"};
    const struct access look = {.debug = true};

    test_write(bus->device, 0, CR, 0x380);
    test_write(bus->device, 0, LCR_H, 0x70);
    test_write(bus->device, 0, IMSC, OVERRUN);
    for (unsigned i = 0; i < 16 + 1024; i++) {
        test_write(bus->device, 0, DR, 'a' + i % 26);
    }
    EXPECT_EQ(bus->console_size, 0);
    EXPECT_EQ(test_read(bus->device, 0, RIS), RX | TX);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        EXPECT_EQ(device_output(bus->device, names[i])->level, 0);
    }
    test_write(bus->device, 0, DR, '!');
    EXPECT_EQ(test_read(bus->device, 0, RIS), RX | TX | OVERRUN);
    EXPECT_EQ(device_output(bus->device, "error")->level, 1);
    test_write(bus->device, 0, ICR, OVERRUN);
    EXPECT_EQ(device_output(bus->device, "error")->level, 0);
    test_write(bus->device, 0, IMSC, RX);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        EXPECT_EQ(device_output(bus->device, names[i])->level, i == 0);
    }
    for (unsigned i = 0; i < 16 + 1024; i++) {
        struct access access = look;
        uint64_t value = 0;

        device_read(bus->device, 0, &access, DR, 4, &value);
        EXPECT_EQ(value, i == 0 ? 0 : 'a' + (i - 1) % 26); /* the last read */
        EXPECT_EQ(test_read(bus->device, 0, DR), 'a' + i % 26);
    }
    /* Switching the FIFOs empties them, and what waited comes in. */
    type_in(bus, "abcdefghijklmnopq", 17);
    test_write(bus->device, 0, LCR_H, 0x60);
    EXPECT_EQ(test_read(bus->device, 0, FR), 0xc0);
    EXPECT_EQ(test_read(bus->device, 0, DR), 'q');
    EXPECT_EQ(test_read(bus->device, 0, FR), 0x90);
}

TEST(a_clock_of_no_frequency_is_refused)
{
    for (uint32_t hz = 0; hz < 2; hz++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u Hz", hz);
        test_bus_init(&bus);
        test_bus_property(&bus, "clock-frequency", hz);
        bus.device = test_bus_create(&bus, &pl011);
        EXPECT_EQ(device_init(bus.device, &bus.error), hz == 0 ? -EINVAL : 0);
    }
}
