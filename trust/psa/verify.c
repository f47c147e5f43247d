/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a token: its signature, its claims, and what they say of a device
 * beside the key and the images that it should have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/bits.h"
#include "trust/psa/key.h"
#include "trust/psa/profile.h"

struct judging {
    const struct psa_token *token;
    const struct psa_wanted *wanted;
    struct verdict *verdict;
    const struct psa_profile *profile; /* or NULL */
};

/* ---- Signature ----------------------------------------------------------- */

/* RFC 9052, 4.4, without data from outside. */
static void put_signed(const struct psa_token *token, struct buffer *out)
{
    cbor_put_array(out, 4);
    cbor_put_text(out, "Signature1");
    cbor_put_bytes(out, token->protected_header, token->protected_size);
    cbor_put_bytes(out, "", 0);
    cbor_put_bytes(out, token->payload, token->payload_size);
}

static void check_signature(const struct judging *judging)
{
    const struct psa_token *token = judging->token;
    const struct psa_key *key = judging->wanted->key;
    const char *name = psa_algorithm_name(token->algorithm);
    struct buffer message = {0};

    if (token->algorithm != psa_key_algorithm(key)) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "algorithm",
                    "%s (%lld), that of the key, expected, found %s (%lld)",
                    psa_key_algorithm_name(key),
                    (long long)psa_key_algorithm(key),
                    name != NULL ? name : "none that is known",
                    (long long)token->algorithm);
        return;
    }
    if (token->signature_size != psa_key_signature_size(key)) {
        verdict_add(judging->verdict, VERDICT_REFUSED, "signature",
                    "%zu bytes expected, found %zu",
                    psa_key_signature_size(key), token->signature_size);
        return;
    }
    put_signed(token, &message);
    bool good = psa_key_verifies(key, message.bytes, message.size,
                                 token->signature, token->signature_size);
    buffer_fini(&message);
    verdict_add(judging->verdict, good ? VERDICT_PROVEN : VERDICT_REFUSED,
                "signature",
                good ? "%s, by the key that was given"
                     : "%s, but not by the key that was given",
                name);
    if (good) {
        size_t end = token->unprotected_offset + token->unprotected_size;
        verdict_cover(judging->verdict, 0, token->unprotected_offset);
        verdict_cover(judging->verdict, end, token->size - end);
    }
}

/* ---- Kinds and sizes ----------------------------------------------------- */

/* 13 digits, a hyphen and 5 digits (RFC 9783); the first profile had
 * the digits of an EAN-13 alone. */
static bool is_certification(const struct cbor_item *item, unsigned profile)
{
    static const char form[] = "0000000000000-00000";
    enum { EAN_13 = 13 };

    if (item->value != sizeof(form) - 1 &&
        !(profile == REQUIRED_1 && item->value == EAN_13)) {
        return false;
    }
    for (size_t i = 0; i < item->value; i++) {
        uint8_t found = item->bytes[i];
        bool is_digit = found >= '0' && found <= '9';
        if (form[i] == '0' ? !is_digit : found != (uint8_t)form[i]) {
            return false;
        }
    }
    return true;
}

static bool value_fits(enum psa_values values, unsigned profile,
                       const struct cbor_item *item)
{
    uint64_t found = item->value; /* the size of bytes */
    int64_t number = 0;

    switch (values) {
    case PSA_VALUES_HASH:
        return found == 32 || found == 48 || found == 64;
    case PSA_VALUES_SEED: /* RFC 9783, 4.3.1 */
        return profile == REQUIRED_1 ? found == 32 : found >= 8 && found <= 32;
    case PSA_VALUES_32:
        return found == 32;
    case PSA_VALUES_INSTANCE: /* a UEID of type RAND */
        return found == PSA_INSTANCE_SIZE && item->bytes[0] == 1;
    case PSA_VALUES_CLIENT:
        return cbor_number(item, &number) && number != 0;
    case PSA_VALUES_LIFECYCLE:
        return cbor_number(item, &number) && psa_lifecycle_is_known(number);
    case PSA_VALUES_CERTIFICATION:
        return is_certification(item, profile);
    default:
        return true;
    }
}

