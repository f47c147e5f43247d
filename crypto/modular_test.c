/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/modular.h"

#include "base/bits.h"
#include "crypto/p384.h"
#include "tests/harness.h"

static const uint8_t prime[MODULAR_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff};

static const uint8_t *const moduli[] = {prime, p384_order};

static void expect_inverse(const struct modulus *modulus,
                           const struct number *a)
{
    struct number inverse, product;

    modular_invert(&inverse, a, modulus);
    EXPECT(number_less(&inverse, &modulus->m));
    modular_multiply(&product, &inverse, a, modulus);
    EXPECT(number_equal(&product, &modulus->one));
}

/* Small and large numbers, one bit, and what squaring makes of all of them. */
TEST(a_number_times_its_inverse_is_one)
{
    for (size_t i = 0; i < ARRAY_SIZE(moduli); i++) {
        struct modulus modulus;

        modulus_init(&modulus, moduli[i]);
        for (unsigned bit = 0; bit < 64 * MODULAR_LIMBS; bit++) {
            struct number a = {{0}};
            struct number below;

            test_case("modulus %zu, bit %u", i, bit);
            a.limb[bit / 64] = (uint64_t)1 << bit % 64;
            expect_inverse(&modulus, &a);
            modular_subtract(&below, &(const struct number){{0}}, &a, &modulus);
            expect_inverse(&modulus, &below);
            for (unsigned turn = 0; turn < 8; turn++) {
                modular_multiply(&below, &below, &below, &modulus);
                modular_add(&below, &below, &a, &modulus);
                if (!number_is_zero(&below)) {
                    expect_inverse(&modulus, &below);
                }
            }
        }
    }
}

/* Digests and x coordinates are below twice the order, not below it. */
TEST(what_is_below_twice_the_modulus_is_reduced)
{
    static const struct number zero;
    static const struct number one = {{1}};
    for (size_t i = 0; i < ARRAY_SIZE(moduli); i++) {
        struct modulus modulus;
        struct number largest;
        struct number all;
        struct number r;

        test_case("modulus %zu", i);
        modulus_init(&modulus, moduli[i]);
        modular_subtract(&largest, &zero, &one, &modulus);
        modular_reduce(&r, &largest, &modulus);
        EXPECT(number_equal(&r, &largest));
        modular_reduce(&r, &modulus.m, &modulus);
        EXPECT(number_is_zero(&r));
        for (unsigned k = 0; k < MODULAR_LIMBS; k++) {
            all.limb[k] = UINT64_MAX;
        }
        /* 2^384 - 1 mod m is one less than 2^384 mod m. */
        modular_subtract(&largest, &modulus.one, &one, &modulus);
        modular_reduce(&r, &all, &modulus);
        EXPECT(number_equal(&r, &largest));
    }
}

TEST(nothing_is_the_inverse_of_nothing)
{
    static const struct number zero;
    struct modulus modulus;
    struct number inverse = {{1}};

    modulus_init(&modulus, prime);
    modular_invert(&inverse, &zero, &modulus);
    EXPECT(number_is_zero(&inverse));
}
