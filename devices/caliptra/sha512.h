/* SPDX-License-Identifier: Apache-2.0 */
/* The wire from the SHA-512 engine of a Caliptra core to its ECC block. */
#ifndef DEVICES_CALIPTRA_SHA512_H
#define DEVICES_CALIPTRA_SHA512_H

#include <stdint.h>

#include "bus/device.h"

#define SHA512_COMPATIBLE "chipsalliance,caliptra-sha512"

/* The hash over all PCRs and the nonce, 12 words, or since generation 2 the
 * first 12 of 16: what a PCR quote signs. */
const uint32_t *sha512_pcr_hash(struct device *sha512);

#endif
