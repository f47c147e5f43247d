/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmarks of guest/bench, and the time of a start. */
#include "bench/programs.h"

#include "base/bits.h"
#include "bench/kernels.h"

static const struct kernel_row rows[] = {
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

static bool unconfined;

static struct cost start(const struct bench *bench, enum machine machine,
                         const char *path, struct buffer *output)
{
    const struct guest guest = {
        .kernel = path, .memory = "512M", .unconfined = unconfined};

    return peer_run(bench->peer, machine, &guest, output);
}

static const struct kernels kernels = {
    .image = "build/out/guest/bench/a64.bin",
    .number_at = 64,
    .width = 8,
    .end = MACHINES,
    .start = start,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};

/* From the start of the process to the power-off of a guest that only prints a
 * line. */
static void print_start(const struct bench *bench, const double cpu[MACHINES],
                        const double wall[MACHINES])
{
    const char *name = "cold start to power-off";

    for (enum machine m = QEMU; m < MACHINES; m++) {
        double ratio = peer_has(bench->peer, m) ? wall[m] / wall[OURS] : 0;

        figures_print(&(struct figure){name, m == ICOUNT ? ", -icount" : "",
                                       wall[OURS] * 1e3, wall[m] * 1e3, ratio,
                                       "ms", m == QEMU ? 8 : 0});
        twelve_add(m, 12, ratio);
    }
    figures_print(&(struct figure){name, ", CPU time", cpu[OURS] * 1e3,
                                   cpu[QEMU] * 1e3, cpu[QEMU] / cpu[OURS], "ms",
                                   0});
    figures_at_most(name, wall[OURS] * 1e3, 5, "ms");
}

/* The time that a cold start takes longer because the program gives up its
 * rights. */
static void run_sandbox(unsigned tries)
{
    double longer[RUNS_MAX];

    for (unsigned i = 0; i < tries; i++) {
        double confined = kernels_run(OURS, 0, 1).wall_s;

        unconfined = true;
        longer[i] = confined - kernels_run(OURS, 0, 1).wall_s;
        unconfined = false;
    }
    figures_at_most("sandbox, at a cold start", median(longer, tries) * 1e3, 1,
                    "ms");
}

void programs_bench(const struct bench *bench)
{
    const unsigned tries =
        bench->runs * 3 < RUNS_MAX ? bench->runs * 3 : RUNS_MAX;
    const bool start_wanted = figures_wanted(bench, "cold start");
    double cpu[MACHINES];
    double wall[MACHINES];

    kernels_open(&kernels, bench);
    if (start_wanted || kernels_wanted()) {
        kernels_starts(tries, cpu, wall);
    }
    if (start_wanted) {
        print_start(bench, cpu, wall);
        run_sandbox(tries);
    }
    kernels_rows();
    kernels_close();
}
