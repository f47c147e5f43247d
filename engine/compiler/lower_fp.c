/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point on the host's, bit for bit and flag for flag: where the
 * rounding is to nearest, nothing is flushed, and FPSR.IXC is set already, an
 * operation with a normal result changes no other flag. All else (what may be
 * inexact for the first time, results that are infinite, not a number, or too
 * small to be sure) is the helper's.
 */
#include "engine/compiler/lower_fp.h"

/* ---- Checks -------------------------------------------------------------- */

void lower_fp_control(struct lower *l)
{
    if (!l->fpcr_checked) {
        l->fpcr_checked = true;
        x64_alu_imm(&l->out, false, X64_CMP,
                    lower_pe(offsetof(struct aarch64, state.fpcr)), 0);
        lower_unless(l, X64_NE)->kind = COLD_ALONE;
    }
}

void lower_fp_state(struct lower *l)
{
    lower_fp_control(l);
    if (!l->fp_checked) {
        l->fp_checked = true;
        x64_op(&l->out, false, 0xf6, 0,
               lower_pe(offsetof(struct aarch64, state.fpsr))); /* test */
        x64_byte(&l->out, FPSR_IXC);
        lower_unless(l, X64_E)->kind = COLD_ALONE;
    }
}

/* The exponent alone in the upper bits of ECX, less the least that is allowed,
 * is below what infinity's would be. */
static void check_scalar(struct lower *l, struct lower_simd *s, unsigned log2,
                         bool small)
{
    static const uint8_t shifts[] = {0, 27, 24, 21};
    static const uint16_t infinite[] = {0, 31, 255, 2047};
    uint32_t least = small ? 2 : 0;
    uint32_t most = (infinite[log2] - least) << shifts[log2];

    avx_from(l, log2 == 3 ? AVX_vmovq_to : AVX_vmovd_to, XMM0, 0,
             x64_reg(X64_RCX));
    if (log2 == 3) {
        x64_shift_imm(&l->out, true, X64_SHR, X64_RCX, 32);
    } else if (log2 == 1) {
        x64_shift_imm(&l->out, false, X64_SHL, X64_RCX, 16);
    }
    x64_lea(
        &l->out, false, X64_RCX,
        x64_mem_index(X64_RCX, X64_RCX, 0, -(int32_t)(least << shifts[log2])));
    x64_alu_imm(&l->out, false, X64_CMP, x64_reg(X64_RCX), (int32_t)most);
    lower_simd_unless(l, s, X64_AE);
}

static void check_vector(struct lower *l, struct lower_simd *s, unsigned log2,
                         bool small)
{
    static const uint32_t equals[] = {0, AVX_vpcmpeqw, AVX_vpcmpeqd,
                                      AVX_vpcmpeqq};
    static const uint32_t greaters[] = {0, AVX_vpcmpgtw, AVX_vpcmpgtd,
                                        AVX_vpcmpgtq};
    struct x64_operand exponent =
        lower_constant(l, CONSTANT_EXPONENT_16 + log2 - 1);

    avx_from(l, AVX_vpand, XMM1, XMM0, exponent);
    avx_from(l, equals[log2], XMM3, XMM1, exponent);
    if (small) { /* exponents 0 and 1 are less than 2 */
        lower_vector_load(l, XMM2,
                          lower_constant(l, CONSTANT_LEAST_16 + log2 - 1), 16);
        avx(l, greaters[log2], XMM2, XMM2, XMM1);
        avx(l, AVX_vpor, XMM3, XMM3, XMM2);
    }
    if (s->size == 8) {
        avx(l, AVX_vmovq, XMM3, 0, XMM3);
    }
    avx(l, AVX_vptest, XMM3, 0, XMM3);
    lower_simd_unless(l, s, X64_NE);
}

void lower_fp_check(struct lower *l, struct lower_simd *s, unsigned log2,
                    bool small)
{
    if (s->scalar) {
        check_scalar(l, s, log2, small);
    } else {
        check_vector(l, s, log2, small);
    }
}

enum { EQUAL, LESS, LESS_EQUAL, UNORDERED }; /* of VCMPPS */

