/* SPDX-License-Identifier: Apache-2.0 */
/* SoC manifests as text and as JSON, and the verdict on one. The keys that sign
 * its list are endorsed by those of the firmware bundle that the part runs. */
#include "commands/inspect/manifest.h"

#include <stdlib.h>

#include "commands/inspect/aspeed.h"
#include "commands/inspect/output.h"
#include "host/file.h"
#include "trust/aspeed/manifest.h"
#include "trust/caliptra/bundle.h"

enum { BUNDLE_LIMIT = 16 << 20 };

/* The bundle, if it was given. */
struct endorser {
    const struct caliptra_bundle *bundle; /* &read, or NULL */
    struct caliptra_bundle read;
    struct buffer file; /* what that points into */
    struct fuses fuses; /* of the part */
    uint64_t lowest;    /* security version that the part takes */
};

static int require_bundle(const struct arguments *arguments)
{
    static const char *const options[] = {"with-fuses", "vendor-key-hash",
                                          "owner-key-hash", "counter"};

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (arguments_value(arguments, options[i]) != NULL) {
            return command_misuse(arguments,
                                  "option '--%s' has no effect on an SoC "
                                  "manifest without --bundle",
                                  options[i]);
        }
    }
    return COMMAND_DONE;
}

/* Adds the verdict on the bundle, which lies in another file. */
static int judge_bundle(const struct arguments *arguments,
                        struct endorser *endorser, struct verdict *verdict)
{
    struct caliptra_verdict *rom = xcalloc(1, sizeof(*rom));
    struct verdict part = {0};
    struct caliptra_named named;

    caliptra_bundle_fuses(&endorser->read, &endorser->fuses);
    int result = inspect_choose_fuses(arguments, &endorser->fuses, &named);
    if (result == COMMAND_DONE) {
        caliptra_bundle_verify(endorser->read.bytes, endorser->read.size,
                               endorser->read.generation, &endorser->fuses,
                               rom);
        caliptra_bundle_judge(&endorser->read, rom, &named, true, 0, &part);
        part.covered_count = 0;
        verdict_append(verdict, &part, "");
    }
    verdict_fini(&part);
    free(rom);
    return result;
}

/* An exit code after its complaint; the caller frees endorser->file. */
static int read_endorser(const struct arguments *arguments,
                         struct endorser *endorser, struct verdict *verdict)
{
    const char *path = arguments_value(arguments, "bundle");
    struct error error = {""};

    *endorser = (struct endorser){0};
    if (path == NULL) {
        verdict_add(verdict, VERDICT_UNDECIDED, "endorsements",
                    "no bundle was given: anybody may have made the keys that "
                    "sign the list");
        return require_bundle(arguments);
    }
    int result = arguments_number_from(arguments, "counter", 0, UINT32_MAX,
                                       &endorser->lowest);
    if (result != COMMAND_DONE) {
        return result;
    }
    if (file_read(path, BUNDLE_LIMIT, &endorser->file, &error) != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    if (caliptra_bundle_check_age(endorser->file.bytes, endorser->file.size,
                                  &error) != 0 ||
        caliptra_bundle_read(&endorser->read, endorser->file.bytes,
                             endorser->file.size, &error) != 0) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    if (caliptra_layout(endorser->read.generation)->number == 2) {
        return command_failure(arguments,
                               "'%s': a bundle of generation 2, the manifest "
                               "is of generation 1",
                               path);
    }
    endorser->bundle = &endorser->read;
    return judge_bundle(arguments, endorser, verdict);
}

static int judge_soc(const struct arguments *arguments,
                     const struct buffer *file, struct verdict *verdict)
{
    static const struct verdict_range whole = {0, SIZE_MAX, "SoC manifest"};
    struct caliptra_verdict *runtime = xcalloc(1, sizeof(*runtime));
    struct endorser endorser;
    int result = read_endorser(arguments, &endorser, verdict);

    if (result == COMMAND_DONE) {
        soc_manifest_verify(file->bytes, file->size, endorser.bundle,
                            endorser.fuses.lms_verify != 0, runtime);
        soc_manifest_judge(runtime, verdict);
        soc_manifest_cover(verdict, 0, file->size);
        verdict_name_uncovered(verdict, file->size, &whole, 1);
    }
    buffer_fini(&endorser.file);
    free(runtime);
    return result;
}

int inspect_soc_manifest(const struct arguments *arguments, const char *path,
                         const struct buffer *file)
{
    struct inspect_output output;
    struct verdict verdict = {0};
    struct error error = {""};
    int result = COMMAND_DONE;

    if (soc_manifest_images(file->bytes, file->size, &error) == NULL) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    if (arguments_flag(arguments, "verify")) {
        result = judge_soc(arguments, file, &verdict);
    }
    if (result == COMMAND_DONE) {
        if (inspect_begin(&output, arguments)) {
            soc_manifest_print_json(file->bytes, file->size, &output.json);
        } else {
            soc_manifest_print(file->bytes, file->size, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    return result;
}

/* ---- An AST2700's -------------------------------------------------------- */

static int judge_aspeed(const struct arguments *arguments,
                        const struct aspeed_soc_manifest *manifest, size_t size,
                        struct verdict *verdict)
{
    static const struct verdict_range whole = {0, SIZE_MAX, "SoC manifest"};
    struct endorser endorser;
    int result = read_endorser(arguments, &endorser, verdict);

    if (result == COMMAND_DONE) {
        aspeed_manifest_verify(manifest, endorser.bundle,
                               endorser.fuses.lms_verify != 0,
                               (uint32_t)endorser.lowest, verdict);
        aspeed_manifest_cover(verdict, 0, size);
        verdict_name_uncovered(verdict, size, &whole, 1);
    }
    buffer_fini(&endorser.file);
    return result;
}

int inspect_aspeed_manifest(const struct arguments *arguments, const char *path,
                            const struct buffer *file)
{
    struct aspeed_soc_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct verdict verdict = {0};
    struct error error = {""};
    struct inspect_output output;
    int result = COMMAND_DONE;

    if (aspeed_manifest_read(manifest, file->bytes, file->size, &error) != 0) {
        result = command_failure(arguments, "'%s': %s", path, error.text);
    } else if (arguments_flag(arguments, "verify")) {
        result = judge_aspeed(arguments, manifest, file->size, &verdict);
    }
    if (result == COMMAND_DONE) {
        if (inspect_begin(&output, arguments)) {
            aspeed_manifest_print_json(manifest, &output.json);
        } else {
            aspeed_manifest_print(manifest, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    free(manifest);
    return result;
}
