/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware image from a file: a raw binary as it is, or the loadable
 * segments of a little-endian ELF file, laid out from the lowest to the highest
 * physical address with zeros between. Segments without file contents (.bss)
 * are left out: firmware clears them itself.
 */
#ifndef TRUST_IMAGE_ELF_H
#define TRUST_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct elf_image {
    bool is_elf; /* the rest but the bytes is known */
    bool is_64;
    unsigned machine; /* EM_RISCV, EM_AARCH64 */
    uint64_t load_address;
    uint64_t entry_point;
    uint64_t memory_size; /* from load_address on, with its .bss */
    /* How many of the first bytes are headers of the file: linkers put them
     * into a first segment that has room before its first section. */
    size_t header_size;
    struct buffer bytes;
};

/*
 * Returns 0 and an image that the caller frees with buffer_fini(&image->bytes),
 * or -EINVAL with the offset and value that is wrong. size_limit bounds the
 * laid out image: -EFBIG.
 */
int elf_image_read(struct elf_image *image, const void *file, size_t size,
                   size_t size_limit, struct error *error);

/* Processors that programs are for. */
enum elf_target { ELF_AARCH64, ELF_RISCV32 };
/* -EINVAL unless the image is raw, or an executable for that processor that
 * starts where it has contents. */
int elf_image_check(const struct elf_image *image, enum elf_target target,
                    struct error *error);

#endif
