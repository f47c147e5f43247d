/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of three profiles, right and wrong in one place, signed by
 * libcrypto. */
#include "trust/psa/token.h"

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

/* ---- Making tokens ------------------------------------------------------- */

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
static struct signer *signer(size_t index)
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
static void sign(const struct signer *made, const struct buffer *message,
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

/* What a token is made of. */
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
    {"certification-reference", -75005, 2398, "63616263"        },
    {"verification-service",    -75010, 2400, "6161"            },
    {"platform-config",         0,      2401, "43010203"        },
    {"platform-hash-algorithm", 0,      2402, "677368612d323536"},
    {"software-components",     -75006, 2399, NULL              },
};

static void put_hex(struct buffer *out, const char *digits)
{
    for (; digits[0] != '\0'; digits += 2) {
        char pair[3] = {digits[0], digits[1]};
        uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);
        buffer_append(out, &byte, 1);
    }
}

static const uint8_t hashes[2][32] = {{0xaa}, {0xbb}};

/* A member, unless the recipe leaves it out. */
static unsigned put_member(const struct recipe *recipe, const char *name,
                           int key, const uint8_t *bytes, const char *text,
                           struct buffer *out)
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

static void put_component(const struct recipe *recipe,
                          const struct mcuboot_image *image, struct buffer *out)
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

static void put_components(const struct recipe *recipe, struct buffer *out)
{
    cbor_put_array(out, recipe->second != NULL ? 2 : 1);
    put_component(recipe, recipe->image, out);
    if (recipe->second != NULL) {
        put_component(recipe, recipe->second, out);
    }
}

static void put_value(const struct recipe *recipe, size_t row,
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

static bool is_left_out(const struct recipe *recipe, size_t row)
{
    const char *name = claims[row].name;
    bool is_of_platform = strncmp(name, "platform", 8) == 0;
    bool is_of_client = strcmp(name, "client-id") == 0;

    return (is_of_platform && !recipe->is_cca) ||
           (is_of_client && recipe->is_cca) ||
           (recipe->replaced != NULL && recipe->value == NULL &&
            strcmp(recipe->replaced, name) == 0);
}

static void put_claims(const struct recipe *recipe, struct buffer *out)
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

static void make(const struct recipe *recipe, struct buffer *out)
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

static struct recipe first(void)
{
    return (struct recipe){
        .has_first_keys = true, .profile = "PSA_IOT_PROFILE_1", .tag = 18};
}

static struct recipe later(void)
{
    return (struct recipe){.profile = "http://arm.com/psa/2.0.0", .tag = 18};
}

static struct recipe cca(void)
{
    return (struct recipe){.signer = 1,
                           .profile = "tag:arm.com,2023:cca_platform#1.0.0",
                           .is_cca = true,
                           .tag = 18};
}

/* ---- Judging them -------------------------------------------------------- */

/* Whether all checks hold, or that one refuses and says this. */
static void expect_bytes(const struct buffer *bytes,
                         const struct psa_wanted *wanted, const char *refused,
                         const char *text)
{
    struct psa_token token;
    struct verdict verdict = {0};
    struct error error = {""};

    EXPECT_EQ(psa_token_read(&token, bytes->bytes, bytes->size, &error), 0);
    EXPECT_STR(error.text, "");
    psa_token_verify(&token, wanted, &verdict);
    EXPECT_EQ(verdict_holds(&verdict), refused == NULL);
    if (refused != NULL) {
        const struct verdict_check *check = verdict_find(&verdict, refused);
        if (EXPECT(check != NULL && check->result == VERDICT_REFUSED)) {
            EXPECT_STR(check->text, text);
        }
    }
    verdict_fini(&verdict);
}

static void expect(const struct recipe *recipe, const char *refused,
                   const char *text)
{
    struct buffer bytes = {0};
    struct psa_wanted wanted = {.key = signer(recipe->signer)->key};

    make(recipe, &bytes);
    expect_bytes(&bytes, &wanted, refused, text);
    buffer_fini(&bytes);
}

TEST(tokens_of_each_profile_and_curve_verify)
{
    static const char *const profiles[] = {"http://arm.com/psa/2.0.0",
                                           "tag:psacertified.org,2023:psa#tfm"};
    for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
        struct recipe recipe = first();
        test_case("%s", signers[i].group);
        recipe.signer = i;
        expect(&recipe, NULL, NULL);
        recipe.profile = NULL; /* need not be there */
        recipe.tag = 0;
        expect(&recipe, NULL, NULL);
        recipe = cca();
        recipe.signer = i;
        expect(&recipe, NULL, NULL);
        for (size_t j = 0; j < ARRAY_SIZE(profiles); j++) {
            recipe = later();
            recipe.signer = i;
            recipe.profile = profiles[j];
            expect(&recipe, NULL, NULL);
        }
    }
}

