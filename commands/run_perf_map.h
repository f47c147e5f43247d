/* SPDX-License-Identifier: Apache-2.0 */
/* --perf-map: what perf needs to name the guest's code. */
#ifndef COMMANDS_RUN_PERF_MAP_H
#define COMMANDS_RUN_PERF_MAP_H

#include <stdio.h>

#include "commands/command.h"
#include "commands/symbols.h"
#include "include/cairn/cairn.h"

struct run_perf_map {
    struct symbols symbols;
    FILE *file; /* NULL: nobody asked */
};

/* Opens the map and listens to the machine; kernel is a file that may have
 * symbols, or NULL. COMMAND_DONE, or an error that was told. */
int run_perf_map_open(struct run_perf_map *map, struct arguments *arguments,
                      const char *kernel, struct cairn_machine *machine);
void run_perf_map_close(struct run_perf_map *map);

#endif
