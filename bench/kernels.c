/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the programs of an image in turns on all machines. */
#include "bench/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"

enum { FILE_MAX = 64 << 20 };

static const struct kernels *kernels;
static const struct bench *bench;
static struct buffer image;
static struct buffer output;
static char image_path[] = "/tmp/cairn-bench-XXXXXX";
static double start_s[MACHINES];

void kernels_open(const struct kernels *which, const struct bench *settings)
{
    struct error error;
    int file = mkstemp(image_path);

    kernels = which;
    bench = settings;
    if (file < 0 || file_read(kernels->image, FILE_MAX, &image, &error) != 0) {
        fprintf(stderr, "bench: %s\n",
                file < 0 ? "no temporary file" : error.text);
        exit(1);
    }
    close(file);
}

void kernels_close(void)
{
    unlink(image_path);
    buffer_fini(&image);
    buffer_fini(&output);
}

/* ---- One run ------------------------------------------------------------- */

static uint64_t number_after(const char *word, int base)
{
    const char *at = strstr(buffer_text(&output), word);

    return at ? strtoull(at + strlen(word), NULL, base) : 0;
}

static void store(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < kernels->width; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

struct cost kernels_run(enum machine machine, unsigned kernel, uint64_t turns)
{
    uint8_t *number = image.bytes + kernels->number_at;
    struct error error;

    store(number, kernel);
    store(number + kernels->width, turns);
    if (file_write(image_path, image.bytes, image.size, &error) != 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    struct cost cost = kernels->start(bench, machine, image_path, &output);
    if (!cost.good) {
        fprintf(stderr, "bench: %s: program %u failed\n%s", peer_name(machine),
                kernel, buffer_text(&output));
        exit(1);
    }
    return cost;
}

static double counted(const struct cost *cost)
{
    return kernels->by_wall ? cost->wall_s : cost->cpu_s;
}

static double time_of(enum machine machine, unsigned kernel, uint64_t turns)
{
    const struct cost cost = kernels_run(machine, kernel, turns);

    return counted(&cost) - start_s[machine];
}

static bool present(enum machine machine)
{
    return peer_has(bench->peer, machine);
}

void kernels_starts(unsigned tries, double cpu_s[MACHINES],
                    double wall_s[MACHINES])
{
    double cpu[MACHINES][RUNS_MAX] = {{0}};
    double wall[MACHINES][RUNS_MAX] = {{0}};

    for (unsigned i = 0; i < tries; i++) {
        for (enum machine m = OURS; m < kernels->end; m++) {
            if (present(m)) {
                const struct cost cost = kernels_run(m, 0, 1);

                cpu[m][i] = cost.cpu_s;
                wall[m][i] = cost.wall_s;
            }
        }
    }
    for (enum machine m = OURS; m < kernels->end; m++) {
        cpu_s[m] = median(cpu[m], tries);
        wall_s[m] = median(wall[m], tries);
        start_s[m] = kernels->by_wall ? wall_s[m] : cpu_s[m];
    }
}

/* ---- One row ------------------------------------------------------------- */

/* So many turns that the fastest machine takes long enough to be measured, but
 * the slowest no more than ten times that. */
static uint64_t find_turns(const struct kernel_row *row)
{
    const double least_seconds = bench->seconds;
    const uint64_t limit = UINT64_MAX >> (64 - 8 * kernels->width);

    for (uint64_t turns = 10;; turns *= 6) {
        double least = 1e9;
        double most = 0;

        for (enum machine m = OURS; m < kernels->end; m++) {
            double time =
                present(m) ? time_of(m, row->kernel, turns) : least_seconds;

            least = time < least ? time : least;
            most = time > most ? time : most;
        }
        if (least >= least_seconds / 8 || most >= least_seconds ||
            turns > limit / 60) {
            double by_least = least_seconds / (least > 1e-6 ? least : 1e-6);
            double by_most = 10 * least_seconds / most;

            return 1 + (uint64_t)((double)turns *
                                  (by_least < by_most ? by_least : by_most));
        }
    }
}

static void print_ratios(const struct kernel_row *row, uint64_t turns,
                         uint64_t instructions, const double time[MACHINES])
{
    double unit = row->per_turn == 0 ? (double)instructions / 1e6
                                     : 1e9 / ((double)turns * row->per_turn);

    for (enum machine m = QEMU; m < kernels->end; m++) {
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
    if (row->benchmark == 1) {
        figures_at_least(row->name, unit / time[OURS], 150, "MIPS");
    }
}

static void run_row(const struct kernel_row *row)
{
    double times[MACHINES][RUNS_MAX];
    double time[MACHINES] = {0};
    uint64_t instructions = 0;
    uint64_t turns = find_turns(row);

    for (unsigned i = 0; i < bench->runs; i++) {
        uint64_t result = 0;

        for (enum machine m = OURS; m < kernels->end; m++) {
            if (!present(m)) {
                continue;
            }
            times[m][i] = time_of(m, row->kernel, turns);
            if (m == OURS) {
                result = number_after("result ", 16);
                instructions = number_after(" ms, ", 10);
            } else if (number_after("result ", 16) != result) {
                fprintf(stderr, "bench: %s: results differ\n", row->name);
                exit(1);
            }
        }
    }
    for (enum machine m = OURS; m < kernels->end; m++) {
        time[m] = present(m) ? median(times[m], bench->runs) : 0;
    }
    print_ratios(row, turns, instructions, time);
}

bool kernels_wanted(void)
{
    bool any = false;

    for (size_t i = 0; i < kernels->row_count; i++) {
        any = any || figures_wanted(bench, kernels->rows[i].name);
    }
    return any;
}

void kernels_rows(void)
{
    for (size_t i = 0; i < kernels->row_count; i++) {
        if (figures_wanted(bench, kernels->rows[i].name)) {
            run_row(&kernels->rows[i]);
        }
    }
}
