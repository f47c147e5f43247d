/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn inspect`: what is in a firmware bundle, SoC manifest, capsule, boot
 * flash, part of an AST2700's or MCUboot image, and would a part take it; what
 * is in a snapshot, and is it whole. */
#include <stdlib.h>
#include <string.h>

#include "abi/flash_image.h"
#include "base/buffer.h"
#include "commands/command.h"
#include "commands/confine.h"
#include "commands/inspect/aspeed.h"
#include "commands/inspect/hex.h"
#include "commands/inspect/kind.h"
#include "commands/inspect/manifest.h"
#include "commands/inspect/mcuboot.h"
#include "commands/inspect/output.h"
#include "commands/pass_phrase.h"
#include "commands/unknown_file.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/capsule/capsule.h"
#include "trust/flash/image.h"
#include "trust/mcuboot/image.h"
#include "trust/quote/expected_pcrs.h"

/* clang-format off */
static const struct option options[] = {
    {0, "json", NULL, NULL, NEEDS(WITHOUT("fuses"), WITHOUT("pcrs")),
     "print one JSON object"},
    {0, "fuses", NULL, NULL, NEEDS(OF(KIND_BUNDLE | KIND_BUNDLE_2)),
     "print only the fuses that the bundle needs"},
    {0, "pcrs", NULL, NULL,
     NEEDS(OF(KIND_BUNDLE | KIND_FLASH), WITHOUT("fuses")),
     "print only the PCRs of a 1.x part after it booted the bundle, or of "
     "board trust after it booted the flash, for cairn-verify-quote(1)"},
    {0, "verify", NULL, "Verifying",
     NEEDS(OF(KINDS_OF_CHAIN | KIND_CAPSULE | KIND_MCUBOOT | KIND_SNAPSHOT),
           WITHOUT("fuses"), WITHOUT("pcrs")),
     "make the checks of the boot ROM, or of MCUboot: the exit code is 0 for "
     "trusted, 1 for refused, 3 for undecided; for a snapshot, read all of "
     "its memories and compare their hashes"},
    {0, "with-fuses", "FILE", "Verifying",
     NEEDS(OF(KINDS_OF_CHAIN), EITHER_WITH("verify"), WITH("pcrs")),
     "check for a part with these fuses (default: fuses that match, which "
     "leaves the verdict undecided)"},
    {0, "vendor-key-hash", "HEX", "Verifying",
     NEEDS(OF(KINDS_OF_CHAIN), EITHER_WITH("verify"), WITH("pcrs"),
           WITHOUT("fuses")),
     "check for a part with this vendor key hash"},
    {0, "owner-key-hash", "HEX", "Verifying",
     NEEDS(OF(KINDS_OF_CHAIN), EITHER_WITH("verify"), WITH("pcrs"),
           WITHOUT("fuses")),
     "check for a part with this owner key hash"},
    {0, "bundle", "FILE", "Verifying",
     NEEDS(OF(KIND_MANIFEST | KIND_ASPEED_MANIFEST), WITH("verify")),
     "firmware bundle whose keys endorse an SoC manifest's (without it the "
     "verdict is undecided)"},
    {0, "certificate", "FILE", "Verifying",
     NEEDS(OF(KIND_CAPSULE), WITH("verify")),
     "certificate of the signer of a capsule's images (without it the verdict "
     "is undecided)"},
    {0, "key", "FILE", "Verifying", NEEDS(OF(KIND_MCUBOOT), WITH("verify")),
     "public or private key of an MCUboot image's signer (without it the "
     "verdict is undecided)"},
    {0, "decrypt", "FILE", "Verifying", NEEDS(OF(KIND_MCUBOOT), WITH("verify")),
     "private key of a device, to decrypt an MCUboot image with"},
    PASS_PHRASE_OPTION("Verifying", NEEDS(EITHER_WITH("key"), WITH("decrypt"))),
    {0, "counter", "NUMBER", "Verifying",
     NEEDS(OF(KIND_MCUBOOT | KIND_ASPEED_FLASH | KIND_ASPEED_MANIFEST),
           WITH("verify")),
     "security counter of a device, or the lowest security version that it "
     "boots: refuse an image with a lower one"},
    {0, "generation", "1.0|1.1|2.0|2.1", "Verifying",
     NEEDS(OF(KIND_BUNDLE | KIND_BUNDLE_2), WITH("verify")),
     "check for this core (default: from the marker)"},
};
/* clang-format on */

enum { FILE_LIMIT = 256 << 20 };

/* Sets one fuse from an option's value. */
static int apply_hash(const struct arguments *arguments, const char *option,
                      const char *name, struct fuses *fuses)
{
    const char *value = arguments_value(arguments, option);
    if (value == NULL) {
        return 0;
    }
    struct error error = {""};
    struct buffer line = {0};
    buffer_print(&line, "%s = %s", name, value);
    int status =
        fuses_parse(fuses, "command line", line.bytes, line.size, &error);
    buffer_fini(&line);
    return status == 0 ? 0 : command_misuse(arguments, "%s", error.text);
}

int inspect_choose_fuses(const struct arguments *arguments, struct fuses *fuses,
                         struct caliptra_named *named)
{
    const char *path = arguments_value(arguments, "with-fuses");
    *named = (struct caliptra_named){
        .vendor = path || arguments_value(arguments, "vendor-key-hash"),
        .owner = path || arguments_value(arguments, "owner-key-hash"),
    };
    if (path != NULL) {
        struct error error = {""};
        struct buffer text = {0};
        fuses_init(fuses);
        int status = file_read(path, FILE_LIMIT, &text, &error);
        if (status == 0) {
            status = fuses_parse(fuses, path, text.bytes, text.size, &error);
        }
        buffer_fini(&text);
        if (status != 0) {
            return command_failure(arguments, "%s", error.text);
        }
    }
    int status =
        apply_hash(arguments, "vendor-key-hash", "vendor_key_hash", fuses);
    return status != 0 ? status
                       : apply_hash(arguments, "owner-key-hash",
                                    "owner_key_hash", fuses);
}

static void print_fuses(const struct arguments *arguments,
                        const struct caliptra_bundle *bundle)
{
    struct fuses fuses;
    struct buffer text = {0};
    caliptra_bundle_fuses(bundle, &fuses);
    fuses_print(&fuses, &text);
    fputs(buffer_text(&text), arguments->out);
    buffer_fini(&text);
}

/* Prints the PCRs of what boots from a bundle; with a bank (or NULL) its images
 * too. */
static int print_pcrs(const struct arguments *arguments,
                      const struct caliptra_bundle *bundle,
                      const struct flash_bank *bank)
{
    struct expected_pcrs pcrs = {.known = {false}};
    struct caliptra_named named;
    struct fuses fuses;
    struct buffer text = {0};
    caliptra_bundle_fuses(bundle, &fuses);
    int status = inspect_choose_fuses(arguments, &fuses, &named);
    if (status != 0) {
        return status;
    }
    if (expected_pcrs_bundle(&pcrs, bundle, &fuses) != 0) {
        return command_failure(arguments,
                               "--pcrs: the bundle is not for generation 1");
    }
    if (bank != NULL) {
        expected_pcrs_images(&pcrs, bank);
    }
    expected_pcrs_print(&pcrs, &text);
    fputs(buffer_text(&text), arguments->out);
    buffer_fini(&text);
    return COMMAND_DONE;
}

/* Adds the ROM's checks to verdict; an exit code after a complaint. */
static int judge_bundle(const struct arguments *arguments,
                        const struct caliptra_bundle *bundle,
                        struct verdict *verdict)
{
    struct verdict_range places[CALIPTRA_PLACES_MAX];
    struct caliptra_verdict rom;
    struct caliptra_named named;
    struct fuses fuses;
    int generation = bundle->generation;
    const char *text = arguments_value(arguments, "generation");
    caliptra_bundle_fuses(bundle, &fuses);
    int status = inspect_choose_fuses(arguments, &fuses, &named);
    if (status != 0) {
        return status;
    }
    if (text != NULL && caliptra_generation_parse(text, &generation) != 0) {
        return command_misuse(arguments, "--generation '%s' is not known",
                              text);
    }
    caliptra_bundle_verify(bundle->bytes, bundle->size, generation, &fuses,
                           &rom);
    caliptra_bundle_judge(bundle, &rom, &named, false, 0, verdict);
    verdict_name_uncovered(verdict, bundle->size, places,
                           caliptra_bundle_places(bundle, 0, places));
    return COMMAND_DONE;
}

static int print_bundle(const struct arguments *arguments, const char *path,
                        const struct caliptra_bundle *bundle)
{
    struct inspect_output output;
    struct verdict verdict = {0};
    int result = arguments_flag(arguments, "verify")
                     ? judge_bundle(arguments, bundle, &verdict)
                     : COMMAND_DONE;
    if (result == COMMAND_DONE) {
        if (inspect_begin(&output, arguments)) {
            caliptra_bundle_print_json(bundle, &output.json);
        } else {
            caliptra_bundle_print(bundle, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    return result;
}

static int inspect_bundle(const struct arguments *arguments, const char *path,
                          const struct buffer *file)
{
    struct error error = {""};
    struct caliptra_bundle bundle;
    if (caliptra_bundle_read(&bundle, file->bytes, file->size, &error) != 0) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    if (arguments_flag(arguments, "fuses")) {
        print_fuses(arguments, &bundle);
        return COMMAND_DONE;
    }
    if (arguments_flag(arguments, "pcrs")) {
        return print_pcrs(arguments, &bundle, NULL);
    }
    return print_bundle(arguments, path, &bundle);
}

/* Adds the verdict on each image; an exit code after a complaint. */
static int verify_capsule(const struct arguments *arguments,
                          const struct capsule *capsule,
                          struct verdict *verdict)
{
    const char *path = arguments_value(arguments, "certificate");
    struct error error = {""};
    struct buffer certificate = {0};
    if (path != NULL &&
        file_read(path, FILE_LIMIT, &certificate, &error) != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    capsule_judge(capsule,
                  path != NULL ? (const void *)buffer_text(&certificate) : NULL,
                  certificate.size, verdict);
    buffer_fini(&certificate);
    return COMMAND_DONE;
}

static int inspect_capsule(const struct arguments *arguments, const char *path,
                           const struct buffer *file)
{
    struct inspect_output output;
    struct verdict verdict = {0};
    struct error error = {""};
    struct capsule capsule;
    int result = COMMAND_DONE;
    if (capsule_read(&capsule, file->bytes, file->size, &error) != 0) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    if (arguments_flag(arguments, "verify")) {
        result = verify_capsule(arguments, &capsule, &verdict);
    }
    if (result == COMMAND_DONE) {
        if (inspect_begin(&output, arguments)) {
            capsule_print_json(&capsule, &output.json);
        } else {
            capsule_print(&capsule, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    return result;
}

/* The bundle of the bank that the metadata name; NULL after a complaint. */
static const struct flash_bank *
find_flash_bundle(const struct arguments *arguments, const char *path,
                  const struct flash_image *image,
                  struct caliptra_bundle *bundle)
{
    uint32_t active = image->metadata.active;
    const struct flash_bank *bank =
        active < FLASH_BANK_RECOVERY && image->bank_present[active]
            ? &image->banks[active]
            : NULL;
    const struct flash_part *part =
        bank ? flash_bank_find(bank, FLASH_IMAGE_CALIPTRA) : NULL;
    struct error error = {""};
    if (part == NULL) {
        command_failure(arguments, "'%s': the active bank has no bundle", path);
        return NULL;
    }
    if (caliptra_bundle_read(bundle, part->bytes, part->size, &error) != 0) {
        command_failure(arguments, "'%s': %s", path, error.text);
        return NULL;
    }
    return bank;
}

static int print_flash_pcrs(const struct arguments *arguments, const char *path,
                            const struct flash_image *image)
{
    struct caliptra_bundle bundle;
    const struct flash_bank *bank =
        find_flash_bundle(arguments, path, image, &bundle);
    return bank != NULL ? print_pcrs(arguments, &bundle, bank) : COMMAND_FAILED;
}

static int judge_flash(const struct arguments *arguments, const char *path,
                       const struct flash_image *image,
                       const struct buffer *file, struct verdict *verdict)
{
    struct caliptra_bundle bundle;
    struct caliptra_named named;
    struct fuses fuses;
    if (find_flash_bundle(arguments, path, image, &bundle) == NULL) {
        return COMMAND_FAILED;
    }
    caliptra_bundle_fuses(&bundle, &fuses);
    int result = inspect_choose_fuses(arguments, &fuses, &named);
    if (result == COMMAND_DONE) {
        flash_image_judge(image, file->bytes, file->size, &fuses, &named,
                          verdict);
    }
    return result;
}

static int print_flash(const struct arguments *arguments, const char *path,
                       const struct flash_image *image,
                       const struct buffer *file)
{
    struct inspect_output output;
    struct verdict verdict = {0};
    int result = arguments_flag(arguments, "verify")
                     ? judge_flash(arguments, path, image, file, &verdict)
                     : COMMAND_DONE;
    if (result == COMMAND_DONE) {
        if (inspect_begin(&output, arguments)) {
            flash_image_print_json(image, &output.json);
        } else {
            flash_image_print(image, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    return result;
}

static int inspect_flash(const struct arguments *arguments, const char *path,
                         const struct buffer *file)
{
    struct flash_image *image = xcalloc(1, sizeof(*image));
    struct error error = {""};
    int result;
    if (flash_image_read(image, file->bytes, file->size, &error) != 0) {
        result = command_failure(arguments, "'%s': %s", path, error.text);
    } else if (arguments_flag(arguments, "pcrs")) {
        result = print_flash_pcrs(arguments, path, image);
    } else {
        result = print_flash(arguments, path, image, file);
    }
    free(image);
    return result;
}

/* ---- Kinds of file ------------------------------------------------------- */

static bool starts_with_marker(const void *bytes, size_t size, uint32_t marker)
{
    return size >= sizeof(marker) && load_le32(bytes) == marker;
}

static bool recognise_bundle(const void *bytes, size_t size)
{
    return starts_with_marker(bytes, size, CALIPTRA_MANIFEST_MARKER);
}

static bool recognise_bundle_2(const void *bytes, size_t size)
{
    return starts_with_marker(bytes, size, CALIPTRA2_MANIFEST_MARKER);
}

static bool recognise_old_bundle_2(const void *bytes, size_t size)
{
    return caliptra_bundle_check_age(bytes, size, NULL) != 0;
}

static int refuse_old_bundle_2(const struct arguments *arguments,
                               const char *path, const struct buffer *file)
{
    struct error error = {""};
    (void)caliptra_bundle_check_age(file->bytes, file->size, &error);
    return command_failure(arguments, "'%s': %s", path, error.text);
}

/* Formats by how they start. */
static const struct format {
    bool (*recognise)(const void *bytes, size_t size);
    int (*inspect)(const struct arguments *arguments, const char *path,
                   const struct buffer *file);
    struct inspect_kind kind;
} formats[] = {
    {capsule_recognise,         inspect_capsule,     {KIND_CAPSULE, "a capsule"}                            },
    {aspeed_manifest_recognise,
     inspect_aspeed_manifest,                        {KIND_ASPEED_MANIFEST, "an SoC manifest of an AST2700"}},
    {soc_manifest_recognise,
     inspect_soc_manifest,                           {KIND_MANIFEST, "an SoC manifest"}                     },
    {aspeed_flash_recognise,
     inspect_aspeed_flash,                           {KIND_ASPEED_FLASH, "a boot flash of an AST2700"}      },
    {flash_image_recognise,     inspect_flash,       {KIND_FLASH, "a boot flash"}                           },
    {mcuboot_recognise,         inspect_mcuboot,     {KIND_MCUBOOT, "an MCUboot image"}                     },
    {hex_recognise,             inspect_hex,         {0, "Intel HEX"}                                       },
    {recognise_old_bundle_2,    refuse_old_bundle_2, {0, NULL}                                              },
    {recognise_bundle,          inspect_bundle,      {KIND_BUNDLE, "a firmware bundle"}                     },
    {recognise_bundle_2,
     inspect_bundle,                                 {KIND_BUNDLE_2, "a firmware bundle of generation 2"}   },
};

static const struct inspect_kind snapshot = {KIND_SNAPSHOT, "a snapshot"};

/* Larger than what is read into memory, and told by its first bytes. */
static bool is_snapshot(const char *path)
{
    uint8_t bytes[8];
    uint64_t size;
    int fd = -1;
    bool found = file_open(path, &fd, &size, NULL) == 0 &&
                 file_read_at(fd, 0, bytes, sizeof(bytes), NULL) == 0 &&
                 cairn_snapshot_recognise(bytes, sizeof(bytes));
    file_close(fd);
    return found;
}

static int inspect_snapshot(const struct arguments *arguments, const char *path)
{
    struct cairn_error error = {""};
    bool json = arguments_flag(arguments, "json");
    char *text = NULL;
    int status = inspect_check_kind(arguments, &snapshot);
    if (status != 0) {
        return status;
    }
    bool verify = arguments_flag(arguments, "verify");
    int code = cairn_snapshot_show(path, json, verify, &text, &error);
    if (text != NULL) {
        fprintf(arguments->out, "%s%s", text, json ? "\n" : "");
    }
    free(text);
    if (code != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    return verify ? COMMAND_UNDECIDED : COMMAND_DONE;
}

/* Names what the file is instead, and what inspect explains. */
static int refuse_unknown(const struct arguments *arguments, const char *path,
                          const struct buffer *file)
{
    const char *name = unknown_file_name(file->bytes, file->size);
    struct buffer known = {0};
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (formats[i].kind.words != NULL) {
            buffer_print(&known, "%s, ", formats[i].kind.words);
        }
    }
    command_failure(arguments, "'%s': %s%sno format that inspect knows (%s%s)",
                    path, name != NULL ? name : "", name != NULL ? ": " : "",
                    buffer_text(&known), snapshot.words);
    buffer_fini(&known);
    return COMMAND_FAILED;
}

static int run(struct arguments *arguments)
{
    const char *path = arguments->operands[0];
    confine_reader(arguments);
    if (is_snapshot(path)) {
        return inspect_snapshot(arguments, path);
    }
    struct error error = {""};
    struct buffer file = {0};
    int result;
    if (file_read(path, FILE_LIMIT, &file, &error) != 0) {
        result = command_failure(arguments, "%s", error.text);
    } else {
        size_t i = 0;
        while (i < ARRAY_SIZE(formats) &&
               !formats[i].recognise(file.bytes, file.size)) {
            i++;
        }
        if (i == ARRAY_SIZE(formats)) {
            result = refuse_unknown(arguments, path, &file);
        } else {
            result = inspect_check_kind(arguments, &formats[i].kind);
            result =
                result ? result : formats[i].inspect(arguments, path, &file);
        }
    }
    buffer_fini(&file);
    return result;
}

const struct command command_inspect = {
    .name = "inspect",
    .purpose =
        "explain a firmware bundle, manifest, capsule, flash, image or "
        "snapshot",
    .operands = "FILE",
    .description =
        "Shows the fields of a Caliptra firmware bundle with their offsets, "
        "the images and the fuses that a part needs for it.\n\nWith --verify "
        "it makes the checks that the boot ROM makes at a cold boot, in its "
        "order, up to the first that fails, and gives the ROM's error code. "
        "Without fuses, a production part is assumed whose hashes match the "
        "bundle: then only the bundle's own consistency is checked, and the "
        "verdict is undecided.\n\n"
        "A verdict is 'trusted' (exit code 0), 'refused' (1) or 'undecided' "
        "(3): nothing was refused, but who made the file rests on what only "
        "the file itself says, for want of a key, of key hashes or of any "
        "signature. Open points are named beside it, among them the bytes "
        "that no check covers.\n\n"
        "A UEFI firmware update capsule is recognised by its GUID; --verify "
        "then checks the signatures of its images by the rules of the boot MCU "
        "of board trust: one signer, whose certificate is that of "
        "--certificate, with RSA, SHA-256 and signed attributes. SoC manifests "
        "and boot flashes are recognised as well, those of an AST2700 with "
        "their FMC header, Caliptra flash image or FIT; --verify of these "
        "makes the checks of a boot, from the bundle to the digest of "
        "each image, and of a manifest alone those of its signatures, with "
        "--bundle also of the keys that made them.\n\n"
        "Of an image of MCUboot header, TLVs and trailer are shown; --verify "
        "compares its hash, and with --key its signature; an unsigned image is "
        "refused. An encrypted image needs --decrypt, unless it lies there in "
        "plain. Every check prints one line: 'proven', 'REFUSED' with the "
        "value found and the value expected, 'undecided', or 'open' when there "
        "was nothing to compare with.\n\n"
        "Of Intel HEX the addresses are shown, and the images of MCUboot that "
        "are in it, which --verify checks; bytes that are in none of them are "
        "an open point.\n\n"
        "For a snapshot of cairn-run(1) the options that built its machine are "
        "printed; its head is always checked, and --verify compares its "
        "memories with their hashes. No signature covers a snapshot: one that "
        "is whole is undecided.\n\n"
        "With --pcrs the measurements of the root of trust after a cold boot "
        "are computed from a bundle or a flash and the part's fuses. They are "
        "the expected values for a quote from a machine that is not trusted.",
    OPTIONS(options),
    .run = run,
};
