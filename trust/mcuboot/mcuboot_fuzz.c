/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile image: read, explained, verified and decrypted. Nothing may step
 * outside of it. */

#include "tests/fuzz.h"
#include "trust/mcuboot/image.h"

/* Derived, so that the corpus has images that are signed by them and encrypted
 * for them. */
static struct mcuboot_key *key(enum mcuboot_key_type type)
{
    struct buffer file = {0};

    if (mcuboot_key_generate(type, "fuzz", 4, &file, NULL) != 0) {
        abort();
    }
    struct mcuboot_key *made =
        mcuboot_key_read(file.bytes, file.size, NULL, NULL);
    buffer_fini(&file);
    return made;
}

static void expect_inside(const struct mcuboot_image *image)
{
    if (image->hashed_size > image->end || image->end > image->size) {
        abort();
    }
    for (unsigned i = 0; i < image->count; i++) {
        const struct mcuboot_field *field = &image->fields[i];
        if (field->bytes < image->bytes ||
            field->bytes + field->size > image->bytes + image->end) {
            abort();
        }
    }
}

static void explain(const struct mcuboot_image *image)
{
    struct buffer text = {0};
    struct json json;

    mcuboot_print(image, &text);
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    mcuboot_print_json(image, &json);
    json_end_object(&json);
    buffer_fini(&text);
}

FUZZ(bytes, size)
{
    static const enum mcuboot_key_type types[] = {
        MCUBOOT_ED25519, MCUBOOT_ECDSA_P256, MCUBOOT_ECDSA_P384};
    static const enum mcuboot_key_type decrypts[] = {
        MCUBOOT_X25519, MCUBOOT_ECDSA_P256, MCUBOOT_AES_128};
    static struct mcuboot_key *keys[2][3];
    struct mcuboot_image image;
    struct error error = {""};

    for (unsigned i = 0; i < 3 && keys[1][2] == NULL; i++) {
        keys[0][i] = key(types[i]);
        keys[1][i] = key(decrypts[i]);
    }
    if (mcuboot_read(&image, bytes, size, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    expect_inside(&image);
    explain(&image);
    (void)mcuboot_hash_state(&image);
    for (unsigned i = 0; i < 3; i++) {
        struct verdict verdict = {0};
        struct mcuboot_wanted wanted = {.key = keys[0][i],
                                        .decrypt = keys[1][i],
                                        .has_counter = true,
                                        .counter = 3};
        mcuboot_verify(&image, &wanted, &verdict);
        verdict_fini(&verdict);
    }
    return 0;
}
