/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc.h"
#include "tests/device.h"
#include "tests/told.h"

enum {
    HW_ERROR_FATAL = 0x00,
    HW_ERROR_NON_FATAL = 0x04,
    FW_ERROR_FATAL = 0x08,
    FW_ERROR_NON_FATAL = 0x0c,
    BOOT_STATUS = 0x38,
    FLOW_STATUS = 0x3c,
    RESET_REASON = 0x40,
    SECURITY_STATE = 0x44,
    MBOX_USER = 0x48,
    MBOX_LOCK = 0x5c,
    TRNG_USER = 0x70,
    TRNG_LOCK = 0x74,
    TRNG_DATA = 0x78,
    TRNG_CTRL = 0xa8,
    TRNG_STATUS = 0xac,
    BOOTFSM_GO = 0xb8,
    GENERIC_IN = 0xc4,
    GENERIC_OUT = 0xcc,
    HW_REV = 0xd4,
    HW_CONFIG = 0xe0,
    WDT1_EN = 0xe4,
    WDT1_CTRL = 0xe8,
    WDT1_PERIOD = 0xec,
    WDT2_EN = 0xf4,
    WDT2_PERIOD = 0xfc,
    WDT_STATUS = 0x104,
    FUSE_USER = 0x108,
    FUSE_LOCK = 0x10c,
    FUSE_UDS = 0x200,
    FUSE_FIELD_ENTROPY = 0x230,
    FUSE_VENDOR_HASH = 0x250,
    FUSE_STEPPING = 0x348,
    OBF_KEY = 0x600,
    ICCM_LOCK = 0x620,
    UPDATE_RESET = 0x624,
    WAIT_CYCLES = 0x628,
    NMI_VECTOR = 0x62c,
    FW_FATAL_MASK = 0x638,
    FW_NON_FATAL_MASK = 0x63c,
    MTIME = 0x640,
    MTIMECMP = 0x648,
    GLOBAL_ENABLE = 0x800,
    ERROR_ENABLE = 0x804,
    NOTIF_ENABLE = 0x808,
    ERROR_STATUS = 0x814,
    NOTIF_STATUS = 0x818,
    BOOT_STATE_DONE = 4,
    READY_FOR_FUSES = 1 << 30,
};

static unsigned boot_state(struct test_soc *soc)
{
    return soc_read(soc, FLOW_STATUS) >> 25 & 7;
}

static void warm_reset(struct test_soc *soc)
{
    test_input(soc->soc_ifc, "cptra_rst_b", 0);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
}

/* The clock runs at 400 MHz: 2.5 ns a cycle. */
static void pass_cycles(struct test_soc *soc, uint64_t cycles)
{
    clock_advance(&soc->fabric.clock,
                  clock_now(&soc->fabric.clock) + cycles * 5 / 2);
}

TEST(registers_keep_the_promises_of_their_table)
{
    static const char *const own_values[] = {
        "CPTRA_GENERIC_INPUT_WIRES", /* what is wired */
        NULL,
    };
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    REQUIRE(soc.soc_ifc != NULL);
    EXPECT_DEVICE(soc.soc_ifc, own_values);
    test_soc_fini(&soc);
}

TEST(core_starts_after_power_fuses_and_their_done_bit)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_power_on"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fuses"), 0);
    test_input(soc.soc_ifc, "cptra_pwrgood", 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_power_on"), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_warm"), 1);
    test_input(soc.soc_ifc, "cptra_rst_b", 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_warm"), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fuses"), 1);
    EXPECT(soc_read(&soc, FLOW_STATUS) & READY_FOR_FUSES);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fuses"), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
    EXPECT_EQ(boot_state(&soc), BOOT_STATE_DONE);
    test_soc_fini(&soc);
}

TEST(breakpoint_holds_the_core_only_in_debug_or_manufacturing)
{
    static const struct {
        uint32_t security_state;
        bool holds;
    } cases[] = {
        {7, false},
        {3, true },
        {5, true },
        {4, false},
        {0, true }
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct test_soc soc;
        test_case("security state %u", cases[i].security_state);
        test_soc_init(&soc, 0x0101);
        test_input(soc.soc_ifc, "bootfsm_brkpoint", 1);
        test_power(&soc, cases[i].security_state);
        soc_write(&soc, TEST_FUSE_WR_DONE, 1);
        EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), cases[i].holds);
        soc_write(&soc, BOOTFSM_GO, 1);
        EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
        test_soc_fini(&soc);
    }
}

TEST(warm_reset_keeps_fuses_and_errors_and_waits_for_done_again)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, FUSE_VENDOR_HASH, 0x12345678);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    core_write(&soc, FW_ERROR_NON_FATAL, 5);
    core_write(&soc, FLOW_STATUS, 1 << 28);
    core_write(&soc, BOOT_STATUS, 9);
    core_write(&soc, ICCM_LOCK, 1);
    EXPECT_EQ(core_read(&soc, RESET_REASON), 0);
    warm_reset(&soc);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fuses"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fw"), 0);
    soc_write(&soc, FUSE_VENDOR_HASH, 1);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
    EXPECT_EQ(core_read(&soc, FUSE_VENDOR_HASH), 0x12345678);
    EXPECT_EQ(core_read(&soc, FW_ERROR_NON_FATAL), 5);
    EXPECT_EQ(core_read(&soc, BOOT_STATUS), 0);
    EXPECT_EQ(core_read(&soc, ICCM_LOCK), 0);
    EXPECT_EQ(core_read(&soc, RESET_REASON), 2);
    test_soc_fini(&soc);
}

TEST(losing_power_forgets_fuses_and_errors)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, FUSE_VENDOR_HASH, 0x12345678);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    core_write(&soc, FW_ERROR_NON_FATAL, 5);
    test_input(soc.soc_ifc, "cptra_pwrgood", 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_power_on"), 1);
    test_input(soc.soc_ifc, "cptra_pwrgood", 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fuses"), 1);
    EXPECT_EQ(soc_read(&soc, FUSE_VENDOR_HASH), 0);
    EXPECT_EQ(soc_read(&soc, FW_ERROR_NON_FATAL), 0);
    EXPECT_EQ(soc_read(&soc, RESET_REASON), 0);
    test_soc_fini(&soc);
}

TEST(update_reset_holds_the_core_alone_for_the_wait_cycles)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, FLOW_STATUS, 1 << 29);
    core_write(&soc, ICCM_LOCK, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "iccm_lock"), 1);
    core_write(&soc, WAIT_CYCLES, 40);
    core_write(&soc, UPDATE_RESET, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_warm"), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "iccm_lock"), 1);
    pass_cycles(&soc, 38);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    pass_cycles(&soc, 2);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "iccm_lock"), 0);
    EXPECT_EQ(core_read(&soc, RESET_REASON), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_runtime"), 1);
    test_soc_fini(&soc);
}

