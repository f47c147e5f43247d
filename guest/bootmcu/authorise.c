/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the root of trust about an image. */
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_manifest.h"
#include "guest/bootmcu/caliptra.h"
#include "guest/bootmcu/images.h"
#include "guest/bootmcu/report.h"
#include "guest/kit/memory/memory.h"

refusal images_authorise(uint32_t id, const uint8_t digest[48])
{
    struct caliptra_authorize_request request = {
        .firmware_id = id,
        .source = CALIPTRA_SOC_SOURCE_IN_REQUEST,
    };
    struct caliptra_authorize_response response = {.result = 0};
    memcpy(request.measurement, digest, sizeof(request.measurement));
    if (!caliptra_command(CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                          sizeof(request), NULL, 0, &response,
                          sizeof(response))) {
        return REFUSE_BANK(NO_ANSWER);
    }
    switch (response.result) {
    case CALIPTRA_IMAGE_AUTHORISED:
        return NULL;
    case CALIPTRA_IMAGE_HASH_MISMATCH:
        return REFUSE_BANK(OTHER_DIGEST);
    default:
        return REFUSE_BANK(NOT_NAMED);
    }
}
