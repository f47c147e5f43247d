/* SPDX-License-Identifier: Apache-2.0 */
/* Moves of elements, to and from general registers, and immediates. */
#include "engine/aarch64/x86_64/lower_simd.h"

/* ---- Permutations -------------------------------------------------------- */

/* Interleaves the lower or the upper halves of n and m. */
static void zip(struct lower *l, struct lower_simd *s, bool upper)
{
    avx_from(l, lower_each[EACH_ZIP][s->q && upper][s->log2], XMM0, XMM0, s->m);
    if (!s->q && upper) {
        avx_shift_bytes(l, XMM0, XMM0, 8);
    }
}

static void unzip(struct lower *l, struct lower_simd *s, bool odd)
{
    if (!s->q) {
        avx_from(l, AVX_vmovhps, XMM0, XMM0, s->m);
        lower_unzip(l, s->log2, odd, XMM0, XMM0, XMM0);
        return;
    }
    lower_unzip(l, s->log2, odd, XMM0, XMM0, lower_second(l, s));
}

/* The even or the odd elements of n, each followed by m's. */
static void transpose(struct lower *l, struct lower_simd *s, bool odd)
{
    unsigned bits = 8u << s->log2;
    unsigned twice = s->log2 + 1;
    unsigned m = lower_second(l, s);

    if (s->log2 == 3) {
        zip(l, s, odd);
        return;
    }
    if (odd) {
        avx_shift(l, AVX_RIGHT, twice, XMM0, XMM0, bits);
        avx_shift(l, AVX_RIGHT, twice, XMM1, m, bits);
    } else {
        avx_from(l, AVX_vpand, XMM0, XMM0,
                 lower_constant(l, CONSTANT_LOW_8 + s->log2));
    }
    avx_shift(l, AVX_LEFT, twice, XMM1, XMM1, bits);
    avx(l, AVX_vpor, XMM0, XMM0, XMM1);
}

/* ZIP, UZP and TRN: bits 13:12 say which, bit 14 the second half. */
bool lower_permute(struct lower *l, struct lower_simd *s)
{
    unsigned kind = lower_field_of(s, 12, 2);
    bool part = lower_field_of(s, 14, 1) != 0;

    lower_vector_load(l, XMM0, lower_register(s, 5, 0), 16);
    s->m = lower_register(s, 16, 0);
    if (kind == 1) {
        unzip(l, s, part);
    } else if (kind == 2) {
        transpose(l, s, part);
    } else {
        zip(l, s, part);
    }
    lower_simd_put(l, s, s->size);
    return true;
}

/* Bytes of m:n from a place on. */
bool lower_extract(struct lower *l, struct lower_simd *s)
{
    if (s->q) {
        lower_vector_load(l, XMM0, lower_register(s, 16, 0), 16);
        avx_from(l, AVX_vpalignr, XMM0, XMM0, lower_register(s, 5, 0));
        x64_byte(&l->out, lower_field_of(s, 11, 4));
    } else { /* both halves in one register */
        lower_vector_load(l, XMM0, lower_register(s, 5, 0), 8);
        avx_from(l, AVX_vmovhps, XMM0, XMM0, lower_register(s, 16, 0));
        avx_shift_bytes(l, XMM0, XMM0, lower_field_of(s, 11, 4));
    }
    lower_simd_put(l, s, s->size);
    return true;
}

/* TBL and, with bit 12, TBX. VPSHUFB gives 0 for an index with bit 7 set,
 * which a saturating sum makes of all that are outside of a register. */
bool lower_table(struct lower *l, struct lower_simd *s)
{
    unsigned count = lower_field_of(s, 13, 2) + 1;
    unsigned n = lower_field_of(s, 5, 5);

    lower_vector_load(l, XMM1, lower_register(s, 16, 0), 16);
    avx_zero(l, XMM0);
    for (unsigned i = 0; i < count; i++) {
        if (i == 1) {
            lower_constant64(l, XMM4, 0x1010101010101010);
        }
        if (i > 0) {
            avx(l, AVX_vpsubb, XMM1, XMM1, XMM4);
        }
        avx_from(l, AVX_vpaddusb, XMM2, XMM1,
                 lower_constant(l, CONSTANT_TABLE));
        lower_vector_load(l, XMM3, lower_vector((n + i) & 31, 0), 16);
        avx(l, AVX_vpshufb, XMM3, XMM3, XMM2);
        avx(l, AVX_vpor, XMM0, XMM0, XMM3);
    }
    if (lower_field_of(s, 12, 1) != 0) { /* what is outside of all keeps d */
        lower_vector_load(l, XMM1, lower_register(s, 16, 0), 16);
        lower_constant64(l, XMM4, 16u * count * 0x0101010101010101ull);
        avx(l, AVX_vpmaxub, XMM4, XMM4, XMM1);
        avx(l, AVX_vpcmpeqb, XMM4, XMM4, XMM1);
        avx_from(l, AVX_vpblendvb, XMM0, XMM0, s->d);
        x64_byte(&l->out, XMM4 << 4);
    }
    lower_simd_put(l, s, s->size);
    return true;
}

/* REV16 (bit 12), REV32 (bit 29) and REV64. */
bool lower_reverse(struct lower *l, struct lower_simd *s)
{
    unsigned constant = lower_field_of(s, 12, 1) != 0 ? CONSTANT_REVERSE16_8
                        : s->is_unsigned ? CONSTANT_REVERSE32_8 + s->log2
                                         : CONSTANT_REVERSE64_8 + s->log2;

    lower_vector_load(l, XMM0, lower_register(s, 5, 0), 16);
    avx_from(l, AVX_vpshufb, XMM0, XMM0, lower_constant(l, constant));
    lower_simd_put(l, s, s->size);
    return true;
}

