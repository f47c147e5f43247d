/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) in plain code, for cores without an engine. */
#ifndef GUEST_KIT_SHA256_H
#define GUEST_KIT_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_SIZE = 32 };

struct sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t block[SHA256_BLOCK];
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

#endif
