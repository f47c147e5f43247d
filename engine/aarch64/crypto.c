/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptographic extension: rounds of AES (FIPS 197), SHA-1 and SHA-256
 * (FIPS 180-4) on vector registers.
 */
#include "engine/aarch64/simd.h"
#include "engine/interpreter/arithmetic.h"

#define HELPER_OF(name)                                                        \
    enum vcpu_outcome aarch64_##name(struct vcpu *cpu, const struct ir_op *op)

static struct aarch64_vector *vector(struct vcpu *cpu, unsigned number)
{
    return &aarch64_of(cpu)->state.v[number];
}

/* ---- AES ----------------------------------------------------------------- */

static uint8_t times(uint8_t a, uint8_t b)
{
    uint8_t product = 0;

    for (; b != 0; b >>= 1) {
        product ^= (b & 1) != 0 ? a : 0;
        a = (uint8_t)(a << 1 ^ (a >> 7) * 0x1b);
    }
    return product;
}

static const uint8_t substitution[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b,
    0xfe, 0xd7, 0xab, 0x76, 0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0,
    0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0, 0xb7, 0xfd, 0x93, 0x26,
    0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2,
    0xeb, 0x27, 0xb2, 0x75, 0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0,
    0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84, 0x53, 0xd1, 0x00, 0xed,
    0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f,
    0x50, 0x3c, 0x9f, 0xa8, 0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5,
    0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2, 0xcd, 0x0c, 0x13, 0xec,
    0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14,
    0xde, 0x5e, 0x0b, 0xdb, 0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c,
    0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79, 0xe7, 0xc8, 0x37, 0x6d,
    0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f,
    0x4b, 0xbd, 0x8b, 0x8a, 0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e,
    0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e, 0xe1, 0xf8, 0x98, 0x11,
    0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f,
    0xb0, 0x54, 0xbb, 0x16,
};

static uint8_t substitute(uint8_t byte)
{
    return substitution[byte];
}

/* The inverse of the affine transformation that ends a substitution. */
static uint8_t undo_affine(uint8_t byte)
{
    const unsigned twice = byte * 0x101u;

    return (uint8_t)(twice >> 7 ^ twice >> 5 ^ twice >> 2 ^ 5);
}

/* A substitution is the inverse in the field and then affine, so the inverse of
 * both is made of what is before the second in a substitution. */
static uint8_t undo_substitution(uint8_t byte)
{
    return undo_affine(substitution[undo_affine(byte)]);
}

/* Column c of row r comes from column c + r, or c - r for the inverse. */
static void shift_and_substitute(struct aarch64_vector *state,
                                 uint8_t (*box)(uint8_t byte), unsigned step)
{
    struct aarch64_vector result;

    for (unsigned i = 0; i < 16; i++) {
        result.b[i] = box(state->b[(i + step * (i & 3) * 4) & 15]);
    }
    *state = result;
}

static void mix_columns(struct aarch64_vector *d,
                        const struct aarch64_vector *n, const uint8_t factor[4])
{
    struct aarch64_vector result = {0};

    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 4; j++) {
            result.b[i] ^= times(n->b[(i & 12) + ((i + j) & 3)], factor[j]);
        }
    }
    *d = result;
}

static void add_round_key(struct aarch64_vector *d,
                          const struct aarch64_vector *n)
{
    d->d[0] ^= n->d[0];
    d->d[1] ^= n->d[1];
}

HELPER_OF(aese)
{
    add_round_key(vector(cpu, op->d), vector(cpu, op->a));
    shift_and_substitute(vector(cpu, op->d), substitute, 1);
    return VCPU_NEXT;
}

HELPER_OF(aesd)
{
    add_round_key(vector(cpu, op->d), vector(cpu, op->a));
    shift_and_substitute(vector(cpu, op->d), undo_substitution, 3);
    return VCPU_NEXT;
}

HELPER_OF(aesmc)
{
    static const uint8_t factor[] = {2, 3, 1, 1};

    mix_columns(vector(cpu, op->d), vector(cpu, op->a), factor);
    return VCPU_NEXT;
}

HELPER_OF(aesimc)
{
    static const uint8_t factor[] = {14, 11, 13, 9};

    mix_columns(vector(cpu, op->d), vector(cpu, op->a), factor);
    return VCPU_NEXT;
}

/* ---- SHA-1 --------------------------------------------------------------- */

static uint32_t rotate_left(uint32_t value, unsigned count)
{
    return rotate_right(value, 32 - count);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & (y ^ z)) ^ z;
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
    return x ^ y ^ z;
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) | ((x | y) & z);
}

/* Four rounds: X is Vd, Y is Sn, W is Vm. */
static void sha1_rounds(struct aarch64_vector *d, uint32_t y,
                        const struct aarch64_vector *w,
                        uint32_t (*function)(uint32_t, uint32_t, uint32_t))
{
    struct aarch64_vector x = *d;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t t = y + rotate_left(x.s[0], 5) +
                     function(x.s[1], x.s[2], x.s[3]) + w->s[i];

        y = x.s[3];
        x.s[3] = x.s[2];
        x.s[2] = rotate_left(x.s[1], 30);
        x.s[1] = x.s[0];
        x.s[0] = t;
    }
    *d = x;
}

