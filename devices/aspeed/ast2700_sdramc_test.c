/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/ast2700.h"
#include "base/bits.h"
#include "devices/test_bus.h"
#include "devices/test_spoil.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type ast2700_sdramc;

enum { PHY = 1, DRAM_LOCAL = 0x80000000, DRAM_SIZE = 256 << 20 };

static struct region *bus_memory; /* too small for this controller */

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus_memory = bus->ram;
    bus->ram = region_create("dram", DRAM_SIZE, &bus->error);
    bus->device = test_bus_make(bus, &ast2700_sdramc);
}

static void finish(struct test_bus *bus)
{
    test_bus_fini(bus);
    region_destroy(bus_memory);
}

static uint32_t phy_get(const struct test_bus *bus, uint32_t address)
{
    return (uint32_t)test_read_as(bus->device, (struct test_who){0, false}, PHY,
                                  2 * address, 2);
}

static void phy_set(const struct test_bus *bus, uint32_t address,
                    uint32_t value)
{
    test_write_as(bus->device, (struct test_who){0, false}, PHY, 2 * address, 2,
                  value);
}

FIXTURE(struct test_bus, bus, finish)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

/* The PHY is taken out of reset, then started; memory leaves self refresh, mode
 * registers are written, and the self test runs. */
TEST_ON(training_code_ends, bus)
{
    bus_set(bus, AST2700_SDRAMC_CONTROL, 0x10001); /* it is locked */
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), 0);
    bus_set(bus, AST2700_SDRAMC_KEY, AST2700_SDRAMC_UNLOCK);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_KEY), 1);
    bus_set(bus, AST2700_SDRAMC_CONTROL, 0x30001);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), 0);
    bus_set(bus, AST2700_SDRAMC_CONTROL, 0x10001);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), AST2700_SDRAMC_PHY_INIT);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_CONTROL), AST2700_SDRAMC_PHY_ON);
    bus_set(bus, AST2700_SDRAMC_CLEAR, 0xffff);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), 0);
    bus_set(bus, AST2700_SDRAMC_CONTROL, 0x10002);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), AST2700_SDRAMC_REFRESH_DONE);
    bus_set(bus, AST2700_SDRAMC_CLEAR, AST2700_SDRAMC_REFRESH_DONE);
    bus_set(bus, AST2700_SDRAMC_MODE, 0x303);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_MODE), 0x302);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), AST2700_SDRAMC_MODE_DONE);
    bus_set(bus, AST2700_SDRAMC_BIST, 0x3e);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_BIST_RESULT), 0);
    bus_set(bus, AST2700_SDRAMC_MASK, ~(uint32_t)AST2700_SDRAMC_BIST_DONE);
    bus_set(bus, AST2700_SDRAMC_BIST, 0x3f);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_BIST_RESULT),
              AST2700_SDRAMC_BIST_DONE);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 1);
    bus_set(bus, AST2700_SDRAMC_MASK, UINT32_MAX);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
    bus_set(bus, AST2700_SDRAMC_MASK, 0);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 1);
    bus_set(bus, AST2700_SDRAMC_CLEAR, UINT32_MAX);
    EXPECT_EQ(device_output(bus->device, "interrupt")->level, 0);
}

TEST_ON(writes_to_a_locked_controller_are_lost, bus)
{
    static const uint32_t offsets[] = {
        AST2700_SDRAMC_CONFIG, AST2700_SDRAMC_CONTROL, AST2700_SDRAMC_MODE,
        AST2700_SDRAMC_BIST};

    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        test_case("0x%x", offsets[i]);
        bus_set(bus, offsets[i], 0x20);
        EXPECT_EQ(bus_get(bus, offsets[i]), 0);
        EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 2 * i + 1);
        bus_set(bus, AST2700_SDRAMC_KEY, AST2700_SDRAMC_UNLOCK);
        bus_set(bus, offsets[i], 0x20);
        EXPECT_EQ(bus_get(bus, offsets[i]), 0x20);
        EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 2 * i + 1);
        bus_set(bus, AST2700_SDRAMC_KEY, AST2700_SDRAMC_UNLOCK + 1);
        bus_set(bus, offsets[i], 0);
        EXPECT_EQ(bus_get(bus, offsets[i]), 0x20);
    }
}

TEST(each_start_says_that_it_is_done_while_the_phy_is_on)
{
    static const struct {
        uint32_t control;
        uint32_t status;
        bool wrong;
    } rows[] = {
        {0x10000, 0,      false},
        {0x10001, 0x0001, false},
        {0x10002, 0x0400, false},
        {0x10004, 0x1000, false},
        {0x10008, 0x0800, false},
        {0x1000f, 0x1c01, false},
        {0x00001, 0,      true },
        {0x20001, 0,      true },
        {0x30001, 0,      true },
        {0x30000, 0,      false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(finish) struct test_bus bus;

        test_case("0x%x", rows[i].control);
        start(&bus);
        bus_set(&bus, AST2700_SDRAMC_KEY, AST2700_SDRAMC_UNLOCK);
        bus_set(&bus, AST2700_SDRAMC_CONTROL, rows[i].control);
        EXPECT_EQ(bus_get(&bus, AST2700_SDRAMC_STATUS), rows[i].status);
        EXPECT_EQ(bus_get(&bus, AST2700_SDRAMC_CONTROL),
                  rows[i].control & ~0xfu);
        EXPECT_EQ(bus.fabric.log.count[LOG_GUEST], rows[i].wrong);
    }
}

TEST_ON(a_self_test_that_is_set_up_anew_has_no_result, bus)
{
    bus_set(bus, AST2700_SDRAMC_KEY, AST2700_SDRAMC_UNLOCK);
    bus_set(bus, AST2700_SDRAMC_BIST, 3);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_BIST_RESULT),
              AST2700_SDRAMC_BIST_DONE);
    bus_set(bus, AST2700_SDRAMC_BIST, 1);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_BIST_RESULT), 0);
    bus_set(bus, AST2700_SDRAMC_MODE, 2);
    EXPECT_EQ(bus_get(bus, AST2700_SDRAMC_STATUS), AST2700_SDRAMC_BIST_DONE);
}

