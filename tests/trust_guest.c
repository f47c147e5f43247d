/* SPDX-License-Identifier: Apache-2.0 */
/* Packs a guest into a flash for the board. */
#include "tests/trust_guest.h"

#include <stddef.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"
#include "trust/flash/set.h"
#include "trust/image/elf.h"
#include "trust/keys/keys.h"

enum { PROGRAM_MAX = 1 << 20 };

static void add_program(struct flash_set *set, const char *path)
{
    struct buffer file = {0};
    struct elf_image program = {0};
    EXPECT_EQ(file_read(path, PROGRAM_MAX, &file, NULL), 0);
    EXPECT_EQ(
        elf_image_read(&program, file.bytes, file.size, PROGRAM_MAX, NULL), 0);
    struct boot_image header = {
        .id = FLASH_IMAGE_KERNEL,
        .payload_size = (uint32_t)program.bytes.size,
        .load_address = program.load_address,
        .entry_point = program.entry_point,
        .name = "guest",
    };
    EXPECT(flash_set_wrap(set, &header, program.bytes.bytes) != NULL);
    buffer_fini(&program.bytes);
    buffer_fini(&file);
}

/* The monitor of the board's flash, with another version. */
static void add_monitor(struct flash_set *set, const struct flash_bank *from)
{
    const struct flash_part *part = flash_bank_find(from, FLASH_IMAGE_MONITOR);
    struct flash_set_image *image =
        flash_set_add(set, part->id, part->bytes, part->size);
    store_le32(image->bytes.bytes + offsetof(struct boot_image, version),
               set->version);
}

void trust_guest_set(const struct trust_board *board, const char *guest,
                     uint32_t version, struct buffer *out)
{
    const struct flash_bank *from = &board->flash.banks[0];
    const struct flash_part *bundle =
        flash_bank_find(from, FLASH_IMAGE_CALIPTRA);
    struct flash_set set = {.version = version};
    struct key_ring ring;
    EXPECT_EQ(keys_load(&ring, TRUST_EMBEDDED "keys", NULL), 0);
    const struct caliptra_signing signing = {
        .keys = &ring, .lms = true, .lms_leaf = 1};
    buffer_append(&set.bundle, bundle->bytes, bundle->size);
    add_monitor(&set, from);
    add_program(&set, guest);
    EXPECT_EQ(flash_set_sign(&set, &signing, NULL), 0);
    EXPECT_EQ(flash_set_write(&set, FLASH_BANK_SIZE, out, NULL), 0);
    flash_set_fini(&set);
    keys_fini(&ring);
}

bool trust_guest_start(struct trust_board *board, const char *guest)
{
    return trust_guest_start_with(board, guest, NULL);
}

bool trust_guest_start_with(struct trust_board *board, const char *guest,
                            const struct buffer *rom)
{
    struct buffer set = {0};
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
    trust_guest_set(board, guest, 1, &set);
    const struct buffer *banks[FLASH_BANKS] = {&set};
    const struct fwu metadata = board->flash.metadata;
    buffer_clear(flash);
    flash_image_write(&metadata, banks, flash);
    buffer_fini(&set);
    return trust_board_start(board);
}
