/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel HEX: records of bytes with their addresses, as firmware for
 * microcontrollers is often given. What lies between records reads as
 * erased flash, 0xff.
 */
#ifndef TRUST_IMAGE_IHEX_H
#define TRUST_IMAGE_IHEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "trust/image/pieces.h"

struct ihex_image {
    uint32_t load_address; /* the lowest one */
    bool has_entry_point;
    uint32_t entry_point;
    struct buffer bytes;
};

/* True if a file looks like one: its first character is a colon. */
bool ihex_image_recognise(const void *file, size_t size);

/*
 * Returns 0 and an image that the caller frees with buffer_fini(&image->bytes),
 * or -EINVAL with the line that is wrong; -EFBIG when from the lowest to the
 * highest address there are more than size_limit bytes.
 */
int ihex_image_read(struct ihex_image *image, const void *file, size_t size,
                    size_t size_limit, struct error *error);

/* Hands out the pieces as ihex_image_pieces does, and sets the addresses in
 * *image, whose bytes stay empty. */
int ihex_image_scan(const void *file, size_t size, struct ihex_image *image,
                    piece_taker *take, void *context, struct error *error);

/*
 * Appends bytes as records of 16, with a record of the upper address before
 * each 64 KiB unless all bytes lie in the first, and the record of the end.
 * -EINVAL when the last byte lies beyond 32 bits of address.
 */
int ihex_write(uint32_t address, const void *bytes, size_t size,
               struct buffer *out);

#endif
