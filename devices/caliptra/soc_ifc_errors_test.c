/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, their masks, and interrupts. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"
#include "tests/told.h"

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_boot(soc, 0x0101))

TEST_ON(fatal_error_stays_reported_until_reset_and_costs_the_secrets, soc)
{
    core_write(soc, FW_ERROR_FATAL, 0x01040010);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "debug_flush"), 1);
    EXPECT_EQ(soc_ifc_obf_key(soc->soc_ifc)[0], 0);
    core_write(soc, FW_ERROR_FATAL, 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 1);
    core_write(soc, FW_ERROR_FATAL, 0x01040010);
    warm_reset(soc);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 0);
    EXPECT_EQ(soc_read(soc, FW_ERROR_FATAL), 0x01040010);
}

TEST_ON(masked_firmware_errors_are_not_reported, soc)
{
    static const struct {
        uint32_t address;
        uint32_t value;
        const char *line;
        uint32_t level; /* of the line then */
    } steps[] = {
        {FW_FATAL_MASK,      0xff, "cptra_error_fatal",     0},
        {FW_ERROR_FATAL,     0x10, "cptra_error_fatal",     0},
        {FW_ERROR_NON_FATAL, 0x10, "cptra_error_non_fatal", 1},
        {FW_NON_FATAL_MASK,  0x10, "cptra_error_non_fatal", 0},
        {FW_ERROR_NON_FATAL, 0x30, "cptra_error_non_fatal", 1},
        {FW_ERROR_NON_FATAL, 0,    "cptra_error_non_fatal", 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        test_case("step %zu", i);
        core_write(soc, steps[i].address, steps[i].value);
        EXPECT_EQ(test_level(soc->soc_ifc, steps[i].line), steps[i].level);
    }
}

TEST_ON(two_engines_at_once_are_fatal_from_generation_1_1_on, soc)
{
    test_input(soc->soc_ifc, "crypto_error", 1);
    EXPECT_EQ(soc_read(soc, HW_ERROR_FATAL), 8);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 1);
    soc_write(soc, HW_ERROR_FATAL, 8);
    EXPECT_EQ(soc_read(soc, HW_ERROR_FATAL), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 1);
    test_soc_fini(soc);

    test_boot(soc, 0x0100);
    test_input(soc->soc_ifc, "crypto_error", 1);
    EXPECT_EQ(soc_read(soc, HW_ERROR_FATAL), 0);
}

TEST_ON(interrupts_need_event_and_global_enables, soc)
{
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    soc_ifc_report(soc->soc_ifc, MAILBOX_COMMAND);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "notif"), 0);
    core_write(soc, NOTIF_ENABLE, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "notif"), 0);
    core_write(soc, GLOBAL_ENABLE, 2);
    EXPECT_EQ(test_level(soc->soc_ifc, "notif"), 1);
    core_write(soc, NOTIF_STATUS, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "notif"), 0);
    soc_write(soc, NOTIF_ENABLE, 0);
    EXPECT_EQ(core_read(soc, NOTIF_ENABLE), 1);
}

