/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packaged libcrypto multiplies points of this curve by its general
 * constant-time ladder, nearly a millisecond each, and a boot ROM does some
 * twenty. Here multiples of the base point use a comb (six teeth, one per limb
 * of the scalar) and others a window of signed digits; libcrypto is the oracle
 * of the tests.
 */
#include "crypto/p384.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "crypto/hmac_drbg.h"
#include "crypto/modular.h"

enum { TEETH = MODULAR_LIMBS, COMB_SIZE = 1 << TEETH };

/* Coordinates in Montgomery form. */
struct affine {
    struct number x;
    struct number y;
};

/* (x/z^2, y/z^3); z zero is the point at infinity. */
struct jacobian {
    struct number x;
    struct number y;
    struct number z;
};

struct p384 {
    struct modulus p;
    struct modulus n;
    struct number b;
    struct affine comb[COMB_SIZE]; /* [0] unused */
};

static const uint8_t field_prime[P384_SIZE] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff};

const uint8_t p384_order[P384_SIZE] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
    0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

static const uint8_t curve_b[P384_SIZE] = {
    0xb3, 0x31, 0x2f, 0xa7, 0xe2, 0x3e, 0xe7, 0xe4, 0x98, 0x8e, 0x05, 0x6b,
    0xe3, 0xf8, 0x2d, 0x19, 0x18, 0x1d, 0x9c, 0x6e, 0xfe, 0x81, 0x41, 0x12,
    0x03, 0x14, 0x08, 0x8f, 0x50, 0x13, 0x87, 0x5a, 0xc6, 0x56, 0x39, 0x8d,
    0x8a, 0x2e, 0xd1, 0x9d, 0x2a, 0x85, 0xc8, 0xed, 0xd3, 0xec, 0x2a, 0xef};

/* The base point: x, y. */
static const uint8_t base_point[2][P384_SIZE] = {
    {0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e,
     0xf3, 0x20, 0xad, 0x74, 0x6e, 0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98,
     0x59, 0xf7, 0x41, 0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55, 0x02, 0xf2, 0x5d,
     0xbf, 0x55, 0x29, 0x6c, 0x3a, 0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7},
    {0x36, 0x17, 0xde, 0x4a, 0x96, 0x26, 0x2c, 0x6f, 0x5d, 0x9e, 0x98, 0xbf,
     0x92, 0x92, 0xdc, 0x29, 0xf8, 0xf4, 0x1d, 0xbd, 0x28, 0x9a, 0x14, 0x7c,
     0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a, 0x60, 0xb1, 0xce,
     0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f}
};

/* dbl-2001-b of the Explicit-Formulas Database, for a = -3. */
static void point_double(const struct modulus *p, struct jacobian *r,
                         const struct jacobian *a)
{
    struct number delta, gamma, beta, alpha, t, u;

    modular_multiply(&delta, &a->z, &a->z, p);
    modular_multiply(&gamma, &a->y, &a->y, p);
    modular_multiply(&beta, &a->x, &gamma, p);
    modular_subtract(&t, &a->x, &delta, p);
    modular_add(&u, &a->x, &delta, p);
    modular_multiply(&alpha, &t, &u, p);
    modular_add(&t, &alpha, &alpha, p);
    modular_add(&alpha, &alpha, &t, p);

    modular_add(&t, &a->y, &a->z, p);
    modular_multiply(&t, &t, &t, p);
    modular_subtract(&t, &t, &gamma, p);
    modular_subtract(&r->z, &t, &delta, p);

    modular_add(&beta, &beta, &beta, p);
    modular_add(&beta, &beta, &beta, p);
    modular_multiply(&t, &alpha, &alpha, p);
    modular_subtract(&t, &t, &beta, p);
    modular_subtract(&r->x, &t, &beta, p);

    modular_multiply(&gamma, &gamma, &gamma, p);
    modular_add(&gamma, &gamma, &gamma, p);
    modular_add(&gamma, &gamma, &gamma, p);
    modular_add(&gamma, &gamma, &gamma, p);
    modular_subtract(&t, &beta, &r->x, p);
    modular_multiply(&t, &alpha, &t, p);
    modular_subtract(&r->y, &t, &gamma, p);
}

