/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that can be spoilt in the boot flash of board trust: every field of
 * every object in it, by name, with what must come of it. The facts are in
 * tests/chain/spoil_fields.def.
 */
#ifndef TESTS_CHAIN_SPOIL_H
#define TESTS_CHAIN_SPOIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/chain/trust_board.h"

struct spoil_field {
    const char *object;
    char name[64];
    size_t offset; /* in the flash */
    size_t size;
    /* Parts of lines, "a|b": a refusal says one of them. "": nothing is
     * refused. */
    char words[160];
    /* Why the field may be changed and what was signed runs nevertheless. NULL:
     * it may not. */
    const char *harmless;
    /* Makes right what anybody could make right again, or NULL. */
    void (*seal)(struct trust_board *board, const struct spoil_field *field);
};

struct spoil_fields {
    size_t count;
    struct spoil_field fields[512];
};

/* Lists the fields of a flash with one bank, and of a capsule that waits in it.
 */
void spoil_list_flash(const struct trust_board *board,
                      struct spoil_fields *list);
void spoil_list_capsule(const uint8_t *capsule, struct spoil_fields *list);

/* ---- Changing one byte --------------------------------------------------- */

enum spoil_class {
    SPOIL_ZERO,
    SPOIL_ONES,
    SPOIL_MORE,
    SPOIL_LESS,
    SPOIL_INVERSE,
    SPOIL_SWAP, /* with the next, or the one before at the end of the field */
    SPOIL_BIT_0,
    SPOIL_CLASSES = SPOIL_BIT_0 + 8,
};

extern const char *const spoil_class_names[SPOIL_CLASSES];

/* Changes the byte at offset at of the field, or the first behind it that the
 * class changes, and seals. Returns where in the flash, SIZE_MAX when the class
 * changes none. */
size_t spoil(struct trust_board *board, const struct spoil_field *field,
             enum spoil_class class, size_t at);

/* ---- Counting ------------------------------------------------------------ */

/* How often each object was spoilt, and what was said of it. */
struct spoil_table {
    struct {
        const char *object;
        const char *harmless;
        unsigned fields, spoilt, refused;
    } objects[32];
    size_t object_count;
    struct {
        const char *object;
        char text[96];
        unsigned count;
    } refusals[256];
    size_t refusal_count;
};

/* refusal: the words, or NULL when what was signed ran. */
void spoil_count(struct spoil_table *table, const struct spoil_field *field,
                 const char *refusal);
void spoil_print(const struct spoil_table *table,
                 const struct spoil_fields *list);

#endif
