/* SPDX-License-Identifier: Apache-2.0 */
/* Instantiates the CSRNG or asks the SoC, by what the hardware says it has. */
#include "guest/caliptra/hardware/trng.h"

#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/kit/mmio/mmio.h"

#include <stdbool.h>

enum { SOC_POLLS = 250000 };

/* CSRNG commands: number, then flag 0 as a four-bit boolean in bits 11:8. */
enum { INSTANTIATE = 1, GENERATE = 3, UNINSTANTIATE = 5 };
enum { FLAG0_FALSE = CALIPTRA_MUBI_FALSE << 8, BLOCKS_SHIFT = 12 };

/* SP 800-90B section 4.4 bounds where the SoC names none: a window of 2048
 * bits at 75 and 25 percent, 41 repetitions. */
enum { DEFAULT_HIGH = 1536, DEFAULT_LOW = 512, DEFAULT_REPEATS = 41 };

/* A bench without any entropy may say so, on devices open to debug only. */
static bool unavailable(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG) &
            CALIPTRA_DBG_MANUF_NO_RNG) != 0 &&
           (mmio_read(CALIPTRA_SOC_IFC_SECURITY_STATE) &
            CALIPTRA_SECURITY_DEBUG_LOCKED) == 0;
}

static bool internal(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_HW_CONFIG) &
            CALIPTRA_HW_CONFIG_INTERNAL_TRNG) != 0;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value == 0 ? fallback : value;
}

static uint32_t health(void)
{
    for (;;) {
        uint32_t state = mmio_read(CALIPTRA_ENTROPY_SM_STATE);
        if (state == CALIPTRA_ENTROPY_SM_RUNNING ||
            state == CALIPTRA_ENTROPY_SM_BOOTED) {
            return 0;
        }
        if (state == generation.entropy_alert) {
            uint32_t fails = mmio_read(CALIPTRA_ENTROPY_ALERT_FAILS);
            if ((fails & 0xf0) != 0) {
                return CALIPTRA_ERROR_DRIVER_ENTROPY_REPETITION;
            }
            return (fails & 0xff00) != 0
                       ? CALIPTRA_ERROR_DRIVER_ENTROPY_PROPORTION
                       : CALIPTRA_ERROR_DRIVER_ENTROPY_OTHER;
        }
    }
}

static uint32_t start_entropy(void)
{
    if (mmio_read(CALIPTRA_ENTROPY_MODULE_ENABLE) != CALIPTRA_MUBI_FALSE) {
        return 0;
    }
    uint32_t bounds = mmio_read(CALIPTRA_SOC_IFC_ITRNG_ENTROPY_CONFIG_0);
    uint32_t repeats =
        mmio_read(CALIPTRA_SOC_IFC_ITRNG_ENTROPY_CONFIG_1) & 0xffff;
    mmio_write(CALIPTRA_ENTROPY_REPCNT, or_default(repeats, DEFAULT_REPEATS));
    mmio_write(CALIPTRA_ENTROPY_ADAPTP_HI,
               or_default(bounds >> 16, DEFAULT_HIGH));
    mmio_write(CALIPTRA_ENTROPY_ADAPTP_LO,
               or_default(bounds & 0xffff, DEFAULT_LOW));
    mmio_write(CALIPTRA_ENTROPY_CONF, generation.entropy_conf);
    mmio_write(CALIPTRA_ENTROPY_MODULE_ENABLE, CALIPTRA_MUBI_TRUE);
    return health();
}

static bool command(uint32_t header)
{
    mmio_write(CALIPTRA_CSRNG_CMD_REQ, header | FLAG0_FALSE);
    for (;;) {
        uint32_t status = mmio_read(generation.csrng_status);
        if ((status & generation.csrng_failed) != 0 ||
            mmio_read(generation.csrng_error) != 0) {
            return false;
        }
        if ((status & generation.csrng_done) != 0) {
            return true;
        }
    }
}

uint32_t trng_start(void)
{
    if (unavailable() || !internal()) {
        return 0;
    }
    uint32_t error = start_entropy();
    if (error != 0) {
        return error;
    }
    if ((mmio_read(CALIPTRA_CSRNG_CTRL) & 0xf) != CALIPTRA_MUBI_TRUE) {
        mmio_write(CALIPTRA_CSRNG_CTRL, CALIPTRA_CSRNG_CTRL_ENABLED);
    }
    if (!command(UNINSTANTIATE)) {
        return CALIPTRA_ERROR_DRIVER_CSRNG_UNINSTANTIATE;
    }
    return command(INSTANTIATE) ? 0 : CALIPTRA_ERROR_DRIVER_CSRNG_INSTANTIATE;
}

static uint32_t draw_internal(uint32_t words[12])
{
    uint32_t error = health();
    if (error != 0) {
        return error;
    }
    if (!command(GENERATE | 3 << BLOCKS_SHIFT)) {
        return CALIPTRA_ERROR_DRIVER_CSRNG_GENERATE;
    }
    for (unsigned i = 0; i < 12; i++) {
        if (i % 4 == 0) {
            mmio_wait(generation.csrng_valid, 1);
        }
        words[i] = mmio_read(generation.csrng_bits);
    }
    return 0;
}

static uint32_t draw_external(uint32_t words[12])
{
    mmio_write(CALIPTRA_SOC_IFC_TRNG_STATUS, CALIPTRA_TRNG_STATUS_REQUEST);
    for (unsigned i = 0; i < SOC_POLLS; i++) {
        if ((mmio_read(CALIPTRA_SOC_IFC_TRNG_STATUS) &
             CALIPTRA_TRNG_STATUS_DONE) != 0) {
            mmio_read_words(CALIPTRA_SOC_IFC_TRNG_DATA, words, 12);
            mmio_write(CALIPTRA_SOC_IFC_TRNG_STATUS, 0);
            return 0;
        }
    }
    return CALIPTRA_ERROR_DRIVER_TRNG_TIMEOUT;
}

uint32_t trng_draw(uint32_t words[12])
{
    if (unavailable()) {
        for (unsigned i = 0; i < 12; i++) {
            words[i] = 0;
        }
        return 0;
    }
    return internal() ? draw_internal(words) : draw_external(words);
}
