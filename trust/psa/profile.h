/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for claims and members, as claims.def and members.def say. */
#ifndef TRUST_PSA_PROFILE_H
#define TRUST_PSA_PROFILE_H

#include "base/bits.h"
#include "trust/psa/token.h"

enum psa_values {
    PSA_VALUES_ANY,
    PSA_VALUES_HASH,
    PSA_VALUES_SEED,
    PSA_VALUES_32,
    PSA_VALUES_INSTANCE,
    PSA_VALUES_CLIENT,
    PSA_VALUES_LIFECYCLE,
    PSA_VALUES_CERTIFICATION,
};

/* Profiles that must have a value. */
enum { REQUIRED_1 = 1, REQUIRED_2 = 2, REQUIRED_C = 4 };
static_assert(BITS_DIFFER(REQUIRED_1, REQUIRED_2, REQUIRED_C),
              "profiles are combined");

struct psa_rule {
    const char *name;
    enum cbor_kind kind; /* CBOR_UNSIGNED stands for negative ones as well */
    enum psa_values values;
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

/* The profile that the token says it is, or by its keys when it does not say;
 * NULL for a name that is not known. */
const struct psa_profile *psa_profile_find(const struct psa_token *token);

/* True if a life cycle is in one of the seven ranges of RFC 9783, 4.3.1; the
 * low eight bits are for the implementation. */
bool psa_lifecycle_is_known(int64_t value);
/* "secured" of a number. */
const char *psa_lifecycle_name(const struct psa_token *token, int64_t value);

#endif
