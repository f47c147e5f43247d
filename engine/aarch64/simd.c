/* SPDX-License-Identifier: Apache-2.0 */
/* How SIMD instructions walk over their registers. */
#include "engine/aarch64/simd.h"

#include <assert.h>

static const struct simd_row rows[SIMD_ROWS] = {
#define ROW(name, shape, operation, size, operand)                             \
    {simd_##shape, simd_##operation, SIZE_##size, OPERAND_##operand},
#include "engine/aarch64/simd_rows.def"
#undef ROW
};

unsigned simd_element_log2(uint32_t encoding, enum simd_size size)
{
    static const uint8_t by_type[] = {2, 3, 0, 1};
    unsigned z = encoding >> 22 & 3;

    switch (size) {
    case SIZE_Z:
        return z;
    case SIZE_P:
        return 2 + (z & 1);
    case SIZE_N:
        return 1 + (z & 1);
    case SIZE_Y:
        return by_type[z];
    case SIZE_IMMH:
        return 31 - (unsigned)__builtin_clz(encoding >> 19 & 15);
    case SIZE_IMM5:
        return (unsigned)__builtin_ctz(encoding >> 16 & 31);
    default:
        return (unsigned)(size - SIZE_B);
    }
}

enum vcpu_outcome aarch64_simd(struct vcpu *cpu, const struct ir_op *op)
{
    const struct simd_row *row = &rows[op->a | op->b << 8];
    struct aarch64 *pe = aarch64_of(cpu);
    struct simd s = {
        .pe = pe,
        .insn = (uint32_t)op->high,
        .operand = row->operand,
        .operation = row->operation,
        .fp = {.fpcr = pe->state.fpcr, .fpsr = pe->state.fpsr},
    };

    s.is_unsigned = simd_field(&s, 29, 1) != 0;
    s.scalar = simd_field(&s, 28, 1) != 0;
    s.q = simd_field(&s, 30, 1) != 0;
    s.size = 8u << simd_element_log2(s.insn, row->size);
    s.d = simd_register(&s, 0);
    s.n = simd_register(&s, 5);
    s.m = simd_register(&s, 16);
    row->shape(&s);
    pe->state.fpsr = s.fp.fpsr;
    return VCPU_NEXT;
}

static unsigned count(const struct simd *s)
{
    return s->scalar ? 1 : (s->q ? 128 : 64) / s->size;
}

/* The second operand if it is the same for all elements. Half precision and
 * halfwords have a three-bit index and 16 registers to choose from. */
static uint64_t common_operand(struct simd *s, unsigned size)
{
    unsigned h = simd_field(s, 11, 1), l = simd_field(s, 21, 1);
    unsigned shift = simd_field(s, 16, 7);

    switch (s->operand) {
    case OPERAND_ELEMENT:
        if (size == 16) {
            return s->pe->state.v[simd_field(s, 16, 4)]
                .h[h << 2 | l << 1 | simd_field(s, 20, 1)];
        }
        return simd_get(simd_register(s, 16), size,
                        size == 32 ? h << 1 | l : h);
    case OPERAND_SHIFT_RIGHT:
        return 2 * size - shift;
    case OPERAND_SHIFT_LEFT:
        return shift - size;
    default:
        return 0;
    }
}

/* Pairs of neighbours of n, then of m. */
void simd_pairwise(struct simd *s)
{
    struct aarch64_vector result = {0};
    unsigned half = count(s) / 2;

    for (unsigned i = 0; i < 2 * half; i++) {
        const struct aarch64_vector *from = i < half ? s->n : s->m;
        unsigned j = (i < half ? i : i - half) * 2;

        simd_set(&result, s->size, i,
                 s->operation(s, 0, simd_get(from, s->size, j),
                              simd_get(from, s->size, j + 1)));
    }
    *s->d = result;
}

static uint64_t extended(const struct simd *s, unsigned size, uint64_t value)
{
    assert(size < 64);
    return s->is_unsigned
               ? value
               : (uint64_t)simd_signed(size, value) & simd_mask(2 * size);
}

/* An element for a result of another size, or the same. */
static uint64_t element(const struct simd *s, const struct aarch64_vector *v,
                        unsigned size, unsigned index)
{
    uint64_t value = simd_get(v, size, index);

    return size < s->size ? extended(s, size, value) : value;
}

/* d = operation(d, n, m) for each element, of these sizes. Where they differ,
 * what is narrow is one half of its register. */
static void walk(struct simd *s, unsigned d, unsigned n, unsigned m)
{
    struct aarch64_vector result = {0};
    const unsigned narrow = s->size;
    const bool mixed = n != m || n != d;
    const unsigned elements = !mixed ? count(s) : s->scalar ? 1 : 64 / narrow;
    const unsigned first = mixed && s->q && !s->scalar ? elements : 0;
    uint64_t common = common_operand(s, narrow);

    s->size = d;
    if (s->operand == OPERAND_ELEMENT && m < d) {
        common = extended(s, narrow, common);
    }
    if (d == narrow && first != 0) {
        result.d[0] = s->d->d[0];
    }
    for (unsigned i = 0; i < elements; i++) {
        uint64_t left = element(s, s->n, n, n == narrow ? first + i : i);
        uint64_t right = s->operand == OPERAND_REGISTER
                             ? element(s, s->m, m, m == narrow ? first + i : i)
                             : common;

        simd_set(&result, d, d == narrow ? first + i : i,
                 s->operation(s, simd_get(s->d, d, i), left, right));
    }
    *s->d = result;
}

void simd_same(struct simd *s)
{
    walk(s, s->size, s->size, s->size);
}

void simd_longer(struct simd *s)
{
    walk(s, 2 * s->size, s->size, s->size);
}

void simd_wider(struct simd *s)
{
    walk(s, 2 * s->size, 2 * s->size, s->size);
}

void simd_narrower(struct simd *s)
{
    walk(s, s->size, 2 * s->size, 2 * s->size);
}

/* Neighbours of n give one element of twice the size. */
void simd_pairwise_long(struct simd *s)
{
    struct aarch64_vector result = {0};
    unsigned narrow = s->size;
    unsigned elements = count(s) / 2;

    s->size = 2 * narrow;
    for (unsigned i = 0; i < elements; i++) {
        simd_set(&result, s->size, i,
                 s->operation(
                     s, simd_get(s->d, s->size, i),
                     extended(s, narrow, simd_get(s->n, narrow, 2 * i)),
                     extended(s, narrow, simd_get(s->n, narrow, 2 * i + 1))));
    }
    *s->d = result;
}

/* The order of Reduce(): halves first. */
static uint64_t reduce(struct simd *s, unsigned first, unsigned elements)
{
    if (elements == 1) {
        return simd_get(s->n, s->size, first);
    }

    unsigned half = elements / 2;
    uint64_t low = reduce(s, first, half);

    return s->operation(s, 0, low, reduce(s, first + half, half));
}

void simd_across(struct simd *s)
{
    simd_set_scalar(s, s->size, reduce(s, 0, count(s)));
}

/* The two lowest elements. */
void simd_scalar_pair(struct simd *s)
{
    simd_set_scalar(s, s->size, reduce(s, 0, 2));
}

void simd_across_long(struct simd *s)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < count(s); i++) {
        sum += extended(s, s->size, simd_get(s->n, s->size, i));
    }
    simd_set_scalar(s, 2 * s->size, sum);
}

