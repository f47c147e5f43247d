/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory balloon (virtio 1.2, 5.5), with statistics, free page reporting and
 * deflation when the guest runs out of memory. Free page hints are not
 * modelled.
 *
 * Pages that were given up read as zeros and come back when the driver writes
 * to them, so deflation asks for nothing, and a driver need not tell before it
 * uses a page.
 */
#include "virtio/balloon.h"

#include <string.h>

enum { CHUNK = 256 }; /* addresses that are read at once */

static struct virtio_balloon_outside *outside_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_balloon_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_balloon_state *)virtio->state;
}

/* ---- Configuration (5.5.3, 5.5.4) ---------------------------------------- */

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_BALLOON_F_STATS_VQ) |
           VIRTIO_FEATURE(VIRTIO_BALLOON_F_DEFLATE_ON_OOM) |
           VIRTIO_FEATURE(VIRTIO_BALLOON_F_PAGE_POISON) |
           VIRTIO_FEATURE(VIRTIO_BALLOON_F_PAGE_REPORTING);
}

static void config(const struct virtio *virtio, void *bytes)
{
    const struct virtio_balloon_state *state = state_of(virtio);
    const struct virtio_balloon_config config = {
        .num_pages = outside_of(virtio)->pages,
        .actual = state->actual,
        .poison_val = state->poison,
    };

    memcpy(bytes, &config, sizeof(config));
}

static void configure(struct virtio *virtio, uint32_t offset, const void *bytes,
                      uint32_t size)
{
    struct virtio_balloon_state *state = state_of(virtio);

    if (size == sizeof(uint32_t) &&
        offset == offsetof(struct virtio_balloon_config, actual)) {
        memcpy(&state->actual, bytes, size);
    } else if (size == sizeof(uint32_t) &&
               offset == offsetof(struct virtio_balloon_config, poison_val) &&
               virtio_has(virtio, VIRTIO_BALLOON_F_PAGE_POISON)) {
        memcpy(&state->poison, bytes, size);
    } else {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
    }
}

void virtio_balloon_retarget(struct virtio *virtio)
{
    virtio_changed(virtio);
}

/* The driver expects what it left in pages: zeros in their place would be
 * wrong (5.5.6.4). */
static bool keeps_contents(const struct virtio *virtio)
{
    return virtio_has(virtio, VIRTIO_BALLOON_F_PAGE_POISON) &&
           state_of(virtio)->poison != 0;
}

/* ---- Inflation and deflation (5.5.6) ------------------------------------- */

struct run {
    uint64_t address;
    uint64_t size;
};

static void release(struct virtio *virtio, struct run *run)
{
    if (run->size != 0) {
        outside_of(virtio)->release(virtio, run->address, run->size);
    }
    run->size = 0;
}

/* Pages side by side are given back at once, whichever comes first. */
static void add_page(struct virtio *virtio, struct run *run, uint32_t number)
{
    const uint64_t address = (uint64_t)number << VIRTIO_BALLOON_PAGE_SHIFT;

    if (run->size != 0 && address == run->address + run->size) {
        run->size += VIRTIO_BALLOON_PAGE_SIZE;
    } else if (run->size != 0 &&
               address + VIRTIO_BALLOON_PAGE_SIZE == run->address) {
        run->address = address;
        run->size += VIRTIO_BALLOON_PAGE_SIZE;
    } else {
        release(virtio, run);
        *run = (struct run){address, VIRTIO_BALLOON_PAGE_SIZE};
    }
}

static bool inflate(struct virtio *virtio, const struct virtio_chain *chain)
{
    uint32_t numbers[CHUNK];
    struct run run = {.size = 0};
    uint64_t count = chain->readable_bytes / sizeof(numbers[0]);

    if (count > VIRTIO_BALLOON_PAGES_MAX) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_LONG, chain->queue, count);
        count = VIRTIO_BALLOON_PAGES_MAX;
    }
    for (uint64_t done = 0; done < count; done += CHUNK) {
        const uint64_t piece = count - done < CHUNK ? count - done : CHUNK;

        if (!virtio_read(virtio, chain, done * sizeof(numbers[0]), numbers,
                         piece * sizeof(numbers[0]))) {
            return false;
        }
        for (unsigned i = 0; i < piece; i++) {
            add_page(virtio, &run, numbers[i]);
        }
    }
    release(virtio, &run);
    return true;
}

/* The pages are there when they are written. */
static bool deflate(struct virtio *virtio, const struct virtio_chain *chain)
{
    return true;
}

