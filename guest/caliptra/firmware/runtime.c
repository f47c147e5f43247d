/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runtime: sleeps until the SoC sends a command. It serves two: VERSION, and
 * FIRMWARE_LOAD by resetting the core with the bundle still in the mailbox.
 */
#include "guest/caliptra/firmware/firmware.h"

#include "abi/caliptra.h"
#include "abi/caliptra_registers.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/version.h"
#include "guest/kit/csr/csr.h"
#include "guest/kit/mmio/mmio.h"

enum { READY = 0x600, PRIORITY = 15 };
/* Bits of the global interrupt enable of SOC_IFC. */
enum { NOTIFICATIONS = 2 };

const struct fatal_codes fatal_codes = {
    .nmi = CALIPTRA_ERROR_RUNTIME_NMI,
    .exception = CALIPTRA_ERROR_RUNTIME_EXCEPTION,
    .watchdog = CALIPTRA_ERROR_RUNTIME_WATCHDOG_EXPIRED,
};

/* Wakes the core from wfi; it takes no interrupt, mstatus.MIE stays clear. */
static void arm_doorbell(void)
{
    const uint32_t source = 4 * CALIPTRA_PIC_SOURCE_NOTIF;
    mmio_write(CALIPTRA_PIC_MEIPL + source, PRIORITY);
    mmio_write(CALIPTRA_PIC_MEIGWCLR + source, 0);
    mmio_write(CALIPTRA_PIC_MEIE + source, 1);
    mmio_write(CALIPTRA_SOC_IFC_NOTIF_INTR_EN, CALIPTRA_NOTIF_CMD_AVAIL);
    mmio_write(CALIPTRA_SOC_IFC_GLOBAL_INTR_EN, NOTIFICATIONS);
    CSR_SET(mie, CSR_MIE_MEIE);
}

static _Noreturn void update(void)
{
    console_text("[runtime] update reset\n");
    /* The flow status outlives the reset: let the SoC see us come back. */
    soc_ifc_flow(0, CALIPTRA_FLOW_READY_FOR_RUNTIME);
    mmio_write(CALIPTRA_SOC_IFC_FW_UPDATE_RESET, 1);
    for (;;) {
    }
}

static void serve(void)
{
    uint32_t command = mailbox_command();
    console_value("[runtime] command", command);
    uint32_t error = CALIPTRA_ERROR_RUNTIME_UNIMPLEMENTED_COMMAND;
    if (command == CALIPTRA_CMD_FIRMWARE_LOAD) {
        update();
    }
    if (command == CALIPTRA_CMD_VERSION) {
        error = version_respond(CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS,
                                CALIPTRA_ERROR_RUNTIME_INVALID_CHECKSUM);
    }
    if (error != 0) {
        soc_ifc_error_non_fatal(error);
        mailbox_finish(false);
    }
}

_Noreturn void firmware_main(void)
{
    console_text("[runtime] ready\n");
    soc_ifc_watchdog_stop();
    arm_doorbell();
    soc_ifc_boot_status(READY);
    soc_ifc_flow(CALIPTRA_FLOW_READY_FOR_RUNTIME, 0);
    for (;;) {
        /* The bell latches: clearing it before looking loses no command. */
        mmio_write(CALIPTRA_SOC_IFC_NOTIF_INTR, CALIPTRA_NOTIF_CMD_AVAIL);
        if (mailbox_has_command()) {
            soc_ifc_flow(0, CALIPTRA_FLOW_MAILBOX_DONE);
            serve();
            soc_ifc_flow(CALIPTRA_FLOW_MAILBOX_DONE, 0);
            continue;
        }
        soc_ifc_flow(CALIPTRA_FLOW_MAILBOX_DONE, 0);
        __asm__ volatile("wfi");
    }
}
