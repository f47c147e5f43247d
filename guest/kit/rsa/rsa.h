/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures over SHA-256, PKCS #1 v1.5 (RFC 8017, 8.2.2): verifying. */
#ifndef GUEST_KIT_RSA_H
#define GUEST_KIT_RSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 512 };

/* modulus and signature are big-endian, size bytes each, a multiple of 4
 * between the bounds above; the exponent is odd. */
bool rsa_verify(const uint8_t *modulus, size_t size, uint32_t exponent,
                const uint8_t *signature, const uint8_t digest[32]);

#endif
