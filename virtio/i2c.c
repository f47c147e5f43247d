/* SPDX-License-Identifier: Apache-2.0 */
/*
 * I2C adapter (virtio 1.2, 5.16). A request is a segment of a transfer: those
 * of a group follow each other by repeated starts, and behind the last one
 * comes the stop. Addresses of 10 bits are not modelled: nobody acknowledges
 * them.
 *
 * Requests are done at once, in their order (5.16.6.4).
 */
#include "virtio/i2c.h"

enum { HEADER = sizeof(struct virtio_i2c_header), CHUNK = 64 };
enum { FLAGS = VIRTIO_I2C_FLAGS_FAIL_NEXT | VIRTIO_I2C_FLAGS_M_RD };

static const struct virtio_i2c_outside *outside_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_i2c_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_i2c_state *)virtio->state;
}

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST);
}

/* ---- Segments (5.16.6.1) ------------------------------------------------- */

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static bool put_all(struct virtio *virtio, const struct virtio_chain *chain,
                    uint64_t size)
{
    uint8_t bytes[CHUNK];

    for (uint64_t done = 0; done < size; done += CHUNK) {
        const uint64_t piece = least(size - done, CHUNK);

        if (!virtio_read(virtio, chain, HEADER + done, bytes, piece)) {
            return false;
        }
        for (unsigned i = 0; i < piece; i++) {
            if (!outside_of(virtio)->put(virtio, bytes[i])) {
                return false;
            }
        }
    }
    return true;
}

static bool get_all(struct virtio *virtio, const struct virtio_chain *chain,
                    uint64_t size)
{
    uint8_t bytes[CHUNK];

    for (uint64_t done = 0; done < size; done += CHUNK) {
        const uint64_t piece = least(size - done, CHUNK);

        for (unsigned i = 0; i < piece; i++) {
            bytes[i] = outside_of(virtio)->get(virtio);
        }
        if (!virtio_write(virtio, chain, done, bytes, piece)) {
            return false;
        }
    }
    return true;
}

/* True for what the driver must keep to (5.16.6.3): reserved flags are zero,
 * and there are only bytes of the direction that the flags say. */
static bool is_proper(const struct virtio_i2c_header *header, uint64_t readable,
                      uint64_t writable)
{
    const bool reads = (header->flags & VIRTIO_I2C_FLAGS_M_RD) != 0;

    return (header->flags & ~(uint32_t)FLAGS) == 0 &&
           (reads ? readable : writable) == 0 &&
           readable <= VIRTIO_I2C_BYTES_MAX && writable <= VIRTIO_I2C_BYTES_MAX;
}

/* Bits 7:1, and all others are zero. */
static bool is_short_address(const struct virtio_i2c_header *header)
{
    return (header->address & ~0xfeu) == 0;
}

static bool transfer(struct virtio *virtio, const struct virtio_chain *chain,
                     const struct virtio_i2c_header *header)
{
    const bool reads = (header->flags & VIRTIO_I2C_FLAGS_M_RD) != 0;
    const uint64_t readable = chain->readable_bytes - HEADER;
    const uint64_t writable = chain->writable_bytes - 1;

    return is_proper(header, readable, writable) && is_short_address(header) &&
           outside_of(virtio)->start(virtio, header->address >> 1, reads) &&
           (reads ? get_all(virtio, chain, writable)
                  : put_all(virtio, chain, readable));
}

/* ---- Groups (5.16.6.2) --------------------------------------------------- */

/* Behind a request that failed the rest of its group is not tried. */
static enum virtio_i2c_status perform(struct virtio *virtio,
                                      const struct virtio_chain *chain,
                                      const struct virtio_i2c_header *header)
{
    struct virtio_i2c_state *state = state_of(virtio);
    const bool last = (header->flags & VIRTIO_I2C_FLAGS_FAIL_NEXT) == 0;
    const bool done = state->failed == 0 && transfer(virtio, chain, header);

    if (state->failed == 0 && (last || !done)) {
        outside_of(virtio)->stop(virtio);
    }
    state->failed = !done && !last;
    return done ? VIRTIO_I2C_MSG_OK : VIRTIO_I2C_MSG_ERR;
}

static void serve(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;
    struct virtio_i2c_header header;

    while (virtio_take(virtio, queue, &chain)) {
        if (chain.readable_bytes < HEADER || chain.writable_bytes == 0) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain.readable_bytes);
            return;
        }
        if (!virtio_read(virtio, &chain, 0, &header, HEADER)) {
            return;
        }
        const uint8_t status = (uint8_t)perform(virtio, &chain, &header);
        virtio_write(virtio, &chain, chain.writable_bytes - 1, &status,
                     sizeof(status));
        /* A read that failed has written no bytes in front of its status. */
        virtio_complete(virtio, &chain,
                        status == VIRTIO_I2C_MSG_OK || chain.writable_bytes == 1
                            ? chain.writable_bytes
                            : 0);
    }
}

/* ---- Life ---------------------------------------------------------------- */

/* A group that was not finished. */
static void drop(struct virtio *virtio, unsigned queue)
{
    state_of(virtio)->failed = 0;
    outside_of(virtio)->stop(virtio);
}

const struct virtio_type virtio_i2c = {
    .name = "i2c",
    .title = "I2C adapter",
    .id = VIRTIO_ID_I2C,
    .queues = 1,
    .state_size = sizeof(struct virtio_i2c_state),
    .in_order = true,
    .features = features,
    .serve = serve,
    .drop = drop,
};
