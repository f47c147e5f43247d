/* SPDX-License-Identifier: Apache-2.0 */
/* Programs to images, images to a manifest and a directory, and these to their
 * places. */
#include "trust/aspeed/make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/sha2.h"
#include "trust/aspeed/firmware.h"
#include "trust/aspeed/fit.h"
#include "trust/aspeed/flash.h"
#include "trust/aspeed/fmc.h"
#include "trust/aspeed/manifest.h"
#include "trust/caliptra/bundle.h"
#include "trust/flash/bank.h"
#include "trust/flash/image.h"

/* DRAM, as the boot MCU and as the other processors see it. */
#define DRAM_MCU 0x80000000ull
#define DRAM_SOC 0x400000000ull

struct packing {
    const struct aspeed_recipe *recipe;
    const struct flash_source *source;
    struct caliptra_signing signing;
    struct buffer programs[ASPEED_FIRMWARE_COUNT]; /* padded to words */
    struct buffer device_tree;
    struct buffer bundle;
    struct buffer manifest;
    struct flash_made *made;
    struct error *error;
};

/* ---- Programs ------------------------------------------------------------ */

static const struct {
    uint32_t load;
    uint32_t room;
    const char *fit; /* the name of the image in a FIT */
} places[ASPEED_FIRMWARE_COUNT] = {
    [ASPEED_FIRMWARE_MCU] = {ASPEED_LOAD_MCU,   ASPEED_FMC_V2_MAX, NULL   },
    [ASPEED_FIRMWARE_BL31] = {ASPEED_LOAD_BL31,  ASPEED_ROOM_BL31,  "atf"  },
    [ASPEED_FIRMWARE_OPTEE] = {ASPEED_LOAD_OPTEE, ASPEED_ROOM_OPTEE, "tee"  },
    [ASPEED_FIRMWARE_UBOOT] = {ASPEED_LOAD_UBOOT, ASPEED_ROOM_UBOOT, "uboot"},
    [ASPEED_FIRMWARE_SSP] = {ASPEED_LOAD_SSP,   ASPEED_ROOM_SSP,   "sspfw"},
    [ASPEED_FIRMWARE_TSP] = {ASPEED_LOAD_TSP,   ASPEED_ROOM_TSP,   "tspfw"},
};

uint64_t aspeed_load_address(uint32_t firmware, uint64_t *room)
{
    uint64_t load =
        firmware < ASPEED_FIRMWARE_COUNT ? places[firmware].load : 0;
    *room = load != 0 ? places[firmware].room : 0;
    return load;
}

/* True if a program that is linked to an address runs where it is loaded. The
 * code of SSP and TSP is linked to the windows that they see it through. */
static bool is_linked_there(uint32_t firmware, uint64_t linked)
{
    uint64_t load = places[firmware].load;
    if (firmware == ASPEED_FIRMWARE_SSP || firmware == ASPEED_FIRMWARE_TSP) {
        return linked == 0;
    }
    return linked == load || linked == load - DRAM_MCU + DRAM_SOC;
}

static int check_place(uint32_t firmware, const char *file,
                       const struct elf_image *program, struct error *error)
{
    uint64_t room = 0;
    uint64_t load = aspeed_load_address(firmware, &room);
    if (load == 0) {
        return 0;
    }
    if (program->bytes.size > room) {
        return error_set(error, -EFBIG,
                         "'%s': %s has 0x%zx bytes, its place has 0x%llx", file,
                         aspeed_firmware_words(firmware), program->bytes.size,
                         (unsigned long long)room);
    }
    if (program->is_elf && !is_linked_there(firmware, program->load_address)) {
        return error_set(error, -EINVAL,
                         "'%s': %s is linked to 0x%llx and loaded to 0x%llx",
                         file, aspeed_firmware_words(firmware),
                         (unsigned long long)program->load_address,
                         (unsigned long long)load);
    }
    if (program->is_elf && program->entry_point != program->load_address &&
        firmware != ASPEED_FIRMWARE_SSP && firmware != ASPEED_FIRMWARE_TSP) {
        return error_set(error, -EINVAL,
                         "'%s': %s starts at 0x%llx, not with its first byte",
                         file, aspeed_firmware_words(firmware),
                         (unsigned long long)program->entry_point);
    }
    return 0;
}

