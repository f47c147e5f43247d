/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p384.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

#include "crypto/hex.h"
#include "crypto/sha2.h"
#include "tests/harness.h"

OWNER(struct p384, p384_destroy)

struct key {
    uint8_t private[48];
    uint8_t x[48];
    uint8_t y[48];
};

/* The known answer that the released firmware expects of the block for a seed,
 * nonce and message digest of zeros. */
static const char known_private[] =
    "feeef5544a76564990128ad189e873f21f0dfd5ad7e2fa86"
    "1127ee6e394ca784871c1aec032c7a8b10b93e0eab8946d6";
static const char known_x[] =
    "d7dd94e0bffc4cade9902b7fdb154260d5ec5dfd57950e83"
    "59015a302c8bf7bba7e5f6dffc1685162bdd35f9f5c1b0ff";
static const char known_y[] =
    "bb9c3a2f061e8d7014278dd51e66a918a6b6f9f1c1937312"
    "d4e7a921b18ef0f41fdd401d9e7718509f8731e9eec9c31d";
static const char known_r[] =
    "93799d551226362834f60f7b945290b7cce6e99601fb7ebd"
    "026c2e3c445d3cd9b65068dac0a848be9f0560aa758fda27";
static const char known_s[] =
    "e548e535a1cc600e133b5591aebaad78054006d752d0e1df"
    "94fbfa95d78f0b3f8e81b9119c2be008bf6d6f4e4185f87d";

TEST(key_and_signature_of_zeros_are_the_firmwares_known_answer)
{
    static const uint8_t zero[48];
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    struct key key;
    uint8_t expected[48], r[48], s[48], computed[48];

    p384_keygen(p384, zero, zero, key.private, key.x, key.y);
    hex_bytes(expected, 48, known_private);
    EXPECT_BYTES(key.private, expected, 48);
    hex_bytes(expected, 48, known_x);
    EXPECT_BYTES(key.x, expected, 48);
    hex_bytes(expected, 48, known_y);
    EXPECT_BYTES(key.y, expected, 48);
    EXPECT_EQ(p384_sign(p384, key.private, zero, r, s), 0);
    hex_bytes(expected, 48, known_r);
    EXPECT_BYTES(r, expected, 48);
    hex_bytes(expected, 48, known_s);
    EXPECT_BYTES(s, expected, 48);
    EXPECT_EQ(p384_verify(p384, key.x, key.y, zero, r, s, computed), 0);
    EXPECT_BYTES(computed, r, 48);
}

static const struct {
    const char *message;
    const char *r;
    const char *s;
} rfc6979[] = {
    {"sample",
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa7"
     "3d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46", "99ef4aeb15f178cea1fe40db2603138f130e740a19624526"
     "203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"},
    {"test",
     "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36"
     "ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db", "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b"
     "827c2f13173923e06a739f040649a667bf3b828246baa5a5"},
};

TEST(rfc_6979_signatures_hold)
{
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    struct key key;
    uint8_t expected[48];

    hex_bytes(key.private, 48,
              "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba"
              "9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5");
    EXPECT_EQ(p384_derive_public(p384, key.private, key.x, key.y), 0);
    hex_bytes(expected, 48,
              "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e"
              "06aae5286b300c64def8f0ea9055866064a254515480bc13");
    EXPECT_BYTES(key.x, expected, 48);
    for (size_t i = 0; i < 2; i++) {
        uint8_t digest[48], r[48], s[48];
        test_case("%s", rfc6979[i].message);
        sha384(rfc6979[i].message, strlen(rfc6979[i].message), digest);
        EXPECT_EQ(p384_sign(p384, key.private, digest, r, s), 0);
        hex_bytes(expected, 48, rfc6979[i].r);
        EXPECT_BYTES(r, expected, 48);
        hex_bytes(expected, 48, rfc6979[i].s);
        EXPECT_BYTES(s, expected, 48);
    }
}

/* x, y of scalar times the base point, by libcrypto. */
static void oracle_multiply(const EC_GROUP *group, const uint8_t scalar[48],
                            uint8_t x[48], uint8_t y[48])
{
    BIGNUM *k = BN_bin2bn(scalar, 48, NULL);
    BIGNUM *bx = BN_new(), *by = BN_new();
    EC_POINT *point = EC_POINT_new(group);

    EC_POINT_mul(group, point, k, NULL, NULL, NULL);
    EC_POINT_get_affine_coordinates(group, point, bx, by, NULL);
    BN_bn2binpad(bx, x, 48);
    BN_bn2binpad(by, y, 48);
    EC_POINT_free(point);
    BN_free(k);
    BN_free(bx);
    BN_free(by);
}

TEST(public_keys_of_edge_and_random_scalars_agree_with_libcrypto)
{
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
    uint8_t scalar[48] = {0};

    for (unsigned i = 0; i < 60; i++) {
        uint8_t x[48], y[48], expected_x[48], expected_y[48];
        test_case("scalar %u", i);
        if (i < 20) {
            memset(scalar, 0, sizeof(scalar));
            scalar[47] = (uint8_t)(i + 1);
        } else if (i < 40) {
            memcpy(scalar, p384_order, sizeof(scalar));
            scalar[47] = (uint8_t)(scalar[47] - (i - 19));
        } else {
            sha384(scalar, sizeof(scalar), scalar);
            scalar[0] &= 0x7f;
        }
        oracle_multiply(group, scalar, expected_x, expected_y);
        EXPECT_EQ(p384_derive_public(p384, scalar, x, y), 0);
        EXPECT_BYTES(x, expected_x, 48);
        EXPECT_BYTES(y, expected_y, 48);
        EXPECT(p384_public_valid(p384, x, y));
    }
    EC_GROUP_free(group);
}