TEST(claims_of_another_kind_or_size_are_refused_by_name)
{
    static const struct {
        bool has_first_keys;
        const char *claim;
        const char *value;
        const char *text;
    } rows[] = {
        {true,  "client-id",               NULL,                 "expected, and there is none"           },
        {true,  "security-lifecycle",      NULL,                 "expected, and there is none"           },
        {true,  "boot-seed",               NULL,                 "expected, and there is none"           },
        {true,  "nonce",                   NULL,                 "expected, and there is none"           },
        {true,  "implementation-id",       NULL,                 "expected, and there is none"           },
        {true,  "instance-id",             NULL,                 "expected, and there is none"           },
        {true,  "software-components",     NULL,
         "at least one expected, found none"                                                             },
        {false, "software-components",     NULL,                 "expected, and there is none"           },
        {false, "software-components",     "80",
         "at least one expected, found none"                                                             },
        {false, "software-components",     "01",
         "array expected, found unsigned number"                                                         },
        {true,  "client-id",               "6161",               "number of 32 bits expected, found text"},
        {true,  "client-id",               "1a80000000",
         "number of 32 bits expected, found unsigned number"                                             },
        {true,  "client-id",               "3a80000000",
         "number of 32 bits expected, found negative number"                                             },
        {true,  "security-lifecycle",      "f6",
         "number of 32 bits expected, found simple value"                                                },
        {true,  "nonce",                   "4101",               "32, 48 or 64 bytes expected, found 1"  },
        {true,  "nonce",                   "6161",               "byte string expected, found text"      },
        {true,  "implementation-id",       "4101",               "32 bytes expected, found 1"            },
        {true,  "instance-id",             "4101",               "33 bytes expected, found 1"            },
        {true,  "boot-seed",               "480102030405060708", "32 bytes expected, found 8"            },
        {false, "boot-seed",               "4701020304050607",
         "8 to 32 bytes expected, found 7"                                                               },
        {true,  "certification-reference", "01",
         "text expected, found unsigned number"                                                          },
        {true,  "verification-service",    "4101",
         "text expected, found byte string"                                                              },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = rows[i].has_first_keys ? first() : later();
        test_case("%s %s", rows[i].claim,
                  rows[i].value != NULL ? rows[i].value : "left out");
        recipe.replaced = rows[i].claim;
        recipe.value = rows[i].value;
        if (strcmp(rows[i].claim, "nonce") == 0 && rows[i].value == NULL) {
            /* By its key the profile is known when that is not named. */
            recipe.profile = "PSA_IOT_PROFILE_1";
        }
        expect(&recipe, rows[i].claim, rows[i].text);
    }
}

TEST(what_a_profile_does_not_ask_for_may_be_missing)
{
    struct recipe recipe = later();
    recipe.replaced = "boot-seed";
    expect(&recipe, NULL, NULL);
    recipe.value = "480102030405060708";
    expect(&recipe, NULL, NULL);
    recipe = cca();
    recipe.replaced = "boot-seed";
    expect(&recipe, NULL, NULL);
    recipe.replaced = "platform-config";
    expect(&recipe, "platform-config", "expected, and there is none");
    recipe.replaced = "platform-hash-algorithm";
    expect(&recipe, "platform-hash-algorithm", "expected, and there is none");
}

/* In the first profile alone; 1 is its only value. */
TEST(a_token_may_say_that_nothing_was_measured)
{
    struct recipe recipe = first();
    recipe.replaced = "software-components";
    recipe.extra_key = -75007;
    recipe.extra_value = "01";
    expect(&recipe, NULL, NULL);
    recipe.extra_value = "02";
    expect(&recipe, "software-components", "at least one expected, found none");
    recipe.extra_value = "20";
    expect(&recipe, "software-components", "at least one expected, found none");
}

