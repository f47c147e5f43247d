/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack ast2700`: a recipe to a signed boot flash of an AST2700. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "commands/pack/recipe.h"
#include "commands/pass_phrase.h"
#include "trust/aspeed/firmware.h"
#include "trust/aspeed/flash.h"
#include "trust/aspeed/make.h"

static const struct option options[] = {
    {0,   "image",      "NAME=FILE...", "Images",  NULL,
     "take FILE for the image NAME, for instance u-boot, whatever the recipe "
     "has for it"                                                                  },
    {'o', "out",        "FILE",         "Results", NULL, "write the flash to FILE" },
    {0,   "payload",    "FILE",         "Results", NULL,
     "write the set of images to FILE, as a capsule carries it (layout banks)"     },
    {0,   "fuses",      "FILE",         "Results", NULL,
     "write the fuses that a part needs for this flash to FILE"                    },
    {0,   "fuse-array", "FILE",         "Results", NULL,
     "write the OTP stand-in for this flash, an image of the memory soc_fuses"     },
    PASS_PHRASE_OPTION("Signing", NULL),
    {'q', "quiet",      NULL,           "Results", NULL, "no contents, no progress"},
};

static int read(void *recipe, const char *name, const void *text, size_t size,
                struct error *error)
{
    return aspeed_recipe_read(recipe, name, text, size, error);
}

static void fini(void *recipe)
{
    aspeed_recipe_fini(recipe);
}

/* A field of the recipe that names a file, or NULL. */
static char **file_of(struct aspeed_recipe *recipe, const char *name)
{
    uint32_t firmware = aspeed_firmware_find(name);
    if (strcmp(name, "device-tree") == 0) {
        return &recipe->device_tree;
    }
    return firmware != 0 ? &recipe->files[firmware] : NULL;
}

/* True if an --image before that one has its name. */
static bool is_named_before(const struct arguments *arguments, size_t index)
{
    const char *text = arguments_nth(arguments, "image", index);
    size_t length = strcspn(text, "=");
    bool found = false;
    for (size_t i = 0; i < index; i++) {
        const char *other = arguments_nth(arguments, "image", i);
        found = found || (strcspn(other, "=") == length &&
                          strncmp(text, other, length) == 0);
    }
    return found;
}

/* Paths of the command line are relative to where it was typed. */
static int override_images(struct packing *packing)
{
    struct arguments *arguments = packing->arguments;
    int result = COMMAND_DONE;
    for (size_t i = 0;
         result == COMMAND_DONE && i < arguments_count(arguments, "image");
         i++) {
        const char *text = arguments_nth(arguments, "image", i);
        size_t length = strcspn(text, "=");
        char *name = xasprintf("%.*s", (int)length, text);
        char **file = file_of(packing->recipe, name);
        if (file == NULL || text[length] == '\0') {
            result = command_misuse(arguments,
                                    "option '--image': '%s' is not NAME=FILE "
                                    "with an image of the recipe",
                                    text);
        } else if (is_named_before(arguments, i)) {
            result = command_misuse(
                arguments, "option '--image': '%s' was given twice", name);
        } else {
            char *path = realpath(text + length + 1, NULL);
            free(*file);
            *file = path;
            if (path == NULL) {
                result = command_failure(arguments, "file '%s': %s",
                                         text + length + 1, strerror(errno));
            }
        }
        free(name);
    }
    return result;
}

/* Layouts leave some results out. */
static int check_results(const struct packing *packing)
{
    static const struct {
        const char *option;
        bool banks; /* layout banks alone has it, else all but the FIT have */
    } rows[] = {
        {"payload",    true },
        {"fuses",      false},
        {"fuse-array", false}
    };
    const struct aspeed_recipe *recipe = packing->recipe;
    enum aspeed_layout layout = recipe->layout;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool there = rows[i].banks ? layout == ASPEED_LAYOUT_BANKS
                                   : layout != ASPEED_LAYOUT_FIT;
        if (!there && arguments_value(packing->arguments, rows[i].option)) {
            return command_misuse(packing->arguments,
                                  "option '--%s': the layout of the recipe has "
                                  "no such result",
                                  rows[i].option);
        }
    }
    return COMMAND_DONE;
}

static int adjust(struct packing *packing)
{
    int result = override_images(packing);
    return result != COMMAND_DONE ? result : check_results(packing);
}

static void claim(struct packing *packing)
{
    const struct aspeed_recipe *recipe = packing->recipe;
    packing_claim(packing, recipe->device_tree);
    for (unsigned i = 0; i < ASPEED_FIRMWARE_COUNT; i++) {
        packing_claim(packing, recipe->files[i]);
    }
}

static int make(const void *recipe, struct key_ring *keys,
                const struct flash_source *source, struct flash_made *made,
                struct error *error)
{
    return aspeed_make(recipe, keys, source, made, error);
}

static int print_contents(const struct buffer *bytes, struct buffer *out,
                          struct error *error)
{
    struct aspeed_flash *flash = xcalloc(1, sizeof(*flash));
    int status = aspeed_flash_read(flash, bytes->bytes, bytes->size, error);
    aspeed_flash_print(flash, out);
    free(flash);
    return status;
}

static int run(struct arguments *arguments)
{
    static const struct packer packer = {
        .recipe_size = sizeof(struct aspeed_recipe),
        .common = offsetof(struct aspeed_recipe, common),
        .read = read,
        .fini = fini,
        .adjust = adjust,
        .claim = claim,
        .make = make,
        .print = print_contents,
    };
    return pack_recipe(arguments, &packer);
}

const struct command command_pack_ast2700 = {
    .name = "pack ast2700",
    .purpose = "pack and sign the boot flash of an ASPEED AST2700",
    .operands = "RECIPE",
    .description =
        "Makes a boot flash from a recipe, in the formats that ASPEED ships: "
        "the header of the boot MCU's first mutable code, and a Caliptra flash "
        "image with the firmware bundle, the SoC manifest, and the images that "
        "the manifest names; or a FIT of the older way. The same recipe and "
        "files give the same bytes.\n\n"
        "cairn-recipe(5) describes the recipe. The file ends behind the last "
        "byte that is not erased flash.",
    OPTIONS(options),
    .run = run,
};
