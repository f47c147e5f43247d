/* SPDX-License-Identifier: Apache-2.0 */
/* How SIMD instructions walk over their registers, see lower_simd.h. */
#include <assert.h>

#include "engine/aarch64/x86_64/lower_simd.h"

/* ---- What shapes and operations share ------------------------------------ */

#define BOTH(...)                                                              \
    {                                                                          \
        {__VA_ARGS__},                                                         \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }
#define ALL(code) BOTH(code, code, code, code)

const uint32_t lower_each[EACHES][2][4] = {
    [EACH_AND] = ALL(AVX_vpand),
    [EACH_OR] = ALL(AVX_vpor),
    [EACH_XOR] = ALL(AVX_vpxor),
    [EACH_ADD] = BOTH(AVX_vpaddb, AVX_vpaddw, AVX_vpaddd, AVX_vpaddq),
    [EACH_SUB] = BOTH(AVX_vpsubb, AVX_vpsubw, AVX_vpsubd, AVX_vpsubq),
    [EACH_EQUAL] = BOTH(AVX_vpcmpeqb, AVX_vpcmpeqw, AVX_vpcmpeqd, AVX_vpcmpeqq),
    [EACH_GREATER] =
        BOTH(AVX_vpcmpgtb, AVX_vpcmpgtw, AVX_vpcmpgtd, AVX_vpcmpgtq),
    [EACH_MAX] = {{AVX_vpmaxsb, AVX_vpmaxsw, AVX_vpmaxsd},
                  {AVX_vpmaxub, AVX_vpmaxuw, AVX_vpmaxud}      },
    [EACH_MIN] = {{AVX_vpminsb, AVX_vpminsw, AVX_vpminsd},
                  {AVX_vpminub, AVX_vpminuw, AVX_vpminud}      },
    [EACH_ADD_SATURATED] = {{AVX_vpaddsb, AVX_vpaddsw},
                  {AVX_vpaddusb, AVX_vpaddusw}                 },
    [EACH_SUB_SATURATED] = {{AVX_vpsubsb, AVX_vpsubsw},
                  {AVX_vpsubusb, AVX_vpsubusw}                 },
    [EACH_EXTENDED] = {{AVX_vpmovsxbw, AVX_vpmovsxwd, AVX_vpmovsxdq},
                  {AVX_vpmovzxbw, AVX_vpmovzxwd, AVX_vpmovzxdq}},
    [EACH_ZIP] = {{AVX_vpunpcklbw, AVX_vpunpcklwd, AVX_vpunpckldq,
                   AVX_vpunpcklqdq},
                  {AVX_vpunpckhbw, AVX_vpunpckhwd, AVX_vpunpckhdq,
                   AVX_vpunpckhqdq}                            },
    [EACH_BROADCAST] = BOTH(AVX_vpbroadcastb, AVX_vpbroadcastw,
                            AVX_vpbroadcastd, AVX_vpbroadcastq),
    [EACH_INSERT] = BOTH(AVX_vpinsrb, AVX_vpinsrw, AVX_vpinsrd, AVX_vpinsrq),
};

unsigned lower_second(struct lower *l, struct lower_simd *s)
{
    if (s->operand == OPERAND_NONE) {
        avx_zero(l, XMM1);
        s->m = lower_xmm(XMM1);
    } else if (x64_is_memory(s->m)) {
        lower_vector_load(l, XMM1, s->m, s->exact ? s->size : 16);
        s->m = lower_xmm(XMM1);
    }
    return x64_base(s->m);
}

void lower_simd_put(struct lower *l, struct lower_simd *s, unsigned size)
{
    lower_vector_put(l, lower_field_of(s, 0, 5), XMM0, size);
}

