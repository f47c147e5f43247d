/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointer authentication (FEAT_PAuth with FEAT_PACQARMA5: DDI 0487, D5.1.5 and
 * the pseudocode AddPAC, Auth, Strip), without FEAT_EPAC, FEAT_PAuth2 and
 * FEAT_FPAC: a pointer that fails gets an error code in its upper bits.
 */
#include "engine/aarch64/pauth.h"

#include "engine/aarch64/aarch64.h"

/* Where the code of a pointer is: bits `bottom` up, but for bit 55, to 54 or,
 * when the top byte is no tag, to 63. */
struct layout {
    bool two_ranges;
    bool tagged;
    unsigned bottom;
};

static uint64_t ones(unsigned count)
{
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

static bool bit(uint64_t value, unsigned number)
{
    return (value >> number & 1) != 0;
}

/* TBI of a range, and for instructions not TBID. */
static bool is_tagged(uint64_t tcr, bool two_ranges, bool upper, bool data)
{
    unsigned tbi = two_ranges ? 37 + upper : 20;
    unsigned tbid = two_ranges ? 51 + upper : 29;

    return bit(tcr, tbi) && (data || !bit(tcr, tbid));
}

/* CalculateBottomPACBit */
static unsigned bottom_bit(uint64_t tcr, bool two_ranges, bool upper)
{
    unsigned size = tcr >> (two_ranges && upper ? 16 : 0) & 63;

    return 64 - (size < 16 ? 16 : size > 39 ? 39 : size);
}

static struct layout layout_of(const struct aarch64 *pe, uint64_t pointer,
                               bool data, bool upper)
{
    struct layout layout;
    uint64_t tcr = aarch64_tcr(pe, pe->state.level, &layout.two_ranges);

    layout.tagged = is_tagged(tcr, layout.two_ranges,
                              layout.two_ranges && bit(pointer, 55), data);
    layout.bottom = bottom_bit(tcr, layout.two_ranges, upper);
    return layout;
}

/* The pointer with all bits of its code like `upper`. */
static uint64_t extend(const struct layout *layout, uint64_t pointer,
                       bool upper)
{
    uint64_t code = ones(layout->tagged ? 56 : 64) & ~ones(layout->bottom);

    return upper ? pointer | code : pointer & ~code;
}

static uint64_t compute(const struct aarch64 *pe, enum aarch64_key key,
                        uint64_t pointer, uint64_t modifier)
{
    const uint64_t *halves =
        &pe->state.sys[AARCH64_APIAKeyLo_EL1 + 2 * (unsigned)key];

    return qarma64(pointer, modifier, halves[1], halves[0]);
}

/* Which range a pointer is for, before a code is put into it: bit 55 if a tag
 * may hide bit 63. */
static bool selects_upper(const struct aarch64 *pe, uint64_t pointer, bool data)
{
    bool two_ranges;
    uint64_t tcr = aarch64_tcr(pe, pe->state.level, &two_ranges);
    bool tagged = is_tagged(tcr, two_ranges, false, data) ||
                  (two_ranges && is_tagged(tcr, true, true, data));

    return bit(pointer, tagged ? 55 : 63);
}

static uint64_t add(const struct aarch64 *pe, enum aarch64_key key,
                    uint64_t pointer, uint64_t modifier)
{
    bool data = key >= AARCH64_KEY_DA;
    bool upper = selects_upper(pe, pointer, data);
    struct layout layout = layout_of(pe, pointer, data, upper);
    unsigned top = layout.tagged ? 55 : 63;
    uint64_t code = compute(pe, key, extend(&layout, pointer, upper), modifier);
    uint64_t extension = pointer << (63 - top) >> (63 - top) >> layout.bottom;

    if (extension != 0 && extension != ones(top + 1 - layout.bottom)) {
        code ^= (uint64_t)1 << (top - 1);
    }
    uint64_t place = ones(layout.tagged ? 56 : 64) & ~ones(layout.bottom) &
                     ~((uint64_t)1 << 55);
    return (pointer & ~place & ~((uint64_t)1 << 55)) | (code & place) |
           (uint64_t)upper << 55;
}

static uint64_t strip(const struct aarch64 *pe, uint64_t pointer, bool data)
{
    bool upper = bit(pointer, 55);
    struct layout layout = layout_of(pe, pointer, data, upper);

    return extend(&layout, pointer, upper);
}

static uint64_t authenticate(const struct aarch64 *pe, enum aarch64_key key,
                             uint64_t pointer, uint64_t modifier)
{
    bool data = key >= AARCH64_KEY_DA;
    bool upper = bit(pointer, 55);
    struct layout layout = layout_of(pe, pointer, data, upper);
    uint64_t original = extend(&layout, pointer, upper);
    uint64_t place = ones(layout.tagged ? 56 : 64) & ~ones(layout.bottom) &
                     ~((uint64_t)1 << 55);
    uint64_t error = (key & 1) == 0 ? 1 : 2; /* an A key, a B key */
    unsigned error_bit = layout.tagged ? 53 : 61;

    if (((compute(pe, key, original, modifier) ^ pointer) & place) == 0) {
        return original;
    }
    return (original & ~((uint64_t)3 << error_bit)) | error << error_bit;
}

/* ---- Instructions -------------------------------------------------------- */

/* SCTLR_ELx.EnIA and its likes. */
static bool is_enabled(const struct aarch64 *pe, enum aarch64_key key)
{
    static const uint8_t enables[] = {31, 30, 27, 13};
    uint64_t sctlr = pe->state.sys[aarch64_sctlr(pe, pe->state.level)];

    return key == AARCH64_KEY_GA || bit(sctlr, enables[key]);
}

/* HCR_EL2.API and SCR_EL3.API. */
static bool is_trapped(struct aarch64 *pe)
{
    unsigned level = pe->state.level;
    unsigned target = 0;

    if (level <= 1 && aarch64_el2_enabled(pe) && !aarch64_in_host(pe, level) &&
        !bit(AARCH64_SYS(pe, HCR_EL2), 41)) {
        target = 2;
    } else if (level <= 2 && pe->has_el3 &&
               !bit(AARCH64_SYS(pe, SCR_EL3), 17)) {
        target = 3;
    }
    if (target != 0) {
        aarch64_take(pe, target, AARCH64_EC_PAUTH, 0, pe->state.r[IR_PC]);
    }
    return target != 0;
}

bool aarch64_authenticate(struct aarch64 *pe, enum aarch64_key key,
                          uint64_t modifier, uint64_t *pointer)
{
    if (!is_enabled(pe, key)) {
        return true;
    }
    if (is_trapped(pe)) {
        return false;
    }
    *pointer = authenticate(pe, key, *pointer, modifier);
    return true;
}

enum vcpu_outcome aarch64_pac(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    enum aarch64_key key = (enum aarch64_key)op->high;
    uint64_t pointer = cpu->r[op->a];

    if (is_enabled(pe, key)) {
        if (is_trapped(pe)) {
            return VCPU_TRAPPED;
        }
        pointer = add(pe, key, pointer, cpu->r[op->b]);
    }
    cpu->r[op->d] = pointer;
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_aut(struct vcpu *cpu, const struct ir_op *op)
{
    uint64_t pointer = cpu->r[op->a];

    if (!aarch64_authenticate(aarch64_of(cpu), (enum aarch64_key)op->high,
                              cpu->r[op->b], &pointer)) {
        return VCPU_TRAPPED;
    }
    cpu->r[op->d] = pointer;
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_xpac(struct vcpu *cpu, const struct ir_op *op)
{
    cpu->r[op->d] = strip(aarch64_of(cpu), cpu->r[op->a], op->high != 0);
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_pacga(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (is_trapped(pe)) {
        return VCPU_TRAPPED;
    }
    cpu->r[op->d] = compute(pe, AARCH64_KEY_GA, cpu->r[op->a], cpu->r[op->b]) &
                    0xffffffff00000000;
    return VCPU_NEXT;
}
