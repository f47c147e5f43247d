/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmarks of guest/bench, the same image on all machines. How often one
 * is repeated is found by trial; the time of a program that does nothing is
 * taken off. Instructions are ours to count, the code being the same.
 */
#include "bench/programs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"

#define BENCHMARKS "build/out/guest/bench/a64.bin"

enum { FILE_MAX = 64 << 20, KERNEL_AT = 64, TURNS_AT = 72 };

/* benchmark is the row's place among the twelve, 0 for none; per_turn is 0 for
 * a rate, else how many of what the row names one turn does; goal is for the
 * ratio to plain QEMU. */
static const struct row {
    const char *name;
    unsigned kernel;
    unsigned per_turn;
    unsigned benchmark;
    double goal;
} rows[] = {
    {"integer mix",                1,  0,     1, 0.9},
    {"f64 matrix",                 2,  0,     2, 0.9},
    {"f32 matrix, vectors",        3,  0,     2, 0.9},
    {"copy, aligned",              4,  0,     3, 0.9},
    {"copy, misaligned",           5,  0,     3, 0.9},
    {"copy, 1 MiB apart",          6,  0,     3, 0.9},
    {"chase, 16 KiB",              7,  0,     4, 0.9},
    {"chase, 4 MiB",               8,  0,     4, 0.9},
    {"SHA-256",                    9,  0,     5, 0.9},
    {"AES instructions",           10, 0,     5, 0.9},
    {"byte code",                  11, 0,     6, 0.9},
    {"SVC and ERET",               12, 100,   7, 8  },
    {"page fault, map, TLBI",      13, 100,   8, 0.9},
    {"ASID switch",                14, 100,   9, 10 },
    {"ASID switch, 16 pages",      15, 100,   9, 0.9},
    {"ASID switch, 128 pages",     16, 100,   9, 0.9},
    {"calls",                      17, 0,     0, 0.9},
    {"indirect calls",             18, 0,     0, 0.9},
    {"sieve",                      19, 0,     0, 0.9},
    {"sort",                       20, 0,     0, 0.9},
    {"divide",                     21, 0,     0, 0.9},
    {"unaligned accesses",         22, 0,     0, 0.9},
    {"LDAXR and STLXR",            23, 100,   0, 0.9},
    {"MRS TPIDR_EL0, CNTVCT_EL0",  24, 100,   0, 0.9},
    {"DAIF read, mask, write",     25, 100,   0, 0.9},
    {"device read",                26, 100,   0, 0.9},
    {"modified code",              27, 100,   0, 0.9},
    {"cold code, per instruction", 28, 16384, 0, 0.9},
    {"HVC to PSCI",                29, 100,   0, 0.9},
    {"stores beside code",         30, 100,   0, 0.9},
    {"patched, with 20 calls",     31, 100,   0, 0.9},
    {"SHA-256 instructions",       32, 0,     0, 0.9},
    {"CRC-32 instructions",        33, 0,     0, 0.9},
    {"strings, by vectors",        34, 0,     0, 0.9},
    {"big numbers",                35, 0,     0, 0.9},
    {"variable-length codes",      36, 0,     0, 0.9},
    {"sort by callback",           37, 0,     0, 0.9},
    {"random loads, 4 MiB",        38, 100,   0, 0.9},
    {"random loads, 32 MiB",       39, 100,   0, 0.9},
    {"random loads, 256 MiB",      40, 100,   0, 0.9},
    {"random loads, 2 MiB blocks", 41, 100,   0, 0.9},
    {"calls, 640 pages",           42, 100,   0, 0.9},
    {"ASID switch, 512 pages",     43, 100,   0, 0.9},
};

static const struct bench *bench;
static struct buffer image;
static struct buffer output;
static char image_path[] = "/tmp/cairn-bench-XXXXXX";

/* ---- One program --------------------------------------------------------- */

struct outcome {
    struct cost cost;
    uint64_t result;
    uint64_t instructions;
};

static uint64_t number_after(const char *word, int base)
{
    const char *at = strstr(buffer_text(&output), word);

    return at ? strtoull(at + strlen(word), NULL, base) : 0;
}

