/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware and a hypervisor from Debian's packages, beside QEMU in the same
 * run: U-Boot to its prompt, EDK2 to its shell, Xen to its domain 0 and that
 * one's end. Ours answers by --expect and --type, QEMU is answered at its
 * serial port at once. Wall time from the start of the process, or with
 * CAIRN_BENCH_CPU=1 its CPU time. bench/figures.h has the form of a line.
 *
 *   bench/boots [WORD...]    only figures whose name holds one of these
 *   CAIRN_BENCH_RUNS=5       runs of each
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bench/figures.h"
#include "bench/guests.h"

#define GOAL   4
#define INITRD "build/out/guests/initrd"

enum { ARGUMENTS_MAX = 64, LINES_MAX = 4 };

static const double limit_s = 300;

/* Paths of what `make check-guests` fetches; where one is an argument below,
 * its pattern stands for it. */
static const char *const patterns[] = {GUESTS_UBOOT, GUESTS_EDK2, GUESTS_XEN,
                                       GUESTS_LINUX};

#define DOM0 "console=hvc0 panic=-1 nokaslr"
#define XEN  "dom0_mem=256M console=dtuart"

/* Domain 0's kernel and initial file system, as ours and QEMU take them. */
static const char our_kernel[] = "kernel=" GUESTS_LINUX;
static const char our_ramdisk[] = "ramdisk=" INITRD;
static const char their_kernel[] =
    "guest-loader,addr=0x4a000000,bootargs=" DOM0 ",kernel=" GUESTS_LINUX;
static const char their_ramdisk[] =
    "guest-loader,addr=0x4e000000,initrd=" INITRD;

/* Arguments of ours and of QEMU's behind those of all; a return is \r in keys,
 * which ours have as \n. */
static const struct row {
    const char *name;
    struct measure_line lines[LINES_MAX];
    const char *ours[16];
    const char *theirs[16];
} rows[] = {
    {.name = "U-Boot to its prompt",
     .lines = {{"autoboot:", " "}, {"=> ", NULL}},
     .ours = {"--memory", "512M", "--bios", GUESTS_UBOOT},
     .theirs = {"-m", "512M", "-bios", GUESTS_UBOOT}},
    {.name = "EDK2 to its shell",
     .lines = {{"seconds to skip", " "}, {"Shell> ", NULL}},
     .ours = {"--memory", "512M", "--bios", GUESTS_EDK2},
     .theirs = {"-m", "512M", "-bios", GUESTS_EDK2} },
    {.name = "Xen to domain 0's end",
     .lines = {{"Power down", NULL}},
     .ours = {"--memory", "1G", "--virtualization", "--kernel", GUESTS_XEN,
              "--append", XEN, "--module", our_kernel, "--module-append", DOM0,
              "--module", our_ramdisk},
     .theirs = {"-m", "1G", "-machine", "virtualization=on", "-kernel",
                GUESTS_XEN, "-append", XEN, "-device", their_kernel, "-device",
                their_ramdisk}                      },
};

/* ---- Arguments ----------------------------------------------------------- */

/* The argument, with a pattern at its end replaced by the path. False if there
 * is no such file. */
static bool resolve(const char *argument, char text[GUESTS_PATH * 2])
{
    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        const char *at = strstr(argument, patterns[i]);
        char path[GUESTS_PATH];

        if (at != NULL) {
            if (!guests_file(patterns[i], path)) {
                return false;
            }
            snprintf(text, GUESTS_PATH * 2, "%.*s%s", (int)(at - argument),
                     argument, path);
            return true;
        }
    }
    snprintf(text, GUESTS_PATH * 2, "%s", argument);
    return true;
}

struct arguments {
    char texts[ARGUMENTS_MAX][GUESTS_PATH * 2];
    const char *argv[ARGUMENTS_MAX + 1];
    size_t count;
};

static bool add(struct arguments *arguments, const char *const *list)
{
    bool good = true;

    for (; *list != NULL; list++) {
        char *text = arguments->texts[arguments->count];

        good = resolve(*list, text) && good;
        arguments->argv[arguments->count++] = text;
    }
    arguments->argv[arguments->count] = NULL;
    return good;
}

static bool add_all(struct arguments *arguments, const struct peer *peer,
                    const struct row *row, enum machine machine)
{
    if (machine != OURS) {
        add(arguments, (const char *const[]){
                           peer->program, "-machine", "virt,gic-version=3",
                           "-cpu", "cortex-a35", "-nodefaults", "-display",
                           "none", "-serial", "stdio", NULL});
        return add(arguments, row->theirs);
    }
    add(arguments, (const char *const[]){"build/cairn", "run", "virt", "--gic",
                                         "3", NULL});
    for (const struct measure_line *line = row->lines; line->text != NULL;
         line++) {
        add(arguments, (const char *const[]){"--expect", line->text, NULL});
        if (line->keys != NULL) {
            add(arguments, (const char *const[]){"--type", line->keys, NULL});
        }
    }
    return add(arguments, row->ours);
}

/* ---- Rows ---------------------------------------------------------------- */

/* Seconds; 0 if a file of it is not here. */
static double run(const struct bench *bench, const struct row *row,
                  enum machine machine)
{
    static struct arguments arguments;
    struct buffer output = {0};
    struct cost cost;

    arguments.count = 0;
    if (!add_all(&arguments, bench->peer, row, machine)) {
        return 0;
    }
    if (machine == OURS) {
        cost =
            measure_between(arguments.argv, NULL, &output, NULL, NULL, limit_s);
    } else {
        cost = measure_talk(arguments.argv, bench->peer->libraries, row->lines,
                            limit_s);
    }
    if (!cost.good) {
        fprintf(stderr, "bench: %s: %s failed\n%s", row->name,
                peer_name(machine), buffer_text(&output));
        exit(1);
    }
    buffer_fini(&output);
    return getenv("CAIRN_BENCH_CPU") == NULL ? cost.wall_s : cost.cpu_s;
}

static void run_row(const struct bench *bench, const struct row *row)
{
    double times[MACHINES][RUNS_MAX] = {{0}};

    for (unsigned i = 0; i < bench->runs; i++) {
        times[OURS][i] = run(bench, row, OURS);
        if (times[OURS][i] == 0) {
            printf("%s: not fetched; make check-guests does that\n", row->name);
            return;
        }
        if (peer_has(bench->peer, QEMU)) {
            times[QEMU][i] = run(bench, row, QEMU);
        }
    }
    double ours = median(times[OURS], bench->runs);
    double theirs = median(times[QEMU], bench->runs);
    figures_print(&(struct figure){row->name, NULL, ours, theirs, theirs / ours,
                                   "s", GOAL});
}

int main(int argc, char **argv)
{
    struct peer peer;

    signal(SIGPIPE, SIG_IGN);
    peer_find(&peer, "aarch64");
    peer_print(&peer);
    const struct bench bench = bench_settings(&peer, argc, argv);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (figures_wanted(&bench, rows[i].name)) {
            run_row(&bench, &rows[i]);
        }
    }
    return 0;
}
