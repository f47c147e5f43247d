/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recipe by which `cairn pack flash` makes a flash image: a YAML file,
 * described in cairn-recipe(5). Strings belong to the recipe; paths are as the
 * file has them.
 */
#ifndef TRUST_FLASH_RECIPE_H
#define TRUST_FLASH_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/flash_image.h"
#include "base/error.h"
#include "trust/capsule/guid.h"
#include "trust/flash/yaml.h"

struct flash_recipe_image {
    char *name;
    char *file;
    uint32_t id;
    bool has_load; /* else the file is ELF */
    uint64_t load;
    bool has_entry;
    uint64_t entry;
    bool secure;
    bool starts;
    bool any_contents; /* the manifest lets every digest pass */
};

struct flash_recipe {
    char *keys;                  /* folder of cairn-keys-new(1) */
    uint32_t version;            /* of the set of images */
    uint32_t lowest_version;     /* floor when it is accepted */
    struct uefi_guid image_type; /* what capsules for this flash name */
    char *update_signer;         /* certificate of their signer, or NULL */
    bool lms;                    /* sign with LMS as well */
    uint32_t lms_leaf;
    uint32_t vendor_key;
    bool vendor_signs; /* the vendor signs the image list too */
    char *bundle;      /* a ready bundle, or NULL: pack fmc and runtime */
    char *fmc;
    char *runtime;
    uint32_t fmc_svn;
    uint32_t runtime_svn;
    bool banks[2]; /* which get the set; the first of them is active */
    bool recovery; /* the recovery bank gets it too */
    unsigned image_count;
    struct flash_recipe_image images[FLASH_IMAGES_MAX];
};

/* The keys that recipes of all flashes have; at: the recipe's place in type,
 * with a dot behind it. */
#define FLASH_RECIPE_KEYS(type, at)                                            \
    YAML_KEY(type, "keys", YAML_TEXT, at keys),                                \
        YAML_KEY(type, "version", YAML_NUMBER32, at version),                  \
        YAML_KEY(type, "lowest-version", YAML_NUMBER32, at lowest_version),    \
        YAML_KEY(type, "image-type", YAML_GUID, at image_type),                \
        YAML_KEY(type, "update-signer", YAML_TEXT, at update_signer),          \
        YAML_KEY(type, "lms", YAML_BOOLEAN, at lms),                           \
        YAML_KEY(type, "lms-leaf", YAML_NUMBER32, at lms_leaf),                \
        YAML_KEY(type, "vendor-key", YAML_NUMBER32, at vendor_key),            \
        YAML_KEY(type, "vendor-signs", YAML_BOOLEAN, at vendor_signs),         \
        YAML_KEY(type, "recovery", YAML_BOOLEAN, at recovery)

/* -EINVAL with "file:line: ..." for YAML that is none, unknown, missing or
 * doubled keys and values out of range. name is for messages. */
int flash_recipe_read(struct flash_recipe *recipe, const char *name,
                      const void *text, size_t size, struct error *error);
/* Reads the mapping 'caliptra' into the recipe: for recipes of other flashes.
 */
int flash_recipe_caliptra(struct yaml_reader *reader, yaml_node_t *node,
                          void *object);
/* The same of the list 'banks'. */
int flash_recipe_banks(struct yaml_reader *reader, yaml_node_t *node,
                       void *object);
void flash_recipe_fini(struct flash_recipe *recipe);

#endif
