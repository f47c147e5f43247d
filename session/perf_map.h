/* SPDX-License-Identifier: Apache-2.0 */
/* A file by which perf(1) names the guest's code. */
#ifndef SESSION_PERF_MAP_H
#define SESSION_PERF_MAP_H

#include <stdio.h>

#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"
#include "session/symbol_files.h"

struct session_perf_map {
    const struct session_symbol_files *symbols;
    FILE *file; /* NULL: none was asked for, or it has ended */
    char path[64];
};

/* Creates the map, if options ask for one, and listens to the machine. The
 * symbols outlive it. */
int session_perf_map_open(struct session_perf_map *map,
                          const struct session_options *options,
                          const struct session_symbol_files *symbols,
                          struct cairn_machine *machine,
                          struct session_error *error);
/* Closes the map, behind the last code; 0, or a negative errno value and *error
 * if it is not whole. */
int session_perf_map_end(struct session_perf_map *map, struct error *error);
void session_perf_map_close(struct session_perf_map *map);

#endif
