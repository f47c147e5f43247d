/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point and Advanced SIMD instructions as helpers.
 *
 * A row of simd_rows.def names how an instruction walks over its registers (a
 * shape), what it does with elements (an operation), where the size of its
 * elements and its second operand come from. One helper, aarch64_simd, runs
 * them all from the encoding.
 */
#ifndef ENGINE_AARCH64_SIMD_H
#define ENGINE_AARCH64_SIMD_H

#include "engine/aarch64/aarch64.h"
#include "engine/softfloat/softfloat.h"

enum simd_row_number {
#define ROW(name, shape, operation, size, operand) SIMD_##name,
#include "engine/aarch64/simd_rows.def"
#undef ROW
    SIMD_ROWS
};

/* Where the size of elements (the narrow ones if there are two) is. */
enum simd_size {
    SIZE_Z,    /* bits 23:22: 8 << z */
    SIZE_P,    /* bit 22: 32 << p */
    SIZE_N,    /* bit 22: 16 << p */
    SIZE_Y,    /* bits 23:22: 32, 64, -, 16 */
    SIZE_IMMH, /* the highest bit set of 22:19 */
    SIZE_IMM5, /* the lowest bit set of 20:16 */
    SIZE_B,
    SIZE_H,
    SIZE_S,
    SIZE_D,
};

/* The second operand. */
enum simd_operand {
    OPERAND_NONE, /* zero */
    OPERAND_REGISTER,
    OPERAND_ELEMENT,
    OPERAND_SHIFT_RIGHT, /* the count */
    OPERAND_SHIFT_LEFT,
};

struct simd;
/* Elements are zero-extended, also the result's upper bits are ignored. */
typedef uint64_t simd_operation(struct simd *s, uint64_t d, uint64_t n,
                                uint64_t m);

struct simd {
    struct aarch64 *pe;
    uint32_t insn;
    unsigned size;    /* of the elements that the operation works on, in bits */
    bool is_unsigned; /* bit 29 */
    bool scalar;      /* one element, and the rest of the register cleared */
    bool q;
    enum simd_operand operand;
    simd_operation *operation;
    /* The registers that the usual fields name. */
    struct aarch64_vector *d;
    const struct aarch64_vector *n, *m;
    struct softfloat fp;
};

typedef void simd_shape(struct simd *s);

struct simd_row {
    simd_shape *shape;
    simd_operation *operation;
    uint8_t size;
    uint8_t operand;
};

static inline unsigned simd_field(const struct simd *s, unsigned low,
                                  unsigned width)
{
    return s->insn >> low & ((1u << width) - 1);
}

static inline struct aarch64_vector *simd_register(struct simd *s, unsigned low)
{
    return &s->pe->state.v[simd_field(s, low, 5)];
}

static inline uint64_t simd_mask(unsigned size)
{
    return ~0ull >> (64 - size);
}

static inline int64_t simd_signed(unsigned size, uint64_t value)
{
    return (int64_t)(value << (64 - size)) >> (64 - size);
}

static inline uint64_t simd_get(const struct aarch64_vector *v, unsigned size,
                                unsigned index)
{
    switch (size) {
    case 8:
        return v->b[index];
    case 16:
        return v->h[index];
    case 32:
        return v->s[index];
    default:
        return v->d[index];
    }
}

static inline void simd_set(struct aarch64_vector *v, unsigned size,
                            unsigned index, uint64_t value)
{
    switch (size) {
    case 8:
        v->b[index] = (uint8_t)value;
        break;
    case 16:
        v->h[index] = (uint16_t)value;
        break;
    case 32:
        v->s[index] = (uint32_t)value;
        break;
    default:
        v->d[index] = value;
        break;
    }
}

/* A comparison's result. */
static inline uint64_t simd_truth(bool holds)
{
    return holds ? ~0ull : 0;
}

/* One element, and the rest of the register cleared. */
static inline void simd_set_scalar(struct simd *s, unsigned size,
                                   uint64_t value)
{
    s->d->d[0] = value & simd_mask(size);
    s->d->d[1] = 0;
}

/* log2 of the bytes of an instruction's elements. */
unsigned simd_element_log2(uint32_t encoding, enum simd_size size);

/* VFPExpandImm, and AdvSIMDExpandImm of an instruction. */
uint64_t simd_expand_fp(unsigned size, unsigned imm8);
uint64_t simd_expand(uint32_t encoding);

/* For a load or store of multiple structures: how many registers, and elements
 * of a structure. */
unsigned aarch64_structure_registers(uint32_t encoding, unsigned *elements);
/* Bytes that a load or store of structures moves (simd_memory.c). */
unsigned aarch64_structure_size(uint32_t encoding);

/* Polynomial product over GF(2). */
unsigned __int128 simd_carryless(uint64_t a, uint64_t b);

#define OPERATION(name, result)                                                \
    uint64_t simd_##name(struct simd *s, uint64_t d, uint64_t n, uint64_t m);
#define SHAPE(name) void simd_##name(struct simd *s);
#define WHOLE       SHAPE
#include "engine/aarch64/simd_operations.def"
#undef OPERATION
#undef SHAPE
#undef WHOLE
/* The meaning of a row of an element. */
#define SIMD_OPERATION(name, result)                                           \
    uint64_t simd_##name(struct simd *s, uint64_t d, uint64_t n, uint64_t m)   \
    {                                                                          \
        return (uint64_t)(result);                                             \
    }

#endif
