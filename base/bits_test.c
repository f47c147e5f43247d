/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"
#include "base/bits.h"
#include "tests/harness.h"

TEST(bits_takes_a_field_up_to_the_whole_word)
{
    EXPECT_EQ(bits(0xdeadbeef, 31, 0), 0xdeadbeef);
    EXPECT_EQ(bits(0xdeadbeef, 31, 28), 0xd);
    EXPECT_EQ(bits(0xdeadbeef, 7, 4), 0xe);
    EXPECT_EQ(bits(0xdeadbeef, 0, 0), 1);
}

TEST(bits_differ_says_which_sets_have_a_bit_twice)
{
    EXPECT(BITS_DIFFER(1, 2, 4, 8));
    EXPECT(BITS_DIFFER(6, 8));
    EXPECT(!BITS_DIFFER(1, 2, 4, 32, 16, 32, 8));
    EXPECT(!BITS_DIFFER(6, 2));
    EXPECT(BITS_DIFFER(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096,
                       8192, 16384, 32768));
    EXPECT(!BITS_DIFFER(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096,
                        8192, 16384, 16384));
}

TEST(numbers_are_compared_as_for_qsort)
{
    EXPECT(compare_numbers(UINT64_MAX, 0) > 0);
    EXPECT(compare_numbers(0, UINT64_MAX) < 0);
    EXPECT(compare_numbers(1, 2) < 0);
    EXPECT_EQ(compare_numbers(7, 7), 0);
}

TEST(in_range_survives_overflowing_sums)
{
    EXPECT(in_range(0, 16, 16));
    EXPECT(in_range(16, 0, 16));
    EXPECT(!in_range(1, 16, 16));
    EXPECT(!in_range(17, 0, 16));
    EXPECT(!in_range(8, UINT64_MAX - 4, 16));
    EXPECT(!in_range(UINT64_MAX, 2, 16));
}

TEST(loads_and_stores_keep_byte_order)
{
    const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_EQ(load_le32(bytes), 0x04030201);
    EXPECT_EQ(load_be32(bytes), 0x01020304);
    EXPECT_EQ(load_le64(bytes), 0x0807060504030201);
    uint8_t out[8];
    store_le64(out, 0x0807060504030201);
    EXPECT_BYTES(out, bytes, 8);
    store_be32(out, 0x01020304);
    EXPECT_BYTES(out, bytes, 4);
}

TEST(is_aligned_checks_powers_of_two)
{
    EXPECT(is_aligned(gpa(8).value, 8));
    EXPECT(!is_aligned(gva(12).value, 8));
}
