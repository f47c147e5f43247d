/* SPDX-License-Identifier: Apache-2.0 */
/* The registers around the slots, which devices/sd/sdhci_test.c tests. */
#include "devices/sd/sdhci.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type aspeed_sdc;

enum { SDIO140 = 0x10, SDIO240 = 0x20, IRQ_STAT = 0xfc };

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&aspeed_sdc, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &aspeed_sdc))

TEST_ON(the_interrupts_of_both_slots_are_one, bus)
{
    static const struct {
        uint32_t slots[2];
        uint32_t pending;
    } rows[] = {
        {{0, 0}, 0},
        {{1, 0}, 1},
        {{1, 1}, 3},
        {{0, 1}, 2},
        {{0, 0}, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%zu", i);
        device_input(bus->device, 0, rows[i].slots[0]);
        device_input(bus->device, 1, rows[i].slots[1]);
        EXPECT_EQ(test_read(bus->device, 0, IRQ_STAT), rows[i].pending);
        EXPECT_EQ(bus->device->outputs[0].level, rows[i].pending != 0);
    }
    /* The slots' lines outlast a reset of what is around them. */
    bus->device->input_levels[1] = 1;
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
}

TEST_ON(each_slot_has_capabilities_that_software_may_change, bus)
{
    const struct sdhci_slots *slots = bus->device->type->interface;
    for (unsigned slot = 0; slot < 2; slot++) {
        test_case("slot %u", slot);
        EXPECT_EQ(slots->capability(bus->device, slot, 0), 0x19f80080);
        EXPECT_EQ(slots->capability(bus->device, slot, 1), 7);
        EXPECT_EQ(slots->capability(bus->device, slot, 2), 0);
    }
    for (uint32_t number = 0; number < 3; number++) {
        test_write(bus->device, 0, SDIO140 + 4 * number, 0x100 + number);
        test_write(bus->device, 0, SDIO240 + 4 * number, 0x200 + number);
    }
    for (unsigned number = 0; number < 3; number++) {
        test_case("number %u", number);
        EXPECT_EQ(slots->capability(bus->device, 0, number), 0x100 + number);
        EXPECT_EQ(slots->capability(bus->device, 1, number), 0x200 + number);
    }
}
