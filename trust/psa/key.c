/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA of tokens, by libcrypto. */
#include "trust/psa/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/pem.h"

/* RFC 9053, 2.1. */
static const struct curve {
    const char *group; /* libcrypto's name */
    const char *algorithm;
    int64_t number;
    size_t size; /* of a coordinate */
    const EVP_MD *(*digest)(void);
} curves[] = {
    {"prime256v1", "ES256", -7,  32, EVP_sha256},
    {"secp384r1",  "ES384", -35, 48, EVP_sha384},
    {"secp521r1",  "ES512", -36, 66, EVP_sha512},
};

enum { POINT_MAX = 1 + 2 * 66 };

struct psa_key {
    EVP_PKEY *pkey;
    const struct curve *curve;
};

const char *psa_key_algorithm_name(const struct psa_key *key)
{
    return key->curve->algorithm;
}

int64_t psa_key_algorithm(const struct psa_key *key)
{
    return key->curve->number;
}

size_t psa_key_signature_size(const struct psa_key *key)
{
    return 2 * key->curve->size;
}

const char *psa_algorithm_name(int64_t algorithm)
{
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
        if (curves[i].number == algorithm) {
            return curves[i].algorithm;
        }
    }
    return NULL;
}

static const struct curve *find_curve(const EVP_PKEY *pkey)
{
    char group[32] = "";
    size_t size = 0;

    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                       sizeof(group), &size) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
        if (strcmp(curves[i].group, group) == 0) {
            return &curves[i];
        }
    }
    return NULL;
}

/* A token is verified by the public half, which needs no pass phrase.
 * NOLINTNEXTLINE(readability-non-const-parameter): a type of others */
static int refuse(void *context, const char *name, char *text,
                  struct error *error)
{
    return error_set(error, -ENOKEY,
                     "the private key is encrypted, and its public half "
                     "suffices, which 'openssl pkey -pubout' prints");
}

struct psa_key *psa_key_read(const void *bytes, size_t size,
                             struct error *error)
{
    static const struct pass_phrase none = {.ask = refuse};
    bool is_private = false;
    EVP_PKEY *pkey = pem_read_key(bytes, size, &none, &is_private, error);
    const struct curve *curve = pkey != NULL ? find_curve(pkey) : NULL;

    if (curve == NULL) {
        error_set(error, -EINVAL, "the key is not on P-256, P-384 or P-521");
        EVP_PKEY_free(pkey);
        return NULL;
    }
    struct psa_key *key = xcalloc(1, sizeof(*key));
    key->pkey = pkey;
    key->curve = curve;
    return key;
}

void psa_key_destroy(struct psa_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pkey);
        free(key);
    }
}

/* COSE has r and s as they are, libcrypto wants them in DER. */
static int to_der(const uint8_t *signature, size_t half, unsigned char **der)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(signature + half, (int)half, NULL);
    int size = 0;

    if (pair != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        size = i2d_ECDSA_SIG(pair, der);
    }
    ECDSA_SIG_free(pair);
    return size;
}

bool psa_key_verifies(const struct psa_key *key, const void *message,
                      size_t size, const uint8_t *signature,
                      size_t signature_size)
{
    unsigned char *der = NULL;

    if (signature_size != psa_key_signature_size(key)) {
        return false;
    }
    int der_size = to_der(signature, key->curve->size, &der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        der_size > 0 && context != NULL &&
        EVP_DigestVerifyInit(context, NULL, key->curve->digest(), NULL,
                             key->pkey) == 1 &&
        EVP_DigestVerify(context, der, (size_t)der_size, message, size) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return good;
}

bool psa_key_instance(const struct psa_key *key,
                      uint8_t instance[PSA_INSTANCE_SIZE])
{
    enum { UNCOMPRESSED = 4, RANDOM_UEID = 1 };
    uint8_t point[POINT_MAX] = {UNCOMPRESSED};
    int size = (int)key->curve->size;
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    bool good =
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
        BN_bn2binpad(x, point + 1, size) == size &&
        BN_bn2binpad(y, point + 1 + size, size) == size;

    instance[0] = RANDOM_UEID;
    SHA256(point, 1 + 2 * (size_t)size, instance + 1);
    BN_free(x);
    BN_free(y);
    return good;
}
