/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware image from a file: a raw binary as it is, or the loadable
 * segments of a little-endian ELF file, laid out from the lowest to the highest
 * physical address with zeros between. Segments without file contents (.bss)
 * are left out: firmware clears them itself.
 */
#ifndef TRUST_ELF_IMAGE_H
#define TRUST_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct elf_image {
    bool is_elf; /* addresses are known */
    uint64_t load_address;
    uint64_t entry_point;
    struct buffer bytes;
};

/*
 * Returns 0 and an image that the caller frees with buffer_fini(&image->bytes),
 * or -EINVAL with the offset and value that is wrong. size_limit bounds the
 * laid out image: -EFBIG.
 */
int elf_image_read(struct elf_image *image, const void *file, size_t size,
                   size_t size_limit, struct error *error);

#endif
