/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms, sampling, rounding and packing of ML-DSA's polynomials (FIPS
 * 204, 7). */
#include "crypto/mldsa_poly.h"

#include <string.h>

#include "crypto/keccak.h"

enum {
    GAMMA1 = 1 << 19,
    GAMMA2 = (MLDSA_Q - 1) / 32,
    ETA = 2,
    TAU = 60,
    MASK_BITS = 20,
    INVERSE_256 = 8347681, /* modulo q */
};

/* 1753 to the power of the bit-reversed index, modulo q (appendix B). */
static const uint32_t zetas[MLDSA_N] = {
    1,       4808194, 3765607, 3761513, 5178923, 5496691, 5234739, 5178987,
    7778734, 3542485, 2682288, 2129892, 3764867, 7375178, 557458,  7159240,
    5010068, 4317364, 2663378, 6705802, 4855975, 7946292, 676590,  7044481,
    5152541, 1714295, 2453983, 1460718, 7737789, 4795319, 2815639, 2283733,
    3602218, 3182878, 2740543, 4793971, 5269599, 2101410, 3704823, 1159875,
    394148,  928749,  1095468, 4874037, 2071829, 4361428, 3241972, 2156050,
    3415069, 1759347, 7562881, 4805951, 3756790, 6444618, 6663429, 4430364,
    5483103, 3192354, 556856,  3870317, 2917338, 1853806, 3345963, 1858416,
    3073009, 1277625, 5744944, 3852015, 4183372, 5157610, 5258977, 8106357,
    2508980, 2028118, 1937570, 4564692, 2811291, 5396636, 7270901, 4158088,
    1528066, 482649,  1148858, 5418153, 7814814, 169688,  2462444, 5046034,
    4213992, 4892034, 1987814, 5183169, 1736313, 235407,  5130263, 3258457,
    5801164, 1787943, 5989328, 6125690, 3482206, 4197502, 7080401, 6018354,
    7062739, 2461387, 3035980, 621164,  3901472, 7153756, 2925816, 3374250,
    1356448, 5604662, 2683270, 5601629, 4912752, 2312838, 7727142, 7921254,
    348812,  8052569, 1011223, 6026202, 4561790, 6458164, 6143691, 1744507,
    1753,    6444997, 5720892, 6924527, 2660408, 6600190, 8321269, 2772600,
    1182243, 87208,   636927,  4415111, 4423672, 6084020, 5095502, 4663471,
    8352605, 822541,  1009365, 5926272, 6400920, 1596822, 4423473, 4620952,
    6695264, 4969849, 2678278, 4611469, 4829411, 635956,  8129971, 5925040,
    4234153, 6607829, 2192938, 6653329, 2387513, 4768667, 8111961, 5199961,
    3747250, 2296099, 1239911, 4541938, 3195676, 2642980, 1254190, 8368000,
    2998219, 141835,  8291116, 2513018, 7025525, 613238,  7070156, 6161950,
    7921677, 6458423, 4040196, 4908348, 2039144, 6500539, 7561656, 6201452,
    6757063, 2105286, 6006015, 6346610, 586241,  7200804, 527981,  5637006,
    6903432, 1994046, 2491325, 6987258, 507927,  7192532, 7655613, 6545891,
    5346675, 8041997, 2647994, 3009748, 5767564, 4148469, 749577,  4357667,
    3980599, 2569011, 6764887, 1723229, 1665318, 2028038, 1163598, 5011144,
    3994671, 8368538, 7009900, 3020393, 3363542, 214880,  545376,  7609976,
    3105558, 7277073, 508145,  7826699, 860144,  3430436, 140244,  6866265,
    6195333, 3123762, 2358373, 6187330, 5365997, 6663603, 2926054, 7987710,
    8077412, 3531229, 4405932, 4606686, 1900052, 7598542, 1054478, 7648983,
};

static uint32_t multiply(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)a * b % MLDSA_Q);
}

static uint32_t sum(uint32_t a, uint32_t b)
{
    uint32_t total = a + b;
    return total >= MLDSA_Q ? total - MLDSA_Q : total;
}

