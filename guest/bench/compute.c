/* SPDX-License-Identifier: Apache-2.0 */
/* Benchmarks that compute. */
#include "guest/bench/kernels.h"

uint64_t nothing(uint64_t turns)
{
    return turns;
}

/* ---- Floating point ------------------------------------------------------ */

uint64_t matrix_f64(uint64_t turns)
{
    enum { N = 32 };
    double(*a)[N] = (double(*)[N])SCRATCH;
    double(*b)[N] = (double(*)[N])(SCRATCH + 0x10000);
    double total = 0;

    for (unsigned i = 0; i < N * N; i++) {
        (&a[0][0])[i] = 1.0 / (i + 3);
        (&b[0][0])[i] = 1.7 * i - 11;
    }
    while (turns-- > 0) {
        for (unsigned i = 0; i < N; i++) {
            for (unsigned k = 0; k < N; k++) {
                double sum = 0;

                for (unsigned j = 0; j < N; j++) {
                    sum += a[i][j] * b[j][k];
                }
                total += sum;
            }
        }
    }
    return (uint64_t)(int64_t)total;
}

typedef float four __attribute__((vector_size(16)));

uint64_t matrix_f32_vectors(uint64_t turns)
{
    enum { N = 32, QUADS = N / 4 };
    float(*a)[N] = (float(*)[N])SCRATCH;
    four(*b)[QUADS] = (four(*)[QUADS])(SCRATCH + 0x10000);
    four total = {0};

    for (unsigned i = 0; i < N * N; i++) {
        (&a[0][0])[i] = 1.0f / (float)(i + 3);
        ((float *)b)[i] = 1.7f * (float)i - 11;
    }
    while (turns-- > 0) {
        for (unsigned i = 0; i < N; i++) {
            for (unsigned k = 0; k < QUADS; k++) {
                four sum = {0};

                for (unsigned j = 0; j < N; j++) {
                    sum += a[i][j] * b[j][k];
                }
                total += sum;
            }
        }
    }
    return (uint64_t)(int64_t)(total[0] + total[1] + total[2] + total[3]);
}

/* ---- Digest and cipher --------------------------------------------------- */

static uint32_t rotate(uint32_t x, unsigned count)
{
    return x >> count | x << (32 - count);
}

/* FIPS 180-4, 6.2.2, with constants that are not its own: their derivation is
 * no part of what is measured. */
