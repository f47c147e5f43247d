/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the nRF51. */
#include "bus/serial.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type nrf51_ficr;
extern const struct device_type nrf51_gpio;
extern const struct device_type nrf51_nvmc;
extern const struct device_type nrf51_power;
extern const struct device_type nrf51_rng;
extern const struct device_type nrf51_rtc;
extern const struct device_type nrf51_temp;
extern const struct device_type nrf51_timer;
extern const struct device_type nrf51_twi;
extern const struct device_type nrf51_uart;

enum { TASK = 0x000, EVENT = 0x100, SHORTS = 0x200 };
enum { INTENSET = 0x304, INTENCLR = 0x308 };

static void task(struct test_bus *bus, unsigned number)
{
    test_write(bus->device, 0, TASK + 4 * number, 1);
}

static uint32_t event(struct test_bus *bus, unsigned number)
{
    return test_read(bus->device, 0, EVENT + 4 * number);
}

static void clear(struct test_bus *bus, unsigned number)
{
    test_write(bus->device, 0, EVENT + 4 * number, 0);
}

static void pass(struct test_bus *bus, uint64_t ns)
{
    clock_advance(&bus->fabric.clock, bus->fabric.clock.now_ns + ns);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &nrf51_uart))

TEST_BEGINS(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE_TYPE(&nrf51_ficr, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_gpio, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_power, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_rng, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_rtc, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_temp, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_timer, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_twi, NULL);
    EXPECT_DEVICE_TYPE(&nrf51_uart, NULL);
    test_bus_start(bus, &nrf51_nvmc);
    EXPECT_DEVICE(bus->device, NULL);
}

/* ---- UART ---------------------------------------------------------------- */

enum { UART_ENABLE = 0x500, RXD = 0x518, TXD = 0x51c };

TEST_ON(bytes_are_sent_between_start_and_stop, bus)
{
    test_write(bus->device, 0, UART_ENABLE, 4);
    test_write(bus->device, 0, TXD, 'x');
    EXPECT_EQ(bus->console_size, 0);
    task(bus, 2);
    test_write(bus->device, 0, TXD, 'a');
    EXPECT_EQ(event(bus, 7), 1);
    EXPECT_EQ(bus_level(bus, "interrupt"), 0);
    test_write(bus->device, 0, INTENSET, 1 << 7);
    EXPECT_EQ(bus_level(bus, "interrupt"), 1);
    clear(bus, 7);
    EXPECT_EQ(bus_level(bus, "interrupt"), 0);
    task(bus, 3);
    test_write(bus->device, 0, TXD, 'x');
    EXPECT_EQ(bus->console_size, 1);
    EXPECT_BYTES(bus->console, "a", 1);
}

TEST_ON(each_byte_that_comes_in_is_announced, bus)
{
    EXPECT_EQ(nrf51_uart.serial->receive(bus->device, 0, "ab", 2), 2);
    EXPECT_EQ(event(bus, 2), 0);
    task(bus, 0);
    EXPECT_EQ(event(bus, 2), 1);
    clear(bus, 2);
    EXPECT_EQ(test_read(bus->device, 0, RXD), 'a');
    pass(bus, 39999); /* at 250000 baud */
    EXPECT_EQ(event(bus, 2), 0);
    pass(bus, 1);
    EXPECT_EQ(event(bus, 2), 1);
    clear(bus, 2);
    EXPECT_EQ(test_read(bus->device, 0, RXD), 'b');
    EXPECT_EQ(event(bus, 2), 0);
    EXPECT_EQ(test_read(bus->device, 0, RXD), 'b');
}

/* ---- Timer --------------------------------------------------------------- */

enum { MODE = 0x504, BITMODE = 0x508, PRESCALER = 0x510, CC = 0x540 };

TEST_BEGINS(a_timer_compares_captures_and_takes_shortcuts, bus)
{
    test_bus_start(bus, &nrf51_timer); /* 1 MHz, as the prescaler is 4 */
    test_write(bus->device, 0, CC, 10);
    test_write(bus->device, 0, CC + 4, 15);
    test_write(bus->device, 0, INTENSET, 1 << 16);
    task(bus, 0);
    pass(bus, 9999);
    EXPECT_EQ(event(bus, 16), 0);
    pass(bus, 1);
    EXPECT_EQ(event(bus, 16), 1);
    EXPECT_EQ(bus_level(bus, "interrupt"), 1);
    EXPECT_EQ(event(bus, 17), 0);
    pass(bus, 5000);
    EXPECT_EQ(event(bus, 17), 1);
    pass(bus, 5000);
    task(bus, 18);
    EXPECT_EQ(test_read(bus->device, 0, CC + 8), 20);
    clear(bus, 16);
    task(bus, 3);
    test_write(bus->device, 0, SHORTS, 1 << 0 | 1 << 9); /* clear 0, stop 1 */
    for (unsigned i = 0; i < 3; i++) {
        pass(bus, 10000);
        EXPECT_EQ(event(bus, 16), 1);
        clear(bus, 16);
    }
    test_write(bus->device, 0, SHORTS, 1 << 9);
    pass(bus, 100000);
    task(bus, 18);
    EXPECT_EQ(test_read(bus->device, 0, CC + 8), 15); /* it stopped */
}