/* ---- Free page reporting (5.5.6.5) --------------------------------------- */

static bool report(struct virtio *virtio, const struct virtio_chain *chain)
{
    for (unsigned i = chain->readable; i < chain->count; i++) {
        const struct virtio_segment *segment = &chain->segments[i];

        if (!keeps_contents(virtio)) {
            outside_of(virtio)->release(virtio, segment->address,
                                        segment->size);
        }
    }
    return true;
}

/* ---- Statistics (5.5.6.3) ------------------------------------------------ */

/* Entries come in any order, and unknown ones are ignored. */
static bool take_statistics(struct virtio *virtio,
                            const struct virtio_chain *chain)
{
    struct virtio_balloon_state *state = state_of(virtio);
    uint8_t entry[VIRTIO_BALLOON_STATISTIC_SIZE];
    uint16_t tag;

    for (unsigned i = 0; i < 2 * VIRTIO_BALLOON_STATISTICS &&
                         (i + 1) * sizeof(entry) <= chain->readable_bytes;
         i++) {
        if (!virtio_read(virtio, chain, i * sizeof(entry), entry,
                         sizeof(entry))) {
            return false;
        }
        memcpy(&tag, entry, sizeof(tag));
        if (tag < VIRTIO_BALLOON_STATISTICS) {
            memcpy(&state->values[tag], entry + sizeof(tag),
                   sizeof(state->values[tag]));
            state->known |= 1u << tag;
        }
    }
    return true;
}

/* The buffer stays with the device until it wants new ones. */
static void serve_statistics(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain *kept = &state_of(virtio)->statistics;
    struct virtio_chain chain;

    while (virtio_take(virtio, queue, &chain)) {
        if (kept->taken != 0) { /* the driver gave a second one */
            virtio_complete(virtio, kept, 0);
        }
        *kept = chain;
        if (!take_statistics(virtio, kept)) {
            return;
        }
    }
}

void virtio_balloon_ask(struct virtio *virtio)
{
    struct virtio_chain *kept = &state_of(virtio)->statistics;

    if (kept->taken != 0) {
        virtio_complete(virtio, kept, 0);
    }
}

/* ---- Queues (5.5.2) ------------------------------------------------------ */

/* Queues of features that were not accepted are left out of the numbers by
 * Linux, and keep theirs by the specification: the numbers of both are taken.
 */
static enum virtio_balloon_queue role(const struct virtio *virtio,
                                      unsigned queue)
{
    return queue < VIRTIO_BALLOON_STATS ||
                   (queue == VIRTIO_BALLOON_STATS &&
                    virtio_has(virtio, VIRTIO_BALLOON_F_STATS_VQ))
               ? (enum virtio_balloon_queue)queue
               : VIRTIO_BALLOON_REPORTING;
}

static void serve(struct virtio *virtio, unsigned queue)
{
    static const struct {
        bool (*take)(struct virtio *virtio, const struct virtio_chain *chain);
        bool writable; /* which buffers it has, the others are a fault */
    } takers[] = {
        [VIRTIO_BALLOON_INFLATE] = {inflate, false},
        [VIRTIO_BALLOON_DEFLATE] = {deflate, false},
        [VIRTIO_BALLOON_REPORTING] = {report,  true },
    };
    const enum virtio_balloon_queue what = role(virtio, queue);
    struct virtio_chain chain;

    if (what == VIRTIO_BALLOON_STATS) {
        serve_statistics(virtio, queue);
        return;
    }
    while (virtio_take(virtio, queue, &chain)) {
        if (takers[what].writable ? chain.readable != 0
                                  : chain.readable != chain.count) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, queue,
                         chain.readable_bytes);
            return;
        }
        if (!takers[what].take(virtio, &chain)) {
            return;
        }
        virtio_complete(virtio, &chain, 0);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static void drop(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain *kept = &state_of(virtio)->statistics;

    if (kept->queue == queue) {
        kept->taken = 0;
    }
}

static bool possible(const struct virtio *virtio)
{
    return virtio_chain_is_possible(virtio, &state_of(virtio)->statistics);
}

const struct virtio_type virtio_balloon = {
    .name = "balloon",
    .title = "memory balloon",
    .id = VIRTIO_ID_BALLOON,
    .queues = VIRTIO_BALLOON_QUEUES,
    .state_size = sizeof(struct virtio_balloon_state),
    .config_size = sizeof(struct virtio_balloon_config),
    .features = features,
    .config = config,
    .configure = configure,
    .serve = serve,
    .drop = drop,
    .possible = possible,
};
