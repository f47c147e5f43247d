/* SPDX-License-Identifier: Apache-2.0 */
/* Flashes made from recipes whose files are in memory. */
#include "trust/flash/make.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/flash/image.h"

#define RECIPE                                                                 \
    "keys: k\nversion: 7\nlowest-version: 3\n"                                 \
    "caliptra: {fmc: program, runtime: program}\nimages:\n"                    \
    "- {name: monitor, file: program, starts: true, load: "

static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    static const uint8_t program[256] = {0x13};
    if (strcmp(name, "program") != 0) {
        return error_set(error, -ENOENT, "no file '%s'", name);
    }
    buffer_append(out, program, sizeof(program));
    return 0;
}

struct steps {
    unsigned count;
};

static void count_step(void *context, const char *step, const char *name)
{
    struct steps *steps = context;
    steps->count++;
}

static int make(const char *text, struct steps *steps, struct flash_made *made,
                struct error *error)
{
    const struct flash_source source = {
        .read = read_named, .report = count_step, .context = steps};
    struct flash_recipe recipe;
    *made = (struct flash_made){0};
    if (!EXPECT_EQ(flash_recipe_read(&recipe, "r", text, strlen(text), error),
                   0)) {
        printf("%s\n", error->text);
        return -EINVAL;
    }
    int code = flash_make(&recipe, test_ring_make("make test", false), &source,
                          made, error);
    flash_recipe_fini(&recipe);
    return code;
}

TEST(a_recipe_makes_a_flash_of_the_banks_that_it_names)
{
    static const struct {
        const char *banks;
        bool filled[FLASH_BANKS];
        unsigned active;
    } rows[] = {
        {"",                                {true, false, false}, 0},
        {"banks: [1]\n",                    {false, true, false}, 1},
        {"banks: [0, 1]\nrecovery: true\n", {true, true, true},   0},
    };
    static struct flash_image image;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct flash_made made;
        struct error error = {""};
        struct steps steps = {0};
        char *text = xasprintf(RECIPE "0x1000}\n%s", rows[i].banks);
        test_case("%s", rows[i].banks);
        EXPECT_EQ(make(text, &steps, &made, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(steps.count, 3);
        REQUIRE(flash_image_read(&image, made.flash.bytes, made.flash.size,
                                 NULL) == 0);
        EXPECT_EQ(image.metadata.active, rows[i].active);
        for (unsigned bank = 0; bank < FLASH_BANKS; bank++) {
            EXPECT_EQ(image.bank_present[bank], rows[i].filled[bank]);
        }
        const struct uefi_guid *one = &image.metadata.images[0].banks[0].image;
        const struct uefi_guid *other =
            &image.metadata.images[0].banks[1].image;
        EXPECT(memcmp(one, other, sizeof(*one)) != 0);
        flash_made_fini(&made);
        free(text);
    }
}

TEST(the_fuse_array_has_the_bundles_fuses_and_the_floor)
{
    OWNED(flash_made_fini) struct flash_made made = {0};
    struct error error = {""};
    struct steps steps = {0};
    REQUIRE(make(RECIPE "0x1000}\n", &steps, &made, &error) == 0);
    const uint8_t *array = made.array.bytes;
    if (array == NULL) {
        EXPECT_EQ(made.array.size, BOOT_MCU_FUSES_SIGNER + 33);
        return;
    }
    REQUIRE(made.array.size > BOOT_MCU_FUSES_SIGNER + 32);
    EXPECT(load_le32(array) != 0);
    EXPECT_EQ(load_le32(array + BOOT_MCU_FUSES_FLOOR), 7);
    for (size_t i = 0; i < 32; i++) {
        EXPECT_EQ(array[BOOT_MCU_FUSES_SIGNER + i], 0);
    }
}

TEST(what_cannot_be_packed_is_refused_by_name)
{
    static const struct {
        const char *text;
        int code;
        const char *error;
    } rows[] = {
        {RECIPE "8}\n",                                          -EINVAL,
         "image 'monitor': 0x100 bytes at 0x8: the boot MCU loads at"                  },
        {RECIPE "0xffffff80}\n",                                 -EINVAL,
         "image 'monitor': 0x100 bytes at 0xffffff80: the boot MCU loads at"           },
        {RECIPE "0x1000, entry: 0x1100}\n",                      -EINVAL,
         "image 'monitor': its entry point 0x1100 lies outside"                        },
        {RECIPE "0x1000}\n- {name: kernel, file: program}\n",    -EINVAL,
         "'program': image 'kernel' is not ELF and needs 'load'"                       },
        {RECIPE "0x1000}\n- {name: kernel, file: k, load: 0}\n", -ENOENT,
         "no file 'k'"                                                                 },
        {RECIPE "0x1000}\nupdate-signer: program\n",             -EINVAL, "'program': "},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(flash_made_fini) struct flash_made made = {0};
        struct error error = {""};
        struct steps steps = {0};
        test_case("%s", rows[i].error);
        EXPECT_EQ(make(rows[i].text, &steps, &made, &error), rows[i].code);
        if (!EXPECT(strstr(error.text, rows[i].error) != NULL)) {
            printf("%s\n", error.text);
        }
    }
}
