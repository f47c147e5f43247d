/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile bundle: read, explained, verified as every generation, signed
 * again. Nothing may step outside it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trust/caliptra/bundle.h"

/* Keys of any kind do: what is tried is the path to them. */
static struct key_ring *ring(void)
{
    static struct key_ring ring;
    static bool made;
    if (!made) {
        struct keys_options options = {.seed = "fuzz", .seed_size = 4};
        made = keys_generate(&ring, &options, NULL) == 0;
    }
    return &ring;
}

static void sign_again(const uint8_t *bytes, size_t size)
{
    struct caliptra_signing signing = {.keys = ring()};
    uint8_t *copy = malloc(size);
    memcpy(copy, bytes, size);
    (void)caliptra_bundle_resign(copy, size, &signing, CALIPTRA_RESIGN_ALL,
                                 NULL);
    free(copy);
}

static void explain(const struct caliptra_bundle *bundle,
                    const struct caliptra_verdict *rom, struct buffer *text)
{
    static const struct caliptra_named named = {true, false};
    struct verdict_range places[CALIPTRA_PLACES_MAX];
    struct verdict verdict = {0};
    struct json json;
    caliptra_bundle_judge(bundle, rom, &named, false, 0, &verdict);
    verdict_name_uncovered(&verdict, bundle->size, places,
                           caliptra_bundle_places(bundle, 0, places));
    caliptra_bundle_print(bundle, text);
    json_init(&json, text);
    json_begin_object(&json, NULL);
    caliptra_bundle_print_json(bundle, &json);
    verdict_print_json(&verdict, &json);
    json_end_object(&json);
    verdict_fini(&verdict);
}

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = {""};
    struct caliptra_bundle bundle;
    struct caliptra_verdict verdict;
    struct fuses fuses;
    caliptra_bundle_verify(bytes, size, CALIPTRA_1_1, NULL, &verdict);
    if (caliptra_bundle_read(&bundle, bytes, size, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    caliptra_bundle_fuses(&bundle, &fuses);
    caliptra_bundle_verify(bytes, size, bundle.generation, &fuses, &verdict);
    struct buffer text = {0};
    explain(&bundle, &verdict, &text);
    buffer_fini(&text);
    fuses.life_cycle = CALIPTRA_LIFECYCLE_UNPROVISIONED;
    caliptra_bundle_verify(bytes, size, bundle.generation, &fuses, &verdict);
    sign_again(bytes, size);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
