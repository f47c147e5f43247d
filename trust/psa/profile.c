/* SPDX-License-Identifier: Apache-2.0 */
/* Rules, keys and names from the tables. */
#include "trust/psa/profile.h"

#include <string.h>

#include "base/bits.h"

#define PSA_VALUES_(values) PSA_VALUES_##values

const struct psa_rule psa_claim_rules[PSA_CLAIMS] = {
#define CLAIM(name, text, first, later, other, kind, values, required)         \
    {text, kind, PSA_VALUES_(values), required},
#include "trust/psa/claims.def"
#undef CLAIM
};

const struct psa_rule psa_member_rules[PSA_MEMBERS] = {
#define MEMBER(name, text, key, kind, values, required)                        \
    {text, kind, PSA_VALUES_(values), required},
#include "trust/psa/members.def"
#undef MEMBER
};

static const int claim_keys[PSA_CLAIMS][3] = {
#define CLAIM(name, text, first, later, other, kind, values, required)         \
    {first, later, other},
#include "trust/psa/claims.def"
#undef CLAIM
};

static const int member_keys[PSA_MEMBERS] = {
#define MEMBER(name, text, key, kind, values, required) key,
#include "trust/psa/members.def"
#undef MEMBER
};

const char *psa_claim_name(enum psa_claim claim)
{
    return psa_claim_rules[claim].name;
}

const char *psa_member_name(enum psa_member member)
{
    return psa_member_rules[member].name;
}

bool psa_claim_find(int64_t key, enum psa_claim *claim)
{
    for (size_t i = 0; key != 0 && i < PSA_CLAIMS; i++) {
        for (size_t j = 0; j < ARRAY_SIZE(claim_keys[i]); j++) {
            if (claim_keys[i][j] == key) {
                *claim = (enum psa_claim)i;
                return true;
            }
        }
    }
    return false;
}

bool psa_member_find(int64_t key, enum psa_member *member)
{
    for (size_t i = 0; i < PSA_MEMBERS; i++) {
        if (member_keys[i] == key) {
            *member = (enum psa_member)i;
            return true;
        }
    }
    return false;
}

/* ---- Profiles ------------------------------------------------------------ */

static const struct psa_profile profiles[] = {
    {"PSA_IOT_PROFILE_1",                   REQUIRED_1, true },
    {"http://arm.com/psa/2.0.0",            REQUIRED_2, false},
    {"tag:psacertified.org,2023:psa#tfm",   REQUIRED_2, false},
    {"http://arm.com/CCA-SSD/1.0.0",        REQUIRED_C, false},
    {"tag:arm.com,2023:cca_platform#1.0.0", REQUIRED_C, false},
};

static bool is_text(const struct cbor_item *item, const char *text)
{
    return item->kind == CBOR_TEXT && item->value == strlen(text) &&
           memcmp(item->bytes, text, strlen(text)) == 0;
}

const struct psa_profile *psa_profile_find(const struct psa_token *token)
{
    const struct psa_value *claim = &token->claims[PSA_CLAIM_PROFILE];

    /* The first profile is the only one that need not be named. */
    if (!claim->is_present) {
        return token->claims[PSA_CLAIM_NONCE].key < 0 ? &profiles[0] : NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        if (is_text(&claim->item, profiles[i].name)) {
            return &profiles[i];
        }
    }
    return NULL;
}

/* ---- Life cycles --------------------------------------------------------- */

enum { STATE_SHIFT = 12, STATES = 7, STATE_OWN_BITS = 0xff };

bool psa_lifecycle_is_known(int64_t value)
{
    return value >= 0 && (value & ((1 << STATE_SHIFT) - 1)) <= STATE_OWN_BITS &&
           value >> STATE_SHIFT < STATES;
}

const char *psa_lifecycle_name(const struct psa_token *token, int64_t value)
{
    static const char *const names[STATES] = {
        "unknown",        "assembly and test", "PSA RoT provisioning",
        "secured",        "non-PSA-RoT debug", "recoverable PSA RoT debug",
        "decommissioned",
    };
    static const char *const cca_names[STATES] = {
        "unknown",
        "assembly and test",
        "CCA platform provisioning",
        "secured",
        "non-CCA-platform debug",
        "recoverable CCA platform debug",
        "decommissioned",
    };
    const struct psa_profile *profile = psa_profile_find(token);
    bool is_cca = profile != NULL && profile->bit == REQUIRED_C;

    return psa_lifecycle_is_known(value)
               ? (is_cca ? cca_names : names)[value >> STATE_SHIFT]
               : "reserved";
}
