/* SPDX-License-Identifier: Apache-2.0 */
/* Reports an error to the SoC and stops. */
#include "guest/caliptra/hardware/fatal.h"

#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/ensure/ensure.h"
#include "guest/kit/mmio/mmio.h"

_Noreturn void fatal_halt(uint32_t code)
{
    console_value("fatal error", code);
    soc_ifc_error_fatal(code);
    /* An older non-fatal code must not pass for the cause. */
    soc_ifc_error_non_fatal(code);
    mmio_write(CALIPTRA_ECC_CTRL, CALIPTRA_ECC_CTRL_ZEROIZE);
    mmio_write(CALIPTRA_HMAC_CTRL, CALIPTRA_HMAC_CTRL_ZEROIZE);
    mmio_write(CALIPTRA_SHA256_CTRL, CALIPTRA_SHA256_CTRL_ZEROIZE);
    mmio_write(CALIPTRA_SHA512_CTRL, CALIPTRA_SHA512_CTRL_ZEROIZE);
    mmio_write(CALIPTRA_SHA_ACC_CONTROL, 1);
    vault_clear_keys();
    soc_ifc_watchdog_stop();
    for (;;) {
        if (mailbox_has_command()) {
            mailbox_finish(false);
        }
        /* Reading takes the lock, so the SoC cannot use the accelerator. */
        (void)mmio_read(CALIPTRA_SHA_ACC_LOCK);
    }
}

_Noreturn void ensure_failed(const char *file, uint32_t line)
{
    console_text(file);
    console_value(": an invariant does not hold, line", line);
    soc_ifc_error_extended(0, line);
    fatal_halt(CALIPTRA_ERROR_INVARIANT);
}

static void explain(uint32_t cause, uint32_t detail, uint32_t pc,
                    uint32_t return_address)
{
    console_value("mcause", cause);
    console_value("mscause", detail);
    console_value("mepc", pc);
    soc_ifc_error_extended(0, cause);
    soc_ifc_error_extended(1, detail);
    soc_ifc_error_extended(2, pc);
    soc_ifc_error_extended(3, return_address);
}

_Noreturn void fatal_exception(uint32_t cause, uint32_t detail, uint32_t pc,
                               uint32_t return_address)
{
    console_text("exception\n");
    explain(cause, detail, pc, return_address);
    fatal_halt(fatal_codes.exception);
}

_Noreturn void fatal_nmi(uint32_t cause, uint32_t detail, uint32_t pc,
                         uint32_t return_address)
{
    console_text("non-maskable interrupt\n");
    explain(cause, detail, pc, return_address);
    soc_ifc_error_extended(
        4, mmio_read(CALIPTRA_SOC_IFC_INTR_ERROR_INTERNAL_INTR));
    fatal_halt(soc_ifc_watchdog_expired() ? fatal_codes.watchdog
                                          : fatal_codes.nmi);
}
