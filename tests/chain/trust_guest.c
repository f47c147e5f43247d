/* SPDX-License-Identifier: Apache-2.0 */
/* Packs a guest into a flash for the board. */
#include "tests/chain/trust_guest.h"

#include <string.h>

#include "host/file.h"
#include "tests/harness.h"
#include "trust/flash/make.h"
#include "trust/keys/keys.h"

enum { PROGRAM_MAX = 1 << 20 };

/* ---- Files of the recipe ------------------------------------------------- */

/* Bundle and monitor are those of the board's flash; other names are paths. */
static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    const struct flash_bank *bank = context;
    if (strcmp(name, "bundle") == 0) {
        const struct flash_part *part =
            flash_bank_find(bank, FLASH_IMAGE_CALIPTRA);
        buffer_append(out, part->bytes, part->size);
        return 0;
    }
    if (strcmp(name, "monitor") == 0) {
        const struct flash_part *part =
            flash_bank_find(bank, FLASH_IMAGE_MONITOR);
        const size_t header = sizeof(struct boot_image);
        buffer_append(out, part->bytes + header, part->size - header);
        return 0;
    }
    return file_read(name, PROGRAM_MAX, out, error);
}

/* ---- The recipe ---------------------------------------------------------- */

static void add_monitor(struct flash_recipe *recipe,
                        const struct flash_bank *bank)
{
    struct boot_image header = {0};
    const struct flash_part *part = flash_bank_find(bank, FLASH_IMAGE_MONITOR);
    EXPECT_EQ(boot_image_read(&header, part, NULL), 0);
    recipe->images[recipe->image_count++] = (struct flash_recipe_image){
        .name = xstrdup("monitor"),
        .file = xstrdup("monitor"),
        .id = FLASH_IMAGE_MONITOR,
        .has_load = true,
        .load = header.load_address,
        .has_entry = true,
        .entry = header.entry_point,
        .secure = (header.flags & BOOT_IMAGE_SECURE) != 0,
        .starts = (header.flags & BOOT_IMAGE_STARTS) != 0,
    };
}

static void make(const struct trust_board *board, const char *guest,
                 uint32_t version, struct flash_made *made)
{
    struct flash_bank bank = board->flash.banks[0];
    const struct flash_source source = {.read = read_named, .context = &bank};
    struct flash_recipe recipe = {
        .version = version,
        .image_type = board->flash.metadata.images[0].image_type,
        .lms = true,
        .lms_leaf = 1,
        .bundle = xstrdup("bundle"),
        .banks = {true, false},
    };
    struct key_ring ring;
    add_monitor(&recipe, &bank);
    recipe.images[recipe.image_count++] = (struct flash_recipe_image){
        .name = xstrdup("guest"),
        .file = xstrdup(guest),
        .id = FLASH_IMAGE_KERNEL,
    };
    EXPECT_EQ(keys_load(&ring, CARRIED "keys", NULL, NULL), 0);
    EXPECT_EQ(flash_make(&recipe, &ring, &source, made, NULL), 0);
    keys_fini(&ring);
    flash_recipe_fini(&recipe);
}

void trust_guest_set(const struct trust_board *board, const char *guest,
                     uint32_t version, struct buffer *out)
{
    struct flash_made made;
    make(board, guest, version, &made);
    buffer_append(out, made.bank.bytes, made.bank.size);
    flash_made_fini(&made);
}

/* ---- The board ----------------------------------------------------------- */

bool trust_guest_start(struct trust_board *board, const char *guest)
{
    return trust_guest_start_with(board, guest, NULL);
}

bool trust_guest_start_with(struct trust_board *board, const char *guest,
                            const struct buffer *rom)
{
    struct flash_made made;
    if (!trust_board_read(board)) {
        return false;
    }
    if (rom != NULL) {
        buffer_clear(&board->images[TRUST_ROM]);
        buffer_append(&board->images[TRUST_ROM], rom->bytes, rom->size);
    }
    struct buffer *flash = &board->images[TRUST_FLASH];
    EXPECT_EQ(flash_image_read(&board->flash, flash->bytes, flash->size, NULL),
              0);
    make(board, guest, 1, &made);
    buffer_clear(flash);
    buffer_append(flash, made.flash.bytes, made.flash.size);
    flash_made_fini(&made);
    return trust_board_start(board);
}
