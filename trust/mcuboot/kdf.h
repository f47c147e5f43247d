/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that keys.c, sign.c and encrypt.c share. */
#ifndef TRUST_MCUBOOT_KDF_H
#define TRUST_MCUBOOT_KDF_H

#include <stddef.h>
#include <stdint.h>

/* HKDF (RFC 5869) without a salt; digest is "SHA256" or "SHA512". */
void mcuboot_hkdf(const char *digest, const void *key, size_t key_size,
                  const void *info, size_t info_size, void *out, size_t size);

/* Exclusive-or of MGF1 with SHA-256 (RFC 8017, B.2.1) onto bytes. */
void mcuboot_mask(uint8_t *bytes, size_t size, const uint8_t *seed,
                  size_t seed_size);

#endif
