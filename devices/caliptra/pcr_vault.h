/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the SHA-512 engine to the PCR vault of a Caliptra core. */
#ifndef DEVICES_CALIPTRA_PCR_VAULT_H
#define DEVICES_CALIPTRA_PCR_VAULT_H

#include <stdint.h>

#include "bus/device.h"

#define PCR_VAULT_COMPATIBLE "chipsalliance,caliptra-pcr-vault"

enum { PCR_VAULT_PCRS = 32, PCR_VAULT_WORDS = 12 };

/* The words of a PCR; those of the next follow. */
const uint32_t *pcr_vault_words(struct device *vault, unsigned pcr);
/* Gives a PCR its extended value; locks do not matter. */
void pcr_vault_extend(struct device *vault, unsigned pcr,
                      const uint32_t words[PCR_VAULT_WORDS]);

#endif
