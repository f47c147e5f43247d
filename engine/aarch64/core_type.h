/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of AArch64 cores: what their identification registers say decides
 * which instructions are decoded and which registers and controls exist.
 */
#ifndef ENGINE_AARCH64_CORE_TYPE_H
#define ENGINE_AARCH64_CORE_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/aarch64/registers.h"
#include "isa/aarch64/decode.h"

struct aarch64_core_type;

/* The values that a core's registers reset to, and what a write changes; the
 * rest of a register is fixed. */
struct aarch64_rules {
    uint64_t initial[AARCH64_SYSTEM_REGISTERS];
    uint64_t mask[AARCH64_SYSTEM_REGISTERS];
    uint64_t fixed[AARCH64_SYSTEM_REGISTERS];
    uint64_t features; /* bits by enum aarch64_feature */
    unsigned pa_bits;
    const uint32_t *caches; /* CCSIDR_EL1 by CSSELR_EL1 0 to 2 */
};

/* NULL-terminated names for core_type.compatibles. */
extern const char *const aarch64_core_types[];

/* The words by which a user calls a feature, by enum aarch64_feature. */
extern const char *const aarch64_feature_options[AARCH64_FEATURES];

/* Bits that have no effect (omissions.def). */
struct aarch64_omission {
    enum aarch64_register row;
    uint64_t mask;
    const char *told; /* what tells guests, or NULL: then the bits are kept */
    const char *text;
    bool logged; /* as unmodelled, when a write sets one; else none can tell */
};

enum {
#define OMISSION(...) +1
#define UNSEEN(...)   +1
    AARCH64_OMISSIONS = 0
#include "engine/aarch64/omissions.def"
#undef OMISSION
#undef UNSEEN
};
extern const struct aarch64_omission aarch64_omissions[AARCH64_OMISSIONS];

/*
 * The rules of a core. `changes` may be NULL, or a list like "+pauth,-lse" of
 * features to give and to take. -EINVAL for an invalid name of them.
 */
int aarch64_make_rules(const char *compatible, const char *changes,
                       struct aarch64_rules *rules, struct error *error);
/* The feature that a system register belongs to. */
enum aarch64_feature aarch64_register_feature(unsigned row);
/* After a change of HCR_EL2.E2H: some registers of EL2 take the layout of
 * EL1's. */
void aarch64_rules_for_host(struct aarch64_rules *rules, bool host);

static inline bool aarch64_rules_have(const struct aarch64_rules *rules,
                                      enum aarch64_feature feature)
{
    return (rules->features >> feature & 1) != 0;
}

#endif