TEST(reset_reason_is_the_last_one)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    warm_reset(&soc);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    core_write(&soc, UPDATE_RESET, 1);
    pass_cycles(&soc, 10);
    EXPECT_EQ(core_read(&soc, RESET_REASON), 1);
    warm_reset(&soc);
    EXPECT_EQ(core_read(&soc, RESET_REASON), 2);
    test_soc_fini(&soc);
}

TEST(fuses_are_written_by_their_user_and_only_before_done)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, FUSE_USER, TEST_USER);
    soc_write(&soc, FUSE_LOCK, 1);
    soc_write(&soc, FUSE_USER, TEST_OTHER_USER);
    EXPECT_EQ(soc_read(&soc, FUSE_USER), TEST_USER);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER,
                  FUSE_VENDOR_HASH, 1);
    EXPECT(soc.refused);
    test_read_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER,
                 FUSE_VENDOR_HASH);
    EXPECT(soc.refused);
    soc_write(&soc, FUSE_VENDOR_HASH, 2);
    EXPECT(!soc.refused);
    core_write(&soc, FUSE_VENDOR_HASH, 3);
    EXPECT_EQ(soc_read(&soc, FUSE_VENDOR_HASH), 2);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    soc_write(&soc, FUSE_VENDOR_HASH, 4);
    EXPECT_EQ(core_read(&soc, FUSE_VENDOR_HASH), 2);
    soc_write(&soc, TEST_FUSE_WR_DONE, 0);
    EXPECT_EQ(soc_read(&soc, TEST_FUSE_WR_DONE), 1);
    test_soc_fini(&soc);
}

TEST(secrets_are_for_the_deobfuscation_engine_alone)
{
    static const uint32_t key[8] = {0xa0a1a2a3, 0xb0b1b2b3, 0xc0c1c2c3,
                                    0xd0d1d2d3, 0xe0e1e2e3, 0xf0f1f2f3,
                                    0xa4a5a6a7, 0xb4b5b6b7};
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, FUSE_UDS, 0x00010203);
    soc_write(&soc, FUSE_FIELD_ENTROPY, 0x80818283);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    soc_write(&soc, FUSE_UDS, 1);
    EXPECT_EQ(soc_ifc_uds_seed(soc.soc_ifc)[0], 0x00010203);
    EXPECT_EQ(soc_ifc_field_entropy(soc.soc_ifc)[0], 0x80818283);
    EXPECT_BYTES(soc_ifc_obf_key(soc.soc_ifc), key, sizeof(key));
    for (uint32_t i = 0; i < 8; i++) {
        EXPECT_EQ(core_read(&soc, FUSE_UDS + 4 * i), 0);
        EXPECT_EQ(soc_read(&soc, FUSE_UDS + 4 * i), 0);
        EXPECT_EQ(core_read(&soc, FUSE_FIELD_ENTROPY + 4 * i), 0);
        EXPECT_EQ(soc_read(&soc, FUSE_FIELD_ENTROPY + 4 * i), 0);
        EXPECT_EQ(core_read(&soc, OBF_KEY + 4 * i), 0);
        EXPECT_EQ(soc_read(&soc, OBF_KEY + 4 * i), 0);
    }
    soc_ifc_clear_secrets(soc.soc_ifc);
    EXPECT_EQ(soc_ifc_uds_seed(soc.soc_ifc)[0], 0);
    EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], 0);
    test_soc_fini(&soc);
}

static void count_rises(void *context, unsigned input, uint32_t level)
{
    (void)input;
    *(unsigned *)context += level;
}

/* And floods the vaults, at every reset. */
TEST(a_part_without_a_life_cycle_is_open_in_generation_2)
{
    static const struct {
        uint32_t generation, state;
        bool open;
    } cases[] = {
        {0x0101, 4, false},
        {0x0101, 5, false},
        {0x0101, 7, false},
        {0x0101, 0, true },
        {0x0101, 3, true },
        {0x0200, 4, true },
        {0x0200, 5, false},
        {0x0201, 4, true },
        {0x0201, 5, false},
        {0x0201, 7, false},
        {0x0201, 3, true },
        {0x0201, 6, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned flushes = 0;
        struct test_soc soc;

        test_case("case %zu", i);
        test_soc_init(&soc, cases[i].generation);
        line_connect(device_output(soc.soc_ifc, "debug_flush"), count_rises,
                     &flushes, 0, "counter");
        test_power(&soc, cases[i].state);
        EXPECT_EQ(flushes, cases[i].open);
        EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0],
                  cases[i].open ? UINT32_MAX : 0xa0a1a2a3);
        test_input(soc.soc_ifc, "cptra_rst_b", 0);
        test_input(soc.soc_ifc, "cptra_rst_b", 1);
        EXPECT_EQ(flushes, 2 * cases[i].open);
        test_soc_fini(&soc);
    }
}

TEST(open_debug_port_and_scan_mode_replace_the_secrets)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, 3);
    soc_write(&soc, FUSE_UDS, 0x00010203);
    EXPECT_EQ(soc_ifc_uds_seed(soc.soc_ifc)[0], UINT32_MAX);
    EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[7], UINT32_MAX);
    EXPECT_EQ(core_read(&soc, SECURITY_STATE), 3);
    test_soc_fini(&soc);

    test_boot(&soc, 0x0101);
    test_input(soc.soc_ifc, "security_state", 7 | 8);
    EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], UINT32_MAX);
    EXPECT(core_read(&soc, NOTIF_STATUS) & 1 << 3);
    test_input(soc.soc_ifc, "security_state", 7);
    EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], 0);
    test_soc_fini(&soc);
}

TEST(security_state_is_latched_when_reset_is_released)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    test_input(soc.soc_ifc, "security_state", 1);
    EXPECT_EQ(core_read(&soc, SECURITY_STATE), 7);
    warm_reset(&soc);
    EXPECT_EQ(core_read(&soc, SECURITY_STATE), 1);
    test_soc_fini(&soc);
}

TEST(boot_status_is_for_the_core_to_write)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    soc_write(&soc, BOOT_STATUS, 1);
    soc_write(&soc, FLOW_STATUS, UINT32_MAX);
    EXPECT_EQ(core_read(&soc, BOOT_STATUS), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fw"), 0);
    core_write(&soc, BOOT_STATUS, 0x600);
    core_write(&soc, FLOW_STATUS, 1u << 31 | 1 << 28);
    EXPECT_EQ(soc_read(&soc, BOOT_STATUS), 0x600);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fw"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "mailbox_flow_done"), 1);
    test_soc_fini(&soc);
}

TEST(fatal_error_stays_reported_until_reset_and_costs_the_secrets)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, FW_ERROR_FATAL, 0x01040010);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "debug_flush"), 1);
    EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], 0);
    core_write(&soc, FW_ERROR_FATAL, 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 1);
    core_write(&soc, FW_ERROR_FATAL, 0x01040010);
    warm_reset(&soc);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 0);
    EXPECT_EQ(soc_read(&soc, FW_ERROR_FATAL), 0x01040010);
    test_soc_fini(&soc);
}

