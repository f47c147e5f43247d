/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a socket device as Unix sockets.
 *
 * A line that a program of the host has taken begins with its greeting, of
 * which the device learns nothing. What the guest sends waits in a buffer as
 * long as the program does not read, within the credit that the device gives
 * the guest; what the program sends is read when the device has taken the last
 * message, so each side slows the other down. A message of sequenced packets is
 * sent to the program when its end is here, and read as a whole; on the line it
 * goes in pieces, as all bytes do.
 */
#include "backends/vsock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "backends/vsock_parts.h"
#include "base/assert.h"
#include "host/packets.h"

enum {
    FIRST_PORT = 1 << 30, /* of the host's side */
    TAG_SHIFT = 8,        /* a call's number is behind its line's */
    TROUBLE_MAX = 256,    /* bytes of a line of the log */
};

static unsigned number_of(const struct vsock_line *line)
{
    return (unsigned)(line - line->vsock->lines);
}

void vsock_trouble(struct vsock *vsock, const char *format, ...)
{
    char text[TROUBLE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    vsock->device.trouble(vsock->device.context, text);
}

/* ---- Messages to the device ---------------------------------------------- */

static bool try(struct vsock_line *line, const void *message, size_t size)
{
    const struct vsock_device *device = &line->vsock->device;

    return device->say(device->context, number_of(line), message, size);
}

void vsock_line_say_bytes(struct vsock_line *line, const void *message,
                          size_t size)
{
    const uint32_t length = (uint32_t)size;

    if (byte_queue_size(&line->held) != 0 || !try(line, message, size)) {
        byte_queue_append(&line->held, &length, sizeof(length));
        byte_queue_append(&line->held, message, size);
    }
}

void vsock_line_say(struct vsock_line *line, enum vsock_word word, uint32_t a,
                    uint32_t b)
{
    const struct vsock_message message = {word, a, b};

    vsock_line_say_bytes(line, &message, sizeof(message));
}

static void say_held(struct vsock_line *line)
{
    uint32_t length;

    while (byte_queue_size(&line->held) != 0) {
        memcpy(&length, byte_queue_first(&line->held), sizeof(length));
        if (!try(line, byte_queue_first(&line->held) + sizeof(length),
                 length)) {
            return;
        }
        byte_queue_drop(&line->held, sizeof(length) + length);
    }
}

/* Credit is said beside the line, as it must not wait behind bytes for which
 * the guest has no room; what cannot be said now is said later. */
void vsock_line_tell_taken(struct vsock_line *line)
{
    const struct vsock_device *device = &line->vsock->device;
    const struct vsock_message message = {VSOCK_TAKEN, (uint32_t)line->untold,
                                          number_of(line)};

    if (line->untold != 0 &&
        device->say(device->context, VSOCK_LINES, &message, sizeof(message))) {
        line->untold = 0;
    }
}

/* ---- Programs that connect ----------------------------------------------- */

static void take_caller(struct vsock *vsock, const struct listener *listener)
{
    unsigned number = VSOCK_LINES_OUT;
    int fd = -1;

    if (host_socket_accept(listener->watch.fd, &fd, NULL) != 0) {
        return;
    }
    while (number < VSOCK_LINES && vsock->lines[number].phase != LINE_FREE) {
        number++;
    }
    if (number == VSOCK_LINES) {
        host_socket_close(fd);
        if (!vsock->told_full) {
            vsock_trouble(vsock,
                          "a program is refused: %d have connections already",
                          VSOCK_LINES - VSOCK_LINES_OUT);
        }
        vsock->told_full = true;
        return;
    }
    vsock->told_full = false;
    vsock->lines[number].packets = listener == &vsock->packets;
    vsock_program_take(&vsock->lines[number], fd);
    vsock->lines[number].phase = LINE_GREETING;
    vsock_program_watch(&vsock->lines[number]);
}

static void take_stream(void *context, unsigned events)
{
    struct vsock *vsock = context;

    take_caller(vsock, &vsock->streams);
}

static void take_packets(void *context, unsigned events)
{
    struct vsock *vsock = context;

    take_caller(vsock, &vsock->packets);
}

/* ---- Programs that are called -------------------------------------------- */

static void call(struct vsock_line *line, uint32_t port, bool packets)
{
    struct vsock *vsock = line->vsock;

    line->phase = LINE_CALLING;
    line->packets = packets;
    line->host_port = port;
    line->call = (vsock->next_call++ << TAG_SHIFT) | number_of(line);
    if (connector_ask(&vsock->connector, line->call, port,
                      packets ? CONNECTOR_PACKETS : CONNECTOR_STREAM) != 0) {
        vsock_program_leave(line);
    }
}

static void take_answer(struct vsock *vsock, uint32_t tag, int fd)
{
    struct vsock_line *line =
        &vsock->lines[(tag & ((1u << TAG_SHIFT) - 1)) % VSOCK_LINES];

    if (line->phase != LINE_CALLING || line->call != tag) {
        host_socket_close(fd);
    } else if (fd < 0) {
        if (fd == -EPROTOTYPE) {
            vsock_trouble(vsock,
                          "the guest wants %s at port %u, where a program "
                          "listens for another type of socket",
                          line->packets ? "sequenced packets" : "a stream",
                          line->host_port);
        }
        vsock_program_leave(line);
    } else {
        vsock_program_take(line, fd);
        line->phase = LINE_CONNECTED;
        vsock_line_say(line, VSOCK_ACCEPT, 0, 0);
        vsock_program_watch(line);
    }
}

static void take_answers(void *context, unsigned events)
{
    struct vsock *vsock = context;
    uint32_t tag;
    int fd;
    int code;

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
        struct vsock_line *line = &vsock->lines[i];

        if (line->phase != LINE_GREETING) {
            vsock_program_close(line);
        }
        byte_queue_fini(&line->held);
        vsock_line_say(line, VSOCK_SYNC, vsock->longest, 0);
    }
}

