/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile capsule: read, explained, its signatures verified. Nothing may step
 * outside it. */

#include "tests/fuzz.h"
#include "trust/capsule/capsule.h"

FUZZ(bytes, size)
{
    struct capsule capsule;
    struct error error = {""};

    if (capsule_read(&capsule, bytes, size, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    struct buffer text = {0};
    capsule_print(&capsule, &text);
    struct verdict verdict = {0};
    capsule_judge(&capsule, NULL, 0, &verdict);
    verdict_print(&verdict, "capsule", &text);
    verdict_fini(&verdict);
    struct json json;
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    capsule_print_json(&capsule, &json);
    json_end_object(&json);
    buffer_fini(&text);
    for (unsigned i = 0; i < capsule.count; i++) {
        if (capsule_verify(&capsule.items[i], FUZZ_CERTIFICATE,
                           sizeof(FUZZ_CERTIFICATE) - 1, NULL) == 0) {
            abort();
        }
    }
    return 0;
}
