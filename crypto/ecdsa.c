/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6979's nonces, and ECDSA with libcrypto's points and numbers. */
#include "crypto/ecdsa_p256.h"
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

#include "base/memory.h"

/* Numbers have as many bytes as the digest. */
static const struct kind {
    int curve;
    unsigned size;
    const EVP_MD *(*digest)(void);
} p256 = {NID_X9_62_prime256v1, P256_SIZE, EVP_sha256},
  p384 = {NID_secp384r1, P384_SIZE, EVP_sha384};

enum { SIZE_MAX_BYTES = P384_SIZE };

/* Everything a calculation on the curve borrows. */
struct curve {
    const struct kind *kind;
    BN_CTX *context;
    EC_GROUP *group;
    const BIGNUM *order;
};

static void curve_init(struct curve *curve, const struct kind *kind)
{
    curve->kind = kind;
    curve->context = BN_CTX_secure_new();
    curve->group = EC_GROUP_new_by_curve_name(kind->curve);
    if (curve->context == NULL || curve->group == NULL) {
        memory_exhausted();
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
        memory_exhausted();
    }
    return n;
}

static BIGNUM *number(struct curve *curve, const uint8_t *bytes)
{
    BIGNUM *n = fresh(curve);
    if (BN_bin2bn(bytes, (int)curve->kind->size, n) == NULL) {
        memory_exhausted();
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
    curve_init(&curve, &p384);
    int status = derive_public(&curve, key);
    curve_fini(&curve);
    return status;
}

int ecdsa_p384_from_entropy(struct ecdsa_p384_key *key,
                            const uint8_t entropy[56])
{
    struct curve curve;
    curve_init(&curve, &p384);
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
    const struct kind *kind;
    uint8_t k[SIZE_MAX_BYTES];
    uint8_t v[SIZE_MAX_BYTES];
};

/* value = HMAC(K, input) */
static void nonces_hmac(const struct nonces *nonces, const uint8_t *input,
                        size_t input_size, uint8_t *value)
{
    unsigned size = 0;
    uint8_t out[EVP_MAX_MD_SIZE];
    HMAC(nonces->kind->digest(), nonces->k, (int)nonces->kind->size, input,
         input_size, out, &size);
    memcpy(value, out, nonces->kind->size);
    OPENSSL_cleanse(out, sizeof(out));
}

static void nonces_v(struct nonces *nonces)
{
    nonces_hmac(nonces, nonces->v, nonces->kind->size, nonces->v);
}

/* K = HMAC(K, V || tag || tail), then V = HMAC(K, V). */
static void nonces_k(struct nonces *nonces, uint8_t tag, const uint8_t *tail,
                     size_t tail_size)
{
    uint8_t input[SIZE_MAX_BYTES + 1 + 2 * SIZE_MAX_BYTES];
    size_t size = nonces->kind->size;
    memcpy(input, nonces->v, size);
    input[size] = tag;
    if (tail_size != 0) {
        memcpy(input + size + 1, tail, tail_size);
    }
    nonces_hmac(nonces, input, size + 1 + tail_size, nonces->k);
    OPENSSL_cleanse(input, sizeof(input));
    nonces_v(nonces);
}

static void nonces_init(struct nonces *nonces, const struct kind *kind,
                        const uint8_t *d, const uint8_t *reduced_digest)
{
    uint8_t tail[2 * SIZE_MAX_BYTES];
    nonces->kind = kind;
    memcpy(tail, d, kind->size);
    memcpy(tail + kind->size, reduced_digest, kind->size);
    memset(nonces->v, 0x01, kind->size);
    memset(nonces->k, 0x00, kind->size);
    nonces_k(nonces, 0x00, tail, 2 * (size_t)kind->size);
    nonces_k(nonces, 0x01, tail, 2 * (size_t)kind->size);
    OPENSSL_cleanse(tail, sizeof(tail));
}

/* s = (z + r d) / k; false asks for another nonce. */
static bool try_nonce(struct curve *curve, EC_POINT *point, const BIGNUM *z,
                      const BIGNUM *d, const uint8_t *nonce, uint8_t *r_bytes,
                      uint8_t *s_bytes)
{
    int size = (int)curve->kind->size;
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
           BN_bn2binpad(r, r_bytes, size) == size &&
           BN_bn2binpad(s, s_bytes, size) == size;
}

static int sign(const struct kind *kind, const uint8_t *d_bytes,
                const uint8_t *digest, uint8_t *r, uint8_t *s)
{
    struct curve curve;
    curve_init(&curve, kind);
    BIGNUM *d = number(&curve, d_bytes);
    BIGNUM *z = number(&curve, digest);
    BN_nnmod(z, z, curve.order, curve.context);
    uint8_t reduced[SIZE_MAX_BYTES];
    BN_bn2binpad(z, reduced, (int)kind->size);
    int status = is_scalar(&curve, d) ? 0 : -ERANGE;
    if (status == 0) {
        EC_POINT *point = EC_POINT_new(curve.group);
        struct nonces nonces;
        nonces_init(&nonces, kind, d_bytes, reduced);
        nonces_v(&nonces);
        while (!try_nonce(&curve, point, z, d, nonces.v, r, s)) {
            nonces_k(&nonces, 0x00, NULL, 0);
            nonces_v(&nonces);
        }
        OPENSSL_cleanse(&nonces, sizeof(nonces));
        EC_POINT_free(point);
    }
    curve_fini(&curve);
    return status;
}

int ecdsa_p256_sign(const uint8_t d[P256_SIZE], const uint8_t digest[P256_SIZE],
                    uint8_t r[P256_SIZE], uint8_t s[P256_SIZE])
{
    return sign(&p256, d, digest, r, s);
}

int ecdsa_p384_sign(const struct ecdsa_p384_key *key,
                    const uint8_t digest[P384_SIZE],
                    struct ecdsa_p384_signature *signature)
{
    return sign(&p384, key->d, digest, signature->r, signature->s);
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
    curve_init(&curve, &p384);
    EC_POINT *public_point = EC_POINT_new(curve.group);
    EC_POINT *point = EC_POINT_new(curve.group);
    if (public_point == NULL || point == NULL) {
        memory_exhausted();
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