/* ---- Elements ------------------------------------------------------------ */

/* The byte at which the element is that bits 20:16 name. */
static unsigned element_byte(const struct lower_simd *s)
{
    return lower_field_of(s, 16, 5) >> (s->log2 + 1) << s->log2;
}

bool lower_duplicate_element(struct lower *l, struct lower_simd *s)
{
    struct x64_operand from = lower_register(s, 5, element_byte(s));

    if (s->scalar) {
        lower_vector_load(l, XMM0, from, 1u << s->log2);
        lower_simd_put(l, s, 16);
        return true;
    }
    avx_from(l, lower_each[EACH_BROADCAST][0][s->log2], XMM0, 0, from);
    lower_simd_put(l, s, s->size);
    return true;
}

/* The general register that bits 9:5 name; 31 is zero. */
static enum x64_register general(struct lower *l, const struct lower_simd *s)
{
    unsigned n = lower_field_of(s, 5, 5);

    return lower_get(l, true, n == 31 ? (unsigned)IR_ZERO : n, X64_RAX);
}

bool lower_duplicate_general(struct lower *l, struct lower_simd *s)
{
    avx_from(l, AVX_vmovq_from, XMM0, 0, x64_reg(general(l, s)));
    avx(l, lower_each[EACH_BROADCAST][0][s->log2], XMM0, 0, XMM0);
    lower_simd_put(l, s, s->size);
    return true;
}

/* All of the register is written: a later load of it need not wait for two
 * stores. */
static bool insert(struct lower *l, struct lower_simd *s,
                   enum x64_register from)
{
    lower_vector_load(l, XMM0, s->d, 16);
    avx_from(l, lower_each[EACH_INSERT][0][s->log2], XMM0, XMM0, x64_reg(from));
    x64_byte(&l->out, element_byte(s) >> s->log2);
    lower_vector_store(l, s->d, XMM0, 16);
    return true;
}

bool lower_insert_general(struct lower *l, struct lower_simd *s)
{
    return insert(l, s, general(l, s));
}

static const unsigned zero_extending[] = {0x0fb6, 0x0fb7, 0x8b, 0x8b};
static const unsigned sign_extending[] = {0x0fbe, 0x0fbf, 0x63, 0x8b};

bool lower_insert_element(struct lower *l, struct lower_simd *s)
{
    unsigned index = lower_field_of(s, 11, 4) >> s->log2;

    x64_op(&l->out, s->log2 == 3, zero_extending[s->log2], X64_RAX,
           lower_register(s, 5, index << s->log2));
    return insert(l, s, X64_RAX);
}

static bool to_general(struct lower *l, struct lower_simd *s, unsigned opcode,
                       bool wide, unsigned byte)
{
    unsigned d = lower_field_of(s, 0, 5);
    unsigned guest = d == 31 ? (unsigned)IR_SINK : d;
    enum x64_register result = lower_result(l, guest, X64_RAX);

    x64_op(&l->out, wide, opcode, result, lower_register(s, 5, byte));
    lower_put(l, guest, result);
    return true;
}

bool lower_move_unsigned(struct lower *l, struct lower_simd *s)
{
    return to_general(l, s, zero_extending[s->log2], s->log2 == 3,
                      element_byte(s));
}

bool lower_move_signed(struct lower *l, struct lower_simd *s)
{
    return to_general(l, s, sign_extending[s->log2], s->q, element_byte(s));
}

/* FMOV between general and vector registers: bit 19: the upper half, bit 16:
 * from the general register. */
bool lower_fmov_general(struct lower *l, struct lower_simd *s)
{
    bool upper = lower_field_of(s, 19, 1) != 0;

    if (lower_field_of(s, 16, 1) == 0) {
        unsigned log2 = upper ? 3 : s->log2;

        return to_general(l, s, zero_extending[log2], log2 == 3, upper ? 8 : 0);
    }
    enum x64_register n = general(l, s);
    if (upper) {
        lower_vector_load(l, XMM0, s->d, 16);
        avx_from(l, AVX_vpinsrq, XMM0, XMM0, x64_reg(n));
        x64_byte(&l->out, 1);
    } else if (s->log2 == 1) {
        x64_op(&l->out, false, 0x0fb7, X64_RAX, x64_reg(n));
        avx_from(l, AVX_vmovd, XMM0, 0, x64_reg(X64_RAX));
    } else {
        avx_from(l, s->log2 == 3 ? AVX_vmovq_from : AVX_vmovd, XMM0, 0,
                 x64_reg(n));
    }
    lower_vector_store(l, s->d, XMM0, 16);
    return true;
}

/* ---- Immediates ---------------------------------------------------------- */

/* Plain, inverted, or onto the register. */
bool lower_immediate(struct lower *l, struct lower_simd *s)
{
    uint64_t value = simd_expand(s->insn);
    unsigned cmode = lower_field_of(s, 12, 4);
    /* ORR and BIC have an odd cmode below 12. */
    bool onto = cmode < 12 && (cmode & 1) != 0;
    bool inverted = s->is_unsigned && cmode < 14;

    if (!onto) {
        lower_constant64(l, XMM0, inverted ? ~value : value);
    } else {
        lower_constant64(l, XMM0, value);
        avx_from(l, inverted ? AVX_vpandn : AVX_vpor, XMM0, XMM0, s->d);
    }
    lower_simd_put(l, s, s->size);
    return true;
}

bool lower_fp_immediate(struct lower *l, struct lower_simd *s)
{
    x64_mov_imm(&l->out, X64_RAX,
                simd_expand_fp(8u << s->log2, lower_field_of(s, 13, 8)));
    avx_from(l, AVX_vmovq_from, XMM0, 0, x64_reg(X64_RAX));
    lower_vector_store(l, s->d, XMM0, 16);
    return true;
}
