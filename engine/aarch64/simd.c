/* SPDX-License-Identifier: Apache-2.0 */
/* How SIMD instructions walk over their registers. */
#include "engine/aarch64/simd.h"

static const struct simd_row rows[SIMD_ROWS] = {
#define ROW(name, shape, operation, size, operand)                             \
    {simd_##shape, simd_##operation, SIZE_##size, OPERAND_##operand},
#include "engine/aarch64/simd_rows.def"
#undef ROW
};

static unsigned element_size(const struct simd *s, enum simd_size size)
{
    unsigned z = simd_field(s, 22, 2);

    switch (size) {
    case SIZE_Z:
        return 8u << z;
    case SIZE_P:
        return 32u << (z & 1);
    case SIZE_N:
        return 16u << (z & 1);
    case SIZE_Y:
        return z == 0 ? 32 : z == 1 ? 64 : 16;
    case SIZE_IMMH:
        return 4u << (32 - __builtin_clz(simd_field(s, 19, 4)));
    case SIZE_IMM5:
        return 8u << __builtin_ctz(simd_field(s, 16, 5));
    default:
        return 8u << (size - SIZE_B);
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
        .fp = {.fpcr = pe->state.fpcr, .fpsr = pe->state.fpsr},
    };

    s.is_unsigned = simd_field(&s, 29, 1) != 0;
    s.scalar = simd_field(&s, 28, 1) != 0;
    s.q = simd_field(&s, 30, 1) != 0;
    s.size = element_size(&s, row->size);
    row->shape(&s, row->operation);
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

/* d = operation(d, n, m) for each element. */
void simd_same(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    const struct aarch64_vector *m = simd_register(s, 16);
    struct aarch64_vector result = {0};
    uint64_t common = common_operand(s, s->size);

    for (unsigned i = 0; i < count(s); i++) {
        uint64_t second =
            s->operand == OPERAND_REGISTER ? simd_get(m, s->size, i) : common;

        simd_set(&result, s->size, i,
                 operation(s, simd_get(d, s->size, i), simd_get(n, s->size, i),
                           second));
    }
    *d = result;
}

/* Pairs of neighbours of n, then of m. */
void simd_pairwise(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    const struct aarch64_vector *m = simd_register(s, 16);
    struct aarch64_vector result = {0};
    unsigned half = count(s) / 2;

    for (unsigned i = 0; i < 2 * half; i++) {
        const struct aarch64_vector *from = i < half ? n : m;
        unsigned j = (i < half ? i : i - half) * 2;

        simd_set(&result, s->size, i,
                 operation(s, 0, simd_get(from, s->size, j),
                           simd_get(from, s->size, j + 1)));
    }
    *d = result;
}

static uint64_t extended(const struct simd *s, unsigned size, uint64_t value)
{
    return s->is_unsigned
               ? value
               : (uint64_t)simd_signed(size, value) & simd_mask(2 * size);
}

/* Elements twice as wide in d, and in n if `wide_n`. */
static void widen(struct simd *s, simd_operation *operation, bool wide_n)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    const struct aarch64_vector *m = simd_register(s, 16);
    struct aarch64_vector result = {0};
    unsigned narrow = s->size;
    uint64_t common = common_operand(s, narrow);
    unsigned elements = s->scalar ? 1 : 64 / narrow;
    unsigned first = !s->scalar && s->q ? elements : 0;

    if (s->operand == OPERAND_ELEMENT) {
        common = extended(s, narrow, common);
    }
    s->size = 2 * narrow;
    for (unsigned i = 0; i < elements; i++) {
        uint64_t left =
            wide_n ? simd_get(n, s->size, i)
                   : extended(s, narrow, simd_get(n, narrow, first + i));
        uint64_t right =
            s->operand == OPERAND_REGISTER
                ? extended(s, narrow, simd_get(m, narrow, first + i))
                : common;

        simd_set(&result, s->size, i,
                 operation(s, simd_get(d, s->size, i), left, right));
    }
    *d = result;
}

void simd_longer(struct simd *s, simd_operation *operation)
{
    widen(s, operation, false);
}

void simd_wider(struct simd *s, simd_operation *operation)
{
    widen(s, operation, true);
}

/* Elements of n and m twice as wide; the result goes to one half of d. */
void simd_narrower(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    const struct aarch64_vector *m = simd_register(s, 16);
    struct aarch64_vector result = {0};
    uint64_t common = common_operand(s, s->size);
    unsigned elements = s->scalar ? 1 : 64 / s->size;
    bool upper = !s->scalar && s->q;

    if (upper) {
        result.d[0] = d->d[0];
    }
    for (unsigned i = 0; i < elements; i++) {
        uint64_t second = s->operand == OPERAND_REGISTER
                              ? simd_get(m, 2 * s->size, i)
                              : common;

        simd_set(&result, s->size, (upper ? elements : 0) + i,
                 operation(s, 0, simd_get(n, 2 * s->size, i), second));
    }
    *d = result;
}

/* Neighbours of n give one element of twice the size. */
void simd_pairwise_long(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    struct aarch64_vector result = {0};
    unsigned narrow = s->size;
    unsigned elements = count(s) / 2;

    s->size = 2 * narrow;
    for (unsigned i = 0; i < elements; i++) {
        simd_set(
            &result, s->size, i,
            operation(s, simd_get(d, s->size, i),
                      extended(s, narrow, simd_get(n, narrow, 2 * i)),
                      extended(s, narrow, simd_get(n, narrow, 2 * i + 1))));
    }
    *d = result;
}

/* The order of Reduce(): halves first. */
static uint64_t reduce(struct simd *s, simd_operation *operation,
                       const struct aarch64_vector *n, unsigned first,
                       unsigned elements)
{
    if (elements == 1) {
        return simd_get(n, s->size, first);
    }

    unsigned half = elements / 2;
    uint64_t low = reduce(s, operation, n, first, half);

    return operation(s, 0, low, reduce(s, operation, n, first + half, half));
}

static void set_scalar(struct aarch64_vector *d, unsigned size, uint64_t value)
{
    d->d[0] = value & simd_mask(size);
    d->d[1] = 0;
}

void simd_across(struct simd *s, simd_operation *operation)
{
    set_scalar(simd_register(s, 0), s->size,
               reduce(s, operation, simd_register(s, 5), 0, count(s)));
}

/* The two lowest elements. */
void simd_scalar_pair(struct simd *s, simd_operation *operation)
{
    set_scalar(simd_register(s, 0), s->size,
               reduce(s, operation, simd_register(s, 5), 0, 2));
}

void simd_across_long(struct simd *s, simd_operation *operation)
{
    const struct aarch64_vector *n = simd_register(s, 5);
    uint64_t sum = 0;

    (void)operation;
    for (unsigned i = 0; i < count(s); i++) {
        sum += extended(s, s->size, simd_get(n, s->size, i));
    }
    set_scalar(simd_register(s, 0), 2 * s->size, sum);
}

/* Four products of bytes onto each word. */
void simd_dot(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    const struct aarch64_vector *m = simd_register(s, 16);
    unsigned index = simd_field(s, 11, 1) << 1 | simd_field(s, 21, 1);
    struct aarch64_vector result = {0};

    (void)operation;
    for (unsigned i = 0; i < (s->q ? 4 : 2); i++) {
        uint32_t sum = d->s[i];

        for (unsigned j = 0; j < 4; j++) {
            unsigned a = n->b[4 * i + j];
            unsigned b =
                m->b[4 * (s->operand == OPERAND_ELEMENT ? index : i) + j];

            sum += s->is_unsigned ? a * b
                                  : (uint32_t)((int8_t)a * (int32_t)(int8_t)b);
        }
        result.s[i] = sum;
    }
    *d = result;
}

/* The logic of whole registers needs no elements. */
void simd_bitwise(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *n = simd_register(s, 5);
    const struct aarch64_vector *m = simd_register(s, 16);

    s->size = 64;
    d->d[0] = operation(s, d->d[0], n->d[0], m->d[0]);
    d->d[1] = s->q ? operation(s, d->d[1], n->d[1], m->d[1]) : 0;
}

void simd_polynomial_long(struct simd *s, simd_operation *operation)
{
    unsigned half = s->q ? 1 : 0;
    unsigned __int128 product = simd_carryless(simd_register(s, 5)->d[half],
                                               simd_register(s, 16)->d[half]);
    struct aarch64_vector *d = simd_register(s, 0);

    (void)operation;
    d->d[0] = (uint64_t)product;
    d->d[1] = (uint64_t)(product >> 64);
}
