/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring first: polynomials of 256 coefficients modulo q, transformed to
 * pairs (FIPS 203, 4.3); then encryption under it (5), and the key
 * encapsulation around that (6). Names of variables are the standard's.
 */
#include "crypto/mlkem.h"

#include <string.h>

#include "crypto/keccak.h"

enum {
    N = 256,
    Q = 3329,
    K = 4,
    ETA = 2,
    DU = 11,
    DV = 5,
    POLY_BYTES = 12 * N / 8, /* at full width */
    VECTOR_BYTES = K * POLY_BYTES,
    SEED = 32,
    SHA3_512_RATE = 72,
    SHA3_256_RATE = 136,
};

/* Coefficients from 0 to q - 1. */
struct poly {
    uint16_t at[N];
};

struct vector {
    struct poly at[K];
};

/* ---- Hashes, 4.1 --------------------------------------------------------- */

static void digest(uint32_t rate, enum keccak_suffix suffix, const void *first,
                   size_t first_size, const void *second, size_t second_size,
                   void *out, size_t out_size)
{
    struct keccak keccak;

    keccak_start(&keccak, rate);
    keccak_absorb(&keccak, first, first_size);
    keccak_absorb(&keccak, second, second_size);
    keccak_finish(&keccak, suffix);
    keccak_squeeze(&keccak, out, out_size);
}

static void hash_g(const void *first, const void *second, size_t second_size,
                   uint8_t out[2 * SEED])
{
    digest(SHA3_512_RATE, KECCAK_SHA3, first, SEED, second, second_size, out,
           (size_t)2 * SEED);
}

static void hash_h(const uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                   uint8_t out[SEED])
{
    digest(SHA3_256_RATE, KECCAK_SHA3, encaps, MLKEM1024_ENCAPS_BYTES, NULL, 0,
           out, SEED);
}

/* ---- The ring ------------------------------------------------------------ */

/* Powers of 17, the exponent's seven bits reversed. */
static const uint16_t zetas[N / 2] = {
    1,    1729, 2580, 3289, 2642, 630,  1897, 848,  1062, 1919, 193,  797,
    2786, 3260, 569,  1746, 296,  2447, 1339, 1476, 3046, 56,   2240, 1333,
    1426, 2094, 535,  2882, 2393, 2879, 1974, 821,  289,  331,  3253, 1756,
    1197, 2304, 2277, 2055, 650,  1977, 2513, 632,  2865, 33,   1320, 1915,
    2319, 1435, 807,  452,  1438, 2868, 1534, 2402, 2647, 2617, 1481, 648,
    2474, 3110, 1227, 910,  17,   2761, 583,  2649, 1637, 723,  2288, 1100,
    1409, 2662, 3281, 233,  756,  2156, 3015, 3050, 1703, 1651, 2789, 1789,
    1847, 952,  1461, 2687, 939,  2308, 2437, 2388, 733,  2337, 268,  641,
    1584, 2298, 2037, 3220, 375,  2549, 2090, 1645, 1063, 319,  2773, 757,
    2099, 561,  2466, 2594, 2804, 1092, 403,  1026, 1143, 2150, 2775, 886,
    1722, 1212, 1874, 1029, 2110, 2935, 885,  2154,
};

static uint16_t reduce(uint32_t value)
{
    return (uint16_t)(value % Q);
}

static void add(struct poly *to, const struct poly *from)
{
    for (unsigned i = 0; i < N; i++) {
        to->at[i] = reduce((uint32_t)to->at[i] + from->at[i]);
    }
}

/* Algorithm 9. */
static void transform(struct poly *f)
{
    unsigned next = 1;

    for (unsigned size = N / 2; size >= 2; size /= 2) {
        for (unsigned start = 0; start < N; start += 2 * size) {
            uint32_t zeta = zetas[next++];

            for (unsigned i = start; i < start + size; i++) {
                uint32_t t = reduce(zeta * f->at[i + size]);

                f->at[i + size] = reduce(f->at[i] + Q - t);
                f->at[i] = reduce(f->at[i] + t);
            }
        }
    }
}

