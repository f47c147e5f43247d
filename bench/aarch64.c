/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AArch64 machine beside qemu-system-aarch64: the benchmarks of guest/bench
 * and Debian's Linux, the same image on both, in turns (ours, QEMU, QEMU with
 * -icount) on one processor. Figures are medians of the CPU time of whole
 * processes (wait4), for the programs with the time of one that does nothing
 * taken off. How often a program is repeated is found by trial.
 *
 * Prints figure, ours, peer, ratio (above 1 is better than the peer), unit,
 * tab-separated; rows that are held to a bound of the project's own say so.
 * Instructions are ours to count, the code being the same.
 *
 *   bench/aarch64 [NAME...]   only rows whose name holds one of these
 *   CAIRN_BENCH_RUNS=5        runs of each
 *   CAIRN_BENCH_SECONDS=0.15  of the faster, at least
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/linux.h"
#include "bench/measure.h"
#include "bench/peer.h"
#include "host/file.h"

#define BENCHMARKS "build/out/guest/bench/a64.bin"

enum { FILE_MAX = 64 << 20, KERNEL_AT = 64, TURNS_AT = 72 };

/* Rows of a mix count for its mean; per_turn is 0 for a rate, else how many of
 * what the row names one turn does. */
static const struct row {
    const char *name;
    unsigned kernel;
    unsigned per_turn;
    bool mean;
} rows[] = {
    {"integer mix",                1,  0,     true },
    {"f64 matrix",                 2,  0,     true },
    {"f32 matrix, vectors",        3,  0,     true },
    {"copy, aligned",              4,  0,     true },
    {"copy, misaligned",           5,  0,     true },
    {"copy, 1 MiB apart",          6,  0,     true },
    {"chase, 16 KiB",              7,  0,     true },
    {"chase, 4 MiB",               8,  0,     true },
    {"SHA-256",                    9,  0,     true },
    {"AES instructions",           10, 0,     true },
    {"byte code",                  11, 0,     true },
    {"SVC and ERET",               12, 100,   true },
    {"page fault, map, TLBI",      13, 100,   true },
    {"ASID switch",                14, 100,   true },
    {"ASID switch, 16 pages",      15, 100,   true },
    {"ASID switch, 128 pages",     16, 100,   true },
    {"calls",                      17, 0,     false},
    {"indirect calls",             18, 0,     false},
    {"sieve",                      19, 0,     false},
    {"sort",                       20, 0,     false},
    {"divide",                     21, 0,     false},
    {"unaligned accesses",         22, 0,     false},
    {"LDAXR and STLXR",            23, 100,   false},
    {"MRS TPIDR_EL0, CNTVCT_EL0",  24, 100,   false},
    {"DAIF read, mask, write",     25, 100,   false},
    {"device read",                26, 100,   false},
    {"modified code",              27, 100,   false},
    {"cold code, per instruction", 28, 16384, false},
    {"HVC to PSCI",                29, 100,   false},
};

static const struct peer *peer;
static struct buffer image;
static struct buffer output;
static char image_path[] = "/tmp/cairn-bench-XXXXXX";

/* ---- One program ----------------------------------------------------------
 */

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

static struct outcome run(enum machine machine, unsigned kernel, uint64_t turns)
{
    struct outcome outcome = {{.good = false}, 0, 0};
    const struct guest guest = {.kernel = image_path, .memory = "128M"};
    struct error error;

