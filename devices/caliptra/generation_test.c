/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/generation.h"

#include "base/bits.h"
#include "devices/caliptra/key_vault.h"
#include "devices/caliptra/soc_ifc.h"
#include "tests/harness.h"

TEST(a_number_finds_the_last_release_that_is_not_above_it)
{
    static const struct {
        uint32_t number, release;
    } cases[] = {
        {0,              GENERATION_1_0},
        {0x00ff,         GENERATION_1_0},
        {GENERATION_1_0, GENERATION_1_0},
        {GENERATION_1_1, GENERATION_1_1},
        {0x0102,         GENERATION_1_1},
        {0x01ff,         GENERATION_1_1},
        {GENERATION_2_0, GENERATION_2_0},
        {GENERATION_2_1, GENERATION_2_1},
        {0x0202,         GENERATION_2_1},
        {UINT32_MAX,     GENERATION_2_1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("number 0x%x", cases[i].number);
        EXPECT_EQ(generation_row(cases[i].number)->number, cases[i].release);
    }
}

/* Blocks size their state by these limits. */
TEST(no_release_has_more_than_the_blocks_have_room_for)
{
    static const uint32_t releases[] = {GENERATION_1_0, GENERATION_1_1,
                                        GENERATION_2_0, GENERATION_2_1};

    for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
        const struct generation *row = generation_row(releases[i]);

        test_case("release 0x%x", releases[i]);
        EXPECT(row->uds_words <= SOC_IFC_UDS_WORDS_2);
        EXPECT(row->key_slots <= KEY_VAULT_SLOTS);
        EXPECT(row->key_slots > KEY_VAULT_MLDSA_SIGNING_SLOT);
        EXPECT(row->key_consumers <= KEY_VAULT_CONSUMERS_2_1);
        EXPECT(row->hmac_seed_words >= 1 && row->hmac_seed_words <= 12);
        /* KEY_CTRL: the consumers, from bit 9 on, end below the last word */
        EXPECT(9 + row->key_consumers <= row->key_last_word);
    }
}