TEST(masked_firmware_errors_are_not_reported)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, FW_FATAL_MASK, 0xff);
    core_write(&soc, FW_ERROR_FATAL, 0x10);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 0);
    core_write(&soc, FW_ERROR_NON_FATAL, 0x10);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_non_fatal"), 1);
    core_write(&soc, FW_NON_FATAL_MASK, 0x10);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_non_fatal"), 0);
    core_write(&soc, FW_ERROR_NON_FATAL, 0x30);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_non_fatal"), 1);
    core_write(&soc, FW_ERROR_NON_FATAL, 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_non_fatal"), 0);
    test_soc_fini(&soc);
}

TEST(two_engines_at_once_are_fatal_from_generation_1_1_on)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    test_input(soc.soc_ifc, "crypto_error", 1);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 8);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 1);
    soc_write(&soc, HW_ERROR_FATAL, 8);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 1);
    test_soc_fini(&soc);

    test_boot(&soc, 0x0100);
    test_input(soc.soc_ifc, "crypto_error", 1);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 0);
    test_soc_fini(&soc);
}

static void start_watchdog(struct test_soc *soc, uint32_t first,
                           uint32_t second)
{
    core_write(soc, GLOBAL_ENABLE, 1);
    core_write(soc, ERROR_ENABLE, 0xff);
    core_write(soc, WDT1_PERIOD, first);
    core_write(soc, WDT1_PERIOD + 4, 0);
    core_write(soc, WDT2_PERIOD, second);
    core_write(soc, WDT2_PERIOD + 4, 0);
    core_write(soc, WDT1_EN, 1);
}

TEST(watchdog_cascade_ends_in_an_nmi_and_a_fatal_error)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, NMI_VECTOR, 0x40);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi_vector"), 0x40);
    start_watchdog(&soc, 1000, 400);
    pass_cycles(&soc, 998);
    EXPECT_EQ(core_read(&soc, ERROR_STATUS), 0);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 0);
    pass_cycles(&soc, 2);
    EXPECT_EQ(core_read(&soc, ERROR_STATUS), 1 << 6);
    EXPECT_EQ(test_level(soc.soc_ifc, "error"), 1);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 1);
    pass_cycles(&soc, 398);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 0);
    pass_cycles(&soc, 2);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 1);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 3);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 4);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 1);
    warm_reset(&soc);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 0);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 0);
    test_soc_fini(&soc);
}

TEST(serviced_watchdog_starts_over_with_both_stages)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    start_watchdog(&soc, 1000, 400);
    pass_cycles(&soc, 1200);
    core_write(&soc, ERROR_STATUS, 1 << 6);
    EXPECT_EQ(test_level(soc.soc_ifc, "error"), 0);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 0);
    pass_cycles(&soc, 998);
    EXPECT_EQ(core_read(&soc, ERROR_STATUS), 0);
    pass_cycles(&soc, 2 + 398);
    EXPECT_EQ(core_read(&soc, ERROR_STATUS), 1 << 6);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 0);
    test_soc_fini(&soc);
}

TEST(restarted_watchdog_counts_from_zero_and_a_stopped_one_stands)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    start_watchdog(&soc, 1000, 400);
    pass_cycles(&soc, 900);
    core_write(&soc, WDT1_CTRL, 1);
    pass_cycles(&soc, 900);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 0);
    core_write(&soc, WDT1_EN, 0);
    pass_cycles(&soc, 5000);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 0);
    core_write(&soc, WDT1_EN, 1);
    pass_cycles(&soc, 100);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 1);
    test_soc_fini(&soc);
}

TEST(independent_second_watchdog_raises_its_own_interrupt)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, WDT2_EN, 1);
    start_watchdog(&soc, 100000, 600);
    pass_cycles(&soc, 700);
    EXPECT_EQ(core_read(&soc, ERROR_STATUS), 1 << 7);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 0);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 0);
    core_write(&soc, ERROR_STATUS, 1 << 7);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 0);
    pass_cycles(&soc, 600);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 2);
    test_soc_fini(&soc);
}

TEST(timer_interrupt_is_there_while_mtime_is_not_below_the_compare_value)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 1);
    core_write(&soc, MTIMECMP, 1000);
    EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 0);
    pass_cycles(&soc, 998);
    EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 0);
    pass_cycles(&soc, 2);
    EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 1);
    EXPECT_EQ(core_read(&soc, MTIME), 1000);
    core_write(&soc, MTIME + 4, 5);
    pass_cycles(&soc, 10);
    EXPECT_EQ(core_read(&soc, MTIME), 1010);
    EXPECT_EQ(core_read(&soc, MTIME + 4), 5);
    core_write(&soc, MTIMECMP + 4, 6);
    EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 0);
    test_soc_fini(&soc);
}

TEST(random_numbers_come_from_their_user_while_they_are_asked_for)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    soc_write(&soc, TRNG_USER, TEST_USER);
    soc_write(&soc, TRNG_LOCK, 1);
    soc_write(&soc, TRNG_STATUS, 2);
    EXPECT_EQ(core_read(&soc, TRNG_STATUS), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "trng_req"), 0);
    core_write(&soc, TRNG_STATUS, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "trng_req"), 1);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA, 9);
    EXPECT_EQ(core_read(&soc, TRNG_DATA), 0);
    soc_write(&soc, TRNG_DATA, 7);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_STATUS, 2);
    EXPECT_EQ(core_read(&soc, TRNG_STATUS), 1);
    soc_write(&soc, TRNG_STATUS, 2);
    EXPECT_EQ(core_read(&soc, TRNG_STATUS), 3);
    EXPECT_EQ(core_read(&soc, TRNG_DATA), 7);
    EXPECT_EQ(
        test_read_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA),
        0);
    core_write(&soc, TRNG_CTRL, 1);
    EXPECT_EQ(core_read(&soc, TRNG_DATA), 0);
    core_write(&soc, TRNG_STATUS, 0);
    EXPECT_EQ(core_read(&soc, TRNG_STATUS), 0);
    EXPECT_EQ(test_level(soc.soc_ifc, "trng_req"), 0);
    test_soc_fini(&soc);
}

TEST(locked_mailbox_users_stay)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    EXPECT(soc_ifc_is_mailbox_user(soc.soc_ifc, TEST_USER));
    EXPECT(soc_ifc_is_mailbox_user(soc.soc_ifc, UINT32_MAX));
    EXPECT(!soc_ifc_is_mailbox_user(soc.soc_ifc, TEST_OTHER_USER));
    soc_write(&soc, MBOX_USER, TEST_OTHER_USER);
    EXPECT(!soc_ifc_is_mailbox_user(soc.soc_ifc, TEST_OTHER_USER));
    soc_write(&soc, MBOX_LOCK, 0);
    EXPECT_EQ(soc_read(&soc, MBOX_LOCK), 1);
    soc_write(&soc, MBOX_USER + 4, TEST_OTHER_USER);
    EXPECT(!soc_ifc_is_mailbox_user(soc.soc_ifc, TEST_OTHER_USER));
    soc_write(&soc, MBOX_LOCK + 4, 1);
    EXPECT(soc_ifc_is_mailbox_user(soc.soc_ifc, TEST_OTHER_USER));
    test_soc_fini(&soc);
}