    store_le64(image.bytes + KERNEL_AT, kernel);
    store_le64(image.bytes + TURNS_AT, turns);
    if (file_write(image_path, image.bytes, image.size, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    outcome.cost = peer_run(peer, machine, &guest, &output);
    if (!outcome.cost.good) {
        fprintf(stderr, "bench: %s: program %u failed\n%s", peer_name(machine),
                kernel, buffer_text(&output));
        exit(1);
    }
    outcome.result = number_after("result ", 16);
    outcome.instructions = number_after(" ms, ", 10);
    return outcome;
}

/* ---- One row --------------------------------------------------------------
 */

static unsigned runs = 5;
static double least_seconds = 0.15;
static double start_s[MACHINES];
static double log_sums[MACHINES];
static unsigned in_mean;

static bool present(enum machine machine)
{
    return machine == OURS || peer->program[0] != '\0';
}

/* So many turns that the fastest machine takes long enough to be measured, but
 * the slowest no more than ten times that. */
static uint64_t find_turns(const struct row *row)
{
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

static void print_row(const char *name, const char *suffix, double ours,
                      double theirs, double ratio, const char *unit)
{
    if (theirs > 0) {
        printf("%s%s\t%.4g\t%.4g\t%.2f\t%s\n", name, suffix, ours, theirs,
               ratio, unit);
    } else {
        printf("%s%s\t%.4g\t-\t-\t%s\n", name, suffix, ours, unit);
    }
    fflush(stdout);
}

static void bench(const struct row *row)
{
    double times[MACHINES][64];
    double time[MACHINES] = {0};
    uint64_t instructions = 0;
    uint64_t turns = find_turns(row);

    for (unsigned i = 0; i < runs; i++) {
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
        time[m] = present(m) ? median(times[m], runs) : 0;
    }
    double unit = row->per_turn == 0 ? (double)instructions / 1e6
                                     : 1e9 / ((double)turns * row->per_turn);
    for (enum machine m = QEMU; m < MACHINES; m++) {
        double ratio = time[m] > 0 ? time[m] / time[OURS] : 0;
        double ours = row->per_turn ? time[OURS] * unit : unit / time[OURS];
        double theirs = time[m] <= 0    ? 0
                        : row->per_turn ? time[m] * unit
                                        : unit / time[m];

        print_row(row->name, m == ICOUNT ? ", -icount" : "", ours, theirs,
                  ratio, row->per_turn ? "ns" : "MIPS");
        log_sums[m] += row->mean && ratio > 0 ? log(ratio) : 0;
    }
    in_mean += row->mean;
    if (row->kernel == 1) {
        double rate = unit / time[OURS];

        print_row(row->name, ", at least", rate, 150, rate / 150, "MIPS");
    }
}

/* ---- Starts ---------------------------------------------------------------
 */

/* From the start of the process to the power-off of a guest that only prints a
 * line. The CPU time of it is taken off all other rows. */
static void bench_start(bool wanted)
{
    double cpu[MACHINES][64];
    double wall[MACHINES][64];
    const unsigned tries = runs * 3 < 64 ? runs * 3 : 64;

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
    }
    if (!wanted) {
        return;
    }
    double ours = median(wall[OURS], tries) * 1e3;
    double theirs = median(wall[QEMU], tries) * 1e3;
    print_row("cold start to power-off", "", ours, theirs, theirs / ours, "ms");
    print_row("cold start to power-off", ", CPU time", start_s[OURS] * 1e3,
              start_s[QEMU] * 1e3, start_s[QEMU] / start_s[OURS], "ms");
    print_row("cold start to power-off", ", at most", ours, 5, 5 / ours, "ms");
}

/* ---- All ------------------------------------------------------------------
 */

static bool wanted(const char *name, int count, char **names)
{
    bool any = count == 0;

    for (int i = 0; i < count; i++) {
        any = any || strstr(name, names[i]) != NULL;
    }
    return any;
}

static void bench_linux(int count, char **names)
{
    struct linux_job job;

    if (!linux_find()) {
        printf("Linux: not fetched; make check-guests does that\n");
        return;
    }
    if (wanted("memory", count, names)) {
        linux_memory(print_row);
    }
    for (size_t i = 0; linux_job(i, &job); i++) {
        if (wanted(job.name, count, names)) {
            linux_bench(peer, i, runs, print_row);
        }
    }
}

static void print_means(void)
{
    for (enum machine m = QEMU; m < MACHINES; m++) {
        if (in_mean > 1 && present(m)) {
            double mean = exp(log_sums[m] / in_mean);
            char name[64];

            snprintf(name, sizeof(name), "geometric mean of %u%s", in_mean,
                     m == ICOUNT ? ", -icount" : "");
            printf("%s\t%.3f\t1\t%.2f\t-\n", name, mean, mean);
        }
    }
}

int main(int argc, char **argv)
{
    const char *text = getenv("CAIRN_BENCH_RUNS");
    struct error error;

    runs = text ? (unsigned)strtoul(text, NULL, 10) : runs;
    runs = runs == 0 ? 1 : runs > 64 ? 64 : runs;
    text = getenv("CAIRN_BENCH_SECONDS");
    least_seconds = text ? strtod(text, NULL) : least_seconds;
    int file = mkstemp(image_path);
    if (file < 0 || file_read(BENCHMARKS, FILE_MAX, &image, &error) != 0) {
        fprintf(stderr, "bench: %s\n",
                file < 0 ? "no temporary file" : error.text);
        return 1;
    }
    close(file);
    peer = peer_find();
    peer_print(peer);
    measure_on_one_processor();
    bench_start(wanted("cold start", argc - 1, argv + 1));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (wanted(rows[i].name, argc - 1, argv + 1)) {
            bench(&rows[i]);
        }
    }
    print_means();
    bench_linux(argc - 1, argv + 1);
    unlink(image_path);
    return 0;
}
