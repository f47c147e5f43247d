/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack flash`: a recipe to a signed boot flash. */
#include <stdlib.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "commands/command.h"
#include "host/file.h"
#include "trust/caliptra/bundle.h"
#include "trust/capsule/capsule.h"
#include "trust/flash/image.h"
#include "trust/flash/recipe.h"
#include "trust/flash/set.h"
#include "trust/image/elf.h"

static const struct option options[] = {
    {'o', "out",        "FILE", "Results", NULL, "write the flash to FILE"},
    {0,   "payload",    "FILE", "Results", NULL,
     "write the set of images to FILE, as a capsule carries it"           },
    {0,   "fuses",      "FILE", "Results", NULL,
     "write the fuses that a part needs for this flash to FILE"           },
    {0,   "fuse-array", "FILE", "Results", NULL,
     "write the SoC's fuse array for this flash, an image of the memory "
     "soc_fuses"                                                          },
    {'q', "quiet",      NULL,   "Results", NULL, "no map, no progress"    },
};

enum { FILE_LIMIT = 64 << 20 };

struct job {
    struct arguments *arguments;
    char *folder; /* of the recipe, which paths are relative to */
    struct flash_recipe recipe;
    struct key_ring keys;
    struct caliptra_signing signing;
    uint8_t update_signer[32]; /* as the fuses name it; zeros: none */
    struct flash_set set;
    struct buffer bank;
    struct buffer flash;
    struct error error;
};

static void say(const struct job *job, const char *what, const char *name)
{
    if (!arguments_flag(job->arguments, "quiet")) {
        fprintf(job->arguments->err, "%s %s\n", what, name);
    }
}

static char *path_of(const struct job *job, const char *name)
{
    return name[0] == '/' ? xstrdup(name)
                          : xasprintf("%s/%s", job->folder, name);
}

static int read_path(struct job *job, const char *name, struct buffer *out)
{
    char *path = path_of(job, name);
    int status = file_read(path, FILE_LIMIT, out, &job->error);
    free(path);
    return status;
}

/* An ELF file or a raw one. */
static int read_program(struct job *job, const char *name,
                        enum elf_target target, struct elf_image *program)
{
    struct buffer file = {0};
    int status = read_path(job, name, &file);
    if (status == 0) {
        status = elf_image_read(program, file.bytes, file.size, FILE_LIMIT,
                                &job->error);
        status =
            status ? status : elf_image_check(program, target, &job->error);
        if (status != 0) {
            error_prefix(&job->error, "'%s'", name);
        }
    }
    buffer_fini(&file);
    return status;
}

/* ---- Caliptra's bundle --------------------------------------------------- */

static int pack_part(struct job *job, const char *name,
                     struct caliptra_image *image, struct elf_image *program)
{
    int status = read_program(job, name, ELF_RISCV32, program);
    if (status == 0) {
        image->bytes = program->bytes.bytes;
        image->size = program->bytes.size;
        if (program->is_elf) {
            image->load_address = (uint32_t)program->load_address;
            image->entry_point = (uint32_t)program->entry_point;
        }
    }
    return status;
}

static int pack_bundle(struct job *job)
{
    struct caliptra_pack pack;
    struct elf_image fmc = {0};
    struct elf_image runtime = {0};
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.fmc.svn = job->recipe.fmc_svn;
    pack.runtime.svn = job->recipe.runtime_svn;
    pack.fmc.version = pack.runtime.version = job->recipe.version;
    pack.signing = job->signing;
    int status = pack_part(job, job->recipe.fmc, &pack.fmc, &fmc);
    if (status == 0) {
        status = pack_part(job, job->recipe.runtime, &pack.runtime, &runtime);
    }
    if (status == 0) {
        say(job, "signing", "Caliptra bundle");
        status = caliptra_bundle_write(&pack, &job->set.bundle, &job->error);
    }
    buffer_fini(&fmc.bytes);
    buffer_fini(&runtime.bytes);
    return status;
}

/* ---- Images of the SoC --------------------------------------------------- */

/* The boot MCU, which loads it, has addresses of 32 bits. */
static int check_place(struct job *job, const struct flash_recipe_image *from,
                       const struct boot_image *header)
{
    const uint64_t end = 1ull << 32;
    if (header->load_address % 16 != 0 ||
        !in_range(header->load_address, header->payload_size, end)) {
        return error_set(&job->error, -EINVAL,
                         "image '%s': 0x%x bytes at 0x%llx: the boot MCU loads "
                         "at multiples of 16, up to 0x%llx",
                         from->name, header->payload_size,
                         (unsigned long long)header->load_address,
                         (unsigned long long)end);
    }
    if (from->starts &&
        header->entry_point - header->load_address >= header->payload_size) {
        return error_set(&job->error, -EINVAL,
                         "image '%s': its entry point 0x%llx lies outside of "
                         "it, 0x%x bytes at 0x%llx",
                         from->name, (unsigned long long)header->entry_point,
                         header->payload_size,
                         (unsigned long long)header->load_address);
    }
    return 0;
}

static int wrap_image(struct job *job, const struct flash_recipe_image *from)
{
    struct elf_image program = {0};
    int status = read_program(job, from->file, ELF_AARCH64, &program);
    if (status == 0 && !program.is_elf && !from->has_load) {
        status = error_set(&job->error, -EINVAL,
                           "'%s': image '%s' is not ELF and needs 'load'",
                           from->file, from->name);
    }
    if (status == 0) {
        struct boot_image header = {
            .id = from->id,
            .payload_size = (uint32_t)program.bytes.size,
            .flags = (from->starts ? BOOT_IMAGE_STARTS : 0u) |
                     (from->secure ? BOOT_IMAGE_SECURE : 0u),
            .load_address = from->has_load ? from->load : program.load_address,
        };
        header.entry_point = from->has_entry  ? from->entry
                             : program.is_elf ? program.entry_point
                                              : header.load_address;
        memcpy(header.name, from->name, strlen(from->name));
        status = check_place(job, from, &header);
        if (status == 0) {
            flash_set_wrap(&job->set, &header, program.bytes.bytes)
                ->any_contents = from->any_contents;
        }
    }
    buffer_fini(&program.bytes);
    return status;
}

static int sign_images(struct job *job)
{
    job->set.version = job->recipe.version;
    job->set.vendor_signs = job->recipe.vendor_signs;
    for (unsigned i = 0; i < job->recipe.image_count; i++) {
        const struct flash_recipe_image *from = &job->recipe.images[i];
        say(job, "adding", from->name);
        int status = wrap_image(job, from);
        if (status != 0) {
            return status;
        }
    }
    say(job, "signing", "SoC manifest");
    return flash_set_sign(&job->set, &job->signing, &job->error);
}

/* ---- The flash ----------------------------------------------------------- */

static int lay_out_bank(struct job *job)
{
    size_t room = job->recipe.recovery ? flash_bank_room(FLASH_BANK_RECOVERY)
                                       : flash_bank_room(0);
    return flash_set_write(&job->set, room, &job->bank, &job->error);
}

static void lay_out_flash(struct job *job)
{
    const struct flash_recipe *recipe = &job->recipe;
    const struct buffer *banks[FLASH_BANKS] = {
        recipe->banks[0] ? &job->bank : NULL,
        recipe->banks[1] ? &job->bank : NULL,
        recipe->recovery ? &job->bank : NULL,
    };
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
    flash_image_write(&metadata, banks, &job->flash);
}

/* The signer of capsules: none, unless the recipe names one. */
static int read_update_signer(struct job *job)
{
    struct buffer certificate = {0};
    const char *name = job->recipe.update_signer;
    if (name == NULL) {
        return 0;
    }
    int status = read_path(job, name, &certificate);
    if (status == 0) {
        status = capsule_signer_identity(certificate.bytes, certificate.size,
                                         job->update_signer, &job->error);
        if (status != 0) {
            error_prefix(&job->error, "'%s'", name);
        }
    }
    buffer_fini(&certificate);
    return status;
}

static int make(struct job *job, const char *path)
{
    struct buffer text = {0};
    int status = file_read(path, FILE_LIMIT, &text, &job->error);
    if (status == 0) {
        status = flash_recipe_read(&job->recipe, path, text.bytes, text.size,
                                   &job->error);
    }
    buffer_fini(&text);
    if (status != 0) {
        return status;
    }
    char *keys = path_of(job, job->recipe.keys);
    status = keys_load(&job->keys, keys, &job->error);
    free(keys);
    if (status == 0) {
        status = read_update_signer(job);
    }
    if (status != 0) {
        return status;
    }
    job->signing = (struct caliptra_signing){
        .keys = &job->keys,
        .vendor_ecc_index = job->recipe.vendor_key,
        .lms = job->recipe.lms,
        .lms_leaf = job->recipe.lms_leaf,
    };
    status = job->recipe.bundle != NULL
                 ? read_path(job, job->recipe.bundle, &job->set.bundle)
                 : pack_bundle(job);
    if (status == 0) {
        status = sign_images(job);
    }
    if (status == 0) {
        status = lay_out_bank(job);
    }
    if (status == 0) {
        lay_out_flash(job);
    }
    return status;
}

/* ---- Results ------------------------------------------------------------- */

static int write_fuses(struct job *job, const struct fuses *fuses,
                       const char *path)
{
    struct buffer text = {0};
    buffer_print(&text, "# fuses for '%s'\n",
                 arguments_value(job->arguments, "out"));
    fuses_print(fuses, &text);
    int status = file_write(path, text.bytes, text.size, &job->error);
    buffer_fini(&text);
    return status;
}

/* The registers of the root of trust, then the floor, as many ones as its
 * number, then the digest of the certificate that signs capsules. */
static int write_fuse_array(struct job *job, const char *path)
{
    enum { ARRAY_SIZE_BYTES = 4096 };
    uint32_t floor[BOOT_MCU_FUSES_FLOOR_WORDS];
    struct buffer bytes = {0};
    buffer_append_zeros(&bytes, ARRAY_SIZE_BYTES);
    int status = flash_set_burn(&job->set, &bytes, &job->error);
    fuses_svn_words(job->recipe.lowest_version, floor,
                    BOOT_MCU_FUSES_FLOOR_WORDS);
    for (size_t i = 0; i < BOOT_MCU_FUSES_FLOOR_WORDS; i++) {
        store_le32(bytes.bytes + BOOT_MCU_FUSES_FLOOR + 4 * i, floor[i]);
    }
    memcpy(bytes.bytes + BOOT_MCU_FUSES_SIGNER, job->update_signer,
           sizeof(job->update_signer));
    status = status ? status
                    : file_write(path, bytes.bytes, bytes.size, &job->error);
    buffer_fini(&bytes);
    return status;
}

static int write_part(struct job *job)
{
    const char *text = arguments_value(job->arguments, "fuses");
    const char *array = arguments_value(job->arguments, "fuse-array");
    struct caliptra_bundle bundle;
    struct fuses fuses;
    int status = caliptra_bundle_read(&bundle, job->set.bundle.bytes,
                                      job->set.bundle.size, &job->error);
    if (status != 0) {
        return status;
    }
    caliptra_bundle_fuses(&bundle, &fuses);
    if (text != NULL) {
        status = write_fuses(job, &fuses, text);
    }
    if (status == 0 && array != NULL) {
        status = write_fuse_array(job, array);
    }
    return status;
}

static int write_results(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    const char *payload = arguments_value(arguments, "payload");
    int status = file_write(arguments_value(arguments, "out"), job->flash.bytes,
                            job->flash.size, &job->error);
    if (status == 0 && payload != NULL) {
        status =
            file_write(payload, job->bank.bytes, job->bank.size, &job->error);
    }
    if (status == 0) {
        status = write_part(job);
    }
    if (status == 0 && !arguments_flag(arguments, "quiet")) {
        struct flash_image *image = xcalloc(1, sizeof(*image));
        struct buffer map = {0};
        status = flash_image_read(image, job->flash.bytes, job->flash.size,
                                  &job->error);
        flash_image_print(image, &map);
        fputs(buffer_text(&map), arguments->out);
        buffer_fini(&map);
        free(image);
    }
    return status;
}

static void fini(struct job *job)
{
    free(job->folder);
    flash_recipe_fini(&job->recipe);
    keys_fini(&job->keys);
    flash_set_fini(&job->set);
    buffer_fini(&job->bank);
    buffer_fini(&job->flash);
    free(job);
}

static int run(struct arguments *arguments)
{
    const char *path = arguments->operands[0];
    const char *slash = strrchr(path, '/');
    if (arguments_value(arguments, "out") == NULL) {
        return command_misuse(arguments, "--out FILE is missing");
    }
    struct job *job = xcalloc(1, sizeof(*job));
    job->arguments = arguments;
    job->folder = slash == NULL ? xstrdup(".")
                                : xasprintf("%.*s", (int)(slash - path), path);
    int status = make(job, path);
    if (status == 0) {
        status = write_results(job);
    }
    int result = status == 0
                     ? COMMAND_DONE
                     : command_failure(arguments, "%s", job->error.text);
    fini(job);
    return result;
}

const struct command command_pack_flash = {
    .name = "pack flash",
    .purpose = "pack and sign the boot flash of board trust",
    .operands = "RECIPE",
    .description =
        "Makes a boot flash from a recipe: a Caliptra firmware bundle, an SoC "
        "manifest that vendor and owner sign, the images whose digests are in "
        "the manifest, and the update metadata that selects the active one of "
        "two banks. The same recipe and files give the same bytes.\n\n"
        "cairn-recipe(5) describes the recipe. The file ends behind the last "
        "byte that is not erased flash.",
    OPTIONS(options),
    .run = run,
};
