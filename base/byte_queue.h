/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that wait, in order: appended behind, dropped in front, each moved once
 * or twice however many wait. Zero-initialised is empty. */
#ifndef BASE_BYTE_QUEUE_H
#define BASE_BYTE_QUEUE_H

#include "base/buffer.h"

struct byte_queue {
    struct buffer buffer;
    size_t dropped; /* at its front */
};

static inline size_t byte_queue_size(const struct byte_queue *queue)
{
    return queue->buffer.size - queue->dropped;
}

/* Good until the next append or drop. */
static inline const uint8_t *byte_queue_first(const struct byte_queue *queue)
{
    return queue->buffer.bytes + queue->dropped;
}

void byte_queue_append(struct byte_queue *queue, const void *bytes,
                       size_t size);
/* At most as many as there are. */
void byte_queue_drop(struct byte_queue *queue, size_t size);
/* Empties it and gives its memory back. */
void byte_queue_fini(struct byte_queue *queue);

#endif
