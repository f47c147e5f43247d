/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the SoC interface: its registers, by short names, and its clock
 * and resets. Include it in one test file of a program.
 */
#ifndef DEVICES_CALIPTRA_TEST_SOC_IFC_H
#define DEVICES_CALIPTRA_TEST_SOC_IFC_H

#include "abi/caliptra_soc_ifc.h"
#include "devices/caliptra/test_soc.h"

#define TEST_AT(name) (CALIPTRA_SOC_IFC_##name - CALIPTRA_SOC_IFC_BASE)

enum {
    HW_ERROR_FATAL = TEST_AT(HW_ERROR_FATAL),
    HW_ERROR_NON_FATAL = TEST_AT(HW_ERROR_NON_FATAL),
    FW_ERROR_FATAL = TEST_AT(FW_ERROR_FATAL),
    FW_ERROR_NON_FATAL = TEST_AT(FW_ERROR_NON_FATAL),
    BOOT_STATUS = TEST_AT(BOOT_STATUS),
    FLOW_STATUS = TEST_AT(FLOW_STATUS),
    RESET_REASON = TEST_AT(RESET_REASON),
    SECURITY_STATE = TEST_AT(SECURITY_STATE),
    MBOX_USER = TEST_AT(MBOX_VALID_PAUSER),
    MBOX_LOCK = TEST_AT(MBOX_PAUSER_LOCK),
    TRNG_USER = TEST_AT(TRNG_VALID_PAUSER),
    TRNG_LOCK = TEST_AT(TRNG_PAUSER_LOCK),
    TRNG_DATA = TEST_AT(TRNG_DATA),
    TRNG_CTRL = TEST_AT(TRNG_CTRL),
    TRNG_STATUS = TEST_AT(TRNG_STATUS),
    BOOTFSM_GO = TEST_AT(BOOTFSM_GO),
    GENERIC_IN = TEST_AT(GENERIC_INPUT_WIRES),
    GENERIC_OUT = TEST_AT(GENERIC_OUTPUT_WIRES),
    HW_REV = TEST_AT(HW_REV_ID),
    HW_CONFIG = TEST_AT(HW_CONFIG),
    WDT1_EN = TEST_AT(WDT_TIMER1_EN),
    WDT1_CTRL = TEST_AT(WDT_TIMER1_CTRL),
    WDT1_PERIOD = TEST_AT(WDT_TIMER1_TIMEOUT_PERIOD),
    WDT2_EN = TEST_AT(WDT_TIMER2_EN),
    WDT2_PERIOD = TEST_AT(WDT_TIMER2_TIMEOUT_PERIOD),
    WDT_STATUS = TEST_AT(WDT_STATUS),
    FUSE_USER = TEST_AT(FUSE_VALID_PAUSER),
    FUSE_LOCK = TEST_AT(FUSE_PAUSER_LOCK),
    FUSE_UDS = TEST_AT(FUSE_UDS_SEED),
    FUSE_FIELD_ENTROPY = TEST_AT(FUSE_FIELD_ENTROPY),
    FUSE_VENDOR_HASH = TEST_AT(FUSE_KEY_MANIFEST_PK_HASH),
    FUSE_STEPPING = TEST_AT(FUSE_SOC_STEPPING_ID),
    OBF_KEY = TEST_AT(INTERNAL_OBF_KEY),
    ICCM_LOCK = TEST_AT(INTERNAL_ICCM_LOCK),
    UPDATE_RESET = TEST_AT(INTERNAL_FW_UPDATE_RESET),
    WAIT_CYCLES = TEST_AT(INTERNAL_FW_UPDATE_RESET_WAIT_CYCLES),
    NMI_VECTOR = TEST_AT(INTERNAL_NMI_VECTOR),
    HW_FATAL_MASK = TEST_AT(INTERNAL_HW_ERROR_FATAL_MASK),
    HW_NON_FATAL_MASK = TEST_AT(INTERNAL_HW_ERROR_NON_FATAL_MASK),
    FW_FATAL_MASK = TEST_AT(INTERNAL_FW_ERROR_FATAL_MASK),
    FW_NON_FATAL_MASK = TEST_AT(INTERNAL_FW_ERROR_NON_FATAL_MASK),
    MTIME = TEST_AT(INTERNAL_RV_MTIME),
    MTIMECMP = TEST_AT(INTERNAL_RV_MTIMECMP),
    GLOBAL_ENABLE = TEST_AT(INTR_GLOBAL_INTR_EN),
    ERROR_ENABLE = 0x804,
    NOTIF_ENABLE = TEST_AT(INTR_NOTIF_INTR_EN),
    ERROR_STATUS = TEST_AT(INTR_ERROR_INTERNAL_INTR),
    NOTIF_STATUS = TEST_AT(INTR_NOTIF_INTERNAL_INTR),
    BOOT_STATE_DONE = 4, /* of bits 25 to 27 of FLOW_STATUS */
    READY_FOR_FUSES = 1 << 30,
};

static inline unsigned boot_state(struct test_soc *soc)
{
    return soc_read(soc, FLOW_STATUS) >> 25 & 7;
}

static inline void warm_reset(struct test_soc *soc)
{
    test_input(soc->soc_ifc, "cptra_rst_b", 0);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
}

/* The clock runs at 400 MHz: 2.5 ns a cycle. */
static inline void pass_cycles(struct test_soc *soc, uint64_t cycles)
{
    clock_advance(&soc->fabric.clock,
                  clock_now(&soc->fabric.clock) + cycles * 5 / 2);
}

static inline void start_watchdog(struct test_soc *soc, uint32_t first,
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

#endif
