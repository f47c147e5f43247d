/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of the host's vector registers by name (Intel SDM, volume 2). */
#ifndef ENGINE_COMPILER_AVX_H
#define ENGINE_COMPILER_AVX_H

#include "engine/compiler/lower.h"

/* XMM registers: the first eight are free between operations, the others hold
 * V0 to V7 where struct lower says so. Memory has these always. */
enum { XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7, XMM8 };
enum { LOWER_VECTORS = 8 };

/* The host register of a vector register's place in memory, if it has one. */
struct x64_operand lower_cached(const struct lower *l, struct x64_operand from);

enum avx {
#define AVX(name, code) AVX_##name = (code),
#include "engine/compiler/avx.def"
#undef AVX
};

enum { AVX_512 = 0x100000 };

static inline struct x64_operand lower_xmm(unsigned number)
{
    return x64_reg((enum x64_register)number);
}

static inline void avx_exactly(struct lower *l, unsigned what, unsigned d,
                               unsigned a, struct x64_operand b)
{
    ((what & AVX_512) != 0 ? x64_evex : x64_vex)(
        &l->out, what >> 8 & 15, what >> 12 & 15, (what >> 16 & 1) != 0,
        what & 255, d, a, b);
}

/* d = a what b; what has no `a` takes 0. */
static inline void avx_from(struct lower *l, unsigned what, unsigned d,
                            unsigned a, struct x64_operand b)
{
    avx_exactly(l, what, d, a, lower_cached(l, b));
}

/* `what` is a store. */
static inline void avx_to(struct lower *l, unsigned what, unsigned s,
                          struct x64_operand to)
{
    avx_exactly(l, what, s, 0, to);
}

static inline void avx(struct lower *l, unsigned what, unsigned d, unsigned a,
                       unsigned b)
{
    avx_from(l, what, d, a, lower_xmm(b));
}

/* With an immediate, or a fourth register in its upper half. */
static inline void avx_imm(struct lower *l, unsigned what, unsigned d,
                           unsigned a, unsigned b, unsigned imm)
{
    avx(l, what, d, a, b);
    x64_byte(&l->out, imm);
}

static inline void avx_zero(struct lower *l, unsigned d)
{
    avx(l, AVX_vpxor, d, d, d);
}

static inline void avx_ones(struct lower *l, unsigned d)
{
    avx(l, AVX_vpcmpeqd, d, d, d);
}

enum avx_shift { AVX_RIGHT = 2, AVX_ARITHMETIC = 4, AVX_LEFT = 6 };

/* d = a shifted by a count; log2 of the bytes of an element is 1 to 3, and no
 * arithmetic shift has 3. */
static inline void avx_shift(struct lower *l, enum avx_shift what,
                             unsigned log2, unsigned d, unsigned a,
                             unsigned count)
{
    avx_imm(l, AVX_shift_w + log2 - 1, what, d, a, count);
}

/* d = a shifted right by bytes. */
static inline void avx_shift_bytes(struct lower *l, unsigned d, unsigned a,
                                   unsigned count)
{
    avx_imm(l, AVX_shift_q, 3, d, a, count);
}

#endif
