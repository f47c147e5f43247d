/* SPDX-License-Identifier: Apache-2.0 */
/* YAML to a recipe: a table of keys for each of its mappings. */
#include "trust/flash/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "abi/gate.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "trust/flash/yaml.h"

static const struct {
    const char *name;
    uint32_t id;
} known_images[] = {
    {"monitor",     FLASH_IMAGE_MONITOR    },
    {"kernel",      FLASH_IMAGE_KERNEL     },
    {"device-tree", FLASH_IMAGE_DEVICE_TREE},
    {"initrd",      FLASH_IMAGE_INITRD     },
};

static int finish_image(const struct yaml_reader *reader,
                        const yaml_node_t *node,
                        struct flash_recipe_image *image)
{
    if (image->name == NULL || image->file == NULL) {
        return yaml_fail(reader, node, "an image needs 'name' and 'file'",
                         NULL);
    }
    if (strlen(image->name) >= sizeof(((struct boot_image *)0)->name)) {
        return yaml_fail(reader, node,
                         "the name has more than 23 bytes:", image->name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(known_images) && image->id == 0; i++) {
        if (strcmp(image->name, known_images[i].name) == 0) {
            image->id = known_images[i].id;
        }
    }
    if (!gate_has_wire(image->id)) {
        return yaml_fail(
            reader, node,
            "needs 'id' of 0x1000 to 0x101f, as the name is not monitor, "
            "kernel, device-tree or initrd:",
            image->name);
    }
    return 0;
}

static int read_image(struct yaml_reader *reader, yaml_node_t *node,
                      struct flash_recipe *recipe)
{
    static const struct yaml_key keys[] = {
        YAML_KEY(flash_recipe_image, "name", YAML_TEXT, name),
        YAML_KEY(flash_recipe_image, "file", YAML_TEXT, file),
        YAML_KEY(flash_recipe_image, "id", YAML_NUMBER32, id),
        {"load",  YAML_NUMBER64, offsetof(struct flash_recipe_image, load),
                                                       offsetof(struct flash_recipe_image, has_load),  NULL},
        {"entry", YAML_NUMBER64, offsetof(struct flash_recipe_image, entry),
                                                       offsetof(struct flash_recipe_image, has_entry), NULL},
        YAML_KEY(flash_recipe_image, "secure", YAML_BOOLEAN, secure),
        YAML_KEY(flash_recipe_image, "starts", YAML_BOOLEAN, starts),
        YAML_KEY(flash_recipe_image, "any-contents", YAML_BOOLEAN,
                 any_contents),
    };
    /* two places are the bundle's and the manifest's */
    if (recipe->image_count == FLASH_IMAGES_MAX - 2) {
        return yaml_fail(reader, node, "more images than a bank has room for",
                         NULL);
    }
    struct flash_recipe_image *image = &recipe->images[recipe->image_count++];
    int status = yaml_mapping(reader, node, keys, ARRAY_SIZE(keys), image);
    return status != 0 ? status : finish_image(reader, node, image);
}

static int read_images(struct yaml_reader *reader, yaml_node_t *node,
                       void *object)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        return yaml_fail(reader, node, "expected a list of images", NULL);
    }
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        int status = read_image(reader, yaml_node(reader, *item), object);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

int flash_recipe_banks(struct yaml_reader *reader, yaml_node_t *node,
                       void *object)
{
    struct flash_recipe *recipe = object;

    if (node->type != YAML_SEQUENCE_NODE) {
        return yaml_fail(reader, node,
                         "expected a list of banks: [0], [1] or both", NULL);
    }
    memset(recipe->banks, 0, sizeof(recipe->banks));
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        uint64_t bank = 0;
        int status = yaml_number(reader, yaml_node(reader, *item), 1, &bank);
        if (status != 0) {
            return status;
        }
        recipe->banks[bank] = true;
    }
    return recipe->banks[0] || recipe->banks[1]
               ? 0
               : yaml_fail(reader, node, "the images have no bank", NULL);
}

