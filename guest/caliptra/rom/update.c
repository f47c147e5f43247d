/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Update boot: the runtime found a new bundle in the mailbox and reset the
 * core. The same FMC stays; a new runtime replaces the old one if it is as
 * good as a cold boot would want it. If not, the old one goes on.
 */
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/rom/image.h"
#include "guest/caliptra/rom/load.h"
#include "guest/caliptra/rom/rom.h"
#include "guest/kit/memory/memory.h"

/* Steps between CALIPTRA_BOOT_UPDATE_STARTED and _DONE. */
enum {
    STEP_MANIFEST = CALIPTRA_BOOT_UPDATE_STARTED + 1,
    STEP_VERIFIED,
    STEP_DATA_VAULT,
    STEP_PCRS,
    STEP_LOADED,
    STEP_MANIFEST_REPLACED,
};

static uint32_t replace_runtime(void)
{
    if (mailbox_command() != CALIPTRA_CMD_FIRMWARE_LOAD) {
        return CALIPTRA_ERROR_UPDATE_INVALID_COMMAND;
    }
    struct caliptra_manifest *manifest = load_manifest(CALIPTRA_DCCM_MANIFEST2);
    soc_ifc_boot_status(STEP_MANIFEST);
    struct image_verdict verdict;
    uint32_t error = image_verify(manifest, mailbox_size(), true, &verdict);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(STEP_VERIFIED);
    load_record_runtime(manifest);
    soc_ifc_boot_status(STEP_DATA_VAULT);
    error = load_measure(&verdict);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(STEP_PCRS);
    load_image(&manifest->runtime);
    mailbox_finish(true);
    soc_ifc_boot_status(STEP_LOADED);
    memcpy((void *)CALIPTRA_DCCM_MANIFEST1, manifest, sizeof *manifest);
    soc_ifc_boot_status(STEP_MANIFEST_REPLACED);
    soc_ifc_set_runtime_version(manifest->runtime.version);
    return 0;
}

uint32_t update_boot(void)
{
    soc_ifc_boot_status(CALIPTRA_BOOT_UPDATE_STARTED);
    /* A warm reset must not trust a half-finished update. */
    vault_set_word(VAULT_UPDATE_STATUS, CALIPTRA_BOOT_UPDATE_STARTED);
    bool pending = mailbox_has_command();
    uint32_t error =
        pending ? replace_runtime() : CALIPTRA_ERROR_UPDATE_MAILBOX_FAILURE;
    if (error != 0) {
        console_value("[rom] update refused", error);
        /* Before the SoC can see its command fail. */
        soc_ifc_error_non_fatal(error);
        if (pending) {
            mailbox_finish(false);
        }
        return error;
    }
    vault_set_word(VAULT_UPDATE_STATUS, CALIPTRA_BOOT_UPDATE_DONE);
    soc_ifc_boot_status(CALIPTRA_BOOT_UPDATE_DONE);
    return 0;
}