static const char *values_text(enum psa_values values, unsigned profile)
{
    static const char *const texts[] = {
        [PSA_VALUES_HASH] = "32, 48 or 64 bytes",
        [PSA_VALUES_SEED] = "8 to 32 bytes",
        [PSA_VALUES_32] = "32 bytes",
        [PSA_VALUES_INSTANCE] = "33 bytes, the first 0x01,",
        [PSA_VALUES_CLIENT] = "a number below or above 0",
        [PSA_VALUES_LIFECYCLE] = "0xN000 to 0xN0ff with N from 0 to 6",
        [PSA_VALUES_CERTIFICATION] = "13 digits, a hyphen and 5 digits",
    };
    return values == PSA_VALUES_SEED && profile == REQUIRED_1 ? "32 bytes"
                                                              : texts[values];
}

/* The value as the texts above speak of it. */
static void print_found(const struct cbor_item *item, struct buffer *out)
{
    enum { SHOWN = 4 };
    int64_t number;

    if (cbor_number(item, &number)) {
        buffer_print(out, "%lld (0x%llx)", (long long)number,
                     (unsigned long long)number);
    } else if (item->kind == CBOR_BYTES) {
        buffer_print(out, "%llu", (unsigned long long)item->value);
        if (item->value == PSA_INSTANCE_SIZE) {
            buffer_print(out, ", ");
            buffer_print_hex(out, item->bytes, SHOWN);
            buffer_print(out, "...");
        }
    } else {
        buffer_print(out, "another text");
    }
}

static void refuse_value(const struct judging *judging,
                         const struct psa_rule *rule, unsigned profile,
                         const char *name, const struct cbor_item *item)
{
    struct buffer found = {0};

    print_found(item, &found);
    verdict_add(judging->verdict, VERDICT_REFUSED, name,
                "%s expected, found %s", values_text(rule->values, profile),
                buffer_text(&found));
    buffer_fini(&found);
}

/* The claims that are numbers have 32 bits, with a sign. */
static bool is_number(const struct cbor_item *item)
{
    int64_t value;
    return cbor_number(item, &value) && value >= INT32_MIN &&
           value <= INT32_MAX;
}

static bool kind_fits(enum cbor_kind kind, const struct cbor_item *item)
{
    return kind == CBOR_UNSIGNED ? is_number(item) : item->kind == kind;
}

/* False after a refusal. */
static bool check_value(const struct judging *judging,
                        const struct psa_rule *rule, const char *name,
                        const struct psa_value *value)
{
    unsigned profile = judging->profile != NULL ? judging->profile->bit : 0;

    if (!value->is_present) {
        if ((rule->required & profile) == 0) {
            return true;
        }
        verdict_add(judging->verdict, VERDICT_REFUSED, name,
                    "expected, and there is none");
    } else if (!kind_fits(rule->kind, &value->item)) {
        verdict_add(judging->verdict, VERDICT_REFUSED, name,
                    "%s expected, found %s",
                    rule->kind == CBOR_UNSIGNED ? "number of 32 bits"
                                                : cbor_kind_name(rule->kind),
                    cbor_kind_name(value->item.kind));
    } else if (!value_fits(rule->values, profile, &value->item)) {
        refuse_value(judging, rule, profile, name, &value->item);
    } else {
        return true;
    }
    return false;
}

/* A claim under the key of another profile. */
static bool check_key(const struct judging *judging, enum psa_claim claim)
{
    const struct psa_value *value = &judging->token->claims[claim];

    if (!value->is_present || judging->profile == NULL ||
        judging->profile->has_first_keys == (value->key < 0)) {
        return true;
    }
    verdict_add(judging->verdict, VERDICT_REFUSED, psa_claim_name(claim),
                "a key of profile %s expected, found %lld",
                judging->profile->name, (long long)value->key);
    return false;
}

