/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host at the lines of a socket device: what they are sent and
 * what they say, as bytes or message by message. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "backends/vsock_parts.h"
#include "host/packets.h"
#include "host/socket.h"

enum {
    TELL_PART = 8, /* this part of the credit is told of in one message */
    READS = 8,     /* of one program, then it is others' turn */
    /* Messages and their sizes that may wait for a program: credit alone does
     * not bound messages of few bytes. */
    WAITING_MAX = 2 * VSOCK_PACKETS_CREDIT,
};

/* A message for the device. */
struct piece {
    struct vsock_message message;
    uint8_t bytes[VSOCK_PIECE];
};

/* ---- Sockets ------------------------------------------------------------- */

static void watch(struct vsock_line *line, unsigned events)
{
    if (events == 0) {
        loop_unwatch(line->vsock->loop, &line->watch);
    }
    loop_watch_events(line->vsock->loop, &line->watch, events);
    if (events != 0 && !line->watched) {
        loop_watch(line->vsock->loop, &line->watch);
    }
    line->watched = events != 0;
}

/* A program that has hung up is reported without end, so it is watched only as
 * long as it is read. */
void vsock_program_watch(struct vsock_line *line)
{
    const bool reads = line->phase == LINE_GREETING ||
                       (line->phase == LINE_CONNECTED && !line->program_ended &&
                        byte_queue_size(&line->held) == 0);
    const bool writes = byte_queue_size(&line->out) != 0 && !line->hung;

    watch(line, (reads ? (unsigned)LOOP_READ : 0) |
                    (writes ? (unsigned)LOOP_WRITE : 0));
}

void vsock_program_take(struct vsock_line *line, int fd)
{
    line->watch.fd = fd;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    if (line->packets) {
        host_packets_prepare(fd, line->vsock->longest);
    }
}

void vsock_program_close(struct vsock_line *line)
{
    watch(line, 0);
    host_socket_close(line->watch.fd);
    line->watch.fd = -1;
    byte_queue_fini(&line->out);
    buffer_fini(&line->part);
    line->phase = LINE_FREE;
    line->greeted = 0;
    line->untold = 0;
    line->guest_ended = false;
    line->program_ended = false;
    line->hung = false;
}

void vsock_program_leave(struct vsock_line *line)
{
    const enum vsock_phase before = line->phase;

    vsock_program_close(line);
    if (before != LINE_GREETING && before != LINE_FREE) {
        vsock_line_say(line, VSOCK_CLOSE, 0, 0);
        line->phase = before == LINE_LEAVING ? LINE_FREE : LINE_ENDING;
    }
}

/* ---- To the program ------------------------------------------------------ */

/* The first bytes that wait, or the first message: how many bytes went out, or
 * a negative errno value. */
static ssize_t write_first(struct vsock_line *line)
{
    const uint8_t *first = byte_queue_first(&line->out);
    size_t size = byte_queue_size(&line->out);
    uint32_t length;
    size_t head = 0;

    if (line->packets) {
        memcpy(&length, first, sizeof(length));
        head = sizeof(length);
        size = length;
    }
    const ssize_t count =
        send(line->watch.fd, first + head, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
        return -errno;
    }
    byte_queue_drop(&line->out, head + (size_t)count);
    return count;
}

static void lose(struct vsock_line *line, int code)
{
    if (code != -EPIPE && code != -ECONNRESET) {
        vsock_trouble(line->vsock,
                      "a program at port %u cannot be sent to, and its "
                      "connection ends: %s",
                      line->host_port, strerror(-code));
    }
    vsock_program_leave(line);
}

void vsock_program_write(struct vsock_line *line)
{
    const size_t credit = line->packets ? line->vsock->longest : VSOCK_CREDIT;

    while (byte_queue_size(&line->out) != 0) {
        const ssize_t count = write_first(line);

        if (count == -EAGAIN) {
            break;
        }
        if (count < 0 && count != -EINTR) {
            lose(line, (int)count);
            return;
        }
        line->untold += count > 0 ? (size_t)count : 0;
    }
    const bool empty = byte_queue_size(&line->out) == 0;
    if (line->untold >= credit / TELL_PART || empty) {
        vsock_line_tell_taken(line);
    }
    if (empty && line->phase == LINE_LEAVING) {
        vsock_program_leave(line);
    } else if (empty && line->guest_ended) {
        (void)shutdown(line->watch.fd, SHUT_WR);
    }
}

/* A message goes out as a whole, when its end is here. */
static void add_to_message(struct vsock_line *line, const uint8_t *bytes,
                           size_t size, bool last)
{
    buffer_append(&line->part, bytes, size);
    if (last) {
        const uint32_t length = (uint32_t)line->part.size;

        byte_queue_append(&line->out, &length, sizeof(length));
        byte_queue_append(&line->out, line->part.bytes, length);
        buffer_clear(&line->part);
    }
}

