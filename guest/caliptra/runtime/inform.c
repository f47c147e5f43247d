/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that say what runs here: VERSION, CAPABILITIES, FW_INFO. */
#include "guest/caliptra/runtime/runtime.h"

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

/* From what the ROM locked; revisions have no other place than the manifest. */
uint32_t firmware_report(struct runtime *runtime)
{
    struct caliptra_fw_info_response *response = (void *)runtime->response;
    const struct handoff *handoff = &runtime->handoff;
    const struct caliptra_rom_info *rom = handoff->rom;
    response->pl0_pauser = handoff->pl0_pauser;
    response->runtime_svn = handoff->runtime_svn;
    response->min_runtime_svn = handoff->runtime_min_svn;
    response->fmc_svn = handoff->fmc_svn;
    response->attestation_disabled = runtime->kept->attestation_disabled;
    memcpy(response->rom_revision, rom->revision, sizeof rom->revision);
    memcpy(response->fmc_revision, handoff->fmc->revision,
           sizeof response->fmc_revision);
    memcpy(response->runtime_revision, handoff->runtime->revision,
           sizeof response->runtime_revision);
    memcpy(response->rom_digest, rom->digest, sizeof rom->digest);
    memcpy(response->fmc_digest, handoff->fmc->digest,
           sizeof response->fmc_digest);
    memcpy(response->runtime_digest, handoff->runtime->digest,
           sizeof response->runtime_digest);
    memcpy(response->owner_key_hash, handoff->owner_key_hash,
           sizeof response->owner_key_hash);
    runtime->answered = sizeof *response;
    return 0;
}
