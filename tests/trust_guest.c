/* SPDX-License-Identifier: Apache-2.0 */
/* Packs a guest into a flash for the board. */
#include "tests/trust_guest.h"

#include <openssl/sha.h>
#include <stddef.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/image/elf.h"
#include "trust/keys/keys.h"

enum { PROGRAM_MAX = 1 << 20 };

static void wrap_program(const char *path, uint32_t version, struct buffer *out)
{
    struct buffer file = {0};
    struct elf_image program = {0};
    EXPECT_EQ(file_read(path, PROGRAM_MAX, &file, NULL), 0);
    EXPECT_EQ(
        elf_image_read(&program, file.bytes, file.size, PROGRAM_MAX, NULL), 0);
    const struct boot_image header = {
        .id = FLASH_IMAGE_KERNEL,
        .version = version,
        .payload_size = (uint32_t)program.bytes.size,
        .load_address = program.load_address,
        .entry_point = program.entry_point,
        .name = "guest",
    };
    boot_image_write(&header, program.bytes.bytes, out);
    buffer_fini(&program.bytes);
    buffer_fini(&file);
}

static void sign(const struct flash_part *parts, unsigned count,
                 uint32_t version, struct buffer *manifest)
{
    struct key_ring ring;
    struct caliptra_soc_image entries[2];
    struct soc_manifest_pack pack;
    EXPECT_EQ(keys_load(&ring, TRUST_EMBEDDED "keys", NULL), 0);
    const struct caliptra_signing signing = {
        .keys = &ring, .lms = true, .lms_leaf = 1};
    soc_manifest_pack_init(&pack, &signing);
    for (unsigned i = 0; i < count; i++) {
        entries[i] = (struct caliptra_soc_image){
            .firmware_id = parts[i].id,
            .flags = CALIPTRA_SOC_SOURCE_IN_REQUEST,
        };
        SHA384(parts[i].bytes, parts[i].size, entries[i].digest);
    }
    pack.version = version;
    pack.images = entries;
    pack.count = count;
    EXPECT_EQ(soc_manifest_write(&pack, manifest, NULL), 0);
    keys_fini(&ring);
}

void trust_guest_set(const struct trust_board *board, const char *guest,
                     uint32_t version, struct buffer *out)
{
    const struct flash_bank *from = &board->flash.banks[0];
    struct buffer monitor = {0};
    struct buffer kernel = {0};
    struct buffer manifest = {0};
    const struct flash_part *part = flash_bank_find(from, FLASH_IMAGE_MONITOR);
    buffer_append(&monitor, part->bytes, part->size);
    store_le32(monitor.bytes + offsetof(struct boot_image, version), version);
    wrap_program(guest, version, &kernel);
    struct flash_bank bank = {.count = 4};
    bank.parts[0] = *flash_bank_find(from, FLASH_IMAGE_CALIPTRA);
    bank.parts[2] = (struct flash_part){
        .id = part->id, .bytes = monitor.bytes, .size = monitor.size};
    bank.parts[3] = (struct flash_part){
        .id = FLASH_IMAGE_KERNEL, .bytes = kernel.bytes, .size = kernel.size};
    sign(bank.parts + 2, 2, version, &manifest);
    bank.parts[1] = (struct flash_part){.id = FLASH_IMAGE_SOC_MANIFEST,
                                        .bytes = manifest.bytes,
                                        .size = manifest.size};
    EXPECT_EQ(flash_bank_write(&bank, FLASH_BANK_SIZE, out, NULL), 0);
    buffer_fini(&monitor);
    buffer_fini(&kernel);
    buffer_fini(&manifest);
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
