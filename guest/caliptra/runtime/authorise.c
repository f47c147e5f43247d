/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AUTHORIZE_AND_STASH: may an image with this digest run? The answer goes to
 * the caller, as in the released runtime; and to the generic output wires,
 * which the reset controller of the SoC obeys, so that the caller need not be
 * trusted to heed it.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/caliptra_status.h"
#include "abi/gate.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

/* ---- The wires ----------------------------------------------------------- */

void gate_open(struct runtime *runtime, uint32_t id,
               const uint8_t digest[CALIPTRA_DIGEST_SIZE])
{
    if (gate_has_wire(id)) {
        uint32_t gate = gate_number(id);
        memcpy(runtime->kept->gate_digest[gate], digest, CALIPTRA_DIGEST_SIZE);
        mmio_write(CALIPTRA_SOC_IFC_AUTHORISED,
                   mmio_read(CALIPTRA_SOC_IFC_AUTHORISED) | gate_wire(gate));
    }
}

void gate_close(uint32_t id)
{
    if (gate_has_wire(id)) {
        mmio_write(CALIPTRA_SOC_IFC_AUTHORISED,
                   mmio_read(CALIPTRA_SOC_IFC_AUTHORISED) &
                       ~gate_wire(gate_number(id)));
    }
}

void gate_close_all(void)
{
    mmio_write(CALIPTRA_SOC_IFC_AUTHORISED, 0);
}

void gate_review(const struct runtime *runtime)
{
    uint32_t open = mmio_read(CALIPTRA_SOC_IFC_AUTHORISED);
    for (uint32_t gate = 0; gate < GATE_WIRES; gate++) {
        const struct caliptra_soc_image *image =
            manifest_image(runtime, FLASH_IMAGE_SOC + gate);
        if ((open >> gate & 1) != 0 &&
            (image == NULL ||
             !manifest_allows(image, runtime->kept->gate_digest[gate]))) {
            gate_close(FLASH_IMAGE_SOC + gate);
        }
    }
}

/* ---- The command --------------------------------------------------------- */

static uint32_t decide(const struct runtime *runtime,
                       const struct caliptra_authorize_request *request)
{
    const struct caliptra_soc_image *image =
        manifest_image(runtime, request->firmware_id);
    if (image == NULL) {
        return CALIPTRA_IMAGE_NOT_AUTHORISED;
    }
    return manifest_allows(image, request->measurement)
               ? CALIPTRA_IMAGE_AUTHORISED
               : CALIPTRA_IMAGE_HASH_MISMATCH;
}

/* Level 1 gets an answer and moves no wire. */
static void set_gate(struct runtime *runtime,
                     const struct caliptra_authorize_request *request,
                     uint32_t result)
{
    if (!runtime_privileged(runtime)) {
        return;
    }
    if (result == CALIPTRA_IMAGE_AUTHORISED) {
        gate_open(runtime, request->firmware_id, request->measurement);
    } else {
        gate_close(request->firmware_id);
    }
}

uint32_t authorise_image(struct runtime *runtime)
{
    const struct caliptra_authorize_request *request =
        (const void *)runtime->request;
    if (request->source != CALIPTRA_SOC_SOURCE_IN_REQUEST) {
        return CALIPTRA_ERROR_RUNTIME_SOC_IMAGE_SOURCE;
    }
    uint32_t result = decide(runtime, request);
    if (result == CALIPTRA_IMAGE_AUTHORISED &&
        (request->flags & CALIPTRA_AUTHORIZE_SKIP_STASH) == 0) {
        uint32_t status = DPE_OK;
        uint32_t error = stash(runtime, (const void *)request, &status);
        if (error != 0) {
            return error;
        }
        if (status != DPE_OK) {
            soc_ifc_error_extended(0, status);
            return CALIPTRA_ERROR_RUNTIME_SOC_IMAGE_STASH;
        }
    }
    set_gate(runtime, request, result);
    console_value("[runtime] image", request->firmware_id);
    struct caliptra_authorize_response *response = (void *)runtime->response;
    response->result = result;
    runtime->answered = sizeof *response;
    return 0;
}
