/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pcie_host;

enum { ECAM, PORTS, MEMORY, MEMORY_HIGH };

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&pcie_host, NULL);
}

/* Values as QEMU 7.2 gives them. */
TEST(the_bridge_is_alone_and_all_else_reads_as_ones)
{
    const struct test_who cpu = {0, false};
    OWNED(test_bus_fini) struct test_bus bus;

    test_bus_start(&bus, &pcie_host);
    EXPECT_EQ(test_read(bus.device, ECAM, 0x00), 0x00081b36);
    EXPECT_EQ(test_read(bus.device, ECAM, 0x08), 0x06000000);
    EXPECT_EQ(test_read(bus.device, ECAM, 0x2c), 0x11001af4);
    EXPECT_EQ(test_read_as(bus.device, cpu, ECAM, 0x02, 2), 0x0008);
    EXPECT_EQ(test_read_as(bus.device, cpu, ECAM, 0x0b, 1), 0x06);
    EXPECT_EQ(test_read_as(bus.device, cpu, ECAM, 0x0e, 1), 0x00);
    EXPECT_EQ(test_read_as(bus.device, cpu, ECAM, 0x100, 8), 0);
    test_write(bus.device, ECAM, 0x04, UINT32_MAX);
    EXPECT_EQ(test_read(bus.device, ECAM, 0x04), 0x507);
    test_write_as(bus.device, cpu, ECAM, 0x05, 1, 0);
    EXPECT_EQ(test_read(bus.device, ECAM, 0x04), 0x007);
    EXPECT_EQ(test_read(bus.device, ECAM, 0x1000), UINT32_MAX);
    EXPECT_EQ(test_read_as(bus.device, cpu, ECAM, 0x8000, 2), 0xffff);
    EXPECT_EQ(test_read_as(bus.device, cpu, ECAM, 0xffffff8, 8), UINT64_MAX);
    EXPECT_EQ(test_read(bus.device, PORTS, 0), UINT32_MAX);
    EXPECT_EQ(test_read(bus.device, MEMORY_HIGH, (uint64_t)511 << 30),
              UINT32_MAX);
}
