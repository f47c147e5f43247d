/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the parts, and checks them as a boot does. */
#include "trust/aspeed/flash.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/sha2.h"
#include "trust/aspeed/firmware.h"
#include "trust/flash/image.h"

/* ---- Reading ------------------------------------------------------------- */

static bool has_image(const uint8_t *bytes, size_t size, size_t at)
{
    return at + sizeof(uint32_t) <= size &&
           load_le32(bytes + at) == FLASH_DIRECTORY_MAGIC;
}

/* The active bank of a flash with update metadata, if it has a boot MCU's
 * runtime; FLASH_BANKS otherwise. */
static uint32_t active_bank(const uint8_t *bytes, size_t size)
{
    struct flash_image *image = xcalloc(1, sizeof(*image));
    uint32_t bank = FLASH_BANKS;
    if (flash_image_read(image, bytes, size, NULL) == 0 &&
        image->metadata.active < FLASH_BANK_RECOVERY &&
        image->bank_present[image->metadata.active] &&
        flash_bank_find(&image->banks[image->metadata.active],
                        ASPEED_ENTRY_MCU) != NULL) {
        bank = image->metadata.active;
    }
    free(image);
    return bank;
}

bool aspeed_flash_recognise(const void *bytes, size_t size)
{
    struct flash_bank bank;
    if (active_bank(bytes, size) != FLASH_BANKS) {
        return true;
    }
    if (fmc_recognise(bytes, size) || fit_find(bytes, size) != size) {
        return true;
    }
    return has_image(bytes, size, 0) &&
           (flash_bank_read(&bank, bytes, size, NULL) != 0 ||
            flash_bank_find(&bank, ASPEED_ENTRY_MANIFEST) != NULL);
}

static void read_manifest(struct aspeed_flash *flash)
{
    const struct flash_part *part =
        flash_bank_find(&flash->image, ASPEED_ENTRY_MANIFEST);
    struct aspeed_place *place = &flash->manifest_place;
    if (part == NULL) {
        return;
    }
    place->found = true;
    place->offset = flash->image_place.offset + part->offset;
    place->good = aspeed_manifest_read(&flash->manifest, part->bytes,
                                       part->size, &place->error) == 0;
}

static void read_bundle(struct aspeed_flash *flash)
{
    const struct flash_part *part =
        flash_bank_find(&flash->image, ASPEED_ENTRY_CALIPTRA);
    struct aspeed_place *place = &flash->bundle_place;
    if (part == NULL) {
        return;
    }
    place->found = true;
    place->offset = flash->image_place.offset + part->offset;
    place->good = caliptra_bundle_read(&flash->bundle, part->bytes, part->size,
                                       &place->error) == 0;
    if (place->good && caliptra_layout(flash->bundle.generation)->number == 2) {
        place->good = false;
        error_set(&place->error, -EINVAL,
                  "the bundle is for generation 2, the part is 1.x");
    }
}

static void read_image(struct aspeed_flash *flash, const uint8_t *bytes,
                       size_t size)
{
    struct aspeed_place *place = &flash->image_place;
    flash->bank = active_bank(bytes, size);
    flash->has_banks = flash->bank != FLASH_BANKS;
    place->offset = flash->has_banks            ? flash_bank_offset(flash->bank)
                    : has_image(bytes, size, 0) ? 0
                                                : (size_t)ASPEED_FLASH_IMAGE_A1;
    place->found = has_image(bytes, size, place->offset);
    if (!place->found) {
        return;
    }
    place->good = flash_bank_read(&flash->image, bytes + place->offset,
                                  size - place->offset, &place->error) == 0;
    if (place->good) {
        read_bundle(flash);
        read_manifest(flash);
    }
}

int aspeed_flash_read(struct aspeed_flash *flash, const void *bytes,
                      size_t size, struct error *error)
{
    memset(flash, 0, sizeof(*flash));
    flash->bytes = bytes;
    flash->size = size;
    flash->fmc_place.found = fmc_recognise(bytes, size);
    if (flash->fmc_place.found) {
        flash->fmc_place.good =
            fmc_read(&flash->fmc, bytes, size, &flash->fmc_place.error) == 0;
    }
    read_image(flash, bytes, size);
    flash->fit_place.offset = fit_find(bytes, size);
    flash->fit_place.found = flash->fit_place.good =
        flash->fit_place.offset != size;
    if (flash->fit_place.found) {
        const uint8_t *at = (const uint8_t *)bytes + flash->fit_place.offset;
        (void)fit_read(&flash->fit, at, size - flash->fit_place.offset, NULL);
    }
    return flash->fmc_place.found || flash->image_place.found ||
                   flash->fit_place.found
               ? 0
               : error_set(error, -EINVAL,
                           "offset 0x0: no FMC header, flash image or FIT");
}

