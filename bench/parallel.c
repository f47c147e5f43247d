/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work that processors that run at the same time get done: each the same
 * work of its own (guest/tests/litmus), as much as one processor alone in the
 * same time or not. Lines as bench/figures.h has them; wall time, for a host
 * that has as many processors to spare. A virtual host's may be half as fast
 * for a second, each on its own. So runs are short and many, each ratio is of
 * neighbouring ones, medians are printed, and ours is held to what two machines
 * get that share nothing, too. Processors that run in turn are to cost the sum
 * of their work, and those that are off nothing.
 *
 *   CAIRN_BENCH_RUNS=5     a sixth of the runs of each, which are 64 at most
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "bench/figures.h"
#include "host/file.h"
#include "host/time.h"
#include "include/cairn/cairn.h"

#define IMAGE "build/out/guest/litmus/litmus.bin"

enum { IMAGE_LIMIT = 1 << 20, PARAMETERS = 64, TURNS = 40000000 };

/* As the image has them. */
struct parameters {
    uint64_t processors;
    uint64_t instances;
    uint64_t tests;
    uint64_t additions;
    uint64_t turns;
    uint64_t clock;
};

static void hear(void *context, const char *device, uint8_t byte)
{
    (void)device;
    buffer_append(context, &byte, 1);
}

/* Seconds of the work, 0 if it failed; the text is the guest's. */
static double seconds_of(unsigned processors, unsigned busy, bool parallel,
                         struct buffer *image, struct buffer *text)
{
    const struct parameters parameters = {busy, 0, 0, 0, TURNS, 0};
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"work", image->bytes, image->size},
        .memory_bytes = 64 << 20,
        .cpus = processors,
        .cpu = "neoverse-n1",
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .seed = 1,
        .parallel = parallel,
        .guest = &guest,
        .callbacks = {.console = hear, .context = text},
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    memcpy(image->bytes + PARAMETERS, &parameters, sizeof(parameters));
    buffer_clear(text);
    if (cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "bench: parallel: %s\n", error.text);
        return 0;
    }
    cairn_power(machine);
    uint64_t start = host_time_ns();
    bool good = cairn_run(machine, NULL) == CAIRN_STOP_OFF;
    double seconds = (double)(host_time_ns() - start) / 1e9;
    cairn_destroy(machine);
    return good ? seconds : 0;
}

/* One processor's work in two machines at once: of each its own thread. */
struct apart {
    const struct buffer *image;
    double seconds;
};

static void *run_apart(void *argument)
{
    struct apart *apart = argument;
    struct buffer image = {0};
    struct buffer text = {0};

    buffer_append(&image, apart->image->bytes, apart->image->size);
    apart->seconds = seconds_of(1, 1, false, &image, &text);
    buffer_fini(&text);
    buffer_fini(&image);
    return NULL;
}

/* The slower of two; 0 if one failed. */
static double seconds_apart(const struct buffer *image)
{
    struct apart machines[2] = {
        {image, 0},
        {image, 0}
    };
    pthread_t other;

    if (pthread_create(&other, NULL, run_apart, &machines[1]) != 0) {
        return 0;
    }
    run_apart(&machines[0]);
    pthread_join(other, NULL);
    if (machines[0].seconds == 0 || machines[1].seconds == 0) {
        return 0;
    }
    return machines[0].seconds > machines[1].seconds ? machines[0].seconds
                                                     : machines[1].seconds;
}

enum { TURNS_ONE, PARALLEL_ONE, PARALLEL_TWO, APART, KINDS };

static double run_kind(unsigned kind, struct buffer *image, struct buffer *text)
{
    switch (kind) {
    case TURNS_ONE:
        return seconds_of(1, 1, false, image, text);
    case PARALLEL_ONE:
        return seconds_of(1, 1, true, image, text);
    case PARALLEL_TWO:
        return seconds_of(2, 2, true, image, text);
    default:
        return seconds_apart(image);
    }
}

static double median_ratio(const double *a, const double *b, unsigned count)
{
    double ratios[RUNS_MAX];

    for (unsigned i = 0; i < count; i++) {
        ratios[i] = a[i] / b[i];
    }
    return median(ratios, count);
}

/* Processor time of the work; one thread does it. */
static double cost_of(unsigned processors, unsigned busy, struct buffer *image,
                      struct buffer *text)
{
    struct timespec start, end;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    double seconds = seconds_of(processors, busy, false, image, text);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return seconds == 0 ? 0
                        : (double)(end.tv_sec - start.tv_sec) +
                              (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

/* So many processors that run in turn, of which some are busy and the others
 * off: their work by what one alone takes for it. */
static void bench_in_turn(unsigned processors, unsigned busy, unsigned runs,
                          struct buffer *image)
{
    double alone[RUNS_MAX];
    double here[RUNS_MAX];
    struct buffer heard = {0};
    char name[64];

    for (unsigned i = 0; i < runs; i++) {
        alone[i] = cost_of(1, 1, image, &heard);
        here[i] = cost_of(processors, busy, image, &heard);
        if (alone[i] == 0 || here[i] == 0) {
            fprintf(stderr, "bench: parallel: a run failed\n");
            exit(1);
        }
    }
    buffer_fini(&heard);
    snprintf(name, sizeof(name), "%u busy of %u in turn, by their sum", busy,
             processors);
    figures_at_most(name, median_ratio(here, alone, runs) / busy,
                    busy == 1 ? 1.03 : 1.1, "times");
}

int main(void)
{
    const char *text = getenv("CAIRN_BENCH_RUNS");
    unsigned runs = 6 * (text ? (unsigned)strtoul(text, NULL, 10) : 5);
    struct buffer image = {0};
    struct error error = {""};

    if (file_read(IMAGE, IMAGE_LIMIT, &image, &error) != 0 ||
        image.size < PARAMETERS + sizeof(struct parameters)) {
        fprintf(stderr, "bench: parallel: %s\n", error.text);
        return 1;
    }
    runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
    double seconds[KINDS][RUNS_MAX] = {{0}};
    struct buffer heard = {0};
    for (unsigned i = 0; i < runs * KINDS; i++) {
        double *here = &seconds[i % KINDS][i / KINDS];

        *here = run_kind(i % KINDS, &image, &heard);
        if (*here == 0) {
            fprintf(stderr, "bench: parallel: a run failed\n");
            return 1;
        }
    }
    buffer_fini(&heard);
    double beside =
        median_ratio(seconds[TURNS_ONE], seconds[PARALLEL_ONE], runs);
    double ours =
        2 * median_ratio(seconds[PARALLEL_ONE], seconds[PARALLEL_TWO], runs);
    double host = 2 * median_ratio(seconds[TURNS_ONE], seconds[APART], runs);
    figures_print(&(struct figure){"one processor, --parallel beside not", NULL,
                                   median(seconds[PARALLEL_ONE], runs),
                                   median(seconds[TURNS_ONE], runs), beside,
                                   "s", 0});
    if (sysconf(_SC_NPROCESSORS_ONLN) >= 2) {
        figures_print(&(struct figure){
            "two parallel processors' throughput, and two machines'", NULL,
            ours, host, ours / host, "times one's", 0.9});
        figures_at_least("two parallel processors' throughput of one's", ours,
                         1.8, "times");
    } else {
        printf("parallel: the host has one processor\n");
    }
    for (unsigned processors = 2; processors <= 8; processors *= 2) {
        bench_in_turn(processors, 1, runs / 6 + 1, &image);
        bench_in_turn(processors, processors, runs / 6 + 1, &image);
    }
    buffer_fini(&image);
    return 0;
}
