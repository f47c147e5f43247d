/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of three profiles as a recipe says, signed by libcrypto, for tests. */
#ifndef TESTS_PSA_MADE_H
#define TESTS_PSA_MADE_H

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "tests/mcuboot_made.h"
#include "trust/psa/token.h"

struct signer {
    const char *group;
    int64_t algorithm;
    size_t half;
    const EVP_MD *(*digest)(void);
    EVP_PKEY *pkey;
    struct psa_key *key;
    uint8_t instance[33];
};

static struct signer signers[] = {
    {"P-256", -7,  32, EVP_sha256, NULL, NULL, {0}},
    {"P-384", -35, 48, EVP_sha384, NULL, NULL, {0}},
    {"P-521", -36, 66, EVP_sha512, NULL, NULL, {0}},
};

/* Made once, with the public key that a verifier has. */
static inline struct signer *signer(size_t index)
{
    struct signer *made = &signers[index];
    uint8_t point[1 + 2 * 66];
    size_t size = 0;
    char *text = NULL;

    if (made->pkey != NULL) {
        return made;
    }
    made->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", made->group);
    EXPECT_EQ(EVP_PKEY_get_octet_string_param(made->pkey,
                                              OSSL_PKEY_PARAM_PUB_KEY, point,
                                              sizeof(point), &size),
              1);
    made->instance[0] = 1;
    SHA256(point, size, made->instance + 1);
    BIO *bio = BIO_new(BIO_s_mem());
    EXPECT_EQ(PEM_write_bio_PUBKEY(bio, made->pkey), 1);
    long length = BIO_get_mem_data(bio, &text);
    made->key = psa_key_read(text, (size_t)length, NULL);
    EXPECT(made->key != NULL);
    BIO_free(bio);
    return made;
}

/* r and s behind one another, from libcrypto's DER. */
static inline void sign(const struct signer *made, const struct buffer *message,
                        struct buffer *out)
{
    uint8_t der[160];
    const unsigned char *at = der;
    size_t size = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    EXPECT_EQ(
        EVP_DigestSignInit(context, NULL, made->digest(), NULL, made->pkey), 1);
    EXPECT_EQ(
        EVP_DigestSign(context, der, &size, message->bytes, message->size), 1);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), buffer_grow(out, made->half),
                 (int)made->half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), buffer_grow(out, made->half),
                 (int)made->half);
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(context);
}

/* Parts of which a token is made. */
struct recipe {
    size_t signer;
    bool has_first_keys; /* of PSA_IOT_PROFILE_1 */
    const char *profile; /* NULL: the claim is left out */
    bool is_cca;
    int tag;              /* 0: none */
    int64_t algorithm;    /* 0: the signer's */
    const char *replaced; /* a claim whose value is another, or NULL */
    const char *value;    /* in hexadecimal digits; NULL: left out */
    const char *member;   /* the same of the first component */
    const char *member_value;
    const struct mcuboot_image *image;  /* of the first component, or NULL */
    const struct mcuboot_image *second; /* of another component, or NULL */
    int64_t extra_key;                  /* of one claim more; 0: none */
    const char *extra_value;
};

static const struct {
    const char *name;
    int first;
    int later;
    const char *value; /* CBOR; NULL: made in the code */
} claims[] = {
    {"client-id",               -75001, 2394, "20"              },
    {"security-lifecycle",      -75002, 2395, "193000"          },
    {"boot-seed",               -75004, 268,  NULL              },
    {"nonce",                   -75008, 10,   NULL              },
    {"implementation-id",       -75003, 2396, NULL              },
    {"instance-id",             -75009, 256,  NULL              },
    {"certification-reference", -75005, 2398,
     "73303630343536353237323832392d3130303130"                 },
    {"verification-service",    -75010, 2400, "6161"            },
    {"platform-config",         0,      2401, "43010203"        },
    {"platform-hash-algorithm", 0,      2402, "677368612d323536"},
    {"software-components",     -75006, 2399, NULL              },
};

static inline void put_hex(struct buffer *out, const char *digits)
{
    for (; digits[0] != '\0'; digits += 2) {
        char pair[3] = {digits[0], digits[1]};
        uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);
        buffer_append(out, &byte, 1);
    }
}

static const uint8_t hashes[2][32] = {{0xaa}, {0xbb}};

/* A member, unless the recipe leaves it out. */
static inline unsigned put_member(const struct recipe *recipe, const char *name,
                                  int key, const uint8_t *bytes,
                                  const char *text, struct buffer *out)
{
    bool is_replaced = recipe->member && strcmp(recipe->member, name) == 0;

    if (is_replaced && recipe->member_value == NULL) {
        return 0;
    }
    cbor_put_number(out, key);
    if (is_replaced) {
        put_hex(out, recipe->member_value);
    } else if (bytes != NULL) {
        cbor_put_bytes(out, bytes, 32);
    } else {
        cbor_put_text(out, text);
    }
    return 1;
}

