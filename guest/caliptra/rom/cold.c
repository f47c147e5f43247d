/* SPDX-License-Identifier: Apache-2.0 */
/* Cold boot: make the identities, fetch the firmware, record what runs. */
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/rom/command.h"
#include "guest/caliptra/rom/image.h"
#include "guest/caliptra/rom/layers.h"
#include "guest/caliptra/rom/load.h"
#include "guest/caliptra/rom/rom.h"

enum { FHT_MAJOR = 1, FHT_MINOR = 2 };

extern const struct rom_info rom_info;

static uint32_t data_handle(unsigned type, unsigned number)
{
    return CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, type, number);
}

static uint32_t key_handle(unsigned slot)
{
    return CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, slot);
}

/* The places of identities that are yet to be made are named, too, as the
 * released ROMs do.
 */
static void name_identities(struct caliptra_fht *fht)
{
    fht->fmc_cdi_handle = key_handle(VAULT_KEY_CDI);
    fht->fmc_private_key_handle = key_handle(VAULT_KEY_FMC);
    fht->fmc_public_x_handle =
        data_handle(CALIPTRA_DV_STICKY_384, VAULT_FMC_KEY_X);
    fht->fmc_public_y_handle =
        data_handle(CALIPTRA_DV_STICKY_384, VAULT_FMC_KEY_Y);
    fht->fmc_cert_r_handle =
        data_handle(CALIPTRA_DV_STICKY_384, VAULT_FMC_CERT_R);
    fht->fmc_cert_s_handle =
        data_handle(CALIPTRA_DV_STICKY_384, VAULT_FMC_CERT_S);
    fht->ldevid_cert_r_handle =
        data_handle(CALIPTRA_DV_STICKY_384, VAULT_LDEVID_CERT_R);
    fht->ldevid_cert_s_handle =
        data_handle(CALIPTRA_DV_STICKY_384, VAULT_LDEVID_CERT_S);
}

/* Handles of what the FMC makes stay invalid. */
static void start_hand_off(void)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    for (uint32_t *handle = &fht->manifest_address;
         handle <= &fht->rt_min_svn_handle; handle++) {
        *handle = CALIPTRA_FHT_INVALID_HANDLE;
    }
    fht->marker = CALIPTRA_FHT_MARKER;
    fht->major_version = FHT_MAJOR;
    fht->minor_version = FHT_MINOR;
    fht->manifest_address = CALIPTRA_DCCM_MANIFEST1;
    fht->rt_entry_handle =
        data_handle(CALIPTRA_DV_NON_STICKY_32, VAULT_RUNTIME_ENTRY);
    fht->fmc_tci_handle = data_handle(CALIPTRA_DV_STICKY_384, VAULT_FMC_DIGEST);
    fht->fmc_svn_handle = data_handle(CALIPTRA_DV_STICKY_32, VAULT_FMC_SVN);
    fht->rt_tci_handle =
        data_handle(CALIPTRA_DV_NON_STICKY_384, VAULT_RUNTIME_DIGEST);
    fht->rt_svn_handle =
        data_handle(CALIPTRA_DV_NON_STICKY_32, VAULT_RUNTIME_SVN);
    fht->rt_min_svn_handle =
        data_handle(CALIPTRA_DV_NON_STICKY_32, VAULT_RUNTIME_MIN_SVN);
    fht->ldevid_tbs_address = CALIPTRA_DCCM_LDEVID_TBS;
    fht->fmcalias_tbs_address = CALIPTRA_DCCM_FMCALIAS_TBS;
    fht->pcr_log_address = CALIPTRA_DCCM_PCR_LOG;
    fht->measurement_log_address = CALIPTRA_DCCM_MEASUREMENT_LOG;
    fht->fuse_log_address = CALIPTRA_DCCM_FUSE_LOG;
    name_identities(fht);
    fht->rom_info_address = (uint32_t)(uintptr_t)&rom_info;
}

static void log_fuse(unsigned id, uint32_t value)
{
    struct caliptra_fuse_log_entry *log = (void *)CALIPTRA_DCCM_FUSE_LOG;
    log[id - 1].id = id;
    log[id - 1].value = value;
}

