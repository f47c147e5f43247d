/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type virtio_mmio;

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&virtio_mmio, NULL);
}

TEST(an_empty_slot_is_device_zero)
{
    OWNED(test_bus_fini) struct test_bus bus;

    test_bus_start(&bus, &virtio_mmio);
    EXPECT_EQ(test_read(bus.device, 0, 0), 0x74726976);
    EXPECT_EQ(test_read(bus.device, 0, 4), 2);
    EXPECT_EQ(test_read(bus.device, 0, 8), 0);
}