/* The common end of both additions: u1, u2, s1, s2 are the coordinates brought
 * to one denominator, z the product of the denominators. Returns false when the
 * points are equal, and r is then to be their double. */
static bool point_join(const struct modulus *p, struct jacobian *r,
                       const struct number *u1, const struct number *u2,
                       const struct number *s1, const struct number *s2,
                       const struct number *z)
{
    struct number h, s, hh, hhh, v;

    modular_subtract(&h, u2, u1, p);
    modular_subtract(&s, s2, s1, p);
    if (number_is_zero(&h)) {
        memset(r, 0, sizeof(*r));
        return !number_is_zero(&s);
    }
    modular_multiply(&hh, &h, &h, p);
    modular_multiply(&hhh, &hh, &h, p);
    modular_multiply(&v, u1, &hh, p);
    modular_multiply(&r->z, z, &h, p);
    modular_multiply(&hh, s1, &hhh, p);

    modular_multiply(&r->x, &s, &s, p);
    modular_subtract(&r->x, &r->x, &hhh, p);
    modular_subtract(&r->x, &r->x, &v, p);
    modular_subtract(&r->x, &r->x, &v, p);

    modular_subtract(&v, &v, &r->x, p);
    modular_multiply(&v, &s, &v, p);
    modular_subtract(&r->y, &v, &hh, p);
    return true;
}

static void point_add_affine(const struct p384 *p384, struct jacobian *r,
                             const struct jacobian *a, const struct affine *b)
{
    const struct modulus *p = &p384->p;
    struct jacobian doubled = {b->x, b->y, p->one};
    struct jacobian sum;
    struct number zz, zzz, u2, s2;

    if (number_is_zero(&a->z)) {
        *r = doubled;
        return;
    }
    modular_multiply(&zz, &a->z, &a->z, p);
    modular_multiply(&zzz, &zz, &a->z, p);
    modular_multiply(&u2, &b->x, &zz, p);
    modular_multiply(&s2, &b->y, &zzz, p);
    if (!point_join(p, &sum, &a->x, &u2, &a->y, &s2, &a->z)) {
        point_double(p, &sum, &doubled);
    }
    *r = sum;
}

static void point_add(const struct p384 *p384, struct jacobian *r,
                      const struct jacobian *a, const struct jacobian *b)
{
    const struct modulus *p = &p384->p;
    struct jacobian sum;
    struct number zz1, zz2, u1, u2, s1, s2, z;

    if (number_is_zero(&a->z) || number_is_zero(&b->z)) {
        *r = number_is_zero(&a->z) ? *b : *a;
        return;
    }
    modular_multiply(&zz1, &a->z, &a->z, p);
    modular_multiply(&zz2, &b->z, &b->z, p);
    modular_multiply(&u1, &a->x, &zz2, p);
    modular_multiply(&u2, &b->x, &zz1, p);
    modular_multiply(&s1, &zz2, &b->z, p);
    modular_multiply(&s1, &a->y, &s1, p);
    modular_multiply(&s2, &zz1, &a->z, p);
    modular_multiply(&s2, &b->y, &s2, p);
    modular_multiply(&z, &a->z, &b->z, p);
    if (!point_join(p, &sum, &u1, &u2, &s1, &s2, &z)) {
        point_double(p, &sum, a);
    }
    *r = sum;
}

/* Infinity comes out as (0, 0), as from the hardware's inversion. */
static void point_to_affine(const struct modulus *p, struct affine *r,
                            const struct jacobian *a)
{
    struct number inverse, square;

    modular_invert(&inverse, &a->z, p);
    modular_multiply(&square, &inverse, &inverse, p);
    modular_multiply(&r->x, &a->x, &square, p);
    modular_multiply(&square, &square, &inverse, p);
    modular_multiply(&r->y, &a->y, &square, p);
}

/* Brings points to z = 1 with one inversion for all: that of the product of
 * their z, from which each inverse is split off in turn. */