void lower_fp_check_numbers(struct lower *l, struct lower_simd *s,
                            unsigned second)
{
    if (s->scalar) {
        avx(l, lower_fp_packed(s->log2, FP_UCOMIS), XMM0, 0, second);
        lower_simd_unless(l, s, X64_P);
        return;
    }
    avx_imm(l, lower_fp_packed(s->log2, FP_COMPARE), XMM2, XMM0, second,
            UNORDERED);
    avx(l, AVX_vptest, XMM2, 0, XMM2);
    lower_simd_unless(l, s, X64_NE);
}

/* ---- Arithmetic ---------------------------------------------------------- */

static bool two(struct lower *l, struct lower_simd *s, unsigned opcode,
                bool small)
{
    lower_fp_state(l);
    avx_from(l, lower_fp_code(s, opcode), XMM0, XMM0, s->m);
    lower_fp_check(l, s, s->log2, small);
    return true;
}

/* Sums have exact results where they are small. */
static bool fadd(struct lower *l, struct lower_simd *s)
{
    return two(l, s, FP_ADD, false);
}

static bool fsub(struct lower *l, struct lower_simd *s)
{
    return two(l, s, FP_SUB, false);
}

static bool fmul(struct lower *l, struct lower_simd *s)
{
    return two(l, s, FP_MUL, true);
}

static bool fdiv(struct lower *l, struct lower_simd *s)
{
    return two(l, s, FP_DIV, true);
}

static bool fsqrt(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    avx(l, lower_fp_code(s, FP_SQRT), XMM0, s->scalar ? XMM0 : 0, XMM0);
    lower_fp_check(l, s, s->log2, true);
    return true;
}

/* The signs of the elements that count, as the destination of `what`. */
static void with_signs(struct lower *l, struct lower_simd *s, uint32_t what)
{
    lower_vector_load(l, XMM1, lower_constant(l, CONSTANT_SIGN_8 + s->log2),
                      s->size);
    avx(l, what, XMM0, XMM1, XMM0);
}

static bool fabs_of(struct lower *l, struct lower_simd *s)
{
    with_signs(l, s, AVX_vpandn);
    return true;
}

static bool fneg(struct lower *l, struct lower_simd *s)
{
    with_signs(l, s, AVX_vpxor);
    return true;
}

static bool fnmul(struct lower *l, struct lower_simd *s)
{
    return fmul(l, s) && fneg(l, s);
}

static bool fabd(struct lower *l, struct lower_simd *s)
{
    return fsub(l, s) && fabs_of(l, s);
}

/* Opcodes of xmm0 = second * xmm0 + third, by what is negative. */
enum { FUSED = 0xa8, FUSED_SUB = 0xaa, FUSED_NEG = 0xac, FUSED_NEG_SUB = 0xae };

static void fused(struct lower *l, const struct lower_simd *s, unsigned opcode,
                  unsigned second, unsigned third)
{
    unsigned code = VEX_66 << 12 | VEX_0F38 << 8 | (opcode + s->scalar);

    avx(l, code | (s->log2 == 3 ? 0x10000 : 0), XMM0, second, third);
}

static bool accumulate(struct lower *l, struct lower_simd *s, unsigned opcode)
{
    lower_fp_state(l);
    unsigned m = lower_second(l, s);
    lower_vector_load(l, XMM2, s->d, s->size);
    fused(l, s, opcode, m, XMM2);
    lower_fp_check(l, s, s->log2, true);
    return true;
}

static bool fmla(struct lower *l, struct lower_simd *s)
{
    return accumulate(l, s, FUSED);
}

static bool fmls(struct lower *l, struct lower_simd *s)
{
    return accumulate(l, s, FUSED_NEG);
}

/* FMADD and its kin: bit 15 negates the product, bit 21 both. */
bool lower_fmadd(struct lower *l, struct lower_simd *s)
{
    static const uint8_t opcodes[2][2] = {
        {FUSED,         FUSED_NEG},
        {FUSED_NEG_SUB, FUSED_SUB}
    };

    if (s->log2 < 2) {
        return false;
    }
    lower_fp_state(l);
    lower_vector_load(l, XMM0, lower_register(s, 5, 0), s->size);
    lower_vector_load(l, XMM1, lower_register(s, 16, 0), s->size);
    lower_vector_load(l, XMM2, lower_register(s, 10, 0), s->size);
    fused(l, s, opcodes[lower_field_of(s, 21, 1)][lower_field_of(s, 15, 1)],
          XMM1, XMM2);
    lower_fp_check(l, s, s->log2, true);
    lower_simd_put(l, s, 16);
    return true;
}

