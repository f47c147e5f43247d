/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from files, new ones, and their public parts. */
#include "trust/mcuboot/keys.h"

#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "abi/mcuboot.h"
#include "base/bits.h"
#include "base/memory.h"
#include "trust/mcuboot/curve.h"
#include "trust/mcuboot/kdf.h"

/* Constants of a type. */
static const struct kind {
    const char *name;
    const char *c_name; /* in the names of MCUboot's arrays */
    int pkey;           /* libcrypto's type */
    int bits;
    uint16_t signature;
    unsigned hash_bits;
} kinds[] = {
    [MCUBOOT_RSA_2048] = {"rsa-2048",   "rsa",       EVP_PKEY_RSA,     2048,
                          MCUBOOT_TLV_RSA2048,                                  256},
    [MCUBOOT_RSA_3072] = {"rsa-3072",   "rsa",       EVP_PKEY_RSA,     3072,
                          MCUBOOT_TLV_RSA3072,                                  256},
    [MCUBOOT_ECDSA_P256] = {"ecdsa-p256", "ecdsa",     EVP_PKEY_EC,      256,
                          MCUBOOT_TLV_ECDSA,                                    256},
    [MCUBOOT_ECDSA_P384] = {"ecdsa-p384", "ecdsap384", EVP_PKEY_EC,      384,
                          MCUBOOT_TLV_ECDSA,                                    384},
    [MCUBOOT_ED25519] = {"ed25519",    "ed25519",   EVP_PKEY_ED25519, 256,
                          MCUBOOT_TLV_ED25519,                                  256},
    [MCUBOOT_X25519] = {"x25519",     "x25519",    EVP_PKEY_X25519,  253,  0, 0  },
    [MCUBOOT_AES_128] = {"aes-128",    NULL,        EVP_PKEY_NONE,    128,  0, 0  },
    [MCUBOOT_AES_256] = {"aes-256",    NULL,        EVP_PKEY_NONE,    256,  0, 0  },
};

enum { BITS_PER_BYTE = 8 };

const char *mcuboot_key_name(enum mcuboot_key_type type)
{
    return type < MCUBOOT_KEY_TYPES ? kinds[type].name : NULL;
}

int mcuboot_key_type_parse(const char *name, enum mcuboot_key_type *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *type = (enum mcuboot_key_type)i;
            return 0;
        }
    }
    return -EINVAL;
}

uint16_t mcuboot_signature_tlv(enum mcuboot_key_type type)
{
    return kinds[type].signature;
}

unsigned mcuboot_hash_bits(enum mcuboot_key_type type)
{
    return kinds[type].hash_bits;
}

bool mcuboot_hash_fits(enum mcuboot_key_type type, unsigned bits)
{
    /* An Ed25519 signature is over whatever hash there is. */
    return bits == kinds[type].hash_bits ||
           (type == MCUBOOT_ED25519 && bits == 512);
}

/* ---- Reading ------------------------------------------------------------- */

/* The curve decides: both have EVP_PKEY_EC. */
static bool has_curve(const EVP_PKEY *pkey, int bits)
{
    const char *wanted = bits == 384 ? "secp384r1" : "prime256v1";
    char group[32] = "";
    size_t size = 0;

    return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
                                          group, sizeof(group), &size) == 1 &&
           strcmp(group, wanted) == 0;
}

static int find_type(const EVP_PKEY *pkey, enum mcuboot_key_type *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].pkey == EVP_PKEY_get_base_id(pkey) &&
            kinds[i].bits == EVP_PKEY_get_bits(pkey) &&
            (kinds[i].pkey != EVP_PKEY_EC || has_curve(pkey, kinds[i].bits))) {
            *type = (enum mcuboot_key_type)i;
            return 0;
        }
    }
    return -EINVAL;
}

static struct mcuboot_key *read_pem(const void *bytes, size_t size,
                                    const struct pass_phrase *from,
                                    struct error *error)
{
    struct mcuboot_key *key = xcalloc(1, sizeof(*key));