static void hear_accept(struct vsock_line *line)
{
    char ok[32];
    const int size = snprintf(ok, sizeof(ok), "OK %u\n", line->host_port);

    line->phase = LINE_CONNECTED;
    if (send(line->watch.fd, ok, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT) !=
        size) {
        vsock_program_leave(line);
    }
}

static void hear_close(struct vsock_line *line, bool too_long)
{
    if (too_long) {
        vsock_trouble(line->vsock,
                      "a message of the program at port %u is longer than the "
                      "guest's buffer, and its connection ends",
                      line->host_port);
    }
    if (line->phase == LINE_ENDING) {
        line->phase = LINE_FREE;
    } else if (line->phase != LINE_FREE && line->phase != LINE_GREETING) {
        line->phase = LINE_LEAVING;
        if (byte_queue_size(&line->out) == 0) {
            vsock_program_leave(line);
        }
    }
}

static void hear_shutdown(struct vsock_line *line, uint32_t sides)
{
    if ((sides & 1) != 0) {
        (void)shutdown(line->watch.fd, SHUT_RD);
    }
    if ((sides & 2) != 0) {
        line->guest_ended = true;
        vsock_program_write(line);
    }
}

void vsock_hear(struct vsock *vsock, unsigned number, const void *bytes,
                size_t size)
{
    struct vsock_line *line = &vsock->lines[number % VSOCK_LINES];
    struct vsock_message message;

    assert(size >= sizeof(message) && number <= VSOCK_LINES);
    memcpy(&message, bytes, sizeof(message));
    if (number == VSOCK_LINES) {
        if (message.word == VSOCK_RESTART) {
            restart(vsock);
        }
        return;
    }
    if ((message.word == VSOCK_CONNECT ||
         message.word == VSOCK_CONNECT_PACKETS) &&
        line->phase == LINE_FREE) {
        call(line, message.a, message.word == VSOCK_CONNECT_PACKETS);
    } else if (message.word == VSOCK_ACCEPT && line->phase == LINE_ASKED) {
        hear_accept(line);
    } else if (message.word == VSOCK_DATA && line->phase == LINE_CONNECTED) {
        vsock_program_send(line, (const uint8_t *)bytes + sizeof(message),
                           size - sizeof(message),
                           (message.a & VSOCK_LAST) != 0);
    } else if (message.word == VSOCK_SHUTDOWN &&
               line->phase == LINE_CONNECTED) {
        hear_shutdown(line, message.a);
    } else if (message.word == VSOCK_CLOSE) {
        hear_close(line, message.a != 0);
    }
    vsock_program_watch(line);
}

void vsock_room(struct vsock *vsock, unsigned number)
{
    if (number == VSOCK_LINES) {
        for (unsigned i = 0; i < VSOCK_LINES; i++) {
            vsock_line_tell_taken(&vsock->lines[i]);
        }
        return;
    }
    say_held(&vsock->lines[number]);
    vsock_program_read(&vsock->lines[number]);
    vsock_program_watch(&vsock->lines[number]);
}

/* ---- Life ---------------------------------------------------------------- */

static int open_sockets(struct vsock *vsock, const char *path,
                        struct error *error)
{
    char *streams = xasprintf("unix:%s", path);
    char *packets = xasprintf("unix:%s" VSOCK_PACKETS_SUFFIX, path);
    int code = connector_start(&vsock->connector, path, error);

    code = code ? code
                : listener_open(&vsock->streams, vsock->loop, streams,
                                LISTENER_STREAM, take_stream, vsock, error);
    code = code ? code
                : listener_open(&vsock->packets, vsock->loop, packets,
                                LISTENER_PACKETS, take_packets, vsock, error);
    if (code == 0) {
        vsock->answers.fd = vsock->connector.fd;
        loop_watch(vsock->loop, &vsock->answers);
    }
    free(streams);
    free(packets);
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
    vsock->streams.watch.fd = -1;
    vsock->packets.watch.fd = -1;
    vsock->longest = (uint32_t)host_packets_longest(VSOCK_PACKETS_CREDIT);
    vsock->answers = (struct loop_watch){
        .fd = -1, .events = LOOP_READ, .ready = take_answers, .context = vsock};
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        struct vsock_line *line = &vsock->lines[i];

        line->vsock = vsock;
        line->watch = (struct loop_watch){
            .fd = -1, .ready = vsock_program_ready, .context = line};
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
        vsock_program_close(&vsock->lines[i]);
        byte_queue_fini(&vsock->lines[i].held);
    }
    listener_close(&vsock->streams, vsock->loop);
    listener_close(&vsock->packets, vsock->loop);
    loop_unwatch(vsock->loop, &vsock->answers);
    connector_end(&vsock->connector);
    buffer_fini(&vsock->in);
    free(vsock);
}
