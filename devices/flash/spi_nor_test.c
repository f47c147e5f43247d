/* SPDX-License-Identifier: Apache-2.0 */
/* Command codes and answers are those of JESD216 and the MX66L1G45G's data
 * sheet; the chip is driven as a controller drives it. */
#include "bus/dma.h"
#include "devices/flash/nor.h"
#include "devices/flash/test_nor.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type spi_nor;

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    memset(region_host(bus->ram), 0xff, TEST_RAM_SIZE);
    bus->device = test_bus_make(bus, &spi_nor);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(identity_and_parameters_are_told, bus)
{
    uint8_t in[8];

    command(bus, (const uint8_t[]){0x9f}, 1, in, 3);
    EXPECT_BYTES(in, "\xc2\x20\x1b", 3);
    command(bus, (const uint8_t[]){0x5a, 0, 0, 0, 0}, 5, in, 8);
    EXPECT_BYTES(in, "SFDP\x06\x01\x00\xff", 8);
    /* second word of the table: bits less one, 1 Gbit */
    command(bus, (const uint8_t[]){0x5a, 0, 0, 0x34, 0}, 5, in, 4);
    EXPECT_EQ(load_le32(in), 0x3fffffff);
}

TEST_ON(programming_clears_bits_and_needs_write_enable_each_time, bus)
{
    uint8_t in[4];

    SEND(bus, 0x02, 0, 0x10, 0x00, 0x12, 0x34);
    EXPECT_EQ(region_host(bus->ram)[0x1000], 0xff);
    SEND(bus, 0x06);
    command(bus, (const uint8_t[]){0x05}, 1, in, 1);
    EXPECT_EQ(in[0], 2);
    SEND(bus, 0x02, 0, 0x10, 0x00, 0x12, 0x34);
    command(bus, (const uint8_t[]){0x05}, 1, in, 1);
    EXPECT_EQ(in[0], 0);
    SEND(bus, 0x06);
    SEND(bus, 0x12, 0, 0, 0x10, 0x00, 0xf1);
    command(bus, (const uint8_t[]){0x03, 0, 0x10, 0}, 4, in, 4);
    EXPECT_BYTES(in, "\x10\x34\xff\xff", 4);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 2);
}

TEST_ON(a_program_wraps_in_its_page, bus)
{
    SEND(bus, 0x06);
    SEND(bus, 0x02, 0, 0x20, 0xfe, 1, 2, 3);
    EXPECT_EQ(region_host(bus->ram)[0x20fe], 1);
    EXPECT_EQ(region_host(bus->ram)[0x20ff], 2);
    EXPECT_EQ(region_host(bus->ram)[0x2000], 3);
    EXPECT_EQ(region_host(bus->ram)[0x2080], 0xff);
    EXPECT_EQ(region_host(bus->ram)[0x2100], 0xff);
}

TEST_ON(erases_set_their_sector_or_block_only, bus)
{
    memset(region_host(bus->ram), 0, TEST_RAM_SIZE);
    SEND(bus, 0x06);
    SEND(bus, 0x20, 0, 0x1f, 0xff);
    EXPECT_EQ(region_host(bus->ram)[0xfff], 0);
    EXPECT_EQ(region_host(bus->ram)[0x1000], 0xff);
    EXPECT_EQ(region_host(bus->ram)[0x1fff], 0xff);
    EXPECT_EQ(region_host(bus->ram)[0x2000], 0);
    SEND(bus, 0x06);
    SEND(bus, 0xdc, 0, 0x02, 0x34, 0x56);
    EXPECT_EQ(region_host(bus->ram)[0x1ffff], 0);
    EXPECT_EQ(region_host(bus->ram)[0x20000], 0xff);
    EXPECT_EQ(region_host(bus->ram)[0x2ffff], 0xff);
    EXPECT_EQ(region_host(bus->ram)[0x30000], 0);
    SEND(bus, 0x06);
    SEND(bus, 0xc7);
    EXPECT_EQ(region_host(bus->ram)[0], 0xff);
    EXPECT_EQ(region_host(bus->ram)[TEST_RAM_SIZE - 1], 0xff);
}

/* By a chain of descriptors, say, whose target is the controller: each erase
 * takes the host some time, and no instruction is executed in between. */
TEST_BEGINS(dma_erases_a_chip_some_times_only_at_one_instant, bus)
{
    enum { ERASES = 1200, SOME = (DMA_CAUSED_MAX / (TEST_RAM_SIZE / 64)) };

    start(bus);
    bus->device->fabric->dma_depth = 1;
    for (unsigned i = 0; i < ERASES; i++) {
        SEND(bus, 0x06);
        SEND(bus, 0xc7);
    }
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, SOME);
    bus->device->fabric->dma_depth = 0;
    SEND(bus, 0x06);
    SEND(bus, 0xc7);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, SOME + 1);
}

