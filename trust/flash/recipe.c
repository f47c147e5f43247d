/* SPDX-License-Identifier: Apache-2.0 */
/* YAML to a recipe: a table of keys for each of its mappings. */
#include "trust/flash/recipe.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "abi/gate.h"
#include "base/bits.h"
#include "base/buffer.h"

struct reader {
    const char *name; /* of the file */
    yaml_document_t *document;
    struct error *error;
};

enum value_kind { TEXT, BOOLEAN, NUMBER32, NUMBER64, GUID };

/* A key of a mapping: a scalar that goes to a field, or a node to a reader. */
struct key {
    const char *name;
    enum value_kind kind;
    size_t offset;
    size_t given; /* offset of a bool that says so; 0: none */
    int (*read)(struct reader *reader, yaml_node_t *node, void *object);
};

static int fail(const struct reader *reader, const yaml_node_t *node,
                const char *what, const char *value)
{
    return error_set(reader->error, -EINVAL, "%s:%zu: %s%s%s%s", reader->name,
                     node->start_mark.line + 1, what, value != NULL ? " '" : "",
                     value != NULL ? value : "", value != NULL ? "'" : "");
}

static yaml_node_t *node_of(const struct reader *reader, int index)
{
    return yaml_document_get_node(reader->document, index);
}

/* The text of a scalar, or NULL with the error set. */
static const char *scalar(const struct reader *reader, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE ||
        strlen((const char *)node->data.scalar.value) !=
            node->data.scalar.length) {
        fail(reader, node, "expected a plain value", NULL);
        return NULL;
    }
    return (const char *)node->data.scalar.value;
}

static int read_number(const struct reader *reader, const yaml_node_t *node,
                       uint64_t limit, uint64_t *value)
{
    const char *text = scalar(reader, node);
    char *end = NULL;

    if (text == NULL) {
        return -EINVAL;
    }
    errno = 0;
    *value = strtoull(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        *value > limit) {
        return fail(reader, node,
                    limit == UINT32_MAX ? "expected a number of 32 bits, not"
                                        : "expected a number, not",
                    text);
    }
    return 0;
}

static int read_boolean(const struct reader *reader, const yaml_node_t *node,
                        bool *value)
{
    const char *text = scalar(reader, node);

    if (text == NULL) {
        return -EINVAL;
    }
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return fail(reader, node, "expected true or false, not", text);
    }
    *value = text[0] == 't';
    return 0;
}

static int read_value(struct reader *reader, yaml_node_t *node,
                      const struct key *key, uint8_t *object)
{
    void *field = object + key->offset;
    const char *text;
    uint64_t wide = 0;
    int status = 0;

    switch (key->kind) {
    case TEXT:
        text = scalar(reader, node);
        if (text == NULL) {
            return -EINVAL;
        }
        free(*(char **)field);
        *(char **)field = xstrdup(text);
        break;
    case BOOLEAN:
        status = read_boolean(reader, node, field);
        break;
    case NUMBER32:
        status = read_number(reader, node, UINT32_MAX, &wide);
        *(uint32_t *)field = (uint32_t)wide;
        break;
    case NUMBER64:
        status = read_number(reader, node, UINT64_MAX, field);
        break;
    case GUID:
        text = scalar(reader, node);
        if (text == NULL || guid_parse(text, field) != 0) {
            return text == NULL
                       ? -EINVAL
                       : fail(reader, node, "expected a GUID, not", text);
        }
        break;
    }
    if (status == 0 && key->given != 0) {
        *(bool *)(object + key->given) = true;
    }
    return status;
}