static void normalize(const struct modulus *p, struct jacobian *points,
                      unsigned count)
{
    struct number products[COMB_SIZE];
    struct number inverse, z, square;

    products[0] = p->one;
    for (unsigned i = 1; i < count; i++) {
        modular_multiply(&products[i], &products[i - 1], &points[i - 1].z, p);
    }
    modular_multiply(&z, &products[count - 1], &points[count - 1].z, p);
    modular_invert(&inverse, &z, p);
    for (unsigned i = count; i-- > 0;) {
        modular_multiply(&z, &inverse, &products[i], p);
        modular_multiply(&inverse, &inverse, &points[i].z, p);
        modular_multiply(&square, &z, &z, p);
        modular_multiply(&points[i].x, &points[i].x, &square, p);
        modular_multiply(&square, &square, &z, p);
        modular_multiply(&points[i].y, &points[i].y, &square, p);
        points[i].z = p->one;
    }
}

/* comb[d] is the sum of 2^(64 i) G over the bits i of d. */
static void comb_init(struct p384 *p384)
{
    const struct modulus *p = &p384->p;
    struct jacobian sums[COMB_SIZE];
    struct jacobian tooth = {.z = p->one};
    struct number coordinate;

    number_from_bytes(&coordinate, base_point[0]);
    modular_enter(&tooth.x, &coordinate, p);
    number_from_bytes(&coordinate, base_point[1]);
    modular_enter(&tooth.y, &coordinate, p);
    for (unsigned half = 1; half < COMB_SIZE; half *= 2) {
        sums[half] = tooth;
        for (unsigned d = 1; d < half; d++) {
            point_add(p384, &sums[half + d], &tooth, &sums[d]);
        }
        for (unsigned i = 0; i < 64; i++) {
            point_double(p, &tooth, &tooth);
        }
    }
    normalize(p, sums + 1, COMB_SIZE - 1);
    for (unsigned d = 1; d < COMB_SIZE; d++) {
        p384->comb[d] = (struct affine){sums[d].x, sums[d].y};
    }
}

struct p384 *p384_create(void)
{
    struct p384 *p384 = xcalloc(1, sizeof(*p384));
    struct number b;

    modulus_init(&p384->p, field_prime);
    modulus_init(&p384->n, p384_order);
    number_from_bytes(&b, curve_b);
    modular_enter(&p384->b, &b, &p384->p);
    comb_init(p384);
    return p384;
}

void p384_destroy(struct p384 *p384)
{
    free(p384);
}

/* Adds the comb's point for one column of the scalar's bits. */
static void add_column(const struct p384 *p384, struct jacobian *r,
                       const struct number *scalar, unsigned column)
{
    unsigned digit = 0;

    for (unsigned i = 0; i < TEETH; i++) {
        digit |= (unsigned)(scalar->limb[i] >> column & 1) << i;
    }
    if (digit != 0) {
        point_add_affine(p384, r, r, &p384->comb[digit]);
    }
}

static void multiply_base(const struct p384 *p384, struct jacobian *r,
                          const struct number *scalar)
{
    memset(r, 0, sizeof(*r));
    for (unsigned column = 64; column-- > 0;) {
        point_double(&p384->p, r, r);
        add_column(p384, r, scalar, column);
    }
}

/* Signed odd digits of magnitude below 16, at most one in five positions not
 * zero (wNAF). Returns the number of positions. */
static unsigned signed_digits(const struct number *scalar, int8_t digits[392])
{
    uint64_t rest[MODULAR_LIMBS + 1] = {0};
    unsigned count = 0;

    memcpy(rest, scalar, sizeof(*scalar));
    for (;; count++) {
        uint64_t any = 0;
        int digit = 0;
        for (unsigned i = 0; i <= MODULAR_LIMBS; i++) {
            any |= rest[i];
        }
        if (any == 0) {
            return count;
        }
        if ((rest[0] & 1) != 0) {
            digit = (int)(rest[0] & 31);
            rest[0] -= (uint64_t)digit;
            if (digit >= 16) {
                digit -= 32;
                unsigned __int128 carry = 32;
                for (unsigned i = 0; i <= MODULAR_LIMBS; i++) {
                    carry += rest[i];
                    rest[i] = (uint64_t)carry;
                    carry >>= 64;
                }
            }
        }
        digits[count] = (int8_t)digit;
        for (unsigned i = 0; i < MODULAR_LIMBS; i++) {
            rest[i] = rest[i] >> 1 | rest[i + 1] << 63;
        }
        rest[MODULAR_LIMBS] >>= 1;
    }
}

