/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of RFC 6979, appendix A.2.5, with SHA-256. */
#include "crypto/ecdsa_p256.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "crypto/sha2.h"
#include "tests/harness.h"

static const char key[] =
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";

TEST(signatures_are_those_of_rfc_6979)
{
    static const struct {
        const char *message;
        const char *r;
        const char *s;
    } vectors[] = {
        {"sample",
         "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716", "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
        {"test",
         "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367", "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
    };
    uint8_t d[P256_SIZE];
    hex_bytes(d, sizeof(d), key);
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        uint8_t digest[P256_SIZE];
        uint8_t r[P256_SIZE];
        uint8_t s[P256_SIZE];
        uint8_t expected[P256_SIZE];
        test_case("%s", vectors[i].message);
        sha256(vectors[i].message, strlen(vectors[i].message), digest);
        EXPECT_EQ(ecdsa_p256_sign(d, digest, r, s), 0);
        hex_bytes(expected, sizeof(expected), vectors[i].r);
        EXPECT_BYTES(r, expected, sizeof(expected));
        hex_bytes(expected, sizeof(expected), vectors[i].s);
        EXPECT_BYTES(s, expected, sizeof(expected));
    }
}

TEST(a_key_outside_of_the_order_does_not_sign)
{
    uint8_t d[P256_SIZE] = {0};
    uint8_t digest[P256_SIZE] = {1};
    uint8_t r[P256_SIZE];
    uint8_t s[P256_SIZE];
    EXPECT_EQ(ecdsa_p256_sign(d, digest, r, s), -ERANGE);
    memset(d, 0xff, sizeof(d));
    EXPECT_EQ(ecdsa_p256_sign(d, digest, r, s), -ERANGE);
}
