/* SPDX-License-Identifier: Apache-2.0 */
/* A file by which perf(1) names the guest's code. */
#ifndef SESSION_PERF_MAP_H
#define SESSION_PERF_MAP_H

#include <stdio.h>

#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"
#include "session/symbols.h"

struct session_perf_map {
    struct symbols symbols;
    FILE *file; /* NULL: none was asked for */
};

/* Creates the map, if options ask for one, and listens to the machine. Names
 * are those of options->symbols, or of the kernel if that has some. */
int session_perf_map_open(struct session_perf_map *map,
                          const struct session_options *options,
                          struct cairn_machine *machine,
                          struct session_error *error);
void session_perf_map_close(struct session_perf_map *map);

#endif
