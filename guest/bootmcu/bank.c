/* SPDX-License-Identifier: Apache-2.0 */
/* The banks of the boot flash; reads the directory of one, and checks it. */
#include "guest/bootmcu/crc32.h"
#include "guest/bootmcu/flash.h"
#include "guest/bootmcu/images.h"
#include "guest/bootmcu/report.h"
#include "guest/kit/memory/memory.h"

const struct bank_place bank_places[METADATA_RECOVERY + 1] = {
    [0] = {"bank 0",        FLASH_BANK_0,   FLASH_BANK_SIZE},
    [1] = {"bank 1",        FLASH_BANK_1,   FLASH_BANK_SIZE},
    [METADATA_RECOVERY] = {"recovery bank", FLASH_RECOVERY,
           FLASH_RECOVERY_SIZE                             },
};

static refusal check_entries(const struct bank *bank)
{
    uint32_t end = sizeof(struct flash_directory) +
                   bank->count * (uint32_t)sizeof(struct flash_entry);
    for (unsigned i = 0; i < bank->count; i++) {
        const struct flash_entry *entry = &bank->entries[i];
        if (entry->offset < end || entry->size > bank->room ||
            entry->offset > bank->room - entry->size) {
            return REFUSE_BANK(OUT_OF_BOUNDS);
        }
        end = entry->offset + entry->size;
    }
    return NULL;
}

refusal images_open(struct bank *bank, uint32_t place, uint32_t room)
{
    struct flash_directory directory;
    const uint8_t *bytes = flash_at(place);
    memcpy(&directory, bytes, sizeof(directory));
    bank->place = place;
    bank->room = room;
    bank->count = 0;
    if (directory.magic != FLASH_DIRECTORY_MAGIC) {
        return REFUSE_BANK(NO_DIRECTORY);
    }
    if (crc32(bytes, offsetof(struct flash_directory, header_crc32)) !=
        directory.header_crc32) {
        return REFUSE_BANK(CHECKSUM);
    }
    if (directory.version != FLASH_DIRECTORY_VERSION || directory.count == 0 ||
        directory.count > FLASH_IMAGES_MAX) {
        return REFUSE_BANK(DIRECTORY_VERSION);
    }
    bank->count = directory.count;
    memcpy(bank->entries, bytes + sizeof(directory),
           bank->count * sizeof(bank->entries[0]));
    return check_entries(bank);
}

const struct flash_entry *images_find(const struct bank *bank, uint32_t id)
{
    for (unsigned i = 0; i < bank->count; i++) {
        if (bank->entries[i].id == id) {
            return &bank->entries[i];
        }
    }
    return NULL;
}

const uint8_t *images_bytes(const struct bank *bank,
                            const struct flash_entry *entry)
{
    return flash_at(bank->place + entry->offset);
}
