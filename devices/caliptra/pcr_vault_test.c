/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/pcr_vault.h"

#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"

static const uint32_t value[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&caliptra_pcr_vault, NULL);
}

TEST(software_reads_a_pcr_and_cannot_write_it)
{
    struct test_core core;

    test_core_init(&core, 0x0101, &caliptra_pcr_vault);
    pcr_vault_extend(core.device, 31, value);
    test_write(core.device, 0x600 + 31 * 48, 0);
    EXPECT_EQ(test_read(core.device, 0x600 + 31 * 48), 1);
    EXPECT_EQ(test_read(core.device, 0x600 + 31 * 48 + 44), 12);
    EXPECT_EQ(core.fabric.events.count, 1);
    EXPECT_EQ(core.fabric.events.events[0].kind, EVENT_EXTEND);
    EXPECT_STR(core.fabric.events.events[0].subject, "PCR 31");
    EXPECT_EQ(core.fabric.events.events[0].digest[47], 12);
    test_core_fini(&core);
}

TEST(a_locked_pcr_is_not_cleared_until_the_core_was_reset)
{
    struct test_core core;

    test_core_init(&core, 0x0101, &caliptra_pcr_vault);
    pcr_vault_extend(core.device, 0, value);
    test_write(core.device, 0, 1);
    test_write(core.device, 0, 2);
    EXPECT_EQ(test_read(core.device, 0x600), 1);
    EXPECT_EQ(test_read(core.device, 0), 1);
    pcr_vault_extend(core.device, 0, value + 0);
    device_reset(core.device, RESET_CORE);
    EXPECT_EQ(test_read(core.device, 0x600), 1);
    test_write(core.device, 0, 3); /* clears by the lock as it was */
    EXPECT_EQ(test_read(core.device, 0x600), 0);
    EXPECT_EQ(test_read(core.device, 0), 1);
    test_core_fini(&core);
}

TEST(pcrs_survive_warm_resets)
{
    struct test_core core;

    test_core_init(&core, 0x0101, &caliptra_pcr_vault);
    pcr_vault_extend(core.device, 7, value);
    device_reset(core.device, RESET_WARM);
    EXPECT_EQ(test_read(core.device, 0x600 + 7 * 48), 1);
    device_reset(core.device, RESET_POWER_ON);
    EXPECT_EQ(test_read(core.device, 0x600 + 7 * 48), 0);
    test_core_fini(&core);
}
