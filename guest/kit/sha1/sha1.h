/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 of a short message in software: for names of keys, never for trust. */
#ifndef GUEST_KIT_SHA1_H
#define GUEST_KIT_SHA1_H

#include <stdint.h>

void sha1(const uint8_t *bytes, uint32_t size, uint8_t digest[20]);

#endif
