/* SPDX-License-Identifier: Apache-2.0 */
/* Flashes of an AST2700, as text and as JSON. */
#include "commands/inspect/aspeed.h"

#include <stdlib.h>

#include "commands/inspect/output.h"

/* The fuses that the bundle needs, unless options say otherwise. */
static int verify_flash(const struct arguments *arguments,
                        const struct aspeed_flash *flash,
                        struct verdict *verdict)
{
    uint64_t lowest = 0;
    struct caliptra_named named;
    struct fuses fuses;
    fuses_init(&fuses);
    if (flash->bundle_place.good) {
        caliptra_bundle_fuses(&flash->bundle, &fuses);
    }
    int result =
        arguments_number_from(arguments, "counter", 0, UINT32_MAX, &lowest);
    result = result ? result : inspect_choose_fuses(arguments, &fuses, &named);
    if (result == COMMAND_DONE) {
        aspeed_flash_verify(flash, &fuses, &named, (uint32_t)lowest, verdict);
    }
    return result;
}

int inspect_aspeed_flash(const struct arguments *arguments, const char *path,
                         const struct buffer *file)
{
    struct aspeed_flash *flash = xcalloc(1, sizeof(*flash));
    struct inspect_output output;
    struct verdict verdict = {0};
    struct error error = {""};
    int result = COMMAND_DONE;
    if (aspeed_flash_read(flash, file->bytes, file->size, &error) != 0) {
        result = command_failure(arguments, "'%s': %s", path, error.text);
    } else if (arguments_flag(arguments, "verify")) {
        result = verify_flash(arguments, flash, &verdict);
    }
    if (result == COMMAND_DONE) {
        if (inspect_begin(&output, arguments)) {
            aspeed_flash_print_json(flash, &output.json);
        } else {
            aspeed_flash_print(flash, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    free(flash);
    return result;
}
