/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a socket device as Unix sockets.
 *
 * A line that a program of the host has taken begins with its greeting, of
 * which the device learns nothing. What the guest sends waits in a buffer as
 * long as the program does not read, within the credit that the device gives
 * the guest; what the program sends is read when the device has taken the last
 * message, so each side slows the other down.
 */
#include "backends/vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "host/connector.h"
#include "host/socket.h"

enum {
    GREETING_MAX = 32,             /* bytes of "CONNECT 4294967295\n" */
    FIRST_PORT = 1 << 30,          /* of the host's side */
    TELL_BYTES = VSOCK_CREDIT / 8, /* that are told of in one message */
    READS = 8,                     /* of one program, then it is others' turn */
    TAG_SHIFT = 8,                 /* a call's number is behind its line's */
};

enum phase {
    LINE_FREE,
    LINE_GREETING, /* a program of the host has connected */
    LINE_ASKED,    /* the guest is to answer */
    LINE_CALLING,  /* the guest asked, the connector is to answer */
    LINE_CONNECTED,
    LINE_LEAVING, /* the device said CLOSE: the last bytes go out */
    LINE_ENDING,  /* we said CLOSE, the device is to say it */
};

struct line {
    struct vsock *vsock;
    enum phase phase;
    uint32_t host_port;
    uint32_t call; /* the connector's answer must name it */
    struct loop_watch watch;
    bool watched;
    struct buffer out;  /* to the program */
    size_t untold;      /* bytes that went out since TAKEN was said */
    bool guest_ended;   /* the guest sends no more */
    bool program_ended; /* the program sends no more */
    bool hung;          /* nor will it receive */
    struct buffer held; /* messages that the device did not take, each behind
                           its size */
    char greeting[GREETING_MAX];
    size_t greeted;
};

struct vsock {
    struct loop *loop;
    struct vsock_device device;
    struct loop_watch listener;
    struct host_socket_file file;
    struct connector connector;
    struct loop_watch answers; /* of the connector */
    uint32_t next_port;
    uint32_t next_call;
    bool ready; /* the device knows of us: it said RESTART */
    struct line lines[VSOCK_LINES];
};

static unsigned number_of(const struct line *line)
{
    return (unsigned)(line - line->vsock->lines);
}

static void drop_front(struct buffer *buffer, size_t size)
{
    memmove(buffer->bytes, buffer->bytes + size, buffer->size - size);
    buffer->size -= size;
}

/* ---- Messages to the device ---------------------------------------------- */

static bool try(struct line *line, const void *message, size_t size)
{
    const struct vsock_device *device = &line->vsock->device;

    return device->say(device->context, number_of(line), message, size);
}

/* Says it, or keeps it behind what is kept. */
static void say_bytes(struct line *line, const void *message, size_t size)
{
    const uint32_t length = (uint32_t)size;

    if (line->held.size != 0 || !try(line, message, size)) {
        buffer_append(&line->held, &length, sizeof(length));
        buffer_append(&line->held, message, size);
    }
}

static void say(struct line *line, enum vsock_word word, uint32_t a, uint32_t b)
{
    const struct vsock_message message = {word, a, b};

    say_bytes(line, &message, sizeof(message));
}

static void say_held(struct line *line)
{
    uint32_t length;

    while (line->held.size != 0) {
        memcpy(&length, line->held.bytes, sizeof(length));
        if (!try(line, line->held.bytes + sizeof(length), length)) {
            return;
        }
        drop_front(&line->held, sizeof(length) + length);
    }
}

/* What was taken is said beside the line, as it must not wait behind bytes for
 * which the guest has no room; what cannot be said now is said later. */
static void tell_taken(struct line *line)
{
    const struct vsock_device *device = &line->vsock->device;
    const struct vsock_message message = {VSOCK_TAKEN, (uint32_t)line->untold,
                                          number_of(line)};

    if (line->untold != 0 &&
        device->say(device->context, VSOCK_LINES, &message, sizeof(message))) {
        line->untold = 0;
    }
}

/* ---- Programs ------------------------------------------------------------ */