TEST_BEGINS(a_timer_wraps_by_its_mode_and_may_count_tasks, bus)
{
    test_bus_start(bus, &nrf51_timer);
    test_write(bus->device, 0, BITMODE, 1);
    test_write(bus->device, 0, PRESCALER, 0);
    task(bus, 0);
    pass(bus, 16062); /* 256.99 ticks of 62.5 ns */
    task(bus, 16);
    EXPECT_EQ(test_read(bus->device, 0, CC), 0);
    task(bus, 3);
    test_write(bus->device, 0, MODE, 1);
    test_write(bus->device, 0, CC + 4, 2);
    clear(bus, 17);
    task(bus, 2);
    EXPECT_EQ(event(bus, 17), 0);
    task(bus, 2);
    EXPECT_EQ(event(bus, 17), 1);
}

/* ---- Real-time counter --------------------------------------------------- */

enum { EVTENSET = 0x344, COUNTER = 0x504, RTC_PRESCALER = 0x508 };

TEST_BEGINS(a_real_time_counter_makes_the_events_that_are_wanted, bus)
{
    test_bus_start(bus, &nrf51_rtc);
    test_write(bus->device, 0, RTC_PRESCALER, 32767);
    EXPECT_EQ(test_read(bus->device, 0, RTC_PRESCALER), 4095);
    test_write(bus->device, 0, CC, 16);
    test_write(bus->device, 0, CC + 4, 8);
    test_write(bus->device, 0, INTENSET, 1 << 16);
    task(bus, 0); /* 8 Hz */
    pass(bus, 1900000000);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 15);
    EXPECT_EQ(event(bus, 16), 0);
    EXPECT_EQ(event(bus, 17), 0);
    pass(bus, 100000000);
    EXPECT_EQ(event(bus, 16), 1);
    EXPECT_EQ(bus_level(bus, "interrupt"), 1);
    EXPECT_EQ(event(bus, 0), 0);
    test_write(bus->device, 0, EVTENSET, 1);
    pass(bus, 125000000);
    EXPECT_EQ(event(bus, 0), 1);
    task(bus, 3);
    test_write(bus->device, 0, EVTENSET, 2);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 0xfffff0);
    pass(bus, 2000000000);
    EXPECT_EQ(event(bus, 1), 1);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 0);
    task(bus, 1);
    pass(bus, 2000000000);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 0);
}

/* ---- Others -------------------------------------------------------------- */

TEST_BEGINS(random_bytes_take_their_time_and_are_those_of_the_seed, bus)
{
    uint8_t expected[2];

    test_bus_start(bus, &nrf51_rng);
    struct fabric other;
    fabric_init(&other, 1);
    for (unsigned i = 0; i < 2; i++) {
        fabric_random(&other, &expected[i], 1);
    }
    fabric_fini(&other);
    task(bus, 0);
    pass(bus, 166000);
    EXPECT_EQ(event(bus, 0), 0);
    pass(bus, 1000);
    EXPECT_EQ(event(bus, 0), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x508), expected[0]);
    test_write(bus->device, 0, SHORTS, 1);
    clear(bus, 0);
    pass(bus, 167000);
    EXPECT_EQ(test_read(bus->device, 0, 0x508), expected[1]);
    clear(bus, 0);
    pass(bus, 1000000);
    EXPECT_EQ(event(bus, 0), 0);
}

TEST_BEGINS(temperatures_are_measured_in_their_time, bus)
{
    test_bus_start(bus, &nrf51_temp);
    task(bus, 0);
    EXPECT_EQ(event(bus, 0), 0);
    pass(bus, 36000);
    EXPECT_EQ(event(bus, 0), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x508), 100);
    device_input(bus->device, 0, 80);
    task(bus, 0);
    pass(bus, 36000);
    EXPECT_EQ(test_read(bus->device, 0, 0x508), 80);
}

enum { OUT = 0x504, OUTSET = 0x508, IN = 0x510, DIR = 0x514, DIRSET = 0x518 };
enum { PIN_CNF = 0x700 };

TEST_BEGINS(pins_are_driven_pulled_and_pressed, bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,active-low", 1 << 17);
    bus->device = test_bus_make(bus, &nrf51_gpio);
    EXPECT_EQ(test_read(bus->device, 0, IN), 1 << 17);
    device_input(bus->device, 17, 1);
    device_input(bus->device, 3, 1);
    EXPECT_EQ(test_read(bus->device, 0, IN), 1 << 3);
    test_write(bus->device, 0, PIN_CNF + 4 * 5, 0xc);
    EXPECT_EQ(test_read(bus->device, 0, IN), 1 << 3 | 1 << 5);
    test_write(bus->device, 0, OUTSET, 1 << 4);
    EXPECT_EQ(bus_level(bus, "pin4"), 0);
    test_write(bus->device, 0, DIRSET, 1 << 4);
    EXPECT_EQ(bus_level(bus, "pin4"), 1);
    EXPECT_EQ(test_read(bus->device, 0, PIN_CNF + 4 * 4), 3);
    test_write(bus->device, 0, PIN_CNF + 4 * 4, 0);
    EXPECT_EQ(test_read(bus->device, 0, DIR), 0);
    EXPECT_EQ(bus_level(bus, "pin4"), 0);
}

