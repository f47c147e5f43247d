/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSA attestation tokens: read, verify, explain. A token is a COSE_Sign1
 * (RFC 9052, 4.2) whose payload is a map of claims: PSA_IOT_PROFILE_1, the
 * later profiles of RFC 9783, or a CCA platform's.
 *
 * The reader trusts no length, allocates nothing and looks at bytes in place.
 */
#ifndef TRUST_PSA_TOKEN_H
#define TRUST_PSA_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "trust/cbor/cbor.h"
#include "trust/mcuboot/image.h"
#include "trust/verdict/verdict.h"

enum psa_claim {
#define CLAIM(name, text, first, later, other, kind, values, required)         \
    PSA_CLAIM_##name,
#include "trust/psa/claims.def"
#undef CLAIM
    PSA_CLAIMS
};

enum psa_member {
#define MEMBER(name, text, key, kind, values, required) PSA_MEMBER_##name,
#include "trust/psa/members.def"
#undef MEMBER
    PSA_MEMBERS
};

/* A claim, or a member of a component. */
struct psa_value {
    bool is_present;
    int64_t key; /* of those that a claim has */
    struct cbor_item item;
};

enum { PSA_COMPONENTS_MAX = 32, PSA_OTHERS_MAX = 32, PSA_INSTANCE_SIZE = 33 };

struct psa_component {
    struct psa_value members[PSA_MEMBERS];
};

/* Pointers are into the token. */
struct psa_token {
    int64_t algorithm; /* of COSE: -7 is ES256 */
    const uint8_t *protected_header;
    size_t protected_size;
    const uint8_t *payload;
    size_t payload_size;
    const uint8_t *signature;
    size_t signature_size;
    size_t size; /* of the token */
    /* Contents of the header that no signature covers, in the token. */
    size_t unprotected_offset;
    size_t unprotected_size;
    struct psa_value claims[PSA_CLAIMS];
    unsigned component_count;
    struct psa_component components[PSA_COMPONENTS_MAX];
    unsigned other_count; /* claims that are not known */
    struct psa_value others[PSA_OTHERS_MAX];
};

/* Returns 0, or -EINVAL with what is no token and where; kinds and sizes of
 * claims are judged by psa_token_verify. */
int psa_token_read(struct psa_token *token, const void *bytes, size_t size,
                   struct error *error);

/* ---- Judging ------------------------------------------------------------- */

struct psa_key;

/* A public or private key on P-256, P-384 or P-521, in PEM. NULL with the
 * reason. */
struct psa_key *psa_key_read(const void *bytes, size_t size,
                             struct error *error);
void psa_key_destroy(struct psa_key *key);

/* An image that the device should run, with the name of its file. */
struct psa_image {
    const char *name;
    struct mcuboot_image image;
};

struct psa_wanted {
    const struct psa_key *key;
    const uint8_t *nonce; /* that was sent, or NULL */
    size_t nonce_size;
    const uint8_t *instance; /* PSA_INSTANCE_SIZE bytes, or NULL */
    const struct psa_image *images;
    size_t image_count;
};

/* Makes all checks, also after one that failed. */
void psa_token_verify(const struct psa_token *token,
                      const struct psa_wanted *wanted, struct verdict *verdict);

/* Claims for people, and as members of a JSON object. */
void psa_token_print(const struct psa_token *token, struct buffer *out);
void psa_token_print_json(const struct psa_token *token, struct json *json);

/* The name of a claim. */
const char *psa_claim_name(enum psa_claim claim);
const char *psa_member_name(enum psa_member member);

#endif
