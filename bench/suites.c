/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test suites of other projects beside QEMU in the same run: kvm-unit-tests,
 * TF-A's test framework and OP-TEE's start, which the user has built and
 * CAIRN_SUITES names the folder of. tests/engine/suites.txt lists the runs.
 * Wall time from the start of the process to the guest's verdict; of TF-A's
 * framework, that of each test as well. bench/figures.h has the form of a line.
 * What takes longer than a tenth of a second has a goal: to be faster than
 * QEMU.
 *
 *   bench/suites [WORD...]    only runs whose name holds one of these
 *   CAIRN_BENCH_RUNS=3        runs of each that is not long
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"

#define TABLE "tests/engine/suites.txt"

enum { COLUMNS = 9, PATH_SIZE = 1024, PARTS_MAX = 512, NAME_SIZE = 96 };

static const double limit_s = 60;
/* A run that took longer is not done again. */
static const double long_s = 5;
/* Shorter tests are held to nothing. */
static const double least_s = 0.1;
/* Lines that come closer together are read at once. */
static const double tick_s = 0.001;

/* The columns of the table, in their order. */
struct row {
    const char *name;
    const char *file;
    const char *append;
    const char *cpus;
    const char *memory;
    const char *gic;
    const char *levels;
    const char *device; /* "" for none; see the table */
    const char *verdict;
};

/* A test within a run: the shortest time that it took. */
struct part {
    char name[NAME_SIZE];
    double seconds[MACHINES];
};

static struct part parts[PARTS_MAX];
static size_t part_count;

/* The test under way; before the first one, none. */
struct progress {
    enum machine machine;
    bool begun;
    struct part *part;
    double since_s;
};

/* ---- Parts --------------------------------------------------------------- */

static struct part *find_part(const char *name, size_t size)
{
    size = size < NAME_SIZE ? size : NAME_SIZE - 1;
    for (size_t i = 0; i < part_count; i++) {
        if (strncmp(parts[i].name, name, size) == 0 &&
            parts[i].name[size] == '\0') {
            return &parts[i];
        }
    }
    if (part_count == PARTS_MAX) {
        return NULL;
    }
    memset(&parts[part_count], 0, sizeof(parts[part_count]));
    memcpy(parts[part_count].name, name, size);
    return &parts[part_count++];
}

static void end_part(struct progress *progress, double at_s)
{
    if (progress->part != NULL) {
        double *best = &progress->part->seconds[progress->machine];
        double took = at_s - progress->since_s;

        took = took < tick_s ? tick_s : took;
        *best = *best == 0 || took < *best ? took : *best;
    }
    progress->part = NULL;
    progress->since_s = at_s;
}

static void heard(void *context, const char *line, double at_s)
{
    static const char boot[] = "boot";
    static const char begins[] = "> Executing '";
    static const char ends[] = "TEST COMPLETE";
    struct progress *progress = context;
    const char *at = strstr(line, begins);

    if (at != NULL) {
        const char *name = at + strlen(begins);

        if (!progress->begun) {
            progress->part = find_part(boot, strlen(boot));
            progress->begun = true;
        }
        end_part(progress, at_s);
        progress->part = find_part(name, strcspn(name, "'"));
    } else if (strstr(line, ends) != NULL) {
        end_part(progress, at_s);
    }
}

/* ---- Runs ---------------------------------------------------------------- */

static bool is_firmware(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL && strcmp(dot, ".bios") == 0;
}

