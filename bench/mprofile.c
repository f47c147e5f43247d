/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cortex-M beside QEMU in the same run: kernels of guest/bench/mprofile on
 * AN386, and firmware of others that CAIRN_MPROFILE names the folder of
 * (tests/mprofile/firmware-test.sh has its layout): TF-M's whole test suite,
 * the start of Zephyr's hello. Wall time; bench/figures.h has the form of a
 * line.
 *
 *   bench/mprofile [WORD...]    only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5          runs of each
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/kernels.h"

enum { PATH_SIZE = 1024 };

static const struct kernel_row rows[] = {
    {"CRC and lists",             1, 0,   0, 0.9},
    {"matrix of halfwords",       2, 0,   0, 0.9},
    {"state machine",             3, 0,   0, 0.9},
    {"copies",                    4, 0,   0, 0.9},
    {"DSP",                       5, 0,   0, 0.9},
    {"filter, single precision",  6, 0,   0, 0.9},
    {"SVC",                       7, 100, 0, 10 },
    {"interrupt, PendSV chained", 8, 100, 0, 10 },
    {"context switch",            9, 100, 0, 10 },
};

static struct cost start_kernel(const struct bench *bench, enum machine machine,
                                const char *path, struct buffer *output)
{
    char load[64];

    snprintf(load, sizeof(load), "%s@0", path);
    const char *const ours[] = {"build/cairn",        "run",    "an386",
                                "--semihosting",      "--load", load,
                                "--max-instructions", "100G",   NULL};
    const char *const theirs[] = {bench->peer->program,
                                  "-M",
                                  "mps2-an386",
                                  "-display",
                                  "none",
                                  "-serial",
                                  "null",
                                  "-monitor",
                                  "none",
                                  "-chardev",
                                  "stdio,id=s",
                                  "-semihosting-config",
                                  "enable=on,chardev=s",
                                  "-kernel",
                                  path,
                                  NULL};

    return measure(machine == OURS ? ours : theirs,
                   machine == OURS ? "" : bench->peer->libraries, output);
}

static const struct kernels kernels = {
    .image = "build/out/guest/bench/mprofile.bin",
    .number_at = 64 * 4,
    .width = 4,
    .end = ICOUNT,
    .by_wall = true,
    .start = start_kernel,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};

static void run_kernels(const struct bench *bench)
{
    double cpu[MACHINES];
    double wall[MACHINES];

    kernels_open(&kernels, bench);
    kernels_starts(bench->runs, cpu, wall);
    figures_print(&(struct figure){.name = "start to end",
                                   .ours = wall[OURS] * 1e3,
                                   .theirs = wall[QEMU] * 1e3,
                                   .ratio = wall[QEMU] / wall[OURS],
                                   .unit = "ms"});
    kernels_rows();
    kernels_close();
}

/* ---- Firmware of others -------------------------------------------------- */

struct firmware {
    const char *name;
    const char *board;
    const char *machine;
    const char *kernel; /* in the folder */
    const char *image;  /* or NULL */
    const char *at;
    const char *text; /* that ends it */
    double goal;
};

/* clang-format off */
static const struct firmware firmwares[] = {
    {"Zephyr's hello, from the start of the process", "an385", "mps2-an385",
     "zephyr-hello-an385.elf", NULL, NULL, "Hello World", 5},
    {"Zephyr's hello on AN521", "an521", "mps2-an521", "zephyr-hello-an521.elf",
     NULL, NULL, "Hello World", 5},
    {"TF-M's tests", "an521", "mps2-an521", "tfm/bl2.axf",
     "tfm/tfm_s_ns_signed.bin", "0x10080000", "End of Non-secure test suites", 3},
};
/* clang-format on */

static double run_firmware(const struct bench *bench, const void *row,
                           enum machine machine)
{
    const struct firmware *f = row;
    const char *folder = getenv("CAIRN_MPROFILE");
    char kernel[PATH_SIZE];
    char image_at[PATH_SIZE];
    const struct measure_line lines[] = {
        {f->text, NULL},
        {NULL,    NULL},
    };

    snprintf(kernel, sizeof(kernel), "%s/%s", folder, f->kernel);
    if (machine == OURS) {
        snprintf(image_at, sizeof(image_at), "%s/%s@%s", folder,
                 f->image ? f->image : "", f->at ? f->at : "");
    } else {
        snprintf(image_at, sizeof(image_at), "loader,file=%s/%s,addr=%s",
                 folder, f->image ? f->image : "", f->at ? f->at : "");
    }
    const char *const ours[] = {"build/cairn", "run",
                                f->board,      "--load",
                                kernel,        "--max-instructions",
                                "100G",        f->image ? "--load" : NULL,
                                image_at,      NULL};
    const char *const theirs[] = {bench->peer->program,
                                  "-M",
                                  f->machine,
                                  "-nographic",
                                  "-kernel",
                                  kernel,
                                  f->image ? "-device" : NULL,
                                  image_at,
                                  NULL};

    struct cost cost =
        measure_talk(machine == OURS ? ours : theirs,
                     machine == OURS ? "" : bench->peer->libraries, lines, 300);
    return cost.good ? cost.wall_s : 0;
}

static void run_firmwares(const struct bench *bench)
{
    const char *folder = getenv("CAIRN_MPROFILE");

    for (size_t i = 0; i < ARRAY_SIZE(firmwares); i++) {
        const struct firmware *f = &firmwares[i];
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "%s/%s", folder ? folder : "", f->kernel);
        if (!figures_wanted(bench, f->name)) {
            continue;
        }
        if (!folder || access(path, R_OK) != 0) {
            printf("skipped\t%s: CAIRN_MPROFILE names no folder with '%s'\n",
                   f->name, f->kernel);
            continue;
        }
        figures_compare(bench, f->name, f->goal, run_firmware, f);
    }
}

int main(int argc, char **argv)
{
    struct peer peer;

    peer_find(&peer, "aarch64"); /* which has the boards of Cortex-M too */
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    if (!peer_has(&peer, QEMU)) {
        fprintf(stderr, "bench: needs QEMU\n");
        return 1;
    }
    run_kernels(&bench);
    run_firmwares(&bench);
    return 0;
}
