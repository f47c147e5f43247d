/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-off of 2.x: table and data vault are in DCCM. One program serves 2.0
 * and 2.1; only the places differ. */
#include "guest/caliptra/handoff/handoff.h"

#include "abi/caliptra2_handoff.h"
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_status.h"
#include "guest/kit/memory/memory.h"

struct places {
    uint32_t fht;
    uint32_t fht_rest; /* from there */
    uint32_t data_vault;
    uint32_t csrs;
    struct handoff_names names;
};

static const struct places places_2_0 = {
    .fht = CALIPTRA20_DCCM_FHT,
    .fht_rest = CALIPTRA20_FHT_REST,
    .data_vault = CALIPTRA20_DCCM_DATA_VAULT,
    .csrs = CALIPTRA20_DCCM_CSRS,
    .names = {"Caliptra 2.0 Ecc384 FMC Alias", "Caliptra 2.0 Ecc384 Rt Alias",
              "alias_fmc_ecc_key", "alias_rt_cdi", "alias_rt_ecc_key"},
};

static const struct places places_2_1 = {
    .fht = CALIPTRA21_DCCM_FHT,
    .fht_rest = CALIPTRA21_FHT_REST,
    .data_vault = CALIPTRA21_DCCM_DATA_VAULT,
    .csrs = CALIPTRA21_DCCM_CSRS,
    .names = {"Caliptra 2.1 Ecc384 FMC Alias", "Caliptra 2.1 Ecc384 Rt Alias",
              "alias_fmc_ecc_key", "alias_rt_cdi", "alias_rt_ecc_key"},
};

static bool in_dccm(uint32_t address, uint32_t size)
{
    return (address & 3) == 0 && address >= CALIPTRA_DCCM_BASE &&
           address - CALIPTRA_DCCM_BASE <= CALIPTRA2_DCCM_SIZE - size;
}

static void read_bundle(struct handoff *handoff,
                        const struct caliptra2_manifest *manifest)
{
    handoff->manifest = manifest;
    handoff->manifest_size = sizeof *manifest;
    handoff->manifest_measured = false;
    handoff->fmc = &manifest->fmc;
    handoff->runtime = &manifest->runtime;
    handoff->vendor_data = &manifest->header.vendor_data;
    handoff->owner_data = &manifest->header.owner_data;
    handoff->flags = manifest->header.flags;
    handoff->pl0_pauser = manifest->header.pl0_pauser;
}

static void read_vault(struct handoff *handoff,
                       const struct caliptra2_data_vault *vault)
{
    handoff->runtime_entry = vault->runtime_entry;
    memcpy(handoff->runtime_digest, vault->runtime_digest,
           sizeof handoff->runtime_digest);
    handoff->runtime_svn = vault->svn;
    handoff->runtime_min_svn = vault->min_svn;
    handoff->fmc_svn = vault->cold_boot_svn;
    memcpy(handoff->owner_key_hash, vault->owner_key_hash,
           sizeof handoff->owner_key_hash);
    handoff->fmc_key = vault->fmc_key;
    handoff->ldevid.signature = vault->ldevid_signature;
    handoff->fmc_alias.signature = vault->fmc_signature;
}

static void read_places(struct handoff *handoff,
                        struct caliptra2_fht_rest *rest)
{
    handoff->rom = (const void *)(uintptr_t)rest->rom_info_address;
    handoff->idevid_key = &rest->idevid_public_key;
    handoff->ldevid.tbs = (const void *)(uintptr_t)rest->ldevid_tbs_address;
    handoff->ldevid.size = rest->ldevid_tbs_size;
    handoff->fmc_alias.tbs =
        (const void *)(uintptr_t)rest->fmcalias_tbs_address;
    handoff->fmc_alias.size = rest->fmcalias_tbs_size;
    handoff->pcr_log.entries = (void *)(uintptr_t)rest->pcr_log_address;
    handoff->pcr_log.count = &rest->pcr_log_index;
    handoff->stashes = (const void *)(uintptr_t)rest->measurement_log_address;
    handoff->stash_count = rest->measurement_log_index;
    handoff->runtime_key = &rest->rt_public_key;
    handoff->runtime_signature = &rest->rt_signature;
    handoff->runtime_tbs_size = &rest->rtalias_tbs_size;
}

static bool are_in_dccm(const struct caliptra2_fht *fht,
                        const struct caliptra2_fht_rest *rest)
{
    return in_dccm(fht->manifest_address, sizeof(struct caliptra2_manifest)) &&
           in_dccm(rest->ldevid_tbs_address, CALIPTRA_TBS_MAX) &&
           in_dccm(rest->fmcalias_tbs_address, CALIPTRA_TBS_MAX) &&
           in_dccm(rest->pcr_log_address, CALIPTRA_TBS_MAX) &&
           in_dccm(rest->measurement_log_address, CALIPTRA_TBS_MAX) &&
           rest->ldevid_tbs_size <= CALIPTRA_TBS_MAX &&
           rest->fmcalias_tbs_size <= CALIPTRA_TBS_MAX &&
           rest->rom_info_address < CALIPTRA2_ROM_SIZE;
}

static bool read_slots(struct handoff *handoff, struct caliptra2_fht *fht)
{
    unsigned seed;
    handoff->runtime_cdi_handle = &fht->rt_cdi_handle;
    handoff->runtime_key_handle = &fht->rt_private_key_handle;
    if (!handoff_slot(fht->fmc_cdi_handle, &handoff->fmc_cdi_slot) ||
        !handoff_slot(fht->fmc_private_key_handle, &handoff->fmc_key_slot) ||
        !handoff_slot(fht->fmc_mldsa_seed_handle, &seed)) {
        return false;
    }
    handoff->fmc_slots = (uint32_t)1 << handoff->fmc_cdi_slot |
                         (uint32_t)1 << handoff->fmc_key_slot |
                         (uint32_t)1 << seed;
    return true;
}

uint32_t handoff_read(struct handoff *handoff)
{
    const struct places *places =
        soc_ifc_generation_2_0() ? &places_2_0 : &places_2_1;
    struct caliptra2_fht *fht = (void *)(uintptr_t)places->fht;
    struct caliptra2_fht_rest *rest =
        (void *)(uintptr_t)(places->fht + places->fht_rest);
    const struct caliptra2_csrs *csrs = (const void *)(uintptr_t)places->csrs;
    handoff->names = &places->names;
    handoff->idevid_csr = &csrs->ecc;
    if (fht->marker != CALIPTRA_FHT_MARKER || !are_in_dccm(fht, rest)) {
        return CALIPTRA_ERROR_FMC_HANDOFF_INVALID;
    }
    read_bundle(handoff, (const void *)(uintptr_t)fht->manifest_address);
    read_vault(handoff, (const void *)(uintptr_t)places->data_vault);
    read_places(handoff, rest);
    return read_slots(handoff, fht) &&
                   handoff_in_iccm(handoff->runtime_entry, CALIPTRA2_ICCM_SIZE)
               ? 0
               : CALIPTRA_ERROR_FMC_HANDOFF_INVALID;
}

void handoff_complete(enum soc_ifc_reset reset)
{
}

void handoff_note_svn(enum soc_ifc_reset reset, uint32_t svn)
{
}
