/* SPDX-License-Identifier: Apache-2.0 */
/* Signing a set of images and laying it out as a bank. */
#include "trust/flash/set.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "trust/caliptra/fuses.h"
#include "trust/caliptra/soc_manifest.h"

struct flash_set_image *flash_set_add(struct flash_set *set, uint32_t id,
                                      const void *bytes, size_t size)
{
    if (set->count == FLASH_SET_IMAGES_MAX) {
        return NULL;
    }
    struct flash_set_image *image = &set->images[set->count++];
    image->id = id;
    buffer_append(&image->bytes, bytes, size);
    return image;
}

/* The boot MCU, which loads images, has addresses of 32 bits. */
static int check_place(const struct boot_image *header, struct error *error)
{
    const uint64_t end = 1ull << 32;
    const int length = (int)strnlen(header->name, sizeof(header->name));
    if (header->load_address % 16 != 0 ||
        !in_range(header->load_address, header->payload_size, end)) {
        return error_set(error, -EINVAL,
                         "image '%.*s': 0x%x bytes at 0x%llx: the boot MCU "
                         "loads at multiples of 16, up to 0x%llx",
                         length, header->name, header->payload_size,
                         (unsigned long long)header->load_address,
                         (unsigned long long)end);
    }
    if ((header->flags & BOOT_IMAGE_STARTS) &&
        header->entry_point - header->load_address >= header->payload_size) {
        return error_set(
            error, -EINVAL,
            "image '%.*s': its entry point 0x%llx lies outside "
            "of it, 0x%x bytes at 0x%llx",
            length, header->name, (unsigned long long)header->entry_point,
            header->payload_size, (unsigned long long)header->load_address);
    }
    return 0;
}

int flash_set_wrap(struct flash_set *set, struct boot_image *header,
                   const void *payload, struct flash_set_image **added,
                   struct error *error)
{
    int code = check_place(header, error);
    if (code != 0) {
        return code;
    }
    struct flash_set_image *image = flash_set_add(set, header->id, NULL, 0);
    if (!image) {
        return error_set(error, -ENOSPC, "image '%.*s': a set has %d at most",
                         (int)strnlen(header->name, sizeof(header->name)),
                         header->name, FLASH_SET_IMAGES_MAX);
    }
    header->version = set->version;
    boot_image_write(header, payload, &image->bytes);
    if (added) {
        *added = image;
    }
    return 0;
}

int flash_set_sign(struct flash_set *set,
                   const struct caliptra_signing *signing, struct error *error)
{
    struct caliptra_soc_image entries[FLASH_SET_IMAGES_MAX];
    struct soc_manifest_pack pack;
    assert(set->count <= FLASH_SET_IMAGES_MAX);
    for (unsigned i = 0; i < set->count; i++) {
        const struct flash_set_image *image = &set->images[i];
        entries[i] = (struct caliptra_soc_image){
            .firmware_id = image->id,
            .flags =
                CALIPTRA_SOC_SOURCE_IN_REQUEST |
                (image->any_contents ? CALIPTRA_SOC_IGNORE_AUTH_CHECK : 0u),
        };
        sha384(image->bytes.bytes, image->bytes.size, entries[i].digest);
    }
    soc_manifest_pack_init(&pack, signing);
    pack.version = set->version;
    pack.vendor_signs = set->vendor_signs;
    pack.images = entries;
    pack.count = set->count;
    return soc_manifest_write(&pack, &set->manifest, error);
}

static void add_part(struct flash_bank *bank, uint32_t id,
                     const struct buffer *bytes)
{
    assert(bank->count < FLASH_IMAGES_MAX);
    bank->parts[bank->count++] = (struct flash_part){
        .id = id,
        .bytes = bytes->bytes,
        .size = bytes->size,
    };
}

int flash_set_write(const struct flash_set *set, size_t capacity,
                    struct buffer *bank, struct error *error)
{
    struct flash_bank parts = {0};
    assert(set->bundle.size != 0 && set->manifest.size != 0);
    add_part(&parts, FLASH_IMAGE_CALIPTRA, &set->bundle);
    add_part(&parts, FLASH_IMAGE_SOC_MANIFEST, &set->manifest);
    for (unsigned i = 0; i < set->count; i++) {
        add_part(&parts, set->images[i].id, &set->images[i].bytes);
    }
    return flash_bank_write(&parts, capacity, bank, error);
}

void flash_set_fini(struct flash_set *set)
{
    buffer_fini(&set->bundle);
    buffer_fini(&set->manifest);
    for (unsigned i = 0; i < set->count; i++) {
        buffer_fini(&set->images[i].bytes);
    }
}

int flash_set_burn(const struct flash_set *set, struct buffer *array,
                   struct error *error)
{
    uint32_t words[CALIPTRA_SOC_IFC_FUSE_WORDS];
    struct caliptra_bundle bundle;
    struct fuses fuses;
    int code = caliptra_bundle_read(&bundle, set->bundle.bytes,
                                    set->bundle.size, error);
    if (code == 0 && array->size < sizeof(words)) {
        code = error_set(error, -EINVAL, "the fuse array is cut short");
    }
    if (code == 0) {
        caliptra_bundle_fuses(&bundle, &fuses);
        fuses_registers(&fuses, words);
    }
    for (size_t i = 0; code == 0 && i < CALIPTRA_SOC_IFC_FUSE_WORDS; i++) {
        store_le32(array->bytes + 4 * i, words[i]);
    }
    return code;
}
