/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processors that run at the same time get done: each the same work of its
 * own (guest/litmus), as much as one processor alone in the same time or not.
 * Lines as bench/figures.h has them; wall time, the best of several, for a host
 * that has as many processors to spare.
 *
 *   CAIRN_BENCH_RUNS=5     runs of each
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
};

static void hear(void *context, const char *device, uint8_t byte)
{
    (void)device;
    buffer_append(context, &byte, 1);
}

/* Seconds of the work, 0 if it failed; the text is the guest's. */
static double seconds_of(unsigned processors, bool parallel,
                         struct buffer *image, struct buffer *text)
{
    const struct parameters parameters = {processors, 0, 0, 0, TURNS};
    const struct cairn_guest guest = {
        .kernel = {"work", image->bytes, image->size},
        .memory_bytes = 64 << 20,
        .cpus = processors,
        .cpu = "neoverse-n1",
    };
    const struct cairn_options options = {
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
    apart->seconds = seconds_of(1, false, &image, &text);
    buffer_fini(&text);
    buffer_fini(&image);
    return NULL;
}

static double best_apart(unsigned runs, const struct buffer *image)
{
    double least = 0;

    for (unsigned i = 0; i < runs; i++) {
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
        double slower = machines[0].seconds > machines[1].seconds
                            ? machines[0].seconds
                            : machines[1].seconds;
        if (slower != 0 && (least == 0 || slower < least)) {
            least = slower;
        }
    }
    return least;
}

static double best(unsigned runs, unsigned processors, bool parallel,
                   struct buffer *image)
{
    struct buffer text = {0};
    double least = 0;

    for (unsigned i = 0; i < runs; i++) {
        double seconds = seconds_of(processors, parallel, image, &text);

        if (least == 0 || (seconds != 0 && seconds < least)) {
            least = seconds;
        }
    }
    buffer_fini(&text);
    return least;
}

int main(void)
{
    const char *text = getenv("CAIRN_BENCH_RUNS");
    unsigned runs = text ? (unsigned)strtoul(text, NULL, 10) : 5;
    struct buffer image = {0};
    struct error error = {""};

    if (file_read(IMAGE, IMAGE_LIMIT, &image, &error) != 0 ||
        image.size < PARAMETERS + sizeof(struct parameters)) {
        fprintf(stderr, "bench: parallel: %s\n", error.text);
        return 1;
    }
    double turn = best(runs, 1, false, &image);
    double one = best(runs, 1, true, &image);
    double two = best(runs, 2, true, &image);
    if (turn == 0 || one == 0 || two == 0) {
        return 1;
    }
    figures_print(&(struct figure){"one processor, --parallel beside not", NULL,
                                   one, turn, turn / one, "s", 0});
    if (sysconf(_SC_NPROCESSORS_ONLN) >= 2) {
        double apart = best_apart(runs, &image);
        if (apart == 0) {
            return 1;
        }
        figures_print(&(struct figure){"two machines' throughput of one's",
                                       ", what the host has", 2 * turn / apart,
                                       0, 0, "times", 0});
        figures_at_least("two parallel processors' throughput of one's",
                         2 * one / two, 1.8, "times");
    } else {
        printf("parallel: the host has one processor\n");
    }
    buffer_fini(&image);
    return 0;
}
