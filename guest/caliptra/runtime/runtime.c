/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runtime: sleeps until the SoC sends a command, serves it, sleeps again. One
 * command it cannot serve itself: FIRMWARE_LOAD, for which it resets the core
 * with the bundle still in the mailbox.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/firmware/firmware.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/kit/csr/csr.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/mmio/mmio.h"

enum { PRIORITY = 15 };
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
    mmio_write(CALIPTRA_SOC_IFC_INTR_NOTIF_INTR_EN, CALIPTRA_NOTIF_CMD_AVAIL);
    mmio_write(CALIPTRA_SOC_IFC_INTR_GLOBAL_INTR_EN, NOTIFICATIONS);
    hart_wake_by(CSR_MIE_MEIE);
}

static struct runtime *find_state(void)
{
    struct runtime *runtime = (void *)(uintptr_t)generation.request;
    uint32_t error = handoff_read(&runtime->handoff);
    if (error != 0) {
        fatal_halt(error);
    }
    runtime->images = (void *)(uintptr_t)generation.soc_images;
    runtime->kept = (void *)(uintptr_t)generation.kept;
    runtime->dpe = (void *)(uintptr_t)generation.dpe;
    runtime->shut_down = false;
    runtime->other_name_size = 0;
    return runtime;
}

static _Noreturn void update(void)
{
    console_text("[runtime] update reset\n");
    /* The flow status outlives the reset: let the SoC see us come back. */
    soc_ifc_flow(0, CALIPTRA_FLOW_READY_FOR_RUNTIME);
    mmio_write(CALIPTRA_SOC_IFC_INTERNAL_FW_UPDATE_RESET, 1);
    for (;;) {
    }
}

/* Pops the request; what the mailbox holds behind its last byte is not it. */
static uint32_t take(struct runtime *runtime, uint32_t command)
{
    runtime->size = mailbox_size();
    unsigned count = runtime->size / 4 + (runtime->size % 4 != 0);
    if (count > RUNTIME_REQUEST_WORDS) {
        return CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY;
    }
    if (runtime->size < sizeof(struct caliptra_request_header)) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    mailbox_pop(runtime->request, count);
    if (runtime->size % 4 != 0) {
        runtime->request[count - 1] &= ~(~0u << 8 * (runtime->size % 4));
    }
    uint32_t sum =
        mailbox_sum(&command, 1) + mailbox_sum(runtime->request + 1, count - 1);
    return runtime->request[0] + sum == 0
               ? 0
               : CALIPTRA_ERROR_RUNTIME_INVALID_CHECKSUM;
}

static void serve(struct runtime *runtime)
{
    uint32_t command = mailbox_command();
    uint32_t error = CALIPTRA_ERROR_RUNTIME_RESERVED_USER;
    console_value("[runtime] command", command);
    soc_ifc_clear_error_non_fatal();
    runtime->user = mailbox_user();
    if (runtime->user != CALIPTRA_RESERVED_USER) {
        if (command == CALIPTRA_CMD_FIRMWARE_LOAD) {
            update();
        }
        error = take(runtime, command);
        if (error == 0) {
            error = command_serve(runtime, command);
        }
    }
    if (error == 0) {
        mailbox_respond(runtime->response, runtime->answered);
        if (runtime->shut_down) {
            fatal_halt(CALIPTRA_ERROR_RUNTIME_SHUTDOWN);
        }
    } else {
        console_value("[runtime] error", error);
        soc_ifc_error_non_fatal(error);
        mailbox_finish(false);
    }
}

/* The FMC makes the runtime's keys again at every reset. */
static void stay_disabled(struct runtime *runtime)
{
    uint32_t error = runtime->kept->attestation_disabled != 0
                         ? module_forget_keys(runtime)
                         : 0;
    if (error != 0) {
        fatal_halt(error);
    }
}

_Noreturn void firmware_main(void)
{
    struct runtime *runtime = find_state();
    console_text("[runtime] ready\n");
    soc_ifc_watchdog_stop();
    dpe_begin(runtime);
    stay_disabled(runtime);
    arm_doorbell();
    soc_ifc_boot_status(CALIPTRA_BOOT_RUNTIME_READY);
    soc_ifc_flow(CALIPTRA_FLOW_READY_FOR_RUNTIME, 0);
    for (;;) {
        /* The bell latches: clearing it before looking loses no command. */
        mmio_write(CALIPTRA_SOC_IFC_INTR_NOTIF_INTERNAL_INTR,
                   CALIPTRA_NOTIF_CMD_AVAIL);
        if (mailbox_has_command()) {
            soc_ifc_flow(0, CALIPTRA_FLOW_MAILBOX_DONE);
            serve(runtime);
            soc_ifc_flow(CALIPTRA_FLOW_MAILBOX_DONE, 0);
            continue;
        }
        soc_ifc_flow(CALIPTRA_FLOW_MAILBOX_DONE, 0);
        module_idle(runtime);
        hart_wait();
    }
}