#define SHA1(name, function)                                                   \
    HELPER_OF(name)                                                            \
    {                                                                          \
        struct aarch64_vector w = *vector(cpu, op->b);                         \
        sha1_rounds(vector(cpu, op->d), vector(cpu, op->a)->s[0], &w,          \
                    function);                                                 \
        return VCPU_NEXT;                                                      \
    }
SHA1(sha1c, choose)
SHA1(sha1p, parity)
SHA1(sha1m, majority)

HELPER_OF(sha1h)
{
    struct aarch64_vector *d = vector(cpu, op->d);

    d->d[0] = rotate_left(vector(cpu, op->a)->s[0], 30);
    d->d[1] = 0;
    return VCPU_NEXT;
}

HELPER_OF(sha1su0)
{
    const struct aarch64_vector d = *vector(cpu, op->d);
    const struct aarch64_vector n = *vector(cpu, op->a);
    const struct aarch64_vector m = *vector(cpu, op->b);
    struct aarch64_vector *result = vector(cpu, op->d);

    result->d[0] = d.d[0] ^ d.d[1] ^ m.d[0];
    result->d[1] = d.d[1] ^ n.d[0] ^ m.d[1];
    return VCPU_NEXT;
}

HELPER_OF(sha1su1)
{
    struct aarch64_vector *d = vector(cpu, op->d);
    const struct aarch64_vector n = *vector(cpu, op->a);
    struct aarch64_vector t;

    t.s[0] = rotate_left(d->s[0] ^ n.s[1], 1);
    t.s[1] = rotate_left(d->s[1] ^ n.s[2], 1);
    t.s[2] = rotate_left(d->s[2] ^ n.s[3], 1);
    t.s[3] = rotate_left(d->s[3], 1) ^ rotate_left(t.s[0], 1);
    *d = t;
    return VCPU_NEXT;
}

/* ---- SHA-256 ------------------------------------------------------------- */

/* Four rounds on the halves x (a to d) and y (e to h) of the state. */
static void sha256_rounds(struct aarch64_vector *x, struct aarch64_vector *y,
                          const struct aarch64_vector *w)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t sigma0 = rotate_right(x->s[0], 2) ^ rotate_right(x->s[0], 13) ^
                          rotate_right(x->s[0], 22);
        uint32_t sigma1 = rotate_right(y->s[0], 6) ^ rotate_right(y->s[0], 11) ^
                          rotate_right(y->s[0], 25);
        uint32_t t =
            y->s[3] + sigma1 + choose(y->s[0], y->s[1], y->s[2]) + w->s[i];
        uint32_t e = t + x->s[3];
        uint32_t a = t + sigma0 + majority(x->s[0], x->s[1], x->s[2]);

        for (unsigned j = 3; j > 0; j--) {
            x->s[j] = x->s[j - 1];
            y->s[j] = y->s[j - 1];
        }
        x->s[0] = a;
        y->s[0] = e;
    }
}

HELPER_OF(sha256h)
{
    struct aarch64_vector x = *vector(cpu, op->d), y = *vector(cpu, op->a);

    sha256_rounds(&x, &y, vector(cpu, op->b));
    *vector(cpu, op->d) = x;
    return VCPU_NEXT;
}

HELPER_OF(sha256h2)
{
    struct aarch64_vector x = *vector(cpu, op->a), y = *vector(cpu, op->d);

    sha256_rounds(&x, &y, vector(cpu, op->b));
    *vector(cpu, op->d) = y;
    return VCPU_NEXT;
}

HELPER_OF(sha256su0)
{
    struct aarch64_vector d = *vector(cpu, op->d);
    const struct aarch64_vector n = *vector(cpu, op->a);

    for (unsigned i = 0; i < 4; i++) {
        uint32_t t = i < 3 ? d.s[i + 1] : n.s[0];

        vector(cpu, op->d)->s[i] =
            d.s[i] + (rotate_right(t, 7) ^ rotate_right(t, 18) ^ t >> 3);
    }
    return VCPU_NEXT;
}

HELPER_OF(sha256su1)
{
    const struct aarch64_vector d = *vector(cpu, op->d);
    const struct aarch64_vector n = *vector(cpu, op->a);
    const struct aarch64_vector m = *vector(cpu, op->b);
    struct aarch64_vector result;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t t = i < 2 ? m.s[i + 2] : result.s[i - 2];
        uint32_t then = i < 3 ? n.s[i + 1] : m.s[0];

        result.s[i] = d.s[i] + then +
                      (rotate_right(t, 17) ^ rotate_right(t, 19) ^ t >> 10);
    }
    *vector(cpu, op->d) = result;
    return VCPU_NEXT;
}
