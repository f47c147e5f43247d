/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the directory, which no signature covers: it can locate images, but not
 * change them. */
#include "guest/ast2700/image.h"

#include "abi/ast2700.h"
#include "abi/caliptra_runtime.h"
#include "guest/bootmcu/caliptra.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/crc32.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum { STOPPED = 0xdead };

const uint8_t *image_flash(uint32_t place)
{
    return (const uint8_t *)(uintptr_t)(AST2700_MCU_FLASH + place);
}

static refusal check_entries(const struct image *image)
{
    const uint32_t room = AST2700_MCU_FLASH_SIZE - image->place;
    uint32_t end = sizeof(struct flash_directory) +
                   image->count * (uint32_t)sizeof(struct flash_entry);
    for (unsigned i = 0; i < image->count; i++) {
        const struct flash_entry *entry = &image->entries[i];
        if (entry->offset < end || entry->offset > room ||
            entry->size > room - entry->offset || entry->size % 4 != 0) {
            return "flash image: an entry is out of bounds";
        }
        end = entry->offset + entry->size;
    }
    return NULL;
}

refusal image_open(struct image *image, uint32_t place)
{
    struct flash_directory directory;
    const uint8_t *bytes = image_flash(place);
    memcpy(&directory, bytes, sizeof(directory));
    image->place = place;
    image->count = 0;
    if (directory.magic != FLASH_DIRECTORY_MAGIC) {
        return "flash image: none";
    }
    if (crc32((const uint8_t *)&directory,
              offsetof(struct flash_directory, header_crc32)) !=
        directory.header_crc32) {
        return "flash image: wrong checksum of the header";
    }
    if (directory.version != FLASH_DIRECTORY_VERSION || directory.count == 0 ||
        directory.count > FLASH_IMAGES_MAX) {
        return "flash image: unknown version or count";
    }
    image->count = directory.count;
    memcpy(image->entries, bytes + sizeof(directory),
           image->count * sizeof(image->entries[0]));
    return check_entries(image);
}

const struct flash_entry *image_find(const struct image *image, uint32_t id)
{
    for (unsigned i = 0; i < image->count; i++) {
        if (image->entries[i].id == id && image->entries[i].size != 0) {
            return &image->entries[i];
        }
    }
    return NULL;
}

refusal image_copy(const struct image *image, const struct flash_entry *entry,
                   void *to, uint32_t room)
{
    if (entry->size > room) {
        return "flash image: an entry is larger than its place";
    }
    memcpy(to, image_flash(image->place + entry->offset), entry->size);
    return NULL;
}

refusal image_authorise(uint32_t firmware, const void *bytes, uint32_t size)
{
    struct caliptra_authorize_request request = {
        .firmware_id = firmware,
        .source = CALIPTRA_SOC_SOURCE_IN_REQUEST,
    };
    struct caliptra_authorize_response response = {.result = 0};
    caliptra_digest_two(bytes, size, NULL, 0, request.measurement);
    if (!caliptra_command(CALIPTRA_CMD_AUTHORIZE_AND_STASH, &request,
                          sizeof(request), NULL, 0, &response,
                          sizeof(response))) {
        return "image: the root of trust does not answer";
    }
    switch (response.result) {
    case CALIPTRA_IMAGE_AUTHORISED:
        return NULL;
    case CALIPTRA_IMAGE_HASH_MISMATCH:
        return "image: the digest is not the manifest's";
    default:
        return "image: not in the manifest";
    }
}

_Noreturn void image_stop(refusal why)
{
    console_text("stopped: ");
    console_text(why);
    console_text("\n");
    mmio_write(AST2700_SCU1 + AST2700_SCU1_SCRATCH, STOPPED);
    mmio_write(AST2700_SCU1 + AST2700_SCU_MODRST2,
               1u << (AST2700_RESET1_CPTRA - 32));
    for (;;) {
        hart_wait();
    }
}
