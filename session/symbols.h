/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a guest's addresses, from an ELF file's symbol table or from lines
 * as System.map, nm and /proc/kallsyms have them. */
#ifndef SESSION_SYMBOLS_H
#define SESSION_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct symbol {
    uint64_t address;
    uint64_t size; /* of what it names, at least 1 */
    size_t name;   /* where in symbols.names */
    unsigned rank; /* the highest of one address counts */
};

/* Starts as {0}; of one file. */
struct symbols {
    struct buffer list;  /* of struct symbol, by address, one each */
    struct buffer names; /* as the file has them, each with a NUL */
    uint16_t machine;    /* as in an ELF file; 0: any, or none was read */
    uint64_t lowest;     /* address that the file takes */
};

/* Reads a file's bytes, which anybody may have written: -EINVAL with the place
 * of what is wrong. A file without symbols is fine. */
int symbols_read(struct symbols *symbols, const void *bytes, size_t size,
                 struct error *error);
size_t symbols_count(const struct symbols *symbols);
/* The one whose code has the address; NULL if there is none. */
const struct symbol *symbols_find(const struct symbols *symbols,
                                  uint64_t address);
const char *symbols_name(const struct symbols *symbols,
                         const struct symbol *symbol);
void symbols_fini(struct symbols *symbols);

#endif