    key->pkey = pem_read_key(bytes, size, from, &key->is_private, error);
    if (key->pkey == NULL) {
        mcuboot_key_destroy(key);
        return NULL;
    }
    if (find_type(key->pkey, &key->type) != 0) {
        error_set(error, -EINVAL,
                  "a key of %d bits of type %s, expected RSA of 2048 or 3072 "
                  "bits, P-256, P-384, Ed25519 or X25519",
                  EVP_PKEY_get_bits(key->pkey),
                  EVP_PKEY_get0_type_name(key->pkey));
    } else {
        return key;
    }
    mcuboot_key_destroy(key);
    return NULL;
}

/* -1 for what is not base64. */
static int read_base64(const void *bytes, size_t size, uint8_t *out)
{
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    int got = 0;
    int more = 0;

    EVP_DecodeInit(context);
    bool good = EVP_DecodeUpdate(context, out, &got, bytes, (int)size) >= 0 &&
                EVP_DecodeFinal(context, out + got, &more) == 1;
    EVP_ENCODE_CTX_free(context);
    return good ? got + more : -1;
}

static struct mcuboot_key *read_aes(const void *bytes, size_t size)
{
    enum { TEXT_MAX = 64 }; /* of 32 bytes in base64, with some room */
    uint8_t raw[TEXT_MAX] = {0};
    int got = (int)size;

    if (size == 16 || size == 32) {
        memcpy(raw, bytes, size);
    } else {
        got = size <= TEXT_MAX ? read_base64(bytes, size, raw) : -1;
    }
    if (got != 16 && got != 32) {
        return NULL;
    }
    struct mcuboot_key *key = xcalloc(1, sizeof(*key));
    key->type = got == 16 ? MCUBOOT_AES_128 : MCUBOOT_AES_256;
    key->is_private = true;
    memcpy(key->secret, raw, (size_t)got);
    OPENSSL_cleanse(raw, sizeof(raw));
    return key;
}

void mcuboot_signature_read(const void *bytes, size_t size,
                            struct buffer *signature)
{
    uint8_t *raw = xcalloc(1, size + 1);
    int got = read_base64(bytes, size, raw);

    buffer_append(signature, got < 0 ? bytes : raw,
                  got < 0 ? size : (size_t)got);
    free(raw);
}

struct mcuboot_key *mcuboot_key_read(const void *bytes, size_t size,
                                     const struct pass_phrase *from,
                                     struct error *error)
{
    struct mcuboot_key *key = read_aes(bytes, size);
    return key != NULL ? key : read_pem(bytes, size, from, error);
}

void mcuboot_key_destroy(struct mcuboot_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pkey);
        OPENSSL_cleanse(key->secret, sizeof(key->secret));
        free(key);
    }
}

/* ---- New keys ------------------------------------------------------------ */

/* Bytes from a seed, or random ones without. */
static bool entropy(enum mcuboot_key_type type, const void *seed,
                    size_t seed_size, uint8_t *out, size_t size)
{
    if (seed == NULL) {
        return RAND_priv_bytes(out, (int)size) == 1;
    }
    mcuboot_hkdf("SHA256", seed, seed_size, kinds[type].name,
                 strlen(kinds[type].name), out, size);
    return true;
}

static EVP_PKEY *generate(enum mcuboot_key_type type, const void *seed,
                          size_t seed_size)
{
    uint8_t bytes[CURVE_ENTROPY_MAX];
    EVP_PKEY *pkey = NULL;

    if (kinds[type].pkey == EVP_PKEY_RSA) {
        return EVP_RSA_gen((unsigned)kinds[type].bits);
    }
    if (!entropy(type, seed, seed_size, bytes, sizeof(bytes))) {
        return NULL;
    }
    pkey =
        kinds[type].pkey == EVP_PKEY_EC
            ? curve_key_from_entropy(kinds[type].bits, bytes)
            : EVP_PKEY_new_raw_private_key(kinds[type].pkey, NULL, bytes, 32);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return pkey;
}

static void append_bio(BIO *bio, struct buffer *out)
{
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(out, text, (size_t)size);
}

static void generate_aes(enum mcuboot_key_type type, const void *seed,
                         size_t seed_size, struct buffer *file)
{
    uint8_t bytes[32];
    unsigned char text[64];
    size_t size = (size_t)kinds[type].bits / BITS_PER_BYTE;

    if (!entropy(type, seed, seed_size, bytes, size)) {
        abort();
    }
    int length = EVP_EncodeBlock(text, bytes, (int)size);
    buffer_print(file, "%.*s\n", length, (const char *)text);
    OPENSSL_cleanse(bytes, sizeof(bytes));
}

