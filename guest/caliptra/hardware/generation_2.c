/* SPDX-License-Identifier: Apache-2.0 */
/* Work that is particular to hardware of 2.x. */
#include "guest/caliptra/hardware/generation.h"

#include "abi/caliptra2_handoff.h"
#include "abi/caliptra_registers.h"
#include "guest/caliptra/hardware/soc_ifc.h"

const struct generation generation = {
    .key_slots = 24,
    .opens_unprovisioned = true,
    .hmac_key_words = 16,
    .hmac_mode = CALIPTRA2_HMAC_CTRL_512,
    .hmac_seed = CALIPTRA2_HMAC_SEED,
    .csrng_status = CALIPTRA2_CSRNG_CMD_STS,
    .csrng_done = 0x4,    /* acknowledged */
    .csrng_failed = 0x38, /* status of the command */
    .csrng_valid = CALIPTRA2_CSRNG_GENBITS_VLD,
    .csrng_bits = CALIPTRA2_CSRNG_GENBITS,
    .csrng_error = CALIPTRA2_CSRNG_ERR_CODE,
    .entropy_conf = 0x2589666,
    .entropy_alert = CALIPTRA2_ENTROPY_SM_ALERT,
    .request = CALIPTRA2_DCCM_REQUEST,
    .kept = CALIPTRA2_DCCM_RUNTIME,
    .dpe = CALIPTRA2_DCCM_DPE,
    .soc_images = CALIPTRA2_DCCM_SOC_IMAGES,
    .runtime_tbs = CALIPTRA2_DCCM_RTALIAS_TBS,
};

uint32_t generation_boot_status(void)
{
    return soc_ifc_generation_2_0() ? CALIPTRA20_DCCM_BOOT_STATUS
                                    : CALIPTRA21_DCCM_BOOT_STATUS;
}
