/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of simd_rows.def as host instructions. As the interpreter does, a row
 * is a shape (what is loaded from where and what becomes of the result) and an
 * operation on all elements at once. A row is compiled if both are known here
 * and the operation takes elements of its size; else its helper is called.
 */
#ifndef ENGINE_COMPILER_LOWER_SIMD_H
#define ENGINE_COMPILER_LOWER_SIMD_H

#include "engine/compiler/avx.h"
#include "engine/compiler/lower_aarch64.h"

enum lower_shape_number {
#define OPERATION(name, result)
#define SHAPE(name) SHAPE_##name,
#define WHOLE       SHAPE
#include "engine/aarch64/simd_operations.def"
#undef OPERATION
#undef SHAPE
    SHAPES
};

enum lower_operation_number {
#define OPERATION(name, result) OPERATION_##name,
#define SHAPE(name)
#include "engine/aarch64/simd_operations.def"
#undef OPERATION
#undef SHAPE
#undef WHOLE
    OPERATIONS
};

/* Sizes of elements. */
enum { SIZES_8 = 1, SIZES_16 = 2, SIZES_32 = 4, SIZES_64 = 8, SIZES_ALL = 15 };

/* An instruction at hand. */
struct lower_simd {
    const struct lower_operation *operation;
    const struct lower_operation *of_singles; /* where it is of halves */
    enum simd_operand operand;
    uint32_t insn;
    unsigned log2; /* of the bytes of an element */
    bool is_unsigned;
    bool scalar;
    bool q;
    bool exact;     /* the registers' unused parts must be zero */
    unsigned size;  /* bytes of the operands: 16, 8 or a scalar's */
    unsigned count; /* of a shift */
    /* xmm0 is the first operand and the result. The second is XMM1 or in
     * memory, the destination's old value in memory. */
    struct x64_operand m;
    struct x64_operand d;
    /* Ways to the helper; they come back behind the instruction. */
    struct lower_cold *cold[8];
    unsigned colds;
};

/* Emits xmm0 = operation(xmm0, m, d), with xmm1 to xmm7 as scratch; false: it
 * cannot be, and nothing was emitted. */
typedef bool lower_operation(struct lower *l, struct lower_simd *s);

/* Halves by way of singles (lower_fp_half.c): what to look at after. */
enum lower_half {
    HALF_NONE, /* they are not done so */
    HALF_EXACT,
    HALF_SUM,     /* may be too large */
    HALF_PRODUCT, /* or too small */
    HALF_MASK     /* is no number */
};

struct lower_operation {
    lower_operation *emit;
    uint8_t sizes;
    uint8_t half; /* enum lower_half */
    bool exact;   /* looks at all of a register: see lower_simd.exact */
};

/* lower_simd_shift.c */
lower_operation lower_shl, lower_shr, lower_rounding_shr, lower_sra,
    lower_rounding_sra, lower_sli, lower_sri, lower_shift, lower_shl_long,
    lower_extract_narrow, lower_shr_narrow, lower_rounding_shr_narrow,
    lower_add_narrow, lower_rounding_add_narrow, lower_sub_narrow,
    lower_rounding_sub_narrow, lower_saturating_narrow,
    lower_saturating_rounding_narrow, lower_saturating_narrow_unsigned,
    lower_saturating_rounding_narrow_unsigned;

extern const struct lower_operation lower_integer_operations[OPERATIONS];
extern const struct lower_operation lower_fp_operations[OPERATIONS];
extern const struct lower_operation lower_half_operation;

/* Emits an instruction; false: its helper is called. */
typedef bool lower_shape(struct lower *l, struct lower_simd *s);

#define OPERATION(name, result)
#define SHAPE(name) lower_shape lower_##name;
#define WHOLE       SHAPE
#include "engine/aarch64/simd_operations.def"
#undef OPERATION
#undef SHAPE
#undef WHOLE

static inline unsigned lower_field_of(const struct lower_simd *s, unsigned low,
                                      unsigned width)
{
    return lower_bits_of(s->insn, low, width);
}

/* The vector register that five bits name, from a byte on. */
static inline struct x64_operand lower_register(const struct lower_simd *s,
                                                unsigned low, unsigned byte)
{
    return lower_vector(lower_field_of(s, low, 5), byte);
}

/* The second operand in a register; it may be XMM1 already. */
unsigned lower_second(struct lower *l, struct lower_simd *s);
/* To the helper if the condition holds. */
void lower_simd_unless(struct lower *l, struct lower_simd *s,
                       enum x64_condition condition);
/* xmm0 to the destination, of which `size` bytes count. */
void lower_simd_put(struct lower *l, struct lower_simd *s, unsigned size);
/* FPSR.QC is set if xmm has any bit. */
void lower_saturated(struct lower *l, unsigned xmm);
/* d = a shifted right by count, up to the size of an element; all sizes. Uses
 * xmm7. */
void lower_shift_right(struct lower *l, unsigned log2, bool is_unsigned,
                       unsigned d, unsigned a, unsigned count);
/* xmm = a double word twice. */
void lower_constant64(struct lower *l, unsigned xmm, uint64_t value);
/* d = the even or the odd elements of n, then those of m, which may be n. Uses
 * xmm7. */
void lower_unzip(struct lower *l, unsigned log2, bool odd, unsigned d,
                 unsigned n, unsigned m);
/* xmm0's elements narrowed to half, in its lower half. */
void lower_narrow(struct lower *l, unsigned log2);

/* Constants that code loads by lower_constant(). */
enum lower_constant {
#define CONSTANT(name, ...) CONSTANT_##name,
#include "engine/compiler/lower_constants.def"
#undef CONSTANT
    CONSTANTS
};

static inline struct x64_operand lower_constant(const struct lower *l,
                                                unsigned number)
{
    return x64_here(l->compiler->constants + (int32_t)number * 16);
}

#endif