TEST(claims_are_proven_together_or_not_at_all)
{
    struct recipe recipe = first();
    for (int good = 1; good >= 0; good--) {
        struct buffer bytes = {0};
        struct psa_token token;
        struct verdict verdict = {0};
        struct psa_wanted wanted = {.key = signer(0)->key};
        recipe.replaced = good ? NULL : "boot-seed";
        make(&recipe, &bytes);
        EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
        psa_token_verify(&token, &wanted, &verdict);
        EXPECT_EQ(verdict_find(&verdict, "claims") != NULL, good);
        verdict_fini(&verdict);
        buffer_fini(&bytes);
    }
}

TEST(members_of_components_are_judged_as_claims_are)
{
    static const struct {
        const char *member;
        const char *value;
        const char *check;
        const char *text;
    } rows[] = {
        {"measurement-value", NULL,   "component 0 measurement-value",
         "expected, and there is none"                                     },
        {"measurement-value", "4101", "component 0 measurement-value",
         "32, 48 or 64 bytes expected, found 1"                            },
        {"signer-id",         NULL,   "component 0 signer-id",
         "expected, and there is none"                                     },
        {"signer-id",         "01",   "component 0 signer-id",
         "byte string expected, found unsigned number"                     },
        {"version",           "4101", "component 0 version",
         "text expected, found byte string"                                },
        {"version",           NULL,   NULL,                            NULL},
        {"measurement-type",  NULL,   NULL,                            NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = first();
        test_case("%zu", i);
        recipe.member = rows[i].member;
        recipe.member_value = rows[i].value;
        expect(&recipe, rows[i].check, rows[i].text);
    }
}

TEST(profiles_are_named_and_do_not_mix)
{
    struct recipe recipe = later();
    recipe.profile = "http://arm.com/psa/3.0.0";
    expect(&recipe, "profile",
           "one of PSA or of a CCA platform expected, found another");
    recipe.profile = NULL;
    expect(&recipe, "profile", "expected, and there is none");
    recipe.profile = "PSA_IOT_PROFILE_1";
    expect(&recipe, "nonce",
           "a key of profile PSA_IOT_PROFILE_1 expected, found 10");
    recipe = first();
    recipe.profile = "http://arm.com/psa/2.0.0";
    expect(&recipe, "client-id",
           "a key of profile http://arm.com/psa/2.0.0 expected, found -75001");
}

/* ---- Signature, nonce, instance ------------------------------------------ */

TEST(another_signer_or_algorithm_is_refused)
{
    struct recipe recipe = first();
    struct buffer bytes = {0};
    struct psa_wanted wanted = {.key = signer(1)->key};
    make(&recipe, &bytes);
    expect_bytes(&bytes, &wanted, "algorithm",
                 "ES384 (-35), that of the key, expected, found ES256 (-7)");
    wanted.key = signer(0)->key;
    bytes.bytes[bytes.size - 1] ^= 1;
    expect_bytes(&bytes, &wanted, "signature",
                 "ES256, but not by the key that was given");
    buffer_fini(&bytes);
    recipe.algorithm = -8;
    expect(&recipe, "algorithm",
           "ES256 (-7), that of the key, expected, found none that is known "
           "(-8)");
    /* The algorithm's number is signed, too. */
    recipe.signer = 1;
    recipe.algorithm = -7;
    make(&recipe, &bytes);
    wanted.key = signer(0)->key;
    expect_bytes(&bytes, &wanted, "signature", "64 bytes expected, found 96");
    buffer_fini(&bytes);
}

TEST(a_change_of_any_byte_of_claims_or_signature_is_refused)
{
    struct recipe recipe = first();
    struct buffer bytes = {0};
    struct psa_wanted wanted = {.key = signer(0)->key};
    make(&recipe, &bytes);
    for (size_t at = 0; at < bytes.size; at++) {
        struct psa_token token;
        struct verdict verdict = {0};
        bytes.bytes[at] ^= (uint8_t)(1u << at % 8);
        if (psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0) {
            psa_token_verify(&token, &wanted, &verdict);
            test_case("0x%zx", at);
            EXPECT(!verdict_holds(&verdict));
            verdict_fini(&verdict);
        }
        bytes.bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    expect_bytes(&bytes, &wanted, NULL, NULL);
    buffer_fini(&bytes);
}

TEST(a_nonce_is_compared_or_open)
{
    struct recipe recipe = later();
    struct buffer bytes = {0};
    uint8_t nonce[64] = {1, 2, 3};
    struct psa_wanted wanted = {
        .key = signer(0)->key, .nonce = nonce, .nonce_size = 32};
    make(&recipe, &bytes);
    expect_bytes(&bytes, &wanted, NULL, NULL);
    nonce[31] = 1;
    expect_bytes(
        &bytes, &wanted, "nonce",
        "0102030000000000000000000000000000000000000000000000000000000001 "
        "expected, found "
        "0102030000000000000000000000000000000000000000000000000000000000");
    nonce[31] = 0;
    wanted.nonce_size = 48;
    struct psa_token token;
    struct verdict verdict = {0};
    EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
    psa_token_verify(&token, &wanted, &verdict);
    EXPECT_EQ(verdict_find(&verdict, "nonce")->result, VERDICT_REFUSED);
    verdict_fini(&verdict);
    wanted.nonce = NULL;
    psa_token_verify(&token, &wanted, &verdict);
    EXPECT_EQ(verdict_find(&verdict, "nonce")->result, VERDICT_OPEN);
    EXPECT(verdict_holds(&verdict));
    verdict_fini(&verdict);
    buffer_fini(&bytes);
}

TEST(an_instance_is_that_of_the_key)
{
    static const char other[] =
        "5821"
        "01aa000000000000000000000000000000000000000000000000000000000000bb";
    struct recipe recipe = later();
    struct psa_wanted wanted = {.key = signer(0)->key};
    struct psa_token token;
    struct verdict verdict = {0};
    struct buffer bytes = {0};
    recipe.replaced = "instance-id";
    recipe.value = other;
    make(&recipe, &bytes);
    EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
    psa_token_verify(&token, &wanted, &verdict);
    const struct verdict_check *check = verdict_find(&verdict, "instance-id");
    REQUIRE(check != NULL);
    EXPECT_EQ(check->result, VERDICT_REFUSED);
    EXPECT(strstr(check->text, other + 4) != NULL);
    verdict_fini(&verdict);
    buffer_fini(&bytes);
}

/* ---- Images -------------------------------------------------------------- */

/* An image signed by Ed25519; pointers are into *bytes. */
static struct psa_image make_image(const char *name, uint32_t build,
                                   struct buffer *bytes)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct mcuboot_pack pack = made_pack(key);
    struct psa_image image = {.name = name};
    pack.version.build = build;
    EXPECT_EQ(mcuboot_write(&pack, bytes, NULL), 0);
    EXPECT_EQ(mcuboot_read(&image.image, bytes->bytes, bytes->size, NULL), 0);
    mcuboot_key_destroy(key);
    return image;
}

static const struct verdict_check *judge_images(const struct recipe *recipe,
                                                const struct psa_image *images,
                                                size_t count, const char *name,
                                                struct verdict *verdict)
{
    struct buffer bytes = {0};
    struct psa_token token;
    struct psa_wanted wanted = {
        .key = signer(0)->key, .images = images, .image_count = count};
    make(recipe, &bytes);
    EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
    psa_token_verify(&token, &wanted, verdict);
    buffer_fini(&bytes);
    return verdict_find(verdict, name);
}

TEST(images_are_found_by_their_measurement)
{
    struct buffer files[2] = {{0}};
    struct psa_image images[2] = {make_image("one.bin", 1, &files[0]),
                                  make_image("two.bin", 2, &files[1])};
    struct recipe recipe = first();
    struct verdict verdict = {0};
    recipe.image = &images[0].image;
    const struct verdict_check *check =
        judge_images(&recipe, images, 1, "one.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    check = verdict_find(&verdict, "one.bin signer");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    EXPECT(verdict_find(&verdict, "component 0") == NULL);
    verdict_fini(&verdict);
    /* Another image of that signer is compared with what is there. */
    check =
        judge_images(&recipe, images + 1, 1, "two.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    check = verdict_find(&verdict, "two.bin signer");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    verdict_fini(&verdict);
    /* There is one component for two images. */
    check = judge_images(&recipe, images, 2, "two.bin", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED &&
           strstr(check->text, "expected, found none") != NULL);
    verdict_fini(&verdict);
    check = judge_images(&recipe, images, 0, "component 0", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_OPEN);
    verdict_fini(&verdict);
    buffer_fini(&files[0]);
    buffer_fini(&files[1]);
}

/* Whatever the order of both. */
TEST(each_image_is_compared_with_its_own_component)
{
    struct buffer files[2] = {{0}};
    struct psa_image images[2] = {make_image("one.bin", 1, &files[0]),
                                  make_image("two.bin", 2, &files[1])};
    struct recipe recipe = first();
    struct verdict verdict = {0};
    recipe.image = &images[1].image;
    recipe.second = &images[0].image;
    const struct verdict_check *check =
        judge_images(&recipe, images, 2, "one.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    check = verdict_find(&verdict, "two.bin measurement");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    EXPECT(verdict_holds(&verdict));
    verdict_fini(&verdict);
    /* One of them alone, though both have one signer. */
    check =
        judge_images(&recipe, images + 1, 1, "two.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    EXPECT(verdict_holds(&verdict));
    verdict_fini(&verdict);
    buffer_fini(&files[0]);
    buffer_fini(&files[1]);
}

TEST(a_strange_component_is_refused_in_both)
{
    struct buffer file = {0};
    struct psa_image image = make_image("one.bin", 1, &file);
    struct recipe recipe = first();
    struct verdict verdict = {0};
    const struct verdict_check *check =
        judge_images(&recipe, &image, 1, "one.bin measurement", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    check = verdict_find(&verdict, "one.bin signer");
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    verdict_fini(&verdict);
    buffer_fini(&file);
}

/* Else anyone's file with the right TLV would stand for the image. */
TEST(an_image_must_be_what_its_hash_says)
{
    struct buffer file = {0};
    struct psa_image image = make_image("one.bin", 1, &file);
    struct recipe recipe = first();
    struct verdict verdict = {0};
    recipe.image = &image.image;
    file.bytes[50] ^= 1;
    const struct verdict_check *check =
        judge_images(&recipe, &image, 1, "one.bin hash", &verdict);
    EXPECT(check != NULL && check->result == VERDICT_REFUSED);
    check = verdict_find(&verdict, "one.bin measurement");
    EXPECT(check != NULL && check->result == VERDICT_PROVEN);
    verdict_fini(&verdict);
    buffer_fini(&file);
}

/* ---- What is no token ---------------------------------------------------- */

TEST(what_is_no_token_is_named)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"",                               "offset 0x0: the CBOR item is cut off"                       },
        {"d2",                             "offset 0x1: the CBOR item is cut off"                       },
        {"d184",
         "the token is a COSE_Mac0: the key that verifies it also makes it, "
         "and none can be given"                                                                        },
        {"d9018fa0",
         "the token is a CCA token, of a platform's and a realm's: only the "
         "platform's alone is verified"                                                                 },
        {"d384",                           "tag 18 expected for a COSE_Sign1, found 19"                 },
        {"d283",
         "offset 0x1: array of 4 expected for a COSE_Sign1, found array"                                },
        {"a0",                             "offset 0x0: array of 4 expected for a COSE_Sign1, found map"},
        {"84a0",
         "protected header: offset 0x1: byte string expected, found map"                                },
        {"8440f6",
         "unprotected header: offset 0x2: map expected, found simple value"                             },
        {"8440a0f640",
         "payload: offset 0x3: byte string expected, found simple value"                                },
        {"8440a04040",
         "protected header: offset 0x0: the CBOR item is cut off"                                       },
        {"8441a0a0404000",                 "offset 0x6: 0x1 bytes behind the token"                     },
        {"8441a0a04040",                   "claims: offset 0x0: the CBOR item is cut off"               },
        {"8441a0a041a140",                 "offset 0x1: the CBOR item is cut off"                       },
        {"8441a0a042a00040",               "offset 0x1: 0x1 bytes behind the claims"                    },
        {"8444a1028101a041a040",
         "protected header: it names parameters that must be understood, and "
         "none are"                                                                                     },
        {"8441a0a045a20a400a4040",         "nonce: there are two"                                       },
        {"8441a0a049a119095f81a204010440",
         "offset 0x9: the CBOR item is cut off"                                                         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct psa_token token;
        struct error error = {""};
        struct buffer bytes = {0};
        test_case("%s", rows[i].hex);
        put_hex(&bytes, rows[i].hex);
        EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, &error),
                  -EINVAL);
        EXPECT_STR(error.text, rows[i].text);
        buffer_fini(&bytes);
    }
}

TEST(headers_that_are_not_known_are_passed_over)
{
    struct psa_token token;
    struct buffer bytes = {0};
    /* {[1]: 0, "a": {}, 1: -7} */
    put_hex(&bytes, "8449a38101006161a00126a041a040");
    EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
    EXPECT_EQ(token.algorithm, -7);
    buffer_fini(&bytes);
}

TEST(more_components_than_there_is_room_for_are_refused)
{
    struct psa_token token;
    struct error error = {""};
    struct buffer bytes = {0};
    put_hex(&bytes, "8441a0a05826a119095f9821");
    for (unsigned i = 0; i < 33; i++) {
        put_hex(&bytes, "a0");
    }
    bytes.bytes[5] = 6 + 33;
    put_hex(&bytes, "40");
    EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, &error), -EINVAL);
    EXPECT_STR(error.text,
               "software-components: at most 32 expected, found 33");
    buffer_fini(&bytes);
}