static struct outcome run_as(enum machine machine, bool unconfined,
                             unsigned kernel, uint64_t turns)
{
    struct outcome outcome = {{.good = false}, 0, 0};
    const struct guest guest = {
        .kernel = image_path, .memory = "512M", .unconfined = unconfined};
    struct error error;

    store_le64(image.bytes + KERNEL_AT, kernel);
    store_le64(image.bytes + TURNS_AT, turns);
    if (file_write(image_path, image.bytes, image.size, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    outcome.cost = peer_run(bench->peer, machine, &guest, &output);
    if (!outcome.cost.good) {
        fprintf(stderr, "bench: %s: program %u failed\n%s", peer_name(machine),
                kernel, buffer_text(&output));
        exit(1);
    }
    outcome.result = number_after("result ", 16);
    outcome.instructions = number_after(" ms, ", 10);
    return outcome;
}

static struct outcome run(enum machine machine, unsigned kernel, uint64_t turns)
{
    return run_as(machine, false, kernel, turns);
}

/* ---- One row ------------------------------------------------------------- */

static double start_s[MACHINES];

static bool present(enum machine machine)
{
    return peer_has(bench->peer, machine);
}

/* So many turns that the fastest machine takes long enough to be measured, but
 * the slowest no more than ten times that. */
static uint64_t find_turns(const struct row *row)
{
    const double least_seconds = bench->seconds;

    for (uint64_t turns = 10;; turns *= 6) {
        double least = 1e9;
        double most = 0;

        for (enum machine m = OURS; m < MACHINES; m++) {
            double time =
                present(m) ? run(m, row->kernel, turns).cost.cpu_s - start_s[m]
                           : least_seconds;

            least = time < least ? time : least;
            most = time > most ? time : most;
        }
        if (least >= least_seconds / 8 || most >= least_seconds) {
            double by_least = least_seconds / (least > 1e-6 ? least : 1e-6);
            double by_most = 10 * least_seconds / most;

            return 1 + (uint64_t)((double)turns *
                                  (by_least < by_most ? by_least : by_most));
        }
    }
}

static void print_ratios(const struct row *row, uint64_t turns,
                         uint64_t instructions, const double time[MACHINES])
{
    double unit = row->per_turn == 0 ? (double)instructions / 1e6
                                     : 1e9 / ((double)turns * row->per_turn);

    for (enum machine m = QEMU; m < MACHINES; m++) {
        const bool there = present(m);
        struct figure figure = {
            .name = row->name,
            .suffix = m == ICOUNT ? ", -icount" : "",
            .ours = row->per_turn ? time[OURS] * unit : unit / time[OURS],
            .ratio = there ? time[m] / time[OURS] : 0,
            .unit = row->per_turn ? "ns" : "MIPS",
            .goal = m == QEMU ? row->goal : 0,
        };

        if (there) {
            figure.theirs = row->per_turn ? time[m] * unit : unit / time[m];
        }
        figures_print(&figure);
        twelve_add(m, row->benchmark, figure.ratio);
    }
    if (row->kernel == 1) {
        figures_at_least(row->name, unit / time[OURS], 150, "MIPS");
    }
}

static void run_row(const struct row *row)
{
    double times[MACHINES][RUNS_MAX];
    double time[MACHINES] = {0};
    uint64_t instructions = 0;
    uint64_t turns = find_turns(row);

    for (unsigned i = 0; i < bench->runs; i++) {
        uint64_t result = 0;

        for (enum machine m = OURS; m < MACHINES; m++) {
            if (!present(m)) {
                continue;
            }
            struct outcome outcome = run(m, row->kernel, turns);
            if (m == OURS) {
                result = outcome.result;
                instructions = outcome.instructions;
            } else if (outcome.result != result) {
                fprintf(stderr, "bench: %s: results differ\n", row->name);
                exit(1);
            }
            times[m][i] = outcome.cost.cpu_s - start_s[m];
        }
    }
    for (enum machine m = OURS; m < MACHINES; m++) {
        time[m] = present(m) ? median(times[m], bench->runs) : 0;
    }
    print_ratios(row, turns, instructions, time);
}

/* ---- Starts -------------------------------------------------------------- */

static void print_start(const double wall[MACHINES])
{
    const char *name = "cold start to power-off";

    for (enum machine m = QEMU; m < MACHINES; m++) {
        double ratio = present(m) ? wall[m] / wall[OURS] : 0;

        figures_print(&(struct figure){name, m == ICOUNT ? ", -icount" : "",
                                       wall[OURS] * 1e3, wall[m] * 1e3, ratio,
                                       "ms", m == QEMU ? 8 : 0});
        twelve_add(m, 12, ratio);
    }
    figures_print(&(struct figure){name, ", CPU time", start_s[OURS] * 1e3,
                                   start_s[QEMU] * 1e3,
                                   start_s[QEMU] / start_s[OURS], "ms", 0});
    figures_at_most(name, wall[OURS] * 1e3, 5, "ms");
}

/* The time that a cold start takes longer because the program gives up its
 * rights. */
static void run_sandbox(unsigned tries)
{
    double longer[RUNS_MAX];

    for (unsigned i = 0; i < tries; i++) {
        double confined = run_as(OURS, false, 0, 1).cost.wall_s;

        longer[i] = confined - run_as(OURS, true, 0, 1).cost.wall_s;
    }
    figures_at_most("sandbox, at a cold start", median(longer, tries) * 1e3, 1,
                    "ms");
}

/* From the start of the process to the power-off of a guest that only prints a
 * line. The CPU time of it is taken off all other rows. */
static void run_starts(void)
{
    double cpu[MACHINES][RUNS_MAX];
    double wall[MACHINES][RUNS_MAX];
    const unsigned tries =
        bench->runs * 3 < RUNS_MAX ? bench->runs * 3 : RUNS_MAX;
    double walls[MACHINES];

    for (unsigned i = 0; i < tries; i++) {
        for (enum machine m = OURS; m < MACHINES; m++) {
            struct cost cost = {0};

            if (present(m)) {
                cost = run(m, 0, 1).cost;
            }
            cpu[m][i] = cost.cpu_s;
            wall[m][i] = cost.wall_s;
        }
    }
    for (enum machine m = OURS; m < MACHINES; m++) {
        start_s[m] = median(cpu[m], tries);
        walls[m] = median(wall[m], tries);
    }
    if (figures_wanted(bench, "cold start")) {
        print_start(walls);
        run_sandbox(tries);
    }
}

void programs_bench(const struct bench *settings)
{
    struct error error;
    int file = mkstemp(image_path);
    bool any = figures_wanted(settings, "cold start");

    bench = settings;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        any = any || figures_wanted(bench, rows[i].name);
    }
    if (file < 0 || file_read(BENCHMARKS, FILE_MAX, &image, &error) != 0) {
        fprintf(stderr, "bench: %s\n",
                file < 0 ? "no temporary file" : error.text);
        exit(1);
    }
    close(file);
    if (any) {
        run_starts();
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (figures_wanted(bench, rows[i].name)) {
            run_row(&rows[i]);
        }
    }
    unlink(image_path);
    buffer_fini(&image);
}
