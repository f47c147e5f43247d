/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that wait move to the front when as many were dropped. */
#include "base/byte_queue.h"

#include <string.h>

#include "base/assert.h"

void byte_queue_append(struct byte_queue *queue, const void *bytes, size_t size)
{
    buffer_append(&queue->buffer, bytes, size);
}

void byte_queue_drop(struct byte_queue *queue, size_t size)
{
    assert(size <= byte_queue_size(queue));
    queue->dropped += size;
    const size_t left = byte_queue_size(queue);
    if (queue->dropped != 0 && left <= queue->dropped) {
        memmove(queue->buffer.bytes, byte_queue_first(queue), left);
        queue->buffer.size = left;
        queue->dropped = 0;
    }
}

void byte_queue_fini(struct byte_queue *queue)
{
    buffer_fini(&queue->buffer);
    queue->dropped = 0;
}
