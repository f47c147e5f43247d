/* SPDX-License-Identifier: Apache-2.0 */
/* Entropy: from the SoC on request, or from the core's own CSRNG. */
#ifndef GUEST_CALIPTRA_TRNG_H
#define GUEST_CALIPTRA_TRNG_H

#include <stdint.h>

/* Makes the source that HW_CONFIG names ready. Returns 0 or an error. */
uint32_t trng_start(void);
uint32_t trng_draw(uint32_t words[12]);

#endif