TEST_ON(errors_are_told_and_reported_by_their_masks, soc)
{
    OWNED(told_fini) struct told told;

    told_init(&told, soc->soc_ifc);
    core_write(soc, FW_ERROR_NON_FATAL, 5);
    EXPECT_TOLD(&told,
                "fact FIRMWARE_NON_FATAL 0x5\n"
                "cptra_error_non_fatal = 1\n");
    core_write(soc, FW_ERROR_NON_FATAL, 0);
    EXPECT_TOLD(&told, "cptra_error_non_fatal = 0\n");
    core_write(soc, FW_NON_FATAL_MASK, 4);
    core_write(soc, FW_ERROR_NON_FATAL, 4);
    EXPECT_TOLD(&told, "fact FIRMWARE_NON_FATAL 0x4\n");
    core_write(soc, FW_ERROR_NON_FATAL, 6);
    core_write(soc, FW_NON_FATAL_MASK, 6);
    EXPECT_TOLD(&told,
                "fact FIRMWARE_NON_FATAL 0x6\n"
                "cptra_error_non_fatal = 1\n"
                "cptra_error_non_fatal = 0\n");
    told_clear(&told);
    test_write_as(soc, soc->mailbox, TEST_SOC, TEST_USER, 8, 1);
    EXPECT_TOLD(&told,
                "fact MAILBOX_WITHOUT_LOCK 0x1\n"
                "cptra_error_non_fatal = 1\n");
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 1);
    core_write(soc, HW_NON_FATAL_MASK, 2);
    EXPECT_TOLD(&told, "");
    core_write(soc, HW_NON_FATAL_MASK, 1);
    EXPECT_TOLD(&told, "cptra_error_non_fatal = 0\n");
    core_write(soc, HW_NON_FATAL_MASK, 0);
    test_write_as(soc, soc->mailbox, TEST_SOC, TEST_USER, 8, 1);
    soc_write(soc, HW_ERROR_NON_FATAL, 2);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 1);
    soc_write(soc, HW_ERROR_NON_FATAL, 1);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 0);
    EXPECT_TOLD(&told,
                "fact MAILBOX_WITHOUT_LOCK 0x1\n"
                "cptra_error_non_fatal = 1\n"
                "cptra_error_non_fatal = 0\n");
    core_write(soc, FW_FATAL_MASK, 1);
    core_write(soc, FW_ERROR_FATAL, 1);
    EXPECT_TOLD(&told, "fact FIRMWARE_FATAL 0x1\n");
    core_write(soc, FW_ERROR_FATAL, 3);
    EXPECT_TOLD(&told,
                "fact FIRMWARE_FATAL 0x3\n"
                "debug_flush = 1\n"
                "cptra_error_fatal = 1\n");
    core_write(soc, FW_ERROR_FATAL, 0);
    EXPECT_TOLD(&told, "");
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 1);
    device_restored(soc->soc_ifc);
    EXPECT_TOLD(&told, "");
}

TEST(masked_hardware_errors_are_recorded_alone)
{
    static const struct {
        uint32_t mask;
        bool reported;
    } cases[] = {
        {0x0, true},
        {0x7, true}, /* the bit of the engines has no mask */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        OWNED(told_fini) struct told told;

        test_case("mask 0x%x", cases[i].mask);
        test_boot(&soc, 0x0101);
        core_write(&soc, HW_FATAL_MASK, cases[i].mask);
        told_init(&told, soc.soc_ifc);
        test_input(soc.soc_ifc, "crypto_error", 1);
        EXPECT_TOLD(&told,
                    "fact TWO_ENGINES_AT_ONCE 0x8\n"
                    "debug_flush = 1\n"
                    "cptra_error_fatal = 1\n");
        EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 8);
    }
}

TEST_ON(a_masked_second_stage_is_no_fatal_error, soc)
{
    core_write(soc, HW_FATAL_MASK, 4);
    core_write(soc, WDT1_PERIOD, 2);
    core_write(soc, WDT1_PERIOD + 4, 0);
    core_write(soc, WDT2_PERIOD, 2);
    core_write(soc, WDT2_PERIOD + 4, 0);
    core_write(soc, WDT1_EN, 1);
    pass_cycles(soc, 4);
    EXPECT_EQ(soc_read(soc, HW_ERROR_FATAL), 4);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 0);
}

TEST_ON(enabling_a_pending_error_interrupts, soc)
{
    core_write(soc, GLOBAL_ENABLE, 3);
    soc_ifc_report(soc->soc_ifc, MAILBOX_INVALID_USER);
    EXPECT_EQ(test_level(soc->soc_ifc, "error"), 0);
    core_write(soc, ERROR_ENABLE, 2);
    EXPECT_EQ(test_level(soc->soc_ifc, "error"), 1);
    EXPECT_EQ(core_read(soc, 0x80c), 1);
    core_write(soc, ERROR_ENABLE, 4);
    EXPECT_EQ(test_level(soc->soc_ifc, "error"), 0);
    EXPECT_EQ(core_read(soc, 0x80c), 0);
}

TEST_ON(a_masked_non_fatal_error_is_recorded_alone, soc)
{
    core_write(soc, HW_NON_FATAL_MASK, 1);
    test_write_as(soc, soc->mailbox, TEST_SOC, TEST_USER, 8, 1);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_non_fatal"), 0);
}
