/* SPDX-License-Identifier: Apache-2.0 */
#include "session/chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/sha2.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/flash/image.h"

/* As build/program.mk makes the keys of what the program carries. */
static const char key_seed[] = "embedded default of cairn";

enum { TREE_TOTAL_SIZE = 4 }; /* a word of the header (Devicetree 0.4, 5.2) */

struct chain {
    struct flash_image from;
    struct key_ring keys;
    struct caliptra_signing signing;
    struct buffer bundle;
    struct buffer manifest;
    struct buffer images[FLASH_IMAGES_MAX]; /* with their headers */
    uint32_t ids[FLASH_IMAGES_MAX];
    unsigned count;
    uint32_t version;
    struct buffer bank;
};

/* ---- The root of trust's bundle ------------------------------------------ */

static struct caliptra_image image_of(const struct caliptra_bundle *bundle,
                                      const struct caliptra_image_view *view)
{
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

static int sign_bundle(struct chain *chain, const struct flash_bank *bank,
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
    pack.signing = chain->signing;
    return caliptra_bundle_write(&pack, &chain->bundle, error);
}

/* ---- Images of the SoC --------------------------------------------------- */

static int add_monitor(struct chain *chain, const struct flash_bank *bank,
                       struct error *error)
{
    const struct flash_part *part = flash_bank_find(bank, FLASH_IMAGE_MONITOR);
    struct boot_image header = {0};
    if (part == NULL) {
        return error_set(error, -EINVAL, "the flash has no monitor");
    }
    int code = boot_image_read(&header, part, error);
    if (code == 0) {
        chain->version = header.version;
        chain->ids[chain->count] = part->id;
        buffer_append(&chain->images[chain->count++], part->bytes, part->size);
    }
    return code;
}

static const struct {
    const char *what;
    uint32_t id;
    const char *name;
} kinds[] = {
    {"kernel",      FLASH_IMAGE_KERNEL,      "kernel"     },
    {"device tree", FLASH_IMAGE_DEVICE_TREE, "device-tree"},
    {"initrd",      FLASH_IMAGE_INITRD,      "initrd"     },
};

static void add_piece(struct chain *chain, const struct cairn_piece *piece,
                      size_t kind)
{
    struct boot_image header = {
        .id = kinds[kind].id,
        .version = chain->version,
        .payload_size = (uint32_t)piece->size,
        .load_address = piece->address,
        .entry_point = piece->entry,
    };
    struct buffer *image = &chain->images[chain->count];
    memcpy(header.name, kinds[kind].name, strlen(kinds[kind].name));
    boot_image_write(&header, piece->bytes, image);
    if (header.id == FLASH_IMAGE_DEVICE_TREE) {
        /* Nothing vouches for memory behind it: no room there. */
        store_be32(image->bytes + sizeof(header) + TREE_TOTAL_SIZE,
                   (uint32_t)piece->size);
    }
    chain->ids[chain->count++] = header.id;
}

static int add_guest(struct chain *chain, const struct cairn_machine *plan,
                     struct error *error)
{
    struct cairn_piece piece;
    for (size_t i = 0; cairn_guest_piece(plan, i, &piece) == 0; i++) {
        size_t kind = 0;
        while (kind < ARRAY_SIZE(kinds) &&
               strcmp(kinds[kind].what, piece.what) != 0) {
            kind++;
        }
        if (kind == ARRAY_SIZE(kinds)) {
            return error_set(error, -EINVAL, "the chain has no place for a %s",
                             piece.what);
        }
        add_piece(chain, &piece, kind);
    }
    return 0;
}

static int sign_images(struct chain *chain, struct error *error)
{
    struct caliptra_soc_image entries[FLASH_IMAGES_MAX];
    struct soc_manifest_pack pack;
    for (unsigned i = 0; i < chain->count; i++) {
        entries[i] = (struct caliptra_soc_image){
            .firmware_id = chain->ids[i],
            .flags = CALIPTRA_SOC_SOURCE_IN_REQUEST,
        };
        sha384(chain->images[i].bytes, chain->images[i].size,
               entries[i].digest);
    }
    soc_manifest_pack_init(&pack, &chain->signing);
    pack.version = chain->version;
    pack.vendor_signs = true;
    pack.images = entries;
    pack.count = chain->count;
    return soc_manifest_write(&pack, &chain->manifest, error);
}

/* ---- Flash and fuses ----------------------------------------------------- */

static int lay_out(struct chain *chain, struct error *error)
{
    struct flash_bank bank = {.count = 2 + chain->count};
    bank.parts[0] = (struct flash_part){
        .id = FLASH_IMAGE_CALIPTRA,
        .bytes = chain->bundle.bytes,
        .size = chain->bundle.size,
    };
    bank.parts[1] = (struct flash_part){
        .id = FLASH_IMAGE_SOC_MANIFEST,
        .bytes = chain->manifest.bytes,
        .size = chain->manifest.size,
    };
    for (unsigned i = 0; i < chain->count; i++) {
        bank.parts[2 + i] = (struct flash_part){
            .id = chain->ids[i],
            .bytes = chain->images[i].bytes,
            .size = chain->images[i].size,
        };
    }
    return flash_bank_write(&bank, flash_bank_room(0), &chain->bank, error);
}

/* The floor, behind the registers, stays. */
static int burn(const struct chain *chain, struct buffer *array,
                struct error *error)
{
    uint32_t words[FUSES_REGISTERS];
    struct caliptra_bundle bundle;
    struct fuses fuses;
    int code = caliptra_bundle_read(&bundle, chain->bundle.bytes,
                                    chain->bundle.size, error);
    if (code == 0 && array->size < sizeof(words)) {
        code = error_set(error, -EINVAL, "the fuse array is cut short");
    }
    if (code == 0) {
        caliptra_bundle_fuses(&bundle, &fuses);
        fuses_registers(&fuses, words);
    }
    for (size_t i = 0; code == 0 && i < FUSES_REGISTERS; i++) {
        store_le32(array->bytes + 4 * i, words[i]);
    }
    return code;
}

static int pack(struct chain *chain, const struct cairn_machine *plan,
                struct buffer *flash, struct error *error)
{
    const struct flash_bank *bank = &chain->from.banks[0];
    int code = flash_image_read(&chain->from, flash->bytes, flash->size, error);
    if (code == 0 && !chain->from.bank_present[0]) {
        code = error_set(error, -EINVAL, "the flash has no first bank");
    }
    code = code ? code : sign_bundle(chain, bank, error);
    code = code ? code : add_monitor(chain, bank, error);
    code = code ? code : add_guest(chain, plan, error);
    code = code ? code : sign_images(chain, error);
    return code ? code : lay_out(chain, error);
}

int session_chain_pack(const struct cairn_machine *plan, struct buffer *flash,
                       struct buffer *fuses, struct error *error)
{
    const struct keys_options options = {
        .seed = key_seed,
        .seed_size = strlen(key_seed),
    };
    struct chain *chain = xcalloc(1, sizeof(*chain));
    chain->signing.keys = &chain->keys;
    int code = keys_generate(&chain->keys, &options, error);
    if (code == 0) {
        code = pack(chain, plan, flash, error);
        code = code ? code : burn(chain, fuses, error);
        keys_fini(&chain->keys);
    }
    if (code == 0) {
        const struct buffer *banks[FLASH_BANKS] = {&chain->bank};
        struct fwu metadata = chain->from.metadata;
        buffer_clear(flash);
        flash_image_write(&metadata, banks, flash);
    }
    buffer_fini(&chain->bundle);
    buffer_fini(&chain->manifest);
    buffer_fini(&chain->bank);
    for (size_t i = 0; i < ARRAY_SIZE(chain->images); i++) {
        buffer_fini(&chain->images[i]);
    }
    free(chain);
    return code;
}