TEST(keys_of_other_kinds_are_refused)
{
    struct error error = {""};
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct buffer pem = {0};
    EXPECT(psa_key_read("x", 1, &error) == NULL);
    EXPECT_STR(error.text, "no key in unencrypted PEM");
    error_clear(&error);
    mcuboot_key_public_pem(key, &pem);
    EXPECT(psa_key_read(pem.bytes, pem.size, &error) == NULL);
    EXPECT_STR(error.text, "the key is not on P-256, P-384 or P-521");
    buffer_fini(&pem);
    mcuboot_key_destroy(key);
    psa_key_destroy(NULL);
}

/* ---- Words --------------------------------------------------------------- */

TEST(claims_are_explained_to_people)
{
    struct recipe recipe = later();
    struct psa_token token;
    struct buffer bytes = {0};
    struct buffer text = {0};
    struct json json;
    recipe.replaced = "instance-id"; /* the key is another each time */
    recipe.value = "4101";
    recipe.extra_key = -99999;
    recipe.extra_value = "64610a7f62"; /* not all of it can be printed */
    make(&recipe, &bytes);
    REQUIRE(psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0);
    psa_token_print(&token, &text);
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    psa_token_print_json(&token, &json);
    json_end_object(&json);
    buffer_print(&text, "\n");
    EXPECT_APPROVED(buffer_text(&text), "psa_token.txt");
    buffer_fini(&text);
    buffer_fini(&bytes);
}