TEST(output_wires_are_a_console_and_input_wires_notify)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, GENERIC_OUT, 'h' | 0x100);
    core_write(&soc, GENERIC_OUT, 'i');
    core_write(&soc, GENERIC_OUT, 0xff);
    EXPECT_STR(buffer_text(&soc.console), "hi");
    EXPECT_EQ(test_level(soc.soc_ifc, "generic_output_wires0"), 0xff);
    EXPECT_EQ(core_read(&soc, NOTIF_STATUS) & 1 << 5, 0);
    test_input(soc.soc_ifc, "generic_input_wires1", 0xabc);
    EXPECT_EQ(core_read(&soc, GENERIC_IN + 4), 0xabc);
    EXPECT(core_read(&soc, NOTIF_STATUS) & 1 << 5);
    test_soc_fini(&soc);
}

TEST(revision_and_configuration_tell_the_generation)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, FUSE_STEPPING, 0xbeef);
    EXPECT_EQ(soc_read(&soc, HW_REV), 0xbeef0011);
    EXPECT_EQ(soc_read(&soc, HW_CONFIG), 0x10);
    test_soc_fini(&soc);

    test_soc_init(&soc, 0x0100);
    EXPECT_EQ(soc_read(&soc, HW_REV), 1);
    EXPECT_EQ(soc_read(&soc, HW_CONFIG), 0);
    test_soc_fini(&soc);
}

TEST(interrupts_need_event_and_global_enables)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, NOTIF_STATUS, UINT32_MAX);
    soc_ifc_report(soc.soc_ifc, MAILBOX_COMMAND);
    EXPECT_EQ(core_read(&soc, NOTIF_STATUS), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "notif"), 0);
    core_write(&soc, NOTIF_ENABLE, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "notif"), 0);
    core_write(&soc, GLOBAL_ENABLE, 2);
    EXPECT_EQ(test_level(soc.soc_ifc, "notif"), 1);
    core_write(&soc, NOTIF_STATUS, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "notif"), 0);
    soc_write(&soc, NOTIF_ENABLE, 0);
    EXPECT_EQ(core_read(&soc, NOTIF_ENABLE), 1);
    test_soc_fini(&soc);
}

/* ---- What it tells ------------------------------------------------------- */

static void expect_boot(struct test_soc *soc, struct told *told)
{
    soc_write(soc, FUSE_VENDOR_HASH + 44, 0x01020304);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_TOLD(told,
                "fact FUSES_LOCKED\n"
                "fact VENDOR_KEYS_LOCKED "
                "00000000000000000000000000000000000000000000000000000000000000"
                "0000000000000000000000000001020304\n"
                "fact OWNER_KEYS_NONE\n"
                "fact CORE_RELEASED 0x3 0x1\n"
                "ready_for_fuses = 0\n"
                "reset_core = 0\n");
    core_write(soc, FLOW_STATUS, 1u << 28);
    core_write(soc, FLOW_STATUS, 1u << 24 | 1u << 28 | 1u << 29);
    core_write(soc, FLOW_STATUS, 1u << 31);
    EXPECT_TOLD(told,
                "fact READY_FOR_FIRMWARE\n"
                "ready_for_fw = 1\n"
                "fact CSR_READY\n"
                "fact READY_FOR_RUNTIME\n"
                "ready_for_runtime = 1\n"
                "ready_for_fw = 0\n"
                "ready_for_runtime = 0\n"
                "mailbox_flow_done = 1\n");
    core_write(soc, ICCM_LOCK, 1);
    core_write(soc, ICCM_LOCK, 1);
    core_write(soc, NMI_VECTOR, 0x40000000);
    core_write(soc, GENERIC_OUT, 0x141);
    core_write(soc, GENERIC_OUT + 4, 5);
    EXPECT_TOLD(told,
                "fact FIRMWARE_ENTERED\n"
                "iccm_lock = 1\n"
                "nmi_vector = 40000000\n"
                "generic_output_wires0 = 141\n"
                "generic_output_wires1 = 5\n");
}

static void expect_resets(struct test_soc *soc, struct told *told)
{
    core_write(soc, UPDATE_RESET, 0);
    core_write(soc, UPDATE_RESET, 1);
    core_write(soc, UPDATE_RESET, 1);
    EXPECT_TOLD(told,
                "fact CORE_UPDATE_RESET\n"
                "reset_core = 1\n");
    EXPECT_EQ(core_read(soc, ICCM_LOCK), 1);
    pass_cycles(soc, 6);
    EXPECT_EQ(core_read(soc, ICCM_LOCK), 0);
    EXPECT_TOLD(told,
                "fact CORE_RELEASED 0x3 0x1\n"
                "iccm_lock = 0\n"
                "reset_core = 0\n");
    core_write(soc, ICCM_LOCK, 1);
    told_clear(told);
    warm_reset(soc);
    EXPECT_TOLD(told,
                "fact CORE_WARM_RESET\n"
                "mailbox_flow_done = 0\n"
                "nmi_vector = 0\n"
                "iccm_lock = 0\n"
                "generic_output_wires0 = 0\n"
                "generic_output_wires1 = 0\n"
                "reset_warm = 1\n"
                "reset_core = 1\n"
                "fact CORE_WAITS_FOR_FUSES\n"
                "reset_warm = 0\n"
                "ready_for_fuses = 1\n");
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_TOLD(told,
                "fact CORE_RELEASED 0x3 0x1\n"
                "ready_for_fuses = 0\n"
                "reset_core = 0\n");
    test_input(soc->soc_ifc, "cptra_pwrgood", 0);
    EXPECT_TOLD(told,
                "fact CORE_POWER_LOST\n"
                "reset_power_on = 1\n"
                "reset_warm = 1\n"
                "reset_core = 1\n");
}

TEST(the_life_of_a_part_is_told_step_by_step)
{
    struct test_soc soc;
    struct told told;

    test_soc_init(&soc, 0x0101);
    told_init(&told, soc.soc_ifc);
    test_power(&soc, TEST_PRODUCTION);
    EXPECT_TOLD(&told,
                "reset_power_on = 0\n"
                "fact CORE_WAITS_FOR_FUSES\n"
                "reset_warm = 0\n"
                "ready_for_fuses = 1\n");
    expect_boot(&soc, &told);
    expect_resets(&soc, &told);
    told_fini(&told);
    test_soc_fini(&soc);
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
        struct test_soc soc;
        struct told told;

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
        told_fini(&told);
        test_soc_fini(&soc);
    }
}

