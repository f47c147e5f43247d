/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/serial.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type cmsdk_uart;

enum { DATA = 0x00, STATE = 0x04, CTRL = 0x08, INTSTATUS = 0x0c };

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&cmsdk_uart, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &cmsdk_uart))

TEST_ON(identification_is_that_of_the_part, bus)
{
    static const uint8_t ids[] = {0x21, 0xb8, 0x1b, 0x00,
                                  0x0d, 0xf0, 0x05, 0xb1};

    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        EXPECT_EQ(test_read(bus->device, 0, 0xfe0 + 4 * i), ids[i]);
    }
    EXPECT_EQ(test_read(bus->device, 0, 0xfd0), 4);
}

TEST_ON(characters_go_out_once_the_transmitter_is_enabled, bus)
{
    test_write(bus->device, 0, DATA, 'a');
    EXPECT_EQ(bus->console_size, 0);
    EXPECT_EQ(test_read(bus->device, 0, STATE), 1);
    test_write(bus->device, 0, DATA, 'x'); /* lost */
    EXPECT_EQ(test_read(bus->device, 0, STATE), 5);
    test_write(bus->device, 0, CTRL, 0x15);
    EXPECT_BYTES(bus->console, "a", 1);
    EXPECT_EQ(test_read(bus->device, 0, INTSTATUS), 5);
    EXPECT_EQ(bus_level(bus, "tx"), 1);
    EXPECT_EQ(bus_level(bus, "overrun"), 1);
    test_write(bus->device, 0, INTSTATUS, 5);
    EXPECT_EQ(test_read(bus->device, 0, STATE), 0);
    EXPECT_EQ(bus_level(bus, "tx"), 0);
    EXPECT_EQ(bus_level(bus, "overrun"), 0);
    EXPECT_EQ(bus_level(bus, "interrupt"), 0);
    test_write(bus->device, 0, DATA, 'b');
    EXPECT_EQ(bus->console_size, 2);
    EXPECT_BYTES(bus->console, "ab", 2);
    EXPECT_EQ(bus_level(bus, "interrupt"), 1);
}

TEST_ON(what_comes_in_waits_and_nothing_is_lost, bus)
{
    char text[2000];

    memset(text, 'x', sizeof(text));
    text[1] = 'y';
    size_t taken = cmsdk_uart.serial->receive(bus->device, 0, text, 2000);
    EXPECT_EQ(taken, 1024);
    EXPECT_EQ(test_read(bus->device, 0, STATE), 0);
    test_write(bus->device, 0, CTRL, 0xa);
    EXPECT_EQ(test_read(bus->device, 0, STATE), 2);
    test_write(bus->device, 0, CTRL, 0xb);
    test_write(bus->device, 0, DATA, 'z'); /* takes nothing out */
    for (size_t i = 0; i < taken; i++) {
        EXPECT_EQ(bus_level(bus, "rx"), 1);
        EXPECT_EQ(bus_level(bus, "overrun"), 0);
        test_write(bus->device, 0, INTSTATUS, 2);
        EXPECT_EQ(bus_level(bus, "rx"), 0);
        EXPECT_EQ(test_read(bus->device, 0, DATA), i == 1 ? 'y' : 'x');
        EXPECT_EQ(test_read(bus->device, 0, STATE), 0);
        EXPECT_EQ(clock_next(&bus->fabric.clock),
                  i + 1 < taken ? (i + 1) * 6400 : TIME_NEVER);
        /* 16 cycles a bit at 25 MHz */
        clock_advance(&bus->fabric.clock, (i + 1) * 6400);
    }
    EXPECT_EQ(test_read(bus->device, 0, STATE), 0);
    EXPECT_EQ(bus_level(bus, "rx"), 0);
}

/* Ten bits of as many cycles as the divider says, 16 at least, at 1 MHz. */
TEST(characters_come_in_at_the_speed_of_the_line)
{
    static const struct {
        uint32_t divider;
        uint64_t ns;
    } rows[] = {
        {0,       160000     },
        {16,      160000     },
        {17,      170000     },
        {0xfffff, 10485750000},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u", rows[i].divider);
        test_bus_init(&bus);
        test_bus_property(&bus, "clock-frequency", 1000000);
        bus.device = test_bus_make(&bus, &cmsdk_uart);
        test_write(bus.device, 0, 0x10, rows[i].divider);
        EXPECT_EQ(cmsdk_uart.power_state(bus.device), 0);
        test_write(bus.device, 0, CTRL, 2);
        EXPECT_EQ(cmsdk_uart.power_state(bus.device), 1);
        EXPECT_EQ(cmsdk_uart.serial->receive(bus.device, 0, "ab", 2), 2);
        EXPECT_EQ(bus_level(&bus, "rx"), 0); /* not enabled */
        EXPECT_EQ(test_read(bus.device, 0, DATA), 'a');
        EXPECT_EQ(clock_next(&bus.fabric.clock), rows[i].ns);
        test_write(bus.device, 0, CTRL, 1);
        EXPECT_EQ(cmsdk_uart.power_state(bus.device), 1);
    }
}

TEST_ON(each_interrupt_is_enabled_and_cleared_by_its_own_bits, bus)
{
    static const struct access look = {.debug = true};
    uint64_t value;

    test_write(bus->device, 0, CTRL, 0xb);
    EXPECT_EQ(bus->console_size, 0);
    test_write(bus->device, 0, DATA, 'a');
    EXPECT_EQ(test_read(bus->device, 0, INTSTATUS), 0); /* not of sending */
    cmsdk_uart.serial->receive(bus->device, 0, "b", 1);
    EXPECT_EQ(test_read(bus->device, 0, INTSTATUS), 2);
    test_write(bus->device, 0, CTRL, 0x1c);
    test_write(bus->device, 0, DATA, 'x');
    test_write(bus->device, 0, DATA, 'y'); /* lost */
    EXPECT_EQ(test_read(bus->device, 0, INTSTATUS), 6);
    test_write(bus->device, 0, INTSTATUS, 2);
    EXPECT_EQ(test_read(bus->device, 0, INTSTATUS), 4);
    EXPECT_EQ(test_read(bus->device, 0, STATE), 7);
    test_write(bus->device, 0, CTRL, 0xc); /* the overrun is masked */
    EXPECT_EQ(bus_level(bus, "overrun"), 0);
    test_write(bus->device, 0, STATE, 4);
    test_write(bus->device, 0, CTRL, 0x1c);
    EXPECT_EQ(test_read(bus->device, 0, STATE), 3);
    EXPECT_EQ(bus_level(bus, "overrun"), 0);
    device_read(bus->device, 0, &look, DATA, 4, &value);
    EXPECT_EQ(value, 'b');
    EXPECT_EQ(test_read(bus->device, 0, STATE), 3);
    test_write(bus->device, 0, CTRL, 0x1d);
    EXPECT_EQ(bus_level(bus, "tx"), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_level(bus, "tx"), 0);
    EXPECT_EQ(bus_level(bus, "interrupt"), 0);
}