TEST(life_cycles_have_names)
{
    static const struct {
        const char *value;
        const char *text;
    } rows[] = {
        {"00",     "0 (0x0, unknown)"                         },
        {"191000", "4096 (0x1000, assembly and test)"         },
        {"1930ff", "12543 (0x30ff, secured)"                  },
        {"195000", "20480 (0x5000, recoverable PSA RoT debug)"},
        {"196000", "24576 (0x6000, decommissioned)"           },
        {"197000", "28672 (0x7000, reserved)"                 },
        {"193100", "12544 (0x3100, reserved)"                 },
        {"20",     "-1 (0xffffffffffffffff, reserved)"        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = first();
        struct psa_token token;
        struct buffer bytes = {0};
        struct buffer text = {0};
        test_case("%s", rows[i].value);
        recipe.replaced = "security-lifecycle";
        recipe.value = rows[i].value;
        make(&recipe, &bytes);
        REQUIRE(psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0);
        psa_token_print(&token, &text);
        EXPECT(strstr(buffer_text(&text), rows[i].text) != NULL);
        buffer_fini(&text);
        buffer_fini(&bytes);
    }
    struct recipe recipe = cca();
    struct psa_token token;
    struct buffer bytes = {0};
    struct buffer text = {0};
    recipe.replaced = "security-lifecycle";
    recipe.value = "194000";
    make(&recipe, &bytes);
    REQUIRE(psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0);
    psa_token_print(&token, &text);
    EXPECT(strstr(buffer_text(&text), "non-CCA-platform debug") != NULL);
    buffer_fini(&text);
    buffer_fini(&bytes);
}