TEST(errors_are_told_and_reported_by_their_masks)
{
    struct test_soc soc;
    struct told told;

    test_boot(&soc, 0x0101);
    told_init(&told, soc.soc_ifc);
    core_write(&soc, FW_ERROR_NON_FATAL, 5);
    EXPECT_TOLD(&told,
                "fact FIRMWARE_NON_FATAL 0x5\n"
                "cptra_error_non_fatal = 1\n");
    core_write(&soc, FW_ERROR_NON_FATAL, 0);
    EXPECT_TOLD(&told, "cptra_error_non_fatal = 0\n");
    core_write(&soc, FW_NON_FATAL_MASK, 4);
    core_write(&soc, FW_ERROR_NON_FATAL, 4);
    EXPECT_TOLD(&told, "fact FIRMWARE_NON_FATAL 0x4\n");
    core_write(&soc, FW_ERROR_NON_FATAL, 6);
    core_write(&soc, FW_NON_FATAL_MASK, 6);
    EXPECT_TOLD(&told,
                "fact FIRMWARE_NON_FATAL 0x6\n"
                "cptra_error_non_fatal = 1\n"
                "cptra_error_non_fatal = 0\n");
    told_clear(&told);
    test_write_as(&soc, soc.mailbox, TEST_SOC, TEST_USER, 8, 1);
    EXPECT_TOLD(&told,
                "fact MAILBOX_WITHOUT_LOCK 0x1\n"
                "cptra_error_non_fatal = 1\n");
    EXPECT_EQ(soc_read(&soc, HW_ERROR_NON_FATAL), 1);
    core_write(&soc, 0x634, 2);
    EXPECT_TOLD(&told, "");
    core_write(&soc, 0x634, 1);
    EXPECT_TOLD(&told, "cptra_error_non_fatal = 0\n");
    core_write(&soc, 0x634, 0);
    test_write_as(&soc, soc.mailbox, TEST_SOC, TEST_USER, 8, 1);
    soc_write(&soc, HW_ERROR_NON_FATAL, 2);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_NON_FATAL), 1);
    soc_write(&soc, HW_ERROR_NON_FATAL, 1);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_NON_FATAL), 0);
    EXPECT_TOLD(&told,
                "fact MAILBOX_WITHOUT_LOCK 0x1\n"
                "cptra_error_non_fatal = 1\n"
                "cptra_error_non_fatal = 0\n");
    core_write(&soc, FW_FATAL_MASK, 1);
    core_write(&soc, FW_ERROR_FATAL, 1);
    EXPECT_TOLD(&told, "fact FIRMWARE_FATAL 0x1\n");
    core_write(&soc, FW_ERROR_FATAL, 3);
    EXPECT_TOLD(&told,
                "fact FIRMWARE_FATAL 0x3\n"
                "debug_flush = 1\n"
                "cptra_error_fatal = 1\n");
    core_write(&soc, FW_ERROR_FATAL, 0);
    EXPECT_TOLD(&told, "");
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 1);
    device_restored(soc.soc_ifc);
    EXPECT_TOLD(&told, "");
    told_fini(&told);
    test_soc_fini(&soc);
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
        struct test_soc soc;
        struct told told;

        test_case("mask 0x%x", cases[i].mask);
        test_boot(&soc, 0x0101);
        core_write(&soc, 0x630, cases[i].mask);
        told_init(&told, soc.soc_ifc);
        test_input(soc.soc_ifc, "crypto_error", 1);
        EXPECT_TOLD(&told,
                    "fact TWO_ENGINES_AT_ONCE 0x8\n"
                    "debug_flush = 1\n"
                    "cptra_error_fatal = 1\n");
        EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 8);
        told_fini(&told);
        test_soc_fini(&soc);
    }
}

TEST(a_masked_second_stage_is_no_fatal_error)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, 0x630, 4);
    core_write(&soc, WDT1_PERIOD, 2);
    core_write(&soc, WDT1_PERIOD + 4, 0);
    core_write(&soc, WDT2_PERIOD, 2);
    core_write(&soc, WDT2_PERIOD + 4, 0);
    core_write(&soc, WDT1_EN, 1);
    pass_cycles(&soc, 4);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_FATAL), 4);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_fatal"), 0);
    test_soc_fini(&soc);
}

/* Each locked user, and fuses written late or by others. */
TEST(what_is_locked_is_told)
{
    struct test_soc soc;
    struct told told;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    for (uint32_t i = 0; i < 5; i++) {
        soc_write(&soc, MBOX_USER + 4 * i, 0x100 + i);
        soc_write(&soc, MBOX_LOCK + 4 * i, 1);
    }
    soc_write(&soc, TRNG_USER, TEST_USER);
    soc_write(&soc, TRNG_LOCK, 1);
    soc_write(&soc, FUSE_USER, TEST_USER);
    soc_write(&soc, FUSE_LOCK, 1);
    told_init(&told, soc.soc_ifc);
    for (uint32_t i = 0; i < 5; i++) {
        soc_write(&soc, MBOX_USER + 4 * i, 1);
        EXPECT_EQ(soc_read(&soc, MBOX_USER + 4 * i), 0x100 + i);
        EXPECT(soc_ifc_is_mailbox_user(soc.soc_ifc, 0x100 + i));
    }
    EXPECT(!soc_ifc_is_mailbox_user(soc.soc_ifc, 0x105));
    EXPECT(!soc_ifc_is_mailbox_user(soc.soc_ifc, 1)); /* a lock is no user */
    EXPECT(!soc_ifc_is_mailbox_user(soc.soc_ifc, 0));
    soc_write(&soc, TRNG_USER, 1);
    soc_write(&soc, FUSE_USER, 1);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA, 7);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER,
                  FUSE_VENDOR_HASH, 7);
    EXPECT(soc.refused);
    EXPECT_EQ(soc_read(&soc, FUSE_VENDOR_HASH), 0);
    soc_write(&soc, FUSE_VENDOR_HASH, 9);
    EXPECT_EQ(test_read_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER,
                           FUSE_VENDOR_HASH),
              0);
    EXPECT(soc.refused);
    EXPECT_EQ(soc_read(&soc, FUSE_VENDOR_HASH), 9);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    told_clear(&told);
    soc_write(&soc, FUSE_VENDOR_HASH, 8);
    EXPECT_TOLD(&told,
                "guest: soc_ifc: fuse written after "
                "CPTRA_FUSE_WR_DONE\n");
    EXPECT_EQ(soc_read(&soc, FUSE_VENDOR_HASH), 9);
    told_fini(&told);
    test_soc_fini(&soc);
}

