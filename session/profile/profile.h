/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a guest's time went: samples of all processors, named by symbols and
 * merged into a tree, and the files that show it.
 *
 *   FILE.svg      a flame graph, complete in itself
 *   FILE.folded   stacks with their weights, a line each, for other tools
 *   FILE.txt, or without a suffix: tables of functions and of exits
 */
#ifndef SESSION_PROFILE_PROFILE_H
#define SESSION_PROFILE_PROFILE_H

#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"
#include "session/profile/tree.h"
#include "session/symbol_files.h"

/* The name of an address, which was looked up before. */
struct profile_place {
    uint64_t address;
    uint32_t core;
    bool filled;
    bool symbol;     /* it is a function's; else that of a page */
    uint64_t offset; /* into the function */
    uint32_t name;
};

/* A processor when the run began. */
struct profile_core {
    uint32_t node;
    uint64_t instructions;
    uint64_t running_ns;
};

struct session_profile {
    const struct session_options *options;
    const struct session_symbol_files *symbols;
    struct cairn_machine *machine; /* NULL: no profile was asked for */
    struct profile_tree tree;
    struct profile_place *places; /* a cache of look-ups */
    struct profile_core *cores;
    size_t core_count;
    uint64_t start_ns;
    uint64_t samples;
    uint64_t unnamed; /* samples of code that no symbol names */
};

/* Checks whether the names of the files say what to write, and the period is
 * one. */
int session_profile_check(const struct session_options *options,
                          struct session_error *error);
/* The machine is about to run, from the state that it has. */
void session_profile_begin(struct session_profile *profile,
                           const struct session_options *options,
                           const struct session_symbol_files *symbols,
                           struct cairn_machine *machine);
/* Writes the files. */
int session_profile_close(struct session_profile *profile, struct error *error);
void session_profile_fini(struct session_profile *profile);

/* ---- Inside -------------------------------------------------------------- */

/* The work of a processor since the run began; false past the last. */
bool session_profile_core(const struct session_profile *profile, size_t index,
                          struct cairn_core_time *time, uint64_t *waiting_ns);
/* The share of a weight in per cent. */
double session_profile_share(uint64_t part, uint64_t whole);
/* A line of how the samples were taken; tables of processors and of exits. */
void session_profile_summary(const struct session_profile *profile,
                             struct buffer *out);
/* A line about code that has no name, where samples hit such code. */
void session_profile_unnamed(const struct session_profile *profile,
                             struct buffer *out);
void session_profile_exits(const struct session_profile *profile,
                           struct buffer *out);
/* The files' contents. */
void session_profile_flame(const struct session_profile *profile,
                           struct buffer *out);
void session_profile_folded(const struct session_profile *profile,
                            struct buffer *out);
void session_profile_tables(const struct session_profile *profile,
                            struct buffer *out);

#endif
