/* SPDX-License-Identifier: Apache-2.0 */
/* --perf-map: what perf needs to name the guest's code. */
#ifndef SESSION_PERF_MAP_H
#define SESSION_PERF_MAP_H

#include <stdio.h>

#include "commands/command.h"
#include "include/cairn/cairn.h"
#include "session/symbols.h"

struct session_perf_map {
    struct symbols symbols;
    FILE *file; /* NULL: nobody asked */
};

/* Opens the map and listens to the machine; kernel is a file that may have
 * symbols, or NULL. COMMAND_DONE, or an error that was told. */
int session_perf_map_open(struct session_perf_map *map,
                          struct arguments *arguments, const char *kernel,
                          struct cairn_machine *machine);
void session_perf_map_close(struct session_perf_map *map);

#endif