void lower_saturated(struct lower *l, unsigned xmm)
{
    avx(l, AVX_vptest, xmm, 0, xmm);
    uint8_t *none = x64_jcc(&l->out, X64_E, NULL);
    x64_alu_imm(&l->out, false, X64_OR,
                lower_pe(offsetof(struct aarch64, state.fpsr)), FPSR_QC);
    x64_aim(none, l->out.at);
}

void lower_constant64(struct lower *l, unsigned xmm, uint64_t value)
{
    if (value == 0) {
        avx_zero(l, xmm);
    } else if (value == UINT64_MAX) {
        avx_ones(l, xmm);
    } else {
        x64_mov_imm(&l->out, X64_RAX, value);
        avx_from(l, AVX_vmovq_from, xmm, 0, x64_reg(X64_RAX));
        avx(l, AVX_vpunpcklqdq, xmm, xmm, xmm);
    }
}

static void load_first(struct lower *l, const struct lower_simd *s)
{
    lower_vector_load(l, XMM0, lower_register(s, 5, 0),
                      s->exact ? s->size : 16);
}

/* d = the element that an instruction names, in all places. */
static void element(struct lower *l, const struct lower_simd *s, unsigned d)
{
    unsigned high = lower_field_of(s, 11, 1);
    unsigned low = lower_field_of(s, 21, 1);
    unsigned m = lower_field_of(s, 16, s->log2 == 1 ? 4 : 5);
    unsigned index = s->log2 == 1
                         ? high << 2 | low << 1 | lower_field_of(s, 20, 1)
                     : s->log2 == 2 ? high << 1 | low
                                    : high;

    avx_from(l, lower_each[EACH_BROADCAST][0][s->log2], d, 0,
             lower_vector(m, index << s->log2));
}

/* The second operand of elements of this size. */
static void find_second(struct lower *l, struct lower_simd *s)
{
    s->m = lower_register(s, 16, 0);
    if (s->operand == OPERAND_ELEMENT) {
        element(l, s, XMM1);
        if (s->exact && s->size < 16) {
            avx_shift_bytes(l, XMM1, XMM1, 16 - s->size);
        }
        s->m = lower_xmm(XMM1);
    } else if (s->exact && s->size == 8 && !s->scalar &&
               s->operand == OPERAND_REGISTER) {
        lower_second(l, s);
    }
}

/* ---- Operations ---------------------------------------------------------- */

