/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and packs of images, for tests. */
#ifndef TESTS_MCUBOOT_MADE_H
#define TESTS_MCUBOOT_MADE_H

#include <string.h>

#include "tests/harness.h"
#include "trust/mcuboot/write.h"

/* An RSA key is another each time. */
static inline struct mcuboot_key *made_key(enum mcuboot_key_type type)
{
    bool is_rsa = type == MCUBOOT_RSA_2048 || type == MCUBOOT_RSA_3072;
    struct buffer file = {0};
    struct error error = {""};

    EXPECT_EQ(
        mcuboot_key_generate(type, is_rsa ? NULL : "test", 4, &file, &error),
        0);
    struct mcuboot_key *key =
        mcuboot_key_read(file.bytes, file.size, NULL, &error);
    EXPECT_STR(error.text, "");
    buffer_fini(&file);
    return key;
}

/* Twenty bytes behind a header of 48, version 1.2.3+4. */
static inline struct mcuboot_pack made_pack(const struct mcuboot_key *key)
{
    static const char payload[] = "payload of 20 bytes";
    return (struct mcuboot_pack){
        .payload = payload,
        .payload_size = sizeof(payload),
        .header_size = 48,
        .header_fill = 0xff,
        .version = {1,               2, 3, 4},
        .key = key,
        .aes_bits = 128,
        .slot = {.write_size = 1,
                    .alignment = 8,
                    .sectors_max = 128,
                    .erased = 0xff          },
    };
}

/* The checks of an image; the caller frees them. */
static inline struct verdict made_verdict(const struct buffer *bytes,
                                          const struct mcuboot_wanted *wanted)
{
    struct mcuboot_image image;
    struct verdict verdict = {0};
    struct error error = {""};

    if (mcuboot_read(&image, bytes->bytes, bytes->size, &error) == 0) {
        mcuboot_verify(&image, wanted, &verdict);
    } else {
        verdict_add(&verdict, VERDICT_REFUSED, "read", "%s", error.text);
    }
    return verdict;
}

/* That the image is trusted, or that a check refuses with this in its text. */
static inline void expect_verdict(const struct buffer *bytes,
                                  const struct mcuboot_wanted *wanted,
                                  const char *refused, const char *text)
{
    struct verdict verdict = made_verdict(bytes, wanted);

    EXPECT_EQ(verdict_decide(&verdict),
              refused != NULL ? VERDICT_IS_REFUSED : VERDICT_IS_TRUSTED);
    if (refused != NULL) {
        const struct verdict_check *check = verdict_find(&verdict, refused);
        EXPECT(check != NULL && check->result == VERDICT_REFUSED &&
               text != NULL && strstr(check->text, text) != NULL);
    }
    verdict_fini(&verdict);
}

#endif
