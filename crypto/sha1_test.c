/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sha1.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* FIPS 180-2, appendix A.1. */
TEST(the_block_of_abc_hashes_as_the_standard_says)
{
    static const uint32_t expected[SHA1_WORDS] = {
        0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d};
    uint8_t block[SHA1_BLOCK_SIZE] = {'a', 'b', 'c', 0x80};
    uint32_t state[SHA1_WORDS];

    block[63] = 24;
    sha1_start(state);
    EXPECT_EQ(state[0], 0x67452301);
    EXPECT_EQ(state[4], 0xc3d2e1f0);
    sha1_block(state, block);
    for (size_t i = 0; i < SHA1_WORDS; i++) {
        EXPECT_EQ(state[i], expected[i]);
    }
}
