/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack caliptra`: packs FMC and runtime into a signed firmware bundle.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/claims.h"
#include "commands/command.h"
#include "commands/pass_phrase.h"
#include "host/file.h"
#include "trust/caliptra/bundle.h"
#include "trust/image/elf.h"

/* The context is the generation that is packed for, such as 11. */
static bool is_generation(const struct option_context *context,
                          const struct option_need *need, struct buffer *why)
{
    const int generation = (int)context->kind;
    bool wants_2 = need->kinds == 2;
    bool met = (caliptra_layout(generation)->number == 2) == wants_2;
    if (!met) {
        buffer_print(why, "in generation %d.%d, but in %s", generation / 10,
                     generation % 10, wants_2 ? "2.0 and 2.1" : "1.0 and 1.1");
    }
    return met;
}

/* clang-format off */
#define GENERATION(major) \
    {OPTION_NEEDS_HELD, .holds = is_generation, .kinds = (major)}
/* clang-format on */

/* clang-format off */
static const struct option caliptra_options[] = {
    {0, "generation", "1.0|1.1|2.0|2.1", NULL, NULL,
     "layout and limits of this core (default 1.1)"},
    {0, "fmc", "FILE", "Images", NULL,
     "first mutable code: ELF or raw binary"},
    {0, "runtime", "FILE", "Images", NULL,
     "runtime firmware: ELF or raw binary"},
    {0, "fmc-load", "ADDRESS", "Images", NULL,
     "load address of the FMC (default: of the ELF file, or 0x40000000)"},
    {0, "fmc-entry", "ADDRESS", "Images", NULL,
     "entry point of the FMC (default: of the ELF file, or its load address)"},
    {0, "runtime-load", "ADDRESS", "Images", NULL,
     "load address of the runtime (default: of the ELF file, or behind the "
     "FMC)"},
    {0, "runtime-entry", "ADDRESS", "Images", NULL,
     "entry point of the runtime"},
    {0, "fmc-version", "NUMBER", "Images", NULL,
     "release number of the FMC"},
    {0, "runtime-version", "NUMBER", "Images", NULL,
     "release number of the runtime"},
    {0, "fmc-svn", "NUMBER", "Images", NEEDS(GENERATION(1)),
     "security version of the FMC, to 32 (generation 1)"},
    {0, "runtime-svn", "NUMBER", "Images", NULL,
     "security version of the runtime, or in generation 2 of all firmware, to "
     "128"},
    {0, "pl0-pauser", "NUMBER", "Images", NULL,
     "bus user with privilege level 0 (default 1)"},
    {0, "vendor-valid", "FROM-TO", "Images", NULL,
     "validity of the FMC certificate by the vendor, two dates such as "
     "20260101000000Z"},
    {0, "owner-valid", "FROM-TO", "Images", NULL,
     "the same by the owner, which takes precedence over the vendor's"},
    {0, "keys", "FOLDER", "Keys", NULL,
     "key directory of cairn-keys-new(1)"},
    PASS_PHRASE_OPTION("Keys", ALWAYS),
    {0, "vendor-ecc-index", "NUMBER", "Keys", NULL,
     "vendor ECC key to sign with, 0 to 3 (default 0)"},
    {0, "vendor-lms-index", "NUMBER", "Keys", NEEDS(WITHOUT("no-lms")),
     "vendor LMS key to sign with, 0 to 31 (default 0)"},
    {0, "lms-index", "NUMBER", "Keys",
     NEEDS(WITHOUT("no-lms"), WITHOUT("mldsa")),
     "use this leaf of the LMS keys and leave their state alone: the same "
     "input then gives the same bytes, but a leaf must never sign two "
     "different bundles outside of tests"},
    {0, "mldsa", NULL, "Keys", NEEDS(GENERATION(2), WITHOUT("no-lms")),
     "generation 2: sign with ML-DSA-87 in place of LMS; --vendor-lms-index "
     "then numbers its keys, 0 to 3"},
    {0, "no-lms", NULL, "Keys", NEEDS(GENERATION(1)),
     "sign with ECC only (a generation 1 part with LMS off)"},
    {'o', "out", "FILE", "Results", NULL,
     "write the bundle to FILE"},
    {0, "fuses", "FILE", "Results", NULL,
     "write the fuses that a part needs for this bundle to FILE"},
};
/* clang-format on */

struct job {
    struct arguments *arguments;
    struct caliptra_pack pack;
    struct elf_image fmc;
    struct elf_image runtime;
    struct key_ring keys;
    struct buffer bundle;
};

/* Reads a 32-bit number option; *given says whether it was there. */
static int number(const struct arguments *arguments, const char *name,
                  uint32_t *value, bool *given)
{
    uint64_t wide = *value;
    int status = arguments_number(arguments, name, &wide);
    if (status != 0) {
        return status;
    }
    if (wide > UINT32_MAX) {
        return command_misuse(arguments, "--%s %s does not fit 32 bits", name,
                              arguments_value(arguments, name));
    }
    if (given != NULL) {
        *given = arguments_value(arguments, name) != NULL;
    }
    *value = (uint32_t)wide;
    return 0;
}

/* Options that name one number of the pack each. */
static int read_numbers(struct job *job)
{
    struct caliptra_pack *pack = &job->pack;
    const struct {
        const char *name;
        uint32_t *value;
    } numbers[] = {
        {"fmc-version",      &pack->fmc.version             },
        {"runtime-version",  &pack->runtime.version         },
        {"fmc-svn",          &pack->fmc.svn                 },
        {"runtime-svn",      &pack->runtime.svn             },
        {"pl0-pauser",       &pack->pl0_pauser              },
        {"vendor-ecc-index", &pack->signing.vendor_ecc_index},
        {"vendor-lms-index", &pack->signing.vendor_pqc_index},
    };
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        int status =
            number(job->arguments, numbers[i].name, numbers[i].value, NULL);
        if (status != 0) {
            return status;
        }
    }
    uint32_t leaf = 0;
    bool given = false;
    int status = number(job->arguments, "lms-index", &leaf, &given);
    pack->signing.lms_leaf = given ? (int64_t)leaf : KEYS_NEXT_LEAF;
    pack->signing.lms = !arguments_flag(job->arguments, "no-lms");
    pack->svn = pack->runtime.svn;
    return status;
}

/* Takes the image from the file that option `name` names; addresses come from
 * NAME-load and NAME-entry, else from an ELF file, else stay as they are. */
static int read_image(struct job *job, const char *name,
                      struct caliptra_image *image, struct elf_image *elf)
{
    const char *path = arguments_value(job->arguments, name);
    if (path == NULL) {
        return command_misuse(job->arguments, "--%s FILE is missing", name);
    }
    size_t limit = caliptra_layout(job->pack.generation)->room;
    struct buffer file = {0};
    struct error error = {""};
    int status = file_read(path, 64u << 20, &file, &error);
    if (status == 0) {
        status = elf_image_read(elf, file.bytes, file.size, limit, &error);
        status = status ? status : elf_image_check(elf, ELF_RISCV32, &error);
        if (status != 0) {
            error_prefix(&error, "'%s'", path);
        }
    }
    buffer_fini(&file);
    if (status != 0) {
        return command_failure(job->arguments, "%s", error.text);
    }
    image->bytes = elf->bytes.bytes;
    image->size = elf->bytes.size;
    if (elf->is_elf) {
        if (elf->load_address > UINT32_MAX || elf->entry_point > UINT32_MAX) {
            return command_failure(job->arguments,
                                   "'%s': load address 0x%llx or entry point "
                                   "0x%llx does not fit 32 bits",
                                   path, (unsigned long long)elf->load_address,
                                   (unsigned long long)elf->entry_point);
        }
        image->load_address = (uint32_t)elf->load_address;
        image->entry_point = (uint32_t)elf->entry_point;
    }
    return 0;
}

static int read_addresses(struct job *job, const char *load_name,
                          const char *entry_name, struct caliptra_image *image)
{
    bool load = false;
    int status = number(job->arguments, load_name, &image->load_address, &load);
    if (status == 0 && load) {
        image->entry_point = image->load_address;
    }
    return status != 0
               ? status
               : number(job->arguments, entry_name, &image->entry_point, NULL);
}

/* "20260101000000Z-20360101000000Z" into its two dates. */
static int read_dates(const struct job *job, const char *name, char *from,
                      char *to)
{
    const char *text = arguments_value(job->arguments, name);
    if (text == NULL) {
        return 0;
    }
    static const char shape[] = "00000000000000Z-00000000000000Z";
    bool fits = strlen(text) == strlen(shape);
    for (size_t i = 0; fits && shape[i] != '\0'; i++) {
        fits = shape[i] == '0' ? text[i] >= '0' && text[i] <= '9'
                               : text[i] == shape[i];
    }
    if (!fits) {
        return command_misuse(job->arguments,
                              "--%s '%s': expected two dates as "
                              "20260101000000Z-20360101000000Z",
                              name, text);
    }
    memcpy(from, text, CALIPTRA_DATE_SIZE);
    memcpy(to, text + CALIPTRA_DATE_SIZE + 1, CALIPTRA_DATE_SIZE);
    return 0;
}

static int check_files(const struct arguments *arguments)
{
    static const char *const outputs[] = {"out", "fuses", NULL};
    struct file_claims claims = {0};
    return claims_check(arguments, outputs, &claims);
}

static int read_arguments(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    int generation = CALIPTRA_1_1;
    const char *text = arguments_value(arguments, "generation");
    if (text != NULL && caliptra_generation_parse(text, &generation) != 0) {
        return command_misuse(arguments, "--generation '%s' is not known",
                              text);
    }
    const struct option_context context = {.kind = (unsigned)generation};
    int status = arguments_check(arguments, &context);
    if (status != 0) {
        return status;
    }
    caliptra_pack_init(&job->pack, generation);
    if (arguments_value(arguments, "out") == NULL) {
        return command_misuse(arguments, "--out FILE is missing");
    }
    if (arguments_value(arguments, "keys") == NULL) {
        return command_misuse(arguments, "--keys FOLDER is missing");
    }
    status = check_files(arguments);
    if (status != 0) {
        return status;
    }
    if (arguments_flag(arguments, "mldsa")) {
        job->pack.pqc_type = CALIPTRA2_PQC_MLDSA;
    }
    status = read_numbers(job);
    if (status == 0) {
        status = read_dates(job, "vendor-valid", job->pack.vendor_not_before,
                            job->pack.vendor_not_after);
    }
    if (status == 0) {
        status = read_dates(job, "owner-valid", job->pack.owner_not_before,
                            job->pack.owner_not_after);
    }
    if (status == 0) {
        status = read_image(job, "fmc", &job->pack.fmc, &job->fmc);
    }
    if (status == 0) {
        status = read_addresses(job, "fmc-load", "fmc-entry", &job->pack.fmc);
    }
    if (status == 0) {
        status = read_image(job, "runtime", &job->pack.runtime, &job->runtime);
    }
    if (status == 0) {
        status = read_addresses(job, "runtime-load", "runtime-entry",
                                &job->pack.runtime);
    }
    return status;
}

static int write_results(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    struct error error = {""};
    struct caliptra_bundle bundle;
    caliptra_bundle_read(&bundle, job->bundle.bytes, job->bundle.size, &error);
    const char *path = arguments_value(arguments, "out");
    int status = file_write(path, job->bundle.bytes, job->bundle.size, &error);
    const char *fuse_path = arguments_value(arguments, "fuses");
    if (status == 0 && fuse_path != NULL) {
        struct fuses fuses;
        struct buffer text = {0};
        caliptra_bundle_fuses(&bundle, &fuses);
        buffer_print(&text, "# fuses for '%s'\n", path);
        fuses_print(&fuses, &text);
        status = file_write(fuse_path, text.bytes, text.size, &error);
        buffer_fini(&text);
    }
    if (status != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    fprintf(arguments->out,
            "%s: %zu bytes: FMC %u at 0x%08x, runtime %u at 0x%08x%s\n", path,
            job->bundle.size, bundle.fmc.size, bundle.fmc.entry->load_address,
            bundle.runtime.size, bundle.runtime.entry->load_address,
            job->keys.development ? "; signed with development keys" : "");
    return COMMAND_DONE;
}

static int pack(struct job *job)
{
    int status = read_arguments(job);
    if (status != 0) {
        return status;
    }
    struct error error = {""};
    const char *keys = arguments_value(job->arguments, "keys");
    struct pass_phrases phrases;
    pass_phrases_init(&phrases, job->arguments);
    if (keys_load(&job->keys, keys, &phrases.from, &error) != 0) {
        return command_failure(job->arguments, "%s", error.text);
    }
    status = pass_phrases_end(&phrases);
    if (status != COMMAND_DONE) {
        keys_fini(&job->keys);
        return status;
    }
    job->pack.signing.keys = &job->keys;
    if (caliptra_bundle_write(&job->pack, &job->bundle, &error) != 0) {
        status = command_failure(job->arguments, "%s", error.text);
    } else {
        status = write_results(job);
    }
    keys_fini(&job->keys);
    return status;
}

static int caliptra_run(struct arguments *arguments)
{
    struct job *job = xcalloc(1, sizeof(*job));
    job->arguments = arguments;
    int result = pack(job);
    buffer_fini(&job->fmc.bytes);
    buffer_fini(&job->runtime.bytes);
    buffer_fini(&job->bundle);
    free(job);
    return result;
}

const struct command command_pack_caliptra = {
    .name = "pack caliptra",
    .purpose = "pack and sign a Caliptra firmware bundle",
    .operands = "",
    .description =
        "Lays out FMC and runtime behind a manifest, digests and signs it as "
        "vendor and as owner, with ECC P-384 and LMS. ECC signatures are "
        "deterministic; with --lms-index the whole bundle is.\n\nA part boots "
        "the bundle when its fuses hold the hashes that --fuses writes.",
    OPTIONS(caliptra_options),
    .run = caliptra_run,
};