/* Four products of bytes onto each word. */
void simd_dot(struct simd *s)
{
    unsigned index = simd_field(s, 11, 1) << 1 | simd_field(s, 21, 1);
    struct aarch64_vector result = {0};

    for (unsigned i = 0; i < (s->q ? 4 : 2); i++) {
        uint32_t sum = s->d->s[i];

        for (unsigned j = 0; j < 4; j++) {
            unsigned a = s->n->b[4 * i + j];
            unsigned b =
                s->m->b[4 * (s->operand == OPERAND_ELEMENT ? index : i) + j];

            sum += s->is_unsigned ? a * b
                                  : (uint32_t)((int8_t)a * (int32_t)(int8_t)b);
        }
        result.s[i] = sum;
    }
    *s->d = result;
}

/* The logic of whole registers needs no elements. */
void simd_bitwise(struct simd *s)
{

    s->size = 64;
    s->d->d[0] = s->operation(s, s->d->d[0], s->n->d[0], s->m->d[0]);
    s->d->d[1] = s->q ? s->operation(s, s->d->d[1], s->n->d[1], s->m->d[1]) : 0;
}

void simd_polynomial_long(struct simd *s)
{
    unsigned half = s->q ? 1 : 0;
    unsigned __int128 product = simd_carryless(s->n->d[half], s->m->d[half]);

    s->d->d[0] = (uint64_t)product;
    s->d->d[1] = (uint64_t)(product >> 64);
}
