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
enum { LONGEST = 1000 }; /* message of sequenced packets to the outside */

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

static bool hear_data(struct bench *bench, unsigned line, const char *text,
                      enum vsock_data flags)
{
    struct {
        struct vsock_message message;
        char bytes[100];
    } data = {
        .message = {.word = VSOCK_DATA, .a = flags}
    };
    const size_t size = strlen(text);

    assert(size <= sizeof(data.bytes));
    memcpy(data.bytes, text, size);
    return virtio_vsock_hear(&bench->driver.virtio, line, &data,
                             sizeof(data.message) + size);
}

static bool hear_bytes(struct bench *bench, unsigned line, const char *text)
{
    return hear_data(bench, line, text, 0);
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

static void start_without(struct bench *bench, uint64_t features)
{
    *bench = (struct bench){.given = 0};
    test_sockets_init(&bench->outside);
    test_driver_init(&bench->driver, &virtio_vsock, &bench->outside);
    test_driver_start(&bench->driver, ~features, 3, 64);
    EXPECT_EQ(sockets_of(bench)->line, VSOCK_LINES);
    EXPECT_EQ(sockets_of(bench)->message.word, VSOCK_RESTART);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        EXPECT(hear(bench, i, VSOCK_SYNC, LONGEST, 0));
    }
    give(bench, 4);
}

static void start(struct bench *bench)
{
    start_without(bench, 0);
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

/* Its bytes. */
static const uint8_t *received_bytes(const struct bench *bench)
{
    return bench->driver.buffers + RX + STEP * ((bench->taken - 1) % 32) +
           HEADER;
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
    EXPECT_EQ(sockets_of(&bench)->message.a, VIRTIO_VSOCK_SHUTDOWN_SEND);
    EXPECT_EQ(sockets_of(&bench)->message.b, 0);
    EXPECT(hear_bytes(&bench, OUT_LINE, "last"));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RW);
    shutdown.flags = VIRTIO_VSOCK_SHUTDOWN_RECEIVE;
    send(&bench, shutdown);
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
    EXPECT_EQ(sockets_of(&bench)->message.a, 0);
    EXPECT_EQ(sockets_of(&bench)->message.b, 0);
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
    EXPECT_EQ(sockets_of(&bench)->message.a, 0);
    EXPECT_EQ(sockets_of(&bench)->message.b, 0);
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
    EXPECT_BYTES(received_bytes(&bench), "gh", 2);
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

/* The guest never hears of more bytes as taken than it sent. */
TEST(no_more_is_taken_than_was_received)
{
    struct bench bench;
    struct virtio_vsock_hdr bytes = packet(VIRTIO_VSOCK_OP_RW);

    connect_out(&bench);
    bytes.len = 200;
    send(&bench, bytes);
    EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, 50, OUT_LINE));
    EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, 1000, OUT_LINE));
    const struct virtio_vsock_connection *connection =
        &((struct virtio_vsock_state *)bench.driver.state)
             ->connections[OUT_LINE];
    EXPECT_EQ(connection->received, 200);
    EXPECT_EQ(connection->taken, 200);
    test_driver_fini(&bench.driver);
}

