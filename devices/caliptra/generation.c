/* SPDX-License-Identifier: Apache-2.0 */
/* The table of Caliptra's releases. */
#include "devices/caliptra/generation.h"

#include "base/bits.h"
#include "devices/caliptra/key_vault.h"
#include "devices/caliptra/soc_ifc.h"

static const struct generation release_1_0 = {
    .number = GENERATION_1_0,
    .hw_revision = 0x0001,
    .uds_words = SOC_IFC_UDS_WORDS,
    .hmac_seed_words = 5,
    .key_slots = KEY_VAULT_SLOTS,
    .key_consumers = KEY_VAULT_CONSUMERS,
    .key_last_word = 17,
    .sha512_reads_keys = true,
};

static const struct generation release_1_1 = {
    .number = GENERATION_1_1,
    .hw_revision = 0x0011,
    .uds_words = SOC_IFC_UDS_WORDS,
    .hmac_seed_words = 12,
    .key_slots = KEY_VAULT_SLOTS,
    .key_consumers = KEY_VAULT_CONSUMERS,
    .key_last_word = 17,
    .has_winternitz = true,
    .watches_engines = true,
};

static const struct generation release_2_0 = {
    .number = GENERATION_2_0,
    .hw_revision = 0x0202,
    .uds_words = SOC_IFC_UDS_WORDS_2,
    .hmac_seed_words = 12,
    .key_slots = KEY_VAULT_SLOTS_2,
    .key_consumers = KEY_VAULT_CONSUMERS_2_0,
    .key_last_word = 17,
    .has_winternitz = true,
    .watches_engines = true,
    .pcr_hash_is_512 = true,
    .opens_unprovisioned = true,
    .second_stage_follows = true,
    .ecc_shares_secrets = true,
};

static const struct generation release_2_1 = {
    .number = GENERATION_2_1,
    .hw_revision = 0x0212,
    .uds_words = SOC_IFC_UDS_WORDS_2,
    .hmac_seed_words = 12,
    .key_slots = KEY_VAULT_SLOTS_2,
    .key_consumers = KEY_VAULT_CONSUMERS_2_1,
    .key_last_word = 18,
    .has_winternitz = true,
    .watches_engines = true,
    .pcr_hash_is_512 = true,
    .opens_unprovisioned = true,
    .second_stage_follows = true,
    .ecc_shares_secrets = true,
    .aes_swaps_bytes = true,
};

static const struct generation *const generations[] = {
    &release_1_0,
    &release_1_1,
    &release_2_0,
    &release_2_1,
};

const struct generation *generation_row(uint32_t number)
{
    size_t row = 0;

    while (row + 1 < ARRAY_SIZE(generations) &&
           generations[row + 1]->number <= number) {
        row++;
    }
    return generations[row];
}

const struct generation *generation_of(const struct device *device)
{
    return generation_row(
        device_property_u32(device, "cairn,generation", GENERATION_1_1));
}
