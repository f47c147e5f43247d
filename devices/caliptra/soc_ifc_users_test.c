/* SPDX-License-Identifier: Apache-2.0 */
/* Users of the mailbox, of random numbers and of fuses. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"
#include "tests/told.h"

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_boot(soc, 0x0101))

TEST_ON(random_numbers_come_from_their_user_while_they_are_asked_for, soc)
{
    soc_write(soc, TRNG_USER, TEST_USER);
    soc_write(soc, TRNG_LOCK, 1);
    soc_write(soc, TRNG_STATUS, 2);
    EXPECT_EQ(core_read(soc, TRNG_STATUS), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "trng_req"), 0);
    core_write(soc, TRNG_STATUS, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "trng_req"), 1);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA, 9);
    EXPECT_EQ(core_read(soc, TRNG_DATA), 0);
    soc_write(soc, TRNG_DATA, 7);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_STATUS, 2);
    EXPECT_EQ(core_read(soc, TRNG_STATUS), 1);
    soc_write(soc, TRNG_STATUS, 2);
    EXPECT_EQ(core_read(soc, TRNG_STATUS), 3);
    EXPECT_EQ(core_read(soc, TRNG_DATA), 7);
    EXPECT_EQ(
        test_read_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA),
        0);
    core_write(soc, TRNG_CTRL, 1);
    EXPECT_EQ(core_read(soc, TRNG_DATA), 0);
    core_write(soc, TRNG_STATUS, 0);
    EXPECT_EQ(core_read(soc, TRNG_STATUS), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "trng_req"), 0);
}

TEST_ON(locked_mailbox_users_stay, soc)
{
    EXPECT(soc_ifc_is_mailbox_user(soc->soc_ifc, TEST_USER));
    EXPECT(soc_ifc_is_mailbox_user(soc->soc_ifc, UINT32_MAX));
    EXPECT(!soc_ifc_is_mailbox_user(soc->soc_ifc, TEST_OTHER_USER));
    soc_write(soc, MBOX_USER, TEST_OTHER_USER);
    EXPECT(!soc_ifc_is_mailbox_user(soc->soc_ifc, TEST_OTHER_USER));
    soc_write(soc, MBOX_LOCK, 0);
    EXPECT_EQ(soc_read(soc, MBOX_LOCK), 1);
    soc_write(soc, MBOX_USER + 4, TEST_OTHER_USER);
    EXPECT(!soc_ifc_is_mailbox_user(soc->soc_ifc, TEST_OTHER_USER));
    soc_write(soc, MBOX_LOCK + 4, 1);
    EXPECT(soc_ifc_is_mailbox_user(soc->soc_ifc, TEST_OTHER_USER));
}

/* Each locked user, and fuses written late or by others. */
TEST_BEGINS(what_is_locked_is_told, soc)
{
    OWNED(told_fini) struct told told;

    test_soc_init(soc, 0x0101);
    test_power(soc, TEST_PRODUCTION);
    for (uint32_t i = 0; i < 5; i++) {
        soc_write(soc, MBOX_USER + 4 * i, 0x100 + i);
        soc_write(soc, MBOX_LOCK + 4 * i, 1);
    }
    soc_write(soc, TRNG_USER, TEST_USER);
    soc_write(soc, TRNG_LOCK, 1);
    soc_write(soc, FUSE_USER, TEST_USER);
    soc_write(soc, FUSE_LOCK, 1);
    told_init(&told, soc->soc_ifc);
    for (uint32_t i = 0; i < 5; i++) {
        soc_write(soc, MBOX_USER + 4 * i, 1);
        EXPECT_EQ(soc_read(soc, MBOX_USER + 4 * i), 0x100 + i);
        EXPECT(soc_ifc_is_mailbox_user(soc->soc_ifc, 0x100 + i));
    }
    EXPECT(!soc_ifc_is_mailbox_user(soc->soc_ifc, 0x105));
    EXPECT(!soc_ifc_is_mailbox_user(soc->soc_ifc, 1)); /* a lock is no user */
    EXPECT(!soc_ifc_is_mailbox_user(soc->soc_ifc, 0));
    soc_write(soc, TRNG_USER, 1);
    soc_write(soc, FUSE_USER, 1);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA, 7);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER,
                  FUSE_VENDOR_HASH, 7);
    EXPECT(soc->refused);
    EXPECT_EQ(soc_read(soc, FUSE_VENDOR_HASH), 0);
    soc_write(soc, FUSE_VENDOR_HASH, 9);
    EXPECT_EQ(test_read_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER,
                           FUSE_VENDOR_HASH),
              0);
    EXPECT(soc->refused);
    EXPECT_EQ(soc_read(soc, FUSE_VENDOR_HASH), 9);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    told_clear(&told);
    soc_write(soc, FUSE_VENDOR_HASH, 8);
    EXPECT_TOLD(&told,
                "guest: soc_ifc: fuse written after "
                "CPTRA_FUSE_WR_DONE\n");
    EXPECT_EQ(soc_read(soc, FUSE_VENDOR_HASH), 9);
}

TEST_BEGINS(attempts_at_what_is_locked_have_their_lines, soc)
{
    OWNED(told_fini) struct told told;

    test_soc_init(soc, 0x0101);
    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, MBOX_LOCK + 16, 1);
    soc_write(soc, TRNG_USER, TEST_USER);
    soc_write(soc, TRNG_LOCK, 1);
    soc_write(soc, FUSE_USER, TEST_USER);
    soc_write(soc, FUSE_LOCK, 1);
    told_init(&told, soc->soc_ifc);
    soc_write(soc, MBOX_USER + 16, 1);
    soc_write(soc, TRNG_USER, 1);
    soc_write(soc, FUSE_USER, 1);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA, 7);
    test_write_as(soc, soc->soc_ifc, TEST_SOC, TEST_OTHER_USER,
                  FUSE_VENDOR_HASH, 7);
    EXPECT_TOLD(&told,
                "guest: soc_ifc: CPTRA_MBOX_VALID_PAUSER[4] is locked\n"
                "guest: soc_ifc: CPTRA_TRNG_VALID_PAUSER is locked\n"
                "guest: soc_ifc: CPTRA_FUSE_VALID_PAUSER is locked\n"
                "guest: soc_ifc: CPTRA_TRNG_DATA written by user 0x00000022, "
                "only 0x00000011 may\n"
                "guest: soc_ifc: fuse accessed by user 0x00000022, only "
                "0x00000011 may\n");
}
