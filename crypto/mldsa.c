/* SPDX-License-Identifier: Apache-2.0 */
/* Key generation, signing and verification with the algorithm numbers of FIPS
 * 204. */
#include "crypto/mldsa.h"

#include <string.h>

#include "crypto/mldsa_poly.h"

/* FIPS 204, table 1, and the sizes of packed polynomials. */
enum {
    K = 8,
    L = 7,
    D = 13,
    ETA = 2,
    GAMMA1 = 1 << 19,
    GAMMA2 = (MLDSA_Q - 1) / 32,
    BETA = 120,
    OMEGA = 75,
    HIGH_LIMIT = 16,
    T1_BITS = 10,
    T1_BYTES = 32 * T1_BITS,
    SHORT_BITS = 3,
    SHORT_BYTES = 32 * SHORT_BITS,
    T0_BYTES = 32 * D,
    Z_BITS = 20,
    Z_BYTES = 32 * Z_BITS,
    W1_BITS = 4,
    W1_BYTES = 32 * W1_BITS,
};

/* Where the parts of a private key begin: rho, K, tr, s1, s2, t0. */
enum {
    PRIVATE_K = 32,
    PRIVATE_TR = 64,
    PRIVATE_S1 = 128,
    PRIVATE_S2 = PRIVATE_S1 + L * SHORT_BYTES,
    PRIVATE_T0 = PRIVATE_S2 + K * SHORT_BYTES,
};

struct matrix {
    struct mldsa_poly at[K][L];
};

struct challenge_input {
    const uint8_t *mu;
    struct mldsa_poly w1[K];
};

static void expand_matrix(struct matrix *a, const uint8_t rho[32])
{
    for (unsigned row = 0; row < K; row++) {
        for (unsigned column = 0; column < L; column++) {
            mldsa_sample_uniform(&a->at[row][column], rho, row, column);
        }
    }
}

/* to = A * v, transformed like v. */
static void multiply_row(struct mldsa_poly *to, const struct matrix *a,
                         unsigned row, const struct mldsa_poly v[L])
{
    memset(to, 0, sizeof(*to));
    for (int column = 0; column < L; column++) {
        mldsa_multiply_add(to, &a->at[row][column], &v[column]);
    }
}

/* to = c * v for transformed factors. */
static void multiply(struct mldsa_poly *to, const struct mldsa_poly *c,
                     const struct mldsa_poly *v)
{
    memset(to, 0, sizeof(*to));
    mldsa_multiply_add(to, c, v);
    mldsa_inverse_ntt(to);
}

/* ---- Keys ---------------------------------------------------------------- */

/* Algorithm 35: t to high part t1 and centred low part t0. */
static void power_2_round(const struct mldsa_poly *t, struct mldsa_poly *t1,
                          struct mldsa_poly *t0)
{
    for (int i = 0; i < MLDSA_N; i++) {
        uint32_t high = (t->at[i] + (1 << (D - 1)) - 1) >> D;

        t1->at[i] = high;
        t0->at[i] = (t->at[i] + MLDSA_Q - (high << D)) % MLDSA_Q;
    }
}

void mldsa87_keygen(const uint8_t seed[MLDSA87_SEED_BYTES],
                    uint8_t public[MLDSA87_PUBLIC_BYTES],
                    uint8_t private[MLDSA87_PRIVATE_BYTES])
{
    uint8_t input[MLDSA87_SEED_BYTES + 2], expanded[128];
    struct matrix a;
    struct mldsa_poly s1[L];

    memcpy(input, seed, MLDSA87_SEED_BYTES);
    input[MLDSA87_SEED_BYTES] = K;
    input[MLDSA87_SEED_BYTES + 1] = L;
    shake256(input, sizeof(input), expanded, sizeof(expanded));
    memcpy(public, expanded, 32);
    memcpy(private, expanded, 32);
    memcpy(private + PRIVATE_K, expanded + 96, 32);
    expand_matrix(&a, expanded);
    for (unsigned i = 0; i < L; i++) {
        mldsa_sample_short(&s1[i], expanded + 32, i);
        mldsa_pack_below(private + PRIVATE_S1 + (size_t)i * SHORT_BYTES, &s1[i],
                         SHORT_BITS, ETA);
        mldsa_ntt(&s1[i]);
    }
    for (unsigned i = 0; i < K; i++) {
        struct mldsa_poly t, s2, t1, t0;

        mldsa_sample_short(&s2, expanded + 32, L + i);
        mldsa_pack_below(private + PRIVATE_S2 + (size_t)i * SHORT_BYTES, &s2,
                         SHORT_BITS, ETA);
        multiply_row(&t, &a, i, s1);
        mldsa_inverse_ntt(&t);
        mldsa_add(&t, &s2);
        power_2_round(&t, &t1, &t0);
        mldsa_pack(public + 32 + (size_t)i * T1_BYTES, &t1, T1_BITS);
        mldsa_pack_below(private + PRIVATE_T0 + (size_t)i * T0_BYTES, &t0, D,
                         1 << (D - 1));
    }
    shake256(public, MLDSA87_PUBLIC_BYTES, private + PRIVATE_TR, 64);
}