static int read_firmware(struct packing *packing, uint32_t firmware)
{
    const char *file = packing->recipe->files[firmware];
    struct buffer *to = &packing->programs[firmware];
    struct elf_image program = {0};
    if (file == NULL) {
        return 0;
    }
    if (packing->source->report) {
        packing->source->report(packing->source->context, "adding",
                                aspeed_firmware_key(firmware));
    }
    int code =
        flash_read_program(packing->source, file, &program, packing->error);
    if (code == 0 && program.bytes.size == 0) {
        code = error_set(packing->error, -EINVAL, "'%s': is empty", file);
    }
    code = code ? code : check_place(firmware, file, &program, packing->error);
    if (code == 0) {
        buffer_append(to, program.bytes.bytes, program.bytes.size);
        buffer_append_zeros(to, -to->size & 3);
    }
    buffer_fini(&program.bytes);
    return code;
}

/* Images that the layout has no place for, or cannot do without. */
static int check_images(const struct packing *packing)
{
    const struct aspeed_recipe *recipe = packing->recipe;
    bool fit = recipe->layout == ASPEED_LAYOUT_FIT;
    if (!fit && recipe->device_tree != NULL) {
        return error_set(packing->error, -EINVAL,
                         "'%s': layout fit alone has a device tree",
                         recipe->device_tree);
    }
    if (fit && recipe->files[ASPEED_FIRMWARE_UBOOT] == NULL) {
        return error_set(packing->error, -EINVAL,
                         "'images' has no 'u-boot', which layout fit starts");
    }
    return 0;
}

static int read_programs(struct packing *packing)
{
    int code = check_images(packing);
    for (uint32_t i = 0; code == 0 && i < ASPEED_FIRMWARE_COUNT; i++) {
        code = read_firmware(packing, i);
    }
    const char *tree = packing->recipe->device_tree;
    if (code == 0 && tree != NULL) {
        code = packing->source->read(packing->source->context, tree,
                                     &packing->device_tree, packing->error);
    }
    return code;
}

/* ---- The Caliptra flash image -------------------------------------------- */

static int sign_manifest(struct packing *packing)
{
    struct caliptra_soc_image entries[ASPEED_FIRMWARE_COUNT];
    struct soc_manifest_pack pack;
    size_t count = 0;
    for (uint32_t i = 0; i < ASPEED_FIRMWARE_COUNT; i++) {
        const struct buffer *program = &packing->programs[i];
        uint32_t stage =
            i >= ASPEED_FIRMWARE_BL31 ? ASPEED_STAGE_MCU : ASPEED_STAGE_NONE;
        if (program->size == 0) {
            continue;
        }
        entries[count] = (struct caliptra_soc_image){
            .firmware_id = i,
            .flags = CALIPTRA_SOC_SOURCE_IN_REQUEST | stage
                                                          << ASPEED_STAGE_SHIFT,
        };
        sha384(program->bytes, program->size, entries[count++].digest);
    }
    if (packing->source->report) {
        packing->source->report(packing->source->context, "signing",
                                "SoC manifest");
    }
    soc_manifest_pack_init(&pack, &packing->signing);
    pack.version = packing->recipe->common.version;
    pack.vendor_signs = packing->recipe->common.vendor_signs;
    pack.images = entries;
    pack.count = count;
    return aspeed_manifest_write(&pack, packing->recipe->security_version,
                                 &packing->manifest, packing->error);
}

static void add(struct flash_bank *bank, uint32_t id, const struct buffer *from)
{
    bank->parts[bank->count++] =
        (struct flash_part){.id = id, .bytes = from->bytes, .size = from->size};
}

/* The directory names each of the SoC's images up to the last that there is:
 * their identifiers count. */