static struct cost run(const struct bench *bench, const struct row *row,
                       const char *path, enum machine machine)
{
    const bool all = strcmp(row->levels, "all") == 0;
    const struct guest guest = {
        .kernel = is_firmware(path) ? NULL : path,
        .bios = is_firmware(path) ? path : NULL,
        .append = row->append[0] != '\0' ? row->append : NULL,
        .memory = row->memory,
        .cpu = "neoverse-n1",
        .cpus = (unsigned)strtoul(row->cpus, NULL, 10),
        .gic = (unsigned)strtoul(row->gic, NULL, 10),
        .security = all,
        .virtualization = all,
        .unlimited = true,
    };
    struct progress progress = {.machine = machine};
    struct peer_command command;
    char overlay[PATH_SIZE];

    peer_command(bench->peer, machine, &guest, &command);
    if (row->device[0] != '\0') {
        snprintf(overlay, sizeof(overlay), "devices/qemu/%s.dtso", row->device);
        peer_add(&command,
                 machine == OURS
                     ? (const char *const[]){"--with", overlay, NULL}
                     : (const char *const[]){"-device", row->device, NULL});
    }
    return measure_lines(command.argv,
                         machine == OURS ? NULL : bench->peer->libraries,
                         row->verdict, limit_s, heard, &progress);
}

/* ---- Figures ------------------------------------------------------------- */

static void print(const char *name, const char *suffix, double ours,
                  double theirs)
{
    bool counts = ours > least_s || theirs > least_s;

    figures_print(&(struct figure){name, suffix, ours, theirs, theirs / ours,
                                   "s", counts ? 1 : 0});
}

static void print_parts(const struct row *row)
{
    for (size_t i = 0; i < part_count; i++) {
        const double *seconds = parts[i].seconds;
        if (seconds[OURS] > least_s || seconds[QEMU] > least_s) {
            char *name = xasprintf("%s: %s", row->name, parts[i].name);

            print(name, NULL, seconds[OURS], seconds[QEMU]);
            free(name);
        }
    }
}

static void run_row(const struct bench *bench, const struct row *row,
                    const char *path)
{
    double best[MACHINES] = {0};
    bool good[MACHINES] = {true, true};
    bool again = true;

    part_count = 0;
    for (unsigned i = 0; again && i < bench->runs; i++) {
        for (enum machine machine = OURS; machine <= QEMU; machine++) {
            if (!peer_has(bench->peer, machine)) {
                continue;
            }
            struct cost cost = run(bench, row, path, machine);

            good[machine] = good[machine] && cost.good;
            again = again && cost.wall_s < long_s;
            if (best[machine] == 0 || cost.wall_s < best[machine]) {
                best[machine] = cost.wall_s;
            }
        }
    }
    if (!good[OURS]) {
        figures_failed(row->name);
        return;
    }
    print(row->name,
          good[QEMU]             ? NULL
          : best[QEMU] < limit_s ? ", which QEMU fails"
                                 : ", which QEMU does not end in time",
          best[OURS], best[QEMU]);
    print_parts(row);
}

/* Cuts a line of the table into its columns; false for a comment. */
static bool read_row(char *line, struct row *row)
{
    const char *columns[COLUMNS] = {NULL};

    if (line[0] == '#') {
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = strsep(&line, "|");
        if (columns[i] == NULL) {
            fprintf(stderr, "bench: %s: a line lacks columns\n", TABLE);
            exit(1);
        }
    }
    *row =
        (struct row){columns[0], columns[1], columns[2], columns[3], columns[4],
                     columns[5], columns[6], columns[7], columns[8]};
    return true;
}

static void run_table(const struct bench *bench, const char *folder)
{
    FILE *table = fopen(TABLE, "r");
    char line[512];

    if (table == NULL) {
        perror("bench: " TABLE);
        exit(1);
    }
    while (fgets(line, sizeof(line), table) != NULL) {
        char path[PATH_SIZE];
        struct row row;

        if (!read_row(line, &row) || !figures_wanted(bench, row.name)) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, row.file);
        if (access(path, R_OK) == 0) {
            run_row(bench, &row, path);
        } else {
            printf("%s: skipped, CAIRN_SUITES has no %s\n", row.name, row.file);
        }
    }
    fclose(table);
}

int main(int argc, char **argv)
{
    const char *folder = getenv("CAIRN_SUITES");
    struct peer peer;

    if (folder == NULL) {
        printf("suites: skipped, CAIRN_SUITES names no folder of them\n");
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    setenv("CAIRN_BENCH_RUNS", "3", 0);
    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    run_table(&bench, folder);
    figures_conclude();
    return 0;
}
