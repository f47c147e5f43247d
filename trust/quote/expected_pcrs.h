/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCRs of a Caliptra 1.x part after a cold boot, reckoned from what it
 * boots and not from what it says: the reference for a quote.
 */
#ifndef TRUST_QUOTE_EXPECTED_PCRS_H
#define TRUST_QUOTE_EXPECTED_PCRS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"
#include "trust/flash/bank.h"

struct expected_pcrs {
    bool known[32];
    uint8_t values[32][48];
};

/* PCR 0 to 3: the part's state and keys with the FMC, then the runtime with the
 * manifest; current and journey. -EINVAL for a bundle of generation 2. */
int expected_pcrs_bundle(struct expected_pcrs *pcrs,
                         const struct caliptra_bundle *bundle,
                         const struct fuses *fuses);
/* PCR 31, of what the boot MCU of board trust has authorised: the SoC's images
 * in their order. */
void expected_pcrs_images(struct expected_pcrs *pcrs,
                          const struct flash_bank *bank);
/* Lines "PCR N VALUE". */
void expected_pcrs_print(const struct expected_pcrs *pcrs, struct buffer *out);

#endif
