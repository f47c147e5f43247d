/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that say what runs here: VERSION, CAPABILITIES. */
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
