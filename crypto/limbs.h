/* SPDX-License-Identifier: Apache-2.0 */
/* Limbs of large numbers with their carries, for hosts of any kind. */
#ifndef CRYPTO_LIMBS_H
#define CRYPTO_LIMBS_H

#include <stdbool.h>
#include <stdint.h>

/* *r = a + b + carry; returns the carry. */
static inline bool limb_add(bool carry, uint64_t a, uint64_t b, uint64_t *r)
{
    unsigned __int128 sum = (unsigned __int128)a + b + carry;

    *r = (uint64_t)sum;
    return (uint64_t)(sum >> 64) != 0;
}

/* *r = a - b - borrow; returns the borrow. */
static inline bool limb_subtract(bool borrow, uint64_t a, uint64_t b,
                                 uint64_t *r)
{
    unsigned __int128 difference = (unsigned __int128)a - b - borrow;

    *r = (uint64_t)difference;
    return (uint64_t)(difference >> 64) != 0;
}

#endif
