/* SPDX-License-Identifier: Apache-2.0 */
/* The controller with a real chip of ours behind it. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type sifive_spi;
extern const struct device_type spi_nor;

enum {
    CSMODE = 0x18,
    FMT = 0x40,
    TXDATA = 0x48,
    RXDATA = 0x4c,
    RXMARK = 0x54,
    FCTRL = 0x60,
    IE = 0x70,
    IP = 0x74
};
enum { HOLD = 2, AUTO = 0 };

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    memset(region_host(bus->ram), 0xff, TEST_RAM_SIZE);
    bus->peer = test_bus_make(bus, &spi_nor);
    bus->device = test_bus_make(bus, &sifive_spi);
    test_write(bus->device, 0, FCTRL, 0);
}

static uint8_t frame(struct test_bus *bus, uint8_t byte)
{
    test_write(bus->device, 0, TXDATA, byte);
    return (uint8_t)test_read(bus->device, 0, RXDATA);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(a_held_select_makes_one_command_of_frames, bus)
{
    test_write(bus->device, 0, CSMODE, HOLD);
    (void)frame(bus, 0x9f);
    EXPECT_EQ(frame(bus, 0), 0xc2);
    EXPECT_EQ(frame(bus, 0), 0x20);
    EXPECT_EQ(frame(bus, 0), 0x1b);
    test_write(bus->device, 0, CSMODE, AUTO);
    (void)frame(bus, 0x9f);
    EXPECT_EQ(frame(bus, 0), 0xff);
}

TEST_ON(nothing_received_reads_as_empty, bus)
{
    EXPECT_EQ(test_read(bus->device, 0, RXDATA), 0x80000000);
    test_write(bus->device, 0, FMT, 0x80008);
    test_write(bus->device, 0, TXDATA, 0x9f);
    EXPECT_EQ(test_read(bus->device, 0, RXDATA), 0x80000000);
}

TEST_ON(the_fifo_holds_eight_and_raises_its_interrupt, bus)
{
    test_write(bus->device, 0, IE, 2);
    test_write(bus->device, 0, RXMARK, 2);
    for (unsigned i = 0; i < 10; i++) {
        EXPECT_EQ(bus->device->outputs[0].level, i > 2);
        test_write(bus->device, 0, TXDATA, 0);
    }
    EXPECT_EQ(test_read(bus->device, 0, IP), 2);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(test_read(bus->device, 0, RXDATA), 0xff);
    }
    EXPECT_EQ(test_read(bus->device, 0, RXDATA), 0x80000000);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
}

TEST_ON(mapped_flash_is_hidden_while_frames_are_sent, bus)
{
    EXPECT(bus->ram->hidden);
    test_write(bus->device, 0, FCTRL, 1);
    EXPECT(!bus->ram->hidden);
    test_write(bus->device, 0, CSMODE, HOLD);
    test_write(bus->device, 0, TXDATA, 0x9f);
    EXPECT_EQ(test_read(bus->device, 0, RXDATA), 0x80000000);
}
