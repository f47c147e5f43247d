/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point of FPv4 and FPv5 on the host's, as lower_fp.c does it for A64:
 * where FPSCR rounds to nearest, flushes nothing and has IXC set already. All
 * else is the helper's (engine/mprofile/fp.c).
 */
#include "base/bits.h"
#include "engine/mprofile/dsp.h"
#include "engine/mprofile/x86_64/lower_t32.h"
#include "engine/softfloat/softfloat.h"
#include "engine/x86_64/lower_vector.h"

/* An instruction at hand. */
struct fp {
    unsigned log2; /* of the bytes of a scalar */
    unsigned imm;
    struct x64_operand d, n, m;
};

static struct x64_operand in_core(size_t offset)
{
    return lower_beside((int32_t)(offset - offsetof(struct mprofile, state.x)));
}

static struct x64_operand fpscr(void)
{
    return in_core(offsetof(struct mprofile, state.fpscr));
}

static struct x64_operand of_size(unsigned number, unsigned log2)
{
    return in_core(offsetof(struct mprofile, state.s) +
                   ((size_t)number << log2));
}

static unsigned bytes(const struct fp *fp)
{
    return 1u << fp->log2;
}

/* ---- FPSCR --------------------------------------------------------------- */

enum { CONTROL = FPCR_AHP | FPCR_DN | FPCR_FZ | 3 << FPCR_RMODE_SHIFT };

/* Once for a block: the control bits are 0, and those of `set` are set. */
static void check_state(struct lower *l, bool *checked, uint32_t set)
{
    if (!*checked) {
        *checked = true;
        x64_mov(&l->out, false, X64_RAX, fpscr());
        x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RAX),
                    (int32_t)(CONTROL | set));
        x64_alu_imm(&l->out, false, X64_CMP, x64_reg(X64_RAX), (int32_t)set);
        lower_unless(l, X64_NE)->kind = COLD_ALONE;
    }
}

static void check_inexact(struct lower *l)
{
    check_state(l, &l->fp_checked, FPSR_IXC);
}

/* Enough for what is never inexact. */
static void check_control(struct lower *l)
{
    if (!l->fp_checked) {
        check_state(l, &l->fpcr_checked, 0);
    }
}

/* ---- Arithmetic ---------------------------------------------------------- */

static void load(struct lower *l, const struct fp *fp, unsigned xmm,
                 struct x64_operand from)
{
    lower_vector_load(l, xmm, from, bytes(fp));
}

static void store(struct lower *l, const struct fp *fp)
{
    lower_vector_store(l, fp->d, XMM0, bytes(fp));
}

/* xmm0 = n what m. */
static void compute(struct lower *l, struct fp *fp, unsigned what)
{
    load(l, fp, XMM0, fp->n);
    avx_from(l, lower_fp_scalar(fp->log2, what), XMM0, XMM0, fp->m);
    lower_fp_check_scalar(l, fp->log2, what == FP_MUL || what == FP_DIV);
}

static bool two(struct lower *l, struct fp *fp, unsigned what)
{
    check_inexact(l);
    compute(l, fp, what);
    store(l, fp);
    return true;
}

static bool square_root(struct lower *l, struct fp *fp, unsigned what)
{
    check_inexact(l);
    load(l, fp, XMM0, fp->m);
    avx(l, lower_fp_scalar(fp->log2, what), XMM0, XMM0, XMM0);
    lower_fp_check_scalar(l, fp->log2, true);
    store(l, fp);
    return true;
}

/* d what n * m, with two roundings. */
static bool accumulate(struct lower *l, struct fp *fp, unsigned what)
{
    check_inexact(l);
    compute(l, fp, FP_MUL);
    load(l, fp, XMM1, fp->d);
    avx(l, lower_fp_scalar(fp->log2, what), XMM0, XMM1, XMM0);
    lower_fp_check_scalar(l, fp->log2, false);
    store(l, fp);
    return true;
}