int flash_recipe_caliptra(struct yaml_reader *reader, yaml_node_t *node,
                          void *object)
{
    static const struct yaml_key keys[] = {
        YAML_KEY(flash_recipe, "bundle", YAML_TEXT, bundle),
        YAML_KEY(flash_recipe, "fmc", YAML_TEXT, fmc),
        YAML_KEY(flash_recipe, "runtime", YAML_TEXT, runtime),
        YAML_KEY(flash_recipe, "fmc-svn", YAML_NUMBER32, fmc_svn),
        YAML_KEY(flash_recipe, "runtime-svn", YAML_NUMBER32, runtime_svn),
    };
    struct flash_recipe *recipe = object;
    int status = yaml_mapping(reader, node, keys, ARRAY_SIZE(keys), recipe);

    if (status != 0) {
        return status;
    }
    bool parts = recipe->fmc != NULL && recipe->runtime != NULL;
    bool part = recipe->fmc != NULL || recipe->runtime != NULL;
    return recipe->bundle != NULL
               ? (part ? yaml_fail(reader, node,
                                   "'bundle' excludes 'fmc' and "
                                   "'runtime'",
                                   NULL)
                       : 0)
           : parts ? 0
                   : yaml_fail(reader, node,
                               "needs 'bundle', or 'fmc' and 'runtime'", NULL);
}

static int finish(const struct yaml_reader *reader, const yaml_node_t *node,
                  const struct flash_recipe *recipe)
{
    unsigned starting = 0;

    if (recipe->keys == NULL) {
        return yaml_fail(reader, node, "'keys' is missing", NULL);
    }
    if (recipe->bundle == NULL && recipe->fmc == NULL) {
        return yaml_fail(reader, node, "'caliptra' is missing", NULL);
    }
    if (recipe->lowest_version > recipe->version) {
        return yaml_fail(reader, node, "'lowest-version' is above 'version'",
                         NULL);
    }
    for (unsigned i = 0; i < recipe->image_count; i++) {
        starting += recipe->images[i].starts ? 1 : 0;
    }
    return starting == 1
               ? 0
               : yaml_fail(reader, node, "exactly one image has 'starts: true'",
                           NULL);
}

static int read_document(struct yaml_reader *reader, yaml_node_t *root,
                         void *recipe)
{
    static const struct yaml_key keys[] = {
        FLASH_RECIPE_KEYS(flash_recipe, ),
        {"caliptra", YAML_TEXT, 0, 0, flash_recipe_caliptra},
        {"images",   YAML_TEXT, 0, 0, read_images          },
        {"banks",    YAML_TEXT, 0, 0, flash_recipe_banks   },
    };
    int status = yaml_mapping(reader, root, keys, ARRAY_SIZE(keys), recipe);
    return status != 0 ? status : finish(reader, root, recipe);
}

/* 09d7cf52-0720-4710-91d1-08469b7fe9c8: the boot flash of board trust. */
static const struct uefi_guid default_type = UEFI_GUID_BYTES(
    0x09d7cf52, 0x0720, 0x4710, 0x91, 0xd1, 0x08, 0x46, 0x9b, 0x7f, 0xe9, 0xc8);

int flash_recipe_read(struct flash_recipe *recipe, const char *name,
                      const void *text, size_t size, struct error *error)
{
    *recipe = (struct flash_recipe){
        .version = 1,
        .image_type = default_type,
        .vendor_signs = true,
        .banks = {true, false},
    };
    int status = yaml_read(name, text, size, read_document, recipe, error);
    if (status != 0) {
        flash_recipe_fini(recipe);
    }
    return status;
}

void flash_recipe_fini(struct flash_recipe *recipe)
{
    free(recipe->keys);
    free(recipe->update_signer);
    free(recipe->bundle);
    free(recipe->fmc);
    free(recipe->runtime);
    for (unsigned i = 0; i < recipe->image_count; i++) {
        free(recipe->images[i].name);
        free(recipe->images[i].file);
    }
    *recipe = (struct flash_recipe){0};
}
