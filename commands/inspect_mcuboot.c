/* SPDX-License-Identifier: Apache-2.0 */
/* MCUboot images, as text and as JSON, and the verdict with the keys given. */
#include "commands/inspect_mcuboot.h"

#include "commands/image_key.h"
#include "commands/inspect_output.h"
#include "trust/mcuboot/image.h"

/* The caller destroys both keys, whatever this returns. */
static int read_mcuboot_wanted(const struct arguments *arguments,
                               struct mcuboot_wanted *wanted,
                               struct mcuboot_key **key,
                               struct mcuboot_key **decrypt)
{
    struct pass_phrases phrases;
    uint64_t counter = 0;
    int result =
        arguments_number_from(arguments, "counter", 0, UINT32_MAX, &counter);

    *key = NULL;
    *decrypt = NULL;
    pass_phrases_init(&phrases, arguments);
    result = result ? result
                    : image_key_read(&phrases,
                                     arguments_value(arguments, "key"), key);
    result =
        result ? result
               : image_key_read(&phrases, arguments_value(arguments, "decrypt"),
                                decrypt);
    result = result ? result : pass_phrases_end(&phrases);
    *wanted = (struct mcuboot_wanted){
        .key = *key,
        .decrypt = *decrypt,
        .has_counter = arguments_value(arguments, "counter") != NULL,
        .counter = (uint32_t)counter,
    };
    return result;
}

int inspect_mcuboot(const struct arguments *arguments, const char *path,
                    const struct buffer *file)
{
    struct mcuboot_image image;
    struct mcuboot_wanted wanted;
    struct mcuboot_key *key;
    struct mcuboot_key *decrypt;
    struct inspect_output output;
    struct verdict verdict = {0};
    struct error error = {""};

    if (mcuboot_read(&image, file->bytes, file->size, &error) != 0) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    int result = read_mcuboot_wanted(arguments, &wanted, &key, &decrypt);
    if (result == COMMAND_DONE) {
        if (arguments_flag(arguments, "verify")) {
            mcuboot_verify(&image, &wanted, &verdict);
        }
        if (inspect_begin(&output, arguments)) {
            mcuboot_print_json(&image, &output.json);
        } else {
            mcuboot_print(&image, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    mcuboot_key_destroy(key);
    mcuboot_key_destroy(decrypt);
    return result;
}
