/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_data_vault;

/* Lock and value registers of each group, and which reset opens the lock. */
static const struct {
    uint32_t lock;
    uint32_t first;
    unsigned words;
    unsigned entries;
    enum reset_domain opens;
} groups[] = {
    {0x000, 0x028, 12, 10, RESET_POWER_ON},
    {0x208, 0x230, 12, 10, RESET_CORE    },
    {0x410, 0x438, 1,  10, RESET_CORE    },
    {0x480, 0x4a0, 1,  8,  RESET_POWER_ON},
};

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&caliptra_data_vault, NULL);
}

TEST(a_lock_holds_its_entry_and_no_other)
{
    for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
        unsigned last = groups[g].entries - 1;
        uint32_t address = groups[g].first + 4 * groups[g].words * last;
        uint32_t lock = groups[g].lock + 4 * last;
        OWNED(test_core_fini) struct test_core core;

        test_case("locks at 0x%x", groups[g].lock);
        test_core_init(&core, 0x0101, &caliptra_data_vault);
        test_write(core.device, address, 5);
        test_write(core.device, lock, 1);
        test_write(core.device, lock, 0);
        EXPECT_EQ(test_read(core.device, lock), 1);
        test_write(core.device, address, 6);
        test_write(core.device, address - 4, 7);
        EXPECT_EQ(test_read(core.device, address), 5);
        EXPECT_EQ(test_read(core.device, address - 4), 7);

        device_reset(core.device, RESET_WARM);
        EXPECT_EQ(test_read(core.device, lock),
                  groups[g].opens == RESET_POWER_ON);
        EXPECT_EQ(test_read(core.device, address), 5);
        device_reset(core.device, RESET_POWER_ON);
        EXPECT_EQ(test_read(core.device, lock), 0);
        EXPECT_EQ(test_read(core.device, address), 0);
    }
}

TEST(generic_scratch_is_lost_in_a_warm_reset_and_kept_in_a_core_reset)
{
    OWNED(test_core_fini) struct test_core core;

    test_core_init(&core, 0x0101, &caliptra_data_vault);
    test_write(core.device, 0x460, 5);
    device_reset(core.device, RESET_CORE);
    EXPECT_EQ(test_read(core.device, 0x460), 5);
    device_reset(core.device, RESET_WARM);
    EXPECT_EQ(test_read(core.device, 0x460), 0);
}

TEST(a_write_to_a_locked_entry_is_told)
{
    for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
        OWNED(test_core_fini) struct test_core core;
        OWNED(told_fini) struct told told;
        char expected[64];
        unsigned last = groups[g].entries - 1;

        test_case("locks at 0x%x", groups[g].lock);
        test_core_init(&core, 0x0101, &caliptra_data_vault);
        told_init(&told, core.device);
        test_write(core.device, groups[g].lock + 4 * last, 1);
        test_write(core.device, groups[g].first + 4 * (groups[g].words * last),
                   6);
        snprintf(expected, sizeof(expected),
                 "guest: device: entry %u is locked, not written\n", last);
        EXPECT_TOLD(&told, expected);
    }
}
