/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/pcr_vault.h"

#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

static const uint32_t value[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&caliptra_pcr_vault, NULL);
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_pcr_vault))

TEST_ON(software_reads_a_pcr_and_cannot_write_it, core)
{
    pcr_vault_extend(core->device, 31, value);
    test_write(core->device, 0x600 + 31 * 48, 0);
    EXPECT_EQ(test_read(core->device, 0x600 + 31 * 48), 1);
    EXPECT_EQ(test_read(core->device, 0x600 + 31 * 48 + 44), 12);
    EXPECT_EQ(core->fabric.events.count, 1);
    EXPECT_EQ(core->fabric.events.events[0].fact, FACT_PCR_EXTENDED);
    EXPECT_EQ(core->fabric.events.events[0].number, 31);
    EXPECT_EQ(core->fabric.events.events[0].digest.bytes[47], 12);
}

TEST_ON(a_locked_pcr_is_not_cleared_until_the_core_was_reset, core)
{
    pcr_vault_extend(core->device, 0, value);
    test_write(core->device, 0, 1);
    test_write(core->device, 0, 2);
    EXPECT_EQ(test_read(core->device, 0x600), 1);
    EXPECT_EQ(test_read(core->device, 0), 1);
    pcr_vault_extend(core->device, 0, value + 0);
    device_reset(core->device, RESET_CORE);
    EXPECT_EQ(test_read(core->device, 0x600), 1);
    test_write(core->device, 0, 3); /* clears by the lock as it was */
    EXPECT_EQ(test_read(core->device, 0x600), 0);
    EXPECT_EQ(test_read(core->device, 0), 1);
}

TEST_ON(pcrs_survive_warm_resets, core)
{
    pcr_vault_extend(core->device, 7, value);
    device_reset(core->device, RESET_WARM);
    EXPECT_EQ(test_read(core->device, 0x600 + 7 * 48), 1);
    device_reset(core->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(core->device, 0x600 + 7 * 48), 0);
}

TEST_ON(each_pcr_has_its_lock_and_its_words, core)
{
    static const uint32_t zero[12];
    OWNED(told_fini) struct told told;

    for (unsigned pcr = 0; pcr < 32; pcr++) {
        pcr_vault_extend(core->device, pcr, value);
        test_write(core->device, 4 * pcr, pcr % 2);
    }
    told_init(&told, core->device);
    for (unsigned pcr = 0; pcr < 32; pcr++) {
        char text[64];

        test_case("PCR %u", pcr);
        test_write(core->device, 4 * pcr, 2);
        EXPECT_EQ(test_read(core->device, 4 * pcr), pcr % 2);
        EXPECT_BYTES(pcr_vault_words(core->device, pcr),
                     pcr % 2 != 0 ? value : zero, sizeof(value));
        snprintf(text, sizeof(text),
                 "guest: device: PCR %u is locked, not cleared\n", pcr);
        EXPECT_TOLD(&told, pcr % 2 != 0 ? text : "");
    }
}

TEST_ON(reserved_bits_are_kept_until_a_warm_reset, core)
{
    test_write(core->device, 0, UINT32_MAX & ~3u);
    EXPECT_EQ(test_read(core->device, 0), 0xfc);
    device_reset(core->device, RESET_CORE);
    EXPECT_EQ(test_read(core->device, 0), 0xfc);
    test_write(core->device, 0, 0x54);
    EXPECT_EQ(test_read(core->device, 0), 0x54);
    device_reset(core->device, RESET_WARM);
    EXPECT_EQ(test_read(core->device, 0), 0);
}

TEST_ON(an_extend_is_told_with_the_whole_value, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    pcr_vault_extend(core->device, 3, value);
    EXPECT_TOLD(&told,
                "fact PCR_EXTENDED of 0x3 "
                "00000001000000020000000300000004000000050000000600000007000000"
                "08000000090000000a0000000b0000000c\n");
}
