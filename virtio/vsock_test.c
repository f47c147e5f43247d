/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of the socket device (virtio 1.2, 5.10), from both sides, their
 * credit and their ends. */
#include "virtio/vsock.h"

#include <assert.h>
#include <string.h>

#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { RX = 0x4000, STEP = 0x400, GUEST = 1000, HOST = 52, HEADER = 44 };
enum { OUT_LINE = 0, IN_LINE = VSOCK_LINES_OUT };

struct bench {
    struct test_driver driver;
    union test_outside outside;
    unsigned given; /* buffers of the receive queue */
    unsigned taken; /* of them, that came back */
};

static struct test_sockets *sockets_of(struct bench *bench)
{
    return &bench->outside.sockets;
}

static bool hear(struct bench *bench, unsigned line, enum vsock_word word,
                 uint32_t a, uint32_t b)
{
    const struct vsock_message message = {word, a, b};

    return virtio_vsock_hear(&bench->driver.virtio, line, &message,
                             sizeof(message));
}

static bool hear_bytes(struct bench *bench, unsigned line, const char *text)
{
    uint8_t message[sizeof(struct vsock_message) + 100] = {VSOCK_DATA};

    const size_t size = strlen(text);
    assert(size <= 100);
    for (size_t i = 0; i < size; i++) {
        message[sizeof(struct vsock_message) + i] = (uint8_t)text[i];
    }
    return virtio_vsock_hear(&bench->driver.virtio, line, message,
                             sizeof(struct vsock_message) + size);
}

static void give(struct bench *bench, unsigned count)
{
    while (count-- != 0) {
        const struct test_buffer buffer = {RX + STEP * (bench->given++ % 32),
                                           HEADER + 4, true};

        EXPECT(test_add(&bench->driver, VIRTIO_VSOCK_RX, &buffer, 1) >= 0);
    }
    test_kick(&bench->driver, VIRTIO_VSOCK_RX);
}

static void start(struct bench *bench)
{
    *bench = (struct bench){.given = 0};
    test_sockets_init(&bench->outside);
    test_driver_init(&bench->driver, &virtio_vsock, &bench->outside);
    test_driver_start(&bench->driver, UINT64_MAX, 3, 64);
    EXPECT_EQ(sockets_of(bench)->line, VSOCK_LINES);
    EXPECT_EQ(sockets_of(bench)->message.word, VSOCK_RESTART);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        EXPECT(hear(bench, i, VSOCK_SYNC, 0, 0));
    }
    give(bench, 4);
}

static struct virtio_vsock_hdr packet(enum virtio_vsock_op op)
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

static void send(struct bench *bench, struct virtio_vsock_hdr header)
{
    uint32_t written = 0;
    unsigned id;
    const struct test_buffer buffers[] = {
        {0,      HEADER, false},
        {HEADER, 200,    false}
    };

    memcpy(bench->driver.buffers, &header, HEADER);
    memset(bench->driver.buffers + HEADER, 'x', 200);
    EXPECT(test_add(&bench->driver, VIRTIO_VSOCK_TX, buffers, 2) >= 0);
    test_kick(&bench->driver, VIRTIO_VSOCK_TX);
    while (test_used(&bench->driver, VIRTIO_VSOCK_TX, &id, &written)) {
        EXPECT_EQ(written, 0);
    }
}

/* The next packet that came to the driver; op 0: there is none. */
static struct virtio_vsock_hdr received(struct bench *bench)
{
    struct virtio_vsock_hdr header = {.op = 0};
    uint32_t written = 0;
    unsigned id;

    if (test_used(&bench->driver, VIRTIO_VSOCK_RX, &id, &written)) {
        memcpy(&header,
               bench->driver.buffers + RX + STEP * (bench->taken++ % 32),
               HEADER);
        EXPECT_EQ(written, HEADER + header.len);
        EXPECT_EQ(header.dst_cid, TEST_CID);
    }
    return header;
}

