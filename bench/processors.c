/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's Linux on 1, 2, 4 and 8 processors, beside QEMU: one busy job while
 * the others only wait, and a busy job on each. Times are from the line before
 * the jobs to the line behind them, as wall time, or with CAIRN_BENCH_CPU=1 as
 * CPU time of the process. Deterministic runs are held to the sum of the jobs'
 * times, parallel ones to what the host's processors give. bench/figures.h has
 * the form of a line.
 *
 *   bench/processors [WORD...]    only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5            runs of each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "bench/guests.h"

#define INITRD "build/out/guest/bench/initrd-processors"

static const char init[] =
    "#!/bin/busybox sh\n"
    "b=/bin/busybox\n"
    "$b mount -t proc proc /proc\n"
    "for word in $($b cat /proc/cmdline); do\n"
    "    case $word in jobs=*) jobs=${word#jobs=} ;; esac\n"
    "done\n"
    "job() {\n"
    "    i=0 sum=1\n"
    "    while [ $i -lt 60000 ]; do\n"
    "        sum=$(((sum * 31 + i) % 65537)) i=$((i + 1))\n"
    "    done\n"
    "    echo \"sum: $sum\"\n"
    "}\n"
    "echo begin: $($b grep -c ^processor /proc/cpuinfo)\n"
    "n=0\n"
    "while [ $n -lt $jobs ]; do job & n=$((n + 1)); done\n"
    "wait\n"
    "echo end: $n\n"
    "$b poweroff -f\n";

/* How Linux runs: ours deterministic, ours with a thread for each processor,
 * QEMU likewise, and QEMU that is deterministic. */
enum way { TURNS, THREADS, MTTCG, COUNTED, WAYS };

static const struct {
    const char *name;
    enum machine machine;
    bool parallel;
} ways[WAYS] = {
    {"",             OURS,   false},
    {", --parallel", OURS,   true },
    {"",             QEMU,   false},
    {", -icount",    ICOUNT, false},
};

static const unsigned counts[] = {1, 2, 4, 8};

enum { COUNTS = ARRAY_SIZE(counts) };

/* No run takes that long, or it failed. */
static const double limit_s = 120;

static const struct bench *bench;
static char kernel[GUESTS_PATH];

/* ---- Runs ---------------------------------------------------------------- */

/* Seconds of so many jobs on so many processors; 0 if that machine is not
 * here. */
static double run(enum way way, unsigned cpus, unsigned jobs)
{
    struct buffer output = {0};
    char append[128];
    char end[16];
    const struct guest guest = {
        .kernel = kernel,
        .initrd = INITRD,
        .append = append,
        .memory = "512M",
        .cpu = "neoverse-n1",
        .cpus = cpus,
        .unlimited = true,
        .parallel = ways[way].parallel && cpus > 1,
        .begin = "begin: ",
        .end = end,
        .limit_s = limit_s,
    };

    if (!peer_has(bench->peer, ways[way].machine)) {
        return 0;
    }
    snprintf(append, sizeof(append), "console=ttyAMA0 panic=-1 jobs=%u", jobs);
    snprintf(end, sizeof(end), "end: %u", jobs);
    struct cost cost =
        peer_run(bench->peer, ways[way].machine, &guest, &output);
    if (!cost.good || cost.between_s <= 0 ||
        !strstr(buffer_text(&output), "sum: ")) {
        fprintf(stderr, "bench: %s: Linux failed: %s\n",
                peer_name(ways[way].machine), buffer_text(&output));
        exit(1);
    }
    buffer_fini(&output);
    return getenv("CAIRN_BENCH_CPU") == NULL ? cost.between_s
                                             : cost.between_cpu_s;
}

/* Medians of interleaved runs; at 1 processor both kinds are the same. */
static void run_all(bool busy, double seconds[COUNTS][WAYS])
{
    double times[COUNTS][WAYS][RUNS_MAX];

    for (unsigned i = 0; i < bench->runs; i++) {
        for (unsigned c = 0; c < COUNTS; c++) {
            for (enum way way = TURNS; way < WAYS; way++) {
                times[c][way][i] = run(way, counts[c], busy ? counts[c] : 1);
            }
        }
    }
    for (unsigned c = 0; c < COUNTS; c++) {
        for (enum way way = TURNS; way < WAYS; way++) {
            seconds[c][way] = median(times[c][way], bench->runs);
        }
    }
}

/* ---- Figures ------------------------------------------------------------- */

static void print(const char *name, const double seconds[WAYS], enum way ours,
                  enum way theirs)
{
    figures_print(&(struct figure){
        .name = name,
        .suffix = ours == THREADS ? ways[ours].name : ways[theirs].name,
        .ours = seconds[ours],
        .theirs = seconds[theirs],
        .ratio = seconds[theirs] / seconds[ours],
        .unit = "s",
    });
}

static void print_all(const char *kind, unsigned cpus,
                      const double seconds[WAYS])
{
    char name[64];

    snprintf(name, sizeof(name), "%s, %u processors", kind, cpus);
    print(name, seconds, TURNS, MTTCG);
    print(name, seconds, TURNS, COUNTED);
    print(name, seconds, THREADS, MTTCG);
}

/* The time that the processors that only wait cost. */
static void bench_waiting(void)
{
    double seconds[COUNTS][WAYS];
    char name[64];

    if (!figures_wanted(bench, "one job of processors")) {
        return;
    }
    run_all(false, seconds);
    for (unsigned c = 0; c < COUNTS; c++) {
        print_all("one job", counts[c], seconds[c]);
        if (c > 0) {
            snprintf(name, sizeof(name),
                     "one job, %u processors, of one's time", counts[c]);
            figures_at_most(name, seconds[c][TURNS] / seconds[0][TURNS], 1.1,
                            "times");
        }
    }
}

static void bench_busy(void)
{
    double seconds[COUNTS][WAYS];
    long host = sysconf(_SC_NPROCESSORS_ONLN);
    char name[64];

    if (!figures_wanted(bench, "busy processors")) {
        return;
    }
    run_all(true, seconds);
    for (unsigned c = 0; c < COUNTS; c++) {
        const double sum = counts[c] * seconds[0][TURNS];

        print_all("a job on each", counts[c], seconds[c]);
        if (c == 0) {
            continue;
        }
        snprintf(name, sizeof(name), "%u busy processors, of their sum",
                 counts[c]);
        figures_at_most(name, seconds[c][TURNS] / sum, 1.1, "times");
        if (host >= counts[c]) {
            snprintf(name, sizeof(name), "%u busy processors, --parallel",
                     counts[c]);
            figures_at_least(name, sum / seconds[c][THREADS], 0.9 * counts[c],
                             "times one's");
        }
    }
}

int main(int argc, char **argv)
{
    struct peer peer;

    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench settings = bench_settings(&peer, argc, argv);
    bench = &settings;
    if (!guests_file(GUESTS_LINUX, kernel) || !guests_initrd(INITRD, init)) {
        printf("Linux: not fetched; make check-guests does that\n");
        return 0;
    }
    bench_waiting();
    bench_busy();
    return 0;
}