TEST(the_size_of_memory_is_a_power_of_two_from_256_mib)
{
    static const struct {
        uint64_t mib;
        int code;
        uint32_t config;
    } rows[] = {
        {128,  -EINVAL, 0     },
        {256,  0,       0     },
        {384,  -EINVAL, 0     },
        {512,  0,       1 << 2},
        {1024, 0,       2 << 2},
        {8192, 0,       5 << 2},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(finish) struct test_bus bus;

        test_case("%u MiB", (unsigned)rows[i].mib);
        test_bus_init(&bus);
        bus_memory = bus.ram;
        bus.ram = region_create("dram", rows[i].mib << 20, &bus.error);
        bus.device = test_bus_create(&bus, &ast2700_sdramc);
        EXPECT_EQ(device_init(bus.device, &bus.error), rows[i].code);
        device_reset(bus.device, RESET_POWER_ON);
        if (rows[i].code == 0) {
            EXPECT_EQ(bus_get(&bus, AST2700_SDRAMC_CONFIG), rows[i].config);
        }
    }
}

/* Twice, as for one and for two dimensions. */
TEST_ON(the_phy_says_by_mailbox_that_training_succeeded, bus)
{
    for (int i = 0; i < 2; i++) {
        phy_set(bus, AST2700_PHY_ACKNOWLEDGE, 1);
        EXPECT_EQ(phy_get(bus, AST2700_PHY_MESSAGE_PENDING), 1);
        phy_set(bus, AST2700_PHY_MICRO_RESET, 9);
        phy_set(bus, AST2700_PHY_MICRO_RESET, 1);
        EXPECT_EQ(phy_get(bus, AST2700_PHY_MESSAGE), 0);
        phy_set(bus, AST2700_PHY_MICRO_RESET, 0);
        EXPECT_EQ(phy_get(bus, AST2700_PHY_MESSAGE_PENDING), 0);
        EXPECT_EQ(phy_get(bus, AST2700_PHY_MESSAGE), AST2700_PHY_TRAINED);
        phy_set(bus, AST2700_PHY_ACKNOWLEDGE, 0);
        EXPECT_EQ(phy_get(bus, AST2700_PHY_MESSAGE_PENDING), 1);
        phy_set(bus, AST2700_PHY_ACKNOWLEDGE, 1);
        phy_set(bus, AST2700_PHY_MICRO_RESET, 1);
        EXPECT_EQ(phy_get(bus, 0x5800a), 0); /* the result block */
    }
}

/* A word that is written one size behind the base is found at the base. */
TEST_ON(memory_is_at_its_multiples_up_to_the_end_of_32_bits, bus)
{
    struct window window = {
        .base = gpa(DRAM_LOCAL),
        .size_bytes = DRAM_SIZE,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .enabled = true,
    };
    uint64_t value = 0;

    struct space *space = space_create(&bus->fabric, "mcu");
    window.region = bus_memory;
    EXPECT_EQ(ast2700_sdramc.gate(bus->device, 0, space, &window, &bus->error),
              -EINVAL);
    window.region = bus->ram;
    EXPECT_EQ(ast2700_sdramc.gate(bus->device, 1, space, &window, &bus->error),
              -EINVAL);
    window.size_bytes /= 2; /* a part of the memory is there once */
    EXPECT_EQ(ast2700_sdramc.gate(bus->device, 0, space, &window, &bus->error),
              0);
    EXPECT(space->windows == NULL);
    window.size_bytes = DRAM_SIZE;
    EXPECT_EQ(ast2700_sdramc.gate(bus->device, 0, space, &window, &bus->error),
              0);
    space_add_window(space, &window);
    space_write(space, NULL, gpa(0xc0000000), 4, 0xdeadbeef);
    space_read(space, NULL, gpa(DRAM_LOCAL), 4, &value);
    EXPECT_EQ(value, 0xdeadbeef);
    EXPECT_EQ(space_read(space, NULL, gpa(0xfffffffc), 4, &value), 0);
    EXPECT(space_read(space, NULL, gpa(0x100000000), 4, &value) != 0);
    device_destroy(bus->device);
    bus->device = /* by itself it shows none */
        device_create(&bus->fabric, &ast2700_sdramc, "device", NULL, NULL);
    EXPECT_EQ(device_init(bus->device, &bus->error), 0);
    window.region = NULL;
    EXPECT_EQ(ast2700_sdramc.gate(bus->device, 0, space, &window, &bus->error),
              -EINVAL);
    space_destroy(space);
}

TEST_ON(states_that_somebody_made_up_end_in_nothing_worse, bus)
{
    for (unsigned i = 0; i < 500; i++) {
        test_spoil(bus->device);
        bus_set(bus, AST2700_SDRAMC_CONTROL, UINT32_MAX);
        phy_set(bus, AST2700_PHY_MICRO_RESET, 0);
        EXPECT(phy_get(bus, AST2700_PHY_MESSAGE) <= AST2700_PHY_TRAINED);
        EXPECT(test_restores(bus->device));
    }
}
