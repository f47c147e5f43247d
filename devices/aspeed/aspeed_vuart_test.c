/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/serial.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type aspeed_vuart;

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&aspeed_vuart, NULL);
}

/* aspeed_vuart_probe of Linux: address, interrupt, enable; then the UART. */
TEST(it_is_a_uart_with_the_hosts_settings_behind)
{
    OWNED(test_bus_fini) struct test_bus bus;

    test_bus_start(&bus, &aspeed_vuart);
    test_write(bus.device, 0, 0x28, 0xf8);
    test_write(bus.device, 0, 0x2c, 0x03);
    test_write(bus.device, 0, 0x24, 0x40);
    test_write(bus.device, 0, 0x20, 0x21);
    EXPECT_EQ(test_read(bus.device, 0, 0x28), 0xf8);
    EXPECT_EQ(test_read(bus.device, 0, 0x2c), 0x03);
    EXPECT_EQ(test_read(bus.device, 0, 0x24), 0x40);
    EXPECT_EQ(test_read(bus.device, 0, 0x20), 0x21);
    test_write(bus.device, 0, 0x00, 'v');
    EXPECT_BYTES(bus.console, "v", 1);
    EXPECT_EQ(aspeed_vuart.serial->receive(bus.device, 0, "u", 1), 1);
    test_write(bus.device, 0, 0x04, 1);
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x00), 'u');
    EXPECT_EQ(device_output(bus.device, "interrupt")->level, 0);
}