/* A mapping of known keys, each at most once. */
static int read_mapping(struct reader *reader, yaml_node_t *node,
                        const struct key *keys, size_t count, void *object)
{
    uint64_t seen = 0;

    if (node->type != YAML_MAPPING_NODE) {
        return fail(reader, node, "expected a mapping of keys", NULL);
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *name_node = node_of(reader, pair->key);
        yaml_node_t *value = node_of(reader, pair->value);
        const char *name = scalar(reader, name_node);
        size_t i = 0;
        if (name == NULL) {
            return -EINVAL;
        }
        while (i < count && strcmp(keys[i].name, name) != 0) {
            i++;
        }
        if (i == count) {
            return fail(reader, name_node, "unknown key", name);
        }
        if ((seen >> i & 1) != 0) {
            return fail(reader, name_node, "a second", name);
        }
        seen |= (uint64_t)1 << i;
        int status = keys[i].read != NULL
                         ? keys[i].read(reader, value, object)
                         : read_value(reader, value, &keys[i], object);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

#define KEY(type, text, kind, field)                                           \
    {                                                                          \
        text, kind, offsetof(struct type, field), 0, NULL                      \
    }

static const struct {
    const char *name;
    uint32_t id;
} known_images[] = {
    {"monitor",     FLASH_IMAGE_MONITOR    },
    {"kernel",      FLASH_IMAGE_KERNEL     },
    {"device-tree", FLASH_IMAGE_DEVICE_TREE},
    {"initrd",      FLASH_IMAGE_INITRD     },
};

static int finish_image(const struct reader *reader, const yaml_node_t *node,
                        struct flash_recipe_image *image)
{
    if (image->name == NULL || image->file == NULL) {
        return fail(reader, node, "an image needs 'name' and 'file'", NULL);
    }
    if (strlen(image->name) >= sizeof(((struct boot_image *)0)->name)) {
        return fail(reader, node,
                    "the name has more than 23 bytes:", image->name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(known_images) && image->id == 0; i++) {
        if (strcmp(image->name, known_images[i].name) == 0) {
            image->id = known_images[i].id;
        }
    }
    if (!gate_has_wire(image->id)) {
        return fail(
            reader, node,
            "needs 'id' of 0x1000 to 0x101f, as the name is not monitor, "
            "kernel, device-tree or initrd:",
            image->name);
    }
    return 0;
}

static int read_image(struct reader *reader, yaml_node_t *node,
                      struct flash_recipe *recipe)
{
    static const struct key keys[] = {
        KEY(flash_recipe_image, "name", TEXT, name),
        KEY(flash_recipe_image, "file", TEXT, file),
        KEY(flash_recipe_image, "id", NUMBER32, id),
        {"load",  NUMBER64, offsetof(struct flash_recipe_image, load),
                                                  offsetof(struct flash_recipe_image, has_load),  NULL},
        {"entry", NUMBER64, offsetof(struct flash_recipe_image, entry),
                                                  offsetof(struct flash_recipe_image, has_entry), NULL},
        KEY(flash_recipe_image, "secure", BOOLEAN, secure),
        KEY(flash_recipe_image, "starts", BOOLEAN, starts),
        KEY(flash_recipe_image, "any-contents", BOOLEAN, any_contents),
    };
    /* two places are the bundle's and the manifest's */
    if (recipe->image_count == FLASH_IMAGES_MAX - 2) {
        return fail(reader, node, "more images than a bank has room for", NULL);
    }
    struct flash_recipe_image *image = &recipe->images[recipe->image_count++];
    int status = read_mapping(reader, node, keys, ARRAY_SIZE(keys), image);
    return status != 0 ? status : finish_image(reader, node, image);
}

static int read_images(struct reader *reader, yaml_node_t *node, void *object)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        return fail(reader, node, "expected a list of images", NULL);
    }
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        int status = read_image(reader, node_of(reader, *item), object);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

static int read_banks(struct reader *reader, yaml_node_t *node, void *object)
{
    struct flash_recipe *recipe = object;

    if (node->type != YAML_SEQUENCE_NODE) {
        return fail(reader, node, "expected a list of banks: [0], [1] or both",
                    NULL);
    }
    memset(recipe->banks, 0, sizeof(recipe->banks));
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        uint64_t bank = 0;
        int status = read_number(reader, node_of(reader, *item), 1, &bank);
        if (status != 0) {
            return status;
        }
        recipe->banks[bank] = true;
    }
    return recipe->banks[0] || recipe->banks[1]
               ? 0
               : fail(reader, node, "the images have no bank", NULL);
}

static int read_caliptra(struct reader *reader, yaml_node_t *node, void *object)
{
    static const struct key keys[] = {
        KEY(flash_recipe, "bundle", TEXT, bundle),
        KEY(flash_recipe, "fmc", TEXT, fmc),
        KEY(flash_recipe, "runtime", TEXT, runtime),
        KEY(flash_recipe, "fmc-svn", NUMBER32, fmc_svn),
        KEY(flash_recipe, "runtime-svn", NUMBER32, runtime_svn),
    };
    struct flash_recipe *recipe = object;
    int status = read_mapping(reader, node, keys, ARRAY_SIZE(keys), recipe);

    if (status != 0) {
        return status;
    }
    bool parts = recipe->fmc != NULL && recipe->runtime != NULL;
    bool part = recipe->fmc != NULL || recipe->runtime != NULL;
    return recipe->bundle != NULL ? (part ? fail(reader, node,
                                                 "'bundle' excludes 'fmc' and "
                                                 "'runtime'",
                                                 NULL)
                                          : 0)
           : parts                ? 0
                                  : fail(reader, node,
                                         "needs 'bundle', or 'fmc' and 'runtime'", NULL);
}

static int finish(const struct reader *reader, const yaml_node_t *node,
                  const struct flash_recipe *recipe)
{
    unsigned starting = 0;

    if (recipe->keys == NULL) {
        return fail(reader, node, "'keys' is missing", NULL);
    }
    if (recipe->bundle == NULL && recipe->fmc == NULL) {
        return fail(reader, node, "'caliptra' is missing", NULL);
    }
    if (recipe->lowest_version > recipe->version) {
        return fail(reader, node, "'lowest-version' is above 'version'", NULL);
    }
    for (unsigned i = 0; i < recipe->image_count; i++) {
        starting += recipe->images[i].starts ? 1 : 0;
    }
    return starting == 1 ? 0
                         : fail(reader, node,
                                "exactly one image has 'starts: true'", NULL);
}

static int read_document(struct reader *reader, struct flash_recipe *recipe)
{
    static const struct key keys[] = {
        KEY(flash_recipe, "keys", TEXT, keys),
        KEY(flash_recipe, "version", NUMBER32, version),
        KEY(flash_recipe, "lowest-version", NUMBER32, lowest_version),
        KEY(flash_recipe, "image-type", GUID, image_type),
        KEY(flash_recipe, "update-signer", TEXT, update_signer),
        KEY(flash_recipe, "lms", BOOLEAN, lms),
        KEY(flash_recipe, "lms-leaf", NUMBER32, lms_leaf),
        KEY(flash_recipe, "vendor-key", NUMBER32, vendor_key),
        KEY(flash_recipe, "vendor-signs", BOOLEAN, vendor_signs),
        KEY(flash_recipe, "recovery", BOOLEAN, recovery),
        {"caliptra", TEXT, 0, 0, read_caliptra},
        {"images",   TEXT, 0, 0, read_images  },
        {"banks",    TEXT, 0, 0, read_banks   },
    };
    yaml_node_t *root = yaml_document_get_root_node(reader->document);

    if (root == NULL) {
        return error_set(reader->error, -EINVAL, "%s:1: the recipe is empty",
                         reader->name);
    }
    int status = read_mapping(reader, root, keys, ARRAY_SIZE(keys), recipe);
    return status != 0 ? status : finish(reader, root, recipe);
}

/* 09d7cf52-0720-4710-91d1-08469b7fe9c8: the boot flash of board trust. */
static const struct uefi_guid default_type = UEFI_GUID_BYTES(
    0x09d7cf52, 0x0720, 0x4710, 0x91, 0xd1, 0x08, 0x46, 0x9b, 0x7f, 0xe9, 0xc8);

int flash_recipe_read(struct flash_recipe *recipe, const char *name,
                      const void *text, size_t size, struct error *error)
{
    yaml_parser_t parser;
    yaml_document_t document;
    int status;

    *recipe = (struct flash_recipe){
        .version = 1,
        .image_type = default_type,
        .vendor_signs = true,
        .banks = {true, false},
    };
    if (yaml_parser_initialize(&parser) == 0) {
        return error_set(error, -ENOMEM, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&parser, text, size);
    if (yaml_parser_load(&parser, &document) == 0) {
        status = error_set(error, -EINVAL, "%s:%zu: %s", name,
                           parser.problem_mark.line + 1,
                           parser.problem != NULL ? parser.problem : "no YAML");
    } else {
        struct reader reader = {name, &document, error};
        status = read_document(&reader, recipe);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
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