/* 2 - n * m; (3 - n * m) / 2. */
static bool step(struct lower *l, struct lower_simd *s, unsigned addend)
{
    lower_fp_state(l);
    unsigned m = lower_second(l, s);
    lower_vector_load(l, XMM2, lower_constant(l, addend + s->log2 - 2),
                      s->size);
    fused(l, s, FUSED_NEG, m, XMM2);
    return true;
}

static bool frecps(struct lower *l, struct lower_simd *s)
{
    step(l, s, CONSTANT_TWO_F32);
    lower_fp_check(l, s, s->log2, true);
    return true;
}

static bool frsqrts(struct lower *l, struct lower_simd *s)
{
    step(l, s, CONSTANT_THREE_F32);
    avx_from(l, lower_fp_packed(s->log2, FP_MUL), XMM0, XMM0,
             lower_constant(l, CONSTANT_HALF_F32 + s->log2 - 2));
    lower_fp_check(l, s, s->log2, true);
    return true;
}

/* The host gives its second operand for zeros of both signs: what both orders
 * give tells them apart. */
static bool extremum(struct lower *l, struct lower_simd *s, unsigned opcode,
                     uint32_t both)
{
    unsigned m = lower_second(l, s);

    lower_fp_control(l);
    lower_fp_check_numbers(l, s, m);
    avx(l, lower_fp_code(s, opcode), XMM2, m, XMM0);
    avx(l, lower_fp_code(s, opcode), XMM0, XMM0, m);
    avx(l, both, XMM0, XMM0, XMM2);
    return true;
}

static bool fmax_of(struct lower *l, struct lower_simd *s)
{
    return extremum(l, s, FP_MAX, AVX_vpand);
}

static bool fmin_of(struct lower *l, struct lower_simd *s)
{
    return extremum(l, s, FP_MIN, AVX_vpor);
}

/* ---- Comparisons to masks ------------------------------------------------ */

static bool compare(struct lower *l, struct lower_simd *s, unsigned predicate,
                    bool swap)
{
    unsigned m = lower_second(l, s);

    lower_fp_control(l);
    lower_fp_check_numbers(l, s, m);
    avx_imm(l, lower_fp_code(s, FP_COMPARE), XMM0, swap ? m : XMM0,
            swap ? XMM0 : m, predicate);
    return true;
}

static bool fcmeq(struct lower *l, struct lower_simd *s)
{
    return compare(l, s, EQUAL, false);
}

static bool fcmgt(struct lower *l, struct lower_simd *s)
{
    return compare(l, s, LESS, true);
}

static bool fcmge(struct lower *l, struct lower_simd *s)
{
    return compare(l, s, LESS_EQUAL, true);
}

static bool fcmlt(struct lower *l, struct lower_simd *s)
{
    return compare(l, s, LESS, false);
}

static bool fcmle(struct lower *l, struct lower_simd *s)
{
    return compare(l, s, LESS_EQUAL, false);
}

static void absolute(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    lower_vector_load(l, XMM2, lower_constant(l, CONSTANT_SIGN_8 + s->log2),
                      16);
    avx(l, AVX_vpandn, XMM0, XMM2, XMM0);
    avx(l, AVX_vpandn, XMM1, XMM2, m);
}

static bool facgt(struct lower *l, struct lower_simd *s)
{
    absolute(l, s);
    return fcmgt(l, s);
}

static bool facge(struct lower *l, struct lower_simd *s)
{
    absolute(l, s);
    return fcmge(l, s);
}

/* ---- The rows ------------------------------------------------------------ */

const struct lower_operation lower_fp_operations[OPERATIONS] = {
#define ROW(name, emit, sizes, half)                                           \
    [OPERATION_##name] = {emit, sizes, half, true},
#include "engine/compiler/lower_fp.def"
#undef ROW
};
