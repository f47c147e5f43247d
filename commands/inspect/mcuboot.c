/* SPDX-License-Identifier: Apache-2.0 */
/* MCUboot images, as text and as JSON, and the verdict with the keys given. */
#include "commands/inspect/mcuboot.h"

#include "commands/image_key.h"
#include "commands/inspect/output.h"

int mcuboot_expected_read(const struct arguments *arguments,
                          struct mcuboot_expected *expected)
{
    struct pass_phrases phrases;
    uint64_t counter = 0;

    *expected = (struct mcuboot_expected){0};
    pass_phrases_init(&phrases, arguments);
    int result =
        arguments_number_from(arguments, "counter", 0, UINT32_MAX, &counter);
    result = result
                 ? result
                 : image_key_read(&phrases, arguments_value(arguments, "key"),
                                  &expected->key);
    result =
        result ? result
               : image_key_read(&phrases, arguments_value(arguments, "decrypt"),
                                &expected->decrypt);
    result = result ? result : pass_phrases_end(&phrases);
    expected->wanted = (struct mcuboot_wanted){
        .key = expected->key,
        .decrypt = expected->decrypt,
        .has_counter = arguments_value(arguments, "counter") != NULL,
        .counter = (uint32_t)counter,
    };
    return result;
}

void mcuboot_expected_fini(struct mcuboot_expected *expected)
{
    mcuboot_key_destroy(expected->key);
    mcuboot_key_destroy(expected->decrypt);
}

int inspect_mcuboot(const struct arguments *arguments, const char *path,
                    const struct buffer *file)
{
    struct mcuboot_image image;
    struct mcuboot_expected expected;
    struct inspect_output output;
    struct verdict verdict = {0};
    struct error error = {""};

    if (mcuboot_read(&image, file->bytes, file->size, &error) != 0) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    int result = mcuboot_expected_read(arguments, &expected);
    if (result == COMMAND_DONE) {
        if (arguments_flag(arguments, "verify")) {
            mcuboot_verify(&image, &expected.wanted, &verdict);
        }
        if (inspect_begin(&output, arguments)) {
            mcuboot_print_json(&image, &output.json);
        } else {
            mcuboot_print(&image, &output.text);
        }
        result = inspect_end(&output, path, &verdict);
    }
    verdict_fini(&verdict);
    mcuboot_expected_fini(&expected);
    return result;
}
