/* SPDX-License-Identifier: Apache-2.0 */
/* Fuses and straps: who writes them, and until when. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"
#include "tests/told.h"

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_soc_init(soc, 0x0101))

TEST_ON(fuses_are_written_by_their_user_and_only_before_done, soc)
{
    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, FUSE_USER, TEST_USER);
    soc_write(soc, FUSE_LOCK, 1);
    soc_write(soc, FUSE_USER, TEST_OTHER_USER);
    EXPECT_EQ(soc_read(soc, FUSE_USER), TEST_USER);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER,
                  FUSE_VENDOR_HASH, 1);
    EXPECT(soc->refused);
    test_read_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER,
                 FUSE_VENDOR_HASH);
    EXPECT(soc->refused);
    soc_write(soc, FUSE_VENDOR_HASH, 2);
    EXPECT(!soc->refused);
    core_write(soc, FUSE_VENDOR_HASH, 3);
    EXPECT_EQ(soc_read(soc, FUSE_VENDOR_HASH), 2);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    soc_write(soc, FUSE_VENDOR_HASH, 4);
    EXPECT_EQ(core_read(soc, FUSE_VENDOR_HASH), 2);
    soc_write(soc, TEST_FUSE_WR_DONE, 0);
    EXPECT_EQ(soc_read(soc, TEST_FUSE_WR_DONE), 1);
}

TEST(keys_that_fuses_lock_are_told_for_each_generation)
{
    static const struct {
        uint32_t generation, vendor, owner, state;
    } cases[] = {
        {0x0101, 0x250, 0x284, 4},
        {0x0200, 0x260, 0x140, 5},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        OWNED(told_fini) struct told told;

        test_case("generation 0x%x", cases[i].generation);
        test_soc_init(&soc, cases[i].generation);
        test_power(&soc, cases[i].state);
        for (uint32_t word = 0; word < 12; word++) {
            soc_write(&soc, cases[i].vendor + 4 * word, 0x10 + word);
            soc_write(&soc, cases[i].owner + 4 * word, 0x20 + word);
        }
        told_init(&told, soc.soc_ifc);
        soc_write(&soc, TEST_FUSE_WR_DONE, 0);
        soc_write(&soc, TEST_FUSE_WR_DONE, 1);
        soc_write(&soc, TEST_FUSE_WR_DONE, 1);
        EXPECT_TOLD(&told,
                    i == 0 ? "ready_for_fuses = 0\n"
                             "fact FUSES_LOCKED\n"
                             "fact VENDOR_KEYS_LOCKED "
                             "0000001000000011000000120000001300000014000000150"
                             "00000160000001700000018000000190000001a0000001b\n"
                             "fact OWNER_KEYS_LOCKED "
                             "0000002000000021000000220000002300000024000000250"
                             "00000260000002700000028000000290000002a0000002b\n"
                             "fact CORE_RELEASED 0x0 0x1\n"
                             "reset_core = 0\n"
                           : "ready_for_fuses = 0\n"
                             "fact FUSES_LOCKED\n"
                             "fact VENDOR_KEYS_LOCKED "
                             "0000001000000011000000120000001300000014000000150"
                             "00000160000001700000018000000190000001a0000001b\n"
                             "fact OWNER_KEYS_LOCKED "
                             "0000002000000021000000220000002300000024000000250"
                             "00000260000002700000028000000290000002a0000002b\n"
                             "fact CORE_RELEASED 0x1 0x1\n"
                             "reset_core = 0\n");
    }
}

TEST_BEGINS(straps_of_generation_2_are_the_socs_until_fuses_are_done, soc)
{
    test_soc_init(soc, 0x0200);
    test_power(soc, TEST_PRODUCTION);
    for (uint32_t i = 0; i < 44; i++) {
        soc_write(soc, 0x500 + 4 * i, 0x100 + i);
    }
    core_write(soc, 0x500, 1);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    soc_write(soc, 0x500, 1);
    for (uint32_t i = 0; i < 44; i++) {
        EXPECT_EQ(core_read(soc, 0x500 + 4 * i), 0x100 + i);
    }
}

TEST_BEGINS(capabilities_of_generation_2_stay_as_they_were_locked, soc)
{
    static const uint32_t registers[][3] = {
        {0x128, 2,  0x130},
        {0x140, 12, 0x170},
    };

    test_soc_init(soc, 0x0200);
    test_power(soc, TEST_PRODUCTION);
    for (size_t r = 0; r < ARRAY_SIZE(registers); r++) {
        for (uint32_t i = 0; i < registers[r][1]; i++) {
            soc_write(soc, registers[r][0] + 4 * i, 0x10 + i);
        }
        soc_write(soc, registers[r][2], 1);
        for (uint32_t i = 0; i < registers[r][1]; i++) {
            test_case("register 0x%x", registers[r][0] + 4 * i);
            soc_write(soc, registers[r][0] + 4 * i, 5);
            EXPECT_EQ(soc_read(soc, registers[r][0] + 4 * i), 0x10 + i);
        }
    }
}

/* The word behind a hash is of something else. */
TEST_ON(a_hash_of_zeros_is_none, soc)
{
    OWNED(told_fini) struct told told;

    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, FUSE_VENDOR_HASH + 4 * 12, 0xf);
    told_init(&told, soc->soc_ifc);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT(strstr(buffer_text(&told.text), "fact VENDOR_KEYS_NONE\n") != NULL);
}
