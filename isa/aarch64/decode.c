/* SPDX-License-Identifier: Apache-2.0 */
#include "isa/aarch64/decode.h"

#define INSN(row, text, bits, except, operands, extension, where)              \
    [AARCH64_ROW_##row] = {                                                    \
        .name = #row,                                                          \
        .mnemonic = text,                                                      \
        .pattern = bits,                                                       \
        .syntax = operands,                                                    \
        .feature = AARCH64_FEATURE_##extension,                                \
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

static void extract(const struct aarch64_pattern *pattern,
                    struct aarch64_insn *insn)
{
    const struct aarch64_piece *piece = &aarch64_pieces[pattern->pieces];

    for (; piece->width != 0; piece++) {
        uint32_t *field = &insn->field[piece->letter];

        *field = *field << piece->width |
                 (insn->encoding >> piece->low & ((1u << piece->width) - 1));
    }
}

bool aarch64_decode(uint32_t encoding, struct aarch64_insn *insn)
{
    const uint16_t *row =
        &aarch64_candidates[aarch64_buckets[encoding >> 21 & 0xff]
                                           [encoding >> 10 & 0x3f]];

    *insn = (struct aarch64_insn){.encoding = encoding};
    for (; *row != 0; row++) {
        if (matches(&aarch64_patterns[*row], encoding)) {
            insn->row = *row;
            extract(&aarch64_patterns[*row], insn);
            return true;
        }
    }
    return false;
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
        return insn->y == 3 ? AARCH64_FEATURE_FP16
                            : aarch64_rows[insn->row].feature;
    }
}