TEST(attempts_at_what_is_locked_have_their_lines)
{
    struct test_soc soc;
    struct told told;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, MBOX_LOCK + 16, 1);
    soc_write(&soc, TRNG_USER, TEST_USER);
    soc_write(&soc, TRNG_LOCK, 1);
    soc_write(&soc, FUSE_USER, TEST_USER);
    soc_write(&soc, FUSE_LOCK, 1);
    told_init(&told, soc.soc_ifc);
    soc_write(&soc, MBOX_USER + 16, 1);
    soc_write(&soc, TRNG_USER, 1);
    soc_write(&soc, FUSE_USER, 1);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER, TRNG_DATA, 7);
    test_write_as(&soc, soc.soc_ifc, TEST_SOC, TEST_OTHER_USER,
                  FUSE_VENDOR_HASH, 7);
    EXPECT_TOLD(&told,
                "guest: soc_ifc: CPTRA_MBOX_VALID_PAUSER[4] is locked\n"
                "guest: soc_ifc: CPTRA_TRNG_VALID_PAUSER is locked\n"
                "guest: soc_ifc: CPTRA_FUSE_VALID_PAUSER is locked\n"
                "guest: soc_ifc: CPTRA_TRNG_DATA written by user 0x00000022, "
                "only 0x00000011 may\n"
                "guest: soc_ifc: fuse accessed by user 0x00000022, only "
                "0x00000011 may\n");
    told_fini(&told);
    test_soc_fini(&soc);
}

/* 0xff and 0x01 are verdicts of test firmware. */
TEST(all_characters_but_two_reach_the_console)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    for (uint32_t i = 0; i < 0x200; i++) {
        size_t before = soc.console.size;

        test_case("value 0x%x", i);
        core_write(&soc, GENERIC_OUT, i);
        core_write(&soc, GENERIC_OUT + 4, i);
        bool verdict = (i & 0xff) == 0xff || (i & 0xff) == 1;
        EXPECT_EQ(soc.console.size - before, verdict ? 0 : 1);
        if (!verdict) {
            EXPECT_EQ(((uint8_t *)soc.console.bytes)[before], i & 0xff);
        }
    }
    test_soc_fini(&soc);
}

TEST(scan_mode_costs_the_secrets_at_once)
{
    struct test_soc soc;
    struct told told;

    test_boot(&soc, 0x0101);
    told_init(&told, soc.soc_ifc);
    core_write(&soc, NOTIF_STATUS, UINT32_MAX);
    test_input(soc.soc_ifc, "security_state", TEST_PRODUCTION | 8);
    EXPECT_TOLD(&told,
                "debug_flush = 1\n"
                "debug_flush = 0\n");
    EXPECT_EQ(core_read(&soc, NOTIF_STATUS), 8);
    EXPECT_EQ(core_read(&soc, SECURITY_STATE), TEST_PRODUCTION | 8);
    core_write(&soc, NOTIF_STATUS, UINT32_MAX);
    test_input(soc.soc_ifc, "security_state", TEST_PRODUCTION);
    EXPECT_EQ(core_read(&soc, NOTIF_STATUS), 0);
    EXPECT_TOLD(&told, "");
    EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], 0);
    told_fini(&told);
    test_soc_fini(&soc);
}

/* A second interface, of a board that says something else. */
static struct device *with_property(struct test_soc *soc,
                                    const char *compatible, const char *name,
                                    const uint32_t *cells, size_t count)
{
    soc->property = name;
    soc->value_size = 4 * count;
    for (size_t i = 0; i < count; i++) {
        store_be32(soc->value + 4 * i, cells[i]);
    }
    return test_add(soc, compatible, "other");
}

TEST(what_a_board_must_not_say_is_refused)
{
    static const char first[] = "chipsalliance,caliptra-soc-ifc";
    static const char second[] = "chipsalliance,caliptra-soc-ifc-2";
    static const struct {
        const char *compatible, *property;
        uint32_t value;
        const char *error;
    } cases[] = {
        {first,  "cairn,generation",      0x0100, NULL                                 },
        {first,  "cairn,generation",      0x0101, NULL                                 },
        {first,  "cairn,generation",      0x00ff,
         "must be 0x0100 or 0x0101, not 0x00ff"                                        },
        {first,  "cairn,generation",      0x0102,
         "must be 0x0100 or 0x0101, not 0x0102"                                        },
        {first,  "cairn,generation",      0x0200,
         "must be 0x0100 or 0x0101, not 0x0200"                                        },
        {second, "cairn,generation",      0x0200, NULL                                 },
        {second, "cairn,generation",      0x0201, NULL                                 },
        {second, "cairn,generation",      0x0101,
         "must be 0x0200 or 0x0201, not 0x0101"                                        },
        {second, "cairn,generation",      0x0202,
         "must be 0x0200 or 0x0201, not 0x0202"                                        },
        {first,  "clock-frequency",       0,      "'clock-frequency' must be 1 or more"},
        {first,  "clock-frequency",       1,      NULL                                 },
        {first,  "cairn,obfuscation-key", 1,      "needs 8 cells, not 1"               },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct test_soc soc;

        test_case("case %zu", i);
        test_soc_init(&soc, cases[i].compatible == first ? 0x0101 : 0x0200);
        struct device *device = with_property(
            &soc, cases[i].compatible, cases[i].property, &cases[i].value, 1);
        EXPECT_EQ(device != NULL, cases[i].error == NULL);
        if (cases[i].error != NULL) {
            EXPECT(strstr(soc.error.text, cases[i].error) != NULL);
        }
        device_destroy(device);
        test_soc_fini(&soc);
    }
}

TEST(the_obfuscation_key_is_the_boards)
{
    static const uint32_t key[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

    for (size_t count = 7; count <= 9; count++) {
        struct test_soc soc;

        test_case("%zu cells", count);
        test_soc_init(&soc, 0x0101);
        struct device *device =
            with_property(&soc, "chipsalliance,caliptra-soc-ifc",
                          "cairn,obfuscation-key", key, count);
        EXPECT_EQ(device != NULL, count == 8);
        EXPECT_EQ(strstr(soc.error.text, "not 7") != NULL, count == 7);
        EXPECT_EQ(strstr(soc.error.text, "not 9") != NULL, count == 9);
        if (device != NULL) {
            test_input(device, "security_state", TEST_PRODUCTION);
            test_input(device, "cptra_pwrgood", 1);
            test_input(device, "cptra_rst_b", 1);
            EXPECT_BYTES(soc_ifc_obf_key(device), key, 32);
        }
        device_destroy(device);
        test_soc_fini(&soc);
    }
}

/* Outputs that something else moved are as before after a restore. */
static void expect_restored(struct test_soc *soc)
{
    const struct device_type *type = soc->soc_ifc->type;
    uint32_t levels[32];

    for (unsigned i = 0; i < type->output_count; i++) {
        levels[i] = soc->soc_ifc->outputs[i].level;
        line_set(&soc->soc_ifc->outputs[i], levels[i] == 0);
    }
    device_restored(soc->soc_ifc);
    for (unsigned i = 0; i < type->output_count; i++) {
        test_case("%s", type->outputs[i].name);
        EXPECT_EQ(soc->soc_ifc->outputs[i].level, levels[i]);
    }
}

TEST(all_lines_are_restored_from_the_state)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    expect_restored(&soc);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    expect_restored(&soc);
    core_write(&soc, GENERIC_OUT, 0x11);
    core_write(&soc, GENERIC_OUT + 4, 0x22);
    core_write(&soc, NMI_VECTOR, 0x33);
    core_write(&soc, FLOW_STATUS, 1 << 28);
    core_write(&soc, FW_ERROR_NON_FATAL, 1);
    expect_restored(&soc);
    start_watchdog(&soc, 10, 10);
    pass_cycles(&soc, 14);
    expect_restored(&soc); /* the first stage has expired */
    pass_cycles(&soc, 10);
    EXPECT_EQ(test_level(soc.soc_ifc, "nmi"), 1);
    expect_restored(&soc);
    test_soc_fini(&soc);

    test_boot(&soc, 0x0101);
    core_write(&soc, WDT2_EN, 1); /* of its own: no NMI */
    start_watchdog(&soc, 1000, 10);
    pass_cycles(&soc, 20);
    EXPECT_EQ(core_read(&soc, WDT_STATUS), 2);
    expect_restored(&soc);
    test_soc_fini(&soc);
}

