/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbols of a session: of the files that options name for that, and of the
 * ELF files among those that the machine starts with.
 */
#ifndef SESSION_SYMBOL_FILES_H
#define SESSION_SYMBOL_FILES_H

#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"
#include "session/symbols.h"

struct session_symbol_file {
    const char *core; /* whose code it is, or NULL */
    uint64_t shift;   /* what its addresses are moved by */
    struct symbols symbols;
};

/* Starts as {0}. */
struct session_symbol_files {
    struct session_symbol_file *list;
    size_t count;
};

/* An address of some core, where there is one. */
struct session_code {
    const char *core; /* NULL: of any */
    uint16_t machine; /* as in ELF files; 0: of any */
    uint64_t address;
};

/* Reads all of them; the machine says which cores there are. */
int session_symbol_files_read(struct session_symbol_files *files,
                              const struct session_options *options,
                              const struct cairn_machine *machine,
                              struct session_error *error);
/* The function that has the address, and how far into it that is; NULL if none
 * has. Of several files the one whose function begins last counts. */
const char *session_symbol_files_find(const struct session_symbol_files *files,
                                      const struct session_code *code,
                                      uint64_t *offset);
void session_symbol_files_fini(struct session_symbol_files *files);

#endif
