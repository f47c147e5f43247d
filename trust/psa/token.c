/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the COSE_Sign1 around a token, and its claims. */
#include "trust/psa/token.h"

#include <string.h>

#include "trust/psa/profile.h"

enum {
    TAG_MAC0 = 17,
    TAG_SIGN1 = 18,
    /* A platform's and a realm's token; the later tag is for a collection of
     * conceptual messages (draft-ietf-rats-msg-wrap). */
    TAG_CCA = 399,
    TAG_CCA_COLLECTION = 907,
    SIGN1_PARTS = 4,
    HEADER_ALGORITHM = 1,
    HEADER_CRITICAL = 2,
};

/* ---- COSE ---------------------------------------------------------------- */

/* Tags may be left out: what is expected is known. */
static int read_tags(struct cbor_reader *reader, struct cbor_item *item,
                     struct error *error)
{
    int status = cbor_next(reader, item, error);

    if (status != 0 || item->kind != CBOR_TAG) {
        return status;
    }
    switch (item->value) {
    case TAG_SIGN1:
        return cbor_next(reader, item, error);
    case TAG_MAC0:
        return error_set(error, -EINVAL,
                         "the token is a COSE_Mac0: the key that verifies it "
                         "also makes it, and none can be given");
    case TAG_CCA:
    case TAG_CCA_COLLECTION:
        return error_set(error, -EINVAL,
                         "the token is a CCA token (tag %llu), of a platform's "
                         "and a realm's: only the platform's alone is verified",
                         (unsigned long long)item->value);
    default:
        return error_set(
            error, -EINVAL, "tag %llu expected for a COSE_Sign1, found %llu",
            (unsigned long long)TAG_SIGN1, (unsigned long long)item->value);
    }
}

static int read_header(struct psa_token *token, struct error *error)
{
    struct cbor_reader reader = {.bytes = token->protected_header,
                                 .size = token->protected_size};
    struct cbor_item map;

    /* RFC 9052, 3: an empty map may be written as no bytes. */
    if (token->protected_size == 0) {
        return error_set(error, -EINVAL,
                         "protected header: it is empty, so that no algorithm "
                         "is signed");
    }
    int status =
        cbor_expect(&reader, CBOR_MAP, "protected header", &map, error);

    for (uint64_t i = 0; status == 0 && i < map.value; i++) {
        struct cbor_item key;
        struct cbor_item value;
        int64_t number = 0;
        status = cbor_next(&reader, &key, error);
        status = status ? status : cbor_skip(&reader, &key, error);
        status = status ? status : cbor_next(&reader, &value, error);
        if (status == 0 && cbor_number(&key, &number)) {
            if (number == HEADER_ALGORITHM) {
                (void)cbor_number(&value, &token->algorithm);
            } else if (number == HEADER_CRITICAL) {
                return error_set(error, -EINVAL,
                                 "protected header: it names parameters that "
                                 "must be understood, and none are");
            }
        }
        status = status ? status : cbor_skip(&reader, &value, error);
    }
    return status;
}

/* One byte string of the array. */
static int read_part(struct cbor_reader *reader, const char *what,
                     const uint8_t **bytes, size_t *size, struct error *error)
{
    struct cbor_item item;
    int status = cbor_expect(reader, CBOR_BYTES, what, &item, error);

    if (status == 0) {
        *bytes = item.bytes;
        *size = (size_t)item.value;
    }
    return status;
}

static int read_sign1(struct psa_token *token, struct cbor_reader *reader,
                      struct error *error)
{
    struct cbor_item item;
    int status = read_tags(reader, &item, error);

    if (status != 0) {
        return status;
    }
    if (item.kind != CBOR_ARRAY || item.value != SIGN1_PARTS) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: array of %d expected for a "
                         "COSE_Sign1, found %s",
                         item.start, SIGN1_PARTS, cbor_kind_name(item.kind));
    }
    status = read_part(reader, "protected header", &token->protected_header,
                       &token->protected_size, error);
    status = status ? status
                    : cbor_expect(reader, CBOR_MAP, "unprotected header", &item,
                                  error);
    token->unprotected_offset = reader->at;
    status = status ? status : cbor_skip(reader, &item, error);
    token->unprotected_size = reader->at - token->unprotected_offset;
    status = status ? status
                    : read_part(reader, "payload", &token->payload,
                                &token->payload_size, error);
    status = status ? status
                    : read_part(reader, "signature", &token->signature,
                                &token->signature_size, error);
    if (status == 0 && reader->at != reader->size) {
        status = error_set(error, -EINVAL,
                           "offset 0x%zx: 0x%zx bytes behind the token",
                           reader->at, reader->size - reader->at);
    }
    return status;
}

