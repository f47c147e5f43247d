/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contents of a file that says itself where they belong, piece by piece:
 * the loadable segments of an ELF file by their physical addresses, or the
 * records of an Intel HEX file, those that follow one another together.
 */
#ifndef TRUST_IMAGE_PIECES_H
#define TRUST_IMAGE_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Takes a piece, whose bytes are not there any longer after it returned. 0, or
 * a negative errno and *error, which ends the reading. */
typedef int piece_taker(void *context, uint64_t address, const void *bytes,
                        size_t size, struct error *error);

/* By growing header number, or growing address. 0; -EINVAL with the header or
 * line that is wrong; or what take returned. */
int elf_image_pieces(const void *file, size_t size, piece_taker *take,
                     void *context, struct error *error);
int ihex_image_pieces(const void *file, size_t size, piece_taker *take,
                      void *context, struct error *error);

#endif