/* ---- The digest that is signed ------------------------------------------- */

static void begin(struct keccak *keccak, const uint8_t tr[64])
{
    static const uint8_t pure_without_context[2];

    keccak_start(keccak, SHAKE256_RATE);
    keccak_absorb(keccak, tr, 64);
    keccak_absorb(keccak, pure_without_context, sizeof(pure_without_context));
}

void mldsa87_begin_private(struct keccak *keccak,
                           const uint8_t private[MLDSA87_PRIVATE_BYTES])
{
    begin(keccak, private + PRIVATE_TR);
}

void mldsa87_begin_public(struct keccak *keccak,
                          const uint8_t public[MLDSA87_PUBLIC_BYTES])
{
    uint8_t tr[64];

    shake256(public, MLDSA87_PUBLIC_BYTES, tr, sizeof(tr));
    begin(keccak, tr);
}

void mldsa87_end(struct keccak *keccak, uint8_t mu[MLDSA87_MU_BYTES])
{
    keccak_finish(keccak, KECCAK_SHAKE);
    keccak_squeeze(keccak, mu, MLDSA87_MU_BYTES);
}

static void commit(const struct challenge_input *input,
                   uint8_t commitment[MLDSA87_COMMITMENT_BYTES])
{
    struct keccak keccak;

    keccak_start(&keccak, SHAKE256_RATE);
    keccak_absorb(&keccak, input->mu, MLDSA87_MU_BYTES);
    for (int i = 0; i < K; i++) {
        uint8_t packed[W1_BYTES];

        mldsa_pack(packed, &input->w1[i], W1_BITS);
        keccak_absorb(&keccak, packed, sizeof(packed));
    }
    keccak_finish(&keccak, KECCAK_SHAKE);
    keccak_squeeze(&keccak, commitment, MLDSA87_COMMITMENT_BYTES);
}

/* ---- Signing ------------------------------------------------------------- */

struct signer {
    struct matrix a;
    struct mldsa_poly s1[L]; /* transformed, as the next two */
    struct mldsa_poly s2[K];
    struct mldsa_poly t0[K];
    struct mldsa_poly y[L];
    struct mldsa_poly w[K];
    struct challenge_input input;
    struct mldsa_poly challenge; /* transformed */
    uint8_t seed[64];
};

static void unpack_private(struct signer *signer, const uint8_t *private)
{
    expand_matrix(&signer->a, private);
    for (size_t i = 0; i < L; i++) {
        mldsa_unpack_below(&signer->s1[i],
                           private + PRIVATE_S1 + i * SHORT_BYTES, SHORT_BITS,
                           ETA);
        mldsa_ntt(&signer->s1[i]);
    }
    for (size_t i = 0; i < K; i++) {
        mldsa_unpack_below(&signer->s2[i],
                           private + PRIVATE_S2 + i * SHORT_BYTES, SHORT_BITS,
                           ETA);
        mldsa_unpack_below(&signer->t0[i], private + PRIVATE_T0 + i * T0_BYTES,
                           D, 1 << (D - 1));
        mldsa_ntt(&signer->s2[i]);
        mldsa_ntt(&signer->t0[i]);
    }
}

static void draw_commitment(struct signer *signer, unsigned nonce,
                            uint8_t *commitment)
{
    struct mldsa_poly transformed[L];
    int32_t low;

    for (unsigned i = 0; i < L; i++) {
        mldsa_sample_mask(&signer->y[i], signer->seed, nonce + i);
        transformed[i] = signer->y[i];
        mldsa_ntt(&transformed[i]);
    }
    for (unsigned i = 0; i < K; i++) {
        multiply_row(&signer->w[i], &signer->a, i, transformed);
        mldsa_inverse_ntt(&signer->w[i]);
        for (int j = 0; j < MLDSA_N; j++) {
            signer->input.w1[i].at[j] =
                mldsa_decompose(signer->w[i].at[j], &low);
        }
    }
    commit(&signer->input, commitment);
    mldsa_sample_challenge(&signer->challenge, commitment);
    mldsa_ntt(&signer->challenge);
}

