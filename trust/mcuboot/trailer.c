/* SPDX-License-Identifier: Apache-2.0 */
/* Trailers, from the magic at the end of the slot downward. */
#include "trust/mcuboot/trailer.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

enum { MAGIC_SIZE = MCUBOOT_TRAILER_MAGIC_SIZE, ALIGNMENT_DEFAULT = 8 };

static const uint8_t magic_8[MAGIC_SIZE] = {0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2,
                                            0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f,
                                            0x2c, 0xb6, 0x79, 0x80};
/* For other alignments, behind the alignment in two bytes. */
static const uint8_t magic_tail[MAGIC_SIZE - 2] = {0x2d, 0xe1, 0x5d, 0x29, 0x41,
                                                   0x0b, 0x8d, 0x77, 0x67, 0x9c,
                                                   0x11, 0x0f, 0x1f, 0x8a};

static size_t align_up(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

static void write_magic(unsigned alignment, uint8_t magic[MAGIC_SIZE])
{
    memcpy(magic, magic_8, MAGIC_SIZE);
    if (alignment != ALIGNMENT_DEFAULT) {
        magic[0] = (uint8_t)alignment; /* which is at most 32 */
        magic[1] = 0;
        memcpy(magic + 2, magic_tail, sizeof(magic_tail));
    }
}

/* The alignment that a magic stands for; 0 for none. */
static unsigned read_magic(const uint8_t *bytes)
{
    for (unsigned alignment = ALIGNMENT_DEFAULT; alignment <= 32;
         alignment *= 2) {
        uint8_t magic[MAGIC_SIZE];
        write_magic(alignment, magic);
        if (memcmp(bytes, magic, MAGIC_SIZE) == 0) {
            return alignment;
        }
    }
    return 0;
}

/* Distance of a field from the end of the slot, counted from the magic. */
static size_t field_distance(unsigned alignment, unsigned number)
{
    return align_up(MAGIC_SIZE, alignment) + (size_t)number * alignment;
}

enum { IMAGE_OK = 1, COPY_DONE, SWAP_INFO, SWAP_SIZE };

void mcuboot_trailer_read(struct mcuboot_trailer *trailer, const uint8_t *bytes,
                          size_t size)
{
    const uint8_t *end = bytes + size;

    *trailer = (struct mcuboot_trailer){0};
    if (size < MAGIC_SIZE) {
        return;
    }
    unsigned alignment = read_magic(end - MAGIC_SIZE);
    if (alignment == 0 || size < field_distance(alignment, SWAP_SIZE)) {
        return;
    }
    *trailer = (struct mcuboot_trailer){
        .is_present = true,
        .alignment = alignment,
        .swap_size = load_le32(end - field_distance(alignment, SWAP_SIZE)),
        .swap_info = *(end - field_distance(alignment, SWAP_INFO)),
        .copy_done = *(end - field_distance(alignment, COPY_DONE)),
        .image_ok = *(end - field_distance(alignment, IMAGE_OK)),
    };
}

size_t mcuboot_trailer_size(const struct mcuboot_slot *slot, size_t key_size)
{
    enum { STATES = 3, KEYS = 2 };

    if (slot->overwrites) {
        return field_distance(slot->alignment, COPY_DONE);
    }
    return (size_t)slot->sectors_max * STATES * slot->write_size +
           KEYS * align_up(key_size, slot->alignment) +
           field_distance(slot->alignment, SWAP_SIZE);
}

void mcuboot_trailer_write(const struct mcuboot_slot *slot, bool is_confirmed,
                           struct buffer *out)
{
    assert(out->size + field_distance(slot->alignment, SWAP_SIZE) <=
               slot->size ||
           slot->overwrites);
    size_t rest = slot->size - out->size;
    uint8_t *bytes = buffer_grow(out, rest);
    uint8_t *end = bytes + rest;

    memset(bytes, slot->erased, rest);
    write_magic(slot->alignment, end - MAGIC_SIZE);
    if (is_confirmed && !slot->overwrites) {
        *(end - field_distance(slot->alignment, IMAGE_OK)) = MCUBOOT_FLAG_SET;
    }
}