/* Algorithm 10. */
static void transform_back(struct poly *f)
{
    const uint32_t inverse_of_128 = 3303;
    unsigned next = N / 2 - 1;

    for (unsigned size = 2; size <= N / 2; size *= 2) {
        for (unsigned start = 0; start < N; start += 2 * size) {
            uint32_t zeta = zetas[next--];

            for (unsigned i = start; i < start + size; i++) {
                uint32_t t = f->at[i];

                f->at[i] = reduce(t + f->at[i + size]);
                f->at[i + size] =
                    reduce(zeta * (f->at[i + size] + Q - (uint32_t)t));
            }
        }
    }
    for (unsigned i = 0; i < N; i++) {
        f->at[i] = reduce(f->at[i] * inverse_of_128);
    }
}

/* Algorithms 11 and 12; adds the product of two that are transformed. */
static void multiply_add(struct poly *to, const struct poly *f,
                         const struct poly *g)
{
    for (unsigned i = 0; i < N; i += 2) {
        uint32_t zeta = zetas[N / 4 + i / 4];
        uint32_t gamma = i % 4 == 0 ? zeta : Q - zeta;
        uint32_t a0 = f->at[i], a1 = f->at[i + 1];
        uint32_t b0 = g->at[i], b1 = g->at[i + 1];

        to->at[i] = reduce(to->at[i] + a0 * b0 + reduce(a1 * b1) * gamma);
        to->at[i + 1] = reduce(to->at[i + 1] + a0 * b1 + a1 * b0);
    }
}

/* Algorithm 7: an entry of the matrix, which is transformed. */
static void sample_uniform(struct poly *a, const uint8_t rho[SEED],
                           unsigned column, unsigned row)
{
    const uint8_t place[2] = {(uint8_t)column, (uint8_t)row};
    struct keccak keccak;

    keccak_start(&keccak, SHAKE128_RATE);
    keccak_absorb(&keccak, rho, SEED);
    keccak_absorb(&keccak, place, sizeof(place));
    keccak_finish(&keccak, KECCAK_SHAKE);
    for (unsigned count = 0; count < N;) {
        uint8_t c[3];

        keccak_squeeze(&keccak, c, sizeof(c));
        const uint16_t d[2] = {(uint16_t)(c[0] | (c[1] & 15) << 8),
                               (uint16_t)(c[1] >> 4 | c[2] << 4)};
        for (unsigned i = 0; i < 2 && count < N; i++) {
            if (d[i] < Q) {
                a->at[count++] = d[i];
            }
        }
    }
}

/* Algorithm 8 of PRF's output: each coefficient by four bits. */
static void sample_short(struct poly *f, const uint8_t seed[SEED],
                         unsigned nonce)
{
    const uint8_t number = (uint8_t)nonce;
    uint8_t bytes[64 * ETA];

    digest(SHAKE256_RATE, KECCAK_SHAKE, seed, SEED, &number, 1, bytes,
           sizeof(bytes));
    for (unsigned i = 0; i < N; i++) {
        unsigned four = bytes[i / 2] >> i % 2 * 4 & 15;
        unsigned x = (four & 1) + (four >> 1 & 1);
        unsigned y = (four >> 2 & 1) + (four >> 3);

        f->at[i] = reduce(Q + x - y);
    }
}

/* Algorithm 5: width bits of each coefficient. */
static void encode(uint8_t *bytes, const struct poly *f, unsigned width)
{
    memset(bytes, 0, (size_t)width * N / 8);
    for (unsigned i = 0; i < N * width; i++) {
        unsigned bit = f->at[i / width] >> i % width & 1;

        bytes[i / 8] = (uint8_t)(bytes[i / 8] | bit << i % 8);
    }
}

/* Algorithm 6. */
static void decode(struct poly *f, const uint8_t *bytes, unsigned width)
{
    memset(f, 0, sizeof(*f));
    for (unsigned i = 0; i < N * width; i++) {
        unsigned bit = bytes[i / 8] >> i % 8 & 1;

        f->at[i / width] = (uint16_t)(f->at[i / width] | bit << i % width);
    }
    for (unsigned i = 0; i < N && width == 12; i++) {
        f->at[i] = reduce(f->at[i]);
    }
}

