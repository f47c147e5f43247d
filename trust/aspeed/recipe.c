/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the recipe; those of firmware come from firmware.def. */
#include "trust/aspeed/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "trust/flash/yaml.h"

static int read_layout(struct yaml_reader *reader, yaml_node_t *node,
                       void *object)
{
    static const char *const names[] = {
        [ASPEED_LAYOUT_A1] = "a1",
        [ASPEED_LAYOUT_A2] = "a2",
        [ASPEED_LAYOUT_FIT] = "fit",
        [ASPEED_LAYOUT_BANKS] = "banks",
    };
    struct aspeed_recipe *recipe = object;
    const char *text = yaml_text(reader, node);
    if (text == NULL) {
        return -EINVAL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            recipe->layout = (enum aspeed_layout)i;
            return 0;
        }
    }
    return yaml_fail(reader, node, "expected a1, a2, fit or banks, not", text);
}

/* Readers of the common part take the whole for it. */
_Static_assert(offsetof(struct aspeed_recipe, common) == 0,
               "the common part has to be the first");

static int read_svn(struct yaml_reader *reader, yaml_node_t *node, void *object)
{
    struct aspeed_recipe *recipe = object;
    uint64_t svn = 0;
    int status = yaml_number(reader, node, ASPEED_FMC_SVN_MAX, &svn);
    recipe->svn = (uint32_t)svn;
    return status;
}

static int read_images(struct yaml_reader *reader, yaml_node_t *node,
                       void *object)
{
#define FIRMWARE(id, key, words)                                               \
    YAML_KEY(aspeed_recipe, key, YAML_TEXT, files[ASPEED_FIRMWARE_##id]),
    static const struct yaml_key keys[] = {
#include "trust/aspeed/firmware.def"
        YAML_KEY(aspeed_recipe, "device-tree", YAML_TEXT, device_tree),
    };
#undef FIRMWARE
    return yaml_mapping(reader, node, keys, ARRAY_SIZE(keys), object);
}

#define LAYOUT(name) (1u << ASPEED_LAYOUT_##name)
#define WITH_CHAIN   (LAYOUT(A1) | LAYOUT(A2) | LAYOUT(BANKS))
#define WITH_HEADER  (LAYOUT(A1) | LAYOUT(FIT))

/* Keys that mean something in some of the layouts alone. */
static const struct {
    const char *name;
    unsigned layouts;
} restricted[] = {
    {"version",          WITH_CHAIN   },
    {"vendor-key",       WITH_CHAIN   },
    {"vendor-signs",     WITH_CHAIN   },
    {"security-version", WITH_CHAIN   },
    {"lowest-version",   WITH_CHAIN   },
    {"caliptra",         WITH_CHAIN   },
    {"svn",              WITH_HEADER  },
    {"update-signer",    LAYOUT(BANKS)},
    {"image-type",       LAYOUT(BANKS)},
    {"recovery",         LAYOUT(BANKS)},
    {"banks",            LAYOUT(BANKS)},
};

static int check_layout(const struct yaml_reader *reader,
                        const yaml_node_t *root, enum aspeed_layout layout)
{
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *node = yaml_node(reader, pair->key);
        const char *name = yaml_text(reader, node);
        for (size_t i = 0; i < ARRAY_SIZE(restricted); i++) {
            if (strcmp(name, restricted[i].name) == 0 &&
                (restricted[i].layouts >> layout & 1) == 0) {
                return yaml_fail(reader, node,
                                 "a key without effect in this layout:", name);
            }
        }
    }
    return 0;
}

static int finish(const struct yaml_reader *reader, const yaml_node_t *node,
                  const struct aspeed_recipe *recipe)
{
    const struct flash_recipe *common = &recipe->common;
    bool chain = recipe->layout != ASPEED_LAYOUT_FIT;
    int status = check_layout(reader, node, recipe->layout);
    if (status != 0) {
        return status;
    }
    if (common->keys == NULL) {
        return yaml_fail(reader, node, "'keys' is missing", NULL);
    }
    if (chain && common->bundle == NULL && common->fmc == NULL) {
        return yaml_fail(reader, node, "'caliptra' is missing", NULL);
    }
    if (common->lowest_version > recipe->security_version) {
        return yaml_fail(reader, node,
                         "'lowest-version' is above 'security-version'", NULL);
    }
    if (recipe->files[ASPEED_FIRMWARE_MCU] == NULL) {
        return yaml_fail(reader, node, "'images' has no 'mcu'", NULL);
    }
    if (recipe->files[ASPEED_FIRMWARE_BL31] == NULL) {
        return yaml_fail(reader, node, "'images' has no 'bl31'", NULL);
    }
    return 0;
}

static int read_root(struct yaml_reader *reader, yaml_node_t *root,
                     void *object)
{
    static const struct yaml_key keys[] = {
        FLASH_RECIPE_KEYS(aspeed_recipe, common.),
        YAML_KEY(aspeed_recipe, "security-version", YAML_NUMBER32,
                 security_version),
        {"banks",    YAML_TEXT, 0, 0, flash_recipe_banks   },
        {"layout",   YAML_TEXT, 0, 0, read_layout          },
        {"svn",      YAML_TEXT, 0, 0, read_svn             },
        {"caliptra", YAML_TEXT, 0, 0, flash_recipe_caliptra},
        {"images",   YAML_TEXT, 0, 0, read_images          },
    };
    int status = yaml_mapping(reader, root, keys, ARRAY_SIZE(keys), object);
    return status != 0 ? status : finish(reader, root, object);
}

/* 7f9a1a9e-6f2c-4f0c-8f43-2a1d9b1c2700: the boot flash of board ast2700. */
static const struct uefi_guid default_type = UEFI_GUID_BYTES(
    0x7f9a1a9e, 0x6f2c, 0x4f0c, 0x8f, 0x43, 0x2a, 0x1d, 0x9b, 0x1c, 0x27, 0x00);

int aspeed_recipe_read(struct aspeed_recipe *recipe, const char *name,
                       const void *text, size_t size, struct error *error)
{
    *recipe = (struct aspeed_recipe){
        .common = {.version = 1,
                   .vendor_signs = true,
                   .image_type = default_type,
                   .banks = {true, false}},
        .security_version = 1,
    };
    int status = yaml_read(name, text, size, read_root, recipe, error);
    if (status != 0) {
        aspeed_recipe_fini(recipe);
    }
    return status;
}

void aspeed_recipe_fini(struct aspeed_recipe *recipe)
{
    flash_recipe_fini(&recipe->common);
    for (size_t i = 0; i < ARRAY_SIZE(recipe->files); i++) {
        free(recipe->files[i]);
    }
    free(recipe->device_tree);
    *recipe = (struct aspeed_recipe){0};
}
