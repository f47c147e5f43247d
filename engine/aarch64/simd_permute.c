/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that move elements about, and those with an immediate. */
#include "engine/aarch64/simd.h"

static unsigned bytes(const struct simd *s)
{
    return s->q ? 16 : 8;
}

/* ZIP, UZP and TRN: bits 13:12 say which, bit 14 the second half. */
void simd_permute(struct simd *s, simd_operation *operation)
{
    const struct aarch64_vector n = *simd_register(s, 5);
    const struct aarch64_vector m = *simd_register(s, 16);
    struct aarch64_vector result = {0};
    unsigned kind = simd_field(s, 12, 2), part = simd_field(s, 14, 1);
    unsigned elements = bytes(s) * 8 / s->size, half = elements / 2;

    (void)operation;
    for (unsigned i = 0; i < elements; i++) {
        unsigned from; /* in m:n */

        if (kind == 1) {
            from = 2 * i + part;
        } else if (kind == 2) {
            from = (i & ~1u) + part + ((i & 1) != 0 ? elements : 0);
        } else {
            from = part * half + i / 2 + ((i & 1) != 0 ? elements : 0);
        }
        simd_set(&result, s->size, i,
                 simd_get(from < elements ? &n : &m, s->size, from % elements));
    }
    *simd_register(s, 0) = result;
}

void simd_extract(struct simd *s, simd_operation *operation)
{
    const struct aarch64_vector n = *simd_register(s, 5);
    const struct aarch64_vector m = *simd_register(s, 16);
    struct aarch64_vector result = {0};
    unsigned first = simd_field(s, 11, 4);

    (void)operation;
    for (unsigned i = 0; i < bytes(s); i++) {
        unsigned from = first + i;

        result.b[i] = from < bytes(s) ? n.b[from] : m.b[from - bytes(s)];
    }
    *simd_register(s, 0) = result;
}

/* TBL and, with bit 12, TBX. */
void simd_table(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    const struct aarch64_vector *m = simd_register(s, 16);
    struct aarch64_vector result = {0};
    unsigned size_bytes = 16 * (simd_field(s, 13, 2) + 1);
    bool keeps = simd_field(s, 12, 1) != 0;

    (void)operation;
    for (unsigned i = 0; i < bytes(s); i++) {
        unsigned index = m->b[i];

        if (index < size_bytes) {
            result.b[i] =
                s->pe->state.v[(simd_field(s, 5, 5) + index / 16) & 31]
                    .b[index % 16];
        } else {
            result.b[i] = keeps ? d->b[i] : 0;
        }
    }
    *d = result;
}

/* REV16, REV32 and REV64: the elements of each container backwards. */
static void reverse(struct simd *s, unsigned container)
{
    const struct aarch64_vector n = *simd_register(s, 5);
    struct aarch64_vector result = {0};
    unsigned each = container / s->size;

    for (unsigned i = 0; i < bytes(s) * 8 / s->size; i++) {
        simd_set(&result, s->size, i, simd_get(&n, s->size, i ^ (each - 1)));
    }
    *simd_register(s, 0) = result;
}

void simd_reverse16(struct simd *s, simd_operation *operation)
{
    (void)operation;
    reverse(s, 16);
}

void simd_reverse32(struct simd *s, simd_operation *operation)
{
    (void)operation;
    reverse(s, 32);
}

void simd_reverse64(struct simd *s, simd_operation *operation)
{
    (void)operation;
    reverse(s, 64);
}

/* imm5 without its size bit. */
static unsigned index5(const struct simd *s)
{
    return simd_field(s, 16, 5) * 4 / s->size;
}

static void fill(struct simd *s, unsigned size, uint64_t value)
{
    struct aarch64_vector *d = simd_register(s, 0);
    unsigned elements = s->scalar ? 1 : bytes(s) * 8 / size;

    d->d[0] = d->d[1] = 0;
    for (unsigned i = 0; i < elements; i++) {
        simd_set(d, size, i, value);
    }
}

static uint64_t general(struct simd *s, unsigned low)
{
    unsigned number = simd_field(s, low, 5);

    return number == 31 ? 0 : s->pe->state.r[number];
}