/* 4.2.1: the coefficients as multiples of q / 2^width, and back. */
static void encode_rounded(uint8_t *bytes, const struct poly *f, unsigned width)
{
    struct poly rounded;

    for (unsigned i = 0; i < N; i++) {
        uint32_t value = ((uint32_t)f->at[i] << width) + Q / 2;

        rounded.at[i] = (uint16_t)(value / Q & ((1u << width) - 1));
    }
    encode(bytes, &rounded, width);
}

static void decode_rounded(struct poly *f, const uint8_t *bytes, unsigned width)
{
    decode(f, bytes, width);
    for (unsigned i = 0; i < N; i++) {
        f->at[i] =
            (uint16_t)(((uint32_t)f->at[i] * Q + (1u << (width - 1))) >> width);
    }
}

/* ---- Vectors ------------------------------------------------------------- */

static void encode_vector(uint8_t bytes[VECTOR_BYTES], const struct vector *v)
{
    for (unsigned i = 0; i < K; i++) {
        encode(bytes + (size_t)i * POLY_BYTES, &v->at[i], 12);
    }
}

static void decode_vector(struct vector *v, const uint8_t bytes[VECTOR_BYTES])
{
    for (unsigned i = 0; i < K; i++) {
        decode(&v->at[i], bytes + (size_t)i * POLY_BYTES, 12);
    }
}

/* Transformed. */
static void sample_vector(struct vector *v, const uint8_t seed[SEED],
                          unsigned nonce)
{
    for (unsigned i = 0; i < K; i++) {
        sample_short(&v->at[i], seed, nonce + i);
        transform(&v->at[i]);
    }
}

static void inner_product(struct poly *to, const struct vector *v,
                          const struct vector *w)
{
    for (unsigned i = 0; i < K; i++) {
        multiply_add(to, &v->at[i], &w->at[i]);
    }
}

/* Adds the matrix that rho stands for, or its transpose, times v. */
static void matrix_product(struct vector *to, const uint8_t rho[SEED],
                           const struct vector *v, bool transposed)
{
    for (unsigned i = 0; i < K; i++) {
        for (unsigned j = 0; j < K; j++) {
            struct poly a;

            sample_uniform(&a, rho, transposed ? i : j, transposed ? j : i);
            multiply_add(&to->at[i], &a, &v->at[j]);
        }
    }
}

/* ---- Encryption, 5 ------------------------------------------------------- */

/* Algorithm 13. */
static void encryption_keygen(const uint8_t d[SEED],
                              uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                              uint8_t private[VECTOR_BYTES])
{
    static const uint8_t rank = K;
    uint8_t seeds[2 * SEED]; /* rho, sigma */
    struct vector s, t;

    hash_g(d, &rank, 1, seeds);
    sample_vector(&s, seeds + SEED, 0);
    sample_vector(&t, seeds + SEED, K);
    matrix_product(&t, seeds, &s, false);
    encode_vector(encaps, &t);
    memcpy(encaps + VECTOR_BYTES, seeds, SEED);
    encode_vector(private, &s);
}

/* Algorithm 14. */
static void encrypt(const uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                    const uint8_t message[MLKEM1024_MESSAGE_BYTES],
                    const uint8_t r[SEED],
                    uint8_t cipher[MLKEM1024_CIPHER_BYTES])
{
    struct vector t, y, u = {0};
    struct poly e, mu, v = {{0}};

    decode_vector(&t, encaps);
    sample_vector(&y, r, 0);
    matrix_product(&u, encaps + VECTOR_BYTES, &y, true);
    for (unsigned i = 0; i < K; i++) {
        transform_back(&u.at[i]);
        sample_short(&e, r, K + i);
        add(&u.at[i], &e);
        encode_rounded(cipher, &u.at[i], DU);
        cipher += DU * N / 8;
    }
    inner_product(&v, &t, &y);
    transform_back(&v);
    sample_short(&e, r, 2 * K);
    add(&v, &e);
    decode_rounded(&mu, message, 1);
    add(&v, &mu);
    encode_rounded(cipher, &v, DV);
}

