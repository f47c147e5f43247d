/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <string.h>

#include "tests/harness.h"

/* Digests that the xxhsum reference program gives for XXH64. */
TEST(published_xxh64_values_hold)
{
    static const struct {
        uint64_t seed;
        const char *text;
        uint64_t hash;
    } cases[] = {
        {0, "",                                        0xef46db3751d8e999},
        {0, "a",                                       0xd24ec4f1a98c6e5b},
        {0, "abc",                                     0x44bc2cf5ad770999},
        {0, "Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%s", cases[i].text);
        EXPECT_EQ(hash64(cases[i].seed, cases[i].text, strlen(cases[i].text)),
                  cases[i].hash);
    }
}

TEST(every_byte_and_the_seed_matter)
{
    uint8_t bytes[77] = {0};
    uint64_t plain = hash64(0, bytes, sizeof(bytes));
    EXPECT(hash64(1, bytes, sizeof(bytes)) != plain);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        EXPECT(hash64(0, bytes, sizeof(bytes)) != plain);
        bytes[i] = 0;
    }
    EXPECT_EQ(hash64(0, bytes, sizeof(bytes)), plain);
}
