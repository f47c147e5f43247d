/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a guest's addresses, from an ELF file's symbol table or from lines
 * as System.map and nm have them. */
#ifndef SESSION_SYMBOLS_H
#define SESSION_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct symbol {
    uint64_t address;
    char *name;
};

struct symbols {
    struct buffer list; /* of struct symbol, by address */
};

/* Adds those of a file's bytes, which need not be right; how many. */
size_t symbols_read(struct symbols *symbols, const void *bytes, size_t size);
/* The last at or before an address; NULL if there is none. */
const struct symbol *symbols_find(const struct symbols *symbols,
                                  uint64_t address);
void symbols_fini(struct symbols *symbols);

#endif