enum { CONFIG = 0x504, ERASEPAGE = 0x508 };

TEST_BEGINS(flash_is_programmed_and_erased_as_the_configuration_lets, bus)
{
    uint8_t *memory;

    test_bus_start(bus, &nrf51_nvmc);
    memory = region_host(bus->ram);
    memset(memory, 0xff, 0x1000);
    test_write(bus->device, 1, 0x400, 0x12345678);
    EXPECT_EQ(test_read(bus->device, 1, 0x400), UINT32_MAX);
    test_write(bus->device, 0, CONFIG, 1);
    test_write(bus->device, 1, 0x400, 0x12345678);
    test_write(bus->device, 1, 0x400, 0xffff0000);
    EXPECT_EQ(test_read(bus->device, 1, 0x400), 0x12340000);
    test_write(bus->device, 1, 0x800, 0);
    test_write(bus->device, 0, ERASEPAGE, 0x400);
    EXPECT_EQ(test_read(bus->device, 1, 0x400), 0x12340000);
    test_write(bus->device, 0, CONFIG, 2);
    test_write(bus->device, 0, ERASEPAGE, 0x400);
    EXPECT_EQ(test_read(bus->device, 1, 0x400), UINT32_MAX);
    EXPECT_EQ(test_read(bus->device, 1, 0x3fc), UINT32_MAX);
    EXPECT_EQ(test_read(bus->device, 1, 0x800), 0);
    test_write(bus->device, 0, ERASEPAGE, 0xfffffc00); /* none there */
}

enum { ERRORSRC = 0x4c4, ADDRESS = 0x588 };

TEST_BEGINS(sensors_answer_and_others_do_not, bus)
{
    test_bus_start(bus, &nrf51_twi);
    test_write(bus->device, 0, ADDRESS, 0x55);
    task(bus, 2);
    EXPECT_EQ(event(bus, 9), 1);
    EXPECT_EQ(test_read(bus->device, 0, ERRORSRC), 2);
    test_write(bus->device, 0, ADDRESS, 0x0e);
    task(bus, 2);
    test_write(bus->device, 0, TXD, 0x06);
    EXPECT_EQ(event(bus, 7), 1);
    test_write(bus->device, 0, SHORTS, 1);
    task(bus, 0);
    EXPECT_EQ(event(bus, 2), 0);
    EXPECT_EQ(event(bus, 18), 1);
    task(bus, 8);
    EXPECT_EQ(event(bus, 2), 1);
    EXPECT_EQ(test_read(bus->device, 0, RXD), 0);
    test_write(bus->device, 0, SHORTS, 2);
    clear(bus, 2);
    task(bus, 8);
    EXPECT_EQ(test_read(bus->device, 0, RXD), 0xc4);
    EXPECT_EQ(event(bus, 1), 1);
    task(bus, 2);
    test_write(bus->device, 0, TXD, 0x10);
    test_write(bus->device, 0, TXD, 0xab);
    task(bus, 2);
    test_write(bus->device, 0, TXD, 0x10);
    clear(bus, 1);
    task(bus, 0);
    EXPECT_EQ(test_read(bus->device, 0, RXD), 0xab);
    EXPECT_EQ(event(bus, 1), 1);
}

TEST_BEGINS(clocks_start_at_once_and_the_system_may_be_turned_off, bus)
{
    test_bus_start(bus, &nrf51_power);
    test_write(bus->device, 0, 0x518, 1);
    task(bus, 0);
    task(bus, 2);
    EXPECT_EQ(event(bus, 0) & event(bus, 1), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x40c), 0x10001);
    EXPECT_EQ(test_read(bus->device, 0, 0x418), 0x10001);
    test_write(bus->device, 0, 0x500, 1);
    EXPECT_EQ(bus_level(bus, "off"), 1);
}

TEST_BEGINS(chips_are_told_apart, bus)
{
    test_bus_start(bus, &nrf51_ficr);
    uint32_t first = test_read(bus->device, 0, 0x60);
    EXPECT_EQ(test_read(bus->device, 0, 0x60), first);
    EXPECT_EQ(test_read(bus->device, 0, 0x64) != first, true);
    device_destroy(bus->device);
    test_bus_property(bus, "cairn,device-id", 2);
    bus->device = test_bus_make(bus, &nrf51_ficr);
    EXPECT_EQ(test_read(bus->device, 0, 0x60) != first, true);
    EXPECT_EQ(test_read(bus->device, 0, 0x10), 1024);
}
