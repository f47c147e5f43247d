/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First mutable code: says what was measured, makes the identity of the runtime
 * and hands over to it.
 * It relies on nothing but the hand-off table and the data vault, so it runs
 * under the released ROMs as it does under ours.
 */
#include "guest/caliptra/firmware/firmware.h"

#include "abi/caliptra.h"
#include "guest/caliptra/firmware/rt_alias.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"

#include <stdbool.h>

const struct fatal_codes fatal_codes = {
    .nmi = CALIPTRA_ERROR_FMC_NMI,
    .exception = CALIPTRA_ERROR_FMC_EXCEPTION,
    .watchdog = CALIPTRA_ERROR_FMC_WATCHDOG_EXPIRED,
};

static bool in_iccm(uint32_t address)
{
    return address >= CALIPTRA_ICCM_BASE &&
           address - CALIPTRA_ICCM_BASE < CALIPTRA_ICCM_SIZE;
}

static uint32_t runtime_entry(void)
{
    const struct caliptra_fht *fht = (const void *)CALIPTRA_DCCM_FHT;
    const uint32_t expected = CALIPTRA_HANDLE(
        CALIPTRA_VAULT_DATA, CALIPTRA_DV_NON_STICKY_32, VAULT_RUNTIME_ENTRY);
    uint32_t entry = vault_word(VAULT_RUNTIME_ENTRY);
    if (fht->marker != CALIPTRA_FHT_MARKER ||
        fht->rt_entry_handle != expected || !in_iccm(entry)) {
        fatal_halt(CALIPTRA_ERROR_FMC_HANDOFF_INVALID);
    }
    return entry;
}

static void show_pcr(const char *text, unsigned pcr)
{
    uint32_t words[12];
    vault_pcr(pcr, words);
    console_digest(text, words);
}

/* Fields that newer firmware adds to the table are all ones when a ROM knew
 * nothing of them. */
static void make_alias(void)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    if (soc_ifc_reset_reason() == SOC_IFC_RESET_COLD) {
        memset(fht->reserved, 0xff, sizeof fht->reserved);
    }
    uint32_t error = rt_alias_make(fht);
    if (error != 0) {
        fatal_halt(error);
    }
}

_Noreturn void firmware_main(void)
{
    console_text("[fmc] entered\n");
    show_pcr("[fmc] PCR0", CALIPTRA_PCR_FMC_CURRENT);
    show_pcr("[fmc] PCR1", CALIPTRA_PCR_FMC_JOURNEY);
    uint32_t entry = runtime_entry();
    make_alias();
    console_value("[fmc] runtime at", entry);
    ((void (*)(void))(uintptr_t)entry)();
    __builtin_unreachable();
}