/* A state as it may be, with one field at its bound or beyond. */
TEST(states_are_possible_up_to_their_bounds)
{
    struct bench bench;

    connect_out(&bench);
    struct virtio_vsock_state *state = bench.driver.state;
    struct virtio_vsock_connection *connection = &state->connections[OUT_LINE];
    struct virtio_vsock_connection *last = &state->connections[VSOCK_LINES - 1];
    const struct virtio_vsock_state good = *state;

    EXPECT(virtio_restored(&bench.driver.virtio));
    for (unsigned row = 0; row < 14; row++) {
        test_case("row %u", row);
        switch (row / 2) {
        case 0:
            last->phase = VIRTIO_VSOCK_PHASES - 1 + row % 2;
            break;
        case 1:
            connection->packets = 1u
                                  << (VIRTIO_VSOCK_OP_CREDIT_REQUEST + row % 2);
            break;
        case 2:
            connection->type = VIRTIO_VSOCK_TYPE_SEQPACKET + row % 2;
            break;
        case 3:
            connection->credit = VSOCK_PACKETS_CREDIT + row % 2;
            break;
        case 4:
            connection->received =
                connection->taken + connection->credit + row % 2;
            break;
        case 5:
            state->refusal_count = VIRTIO_VSOCK_REFUSALS + row % 2;
            break;
        default:
            state->longest = VSOCK_PACKETS_CREDIT + row % 2;
            break;
        }
        EXPECT_EQ(virtio_restored(&bench.driver.virtio), row % 2 == 0);
        *state = good;
    }
    last->packets = 1; /* of a connection that the driver does not know */
    EXPECT(!virtio_restored(&bench.driver.virtio));
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

/* ---- Sequenced packets (5.10.6.6) ---------------------------------------- */

static struct virtio_vsock_hdr of_packets(enum virtio_vsock_op op,
                                          uint32_t length, uint32_t flags)
{
    struct virtio_vsock_hdr header = packet(op);

    header.type = VIRTIO_VSOCK_TYPE_SEQPACKET;
    header.len = length;
    header.flags = flags;
    return header;
}

static void connect_packets(struct bench *bench)
{
    start(bench);
    send(bench, of_packets(VIRTIO_VSOCK_OP_REQUEST, 0, 0));
    EXPECT_EQ(sockets_of(bench)->message.word, VSOCK_CONNECT_PACKETS);
    EXPECT_EQ(sockets_of(bench)->message.a, HOST);
    EXPECT(hear(bench, OUT_LINE, VSOCK_ACCEPT, 0, 0));
    const struct virtio_vsock_hdr answer = received(bench);
    EXPECT_EQ(answer.op, VIRTIO_VSOCK_OP_RESPONSE);
    EXPECT_EQ(answer.type, VIRTIO_VSOCK_TYPE_SEQPACKET);
    EXPECT_EQ(answer.buf_alloc, LONGEST);
}

/* The outside was sent so many bytes, and no message for no packet. */
static void expect_said(struct bench *bench, struct virtio_vsock_hdr header,
                        bool last)
{
    const unsigned before = sockets_of(bench)->said;

    send(bench, header);
    EXPECT_EQ(sockets_of(bench)->said, before + 1);
    EXPECT_EQ(sockets_of(bench)->message.word, VSOCK_DATA);
    EXPECT_EQ(sockets_of(bench)->message.a, last ? VSOCK_LAST : 0);
    EXPECT_EQ(sockets_of(bench)->size, header.len);
}

TEST(ends_of_messages_reach_the_outside_and_nothing_else_does)
{
    enum { EOM = VIRTIO_VSOCK_SEQ_EOM, EOR = VIRTIO_VSOCK_SEQ_EOR };
    struct bench bench;

    connect_packets(&bench);
    expect_said(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 3, EOM), true);
    expect_said(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 3, 0), false);
    expect_said(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 2, EOM | EOR), true);
    expect_said(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 0, EOM), true);
    const unsigned before = sockets_of(&bench)->said;
    send(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 0, 0));
    EXPECT_EQ(sockets_of(&bench)->said, before);
    EXPECT_EQ(received(&bench).op, 0);
    test_driver_fini(&bench.driver);
    /* A stream has none, whatever its flags say. */
    connect_out(&bench);
    struct virtio_vsock_hdr bytes = packet(VIRTIO_VSOCK_OP_RW);
    bytes.len = 3;
    bytes.flags = EOM;
    expect_said(&bench, bytes, false);
    test_driver_fini(&bench.driver);
}

