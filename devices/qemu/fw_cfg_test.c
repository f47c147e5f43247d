/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/qemu/fw_cfg.h"

#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type fw_cfg;

enum { DATA = 0x00, SELECTOR = 0x08, DMA = 0x10 };
static const struct test_who cpu = {0, false};

static void choose(struct test_bus *bus, uint16_t key)
{
    test_write_as(bus->device, cpu, 0, SELECTOR, 2, __builtin_bswap16(key));
}

static uint32_t run_dma(struct test_bus *bus, uint32_t control, uint32_t length,
                        uint64_t address)
{
    uint8_t *descriptor = region_host(bus->ram) + 0x100;

    store_be32(descriptor, control);
    store_be32(descriptor + 4, length);
    store_be32(descriptor + 8, (uint32_t)(address >> 32));
    store_be32(descriptor + 12, (uint32_t)address);
    test_write_as(bus->device, cpu, 0, DMA, 8,
                  __builtin_bswap64(TEST_RAM + 0x100));
    return load_be32(descriptor);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &fw_cfg))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(items_are_read_byte_by_byte_and_end_in_zeros, bus)
{
    choose(bus, 0);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, DATA, 1), 'Q');
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, DATA, 2), 'E' | 'M' << 8);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, DATA, 1), 'U');
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, DATA, 8), 0);
    choose(bus, 0);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, DATA, 8), 0x554d4551);
    choose(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 3);
    choose(bus, 0x7777);
    EXPECT_EQ(test_read(bus->device, 0, DATA), 0);
}

TEST_ON(files_are_listed_in_the_order_of_their_names, bus)
{
    uint8_t list[4 + 2 * 64];

    EXPECT_EQ(fw_cfg_add_file(bus->device, "opt/b", "12345", 5), 0);
    EXPECT_EQ(fw_cfg_add_file(bus->device, "etc/a", "abc", 3), 0);
    EXPECT_EQ(fw_cfg_add_file(bus->device, "etc/a", "abc", 3), -EEXIST);
    choose(bus, 0x19);
    for (size_t i = 0; i < sizeof(list); i++) {
        list[i] = (uint8_t)test_read_as(bus->device, cpu, 0, DATA, 1);
    }
    EXPECT_EQ(load_be32(list), 2);
    EXPECT_EQ(load_be32(list + 4), 3);
    EXPECT_EQ(load_be32(list + 8), 0x21 << 16);
    EXPECT_STR((const char *)list + 12, "etc/a");
    EXPECT_EQ(load_be32(list + 68), 5);
    EXPECT_EQ(load_be32(list + 72), 0x20 << 16);
    EXPECT_STR((const char *)list + 76, "opt/b");
}

TEST_ON(a_descriptor_selects_skips_and_copies, bus)
{
    EXPECT_EQ(fw_cfg_add_file(bus->device, "etc/a", "abcdefgh", 8), 0);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, DMA, 8),
              __builtin_bswap64(0x51454d5520434647));
    memset(region_host(bus->ram) + 0x200, 0xee, 16);
    EXPECT_EQ(run_dma(bus, 0x20 << 16 | 8 | 4, 2, 0), 0);
    EXPECT_EQ(run_dma(bus, 2, 8, TEST_RAM + 0x200), 0);
    EXPECT_BYTES(region_host(bus->ram) + 0x200, "cdefgh\0\0\xee", 9);
    /* no memory there, and no item can be written */
    EXPECT_EQ(run_dma(bus, 0x20 << 16 | 8 | 2, 8, 0x1000), 1);
    EXPECT_EQ(run_dma(bus, 0x20 << 16 | 8 | 16, 8, TEST_RAM), 1);
    EXPECT_EQ(run_dma(bus, 2, UINT32_MAX, TEST_RAM + 0x200), 1);
}
