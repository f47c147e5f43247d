/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile peers at sockets. With the first byte even a swtpm, whose answers the
 * input spoils: cut, split, too long, with other bytes, or none; what it cannot
 * do is make the client wait longer than its limit, read beyond a reply, or
 * keep a state that it does not take back. With the first byte odd the peers of
 * a serial port, that come, send, read, stop and leave in any order; what they
 * sent arrives once and in its order.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/tpm.h"
#include "backends/character.h"
#include "backends/tpm.h"
#include "base/bits.h"
#include "host/socket.h"
#include "tests/fuzz.h"

enum { LIMIT_NS = 3000000, REQUEST_MAX = 8192, REPLY_MAX = 64 << 10 };

struct input {
    const uint8_t *bytes;
    size_t size;
};

/* Zeros behind the end. */
static uint8_t next(struct input *input)
{
    if (input->size == 0) {
        return 0;
    }
    input->size--;
    return *input->bytes++;
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static char path[48];
static char address[64];

static void remove_socket(void)
{
    (void)unlink(path);
}

/* ---- A swtpm ------------------------------------------------------------- */

struct server {
    struct input input;
    int listener;
    int control;
    int commands;
};

/* The answer as the next bytes of the input want it. */
static void answer(struct server *server, int fd, uint8_t *bytes, size_t size)
{
    static const uint8_t zeros[REPLY_MAX];
    const uint8_t way = next(&server->input);
    size_t sent = size;

    for (unsigned i = way >> 4 & 3; i > 0; i--) {
        const size_t at = next(&server->input) % size;
        bytes[at] = next(&server->input);
    }
    switch (way & 7) {
    case 4: /* in pieces */
        for (sent = 0; sent < size; sent++) {
            (void)send(fd, bytes + sent, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        return;
    case 5: /* cut */
        sent = next(&server->input) % size;
        break;
    case 6: /* and more */
        (void)send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)send(fd, zeros, next(&server->input) * 256u,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    case 7: /* none */
        return;
    default:
        break;
    }
    (void)send(fd, bytes, sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if ((way & 7) == 5 && way & 0x80) {
        shutdown(fd, SHUT_WR);
    }
}

/* Takes a request and with it a descriptor, and returns the request's number;
 * 0 at the end. */
static uint32_t take_request(struct server *server)
{
    static uint8_t request[REQUEST_MAX];
    char room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {.iov_base = request, .iov_len = sizeof(request)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room,
                             .msg_controllen = sizeof(room)};
    ssize_t count = recvmsg(server->control, &message, MSG_DONTWAIT);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    if (count > 0 && header && server->commands < 0) {
        memcpy(&server->commands, CMSG_DATA(header), sizeof(int));
    }
    return count >= 4 ? load_be32(request) : 0;
}

static bool serve_control(struct server *server)
{
    static const size_t sizes[32] = {[1] = 8, [12] = 16, [17] = 16};
    const uint32_t number = take_request(server);
    uint8_t bytes[16 + 16] = {0};
    size_t size = sizes[number % 32] ? sizes[number % 32] : 4;

    if (number == 0) {
        return false;
    }
    if (number == 1) {
        store_be32(bytes + 4, 0xffff);
    }
    if (number == 12) { /* a blob of as many bytes */
        store_be32(bytes + 8, next(&server->input) % 16);
        memcpy(bytes + 12, bytes + 8, 4);
        size += load_be32(bytes + 12);
    }
    answer(server, server->control, bytes, size);
    return true;
}

static bool serve_command(struct server *server)
{
    uint8_t command[TPM_BUFFER_MAX];
    uint8_t bytes[64] = {0x80, 1};
    const size_t size = 10 + next(&server->input) % 50;
    ssize_t count =
        recv(server->commands, command, sizeof(command), MSG_DONTWAIT);

    store_be32(bytes + TPM_HEADER_LENGTH, (uint32_t)size);
    if (count > 0) {
        answer(server, server->commands, bytes, size);
    }
    return count > 0;
}

static void *serve(void *context)
{
    struct server *server = context;
    bool more =
        host_socket_accept(server->listener, &server->control, NULL) == 0;

    while (more) {
        struct pollfd ready[2] = {
            {.fd = server->control,  .events = POLLIN},
            {.fd = server->commands, .events = POLLIN},
        };
        more = poll(ready, 2, -1) > 0;
        if (more && ready[1].revents) {
            more = serve_command(server);
        }
        if (more && ready[0].revents) {
            more = serve_control(server);
        }
    }
    host_socket_close(server->commands);
    host_socket_close(server->control);
    return NULL;
}

static void ask(struct tpm *tpm, bool init, uint8_t locality, size_t room)
{
    static uint8_t reply[TPM_BUFFER_MAX];
    uint8_t request[16] = {locality % 5, init, 0x10, 0, 0x80, 1, 0, 0, 0,
                           12,           0,    0,    1, 0x7b, 0, 8};

    require(tpm_serve(tpm, request, sizeof(request), reply, room) <= room);
}

static void use_tpm(struct tpm *tpm, uint8_t what)
{
    struct buffer state = {0};
    struct error error = {""};

    ask(tpm, true, what, TPM_BUFFER_MAX);
    ask(tpm, what & 0x40, what, what & 0x80 ? 20 : TPM_BUFFER_MAX);
    int code = tpm_save(tpm, &state, &error);
    require((code == 0) == (error.text[0] == '\0'));
    if (code == 0) {
        code = tpm_load(tpm, state.bytes, state.size, &error);
        require(code != -EINVAL); /* what was saved is a state */
        require((code == 0) == (error.text[0] == '\0'));
    }
    ask(tpm, false, 0, TPM_HEADER_SIZE);
    buffer_fini(&state);
}

static void fuzz_tpm(struct input *input)
{
    static int listener = -1;
    struct error error = {""};
    struct tpm *tpm = NULL;
    char name[128];
    pthread_t thread;

    if (listener < 0) {
        snprintf(path, sizeof(path), "/tmp/cairn-peers-%d", (int)getpid());
        snprintf(address, sizeof(address), "unix:%s", path);
        require(host_socket_listen(address, &listener, name, sizeof(name),
                                   NULL) == 0 &&
                atexit(remove_socket) == 0);
    }
    const uint8_t what = next(input);
    struct server server = {*input, listener, -1, -1};
    require(pthread_create(&thread, NULL, serve, &server) == 0);
    int code = tpm_open(address, LIMIT_NS, &tpm, &error);
    require((code == 0) == (tpm != NULL) &&
            (code == 0) == (error.text[0] == '\0'));
    if (tpm) {
        use_tpm(tpm, what);
        tpm_close(tpm);
    }
    pthread_join(thread, NULL);
}

/* ---- A serial port ------------------------------------------------------- */

enum { PEERS = 2, STEPS_MAX = 200, CHUNK = 700 };

struct port {
    struct loop *loop;
    struct character *character;
    int peers[PEERS];
    unsigned connected; /* so many have been */
    size_t sent;
    size_t came;
    size_t printed;
    size_t read;
};

/* The bytes of one peer count on. */
static void received(void *context, const void *bytes, size_t size)
{
    struct port *port = context;
    const uint8_t *at = bytes;

    require(size != 0 && !port->character->held);
    for (size_t i = 0; i < size && port->connected == 1; i++) {
        require(at[i] == (uint8_t)(port->came + i));
    }
    port->came += size;
    require(port->came <= port->sent);
}

static void send_some(struct port *port, int fd, size_t size)
{
    uint8_t bytes[CHUNK] = {0};

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(port->sent + i);
    }
    ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    port->sent += count > 0 ? (size_t)count : 0;
}

static void read_some(struct port *port, int fd, size_t size)
{
    uint8_t bytes[CHUNK];
    ssize_t count = recv(fd, bytes, size, MSG_DONTWAIT);

    port->read += count > 0 ? (size_t)count : 0;
    require(port->read <= port->printed);
}

static void print_some(struct port *port, size_t size)
{
    static const uint8_t text[CHUNK];

    character_write(port->character, text, size);
    port->printed += size;
}

static void step(struct port *port, struct input *input)
{
    const uint8_t what = next(input);
    const size_t size = 1 + next(input) * 64u % CHUNK;
    int *peer = &port->peers[what >> 3 & 1];

    switch (what & 7) {
    case 0:
        if (*peer < 0 &&
            host_socket_connect(port->character->name, peer, NULL) == 0) {
            port->connected++;
        }
        break;
    case 1:
        send_some(port, *peer, size);
        break;
    case 2:
        read_some(port, *peer, size);
        break;
    case 3:
        shutdown(*peer, what & 0x10 ? SHUT_WR : SHUT_RD);
        break;
    case 4:
        host_socket_close(*peer);
        *peer = -1;
        break;
    case 5:
        print_some(port, size);
        break;
    case 6:
        character_hold(port->character, what & 0x10);
        break;
    default:
        character_flush(port->character);
        break;
    }
    require(loop_turn(port->loop, 0) >= 0);
}

/* With nothing unread at peers that leave, all that was sent arrives. */
static void finish(struct port *port)
{
    character_hold(port->character, false);
    for (size_t i = 0; i < PEERS; i++) {
        host_socket_close(port->peers[i]);
    }
    while (loop_turn(port->loop, 0) > 0) {
    }
    require(port->printed != 0 || port->came == port->sent);
    character_close(port->character);
    loop_destroy(port->loop);
}

static void fuzz_port(struct input *input)
{
    struct port port = {
        .peers = {-1, -1}
    };
    const struct character_events events = {.received = received,
                                            .context = &port};
    char *what = xasprintf("unix:/tmp/cairn-port-%d", (int)getpid());

    port.loop = loop_create(NULL);
    require(port.loop && character_open(port.loop, what, &events,
                                        &port.character, NULL) == 0);
    for (unsigned i = 0; i < STEPS_MAX && input->size != 0; i++) {
        step(&port, input);
    }
    finish(&port);
    free(what);
}

FUZZ(data, size)
{
    struct input input = {data, size};

    if (next(&input) % 2 == 0) {
        fuzz_tpm(&input);
    } else {
        fuzz_port(&input);
    }
    return 0;
}
