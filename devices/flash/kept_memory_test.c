/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/region.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type kept_memory;

enum { GRANULE = 4096 };

static void start(struct test_bus *bus, uint32_t operation, uint32_t byte)
{
    test_bus_start(bus, &kept_memory);
    device_reset(bus->device, RESET_POWER_ON);
    device_input(bus->device, 1, byte);
    device_input(bus->device, 2, 7);
    device_input(bus->device, 0, operation);
}

static uint64_t peek(struct test_bus *bus, uint64_t address)
{
    uint64_t value;
    EXPECT_EQ(space_read(bus->space, NULL, gpa(TEST_RAM + address), 4, &value),
              0);
    return value;
}

static void poke(struct test_bus *bus, uint64_t address, uint32_t value)
{
    EXPECT_EQ(space_write(bus->space, NULL, gpa(TEST_RAM + address), 4, value),
              0);
}

static uint32_t operations(const struct test_bus *bus)
{
    return bus->device->outputs[0].level;
}

static bool is_lost(const struct test_bus *bus)
{
    return bus->device->outputs[1].level != 0;
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, 0, 0))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(without_a_plan_guests_write_the_memory_themselves, bus)
{
    EXPECT(bus->ram->writable);
    poke(bus, 0, 1);
    EXPECT_EQ(peek(bus, 0), 1);
    EXPECT_EQ(operations(bus), 0);
}

TEST_BEGINS(stores_that_go_on_are_one_operation_up_to_a_multiple_of_its_size,
            bus)
{
    static const struct {
        uint64_t address;
        uint32_t operations;
    } rows[] = {
        {0x100,       1}, /* begins */
        {0x104,       1}, /* goes on */
        {0x10c,       2}, /* leaves a gap */
        {0x108,       3}, /* goes back */
        {0x10c,       3},
        {GRANULE - 4, 4},
        {GRANULE,     5}, /* goes on behind the end */
        {0x20000,     6},
    };
    start(bus, 100, 0);
    EXPECT(!bus->ram->writable);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        poke(bus, rows[i].address, (uint32_t)i + 1);
        EXPECT_EQ(peek(bus, rows[i].address), i + 1);
        EXPECT_EQ(operations(bus), rows[i].operations);
    }
    EXPECT(!is_lost(bus));
}

/* Operation 2 are three words at 0x200. */
static void write_all(struct test_bus *bus)
{
    poke(bus, 0x100, 0xffffffff);
    for (uint32_t at = 0; at < 12; at += 4) {
        poke(bus, 0x200 + at, 0xffffffff);
    }
    poke(bus, 0x300, 0xffffffff);
}

TEST(power_is_lost_at_any_byte_of_an_operation)
{
    for (uint32_t byte = 0; byte < 12; byte++) {
        OWNED(test_bus_fini) struct test_bus bus;
        test_case("byte %u", byte);
        start(&bus, 2, byte);
        write_all(&bus);
        const uint8_t *bytes = region_host(bus.ram) + 0x200;
        for (uint32_t i = 0; i < 12; i++) {
            EXPECT(i < byte   ? bytes[i] == 0xff
                   : i > byte ? bytes[i] == 0
                              : bytes[i] != 0xff);
        }
        EXPECT_EQ(peek(&bus, 0x100), 0xffffffff);
        EXPECT_EQ(peek(&bus, 0x300), 0);
        EXPECT(is_lost(&bus));
        EXPECT_EQ(operations(&bus), 2);
    }
}

TEST_BEGINS(a_byte_behind_the_operation_cuts_before_the_next, bus)
{
    start(bus, 2, 999);
    write_all(bus);
    EXPECT_EQ(peek(bus, 0x208), 0xffffffff);
    EXPECT_EQ(peek(bus, 0x300), 0);
    EXPECT(is_lost(bus));
}

TEST_BEGINS(power_that_returns_is_not_cut_again, bus)
{
    start(bus, 2, 0);
    write_all(bus);
    EXPECT(!bus->ram->writable);
    device_reset(bus->device, RESET_CORE);
    EXPECT(is_lost(bus));
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT(!is_lost(bus));
    EXPECT(bus->ram->writable);
    write_all(bus);
    EXPECT_EQ(peek(bus, 0x300), 0xffffffff);
}
