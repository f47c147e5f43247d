/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile FIT: found, read and explained. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trust/aspeed/fit.h"

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = {""};
    struct buffer text = {0};
    struct json json;
    struct fit fit;
    (void)fit_find(bytes, size);
    if (fit_read(&fit, bytes, size, &error) == 0) {
        fit_print(&fit, &text);
        json_init(&json, &text);
        json_begin_object(&json, NULL);
        fit_print_json(&fit, &json);
        json_end_object(&json);
        (void)fit_image_find(&fit, "uboot");
    } else if (error.text[0] == '\0') {
        abort();
    }
    buffer_fini(&text);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