/* z = y + c * s1, packed; false if it would leak s1. */
static bool answer(const struct signer *signer, uint8_t *packed)
{
    for (size_t i = 0; i < L; i++) {
        struct mldsa_poly z;

        multiply(&z, &signer->challenge, &signer->s1[i]);
        mldsa_add(&z, &signer->y[i]);
        if (mldsa_norm(&z) >= GAMMA1 - BETA) {
            return false;
        }
        mldsa_pack_below(packed + i * Z_BYTES, &z, Z_BITS, GAMMA1);
    }
    return true;
}

static bool low_parts_are_small(const struct mldsa_poly *poly)
{
    for (int i = 0; i < MLDSA_N; i++) {
        int32_t low;

        mldsa_decompose(poly->at[i], &low);
        if (low >= GAMMA2 - BETA || low <= BETA - GAMMA2) {
            return false;
        }
    }
    return true;
}

/* Algorithms 39 and 20 for one row: where adding c * t0 changes the high part.
 * The count of hints so far, or above OMEGA. */
static unsigned pack_hints(const struct mldsa_poly *without,
                           const struct mldsa_poly *with, uint8_t *hints,
                           unsigned count)
{
    int32_t low;

    for (unsigned i = 0; i < MLDSA_N; i++) {
        if (mldsa_decompose(without->at[i], &low) !=
            mldsa_decompose(with->at[i], &low)) {
            if (count < OMEGA) {
                hints[count] = (uint8_t)i;
            }
            count++;
        }
    }
    return count;
}

static bool hint(const struct signer *signer, uint8_t *hints)
{
    unsigned count = 0;

    memset(hints, 0, OMEGA + K);
    for (int i = 0; i < K; i++) {
        struct mldsa_poly product, without, with;

        multiply(&product, &signer->challenge, &signer->s2[i]);
        without = signer->w[i];
        mldsa_subtract(&without, &product);
        multiply(&product, &signer->challenge, &signer->t0[i]);
        with = without;
        mldsa_add(&with, &product);
        if (!low_parts_are_small(&without) || mldsa_norm(&product) >= GAMMA2) {
            return false;
        }
        count = pack_hints(&without, &with, hints, count);
        if (count > OMEGA) {
            return false;
        }
        hints[OMEGA + i] = (uint8_t)count;
    }
    return true;
}

void mldsa87_sign_mu(const uint8_t private[MLDSA87_PRIVATE_BYTES],
                     const uint8_t mu[MLDSA87_MU_BYTES],
                     const uint8_t random[MLDSA87_RANDOM_BYTES],
                     uint8_t signature[MLDSA87_SIGNATURE_BYTES])
{
    struct signer signer;
    struct keccak keccak;
    uint8_t *z = signature + MLDSA87_COMMITMENT_BYTES;
    unsigned nonce = 0;

    unpack_private(&signer, private);
    signer.input.mu = mu;
    keccak_start(&keccak, SHAKE256_RATE);
    keccak_absorb(&keccak, private + PRIVATE_K, 32);
    keccak_absorb(&keccak, random, MLDSA87_RANDOM_BYTES);
    keccak_absorb(&keccak, mu, MLDSA87_MU_BYTES);
    keccak_finish(&keccak, KECCAK_SHAKE);
    keccak_squeeze(&keccak, signer.seed, sizeof(signer.seed));
    do {
        draw_commitment(&signer, nonce, signature);
        nonce += L;
    } while (!answer(&signer, z) || !hint(&signer, z + (size_t)L * Z_BYTES));
}

/* ---- Verification -------------------------------------------------------- */

/* Algorithm 21: row i's hints; false unless indices rise and the rest is
 * zero. */
