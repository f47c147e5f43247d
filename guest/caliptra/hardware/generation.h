/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the blocks that all generations of the core have differ, and where our
 * firmware keeps its own in DCCM. A program is linked with generation_1.c or
 * with generation_2.c.
 */
#ifndef GUEST_CALIPTRA_GENERATION_H
#define GUEST_CALIPTRA_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

/* The register in DCCM that has the boot status, always. */
uint32_t generation_boot_status(void);

struct generation {
    unsigned key_slots;
    /* A part without a life cycle keeps no secrets, as with debug unlocked. */
    bool opens_unprovisioned;
    /* HMAC: of how many words a key is, the control bits for such a key, the
     * register that takes entropy. */
    unsigned hmac_key_words;
    uint32_t hmac_mode;
    uint32_t hmac_seed;
    /* CSRNG. */
    uint32_t csrng_status;
    uint32_t csrng_done;   /* bits of the status */
    uint32_t csrng_failed; /* bits of the status */
    uint32_t csrng_valid;
    uint32_t csrng_bits;
    uint32_t csrng_error;
    /* ENTROPY_SRC: its configuration, which has fips_enable and threshold_scope
     * true, data register and single bit false; the state after a health test
     * failed. */
    uint32_t entropy_conf;
    uint32_t entropy_alert;
    /* DCCM. */
    uint32_t request;
    uint32_t kept;
    uint32_t dpe;
    uint32_t soc_images;
    uint32_t runtime_tbs;
};
extern const struct generation generation;

#endif
