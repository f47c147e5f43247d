/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a row's exceptions, extracts fields, and expands bit masks (DDI 0487,
 * DecodeBitMasks). */
#include "isa/aarch64/decode.h"

#include <string.h>

#define INSN(row, text, bits, except, operands, extension, where)              \
    [AARCH64_ROW_##row] = {                                                    \
        .name = #row,                                                          \
        .mnemonic = text,                                                      \
        .pattern = bits,                                                       \
        .syntax = operands,                                                    \
        .section = where,                                                      \
    },
#define OVER INSN
const struct aarch64_row_info aarch64_rows[AARCH64_ROWS] = {
#include "isa/aarch64/instructions.def"
    [AARCH64_UNALLOCATED] = {.name = "UNALLOCATED", .mnemonic = ""},
};
#undef OVER
#undef INSN

const char *const aarch64_feature_names[AARCH64_FEATURES] = {
#define FEATURE(name, llvm) [AARCH64_FEATURE_##name] = #name,
#include "isa/aarch64/features.def"
#undef FEATURE
};

static bool matches(const struct aarch64_pattern *pattern, uint32_t encoding)
{
    const struct aarch64_cube *except = &aarch64_exceptions[pattern->except];

    if ((encoding & pattern->mask) != pattern->match) {
        return false;
    }
    for (; except->mask != 0; except++) {
        if ((encoding & except->mask) == except->match) {
            return false;
        }
    }
    return true;
}

unsigned aarch64_choose(const uint16_t *candidate, uint32_t encoding)
{
    while (*candidate != AARCH64_UNALLOCATED &&
           !matches(&aarch64_patterns[*candidate], encoding)) {
        candidate++;
    }
    return *candidate;
}

bool aarch64_decode(uint32_t encoding, struct aarch64_insn *insn)
{
    aarch64_find_row(encoding, insn);
    aarch64_extract(aarch64_kinds[insn->row].shape, encoding, insn->field);
    return insn->row != AARCH64_UNALLOCATED;
}

static uint64_t ones(unsigned count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

uint64_t aarch64_bit_mask(const struct aarch64_insn *insn)
{
    unsigned length =
        31 - (unsigned)__builtin_clz(insn->g << 6 | (~insn->k & 0x3f));
    unsigned size = 1u << length;
    unsigned rotate = insn->r & (size - 1);
    uint64_t element = ones((insn->k & (size - 1)) + 1);

    if (rotate != 0) {
        element = (element >> rotate | element << (size - rotate)) & ones(size);
    }
    for (unsigned filled = size; filled < 64; filled *= 2) {
        element |= element << filled;
    }
    return insn->f != 0 ? element : element & UINT32_MAX;
}

enum aarch64_feature aarch64_feature_of(const struct aarch64_insn *insn)
{
    enum aarch64_feature feature =
        (enum aarch64_feature)aarch64_kinds[insn->row].feature;

    switch (insn->row) {
    case AARCH64_ROW_SCVTF_V_FIXED:
    case AARCH64_ROW_UCVTF_V_FIXED:
    case AARCH64_ROW_FCVTZS_V_FIXED:
    case AARCH64_ROW_FCVTZU_V_FIXED:
    case AARCH64_ROW_SCVTF_S_FIXED:
    case AARCH64_ROW_UCVTF_S_FIXED:
    case AARCH64_ROW_FCVTZS_S_FIXED:
    case AARCH64_ROW_FCVTZU_S_FIXED:
        return insn->h >> 1 == 1 ? AARCH64_FEATURE_FP16 : AARCH64_FEATURE_SIMD;
    case AARCH64_ROW_FCVT: /* converts halves on every core */
        return AARCH64_FEATURE_FP;
    default:
        return insn->y == 3 ? AARCH64_FEATURE_FP16 : feature;
    }
}
