/* SPDX-License-Identifier: Apache-2.0 */
/* Packing a recipe's files into a boot flash and its fuse array. */
#include "trust/flash/make.h"

#include <errno.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "trust/caliptra/bundle.h"
#include "trust/capsule/capsule.h"
#include "trust/flash/image.h"
#include "trust/flash/set.h"
#include "trust/image/elf.h"

enum { PROGRAM_MAX = 64 << 20, FUSE_ARRAY_BYTES = 4096 };

struct packing {
    const struct flash_recipe *recipe;
    const struct flash_source *source;
    struct caliptra_signing signing;
    struct flash_set set;
    struct flash_made *made;
    struct error *error;
};

static void report(const struct packing *packing, const char *step,
                   const char *name)
{
    const struct flash_source *source = packing->source;
    if (source->report) {
        source->report(source->context, step, name);
    }
}

int flash_read_program(const struct flash_source *source, const char *name,
                       struct elf_image *program, struct error *error)
{
    struct buffer file = {0};
    int code = source->read(source->context, name, &file, error);
    if (code == 0) {
        code =
            elf_image_read(program, file.bytes, file.size, PROGRAM_MAX, error);
        if (code != 0) {
            error_prefix(error, "'%s'", name);
        }
    }
    buffer_fini(&file);
    return code;
}

/* Reads an ELF file of that processor or a raw one. */
static int read_program(const struct flash_source *source, const char *name,
                        enum elf_target target, struct elf_image *program,
                        struct error *error)
{
    int code = flash_read_program(source, name, program, error);
    if (code == 0) {
        code = elf_image_check(program, target, error);
        if (code != 0) {
            error_prefix(error, "'%s'", name);
        }
    }
    return code;
}

/* ---- Caliptra's bundle --------------------------------------------------- */

static int pack_part(const struct flash_source *source, const char *name,
                     struct caliptra_image *image, struct elf_image *program,
                     struct error *error)
{
    int code = read_program(source, name, ELF_RISCV32, program, error);
    if (code == 0) {
        image->bytes = program->bytes.bytes;
        image->size = program->bytes.size;
        if (program->is_elf) {
            image->load_address = (uint32_t)program->load_address;
            image->entry_point = (uint32_t)program->entry_point;
        }
    }
    return code;
}

static int pack_bundle(const struct flash_recipe *recipe,
                       const struct caliptra_signing *signing,
                       const struct flash_source *source, struct buffer *bundle,
                       struct error *error)
{
    struct caliptra_pack pack;
    struct elf_image fmc = {0};
    struct elf_image runtime = {0};
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.fmc.svn = recipe->fmc_svn;
    pack.runtime.svn = recipe->runtime_svn;
    pack.fmc.version = pack.runtime.version = recipe->version;
    pack.signing = *signing;
    int code = pack_part(source, recipe->fmc, &pack.fmc, &fmc, error);
    if (code == 0) {
        code =
            pack_part(source, recipe->runtime, &pack.runtime, &runtime, error);
    }
    if (code == 0) {
        if (source->report) {
            source->report(source->context, "signing", "Caliptra bundle");
        }
        code = caliptra_bundle_write(&pack, bundle, error);
    }
    buffer_fini(&fmc.bytes);
    buffer_fini(&runtime.bytes);
    return code;
}

int flash_make_bundle(const struct flash_recipe *recipe,
                      const struct caliptra_signing *signing,
                      const struct flash_source *source, struct buffer *bundle,
                      struct error *error)
{
    const char *ready = recipe->bundle;
    return ready ? source->read(source->context, ready, bundle, error)
                 : pack_bundle(recipe, signing, source, bundle, error);
}

static int take_bundle(struct packing *packing)
{
    return flash_make_bundle(packing->recipe, &packing->signing,
                             packing->source, &packing->set.bundle,
                             packing->error);
}

/* ---- Images of the SoC --------------------------------------------------- */

static struct boot_image header_of(const struct flash_recipe_image *from,
                                   const struct elf_image *program)
{
    struct boot_image header = {
        .id = from->id,
        .payload_size = (uint32_t)program->bytes.size,
        .flags = (from->starts ? BOOT_IMAGE_STARTS : 0u) |
                 (from->secure ? BOOT_IMAGE_SECURE : 0u),
        .load_address = from->has_load ? from->load : program->load_address,
    };
    header.entry_point = from->has_entry   ? from->entry
                         : program->is_elf ? program->entry_point
                                           : header.load_address;
    memcpy(header.name, from->name, strlen(from->name));
    return header;
}

static int add_image(struct packing *packing,
                     const struct flash_recipe_image *from)
{
    struct elf_image program = {0};
    int code = read_program(packing->source, from->file, ELF_AARCH64, &program,
                            packing->error);
    if (code == 0 && !program.is_elf && !from->has_load) {
        code = error_set(packing->error, -EINVAL,
                         "'%s': image '%s' is not ELF and needs 'load'",
                         from->file, from->name);
    }
    if (code == 0) {
        struct boot_image header = header_of(from, &program);
        struct flash_set_image *image = NULL;
        code = flash_set_wrap(&packing->set, &header, program.bytes.bytes,
                              &image, packing->error);
        if (code == 0) {
            image->any_contents = from->any_contents;
        }
    }
    buffer_fini(&program.bytes);
    return code;
}

static int sign_images(struct packing *packing)
{
    const struct flash_recipe *recipe = packing->recipe;
    for (unsigned i = 0; i < recipe->image_count; i++) {
        const struct flash_recipe_image *from = &recipe->images[i];
        report(packing, "adding", from->name);
        int code = add_image(packing, from);
        if (code != 0) {
            return code;
        }
    }
    report(packing, "signing", "SoC manifest");
    return flash_set_sign(&packing->set, &packing->signing, packing->error);
}

