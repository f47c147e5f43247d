/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the two copies of the metadata, writes both, and chooses the bank. */
#include "guest/bootmcu/metadata.h"

#include <stddef.h>

#include "abi/flash_image.h"
#include "guest/bootmcu/crc32.h"
#include "guest/bootmcu/flash.h"
#include "guest/kit/memory/memory.h"

static bool is_state(uint8_t state)
{
    return state == FWU_BANK_INVALID || state == FWU_BANK_VALID ||
           state == FWU_BANK_ACCEPTED;
}

static uint32_t checksum(const struct metadata *metadata)
{
    const uint8_t *bytes = (const uint8_t *)metadata;
    size_t skipped = sizeof(metadata->header.crc32);
    return crc32(bytes + skipped, sizeof(*metadata) - skipped);
}

static bool read_copy(struct metadata *metadata, uint32_t place)
{
    const struct fwu_metadata *header = &metadata->header;
    memcpy(metadata, flash_at(place), sizeof(*metadata));
    return header->version == FWU_VERSION &&
           header->active_index < METADATA_BANKS &&
           header->previous_active_index < METADATA_BANKS &&
           header->metadata_size == sizeof(*metadata) &&
           header->descriptor_offset == FWU_DESCRIPTOR_OFFSET &&
           metadata->descriptor.bank_count == METADATA_BANKS &&
           metadata->descriptor.image_count == 1 &&
           is_state(header->bank_state[0]) && is_state(header->bank_state[1]) &&
           checksum(metadata) == header->crc32;
}

bool metadata_read(struct metadata *metadata)
{
    return read_copy(metadata, FLASH_METADATA_0) ||
           read_copy(metadata, FLASH_METADATA_1);
}

/* The first copy is the one that readers take: it changes first, while the
 * second still tells the old state. */
void metadata_write(struct metadata *metadata)
{
    static const uint32_t places[] = {FLASH_METADATA_0, FLASH_METADATA_1};
    struct metadata found;
    metadata->header.crc32 = checksum(metadata);
    /* After a loss of power the second may be damaged: mend it from the first
     * before that one goes. */
    if (!read_copy(&found, places[1]) && read_copy(&found, places[0])) {
        flash_erase(places[1]);
        flash_program(places[1], &found, sizeof(found));
    }
    for (unsigned i = 0; i < 2; i++) {
        flash_erase(places[i]);
        flash_program(places[i], metadata, sizeof(*metadata));
    }
}

/* The previous bank of a state, else the first of it, of those not tried. */
static unsigned find(const struct fwu_metadata *header, uint32_t tried,
                     uint8_t state)
{
    unsigned previous = header->previous_active_index;
    if (header->bank_state[previous] == state && (tried >> previous & 1) == 0) {
        return previous;
    }
    for (unsigned bank = 0; bank < METADATA_BANKS; bank++) {
        if (header->bank_state[bank] == state && (tried >> bank & 1) == 0) {
            return bank;
        }
    }
    return METADATA_NO_BANK;
}

unsigned metadata_choose(const struct metadata *metadata, uint32_t tried)
{
    unsigned bank = METADATA_NO_BANK;
    if (metadata != NULL) {
        const struct fwu_metadata *header = &metadata->header;
        unsigned active = header->active_index;
        if ((tried >> active & 1) == 0 &&
            header->bank_state[active] != FWU_BANK_INVALID) {
            return active;
        }
        bank = find(header, tried, FWU_BANK_ACCEPTED);
        if (bank == METADATA_NO_BANK) {
            bank = find(header, tried, FWU_BANK_VALID);
        }
    }
    if (bank == METADATA_NO_BANK && (tried >> METADATA_RECOVERY & 1) == 0) {
        bank = METADATA_RECOVERY;
    }
    return bank;
}