struct fmc_part aspeed_flash_mcu(const struct aspeed_flash *flash)
{
    const struct flash_part *part =
        flash->image_place.good
            ? flash_bank_find(&flash->image, ASPEED_ENTRY_MCU)
            : NULL;
    if (flash->fmc_place.good) {
        return flash->fmc.code;
    }
    return part != NULL ? (struct fmc_part){part->bytes, part->size}
                        : (struct fmc_part){NULL, 0};
}

/* ---- Verifying ----------------------------------------------------------- */

/* False: the part is not there, or cannot be read. */
static bool check_place(const struct aspeed_place *place, const char *name,
                        struct verdict *verdict)
{
    if (place->good) {
        return true;
    }
    verdict_add(verdict, VERDICT_REFUSED, name, "%s",
                place->found ? place->error.text : "there is none");
    return false;
}

static void check_bundle(const struct aspeed_flash *flash,
                         const struct fuses *fuses,
                         const struct caliptra_named *named,
                         struct verdict *verdict)
{
    struct caliptra_verdict *rom = xcalloc(1, sizeof(*rom));
    caliptra_bundle_verify(flash->bundle.bytes, flash->bundle.size,
                           CALIPTRA_1_1, fuses, rom);
    caliptra_bundle_judge(&flash->bundle, rom, named, true,
                          flash->bundle_place.offset, verdict);
    free(rom);
}

static void check_digest(const struct aspeed_flash *flash,
                         const struct caliptra_soc_image *entry,
                         struct verdict *verdict)
{
    const char *name = aspeed_firmware_words(entry->firmware_id);
    const struct flash_part *part =
        flash_bank_find(&flash->image, aspeed_entry_of(entry->firmware_id));
    struct fmc_part bytes = {NULL, 0};
    uint8_t digest[SHA384_SIZE];
    if (entry->firmware_id == ASPEED_FIRMWARE_MCU) {
        bytes = aspeed_flash_mcu(flash);
    } else if (part != NULL) {
        bytes = (struct fmc_part){part->bytes, part->size};
    }
    if (bytes.size == 0) {
        verdict_add(verdict, VERDICT_REFUSED, name,
                    "the manifest names it, the flash does not have it");
    } else if ((entry->flags & CALIPTRA_SOC_IGNORE_AUTH_CHECK) != 0) {
        verdict_add(verdict, VERDICT_OPEN, name, "any contents");
    } else {
        sha384(bytes.bytes, bytes.size, digest);
        verdict_compare(verdict, name, digest, sizeof(digest), entry->digest,
                        sizeof(entry->digest));
        verdict_cover(verdict, (size_t)(bytes.bytes - flash->bytes),
                      bytes.size);
    }
}

/* The bytes that no check covers, by the part of the flash they lie in. */
static void name_uncovered(const struct aspeed_flash *flash,
                           struct verdict *verdict)
{
    struct verdict_range places[3 + FLASH_IMAGES_MAX + CALIPTRA_PLACES_MAX];
    size_t at = flash->image_place.offset;
    size_t count = 0;
    places[count++] =
        (struct verdict_range){0, flash->size, "outside of the images"};
    if (flash->fmc_place.good) {
        places[count++] =
            (struct verdict_range){0, flash->fmc.size, "FMC header"};
    }
    places[count++] =
        (struct verdict_range){at, flash_bank_directory_size(&flash->image),
                               "directory of the flash image"};
    for (unsigned i = 0; i < flash->image.count; i++) {
        const struct flash_part *part = &flash->image.parts[i];
        places[count++] = (struct verdict_range){at + part->offset, part->size,
                                                 aspeed_entry_words(part->id)};
    }
    if (flash->bundle_place.good) {
        count += caliptra_bundle_places(
            &flash->bundle, flash->bundle_place.offset, &places[count]);
    }
    verdict_name_uncovered(verdict, flash->size, places, count);
}

/* The boot ROM authorises the boot MCU's runtime, whatever else is named. */
static void check_names_mcu(const struct aspeed_soc_manifest *manifest,
                            struct verdict *verdict)
{
    for (uint32_t i = 0; i < manifest->images.count; i++) {
        if (manifest->images.images[i].firmware_id == ASPEED_FIRMWARE_MCU) {
            return;
        }
    }
    verdict_add(verdict, VERDICT_REFUSED,
                aspeed_firmware_words(ASPEED_FIRMWARE_MCU),
                "the manifest does not name it");
}

