/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/flash/nor.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type cfi_flash;

enum { BLOCK = 256 << 10, STATUS = 0x00800080 };
static const struct test_who cpu = {0, false};

static void start(struct test_bus *bus)
{
    test_bus_start(bus, &cfi_flash);
    struct window window = {
        .base = gpa(0),
        .size_bytes = TEST_RAM_SIZE,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .enabled = true,
        .region = cfi_flash.memory(bus->device, 0),
        .device = bus->device,
    };
    space_add_window(bus->space, &window);
}

static uint32_t peek(struct test_bus *bus, uint64_t address)
{
    uint64_t value;

    EXPECT_EQ(space_read(bus->space, NULL, gpa(address), 4, &value), 0);
    return (uint32_t)value;
}

static void poke(struct test_bus *bus, uint64_t address, uint32_t value)
{
    EXPECT_EQ(space_write(bus->space, NULL, gpa(address), 4, value), 0);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

/* Answers as QEMU 7.2 gives them. */
TEST_ON(the_query_describes_two_chips_of_32_MiB, bus)
{
    static const struct {
        uint32_t address;
        uint32_t value;
    } answers[] = {
        {0x40, 0x00510051},
        {0x44, 0x00520052},
        {0x48, 0x00590059},
        {0x4c, 0x00010001},
        {0x54, 0x00310031},
        {0x9c, 0x00190019},
        {0xa8, 0x000b000b},
        {0xb0, 0x00010001},
        {0xb4, 0x00ff00ff},
        {0xbc, 0x00000000},
        {0xc0, 0x00020002},
        {0xc4, 0x00500050},
    };

    poke(bus, 0x154, 0x00980098);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        EXPECT_EQ(peek(bus, answers[i].address), answers[i].value);
    }
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, 0x40, 2), 0x51);
    poke(bus, 0, 0x00900090);
    EXPECT_EQ(peek(bus, 0), 0x00890089);
    EXPECT_EQ(peek(bus, 4), 0x00180018);
    EXPECT_EQ(peek(bus, BLOCK + 8), 0);
    poke(bus, 0, 0x00ff00ff);
    EXPECT_EQ(peek(bus, 0x40), 0);
}

TEST_ON(a_command_hides_the_memory_and_read_array_shows_it, bus)
{
    struct span span;

    EXPECT_EQ(space_span(bus->space, gpa(0), &span), 0);
    EXPECT_EQ(span.rights & WINDOW_W, 0);
    poke(bus, 0, 0x70);
    EXPECT_EQ(space_span(bus->space, gpa(0), &span), -EFAULT);
    EXPECT_EQ(peek(bus, 0x1234), STATUS);
    poke(bus, 0, 0xff);
    EXPECT_EQ(space_span(bus->space, gpa(0), &span), 0);
}

TEST_ON(erasing_sets_a_block_and_programming_clears_bits, bus)
{
    poke(bus, BLOCK + 0x100, 0x00200020);
    poke(bus, BLOCK + 0x100, 0x00d000d0);
    EXPECT_EQ(peek(bus, 0), STATUS);
    poke(bus, 0, 0x00ff00ff);
    EXPECT_EQ(peek(bus, BLOCK - 4), 0);
    EXPECT_EQ(peek(bus, BLOCK), UINT32_MAX);
    EXPECT_EQ(peek(bus, 2 * BLOCK - 4), UINT32_MAX);
    EXPECT_EQ(peek(bus, 2 * BLOCK), 0);
    poke(bus, BLOCK, 0x00400040);
    poke(bus, BLOCK, 0x12345678);
    poke(bus, 0, 0x00ff00ff);
    EXPECT_EQ(peek(bus, BLOCK), 0x12345678);
    poke(bus, BLOCK, 0x00100010);
    poke(bus, BLOCK, 0xffff0000);
    poke(bus, 0, 0x00500050);
    EXPECT_EQ(peek(bus, BLOCK), 0x12340000);
    /* not confirmed: nothing is erased and the status tells */
    poke(bus, BLOCK, 0x00200020);
    poke(bus, BLOCK, 0x00ff00ff);
    EXPECT_EQ(peek(bus, BLOCK), 0x00b000b0);
    poke(bus, 0, 0x00500050);
    EXPECT_EQ(peek(bus, BLOCK), 0x12340000);
}

TEST_ON(a_buffer_is_programmed_on_confirmation, bus)
{
    poke(bus, 0, 0x20);
    poke(bus, 0, 0xd0);
    poke(bus, 0x1000, 0x00e800e8);
    EXPECT_EQ(peek(bus, 0x1000), STATUS);
    poke(bus, 0x1000, 0x00020002); /* three words */
    for (uint32_t i = 0; i < 3; i++) {
        poke(bus, 0x1010 + 4 * i, i * 0x01010101);
    }
    poke(bus, 0x1000, 0x00d000d0);
    EXPECT_EQ(peek(bus, 0x1000), STATUS);
    poke(bus, 0, 0xff);
    EXPECT_EQ(peek(bus, 0x100c), UINT32_MAX);
    EXPECT_EQ(peek(bus, 0x1010), 0);
    EXPECT_EQ(peek(bus, 0x1018), 0x02020202);
    EXPECT_EQ(peek(bus, 0x101c), UINT32_MAX);
    /* words of two buffers, and a count that is too large */
    poke(bus, 0x1000, 0xe8);
    poke(bus, 0x1000, 1);
    poke(bus, 0x1000, 0);
    poke(bus, 0x2000, 0);
    poke(bus, 0x1000, 0xd0);
    EXPECT_EQ(peek(bus, 0), 0x00b000b0);
    poke(bus, 0, 0x50);
    poke(bus, 0, 0xe8);
    poke(bus, 0, 0xffff);
    EXPECT_EQ(peek(bus, 0), 0x00b000b0);
    poke(bus, 0, 0x50);
    EXPECT_EQ(peek(bus, 0x1000), UINT32_MAX);
}

