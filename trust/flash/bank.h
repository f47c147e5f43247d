/* SPDX-License-Identifier: Apache-2.0 */
/* Banks of boot flash: a directory and its images. The layout is that of
 * abi/flash_image.h. */
#ifndef TRUST_FLASH_BANK_H
#define TRUST_FLASH_BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/flash_image.h"
#include "base/buffer.h"
#include "base/error.h"

struct flash_part {
    uint32_t id;
    const uint8_t *bytes;
    size_t size;
    size_t offset; /* in the bank; set by reader and writer */
};

struct flash_bank {
    unsigned count;
    struct flash_part parts[FLASH_IMAGES_MAX];
};

/* Images start at multiples of this. */
enum { FLASH_PART_ALIGNMENT = 4096 };

/* Appends a bank with the parts in their order and sets their offsets. -EINVAL
 * for too many or equal identifiers, -EFBIG above capacity. */
int flash_bank_write(struct flash_bank *bank, size_t capacity,
                     struct buffer *out, struct error *error);

/* The same with the parts one behind the other, as upstream's tool for Caliptra
 * flash images has them; their sizes are multiples of 4. */
int flash_bank_write_packed(struct flash_bank *bank, size_t capacity,
                            struct buffer *out, struct error *error);

/* Looks at bytes, which must outlive the view. -EINVAL with place and value;
 * bytes behind the last image do not count. */
int flash_bank_read(struct flash_bank *bank, const void *bytes, size_t size,
                    struct error *error);

/* Bytes of the directory at the start of a bank. */
size_t flash_bank_directory_size(const struct flash_bank *bank);
/* The part with an identifier, or NULL. */
const struct flash_part *flash_bank_find(const struct flash_bank *bank,
                                         uint32_t id);

/* Appends header and payload: what the SoC manifest digests. header->magic,
 * header_size and payload_size are set here. */
void boot_image_write(const struct boot_image *header, const void *payload,
                      struct buffer *out);

/* A copy of the header of a part; -EINVAL with place and value. */
int boot_image_read(struct boot_image *header, const struct flash_part *part,
                    struct error *error);

#endif
