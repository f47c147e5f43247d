/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of session/rot: a server in this process, its part up to a stage,
 * and peers of it, whose frames are compared to the byte. Included once per
 * test program. */
#ifndef TESTS_ROT_BENCH_H
#define TESTS_ROT_BENCH_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "session/rot/clients.h"
#include "session/rot/own.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define BENCH    __attribute__((unused)) static
#define BUILT    "build/out/guest/caliptra/"
#define FIRMWARE BUILT "embedded/firmware.bundle"

enum { USER = 1, OTHER_USER = 2 };

OWN_PATH(socket_path, "", "socket")

__attribute__((unused)) static const struct rot_server_options plain;

struct bench {
    struct session_options options;
    struct rot_server_options server_options;
    struct session_error error;
    struct session *session;
    struct rot_server *server;
    struct buffer told; /* lines: the observer's sentences and frames */
};

BENCH void hear(void *context, unsigned client, const char *text)
{
    struct bench *bench = context;
    buffer_print(&bench->told, "%u %s\n", client, text);
}

BENCH void hear_frame(void *context, const struct rot_trace *trace)
{
    struct bench *bench = context;
    EXPECT_EQ(trace->time_ns, rot_core_time(&bench->server->core));
    buffer_print(&bench->told, "%u %s %s %x:", trace->client, trace->protocol,
                 trace->direction, trace->number);
    buffer_print_hex(&bench->told, trace->payload, trace->size);
    buffer_print(&bench->told, "\n");
}

/* Up to the server, whose result this is. Fields that are zero in options get a
 * value. */
BENCH int bench_open(struct bench *bench,
                     const struct rot_server_options *options,
                     const char *firmware)
{
    const struct rot_observer observer = {hear, hear_frame, bench};
    *bench = (struct bench){.server_options = *options};
    struct rot_server_options *made = &bench->server_options;
    made->path = made->path ? made->path : socket_path;
    made->clients = made->clients ? made->clients : 8;
    made->timeout_ns = made->timeout_ns ? made->timeout_ns : 10000000000;
    if (made->core.user_count == 0) {
        made->core.user_count = 2;
        made->core.users[0] = USER;
        made->core.users[1] = OTHER_USER;
    }
    if (made->core.limit_ns == 0) {
        made->core.limit_ns = 1000000000;
    }
    session_options_init(&bench->options);
    bench->options.board = "caliptra-1.1";
    bench->options.rom = BUILT "rom.bin";
    bench->options.firmware = firmware;
    if (session_open(&bench->options, NULL, &bench->session, &bench->error) ||
        session_load(bench->session, &bench->error) ||
        session_build(bench->session, &bench->error)) {
        EXPECT_STR(bench->error.text, "");
        return -1;
    }
    return rot_server_open(bench->session, made, &observer, &bench->server,
                           &bench->error);
}

/* With peers that may come; the part has no power yet. */
BENCH bool bench_listen(struct bench *bench,
                        const struct rot_server_options *options)
{
    if (!EXPECT_EQ(bench_open(bench, options, FIRMWARE), 0)) {
        return false;
    }
    loop_watch(bench->server->loop, &bench->server->listener);
    return true;
}

/* With a part whose runtime is ready. */
BENCH bool bench_serve(struct bench *bench,
                       const struct rot_server_options *options)
{
    return bench_listen(bench, options) &&
           EXPECT_EQ(rot_core_boot(&bench->server->core, ROT_STAGE_RUNTIME),
                     ROT_ERROR_NONE);
}

BENCH void bench_close(struct bench *bench)
{
    if (bench->server) {
        loop_unwatch(bench->server->loop, &bench->server->listener);
    }
    rot_server_close(bench->server);
    session_close(bench->session);
    buffer_fini(&bench->told);
}

/* All that can be done without waiting. */
BENCH void turn(struct bench *bench)
{
    for (unsigned i = 0; i < 1000; i++) {
        if (loop_turn(bench->server->loop, 0) == 0) {
            return;
        }
    }
    EXPECT(!"a server that comes to rest");
}

/* The observer's lines since the last time. */
BENCH void expect_told(struct bench *bench, const char *text)
{
    EXPECT_STR(buffer_text(&bench->told), text);
    buffer_clear(&bench->told);
}

/* ---- Peers --------------------------------------------------------------- */

struct peer {
    struct bench *bench;
    int fd;
    struct rot_client *client; /* gone if the connection is */
    enum rot_protocol protocol;
    struct buffer got;
    bool ended;
};

BENCH struct peer peer_connect(struct bench *bench, enum rot_protocol protocol)
{
    struct peer peer = {.bench = bench, .fd = -1, .protocol = protocol};
    char *address = xasprintf("unix:%s", bench->server_options.path);
    EXPECT_EQ(host_socket_connect(address, &peer.fd, NULL), 0);
    free(address);
    turn(bench);
    for (peer.client = bench->server->clients;
         peer.client && peer.client->next;) {
        peer.client = peer.client->next;
    }
    return peer;
}

BENCH void peer_close(struct peer *peer)
{
    host_socket_close(peer->fd);
    buffer_fini(&peer->got);
    turn(peer->bench);
}

BENCH void peer_push(struct peer *peer, const void *bytes, size_t size)
{
    EXPECT_EQ(send(peer->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT), size);
}