static void watch(struct line *line, unsigned events)
{
    line->watch.events = events;
    if (events != 0 && !line->watched) {
        loop_watch(line->vsock->loop, &line->watch);
    } else if (events == 0 && line->watched) {
        loop_unwatch(line->vsock->loop, &line->watch);
    }
    line->watched = events != 0;
}

/* A program that has hung up is reported without end, so it is watched only as
 * long as it is read. */
static void watch_what_matters(struct line *line)
{
    const bool reads = line->phase == LINE_GREETING ||
                       (line->phase == LINE_CONNECTED && !line->program_ended &&
                        line->held.size == 0);
    const bool writes = line->out.size != 0 && !line->hung;

    watch(line, (reads ? (unsigned)LOOP_READ : 0) |
                    (writes ? (unsigned)LOOP_WRITE : 0));
}

static void take_program(struct line *line, int fd)
{
    line->watch.fd = fd;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void close_program(struct line *line)
{
    watch(line, 0);
    host_socket_close(line->watch.fd);
    line->watch.fd = -1;
    buffer_clear(&line->out);
}

static void free_line(struct line *line)
{
    close_program(line);
    line->phase = LINE_FREE;
    line->greeted = 0;
    line->untold = 0;
    line->guest_ended = false;
    line->program_ended = false;
    line->hung = false;
}

/* The program is gone, or nobody could be reached. */
static void leave(struct line *line)
{
    const enum phase before = line->phase;

    free_line(line);
    if (before != LINE_GREETING && before != LINE_FREE) {
        say(line, VSOCK_CLOSE, 0, 0);
        line->phase = before == LINE_LEAVING ? LINE_FREE : LINE_ENDING;
    }
}

static void write_out(struct line *line)
{
    while (line->out.size != 0) {
        const ssize_t count = send(line->watch.fd, line->out.bytes,
                                   line->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (count < 0 && errno == EAGAIN) {
            break;
        }
        if (count < 0 && errno != EINTR) {
            leave(line);
            return;
        }
        if (count > 0) {
            drop_front(&line->out, (size_t)count);
            line->untold += (size_t)count;
        }
    }
    if (line->untold >= TELL_BYTES || line->out.size == 0) {
        tell_taken(line);
    }
    if (line->out.size == 0 && line->phase == LINE_LEAVING) {
        leave(line);
    } else if (line->out.size == 0 && line->guest_ended) {
        (void)shutdown(line->watch.fd, SHUT_WR);
    }
}

static void end_program(struct line *line)
{
    line->program_ended = true;
    say(line, VSOCK_SHUTDOWN, line->hung ? 3 : 2, 0);
}

static void read_in(struct line *line)
{
    struct {
        struct vsock_message message;
        uint8_t bytes[VSOCK_PIECE];
    } in = {.message = {.word = VSOCK_DATA}};

    for (unsigned i = 0; i < READS && line->phase == LINE_CONNECTED &&
                         !line->program_ended && line->held.size == 0;
         i++) {
        const ssize_t count =
            recv(line->watch.fd, in.bytes, sizeof(in.bytes), MSG_DONTWAIT);

        if (count > 0) {
            say_bytes(line, &in, sizeof(in.message) + (size_t)count);
        } else if (count == 0 || errno == ECONNRESET) {
            end_program(line);
        } else if (errno != EINTR) {
            break;
        }
    }
}

/* ---- Programs that connect ----------------------------------------------- */

/* The port of "CONNECT 52\n"; false for anything else. */
static bool parse_greeting(const char *greeting, uint32_t *port)
{
    static const char word[] = "CONNECT ";
    const size_t length = sizeof(word) - 1;
    char *end = NULL;

    if (strncmp(greeting, word, length) != 0 || greeting[length] < '0' ||
        greeting[length] > '9') {
        return false;
    }
    const unsigned long value = strtoul(greeting + length, &end, 10);
    *port = (uint32_t)value;
    return *end == '\0' && value <= UINT32_MAX;
}

/* Byte by byte, as what follows the line is the guest's. */
static void read_greeting(struct line *line)
{
    uint32_t port;
    char byte;
    ssize_t count;

    while ((count = recv(line->watch.fd, &byte, 1, MSG_DONTWAIT)) == 1 &&
           byte != '\n' && line->greeted < GREETING_MAX - 1) {
        line->greeting[line->greeted++] = byte;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    line->greeting[line->greeted] = '\0';
    if (count != 1 || byte != '\n' || !line->vsock->ready ||
        !parse_greeting(line->greeting, &port)) {
        leave(line);
        return;
    }
    line->host_port = line->vsock->next_port++;
    line->phase = LINE_ASKED;
    say(line, VSOCK_CONNECT, line->host_port, port);
}

static void ready(void *context, unsigned events)
{
    struct line *line = context;

    line->hung = line->hung || (events & LOOP_HANGUP) != 0;
    if (line->phase == LINE_GREETING) {
        read_greeting(line);
    } else {
        if ((events & (LOOP_WRITE | LOOP_HANGUP)) != 0) {
            write_out(line);
        }
        read_in(line);
    }
    watch_what_matters(line);
}

static void take_caller(void *context, unsigned events)
{
    struct vsock *vsock = context;
    unsigned number = VSOCK_LINES_OUT;
    int fd = -1;

    (void)events;
    if (host_socket_accept(vsock->listener.fd, &fd, NULL) != 0) {
        return;
    }
    while (number < VSOCK_LINES && vsock->lines[number].phase != LINE_FREE) {
        number++;
    }
    if (number == VSOCK_LINES) {
        host_socket_close(fd);
        return;
    }
    take_program(&vsock->lines[number], fd);
    vsock->lines[number].phase = LINE_GREETING;
    watch_what_matters(&vsock->lines[number]);
}

/* ---- Programs that are called -------------------------------------------- */

static void call(struct line *line, uint32_t port)
{
    struct vsock *vsock = line->vsock;

    line->phase = LINE_CALLING;
    line->call = (vsock->next_call++ << TAG_SHIFT) | number_of(line);
    if (connector_ask(&vsock->connector, line->call, port) != 0) {
        leave(line);
    }
}

static void take_answer(struct vsock *vsock, uint32_t tag, int fd)
{
    struct line *line =
        &vsock->lines[(tag & ((1u << TAG_SHIFT) - 1)) % VSOCK_LINES];

    if (line->phase != LINE_CALLING || line->call != tag) {
        host_socket_close(fd);
    } else if (fd < 0) {
        leave(line);
    } else {
        take_program(line, fd);
        line->phase = LINE_CONNECTED;
        say(line, VSOCK_ACCEPT, 0, 0);
        watch_what_matters(line);
    }
}

static void take_answers(void *context, unsigned events)
{
    struct vsock *vsock = context;
    uint32_t tag;
    int fd;
    int code;

    (void)events;
    while ((code = connector_take(&vsock->connector, &tag, &fd)) > 0) {
        take_answer(vsock, tag, fd);
    }
    if (code < 0) {
        loop_unwatch(vsock->loop, &vsock->answers);
    }
}

/* ---- Messages of the device ---------------------------------------------- */

/* All that was is forgotten, but for programs that only say whom they want. */
static void restart(struct vsock *vsock)
{
    vsock->ready = true;
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        struct line *line = &vsock->lines[i];

        if (line->phase != LINE_GREETING) {
            free_line(line);
        }
        buffer_clear(&line->held);
        say(line, VSOCK_SYNC, 0, 0);
    }
}

static void hear_accept(struct line *line)
{
    char ok[32];
    const int size = snprintf(ok, sizeof(ok), "OK %u\n", line->host_port);

    line->phase = LINE_CONNECTED;
    if (send(line->watch.fd, ok, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT) !=
        size) {
        leave(line);
    }
}

static void hear_close(struct line *line)
{
    if (line->phase == LINE_ENDING) {
        line->phase = LINE_FREE;
    } else if (line->phase != LINE_FREE && line->phase != LINE_GREETING) {
        line->phase = LINE_LEAVING;
        if (line->out.size == 0) {
            leave(line);
        }
    }
}

static void hear_shutdown(struct line *line, uint32_t sides)
{
    if ((sides & 1) != 0) {
        (void)shutdown(line->watch.fd, SHUT_RD);
    }
    if ((sides & 2) != 0) {
        line->guest_ended = true;
        write_out(line);
    }
}

void vsock_hear(struct vsock *vsock, unsigned number, const void *bytes,
                size_t size)
{
    struct line *line = &vsock->lines[number % VSOCK_LINES];
    struct vsock_message message;

    assert(size >= sizeof(message) && number <= VSOCK_LINES);
    memcpy(&message, bytes, sizeof(message));
    if (number == VSOCK_LINES) {
        if (message.word == VSOCK_RESTART) {
            restart(vsock);
        }
        return;
    }
    if (message.word == VSOCK_CONNECT && line->phase == LINE_FREE) {
        call(line, message.a);
    } else if (message.word == VSOCK_ACCEPT && line->phase == LINE_ASKED) {
        hear_accept(line);
    } else if (message.word == VSOCK_DATA && line->phase == LINE_CONNECTED) {
        buffer_append(&line->out, (const uint8_t *)bytes + sizeof(message),
                      size - sizeof(message));
        write_out(line);
    } else if (message.word == VSOCK_SHUTDOWN &&
               line->phase == LINE_CONNECTED) {
        hear_shutdown(line, message.a);
    } else if (message.word == VSOCK_CLOSE) {
        hear_close(line);
    }
    watch_what_matters(line);
}

void vsock_room(struct vsock *vsock, unsigned number)
{
    if (number == VSOCK_LINES) {
        for (unsigned i = 0; i < VSOCK_LINES; i++) {
            tell_taken(&vsock->lines[i]);
        }
        return;
    }
    say_held(&vsock->lines[number]);
    read_in(&vsock->lines[number]);
    watch_what_matters(&vsock->lines[number]);
}

/* ---- Life ---------------------------------------------------------------- */

static int open_sockets(struct vsock *vsock, const char *path,
                        struct error *error)
{
    char name[128];
    char *address = xasprintf("unix:%s", path);
    int code = connector_start(&vsock->connector, path, error);

    if (code == 0) {
        code = host_socket_listen(address, &vsock->listener.fd, name,
                                  sizeof(name), error);
    }
    if (code == 0) {
        host_socket_note(address, &vsock->file);
        (void)fcntl(vsock->listener.fd, F_SETFL, O_NONBLOCK);
        vsock->answers.fd = vsock->connector.fd;
        loop_watch(vsock->loop, &vsock->answers);
        loop_watch(vsock->loop, &vsock->listener);
    }
    free(address);
    return code;
}

int vsock_open(struct loop *loop, const char *path,
               const struct vsock_device *device, struct vsock **opened,
               struct error *error)
{
    struct vsock *vsock = xcalloc(1, sizeof(*vsock));

    vsock->loop = loop;
    vsock->device = *device;
    vsock->next_port = FIRST_PORT;
    vsock->connector.fd = -1;
    vsock->listener = (struct loop_watch){
        .fd = -1, .events = LOOP_READ, .ready = take_caller, .context = vsock};
    vsock->answers = (struct loop_watch){
        .fd = -1, .events = LOOP_READ, .ready = take_answers, .context = vsock};
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        struct line *line = &vsock->lines[i];

        line->vsock = vsock;
        line->watch =
            (struct loop_watch){.fd = -1, .ready = ready, .context = line};
    }
    const int code = open_sockets(vsock, path, error);
    if (code != 0) {
        vsock_close(vsock);
        return code;
    }
    *opened = vsock;
    return 0;
}

void vsock_close(struct vsock *vsock)
{
    if (vsock == NULL) {
        return;
    }
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        free_line(&vsock->lines[i]);
        buffer_fini(&vsock->lines[i].out);
        buffer_fini(&vsock->lines[i].held);
    }
    loop_unwatch(vsock->loop, &vsock->listener);
    loop_unwatch(vsock->loop, &vsock->answers);
    host_socket_remove(&vsock->file);
    host_socket_close(vsock->listener.fd);
    connector_end(&vsock->connector);
    free(vsock);
}
