/* SPDX-License-Identifier: Apache-2.0 */
/* Flashes of an AST2700 from recipes whose files are in memory: packed, read
 * back, verified, spoilt. */
#include "trust/aspeed/make.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/aspeed/flash.h"

#define CHAIN                                                                  \
    "keys: k\nversion: 7\nsecurity-version: 3\n"                               \
    "caliptra: {fmc: riscv, runtime: riscv}\n"
#define HEAD   CHAIN "svn: 2\n"
#define FIT    "keys: k\nsvn: 2\nlayout: fit\n"
#define IMAGES "images: {mcu: mcu, bl31: bl31, u-boot: boot, ssp: ssp, tsp: tsp"

/* A file has as many bytes of its first letter as its name says. */
static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    static const struct {
        const char *name;
        size_t size;
    } files[] = {
        {"riscv", 256    },
        {"mcu",   1001   },
        {"bl31",  517    },
        {"boot",  2048   },
        {"ssp",   64     },
        {"tsp",   64     },
        {"empty", 0      },
        {"large", 0x80001},
        {"dtb",   96     },
        {"ddr",   333    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        if (strcmp(name, files[i].name) == 0) {
            memset(buffer_grow(out, files[i].size), name[0], files[i].size);
            return 0;
        }
    }
    return error_set(error, -ENOENT, "no file '%s'", name);
}

static int make(const char *text, struct flash_made *made, struct error *error)
{
    const struct flash_source source = {.read = read_named};
    struct aspeed_recipe recipe;
    *made = (struct flash_made){0};
    int code = aspeed_recipe_read(&recipe, "r", text, strlen(text), error);
    if (code == 0) {
        code = aspeed_make(&recipe, test_ring_make("aspeed make test", false),
                           &source, made, error);
        aspeed_recipe_fini(&recipe);
    }
    return code;
}

/* On a part whose owner named both key hashes, which are those of the bundle.
 */
static void verify(const struct aspeed_flash *flash, uint32_t lowest,
                   struct verdict *verdict)
{
    static const struct caliptra_named named = {true, true};
    struct fuses fuses;
    fuses_init(&fuses);
    if (flash->bundle_place.good) {
        caliptra_bundle_fuses(&flash->bundle, &fuses);
    }
    aspeed_flash_verify(flash, &fuses, &named, lowest, verdict);
}

static void print(const struct aspeed_flash *flash, struct buffer *out)
{
    struct json json;
    OWNED(verdict_fini) struct verdict verdict = {0};
    aspeed_flash_print(flash, out);
    json_init(&json, out);
    json_begin_object(&json, NULL);
    aspeed_flash_print_json(flash, &json);
    json_end_object(&json);
    buffer_print(out, "\n");
    verify(flash, 0, &verdict);
    verdict_print(&verdict, "flash", out);
}