static void connect_out(struct bench *bench)
{
    start(bench);
    send(bench, packet(VIRTIO_VSOCK_OP_REQUEST));
    EXPECT_EQ(sockets_of(bench)->line, OUT_LINE);
    EXPECT_EQ(sockets_of(bench)->message.word, VSOCK_CONNECT);
    EXPECT_EQ(sockets_of(bench)->message.a, HOST);
    EXPECT_EQ(sockets_of(bench)->message.b, GUEST);
    EXPECT(hear(bench, OUT_LINE, VSOCK_ACCEPT, 0, 0));
    const struct virtio_vsock_hdr answer = received(bench);
    EXPECT_EQ(answer.op, VIRTIO_VSOCK_OP_RESPONSE);
    EXPECT_EQ(answer.src_port, HOST);
    EXPECT_EQ(answer.dst_port, GUEST);
    EXPECT_EQ(answer.buf_alloc, VSOCK_CREDIT);
}

TEST(a_guest_connects_sends_and_ends)
{
    struct bench bench;
    struct virtio_vsock_hdr bytes = packet(VIRTIO_VSOCK_OP_RW);
    struct virtio_vsock_hdr shutdown = packet(VIRTIO_VSOCK_OP_SHUTDOWN);

    connect_out(&bench);
    bytes.len = 3;
    send(&bench, bytes);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_DATA);
    EXPECT_EQ(sockets_of(&bench)->size, 3);
    EXPECT_BYTES(sockets_of(&bench)->bytes, "xxx", 3);
    shutdown.flags = VIRTIO_VSOCK_SHUTDOWN_SEND;
    send(&bench, shutdown);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_SHUTDOWN);
    EXPECT(hear_bytes(&bench, OUT_LINE, "last"));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RW);
    shutdown.flags = VIRTIO_VSOCK_SHUTDOWN_RECEIVE;
    send(&bench, shutdown);
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
    /* The line is free when the outside has said so, too. */
    send(&bench, packet(VIRTIO_VSOCK_OP_REQUEST));
    EXPECT_EQ(sockets_of(&bench)->line, OUT_LINE + 1);
    EXPECT(hear(&bench, OUT_LINE, VSOCK_CLOSE, 0, 0));
    bytes = packet(VIRTIO_VSOCK_OP_REQUEST);
    bytes.src_port++;
    send(&bench, bytes);
    EXPECT_EQ(sockets_of(&bench)->line, OUT_LINE);
    test_driver_fini(&bench.driver);
}

TEST(bytes_for_the_guest_wait_for_buffers_and_credit)
{
    struct bench bench;
    struct virtio_vsock_hdr answer = packet(VIRTIO_VSOCK_OP_RESPONSE);
    struct virtio_vsock_hdr update = packet(VIRTIO_VSOCK_OP_CREDIT_UPDATE);

    start(&bench);
    EXPECT(hear(&bench, IN_LINE, VSOCK_CONNECT, HOST, GUEST));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_REQUEST);
    answer.buf_alloc = 6;
    send(&bench, answer);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_ACCEPT);
    /* Buffers have room for 4 bytes each. */
    EXPECT(!hear_bytes(&bench, IN_LINE, "abcdefgh"));
    EXPECT_EQ(received(&bench).len, 4);
    EXPECT_EQ(received(&bench).len, 2);
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_CREDIT_REQUEST);
    EXPECT_EQ(received(&bench).op, 0);
    const unsigned before = sockets_of(&bench)->ready[IN_LINE];
    give(&bench, 3);
    update.fwd_cnt = 6;
    update.buf_alloc = 6;
    send(&bench, update);
    EXPECT(sockets_of(&bench)->ready[IN_LINE] > before);
    EXPECT(hear_bytes(&bench, IN_LINE, "abcdefgh"));
    EXPECT_EQ(received(&bench).len, 2);
    EXPECT_BYTES(bench.driver.buffers + RX + STEP * (bench.taken - 1) + HEADER,
                 "gh", 2);
    test_driver_fini(&bench.driver);
}

