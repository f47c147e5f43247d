/* SPDX-License-Identifier: Apache-2.0 */
/* Power, resets and the flow of a boot. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"
#include "tests/told.h"

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_soc_init(soc, 0x0101))

TEST_ON(core_starts_after_power_fuses_and_their_done_bit, soc)
{
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_power_on"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fuses"), 0);
    test_input(soc->soc_ifc, "cptra_pwrgood", 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_power_on"), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_warm"), 1);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_warm"), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fuses"), 1);
    EXPECT(soc_read(soc, FLOW_STATUS) & READY_FOR_FUSES);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fuses"), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 0);
    EXPECT_EQ(boot_state(soc), BOOT_STATE_DONE);
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
        OWNED(test_soc_fini) struct test_soc soc;
        test_case("security state %u", cases[i].security_state);
        test_soc_init(&soc, 0x0101);
        test_input(soc.soc_ifc, "bootfsm_brkpoint", 1);
        test_power(&soc, cases[i].security_state);
        soc_write(&soc, TEST_FUSE_WR_DONE, 1);
        EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), cases[i].holds);
        soc_write(&soc, BOOTFSM_GO, 1);
        EXPECT_EQ(test_level(soc.soc_ifc, "reset_core"), 0);
    }
}

TEST_ON(warm_reset_keeps_fuses_and_errors_and_waits_for_done_again, soc)
{
    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, FUSE_VENDOR_HASH, 0x12345678);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    core_write(soc, FW_ERROR_NON_FATAL, 5);
    core_write(soc, FLOW_STATUS, 1 << 28);
    core_write(soc, BOOT_STATUS, 9);
    core_write(soc, ICCM_LOCK, 1);
    EXPECT_EQ(core_read(soc, RESET_REASON), 0);
    warm_reset(soc);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fuses"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fw"), 0);
    soc_write(soc, FUSE_VENDOR_HASH, 1);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 0);
    EXPECT_EQ(core_read(soc, FUSE_VENDOR_HASH), 0x12345678);
    EXPECT_EQ(core_read(soc, FW_ERROR_NON_FATAL), 5);
    EXPECT_EQ(core_read(soc, BOOT_STATUS), 0);
    EXPECT_EQ(core_read(soc, ICCM_LOCK), 0);
    EXPECT_EQ(core_read(soc, RESET_REASON), 2);
}

TEST_ON(losing_power_forgets_fuses_and_errors, soc)
{
    test_power(soc, TEST_PRODUCTION);
    soc_write(soc, FUSE_VENDOR_HASH, 0x12345678);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    core_write(soc, FW_ERROR_NON_FATAL, 5);
    test_input(soc->soc_ifc, "cptra_pwrgood", 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_power_on"), 1);
    test_input(soc->soc_ifc, "cptra_pwrgood", 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fuses"), 1);
    EXPECT_EQ(soc_read(soc, FUSE_VENDOR_HASH), 0);
    EXPECT_EQ(soc_read(soc, FW_ERROR_NON_FATAL), 0);
    EXPECT_EQ(soc_read(soc, RESET_REASON), 0);
}

TEST_BEGINS(update_reset_holds_the_core_alone_for_the_wait_cycles, soc)
{
    test_boot(soc, 0x0101);
    core_write(soc, FLOW_STATUS, 1 << 29);
    core_write(soc, ICCM_LOCK, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "iccm_lock"), 1);
    core_write(soc, WAIT_CYCLES, 40);
    core_write(soc, UPDATE_RESET, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_warm"), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "iccm_lock"), 1);
    pass_cycles(soc, 38);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    pass_cycles(soc, 2);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "iccm_lock"), 0);
    EXPECT_EQ(core_read(soc, RESET_REASON), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_runtime"), 1);
}

TEST_BEGINS(reset_reason_is_the_last_one, soc)
{
    test_boot(soc, 0x0101);
    warm_reset(soc);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    core_write(soc, UPDATE_RESET, 1);
    pass_cycles(soc, 10);
    EXPECT_EQ(core_read(soc, RESET_REASON), 1);
    warm_reset(soc);
    EXPECT_EQ(core_read(soc, RESET_REASON), 2);
}

TEST_BEGINS(security_state_is_latched_when_reset_is_released, soc)
{
    test_boot(soc, 0x0101);
    test_input(soc->soc_ifc, "security_state", 1);
    EXPECT_EQ(core_read(soc, SECURITY_STATE), 7);
    warm_reset(soc);
    EXPECT_EQ(core_read(soc, SECURITY_STATE), 1);
}

TEST_BEGINS(boot_status_is_for_the_core_to_write, soc)
{
    test_boot(soc, 0x0101);
    soc_write(soc, BOOT_STATUS, 1);
    soc_write(soc, FLOW_STATUS, UINT32_MAX);
    EXPECT_EQ(core_read(soc, BOOT_STATUS), 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fw"), 0);
    core_write(soc, BOOT_STATUS, 0x600);
    core_write(soc, FLOW_STATUS, 1u << 31 | 1 << 28);
    EXPECT_EQ(soc_read(soc, BOOT_STATUS), 0x600);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fw"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "mailbox_flow_done"), 1);
}

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

TEST_ON(the_life_of_a_part_is_told_step_by_step, soc)
{
    OWNED(told_fini) struct told told;

    told_init(&told, soc->soc_ifc);
    test_power(soc, TEST_PRODUCTION);
    EXPECT_TOLD(&told,
                "reset_power_on = 0\n"
                "fact CORE_WAITS_FOR_FUSES\n"
                "reset_warm = 0\n"
                "ready_for_fuses = 1\n");
    expect_boot(soc, &told);
    expect_resets(soc, &told);
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

TEST_ON(all_lines_are_restored_from_the_state, soc)
{
    test_power(soc, TEST_PRODUCTION);
    expect_restored(soc);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    expect_restored(soc);
    core_write(soc, GENERIC_OUT, 0x11);
    core_write(soc, GENERIC_OUT + 4, 0x22);
    core_write(soc, NMI_VECTOR, 0x33);
    core_write(soc, FLOW_STATUS, 1 << 28);
    core_write(soc, FW_ERROR_NON_FATAL, 1);
    expect_restored(soc);
    start_watchdog(soc, 10, 10);
    pass_cycles(soc, 14);
    expect_restored(soc); /* the first stage has expired */
    pass_cycles(soc, 10);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 1);
    expect_restored(soc);
    test_soc_fini(soc);

    test_boot(soc, 0x0101);
    core_write(soc, WDT2_EN, 1); /* of its own: no NMI */
    start_watchdog(soc, 1000, 10);
    pass_cycles(soc, 20);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 2);
    expect_restored(soc);
}