TEST(a_message_for_the_guest_ends_with_its_last_packet)
{
    static const struct {
        uint32_t size;
        uint32_t flags;
        char bytes[5];
    } expected[] = {
        {4, 0,                    "abcd"},
        {2, 0,                    "ef"  },
        {4, 0,                    "ghij"},
        {1, VIRTIO_VSOCK_SEQ_EOM, "k"   },
        {0, VIRTIO_VSOCK_SEQ_EOM, ""    },
        {4, VIRTIO_VSOCK_SEQ_EOM, "lmno"},
    };
    struct bench bench;

    connect_packets(&bench);
    give(&bench, 8);
    EXPECT(hear_data(&bench, OUT_LINE, "abcdef", 0));
    EXPECT(hear_data(&bench, OUT_LINE, "ghijk", VSOCK_LAST));
    EXPECT(hear_data(&bench, OUT_LINE, "", VSOCK_LAST));
    EXPECT(hear_data(&bench, OUT_LINE, "lmno", VSOCK_LAST));
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct virtio_vsock_hdr header = received(&bench);

        test_case("packet %zu", i);
        EXPECT_EQ(header.op, VIRTIO_VSOCK_OP_RW);
        EXPECT_EQ(header.type, VIRTIO_VSOCK_TYPE_SEQPACKET);
        EXPECT_EQ(header.len, expected[i].size);
        EXPECT_EQ(header.flags, expected[i].flags);
        EXPECT_BYTES(received_bytes(&bench), expected[i].bytes,
                     expected[i].size);
    }
    EXPECT_EQ(received(&bench).op, 0);
    test_driver_fini(&bench.driver);
}

TEST(a_message_without_bytes_waits_for_a_buffer_and_not_for_credit)
{
    struct bench bench;
    struct virtio_vsock_hdr update =
        of_packets(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, 0);

    connect_packets(&bench);
    update.buf_alloc = 8;
    send(&bench, update);
    EXPECT(hear_data(&bench, OUT_LINE, "abcdefgh", VSOCK_LAST));
    EXPECT_EQ(received(&bench).len, 4);
    EXPECT_EQ(received(&bench).len, 4);
    EXPECT(hear_data(&bench, OUT_LINE, "", VSOCK_LAST));
    EXPECT_EQ(received(&bench).flags, VIRTIO_VSOCK_SEQ_EOM);
    EXPECT(!hear_data(&bench, OUT_LINE, "", VSOCK_LAST));
    EXPECT_EQ(received(&bench).op, 0);
    const unsigned before = sockets_of(&bench)->ready[OUT_LINE];
    give(&bench, 1);
    EXPECT_EQ(sockets_of(&bench)->ready[OUT_LINE], before + 1);
    EXPECT(hear_data(&bench, OUT_LINE, "", VSOCK_LAST));
    EXPECT_EQ(received(&bench).flags, VIRTIO_VSOCK_SEQ_EOM);
    test_driver_fini(&bench.driver);
}

TEST(a_message_that_the_guest_has_no_room_for_ends_the_connection)
{
    struct bench bench;
    struct virtio_vsock_hdr update =
        of_packets(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, 0);

    connect_packets(&bench);
    update.buf_alloc = 6;
    send(&bench, update);
    /* As long as its buffer: it waits for credit alone. */
    EXPECT(hear_data(&bench, OUT_LINE, "a", VSOCK_LAST));
    EXPECT(!hear_data(&bench, OUT_LINE, "abcdef", VSOCK_LAST));
    EXPECT_EQ(received(&bench).len, 1);
    EXPECT_EQ(received(&bench).len, 4);
    EXPECT_EQ(received(&bench).len, 1);
    give(&bench, 8);
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_CREDIT_REQUEST);
    update.fwd_cnt = 1;
    send(&bench, update);
    EXPECT(hear_data(&bench, OUT_LINE, "abcdef", VSOCK_LAST));
    EXPECT_EQ(received(&bench).flags, VIRTIO_VSOCK_SEQ_EOM);
    update.fwd_cnt = 7;
    send(&bench, update);
    /* Longer by one. */
    EXPECT(!hear_data(&bench, OUT_LINE, "abcdefg", VSOCK_LAST));
    EXPECT_EQ(received(&bench).len, 4);
    EXPECT_EQ(received(&bench).len, 2);
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
    EXPECT_EQ(sockets_of(&bench)->message.a, 1);
    EXPECT(hear_data(&bench, OUT_LINE, "abcdefg", VSOCK_LAST));
    test_driver_fini(&bench.driver);
}