/* Takes what comes until there is nothing more, or the end. */
BENCH void peer_take(struct peer *peer)
{
    static uint8_t bytes[1 << 16];
    for (ssize_t got = 1; got > 0;) {
        turn(peer->bench);
        got = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        buffer_append(&peer->got, bytes, got > 0 ? (size_t)got : 0);
        peer->ended = got == 0 || (got < 0 && errno != EAGAIN);
    }
}

BENCH void put_frame(struct buffer *out, enum rot_protocol protocol,
                     unsigned number, const void *payload, size_t size)
{
    rot_frame_begin(out, protocol, (uint16_t)number, (uint32_t)size);
    buffer_append(out, payload, size);
}

BENCH void peer_send(struct peer *peer, unsigned number, const void *payload,
                     size_t size)
{
    struct buffer frame = {0};
    put_frame(&frame, peer->protocol, number, payload, size);
    peer_push(peer, frame.bytes, frame.size);
    buffer_fini(&frame);
    turn(peer->bench);
}

BENCH void expect_bytes(struct peer *peer, const void *bytes, size_t size)
{
    peer_take(peer);
    if (EXPECT(peer->got.size >= size)) {
        EXPECT_BYTES(peer->got.bytes, bytes, size);
        peer->got.size -= size;
        memmove(peer->got.bytes, peer->got.bytes + size, peer->got.size);
    }
}

BENCH void expect_frame(struct peer *peer, unsigned number, const void *payload,
                        size_t size)
{
    struct buffer frame = {0};
    put_frame(&frame, peer->protocol, number, payload, size);
    expect_bytes(peer, frame.bytes, frame.size);
    buffer_fini(&frame);
}

BENCH void expect_nothing(struct peer *peer)
{
    peer_take(peer);
    EXPECT_EQ(peer->got.size, 0);
    EXPECT(!peer->ended);
}

BENCH void expect_end(struct peer *peer)
{
    peer_take(peer);
    EXPECT_EQ(peer->got.size, 0);
    EXPECT(peer->ended);
}

BENCH bool is_there(const struct bench *bench, const struct peer *peer)
{
    const struct rot_client *client = bench->server->clients;
    while (client && client != peer->client) {
        client = client->next;
    }
    return client != NULL;
}

/* Nothing more fits into the socket to the peer. */
BENCH void fill_socket(const struct peer *peer)
{
    static const uint8_t zeros[1 << 12];
    for (size_t size = sizeof(zeros); size != 0; size /= 2) {
        while (send(peer->client->watch.fd, zeros, size, MSG_DONTWAIT) > 0) {
        }
    }
}

/* ---- Our protocol -------------------------------------------------------- */

/* Words of a payload, in its order. */
#define WORDS(...)                                                             \
    (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__})

BENCH void ask(struct peer *peer, unsigned number, uint32_t tag,
               const void *bytes, size_t size)
{
    struct buffer payload = {0};
    buffer_append_le32(&payload, tag);
    buffer_append(&payload, bytes, size);
    peer_send(peer, number, payload.bytes, payload.size);
    buffer_fini(&payload);
}

/* About the line of that name, which may be cut. */
BENCH void ask_line(struct peer *peer, unsigned number, uint32_t level,
                    const char *name, size_t size)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    buffer_append_le32(&bytes, level);
    buffer_append(&bytes, name, size);
    const size_t skip = number == OWN_GET_LINE ? 4 : 0;
    ask(peer, number, 1, bytes.bytes + skip, bytes.size - skip);
}

/* The time is that of the machine at hand. */
BENCH void expect_reply(struct peer *peer, unsigned number, uint32_t tag,
                        enum rot_error error, const void *bytes, size_t size)
{
    const uint64_t time_ns = rot_core_time(&peer->bench->server->core);
    struct buffer payload = {0};
    buffer_append_le32(&payload, tag);
    buffer_append_le32(&payload, error);
    buffer_append_le32(&payload, (uint32_t)time_ns);
    buffer_append_le32(&payload, (uint32_t)(time_ns >> 32));
    buffer_append(&payload, bytes, size);
    expect_frame(peer, 0x8000 | number, payload.bytes, payload.size);
    buffer_fini(&payload);
}

BENCH void expect_refusal(struct peer *peer, unsigned number, uint32_t tag,
                          enum rot_error error)
{
    const char *text = rot_error_text(error);
    expect_reply(peer, number, tag, error, text, strlen(text));
}

BENCH void expect_notice(struct peer *peer, unsigned number, uint32_t first,
                         uint32_t second, const char *text)
{
    const uint64_t time_ns = rot_core_time(&peer->bench->server->core);
    struct buffer payload = {0};
    buffer_append_le32(&payload, first);
    buffer_append_le32(&payload, second);
    buffer_append_le32(&payload, (uint32_t)time_ns);
    buffer_append_le32(&payload, (uint32_t)(time_ns >> 32));
    buffer_append(&payload, text, strlen(text));
    expect_frame(peer, number, payload.bytes, payload.size);
    buffer_fini(&payload);
}

/* One that has greeted; its greeting is taken. */
BENCH struct peer peer_greet(struct bench *bench)
{
    struct peer peer = peer_connect(bench, ROT_PROTOCOL_OWN);
    ask(&peer, 1, 0, WORDS(0x10001));
    peer_take(&peer);
    buffer_clear(&peer.got);
    return peer;
}

#endif