uint64_t sha256(uint64_t turns)
{
    uint32_t h[8];
    uint32_t k[64];
    uint32_t w[64];
    uint32_t seed = 1;

    for (unsigned i = 0; i < 64; i++) {
        k[i] = seed = next(seed);
    }
    for (unsigned i = 0; i < 8; i++) {
        h[i] = seed = next(seed);
    }
    while (turns-- > 0) {
        uint32_t v[8];

        for (unsigned i = 0; i < 16; i++) {
            w[i] = h[i & 7] + i;
        }
        for (unsigned i = 16; i < 64; i++) {
            uint32_t a = w[i - 15];
            uint32_t b = w[i - 2];

            w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
                   w[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
        }
        for (unsigned i = 0; i < 8; i++) {
            v[i] = h[i];
        }
        for (unsigned i = 0; i < 64; i++) {
            uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
            uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
            uint32_t t1 = v[7] + s1 + choice + k[i] + w[i];
            uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
            uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

            v[7] = v[6];
            v[6] = v[5];
            v[5] = v[4];
            v[4] = v[3] + t1;
            v[3] = v[2];
            v[2] = v[1];
            v[1] = v[0];
            v[0] = t1 + t2;
        }
        for (unsigned i = 0; i < 8; i++) {
            h[i] += v[i];
        }
    }
    return (uint64_t)h[0] << 32 | h[7];
}

uint64_t aes(uint64_t turns)
{
    static uint8_t keys[11][16];
    uint8_t block[16] = {1, 2, 3};
    uint64_t result = 0;

    for (unsigned i = 0; i < sizeof(keys); i++) {
        (&keys[0][0])[i] = (uint8_t)(i * 7);
    }
    aes_blocks(block, keys, turns * 100);
    for (unsigned i = 0; i < 8; i++) {
        result = result << 8 | block[i];
    }
    return result;
}

/* ---- Control ------------------------------------------------------------- */

static uint32_t __attribute__((noinline)) fib(uint32_t n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

uint64_t fibonacci(uint64_t turns)
{
    uint64_t sum = 0;

    while (turns-- > 0) {
        sum += fib(12 + (uint32_t)(turns & 1));
    }
    return sum;
}

static uint32_t __attribute__((noinline)) add_one(uint32_t x)
{
    return x + 1;
}
static uint32_t __attribute__((noinline)) times_three(uint32_t x)
{
    return x * 3;
}
static uint32_t __attribute__((noinline)) flip(uint32_t x)
{
    return x ^ 0x5555;
}
static uint32_t __attribute__((noinline)) fold(uint32_t x)
{
    return x ^ x >> 7;
}

static uint32_t (*const functions[4])(uint32_t) = {add_one, times_three, flip,
                                                   fold};

uint64_t indirect_calls(uint64_t turns)
{
    uint32_t x = 1;

    for (uint64_t i = 0; i < turns * 100; i++) {
        x = functions[(x ^ i) & 3](x);
    }
    return x;
}

/* A byte-code machine with a jump table: sums, products, counted loops. */
uint64_t bytecode(uint64_t turns)
{
    enum { PUSH, ADD, MULTIPLY, XOR, SWAP, DUPLICATE, DROP, LOOP, END };
    static const uint8_t program[] = {
        PUSH, 7, PUSH, 3,        ADD,       DUPLICATE, XOR, PUSH, 11, ADD,
        PUSH, 5, SWAP, MULTIPLY, DUPLICATE, DROP,      ADD, LOOP, END};
    static const void *const labels[] = {
        &&push,      &&add,  &&multiply, &&exclusive_or, &&swap,
        &&duplicate, &&drop, &&loop,     &&end,
    };
    uint64_t stack[32] = {1, 2, 3};
    uint64_t *top = stack + 3;
    const uint8_t *at = program;
    uint64_t count = turns * 20;

#define GO goto *labels[*at++]
    GO;
push:
    *++top = *at++;
    GO;
add:
    top--;
    top[0] += top[1];
    GO;
multiply:
    top--;
    top[0] *= top[1];
    GO;
exclusive_or:
    top--;
    top[0] ^= top[1];
    GO;
swap : {
    uint64_t other = top[0];

    top[0] = top[-1];
    top[-1] = other;
    GO;
}
duplicate:
    top[1] = top[0];
    top++;
    GO;
drop:
    top--;
    GO;
loop:
    if (--count != 0) {
        at = program;
    }
    GO;
end:
    return top[0] ^ (uint64_t)(top - stack);
#undef GO
}

uint64_t sieve(uint64_t turns)
{
    enum { SIZE = 8192 };
    uint64_t count = 0;

    while (turns-- > 0) {
        for (unsigned i = 0; i < SIZE; i++) {
            SCRATCH[i] = 1;
        }
        for (unsigned i = 2; i < SIZE; i++) {
            if (SCRATCH[i] != 0) {
                count++;
                for (unsigned k = i + i; k < SIZE; k += i) {
                    SCRATCH[k] = 0;
                }
            }
        }
    }
    return count;
}

uint64_t sort(uint64_t turns)
{
    enum { COUNT = 512 };
    uint32_t *words = (uint32_t *)SCRATCH;
    uint32_t x = 99;

    while (turns-- > 0) {
        for (unsigned i = 0; i < COUNT; i++) {
            words[i] = x = next(x);
        }
        for (unsigned gap = COUNT / 2; gap > 0; gap /= 2) {
            for (unsigned i = gap; i < COUNT; i++) {
                uint32_t value = words[i];
                unsigned k = i;

                for (; k >= gap && words[k - gap] > value; k -= gap) {
                    words[k] = words[k - gap];
                }
                words[k] = value;
            }
        }
    }
    return words[COUNT / 2];
}

uint64_t divide(uint64_t turns)
{
    uint64_t sum = 1;

    for (uint64_t i = 1; i < turns * 1000; i++) {
        sum += (sum * 31 + i) / (i | 1) + sum % i;
    }
    return sum;
}
