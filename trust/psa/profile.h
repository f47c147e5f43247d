/* SPDX-License-Identifier: Apache-2.0 */
/* What claims and members must be, as claims.def and members.def say. */
#ifndef TRUST_PSA_PROFILE_H
#define TRUST_PSA_PROFILE_H

#include "base/bits.h"
#include "trust/psa/token.h"

enum psa_size {
    PSA_SIZE_ANY,
    PSA_SIZE_HASH,
    PSA_SIZE_SEED,
    PSA_SIZE_32,
    PSA_SIZE_33
};

/* Profiles that must have a value. */
enum { REQUIRED_1 = 1, REQUIRED_2 = 2, REQUIRED_C = 4 };
static_assert(BITS_DIFFER(REQUIRED_1, REQUIRED_2, REQUIRED_C),
              "profiles are combined");

struct psa_rule {
    const char *name;
    enum cbor_kind kind; /* CBOR_UNSIGNED stands for negative ones as well */
    enum psa_size size;
    unsigned required;
};

extern const struct psa_rule psa_claim_rules[PSA_CLAIMS];
extern const struct psa_rule psa_member_rules[PSA_MEMBERS];

/* The claim or member of a key; false for an unknown one. */
bool psa_claim_find(int64_t key, enum psa_claim *claim);
bool psa_member_find(int64_t key, enum psa_member *member);

struct psa_profile {
    const char *name; /* the claim's value */
    unsigned bit;     /* REQUIRED_1, ... */
    bool has_first_keys;
};

/* What the token says it is, or by its keys when it does not say; NULL for a
 * name that is not known. */
const struct psa_profile *psa_profile_find(const struct psa_token *token);

/* "secured" of a number. */
const char *psa_lifecycle_name(const struct psa_token *token, int64_t value);

#endif
