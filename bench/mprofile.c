/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cortex-M beside QEMU in the same run: kernels of guest/bench/mprofile on
 * AN386, and firmware of others that CAIRN_MPROFILE names the folder of
 * (tests/mprofile-firmware-test.sh has its layout): TF-M's whole test suite,
 * the start of Zephyr's hello. Wall time; bench/figures.h has the form of a
 * line.
 *
 *   bench/mprofile [WORD...]    only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5          runs of each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "host/file.h"

#define KERNELS "build/out/guest/bench/mprofile.bin"

enum { FILE_MAX = 1 << 20, PARAMETERS_AT = 64 * 4, PATH_SIZE = 1024 };

/* per_turn: how many of what the row names a turn does, or 0: a rate. */
static const struct row {
    const char *name;
    unsigned kernel;
    unsigned per_turn;
    double goal;
} rows[] = {
    {"CRC and lists",             1, 0,   0.9},
    {"matrix of halfwords",       2, 0,   0.9},
    {"state machine",             3, 0,   0.9},
    {"copies",                    4, 0,   0.9},
    {"DSP",                       5, 0,   0.9},
    {"filter, single precision",  6, 0,   0.9},
    {"SVC",                       7, 100, 10 },
    {"interrupt, PendSV chained", 8, 100, 10 },
    {"context switch",            9, 100, 10 },
};

static struct buffer image;
static char image_path[] = "/tmp/cairn-bench-XXXXXX";

/* ---- Kernels ------------------------------------------------------------- */

struct outcome {
    struct cost cost;
    uint64_t result;
    uint64_t instructions;
};

static uint64_t number_after(const char *text, const char *word, int base)
{
    const char *at = strstr(text, word);

    return at ? strtoull(at + strlen(word), NULL, base) : 0;
}

static struct cost start_kernel(const struct bench *bench, enum machine machine,
                                struct buffer *output)
{
    char load[64];

    snprintf(load, sizeof(load), "%s@0", image_path);
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
                                  image_path,
                                  NULL};

    return measure(machine == OURS ? ours : theirs,
                   machine == OURS ? "" : bench->peer->libraries, output);
}

static struct outcome run_kernel(const struct bench *bench,
                                 enum machine machine, unsigned kernel,
                                 uint32_t turns)
{
    struct buffer output = {0};
    struct outcome outcome = {{.good = false}, 0, 0};
    struct error error;

    store_le32(image.bytes + PARAMETERS_AT, kernel);
    store_le32(image.bytes + PARAMETERS_AT + 4, turns);
    if (file_write(image_path, image.bytes, image.size, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    outcome.cost = start_kernel(bench, machine, &output);
    if (!outcome.cost.good) {
        fprintf(stderr, "bench: %s: program %u failed\n%s", peer_name(machine),
                kernel, buffer_text(&output));
        exit(1);
    }
    outcome.result = number_after(buffer_text(&output), "result ", 16);
    outcome.instructions = number_after(buffer_text(&output), " ms, ", 10);
    buffer_fini(&output);
    return outcome;
}

static double start_s[MACHINES];

/* So many turns that the faster machine takes long enough, but the slower one
 * no more than ten times that. */
static uint32_t find_turns(const struct bench *bench, unsigned kernel)
{
    for (uint32_t turns = 10;; turns *= 6) {
        double least = 1e9;
        double most = 0;

        for (enum machine m = OURS; m <= QEMU; m++) {
            double time =
                run_kernel(bench, m, kernel, turns).cost.wall_s - start_s[m];

            least = time < least ? time : least;
            most = time > most ? time : most;
        }
        if (least >= bench->seconds / 8 || most >= bench->seconds ||
            turns > UINT32_MAX / 60) {
            double scale = bench->seconds / (least > 1e-6 ? least : 1e-6);
            double limit = 10 * bench->seconds / most;

            return 1 +
                   (uint32_t)((double)turns * (scale < limit ? scale : limit));
        }
    }
}

static void run_row(const struct bench *bench, const struct row *row)
{
    double times[2][RUNS_MAX];
    uint32_t turns = find_turns(bench, row->kernel);
    uint64_t instructions = 0;

    for (unsigned i = 0; i < bench->runs; i++) {
        struct outcome ours = run_kernel(bench, OURS, row->kernel, turns);
        struct outcome theirs = run_kernel(bench, QEMU, row->kernel, turns);

        if (ours.result != theirs.result) {
            fprintf(stderr, "bench: %s: results differ\n", row->name);
            exit(1);
        }
        instructions = ours.instructions;
        times[OURS][i] = ours.cost.wall_s - start_s[OURS];
        times[QEMU][i] = theirs.cost.wall_s - start_s[QEMU];
    }
    double ours = median(times[OURS], bench->runs);
    double theirs = median(times[QEMU], bench->runs);
    double unit = row->per_turn == 0 ? (double)instructions / 1e6
                                     : 1e9 / ((double)turns * row->per_turn);
    bool rate = row->per_turn == 0;

    figures_print(&(struct figure){
        .name = row->name,
        .ours = rate ? unit / ours : ours * unit,
        .theirs = rate ? unit / theirs : theirs * unit,
        .ratio = theirs / ours,
        .unit = rate ? "MIPS" : "ns",
        .goal = row->goal,
    });
}

/* A guest that only prints a line. Its time is taken off all other rows. */
static void run_starts(const struct bench *bench)
{
    double times[2][RUNS_MAX];

    for (unsigned i = 0; i < bench->runs; i++) {
        for (enum machine m = OURS; m <= QEMU; m++) {
            times[m][i] = run_kernel(bench, m, 0, 1).cost.wall_s;
        }
    }
    start_s[OURS] = median(times[OURS], bench->runs);
    start_s[QEMU] = median(times[QEMU], bench->runs);
    figures_print(&(struct figure){.name = "start to end",
                                   .ours = start_s[OURS] * 1e3,
                                   .theirs = start_s[QEMU] * 1e3,
                                   .ratio = start_s[QEMU] / start_s[OURS],
                                   .unit = "ms"});
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
    double scale;
    const char *unit;
    double goal;
};

/* clang-format off */
static const struct firmware firmwares[] = {
    {"Zephyr's hello, from the start of the process", "an385", "mps2-an385",
     "zephyr-hello-an385.elf", NULL, NULL, "Hello World", 1e3, "ms", 5},
    {"Zephyr's hello on AN521", "an521", "mps2-an521", "zephyr-hello-an521.elf",
     NULL, NULL, "Hello World", 1e3, "ms", 5},
    {"TF-M's tests", "an521", "mps2-an521", "tfm/bl2.axf",
     "tfm/tfm_s_ns_signed.bin", "0x10080000", "End of Non-secure test suites",
     1, "s", 3},
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
    struct error error;

    peer_find(&peer, "aarch64"); /* which has the boards of Cortex-M too */
    peer_print(&peer);
    struct bench bench = bench_settings(&peer, argc, argv);
    int file = mkstemp(image_path);

    if (file < 0 || !peer_has(&peer, QEMU) ||
        file_read(KERNELS, FILE_MAX, &image, &error) != 0) {
        fprintf(stderr, "bench: needs QEMU and " KERNELS "\n");
        return 1;
    }
    close(file);
    run_starts(&bench);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (figures_wanted(&bench, rows[i].name)) {
            run_row(&bench, &rows[i]);
        }
    }
    run_firmwares(&bench);
    unlink(image_path);
    return 0;
}
