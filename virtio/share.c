/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to a file server and their replies, for 9p.c and fs.c.
 *
 * A request is kept in the state until its reply is there. A queue that finds
 * no free place is served again when one becomes free.
 */
#include "virtio/share.h"

#include <string.h>

static struct virtio_share_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_share_state *)virtio->state;
}

size_t virtio_share_tag_size(const struct virtio *virtio)
{
    const char *tag = virtio_share_server_of(virtio)->tag;
    size_t size = 0;

    while (tag != NULL && size < VIRTIO_SHARE_TAG_SIZE && tag[size] != '\0') {
        size++;
    }
    return size;
}

/* ---- Replies ------------------------------------------------------------- */

bool virtio_share_gather(struct virtio *virtio, unsigned number, void *bytes,
                         size_t size)
{
    return virtio_read(virtio, &state_of(virtio)->requests[number], 0, bytes,
                       size);
}

/* Says so to a driver that waits for a reply, if it left room. */
static size_t fail(struct virtio *virtio, const struct virtio_chain *chain)
{
    uint8_t head[VIRTIO_SHARE_HEAD_MAX];
    uint8_t reply[VIRTIO_SHARE_HEAD_MAX];
    const size_t size = chain->readable_bytes < sizeof(head)
                            ? (size_t)chain->readable_bytes
                            : sizeof(head);

    if (!virtio_read(virtio, chain, 0, head, size)) {
        return 0;
    }
    const size_t written = virtio->type == &virtio_9p
                               ? virtio_9p_failure(head, size, reply)
                               : virtio_fs_failure(head, size, reply);
    return written <= chain->writable_bytes &&
                   virtio_write(virtio, chain, 0, reply, written)
               ? written
               : 0;
}

void virtio_share_done(struct virtio *virtio, unsigned number,
                       const void *bytes, size_t size)
{
    struct virtio_share_state *state = state_of(virtio);
    struct virtio_chain *chain = &state->requests[number];
    const uint32_t blocked = state->blocked;
    uint8_t refusal[VIRTIO_SHARE_HEAD_MAX];

    if (chain->taken == 0) {
        return;
    }
    state->waiting &= ~(1u << number);
    /* Its buffers may be what the device needs a reset for. */
    if (size == 0 && !virtio_is_live(virtio)) {
        chain->taken = 0;
        return;
    }
    if (virtio->type == &virtio_fs && virtio_fs_waits(bytes, size)) {
        size = virtio_fs_refusal(bytes, refusal);
        bytes = refusal;
    }
    if (size == 0) {
        size = fail(virtio, chain);
    } else if (!virtio_write(virtio, chain, 0, bytes, size)) {
        size = 0;
    }
    virtio_complete(virtio, chain, size);
    state->blocked = 0;
    for (unsigned i = 0; i < virtio->queues && blocked >> i != 0; i++) {
        if ((blocked >> i & 1) != 0) {
            virtio_serve(virtio, i);
        }
    }
}

/* ---- Requests ------------------------------------------------------------ */

void virtio_share_ask(struct virtio *virtio, unsigned number)
{
    const struct virtio_chain *chain = &state_of(virtio)->requests[number];
    const uint64_t room = chain->writable_bytes;

    virtio_share_server_of(virtio)->ask(
        virtio, number, (size_t)chain->readable_bytes,
        room < VIRTIO_SHARE_BYTES_MAX ? (size_t)room : VIRTIO_SHARE_BYTES_MAX);
}

bool virtio_share_waits(struct virtio *virtio, unsigned number,
                        const void *bytes, size_t size)
{
    struct virtio_share_state *state = state_of(virtio);
    uint32_t others = state->waiting & ~(1u << number);
    unsigned count = 0;

    if (virtio->type != &virtio_fs || state->requests[number].taken == 0 ||
        !virtio_fs_waits(bytes, size)) {
        return false;
    }
    for (; others != 0; others &= others - 1) {
        count++;
    }
    if (count >= VIRTIO_SHARE_WAITING) {
        return false;
    }
    state->waiting |= 1u << number;
    return true;
}

void virtio_share_serve(struct virtio *virtio, unsigned queue)
{
    struct virtio_share_state *state = state_of(virtio);

    for (;;) {
        unsigned number = 0;

        while (number < VIRTIO_SHARE_REQUESTS &&
               state->requests[number].taken != 0) {
            number++;
        }
        if (number == VIRTIO_SHARE_REQUESTS) {
            state->blocked |= 1u << queue;
            return;
        }
        struct virtio_chain *chain = &state->requests[number];
        if (!virtio_take(virtio, queue, chain)) {
            return;
        }
        /* 5.11.6.1: a request begins with a header that is device-readable. */
        if (chain->readable_bytes == 0) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue, 0);
            chain->taken = 0;
            return;
        }
        if (chain->readable_bytes > VIRTIO_SHARE_BYTES_MAX) {
            virtio_share_done(virtio, number, NULL, 0);
            continue;
        }
        virtio_share_ask(virtio, number);
    }
}

/* ---- Life ---------------------------------------------------------------- */

void virtio_share_drop(struct virtio *virtio, unsigned queue)
{
    struct virtio_share_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_SHARE_REQUESTS; i++) {
        struct virtio_chain *chain = &state->requests[i];

        if (chain->taken != 0 && chain->queue == queue) {
            virtio_share_server_of(virtio)->cancel(virtio, i);
            chain->taken = 0;
            state->waiting &= ~(1u << i);
        }
    }
    state->blocked &= ~(1u << queue);
}

/* The server has room for that many bytes, and may be asked again. */
bool virtio_share_possible(const struct virtio *virtio)
{
    const struct virtio_share_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_SHARE_REQUESTS; i++) {
        const struct virtio_chain *chain = &state->requests[i];

        if (!virtio_chain_is_possible(virtio, chain) ||
            (chain->taken != 0 &&
             (chain->readable_bytes == 0 ||
              chain->readable_bytes > VIRTIO_SHARE_BYTES_MAX))) {
            return false;
        }
    }
    return true;
}