static bool check_members(const struct judging *judging)
{
    const struct psa_token *token = judging->token;
    bool good = true;

    for (unsigned i = 0; i < token->component_count; i++) {
        for (unsigned j = 0; j < PSA_MEMBERS; j++) {
            char *name = xasprintf("component %u %s", i,
                                   psa_member_name((enum psa_member)j));
            good &= check_value(judging, &psa_member_rules[j], name,
                                &token->components[i].members[j]);
            free(name);
        }
    }
    return good;
}

/* The first profile has components, or says that it has none. */
static bool check_components(const struct judging *judging)
{
    const struct psa_token *token = judging->token;
    const struct psa_value *none = &token->claims[PSA_CLAIM_NO_COMPONENTS];
    unsigned profile = judging->profile != NULL ? judging->profile->bit : 0;

    if (!token->claims[PSA_CLAIM_COMPONENTS].is_present &&
        (psa_claim_rules[PSA_CLAIM_COMPONENTS].required & profile) != 0) {
        return false; /* refused already */
    }

    if (token->component_count != 0 ||
        (none->is_present && none->item.kind == CBOR_UNSIGNED &&
         none->item.value == 1)) {
        return true;
    }
    verdict_add(judging->verdict, VERDICT_REFUSED, "software-components",
                "at least one expected, found none");
    return false;
}

static void check_claims(const struct judging *judging)
{
    const struct psa_token *token = judging->token;
    bool good = true;

    for (unsigned i = 0; i < PSA_CLAIMS; i++) {
        good &= check_key(judging, (enum psa_claim)i);
        good &=
            check_value(judging, &psa_claim_rules[i],
                        psa_claim_name((enum psa_claim)i), &token->claims[i]);
    }
    good &= check_members(judging);
    good &= check_components(judging);
    if (good) {
        verdict_add(judging->verdict, VERDICT_PROVEN, "claims",
                    "their kinds, sizes and values are those of the profile");
    }
}

static void check_profile(struct judging *judging)
{
    const struct psa_value *claim = &judging->token->claims[PSA_CLAIM_PROFILE];

    judging->profile = psa_profile_find(judging->token);
    if (judging->profile != NULL) {
        verdict_add(judging->verdict, VERDICT_PROVEN, "profile", "%s%s",
                    judging->profile->name,
                    claim->is_present ? "" : ", by the keys of the claims");
    } else {
        verdict_add(judging->verdict, VERDICT_REFUSED, "profile",
                    claim->is_present
                        ? "one of PSA or of a CCA platform expected, found "
                          "another"
                        : "expected, and there is none");
    }
}

/* ---- Nonce and instance -------------------------------------------------- */

static bool has_bytes(const struct psa_value *value)
{
    return value->is_present && value->item.kind == CBOR_BYTES;
}

static bool is_bytes(const struct psa_value *value, const void *bytes,
                     size_t size)
{
    return bytes != NULL && has_bytes(value) && value->item.value == size &&
           memcmp(value->item.bytes, bytes, size) == 0;
}

static void check_nonce(const struct judging *judging)
{
    const struct psa_value *nonce = &judging->token->claims[PSA_CLAIM_NONCE];

    if (!has_bytes(nonce)) {
        return; /* refused already */
    }
    if (judging->wanted->nonce == NULL) {
        verdict_add(judging->verdict, VERDICT_UNDECIDED, "nonce",
                    "none was given: the token may be an old one");
        return;
    }
    verdict_compare(judging->verdict, "nonce", nonce->item.bytes,
                    (size_t)nonce->item.value, judging->wanted->nonce,
                    judging->wanted->nonce_size);
}

