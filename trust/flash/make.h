/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A boot flash from a recipe: the set of images is signed and laid out in the
 * banks, with update metadata and the fuses that a part needs for it. The same
 * recipe and files give the same bytes.
 */
#ifndef TRUST_FLASH_MAKE_H
#define TRUST_FLASH_MAKE_H

#include "base/buffer.h"
#include "base/error.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"
#include "trust/flash/fwu.h"
#include "trust/flash/recipe.h"
#include "trust/image/elf.h"
#include "trust/keys/keys.h"

/* Where the files that a recipe names come from. */
struct flash_source {
    /* Appends the file that the recipe names so; or a negative errno. */
    int (*read)(void *context, const char *name, struct buffer *out,
                struct error *error);
    /* Reports a step: "signing", "SoC manifest". NULL: steps are not reported.
     */
    void (*report)(void *context, const char *step, const char *name);
    void *context;
};

/* Reads an ELF file, laid out, or a raw one. Errors of the source and of
 * elf_image_read; program->bytes is the caller's. */
int flash_read_program(const struct flash_source *source, const char *name,
                       struct elf_image *program, struct error *error);
/* Appends the recipe's bundle, which it names or which is signed here. */
int flash_make_bundle(const struct flash_recipe *recipe,
                      const struct caliptra_signing *signing,
                      const struct flash_source *source, struct buffer *bundle,
                      struct error *error);

/* The update metadata for a set in the recipe's banks. */
struct fwu flash_make_metadata(const struct flash_recipe *recipe);
/* Appends a fuse array for the bundle, with the recipe's floor and the identity
 * of the signer that it names; *fuses are those of the bundle. */
int flash_make_array(const struct flash_recipe *recipe,
                     const struct flash_source *source,
                     const struct buffer *bundle, struct fuses *fuses,
                     struct buffer *array, struct error *error);

struct flash_made {
    struct buffer bank;  /* the set of images, as a capsule carries it */
    struct buffer flash; /* metadata and banks */
    struct buffer array; /* the SoC's fuse array; empty: the layout has none */
    struct fuses fuses;  /* what the bundle needs of the root of trust's part */
};

/* Signs with keys, whose next leaves it may use up. Errors of the source, and
 * -EINVAL or -EFBIG with the name of the image or file that cannot be packed;
 * made is to be freed by flash_made_fini either way. */
int flash_make(const struct flash_recipe *recipe, struct key_ring *keys,
               const struct flash_source *source, struct flash_made *made,
               struct error *error);
void flash_made_fini(struct flash_made *made);

#endif
