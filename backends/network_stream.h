/* SPDX-License-Identifier: Apache-2.0 */
/* Frames over a stream socket, each behind its length in four bytes, the
 * highest first: as QEMU's "-netdev stream" has them. */
#ifndef BACKENDS_NETWORK_STREAM_H
#define BACKENDS_NETWORK_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_queue.h"
#include "base/error.h"
#include "host/loop.h"

struct network_stream {
    struct loop *loop;
    struct loop_watch watch; /* fd is -1 when it is closed */
    struct buffer in;
    struct byte_queue out;
    /* A frame of PACKET_ETHERNET to PACKET_FRAME_MAX bytes came. Must not close
     * the stream. */
    void (*framed)(void *context, const uint8_t *bytes, size_t size);
    /* The peer is gone, or sent what is no frame; the stream is closed. */
    void (*ended)(void *context);
    void *context;
};

/* The stream owns the descriptor, which it makes non-blocking. The callbacks
 * are set before. */
void network_stream_open(struct network_stream *stream, struct loop *loop,
                         int fd);
/* Fine for a closed one, with fd -1. */
void network_stream_close(struct network_stream *stream);
static inline bool network_stream_is_open(const struct network_stream *stream)
{
    return stream->watch.fd >= 0;
}
/* Never waits: a frame for which there is no room is lost. */
void network_stream_send(struct network_stream *stream, const void *bytes,
                         size_t size);

#endif
