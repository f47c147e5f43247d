/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type soc_services;

enum {
    REQUEST = 0x000,
    PENDING = 0x020,
    ARGUMENT = 0x100,
    RESULT = 0x200,
    START = 0x300,
};

/* As each side sees it. */
static const struct access core = {.view = 0, .secure = true};
static const struct access boot_mcu = {.view = 1, .secure = true};

static uint32_t read(struct test_bus *bus, const struct access *access,
                     uint64_t offset)
{
    uint64_t value = 0;
    EXPECT_EQ(device_read(bus->device, 0, access, offset, 4, &value), 0);
    return (uint32_t)value;
}

static void write(struct test_bus *bus, const struct access *access,
                  uint64_t offset, uint32_t value)
{
    EXPECT_EQ(device_write(bus->device, 0, access, offset, 4, value), 0);
}

static uint32_t doorbell(const struct test_bus *bus)
{
    return device_output(bus->device, "doorbell")->level;
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &soc_services))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(a_request_rings_until_the_boot_mcu_takes_it_back, bus)
{
    write(bus, &core, ARGUMENT + 32 * 3 + 4, 0x1234);
    write(bus, &core, REQUEST + 4 * 3, 7);
    EXPECT_EQ(doorbell(bus), 1);
    EXPECT_EQ(read(bus, &boot_mcu, PENDING), 8);
    EXPECT_EQ(read(bus, &boot_mcu, ARGUMENT + 32 * 3 + 4), 0x1234);
    write(bus, &boot_mcu, RESULT + 16 * 3, 0x55);
    EXPECT_EQ(read(bus, &core, REQUEST + 4 * 3), 7);
    write(bus, &boot_mcu, REQUEST + 4 * 3, 0);
    EXPECT_EQ(doorbell(bus), 0);
    EXPECT_EQ(read(bus, &core, REQUEST + 4 * 3), 0);
    EXPECT_EQ(read(bus, &core, RESULT + 16 * 3), 0x55);
}

TEST_ON(two_cores_ask_at_once_on_channels_of_their_own, bus)
{
    write(bus, &core, REQUEST + 4 * 0, 1);
    write(bus, &core, REQUEST + 4 * 7, 2);
    EXPECT_EQ(read(bus, &boot_mcu, PENDING), 0x81);
    write(bus, &boot_mcu, REQUEST + 4 * 0, 0);
    EXPECT_EQ(doorbell(bus), 1);
    EXPECT_EQ(read(bus, &boot_mcu, PENDING), 0x80);
}

TEST_ON(a_request_under_way_is_not_replaced, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    write(bus, &core, REQUEST, 1);
    EXPECT_TOLD(&told, "doorbell = 1\n");
    write(bus, &core, REQUEST, 2);
    write(bus, &core, REQUEST, 0);
    EXPECT_EQ(read(bus, &boot_mcu, REQUEST), 1);
    write(bus, &boot_mcu, REQUEST + 4, 9);
    EXPECT_EQ(read(bus, &core, REQUEST + 4), 0);
    EXPECT_TOLD(&told,
                "guest: device: channel 0 has a request already\n"
                "guest: device: channel 0 has a request already\n"
                "guest: device: the boot MCU requests on channel 1\n");
    write(bus, &boot_mcu, REQUEST, 0);
    EXPECT_TOLD(&told, "doorbell = 0\n");
}

/* Arguments are no request, whatever lies behind the last channel. */
TEST_ON(only_requests_are_pending, bus)
{
    for (unsigned i = 0; i < 64; i++) {
        write(bus, &core, ARGUMENT + 4 * i, UINT32_MAX);
    }
    EXPECT_EQ(read(bus, &boot_mcu, PENDING), 0);
    for (unsigned i = 0; i < 8; i++) {
        write(bus, &core, REQUEST + 4 * i, 1);
        EXPECT_EQ(read(bus, &boot_mcu, PENDING), (2u << i) - 1);
    }
}

TEST_ON(each_side_writes_its_own_words_only, bus)
{
    write(bus, &boot_mcu, ARGUMENT, 1);
    write(bus, &core, RESULT, 1);
    write(bus, &core, START, 1);
    EXPECT_EQ(read(bus, &core, ARGUMENT), 0);
    EXPECT_EQ(read(bus, &core, RESULT), 0);
    EXPECT_EQ(read(bus, &core, START), 0);
    write(bus, &boot_mcu, START + 4, 0x80000);
    EXPECT_EQ(read(bus, &core, START + 4), 0x80000);
}

TEST_ON(a_warm_reset_forgets_requests, bus)
{
    write(bus, &core, REQUEST, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(doorbell(bus), 0);
    EXPECT_EQ(read(bus, &boot_mcu, PENDING), 0);
}
