/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that say what runs here: VERSION, CAPABILITIES, FW_INFO. */
#include "guest/caliptra/runtime/runtime.h"

#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/hardware/version.h"
#include "guest/kit/memory/memory.h"

enum { CAPABILITY_RUNTIME = 1, RUNTIME_BYTE = 7 };

uint32_t version_report(struct runtime *runtime)
{
    version_fill((void *)runtime->response);
    runtime->answered = sizeof(struct caliptra_version_response);
    return 0;
}

uint32_t capabilities_report(struct runtime *runtime)
{
    struct caliptra_capabilities_response *response = (void *)runtime->response;
    memset(response->capabilities, 0, sizeof response->capabilities);
    response->capabilities[RUNTIME_BYTE] = CAPABILITY_RUNTIME;
    runtime->answered = sizeof *response;
    return 0;
}

/* From the data vault, which is locked; revisions have no other place than the
 * manifest. */
uint32_t firmware_report(struct runtime *runtime)
{
    struct caliptra_fw_info_response *response = (void *)runtime->response;
    const struct caliptra_manifest *manifest = runtime->firmware;
    const struct caliptra_rom_info *rom =
        (const void *)(uintptr_t)runtime->fht->rom_info_address;
    response->pl0_pauser = manifest->header.pl0_pauser;
    response->runtime_svn = vault_word(VAULT_RUNTIME_SVN);
    response->min_runtime_svn = vault_word(VAULT_RUNTIME_MIN_SVN);
    response->fmc_svn = vault_sticky_word(VAULT_FMC_SVN);
    response->attestation_disabled = runtime->kept->attestation_disabled;
    memcpy(response->rom_revision, rom->revision, sizeof rom->revision);
    memcpy(response->fmc_revision, manifest->fmc.revision,
           sizeof response->fmc_revision);
    memcpy(response->runtime_revision, manifest->runtime.revision,
           sizeof response->runtime_revision);
    memcpy(response->rom_digest, rom->digest, sizeof rom->digest);
    memcpy(response->fmc_digest, manifest->fmc.digest,
           sizeof response->fmc_digest);
    memcpy(response->runtime_digest, manifest->runtime.digest,
           sizeof response->runtime_digest);
    vault_sticky_digest(VAULT_OWNER_KEY_HASH, response->owner_key_hash);
    runtime->answered = sizeof *response;
    return 0;
}
