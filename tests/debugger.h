/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: a debug stub in a thread of its own, and the debugger's end of the
 * wire. Included once per test program.
 */
#ifndef TESTS_DEBUGGER_H
#define TESTS_DEBUGGER_H

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/debug/gdb_packet.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"

#define DEBUGGER __attribute__((unused)) static

struct session {
    struct cairn_machine *machine;
    const struct cairn_agent_options *agent;
    char folder[32];
    char address[64];
    pthread_t thread;
    int result;
    int fd;
};

DEBUGGER void *session_serve(void *context)
{
    struct session *session = context;
    session->result = cairn_debug_serve(session->machine, session->address,
                                        session->agent, NULL, NULL, NULL);
    return NULL;
}

DEBUGGER int session_dial(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    for (unsigned tries = 0; tries < 500; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0) {
            return fd;
        }
        close(fd);
        poll(NULL, 0, 10);
    }
    return -1;
}

DEBUGGER bool open_session_with(struct session *session,
                                struct cairn_machine *machine,
                                const struct cairn_agent_options *agent)
{
    *session = (struct session){
        .folder = "/tmp/cairn-debug-XXXXXX",
        .machine = machine,
        .agent = agent,
    };
    if (!machine || !mkdtemp(session->folder)) {
        return false;
    }
    snprintf(session->address, sizeof(session->address), "unix:%s/s",
             session->folder);
    pthread_create(&session->thread, NULL, session_serve, session);
    session->fd = session_dial(session->address + strlen("unix:"));
    return session->fd >= 0;
}

/* Hangs up and waits until the stub is back. */
DEBUGGER void end_session(struct session *session)
{
    close(session->fd);
    pthread_join(session->thread, NULL);
    EXPECT_EQ(session->result, 0);
    if (session->machine) {
        EXPECT_EQ(session->machine->cores[0]->breakpoint_count, 0);
        EXPECT_EQ(session->machine->cores[0]->watchpoint_count, 0);
    }
    unlink(session->address + strlen("unix:"));
    rmdir(session->folder);
}

DEBUGGER void close_session(struct session *session)
{
    end_session(session);
    cairn_destroy(session->machine);
}

DEBUGGER void say(struct session *session, const char *text)
{
    EXPECT_EQ(send(session->fd, text, strlen(text), MSG_NOSIGNAL),
              strlen(text));
}

DEBUGGER void say_packet(struct session *session, const char *payload)
{
    struct buffer wire = {0};
    gdb_packet_wrap(&wire, payload, strlen(payload));
    say(session, buffer_text(&wire));
    buffer_fini(&wire);
}

/* Bytes that come until the wire is silent for a while. */
DEBUGGER const char *hear(struct session *session, char *text, size_t size)
{
    size_t used = 0;
    struct pollfd wire = {session->fd, POLLIN, 0};
    while (used + 1 < size && poll(&wire, 1, used ? 50 : 2000) == 1) {
        ssize_t got = recv(session->fd, text + used, size - 1 - used, 0);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
    }
    text[used] = '\0';
    return text;
}

/* The next packet, as it is on the wire but for acknowledgments. */
DEBUGGER const char *hear_packet(struct session *session, char *text,
                                 size_t size)
{
    size_t used = 0;
    struct pollfd wire = {session->fd, POLLIN, 0};
    const char *end = NULL;
    while (used + 1 < size && !(end && text + used >= end + 3) &&
           poll(&wire, 1, 5000) == 1) {
        if (recv(session->fd, text + used, 1, 0) != 1) {
            break;
        }
        if (used > 0 || text[0] == '$') {
            end = !end && text[used] == '#' ? text + used : end;
            used++;
        }
    }
    text[used] = '\0';
    return text;
}

/* The reply to a command, however long that takes. */
DEBUGGER void expect_packet(struct session *session, const char *payload)
{
    char text[GDB_PACKET_MAX + 64];
    struct buffer wire = {0};
    gdb_packet_wrap(&wire, payload, strlen(payload));
    EXPECT_STR(hear_packet(session, text, sizeof(text)), buffer_text(&wire));
    say(session, "+");
    buffer_fini(&wire);
}

DEBUGGER void command(struct session *session, const char *payload,
                      const char *expected)
{
    test_case("%.60s", payload);
    say_packet(session, payload);
    expect_packet(session, expected);
}

#endif
