/* SPDX-License-Identifier: Apache-2.0 */
/* For fuzzers: the checksums of a flash image's directory (abi/flash_image.h)
 * as a reader computes them, so that edits reach what lies behind its check. */
#ifndef TESTS_HOSTILE_FLASH_CHECKSUMS_H
#define TESTS_HOSTILE_FLASH_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "abi/flash_image.h"
#include "base/bits.h"

/* For the directory at the start; does nothing where there is none. */
static inline void flash_checksums(uint8_t *bytes, size_t size)
{
    struct flash_directory directory;
    size_t end = sizeof(directory);

    if (size < end) {
        return;
    }
    memcpy(&directory, bytes, sizeof(directory));
    if (directory.magic != FLASH_DIRECTORY_MAGIC) {
        return;
    }
    for (unsigned i = 0; i < directory.count; i++) {
        struct flash_entry entry;
        size_t at = sizeof(directory) + i * sizeof(entry);
        if (!in_range(at, sizeof(entry), size)) {
            break;
        }
        memcpy(&entry, bytes + at, sizeof(entry));
        end = at + sizeof(entry) > end ? at + sizeof(entry) : end;
        if (in_range(entry.offset, entry.size, size)) {
            size_t last = (size_t)entry.offset + entry.size;
            end = last > end ? last : end;
        }
    }
    store_le32(bytes + offsetof(struct flash_directory, header_crc32),
               (uint32_t)crc32_z(
                   0, bytes, offsetof(struct flash_directory, header_crc32)));
    store_le32(bytes + offsetof(struct flash_directory, payload_crc32),
               (uint32_t)crc32_z(0, bytes + sizeof(directory),
                                 end - sizeof(directory)));
}

#endif
