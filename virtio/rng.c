/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entropy device (virtio 1.2, 5.4): one queue, whose buffers are filled with
 * random bytes. There is no configuration, and no feature of its kind.
 *
 * A request is kept in the state until its bytes are there. A queue that finds
 * no free place is served again when one becomes free.
 */
#include "virtio/rng.h"

static const struct virtio_rng_source *source_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_rng_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_rng_state *)virtio->state;
}

void virtio_rng_done(struct virtio *virtio, unsigned number, const void *bytes,
                     size_t size)
{
    struct virtio_rng_state *state = state_of(virtio);
    struct virtio_chain *chain = &state->requests[number];

    if (chain->taken == 0) {
        return;
    }
    size = size < chain->writable_bytes ? size : (size_t)chain->writable_bytes;
    virtio_write(virtio, chain, 0, bytes, size);
    virtio_complete(virtio, chain, size);
    if (state->blocked != 0) {
        state->blocked = 0;
        virtio_serve(virtio, 0);
    }
}

/* The driver places device-writable buffers alone into the queue (5.4.6.1). */
static bool is_proper(const struct virtio_chain *chain)
{
    return chain->readable == 0 && chain->writable_bytes != 0;
}

static void serve(struct virtio *virtio, unsigned queue)
{
    struct virtio_rng_state *state = state_of(virtio);

    for (;;) {
        unsigned number = 0;

        while (number < VIRTIO_RNG_REQUESTS &&
               state->requests[number].taken != 0) {
            number++;
        }
        if (number == VIRTIO_RNG_REQUESTS) {
            state->blocked = 1;
            return;
        }
        struct virtio_chain *chain = &state->requests[number];
        if (!virtio_take(virtio, queue, chain)) {
            return;
        }
        if (!is_proper(chain)) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, queue,
                         chain->readable_bytes);
            chain->taken = 0;
            return;
        }
        const uint64_t size = chain->writable_bytes;
        source_of(virtio)->ask(
            virtio, number,
            size < VIRTIO_RNG_BYTES_MAX ? (size_t)size : VIRTIO_RNG_BYTES_MAX);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static void drop(struct virtio *virtio, unsigned queue)
{
    struct virtio_rng_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_RNG_REQUESTS; i++) {
        if (state->requests[i].taken != 0) {
            source_of(virtio)->cancel(virtio, i);
            state->requests[i].taken = 0;
        }
    }
    state->blocked = 0;
}

static bool possible(const struct virtio *virtio)
{
    const struct virtio_rng_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_RNG_REQUESTS; i++) {
        if (!virtio_chain_is_possible(virtio, &state->requests[i])) {
            return false;
        }
    }
    return true;
}

const struct virtio_type virtio_rng = {
    .name = "rng",
    .title = "entropy device",
    .id = VIRTIO_ID_RNG,
    .queues = 1,
    .state_size = sizeof(struct virtio_rng_state),
    .serve = serve,
    .drop = drop,
    .possible = possible,
};