void aspeed_flash_verify(const struct aspeed_flash *flash,
                         const struct fuses *fuses,
                         const struct caliptra_named *named, uint32_t lowest,
                         struct verdict *verdict)
{
    const struct caliptra_owner_keys *owner = NULL;
    if (!check_place(&flash->image_place, "flash image", verdict)) {
        return;
    }
    bool bundle = check_place(&flash->bundle_place, "Caliptra bundle", verdict);
    bool manifest =
        check_place(&flash->manifest_place, "SoC manifest", verdict);
    if (bundle) {
        owner = &flash->bundle.manifest.v1.preamble.owner_keys;
        check_bundle(flash, fuses, named, verdict);
    }
    if (bundle && manifest) {
        aspeed_manifest_verify(&flash->manifest, &flash->bundle,
                               fuses->lms_verify != 0, lowest, verdict);
        aspeed_manifest_cover(
            verdict, flash->manifest_place.offset,
            flash_bank_find(&flash->image, ASPEED_ENTRY_MANIFEST)->size);
    }
    if (flash->fmc_place.found &&
        check_place(&flash->fmc_place, "FMC header", verdict)) {
        fmc_verify(&flash->fmc, owner, verdict);
    }
    for (uint32_t i = 0; manifest && i < flash->manifest.images.count; i++) {
        check_digest(flash, &flash->manifest.images.images[i], verdict);
    }
    if (manifest) {
        check_names_mcu(&flash->manifest, verdict);
    }
    name_uncovered(flash, verdict);
}

/* ---- Explaining ---------------------------------------------------------- */

static void print_fault(const struct aspeed_place *place, const char *name,
                        struct buffer *out)
{
    if (place->found && !place->good) {
        buffer_print(out, "%s at 0x%zx: %s\n", name, place->offset,
                     place->error.text);
    }
}

static void print_image(const struct aspeed_flash *flash, struct buffer *out)
{
    if (flash->has_banks) {
        buffer_print(out, "active bank %u\n", flash->bank);
    }
    buffer_print(out, "Caliptra flash image at 0x%zx, %u images\n",
                 flash->image_place.offset, flash->image.count);
    for (unsigned i = 0; i < flash->image.count; i++) {
        const struct flash_part *part = &flash->image.parts[i];
        buffer_print(out, "0x%08zx  %8zu bytes  0x%04x  %s%s\n",
                     flash->image_place.offset + part->offset, part->size,
                     part->id, aspeed_entry_words(part->id),
                     part->size == 0 ? ": none" : "");
    }
}

void aspeed_flash_print(const struct aspeed_flash *flash, struct buffer *out)
{
    buffer_print(out, "boot flash of an AST2700\n");
    print_fault(&flash->fmc_place, "FMC header", out);
    print_fault(&flash->image_place, "flash image", out);
    print_fault(&flash->bundle_place, "Caliptra bundle", out);
    print_fault(&flash->manifest_place, "SoC manifest", out);
    if (flash->fmc_place.good) {
        fmc_print(&flash->fmc, out);
    }
    if (flash->image_place.good) {
        print_image(flash, out);
    }
    if (flash->manifest_place.good) {
        aspeed_manifest_print(&flash->manifest, out);
    }
    if (flash->fit_place.good) {
        buffer_print(out, "at 0x%zx: ", flash->fit_place.offset);
        fit_print(&flash->fit, out);
    }
}

static void fault_json(const struct aspeed_place *place, const char *name,
                       struct json *json)
{
    if (place->found && !place->good) {
        json_begin_object(json, NULL);
        json_string(json, "part", name);
        json_number(json, "offset", place->offset);
        json_string(json, "error", place->error.text);
        json_end_object(json);
    }
}

static void image_json(const struct aspeed_flash *flash, struct json *json)
{
    json_begin_object(json, "image");
    if (flash->has_banks) {
        json_number(json, "bank", flash->bank);
    }
    json_number(json, "offset", flash->image_place.offset);
    json_begin_array(json, "entries");
    for (unsigned i = 0; i < flash->image.count; i++) {
        const struct flash_part *part = &flash->image.parts[i];
        json_begin_object(json, NULL);
        json_hex32(json, "id", part->id);
        json_string(json, "name", aspeed_entry_words(part->id));
        json_number(json, "offset", flash->image_place.offset + part->offset);
        json_number(json, "size", part->size);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

void aspeed_flash_print_json(const struct aspeed_flash *flash,
                             struct json *json)
{
    json_string(json, "format", "aspeed-ast2700-flash");
    json_begin_array(json, "faults");
    fault_json(&flash->fmc_place, "fmc", json);
    fault_json(&flash->image_place, "image", json);
    fault_json(&flash->bundle_place, "bundle", json);
    fault_json(&flash->manifest_place, "manifest", json);
    json_end_array(json);
    if (flash->fmc_place.good) {
        json_begin_object(json, "fmc");
        fmc_print_json(&flash->fmc, json);
        json_end_object(json);
    }
    if (flash->image_place.good) {
        image_json(flash, json);
    }
    if (flash->manifest_place.good) {
        json_begin_object(json, "manifest");
        aspeed_manifest_print_json(&flash->manifest, json);
        json_end_object(json);
    }
    if (flash->fit_place.good) {
        json_begin_object(json, "fit");
        json_number(json, "offset", flash->fit_place.offset);
        fit_print_json(&flash->fit, json);
        json_end_object(json);
    }
}