static int write_image(struct packing *packing, struct buffer *out)
{
    struct flash_bank bank = {0};
    uint32_t last = ASPEED_FIRMWARE_COUNT - 1;
    while (packing->programs[last].size == 0) {
        last--;
    }
    add(&bank, ASPEED_ENTRY_CALIPTRA, &packing->bundle);
    add(&bank, ASPEED_ENTRY_MANIFEST, &packing->manifest);
    /* A1 has its runtime behind the FMC header. */
    add(&bank, ASPEED_ENTRY_MCU,
        packing->recipe->layout != ASPEED_LAYOUT_A1
            ? &packing->programs[ASPEED_FIRMWARE_MCU]
            : &(const struct buffer){0});
    for (uint32_t i = ASPEED_FIRMWARE_DDR4_IMEM; i <= last; i++) {
        add(&bank, aspeed_entry_of(i), &packing->programs[i]);
    }
    return flash_bank_write_packed(&bank, UINT32_MAX, out, packing->error);
}

/* ---- The first mutable code, and a FIT ----------------------------------- */

static int write_fmc(struct packing *packing, struct buffer *out)
{
    const struct buffer *code = &packing->programs[ASPEED_FIRMWARE_MCU];
    struct fmc_pack pack = {
        .version = 2,
        .svn = packing->recipe->svn,
        .code = {code->bytes, code->size},
        .keys = packing->signing.keys,
        .lms = packing->signing.lms,
        .lms_leaf = packing->signing.lms_leaf,
    };
    for (uint32_t i = ASPEED_FIRMWARE_DDR4_IMEM; i <= ASPEED_FIRMWARE_UEFI;
         i++) {
        const struct buffer *program = &packing->programs[i];
        if (program->size != 0) {
            pack.prebuilts[pack.prebuilt_count++] = (struct fmc_prebuilt){
                .type = i - ASPEED_FIRMWARE_DDR4_IMEM + 1,
                .part = {program->bytes, program->size},
            };
        }
    }
    return fmc_write(&pack, out, packing->error);
}

static int write_fit(struct packing *packing, struct buffer *out)
{
    struct fit fit = {0};
    for (uint32_t i = ASPEED_FIRMWARE_BL31; i < ASPEED_FIRMWARE_COUNT; i++) {
        const struct buffer *program = &packing->programs[i];
        bool m4 = i == ASPEED_FIRMWARE_SSP || i == ASPEED_FIRMWARE_TSP;
        if (program->size != 0) {
            fit.images[fit.count++] = (struct fit_image){
                .name = places[i].fit,
                .type = "firmware",
                .arch = m4 ? "arm" : "arm64",
                .has_load = true,
                .load = places[i].load,
                .bytes = program->bytes,
                .size = program->size,
            };
        }
    }
    if (packing->device_tree.size != 0) {
        fit.images[fit.count++] = (struct fit_image){
            .name = "fdt",
            .type = "flat_dt",
            .arch = "arm64",
            .bytes = packing->device_tree.bytes,
            .size = packing->device_tree.size,
        };
    }
    return fit_write(&fit, out, packing->error);
}

/* ---- The flash ----------------------------------------------------------- */

static void fill_to(struct buffer *out, size_t place)
{
    if (place > out->size) {
        size_t gap = place - out->size;
        memset(buffer_grow(out, gap), 0xff, gap);
    }
}

static int lay_out_a1(struct packing *packing)
{
    struct buffer *flash = &packing->made->flash;
    int code = write_fmc(packing, flash);
    if (code == 0 && flash->size > ASPEED_FLASH_IMAGE_A1) {
        code =
            error_set(packing->error, -EFBIG,
                      "the first mutable code and its prebuilt binaries have "
                      "0x%zx bytes; the flash image begins at 0x%x",
                      flash->size, ASPEED_FLASH_IMAGE_A1);
    }
    if (code == 0) {
        fill_to(flash, ASPEED_FLASH_IMAGE_A1);
        code = write_image(packing, flash);
    }
    return code;
}

static int lay_out_fit(struct packing *packing)
{
    struct buffer *flash = &packing->made->flash;
    int code = write_fmc(packing, flash);
    if (code == 0) {
        size_t place = (flash->size + ASPEED_FIT_STEP - 1) &
                       ~(size_t)(ASPEED_FIT_STEP - 1);
        fill_to(flash, place);
        code = write_fit(packing, flash);
    }
    return code;
}

