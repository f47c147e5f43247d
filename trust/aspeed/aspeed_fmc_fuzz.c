/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile header of first mutable code: read, verified and explained. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trust/aspeed/fmc.h"

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = {""};
    struct buffer text = {0};
    struct json json;
    struct fmc fmc;
    struct verdict verdict = {0};
    struct caliptra_owner_keys keys = {0};
    if (fmc_read(&fmc, bytes, size, &error) == 0) {
        fmc_verify(&fmc, NULL, &verdict);
        fmc_verify(&fmc, &keys, &verdict);
        fmc_print(&fmc, &text);
        json_init(&json, &text);
        json_begin_object(&json, NULL);
        fmc_print_json(&fmc, &json);
        json_end_object(&json);
    } else if (error.text[0] == '\0') {
        abort();
    }
    verdict_fini(&verdict);
    buffer_fini(&text);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
