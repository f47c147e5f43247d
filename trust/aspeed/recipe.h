/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recipe by which `cairn pack ast2700` makes a boot flash: a YAML file,
 * described in cairn-recipe(5). Strings belong to the recipe; paths are as the
 * file has them.
 */
#ifndef TRUST_ASPEED_RECIPE_H
#define TRUST_ASPEED_RECIPE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/aspeed_image.h"
#include "base/error.h"
#include "trust/flash/recipe.h"

enum aspeed_layout {
    ASPEED_LAYOUT_A1,    /* FMC header, and a Caliptra flash image behind it */
    ASPEED_LAYOUT_A2,    /* a Caliptra flash image */
    ASPEED_LAYOUT_FIT,   /* FMC header, and a FIT behind it */
    ASPEED_LAYOUT_BANKS, /* A2's in banks with update metadata: a choice of ours
                          */
};

struct aspeed_recipe {
    /* Keys, version, LMS, vendor key, Caliptra's bundle and banks; no images.
     */
    struct flash_recipe common;
    enum aspeed_layout layout;
    uint32_t security_version;
    uint32_t svn;                       /* of the first mutable code */
    char *files[ASPEED_FIRMWARE_COUNT]; /* NULL: none */
    char *device_tree;                  /* the FIT's fdt */
};

/* -EINVAL with "file:line: ...", as flash_recipe_read. */
int aspeed_recipe_read(struct aspeed_recipe *recipe, const char *name,
                       const void *text, size_t size, struct error *error);
void aspeed_recipe_fini(struct aspeed_recipe *recipe);

#endif