int mcuboot_key_generate(enum mcuboot_key_type type, const void *seed,
                         size_t seed_size, struct buffer *file,
                         struct error *error)
{
    int status = 0;

    if (seed != NULL && kinds[type].pkey == EVP_PKEY_RSA) {
        return error_set(error, -EINVAL,
                         "an RSA key cannot be derived from a seed");
    }
    if (kinds[type].pkey == EVP_PKEY_NONE) {
        generate_aes(type, seed, seed_size, file);
        return 0;
    }
    EVP_PKEY *pkey = generate(type, seed, seed_size);
    if (!pem_write_key(pkey, NULL, 0, file)) {
        status = error_set(error, -EIO, "cannot make a key of type %s",
                           kinds[type].name);
    }
    EVP_PKEY_free(pkey);
    return status;
}

/* ---- Public keys --------------------------------------------------------- */

void mcuboot_key_public(const struct mcuboot_key *key, struct buffer *der)
{
    unsigned char *bytes = NULL;
    int size = 0;

    if (key->pkey != NULL) {
        size = kinds[key->type].pkey == EVP_PKEY_RSA
                   ? i2d_PublicKey(key->pkey, &bytes)
                   : i2d_PUBKEY(key->pkey, &bytes);
    }
    if (size > 0) {
        buffer_append(der, bytes, (size_t)size);
    }
    OPENSSL_free(bytes);
}

struct mcuboot_key *mcuboot_key_of_public(const void *der, size_t size)
{
    struct mcuboot_key *key = xcalloc(1, sizeof(*key));
    const unsigned char *at = der;

    key->pkey = d2i_PUBKEY(NULL, &at, (long)size);
    if (key->pkey == NULL) {
        at = der;
        key->pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)size);
    }
    if (key->pkey != NULL && find_type(key->pkey, &key->type) == 0) {
        return key;
    }
    mcuboot_key_destroy(key);
    return NULL;
}

void mcuboot_key_public_pem(const struct mcuboot_key *key, struct buffer *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio != NULL && key->pkey != NULL &&
        PEM_write_bio_PUBKEY(bio, key->pkey) == 1) {
        append_bio(bio, pem);
    }
    BIO_free(bio);
}

void mcuboot_key_print_c(const struct mcuboot_key *key, bool is_hash,
                         struct buffer *out)
{
    enum { ROW = 8 };
    const char *name = kinds[key->type].c_name;
    const char *end = is_hash ? "_hash" : "";
    struct buffer bytes = {0};

    mcuboot_key_public(key, &bytes);
    if (is_hash) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        EVP_Digest(bytes.bytes, bytes.size, digest, &size, EVP_sha256(), NULL);
        buffer_clear(&bytes);
        buffer_append(&bytes, digest, size);
    }
    buffer_print(out, "const unsigned char %s_pub_key%s[] = {", name, end);
    for (size_t i = 0; i < bytes.size; i++) {
        buffer_print(out, "%s0x%02x,", i % ROW == 0 ? "\n    " : " ",
                     bytes.bytes[i]);
    }
    buffer_print(out, "\n};\nconst unsigned int %s_pub_key%s_len = %zu;\n",
                 name, end, bytes.size);
    buffer_fini(&bytes);
}

void mcuboot_derive(const struct mcuboot_key *key, const char *label,
                    const void *context, size_t context_size, void *out,
                    size_t size)
{
    unsigned char *der = NULL;
    struct buffer info = {0};

    if (!key->is_private) {
        if (RAND_priv_bytes(out, (int)size) != 1) {
            memory_exhausted();
        }
        return;
    }
    int der_size = i2d_PrivateKey(key->pkey, &der);
    if (der_size <= 0) {
        memory_exhausted();
    }
    buffer_append(&info, label, strlen(label) + 1);
    buffer_append(&info, context, context_size);
    mcuboot_hkdf("SHA256", der, (size_t)der_size, info.bytes, info.size, out,
                 size);
    buffer_fini(&info);
    OPENSSL_clear_free(der, (size_t)der_size);
}
