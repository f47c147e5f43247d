/* SPDX-License-Identifier: Apache-2.0 */
/* Putting files into slots: where they go is the board's to say. */
#include "session/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"

enum { FILE_MAX = 64 << 20 };

static const struct slot {
    const char *option;
    const char *role; /* of the partition */
    size_t field;     /* offset in struct session_options: const char * */
    bool is_program;  /* an ELF or Intel HEX file says where it goes */
} slots[] = {
  /* clang-format off */
    {"bl2",               "boot-loader",       offsetof(struct session_options, bl2),               true },
    {"secure",            "secure-image",      offsetof(struct session_options, secure),            false},
    {"nonsecure",         "nonsecure-image",   offsetof(struct session_options, nonsecure),         false},
    {"secure-upgrade",    "secure-upgrade",    offsetof(struct session_options, secure_upgrade),    false},
    {"nonsecure-upgrade", "nonsecure-upgrade", offsetof(struct session_options, nonsecure_upgrade), false},
  /* clang-format on */
};

/* The size that a file for the slot may have: with the slots of both images
 * side by side, TF-M makes one file of the two. */
static uint64_t room_of(const struct slot *slot,
                        const struct session_options *options,
                        const struct cairn_board *board,
                        const struct cairn_partition *own)
{
    struct cairn_partition next;
    bool alone = strcmp(slot->option, "secure") == 0 && !options->nonsecure;
    return alone &&
                   cairn_board_partition(board, "nonsecure-image", &next) ==
                       0 &&
                   strcmp(own->memory, next.memory) == 0 &&
                   next.offset == own->offset + own->size_bytes
               ? own->size_bytes + next.size_bytes
               : own->size_bytes;
}

static int add(const struct slot *slot, const char *path,
               const struct session_options *options,
               const struct cairn_board *board, struct session_pieces *pieces,
               struct session_error *why)
{
    struct cairn_partition partition;
    struct buffer bytes = {0};
    struct error error = {""};
    if (cairn_board_partition(board, slot->role, &partition) != 0) {
        return session_misuse(why, slot->option,
                              "board '%s' has no partition with the role '%s'",
                              options->board, slot->role);
    }
    if (file_read(path, FILE_MAX, &bytes, &error) != 0) {
        buffer_fini(&bytes);
        return session_failure(why, NULL, "%s", error.text);
    }
    uint64_t room = room_of(slot, options, board, &partition);
    bool placed = session_pieces_places_itself(&bytes);
    const struct session_load load = {
        .memory = partition.memory,
        .path = path,
        .placed = !placed,
        .is_offset = !placed,
        .address = placed ? 0 : partition.offset,
    };
    int code;
    if (bytes.size == 0) {
        code = session_failure(why, NULL, "file '%s': is empty", path);
    } else if (placed && !slot->is_program) {
        code = session_failure(why, NULL,
                               "file '%s': is a program, not a signed image "
                               "as cairn-pack-mcuboot(1) makes them",
                               path);
    } else if (!placed && bytes.size > room) {
        code = session_failure(why, NULL,
                               "file '%s': has %zu bytes, and '%s' of board "
                               "'%s' only %llu",
                               path, bytes.size, partition.name, options->board,
                               (unsigned long long)room);
    } else {
        code = session_pieces_add(pieces, &load, &bytes, why);
    }
    buffer_fini(&bytes);
    return code;
}

int session_slots_add(const struct session_options *options,
                      const struct cairn_board *board,
                      struct session_pieces *pieces,
                      struct session_error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < ARRAY_SIZE(slots); i++) {
        const char *path;
        memcpy(&path, (const char *)options + slots[i].field, sizeof(path));
        if (path) {
            code = add(&slots[i], path, options, board, pieces, error);
        }
    }
    return code;
}
