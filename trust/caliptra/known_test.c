/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/caliptra/known.h"

#include <stdlib.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/buffer.h"
#include "tests/harness.h"
#include "trust/caliptra/words.h"

static struct event_key key_of(const struct caliptra_ecc_key *words)
{
    uint8_t key[96];
    words_to_bytes(words->x, key);
    words_to_bytes(words->y, key + 48);
    return known_key_of(key, sizeof(key));
}

TEST(keys_of_a_bundle_have_their_place_and_its_file)
{
    struct caliptra_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct caliptra_preamble *preamble = &manifest->preamble;
    struct known_keys known = {0};
    manifest->marker = CALIPTRA_MANIFEST_MARKER;
    manifest->size = CALIPTRA_MANIFEST_SIZE;
    for (unsigned i = 0; i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        preamble->vendor_keys.ecc[i].x[11] = 1 + i;
    }
    preamble->owner_keys.ecc.y[0] = 9;
    known_keys_of_bundle(&known, "a.bundle", manifest, sizeof(*manifest));
    struct caliptra_ecc_key third = preamble->vendor_keys.ecc[2];
    struct caliptra_ecc_key owner = preamble->owner_keys.ecc;
    struct event_key key = key_of(&third);
    EXPECT_STR(known_keys_name(&known, &key), "vendor ECC key 2 of a.bundle");
    key = key_of(&owner);
    EXPECT_STR(known_keys_name(&known, &key), "owner ECC key of a.bundle");
    /* And the digests of all keys of each side, which fuses hold. */
    EXPECT_EQ(known.count, CALIPTRA_VENDOR_ECC_KEYS + 1 + 2);
    known_keys_fini(&known);
    free(manifest);
}

FIXTURE(struct known_keys, known, known_keys_fini)

TEST_BEGINS(keys_of_a_manifest_are_told_from_those_of_the_bundle, known)
{
    struct caliptra_soc_preamble preamble = {
        .marker = CALIPTRA_SOC_MANIFEST_MARKER,
        .size = sizeof(preamble),
    };
    preamble.owner_keys.ecc.x[3] = 7;
    known_keys_of_manifest(known, "trust.yaml", &preamble, sizeof(preamble));
    struct caliptra_ecc_key owner = preamble.owner_keys.ecc;
    struct event_key key = key_of(&owner);
    EXPECT_STR(known_keys_name(known, &key),
               "manifest owner ECC key of trust.yaml");
}

TEST_BEGINS(other_bytes_name_nothing, known)
{
    static const uint8_t zeros[32768];
    known_keys_of_bundle(known, "a", zeros, sizeof(zeros));
    known_keys_of_manifest(known, "a", zeros, sizeof(zeros));
    known_keys_of_bundle(known, "a", NULL, 0);
    known_keys_of_manifest(known, "a", zeros, 3);
    EXPECT_EQ(known->count, 0);
    known_keys_of_self_test(known);
    EXPECT_EQ(known->count, 3);
}
