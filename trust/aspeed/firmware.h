/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the firmware that an AST2700 boots. */
#ifndef TRUST_ASPEED_FIRMWARE_H
#define TRUST_ASPEED_FIRMWARE_H

#include <stdint.h>

#include "abi/aspeed_image.h"

/* The name in recipes, and words for people; "unknown" for other identifiers.
 */
const char *aspeed_firmware_key(uint32_t id);
const char *aspeed_firmware_words(uint32_t id);
/* The identifier with that key, or 0. */
uint32_t aspeed_firmware_find(const char *key);
/* The words for an entry of the flash image's directory. */
const char *aspeed_entry_words(uint32_t entry);

#endif
