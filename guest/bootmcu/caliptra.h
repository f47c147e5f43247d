/* SPDX-License-Identifier: Apache-2.0 */
/* The root of trust from the SoC's side: fuses, reset, mailbox, digests. */
#ifndef GUEST_BOOTMCU_CALIPTRA_H
#define GUEST_BOOTMCU_CALIPTRA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From power-on: lets it out of reset, burns its fuse registers from the SoC's
 * fuses, and waits until it wants firmware, or runs the firmware that it kept
 * where the SoC cannot take its power. False: it reports an error. */
bool caliptra_start(void);
/* True if it runs its firmware. */
bool caliptra_runs(void);

/* After a warm reset that left it its power: it still has its firmware, and
 * runs that again. */
bool caliptra_resume(void);

/* Sends a bundle, which is of whole words, and waits for its runtime. */
bool caliptra_load(const uint8_t *bundle, size_t size);

/*
 * One command to the runtime: a struct that starts with a request header, then
 * tail bytes behind it (whole words), checksum included. Takes at most
 * response_size bytes of the answer. False: refused.
 */
bool caliptra_command(uint32_t command, void *request, size_t size,
                      const uint8_t *tail, size_t tail_size, void *response,
                      size_t response_size);

/* SHA-384 of two runs of bytes, one behind the other, by its accelerator; the
 * first is of whole words. */
void caliptra_digest_two(const uint8_t *first, size_t first_size,
                         const uint8_t *second, size_t second_size,
                         uint8_t digest[48]);

/* The error registers: fatal, else non-fatal; 0 for none. */
uint32_t caliptra_error(void);

#endif
