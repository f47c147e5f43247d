/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ghash.h"

#include "crypto/aes.h"
#include "crypto/hex.h"
#include "tests/harness.h"

/* The GCM specification's test case 14: one block of zeros under a zero key,
 * whose tag is the hash plus E(J0). */
TEST(test_case_14_of_the_gcm_specification_holds)
{
    static const uint8_t key[AES256_KEY_BYTES], zero[AES_BLOCK_BYTES];
    uint8_t subkey[16], mask[16], tag[16], state[16] = {0};
    uint8_t counter[16] = {[15] = 1};
    uint8_t lengths[16] = {[15] = 128};
    uint8_t text[16], expected[16];

    aes256_encrypt(key, zero, subkey);
    aes256_encrypt(key, counter, mask);
    hex_bytes(text, sizeof(text), "cea7403d4d606b6e074ec5d3baf39d18");
    ghash_block(state, subkey, text);
    ghash_block(state, subkey, lengths);
    for (int i = 0; i < 16; i++) {
        tag[i] = state[i] ^ mask[i];
    }
    hex_bytes(expected, sizeof(expected), "d0d1c8a799996bf0265b98b5d48ab919");
    EXPECT_BYTES(tag, expected, sizeof(tag));
}