TEST(a_recipe_makes_the_flash_of_each_layout)
{
    static const char *const rows[] = {
        HEAD "layout: a1\n" IMAGES ", ddr4-imem: ddr}\n",
        CHAIN "layout: a2\n" IMAGES ", optee: boot}\n",
        FIT IMAGES ", device-tree: dtb}\n",
        CHAIN "layout: banks\nbanks: [1]\n" IMAGES "}\n",
    };
    static struct aspeed_flash flash;
    OWNED(buffer_fini) struct buffer text = {0};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(flash_made_fini) struct flash_made made = {0};
        struct error error = {""};
        test_case("%zu", i);
        EXPECT_EQ(make(rows[i], &made, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT(aspeed_flash_recognise(made.flash.bytes, made.flash.size));
        EXPECT_EQ(aspeed_flash_read(&flash, made.flash.bytes, made.flash.size,
                                    &error),
                  0);
        print(&flash, &text);
    }
    EXPECT_APPROVED(buffer_text(&text), "aspeed_flash.txt");
}

TEST(the_same_recipe_gives_the_same_bytes)
{
    struct flash_made one;
    OWNED(flash_made_fini) struct flash_made other = {0};
    EXPECT_EQ(make(HEAD IMAGES "}\n", &one, NULL), 0);
    EXPECT_EQ(make(HEAD IMAGES "}\n", &other, NULL), 0);
    REQUIRE(one.flash.size == other.flash.size);
    EXPECT_BYTES(one.flash.bytes, other.flash.bytes, one.flash.size);
    EXPECT_BYTES(one.array.bytes, other.array.bytes, one.array.size);
    flash_made_fini(&one);
}

/* True if a flash with one byte changed is refused. */
static bool is_refused(struct flash_made *made, size_t place)
{
    static struct aspeed_flash flash;
    struct verdict verdict = {0};
    struct error error = {""};
    if (made->flash.bytes == NULL || place >= made->flash.size) {
        EXPECT(false);
        return false;
    }
    made->flash.bytes[place] ^= 0x40;
    bool refused = aspeed_flash_read(&flash, made->flash.bytes,
                                     made->flash.size, &error) != 0;
    if (!refused) {
        verify(&flash, 0, &verdict);
        refused = verdict_decide(&verdict) == VERDICT_IS_REFUSED;
    }
    verdict_fini(&verdict);
    made->flash.bytes[place] ^= 0x40;
    return refused;
}

FIXTURE(struct flash_made, made, flash_made_fini)

TEST_BEGINS(a_change_in_a_part_that_counts_is_refused, made)
{
    enum { IMAGE = ASPEED_FLASH_IMAGE_A1, STEP = 397 };
    REQUIRE(make(HEAD IMAGES "}\n", made, NULL) == 0);
    EXPECT(!is_refused(made, ASPEED_FLASH_IMAGE_A1 - 1)); /* erased */
    EXPECT(is_refused(made, offsetof(struct aspeed_fmc_v2, body.svn)));
    EXPECT(is_refused(made, offsetof(struct aspeed_fmc_v2, body.digest)));
    EXPECT(is_refused(made, offsetof(struct aspeed_fmc_v2, ecc_signature)));
    EXPECT(is_refused(made, sizeof(struct aspeed_fmc_v2)));
    for (size_t place = IMAGE; place < made->flash.size; place += STEP) {
        test_case("offset 0x%zx", place);
        EXPECT(is_refused(made, place));
    }
}

/* Each byte, in turn with another bit, is refused or named as not covered. The
 * inner bytes of large images are sampled. */
TEST_BEGINS(each_byte_is_covered_or_named, made)
{
    static struct aspeed_flash flash;
    OWNED(verdict_fini) struct verdict verdict = {0};
    size_t tried = 0;
    REQUIRE(make(HEAD IMAGES "}\n", made, NULL) == 0);
    REQUIRE(aspeed_flash_read(&flash, made->flash.bytes, made->flash.size,
                              NULL) == 0);
    verify(&flash, 0, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
    for (size_t at = 0; at < made->flash.size; at += at % 5 ? 7 : 3) {
        if (!verdict_names_byte(&verdict, at)) {
            test_case("offset 0x%zx", at);
            EXPECT(is_refused(made, at));
            tried++;
        }
    }
    EXPECT(tried > 1000);
    EXPECT(verdict_names_byte(&verdict, ASPEED_FLASH_IMAGE_A1 - 1));
}

TEST_BEGINS(a_lower_security_version_is_refused, made)
{
    static struct aspeed_flash flash;
    struct verdict verdict = {0};
    REQUIRE(make(HEAD IMAGES "}\n", made, NULL) == 0);
    REQUIRE(aspeed_flash_read(&flash, made->flash.bytes, made->flash.size,
                              NULL) == 0);
    verify(&flash, 3, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
    verdict_fini(&verdict);
    verify(&flash, 4, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_REFUSED);
    const struct verdict_check *check =
        verdict_find(&verdict, "security version");
    REQUIRE(check != NULL);
    EXPECT_STR(check->text, "3, the lowest is 4");
    verdict_fini(&verdict);
}

TEST_BEGINS(a_manifest_without_the_runtime_of_the_boot_mcu_is_refused, made)
{
    static struct aspeed_flash flash;
    OWNED(verdict_fini) struct verdict verdict = {0};
    REQUIRE(make(HEAD IMAGES "}\n", made, NULL) == 0);
    REQUIRE(aspeed_flash_read(&flash, made->flash.bytes, made->flash.size,
                              NULL) == 0);
    REQUIRE(flash.manifest.images.images[0].firmware_id == ASPEED_FIRMWARE_MCU);
    flash.manifest.images.images[0].firmware_id = ASPEED_FIRMWARE_BL31;
    verify(&flash, 0, &verdict);
    const struct verdict_check *check =
        verdict_find(&verdict, "boot MCU's runtime");
    REQUIRE(check != NULL);
    EXPECT_STR(check->text, "the manifest does not name it");
}

TEST(what_cannot_be_packed_is_refused_by_name)
{
    static const struct {
        const char *text;
        int code;
        const char *error;
    } rows[] = {
        {"keys: k\n",                                                      -EINVAL, "r:1: 'caliptra' is missing"                     },
        {HEAD "layout: a3\n",                                              -EINVAL,
         "r:6: expected a1, a2, fit or banks, not 'a3'"                                                                              },
        {HEAD "images: {bl31: bl31}\n",                                    -EINVAL, "'images' has no 'mcu'"                          },
        {HEAD "images: {mcu: mcu}\n",                                      -EINVAL, "'images' has no 'bl31'"                         },
        {HEAD "images: {mcu: mcu, bl32: bl31}\n",                          -EINVAL,
         "r:6: unknown key 'bl32'"                                                                                                   },
        {HEAD "images: {mcu: mcu, bl31: none}\n",                          -ENOENT, "no file 'none'"                                 },
        {HEAD "images: {mcu: mcu, bl31: empty}\n",                         -EINVAL,
         "'empty': is empty"                                                                                                         },
        {HEAD "images: {mcu: mcu, bl31: large}\n",                         -EFBIG,
         "'large': BL31 has 0x80001 bytes, its place has 0x80000"                                                                    },
        {HEAD IMAGES ", device-tree: dtb}\n",                              -EINVAL,
         "'dtb': layout fit alone has a device tree"                                                                                 },
        {FIT "images: {mcu: mcu, bl31: bl31}\n",                           -EINVAL,
         "'images' has no 'u-boot', which layout fit starts"                                                                         },
        {FIT "security-version: 2\n" IMAGES "}\n",                         -EINVAL,
         "r:4: a key without effect in this layout: 'security-version'"                                                              },
        {HEAD "banks: [0]\n" IMAGES "}\n",                                 -EINVAL,
         "r:6: a key without effect in this layout: 'banks'"                                                                         },
        {CHAIN "layout: a2\nsvn: 1\n" IMAGES "}\n",                        -EINVAL,
         "r:6: a key without effect in this layout: 'svn'"                                                                           },
        {"keys: k\nsecurity-version: 513\nlowest-version: 513\n"
         "caliptra: {fmc: riscv, runtime: riscv}\n" IMAGES "}\n",
         -ERANGE,                                                                   "'lowest-version' is 513, the fuses count to 512"},
        {HEAD "svn: 65\n",                                                 -EINVAL, "r:6: a second 'svn'"                            },
        {CHAIN "svn: 65\n",                                                -EINVAL,
         "r:5: expected a number from 0 to 64, not '65'"                                                                             },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(flash_made_fini) struct flash_made made = {0};
        struct error error = {""};
        test_case("%s", rows[i].error);
        EXPECT_EQ(make(rows[i].text, &made, &error), rows[i].code);
        if (!EXPECT(strstr(error.text, rows[i].error) != NULL)) {
            printf("%s\n", error.text);
        }
    }
}
