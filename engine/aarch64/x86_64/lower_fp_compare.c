/* SPDX-License-Identifier: Apache-2.0 */
/* Floating-point instructions that write or read NZCV. */
#include "engine/aarch64/x86_64/lower_simd.h"

/* A half as a single, which holds it exactly. */
static void load(struct lower *l, const struct lower_simd *s, unsigned xmm,
                 unsigned low)
{
    lower_vector_load(l, xmm, lower_register(s, low, 0), 1u << s->log2);
    if (s->log2 == 1) {
        avx(l, AVX_vcvtph2ps, xmm, 0, xmm);
    }
}

/* NZCV of less, equal, greater; what is not a number is the helper's. */
static void compare(struct lower *l, struct lower_simd *s, bool zero)
{
    load(l, s, XMM0, 5);
    if (zero) {
        avx_zero(l, XMM1);
    } else {
        load(l, s, XMM1, 16);
    }
    x64_mov_imm(&l->out, X64_RAX, (uint32_t)lower_nzcv(2));
    x64_mov_imm(&l->out, X64_RCX, (uint32_t)lower_nzcv(6));
    x64_mov_imm(&l->out, X64_RDX, (uint32_t)lower_nzcv(8));
    avx(l, lower_fp_packed(s->log2, FP_UCOMIS), XMM0, 0, XMM1);
    lower_unless(l, X64_P);
    x64_cmov(&l->out, false, X64_E, X64_RAX, x64_reg(X64_RCX));
    x64_cmov(&l->out, false, X64_B, X64_RAX, x64_reg(X64_RDX));
    x64_store(&l->out, true, lower_place(l, IR_NZCV), X64_RAX);
}

static bool has_size(const struct lower *l, const struct lower_simd *s)
{
    return s->log2 > 1 || (s->log2 == 1 && l->target->has_f16c);
}

bool lower_fcmp(struct lower *l, struct lower_simd *s)
{
    if (!has_size(l, s)) {
        return false;
    }
    lower_fp_control(l);
    compare(l, s, lower_field_of(s, 3, 1) != 0);
    return true;
}

bool lower_fccmp(struct lower *l, struct lower_simd *s)
{
    unsigned condition = lower_field_of(s, 12, 4);

    if (!has_size(l, s)) {
        return false;
    }
    lower_fp_control(l);
    if (condition >= 14) {
        compare(l, s, false);
        return true;
    }
    uint8_t *holds = x64_jcc(&l->out, lower_condition(l, condition), NULL);
    x64_store_imm(&l->out, true, lower_place(l, IR_NZCV),
                  lower_nzcv(lower_field_of(s, 0, 4)));
    uint8_t *end = x64_jmp(&l->out, NULL);
    x64_aim(holds, l->out.at);
    compare(l, s, false);
    x64_aim(end, l->out.at);
    return true;
}

bool lower_fcsel(struct lower *l, struct lower_simd *s)
{
    unsigned condition = lower_field_of(s, 12, 4);
    bool wide = s->log2 == 3;

    if (s->log2 < 2 || condition >= 14) {
        return false;
    }
    enum x64_condition host = lower_condition(l, condition);
    x64_mov(&l->out, wide, X64_RAX, lower_register(s, 16, 0));
    x64_cmov(&l->out, wide, host, X64_RAX, lower_register(s, 5, 0));
    avx_from(l, wide ? AVX_vmovq_from : AVX_vmovd, XMM0, 0, x64_reg(X64_RAX));
    lower_vector_store(l, s->d, XMM0, 16);
    return true;
}
