/* SPDX-License-Identifier: Apache-2.0 */
/* Where pieces of a guest lie, and how they come into memory. */
#include "platform/guest/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/guest/guest.h"

/* ---- Places -------------------------------------------------------------- */

/* The piece that has a part of the room already, or NULL. */
static const struct guest_piece *find_taken(const struct guest *guest,
                                            uint64_t offset, uint64_t room)
{
    for (size_t i = 0; i < guest->piece_count; i++) {
        const struct guest_piece *piece = &guest->pieces[i];
        if (offset < piece->offset + piece->room &&
            piece->offset < offset + room) {
            return piece;
        }
    }
    return NULL;
}

static struct guest_piece *place_piece(struct guest *guest, const char *what,
                                       uint64_t address, size_t size,
                                       struct error *error)
{
    uint64_t offset = address - guest->base;
    if (address < guest->base || !in_range(offset, size, guest->size)) {
        error_set(error, -ENOMEM,
                  "%s: 0x%zx bytes at 0x%llx do not fit in the memory "
                  "of 0x%llx bytes at 0x%llx",
                  what, size, (unsigned long long)address,
                  (unsigned long long)guest->size,
                  (unsigned long long)guest->base);
        return NULL;
    }
    const struct guest_piece *taken = find_taken(guest, offset, size);
    if (taken) {
        uint64_t start = guest->base + taken->offset;
        error_set(error, -EEXIST,
                  "%s: 0x%zx bytes at 0x%llx overlap the %s, which needs "
                  "0x%llx at 0x%llx",
                  what, size, (unsigned long long)address, taken->what,
                  (unsigned long long)taken->room, (unsigned long long)start);
        return NULL;
    }
    struct guest_piece *piece = &guest->pieces[guest->piece_count++];
    *piece = (struct guest_piece){
        .what = what, .offset = offset, .size = size, .room = size};
    return piece;
}

int guest_add_piece(struct guest *guest, const char *what, uint64_t address,
                    const void *bytes, size_t size, struct error *error)
{
    struct guest_piece *piece = place_piece(guest, what, address, size, error);
    if (!piece) {
        return -ENOMEM;
    }
    buffer_append(&piece->bytes, bytes, size);
    return 0;
}

int guest_add_file(struct guest *guest, const char *what, uint64_t address,
                   struct guest_file *file, struct error *error)
{
    struct guest_piece *piece =
        place_piece(guest, what, address, (size_t)file->stamp.size, error);
    if (!piece) {
        return -ENOMEM;
    }
    piece->file = *file;
    file->path = NULL;
    return 0;
}

/* ---- Loading ------------------------------------------------------------- */

/* Untouched pages are zeros and stay untouched. */
static void clear_tail(struct region *region, uint64_t offset, uint64_t size)
{
    static const uint8_t zeros[REGION_PAGE_SIZE];
    uint64_t end = offset + size;
    while (offset < end) {
        uint64_t left = REGION_PAGE_SIZE - offset % REGION_PAGE_SIZE;
        size_t part = (size_t)(left < end - offset ? left : end - offset);
        if (region_page_used(region, (size_t)(offset >> REGION_PAGE_SHIFT))) {
            region_load(region, offset, zeros, part);
        }
        offset += part;
    }
}

bool guest_load_piece(struct cairn_machine *machine,
                      const struct guest_piece *piece)
{
    struct region *ram = guest_of(machine)->ram->region;
    struct error error = {""};
    if (!piece->file.path) {
        region_load(ram, piece->offset, piece->bytes.bytes, piece->size);
        clear_tail(ram, piece->offset + piece->size, piece->tail);
        return true;
    }
    region_written(ram, piece->offset, piece->size);
    if (guest_file_read(&piece->file, region_host(ram) + piece->offset,
                        piece->size, &error) != 0) {
        log_write(&machine->fabric.log, LOG_UNMODELLED, piece->what, 0,
                  "stays off: %s", error.text);
        return false;
    }
    return true;
}
