/* SPDX-License-Identifier: Apache-2.0 */
/* A character back end for tests, and what came of it. */
#ifndef TESTS_CHARACTER_END_H
#define TESTS_CHARACTER_END_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/character.h"
#include "tests/harness.h"

struct port {
    struct loop *loop;
    struct character *character;
    struct buffer came; /* in from the back end */
    struct buffer troubles;
    unsigned ends;
    int input; /* flags of descriptor 0, which is not the back end's */
};

static inline void take(void *context, const void *bytes, size_t size)
{
    struct port *port = context;
    buffer_append(&port->came, bytes, size);
}

static inline void end(void *context)
{
    struct port *port = context;
    port->ends++;
}

static inline void hear_trouble(void *context, const char *text)
{
    struct port *port = context;
    buffer_print(&port->troubles, "%s\n", text);
}

static inline int port_begin(struct port *port, const char *what,
                             struct error *error)
{
    const struct character_events events = {
        .received = take,
        .ended = end,
        .trouble = hear_trouble,
        .context = port,
    };
    return character_open(port->loop, what, &events, &port->character, error);
}

static inline int port_open(struct port *port, const char *what,
                            struct error *error)
{
    *port = (struct port){.loop = loop_create(NULL),
                          .input = fcntl(STDIN_FILENO, F_GETFD)};
    return port_begin(port, what, error);
}

static inline void port_close(struct port *port)
{
    character_close(port->character);
    EXPECT_EQ(fcntl(STDIN_FILENO, F_GETFD), port->input);
    EXPECT_EQ(loop_turn(port->loop, 0), 0);
    buffer_fini(&port->came);
    buffer_fini(&port->troubles);
    loop_destroy(port->loop);
}

/* Turns until so much has come in. */
static inline void port_wait(struct port *port, size_t size)
{
    while (port->came.size < size && loop_turn(port->loop, LOOP_FOREVER) >= 0) {
    }
}

static inline void say(struct port *port, const char *text)
{
    character_write(port->character, text, strlen(text));
    character_flush(port->character);
}

/* Reads exactly so much at the peer's end, which may have to wait. */
static inline void expect_at_peer(struct port *port, int peer, const char *text)
{
    char bytes[64] = "";
    size_t done = 0;
    while (done < strlen(text)) {
        loop_turn(port->loop, 0);
        ssize_t count = recv(peer, bytes + done, strlen(text) - done, 0);
        if (count < 0 && errno == ENOTSOCK) {
            count = read(peer, bytes + done, strlen(text) - done);
        }
        if (!EXPECT(count > 0)) {
            return;
        }
        done += (size_t)count;
    }
    EXPECT_STR(bytes, text);
}

#endif
