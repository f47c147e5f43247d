/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inverses by division steps (Bernstein and Yang, "Fast constant-time gcd
 * computation and modular inversion", 2019), in variable time: as many steps as
 * a word has room for are found from the lowest words of f and g alone, and
 * then done to the whole numbers by a matrix. A seventh of the time of a power
 * by m - 2.
 */
#include <string.h>

#include "crypto/modular.h"

typedef __int128 wide;

/* Numbers of 62-bit limbs, least significant first; the highest has the sign.
 * The product of a limb and a matrix fits a wide with bits to spare. */
enum { LIMB_BITS = 62, LIMBS = (64 * MODULAR_LIMBS + LIMB_BITS) / LIMB_BITS };

static const uint64_t limb_mask = UINT64_MAX >> (64 - LIMB_BITS);

struct number62 {
    int64_t limb[LIMBS];
};

/* 62 steps turn (f, g) into this matrix times (f, g), divided by 2^62. */
struct matrix {
    int64_t u, v;
    int64_t q, r;
};

static void to_62(struct number62 *r, const struct number *a)
{
    for (unsigned i = 0; i < LIMBS; i++) {
        unsigned bit = i * LIMB_BITS;
        unsigned limb = bit / 64;
        unsigned shift = bit % 64;
        uint64_t value = limb < MODULAR_LIMBS ? a->limb[limb] >> shift : 0;

        if (shift != 0 && limb + 1 < MODULAR_LIMBS) {
            value |= a->limb[limb + 1] << (64 - shift);
        }
        r->limb[i] = (int64_t)(value & limb_mask);
    }
}

/* Converts a number that is not negative and fits. */
static void from_62(struct number *r, const struct number62 *a)
{
    memset(r, 0, sizeof(*r));
    for (unsigned i = 0; i < LIMBS; i++) {
        unsigned bit = i * LIMB_BITS;
        unsigned limb = bit / 64;
        unsigned shift = bit % 64;
        uint64_t value = (uint64_t)a->limb[i];

        if (limb < MODULAR_LIMBS) {
            r->limb[limb] |= value << shift;
        }
        if (shift > 64 - LIMB_BITS && limb + 1 < MODULAR_LIMBS) {
            r->limb[limb + 1] |= value >> (64 - shift);
        }
    }
}

static bool is_negative(const struct number62 *a)
{
    return a->limb[LIMBS - 1] < 0;
}

static bool is_zero(const struct number62 *a)
{
    int64_t any = 0;

    for (unsigned i = 0; i < LIMBS; i++) {
        any |= a->limb[i];
    }
    return any == 0;
}

/* 62 steps from the lowest words; eta is minus the paper's delta; returns its
 * new value. If g is odd, as many of its low bits as eta allows are cancelled
 * at once by a multiple w of f: -g/f modulo 64. */
static int64_t divide(int64_t eta, uint64_t f, uint64_t g, struct matrix *t)
{
    uint64_t u = 1, v = 0, q = 0, r = 1;
    unsigned left = LIMB_BITS;

    for (;;) {
        unsigned zeros = (unsigned)__builtin_ctzll(g | UINT64_MAX << left);

        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) {
            break;
        }
        if (eta < 0) {
            uint64_t old_f = f, old_u = u, old_v = v;

            eta = -eta;
            f = g;
            g = 0 - old_f;
            u = q;
            q = 0 - old_u;
            v = r;
            r = 0 - old_v;
        }
        unsigned bits = eta + 1 > left ? left : (unsigned)eta + 1;
        /* An odd number is its own inverse modulo 8; once more, modulo 64. */
        uint64_t inverse = f * (2 - f * f);
        uint64_t w = (0 - inverse * g) & UINT64_MAX >> (64 - bits) & 63;
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (struct matrix){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return eta;
}

static void step_fg(struct number62 *f, struct number62 *g,
                    const struct matrix *t)
{
    wide a = (wide)t->u * f->limb[0] + (wide)t->v * g->limb[0];
    wide b = (wide)t->q * f->limb[0] + (wide)t->r * g->limb[0];

    /* The lowest limbs became 0. */
    for (unsigned i = 1; i < LIMBS; i++) {
        a = (a >> LIMB_BITS) + (wide)t->u * f->limb[i] +
            (wide)t->v * g->limb[i];
        b = (b >> LIMB_BITS) + (wide)t->q * f->limb[i] +
            (wide)t->r * g->limb[i];
        f->limb[i - 1] = (int64_t)((uint64_t)a & limb_mask);
        g->limb[i - 1] = (int64_t)((uint64_t)b & limb_mask);
    }
    f->limb[LIMBS - 1] = (int64_t)(a >> LIMB_BITS);
    g->limb[LIMBS - 1] = (int64_t)(b >> LIMB_BITS);
}

/* The same modulo m, of numbers between -2m and m: multiples of m make the
 * lowest limbs 0. inverse is 1/m modulo 2^62. */
static void step_de(struct number62 *d, struct number62 *e,
                    const struct matrix *t, const struct number62 *m,
                    uint64_t inverse)
{
    bool d_below = is_negative(d);
    bool e_below = is_negative(e);
    int64_t for_d = (d_below ? t->u : 0) + (e_below ? t->v : 0);
    int64_t for_e = (d_below ? t->q : 0) + (e_below ? t->r : 0);
    wide a = (wide)t->u * d->limb[0] + (wide)t->v * e->limb[0];
    wide b = (wide)t->q * d->limb[0] + (wide)t->r * e->limb[0];

    for_d -= (int64_t)((inverse * (uint64_t)a + (uint64_t)for_d) & limb_mask);
    for_e -= (int64_t)((inverse * (uint64_t)b + (uint64_t)for_e) & limb_mask);
    a += (wide)m->limb[0] * for_d;
    b += (wide)m->limb[0] * for_e;
    for (unsigned i = 1; i < LIMBS; i++) {
        a = (a >> LIMB_BITS) + (wide)t->u * d->limb[i] +
            (wide)t->v * e->limb[i] + (wide)m->limb[i] * for_d;
        b = (b >> LIMB_BITS) + (wide)t->q * d->limb[i] +
            (wide)t->r * e->limb[i] + (wide)m->limb[i] * for_e;
        d->limb[i - 1] = (int64_t)((uint64_t)a & limb_mask);
        e->limb[i - 1] = (int64_t)((uint64_t)b & limb_mask);
    }
    d->limb[LIMBS - 1] = (int64_t)(a >> LIMB_BITS);
    e->limb[LIMBS - 1] = (int64_t)(b >> LIMB_BITS);
}

/* a = sign * a + m, with carries; sign is 1 or -1. */
static void add_signed(struct number62 *a, int64_t sign,
                       const struct number62 *m)
{
    int64_t carry = 0;

    for (unsigned i = 0; i < LIMBS; i++) {
        carry += sign * a->limb[i] + (m ? m->limb[i] : 0);
        a->limb[i] =
            i + 1 < LIMBS ? (int64_t)((uint64_t)carry & limb_mask) : carry;
        carry >>= LIMB_BITS;
    }
}

void modular_invert(struct number *r, const struct number *a,
                    const struct modulus *modulus)
{
    struct number62 m, f, g;
    struct number62 d = {{0}};
    struct number62 e = {{1}};
    uint64_t inverse = 0 - modulus->negative_inverse;
    int64_t eta = -1;

    to_62(&m, &modulus->m);
    f = m;
    to_62(&g, a);
    while (!is_zero(&g)) {
        struct matrix t;

        eta = divide(eta, (uint64_t)f.limb[0], (uint64_t)g.limb[0], &t);
        step_de(&d, &e, &t, &m, inverse);
        step_fg(&f, &g, &t);
    }
    /* f is 1 or -1, and f = d * a modulo m; of a = 0 it is m, and d is 0. */
    if (is_negative(&d)) {
        add_signed(&d, 1, &m);
    }
    if (is_negative(&f)) {
        add_signed(&d, -1, NULL);
    }
    if (is_negative(&d)) {
        add_signed(&d, 1, &m);
    }
    from_62(r, &d);
    /* 1 / (x * 2^384) became 1/x, and that enters. */
    modular_multiply(r, r, &modulus->squared, modulus);
    modular_multiply(r, r, &modulus->squared, modulus);
}
