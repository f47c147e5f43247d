/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A boot flash as a verdict: each bank that has images is checked as the boot
 * MCU checks it, from the bundle over the SoC manifest to each image's digest.
 * A bank that is not the active one counts too, as boot falls back to it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/sha2.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/flash/image.h"

enum {
    PLACES_MAX = 4 + FLASH_BANKS * (2 + FLASH_IMAGES_MAX + CALIPTRA_PLACES_MAX)
};

struct judging {
    const struct flash_image *image;
    const uint8_t *bytes;
    size_t size;
    const struct fuses *fuses;
    const struct caliptra_named *named;
    struct verdict *verdict;
    size_t place_count;
    struct verdict_range places[PLACES_MAX];
};

static size_t offset_of(const struct judging *judging,
                        const struct flash_part *part)
{
    return (size_t)(part->bytes - judging->bytes);
}

static void place(struct judging *judging, size_t offset, size_t size,
                  const char *name)
{
    judging->places[judging->place_count++] =
        (struct verdict_range){offset, size, name};
}

static bool judge_bundle(struct judging *judging, const struct flash_part *part,
                         struct caliptra_bundle *bundle,
                         struct verdict *verdict)
{
    static const char name[] = "Caliptra bundle";
    struct error error = {""};
    if (part == NULL ||
        caliptra_bundle_read(bundle, part->bytes, part->size, &error) != 0) {
        verdict_add(verdict, VERDICT_REFUSED, name, "%s",
                    part != NULL ? error.text : "there is none");
        return false;
    }
    struct caliptra_verdict *rom = xcalloc(1, sizeof(*rom));
    caliptra_bundle_verify(part->bytes, part->size, CALIPTRA_1_1,
                           judging->fuses, rom);
    caliptra_bundle_judge(bundle, rom, judging->named, true,
                          offset_of(judging, part), verdict);
    judging->place_count +=
        caliptra_bundle_places(bundle, offset_of(judging, part),
                               &judging->places[judging->place_count]);
    bool good = rom->code == 0;
    free(rom);
    return good;
}

static void judge_image(const struct judging *judging,
                        const struct flash_bank *bank,
                        const struct caliptra_soc_image *entry,
                        struct verdict *verdict)
{
    const struct flash_part *part = flash_bank_find(bank, entry->firmware_id);
    char *name = xasprintf("image 0x%x", entry->firmware_id);
    uint8_t digest[SHA384_SIZE];
    if (part == NULL) {
        verdict_add(verdict, VERDICT_REFUSED, name,
                    "the manifest names it, the bank does not have it");
    } else if ((entry->flags & CALIPTRA_SOC_IGNORE_AUTH_CHECK) != 0) {
        verdict_add(verdict, VERDICT_OPEN, name, "any contents");
    } else {
        sha384(part->bytes, part->size, digest);
        verdict_compare(verdict, name, digest, sizeof(digest), entry->digest,
                        sizeof(entry->digest));
        verdict_cover(verdict, offset_of(judging, part), part->size);
    }
    free(name);
}

static void judge_manifest(const struct judging *judging,
                           const struct flash_bank *bank,
                           const struct caliptra_bundle *bundle,
                           struct verdict *verdict)
{
    static const char name[] = "SoC manifest";
    const struct flash_part *part =
        flash_bank_find(bank, FLASH_IMAGE_SOC_MANIFEST);
    struct error error = {""};
    const struct caliptra_soc_images *images =
        part != NULL ? soc_manifest_images(part->bytes, part->size, &error)
                     : NULL;
    if (images == NULL) {
        verdict_add(verdict, VERDICT_REFUSED, name, "%s",
                    part != NULL ? error.text : "there is none");
        return;
    }
    struct caliptra_verdict *runtime = xcalloc(1, sizeof(*runtime));
    soc_manifest_verify(part->bytes, part->size, bundle,
                        judging->fuses->lms_verify != 0, runtime);
    soc_manifest_judge(runtime, verdict);
    soc_manifest_cover(verdict, offset_of(judging, part), part->size);
    for (uint32_t i = 0; i < load_le32(&images->count); i++) {
        struct caliptra_soc_image entry;
        memcpy(&entry, &images->images[i], sizeof(entry));
        judge_image(judging, bank, &entry, verdict);
    }
    free(runtime);
}

static void place_parts(struct judging *judging, unsigned index)
{
    const struct flash_bank *bank = &judging->image->banks[index];
    uint32_t at = flash_bank_offset(index);
    place(judging, at, flash_bank_room(index), "between the images of a bank");
    place(judging, at, flash_bank_directory_size(bank), "directory of a bank");
    for (unsigned i = 0; i < bank->count; i++) {
        const struct flash_part *part = &bank->parts[i];
        place(judging, offset_of(judging, part), part->size,
              part->id == FLASH_IMAGE_SOC_MANIFEST ? "SoC manifest"
                                                   : "image of a bank");
    }
}

static bool is_erased(const struct judging *judging, unsigned index)
{
    size_t at = flash_bank_offset(index);
    size_t end = at + flash_bank_room(index);
    end = end < judging->size ? end : judging->size;
    return at >= end || all_bytes(judging->bytes + at, end - at, 0xff);
}

static void judge_bank(struct judging *judging, unsigned index)
{
    const struct flash_image *image = judging->image;
    const struct flash_bank *bank = &image->banks[index];
    const char *name = flash_bank_name(index);
    struct caliptra_bundle bundle;
    if (!image->bank_present[index]) {
        bool is_free =
            index != image->metadata.active && is_erased(judging, index);
        verdict_add(judging->verdict, is_free ? VERDICT_OPEN : VERDICT_REFUSED,
                    name, "%s",
                    is_free ? "erased" : image->bank_error[index].text);
        return;
    }
    struct verdict part = {0};
    char *prefix = xasprintf("%s: ", name);
    place_parts(judging, index);
    if (judge_bundle(judging, flash_bank_find(bank, FLASH_IMAGE_CALIPTRA),
                     &bundle, &part)) {
        judge_manifest(judging, bank, &bundle, &part);
    }
    verdict_append(judging->verdict, &part, prefix);
    free(prefix);
    verdict_fini(&part);
}

void flash_image_judge(const struct flash_image *image, const void *bytes,
                       size_t size, const struct fuses *fuses,
                       const struct caliptra_named *named,
                       struct verdict *verdict)
{
    struct judging *judging = xcalloc(1, sizeof(*judging));
    *judging = (struct judging){
        .image = image,
        .bytes = bytes,
        .size = size,
        .fuses = fuses,
        .named = named,
        .verdict = verdict,
    };
    place(judging, 0, size, "outside of the banks");
    place(judging, FLASH_METADATA_0, FLASH_ERASE_SIZE, "update metadata");
    place(judging, FLASH_METADATA_1, FLASH_ERASE_SIZE, "update metadata");
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        judge_bank(judging, i);
    }
    verdict_name_uncovered(verdict, size, judging->places,
                           judging->place_count);
    free(judging);
}
