/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/modular.h"

#include <string.h>

#include "base/bits.h"

typedef unsigned __int128 wide;

void number_from_bytes(struct number *a, const uint8_t bytes[MODULAR_BYTES])
{
    for (size_t i = 0; i < MODULAR_LIMBS; i++) {
        const uint8_t *p = &bytes[MODULAR_BYTES - 8 * (i + 1)];
        a->limb[i] = (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
    }
}

void number_to_bytes(const struct number *a, uint8_t bytes[MODULAR_BYTES])
{
    for (size_t i = 0; i < MODULAR_LIMBS; i++) {
        uint8_t *p = &bytes[MODULAR_BYTES - 8 * (i + 1)];
        store_be32(p, (uint32_t)(a->limb[i] >> 32));
        store_be32(p + 4, (uint32_t)a->limb[i]);
    }
}

bool number_is_zero(const struct number *a)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        any |= a->limb[i];
    }
    return any == 0;
}

bool number_equal(const struct number *a, const struct number *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

bool number_less(const struct number *a, const struct number *b)
{
    for (unsigned i = MODULAR_LIMBS; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) {
            return a->limb[i] < b->limb[i];
        }
    }
    return false;
}

/* r = a - b, returns the borrow. */
static inline uint64_t subtract(struct number *r, const struct number *a,
                                const struct number *b)
{
    uint64_t borrow = 0;
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        uint64_t limb;
        bool first = __builtin_sub_overflow(a->limb[i], b->limb[i], &limb);
        bool second = __builtin_sub_overflow(limb, borrow, &limb);
        r->limb[i] = limb;
        borrow = first | second;
    }
    return borrow;
}

static inline uint64_t add(struct number *r, const struct number *a,
                           const struct number *b)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        uint64_t limb;
        bool first = __builtin_add_overflow(a->limb[i], b->limb[i], &limb);
        bool second = __builtin_add_overflow(limb, carry, &limb);
        r->limb[i] = limb;
        carry = first | second;
    }
    return carry;
}

/* r = choose ? a : b, without a branch that a random value would mislead. */
static inline void pick(struct number *r, bool choose, const struct number *a,
                        const struct number *b)
{
    uint64_t mask = 0 - (uint64_t)choose;
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        r->limb[i] = (a->limb[i] & mask) | (b->limb[i] & ~mask);
    }
}

/* r = a without the modulus, if it goes in; high is a's limb 6. */
static inline void reduce_once(struct number *r, const struct number *a,
                               uint64_t high, const struct modulus *modulus)
{
    struct number less;
    uint64_t borrow = subtract(&less, a, &modulus->m);
    pick(r, high >= borrow, &less, a);
}

void modular_add(struct number *r, const struct number *a,
                 const struct number *b, const struct modulus *modulus)
{
    struct number sum;
    uint64_t carry = add(&sum, a, b);
    reduce_once(r, &sum, carry, modulus);
}

void modular_subtract(struct number *r, const struct number *a,
                      const struct number *b, const struct modulus *modulus)
{
    static const struct number zero;
    struct number difference, correction;
    uint64_t borrow = subtract(&difference, a, b);
    pick(&correction, borrow != 0, &modulus->m, &zero);
    add(r, &difference, &correction);
}

/* t += a * b, where t has seven limbs and one more for what overflows. */
static inline void accumulate(uint64_t t[MODULAR_LIMBS + 2], uint64_t a,
                              const struct number *b)
{
    uint64_t carry = 0;
#pragma GCC unroll 6
    for (unsigned j = 0; j < MODULAR_LIMBS; j++) {
        wide p = (wide)a * b->limb[j] + t[j] + carry;
        t[j] = (uint64_t)p;
        carry = (uint64_t)(p >> 64);
    }
    wide top = (wide)t[MODULAR_LIMBS] + carry;
    t[MODULAR_LIMBS] = (uint64_t)top;
    t[MODULAR_LIMBS + 1] = (uint64_t)(top >> 64);
}

/* t = (t + q * m) / 2^64, with the q that makes it divisible. */
static inline void reduce_limb(uint64_t t[MODULAR_LIMBS + 2],
                               const struct modulus *modulus)
{
    uint64_t q = t[0] * modulus->negative_inverse;
    uint64_t carry = (uint64_t)(((wide)q * modulus->m.limb[0] + t[0]) >> 64);
#pragma GCC unroll 6
    for (unsigned j = 1; j < MODULAR_LIMBS; j++) {
        wide p = (wide)q * modulus->m.limb[j] + t[j] + carry;
        t[j - 1] = (uint64_t)p;
        carry = (uint64_t)(p >> 64);
    }
    wide top = (wide)t[MODULAR_LIMBS] + carry;
    t[MODULAR_LIMBS - 1] = (uint64_t)top;
    t[MODULAR_LIMBS] = t[MODULAR_LIMBS + 1] + (uint64_t)(top >> 64);
}

/* Montgomery product, one limb of a at a time (CIOS). Unrolled, the whole
 * accumulator lives in registers. */
void modular_multiply(struct number *r, const struct number *a,
                      const struct number *b, const struct modulus *modulus)
{
    uint64_t t[MODULAR_LIMBS + 2] = {0};
    struct number result;

#pragma GCC unroll 6
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        accumulate(t, a->limb[i], b);
        reduce_limb(t, modulus);
    }
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        result.limb[i] = t[i];
    }
    reduce_once(r, &result, t[MODULAR_LIMBS], modulus);
}

/* a^(m - 2), in windows of four bits. */
void modular_invert(struct number *r, const struct number *a,
                    const struct modulus *modulus)
{
    static const struct number two = {{2}};
    struct number exponent;
    struct number power[16];
    struct number result = modulus->one;

    subtract(&exponent, &modulus->m, &two);
    power[0] = modulus->one;
    for (unsigned i = 1; i < 16; i++) {
        modular_multiply(&power[i], &power[i - 1], a, modulus);
    }
    for (unsigned i = 16 * MODULAR_LIMBS; i-- > 0;) {
        unsigned nibble = exponent.limb[i / 16] >> (4 * (i % 16)) & 15;
        for (unsigned j = 0; j < 4; j++) {
            modular_multiply(&result, &result, &result, modulus);
        }
        if (nibble != 0) {
            modular_multiply(&result, &result, &power[nibble], modulus);
        }
    }
    *r = result;
}

void modular_enter(struct number *r, const struct number *a,
                   const struct modulus *modulus)
{
    modular_multiply(r, a, &modulus->squared, modulus);
}

void modular_leave(struct number *r, const struct number *a,
                   const struct modulus *modulus)
{
    static const struct number plain_one = {{1}};
    modular_multiply(r, a, &plain_one, modulus);
}

void modulus_init(struct modulus *modulus, const uint8_t bytes[MODULAR_BYTES])
{
    static const struct number zero;
    uint64_t inverse = 1;

    number_from_bytes(&modulus->m, bytes);
    /* Newton's iteration doubles the correct bits: 1, 2, ... 64. */
    for (unsigned i = 0; i < 6; i++) {
        inverse *= 2 - modulus->m.limb[0] * inverse;
    }
    modulus->negative_inverse = 0 - inverse;
    /* 2^384 - m is below m, as m has its top bit set. */
    subtract(&modulus->one, &zero, &modulus->m);
    modulus->squared = modulus->one;
    for (unsigned i = 0; i < 64 * MODULAR_LIMBS; i++) {
        modular_add(&modulus->squared, &modulus->squared, &modulus->squared,
                    modulus);
    }
}
