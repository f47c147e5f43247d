/* SPDX-License-Identifier: Apache-2.0 */
/* Montgomery multiplication of six 64-bit limbs, with the prime of P-384
 * reduced by its form. */
#include "crypto/modular.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "crypto/limbs.h"

typedef unsigned __int128 wide;

static_assert((int)MODULAR_BYTES == 8 * (int)MODULAR_LIMBS, "limbs of 64 bits");

enum { DOUBLE_LIMBS = 2 * MODULAR_LIMBS };

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
static inline bool subtract(struct number *r, const struct number *a,
                            const struct number *b)
{
    bool borrow = false;
#pragma GCC unroll 6
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        borrow = limb_subtract(borrow, a->limb[i], b->limb[i], &r->limb[i]);
    }
    return borrow;
}

static inline bool add(struct number *r, const struct number *a,
                       const struct number *b)
{
    bool carry = false;
#pragma GCC unroll 6
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        carry = limb_add(carry, a->limb[i], b->limb[i], &r->limb[i]);
    }
    return carry;
}

/* r = choose ? a : b, in moves that no random value misleads. */
static inline void pick(struct number *r, bool choose, const struct number *a,
                        const struct number *b)
{
#pragma GCC unroll 6
    for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
        r->limb[i] = choose ? a->limb[i] : b->limb[i];
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

void modular_reduce(struct number *r, const struct number *a,
                    const struct modulus *modulus)
{
    reduce_once(r, a, 0, modulus);
    debug_assert(number_less(r, &modulus->m));
}

void modular_add(struct number *r, const struct number *a,
                 const struct number *b, const struct modulus *modulus)
{
    debug_assert(number_less(a, &modulus->m) && number_less(b, &modulus->m));
    struct number sum;
    bool carry = add(&sum, a, b);
    reduce_once(r, &sum, carry, modulus);
}

void modular_subtract(struct number *r, const struct number *a,
                      const struct number *b, const struct modulus *modulus)
{
    debug_assert(number_less(a, &modulus->m) && number_less(b, &modulus->m));
    static const struct number zero;
    struct number difference, correction;
    bool borrow = subtract(&difference, a, b);
    pick(&correction, borrow, &modulus->m, &zero);
    add(r, &difference, &correction);
}

/* Sums of products for one limb of a result, lowest first: 192 bits, which is
 * how compilers make the fewest carries of them. */
struct column {
    wide low;
    uint64_t high;
};

static inline void column_add(struct column *column, uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    column->low += product;
    column->high += column->low < product;
}

/* Takes the limb off. */
static inline uint64_t column_next(struct column *column)
{
    uint64_t limb = (uint64_t)column->low;
    column->low = column->low >> 64 | (wide)column->high << 64;
    column->high = 0;
    return limb;
}

static inline void multiply(uint64_t t[DOUBLE_LIMBS], const struct number *a,
                            const struct number *b)
{
    struct column column = {0};
#pragma GCC unroll 11
    for (unsigned k = 0; k < DOUBLE_LIMBS - 1; k++) {
#pragma GCC unroll 6
        for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
            if (i <= k && k - i < MODULAR_LIMBS) {
                column_add(&column, a->limb[i], b->limb[k - i]);
            }
        }
        t[k] = column_next(&column);
    }
    t[DOUBLE_LIMBS - 1] = (uint64_t)column.low;
}

/* Montgomery's reduction: adds a multiple q of the modulus that makes the lower
 * half 0, and drops that. */
static void reduce(struct number *r, const uint64_t t[DOUBLE_LIMBS],
                   const struct modulus *modulus)
{
    const uint64_t *m = modulus->m.limb;
    struct column column = {0};
    uint64_t q[MODULAR_LIMBS];
    struct number result;

#pragma GCC unroll 12
    for (unsigned k = 0; k < DOUBLE_LIMBS; k++) {
        column_add(&column, t[k], 1);
#pragma GCC unroll 6
        for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
            if (i < k && k - i < MODULAR_LIMBS) {
                column_add(&column, q[i], m[k - i]);
            }
        }
        if (k < MODULAR_LIMBS) {
            q[k] = (uint64_t)column.low * modulus->negative_inverse;
            column_add(&column, q[k], m[0]);
            column_next(&column);
        } else {
            result.limb[k - MODULAR_LIMBS] = column_next(&column);
        }
    }
    reduce_once(r, &result, (uint64_t)column.low, modulus);
}

/* t[k] becomes 0 by adding q times the prime of P-384, 2^384 - 2^128 - 2^96 +
 * 2^32 - 1: in limbs from k on that is q at k + 6, less q * (2^64 + 2^32) at
 * k + 1, and q * (2^32 - 1), which is -t[k] and a carry. carry is that of the
 * previous addition. */
static inline bool reduce_limb_p384(uint64_t t[DOUBLE_LIMBS], unsigned k,
                                    bool carry)
{
    uint64_t low = t[k] << 32;
    uint64_t q, less[3];
    bool borrow = limb_add(false, t[k], low, &q);

    borrow = limb_subtract(borrow, low, q >> 32, &less[0]);
    /* q is not 0 where it borrows: then t[k] is 0 too. */
    less[2] = limb_add(false, q - borrow, q >> 32, &less[1]);
    borrow = limb_subtract(false, t[k + 1], less[0], &t[k + 1]);
    borrow = limb_subtract(borrow, t[k + 2], less[1], &t[k + 2]);
    borrow = limb_subtract(borrow, t[k + 3], less[2], &t[k + 3]);
    borrow = limb_subtract(borrow, t[k + 4], 0, &t[k + 4]);
    borrow = limb_subtract(borrow, t[k + 5], 0, &t[k + 5]);
    return limb_add(carry, t[k + 6], q - borrow, &t[k + 6]);
}

/* The same for the prime of P-384, where shifts do instead of products. */
static inline void reduce_p384(struct number *r, uint64_t t[DOUBLE_LIMBS],
                               const struct modulus *modulus)
{
    struct number result;
    bool carry = false;

#pragma GCC unroll 6
    for (unsigned k = 0; k < MODULAR_LIMBS; k++) {
        carry = reduce_limb_p384(t, k, carry);
    }
    memcpy(&result, &t[MODULAR_LIMBS], sizeof(result));
    reduce_once(r, &result, carry, modulus);
}

void modular_multiply(struct number *r, const struct number *a,
                      const struct number *b, const struct modulus *modulus)
{
    uint64_t t[DOUBLE_LIMBS];

    multiply(t, a, b);
    if (modulus->is_p384) {
        reduce_p384(r, t, modulus);
    } else {
        reduce(r, t, modulus);
    }
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
    static const struct number p384 = {
        {0xffffffff, 0xffffffff00000000, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX,
         UINT64_MAX}
    };
    uint64_t inverse = 1;

    number_from_bytes(&modulus->m, bytes);
    assert((modulus->m.limb[0] & 1) != 0 &&
           modulus->m.limb[MODULAR_LIMBS - 1] >> 63 != 0);
    modulus->is_p384 = number_equal(&modulus->m, &p384);
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