static uint32_t difference(uint32_t a, uint32_t b)
{
    return a >= b ? a - b : a + MLDSA_Q - b;
}

int32_t mldsa_centred(uint32_t coefficient)
{
    return coefficient > MLDSA_Q / 2 ? (int32_t)coefficient - MLDSA_Q
                                     : (int32_t)coefficient;
}

uint32_t mldsa_norm(const struct mldsa_poly *poly)
{
    uint32_t norm = 0;

    for (int i = 0; i < MLDSA_N; i++) {
        uint32_t c = poly->at[i];
        uint32_t size = c > MLDSA_Q / 2 ? MLDSA_Q - c : c;

        norm = size > norm ? size : norm;
    }
    return norm;
}

void mldsa_add(struct mldsa_poly *to, const struct mldsa_poly *from)
{
    for (int i = 0; i < MLDSA_N; i++) {
        to->at[i] = sum(to->at[i], from->at[i]);
    }
}

void mldsa_subtract(struct mldsa_poly *to, const struct mldsa_poly *from)
{
    for (int i = 0; i < MLDSA_N; i++) {
        to->at[i] = difference(to->at[i], from->at[i]);
    }
}

void mldsa_ntt(struct mldsa_poly *poly)
{
    unsigned m = 0;

    for (unsigned length = MLDSA_N / 2; length >= 1; length /= 2) {
        for (unsigned start = 0; start < MLDSA_N; start += 2 * length) {
            uint32_t zeta = zetas[++m];

            for (unsigned j = start; j < start + length; j++) {
                uint32_t t = multiply(zeta, poly->at[j + length]);

                poly->at[j + length] = difference(poly->at[j], t);
                poly->at[j] = sum(poly->at[j], t);
            }
        }
    }
}

void mldsa_inverse_ntt(struct mldsa_poly *poly)
{
    unsigned m = MLDSA_N;

    for (unsigned length = 1; length < MLDSA_N; length *= 2) {
        for (unsigned start = 0; start < MLDSA_N; start += 2 * length) {
            uint32_t zeta = MLDSA_Q - zetas[--m];

            for (unsigned j = start; j < start + length; j++) {
                uint32_t t = poly->at[j];

                poly->at[j] = sum(t, poly->at[j + length]);
                poly->at[j + length] =
                    multiply(zeta, difference(t, poly->at[j + length]));
            }
        }
    }
    for (int i = 0; i < MLDSA_N; i++) {
        poly->at[i] = multiply(poly->at[i], INVERSE_256);
    }
}

void mldsa_multiply_add(struct mldsa_poly *to, const struct mldsa_poly *a,
                        const struct mldsa_poly *b)
{
    for (int i = 0; i < MLDSA_N; i++) {
        to->at[i] = sum(to->at[i], multiply(a->at[i], b->at[i]));
    }
}

/* ---- Sampling ------------------------------------------------------------ */

static void start_sampling(struct keccak *keccak, uint32_t rate,
                           const uint8_t *seed, size_t size, unsigned nonce)
{
    uint8_t tail[2] = {(uint8_t)nonce, (uint8_t)(nonce >> 8)};

    keccak_start(keccak, rate);
    keccak_absorb(keccak, seed, size);
    keccak_absorb(keccak, tail, sizeof(tail));
    keccak_finish(keccak, KECCAK_SHAKE);
}

void mldsa_sample_uniform(struct mldsa_poly *poly, const uint8_t seed[32],
                          unsigned row, unsigned column)
{
    struct keccak keccak;

    start_sampling(&keccak, SHAKE128_RATE, seed, 32, row << 8 | column);
    for (int count = 0; count < MLDSA_N;) {
        uint8_t bytes[3];
        uint32_t value;

        keccak_squeeze(&keccak, bytes, sizeof(bytes));
        value = bytes[0] | (uint32_t)bytes[1] << 8 |
                (uint32_t)(bytes[2] & 0x7f) << 16;
        if (value < MLDSA_Q) {
            poly->at[count++] = value;
        }
    }
}

