/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel as files have it: an arm64 Image (also as the PE file that UEFI
 * starts, which is the same bytes), an ELF executable, or either of them
 * compressed by gzip; anything else is raw code. Pure: bytes in, image out.
 */
#ifndef PLATFORM_GUEST_IMAGE_H
#define PLATFORM_GUEST_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct guest_image {
    struct buffer bytes;
    bool placed; /* ELF: address and entry are absolute */
    bool raw;    /* neither ELF nor Image */
    /* Where bytes go and where execution starts; from a 2 MiB boundary of
     * memory unless placed. */
    uint64_t address;
    uint64_t entry;
    uint64_t size_bytes; /* that it needs from there, with its .bss */
};

/* Returns 0 and an image that the caller frees with guest_image_fini;
 * -EINVAL for a broken file, -EFBIG when it unpacks to more than size_limit. */
int guest_image_read(struct guest_image *image, const void *file, size_t size,
                     size_t size_limit, struct error *error);
/* The same from the first bytes (GUEST_IMAGE_HEAD of them, or all) of a file
 * that goes into memory as it is: image->bytes stays empty. False in *plain for
 * one that does not. */
enum { GUEST_IMAGE_HEAD = 64 };
int guest_image_peek(struct guest_image *image, const uint8_t *head,
                     uint64_t file_size, size_t size_limit, bool *plain,
                     struct error *error);
void guest_image_fini(struct guest_image *image);

#endif
