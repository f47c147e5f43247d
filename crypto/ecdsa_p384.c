/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6979's nonces, and ECDSA with libcrypto's points and numbers. */
#include "crypto/ecdsa_p384.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Everything a calculation on the curve borrows. */
struct curve {
    BN_CTX *context;
    EC_GROUP *group;
    const BIGNUM *order;
};

static void curve_init(struct curve *curve)
{
    curve->context = BN_CTX_secure_new();
    curve->group = EC_GROUP_new_by_curve_name(NID_secp384r1);
    if (curve->context == NULL || curve->group == NULL) {
        abort();
    }
    curve->order = EC_GROUP_get0_order(curve->group);
    BN_CTX_start(curve->context);
}

static void curve_fini(struct curve *curve)
{
    BN_CTX_end(curve->context);
    EC_GROUP_free(curve->group);
    BN_CTX_free(curve->context);
}

static BIGNUM *fresh(struct curve *curve)
{
    BIGNUM *n = BN_CTX_get(curve->context);
    if (n == NULL) {
        abort();
    }
    return n;
}

static BIGNUM *number(struct curve *curve, const uint8_t *bytes)
{
    BIGNUM *n = fresh(curve);
    if (BN_bin2bn(bytes, P384_SIZE, n) == NULL) {
        abort();
    }
    return n;
}

static bool is_scalar(const struct curve *curve, const BIGNUM *n)
{
    return !BN_is_zero(n) && BN_cmp(n, curve->order) < 0;
}

static int derive_public(struct curve *curve, struct ecdsa_p384_key *key)
{
    BIGNUM *d = number(curve, key->d);
    BIGNUM *x = fresh(curve);
    BIGNUM *y = fresh(curve);
    if (!is_scalar(curve, d)) {
        return -ERANGE;
    }
    EC_POINT *point = EC_POINT_new(curve->group);
    int status = -EIO;
    if (point != NULL &&
        EC_POINT_mul(curve->group, point, d, NULL, NULL, curve->context) == 1 &&
        EC_POINT_get_affine_coordinates(curve->group, point, x, y,
                                        curve->context) == 1 &&
        BN_bn2binpad(x, key->x, P384_SIZE) == P384_SIZE &&
        BN_bn2binpad(y, key->y, P384_SIZE) == P384_SIZE) {
        status = 0;
    }
    EC_POINT_free(point);
    return status;
}

int ecdsa_p384_derive_public(struct ecdsa_p384_key *key)
{
    struct curve curve;
    curve_init(&curve);
    int status = derive_public(&curve, key);
    curve_fini(&curve);
    return status;
}

int ecdsa_p384_from_entropy(struct ecdsa_p384_key *key,
                            const uint8_t entropy[56])
{
    struct curve curve;
    curve_init(&curve);
    /* d = (c mod (n - 1)) + 1 */
    BIGNUM *c = fresh(&curve);
    BIGNUM *below = fresh(&curve);
    int status = -EIO;
    if (BN_bin2bn(entropy, 56, c) != NULL && BN_copy(below, curve.order) &&
        BN_sub_word(below, 1) == 1 && BN_mod(c, c, below, curve.context) == 1 &&
        BN_add_word(c, 1) == 1 &&
        BN_bn2binpad(c, key->d, P384_SIZE) == P384_SIZE) {
        status = derive_public(&curve, key);
    }
    curve_fini(&curve);
    return status;
}

/* The HMAC-DRBG of RFC 6979, section 3.2. */
struct nonces {
    uint8_t k[P384_SIZE];
    uint8_t v[P384_SIZE];
};

static void nonces_v(struct nonces *nonces)
{
    unsigned size = P384_SIZE;
    uint8_t out[P384_SIZE];
    HMAC(EVP_sha384(), nonces->k, P384_SIZE, nonces->v, P384_SIZE, out, &size);
    memcpy(nonces->v, out, P384_SIZE);
}

/* K = HMAC(K, V || tag || tail), then V = HMAC(K, V). */
static void nonces_k(struct nonces *nonces, uint8_t tag, const uint8_t *tail,
                     size_t tail_size)
{
    uint8_t input[P384_SIZE + 1 + 2 * P384_SIZE];
    memcpy(input, nonces->v, P384_SIZE);
    input[P384_SIZE] = tag;
    if (tail_size != 0) {
        memcpy(input + P384_SIZE + 1, tail, tail_size);
    }
    unsigned size = P384_SIZE;
    uint8_t out[P384_SIZE];
    HMAC(EVP_sha384(), nonces->k, P384_SIZE, input, P384_SIZE + 1 + tail_size,
         out, &size);
    memcpy(nonces->k, out, P384_SIZE);
    OPENSSL_cleanse(input, sizeof(input));
    nonces_v(nonces);
}

