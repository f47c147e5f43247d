/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, and what the other files of the bundle share. */
#include "trust/caliptra/bundle.h"

#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "trust/caliptra/words.h"

int caliptra_generation_parse(const char *text, int *generation)
{
    static const struct {
        const char *text;
        int generation;
    } names[] = {
        {"1.0", CALIPTRA_1_0},
        {"1.1", CALIPTRA_1_1},
        {"2.0", CALIPTRA_2_0},
        {"2.1", CALIPTRA_2_1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i].text, text) == 0) {
            *generation = names[i].generation;
            return 0;
        }
    }
    return -EINVAL;
}

static const struct caliptra_layout layouts[] = {
    {1, "1.x", CALIPTRA_MANIFEST_MARKER,  CALIPTRA_MANIFEST_SIZE,
     offsetof(struct caliptra_manifest,  fmc),
     offsetof(struct caliptra_manifest,  runtime), CALIPTRA_ICCM_SIZE,
     CALIPTRA_MBOX_SIZE },
    {2, "2.x", CALIPTRA2_MANIFEST_MARKER, CALIPTRA2_MANIFEST_SIZE,
     offsetof(struct caliptra2_manifest, fmc),
     offsetof(struct caliptra2_manifest, runtime), CALIPTRA2_ICCM_SIZE,
     CALIPTRA2_MBOX_SIZE},
};

const struct caliptra_layout *caliptra_layout(int generation)
{
    return &layouts[generation >= CALIPTRA_2_0];
}

static void view_image(const struct caliptra_bundle *bundle, size_t offset,
                       struct caliptra_image_view *view)
{
    const void *manifest = &bundle->manifest;
    const struct caliptra_toc_entry *entry =
        (const void *)((const uint8_t *)manifest + offset);
    view->entry = entry;
    view->inside = in_range(entry->offset, entry->size, bundle->size);
    view->offset = entry->offset;
    view->size = view->inside ? entry->size : 0;
}

static int read_manifest(struct caliptra_bundle *bundle, struct error *error)
{
    const struct caliptra_layout *layout = caliptra_layout(bundle->generation);
    if (bundle->size < layout->manifest_size) {
        return error_set(error, -EINVAL,
                         "bundle is %zu bytes: the manifest alone has %zu",
                         bundle->size, layout->manifest_size);
    }
    memcpy(&bundle->manifest, bundle->bytes, layout->manifest_size);
    view_image(bundle, layout->fmc, &bundle->fmc);
    view_image(bundle, layout->runtime, &bundle->runtime);
    return 0;
}

int caliptra_bundle_read(struct caliptra_bundle *bundle, const void *bytes,
                         size_t size, struct error *error)
{
    memset(bundle, 0, sizeof(*bundle));
    bundle->bytes = bytes;
    bundle->size = size;
    if (size < 8) {
        return error_set(error, -EINVAL,
                         "bundle is %zu bytes: too short for a marker", size);
    }
    uint32_t marker = load_le32(bytes);
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        if (marker == layouts[i].marker) {
            bundle->generation = (int)layouts[i].number * 10;
            return read_manifest(bundle, error);
        }
    }
    return error_set(error, -EINVAL,
                     "offset 0x0: marker 0x%08x is neither 0x%08x (1.x) nor "
                     "0x%08x (2.x)",
                     marker, CALIPTRA_MANIFEST_MARKER,
                     CALIPTRA2_MANIFEST_MARKER);
}

int caliptra_bundle_check_age(const void *bytes, size_t size,
                              struct error *error)
{
    const uint8_t *words = bytes;
    uint32_t manifest = size < 8 ? 0 : load_le32(words + 4);
    if (manifest <= CALIPTRA_MANIFEST_SIZE ||
        load_le32(words) != CALIPTRA_MANIFEST_MARKER) {
        return 0;
    }
    return error_set(error, -EINVAL,
                     "offset 0x4: manifest of %u bytes, that of 1.x has %u: "
                     "damaged, or a firmware bundle of 2.x from before its "
                     "release 2.0.0, whose layout is not known",
                     manifest, CALIPTRA_MANIFEST_SIZE);
}

void caliptra_bundle_key_hashes(const struct caliptra_bundle *bundle,
                                uint8_t vendor[CALIPTRA_DIGEST_SIZE],
                                uint8_t owner[CALIPTRA_DIGEST_SIZE])
{
    if (caliptra_layout(bundle->generation)->number == 2) {
        const struct caliptra2_preamble *p = &bundle->manifest.v2.preamble;
        sha384((const uint8_t *)&p->ecc_descriptor,
               sizeof(p->ecc_descriptor) + sizeof(p->pqc_descriptor), vendor);
        sha384((const uint8_t *)&p->owner_keys, sizeof(p->owner_keys), owner);
    } else {
        const struct caliptra_preamble *p = &bundle->manifest.v1.preamble;
        sha384((const uint8_t *)&p->vendor_keys, sizeof(p->vendor_keys),
               vendor);
        sha384((const uint8_t *)&p->owner_keys, sizeof(p->owner_keys), owner);
    }
}

static bool any_byte(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < size; i++) {
        if (p[i] != 0) {
            return true;
        }
    }
    return false;
}

void caliptra_bundle_fuses(const struct caliptra_bundle *bundle,
                           struct fuses *fuses)
{
    fuses_init(fuses);
    caliptra_bundle_key_hashes(bundle, fuses->vendor_key_hash,
                               fuses->owner_key_hash);
    if (caliptra_layout(bundle->generation)->number == 2) {
        fuses->pqc_key_type = bundle->manifest.v2.pqc_type;
    } else {
        const struct caliptra_preamble *p = &bundle->manifest.v1.preamble;
        fuses->lms_verify = any_byte(&p->vendor_signatures.lms,
                                     sizeof(p->vendor_signatures.lms));
    }
}