static void check_instance(const struct judging *judging)
{
    const struct psa_value *claim = &judging->token->claims[PSA_CLAIM_INSTANCE];
    const uint8_t *wanted = judging->wanted->instance;
    uint8_t of_key[PSA_INSTANCE_SIZE];
    struct buffer hex = {0};

    if (!has_bytes(claim)) {
        return; /* refused already */
    }
    if (wanted != NULL || (psa_key_instance(judging->wanted->key, of_key) &&
                           is_bytes(claim, of_key, sizeof(of_key)))) {
        verdict_compare(judging->verdict, "instance-id", claim->item.bytes,
                        (size_t)claim->item.value,
                        wanted != NULL ? wanted : of_key, PSA_INSTANCE_SIZE);
        return;
    }
    buffer_print_hex(&hex, claim->item.bytes, (size_t)claim->item.value);
    verdict_add(judging->verdict, VERDICT_OPEN, "instance-id",
                "%s is not the hash of the key, and none was given to compare "
                "with",
                buffer_text(&hex));
    buffer_fini(&hex);
}

/* ---- Images -------------------------------------------------------------- */

/* The claims that the token should say of an image. */
struct expected {
    const uint8_t *measurement; /* NULL: the image has no hash */
    size_t measurement_size;
    uint8_t signer[EVP_MAX_MD_SIZE];
    size_t signer_size; /* 0: the image names no signer */
};

static void expect_of(const struct mcuboot_image *image,
                      struct expected *expected)
{
    const struct mcuboot_field *hash = mcuboot_hash(image);
    const struct mcuboot_field *key_hash =
        mcuboot_find(image, MCUBOOT_TLV_KEY_HASH);
    const struct mcuboot_field *key = mcuboot_find(image, MCUBOOT_TLV_KEY);

    *expected = (struct expected){0};
    if (hash == NULL) {
        return;
    }
    expected->measurement = hash->bytes;
    expected->measurement_size = hash->size;
    if (key_hash != NULL && key_hash->size <= EVP_MAX_MD_SIZE) {
        memcpy(expected->signer, key_hash->bytes, key_hash->size);
        expected->signer_size = key_hash->size;
    } else if (key != NULL) {
        unsigned size = 0;
        EVP_Digest(key->bytes, key->size, expected->signer, &size,
                   EVP_get_digestbyname(mcuboot_hash_name(hash->type)), NULL);
        expected->signer_size = size;
    }
}

static bool has_measurement(const struct psa_component *component,
                            const struct expected *expected)
{
    return is_bytes(&component->members[PSA_MEMBER_MEASUREMENT],
                    expected->measurement, expected->measurement_size);
}

static bool has_signer(const struct psa_component *component,
                       const struct expected *expected)
{
    return is_bytes(&component->members[PSA_MEMBER_SIGNER], expected->signer,
                    expected->signer_size);
}

/* Which component each image is; -1: none is left. */
struct matching {
    struct expected expected;
    int component;
};

static void match(const struct judging *judging, struct matching *matchings,
                  bool (*fits)(const struct psa_component *,
                               const struct expected *),
                  bool taken[PSA_COMPONENTS_MAX])
{
    const struct psa_token *token = judging->token;

    for (size_t i = 0; i < judging->wanted->image_count; i++) {
        for (unsigned j = 0;
             matchings[i].component < 0 && j < token->component_count; j++) {
            if (!taken[j] &&
                fits(&token->components[j], &matchings[i].expected)) {
                matchings[i].component = (int)j;
                taken[j] = true;
            }
        }
    }
}

static bool is_any(const struct psa_component *component,
                   const struct expected *expected)
{
    return true;
}

