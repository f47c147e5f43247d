/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a boot flash apart and packing it with another guest. */
#include "trust/flash/repack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/caliptra/bundle.h"
#include "trust/flash/image.h"
#include "trust/flash/set.h"

enum { TREE_TOTAL_SIZE = 4 }; /* a word of the header (Devicetree 0.4, 5.2) */

/* ---- The root of trust's bundle ------------------------------------------ */

static struct caliptra_image image_of(const struct caliptra_bundle *bundle,
                                      const struct caliptra_image_view *view)
{
    assert(view->inside && view->entry != NULL);
    struct caliptra_image image = {
        .bytes = bundle->bytes + view->offset,
        .size = view->size,
        .load_address = view->entry->load_address,
        .entry_point = view->entry->entry_point,
        .version = view->entry->version,
        .svn = view->entry->svn,
    };
    memcpy(image.revision, view->entry->revision, sizeof(image.revision));
    return image;
}

static int sign_bundle(struct flash_set *set, const struct flash_bank *bank,
                       const struct caliptra_signing *signing,
                       struct error *error)
{
    const struct flash_part *part = flash_bank_find(bank, FLASH_IMAGE_CALIPTRA);
    struct caliptra_bundle bundle;
    struct caliptra_pack pack;
    if (part == NULL) {
        return error_set(error, -EINVAL, "the flash has no bundle");
    }
    int code = caliptra_bundle_read(&bundle, part->bytes, part->size, error);
    if (code != 0) {
        return code;
    }
    if (!bundle.fmc.inside || !bundle.runtime.inside) {
        return error_set(error, -EINVAL, "the flash's bundle is cut short");
    }
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.fmc = image_of(&bundle, &bundle.fmc);
    pack.runtime = image_of(&bundle, &bundle.runtime);
    pack.signing = *signing;
    return caliptra_bundle_write(&pack, &set->bundle, error);
}

/* ---- Images of the SoC --------------------------------------------------- */

static int keep_monitor(struct flash_set *set, const struct flash_bank *bank,
                        struct error *error)
{
    const struct flash_part *part = flash_bank_find(bank, FLASH_IMAGE_MONITOR);
    struct boot_image header = {0};
    if (part == NULL) {
        return error_set(error, -EINVAL, "the flash has no monitor");
    }
    int code = boot_image_read(&header, part, error);
    if (code == 0) {
        set->version = header.version;
        (void)flash_set_add(set, part->id, part->bytes, part->size);
    }
    return code;
}

static const struct {
    uint32_t id;
    const char *name;
} kinds[] = {
    {FLASH_IMAGE_KERNEL,      "kernel"     },
    {FLASH_IMAGE_DEVICE_TREE, "device-tree"},
    {FLASH_IMAGE_INITRD,      "initrd"     },
};

static const char *name_of(uint32_t id)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].id == id) {
            return kinds[i].name;
        }
    }
    return NULL;
}

static int add_piece(struct flash_set *set, const struct flash_piece *piece,
                     struct error *error)
{
    struct boot_image header = {
        .id = piece->id,
        .payload_size = (uint32_t)piece->size,
        .load_address = piece->address,
        .entry_point = piece->entry,
    };
    const char *name = name_of(piece->id);
    if (name == NULL) {
        return error_set(error, -EINVAL, "the chain has no place for image %u",
                         piece->id);
    }
    assert(strlen(name) < sizeof(header.name));
    memcpy(header.name, name, strlen(name));
    struct flash_set_image *image = NULL;
    int code = flash_set_wrap(set, &header, piece->bytes, &image, error);
    if (code == 0 && piece->id == FLASH_IMAGE_DEVICE_TREE) {
        /* No digest covers the memory behind the tree, so the guest must find
         * no room there. */
        store_be32(image->bytes.bytes + sizeof(header) + TREE_TOTAL_SIZE,
                   (uint32_t)piece->size);
    }
    return code;
}

static int add_pieces(struct flash_set *set, const struct flash_piece *pieces,
                      size_t count, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        code = add_piece(set, &pieces[i], error);
    }
    return code;
}

/* ---- The flash ----------------------------------------------------------- */

int flash_repack(const struct flash_piece *pieces, size_t count,
                 struct key_ring *keys, struct buffer *flash,
                 struct buffer *fuses, struct error *error)
{
    assert(keys != NULL && (pieces != NULL || count == 0));
    const struct caliptra_signing signing = {.keys = keys};
    struct flash_set set = {.vendor_signs = true};
    struct flash_image *from = xcalloc(1, sizeof(*from));
    struct buffer bank = {0};
    int code = flash_image_read(from, flash->bytes, flash->size, error);
    if (code == 0 && !from->bank_present[0]) {
        code = error_set(error, -EINVAL, "the flash has no first bank");
    }
    code = code ? code : sign_bundle(&set, &from->banks[0], &signing, error);
    code = code ? code : keep_monitor(&set, &from->banks[0], error);
    code = code ? code : add_pieces(&set, pieces, count, error);
    code = code ? code : flash_set_sign(&set, &signing, error);
    code =
        code ? code : flash_set_write(&set, flash_bank_room(0), &bank, error);
    code = code ? code : flash_set_burn(&set, fuses, error);
    if (code == 0) {
        const struct buffer *banks[FLASH_BANKS] = {&bank};
        const struct fwu metadata = from->metadata;
        buffer_clear(flash);
        flash_image_write(&metadata, banks, flash);
    }
    buffer_fini(&bank);
    flash_set_fini(&set);
    free(from);
    return code;
}
