/* SPDX-License-Identifier: Apache-2.0 */
/* Our own ROM, and the released ones that CAIRN_CALIPTRA_ROMS has the folder
 * of; the firmware is our own. */
#include "bench/caliptra_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bits.h"

enum { RUNS = 15 };

static const struct row {
    const char *name;
    const char *board;
    const char *rom; /* NULL: our own */
} rows[] = {
    {"Caliptra to FMC, our ROM",   "caliptra-1.1", NULL},
    {"Caliptra to FMC, ROM 1.0.3", "caliptra-1.0",
     "caliptra-rom-1.0.3-e8e23d9.bin"                  },
    {"Caliptra to FMC, ROM 1.1.1", "caliptra-1.1",
     "caliptra-rom-1.1.1-d6713db.bin"                  },
};

/* False: there is no such ROM here. */
static bool rom_path(const struct row *row, char *path, size_t size)
{
    const char *folder = getenv("CAIRN_CALIPTRA_ROMS");

    if (row->rom == NULL) {
        return true;
    }
    snprintf(path, size, "%s/%s", folder ? folder : "", row->rom);
    return folder != NULL && access(path, R_OK) == 0;
}

static void run_row(const struct row *row)
{
    char path[512];
    double wall[RUNS];
    struct buffer output = {0};

    if (!rom_path(row, path, sizeof(path))) {
        printf("%s: not at hand; CAIRN_CALIPTRA_ROMS\n", row->name);
        return;
    }
    for (size_t i = 0; i < RUNS; i++) {
        const char *const argv[] = {"build/cairn",
                                    "run",
                                    row->board,
                                    "--until",
                                    "fmc",
                                    "--quiet",
                                    row->rom ? "--rom" : NULL,
                                    path,
                                    NULL};
        struct cost cost = measure(argv, NULL, &output);

        if (!cost.good) {
            fprintf(stderr, "bench: %s: failed\n%s", row->name,
                    buffer_text(&output));
            exit(1);
        }
        wall[i] = cost.wall_s * 1e3;
    }
    figures_at_most(row->name, median(wall, RUNS), 12, "ms");
    buffer_fini(&output);
}

void caliptra_start_bench(const struct bench *bench)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (figures_wanted(bench, rows[i].name)) {
            run_row(&rows[i]);
        }
    }
}
