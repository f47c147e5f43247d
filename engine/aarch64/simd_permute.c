/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that move elements about, and those with an immediate. */
#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/simd.h"

static unsigned bytes(const struct simd *s)
{
    return s->q ? 16 : 8;
}

/* ZIP, UZP and TRN: bits 13:12 say which, bit 14 the second half. */
void simd_permute(struct simd *s)
{
    const struct aarch64_vector n = *s->n;
    const struct aarch64_vector m = *s->m;
    struct aarch64_vector result = {0};
    unsigned kind = simd_field(s, 12, 2), part = simd_field(s, 14, 1);
    unsigned elements = bytes(s) * 8 / s->size, half = elements / 2;

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
    *s->d = result;
}

void simd_extract(struct simd *s)
{
    const struct aarch64_vector n = *s->n;
    const struct aarch64_vector m = *s->m;
    struct aarch64_vector result = {0};
    unsigned first = simd_field(s, 11, 4);

    for (unsigned i = 0; i < bytes(s); i++) {
        unsigned from = first + i;

        result.b[i] = from < bytes(s) ? n.b[from] : m.b[from - bytes(s)];
    }
    *s->d = result;
}

/* TBL and, with bit 12, TBX. */
void simd_table(struct simd *s)
{
    struct aarch64_vector result = {0};
    unsigned size_bytes = 16 * (simd_field(s, 13, 2) + 1);
    bool keeps = simd_field(s, 12, 1) != 0;

    for (unsigned i = 0; i < bytes(s); i++) {
        unsigned index = s->m->b[i];

        if (index < size_bytes) {
            result.b[i] =
                s->pe->state.v[(simd_field(s, 5, 5) + index / 16) & 31]
                    .b[index % 16];
        } else {
            result.b[i] = keeps ? s->d->b[i] : 0;
        }
    }
    *s->d = result;
}

/* REV16 (bit 12), REV32 (bit 29) and REV64: the elements of each container
 * backwards. */
void simd_reverse(struct simd *s)
{
    const struct aarch64_vector n = *s->n;
    struct aarch64_vector result = {0};
    unsigned container = simd_field(s, 12, 1) != 0 ? 16
                         : s->is_unsigned          ? 32
                                                   : 64;
    unsigned each = container / s->size;

    for (unsigned i = 0; i < bytes(s) * 8 / s->size; i++) {
        simd_set(&result, s->size, i, simd_get(&n, s->size, i ^ (each - 1)));
    }
    *s->d = result;
}

/* imm5 without its size bit. */
static unsigned index5(const struct simd *s)
{
    return simd_field(s, 16, 5) * 4 / s->size;
}

static void fill(struct simd *s, unsigned size, uint64_t value)
{
    unsigned elements = s->scalar ? 1 : bytes(s) * 8 / size;

    s->d->d[0] = s->d->d[1] = 0;
    for (unsigned i = 0; i < elements; i++) {
        simd_set(s->d, size, i, value);
    }
}

void simd_duplicate_element(struct simd *s)
{
    fill(s, s->size, simd_get(s->n, s->size, index5(s)));
}

void simd_duplicate_general(struct simd *s)
{
    fill(s, s->size, aarch64_general(&s->pe->vcpu, simd_field(s, 5, 5)));
}

void simd_insert_general(struct simd *s)
{
    simd_set(s->d, s->size, index5(s),
             aarch64_general(&s->pe->vcpu, simd_field(s, 5, 5)));
}

void simd_insert_element(struct simd *s)
{
    simd_set(s->d, s->size, index5(s),
             simd_get(s->n, s->size, simd_field(s, 11, 4) * 8 / s->size));
}

void simd_move_unsigned(struct simd *s)
{
    aarch64_set_general(&s->pe->vcpu, simd_field(s, 0, 5),
                        simd_get(s->n, s->size, index5(s)));
}

void simd_move_signed(struct simd *s)
{
    uint64_t value =
        (uint64_t)simd_signed(s->size, simd_get(s->n, s->size, index5(s)));

    aarch64_set_general(&s->pe->vcpu, simd_field(s, 0, 5),
                        s->q ? value : (uint32_t)value);
}

uint64_t simd_expand_fp(unsigned size, unsigned imm8)
{
    unsigned exponent_bits = size == 64 ? 11 : size == 32 ? 8 : 5;
    unsigned fraction_bits = size - 1 - exponent_bits;
    uint64_t exponent = (imm8 >> 4 & 3);

    exponent |= (imm8 >> 6 & 1) != 0 ? ((1ull << (exponent_bits - 3)) - 1) << 2
                                     : 1ull << (exponent_bits - 1);
    return (uint64_t)(imm8 >> 7) << (size - 1) | exponent << fraction_bits |
           (uint64_t)(imm8 & 15) << (fraction_bits - 4);
}

void simd_fp_immediate(struct simd *s)
{
    fill(s, s->size, simd_expand_fp(s->size, simd_field(s, 13, 8)));
}

uint64_t simd_expand(uint32_t encoding)
{
    unsigned cmode = encoding >> 12 & 15;
    bool op = (encoding >> 29 & 1) != 0;
    uint64_t imm8 = (encoding >> 16 & 7) << 5 | (encoding >> 5 & 31);
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
        if (!op) {
            return imm8 * 0x0101010101010101ull;
        }
        for (unsigned i = 0; i < 8; i++) {
            value |= (imm8 >> i & 1) != 0 ? 0xffull << 8 * i : 0;
        }
        return value;
    }
    if ((encoding >> 11 & 1) != 0) {
        return simd_expand_fp(16, (unsigned)imm8) * 0x0001000100010001ull;
    }
    return op ? simd_expand_fp(64, (unsigned)imm8)
              : simd_expand_fp(32, (unsigned)imm8) * 0x100000001ull;
}

void simd_immediate(struct simd *s)
{
    uint64_t value = simd_expand(s->insn);

    s->d->d[0] = s->operation(s, s->d->d[0], value, 0);
    s->d->d[1] = s->q ? s->operation(s, s->d->d[1], value, 0) : 0;
}