/* With one. */
static bool fuse(struct lower *l, struct fp *fp, unsigned what)
{
    const unsigned code = VEX_66 << 12 | VEX_0F38 << 8 | (what + 1) |
                          (fp->log2 == 3 ? 0x10000u : 0);

    check_inexact(l);
    load(l, fp, XMM0, fp->n);
    load(l, fp, XMM1, fp->m);
    avx_from(l, code, XMM0, XMM1, fp->d);
    lower_fp_check_scalar(l, fp->log2, true);
    store(l, fp);
    return true;
}

/* ---- Comparisons and conversions ----------------------------------------- */

enum { WITH_M, WITH_ZERO };

/* A NaN is the helper's, so VCMP and VCMPE are the same. */
static bool compare(struct lower *l, struct fp *fp, unsigned with)
{
    check_control(l);
    load(l, fp, XMM0, fp->d);
    if (with == WITH_ZERO) {
        avx_zero(l, XMM1);
    } else {
        load(l, fp, XMM1, fp->m);
    }
    x64_mov_imm(&l->out, X64_RAX, 0x2u << 28);
    x64_mov_imm(&l->out, X64_RCX, 0x6u << 28);
    x64_mov_imm(&l->out, X64_RDX, 0x8u << 28);
    avx(l, lower_fp_packed(fp->log2, FP_UCOMIS), XMM0, 0, XMM1);
    lower_unless(l, X64_P);
    x64_cmov(&l->out, false, X64_E, X64_RAX, x64_reg(X64_RCX));
    x64_cmov(&l->out, false, X64_B, X64_RAX, x64_reg(X64_RDX));
    x64_mov(&l->out, false, X64_RDX, fpscr());
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RDX), 0x0fffffff);
    x64_alu(&l->out, false, X64_OR, X64_RAX, x64_reg(X64_RDX));
    x64_store(&l->out, false, fpscr(), X64_RAX);
    return true;
}

/* The conversion of a word, which 64 bits hold if it has no sign. */
static bool from_integer(struct lower *l, struct fp *fp, unsigned opcode)
{
    check_inexact(l);
    avx_zero(l, XMM0);
    x64_mov(&l->out, false, X64_RAX, fp->m);
    avx_exactly(l, lower_fp_scalar(fp->log2, opcode) | fp->imm << 16, XMM0,
                XMM0, x64_reg(X64_RAX));
    store(l, fp);
    return true;
}

/* To zero; what a word does not hold is the helper's. */
static bool to_integer(struct lower *l, struct fp *fp, unsigned opcode)
{
    check_inexact(l);
    load(l, fp, XMM0, fp->m);
    avx(l, lower_fp_scalar(fp->log2, opcode) | 0x10000, X64_RAX, 0, XMM0);
    if (fp->imm == 0) {
        lower_extend(l, X64_RCX, x64_reg(X64_RAX), 32, true);
    } else {
        x64_mov(&l->out, false, X64_RCX, x64_reg(X64_RAX));
    }
    x64_alu(&l->out, true, X64_CMP, X64_RCX, x64_reg(X64_RAX));
    lower_unless(l, X64_NE);
    x64_store(&l->out, false, fp->d, X64_RAX);
    return true;
}

static bool to_double(struct lower *l, struct fp *fp, unsigned what)
{
    check_control(l);
    load(l, fp, XMM0, fp->m);
    avx(l, what, XMM0, XMM0, XMM0);
    lower_fp_check_scalar(l, 3, false);
    lower_vector_store(l, fp->d, XMM0, 8);
    return true;
}

static bool to_single(struct lower *l, struct fp *fp, unsigned what)
{
    check_inexact(l);
    lower_vector_load(l, XMM0, fp->m, 8);
    avx(l, what, XMM0, XMM0, XMM0);
    lower_fp_check_scalar(l, 2, true);
    store(l, fp);
    return true;
}

/* ---- Rows ---------------------------------------------------------------- */

enum { CVTSI2 = 0x2a, CVTT2SI = 0x2c };