TEST(signatures_verify_and_changed_ones_give_another_r)
{
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    struct key key;
    uint8_t seed[48] = {1}, digest[48], r[48], s[48], computed[48];

    for (unsigned i = 0; i < 40; i++) {
        test_case("round %u", i);
        sha384(seed, 48, seed);
        sha384(seed, 47, digest);
        if (i == 0) {
            memset(digest, 0xff, sizeof(digest)); /* above the order */
        }
        p384_keygen(p384, seed, digest, key.private, key.x, key.y);
        EXPECT_EQ(p384_sign(p384, key.private, digest, r, s), 0);
        EXPECT_EQ(p384_verify(p384, key.x, key.y, digest, r, s, computed), 0);
        EXPECT_BYTES(computed, r, 48);
        digest[i] ^= 1;
        EXPECT_EQ(p384_verify(p384, key.x, key.y, digest, r, s, computed), 0);
        EXPECT(memcmp(computed, r, 48) != 0);
    }
}

TEST(a_signature_made_by_the_order_of_the_group_is_out_of_range)
{
    static const uint8_t zero[48], one[48] = {[47] = 1};
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    struct key key;
    uint8_t r[48], s[48], out[48];

    p384_keygen(p384, zero, zero, key.private, key.x, key.y);
    EXPECT_EQ(p384_sign(p384, zero, one, r, s), -EINVAL);
    EXPECT_EQ(p384_sign(p384, p384_order, one, r, s), -EINVAL);
    EXPECT_EQ(p384_derive_public(p384, zero, r, s), -EINVAL);
    EXPECT_EQ(p384_verify(p384, key.x, key.y, one, zero, one, out), -EINVAL);
    EXPECT_EQ(p384_verify(p384, key.x, key.y, one, one, zero, out), -EINVAL);
    EXPECT_EQ(p384_verify(p384, key.x, key.y, one, p384_order, one, out),
              -EINVAL);
    EXPECT_EQ(p384_verify(p384, key.x, key.y, one, one, p384_order, out),
              -EINVAL);
}

TEST(points_off_the_curve_are_refused)
{
    static const uint8_t zero[48], one[48] = {[47] = 1};
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    struct key key;
    uint8_t out[48], large[48];

    p384_keygen(p384, zero, zero, key.private, key.x, key.y);
    key.y[47] ^= 1;
    EXPECT(!p384_public_valid(p384, key.x, key.y));
    EXPECT_EQ(p384_verify(p384, key.x, key.y, one, one, one, out), -EINVAL);
    memset(large, 0xff, sizeof(large));
    EXPECT(!p384_public_valid(p384, large, key.y));
    EXPECT(!p384_public_valid(p384, key.x, large));
    EXPECT(!p384_public_valid(p384, zero, zero));
}

/* u1 G and u2 Q being equal, opposite or infinite are the cases that addition
 * formulas get wrong. With Q = G: u1 + u2 = (digest + r) / s. */
TEST(verification_survives_equal_and_opposite_points)
{
    static const uint8_t one[48] = {[47] = 1}, zero[48];
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();
    uint8_t x[48], y[48], computed[48], expected[48], expected_y[48];
    uint8_t two[48] = {[47] = 2}, minus_one[48];

    EXPECT_EQ(p384_derive_public(p384, one, x, y), 0);
    EXPECT_EQ(p384_verify(p384, x, y, one, one, one, computed), 0);
    EXPECT_EQ(p384_derive_public(p384, two, expected, expected_y), 0);
    EXPECT_BYTES(computed, expected, 48);
    memcpy(minus_one, p384_order, 48);
    minus_one[47]--;
    EXPECT_EQ(p384_verify(p384, x, y, minus_one, one, one, computed), 0);
    EXPECT_BYTES(computed, zero, 48);
    EXPECT_EQ(p384_verify(p384, x, y, zero, one, one, computed), 0);
    EXPECT_BYTES(computed, x, 48);
}

TEST(two_parties_share_a_secret_that_others_do_not)
{
    OWNED(p384_destroy_at) struct p384 *p384 = p384_create();

    for (uint8_t i = 0; i < 16; i++) {
        uint8_t seed[48] = {i}, nonce[48] = {1}, one[48], other[48];
        uint8_t a[48], ax[48], ay[48], b[48], bx[48], by[48];

        p384_keygen(p384, seed, nonce, a, ax, ay);
        nonce[0] = 2;
        p384_keygen(p384, seed, nonce, b, bx, by);
        EXPECT_EQ(p384_shared(p384, a, bx, by, one), 0);
        EXPECT_EQ(p384_shared(p384, b, ax, ay, other), 0);
        EXPECT_BYTES(one, other, sizeof(one));
        EXPECT_EQ(p384_shared(p384, a, ax, ay, other), 0);
        EXPECT(memcmp(one, other, sizeof(one)) != 0);
        by[47] ^= 1;
        EXPECT_EQ(p384_shared(p384, a, bx, by, one), -EINVAL);
        by[47] ^= 1;
        EXPECT_EQ(p384_shared(p384, p384_order, bx, by, one), -EINVAL);
    }
    /* the private key 1 gives the point itself */
    uint8_t unit[48] = {[47] = 1}, x[48], y[48], shared[48];
    EXPECT_EQ(p384_derive_public(p384, unit, x, y), 0);
    EXPECT_EQ(p384_shared(p384, unit, x, y, shared), 0);
    EXPECT_BYTES(shared, x, sizeof(x));
}
