/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type soc_fuses;

enum { ADDRESS = 4, BURN = 8, LOCK = 12, ARRAY = 1 };

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, &soc_fuses);
}

static void burn(struct test_bus *bus, uint32_t address, uint32_t value)
{
    test_write(bus->device, 0, ADDRESS, address);
    test_write(bus->device, 0, BURN, value);
}

TEST(the_tables_promises_hold)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_DEVICE(bus.device, NULL);
    test_bus_fini(&bus);
}

static const struct {
    uint32_t lock;
    bool burns;
    bool shows_secrets;
} locks[] = {
    {0, true,  true },
    {1, false, true },
    {2, true,  false},
    {3, false, false},
};

TEST(bits_are_burnt_and_never_come_back)
{
    struct test_bus bus;
    struct told told;

    start(&bus);
    told_init(&told, bus.device);
    burn(&bus, 0x100, 0x0f);
    burn(&bus, 0x100, 0x30);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0x3f);
    burn(&bus, 0x100, 0);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0x3f);
    device_reset(bus.device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0x3f);
    EXPECT_TOLD(&told,
                "fact FUSE_BURNT 0x100 0xf\n"
                "fact FUSE_BURNT 0x100 0x3f\n"
                "fact FUSE_BURNT 0x100 0x3f\n");
    told_fini(&told);
    test_bus_fini(&bus);
}

TEST(the_last_word_burns_and_is_the_end)
{
    struct test_bus bus;
    uint64_t value;
    struct access access = {0};

    start(&bus);
    burn(&bus, 0xffc, 0x80000001);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0xffc), 0x80000001);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0xff8), 0);
    EXPECT(device_read(bus.device, ARRAY, &access, 0x1000, 4, &value) != 0);
    test_bus_fini(&bus);
}

TEST(the_array_itself_is_not_written)
{
    struct test_bus bus;
    struct told told;

    start(&bus);
    told_init(&told, bus.device);
    test_write(bus.device, ARRAY, 0x100, 5);
    EXPECT_EQ(test_read(bus.device, ARRAY, 0x100), 0);
    EXPECT_TOLD(&told,
                "guest: device: 0x5 written to fuses: they are burnt by "
                "BURN\n");
    told_fini(&told);
    test_bus_fini(&bus);
}

/* Secrets are the first 0x50 bytes. */
TEST(each_lock_closes_its_own_until_a_reset)
{
    for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
        struct test_bus bus;
        struct told told;

        test_case("lock %u", locks[i].lock);
        start(&bus);
        burn(&bus, 0, 0x1234);
        burn(&bus, 0x4c, 0x5678);
        burn(&bus, 0x50, 0x9abc);
        test_write(bus.device, 0, LOCK, locks[i].lock);
        test_write(bus.device, 0, LOCK, 0);
        told_init(&told, bus.device);
        burn(&bus, 0x60, 1);
        EXPECT_TOLD(&told, locks[i].burns
                               ? "fact FUSE_BURNT 0x60 0x1\n"
                               : "guest: device: burning is locked\n");
        told_fini(&told);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x60), locks[i].burns);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0),
                  locks[i].shows_secrets ? 0x1234 : 0);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x4c),
                  locks[i].shows_secrets ? 0x5678 : 0);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x50), 0x9abc);
        device_reset(bus.device, RESET_WARM);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0), 0x1234);
        burn(&bus, 0x60, 2);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x60), locks[i].burns ? 3 : 2);
        test_bus_fini(&bus);
    }
}

TEST(a_memory_is_needed)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_EQ(device_init(bus.device, &bus.error), 0);
    region_destroy(bus.ram);
    bus.ram = NULL;
    EXPECT_EQ(device_init(bus.device, &bus.error), -ENOENT);
    EXPECT_STR(bus.error.text,
               "device: needs property 'cairn,memory' to name a memory");
    test_bus_fini(&bus);
}
