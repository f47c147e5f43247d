/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/key_vault.h"

#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

enum { LOCK_WRITE = 1, LOCK_USE = 2, CLEAR = 4, CLEAR_SECRETS = 0xc00 };

static const uint32_t key[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static bool holds(struct device *vault, unsigned slot, const uint32_t *expected)
{
    uint32_t words[12];
    unsigned count;

    return key_vault_read(vault, slot, KEY_VAULT_HMAC_KEY, words, &count) &&
           memcmp(words, expected, sizeof(words)) == 0;
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&caliptra_key_vault, NULL);
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0101, &caliptra_key_vault))

TEST_ON(software_never_reads_or_writes_an_entry, core)
{
    EXPECT(key_vault_write(core->device, 3, key, 12, 1));
    test_write(core->device, 0x600 + 3 * 48, 0xffffffff);
    EXPECT_EQ(test_read(core->device, 0x600 + 3 * 48), 0);
    EXPECT(holds(core->device, 3, key));
}

TEST_ON(only_consumers_named_by_the_writer_may_read, core)
{
    uint32_t words[12];
    unsigned count;

    EXPECT(key_vault_write(core->device, 4, key, 12,
                           BIT(KEY_VAULT_ECC_SEED) | BIT(KEY_VAULT_ECC_KEY)));
    for (unsigned consumer = 0; consumer < KEY_VAULT_CONSUMERS; consumer++) {
        bool allowed = consumer >= KEY_VAULT_ECC_KEY;
        test_case("consumer %u", consumer);
        EXPECT_EQ(key_vault_read(core->device, 4, consumer, words, &count),
                  allowed);
        EXPECT_EQ(count, allowed ? 12 : 0);
        EXPECT_EQ(words[11], allowed ? 12 : 0);
    }
    EXPECT_EQ(test_read(core->device, 4 * 4), 0x18u << 9 | 11u << 17);
}

TEST_ON(a_short_write_keeps_the_rest_of_the_slot, core)
{
    static const uint32_t fe[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    static const uint32_t both[12] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 11, 12};

    EXPECT(key_vault_write(core->device, 1, key, 12, 3));
    EXPECT(key_vault_write(core->device, 1, fe, 8, 3));
    EXPECT(holds(core->device, 1, both));
    EXPECT_EQ(test_read(core->device, 4), 3u << 9 | 7u << 17);
}

TEST_ON(locks_hold_until_a_core_reset_and_refuse_write_use_and_clear, core)
{
    uint32_t words[12];
    unsigned count;

    key_vault_write(core->device, 0, key, 12, 1);
    key_vault_write(core->device, 1, key, 12, 1);
    test_write(core->device, 0, LOCK_WRITE);
    test_write(core->device, 4, LOCK_USE);
    test_write(core->device, 0, 0);
    EXPECT_EQ(test_read(core->device, 0) & 3, LOCK_WRITE);
    EXPECT(!key_vault_write(core->device, 0, key, 12, 1));
    EXPECT(!key_vault_write(core->device, 1, key, 12, 1));
    EXPECT(holds(core->device, 0, key));
    EXPECT(!key_vault_read(core->device, 1, KEY_VAULT_HMAC_KEY, words, &count));
    test_write(core->device, 0, CLEAR);
    test_write(core->device, 4, CLEAR);

    device_reset(core->device, RESET_CORE);
    EXPECT_EQ(test_read(core->device, 0) & 3, 0);
    EXPECT(holds(core->device, 0, key));
    EXPECT(holds(core->device, 1, key));
    test_write(core->device, 0, CLEAR | LOCK_USE);
    EXPECT_EQ(test_read(core->device, 0), LOCK_USE);
}

TEST_ON(keys_survive_warm_resets_and_no_power_cycle, core)
{
    key_vault_write(core->device, 5, key, 12, 1);
    device_reset(core->device, RESET_WARM);
    EXPECT(holds(core->device, 5, key));
    device_reset(core->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(core->device, 5 * 4), 0);
    EXPECT(!holds(core->device, 5, key));
}

TEST_BEGINS(entering_debug_fills_every_slot_locked_or_not, core)
{
    uint32_t pattern[12], other[12];

    memset(pattern, 0xaa, sizeof(pattern));
    memset(other, 0x55, sizeof(other));
    test_core_init(core, 0x0101, &caliptra_key_vault);
    for (unsigned slot = 0; slot < 32; slot++) {
        key_vault_write(core->device, slot, key, 12, 1);
    }
    test_write(core->device, 5 * 4, LOCK_WRITE);
    test_write(core->device, CLEAR_SECRETS, 1);
    EXPECT(holds(core->device, 6, key)); /* not in debug mode */

    device_input(core->device, 0, 1);
    for (unsigned slot = 0; slot < 32; slot++) {
        EXPECT(holds(core->device, slot, pattern));
    }
    test_write(core->device, CLEAR_SECRETS, 2); /* the value alone */
    EXPECT(holds(core->device, 6, pattern));
    test_write(core->device, CLEAR_SECRETS, 3);
    EXPECT_EQ(test_read(core->device, CLEAR_SECRETS), 2);
    for (unsigned slot = 0; slot < 32; slot++) {
        EXPECT(holds(core->device, slot, slot == 5 ? pattern : other));
    }
    test_write(core->device, CLEAR_SECRETS, 1);
    EXPECT_EQ(test_read(core->device, CLEAR_SECRETS), 0);
    EXPECT(holds(core->device, 6, pattern));
}