static int lay_out_banks(struct packing *packing)
{
    const struct flash_recipe *recipe = &packing->recipe->common;
    struct flash_made *made = packing->made;
    unsigned smallest = recipe->recovery ? FLASH_BANK_RECOVERY : 0;
    const struct fwu metadata = flash_make_metadata(recipe);
    const struct buffer *banks[FLASH_BANKS] = {
        recipe->banks[0] ? &made->bank : NULL,
        recipe->banks[1] ? &made->bank : NULL,
        recipe->recovery ? &made->bank : NULL,
    };
    if (made->bank.size > flash_bank_room(smallest)) {
        return error_set(packing->error, -EFBIG,
                         "the images need %zu bytes, a bank has %u",
                         made->bank.size, flash_bank_room(smallest));
    }
    flash_image_write(&metadata, banks, &made->flash);
    return 0;
}

static int lay_out(struct packing *packing)
{
    switch (packing->recipe->layout) {
    case ASPEED_LAYOUT_FIT:
        return lay_out_fit(packing);
    case ASPEED_LAYOUT_A2:
        return write_image(packing, &packing->made->flash);
    case ASPEED_LAYOUT_BANKS:
        return lay_out_banks(packing);
    default:
        return lay_out_a1(packing);
    }
}

static int make_chain(struct packing *packing)
{
    int code =
        flash_make_bundle(&packing->recipe->common, &packing->signing,
                          packing->source, &packing->bundle, packing->error);
    if (code == 0) {
        buffer_append_zeros(&packing->bundle, -packing->bundle.size & 3);
        code = sign_manifest(packing);
    }
    code = code ? code
                : flash_make_array(&packing->recipe->common, packing->source,
                                   &packing->bundle, &packing->made->fuses,
                                   &packing->made->array, packing->error);
    if (code == 0 && packing->recipe->layout == ASPEED_LAYOUT_BANKS) {
        code = write_image(packing, &packing->made->bank);
    }
    return code;
}

/* The boot would refuse a bundle of another generation, or of other keys than
 * those that sign the manifest. */
static int check_made(const struct packing *packing)
{
    const struct flash_made *made = packing->made;
    struct aspeed_flash *flash = xcalloc(1, sizeof(*flash));
    static const struct caliptra_named named = {true, true};
    struct verdict verdict = {0};
    int code = aspeed_flash_read(flash, made->flash.bytes, made->flash.size,
                                 packing->error);
    if (code == 0) {
        aspeed_flash_verify(flash, &made->fuses, &named,
                            packing->recipe->common.lowest_version, &verdict);
    }
    for (size_t i = 0; code == 0 && i < verdict.count; i++) {
        const struct verdict_check *check = &verdict.checks[i];
        if (check->result == VERDICT_REFUSED) {
            code = error_set(packing->error, -EINVAL,
                             "the boot would refuse this flash: %s: %s",
                             check->name, check->text);
        }
    }
    verdict_fini(&verdict);
    free(flash);
    return code;
}

int aspeed_make(const struct aspeed_recipe *recipe, struct key_ring *keys,
                const struct flash_source *source, struct flash_made *made,
                struct error *error)
{
    struct packing *packing = xcalloc(1, sizeof(*packing));
    *made = (struct flash_made){0};
    *packing = (struct packing){
        .recipe = recipe,
        .source = source,
        .signing =
            {
                      .keys = keys,
                      .vendor_ecc_index = recipe->common.vendor_key,
                      .lms = recipe->common.lms,
                      .lms_leaf = recipe->common.lms_leaf,
                      },
        .made = made,
        .error = error,
    };
    int code = read_programs(packing);
    if (code == 0 && recipe->layout != ASPEED_LAYOUT_FIT) {
        code = make_chain(packing);
    }
    code = code ? code : lay_out(packing);
    if (code == 0 && recipe->layout != ASPEED_LAYOUT_FIT) {
        code = check_made(packing);
    }
    for (unsigned i = 0; i < ASPEED_FIRMWARE_COUNT; i++) {
        buffer_fini(&packing->programs[i]);
    }
    buffer_fini(&packing->device_tree);
    buffer_fini(&packing->bundle);
    buffer_fini(&packing->manifest);
    free(packing);
    return code;
}
