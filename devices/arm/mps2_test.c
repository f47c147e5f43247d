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

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

TEST_ON(clocks_count_virtual_time_from_what_is_written, bus)
{
    pass(bus, 5500000000);
    bus->device = test_bus_make(bus, &mps2_fpgaio);
    EXPECT_EQ(test_read(bus->device, 0, CLK1HZ), 0);
    pass(bus, 2500000000);
    EXPECT_EQ(test_read(bus->device, 0, CLK1HZ), 3);
    EXPECT_EQ(test_read(bus->device, 0, CLK100HZ), 250);
    test_write(bus->device, 0, CLK1HZ, 100);
    test_write(bus->device, 0, CLK100HZ, 7);
    pass(bus, 1000000000);
    EXPECT_EQ(test_read(bus->device, 0, CLK1HZ), 101);
    EXPECT_EQ(test_read(bus->device, 0, CLK100HZ), 107);
}

TEST_ON(the_counter_goes_on_as_its_prescaler_is_reloaded, bus)
{
    test_bus_property(bus, "clock-frequency", 1000000);
    pass(bus, 7000);
    bus->device = test_bus_make(bus, &mps2_fpgaio);
    pass(bus, 11000);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 11); /* reload of 0 */
    test_write(bus->device, 0, PRESCALE, 4);
    test_write(bus->device, 0, PSCNTR, 2);
    test_write(bus->device, 0, COUNTER, 1000);
    pass(bus, 2000);
    EXPECT_EQ(test_read(bus->device, 0, PSCNTR), 0);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 1000);
    pass(bus, 1000);
    EXPECT_EQ(test_read(bus->device, 0, PSCNTR), 4);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 1001);
    pass(bus, 15000);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 1004);
    pass(bus, 7000);
    test_write(bus->device, 0, PRESCALE, 9);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 1005);
    pass(bus, 3000);
    EXPECT_EQ(test_read(bus->device, 0, COUNTER), 1006);
    EXPECT_EQ(test_tells(bus, COUNTER), 1);
    EXPECT_EQ(test_tells(bus, PSCNTR), 1);
    EXPECT_EQ(test_tells(bus, CLK1HZ), 1);
}

TEST_ON(buttons_and_switches_are_inputs_and_leds_outputs, bus)
{
    bus->device = test_bus_make(bus, &mps2_fpgaio);
    device_input(bus->device, test_input(bus->device, "button1"), 1);
    EXPECT_EQ(test_read(bus->device, 0, 8), 2);
    device_input(bus->device, test_input(bus->device, "button0"), 1);
    device_input(bus->device, test_input(bus->device, "button1"), 0);
    EXPECT_EQ(test_read(bus->device, 0, 8), 1);
    test_write(bus->device, 0, 0, 2);
    EXPECT_EQ(device_output(bus->device, "led1")->level, 1);
    EXPECT_EQ(device_output(bus->device, "led0")->level, 0);
    test_write(bus->device, 0, 0, 1);
    EXPECT_EQ(device_output(bus->device, "led1")->level, 0);
    EXPECT_EQ(device_output(bus->device, "led0")->level, 1);
    device_destroy(bus->device);
    bus->device = test_bus_make(bus, &mps2_scc);
    device_input(bus->device, test_input(bus->device, "switch5"), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0xc), 0x20);
    for (unsigned i = 0; i < 9; i++) { /* eight LEDs, and remap */
        test_write(bus->device, 0, 4, i < 8 ? 1u << i : 0);
        test_write(bus->device, 0, 0, i < 8 ? 0xfe : 1);
        for (unsigned j = 0; j < 9; j++) {
            EXPECT_EQ(bus->device->outputs[j].level, i == j);
        }
    }
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(device_output(bus->device, "remap")->level, 0);
}

TEST_ON(oscillators_are_configured_by_requests, bus)
{
    static const struct {
        uint32_t request;
        uint32_t status;
        unsigned told;
    } rows[] = {
        {0xc0100005, 1, 1}, /* a write: it has no effect */
        {0x80100005, 1, 0},
        {0x84100005, 1, 0},
        {0x80100000, 1, 0},
        {0x80100006, 3, 1}, /* no such one */
        {0x80100805, 3, 1},
        {0x80000005, 3, 1}, /* another function */
        {0x80200005, 3, 1},
        {0x82100005, 3, 1},
        {0x00000006, 0, 0}, /* no request */
    };

    bus->device = test_bus_make(bus, &mps2_scc);
    EXPECT_EQ(test_read(bus->device, 0, 0x10), 0);
    EXPECT_EQ(test_read(bus->device, 0, 0xff8), 0);
    EXPECT_EQ(test_read(bus->device, 0, 0xffc), 0);
    device_destroy(bus->device);
    test_bus_property(bus, "cairn,scc-id", 0x41043850);
    bus->device = test_bus_make(bus, &mps2_scc);
    EXPECT_EQ(test_read(bus->device, 0, 0xffc), 0x41043850);
    EXPECT_EQ(test_read(bus->device, 0, 0x100), 1); /* locked */
    test_write(bus->device, 0, CFGDATA_OUT, 25000000);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const unsigned before = (unsigned)bus->fabric.log.count[LOG_UNMODELLED];

        test_case("0x%x", rows[i].request);
        test_write(bus->device, 0, CFGSTAT, 0);
        test_write(bus->device, 0, CFGCTRL, rows[i].request);
        EXPECT_EQ(test_read(bus->device, 0, CFGSTAT), rows[i].status);
        EXPECT_EQ(test_read(bus->device, 0, CFGCTRL),
                  rows[i].request & 0x7fffffff);
        EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED] - before, rows[i].told);
        EXPECT_EQ(test_read(bus->device, 0, CFGDATA_RTN),
                  i == 1 || i == 2 ? 25000000 : 0);
        test_write(bus->device, 0, CFGDATA_RTN, 0);
    }
}
