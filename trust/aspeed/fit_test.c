/* SPDX-License-Identifier: Apache-2.0 */
/* A FIT, written and read. */
#include "trust/aspeed/fit.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const uint8_t code[] = {1, 2, 3, 4, 5};

static void write_two(struct buffer *out)
{
    const struct fit fit = {
        .count = 2,
        .images =
            {
                     {.name = "uboot",
                 .type = "firmware",
                 .arch = "arm64",
                 .has_load = true,
                 .load = 0x80000000,
                 .bytes = code,
                 .size = sizeof(code)},
                     {.name = "fdt",
                 .type = "flat_dt",
                 .arch = "arm64",
                 .bytes = code,
                 .size = 2},
                     },
    };
    struct error error = {""};
    EXPECT_EQ(fit_write(&fit, out, &error), 0);
    EXPECT_STR(error.text, "");
}

TEST(what_is_written_is_read)
{
    OWNED(buffer_fini) struct buffer out = {0};
    struct error error = {""};
    struct fit fit;
    write_two(&out);
    size_t size = out.size;
    buffer_append_zeros(&out, 100);
    EXPECT_EQ(fit_read(&fit, out.bytes, out.size, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(fit.size, size);
    const struct fit_image *boot = fit_image_find(&fit, "uboot");
    const struct fit_image *tree = fit_image_find(&fit, "fdt");
    if (boot == NULL || tree == NULL) {
        EXPECT(false);
        return;
    }
    EXPECT(boot->has_load && boot->load == 0x80000000);
    EXPECT_EQ(boot->size, sizeof(code));
    EXPECT_BYTES(boot->bytes, code, sizeof(code));
    EXPECT(!tree->has_load);
    EXPECT(fit_image_find(&fit, "atf") == NULL);
}

TEST(it_is_found_at_the_steps_of_boot_code_only)
{
    OWNED(buffer_fini) struct buffer fit = {0};
    write_two(&fit);
    for (unsigned i = 0; i < 2; i++) {
        OWNED(buffer_fini) struct buffer flash = {0};
        size_t place = i == 0 ? 0x20000 : 0x21000;
        memset(buffer_grow(&flash, place), 0xff, place);
        buffer_append(&flash, fit.bytes, fit.size);
        EXPECT_EQ(fit_find(flash.bytes, flash.size),
                  i == 0 ? place : flash.size);
    }
}

TEST(no_cut_and_no_flipped_byte_leads_outside)
{
    OWNED(buffer_fini) struct buffer out = {0};
    struct fit fit;
    write_two(&out);
    for (size_t size = 0; size < out.size; size++) {
        struct error error = {""};
        EXPECT_EQ(fit_read(&fit, out.bytes, size, &error), -EINVAL);
        EXPECT(error.text[0] != '\0');
    }
    for (size_t i = 0; i < out.size; i++) {
        out.bytes[i] ^= 0x80;
        if (fit_read(&fit, out.bytes, out.size, NULL) == 0) {
            EXPECT(fit.images[0].bytes >= out.bytes &&
                   fit.images[0].bytes + fit.images[0].size <=
                       out.bytes + out.size);
        }
        out.bytes[i] ^= 0x80;
    }
}

/* libfdt would read a name at address 0. */
TEST(a_tree_of_an_old_version_is_refused)
{
    for (uint8_t version = 1; version < 16; version++) {
        OWNED(buffer_fini) struct buffer out = {0};
        struct error error = {""};
        struct fit fit;
        test_case("version %u", version);
        write_two(&out);
        store_be32(out.bytes + 20, version);
        store_be32(out.bytes + 24, 0); /* the last compatible one */
        EXPECT_EQ(fit_read(&fit, out.bytes, out.size, &error), -EINVAL);
        EXPECT_STR(error.text,
                   "offset 0x0: no flattened tree: FDT_ERR_BADVERSION");
    }
}
