/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First mutable code: says what was measured, makes the identity of the runtime
 * and hands over to it.
 * It relies on nothing but the hand-off, so it runs under the released ROMs as
 * it does under ours.
 */
#include "guest/caliptra/firmware/firmware.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/firmware/rt_alias.h"
#include "guest/caliptra/handoff/handoff.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"

const struct fatal_codes fatal_codes = {
    .nmi = CALIPTRA_ERROR_FMC_NMI,
    .exception = CALIPTRA_ERROR_FMC_EXCEPTION,
    .watchdog = CALIPTRA_ERROR_FMC_WATCHDOG_EXPIRED,
};

static void show_pcr(const char *text, unsigned pcr)
{
    uint32_t words[12];
    vault_pcr(pcr, words);
    console_digest(text, words);
}

static void expect_no(uint32_t error)
{
    if (error != 0) {
        fatal_halt(error);
    }
}

_Noreturn void firmware_main(void)
{
    console_text("[fmc] entered\n");
    show_pcr("[fmc] PCR0", CALIPTRA_PCR_FMC_CURRENT);
    show_pcr("[fmc] PCR1", CALIPTRA_PCR_FMC_JOURNEY);
    struct handoff handoff;
    expect_no(handoff_read(&handoff));
    handoff_complete(soc_ifc_reset_reason());
    expect_no(rt_alias_make(&handoff));
    console_value("[fmc] runtime at", handoff.runtime_entry);
    ((void (*)(void))(uintptr_t)handoff.runtime_entry)();
    __builtin_unreachable();
}