/* Operations without a row call their helper. */
static const struct lower_operation operations[OPERATIONS] = {
#define ROW(name, emit, how, then, sizes, care)                                \
    [OPERATION_##name] = {lower_emit_##emit, how, then, sizes, care},
#include "engine/aarch64/x86_64/lower_simd.def"
#undef ROW
};

/* xmm0 = itself with other signs of the elements that count. */
static void with_signs(struct lower *l, const struct lower_simd *s,
                       uint32_t what)
{
    lower_vector_load(l, XMM1, lower_constant(l, CONSTANT_SIGN_8 + s->log2),
                      s->size);
    avx(l, what, XMM0, XMM1, XMM0);
}

bool lower_operate(struct lower *l, struct lower_simd *s,
                   const struct lower_operation *operation)
{
    s->how = operation->how;
    if (!operation->emit(l, s)) {
        return false;
    }
    switch (operation->then) {
    case ADD_TO_D:
        avx_from(l, lower_each[EACH_ADD][0][s->log2], XMM0, XMM0, s->d);
        break;
    case SUB_FROM_D:
        lower_vector_load(l, XMM1, s->d, 16);
        lower_do(l, s, EACH_SUB, XMM0, XMM1, XMM0);
        break;
    case MAKE_POSITIVE:
        with_signs(l, s, AVX_vpandn);
        break;
    case NEGATE:
        with_signs(l, s, AVX_vpxor);
        break;
    default: /* PUT */
        break;
    }
    return true;
}

/* ---- Shapes -------------------------------------------------------------- */

bool lower_same(struct lower *l, struct lower_simd *s)
{
    load_first(l, s);
    find_second(l, s);
    if (!lower_operate(l, s, s->operation)) {
        return false;
    }
    lower_simd_put(l, s, s->size == 16 ? 16 : 8);
    return true;
}

bool lower_bitwise(struct lower *l, struct lower_simd *s)
{
    s->log2 = 3;
    return lower_same(l, s);
}

static void load_extended(struct lower *l, const struct lower_simd *s,
                          unsigned d, struct x64_operand from)
{
    avx_from(l, lower_each[EACH_EXTENDED][s->is_unsigned][s->log2], d, 0, from);
}

static bool widen(struct lower *l, struct lower_simd *s, bool wide_n)
{
    unsigned upper = s->q ? 8 : 0;

    if (s->scalar || s->log2 == 3) {
        return false;
    }
    if (wide_n) {
        load_first(l, s);
    } else {
        load_extended(l, s, XMM0, lower_register(s, 5, upper));
    }
    if (s->operand == OPERAND_ELEMENT) {
        element(l, s, XMM1);
        load_extended(l, s, XMM1, lower_xmm(XMM1));
    } else if (s->operand == OPERAND_REGISTER) {
        load_extended(l, s, XMM1, lower_register(s, 16, upper));
    }
    s->m = lower_xmm(XMM1);
    s->log2++;
    if (!lower_operate(l, s, s->operation)) {
        return false;
    }
    lower_simd_put(l, s, 16);
    return true;
}

bool lower_longer(struct lower *l, struct lower_simd *s)
{
    return widen(l, s, false);
}

bool lower_wider(struct lower *l, struct lower_simd *s)
{
    return widen(l, s, true);
}

/* The operation narrows: its result is the lower half of xmm0. */
bool lower_narrower(struct lower *l, struct lower_simd *s)
{
    if (s->scalar || s->log2 == 3) {
        return false;
    }
    load_first(l, s);
    s->m = lower_register(s, 16, 0);
    if (!lower_operate(l, s, s->operation)) {
        return false;
    }
    if (s->q) {
        lower_vector_load(l, XMM1, s->d, 8);
        avx(l, AVX_vpunpcklqdq, XMM0, XMM1, XMM0);
    }
    lower_simd_put(l, s, s->q ? 16 : 8);
    return true;
}

/* xmm0, xmm1 = the even and the odd elements of m:n. */
static void pairs(struct lower *l, struct lower_simd *s)
{
    bool twice = lower_field_of(s, 5, 5) == lower_field_of(s, 16, 5);
    unsigned m = XMM0;

    load_first(l, s);
    if (!s->q) {
        avx_from(l, AVX_vmovhps, XMM0, XMM0, lower_register(s, 16, 0));
    } else if (!twice) {
        m = XMM2;
        lower_vector_load(l, XMM2, lower_register(s, 16, 0), 16);
    }
    lower_unzip(l, s->log2, true, XMM1, XMM0, m);
    lower_unzip(l, s->log2, false, XMM0, XMM0, m);
    if (!s->q) { /* where the check of results looks at all */
        avx(l, AVX_vmovq, XMM0, 0, XMM0);
        avx(l, AVX_vmovq, XMM1, 0, XMM1);
    }
    s->operand = OPERAND_REGISTER;
    s->m = lower_xmm(XMM1);
}

bool lower_pairwise(struct lower *l, struct lower_simd *s)
{
    pairs(l, s);
    if (!lower_operate(l, s, s->operation)) {
        return false;
    }
    lower_simd_put(l, s, s->size);
    return true;
}

/* Neighbours within one register: no element goes elsewhere. */
bool lower_pairwise_long(struct lower *l, struct lower_simd *s)
{
    unsigned bits = 8u << s->log2;

    s->log2++;
    load_first(l, s);
    avx_shift(l, AVX_LEFT, s->log2, XMM1, XMM0, bits);
    lower_shift_right(l, s->log2, s->is_unsigned, XMM1, XMM1, bits);
    lower_shift_right(l, s->log2, s->is_unsigned, XMM0, XMM0, bits);
    s->operand = OPERAND_REGISTER;
    s->m = lower_xmm(XMM1);
    if (!lower_operate(l, s, s->operation)) {
        return false;
    }
    lower_simd_put(l, s, s->size);
    return true;
}

/* Clears all but the lowest element of xmm0. */
static void only_lowest(struct lower *l, unsigned log2)
{
    static const unsigned loads[] = {0x0fb6, 0x0fb7};

    if (log2 < 2) {
        avx_from(l, AVX_vmovd_to, XMM0, 0, x64_reg(X64_RAX));
        x64_op(&l->out, false, loads[log2], X64_RAX, x64_reg(X64_RAX));
        avx_from(l, AVX_vmovd, XMM0, 0, x64_reg(X64_RAX));
    } else if (log2 == 2) {
        avx_zero(l, XMM1);
        avx_imm(l, AVX_vblendps, XMM0, XMM1, XMM0, 1);
    } else {
        avx(l, AVX_vmovq, XMM0, 0, XMM0);
    }
}

/* The upper half of what is left onto the lower, down to one element. */
static bool fold(struct lower *l, struct lower_simd *s, unsigned bytes)
{
    s->operand = OPERAND_REGISTER;
    for (unsigned half = bytes / 2; half >= 1u << s->log2; half /= 2) {
        avx_shift_bytes(l, XMM1, XMM0, half);
        s->m = lower_xmm(XMM1);
        if (!lower_operate(l, s, s->operation)) {
            return false;
        }
    }
    only_lowest(l, s->log2);
    lower_vector_store(l, s->d, XMM0, 16);
    return true;
}

bool lower_across(struct lower *l, struct lower_simd *s)
{
    s->scalar = false;
    load_first(l, s);
    return fold(l, s, s->q ? 16 : 8);
}

bool lower_scalar_pair(struct lower *l, struct lower_simd *s)
{
    lower_vector_load(l, XMM0, lower_register(s, 5, 0), 16);
    return fold(l, s, 2u << s->log2);
}

bool lower_across_long(struct lower *l, struct lower_simd *s)
{
    s->operation = &operations[OPERATION_add];
    s->scalar = false;
    load_first(l, s);
    if (s->log2 == 0 && s->is_unsigned) {
        avx_zero(l, XMM1);
        avx(l, AVX_vpsadbw, XMM0, XMM0, XMM1);
        if (s->q) {
            avx_shift_bytes(l, XMM1, XMM0, 8);
            avx(l, AVX_vpaddw, XMM0, XMM0, XMM1);
        }
        s->log2 = 1;
        lower_simd_put(l, s, 8);
        return true;
    }
    unsigned bits = 8u << s->log2++;
    avx_shift(l, AVX_LEFT, s->log2, XMM1, XMM0, bits);
    lower_shift_right(l, s->log2, s->is_unsigned, XMM1, XMM1, bits);
    lower_shift_right(l, s->log2, s->is_unsigned, XMM0, XMM0, bits);
    s->operand = OPERAND_REGISTER;
    s->m = lower_xmm(XMM1);
    lower_operate(l, s, s->operation);
    return fold(l, s, s->q ? 16 : 8);
}

/* Bytes as halfwords: VPMADDWD adds the products of two neighbours. */
bool lower_dot(struct lower *l, struct lower_simd *s)
{
    load_first(l, s);
    find_second(l, s);
    unsigned m = lower_second(l, s);
    for (unsigned i = 0; i < 2; i++) {
        unsigned from[2] = {XMM0, m};

        for (unsigned j = 0; j < 2; j++) {
            unsigned to = XMM2 + 2 * i + j;

            if (i == 0) {
                avx_shift(l, AVX_LEFT, 1, to, from[j], 8);
                from[j] = to;
            }
            lower_shift_right(l, 1, s->is_unsigned, to, from[j], 8);
        }
        avx(l, AVX_vpmaddwd, XMM2 + 2 * i, XMM2 + 2 * i, XMM3 + 2 * i);
    }
    avx(l, AVX_vpaddd, XMM0, XMM2, XMM4);
    avx_from(l, AVX_vpaddd, XMM0, XMM0, s->d);
    lower_simd_put(l, s, s->size);
    return true;
}

bool lower_polynomial_long(struct lower *l, struct lower_simd *s)
{
    if (!l->target->has_pclmul) {
        return false;
    }
    load_first(l, s);
    avx_from(l, AVX_vpclmulqdq, XMM0, XMM0, lower_register(s, 16, 0));
    x64_byte(&l->out, s->q ? 0x11 : 0);
    lower_simd_put(l, s, 16);
    return true;
}

/* ---- Rows ---------------------------------------------------------------- */

static const struct shape {
    lower_shape *lower;
    bool whole;
} shapes[SHAPES] = {
#define OPERATION(name, result)
#define SHAPE(name) {lower_##name, false},
#define WHOLE(name) {lower_##name, true},
#include "engine/aarch64/simd_operations.def"
#undef OPERATION
#undef SHAPE
#undef WHOLE
};

static const struct row {
    uint8_t shape;
    uint8_t operation;
    uint8_t size;
    uint8_t operand;
} rows[SIMD_ROWS] = {
#define ROW(name, shape, operation, size, operand)                             \
    {SHAPE_##shape, OPERATION_##operation, SIZE_##size, OPERAND_##operand},
#include "engine/aarch64/simd_rows.def"
#undef ROW
};

static void describe(struct lower_simd *s, const struct row *row, uint32_t insn)
{
    unsigned immediate = insn >> 16 & 127;

    *s = (struct lower_simd){.insn = insn,
                             .operand = (enum simd_operand)row->operand};
    s->log2 = simd_element_log2(insn, (enum simd_size)row->size);
    s->is_unsigned = lower_field_of(s, 29, 1) != 0;
    s->scalar = lower_field_of(s, 28, 1) != 0;
    s->q = lower_field_of(s, 30, 1) != 0;
    s->size = s->scalar ? 1u << s->log2 : s->q ? 16 : 8;
    s->d = lower_register(s, 0, 0);
    s->count =
        row->operand == OPERAND_SHIFT_RIGHT  ? (16u << s->log2) - immediate
        : row->operand == OPERAND_SHIFT_LEFT ? immediate - (8u << s->log2)
                                             : 0;
}

/* The operation, if it takes such elements. */
static const struct lower_operation *find_operation(struct lower_simd *s,
                                                    const struct row *row)
{
    const struct lower_operation *operation = &operations[row->operation];

    if (operation->care >= HALF_EXACT && s->log2 == 1) {
        s->of_singles = operation;
        return &lower_half_operation;
    }
    return (operation->sizes >> s->log2 & 1) != 0 ? operation : NULL;
}

bool lower_simd(struct lower *l, enum simd_row_number number, uint32_t insn)
{
    const struct row *row = &rows[number];
    const struct shape *shape = &shapes[row->shape];
    uint8_t *start = l->out.at;
    size_t colds = l->cold_count;
    bool fp_checked = l->fp_checked;
    bool fpcr_checked = l->fpcr_checked;
    struct lower_simd s;

    describe(&s, row, insn);
    s.operation = shape->whole ? NULL : find_operation(&s, row);
    if (s.operation == NULL && !shape->whole) {
        return false;
    }
    s.exact = s.operation != NULL && s.operation->care != CARELESS;
    if (!shape->lower(l, &s)) {
        l->out.at = start;
        l->cold_count = colds;
        l->fp_checked = fp_checked;
        l->fpcr_checked = fpcr_checked;
        return false;
    }
    return lower_come_back(l);
}