TEST(a_reset_ends_the_wait_of_an_update)
{
    static const char *const lines[] = {"cptra_rst_b", "cptra_pwrgood"};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

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
    }
}

TEST_BEGINS(an_update_waits_whatever_else_is_written, soc)
{
    test_boot(soc, 0x0101);
    core_write(soc, WAIT_CYCLES, 40);
    core_write(soc, UPDATE_RESET, 1);
    soc_write(soc, BOOTFSM_GO, 1);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    pass_cycles(soc, 40);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 0);
}

/* Wires and the end of fusing, while the part is in reset. */
TEST_ON(leaving_reset_looks_at_wires_and_not_at_what_came_before, soc)
{
    test_input(soc->soc_ifc, "security_state", TEST_PRODUCTION);
    test_input(soc->soc_ifc, "cptra_pwrgood", 1);
    test_input(soc->soc_ifc, "generic_input_wires0", 0x123);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(core_read(soc, GENERIC_IN), 0);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS) & 1 << 5, 0);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    EXPECT_EQ(core_read(soc, GENERIC_IN), 0x123);
    EXPECT(core_read(soc, NOTIF_STATUS) & 1 << 5);
    EXPECT_EQ(test_level(soc->soc_ifc, "ready_for_fuses"), 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 1);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(test_level(soc->soc_ifc, "reset_core"), 0);
}

TEST_BEGINS(all_milestones_at_once_are_three, soc)
{
    OWNED(told_fini) struct told told;

    test_boot(soc, 0x0101);
    told_init(&told, soc->soc_ifc);
    core_write(soc, FLOW_STATUS, UINT32_MAX);
    EXPECT_TOLD(&told,
                "fact CSR_READY\n"
                "fact READY_FOR_FIRMWARE\n"
                "fact READY_FOR_RUNTIME\n"
                "ready_for_fw = 1\n"
                "ready_for_runtime = 1\n"
                "mailbox_flow_done = 1\n");
}

TEST_ON(the_flow_status_is_exact_at_each_step, soc)
{
    EXPECT_EQ(soc_read(soc, FLOW_STATUS), 0);
    test_power(soc, TEST_PRODUCTION);
    EXPECT_EQ(soc_read(soc, FLOW_STATUS), 1u << 25 | 1u << 30);
    soc_write(soc, TEST_FUSE_WR_DONE, 0); /* seen, and not done */
    EXPECT_EQ(soc_read(soc, FLOW_STATUS), 1u << 25);
    soc_write(soc, TEST_FUSE_WR_DONE, 1);
    EXPECT_EQ(soc_read(soc, FLOW_STATUS), 4u << 25);
    core_write(soc, UPDATE_RESET, 1);
    EXPECT_EQ(soc_read(soc, FLOW_STATUS), 3u << 25);
}

/* Vaults and engines are out of reset before they are told to forget; the
 * detector of the lock sees it locked, then as it is. */
TEST_ON(an_open_part_forgets_after_its_reset, soc)
{
    struct told told;

    told_init(&told, soc->soc_ifc);
    test_power(soc, 3);
    EXPECT_TOLD(&told,
                "reset_power_on = 0\n"
                "fact CORE_WAITS_FOR_FUSES\n"
                "reset_warm = 0\n"
                "ready_for_fuses = 1\n"
                "debug_flush = 1\n"
                "debug_flush = 0\n");
    EXPECT_EQ(core_read(soc, 0x980 + 4 * 2), 2);
    told_fini(&told);
    test_soc_fini(soc);
    test_soc_init(soc, 0x0101);
    test_power(soc, TEST_PRODUCTION);
    EXPECT_EQ(core_read(soc, 0x980 + 4 * 2), 1);
}

TEST_ON(a_reset_line_that_does_not_change_the_reset_is_not_told, soc)
{
    OWNED(told_fini) struct told told;

    told_init(&told, soc->soc_ifc);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    test_input(soc->soc_ifc, "cptra_rst_b", 0);
    test_input(soc->soc_ifc, "cptra_pwrgood", 1);
    EXPECT_TOLD(&told, "reset_power_on = 0\n");
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    told_clear(&told);
    test_input(soc->soc_ifc, "cptra_pwrgood", 1);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    EXPECT_TOLD(&told, "");
}