/* scalar times the point, plus base_scalar times the base point, whose comb
 * shares the last 64 doublings. */
static void multiply_both(const struct p384 *p384, struct jacobian *r,
                          const struct number *scalar,
                          const struct affine *point,
                          const struct number *base_scalar)
{
    const struct modulus *p = &p384->p;
    static const struct number zero;
    struct jacobian odd[8]; /* 1, 3, ... 15 times the point */
    struct jacobian twice, term;
    int8_t digits[392] = {0};
    unsigned count = signed_digits(scalar, digits);

    odd[0] = (struct jacobian){point->x, point->y, p->one};
    point_double(p, &twice, &odd[0]);
    for (unsigned i = 1; i < 8; i++) {
        point_add(p384, &odd[i], &odd[i - 1], &twice);
    }
    memset(r, 0, sizeof(*r));
    for (unsigned i = count > 64 ? count : 64; i-- > 0;) {
        point_double(p, r, r);
        if (digits[i] > 0) {
            point_add(p384, r, r, &odd[digits[i] / 2]);
        } else if (digits[i] < 0) {
            term = odd[-digits[i] / 2];
            modular_subtract(&term.y, &zero, &term.y, p);
            point_add(p384, r, r, &term);
        }
        if (i < 64) {
            add_column(p384, r, base_scalar, i);
        }
    }
}

static void affine_to_bytes(const struct p384 *p384,
                            const struct jacobian *point, uint8_t *x,
                            uint8_t *y)
{
    struct affine affine;
    struct number plain;

    point_to_affine(&p384->p, &affine, point);
    modular_leave(&plain, &affine.x, &p384->p);
    number_to_bytes(&plain, x);
    if (y != NULL) {
        modular_leave(&plain, &affine.y, &p384->p);
        number_to_bytes(&plain, y);
    }
}

/* Reads a number and subtracts the order n once if that fits, as the hardware
 * does with message digests and x coordinates: both are below 2n. */
static void read_reduced(const struct p384 *p384, struct number *a,
                         const uint8_t bytes[P384_SIZE])
{
    number_from_bytes(a, bytes);
    modular_reduce(a, a, &p384->n);
}

static bool read_scalar(const struct p384 *p384, struct number *a,
                        const uint8_t bytes[P384_SIZE])
{
    number_from_bytes(a, bytes);
    return !number_is_zero(a) && number_less(a, &p384->n.m);
}

int p384_derive_public(const struct p384 *p384,
                       const uint8_t private[P384_SIZE], uint8_t x[P384_SIZE],
                       uint8_t y[P384_SIZE])
{
    struct number d;
    struct jacobian q;

    if (!read_scalar(p384, &d, private)) {
        return -EINVAL;
    }
    multiply_base(p384, &q, &d);
    affine_to_bytes(p384, &q, x, y);
    return 0;
}

void p384_keygen(const struct p384 *p384, const uint8_t seed[P384_SIZE],
                 const uint8_t nonce[P384_SIZE], uint8_t private[P384_SIZE],
                 uint8_t x[P384_SIZE], uint8_t y[P384_SIZE])
{
    struct hmac_drbg drbg;

    hmac_drbg_init(&drbg, seed, nonce, p384_order, private);
    p384_derive_public(p384, private, x, y);
}

int p384_sign(const struct p384 *p384, const uint8_t private[P384_SIZE],
              const uint8_t digest[P384_SIZE], uint8_t r[P384_SIZE],
              uint8_t s[P384_SIZE])
{
    const struct modulus *n = &p384->n;
    struct hmac_drbg drbg;
    struct number d, k, message, r_number, s_number;
    struct jacobian point;
    uint8_t bytes[P384_SIZE];

    if (!read_scalar(p384, &d, private)) {
        return -EINVAL;
    }
    read_reduced(p384, &message, digest);
    number_to_bytes(&message, bytes);
    hmac_drbg_init(&drbg, private, bytes, p384_order, bytes);
    number_from_bytes(&k, bytes);
    multiply_base(p384, &point, &k);
    affine_to_bytes(p384, &point, bytes, NULL);
    read_reduced(p384, &r_number, bytes);

    /* s = (message + r d) / k */
    modular_enter(&k, &k, n);
    modular_invert(&k, &k, n);
    modular_enter(&d, &d, n);
    modular_multiply(&s_number, &r_number, &d, n);
    modular_add(&s_number, &s_number, &message, n);
    modular_multiply(&s_number, &s_number, &k, n);
    number_to_bytes(&r_number, r);
    number_to_bytes(&s_number, s);
    return number_is_zero(&r_number) || number_is_zero(&s_number) ? -EINVAL : 0;
}

