/* SPDX-License-Identifier: Apache-2.0 */
/* FW_INFO of 2.x. There is no SoC manifest here, so nothing of one. */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_image.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/kit/memory/memory.h"

uint32_t firmware_report_2(struct runtime *runtime)
{
    struct caliptra2_fw_info_response *response = (void *)runtime->response;
    const struct caliptra2_manifest *manifest = runtime->handoff.manifest;
    memset(response, 0, sizeof *response);
    uint32_t error = firmware_report(runtime);
    soc_ifc_vendor_key_hash_2(response->vendor_key_hash);
    response->pqc_type = manifest->pqc_type;
    response->vendor_ecc_index = manifest->preamble.vendor_ecc_index;
    response->vendor_pqc_index = manifest->preamble.vendor_pqc_index;
    runtime->answered = sizeof *response;
    return error;
}
