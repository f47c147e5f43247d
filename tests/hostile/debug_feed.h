/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests and fuzzers: a debugger that says all that it has to say at once
 * and listens to nothing.
 */
#ifndef TESTS_HOSTILE_DEBUG_FEED_H
#define TESTS_HOSTILE_DEBUG_FEED_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "platform/debug/debug.h"

struct debug_feed {
    int fd;
    const struct buffer *wire;
};

/* Both ways at once, or each would wait for the other. */
static inline void *debug_feed_swallow(void *context)
{
    const struct debug_feed *feed = context;
    uint8_t bytes[4096];
    while (recv(feed->fd, bytes, sizeof(bytes), 0) > 0) {
    }
    return NULL;
}

static inline void *debug_feed_talk(void *context)
{
    const struct debug_feed *feed = context;
    size_t sent = 0;
    while (sent < feed->wire->size) {
        ssize_t now = send(feed->fd, feed->wire->bytes + sent,
                           feed->wire->size - sent, MSG_NOSIGNAL);
        if (now <= 0) {
            break;
        }
        sent += (size_t)now;
    }
    shutdown(feed->fd, SHUT_WR);
    return NULL;
}

/* Every line is the payload of a packet, but for lines that begin with Ctrl-C
 * or '!', which go out as they are. */
static inline void debug_feed(struct cairn_machine *machine, const char *text,
                              size_t size)
{
    struct buffer wire = {0};
    int ends[2];
    pthread_t talks;
    pthread_t swallows;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        if (length && (text[at] == 3 || text[at] == '!')) {
            buffer_append(&wire, text + at, length);
        } else {
            gdb_packet_wrap(&wire, text + at, length);
        }
        at += length + 1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        abort();
    }
    struct debug_feed feed = {ends[1], &wire};
    pthread_create(&talks, NULL, debug_feed_talk, &feed);
    pthread_create(&swallows, NULL, debug_feed_swallow, &feed);
    debug_session(machine, ends[0], DEBUG_PATIENCE_NS, NULL);
    close(ends[0]);
    pthread_join(talks, NULL);
    pthread_join(swallows, NULL);
    close(ends[1]);
    buffer_fini(&wire);
}

#endif