TEST_ON(a_command_cut_in_its_address_does_nothing, bus)
{
    memset(region_host(bus->ram), 0, TEST_RAM_SIZE);
    SEND(bus, 0x06);
    SEND(bus, 0xd8, 0, 0);
    EXPECT_EQ(region_host(bus->ram)[0], 0);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 0);
}

TEST_ON(four_byte_mode_lasts_until_left_or_reset, bus)
{
    uint8_t in[1];

    region_host(bus->ram)[0x12345] = 7;
    SEND(bus, 0xb7);
    command(bus, (const uint8_t[]){0x03, 0, 0x01, 0x23, 0x45}, 5, in, 1);
    EXPECT_EQ(in[0], 7);
    SEND(bus, 0x66);
    SEND(bus, 0x99);
    command(bus, (const uint8_t[]){0x03, 0x01, 0x23, 0x45}, 4, in, 1);
    EXPECT_EQ(in[0], 7);
}

static void plan_cut(struct test_bus *bus, uint32_t operation, uint32_t byte,
                     uint32_t seed)
{
    device_input(bus->device, NOR_CUT_OPERATION, operation);
    device_input(bus->device, NOR_CUT_BYTE, byte);
    device_input(bus->device, NOR_CUT_SEED, seed);
}

static void program_eight_zeros(struct test_bus *bus)
{
    SEND(bus, 0x06);
    SEND(bus, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

TEST(power_is_cut_at_any_byte_of_a_program)
{
    for (unsigned byte = 0; byte <= 8; byte++) {
        OWNED(test_bus_fini) struct test_bus bus;
        test_case("byte %u", byte);
        start(&bus);
        plan_cut(&bus, 2, byte, 5);
        SEND(&bus, 0x06);
        SEND(&bus, 0x02, 0, 1, 0, 0);
        EXPECT_EQ(bus.device->outputs[NOR_POWER_LOST].level, 0);
        program_eight_zeros(&bus);
        EXPECT_EQ(bus.device->outputs[NOR_POWER_LOST].level, 1);
        for (unsigned i = 0; i < 8; i++) {
            if (i != byte) {
                EXPECT_EQ(region_host(bus.ram)[i], i < byte ? 0 : 0xff);
            }
        }
        REQUIRE(bus.fabric.events.count == 1);
        EXPECT_EQ(bus.fabric.events.events[0].fact, FACT_FLASH_POWER_CUT);
    }
}

TEST(the_torn_byte_is_the_seeds)
{
    unsigned different = 0;
    uint8_t first = 0;

    for (uint32_t seed = 0; seed < 8; seed++) {
        uint8_t torn[2];
        for (unsigned run = 0; run < 2; run++) {
            OWNED(test_bus_fini) struct test_bus bus;
            start(&bus);
            plan_cut(&bus, 1, 3, seed);
            program_eight_zeros(&bus);
            torn[run] = region_host(bus.ram)[3];
        }
        EXPECT_EQ(torn[0], torn[1]);
        first = seed == 0 ? torn[0] : first;
        different += torn[0] != first;
    }
    EXPECT(different > 4);
}

TEST_ON(a_torn_erase_leaves_what_it_did_not_reach, bus)
{
    memset(region_host(bus->ram), 0x3c, TEST_RAM_SIZE);
    plan_cut(bus, 1, 1000, 1);
    SEND(bus, 0x06);
    SEND(bus, 0x20, 0, 0, 0);
    EXPECT_EQ(region_host(bus->ram)[999], 0xff);
    EXPECT_EQ(region_host(bus->ram)[1000] & 0x3c, 0x3c);
    EXPECT_EQ(region_host(bus->ram)[1001], 0x3c);
}

TEST_ON(a_chip_without_power_does_nothing_until_power_on, bus)
{
    uint8_t in[1];

    plan_cut(bus, 1, 0, 0);
    program_eight_zeros(bus);
    region_host(bus->ram)[0] = 0x55;
    program_eight_zeros(bus);
    EXPECT_EQ(region_host(bus->ram)[0], 0x55);
    command(bus, (const uint8_t[]){0x03, 0, 0, 0}, 4, in, 1);
    EXPECT_EQ(in[0], 0xff);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus->device->outputs[NOR_POWER_LOST].level, 1);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus->device->outputs[NOR_POWER_LOST].level, 0);
    program_eight_zeros(bus);
    EXPECT_EQ(region_host(bus->ram)[0], 0);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 2);
}
