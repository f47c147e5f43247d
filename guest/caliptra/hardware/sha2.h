/* SPDX-License-Identifier: Apache-2.0 */
/* Digests by the SHA-512 and SHA-256 blocks. */
#ifndef GUEST_CALIPTRA_SHA2_H
#define GUEST_CALIPTRA_SHA2_H

#include <stdbool.h>
#include <stdint.h>

/* SHA-384 over a range of the mailbox SRAM, of any alignment. False if the
 * range is not inside the SRAM. */
bool sha2_384_mailbox(uint32_t offset, uint32_t size, uint32_t digest[12]);

/* SHA-384 of bytes in memory. */
void sha2_384(const void *bytes, uint32_t size, uint32_t digest[12]);

/* One step of a PCR: SHA-384 of its value and of up to 63 bytes of data goes
 * back into the PCR. False if the vault refuses. */
bool sha2_384_extend(unsigned pcr, const uint8_t *data, uint32_t size);

/* SHA-256 over pieces. */
struct sha2_256 {
    uint8_t block[64];
    uint32_t used;
    uint32_t total;
};
void sha2_256_begin(struct sha2_256 *sha);
void sha2_256_add(struct sha2_256 *sha, const void *bytes, uint32_t size);
void sha2_256_end(struct sha2_256 *sha, uint8_t digest[32]);

/* SHA-256 over whole 64-byte blocks as the processor reads their words: how a
 * ROM is checked, ours and the released ones. */
void sha2_256_raw(const uint32_t *words, uint32_t blocks, uint32_t digest[8]);

/* The rest of a Winternitz chain by the block's own loop (generation 1.1):
 * message is the 47 bytes of the first step, whose byte 22 counts. The block
 * replaces bytes 23 to 46 until the counter has passed 15 - 1 (w = 4). */
void sha2_256_chain(const uint8_t message[47], uint8_t digest[32]);

#endif
