/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic modulo an odd 384-bit number, in Montgomery form (a number x is
 * held as x * 2^384 mod m). Not in constant time: the secrets are those of a
 * simulated machine.
 */
#ifndef CRYPTO_MODULAR_H
#define CRYPTO_MODULAR_H

#include <stdbool.h>
#include <stdint.h>

enum { MODULAR_LIMBS = 6, MODULAR_BYTES = 48 };

/* Least significant limb first. */
struct number {
    uint64_t limb[MODULAR_LIMBS];
};

struct modulus {
    struct number m;
    struct number one;         /* 2^384 mod m: 1 in Montgomery form */
    struct number squared;     /* 2^768 mod m: takes numbers into that form */
    uint64_t negative_inverse; /* -1/m mod 2^64 */
    bool is_p384;              /* the field's prime, which reduces faster */
};

void modulus_init(struct modulus *modulus, const uint8_t bytes[MODULAR_BYTES]);

void number_from_bytes(struct number *a, const uint8_t bytes[MODULAR_BYTES]);
void number_to_bytes(const struct number *a, uint8_t bytes[MODULAR_BYTES]);
bool number_is_zero(const struct number *a);
bool number_equal(const struct number *a, const struct number *b);
/* a < b */
bool number_less(const struct number *a, const struct number *b);

/* r = a mod m, for a below twice the modulus. */
void modular_reduce(struct number *r, const struct number *a,
                    const struct modulus *modulus);
/* Operands are below the modulus, and so are results; r may be an operand. */
void modular_add(struct number *r, const struct number *a,
                 const struct number *b, const struct modulus *modulus);
void modular_subtract(struct number *r, const struct number *a,
                      const struct number *b, const struct modulus *modulus);
/* a * b / 2^384 */
void modular_multiply(struct number *r, const struct number *a,
                      const struct number *b, const struct modulus *modulus);
/* 1/a in and out of Montgomery form; 0 gives 0. a and the modulus must have no
 * common factor. */
void modular_invert(struct number *r, const struct number *a,
                    const struct modulus *modulus);
/* Into and out of Montgomery form; into reduces, as a may be any number. */
void modular_enter(struct number *r, const struct number *a,
                   const struct modulus *modulus);
void modular_leave(struct number *r, const struct number *a,
                   const struct modulus *modulus);

#endif
