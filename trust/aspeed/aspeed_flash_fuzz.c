/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile boot flash of an AST2700: read, verified and explained. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trust/aspeed/flash.h"

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = {""};
    struct verdict verdict = {0};
    struct buffer text = {0};
    struct json json;
    struct aspeed_flash *flash = malloc(sizeof(*flash));
    (void)aspeed_flash_recognise(bytes, size);
    if (aspeed_flash_read(flash, bytes, size, &error) == 0) {
        aspeed_flash_verify(flash, NULL, 0, &verdict);
        aspeed_flash_print(flash, &text);
        json_init(&json, &text);
        json_begin_object(&json, NULL);
        aspeed_flash_print_json(flash, &json);
        json_end_object(&json);
    } else if (error.text[0] == '\0') {
        abort();
    }
    verdict_fini(&verdict);
    buffer_fini(&text);
    free(flash);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
