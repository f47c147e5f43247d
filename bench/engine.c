/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The speed of the engine, beside QEMU's in the same run: bare-metal programs
 * and Debian's Linux on AArch64, loops on RISC-V, Caliptra's start, what
 * translation costs; then what `parallel` and `snapshot` beside this program
 * print, and a table of all goals. The same image runs on all machines in turns
 * (ours, QEMU, QEMU with -icount) on one processor. Figures are medians of the
 * CPU time of whole processes, unless they say wall time. bench/figures.h has
 * the form of a line.
 *
 *   bench/engine [WORD...]    only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5        runs of each
 *   CAIRN_BENCH_SECONDS=0.15  of the faster in a run, at least
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/caliptra_start.h"
#include "bench/linux.h"
#include "bench/programs.h"
#include "bench/rv32.h"
#include "bench/translation.h"

/* Other programs of the folder, with figures of their own. */
static void run_others(const struct bench *bench, const char *self)
{
    static const char *const names[] = {"parallel", "snapshot"};
    size_t folder = strlen(self) - strlen("engine");

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[512];

        snprintf(path, sizeof(path), "%.*s%s", (int)folder, self, names[i]);
        if (!figures_wanted(bench, names[i])) {
            continue;
        }
        if (access(path, X_OK) == 0) {
            figures_pass_on(path);
        } else {
            printf("%s: not built\n", names[i]);
        }
    }
}

int main(int argc, char **argv)
{
    const char *runs = getenv("CAIRN_BENCH_RUNS");
    const char *seconds = getenv("CAIRN_BENCH_SECONDS");
    struct peer peer;
    struct bench bench = {
        .peer = &peer,
        .runs = runs ? (unsigned)strtoul(runs, NULL, 10) : 5,
        .seconds = seconds ? strtod(seconds, NULL) : 0.15,
        .words = argv + 1,
        .word_count = argc - 1,
    };

    bench.runs = bench.runs == 0         ? 1
                 : bench.runs > RUNS_MAX ? RUNS_MAX
                                         : bench.runs;
    peer_find(&peer, "aarch64");
    peer_print(&peer);
    run_others(&bench, argv[0]); /* on as many processors as they want */
    measure_on_one_processor();
    programs_bench(&bench);
    linux_bench(&bench);
    twelve_print();
    rv32_bench(&bench);
    caliptra_start_bench(&bench);
    translation_bench(&bench);
    translation_engine_lines(&bench);
    figures_conclude();
    return 0;
}
