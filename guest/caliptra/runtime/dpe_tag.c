/* SPDX-License-Identifier: Apache-2.0 */
/* DPE_TAG_TCI and DPE_GET_TAGGED_TCI: measurements by a name for all users. */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/kit/memory/memory.h"

uint32_t dpe_tag(struct runtime *runtime)
{
    const struct caliptra_tag_request *request = (const void *)runtime->request;
    struct dpe_handle handle;
    unsigned index = 0;
    memcpy(&handle, request->handle, sizeof handle);
    if (dpe_of_tag(runtime->dpe, request->tag) != NULL) {
        return CALIPTRA_ERROR_RUNTIME_DUPLICATE_TAG;
    }
    if (dpe_find(runtime->dpe, &handle, runtime->user, &index) != DPE_OK) {
        return CALIPTRA_ERROR_RUNTIME_TAG;
    }
    struct dpe_context *context = &runtime->dpe->contexts[index];
    if (context->tagged != 0) {
        return CALIPTRA_ERROR_RUNTIME_TAGGED;
    }
    context->tagged = 1;
    context->tag = request->tag;
    return 0;
}

uint32_t dpe_tagged(struct runtime *runtime)
{
    const struct caliptra_tagged_request *request =
        (const void *)runtime->request;
    struct caliptra_tagged_response *response = (void *)runtime->response;
    const struct dpe_context *context = dpe_of_tag(runtime->dpe, request->tag);
    if (context == NULL) {
        return CALIPTRA_ERROR_RUNTIME_TAG;
    }
    memcpy(response->cumulative, context->cumulative, 48);
    memcpy(response->current, context->current, 48);
    runtime->answered = sizeof *response;
    return 0;
}
