/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile SoC manifest of an AST2700: read, converted and explained. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trust/aspeed/manifest.h"

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = {""};
    struct buffer text = {0};
    struct json json;
    static struct aspeed_soc_manifest manifest;
    static struct caliptra_soc_manifest converted;
    (void)aspeed_manifest_recognise(bytes, size);
    if (aspeed_manifest_read(&manifest, bytes, size, &error) == 0) {
        aspeed_manifest_convert(&manifest, &converted);
        aspeed_manifest_print(&manifest, &text);
        json_init(&json, &text);
        json_begin_object(&json, NULL);
        aspeed_manifest_print_json(&manifest, &json);
        json_end_object(&json);
    } else if (error.text[0] == '\0') {
        abort();
    }
    buffer_fini(&text);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