static inline void put_component(const struct recipe *recipe,
                                 const struct mcuboot_image *image,
                                 struct buffer *out)
{
    const uint8_t *measurement =
        image != NULL ? mcuboot_hash(image)->bytes : hashes[0];
    const uint8_t *signer_id =
        image != NULL ? mcuboot_find(image, MCUBOOT_TLV_KEY_HASH)->bytes
                      : hashes[1];
    struct buffer members = {0};
    unsigned count = 0;

    count += put_member(recipe, "measurement-type", 1, NULL, "SPE", &members);
    count +=
        put_member(recipe, "measurement-value", 2, measurement, NULL, &members);
    count += put_member(recipe, "version", 4, NULL, "1.2.3", &members);
    count += put_member(recipe, "signer-id", 5, signer_id, NULL, &members);
    count += put_member(recipe, "measurement-description", 6, NULL, "SHA256",
                        &members);
    cbor_put_map(out, count);
    buffer_append(out, members.bytes, members.size);
    buffer_fini(&members);
}

static inline void put_components(const struct recipe *recipe,
                                  struct buffer *out)
{
    cbor_put_array(out, recipe->second != NULL ? 2 : 1);
    put_component(recipe, recipe->image, out);
    if (recipe->second != NULL) {
        put_component(recipe, recipe->second, out);
    }
}

static inline void put_value(const struct recipe *recipe, size_t row,
                             struct buffer *out)
{
    static const uint8_t bytes[32] = {1, 2, 3};
    const char *name = claims[row].name;

    if (recipe->replaced != NULL && strcmp(recipe->replaced, name) == 0) {
        put_hex(out, recipe->value);
    } else if (claims[row].value != NULL) {
        put_hex(out, claims[row].value);
    } else if (strcmp(name, "instance-id") == 0) {
        cbor_put_bytes(out, signer(recipe->signer)->instance, 33);
    } else if (strcmp(name, "software-components") == 0) {
        put_components(recipe, out);
    } else {
        cbor_put_bytes(out, bytes, sizeof(bytes));
    }
}

static inline bool is_left_out(const struct recipe *recipe, size_t row)
{
    const char *name = claims[row].name;
    bool is_of_platform = strncmp(name, "platform", 8) == 0;
    bool is_of_client = strcmp(name, "client-id") == 0;

    return (is_of_platform && !recipe->is_cca) ||
           (is_of_client && recipe->is_cca) ||
           (recipe->replaced != NULL && recipe->value == NULL &&
            strcmp(recipe->replaced, name) == 0);
}

static inline void put_claims(const struct recipe *recipe, struct buffer *out)
{
    struct buffer pairs = {0};
    unsigned count = 0;

    if (recipe->profile != NULL) {
        cbor_put_number(&pairs, recipe->has_first_keys ? -75000 : 265);
        cbor_put_text(&pairs, recipe->profile);
        count++;
    }
    for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
        if (!is_left_out(recipe, i)) {
            cbor_put_number(&pairs, recipe->has_first_keys ? claims[i].first
                                                           : claims[i].later);
            put_value(recipe, i, &pairs);
            count++;
        }
    }
    if (recipe->extra_key != 0) {
        cbor_put_number(&pairs, recipe->extra_key);
        put_hex(&pairs, recipe->extra_value);
        count++;
    }
    cbor_put_map(out, count);
    buffer_append(out, pairs.bytes, pairs.size);
    buffer_fini(&pairs);
}

static inline void make(const struct recipe *recipe, struct buffer *out)
{
    struct signer *by = signer(recipe->signer);
    struct buffer header = {0};
    struct buffer payload = {0};
    struct buffer message = {0};
    struct buffer signature = {0};

    cbor_put_map(&header, 1);
    cbor_put_number(&header, 1);
    cbor_put_number(&header,
                    recipe->algorithm ? recipe->algorithm : by->algorithm);
    put_claims(recipe, &payload);
    cbor_put_array(&message, 4);
    cbor_put_text(&message, "Signature1");
    cbor_put_bytes(&message, header.bytes, header.size);
    cbor_put_bytes(&message, "", 0);
    cbor_put_bytes(&message, payload.bytes, payload.size);
    sign(by, &message, &signature);
    if (recipe->tag != 0) {
        uint8_t tag = (uint8_t)(0xc0 + recipe->tag);
        buffer_append(out, &tag, 1);
    }
    cbor_put_array(out, 4);
    cbor_put_bytes(out, header.bytes, header.size);
    cbor_put_map(out, 0);
    cbor_put_bytes(out, payload.bytes, payload.size);
    cbor_put_bytes(out, signature.bytes, signature.size);
    buffer_fini(&header);
    buffer_fini(&payload);
    buffer_fini(&message);
    buffer_fini(&signature);
}

static inline struct recipe first(void)
{
    return (struct recipe){
        .has_first_keys = true, .profile = "PSA_IOT_PROFILE_1", .tag = 18};
}

static inline struct recipe later(void)
{
    return (struct recipe){.profile = "http://arm.com/psa/2.0.0", .tag = 18};
}

static inline struct recipe cca(void)
{
    return (struct recipe){.signer = 1,
                           .profile = "tag:arm.com,2023:cca_platform#1.0.0",
                           .is_cca = true,
                           .tag = 18};
}

#endif
