/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of simd_rows.def as host instructions. As the interpreter does, a row
 * is a shape (what is loaded from where and what becomes of the result) and an
 * operation on all elements at once. A row is compiled if both are known here
 * and the operation takes elements of its size; else its helper is called.
 */
#ifndef ENGINE_AARCH64_X86_64_LOWER_SIMD_H
#define ENGINE_AARCH64_X86_64_LOWER_SIMD_H

#include "base/bits.h"
#include "engine/aarch64/simd.h"
#include "engine/x86_64/lower_vector.h"

/* ---- A64's helpers that compile to host instructions --------------------- */

/* An IR_assist of vector registers; false: not one of theirs. */
bool lower_simd(struct lower *l, enum simd_row_number row, uint32_t insn);
bool lower_move_vector(struct lower *l, bool store);
bool lower_vector_multiple(struct lower *l);
bool lower_vector_single(struct lower *l);
bool lower_crypto(struct lower *l);
bool lower_crc32(struct lower *l);

/* A field of struct aarch64 by its offset, and a vector register. */
struct x64_operand lower_pe(size_t offset);
struct x64_operand lower_vector(unsigned number, unsigned byte);

/* Writes a whole vector register of which `size` bytes of xmm count. */
void lower_vector_put(struct lower *l, unsigned number, unsigned xmm,
                      unsigned size);
/* lower_system.c: MRS, MSR, MSR (immediate) and SYS; false: the helper has
 * to. */
bool lower_from_system(struct lower *l);
bool lower_to_system(struct lower *l);
bool lower_to_pstate(struct lower *l);
bool lower_event(struct lower *l, bool set);
bool lower_sys(struct lower *l);

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
enum {
    SIZES_8 = 1,
    SIZES_16 = 2,
    SIZES_32 = 4,
    SIZES_64 = 8,
    SIZES_TO_16 = 3,
    SIZES_TO_32 = 7,
    SIZES_FROM_16 = 14,
    SIZES_FLOAT = 12,
    SIZES_ALL = 15
};
static_assert(BITS_DIFFER(SIZES_8, SIZES_16, SIZES_32, SIZES_64),
              "sizes are combined");

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
    unsigned how;   /* of the operation's row */
    /* xmm0 is the first operand and the result. The second is XMM1 or in
     * memory, the destination's old value in memory. */
    struct x64_operand m;
    struct x64_operand d;
};

/* Emits xmm0 = operation(xmm0, m, d), with xmm1 to xmm7 as scratch; false: it
 * cannot be, and nothing was emitted. */
typedef bool lower_operation(struct lower *l, struct lower_simd *s);

/* The step that follows the result. */
enum lower_then { PUT, ADD_TO_D, SUB_FROM_D, MAKE_POSITIVE, NEGATE };

/* How an operation cares for what it is given. */
enum lower_care {
    CARELESS, /* what is behind the operands in their registers does no harm */
    EXACT,    /* it must be zero: see lower_simd.exact */
    /* Likewise; halves go by way of singles (lower_fp_half.c), and then may be:
     */
    HALF_EXACT,
    HALF_SUM,     /* too large */
    HALF_PRODUCT, /* or too small */
    HALF_MASK     /* no number */
};

struct lower_operation {
    lower_operation *emit;
    uint32_t how;
    uint8_t then; /* enum lower_then */
    uint8_t sizes;
    uint8_t care; /* enum lower_care */
};

/* Comparisons that rows tell emitters. */
enum { ZERO_GREATER, ZERO_LESS, ZERO_LESS_EQUAL, ZERO_GREATER_EQUAL };
enum { HALVING_ADD, HALVING_ROUNDED, HALVING_SUB };
enum {
    NARROW_ROUNDED = 0x40,
    NARROW_UNSIGNED = 0x80
}; /* and enum lower_each */
/* Predicates of FP_COMPARE, and what is done before. */
enum { FP_EQUALS, FP_LESSER, FP_LESSER_EQUAL, FP_NO_NUMBER };
enum { FP_SWAPPED = 4, FP_ABSOLUTE = 8 };
/* Rounding, as the host's instructions encode it. */
enum lower_fp_rounding {
    FP_NEAREST,
    FP_DOWN,
    FP_UP,
    FP_TO_ZERO,
    FP_AWAY /* from ties; not the host's */
};

#define ROW(name, emit, how, then, sizes, care)                                \
    lower_operation lower_emit_##emit;
#include "engine/aarch64/x86_64/lower_simd.def"
#undef ROW

extern const struct lower_operation lower_half_operation;

/* By an operation's row. */
bool lower_operate(struct lower *l, struct lower_simd *s,
                   const struct lower_operation *operation);

/* Host instructions that there are for several sizes. */
enum lower_each {
    EACH_AND,
    EACH_OR,
    EACH_XOR,
    EACH_ADD,
    EACH_SUB,
    EACH_EQUAL,
    EACH_GREATER,
    EACH_MAX, /* by is_unsigned */
    EACH_MIN,
    EACH_ADD_SATURATED,
    EACH_SUB_SATURATED,
    EACH_EXTENDED, /* from this size */
    EACH_ZIP,      /* the lower halves, or the upper ones */
    EACH_BROADCAST,
    EACH_INSERT,
    EACHES
};
extern const uint32_t lower_each[EACHES][2][4];

/* d = a what b for elements of this instruction's size. */
static inline void lower_do(struct lower *l, const struct lower_simd *s,
                            enum lower_each what, unsigned d, unsigned a,
                            unsigned b)
{
    avx(l, lower_each[what][s->is_unsigned][s->log2], d, a, b);
}

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

/* ---- Floating point (lower_fp.c) ----------------------------------------- */

/* Once for a block: FPCR is 0, and FPSR.IXC set. */
void lower_fp_state(struct lower *l);
/* FPCR is 0: enough for what is never inexact. */
void lower_fp_control(struct lower *l);

/* Jumps to the helper unless the results in xmm0, of 8 << log2 bits, are finite
 * and, if small results may be inexact, normal with some distance. Uses xmm1 to
 * xmm3. */
void lower_fp_check(struct lower *l, struct lower_simd *s, unsigned log2,
                    bool small);
/* To the helper if xmm0 or xmm1 are not numbers. Uses xmm2. */
void lower_fp_check_numbers(struct lower *l, struct lower_simd *s,
                            unsigned second);

/* The instruction of an opcode for operands of this kind. */
static inline unsigned lower_fp_code(const struct lower_simd *s,
                                     unsigned opcode)
{
    return s->scalar ? lower_fp_scalar(s->log2, opcode)
                     : lower_fp_packed(s->log2, opcode);
}

#endif