static void start_cut(struct test_bus *bus, uint32_t operation, uint32_t byte,
                      uint32_t seed)
{
    start(bus);
    memset(region_host(bus->ram), 0xff, TEST_RAM_SIZE);
    device_input(bus->device, NOR_CUT_OPERATION, operation);
    device_input(bus->device, NOR_CUT_BYTE, byte);
    device_input(bus->device, NOR_CUT_SEED, seed);
}

static void program(struct test_bus *bus, uint64_t address, uint32_t value)
{
    poke(bus, address, 0x00400040);
    poke(bus, address, value);
    poke(bus, 0, 0x00ff00ff);
}

static void program_buffer_of_zeros(struct test_bus *bus, uint64_t address,
                                    uint32_t words)
{
    poke(bus, address, 0x00e800e8);
    poke(bus, address, words - 1);
    for (uint32_t i = 0; i < words; i++) {
        poke(bus, address + 4 * i, 0);
    }
    poke(bus, address, 0x00d000d0);
}

static void erase(struct test_bus *bus, uint64_t address)
{
    poke(bus, address, 0x00200020);
    poke(bus, address, 0x00d000d0);
    poke(bus, address, 0x00ff00ff);
}

TEST_BEGINS(words_buffers_and_blocks_are_one_operation_each, bus)
{
    start_cut(bus, 0, 0, 0);
    program(bus, 0x10, 0);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 1);
    program_buffer_of_zeros(bus, 0x1000, 16);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 2);
    erase(bus, BLOCK);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 3);
    /* what is refused is none: an erase that is not confirmed */
    poke(bus, 0, 0x00200020);
    poke(bus, 0, 0x00ff00ff);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 3);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 3);
}

TEST(power_is_cut_at_any_byte_of_a_buffer)
{
    for (unsigned byte = 0; byte <= 12; byte++) {
        OWNED(test_bus_fini) struct test_bus bus;
        test_case("byte %u", byte);
        start_cut(&bus, 2, byte, 5);
        program(&bus, 0, 0);
        EXPECT_EQ(bus.device->outputs[NOR_POWER_LOST].level, 0);
        program_buffer_of_zeros(&bus, 0x2010, 3);
        EXPECT_EQ(bus.device->outputs[NOR_POWER_LOST].level, 1);
        EXPECT_EQ(region_host(bus.ram)[0x200f], 0xff);
        for (unsigned i = 0; i < 12; i++) {
            if (i != byte) {
                EXPECT_EQ(region_host(bus.ram)[0x2010 + i],
                          i < byte ? 0 : 0xff);
            }
        }
        REQUIRE(bus.fabric.events.count == 1);
        EXPECT_EQ(bus.fabric.events.events[0].fact, FACT_FLASH_POWER_CUT);
    }
}

TEST(the_torn_byte_of_a_word_is_the_seeds)
{
    unsigned different = 0;
    uint8_t first = 0;

    for (uint32_t seed = 0; seed < 8; seed++) {
        uint8_t torn[2];
        for (unsigned run = 0; run < 2; run++) {
            OWNED(test_bus_fini) struct test_bus bus;
            start_cut(&bus, 1, 1, seed);
            program(&bus, 0x40, 0);
            EXPECT_EQ(region_host(bus.ram)[0x40], 0);
            EXPECT_EQ(region_host(bus.ram)[0x42], 0xff);
            torn[run] = region_host(bus.ram)[0x41];
        }
        EXPECT_EQ(torn[0], torn[1]);
        first = seed == 0 ? torn[0] : first;
        different += torn[0] != first;
    }
    EXPECT(different > 4);
}

TEST_BEGINS(a_torn_block_erase_leaves_what_it_did_not_reach, bus)
{
    start_cut(bus, 1, 5000, 1);
    memset(region_host(bus->ram), 0x3c, TEST_RAM_SIZE);
    erase(bus, BLOCK);
    EXPECT_EQ(region_host(bus->ram)[BLOCK - 1], 0x3c);
    EXPECT_EQ(region_host(bus->ram)[BLOCK], 0xff);
    EXPECT_EQ(region_host(bus->ram)[BLOCK + 4999], 0xff);
    EXPECT_EQ(region_host(bus->ram)[BLOCK + 5000] & 0x3c, 0x3c);
    EXPECT_EQ(region_host(bus->ram)[BLOCK + 5001], 0x3c);
}

TEST_BEGINS(a_bank_without_power_reads_as_ones_until_power_on, bus)
{
    struct span span;

    start_cut(bus, 1, 0, 0);
    program(bus, 0, 0);
    region_host(bus->ram)[4] = 0x55;
    EXPECT_EQ(space_span(bus->space, gpa(0), &span), -EFAULT);
    EXPECT_EQ(peek(bus, 4), UINT32_MAX);
    program(bus, 4, 0);
    EXPECT_EQ(region_host(bus->ram)[4], 0x55);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus->device->outputs[NOR_POWER_LOST].level, 1);
    EXPECT_EQ(peek(bus, 4), UINT32_MAX);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus->device->outputs[NOR_POWER_LOST].level, 0);
    EXPECT_EQ(space_span(bus->space, gpa(0), &span), 0);
    EXPECT_EQ(peek(bus, 4), 0xffffff55);
    program(bus, 4, 0);
    EXPECT_EQ(peek(bus, 4), 0);
    EXPECT_EQ(bus->device->outputs[NOR_OPERATIONS].level, 2);
}
