/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa_p384.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/harness.h"

static const char order_hex[] =
    "ffffffffffffffffffffffffffffffffffffffffffffffff"
    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973";

/* RFC 6979, appendix A.2.6, SHA-384. */
static const char private_hex[] =
    "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA"
    "9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5";
static const char x_hex[] =
    "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E"
    "06AAE5286B300C64DEF8F0EA9055866064A254515480BC13";
static const char y_hex[] =
    "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9"
    "F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720";

static void published_key(struct ecdsa_p384_key *key)
{
    memset(key, 0, sizeof(*key));
    hex_bytes(key->d, P384_SIZE, private_hex);
    EXPECT_EQ(ecdsa_p384_derive_public(key), 0);
}

TEST(public_key_follows_from_the_private_one)
{
    struct ecdsa_p384_key key;
    uint8_t x[P384_SIZE];
    uint8_t y[P384_SIZE];
    published_key(&key);
    hex_bytes(x, sizeof(x), x_hex);
    hex_bytes(y, sizeof(y), y_hex);
    EXPECT_BYTES(key.x, x, sizeof(x));
    EXPECT_BYTES(key.y, y, sizeof(y));
}

TEST(signatures_are_those_of_rfc_6979)
{
    static const struct {
        const char *message, *r, *s;
    } rows[] = {
        {"sample",
         "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA7"
         "3D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46", "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526"
         "203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
        {"test",
         "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36"
         "AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB", "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B"
         "827C2F13173923E06A739F040649A667BF3B828246BAA5A5"},
    };
    struct ecdsa_p384_key key;
    published_key(&key);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t digest[P384_SIZE];
        uint8_t r[P384_SIZE];
        uint8_t s[P384_SIZE];
        struct ecdsa_p384_signature signature;
        hex_bytes(r, sizeof(r), rows[i].r);
        hex_bytes(s, sizeof(s), rows[i].s);
        SHA384((const uint8_t *)rows[i].message, strlen(rows[i].message),
               digest);
        EXPECT_EQ(ecdsa_p384_sign(&key, digest, &signature), 0);
        EXPECT_BYTES(signature.r, r, sizeof(r));
        EXPECT_BYTES(signature.s, s, sizeof(s));
        EXPECT_EQ(ecdsa_p384_verify(key.x, key.y, digest, &signature), 0);
        digest[47] ^= 1;
        EXPECT_EQ(ecdsa_p384_verify(key.x, key.y, digest, &signature),
                  -EBADMSG);
    }
}

/* A signature of OpenSSL's own, with a random nonce. */
TEST(signatures_made_by_openssl_verify)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-384");
    uint8_t digest[P384_SIZE] = {1, 2, 3};
    uint8_t der[160];
    size_t size = sizeof(der);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
    REQUIRE(EVP_PKEY_sign_init(context) == 1);
    REQUIRE(EVP_PKEY_sign(context, der, &size, digest, sizeof(digest)) == 1);
    const uint8_t *next = der;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &next, (long)size);
    struct ecdsa_p384_signature signature;
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), signature.r, P384_SIZE);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), signature.s, P384_SIZE);
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    EVP_PKEY_get_bn_param(pkey, "qx", &x);
    EVP_PKEY_get_bn_param(pkey, "qy", &y);
    uint8_t x_bytes[P384_SIZE];
    uint8_t y_bytes[P384_SIZE];
    BN_bn2binpad(x, x_bytes, P384_SIZE);
    BN_bn2binpad(y, y_bytes, P384_SIZE);
    EXPECT_EQ(ecdsa_p384_verify(x_bytes, y_bytes, digest, &signature), 0);
    signature.s[0] ^= 0x80;
    EXPECT(ecdsa_p384_verify(x_bytes, y_bytes, digest, &signature) != 0);
    BN_free(x);
    BN_free(y);
    ECDSA_SIG_free(parsed);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
}

TEST(numbers_out_of_range_cannot_be_evaluated)
{
    struct ecdsa_p384_key key;
    uint8_t digest[P384_SIZE] = {7};
    struct ecdsa_p384_signature good;
    published_key(&key);
    ecdsa_p384_sign(&key, digest, &good);
    struct ecdsa_p384_signature bad = good;
    memset(bad.r, 0, P384_SIZE);
    EXPECT_EQ(ecdsa_p384_verify(key.x, key.y, digest, &bad), -ERANGE);
    bad = good;
    hex_bytes(bad.s, P384_SIZE, order_hex);
    EXPECT_EQ(ecdsa_p384_verify(key.x, key.y, digest, &bad), -ERANGE);
    key.y[47] ^= 1;
    EXPECT_EQ(ecdsa_p384_verify(key.x, key.y, digest, &good), -EINVAL);
    memset(key.d, 0, P384_SIZE);
    EXPECT_EQ(ecdsa_p384_derive_public(&key), -ERANGE);
    EXPECT_EQ(ecdsa_p384_sign(&key, digest, &good), -ERANGE);
    hex_bytes(key.d, P384_SIZE, order_hex);
    EXPECT_EQ(ecdsa_p384_derive_public(&key), -ERANGE);
}

TEST(keys_from_entropy_are_in_range_and_repeatable)
{
    struct ecdsa_p384_key one;
    struct ecdsa_p384_key two;
    uint8_t entropy[56];
    memset(entropy, 0xff, sizeof(entropy));
    EXPECT_EQ(ecdsa_p384_from_entropy(&one, entropy), 0);
    EXPECT_EQ(ecdsa_p384_from_entropy(&two, entropy), 0);
    EXPECT_BYTES(&one, &two, sizeof(one));
    memset(entropy, 0, sizeof(entropy));
    EXPECT_EQ(ecdsa_p384_from_entropy(&one, entropy), 0);
    EXPECT_EQ(one.d[47], 1);
}