/* Algorithm 15. */
static void decrypt(const uint8_t private[VECTOR_BYTES],
                    const uint8_t cipher[MLKEM1024_CIPHER_BYTES],
                    uint8_t message[MLKEM1024_MESSAGE_BYTES])
{
    struct vector s, u;
    struct poly v, w = {{0}};

    decode_vector(&s, private);
    for (unsigned i = 0; i < K; i++) {
        decode_rounded(&u.at[i], cipher, DU);
        transform(&u.at[i]);
        cipher += DU * N / 8;
    }
    decode_rounded(&v, cipher, DV);
    inner_product(&w, &s, &u);
    transform_back(&w);
    for (unsigned i = 0; i < N; i++) {
        w.at[i] = reduce((uint32_t)v.at[i] + Q - w.at[i]);
    }
    encode_rounded(message, &w, 1);
}

/* ---- Encapsulation, 6 and 7 ---------------------------------------------- */

/* Where a decapsulation key has its parts. */
enum {
    DECAPS_ENCAPS = VECTOR_BYTES,
    DECAPS_HASH = DECAPS_ENCAPS + MLKEM1024_ENCAPS_BYTES,
    DECAPS_Z = DECAPS_HASH + SEED,
};

void mlkem1024_keygen(const uint8_t d[MLKEM1024_SEED_BYTES],
                      const uint8_t z[MLKEM1024_SEED_BYTES],
                      uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                      uint8_t decaps[MLKEM1024_DECAPS_BYTES])
{
    encryption_keygen(d, encaps, decaps);
    memcpy(decaps + DECAPS_ENCAPS, encaps, MLKEM1024_ENCAPS_BYTES);
    hash_h(encaps, decaps + DECAPS_HASH);
    memcpy(decaps + DECAPS_Z, z, SEED);
}

bool mlkem1024_is_encaps(const uint8_t encaps[MLKEM1024_ENCAPS_BYTES])
{
    uint8_t again[VECTOR_BYTES];
    struct vector t;

    decode_vector(&t, encaps);
    encode_vector(again, &t);
    return memcmp(again, encaps, sizeof(again)) == 0;
}

bool mlkem1024_is_decaps(const uint8_t decaps[MLKEM1024_DECAPS_BYTES])
{
    uint8_t hash[SEED];

    hash_h(decaps + DECAPS_ENCAPS, hash);
    return memcmp(hash, decaps + DECAPS_HASH, sizeof(hash)) == 0;
}

void mlkem1024_encaps(const uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                      const uint8_t message[MLKEM1024_MESSAGE_BYTES],
                      uint8_t cipher[MLKEM1024_CIPHER_BYTES],
                      uint8_t shared[MLKEM1024_SHARED_BYTES])
{
    uint8_t hash[SEED], keys[2 * SEED]; /* the shared one, and r */

    hash_h(encaps, hash);
    hash_g(message, hash, sizeof(hash), keys);
    encrypt(encaps, message, keys + SEED, cipher);
    memcpy(shared, keys, MLKEM1024_SHARED_BYTES);
}

void mlkem1024_decaps(const uint8_t decaps[MLKEM1024_DECAPS_BYTES],
                      const uint8_t cipher[MLKEM1024_CIPHER_BYTES],
                      uint8_t shared[MLKEM1024_SHARED_BYTES])
{
    uint8_t message[MLKEM1024_MESSAGE_BYTES], keys[2 * SEED];
    uint8_t again[MLKEM1024_CIPHER_BYTES];

    decrypt(decaps, cipher, message);
    hash_g(message, decaps + DECAPS_HASH, SEED, keys);
    encrypt(decaps + DECAPS_ENCAPS, message, keys + SEED, again);
    memcpy(shared, keys, MLKEM1024_SHARED_BYTES);
    if (memcmp(again, cipher, sizeof(again)) != 0) {
        digest(SHAKE256_RATE, KECCAK_SHAKE, decaps + DECAPS_Z, SEED, cipher,
               MLKEM1024_CIPHER_BYTES, shared, MLKEM1024_SHARED_BYTES);
    }
}
