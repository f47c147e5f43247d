/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-off of 1.x: a table in DCCM whose handles name entries of the data
 * vault, a block of registers. */
#include "guest/caliptra/handoff/handoff.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/x509.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum { DIGEST_ENTRIES = 10 };

static const struct handoff_names names = {
    .fmc_alias = X509_FMC_ALIAS,
    .runtime_alias = X509_RT_ALIAS,
    .fmc_key_label = "fmc_alias_keygen",
    .cdi_label = "rt_alias_cdi",
    .key_label = "rt_alias_keygen",
};

/* False when the handle names no digest-sized entry of the data vault. */
static bool read_digest(uint32_t handle, uint32_t words[12])
{
    uint32_t kind = handle & ~0xffu;
    uint32_t number = handle & 0xff;
    uint32_t base = CALIPTRA_DV_STICKY_ENTRY;
    if (kind ==
        CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_NON_STICKY_384, 0)) {
        base = CALIPTRA_DV_NONSTICKY_ENTRY;
    } else if (kind != CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA,
                                       CALIPTRA_DV_STICKY_384, 0)) {
        return false;
    }
    if (number >= DIGEST_ENTRIES) {
        return false;
    }
    mmio_read_words(base + CALIPTRA_DIGEST_SIZE * number, words, 12);
    return true;
}

static void read_certificate(struct handoff_certificate *certificate,
                             uint32_t tbs, uint32_t size, uint32_t r_handle,
                             uint32_t s_handle)
{
    bool found = read_digest(r_handle, certificate->signature.r) &&
                 read_digest(s_handle, certificate->signature.s);
    certificate->tbs = (const void *)(uintptr_t)tbs;
    certificate->size = found ? size : 0;
}

static void read_bundle(struct handoff *handoff)
{
    const struct caliptra_manifest *manifest =
        (const void *)CALIPTRA_DCCM_MANIFEST1;
    handoff->manifest = manifest;
    handoff->manifest_size = sizeof *manifest;
    handoff->manifest_measured = true;
    handoff->fmc = &manifest->fmc;
    handoff->runtime = &manifest->runtime;
    handoff->vendor_data = &manifest->header.vendor_data;
    handoff->owner_data = &manifest->header.owner_data;
    handoff->flags = manifest->header.flags;
    handoff->pl0_pauser = manifest->header.pl0_pauser;
}

static void read_vault(struct handoff *handoff)
{
    handoff->runtime_entry = vault_word(VAULT_RUNTIME_ENTRY);
    vault_digest(VAULT_RUNTIME_DIGEST, handoff->runtime_digest);
    handoff->runtime_svn = vault_word(VAULT_RUNTIME_SVN);
    handoff->runtime_min_svn = vault_word(VAULT_RUNTIME_MIN_SVN);
    handoff->fmc_svn = vault_sticky_word(VAULT_FMC_SVN);
    vault_sticky_digest(VAULT_OWNER_KEY_HASH, handoff->owner_key_hash);
}

static void read_places(struct handoff *handoff, struct caliptra_fht *fht)
{
    handoff->rom = (const void *)(uintptr_t)fht->rom_info_address;
    handoff->idevid_key = (const void *)fht->idevid_public_key;
    handoff->idevid_csr = (const void *)CALIPTRA_DCCM_IDEVID_CSR;
    handoff->pcr_log.entries = (void *)CALIPTRA_DCCM_PCR_LOG;
    handoff->pcr_log.count = &fht->pcr_log_index;
    handoff->stashes = (const void *)CALIPTRA_DCCM_MEASUREMENT_LOG;
    handoff->stash_count = fht->measurement_log_index;
    handoff->runtime_cdi_handle = &fht->rt_cdi_handle;
    handoff->runtime_key_handle = &fht->rt_private_key_handle;
    handoff->runtime_key = (void *)fht->rt_public_key;
    handoff->runtime_signature = (void *)fht->rt_signature;
    handoff->runtime_tbs_size = &fht->rtalias_tbs_size;
}

static bool read_fmc(struct handoff *handoff, const struct caliptra_fht *fht)
{
    if (!handoff_slot(fht->fmc_cdi_handle, &handoff->fmc_cdi_slot) ||
        !handoff_slot(fht->fmc_private_key_handle, &handoff->fmc_key_slot)) {
        return false;
    }
    handoff->fmc_slots = (uint32_t)1 << handoff->fmc_cdi_slot |
                         (uint32_t)1 << handoff->fmc_key_slot;
    return read_digest(fht->fmc_public_x_handle, handoff->fmc_key.x) &&
           read_digest(fht->fmc_public_y_handle, handoff->fmc_key.y);
}

uint32_t handoff_read(struct handoff *handoff)
{
    const uint32_t entry = CALIPTRA_HANDLE(
        CALIPTRA_VAULT_DATA, CALIPTRA_DV_NON_STICKY_32, VAULT_RUNTIME_ENTRY);
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    handoff->names = &names;
    read_bundle(handoff);
    read_vault(handoff);
    read_places(handoff, fht);
    read_certificate(&handoff->ldevid, CALIPTRA_DCCM_LDEVID_TBS,
                     fht->ldevid_tbs_size, fht->ldevid_cert_r_handle,
                     fht->ldevid_cert_s_handle);
    read_certificate(&handoff->fmc_alias, CALIPTRA_DCCM_FMCALIAS_TBS,
                     fht->fmcalias_tbs_size, fht->fmc_cert_r_handle,
                     fht->fmc_cert_s_handle);
    bool valid = fht->marker == CALIPTRA_FHT_MARKER &&
                 fht->rt_entry_handle == entry &&
                 handoff_in_iccm(handoff->runtime_entry, CALIPTRA_ICCM_SIZE) &&
                 read_fmc(handoff, fht);
    return valid ? 0 : CALIPTRA_ERROR_FMC_HANDOFF_INVALID;
}

/* Fields that newer firmware adds to the table are all ones when a ROM knew
 * nothing of them. */
void handoff_complete(enum soc_ifc_reset reset)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    if (reset == SOC_IFC_RESET_COLD) {
        memset(fht->reserved, 0xff, sizeof fht->reserved);
    }
}

/* Keeps the lowest version since the cold reset: firmware that now attests to a
 * high version may have been a lower one before. */
void handoff_note_svn(enum soc_ifc_reset reset, uint32_t svn)
{
    if (reset != SOC_IFC_RESET_COLD) {
        uint32_t lowest = vault_word(VAULT_RUNTIME_MIN_SVN);
        svn = svn < lowest ? svn : lowest;
    }
    vault_set_word(VAULT_RUNTIME_MIN_SVN, svn);
    vault_lock_word(VAULT_RUNTIME_MIN_SVN);
}
