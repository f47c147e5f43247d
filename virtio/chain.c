/* SPDX-License-Identifier: Apache-2.0 */
/* The buffers of a request: gathered from descriptors, then copied from and to.
 */
#include <string.h>

#include "virtio/ring.h"

/* ---- Gathering ----------------------------------------------------------- */

void virtio_chain_fault(struct virtio *virtio, const struct virtio_chain *chain,
                        uint64_t address, uint32_t length, bool writable)
{
    virtio_fault(virtio,
                 length == 0                        ? VIRTIO_FAULT_BUFFER_EMPTY
                 : chain->count == VIRTIO_CHAIN_MAX ? VIRTIO_FAULT_CHAIN_LONG
                 : !writable && chain->readable != chain->count
                     ? VIRTIO_FAULT_CHAIN_ORDER
                 : address + length - 1 < address ? VIRTIO_FAULT_BUFFER_WRAPS
                                                  : VIRTIO_FAULT_CHAIN_BYTES,
                 chain->queue, address);
}

/* Copies from memory that need not be contiguous on the host. */
static bool fetch(struct virtio *virtio, uint64_t address, void *bytes,
                  uint64_t size)
{
    for (uint64_t done = 0; done < size;) {
        uint64_t piece = size - done;
        void *from = virtio->host->map(virtio, VIRTIO_BUFFERS, address + done,
                                       &piece, VIRTIO_READ);

        if (from == NULL) {
            return false;
        }
        memcpy((uint8_t *)bytes + done, from, piece);
        if (virtio->host->unmap != NULL) {
            virtio->host->unmap(virtio, from, piece, VIRTIO_READ);
        }
        done += piece;
    }
    return true;
}

unsigned virtio_chain_table(struct virtio *virtio, unsigned queue,
                            uint64_t address, uint32_t length, void *table)
{
    const uint32_t entry = sizeof(struct virtio_descriptor);

    if (length == 0 || length % entry != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_INDIRECT_SIZE, queue, length);
        return 0;
    }
    if (length / entry > VIRTIO_CHAIN_MAX) {
        virtio_fault(virtio, VIRTIO_FAULT_CHAIN_LONG, queue, length / entry);
        return 0;
    }
    if (!fetch(virtio, address, table, length)) {
        virtio_fault(virtio, VIRTIO_FAULT_INDIRECT_MEMORY, queue, address);
        return 0;
    }
    return length / entry;
}

/* As virtio_chain_add would have made it. */
static bool are_segments_possible(const struct virtio_chain *chain)
{
    uint64_t readable = 0;
    uint64_t writable = 0;

    for (unsigned i = 0; i < chain->count; i++) {
        const struct virtio_segment *segment = &chain->segments[i];

        if (segment->size == 0 ||
            segment->address + segment->size - 1 < segment->address) {
            return false;
        }
        *(i < chain->readable ? &readable : &writable) += segment->size;
    }
    return readable == chain->readable_bytes &&
           writable == chain->writable_bytes &&
           readable + writable <= VIRTIO_CHAIN_BYTES_MAX;
}

bool virtio_chain_is_possible(const struct virtio *virtio,
                              const struct virtio_chain *chain)
{
    if (chain->taken == 0) {
        return true;
    }
    if (chain->taken != 1 || chain->queue >= virtio->queues) {
        return false;
    }
    const struct virtio_queue_state *queue =
        virtio_queue_of(virtio, chain->queue);
    return queue->ready != 0 && chain->id < queue->size &&
           virtio->queue[chain->queue].log[chain->id].inflight == 1 &&
           (chain->slots != 0) == virtio_has(virtio, VIRTIO_F_RING_PACKED) &&
           chain->slots <= queue->size && chain->count != 0 &&
           chain->count <= VIRTIO_CHAIN_MAX &&
           chain->readable <= chain->count && are_segments_possible(chain);
}

/* ---- Copies -------------------------------------------------------------- */

/* A range that is within the readable or writable bytes, segment by segment. In
 * line, as each caller has one direction and most ranges one segment. */
static inline __attribute__((always_inline)) bool
copy(struct virtio *virtio, const struct virtio_chain *chain,
     enum virtio_access access, uint64_t offset, uint8_t *bytes, uint64_t size)
{
    const struct virtio_segment *segment =
        &chain->segments[access == VIRTIO_READ ? 0 : chain->readable];

    while (size != 0) {
        debug_assert(segment < &chain->segments[chain->count]);
        if (offset >= segment->size) {
            offset -= segment->size;
            segment++;
            continue;
        }
        uint64_t piece = segment->size - offset;
        piece = piece < size ? piece : size;
        void *memory = virtio->host->map(
            virtio, VIRTIO_BUFFERS, segment->address + offset, &piece, access);
        if (memory == NULL) {
            virtio_fault(virtio, VIRTIO_FAULT_BUFFER_MEMORY, chain->queue,
                         segment->address + offset);
            return false;
        }
        memcpy(access == VIRTIO_READ ? bytes : memory,
               access == VIRTIO_READ ? memory : bytes, piece);
        if (virtio->host->unmap != NULL) {
            virtio->host->unmap(virtio, memory, piece, access);
        }
        bytes += piece;
        offset += piece;
        size -= piece;
    }
    return true;
}

bool virtio_read(struct virtio *virtio, const struct virtio_chain *chain,
                 uint64_t offset, void *bytes, uint64_t size)
{
    if (offset > chain->readable_bytes ||
        size > chain->readable_bytes - offset ||
        !copy(virtio, chain, VIRTIO_READ, offset, bytes, size)) {
        return false;
    }
    debug_assert(chain->queue < virtio->queues);
    virtio->statistics[chain->queue].read_bytes += size;
    return true;
}

bool virtio_write(struct virtio *virtio, const struct virtio_chain *chain,
                  uint64_t offset, const void *bytes, uint64_t size)
{
    if (offset > chain->writable_bytes ||
        size > chain->writable_bytes - offset ||
        !copy(virtio, chain, VIRTIO_WRITE, offset, (uint8_t *)(uintptr_t)bytes,
              size)) {
        return false;
    }
    virtio->statistics[chain->queue].written_bytes += size;
    return true;
}