TEST(a_reset_ends_the_wait_of_an_update)
{
    static const char *const lines[] = {"cptra_rst_b", "cptra_pwrgood"};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct test_soc soc;

        test_case("%s", lines[i]);
        test_boot(&soc, 0x0101);
        core_write(&soc, MTIMECMP, UINT32_MAX);
        core_write(&soc, MTIMECMP + 4, UINT32_MAX);
        uint64_t later = clock_next(&soc.fabric.clock);
        core_write(&soc, WAIT_CYCLES, 40);
        core_write(&soc, UPDATE_RESET, 1);
        EXPECT_EQ(clock_next(&soc.fabric.clock),
                  clock_now(&soc.fabric.clock) + 100);
        test_input(soc.soc_ifc, lines[i], 0);
        EXPECT(clock_next(&soc.fabric.clock) >= later);
        test_soc_fini(&soc);
    }
}

TEST(an_update_waits_whatever_else_is_written)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, WAIT_CYCLES, 40);
    core_write(&soc, UPDATE_RESET, 1);
    soc_write(&soc, BOOTFSM_GO, 1);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    pass_cycles(&soc, 40);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
    test_soc_fini(&soc);
}

/* Wires and the end of fusing, while the part is in reset. */
TEST(leaving_reset_looks_at_wires_and_not_at_what_came_before)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    test_input(soc.soc_ifc, "security_state", TEST_PRODUCTION);
    test_input(soc.soc_ifc, "cptra_pwrgood", 1);
    test_input(soc.soc_ifc, "generic_input_wires0", 0x123);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(core_read(&soc, GENERIC_IN), 0);
    EXPECT_EQ(core_read(&soc, NOTIF_STATUS) & 1 << 5, 0);
    test_input(soc.soc_ifc, "cptra_rst_b", 1);
    EXPECT_EQ(core_read(&soc, GENERIC_IN), 0x123);
    EXPECT(core_read(&soc, NOTIF_STATUS) & 1 << 5);
    EXPECT_EQ(test_level(soc.soc_ifc, "ready_for_fuses"), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 1);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
    test_soc_fini(&soc);
}

TEST(no_word_of_a_secret_outlives_its_clearing)
{
    static const uint32_t generations[] = {0x0101, 0x0200};

    for (size_t g = 0; g < ARRAY_SIZE(generations); g++) {
        unsigned words = g == 0 ? 12 : 16;
        uint32_t entropy = g == 0 ? FUSE_FIELD_ENTROPY : 0x240;
        struct test_soc soc;

        test_case("generation 0x%x", generations[g]);
        test_soc_init(&soc, generations[g]);
        test_power(&soc, TEST_PRODUCTION);
        for (uint32_t i = 0; i < words; i++) {
            soc_write(&soc, FUSE_UDS + 4 * i, i + 1);
        }
        for (uint32_t i = 0; i < 8; i++) {
            soc_write(&soc, entropy + 4 * i, i + 1);
        }
        for (unsigned cleared = 0; cleared < 2; cleared++) {
            for (uint32_t i = 0; i < words; i++) {
                EXPECT_EQ(soc_ifc_uds_seed(soc.soc_ifc)[i],
                          cleared ? 0 : i + 1);
            }
            for (uint32_t i = 0; i < 8; i++) {
                EXPECT_EQ(soc_ifc_field_entropy(soc.soc_ifc)[i],
                          cleared ? 0 : i + 1);
                EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[i] == 0, cleared);
            }
            soc_ifc_clear_secrets(soc.soc_ifc);
        }
        test_soc_fini(&soc);
    }
}

/* Scan mode pulses a line that a fatal error holds up already. */
TEST(a_flush_is_a_pulse_even_after_a_fatal_error)
{
    struct test_soc soc;
    struct told told;

    test_boot(&soc, 0x0101);
    core_write(&soc, FW_ERROR_FATAL, 1);
    told_init(&told, soc.soc_ifc);
    test_input(soc.soc_ifc, "security_state", TEST_PRODUCTION | 8);
    EXPECT_TOLD(&told,
                "debug_flush = 0\n"
                "debug_flush = 1\n");
    told_fini(&told);
    test_soc_fini(&soc);
}

TEST(all_milestones_at_once_are_three)
{
    struct test_soc soc;
    struct told told;

    test_boot(&soc, 0x0101);
    told_init(&told, soc.soc_ifc);
    core_write(&soc, FLOW_STATUS, UINT32_MAX);
    EXPECT_TOLD(&told,
                "fact CSR_READY\n"
                "fact READY_FOR_FIRMWARE\n"
                "fact READY_FOR_RUNTIME\n"
                "ready_for_fw = 1\n"
                "ready_for_runtime = 1\n"
                "mailbox_flow_done = 1\n");
    told_fini(&told);
    test_soc_fini(&soc);
}

TEST(straps_of_generation_2_are_the_socs_until_fuses_are_done)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0200);
    test_power(&soc, TEST_PRODUCTION);
    for (uint32_t i = 0; i < 44; i++) {
        soc_write(&soc, 0x500 + 4 * i, 0x100 + i);
    }
    core_write(&soc, 0x500, 1);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    soc_write(&soc, 0x500, 1);
    for (uint32_t i = 0; i < 44; i++) {
        EXPECT_EQ(core_read(&soc, 0x500 + 4 * i), 0x100 + i);
    }
    test_soc_fini(&soc);
}

TEST(a_board_says_whether_there_is_an_internal_trng)
{
    for (uint32_t has = 0; has < 2; has++) {
        struct access access = {.view = TEST_CORE};
        struct test_soc soc;
        uint64_t value;

        test_soc_init(&soc, 0x0101);
        struct device *device =
            with_property(&soc, "chipsalliance,caliptra-soc-ifc",
                          "cairn,internal-trng", &has, 1);
        REQUIRE(device != NULL);
        EXPECT_EQ(device_read(device, 0, &access, HW_CONFIG, 4, &value), 0);
        EXPECT_EQ(value, 0x10 | has);
        device_destroy(device);
        test_soc_fini(&soc);
    }
}

