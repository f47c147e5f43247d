/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe to a signed boot flash: what the commands that pack one share. */
#ifndef COMMANDS_PACK_RECIPE_H
#define COMMANDS_PACK_RECIPE_H

#include "commands/claims.h"
#include "commands/command.h"
#include "trust/flash/make.h"

struct packing {
    struct arguments *arguments;
    const struct packer *packer;
    char *folder; /* of the recipe, which its paths are relative to */
    void *recipe; /* of the packer's kind */
    struct file_claims claims;
    struct key_ring keys;
    struct flash_made made;
    struct error error;
};

/* A kind of recipe, and the flash that is made of it. Functions return 0 or a
 * negative errno with *error filled, unless they say otherwise. */
struct packer {
    size_t recipe_size; /* of its struct, which is zero at first */
    size_t common;      /* offset of the struct flash_recipe in it */
    int (*read)(void *recipe, const char *name, const void *text, size_t size,
                struct error *error);
    void (*fini)(void *recipe);
    /* Applies options to the recipe that only this kind has: an exit code after
     * its complaint. May be NULL. */
    int (*adjust)(struct packing *packing);
    /* Calls packing_claim for each file that only this kind names. */
    void (*claim)(struct packing *packing);
    int (*make)(const void *recipe, struct key_ring *keys,
                const struct flash_source *source, struct flash_made *made,
                struct error *error);
    /* Appends the contents of the flash as text. */
    int (*print)(const struct buffer *flash, struct buffer *out,
                 struct error *error);
};

/* Runs such a command: an exit code after its complaint. */
int pack_recipe(struct arguments *arguments, const struct packer *packer);
/* The recipe names a file, which is read; NULL: it names none. */
void packing_claim(struct packing *packing, const char *name);

#endif
