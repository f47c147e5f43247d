/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the descriptors of character back ends without blocking. */
#include "backends/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"

bool stream_is_open(const struct stream *stream)
{
    return stream->character && stream->watch.fd >= 0;
}

static void end(struct stream *stream)
{
    if (stream->ended) {
        stream->ended(stream->character);
    } else {
        stream_close(stream);
    }
}

static void ready(void *context, unsigned events)
{
    struct stream *stream = context;
    const struct character_events *to = &stream->character->events;
    char bytes[512];
    (void)events; /* there is nothing else that it waits for */
    ssize_t count = read(stream->watch.fd, bytes, sizeof(bytes));
    if (count > 0) {
        to->received(to->context, bytes, (size_t)count);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        end(stream);
    }
}

void stream_open(struct stream *stream, struct character *character, int fd)
{
    assert(fd >= 0 && !stream_is_open(stream));
    stream->character = character;
    stream->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = ready, .context = stream};
    character_read(character, &stream->watch);
}

void stream_close(struct stream *stream)
{
    if (stream_is_open(stream)) {
        character_read(stream->character, NULL);
        close(stream->watch.fd);
        stream->watch.fd = -1;
    }
}

size_t stream_write(struct stream *stream, const void *bytes, size_t size)
{
    const char *from = bytes;
    size_t done = 0;
    while (stream_is_open(stream) && done < size) {
        ssize_t count = stream->socket
                            ? send(stream->watch.fd, from + done, size - done,
                                   MSG_NOSIGNAL | MSG_DONTWAIT)
                            : write(stream->watch.fd, from + done, size - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            /* A peer that has gone is noticed where it is read. */
            break;
        }
        assert((size_t)count <= size - done);
        done += (size_t)count;
    }
    return done;
}
