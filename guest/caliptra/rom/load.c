/* SPDX-License-Identifier: Apache-2.0 */
/* Copies manifest and images out of the mailbox, and measures them. */
#include "guest/caliptra/rom/load.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/measure.h"
#include "guest/kit/memory/memory.h"

struct caliptra_manifest *load_manifest(uint32_t address)
{
    struct caliptra_manifest *manifest = (void *)(uintptr_t)address;
    mailbox_pop((uint32_t *)manifest, sizeof *manifest / 4);
    return manifest;
}

void load_record_runtime(const struct caliptra_manifest *manifest)
{
    vault_set_digest(VAULT_RUNTIME_DIGEST, manifest->runtime.digest);
    vault_set_word(VAULT_RUNTIME_SVN, manifest->runtime.svn);
    vault_set_word(VAULT_RUNTIME_ENTRY, manifest->runtime.entry_point);
}

static const struct measure_pair fmc_pair = {CALIPTRA_PCR_FMC_CURRENT,
                                             CALIPTRA_PCR_FMC_JOURNEY};

static bool extend_words(const struct measure_log *log, uint16_t id,
                         const uint32_t words[12])
{
    return measure_words(log, &fmc_pair, id, words);
}

uint32_t load_measure(const struct image_verdict *verdict)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    const struct measure_log log = {(void *)CALIPTRA_DCCM_PCR_LOG,
                                    &fht->pcr_log_index};
    fht->pcr_log_index = 0;
    if (!vault_clear_pcr(CALIPTRA_PCR_FMC_CURRENT)) {
        return CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
    }
    const uint8_t status[] = {
        (uint8_t)soc_ifc_lifecycle(),
        soc_ifc_debug_locked(),
        soc_ifc_anti_rollback_disabled(),
        (uint8_t)vault_sticky_word(VAULT_ECC_INDEX),
        (uint8_t)vault_sticky_word(VAULT_FMC_SVN),
        (uint8_t)verdict->fmc_effective_svn,
        (uint8_t)vault_sticky_word(VAULT_LMS_INDEX),
        soc_ifc_lms_verify(),
        verdict->owner_key_hash_in_fuses,
    };
    uint32_t vendor[12];
    uint32_t owner[12];
    uint32_t fmc[12];
    soc_ifc_vendor_key_hash(vendor);
    vault_sticky_digest(VAULT_OWNER_KEY_HASH, owner);
    vault_sticky_digest(VAULT_FMC_DIGEST, fmc);
    bool done = measure(&log, &fmc_pair, CALIPTRA_PCR_LOG_DEVICE_STATUS, status,
                        sizeof status) &&
                extend_words(&log, CALIPTRA_PCR_LOG_VENDOR_KEY_HASH, vendor) &&
                extend_words(&log, CALIPTRA_PCR_LOG_OWNER_KEY_HASH, owner) &&
                extend_words(&log, CALIPTRA_PCR_LOG_FMC_TCI, fmc);
    return done ? 0 : CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
}

/* From the very bytes that were digested, wherever the table of contents says
 * they are. */
void load_image(const struct caliptra_toc_entry *entry)
{
    console_value("[rom] image to", entry->load_address);
    memcpy((void *)(uintptr_t)entry->load_address,
           (const void *)(uintptr_t)(CALIPTRA_MBOX_SRAM + entry->offset),
           entry->size);
}
