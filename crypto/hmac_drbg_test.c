/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hmac_drbg.h"

#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "crypto/p384.h"
#include "tests/harness.h"

static const struct {
    const char *entropy;
    const char *nonce;
    const char *out;
} vectors[] = {
  /* RFC 6979, A.2.6: x, digests of "sample" and "test", k */
    {"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba"
     "9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5", "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd3811"
     "96a029f340585312313bca4a9b5b890efee42c77b1ee25fe", "94ed910d1a099dad3254e9242ae85abde4ba15168eaf0ca8"
     "7a555fd56d10fbca2907e3e83ba95368623b8c4686915cf9"},
    {"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba"
     "9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5", "768412320f7b0aa5812fce428dc4706b3cae50e02a64caa1"
     "6a782249bfe8efc4b7ef1ccb126255d196047dfedf17a0a9", "015ee46a5bf88773ed9123a5ab0807962d193719503c527b"
     "031b4c2d225092ada71f4a459bc0da98adb95837db8312ea"},
 /* answers of the hardware's own test bench */
    {"000000000000000000000000000000000000000000000000"
     "000000000000000000000000000000000000000000000000", "000000000000000000000000000000000000000000000000"
     "000000000000000000000000000000000000000000000000", "feeef5544a76564990128ad189e873f21f0dfd5ad7e2fa86"
     "1127ee6e394ca784871c1aec032c7a8b10b93e0eab8946d6"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffff", "ffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffff", "7f68a6d896ea5da62e78dedb46f6662bc141f2f0b9e641ac"
     "c7342663fd51444e380fea1dabbca55f18987c0cfc10df77"},
};

TEST(published_answers_hold)
{
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        struct hmac_drbg drbg;
        uint8_t entropy[48], nonce[48], expected[48], out[48];

        test_case("vector %zu", i);
        hex_bytes(entropy, 48, vectors[i].entropy);
        hex_bytes(nonce, 48, vectors[i].nonce);
        hex_bytes(expected, 48, vectors[i].out);
        hmac_drbg_init(&drbg, entropy, nonce, p384_order, out);
        EXPECT_BYTES(out, expected, 48);
    }
}

TEST(a_value_at_the_limit_or_above_is_drawn_again)
{
    static const uint8_t zero[48];
    struct hmac_drbg drbg;
    uint8_t first[48], again[48], limit[48] = {0x10};

    hmac_drbg_init(&drbg, zero, zero, NULL, first);
    hmac_drbg_init(&drbg, zero, zero, first, again);
    EXPECT(memcmp(again, first, 48) < 0);
    hmac_drbg_init(&drbg, zero, zero, limit, again);
    EXPECT(again[0] < 0x10);
}

TEST(next_depends_on_what_came_before)
{
    static const uint8_t zero[48], one[48] = {1};
    struct hmac_drbg a, b;
    uint8_t out[48], next_a[48], next_b[48];

    hmac_drbg_init(&a, zero, zero, NULL, out);
    hmac_drbg_init(&b, one, zero, NULL, out);
    hmac_drbg_next(&a, zero, zero, NULL, next_a);
    hmac_drbg_next(&b, zero, zero, NULL, next_b);
    EXPECT(memcmp(next_a, next_b, 48) != 0);
    EXPECT_EQ(a.counter, 3);
}
