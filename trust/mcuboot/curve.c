/* SPDX-License-Identifier: Apache-2.0 */
/* Points and numbers of curves. */
#include "trust/mcuboot/curve.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <string.h>

enum { BITS_PER_BYTE = 8, EXTRA_BYTES = 8, POINT_MAX = 1 + 2 * 48 };

static EVP_PKEY *make_key(int bits, const BIGNUM *d, const uint8_t *point,
                          size_t point_size)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *parameters = NULL;
    EVP_PKEY *pkey = NULL;

    if (build != NULL && context != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                        bits == 384 ? "P-384" : "P-256",
                                        0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         point_size) == 1 &&
        (d == NULL ||
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1) &&
        (parameters = OSSL_PARAM_BLD_to_param(build)) != NULL &&
        EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &pkey,
                          d != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          parameters);
    }
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

/* d = (c mod (n - 1)) + 1, and its point. */
static bool derive(const EC_GROUP *group, const uint8_t *entropy, int size,
                   BIGNUM *d, uint8_t *point_bytes, size_t point_size)
{
    BN_CTX *context = BN_CTX_secure_new();
    BIGNUM *below = BN_dup(EC_GROUP_get0_order(group));
    EC_POINT *point = EC_POINT_new(group);
    bool good =
        context != NULL && below != NULL && point != NULL &&
        BN_bin2bn(entropy, size, d) != NULL && BN_sub_word(below, 1) == 1 &&
        BN_mod(d, d, below, context) == 1 && BN_add_word(d, 1) == 1 &&
        EC_POINT_mul(group, point, d, NULL, NULL, context) == 1 &&
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
                           point_bytes, point_size, context) == point_size;

    EC_POINT_free(point);
    BN_free(below);
    BN_CTX_free(context);
    return good;
}

EVP_PKEY *curve_key_from_entropy(int bits, const uint8_t *entropy)
{
    uint8_t point[POINT_MAX];
    int size = bits / BITS_PER_BYTE;
    size_t point_size = 1 + 2 * (size_t)size;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(
        bits == 384 ? NID_secp384r1 : NID_X9_62_prime256v1);
    BIGNUM *d = BN_secure_new();
    EVP_PKEY *pkey = NULL;

    if (group != NULL && d != NULL &&
        derive(group, entropy, size + EXTRA_BYTES, d, point, point_size)) {
        pkey = make_key(bits, d, point, point_size);
    }
    BN_clear_free(d);
    EC_GROUP_free(group);
    return pkey;
}

/* Whatever form the key's file had its point in. */
bool curve_point(const EVP_PKEY *pkey, uint8_t *point, size_t size)
{
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    int half = (int)(size / 2);

    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    bool good =
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
        BN_bn2binpad(x, point + 1, half) == half &&
        BN_bn2binpad(y, point + 1 + half, half) == half;
    BN_free(x);
    BN_free(y);
    return good;
}

bool curve_private(const EVP_PKEY *pkey, uint8_t *number, size_t size)
{
    BIGNUM *d = NULL;
    bool good =
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
        BN_bn2binpad(d, number, (int)size) == (int)size;

    BN_clear_free(d);
    return good;
}

bool curve_share(const EVP_PKEY *pkey, bool is_p256, const uint8_t *point,
                 uint8_t shared[32])
{
    size_t size = 32;
    EVP_PKEY *peer =
        is_p256 ? make_key(256, NULL, point, CURVE_POINT_P256)
                : EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, 32);
    union {
        const EVP_PKEY *read;
        EVP_PKEY *written;
    } own = {pkey}; /* only its count of references changes */
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own.written, NULL);
    bool good = peer != NULL && context != NULL &&
                EVP_PKEY_derive_init(context) == 1 &&
                EVP_PKEY_derive_set_peer(context, peer) == 1 &&
                EVP_PKEY_derive(context, shared, &size) == 1;

    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    return good;
}
