/* SPDX-License-Identifier: Apache-2.0 */
/* Work on which programs that people run spend their time in: big numbers, a
 * decoder of variable-length codes, a sort that calls back into another page.
 */
#include "guest/bench/kernels.h"

/* ---- Big numbers --------------------------------------------------------- */

/* to += from * factor, of four limbs at a time; returns the carry. Products and
 * sums take turns, as in the libraries. */
static uint64_t add_product(uint64_t *to, const uint64_t *from, size_t limbs,
                            uint64_t factor)
{
    uint64_t carry = 0;

    __asm__ volatile(
        "1: ldp x4, x5, [%1], #16\n"
        "ldp x6, x7, [%1], #16\n"
        "ldp x8, x9, [%0]\n"
        "ldp x10, x11, [%0, #16]\n"
        "mul x12, x4, %3\n"
        "adds x8, x8, x12\n"
        "mul x13, x5, %3\n"
        "umulh x4, x4, %3\n"
        "adcs x9, x9, x13\n"
        "mul x12, x6, %3\n"
        "umulh x5, x5, %3\n"
        "adcs x10, x10, x12\n"
        "mul x13, x7, %3\n"
        "umulh x6, x6, %3\n"
        "adcs x11, x11, x13\n"
        "umulh x7, x7, %3\n"
        "adc x7, x7, xzr\n"
        "adds x8, x8, %4\n"
        "adcs x9, x9, x4\n"
        "stp x8, x9, [%0], #16\n"
        "adcs x10, x10, x5\n"
        "adcs x11, x11, x6\n"
        "sub %2, %2, #4\n"
        "stp x10, x11, [%0], #16\n"
        "adc %4, x7, xzr\n"
        "cbnz %2, 1b\n"
        : "+r"(to), "+r"(from), "+r"(limbs), "+r"(factor), "+r"(carry)
        :
        : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "cc",
          "memory");
    return carry;
}

/* to -= from, of `limbs` limbs; returns 1 if nothing was borrowed. The carry
 * lives from one turn to the next. */
static uint64_t subtract(uint64_t *to, const uint64_t *from, size_t limbs)
{
    uint64_t kept = 0;

    __asm__ volatile(
        "cmp xzr, xzr\n"
        "1: ldp x4, x5, [%1], #16\n"
        "ldp x8, x9, [%0]\n"
        "sbcs x8, x8, x4\n"
        "sbcs x9, x9, x5\n"
        "stp x8, x9, [%0], #16\n"
        "sub %2, %2, #2\n"
        "cbnz %2, 1b\n"
        "cset %3, cs\n"
        : "+r"(to), "+r"(from), "+r"(limbs), "+r"(kept)
        :
        : "x4", "x5", "x8", "x9", "cc", "memory");
    return kept;
}

uint64_t big_numbers(uint64_t turns)
{
    enum { MOST = 64 };
    uint64_t *a = (uint64_t *)SCRATCH;
    uint64_t *b = a + MOST;
    uint64_t *product = b + MOST;
    uint64_t sum = 0;

    for (unsigned i = 0; i < 2 * MOST; i++) {
        a[i] = (i + 1) * 0x9e3779b97f4a7c15u;
    }
    while (turns-- > 0) {
        for (size_t limbs = 4; limbs <= MOST; limbs *= 4) {
            for (size_t i = 0; i < 2 * limbs; i++) {
                product[i] = turns;
            }
            for (size_t i = 0; i < limbs; i++) {
                product[limbs + i] += add_product(product + i, a, limbs, b[i]);
            }
            sum += subtract(product, b, limbs) + product[limbs];
        }
    }
    return sum;
}

/* ---- Variable-length codes ----------------------------------------------- */

/* Codes of 3 to 9 bits for 64 symbols; above 48 they repeat earlier output. */
uint64_t variable_codes(uint64_t turns)
{
    enum { BITS = 9, INPUT = 4096, OUTPUT = 16384 };
    uint16_t *table = (uint16_t *)SCRATCH;
    uint8_t *input = SCRATCH + 0x1000;
    uint8_t *output = SCRATCH + 0x4000;
    uint32_t x = 77;

    for (unsigned i = 0; i < 1 << BITS; i++) {
        unsigned length = 3 + (unsigned)__builtin_ctz(i | 64);

        table[i] = (uint16_t)(length << 8 | (i * 37 >> 3 & 63));
    }
    for (unsigned i = 0; i < INPUT + 8; i++) {
        input[i] = (uint8_t)(x = next(x));
    }
    while (turns-- > 0) {
        const uint8_t *at = input;
        uint8_t *to = output + 64;
        uint64_t held = 0;
        unsigned count = 0;

        while (at < input + INPUT && to < output + OUTPUT) {
            while (count <= 24) {
                held |= (uint64_t)*at++ << count;
                count += 8;
            }
            unsigned entry = table[held & ((1 << BITS) - 1)];
            held >>= entry >> 8;
            count -= entry >> 8;
            if ((entry & 63) < 48) {
                *to++ = (uint8_t)entry;
                continue;
            }
            const uint8_t *from = to - 1 - (held & 31);
            for (unsigned length = 3 + (entry & 15); length > 0; length--) {
                *to++ = *from++;
            }
        }
        x += to[-1] + (uint32_t)(to - output);
    }
    return x;
}

/* ---- Calls into other pages ---------------------------------------------- */

#define IN_A_PAGE __attribute__((noinline, aligned(4096)))

static IN_A_PAGE uint32_t key_of(const uint32_t *word)
{
    return *word >> 3;
}

static IN_A_PAGE int compare_words(const void *a, const void *b)
{
    uint32_t left = key_of(a);
    uint32_t right = key_of(b);

    return (left > right) - (left < right);
}

static IN_A_PAGE void sort_words(uint32_t *words, unsigned count,
                                 int (*compare)(const void *, const void *))
{
    for (unsigned gap = count / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < count; i++) {
            uint32_t value = words[i];
            unsigned k = i;

            for (; k >= gap && compare(&words[k - gap], &value) > 0; k -= gap) {
                words[k] = words[k - gap];
            }
            words[k] = value;
        }
    }
}

uint64_t sort_by_callback(uint64_t turns)
{
    enum { COUNT = 256 };
    uint32_t *words = (uint32_t *)SCRATCH;
    uint32_t x = 99;

    while (turns-- > 0) {
        for (unsigned i = 0; i < COUNT; i++) {
            words[i] = x = next(x);
        }
        sort_words(words, COUNT, compare_words);
    }
    return words[COUNT / 2];
}