/* Which of d and m has another size than the rows with a size of their own. */
enum { D_IS_SINGLE = 1, M_IS_SINGLE = 2, D_IS_DOUBLE = 4, M_IS_DOUBLE = 8 };
static_assert(BITS_DIFFER(D_IS_SINGLE, M_IS_SINGLE, D_IS_DOUBLE, M_IS_DOUBLE),
              "sizes are combined");

static const struct fp_row {
    bool (*lower)(struct lower *l, struct fp *fp, unsigned what);
    uint32_t what;
    uint8_t sizes;
} rows[T32_ROWS] = {
    [T32_ROW_VADD] = {two,          FP_ADD,        0          },
    [T32_ROW_VSUB] = {two,          FP_SUB,        0          },
    [T32_ROW_VMUL] = {two,          FP_MUL,        0          },
    [T32_ROW_VDIV] = {two,          FP_DIV,        0          },
    [T32_ROW_VSQRT] = {square_root,  FP_SQRT,       0          },
    [T32_ROW_VMLA] = {accumulate,   FP_ADD,        0          },
    [T32_ROW_VMLS] = {accumulate,   FP_SUB,        0          },
    [T32_ROW_VFMA] = {fuse,         FUSED,         0          },
    [T32_ROW_VFMS] = {fuse,         FUSED_NEG,     0          },
    [T32_ROW_VFNMA] = {fuse,         FUSED_NEG_SUB, 0          },
    [T32_ROW_VFNMS] = {fuse,         FUSED_SUB,     0          },
    [T32_ROW_VCMP] = {compare,      WITH_M,        0          },
    [T32_ROW_VCMPE] = {compare,      WITH_M,        0          },
    [T32_ROW_VCMP_ZERO] = {compare,      WITH_ZERO,     0          },
    [T32_ROW_VCMPE_ZERO] = {compare,      WITH_ZERO,     0          },
    [T32_ROW_VCVT_FROM_INTEGER] = {from_integer, CVTSI2,        M_IS_SINGLE},
    [T32_ROW_VCVT_TO_INTEGER] = {to_integer,   CVTT2SI,       D_IS_SINGLE},
    [T32_ROW_VCVT_TO_DOUBLE] = {to_double,    AVX_vcvtss2sd, D_IS_DOUBLE},
    [T32_ROW_VCVT_TO_SINGLE] = {to_single,    AVX_vcvtsd2ss, M_IS_DOUBLE},
};

static unsigned log2_of(unsigned log2, bool is_single, bool is_double)
{
    return is_single ? 2 : is_double ? 3 : log2;
}

static bool lower_fp(struct lower *l)
{
    const struct ir_op *op = l->op;
    const uint32_t v = (uint32_t)op->high;
    const struct fp_row *row = &rows[v & ((1 << FP_DP) - 1)];
    const unsigned log2 = (v >> FP_DP & 1) != 0 ? 3 : 2;
    struct fp fp = {
        .log2 = log2,
        .imm = v >> FP_IMM & 3,
        .d = of_size(op->d, log2_of(log2, (row->sizes & D_IS_SINGLE) != 0,
                                    (row->sizes & D_IS_DOUBLE) != 0)),
        .n = of_size(op->a, log2),
        .m = of_size(op->b, log2_of(log2, (row->sizes & M_IS_SINGLE) != 0,
                                    (row->sizes & M_IS_DOUBLE) != 0)),
    };

    return row->lower != NULL && l->target->has_avx2 &&
           row->lower(l, &fp, row->what) && lower_come_back(l);
}

/* FPSCR may be another's behind it. */
static bool check_context(struct lower *l)
{
    lower_compare_byte(l, in_core(offsetof(struct mprofile, fp_ready)), 0);
    lower_unless(l, X64_E);
    l->fp_checked = false;
    l->fpcr_checked = false;
    return lower_come_back(l);
}

bool lower_t32_assist(struct lower *l)
{
    switch (l->op->low) {
    case T32_HELPER_FP_CHECK:
        return check_context(l);
    case T32_HELPER_FP:
        return lower_fp(l);
    case T32_HELPER_DSP:
        return lower_t32_dsp(l);
    default:
        return false;
    }
}