static bool read_public(const struct p384 *p384, struct affine *q,
                        const uint8_t x[P384_SIZE], const uint8_t y[P384_SIZE])
{
    const struct modulus *p = &p384->p;
    struct number plain_x, plain_y, left, right, t;

    number_from_bytes(&plain_x, x);
    number_from_bytes(&plain_y, y);
    if (!number_less(&plain_x, &p->m) || !number_less(&plain_y, &p->m)) {
        return false;
    }
    modular_enter(&q->x, &plain_x, p);
    modular_enter(&q->y, &plain_y, p);
    /* y^2 = x^3 - 3 x + b */
    modular_multiply(&left, &q->y, &q->y, p);
    modular_multiply(&right, &q->x, &q->x, p);
    modular_multiply(&right, &right, &q->x, p);
    modular_add(&t, &q->x, &q->x, p);
    modular_add(&t, &t, &q->x, p);
    modular_subtract(&right, &right, &t, p);
    modular_add(&right, &right, &p384->b, p);
    return number_equal(&left, &right);
}

bool p384_public_valid(const struct p384 *p384, const uint8_t x[P384_SIZE],
                       const uint8_t y[P384_SIZE])
{
    struct affine q;
    return read_public(p384, &q, x, y);
}

/* True if a number is the x coordinate of a point, which is x / z^2: that is
 * asked without a division. */
static bool has_x(const struct modulus *p, const struct jacobian *point,
                  const struct number *number)
{
    struct number x, square;

    modular_enter(&x, number, p);
    modular_multiply(&square, &point->z, &point->z, p);
    modular_multiply(&x, &x, &square, p);
    return number_equal(&x, &point->x) && !number_is_zero(&point->z);
}

int p384_verify(const struct p384 *p384, const uint8_t x[P384_SIZE],
                const uint8_t y[P384_SIZE], const uint8_t digest[P384_SIZE],
                const uint8_t r[P384_SIZE], const uint8_t s[P384_SIZE],
                uint8_t computed_r[P384_SIZE])
{
    const struct modulus *n = &p384->n;
    struct number r_number, s_number, message, u1, u2;
    struct affine q;
    struct jacobian sum;
    uint8_t bytes[P384_SIZE];

    if (!read_scalar(p384, &r_number, r) || !read_scalar(p384, &s_number, s) ||
        !read_public(p384, &q, x, y)) {
        return -EINVAL;
    }
    read_reduced(p384, &message, digest);
    modular_enter(&s_number, &s_number, n);
    modular_invert(&s_number, &s_number, n);
    modular_multiply(&u1, &message, &s_number, n);
    modular_multiply(&u2, &r_number, &s_number, n);
    multiply_both(p384, &sum, &u2, &q, &u1);
    if (has_x(&p384->p, &sum, &r_number)) {
        memcpy(computed_r, r, P384_SIZE);
        return 0;
    }
    affine_to_bytes(p384, &sum, bytes, NULL);
    read_reduced(p384, &message, bytes);
    number_to_bytes(&message, computed_r);
    return 0;
}

int p384_shared(const struct p384 *p384, const uint8_t private[P384_SIZE],
                const uint8_t x[P384_SIZE], const uint8_t y[P384_SIZE],
                uint8_t shared[P384_SIZE])
{
    static const struct number nothing;
    struct number scalar;
    struct affine q;
    struct jacobian product;

    if (!read_scalar(p384, &scalar, private) || !read_public(p384, &q, x, y)) {
        return -EINVAL;
    }
    multiply_both(p384, &product, &scalar, &q, &nothing);
    affine_to_bytes(p384, &product, shared, NULL);
    return 0;
}
