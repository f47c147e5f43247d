/* SPDX-License-Identifier: Apache-2.0 */
/* A socket device between a driver and lines to an outside, for its tests. A
 * test that goes wrong here ends the program. */
#ifndef VIRTIO_VSOCK_BENCH_H
#define VIRTIO_VSOCK_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "virtio/test_kinds.h"
#include "virtio/vsock.h"

static inline void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

enum { RX = 0x4000, STEP = 0x400, GUEST = 1000, HOST = 52, HEADER = 44 };
enum { OUT_LINE = 0, IN_LINE = VSOCK_LINES_OUT };
enum { RX_COUNT = 64 };  /* buffers of the receive queue */
enum { LONGEST = 1000 }; /* message of sequenced packets to the outside */

struct bench {
    struct test_driver driver;
    union test_outside outside;
    unsigned given; /* buffers of the receive queue */
    unsigned taken; /* of them, that came back */
};

static inline struct test_sockets *sockets_of(struct bench *bench)
{
    return &bench->outside.sockets;
}

static inline bool hear(struct bench *bench, unsigned line,
                        enum vsock_word word, uint32_t a, uint32_t b)
{
    const struct vsock_message message = {word, a, b};

    return virtio_vsock_hear(&bench->driver.virtio, line, &message,
                             sizeof(message));
}

static inline bool hear_data(struct bench *bench, unsigned line,
                             const char *text, enum vsock_data flags)
{
    struct {
        struct vsock_message message;
        char bytes[100];
    } data = {
        .message = {.word = VSOCK_DATA, .a = flags}
    };
    const size_t size = strlen(text);

    require(size <= sizeof(data.bytes));
    memcpy(data.bytes, text, size);
    return virtio_vsock_hear(&bench->driver.virtio, line, &data,
                             sizeof(data.message) + size);
}

static inline bool hear_bytes(struct bench *bench, unsigned line,
                              const char *text)
{
    return hear_data(bench, line, text, 0);
}

static inline void give(struct bench *bench, unsigned count)
{
    while (count-- != 0) {
        const struct test_buffer buffer = {
            RX + STEP * (bench->given++ % RX_COUNT), HEADER + 4, true};

        require(test_add(&bench->driver, VIRTIO_VSOCK_RX, &buffer, 1) >= 0);
    }
    test_kick(&bench->driver, VIRTIO_VSOCK_RX);
}

static inline void start_without(struct bench *bench, uint64_t features)
{
    *bench = (struct bench){.given = 0};
    test_sockets_init(&bench->outside);
    test_driver_init(&bench->driver, &virtio_vsock, &bench->outside);
    test_driver_start(&bench->driver, ~features, 3, 64);
    require(sockets_of(bench)->line == VSOCK_LINES);
    require(sockets_of(bench)->message.word == VSOCK_RESTART);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        require(hear(bench, i, VSOCK_SYNC, LONGEST, 0));
    }
    give(bench, 4);
}

static inline void start(struct bench *bench)
{
    start_without(bench, 0);
}

static inline struct virtio_vsock_hdr packet(enum virtio_vsock_op op)
{
    return (struct virtio_vsock_hdr){
        .src_cid = TEST_CID,
        .dst_cid = VIRTIO_VSOCK_CID_HOST,
        .src_port = GUEST,
        .dst_port = HOST,
        .type = VIRTIO_VSOCK_TYPE_STREAM,
        .op = (uint16_t)op,
        .buf_alloc = 1000,
    };
}

static inline void send(struct bench *bench, struct virtio_vsock_hdr header)
{
    uint32_t written = 0;
    unsigned id;
    const struct test_buffer buffers[] = {
        {0,      HEADER, false},
        {HEADER, 200,    false}
    };

    memcpy(bench->driver.buffers, &header, HEADER);
    memset(bench->driver.buffers + HEADER, 'x', 200);
    require(test_add(&bench->driver, VIRTIO_VSOCK_TX, buffers, 2) >= 0);
    test_kick(&bench->driver, VIRTIO_VSOCK_TX);
    while (test_used(&bench->driver, VIRTIO_VSOCK_TX, &id, &written)) {
        require(written == 0);
    }
}

/* The next packet that came to the driver; op 0: there is none. */
static inline struct virtio_vsock_hdr received(struct bench *bench)
{
    struct virtio_vsock_hdr header = {.op = 0};
    uint32_t written = 0;
    unsigned id;

    if (test_used(&bench->driver, VIRTIO_VSOCK_RX, &id, &written)) {
        memcpy(&header,
               bench->driver.buffers + RX + STEP * (bench->taken++ % RX_COUNT),
               HEADER);
        require(written == HEADER + header.len);
        require(header.dst_cid == TEST_CID);
    }
    return header;
}

/* Its bytes. */
static inline const uint8_t *received_bytes(const struct bench *bench)
{
    return bench->driver.buffers + RX + STEP * ((bench->taken - 1) % RX_COUNT) +
           HEADER;
}

static inline void connect_out(struct bench *bench)
{
    start(bench);
    send(bench, packet(VIRTIO_VSOCK_OP_REQUEST));
    require(sockets_of(bench)->line == OUT_LINE);
    require(sockets_of(bench)->message.word == VSOCK_CONNECT);
    require(sockets_of(bench)->message.a == HOST);
    require(sockets_of(bench)->message.b == GUEST);
    require(hear(bench, OUT_LINE, VSOCK_ACCEPT, 0, 0));
    const struct virtio_vsock_hdr answer = received(bench);
    require(answer.op == VIRTIO_VSOCK_OP_RESPONSE);
    require(answer.src_port == HOST);
    require(answer.dst_port == GUEST);
    require(answer.buf_alloc == VSOCK_CREDIT);
}

static inline const struct virtio_vsock_connection *
connection_of(const struct bench *bench, unsigned line)
{
    return &((const struct virtio_vsock_state *)bench->driver.state)
                ->connections[line];
}

#endif
