/* SPDX-License-Identifier: Apache-2.0 */
/* The image's key in RSA-OAEP, AES key wrap, and ECIES on two curves. */
#include "trust/mcuboot/encrypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/memory.h"
#include "trust/mcuboot/curve.h"
#include "trust/mcuboot/kdf.h"

bool mcuboot_encrypts_for(enum mcuboot_key_type type)
{
    return type == MCUBOOT_RSA_2048 || type == MCUBOOT_ECDSA_P256 ||
           type == MCUBOOT_X25519 || type == MCUBOOT_AES_128 ||
           type == MCUBOOT_AES_256;
}

void mcuboot_crypt(const uint8_t *image_key, size_t key_size, uint8_t *bytes,
                   size_t size)
{
    static const uint8_t counter[16];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher =
        key_size == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    int done = 0;

    if (EVP_EncryptInit_ex2(context, cipher, image_key, counter, NULL) != 1 ||
        EVP_EncryptUpdate(context, bytes, &done, bytes, (int)size) != 1) {
        memory_exhausted(); /* no memory */
    }
    EVP_CIPHER_CTX_free(context);
}

/* ---- RSA-OAEP ------------------------------------------------------------ */

enum { RSA_BYTES = 2048 / 8 };

/* RFC 8017, 7.1.1, with SHA-256 and no label. */
static void encode_oaep(const uint8_t *message, size_t size,
                        const uint8_t seed[SHA256_DIGEST_LENGTH],
                        uint8_t out[RSA_BYTES])
{
    uint8_t *masked_seed = out + 1;
    uint8_t *block = masked_seed + SHA256_DIGEST_LENGTH;
    size_t block_size = RSA_BYTES - 1 - SHA256_DIGEST_LENGTH;

    memset(out, 0, RSA_BYTES);
    SHA256(NULL, 0, block);
    block[block_size - size - 1] = 1;
    memcpy(block + block_size - size, message, size);
    memcpy(masked_seed, seed, SHA256_DIGEST_LENGTH);
    mcuboot_mask(block, block_size, seed, SHA256_DIGEST_LENGTH);
    mcuboot_mask(masked_seed, SHA256_DIGEST_LENGTH, block, block_size);
}