/* ---- Claims -------------------------------------------------------------- */

/* A pair's key and value, which comes next; is_known says whether the key is a
 * number. */
static int read_pair(struct cbor_reader *reader, int64_t *key, bool *is_known,
                     struct cbor_item *value, struct error *error)
{
    struct cbor_item item;
    int status = cbor_next(reader, &item, error);

    status = status ? status : cbor_skip(reader, &item, error);
    *is_known = status == 0 && cbor_number(&item, key);
    return status ? status : cbor_next(reader, value, error);
}

static int keep(struct psa_value *value, int64_t key,
                const struct cbor_item *item, const char *name,
                struct error *error)
{
    if (value->is_present) {
        return error_set(error, -EINVAL, "%s: there are two", name);
    }
    *value = (struct psa_value){true, key, *item};
    return 0;
}

static int read_component(struct cbor_reader *reader,
                          struct psa_component *component, struct error *error)
{
    struct cbor_item map;
    int status =
        cbor_expect(reader, CBOR_MAP, "software component", &map, error);

    for (uint64_t i = 0; status == 0 && i < map.value; i++) {
        struct cbor_item item;
        enum psa_member member;
        int64_t key = 0;
        bool is_known;
        status = read_pair(reader, &key, &is_known, &item, error);
        if (status == 0 && is_known && psa_member_find(key, &member)) {
            status = keep(&component->members[member], key, &item,
                          psa_member_name(member), error);
        }
        status = status ? status : cbor_skip(reader, &item, error);
    }
    return status;
}

static int read_components(struct cbor_reader reader, struct psa_token *token,
                           const struct cbor_item *array, struct error *error)
{
    int status = 0;

    if (array->value > PSA_COMPONENTS_MAX) {
        return error_set(error, -EINVAL,
                         "software-components: at most %d expected, found "
                         "%llu",
                         PSA_COMPONENTS_MAX, (unsigned long long)array->value);
    }
    for (uint64_t i = 0; status == 0 && i < array->value; i++) {
        token->component_count++;
        status = read_component(&reader, &token->components[i], error);
    }
    return status;
}

static int take_claim(struct psa_token *token, const struct cbor_reader *reader,
                      int64_t key, const struct cbor_item *item,
                      struct error *error)
{
    enum psa_claim claim;

    if (!psa_claim_find(key, &claim)) {
        if (token->other_count < PSA_OTHERS_MAX) {
            token->others[token->other_count++] =
                (struct psa_value){true, key, *item};
        }
        return 0;
    }
    int status =
        keep(&token->claims[claim], key, item, psa_claim_name(claim), error);
    return status == 0 && claim == PSA_CLAIM_COMPONENTS &&
                   item->kind == CBOR_ARRAY
               ? read_components(*reader, token, item, error)
               : status;
}

static int read_claims(struct psa_token *token, struct error *error)
{
    struct cbor_reader reader = {.bytes = token->payload,
                                 .size = token->payload_size};
    struct cbor_item map;
    int status = cbor_expect(&reader, CBOR_MAP, "claims", &map, error);

    for (uint64_t i = 0; status == 0 && i < map.value; i++) {
        struct cbor_item item;
        int64_t key = 0;
        bool is_known;
        status = read_pair(&reader, &key, &is_known, &item, error);
        if (status == 0 && is_known) {
            status = take_claim(token, &reader, key, &item, error);
        }
        status = status ? status : cbor_skip(&reader, &item, error);
    }
    if (status == 0 && reader.at != reader.size) {
        status = error_set(error, -EINVAL,
                           "offset 0x%zx: 0x%zx bytes behind the claims",
                           reader.at, reader.size - reader.at);
    }
    return status;
}

int psa_token_read(struct psa_token *token, const void *bytes, size_t size,
                   struct error *error)
{
    struct cbor_reader reader = {.bytes = bytes, .size = size};

    *token = (struct psa_token){.size = size};
    int status = read_sign1(token, &reader, error);
    status = status ? status : read_header(token, error);
    return status ? status : read_claims(token, error);
}
