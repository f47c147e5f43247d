/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work that processors get done at the same time: each has the same of its
 * own (guest/tests/litmus). Lines as bench/figures.h has them; wall time.
 * Other programs take processors of the host, and a virtual one's may be half
 * as fast for a second, each on its own. So runs are short and many, of all
 * kinds in turns, the best of each kind counts, and the same run measures what
 * as many threads of the host gain that do such work themselves, and as many
 * machines of one processor. Processors that run in turn are to cost the sum of
 * their work, and those that are off nothing.
 *
 *   CAIRN_BENCH_RUNS=5     a sixth of the runs of each, which are 64 at most
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "bench/figures.h"
#include "bench/measure.h"
#include "guest/tests/litmus/work.h"
#include "host/file.h"
#include "host/time.h"
#include "include/cairn/cairn.h"

#define IMAGE "build/out/guest/litmus/litmus.bin"

enum { IMAGE_LIMIT = 1 << 20, PARAMETERS = 64, TURNS = 40000000 };
enum { BUSY_MOST = 8 }; /* processors of the board */

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

/* ---- Threads that share nothing ------------------------------------------ */

struct apart {
    pthread_t thread;
    const struct buffer *image; /* of a machine; NULL: the host's own work */
    double seconds;
};

/* The guest's work, by the host itself. */
static double seconds_of_host(void)
{
    enum { HOST_TURNS = 2 * TURNS }; /* which take about as long */
    uint64_t *words = calloc(LITMUS_WORDS, sizeof(*words));
    uint64_t start = host_time_ns();
    bool good = words != NULL && litmus_work(words, HOST_TURNS) != 0;
    double seconds = (double)(host_time_ns() - start) / 1e9;

    free(words);
    return good ? seconds : 0;
}

static void *run_apart(void *argument)
{
    struct apart *apart = argument;
    struct buffer image = {0};
    struct buffer text = {0};

    if (apart->image == NULL) {
        apart->seconds = seconds_of_host();
        return NULL;
    }
    buffer_append(&image, apart->image->bytes, apart->image->size);
    apart->seconds = seconds_of(1, 1, false, &image, &text);
    buffer_fini(&text);
    buffer_fini(&image);
    return NULL;
}

/* The slowest of so many at once; 0 if one failed. */
static double seconds_apart(unsigned count, const struct buffer *image)
{
    struct apart all[BUSY_MOST];
    unsigned begun = 0;
    double most = 0;
    bool good = true;

    for (; begun < count && good; begun += good) {
        all[begun] = (struct apart){.image = image};
        good = pthread_create(&all[begun].thread, NULL, run_apart,
                              &all[begun]) == 0;
    }
    for (unsigned i = 0; i < begun; i++) {
        pthread_join(all[i].thread, NULL);
        good &= all[i].seconds != 0;
        most = all[i].seconds > most ? all[i].seconds : most;
    }
    return good ? most : 0;
}

/* ---- Runs ---------------------------------------------------------------- */

enum { ONE, PARALLEL_ONE, PARALLEL, APART, HOST_ONE, HOST_BUSY, KINDS };

static double run_kind(unsigned kind, unsigned busy, struct buffer *image,
                       struct buffer *text)
{
    switch (kind) {
    case ONE:
        return seconds_of(1, 1, false, image, text);
    case PARALLEL_ONE:
        return seconds_of(1, 1, true, image, text);
    case PARALLEL:
        return seconds_of(busy, busy, true, image, text);
    case APART:
        return seconds_apart(busy, image);
    default:
        return seconds_apart(kind == HOST_BUSY ? busy : 1, NULL);
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
    double start = measure_now_s(CLOCK_THREAD_CPUTIME_ID);
    double seconds = seconds_of(processors, busy, false, image, text);

    return seconds == 0 ? 0 : measure_now_s(CLOCK_THREAD_CPUTIME_ID) - start;
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

/* So many processors, in units of what one gets done, beside what the host
 * gives to as many threads and as many machines. */
static void print_gains(unsigned busy, const double best[KINDS])
{
    const double ours = busy * best[PARALLEL_ONE] / best[PARALLEL];
    const double host = busy * best[HOST_ONE] / best[HOST_BUSY];
    const double machines = busy * best[ONE] / best[APART];
    char name[80];

    snprintf(name, sizeof(name), "%u busy processors, and %u host threads",
             busy, busy);
    figures_print(&(struct figure){name, ", --parallel", ours, host,
                                   ours / host, "times one's", 0.9});
    snprintf(name, sizeof(name), "%u busy processors, and %u machines", busy,
             busy);
    figures_print(&(struct figure){name, ", --parallel", ours, machines,
                                   ours / machines, "times one's", 0.9});
}

/* All kinds in turns; the best of each. */
static void bench_busy(unsigned busy, unsigned runs, struct buffer *image)
{
    double best[KINDS] = {0};
    struct buffer heard = {0};

    for (unsigned i = 0; i < runs * KINDS; i++) {
        const double here = run_kind(i % KINDS, busy, image, &heard);

        if (here == 0) {
            fprintf(stderr, "bench: parallel: a run failed\n");
            exit(1);
        }
        best[i % KINDS] =
            i < KINDS || here < best[i % KINDS] ? here : best[i % KINDS];
    }
    buffer_fini(&heard);
    figures_print(&(struct figure){"one processor, --parallel beside not", NULL,
                                   best[PARALLEL_ONE], best[ONE],
                                   best[ONE] / best[PARALLEL_ONE], "s", 0});
    if (busy >= 2) {
        print_gains(busy, best);
    } else {
        printf("parallel: the host has one processor\n");
    }
}

int main(void)
{
    const char *text = getenv("CAIRN_BENCH_RUNS");
    unsigned runs = 6 * (text ? (unsigned)strtoul(text, NULL, 10) : 5);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct buffer image = {0};
    struct error error = {""};

    if (file_read(IMAGE, IMAGE_LIMIT, &image, &error) != 0 ||
        image.size < PARAMETERS + sizeof(struct parameters)) {
        fprintf(stderr, "bench: parallel: %s\n", error.text);
        return 1;
    }
    runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
    bench_busy(processors < BUSY_MOST ? (unsigned)processors : BUSY_MOST, runs,
               &image);
    for (unsigned busy = 2; busy <= 8; busy *= 2) {
        bench_in_turn(busy, 1, runs / 6 + 1, &image);
        bench_in_turn(busy, busy, runs / 6 + 1, &image);
    }
    buffer_fini(&image);
    return 0;
}
