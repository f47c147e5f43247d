/* SPDX-License-Identifier: Apache-2.0 */
/* Loads images that the root of trust authorises. */
#include "guest/bootmcu/images.h"
#include "guest/bootmcu/report.h"

#include "abi/caliptra_soc_manifest.h"
#include "abi/gate.h"
#include "guest/bootmcu/caliptra.h"
#include "guest/bootmcu/console.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

_Static_assert((int)FLASH_IMAGES_MAX <= (int)BOOT_RECORD_IMAGES,
               "the images of a bank fit a record");

/* Where images may go: Secure memory, and what the boot MCU sees of DRAM. */
static const struct {
    uint32_t base;
    uint32_t size;
    bool secure;
} memories[] = {
    {0x0e000000, 0x01000000, true },
    {0x40000000, 0x20000000, false},
};

/* ---- Images of the SoC --------------------------------------------------- */

static bool fits(const struct boot_image *header)
{
    for (unsigned i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
        bool secure = (header->flags & BOOT_IMAGE_SECURE) != 0;
        uint64_t base = header->load_address;
        if (secure == memories[i].secure && base >= memories[i].base &&
            base % 16 == 0 && header->payload_size <= memories[i].size &&
            base - memories[i].base <=
                memories[i].size - header->payload_size) {
            return true;
        }
    }
    return false;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/* An image must not cover another that is authorised already, nor the record.
 */
static bool covers(const struct boot_image *header,
                   const struct boot_record *record)
{
    bool found = overlap(header->load_address, header->payload_size,
                         BOOT_RECORD_PLACE, BOOT_RECORD_SIZE);
    for (unsigned i = 0; i < record->count; i++) {
        found =
            found || overlap(header->load_address, header->payload_size,
                             record->images[i].address, record->images[i].size);
    }
    return found;
}

static refusal check_header(const struct boot_image *header,
                            const struct flash_entry *entry,
                            const struct boot_record *record)
{
    if (entry->size < sizeof(*header) || header->magic != BOOT_IMAGE_MAGIC ||
        header->header_size != sizeof(*header)) {
        return REFUSE_BANK(NO_HEADER);
    }
    if (header->id != entry->id ||
        header->payload_size != entry->size - sizeof(*header)) {
        return REFUSE_BANK(HEADER_DIFFERS);
    }
    if (!fits(header)) {
        return REFUSE_BANK(NO_MEMORY);
    }
    if (covers(header, record)) {
        return REFUSE_BANK(COVERS);
    }
    return NULL;
}

/* Header and payload are digested where they were copied to: the flash is read
 * once. */
static refusal load_image(const struct bank *bank,
                          const struct flash_entry *entry,
                          struct images_outcome *outcome)
{
    struct boot_image header;
    uint8_t digest[48];
    const uint8_t *bytes = images_bytes(bank, entry);
    memcpy(&header, bytes, sizeof(header));
    refusal why = check_header(&header, entry, &outcome->record);
    if (why != NULL) {
        return why;
    }
    uint8_t *to = (uint8_t *)(uintptr_t)(uint32_t)header.load_address;
    memcpy(to, bytes + sizeof(header), header.payload_size);
    caliptra_digest_two((const uint8_t *)&header, sizeof(header), to,
                        header.payload_size, digest);
    why = images_authorise(entry->id, digest);
    if (why == NULL && (header.flags & BOOT_IMAGE_STARTS) != 0) {
        outcome->starts = true;
        outcome->entry_point = header.entry_point;
    }
    if (entry->id == FLASH_IMAGE_MONITOR) {
        outcome->version = header.version;
    }
    /* The directory is not signed: an identifier beyond the wires, which no
     * packed flash has, waits for one of them too. */
    outcome->authorised |= gate_wire(gate_number(entry->id) % GATE_WIRES);
    outcome->record.images[outcome->record.count++] =
        (struct boot_record_image){
            .id = entry->id,
            .size = header.payload_size,
            .address = header.load_address,
        };
    return why;
}

static bool is_whole(const struct boot_record *record,
                     const struct caliptra_soc_images *all)
{
    for (uint32_t i = 0; i < all->count; i++) {
        unsigned found = 0;
        while (found < record->count &&
               record->images[found].id != all->images[i].firmware_id) {
            found++;
        }
        if (found == record->count) {
            return false;
        }
    }
    return true;
}

refusal images_load(const struct bank *bank,
                    const struct caliptra_soc_images *all,
                    struct images_outcome *outcome)
{
    memset(outcome, 0, sizeof(*outcome));
    outcome->record.magic = BOOT_RECORD_MAGIC;
    for (unsigned i = 0; i < bank->count; i++) {
        const struct flash_entry *entry = &bank->entries[i];
        if (entry->id < FLASH_IMAGE_SOC) {
            continue;
        }
        refusal why = load_image(bank, entry, outcome);
        console_text("image ");
        console_hex(entry->id);
        console_text(why == NULL ? ": authorised\n" : ": refused\n");
        if (why != NULL) {
            return why;
        }
    }
    if (!is_whole(&outcome->record, all)) {
        return REFUSE_BANK(MISSING);
    }
    if (!outcome->starts) {
        return REFUSE_BANK(NO_START);
    }
    memcpy((void *)(uintptr_t)BOOT_RECORD_PLACE, &outcome->record,
           sizeof(outcome->record));
    return NULL;
}

uint32_t images_version(const struct bank *bank)
{
    struct boot_image header;
    const struct flash_entry *entry = images_find(bank, FLASH_IMAGE_MONITOR);
    if (entry == NULL || entry->size < sizeof(header)) {
        return 0;
    }
    memcpy(&header, images_bytes(bank, entry), sizeof(header));
    return header.version;
}