/* ---- The flash ----------------------------------------------------------- */

static int lay_out_bank(const struct packing *packing)
{
    unsigned smallest = packing->recipe->recovery ? FLASH_BANK_RECOVERY : 0;
    return flash_set_write(&packing->set, flash_bank_room(smallest),
                           &packing->made->bank, packing->error);
}

struct fwu flash_make_metadata(const struct flash_recipe *recipe)
{
    struct fwu metadata = {
        .active = recipe->banks[0] ? 0 : 1,
        .previous = recipe->banks[1] ? 1 : 0,
        .bank_count = 2,
        .image_count = 1,
        .images = {{.image_type = recipe->image_type}},
    };
    for (unsigned bank = 0; bank < FWU_BANKS_MAX; bank++) {
        bool filled = bank < 2 && recipe->banks[bank];
        metadata.bank_state[bank] =
            filled ? FWU_BANK_ACCEPTED : FWU_BANK_INVALID;
        metadata.images[0].banks[bank].accepted = filled;
        metadata.images[0].banks[bank].image = recipe->image_type;
        /* Each bank's image has a GUID of its own: the last byte counts. */
        metadata.images[0].banks[bank].image.bytes[UEFI_GUID_SIZE - 1] ^=
            (uint8_t)(bank + 1);
    }
    return metadata;
}

static void lay_out_flash(const struct packing *packing)
{
    const struct flash_recipe *recipe = packing->recipe;
    struct flash_made *made = packing->made;
    const struct fwu metadata = flash_make_metadata(recipe);
    const struct buffer *banks[FLASH_BANKS] = {
        recipe->banks[0] ? &made->bank : NULL,
        recipe->banks[1] ? &made->bank : NULL,
        recipe->recovery ? &made->bank : NULL,
    };
    flash_image_write(&metadata, banks, &made->flash);
}

/* ---- The fuses ----------------------------------------------------------- */

static int identify_signer(const struct flash_recipe *recipe,
                           const struct flash_source *source,
                           uint8_t digest[32], struct error *error)
{
    struct buffer certificate = {0};
    const char *name = recipe->update_signer;
    if (!name) {
        return 0;
    }
    int code = source->read(source->context, name, &certificate, error);
    if (code == 0) {
        code = capsule_signer_identity(certificate.bytes, certificate.size,
                                       digest, error);
        if (code != 0) {
            error_prefix(error, "'%s'", name);
        }
    }
    buffer_fini(&certificate);
    return code;
}

/* The array has the registers of the root of trust, then the floor, as many
 * ones as its number, then the identity of the capsules' signer. */
int flash_make_array(const struct flash_recipe *recipe,
                     const struct flash_source *source,
                     const struct buffer *bundle_bytes, struct fuses *fuses,
                     struct buffer *array, struct error *error)
{
    uint32_t registers[CALIPTRA_SOC_IFC_FUSE_WORDS];
    uint32_t floor[BOOT_MCU_FUSES_FLOOR_WORDS];
    uint8_t signer[32] = {0};
    struct caliptra_bundle bundle;
    if (recipe->lowest_version > 32 * BOOT_MCU_FUSES_FLOOR_WORDS) {
        return error_set(
            error, -ERANGE, "'lowest-version' is %u, the fuses count to %d",
            recipe->lowest_version, 32 * BOOT_MCU_FUSES_FLOOR_WORDS);
    }
    int code = identify_signer(recipe, source, signer, error);
    code = code ? code
                : caliptra_bundle_read(&bundle, bundle_bytes->bytes,
                                       bundle_bytes->size, error);
    if (code != 0) {
        return code;
    }
    caliptra_bundle_fuses(&bundle, fuses);
    fuses_registers(fuses, registers);
    fuses_svn_words(recipe->lowest_version, floor, BOOT_MCU_FUSES_FLOOR_WORDS);
    buffer_append_zeros(array, FUSE_ARRAY_BYTES);
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        store_le32(array->bytes + 4 * i, registers[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(floor); i++) {
        store_le32(array->bytes + BOOT_MCU_FUSES_FLOOR + 4 * i, floor[i]);
    }
    memcpy(array->bytes + BOOT_MCU_FUSES_SIGNER, signer, sizeof(signer));
    return 0;
}

int flash_make(const struct flash_recipe *recipe, struct key_ring *keys,
               const struct flash_source *source, struct flash_made *made,
               struct error *error)
{
    struct packing packing = {
        .recipe = recipe,
        .source = source,
        .signing =
            {
                      .keys = keys,
                      .vendor_ecc_index = recipe->vendor_key,
                      .lms = recipe->lms,
                      .lms_leaf = recipe->lms_leaf,
                      },
        .set = {.version = recipe->version,
                      .vendor_signs = recipe->vendor_signs                                     },
        .made = made,
        .error = error,
    };
    *made = (struct flash_made){0};
    int code = take_bundle(&packing);
    code = code ? code : sign_images(&packing);
    code = code ? code : lay_out_bank(&packing);
    code = code ? code
                : flash_make_array(recipe, source, &packing.set.bundle,
                                   &made->fuses, &made->array, error);
    if (code == 0) {
        lay_out_flash(&packing);
    }
    flash_set_fini(&packing.set);
    return code;
}

void flash_made_fini(struct flash_made *made)
{
    buffer_fini(&made->bank);
    buffer_fini(&made->flash);
    buffer_fini(&made->array);
}