TEST(each_generation_has_its_revision)
{
    static const uint32_t revisions[][2] = {
        {0x0100, 0x0001},
        {0x0101, 0x0011},
        {0x0200, 0x0202},
        {0x0201, 0x0212},
    };

    for (size_t i = 0; i < ARRAY_SIZE(revisions); i++) {
        struct test_soc soc;

        test_soc_init(&soc, revisions[i][0]);
        EXPECT_EQ(soc_read(&soc, HW_REV), revisions[i][1]);
        test_soc_fini(&soc);
    }
}

TEST(capabilities_of_generation_2_stay_as_they_were_locked)
{
    static const uint32_t registers[][3] = {
        {0x128, 2,  0x130},
        {0x140, 12, 0x170},
    };
    struct test_soc soc;

    test_soc_init(&soc, 0x0200);
    test_power(&soc, TEST_PRODUCTION);
    for (size_t r = 0; r < ARRAY_SIZE(registers); r++) {
        for (uint32_t i = 0; i < registers[r][1]; i++) {
            soc_write(&soc, registers[r][0] + 4 * i, 0x10 + i);
        }
        soc_write(&soc, registers[r][2], 1);
        for (uint32_t i = 0; i < registers[r][1]; i++) {
            test_case("register 0x%x", registers[r][0] + 4 * i);
            soc_write(&soc, registers[r][0] + 4 * i, 5);
            EXPECT_EQ(soc_read(&soc, registers[r][0] + 4 * i), 0x10 + i);
        }
    }
    test_soc_fini(&soc);
}

TEST(the_flow_status_is_exact_at_each_step)
{
    struct test_soc soc;

    test_soc_init(&soc, 0x0101);
    EXPECT_EQ(soc_read(&soc, FLOW_STATUS), 0);
    test_power(&soc, TEST_PRODUCTION);
    EXPECT_EQ(soc_read(&soc, FLOW_STATUS), 1u << 25 | 1u << 30);
    soc_write(&soc, TEST_FUSE_WR_DONE, 0); /* seen, and not done */
    EXPECT_EQ(soc_read(&soc, FLOW_STATUS), 1u << 25);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(soc_read(&soc, FLOW_STATUS), 4u << 25);
    core_write(&soc, UPDATE_RESET, 1);
    EXPECT_EQ(soc_read(&soc, FLOW_STATUS), 3u << 25);
    test_soc_fini(&soc);
}

/* Vaults and engines are out of reset before they are told to forget; the
 * detector of the lock sees it locked, then as it is. */
TEST(an_open_part_forgets_after_its_reset)
{
    struct test_soc soc;
    struct told told;

    test_soc_init(&soc, 0x0101);
    told_init(&told, soc.soc_ifc);
    test_power(&soc, 3);
    EXPECT_TOLD(&told,
                "reset_power_on = 0\n"
                "fact CORE_WAITS_FOR_FUSES\n"
                "reset_warm = 0\n"
                "ready_for_fuses = 1\n"
                "debug_flush = 1\n"
                "debug_flush = 0\n");
    EXPECT_EQ(core_read(&soc, 0x980 + 4 * 2), 2);
    told_fini(&told);
    test_soc_fini(&soc);
    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    EXPECT_EQ(core_read(&soc, 0x980 + 4 * 2), 1);
    test_soc_fini(&soc);
}

TEST(a_reset_line_that_does_not_change_the_reset_is_not_told)
{
    struct test_soc soc;
    struct told told;

    test_soc_init(&soc, 0x0101);
    told_init(&told, soc.soc_ifc);
    test_input(soc.soc_ifc, "cptra_rst_b", 1);
    test_input(soc.soc_ifc, "cptra_rst_b", 0);
    test_input(soc.soc_ifc, "cptra_pwrgood", 1);
    EXPECT_TOLD(&told, "reset_power_on = 0\n");
    test_input(soc.soc_ifc, "cptra_rst_b", 1);
    told_clear(&told);
    test_input(soc.soc_ifc, "cptra_pwrgood", 1);
    test_input(soc.soc_ifc, "cptra_rst_b", 1);
    EXPECT_TOLD(&told, "");
    told_fini(&told);
    test_soc_fini(&soc);
}

TEST(enabling_a_pending_error_interrupts)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, GLOBAL_ENABLE, 3);
    soc_ifc_report(soc.soc_ifc, MAILBOX_INVALID_USER);
    EXPECT_EQ(test_level(soc.soc_ifc, "error"), 0);
    core_write(&soc, ERROR_ENABLE, 2);
    EXPECT_EQ(test_level(soc.soc_ifc, "error"), 1);
    EXPECT_EQ(core_read(&soc, 0x80c), 1);
    core_write(&soc, ERROR_ENABLE, 4);
    EXPECT_EQ(test_level(soc.soc_ifc, "error"), 0);
    EXPECT_EQ(core_read(&soc, 0x80c), 0);
    test_soc_fini(&soc);
}

/* The word behind a hash is of something else. */
TEST(a_hash_of_zeros_is_none)
{
    struct test_soc soc;
    struct told told;

    test_soc_init(&soc, 0x0101);
    test_power(&soc, TEST_PRODUCTION);
    soc_write(&soc, FUSE_VENDOR_HASH + 4 * 12, 0xf);
    told_init(&told, soc.soc_ifc);
    soc_write(&soc, TEST_FUSE_WR_DONE, 1);
    EXPECT(strstr(buffer_text(&told.text), "fact VENDOR_KEYS_NONE\n") != NULL);
    told_fini(&told);
    test_soc_fini(&soc);
}

/* What scan mode took while the part left its reset does not come back. */
TEST(scan_mode_at_reset_costs_the_secrets_too)
{
    for (uint32_t scan = 0; scan <= 8; scan += 8) {
        struct test_soc soc;

        test_case("scan mode %u", scan);
        test_soc_init(&soc, 0x0101);
        test_power(&soc, TEST_PRODUCTION | scan);
        EXPECT_EQ(core_read(&soc, NOTIF_STATUS) & 8, scan);
        EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0],
                  scan ? UINT32_MAX : 0xa0a1a2a3);
        test_input(soc.soc_ifc, "security_state", TEST_PRODUCTION);
        EXPECT_EQ(soc_ifc_obf_key(soc.soc_ifc)[0], scan ? 0 : 0xa0a1a2a3);
        test_soc_fini(&soc);
    }
}

TEST(a_masked_non_fatal_error_is_recorded_alone)
{
    struct test_soc soc;

    test_boot(&soc, 0x0101);
    core_write(&soc, 0x634, 1);
    test_write_as(&soc, soc.mailbox, TEST_SOC, TEST_USER, 8, 1);
    EXPECT_EQ(soc_read(&soc, HW_ERROR_NON_FATAL), 1);
    EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_non_fatal"), 0);
    test_soc_fini(&soc);
}