TEST(the_credit_of_packets_is_the_longest_message_of_the_outside)
{
    struct bench bench;

    connect_packets(&bench);
    for (unsigned i = 0; i < LONGEST / 200; i++) {
        send(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 200, 0));
    }
    EXPECT_EQ(received(&bench).op, 0);
    EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, LONGEST / 4, OUT_LINE));
    const struct virtio_vsock_hdr update = received(&bench);
    EXPECT_EQ(update.op, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    EXPECT_EQ(update.fwd_cnt, LONGEST / 4);
    send(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 200, 0));
    EXPECT_EQ(received(&bench).op, 0);
    send(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 51, 0));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    test_driver_fini(&bench.driver);
}

TEST(types_of_sockets_that_were_not_accepted_are_refused_both_ways)
{
    enum { STREAMS = 1, PACKETS = 2, NOT_IMPLIED = 4 }; /* 5.10.3 */
    static const struct {
        const char *name;
        uint64_t without;
        enum vsock_word word;
        uint16_t type;
        bool takes;
    } rows[] = {
        {"packets", PACKETS,               VSOCK_CONNECT_PACKETS, 2, false},
        {"streams", STREAMS,               VSOCK_CONNECT,         1, false},
        {"implied", STREAMS | NOT_IMPLIED, VSOCK_CONNECT,         1, true },
        {"alone",   STREAMS,               VSOCK_CONNECT_PACKETS, 2, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        struct virtio_vsock_hdr request = packet(VIRTIO_VSOCK_OP_REQUEST);

        test_case("%s", rows[i].name);
        start_without(&bench, rows[i].without);
        request.type = rows[i].type;
        send(&bench, request);
        EXPECT_EQ(sockets_of(&bench)->message.word,
                  rows[i].takes ? rows[i].word : VSOCK_RESTART);
        EXPECT_EQ(received(&bench).op, rows[i].takes ? 0 : VIRTIO_VSOCK_OP_RST);
        EXPECT(hear(&bench, IN_LINE, rows[i].word, HOST + 1, GUEST));
        const struct virtio_vsock_hdr offer = received(&bench);
        EXPECT_EQ(offer.op, rows[i].takes ? VIRTIO_VSOCK_OP_REQUEST : 0);
        EXPECT_EQ(offer.type, rows[i].takes ? rows[i].type : 0);
        if (!rows[i].takes) {
            EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
        }
        test_driver_fini(&bench.driver);
    }
}

TEST(an_outside_without_packets_has_none)
{
    struct bench bench;

    start(&bench);
    EXPECT(hear(&bench, OUT_LINE, VSOCK_SYNC, 0, 0));
    send(&bench, of_packets(VIRTIO_VSOCK_OP_REQUEST, 0, 0));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    EXPECT(hear(&bench, OUT_LINE, VSOCK_SYNC, UINT32_MAX, 0));
    send(&bench, of_packets(VIRTIO_VSOCK_OP_REQUEST, 0, 0));
    EXPECT(hear(&bench, OUT_LINE, VSOCK_ACCEPT, 0, 0));
    EXPECT_EQ(received(&bench).buf_alloc, VSOCK_PACKETS_CREDIT);
    test_driver_fini(&bench.driver);
}

TEST(a_packet_of_another_type_than_its_flow_is_refused_and_changes_nothing)
{
    struct bench bench;
    struct virtio_vsock_hdr bytes = packet(VIRTIO_VSOCK_OP_RW);

    connect_packets(&bench);
    bytes.len = 3;
    const unsigned before = sockets_of(&bench)->said;
    send(&bench, bytes);
    EXPECT_EQ(sockets_of(&bench)->said, before);
    const struct virtio_vsock_hdr answer = received(&bench);
    EXPECT_EQ(answer.op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(answer.type, VIRTIO_VSOCK_TYPE_STREAM);
    expect_said(&bench, of_packets(VIRTIO_VSOCK_OP_RW, 3, VIRTIO_VSOCK_SEQ_EOM),
                true);
    /* A reset of the line names the type of its connection. */
    EXPECT(hear(&bench, OUT_LINE, VSOCK_SYNC, LONGEST, 0));
    const struct virtio_vsock_hdr reset = received(&bench);
    EXPECT_EQ(reset.op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(reset.type, VIRTIO_VSOCK_TYPE_SEQPACKET);
    test_driver_fini(&bench.driver);
}
