/* SPDX-License-Identifier: Apache-2.0 */
/* Flashes and SoC manifests of an AST2700, as text and as JSON. */
#include "commands/inspect_aspeed.h"

#include <stdlib.h>

static int print_text(const struct arguments *arguments, struct buffer *out)
{
    if (arguments_flag(arguments, "json")) {
        buffer_print(out, "\n");
    }
    fputs(buffer_text(out), arguments->out);
    buffer_fini(out);
    return COMMAND_DONE;
}

int inspect_aspeed_manifest(const struct arguments *arguments, const char *path,
                            const struct buffer *file)
{
    struct aspeed_soc_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct error error = {""};
    struct buffer out = {0};
    int result;
    if (aspeed_manifest_read(manifest, file->bytes, file->size, &error) != 0) {
        result = command_failure(arguments, "'%s': %s", path, error.text);
    } else {
        if (arguments_flag(arguments, "json")) {
            struct json json;
            json_init(&json, &out);
            json_begin_object(&json, NULL);
            aspeed_manifest_print_json(manifest, &json);
            json_end_object(&json);
        } else {
            aspeed_manifest_print(manifest, &out);
        }
        result = print_text(arguments, &out);
    }
    free(manifest);
    return result;
}

static void print_flash(const struct arguments *arguments, const char *path,
                        const struct aspeed_flash *flash,
                        const struct verdict *verdict)
{
    struct buffer out = {0};
    if (arguments_flag(arguments, "json")) {
        struct json json;
        json_init(&json, &out);
        json_begin_object(&json, NULL);
        aspeed_flash_print_json(flash, &json);
        if (verdict->count != 0) {
            verdict_print_json(verdict, &json);
        }
        json_end_object(&json);
    } else {
        aspeed_flash_print(flash, &out);
        if (verdict->count != 0) {
            verdict_print(verdict, path, &out);
        }
    }
    print_text(arguments, &out);
}

/* The fuses that the bundle needs, unless options say otherwise. */
static int verify_flash(const struct arguments *arguments,
                        const struct aspeed_flash *flash,
                        struct verdict *verdict)
{
    uint64_t lowest = 0;
    struct fuses fuses;
    fuses_init(&fuses);
    if (flash->bundle_place.good) {
        caliptra_bundle_fuses(&flash->bundle, &fuses);
    }
    int result =
        arguments_number_from(arguments, "counter", 0, UINT32_MAX, &lowest);
    result = result ? result : inspect_choose_fuses(arguments, &fuses);
    if (result == COMMAND_DONE) {
        aspeed_flash_verify(flash, &fuses, (uint32_t)lowest, verdict);
    }
    return result;
}

int inspect_aspeed_flash(const struct arguments *arguments, const char *path,
                         const struct buffer *file)
{
    struct aspeed_flash *flash = xcalloc(1, sizeof(*flash));
    struct verdict verdict = {0};
    struct error error = {""};
    int result = COMMAND_DONE;
    if (aspeed_flash_read(flash, file->bytes, file->size, &error) != 0) {
        result = command_failure(arguments, "'%s': %s", path, error.text);
    } else if (arguments_flag(arguments, "verify")) {
        result = verify_flash(arguments, flash, &verdict);
    }
    if (result == COMMAND_DONE) {
        print_flash(arguments, path, flash, &verdict);
        result = verdict_holds(&verdict) ? COMMAND_DONE : COMMAND_FAILED;
    }
    verdict_fini(&verdict);
    free(flash);
    return result;
}
