/* SPDX-License-Identifier: Apache-2.0 */
/* From the pieces of a planned guest to a flash that holds them. */
#include "session/chain.h"

#include <errno.h>
#include <string.h>

#include "abi/flash_image.h"
#include "base/bits.h"
#include "trust/flash/repack.h"

/* As build/program.mk makes the keys of what the program carries. */
static const char key_seed[] = "embedded default of cairn";

static const struct {
    const char *what;
    uint32_t id;
} kinds[] = {
    {"kernel",      FLASH_IMAGE_KERNEL     },
    {"device tree", FLASH_IMAGE_DEVICE_TREE},
    {"initrd",      FLASH_IMAGE_INITRD     },
};

static int find_kind(const char *what, uint32_t *id, struct error *error)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].what, what) == 0) {
            *id = kinds[i].id;
            return 0;
        }
    }
    return error_set(error, -EINVAL, "the chain has no place for a %s", what);
}

static int list_pieces(const struct cairn_machine *plan,
                       struct flash_piece pieces[ARRAY_SIZE(kinds)],
                       size_t *count, struct error *error)
{
    struct cairn_piece piece;
    for (*count = 0; cairn_guest_piece(plan, *count, &piece) == 0; ++*count) {
        uint32_t id = 0;
        int code = find_kind(piece.what, &id, error);
        if (code == 0 && *count == ARRAY_SIZE(kinds)) {
            code = error_set(error, -EINVAL, "the guest has too many parts");
        }
        if (code != 0) {
            return code;
        }
        pieces[*count] = (struct flash_piece){
            .id = id,
            .address = piece.address,
            .entry = piece.entry,
            .bytes = piece.bytes,
            .size = piece.size,
        };
    }
    return 0;
}

int session_chain_pack(const struct cairn_machine *plan, struct buffer *flash,
                       struct buffer *fuses, struct error *error)
{
    const struct keys_options options = {
        .seed = key_seed,
        .seed_size = strlen(key_seed),
    };
    struct flash_piece pieces[ARRAY_SIZE(kinds)];
    struct key_ring keys;
    size_t count = 0;
    int code = list_pieces(plan, pieces, &count, error);
    if (code == 0) {
        code = keys_generate(&keys, &options, error);
    }
    if (code == 0) {
        code = flash_repack(pieces, count, &keys, flash, fuses, error);
        keys_fini(&keys);
    }
    return code;
}