TEST(the_guest_hears_of_what_was_taken_and_is_held_to_its_credit)
{
    enum { PIECE = 200 };
    struct bench bench;
    struct virtio_vsock_hdr bytes = packet(VIRTIO_VSOCK_OP_RW);

    connect_out(&bench);
    bytes.len = PIECE;
    for (unsigned i = 0; i < VSOCK_CREDIT / PIECE; i++) {
        send(&bench, bytes);
    }
    EXPECT_EQ(received(&bench).op, 0);
    EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, VSOCK_CREDIT / 4, OUT_LINE));
    const struct virtio_vsock_hdr update = received(&bench);
    EXPECT_EQ(update.op, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    EXPECT_EQ(update.fwd_cnt, VSOCK_CREDIT / 4);
    for (unsigned i = 0; i <= VSOCK_CREDIT / 4 / PIECE; i++) {
        send(&bench, bytes);
    }
    EXPECT_EQ(received(&bench).op, 0);
    send(&bench, bytes);
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
    test_driver_fini(&bench.driver);
}

TEST(packets_without_a_connection_are_refused_however_many_they_are)
{
    static const struct {
        const char *name;
        uint64_t dst_cid;
        uint16_t type;
        uint16_t op;
        uint16_t answer;
    } rows[] = {
        {"bytes",           2, 1, VIRTIO_VSOCK_OP_RW,      VIRTIO_VSOCK_OP_RST},
        {"an unknown type", 2, 9, VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RST},
        {"another machine", 3, 1, VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RST},
        {"a reset",         2, 1, VIRTIO_VSOCK_OP_RST,     0                  },
    };
    struct bench bench;
    unsigned resets = 0;

    start(&bench);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW);

        test_case("%s", rows[i].name);
        header.dst_cid = rows[i].dst_cid;
        header.type = rows[i].type;
        header.op = rows[i].op;
        send(&bench, header);
        const struct virtio_vsock_hdr answer = received(&bench);
        EXPECT_EQ(answer.op, rows[i].answer);
        EXPECT(answer.op == 0 || answer.type == rows[i].type);
    }
    give(&bench, 1);
    while (received(&bench).op != 0) {
    }
    /* With one buffer left, as many as wait, and the rest in the queue. */
    for (unsigned i = 0; i < VIRTIO_VSOCK_REFUSALS + 8; i++) {
        send(&bench, packet(VIRTIO_VSOCK_OP_RW));
    }
    for (unsigned i = 0; i < 10; i++) {
        give(&bench, 8);
        while (received(&bench).op == VIRTIO_VSOCK_OP_RST) {
            resets++;
        }
    }
    EXPECT_EQ(resets, VIRTIO_VSOCK_REFUSALS + 8);
    test_driver_fini(&bench.driver);
}

TEST(when_the_outside_is_another_one_the_driver_hears_of_a_reset)
{
    struct bench bench;
    const struct test_buffer buffer = {0x100, 8, true};
    uint32_t event = 99;
    uint32_t written = 0;
    unsigned id;

    connect_out(&bench);
    virtio_vsock_interrupted(&bench.driver.virtio);
    memset(bench.driver.buffers + 0x100, 0xff, 8);
    test_add(&bench.driver, VIRTIO_VSOCK_EVENT, &buffer, 1);
    test_kick(&bench.driver, VIRTIO_VSOCK_EVENT);
    EXPECT(test_used(&bench.driver, VIRTIO_VSOCK_EVENT, &id, &written));
    EXPECT_EQ(written, 4);
    memcpy(&event, bench.driver.buffers + 0x100, 4);
    EXPECT_EQ(event, VIRTIO_VSOCK_EVENT_TRANSPORT_RESET);
    virtio_vsock_present(&bench.driver.virtio);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_RESTART);
    /* Messages of the past are dropped, and nothing connects before SYNC. */
    EXPECT(hear_bytes(&bench, OUT_LINE, "old"));
    EXPECT(hear(&bench, IN_LINE, VSOCK_CONNECT, HOST, GUEST));
    EXPECT_EQ(received(&bench).op, 0);
    send(&bench, packet(VIRTIO_VSOCK_OP_REQUEST));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    test_driver_fini(&bench.driver);
}

TEST(a_line_that_is_synchronised_again_ends_its_connection)
{
    struct bench bench;

    connect_out(&bench);
    EXPECT(hear(&bench, OUT_LINE, VSOCK_SYNC, 0, 0));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    send(&bench, packet(VIRTIO_VSOCK_OP_REQUEST));
    EXPECT_EQ(sockets_of(&bench)->line, OUT_LINE);
    test_driver_fini(&bench.driver);
}
