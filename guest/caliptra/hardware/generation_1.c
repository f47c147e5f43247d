/* SPDX-License-Identifier: Apache-2.0 */
/* Work that is particular to hardware of 1.x. */
#include "guest/caliptra/hardware/generation.h"

#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"

const struct generation generation = {
    .key_slots = 32,
    .opens_unprovisioned = false,
    .hmac_key_words = 12,
    .hmac_mode = 0,
    .hmac_seed = CALIPTRA_HMAC_SEED,
    .csrng_status = CALIPTRA_CSRNG_CMD_STS,
    .csrng_done = 0x1,
    .csrng_failed = 0x2,
    .csrng_valid = CALIPTRA_CSRNG_GENBITS_VLD,
    .csrng_bits = CALIPTRA_CSRNG_GENBITS,
    .csrng_error = CALIPTRA_CSRNG_ERR_CODE,
    .entropy_conf = 0x906096,
    .entropy_alert = CALIPTRA_ENTROPY_SM_ALERT,
    .request = CALIPTRA_DCCM_REQUEST,
    .kept = CALIPTRA_DCCM_RUNTIME,
    .dpe = CALIPTRA_DCCM_DPE,
    .soc_images = CALIPTRA_DCCM_SOC_IMAGES,
    .runtime_tbs = CALIPTRA_DCCM_RTALIAS_TBS,
};

uint32_t generation_boot_status(void)
{
    return CALIPTRA_DCCM_BOOT_STATUS;
}