static void nonces_init(struct nonces *nonces, const uint8_t *d,
                        const uint8_t *reduced_digest)
{
    uint8_t tail[2 * P384_SIZE];
    memcpy(tail, d, P384_SIZE);
    memcpy(tail + P384_SIZE, reduced_digest, P384_SIZE);
    memset(nonces->v, 0x01, P384_SIZE);
    memset(nonces->k, 0x00, P384_SIZE);
    nonces_k(nonces, 0x00, tail, sizeof(tail));
    nonces_k(nonces, 0x01, tail, sizeof(tail));
    OPENSSL_cleanse(tail, sizeof(tail));
}

/* s = (z + r d) / k; false asks for another nonce. */
static bool try_nonce(struct curve *curve, EC_POINT *point, const BIGNUM *z,
                      const BIGNUM *d, const uint8_t *nonce,
                      struct ecdsa_p384_signature *signature)
{
    BIGNUM *k = number(curve, nonce);
    BIGNUM *r = fresh(curve);
    BIGNUM *s = fresh(curve);
    BN_CTX *context = curve->context;
    BN_set_flags(k, BN_FLG_CONSTTIME);
    return is_scalar(curve, k) &&
           EC_POINT_mul(curve->group, point, k, NULL, NULL, context) == 1 &&
           EC_POINT_get_affine_coordinates(curve->group, point, r, NULL,
                                           context) == 1 &&
           BN_nnmod(r, r, curve->order, context) == 1 && !BN_is_zero(r) &&
           BN_mod_mul(s, r, d, curve->order, context) == 1 &&
           BN_mod_add(s, s, z, curve->order, context) == 1 &&
           BN_mod_inverse(k, k, curve->order, context) != NULL &&
           BN_mod_mul(s, s, k, curve->order, context) == 1 && !BN_is_zero(s) &&
           BN_bn2binpad(r, signature->r, P384_SIZE) == P384_SIZE &&
           BN_bn2binpad(s, signature->s, P384_SIZE) == P384_SIZE;
}

int ecdsa_p384_sign(const struct ecdsa_p384_key *key,
                    const uint8_t digest[P384_SIZE],
                    struct ecdsa_p384_signature *signature)
{
    struct curve curve;
    curve_init(&curve);
    BIGNUM *d = number(&curve, key->d);
    BIGNUM *z = number(&curve, digest);
    BN_nnmod(z, z, curve.order, curve.context);
    uint8_t reduced[P384_SIZE];
    BN_bn2binpad(z, reduced, P384_SIZE);
    int status = is_scalar(&curve, d) ? 0 : -ERANGE;
    if (status == 0) {
        EC_POINT *point = EC_POINT_new(curve.group);
        struct nonces nonces;
        nonces_init(&nonces, key->d, reduced);
        nonces_v(&nonces);
        while (!try_nonce(&curve, point, z, d, nonces.v, signature)) {
            nonces_k(&nonces, 0x00, NULL, 0);
            nonces_v(&nonces);
        }
        OPENSSL_cleanse(&nonces, sizeof(nonces));
        EC_POINT_free(point);
    }
    curve_fini(&curve);
    return status;
}

static int verify(struct curve *curve, EC_POINT *public_point, EC_POINT *point,
                  const uint8_t *digest,
                  const struct ecdsa_p384_signature *signature)
{
    BN_CTX *context = curve->context;
    BIGNUM *r = number(curve, signature->r);
    BIGNUM *s = number(curve, signature->s);
    BIGNUM *z = number(curve, digest);
    BIGNUM *w = fresh(curve);
    if (!is_scalar(curve, r) || !is_scalar(curve, s)) {
        return -ERANGE;
    }
    if (BN_mod_inverse(w, s, curve->order, context) == NULL ||
        BN_mod_mul(z, z, w, curve->order, context) != 1 ||
        BN_mod_mul(w, r, w, curve->order, context) != 1 ||
        EC_POINT_mul(curve->group, point, z, public_point, w, context) != 1 ||
        EC_POINT_is_at_infinity(curve->group, point) != 0 ||
        EC_POINT_get_affine_coordinates(curve->group, point, s, NULL,
                                        context) != 1 ||
        BN_nnmod(s, s, curve->order, context) != 1) {
        return -EBADMSG;
    }
    return BN_cmp(s, r) == 0 ? 0 : -EBADMSG;
}

int ecdsa_p384_verify(const uint8_t x[P384_SIZE], const uint8_t y[P384_SIZE],
                      const uint8_t digest[P384_SIZE],
                      const struct ecdsa_p384_signature *signature)
{
    struct curve curve;
    curve_init(&curve);
    EC_POINT *public_point = EC_POINT_new(curve.group);
    EC_POINT *point = EC_POINT_new(curve.group);
    if (public_point == NULL || point == NULL) {
        abort();
    }
    int status = -EINVAL;
    if (EC_POINT_set_affine_coordinates(curve.group, public_point,
                                        number(&curve, x), number(&curve, y),
                                        curve.context) == 1) {
        status = verify(&curve, public_point, point, digest, signature);
    }
    EC_POINT_free(public_point);
    EC_POINT_free(point);
    curve_fini(&curve);
    return status;
}
