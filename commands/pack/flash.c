/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack flash`: a recipe to a signed boot flash. */
#include <stdlib.h>

#include "commands/pack/recipe.h"
#include "commands/pass_phrase.h"
#include "trust/flash/image.h"

static const struct option options[] = {
    {'o', "out",        "FILE", "Results", NULL, "write the flash to FILE"},
    {0,   "payload",    "FILE", "Results", NULL,
     "write the set of images to FILE, as a capsule carries it"           },
    {0,   "fuses",      "FILE", "Results", NULL,
     "write the fuses that a part needs for this flash to FILE"           },
    {0,   "fuse-array", "FILE", "Results", NULL,
     "write the SoC's fuse array for this flash, an image of the memory "
     "soc_fuses"                                                          },
    PASS_PHRASE_OPTION("Signing", NULL),
    {'q', "quiet",      NULL,   "Results", NULL, "no map, no progress"    },
};

static int read(void *recipe, const char *name, const void *text, size_t size,
                struct error *error)
{
    return flash_recipe_read(recipe, name, text, size, error);
}

static void fini(void *recipe)
{
    flash_recipe_fini(recipe);
}

static void claim(struct packing *packing)
{
    const struct flash_recipe *recipe = packing->recipe;
    for (unsigned i = 0; i < recipe->image_count; i++) {
        packing_claim(packing, recipe->images[i].file);
    }
}

static int make(const void *recipe, struct key_ring *keys,
                const struct flash_source *source, struct flash_made *made,
                struct error *error)
{
    return flash_make(recipe, keys, source, made, error);
}

static int print_map(const struct buffer *flash, struct buffer *out,
                     struct error *error)
{
    struct flash_image *image = xcalloc(1, sizeof(*image));
    int status = flash_image_read(image, flash->bytes, flash->size, error);
    flash_image_print(image, out);
    free(image);
    return status;
}

static int run(struct arguments *arguments)
{
    static const struct packer packer = {
        .recipe_size = sizeof(struct flash_recipe),
        .read = read,
        .fini = fini,
        .claim = claim,
        .make = make,
        .print = print_map,
    };
    return pack_recipe(arguments, &packer);
}

const struct command command_pack_flash = {
    .name = "pack flash",
    .purpose = "pack and sign the boot flash of board trust",
    .operands = "RECIPE",
    .description =
        "Makes a boot flash from a recipe: a Caliptra firmware bundle, an SoC "
        "manifest that vendor and owner sign, the images whose digests are in "
        "the manifest, and the update metadata that selects the active one of "
        "two banks. The same recipe and files give the same bytes.\n\n"
        "cairn-recipe(5) describes the recipe. The file ends behind the last "
        "byte that is not erased flash.",
    OPTIONS(options),
    .run = run,
};