static void set_general(struct simd *s, uint64_t value)
{
    unsigned number = simd_field(s, 0, 5);

    if (number != 31) {
        s->pe->state.r[number] = value;
    }
}

void simd_duplicate_element(struct simd *s, simd_operation *operation)
{
    (void)operation;
    fill(s, s->size, simd_get(simd_register(s, 5), s->size, index5(s)));
}

void simd_duplicate_general(struct simd *s, simd_operation *operation)
{
    (void)operation;
    fill(s, s->size, general(s, 5));
}

void simd_insert_general(struct simd *s, simd_operation *operation)
{
    (void)operation;
    simd_set(simd_register(s, 0), s->size, index5(s), general(s, 5));
}

void simd_insert_element(struct simd *s, simd_operation *operation)
{
    (void)operation;
    simd_set(simd_register(s, 0), s->size, index5(s),
             simd_get(simd_register(s, 5), s->size,
                      simd_field(s, 11, 4) * 8 / s->size));
}

void simd_move_unsigned(struct simd *s, simd_operation *operation)
{
    (void)operation;
    set_general(s, simd_get(simd_register(s, 5), s->size, index5(s)));
}

void simd_move_signed(struct simd *s, simd_operation *operation)
{
    uint64_t value = (uint64_t)simd_signed(
        s->size, simd_get(simd_register(s, 5), s->size, index5(s)));

    (void)operation;
    set_general(s, s->q ? value : (uint32_t)value);
}

/* VFPExpandImm */
static uint64_t expand_fp(unsigned size, unsigned imm8)
{
    unsigned exponent_bits = size == 64 ? 11 : size == 32 ? 8 : 5;
    unsigned fraction_bits = size - 1 - exponent_bits;
    uint64_t exponent = (imm8 >> 4 & 3);

    exponent |= (imm8 >> 6 & 1) != 0 ? ((1ull << (exponent_bits - 3)) - 1) << 2
                                     : 1ull << (exponent_bits - 1);
    return (uint64_t)(imm8 >> 7) << (size - 1) | exponent << fraction_bits |
           (uint64_t)(imm8 & 15) << (fraction_bits - 4);
}

void simd_fp_immediate(struct simd *s, simd_operation *operation)
{
    (void)operation;
    fill(s, s->size, expand_fp(s->size, simd_field(s, 13, 8)));
}

/* AdvSIMDExpandImm */
static uint64_t expand(const struct simd *s)
{
    unsigned cmode = simd_field(s, 12, 4);
    uint64_t imm8 = simd_field(s, 16, 3) << 5 | simd_field(s, 5, 5);
    uint64_t value = 0;

    if (cmode < 8) {
        value = imm8 << (cmode >> 1 & 3) * 8;
        return value | value << 32;
    }
    if (cmode < 12) {
        return (imm8 << (cmode >> 1 & 1) * 8) * 0x0001000100010001ull;
    }
    if (cmode < 14) {
        value = (cmode & 1) != 0 ? imm8 << 16 | 0xffff : imm8 << 8 | 0xff;
        return value | value << 32;
    }
    if (cmode == 14) {
        if (!s->is_unsigned) {
            return imm8 * 0x0101010101010101ull;
        }
        for (unsigned i = 0; i < 8; i++) {
            value |= (imm8 >> i & 1) != 0 ? 0xffull << 8 * i : 0;
        }
        return value;
    }
    if (simd_field(s, 11, 1) != 0) {
        return expand_fp(16, (unsigned)imm8) * 0x0001000100010001ull;
    }
    return s->is_unsigned ? expand_fp(64, (unsigned)imm8)
                          : expand_fp(32, (unsigned)imm8) * 0x100000001ull;
}

void simd_immediate(struct simd *s, simd_operation *operation)
{
    struct aarch64_vector *d = simd_register(s, 0);
    uint64_t value = expand(s);

    d->d[0] = operation(s, d->d[0], value, 0);
    d->d[1] = s->q ? operation(s, d->d[1], value, 0) : 0;
}