TEST(generation_2_has_fewer_but_wider_slots_and_more_consumers)
{
    static const struct {
        uint32_t generation, consumers, control;
    } cases[] = {
        {0x0200, 0x3f,  0x3fu << 9 | 15u << 17 },
        {0x0201, 0x1ff, 0x1ffu << 9 | 15u << 18},
    };
    uint32_t wide[KEY_VAULT_WIDE_WORDS], words[KEY_VAULT_WIDE_WORDS];
    unsigned count;

    memset(wide, 0x77, sizeof(wide));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("generation 0x%x", cases[i].generation);
        test_core_init(&core, cases[i].generation, &caliptra_key_vault);
        EXPECT(key_vault_write(core.device, 23, wide, 16, UINT32_MAX));
        EXPECT(!key_vault_write(core.device, 24, wide, 16, UINT32_MAX));
        EXPECT(key_vault_read_wide(core.device, 23, KEY_VAULT_AES_KEY, words,
                                   &count));
        EXPECT_EQ(count, 16);
        EXPECT_BYTES(words, wide, sizeof(wide));
        EXPECT_EQ(test_read(core.device, 23 * 4), cases[i].control);
        test_write(core.device, 24 * 4, UINT32_MAX);
        EXPECT_EQ(test_read(core.device, 24 * 4), 0);
    }
}

/* Every slot by itself: filled, then locked in each way. */
TEST_ON(each_slots_locks_are_its_own_and_are_told, core)
{
    OWNED(told_fini) struct told told;
    uint32_t words[12];
    unsigned count;

    told_init(&told, core->device);
    for (unsigned slot = 0; slot < 32; slot++) {
        uint32_t lock = slot % 4;
        char text[128];

        test_case("slot %u", slot);
        EXPECT(key_vault_write(core->device, slot, key, 12, 1));
        test_write(core->device, 4 * slot, lock);
        EXPECT_TOLD(&told, "");
        EXPECT_EQ(key_vault_write(core->device, slot, key, 12, 1), lock == 0);
        snprintf(text, sizeof(text),
                 "guest: device: slot %u is locked against writes\n", slot);
        EXPECT_TOLD(&told, lock != 0 ? text : "");
        EXPECT_EQ(key_vault_read(core->device, slot, KEY_VAULT_HMAC_KEY, words,
                                 &count),
                  (lock & LOCK_USE) == 0);
        snprintf(text, sizeof(text),
                 "guest: device: slot %u refused to consumer 0, locked\n",
                 slot);
        EXPECT_TOLD(&told, (lock & LOCK_USE) != 0 ? text : "");
        test_write(core->device, 4 * slot, CLEAR);
        snprintf(text, sizeof(text),
                 "guest: device: slot %u is locked, not cleared\n", slot);
        EXPECT_TOLD(&told, lock != 0 ? text : "");
        EXPECT_EQ(test_read(core->device, 4 * slot),
                  lock | (lock != 0 ? 1u << 9 | 11u << 17 : 0));
    }
    EXPECT(!key_vault_read(core->device, 0, KEY_VAULT_ECC_KEY, words, &count));
    EXPECT_TOLD(&told, "guest: device: slot 0 refused to consumer 3\n");
}

TEST_ON(reserved_bits_and_words_of_the_signing_slots, core)
{
    test_write(core->device, 0, UINT32_MAX & ~7u);
    EXPECT_EQ(test_read(core->device, 0), 0x1f8);
    device_reset(core->device, RESET_CORE);
    EXPECT_EQ(test_read(core->device, 0), 0x1f8);
    device_reset(core->device, RESET_WARM);
    EXPECT_EQ(test_read(core->device, 0), 0);
    key_vault_write(core->device, 7, key, 12, 1);
    EXPECT_BYTES(key_vault_signing_key(core->device), key, sizeof(key));
    key_vault_write(core->device, 8, key + 1, 8, 1);
    EXPECT_BYTES(key_vault_mldsa_signing_seed(core->device), key + 1, 32);
}

/* Signing reads its slots past all locks: what is cleared must be gone. */
TEST_BEGINS(a_cleared_slot_holds_zeros, core)
{
    static const uint32_t wide[16] = {1, 2,  3,  4,  5,  6,  7,  8,
                                      9, 10, 11, 12, 13, 14, 15, 16};

    test_core_init(core, 0x0200, &caliptra_key_vault);
    for (unsigned slot = 7; slot <= 8; slot++) {
        const uint32_t *words =
            slot == 7 ? key_vault_signing_key(core->device)
                      : key_vault_mldsa_signing_seed(core->device);

        test_case("slot %u", slot);
        EXPECT(key_vault_write(core->device, slot, wide, 16, 3));
        EXPECT_BYTES(words, wide, sizeof(wide));
        test_write(core->device, 4 * slot, CLEAR);
        for (unsigned i = 0; i < 16; i++) {
            EXPECT_EQ(words[i], 0);
        }
    }
}

TEST_ON(a_reset_ends_the_work_of_engines, core)
{
    key_vault_set_busy(core->device, KEY_VAULT_ENGINE_HMAC, true);
    EXPECT_EQ(core->device->outputs[0].level, 0);
    key_vault_set_busy(core->device, KEY_VAULT_ENGINE_ECC, true);
    EXPECT_EQ(core->device->outputs[0].level, 1);
    device_reset(core->device, RESET_WARM);
    EXPECT_EQ(core->device->outputs[0].level, 0);
    key_vault_set_busy(core->device, KEY_VAULT_ENGINE_ECC, true);
    EXPECT_EQ(core->device->outputs[0].level, 0);
}
