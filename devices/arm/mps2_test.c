/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the MPS2 boards, at 1 MHz: a tick is 1000 ns. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type mps2_fpgaio;
extern const struct device_type mps2_scc;

enum { CLK1HZ = 0x10, CLK100HZ = 0x14 };
enum { COUNTER = 0x18, PRESCALE = 0x1c, PSCNTR = 0x20 };
enum { CFGDATA_RTN = 0xa0, CFGDATA_OUT = 0xa4, CFGCTRL = 0xa8, CFGSTAT = 0xac };

static void pass(struct test_bus *bus, uint64_t ns)
{
    clock_advance(&bus->fabric.clock, bus->fabric.clock.now_ns + ns);
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&mps2_fpgaio, NULL);
    EXPECT_DEVICE_TYPE(&mps2_scc, NULL);
}

TEST(clocks_count_virtual_time_from_what_is_written)
{
    struct test_bus bus;

    test_bus_init(&bus);
    pass(&bus, 5500000000);
    bus.device = test_bus_make(&bus, &mps2_fpgaio);
    EXPECT_EQ(test_read(bus.device, 0, CLK1HZ), 0);
    pass(&bus, 2500000000);
    EXPECT_EQ(test_read(bus.device, 0, CLK1HZ), 3);
    EXPECT_EQ(test_read(bus.device, 0, CLK100HZ), 250);
    test_write(bus.device, 0, CLK1HZ, 100);
    test_write(bus.device, 0, CLK100HZ, 7);
    pass(&bus, 1000000000);
    EXPECT_EQ(test_read(bus.device, 0, CLK1HZ), 101);
    EXPECT_EQ(test_read(bus.device, 0, CLK100HZ), 107);
    test_bus_fini(&bus);
}

TEST(the_counter_goes_on_as_its_prescaler_is_reloaded)
{
    struct test_bus bus;

    test_bus_init(&bus);
    test_bus_property(&bus, "clock-frequency", 1000000);
    bus.device = test_bus_make(&bus, &mps2_fpgaio);
    pass(&bus, 10000);
    EXPECT_EQ(test_read(bus.device, 0, COUNTER), 10); /* reload of 0 */
    test_write(bus.device, 0, PRESCALE, 4);
    test_write(bus.device, 0, PSCNTR, 2);
    test_write(bus.device, 0, COUNTER, 1000);
    pass(&bus, 2000);
    EXPECT_EQ(test_read(bus.device, 0, PSCNTR), 0);
    EXPECT_EQ(test_read(bus.device, 0, COUNTER), 1000);
    pass(&bus, 1000);
    EXPECT_EQ(test_read(bus.device, 0, PSCNTR), 4);
    EXPECT_EQ(test_read(bus.device, 0, COUNTER), 1001);
    pass(&bus, 15000);
    EXPECT_EQ(test_read(bus.device, 0, COUNTER), 1004);
    pass(&bus, 7000);
    test_write(bus.device, 0, PRESCALE, 9);
    EXPECT_EQ(test_read(bus.device, 0, COUNTER), 1005);
    pass(&bus, 3000);
    EXPECT_EQ(test_read(bus.device, 0, COUNTER), 1006);
    EXPECT_EQ(test_tells(&bus, COUNTER), 1);
    EXPECT_EQ(test_tells(&bus, PSCNTR), 1);
    EXPECT_EQ(test_tells(&bus, CLK1HZ), 1);
    test_bus_fini(&bus);
}

TEST(buttons_and_switches_are_inputs_and_leds_outputs)
{
    struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_make(&bus, &mps2_fpgaio);
    device_input(bus.device, test_input(bus.device, "button1"), 1);
    EXPECT_EQ(test_read(bus.device, 0, 8), 2);
    device_input(bus.device, test_input(bus.device, "button0"), 1);
    device_input(bus.device, test_input(bus.device, "button1"), 0);
    EXPECT_EQ(test_read(bus.device, 0, 8), 1);
    test_write(bus.device, 0, 0, 2);
    EXPECT_EQ(device_output(bus.device, "led1")->level, 1);
    EXPECT_EQ(device_output(bus.device, "led0")->level, 0);
    test_write(bus.device, 0, 0, 1);
    EXPECT_EQ(device_output(bus.device, "led1")->level, 0);
    EXPECT_EQ(device_output(bus.device, "led0")->level, 1);
    device_destroy(bus.device);
    bus.device = test_bus_make(&bus, &mps2_scc);
    device_input(bus.device, test_input(bus.device, "switch5"), 1);
    EXPECT_EQ(test_read(bus.device, 0, 0xc), 0x20);
    test_write(bus.device, 0, 4, 0x81);
    EXPECT_EQ(device_output(bus.device, "led7")->level, 1);
    EXPECT_EQ(device_output(bus.device, "led6")->level, 0);
    test_bus_fini(&bus);
}

TEST(oscillators_are_configured_by_requests)
{
    struct test_bus bus;

    test_bus_init(&bus);
    test_bus_property(&bus, "cairn,scc-id", 0x41043850);
    bus.device = test_bus_make(&bus, &mps2_scc);
    EXPECT_EQ(test_read(bus.device, 0, 0xffc), 0x41043850);
    EXPECT_EQ(test_read(bus.device, 0, 0x100), 1); /* locked */
    test_write(bus.device, 0, CFGDATA_OUT, 25000000);
    test_write(bus.device, 0, CFGCTRL, 0xc0100005);
    EXPECT_EQ(test_read(bus.device, 0, CFGSTAT), 1);
    EXPECT_EQ(test_read(bus.device, 0, CFGCTRL), 0x40100005);
    test_write(bus.device, 0, CFGCTRL, 0x80100005);
    EXPECT_EQ(test_read(bus.device, 0, CFGDATA_RTN), 25000000);
    test_write(bus.device, 0, CFGCTRL, 0x80100006); /* no such one */
    EXPECT_EQ(test_read(bus.device, 0, CFGSTAT), 3);
    test_bus_fini(&bus);
}
