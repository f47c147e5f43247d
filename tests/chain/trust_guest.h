/* SPDX-License-Identifier: Apache-2.0 */
/* Board trust with another guest than the one that the program carries. */
#ifndef TESTS_CHAIN_TRUST_GUEST_H
#define TESTS_CHAIN_TRUST_GUEST_H

#include "tests/chain/trust_board.h"

/* Appends a set of images: bundle and monitor of bank 0, and an ELF file as the
 * kernel, signed by the keys that the board's fuses trust. */
void trust_guest_set(const struct trust_board *board, const char *guest,
                     uint32_t version, struct buffer *out);

/* Starts the board with such a set in bank 0. */
bool trust_guest_start(struct trust_board *board, const char *guest);
/* The same with another Caliptra ROM. */
bool trust_guest_start_with(struct trust_board *board, const char *guest,
                            const struct buffer *rom);

#endif