void vsock_program_send(struct vsock_line *line, const uint8_t *bytes,
                        size_t size, bool last)
{
    if (line->packets) {
        add_to_message(line, bytes, size, last);
    } else {
        byte_queue_append(&line->out, bytes, size);
    }
    vsock_program_write(line);
    if (byte_queue_size(&line->out) + line->part.size > WAITING_MAX) {
        vsock_trouble(line->vsock,
                      "too many messages wait for a program at port %u, and "
                      "its connection ends",
                      line->host_port);
        vsock_program_leave(line);
    }
}

/* ---- From the program ---------------------------------------------------- */

static void end_program(struct vsock_line *line)
{
    line->program_ended = true;
    vsock_line_say(line, VSOCK_SHUTDOWN, line->hung ? 3 : 2, 0);
}

/* Bytes: how many, 0 at the end, or a negative errno value. */
static ssize_t read_bytes(struct vsock_line *line)
{
    struct piece in = {.message = {.word = VSOCK_DATA}};
    const ssize_t count =
        recv(line->watch.fd, in.bytes, sizeof(in.bytes), MSG_DONTWAIT);

    if (count > 0) {
        vsock_line_say_bytes(line, &in, sizeof(in.message) + (size_t)count);
    }
    return count < 0 ? -errno : count;
}

static void say_message(struct vsock_line *line, const uint8_t *bytes,
                        size_t size)
{
    struct piece in = {.message = {.word = VSOCK_DATA}};

    do {
        const size_t count = size < VSOCK_PIECE ? size : VSOCK_PIECE;

        memcpy(in.bytes, bytes, count);
        bytes += count;
        size -= count;
        in.message.a = size == 0 ? VSOCK_LAST : 0;
        vsock_line_say_bytes(line, &in, sizeof(in.message) + count);
    } while (size != 0);
}

/* A message: 1, 0 at the end, or a negative errno value. */
static ssize_t read_message(struct vsock_line *line)
{
    struct buffer *in = &line->vsock->in;
    size_t size = 0;
    const int code = host_packets_next(line->watch.fd, &size);

    if (code <= 0) {
        return code;
    }
    buffer_clear(in);
    uint8_t *bytes = buffer_grow(in, size);
    if (recv(line->watch.fd, bytes, size, MSG_DONTWAIT) != (ssize_t)size) {
        return -EIO;
    }
    say_message(line, bytes, size);
    return 1;
}

void vsock_program_read(struct vsock_line *line)
{
    for (unsigned i = 0;
         i < READS && line->phase == LINE_CONNECTED && !line->program_ended &&
         byte_queue_size(&line->held) == 0;
         i++) {
        const ssize_t count =
            line->packets ? read_message(line) : read_bytes(line);

        if (count == 0 || count == -ECONNRESET) {
            end_program(line);
        } else if (count < 0 && count != -EINTR) {
            break;
        }
    }
}

/* ---- Greetings ----------------------------------------------------------- */

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
    return strcmp(end, "\n") == 0 && value <= UINT32_MAX;
}

/* Byte by byte, as what follows the line is the guest's: 1 at its end, 0 before
 * it, or a negative errno value. */
static int read_line(struct vsock_line *line)
{
    while (line->greeted < VSOCK_GREETING_MAX - 1) {
        char *byte = &line->greeting[line->greeted];
        const ssize_t count = recv(line->watch.fd, byte, 1, MSG_DONTWAIT);

        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return 0;
        }
        if (count != 1) {
            return -EPIPE;
        }
        line->greeted++;
        if (*byte == '\n') {
            return 1;
        }
    }
    return -EINVAL;
}

/* The first message, as a whole. */
static int read_first(struct vsock_line *line)
{
    const ssize_t count =
        recv(line->watch.fd, line->greeting, VSOCK_GREETING_MAX - 1,
             MSG_DONTWAIT | MSG_TRUNC);

    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (count <= 0 || count >= VSOCK_GREETING_MAX) {
        return -EINVAL;
    }
    line->greeted = (size_t)count;
    return 1;
}

static void read_greeting(struct vsock_line *line)
{
    uint32_t port;
    const int code = line->packets ? read_first(line) : read_line(line);

    if (code == 0) {
        return;
    }
    line->greeting[line->greeted] = '\0';
    if (code < 0 || !line->vsock->ready ||
        !parse_greeting(line->greeting, &port)) {
        vsock_program_leave(line);
        return;
    }
    line->host_port = line->vsock->next_port++;
    line->phase = LINE_ASKED;
    vsock_line_say(line, line->packets ? VSOCK_CONNECT_PACKETS : VSOCK_CONNECT,
                   line->host_port, port);
}

void vsock_program_ready(void *context, unsigned events)
{
    struct vsock_line *line = context;

    line->hung = line->hung || (events & LOOP_HANGUP) != 0;
    if (line->phase == LINE_GREETING) {
        read_greeting(line);
    } else {
        if ((events & (LOOP_WRITE | LOOP_HANGUP)) != 0) {
            vsock_program_write(line);
        }
        vsock_program_read(line);
    }
    vsock_program_watch(line);
}