static void log_fuses(const struct caliptra_manifest *manifest,
                      const struct image_verdict *verdict)
{
    log_fuse(CALIPTRA_FUSE_LOG_VENDOR_ECC_INDEX, verdict->ecc_index);
    log_fuse(CALIPTRA_FUSE_LOG_VENDOR_ECC_REVOCATION, soc_ifc_ecc_revocation());
    log_fuse(CALIPTRA_FUSE_LOG_FMC_SVN, manifest->fmc.svn);
    log_fuse(CALIPTRA_FUSE_LOG_RESERVED0, manifest->fmc.reserved);
    log_fuse(CALIPTRA_FUSE_LOG_FUSE_FMC_SVN, soc_ifc_fmc_svn());
    log_fuse(CALIPTRA_FUSE_LOG_RUNTIME_SVN, manifest->runtime.svn);
    log_fuse(CALIPTRA_FUSE_LOG_RESERVED1, manifest->runtime.reserved);
    log_fuse(CALIPTRA_FUSE_LOG_FUSE_RUNTIME_SVN, soc_ifc_runtime_svn());
    if (soc_ifc_lms_verify()) {
        log_fuse(CALIPTRA_FUSE_LOG_VENDOR_LMS_INDEX, verdict->lms_index);
        log_fuse(CALIPTRA_FUSE_LOG_VENDOR_LMS_REVOCATION,
                 soc_ifc_lms_revocation());
    }
}

static void record(const struct caliptra_manifest *manifest,
                   const struct image_verdict *verdict)
{
    vault_set_sticky_digest(VAULT_FMC_DIGEST, manifest->fmc.digest);
    vault_set_sticky_word(VAULT_FMC_SVN, manifest->fmc.svn);
    vault_set_sticky_word(VAULT_FMC_ENTRY, manifest->fmc.entry_point);
    vault_set_sticky_digest(VAULT_OWNER_KEY_HASH, verdict->owner_key_hash);
    vault_set_sticky_word(VAULT_ECC_INDEX, verdict->ecc_index);
    vault_set_sticky_word(VAULT_LMS_INDEX, verdict->lms_index);
    load_record_runtime(manifest);
    vault_set_word(VAULT_MANIFEST_ADDRESS, CALIPTRA_DCCM_MANIFEST1);
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_DATA_VAULT);
}

static uint32_t load_firmware(struct image_verdict *verdict)
{
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_DOWNLOADED);
    struct caliptra_manifest *manifest = load_manifest(CALIPTRA_DCCM_MANIFEST1);
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_MANIFEST);
    uint32_t error = image_verify(manifest, mailbox_size(), false, verdict);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_VERIFIED);
    log_fuses(manifest, verdict);
    record(manifest, verdict);
    error = load_measure(verdict);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_PCRS);
    load_image(&manifest->fmc);
    load_image(&manifest->runtime);
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_LOADED);
    mailbox_finish(true);
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_TRANSFER_DONE);
    soc_ifc_set_fmc_version((uint16_t)manifest->fmc.version);
    soc_ifc_set_runtime_version(manifest->runtime.version);
    soc_ifc_boot_status(CALIPTRA_BOOT_FW_DONE);
    return 0;
}

/* Everything between the secrets in the fuses and the FMC's own identity. */
static uint32_t make_identities(void)
{
    const struct caliptra_manifest *manifest =
        (const void *)CALIPTRA_DCCM_MANIFEST1;
    struct identity idevid;
    struct identity ldevid;
    struct image_verdict verdict;
    uint32_t error = idevid_make(&idevid);
    if (error == 0) {
        error = ldevid_make(&idevid, &ldevid);
    }
    if (error == 0) {
        error = command_wait_for_firmware();
    }
    if (error == 0) {
        error = load_firmware(&verdict);
    }
    if (error == 0) {
        error = fmc_alias_make(&ldevid, &manifest->header, &verdict);
    }
    return error;
}

uint32_t cold_boot(void)
{
    soc_ifc_boot_status(CALIPTRA_BOOT_COLD_STARTED);
    vault_set_sticky_word(VAULT_COLD_BOOT_STATUS, CALIPTRA_BOOT_COLD_STARTED);
    start_hand_off();
    uint32_t error = make_identities();
    if (error == 0) {
        vault_set_sticky_word(VAULT_COLD_BOOT_STATUS, CALIPTRA_BOOT_COLD_DONE);
        soc_ifc_boot_status(CALIPTRA_BOOT_COLD_DONE);
    }
    return error;
}
