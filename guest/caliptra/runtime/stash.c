/* SPDX-License-Identifier: Apache-2.0 */
/* STASH_MEASUREMENT: PCR 31 grows by a measurement of the SoC. */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/kit/memory/memory.h"

/* AUTHORIZE_AND_STASH has its firmware identifier where the metadata are. */
_Static_assert(offsetof(struct caliptra_stash_request, metadata) ==
                       offsetof(struct caliptra_authorize_request,
                                firmware_id) &&
                   offsetof(struct caliptra_stash_request, svn) ==
                       offsetof(struct caliptra_authorize_request, svn),
               "the two requests have to begin alike");

static void log_measurement(struct caliptra_measurement_log_entry *entry,
                            const struct caliptra_stash_request *request)
{
    memset(entry, 0, sizeof *entry);
    entry->pcr.id = CALIPTRA_PCR_LOG_STASH;
    entry->pcr.pcr_mask = 1u << CALIPTRA_PCR_STASH;
    memcpy(entry->pcr.words, request->measurement, sizeof request->measurement);
    memcpy(entry->metadata, request->metadata, sizeof request->metadata);
    memcpy(entry->context, request->context, sizeof request->context);
    entry->svn = request->svn;
}

uint32_t stash(struct runtime *runtime,
               const struct caliptra_stash_request *request, uint32_t *status)
{
    struct runtime_kept *kept = runtime->kept;
    if (!runtime_privileged(runtime)) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    uint32_t error = dpe_room(runtime);
    if (error != 0) {
        return error;
    }
    /* A measurement that the log has no room for is not taken. */
    if (kept->stash_count >= RUNTIME_STASHES) {
        return CALIPTRA_ERROR_RUNTIME_MEASUREMENTS_MAX;
    }
    *status = dpe_measure(runtime, runtime->user, request->metadata,
                          request->measurement);
    if (*status != DPE_OK) {
        return 0;
    }
    if (!sha2_384_extend(CALIPTRA_PCR_STASH, request->measurement,
                         sizeof request->measurement)) {
        return CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
    }
    log_measurement(&kept->stashes[kept->stash_count++], request);
    return 0;
}

uint32_t stash_measurement(struct runtime *runtime)
{
    struct caliptra_stash_response *response = (void *)runtime->response;
    response->dpe_result = DPE_OK;
    uint32_t error =
        stash(runtime, (const void *)runtime->request, &response->dpe_result);
    runtime->answered = sizeof *response;
    return error;
}