static bool unpack_hints(const uint8_t *hints, unsigned row, bool set[MLDSA_N])
{
    unsigned first = row == 0 ? 0 : hints[OMEGA + row - 1];
    unsigned end = hints[OMEGA + row];

    memset(set, 0, MLDSA_N * sizeof(*set));
    if (end < first || end > OMEGA) {
        return false;
    }
    for (unsigned i = first; i < end; i++) {
        if (i > first && hints[i] <= hints[i - 1]) {
            return false;
        }
        set[hints[i]] = true;
    }
    for (unsigned i = end; row == K - 1 && i < OMEGA; i++) {
        if (hints[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Algorithm 40. */
static uint32_t use_hint(uint32_t coefficient, bool hinted)
{
    int32_t low;
    uint32_t high = mldsa_decompose(coefficient, &low);

    if (!hinted) {
        return high;
    }
    return (low > 0 ? high + 1 : high + HIGH_LIMIT - 1) % HIGH_LIMIT;
}

/* One row of A * z - c * t1 * 2^d, not transformed. */
static void approximate(struct mldsa_poly *w, const struct mldsa_poly z[L],
                        const struct mldsa_poly *challenge,
                        const uint8_t *public, unsigned row)
{
    struct mldsa_poly entry, t1, product = {{0}};

    memset(w, 0, sizeof(*w));
    for (unsigned column = 0; column < L; column++) {
        mldsa_sample_uniform(&entry, public, row, column);
        mldsa_multiply_add(w, &entry, &z[column]);
    }
    mldsa_unpack(&t1, public + 32 + (size_t)row * T1_BYTES, T1_BITS);
    for (int i = 0; i < MLDSA_N; i++) {
        t1.at[i] <<= D;
    }
    mldsa_ntt(&t1);
    mldsa_multiply_add(&product, challenge, &t1);
    mldsa_subtract(w, &product);
    mldsa_inverse_ntt(w);
}

static bool unpack_z(struct mldsa_poly z[L], const uint8_t *packed)
{
    for (size_t i = 0; i < L; i++) {
        mldsa_unpack_below(&z[i], packed + i * Z_BYTES, Z_BITS, GAMMA1);
        if (mldsa_norm(&z[i]) >= GAMMA1 - BETA) {
            return false;
        }
        mldsa_ntt(&z[i]);
    }
    return true;
}

bool mldsa87_commitment(const uint8_t public[MLDSA87_PUBLIC_BYTES],
                        const uint8_t mu[MLDSA87_MU_BYTES],
                        const uint8_t signature[MLDSA87_SIGNATURE_BYTES],
                        uint8_t commitment[MLDSA87_COMMITMENT_BYTES])
{
    const uint8_t *packed = signature + MLDSA87_COMMITMENT_BYTES;
    struct challenge_input input = {.mu = mu};
    struct mldsa_poly z[L], challenge;

    memset(commitment, 0, MLDSA87_COMMITMENT_BYTES);
    if (!unpack_z(z, packed)) {
        return false;
    }
    mldsa_sample_challenge(&challenge, signature);
    mldsa_ntt(&challenge);
    for (unsigned i = 0; i < K; i++) {
        bool hinted[MLDSA_N];
        struct mldsa_poly w;

        if (!unpack_hints(packed + (size_t)L * Z_BYTES, i, hinted)) {
            return false;
        }
        approximate(&w, z, &challenge, public, i);
        for (int j = 0; j < MLDSA_N; j++) {
            input.w1[i].at[j] = use_hint(w.at[j], hinted[j]);
        }
    }
    commit(&input, commitment);
    return true;
}

void mldsa87_sign(const uint8_t private[MLDSA87_PRIVATE_BYTES],
                  const void *message, size_t size,
                  const uint8_t random[MLDSA87_RANDOM_BYTES],
                  uint8_t signature[MLDSA87_SIGNATURE_BYTES])
{
    struct keccak keccak;
    uint8_t mu[MLDSA87_MU_BYTES];

    mldsa87_begin_private(&keccak, private);
    keccak_absorb(&keccak, message, size);
    mldsa87_end(&keccak, mu);
    mldsa87_sign_mu(private, mu, random, signature);
}

bool mldsa87_verify(const uint8_t public[MLDSA87_PUBLIC_BYTES],
                    const void *message, size_t size,
                    const uint8_t signature[MLDSA87_SIGNATURE_BYTES])
{
    struct keccak keccak;
    uint8_t mu[MLDSA87_MU_BYTES], commitment[MLDSA87_COMMITMENT_BYTES];

    mldsa87_begin_public(&keccak, public);
    keccak_absorb(&keccak, message, size);
    mldsa87_end(&keccak, mu);
    return mldsa87_commitment(public, mu, signature, commitment) &&
           memcmp(commitment, signature, sizeof(commitment)) == 0;
}
