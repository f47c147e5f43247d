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
#include "bench/caliptra_start.h"
#include "bench/linux.h"
#include "bench/programs.h"
#include "bench/rv32.h"
#include "bench/translation.h"

int main(int argc, char **argv)
{
    struct peer peer;

    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    /* On as many processors as they want. */
    figures_of_other(&bench, argv[0], "parallel");
    figures_of_other(&bench, argv[0], "snapshot");
    measure_on_one_processor();
    programs_bench(&bench);
    linux_bench(&bench);
    twelve_print();
    rv32_bench(&bench);
    caliptra_start_bench(&bench);
    translation_bench(&bench);
    translation_engine_lines(&bench);
    return figures_conclude();
}
