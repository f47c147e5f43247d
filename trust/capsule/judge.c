/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capsule as a verdict. What is signed is each payload and its monotonic
 * count. No signature covers the headers around them, which say what the
 * payload is for.
 */
#include "base/memory.h"
#include "trust/capsule/capsule.h"

#include <stdlib.h>

enum { PLACES_MAX = 3 + 8 * CAPSULE_ITEMS_MAX };

struct judging {
    const struct capsule *capsule;
    struct verdict *verdict;
    size_t count;
    struct verdict_range places[PLACES_MAX];
};

static void place(struct judging *judging, size_t offset, size_t size,
                  const char *name)
{
    judging->places[judging->count++] =
        (struct verdict_range){offset, size, name};
}

#define PLACE(judging, at, type, field, name)                                  \
    place(judging, (at) + offsetof(struct type, field),                        \
          sizeof(((struct type *)0)->field), name)

static void place_item(struct judging *judging, const struct capsule_item *item)
{
    size_t at = item->offset;
    place(judging, at, sizeof(struct uefi_fmp_image_header), "image header");
    PLACE(judging, at, uefi_fmp_image_header, image_type, "image type");
    PLACE(judging, at, uefi_fmp_image_header, image_index, "image index");
    PLACE(judging, at, uefi_fmp_image_header, hardware_instance,
          "hardware instance");
    PLACE(judging, at, uefi_fmp_image_header, support, "image capsule support");
    if (item->authenticated) {
        place(judging, item->authentication_offset,
              sizeof(struct uefi_fmp_authentication), "image authentication");
        place(judging,
              item->authentication_offset +
                  sizeof(struct uefi_fmp_authentication),
              item->pkcs7_size, "PKCS #7 signature");
    }
    place(judging, item->payload_offset, item->payload_size, "payload");
}

static void judge_item(struct judging *judging, unsigned index,
                       const void *certificate, size_t certificate_size)
{
    const struct capsule_item *item = &judging->capsule->items[index];
    struct error error = {""};
    char *name = xasprintf("image %u", index);
    if (!item->authenticated) {
        verdict_add(judging->verdict, VERDICT_REFUSED, name,
                    "the image is not signed");
    } else if (certificate == NULL) {
        verdict_add(judging->verdict, VERDICT_UNDECIDED, name,
                    "no certificate was given: anybody may have signed it");
    } else if (capsule_verify(item, certificate, certificate_size, &error) !=
               0) {
        verdict_add(judging->verdict, VERDICT_REFUSED, name, "%s", error.text);
    } else {
        verdict_add(judging->verdict, VERDICT_PROVEN, name,
                    "signed by the certificate that was given, count %llu",
                    (unsigned long long)item->monotonic_count);
        verdict_cover(judging->verdict, item->authentication_offset,
                      sizeof(item->monotonic_count));
        verdict_cover(judging->verdict,
                      item->authentication_offset +
                          sizeof(struct uefi_fmp_authentication),
                      item->pkcs7_size);
        verdict_cover(judging->verdict, item->payload_offset,
                      item->payload_size);
    }
    free(name);
}

void capsule_judge(const struct capsule *capsule, const void *certificate,
                   size_t certificate_size, struct verdict *verdict)
{
    struct judging judging = {.capsule = capsule, .verdict = verdict};
    place(&judging, 0, capsule->size, "headers of the capsule");
    PLACE(&judging, 0, uefi_capsule_header, guid, "capsule GUID");
    PLACE(&judging, 0, uefi_capsule_header, flags, "capsule flags");
    for (unsigned i = 0; i < capsule->count; i++) {
        judge_item(&judging, i, certificate, certificate_size);
        place_item(&judging, &capsule->items[i]);
    }
    if (capsule->count == 0) {
        verdict_add(verdict, VERDICT_UNDECIDED, "signature",
                    "a capsule of this kind has none: anybody can make one");
    }
    verdict_name_uncovered(verdict, capsule->size, judging.places,
                           judging.count);
}