/* An image must be what its hash says, or the comparison says nothing. */
static void check_image(const struct judging *judging,
                        const struct psa_image *image)
{
    enum mcuboot_hash_state state = mcuboot_hash_state(&image->image);
    char *name = xasprintf("%s hash", image->name);

    if (state == MCUBOOT_HASH_WRONG) {
        verdict_add(judging->verdict, VERDICT_REFUSED, name,
                    "the image is not what its hash says");
    } else if (state == MCUBOOT_HASH_NONE) {
        verdict_add(judging->verdict, VERDICT_REFUSED, name,
                    "the image has none");
    } else if (state == MCUBOOT_HASH_ENCRYPTED) {
        verdict_add(judging->verdict, VERDICT_OPEN, name,
                    "the image is encrypted, its hash was not computed");
    }
    free(name);
}

static void compare_member(const struct judging *judging, const char *image,
                           const char *what, const struct psa_value *value,
                           const void *expected, size_t size)
{
    char *name = xasprintf("%s %s", image, what);

    if (has_bytes(value)) {
        verdict_compare(judging->verdict, name, value->item.bytes,
                        (size_t)value->item.value, expected, size);
    }
    free(name);
}

static void compare_image(const struct judging *judging,
                          const struct psa_image *image,
                          const struct matching *matching)
{
    const struct expected *expected = &matching->expected;

    check_image(judging, image);
    if (expected->measurement == NULL) {
        return;
    }
    if (matching->component < 0) {
        struct buffer hex = {0};
        buffer_print_hex(&hex, expected->measurement,
                         expected->measurement_size);
        verdict_add(judging->verdict, VERDICT_REFUSED, image->name,
                    "a component with measurement %s expected, found none",
                    buffer_text(&hex));
        buffer_fini(&hex);
        return;
    }
    const struct psa_component *component =
        &judging->token->components[matching->component];
    compare_member(judging, image->name, "measurement",
                   &component->members[PSA_MEMBER_MEASUREMENT],
                   expected->measurement, expected->measurement_size);
    if (expected->signer_size != 0) {
        compare_member(judging, image->name, "signer",
                       &component->members[PSA_MEMBER_SIGNER], expected->signer,
                       expected->signer_size);
    }
}

static void name_rest(const struct judging *judging,
                      const bool taken[PSA_COMPONENTS_MAX])
{
    for (unsigned i = 0; i < judging->token->component_count; i++) {
        if (!taken[i]) {
            char *name = xasprintf("component %u", i);
            verdict_add(judging->verdict, VERDICT_OPEN, name,
                        "no image was given for it");
            free(name);
        }
    }
}

/* Images are found by their measurements. What is left over is compared with
 * components of the same signer, then with any, so that a refusal can say what
 * was found instead. */
static void check_images(const struct judging *judging)
{
    const struct psa_wanted *wanted = judging->wanted;
    struct matching *matchings =
        xcalloc(wanted->image_count + 1, sizeof(*matchings));
    bool taken[PSA_COMPONENTS_MAX] = {false};

    for (size_t i = 0; i < wanted->image_count; i++) {
        expect_of(&wanted->images[i].image, &matchings[i].expected);
        matchings[i].component = -1;
    }
    match(judging, matchings, has_measurement, taken);
    match(judging, matchings, has_signer, taken);
    match(judging, matchings, is_any, taken);
    for (size_t i = 0; i < wanted->image_count; i++) {
        compare_image(judging, &wanted->images[i], &matchings[i]);
    }
    name_rest(judging, taken);
    free(matchings);
}

void psa_token_verify(const struct psa_token *token,
                      const struct psa_wanted *wanted, struct verdict *verdict)
{
    struct judging judging = {
        .token = token, .wanted = wanted, .verdict = verdict};

    check_signature(&judging);
    check_profile(&judging);
    check_claims(&judging);
    check_nonce(&judging);
    check_instance(&judging);
    check_images(&judging);
    if (verdict->covered_count != 0) {
        const struct verdict_range unprotected = {token->unprotected_offset,
                                                  token->unprotected_size,
                                                  "unprotected header"};
        verdict_name_uncovered(verdict, token->size, &unprotected, 1);
    }
}
