/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of bytes in somebody's state: an array, the place of its first byte
 * and how many there are, in members whose names begin with the array's. The
 * owner keeps both within the array's size, also when a state is restored.
 */
#ifndef BASE_BYTE_RING_H
#define BASE_BYTE_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

struct byte_ring {
    uint8_t *bytes;
    size_t capacity;
    uint32_t *first;
    uint32_t *count;
};

/* BYTE_RING(state, queue) is of queue, queue_first and queue_count. */
#define BYTE_RING(owner, member)                                               \
    ((struct byte_ring){(owner)->member, sizeof((owner)->member),              \
                        &(owner)->member##_first, &(owner)->member##_count})

/* Puts as many bytes behind the last as there is room for; how many. */
static inline size_t byte_ring_put(struct byte_ring ring, const void *bytes,
                                   size_t size)
{
    const uint8_t *from = bytes;
    size_t taken = 0;

    debug_assert(*ring.first < ring.capacity && *ring.count <= ring.capacity);
    while (taken < size && *ring.count < ring.capacity) {
        ring.bytes[(*ring.first + *ring.count) % ring.capacity] = from[taken++];
        ++*ring.count;
    }
    return taken;
}

/* Takes the first byte of those that there are. */
static inline uint8_t byte_ring_take(struct byte_ring ring)
{
    debug_assert(*ring.first < ring.capacity && *ring.count != 0);
    uint8_t byte = ring.bytes[*ring.first];

    *ring.first = (uint32_t)((*ring.first + 1) % ring.capacity);
    --*ring.count;
    return byte;
}

#endif