static bool wrap_rsa(const struct mcuboot_wrap *wrap, const uint8_t *image_key,
                     size_t size, struct buffer *out)
{
    uint8_t seed[SHA256_DIGEST_LENGTH];
    uint8_t encoded[RSA_BYTES];
    uint8_t bytes[RSA_BYTES];
    size_t wrapped = sizeof(bytes);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(wrap->recipient->pkey, NULL);

    mcuboot_derive(wrap->signer, "OAEP seed", wrap->context, wrap->context_size,
                   seed, sizeof(seed));
    encode_oaep(image_key, size, seed, encoded);
    bool good = context != NULL && EVP_PKEY_encrypt_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
                EVP_PKEY_encrypt(context, bytes, &wrapped, encoded,
                                 sizeof(encoded)) == 1;
    if (good) {
        buffer_append(out, bytes, wrapped);
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_cleanse(encoded, sizeof(encoded));
    return good;
}

static bool unwrap_rsa(const struct mcuboot_key *recipient,
                       const struct mcuboot_field *field, uint8_t *image_key,
                       size_t size)
{
    uint8_t bytes[RSA_BYTES];
    size_t got = sizeof(bytes);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(recipient->pkey, NULL);
    bool good =
        context != NULL && EVP_PKEY_decrypt_init(context) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
        EVP_PKEY_decrypt(context, bytes, &got, field->bytes, field->size) ==
            1 &&
        got == size;

    if (good) {
        memcpy(image_key, bytes, size);
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return good;
}

/* ---- AES key wrap (RFC 3394) --------------------------------------------- */

enum { WRAP_EXTRA = 8 };

static bool run_aes(const struct mcuboot_key *kek, bool encrypts,
                    const uint8_t *in, size_t in_size, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher =
        kek->type == MCUBOOT_AES_256 ? EVP_aes_256_wrap() : EVP_aes_128_wrap();
    int size = 0;
    int more = 0;

    if (context == NULL) {
        return false;
    }
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool good = EVP_CipherInit_ex2(context, cipher, kek->secret, NULL, encrypts,
                                   NULL) == 1 &&
                EVP_CipherUpdate(context, out, &size, in, (int)in_size) == 1 &&
                EVP_CipherFinal_ex(context, out + size, &more) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

static bool wrap_aes(const struct mcuboot_wrap *wrap, const uint8_t *image_key,
                     size_t size, struct buffer *out)
{
    uint8_t bytes[MCUBOOT_IMAGE_KEY_MAX + 2 * WRAP_EXTRA];
    bool good = run_aes(wrap->recipient, true, image_key, size, bytes);

    if (good) {
        buffer_append(out, bytes, size + WRAP_EXTRA);
    }
    return good;
}

static bool unwrap_aes(const struct mcuboot_key *recipient,
                       const struct mcuboot_field *field, uint8_t *image_key,
                       size_t size)
{
    uint8_t bytes[MCUBOOT_IMAGE_KEY_MAX + 2 * WRAP_EXTRA];
    bool good = field->size == size + WRAP_EXTRA &&
                run_aes(recipient, false, field->bytes, field->size, bytes);

    if (good) {
        memcpy(image_key, bytes, size);
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return good;
}

/* ---- ECIES --------------------------------------------------------------- */

enum { SHARED_SIZE = 32, POINT_MAX = CURVE_POINT_P256 };

/* Which of the three. */
struct ecies {
    const char *digest;
    size_t digest_size;
    size_t point_size;
};

static struct ecies ecies_of(uint16_t type)
{
    bool with_sha512 = type == MCUBOOT_TLV_ENC_X25519_SHA512;
    return (struct ecies){
        .digest = with_sha512 ? "SHA512" : "SHA256",
        .digest_size =
            with_sha512 ? SHA512_DIGEST_LENGTH : SHA256_DIGEST_LENGTH,
        .point_size =
            type == MCUBOOT_TLV_ENC_P256 ? CURVE_POINT_P256 : SHARED_SIZE,
    };
}

/* Encrypts, or decrypts, the image's key and gives the tag of what is
 * encrypted. */
static void ecies_crypt(const struct ecies *ecies,
                        const uint8_t shared[SHARED_SIZE], bool encrypts,
                        uint8_t *bytes, size_t size,
                        uint8_t tag[EVP_MAX_MD_SIZE])
{
    static const char info[] = "MCUBoot_ECIES_v1";
    uint8_t keys[MCUBOOT_IMAGE_KEY_MAX + SHA512_DIGEST_LENGTH];
    const EVP_MD *digest = EVP_get_digestbyname(ecies->digest);
    unsigned tag_size = 0;

    mcuboot_hkdf(ecies->digest, shared, SHARED_SIZE, info, strlen(info), keys,
                 size + ecies->digest_size);
    if (encrypts) {
        mcuboot_crypt(keys, size, bytes, size);
    }
    HMAC(digest, keys + size, (int)ecies->digest_size, bytes, size, tag,
         &tag_size);
    if (!encrypts) {
        mcuboot_crypt(keys, size, bytes, size);
    }
    OPENSSL_cleanse(keys, sizeof(keys));
}

static bool own_point(const EVP_PKEY *pkey, bool is_p256, uint8_t *point)
{
    size_t size = SHARED_SIZE;
    return is_p256 ? curve_point(pkey, point, CURVE_POINT_P256)
                   : EVP_PKEY_get_raw_public_key(pkey, point, &size) == 1;
}

static bool wrap_ecies(const struct mcuboot_wrap *wrap, uint16_t type,
                       const uint8_t *image_key, size_t size,
                       struct buffer *out)
{
    struct ecies ecies = ecies_of(type);
    bool is_p256 = type == MCUBOOT_TLV_ENC_P256;
    uint8_t entropy[CURVE_ENTROPY_MAX];
    uint8_t point[POINT_MAX];
    uint8_t peer[POINT_MAX];
    uint8_t shared[SHARED_SIZE];
    uint8_t tag[EVP_MAX_MD_SIZE];
    uint8_t bytes[MCUBOOT_IMAGE_KEY_MAX];

    mcuboot_derive(wrap->signer, "ephemeral key", wrap->context,
                   wrap->context_size, entropy, sizeof(entropy));
    EVP_PKEY *ephemeral =
        is_p256 ? curve_key_from_entropy(256, entropy)
                : EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, entropy,
                                               SHARED_SIZE);
    bool good = ephemeral != NULL && own_point(ephemeral, is_p256, point) &&
                own_point(wrap->recipient->pkey, is_p256, peer) &&
                curve_share(ephemeral, is_p256, peer, shared);
    if (good) {
        memcpy(bytes, image_key, size);
        ecies_crypt(&ecies, shared, true, bytes, size, tag);
        buffer_append(out, point, ecies.point_size);
        buffer_append(out, tag, ecies.digest_size);
        buffer_append(out, bytes, size);
    }
    EVP_PKEY_free(ephemeral);
    OPENSSL_cleanse(entropy, sizeof(entropy));
    OPENSSL_cleanse(shared, sizeof(shared));
    return good;
}

static bool unwrap_ecies(const struct mcuboot_key *recipient,
                         const struct mcuboot_field *field, uint8_t *image_key,
                         size_t size)
{
    struct ecies ecies = ecies_of(field->type);
    const uint8_t *tag = field->bytes + ecies.point_size;
    uint8_t shared[SHARED_SIZE];
    uint8_t found[EVP_MAX_MD_SIZE];

    if (field->size != ecies.point_size + ecies.digest_size + size ||
        !curve_share(recipient->pkey, field->type == MCUBOOT_TLV_ENC_P256,
                     field->bytes, shared)) {
        return false;
    }
    memcpy(image_key, tag + ecies.digest_size, size);
    ecies_crypt(&ecies, shared, false, image_key, size, found);
    OPENSSL_cleanse(shared, sizeof(shared));
    return CRYPTO_memcmp(found, tag, ecies.digest_size) == 0;
}

/* ---- All of them --------------------------------------------------------- */

static const struct way {
    uint16_t type;
    const char *name;
    enum mcuboot_key_type keys[2]; /* that it is for */
    bool (*unwrap)(const struct mcuboot_key *recipient,
                   const struct mcuboot_field *field, uint8_t *image_key,
                   size_t size);
} ways[] = {
    {MCUBOOT_TLV_ENC_RSA2048,
     "RSA-OAEP",                  {MCUBOOT_RSA_2048, MCUBOOT_RSA_2048},
     unwrap_rsa  },
    {MCUBOOT_TLV_ENC_KW,
     "AES-KW",                    {MCUBOOT_AES_128, MCUBOOT_AES_256},
     unwrap_aes  },
    {MCUBOOT_TLV_ENC_P256,
     "ECIES-P256",                {MCUBOOT_ECDSA_P256, MCUBOOT_ECDSA_P256},
     unwrap_ecies},
    {MCUBOOT_TLV_ENC_X25519,
     "ECIES-X25519",              {MCUBOOT_X25519, MCUBOOT_X25519},
     unwrap_ecies},
    {MCUBOOT_TLV_ENC_X25519_SHA512,
     "ECIES-X25519 with SHA-512", {MCUBOOT_X25519, MCUBOOT_X25519},
     unwrap_ecies},
};

static const struct way *find_way(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        if (ways[i].type == type) {
            return &ways[i];
        }
    }
    return NULL;
}

int mcuboot_wrap_key(const struct mcuboot_wrap *wrap, const uint8_t *image_key,
                     size_t size, uint16_t *type, struct buffer *out,
                     struct error *error)
{
    bool good = false;

    assert(mcuboot_encrypts_for(wrap->recipient->type));
    switch (wrap->recipient->type) {
    case MCUBOOT_RSA_2048:
        *type = MCUBOOT_TLV_ENC_RSA2048;
        good = wrap_rsa(wrap, image_key, size, out);
        break;
    case MCUBOOT_ECDSA_P256:
        *type = MCUBOOT_TLV_ENC_P256;
        good = wrap_ecies(wrap, *type, image_key, size, out);
        break;
    case MCUBOOT_X25519:
        *type = wrap->with_sha512 ? MCUBOOT_TLV_ENC_X25519_SHA512
                                  : MCUBOOT_TLV_ENC_X25519;
        good = wrap_ecies(wrap, *type, image_key, size, out);
        break;
    default:
        *type = MCUBOOT_TLV_ENC_KW;
        good = wrap_aes(wrap, image_key, size, out);
        break;
    }
    return good ? 0 : error_set(error, -EIO, "cannot encrypt the image's key");
}

const struct mcuboot_field *
mcuboot_wrapped_key(const struct mcuboot_image *image)
{
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        const struct mcuboot_field *field = mcuboot_find(image, ways[i].type);
        if (field != NULL) {
            return field;
        }
    }
    return NULL;
}

size_t mcuboot_image_key_size(const struct mcuboot_image *image)
{
    if ((image->header.flags & MCUBOOT_ENCRYPTED_AES256) != 0) {
        return 32;
    }
    return (image->header.flags & MCUBOOT_ENCRYPTED_AES128) != 0 ? 16 : 0;
}

int mcuboot_unwrap_key(const struct mcuboot_image *image,
                       const struct mcuboot_key *recipient,
                       uint8_t image_key[MCUBOOT_IMAGE_KEY_MAX],
                       struct error *error)
{
    const struct mcuboot_field *field = mcuboot_wrapped_key(image);
    size_t size = mcuboot_image_key_size(image);

    if (field == NULL || size == 0) {
        return error_set(error, -EACCES, "the image has no encrypted key");
    }
    const struct way *way = find_way(field->type);
    if (recipient->type != way->keys[0] && recipient->type != way->keys[1]) {
        return error_set(error, -EACCES,
                         "the image's key is in %s, but the key to decrypt "
                         "with is of type %s",
                         way->name, mcuboot_key_name(recipient->type));
    }
    if (!recipient->is_private) {
        return error_set(error, -EACCES,
                         "the key to decrypt with has no private part");
    }
    return way->unwrap(recipient, field, image_key, size)
               ? 0
               : error_set(error, -EACCES,
                           "offset 0x%zx: the image's key (%s, 0x%x bytes) is "
                           "not for this key",
                           field->offset, way->name, field->size);
}
