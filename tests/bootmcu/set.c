/* SPDX-License-Identifier: Apache-2.0 */
/* Writes sets and metadata with correct checksums, for tests to spoil. */
#include "tests/bootmcu/set.h"

#include <openssl/sha.h>
#include <string.h>

#include "tests/harness.h"
#include "trust/flash/bank.h"

struct set boot_mcu_set(uint32_t version)
{
    return (struct set){
        .version = version,
        .count = 2,
        .images =
            {
                     {FLASH_IMAGE_MONITOR, BOOT_IMAGE_STARTS | BOOT_IMAGE_SECURE,
                 0x0e000000, 0x0e000040, 300, 0},
                     {FLASH_IMAGE_KERNEL, 0, 0x40080000, 0, 501},
                     },
    };
}

static void write_image(const struct set *set, const struct set_image *image,
                        struct buffer *out)
{
    const struct boot_image header = {
        .id = image->id,
        .version = image->version != 0 ? image->version : set->version,
        .payload_size = image->size,
        .flags = image->flags,
        .load_address = image->load_address,
        .entry_point = image->entry_point,
        .name = "test",
    };
    struct buffer payload = {0};
    uint8_t *bytes = buffer_grow(&payload, image->size);
    for (uint32_t i = 0; i < image->size; i++) {
        bytes[i] = (uint8_t)(i * 7 + image->id + set->version);
    }
    boot_image_write(&header, payload.bytes, out);
    buffer_fini(&payload);
}

static void add(struct flash_bank *bank, uint32_t id,
                const struct buffer *bytes)
{
    bank->parts[bank->count++] = (struct flash_part){
        .id = id, .bytes = bytes->bytes, .size = bytes->size};
}

void boot_mcu_set_write(const struct set *set, struct buffer *out)
{
    struct flash_bank bank = {0};
    struct caliptra_soc_manifest manifest = {.images = {.count = set->count}};
    struct buffer parts[SET_IMAGES + 2] = {{0}};
    for (unsigned i = 0; i < set->count; i++) {
        struct caliptra_soc_image *entry = &manifest.images.images[i];
        write_image(set, &set->images[i], &parts[2 + i]);
        entry->firmware_id = set->images[i].id;
        SHA384(parts[2 + i].bytes, parts[2 + i].size, entry->digest);
    }
    memset(buffer_grow(&parts[0], SET_BUNDLE_SIZE), (int)set->version,
           SET_BUNDLE_SIZE);
    memset(&manifest.preamble, 0x5a, sizeof(manifest.preamble));
    buffer_append(&parts[1], &manifest, sizeof(manifest));
    buffer_append_zeros(&parts[1], 16);
    parts[1].size =
        set->manifest_size != 0
            ? set->manifest_size
            : offsetof(struct caliptra_soc_manifest, images.images[set->count]);
    if (!set->without_bundle) {
        add(&bank, FLASH_IMAGE_CALIPTRA, &parts[0]);
    }
    if (!set->without_manifest) {
        add(&bank, FLASH_IMAGE_SOC_MANIFEST, &parts[1]);
    }
    for (unsigned i = 0; i < set->count; i++) {
        add(&bank, set->images[i].id, &parts[2 + i]);
    }
    EXPECT_EQ(flash_bank_write(&bank, FLASH_BANK_SIZE, out, NULL), 0);
    for (unsigned i = 0; i < SET_IMAGES + 2; i++) {
        buffer_fini(&parts[i]);
    }
}

void boot_mcu_set_place(struct boot_mcu_soc *soc, uint32_t place,
                        const struct set *set)
{
    struct buffer bank = {0};
    boot_mcu_set_write(set, &bank);
    memcpy(soc->flash + place, bank.bytes, bank.size);
    buffer_fini(&bank);
}

struct fwu boot_mcu_metadata(void)
{
    return (struct fwu){
        .active = 0,
        .previous = 1,
        .bank_state = {FWU_BANK_ACCEPTED, FWU_BANK_INVALID, FWU_BANK_INVALID,
                       FWU_BANK_INVALID},
        .bank_count = 2,
        .image_count = 1,
        .images = {{.image_type = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                    14, 15, 16}}}},
    };
}

void boot_mcu_metadata_place(struct boot_mcu_soc *soc, const struct fwu *fwu)
{
    struct buffer bytes = {0};
    fwu_write(fwu, &bytes);
    memcpy(soc->flash + FLASH_METADATA_0, bytes.bytes, bytes.size);
    memcpy(soc->flash + FLASH_METADATA_1, bytes.bytes, bytes.size);
    buffer_fini(&bytes);
}

struct boot_mcu_soc *boot_mcu_good(void)
{
    struct boot_mcu_soc *soc = boot_mcu_soc();
    const struct set set = boot_mcu_set(5);
    const struct fwu metadata = boot_mcu_metadata();
    for (unsigned i = 0; i < sizeof(soc->fuses) / 4; i++) {
        soc->fuses[i] = 0x1000 + i;
    }
    memset(soc->fuses + BOOT_MCU_FUSES_FLOOR / 4, 0, 64);
    boot_mcu_metadata_place(soc, &metadata);
    boot_mcu_set_place(soc, FLASH_BANK_0, &set);
    return soc;
}
