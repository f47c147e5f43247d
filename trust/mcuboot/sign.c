/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of images: RSA-PSS, ECDSA, Ed25519. */
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

#include "abi/mcuboot.h"
#include "base/assert.h"
#include "crypto/ecdsa_p256.h"
#include "crypto/ecdsa_p384.h"
#include "trust/mcuboot/curve.h"
#include "trust/mcuboot/kdf.h"
#include "trust/mcuboot/keys.h"

/* MCUboot takes salts of this length only. */
enum { SALT_SIZE = SHA256_DIGEST_LENGTH, RSA_MAX_BYTES = 3072 / 8 };

/*
 * The encoded message of RSA-PSS (RFC 8017, 9.1.1) with SHA-256, for a modulus
 * whose top bit is set. libcrypto would draw the salt at random.
 */
static void encode_pss(const uint8_t hash[SHA256_DIGEST_LENGTH],
                       const uint8_t salt[SALT_SIZE], uint8_t *out, size_t size)
{
    enum { ZEROS = 8, TRAILER = 0xbc, TOP_BIT = 0x7f };
    uint8_t message[ZEROS + SHA256_DIGEST_LENGTH + SALT_SIZE] = {0};
    size_t masked = size - SHA256_DIGEST_LENGTH - 1;

    memcpy(message + ZEROS, hash, SHA256_DIGEST_LENGTH);
    memcpy(message + ZEROS + SHA256_DIGEST_LENGTH, salt, SALT_SIZE);
    memset(out, 0, size);
    SHA256(message, sizeof(message), out + masked);
    out[masked - SALT_SIZE - 1] = 1;
    memcpy(out + masked - SALT_SIZE, salt, SALT_SIZE);
    mcuboot_mask(out, masked, out + masked, SHA256_DIGEST_LENGTH);
    out[0] &= TOP_BIT;
    out[size - 1] = TRAILER;
}

static bool sign_rsa(const struct mcuboot_key *key, const void *hash,
                     struct buffer *signature)
{
    uint8_t salt[SALT_SIZE];
    uint8_t encoded[RSA_MAX_BYTES];
    uint8_t bytes[RSA_MAX_BYTES];
    size_t size = (size_t)EVP_PKEY_get_size(key->pkey);
    size_t encoded_size = size;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);

    assert(size <= sizeof(encoded));
    mcuboot_derive(key, "salt", hash, SHA256_DIGEST_LENGTH, salt, sizeof(salt));
    encode_pss(hash, salt, encoded, encoded_size);
    bool good =
        context != NULL && EVP_PKEY_sign_init(context) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
        EVP_PKEY_sign(context, bytes, &size, encoded, encoded_size) == 1;
    if (good) {
        buffer_append(signature, bytes, size);
    }
    EVP_PKEY_CTX_free(context);
    return good;
}

static bool append_ecdsa(const uint8_t *r_bytes, const uint8_t *s_bytes,
                         int size, struct buffer *signature)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(r_bytes, size, NULL);
    BIGNUM *s = BN_bin2bn(s_bytes, size, NULL);
    unsigned char *der = NULL;
    int der_size = 0;

    if (pair != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        der_size = i2d_ECDSA_SIG(pair, &der);
    }
    if (der_size > 0) {
        buffer_append(signature, der, (size_t)der_size);
    }
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
    return der_size > 0;
}

static bool sign_p256(const struct mcuboot_key *key, const void *hash,
                      struct buffer *signature)
{
    uint8_t d[P256_SIZE];
    uint8_t r[P256_SIZE];
    uint8_t s[P256_SIZE];
    bool good = curve_private(key->pkey, d, sizeof(d)) &&
                ecdsa_p256_sign(d, hash, r, s) == 0 &&
                append_ecdsa(r, s, P256_SIZE, signature);

    OPENSSL_cleanse(d, sizeof(d));
    return good;
}

static bool sign_p384(const struct mcuboot_key *key, const void *hash,
                      struct buffer *signature)
{
    struct ecdsa_p384_key own;
    struct ecdsa_p384_signature pair;
    bool good = curve_private(key->pkey, own.d, sizeof(own.d)) &&
                ecdsa_p384_sign(&own, hash, &pair) == 0 &&
                append_ecdsa(pair.r, pair.s, P384_SIZE, signature);

    OPENSSL_cleanse(&own, sizeof(own));
    return good;
}

static bool sign_ed25519(const struct mcuboot_key *key, const void *message,
                         size_t message_size, struct buffer *signature)
{
    uint8_t bytes[64];
    size_t size = sizeof(bytes);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL &&
        EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
        EVP_DigestSign(context, bytes, &size, message, message_size) == 1;

    if (good) {
        buffer_append(signature, bytes, size);
    }
    EVP_MD_CTX_free(context);
    return good;
}

int mcuboot_sign(const struct mcuboot_key *key, const void *message,
                 size_t size, struct buffer *signature, struct error *error)
{
    bool good = false;

    if (!key->is_private) {
        return error_set(error, -ENOKEY, "the signing key has no private part");
    }
    switch (mcuboot_signature_tlv(key->type)) {
    case MCUBOOT_TLV_RSA2048:
    case MCUBOOT_TLV_RSA3072:
        good = sign_rsa(key, message, signature);
        break;
    case MCUBOOT_TLV_ECDSA:
        good = (key->type == MCUBOOT_ECDSA_P256 ? sign_p256 : sign_p384)(
            key, message, signature);
        break;
    case MCUBOOT_TLV_ED25519:
        good = sign_ed25519(key, message, size, signature);
        break;
    default:
        return error_set(error, -EINVAL, "a key of type %s signs no images",
                         mcuboot_key_name(key->type));
    }
    return good ? 0 : error_set(error, -EIO, "cannot sign");
}

/* ---- Verifying ----------------------------------------------------------- */

static bool ed25519_holds(const struct mcuboot_key *key, const void *message,
                          size_t size, const void *signature,
                          size_t signature_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL &&
        EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
        EVP_DigestVerify(context, signature, signature_size, message, size) ==
            1;

    EVP_MD_CTX_free(context);
    return good;
}

static bool set_pss(EVP_PKEY_CTX *context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SALT_SIZE) == 1;
}

/* The signature without the zeros that older tools pad DER with to its largest
 * length, as MCUboot takes it. */
static size_t der_size(const uint8_t *bytes, size_t size)
{
    size_t whole = size >= 2 ? 2u + bytes[1] : size;

    for (size_t i = whole; i < size; i++) {
        if (bytes[i] != 0) {
            return size;
        }
    }
    return whole < size ? whole : size;
}

bool mcuboot_signature_holds(const struct mcuboot_key *key, const void *message,
                             size_t size, const void *signature,
                             size_t signature_size)
{
    uint16_t tlv = mcuboot_signature_tlv(key->type);

    if (tlv == MCUBOOT_TLV_ED25519) {
        return ed25519_holds(key, message, size, signature, signature_size);
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
    if (tlv == MCUBOOT_TLV_ECDSA) {
        signature_size = der_size(signature, signature_size);
    }
    bool good =
        context != NULL && EVP_PKEY_verify_init(context) == 1 &&
        (tlv == MCUBOOT_TLV_ECDSA || set_pss(context)) &&
        EVP_PKEY_verify(context, signature, signature_size, message, size) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}
