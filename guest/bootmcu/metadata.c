/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/bootmcu/metadata.h"

#include <stddef.h>

#include "abi/boot_mcu.h"
#include "abi/flash_image.h"
#include "guest/bootmcu/crc32.h"
#include "guest/kit/memory/memory.h"

enum { BANKS = 2, SIZE_MAX_METADATA = 4096 };

static bool is_state(uint8_t state)
{
    return state == FWU_BANK_INVALID || state == FWU_BANK_VALID ||
           state == FWU_BANK_ACCEPTED;
}

static bool read_copy(struct fwu_metadata *metadata, uint32_t place)
{
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)(BOOT_MCU_FLASH + place);
    memcpy(metadata, bytes, sizeof(*metadata));
    return metadata->version == FWU_VERSION && metadata->active_index < BANKS &&
           metadata->previous_active_index < BANKS &&
           metadata->metadata_size > sizeof(*metadata) &&
           metadata->metadata_size <= SIZE_MAX_METADATA &&
           metadata->descriptor_offset == FWU_DESCRIPTOR_OFFSET &&
           is_state(metadata->bank_state[0]) &&
           is_state(metadata->bank_state[1]) &&
           crc32(bytes + sizeof(metadata->crc32),
                 metadata->metadata_size - sizeof(metadata->crc32)) ==
               metadata->crc32;
}

bool metadata_read(struct fwu_metadata *metadata)
{
    return read_copy(metadata, FLASH_METADATA_0) ||
           read_copy(metadata, FLASH_METADATA_1);
}

/* The previous bank of a state, else the first of it, of those not tried. */
static unsigned find(const struct fwu_metadata *metadata, uint32_t tried,
                     uint8_t state)
{
    unsigned previous = metadata->previous_active_index;
    if (metadata->bank_state[previous] == state &&
        (tried >> previous & 1) == 0) {
        return previous;
    }
    for (unsigned bank = 0; bank < BANKS; bank++) {
        if (metadata->bank_state[bank] == state && (tried >> bank & 1) == 0) {
            return bank;
        }
    }
    return METADATA_NO_BANK;
}

unsigned metadata_choose(const struct fwu_metadata *metadata, uint32_t tried)
{
    unsigned bank = METADATA_NO_BANK;
    if (metadata != NULL) {
        unsigned active = metadata->active_index;
        if ((tried >> active & 1) == 0 &&
            metadata->bank_state[active] != FWU_BANK_INVALID) {
            return active;
        }
        bank = find(metadata, tried, FWU_BANK_ACCEPTED);
        if (bank == METADATA_NO_BANK) {
            bank = find(metadata, tried, FWU_BANK_VALID);
        }
    }
    if (bank == METADATA_NO_BANK && (tried >> METADATA_RECOVERY & 1) == 0) {
        bank = METADATA_RECOVERY;
    }
    return bank;
}