void mldsa_sample_short(struct mldsa_poly *poly, const uint8_t seed[64],
                        unsigned nonce)
{
    struct keccak keccak;

    start_sampling(&keccak, SHAKE256_RATE, seed, 64, nonce);
    for (int count = 0; count < MLDSA_N;) {
        uint8_t byte;

        keccak_squeeze(&keccak, &byte, 1);
        for (int half = 0; half < 2 && count < MLDSA_N; half++) {
            uint32_t nibble = byte >> 4 * half & 0xf;

            if (nibble < 15) {
                poly->at[count++] = difference(ETA, nibble % 5);
            }
        }
    }
}

void mldsa_sample_mask(struct mldsa_poly *poly, const uint8_t seed[64],
                       unsigned nonce)
{
    struct keccak keccak;
    uint8_t bytes[MLDSA_N * MASK_BITS / 8];

    start_sampling(&keccak, SHAKE256_RATE, seed, 64, nonce);
    keccak_squeeze(&keccak, bytes, sizeof(bytes));
    mldsa_unpack_below(poly, bytes, MASK_BITS, GAMMA1);
}

void mldsa_sample_challenge(struct mldsa_poly *poly, const uint8_t seed[64])
{
    struct keccak keccak;
    uint8_t signs[8];

    keccak_start(&keccak, SHAKE256_RATE);
    keccak_absorb(&keccak, seed, 64);
    keccak_finish(&keccak, KECCAK_SHAKE);
    keccak_squeeze(&keccak, signs, sizeof(signs));
    memset(poly, 0, sizeof(*poly));
    for (int i = MLDSA_N - TAU; i < MLDSA_N; i++) {
        int bit = i - (MLDSA_N - TAU);
        uint8_t j;

        do {
            keccak_squeeze(&keccak, &j, 1);
        } while (j > i);
        poly->at[i] = poly->at[j];
        poly->at[j] = (signs[bit / 8] >> bit % 8 & 1) != 0 ? MLDSA_Q - 1 : 1;
    }
}

/* ---- Packing ------------------------------------------------------------- */

void mldsa_pack(uint8_t *bytes, const struct mldsa_poly *poly, unsigned width)
{
    uint64_t pending = 0;
    unsigned count = 0;

    for (int i = 0; i < MLDSA_N; i++) {
        pending |= (uint64_t)poly->at[i] << count;
        for (count += width; count >= 8; count -= 8) {
            *bytes++ = (uint8_t)pending;
            pending >>= 8;
        }
    }
}

void mldsa_unpack(struct mldsa_poly *poly, const uint8_t *bytes, unsigned width)
{
    uint64_t pending = 0;
    unsigned count = 0;

    for (int i = 0; i < MLDSA_N; i++) {
        for (; count < width; count += 8) {
            pending |= (uint64_t)*bytes++ << count;
        }
        poly->at[i] = (uint32_t)(pending & ((1u << width) - 1));
        pending >>= width;
        count -= width;
    }
}

void mldsa_pack_below(uint8_t *bytes, const struct mldsa_poly *poly,
                      unsigned width, uint32_t top)
{
    struct mldsa_poly below;

    for (int i = 0; i < MLDSA_N; i++) {
        below.at[i] = difference(top, poly->at[i]);
    }
    mldsa_pack(bytes, &below, width);
}

void mldsa_unpack_below(struct mldsa_poly *poly, const uint8_t *bytes,
                        unsigned width, uint32_t top)
{
    mldsa_unpack(poly, bytes, width);
    for (int i = 0; i < MLDSA_N; i++) {
        poly->at[i] = difference(top, poly->at[i]);
    }
}

uint32_t mldsa_decompose(uint32_t coefficient, int32_t *low)
{
    uint32_t high = (coefficient + GAMMA2 - 1) / (2 * GAMMA2);

    *low = (int32_t)coefficient - (int32_t)(high * 2 * GAMMA2);
    if (high == 16) {
        *low -= 1;
        return 0;
    }
    return high;
}
