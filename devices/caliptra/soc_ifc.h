/* SPDX-License-Identifier: Apache-2.0 */
/* What other blocks of a Caliptra core do with its SoC interface. */
#ifndef DEVICES_CALIPTRA_SOC_IFC_H
#define DEVICES_CALIPTRA_SOC_IFC_H

#include <stdint.h>

#include "bus/device.h"

#define SOC_IFC_COMPATIBLE "chipsalliance,caliptra-soc-ifc"

/* Secrets that only the deobfuscation engine sees: 8, 12 and 8 words. */
const uint32_t *soc_ifc_obf_key(struct device *soc_ifc);
const uint32_t *soc_ifc_uds_seed(struct device *soc_ifc);
const uint32_t *soc_ifc_field_entropy(struct device *soc_ifc);
/* Zeroes all three until power-on. */
void soc_ifc_clear_secrets(struct device *soc_ifc);

#endif
