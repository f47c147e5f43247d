/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts streams into frames, and keeps what a peer does not take at once. */
#include "backends/network_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/packet.h"

enum { LENGTH = 4, READ_SIZE = 64 << 10, OUT_MAX = 1 << 20 };

static void drop_first(struct buffer *buffer, size_t count)
{
    assert(count <= buffer->size);
    memmove(buffer->bytes, buffer->bytes + count, buffer->size - count);
    buffer->size -= count;
}

/* False: that is no frame. */
static bool take_frames(struct network_stream *stream)
{
    const struct buffer *in = &stream->in;
    size_t at = 0;
    while (in->size - at >= LENGTH) {
        uint32_t size = load_be32(in->bytes + at);
        if (size < PACKET_ETHERNET || size > PACKET_FRAME_MAX) {
            return false;
        }
        if (in->size - at - LENGTH < size) {
            break;
        }
        stream->framed(stream->context, in->bytes + at + LENGTH, size);
        at += LENGTH + size;
    }
    if (at != 0) {
        drop_first(&stream->in, at);
    }
    return true;
}

static void end(struct network_stream *stream)
{
    network_stream_close(stream);
    stream->ended(stream->context);
}

static void write_out(struct network_stream *stream)
{
    struct byte_queue *out = &stream->out;
    while (byte_queue_size(out) != 0) {
        ssize_t count = send(stream->watch.fd, byte_queue_first(out),
                             byte_queue_size(out), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break; /* a peer that has gone is noticed where it is read */
        }
        byte_queue_drop(out, (size_t)count);
    }
    loop_watch_events(stream->loop, &stream->watch,
                      LOOP_READ |
                          (byte_queue_size(out) != 0 ? LOOP_WRITE : 0u));
}

static void ready(void *context, unsigned events)
{
    struct network_stream *stream = context;
    if (events & LOOP_WRITE) {
        write_out(stream);
    }
    if (!(events & (LOOP_READ | LOOP_HANGUP))) {
        return;
    }
    size_t before = stream->in.size;
    uint8_t *room = buffer_grow(&stream->in, READ_SIZE);
    ssize_t count = recv(stream->watch.fd, room, READ_SIZE, MSG_DONTWAIT);
    int code = errno;
    stream->in.size = before + (count > 0 ? (size_t)count : 0);
    if (count == 0 || (count < 0 && code != EAGAIN && code != EINTR) ||
        !take_frames(stream)) {
        end(stream);
    }
}

void network_stream_open(struct network_stream *stream, struct loop *loop,
                         int fd)
{
    assert(stream->framed && stream->ended);
    stream->loop = loop;
    stream->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = ready, .context = stream};
    loop_watch(loop, &stream->watch);
}

void network_stream_close(struct network_stream *stream)
{
    if (network_stream_is_open(stream)) {
        loop_unwatch(stream->loop, &stream->watch);
        close(stream->watch.fd);
        stream->watch.fd = -1;
    }
    buffer_fini(&stream->in);
    byte_queue_fini(&stream->out);
}

void network_stream_send(struct network_stream *stream, const void *bytes,
                         size_t size)
{
    uint8_t length[LENGTH];
    if (!network_stream_is_open(stream) ||
        byte_queue_size(&stream->out) + LENGTH + size > OUT_MAX) {
        return;
    }
    store_be32(length, (uint32_t)size);
    byte_queue_append(&stream->out, length, sizeof(length));
    byte_queue_append(&stream->out, bytes, size);
    write_out(stream);
}
