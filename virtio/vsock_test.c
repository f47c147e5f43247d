/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of the socket device (virtio 1.2, 5.10), from both sides, their
 * credit and their ends. */
#include "virtio/vsock_bench.h"

#include "tests/harness.h"

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
        if (answer.op != 0) {
            EXPECT_EQ(answer.type, rows[i].type);
            EXPECT_EQ(answer.src_cid, rows[i].dst_cid);
            EXPECT_EQ(answer.src_port, HOST);
            EXPECT_EQ(answer.dst_port, GUEST);
            EXPECT_EQ(answer.len + answer.flags + answer.buf_alloc, 0);
        }
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
    const struct test_buffer buffer = {0x100, 4, true};
    uint32_t event = 99;
    uint32_t written = 0;
    unsigned id;

    connect_out(&bench);
    test_kick(&bench.driver, VIRTIO_VSOCK_EVENT); /* nothing happened */
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

/* ---- Credit -------------------------------------------------------------- */

/* A quarter of the credit is told at once; less is when a packet tells it
 * anyway, and counts from there. */
TEST(a_quarter_of_the_credit_is_told_at_once)
{
    enum { QUARTER = VSOCK_CREDIT / 4, PIECE = 200 };
    struct bench bench;
    struct virtio_vsock_hdr bytes = packet(VIRTIO_VSOCK_OP_RW);

    connect_out(&bench);
    give(&bench, 8);
    bytes.len = PIECE;
    for (unsigned i = 0; i < VSOCK_CREDIT / PIECE; i++) {
        send(&bench, bytes);
    }
    for (unsigned way = 0; way < 2; way++) {
        test_case("way %u", way);
        EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, QUARTER / 2, OUT_LINE));
        EXPECT_EQ(received(&bench).op, 0);
        if (way == 0) {
            send(&bench, packet(VIRTIO_VSOCK_OP_CREDIT_REQUEST));
        } else {
            EXPECT(hear_bytes(&bench, OUT_LINE, "a"));
        }
        const struct virtio_vsock_hdr told = received(&bench);
        EXPECT_EQ(told.op, way == 0 ? VIRTIO_VSOCK_OP_CREDIT_UPDATE
                                    : VIRTIO_VSOCK_OP_RW);
        EXPECT_EQ(told.fwd_cnt, (way + 1) * (QUARTER / 2) + way);
        EXPECT_EQ(told.flags, 0);
        /* One less than a quarter, and the one. */
        if (way == 0) {
            EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, 1, OUT_LINE));
            EXPECT_EQ(received(&bench).op, 0);
        }
    }
    EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, QUARTER - 1, OUT_LINE));
    EXPECT_EQ(received(&bench).op, 0);
    EXPECT(hear(&bench, VSOCK_LINES, VSOCK_TAKEN, 1, OUT_LINE));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    test_driver_fini(&bench.driver);
}

/* It is asked for once, until either number of the driver has changed. */
TEST(credit_is_asked_for_again_when_the_driver_has_said_something)
{
    static const struct {
        uint32_t buf_alloc, fwd_cnt, asked;
    } rows[] = {
        {2, 0, 1},
        {2, 1, 0},
        {3, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        struct virtio_vsock_hdr update = packet(VIRTIO_VSOCK_OP_CREDIT_UPDATE);

        test_case("row %zu", i);
        connect_out(&bench);
        update.buf_alloc = 2;
        send(&bench, update);
        EXPECT(!hear_bytes(&bench, OUT_LINE, "abcdef"));
        EXPECT_EQ(received(&bench).len, 2);
        EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_CREDIT_REQUEST);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->asked, 1);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->waits, 1);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->offset, 2);
        update.buf_alloc = rows[i].buf_alloc;
        update.fwd_cnt = rows[i].fwd_cnt;
        send(&bench, update);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->asked, rows[i].asked);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->waits, 0);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->buf_alloc,
                  rows[i].buf_alloc);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->fwd_cnt, rows[i].fwd_cnt);
        test_driver_fini(&bench.driver);
    }
}

/* The outside may not give again what it gave in part, or give less of it. */
TEST(what_is_left_of_a_message_is_what_the_outside_says)
{
    static const struct {
        const char *text;
        enum virtio_vsock_op op; /* 0: nothing more comes */
        bool heard;
    } rows[] = {
        {"abcdef", VIRTIO_VSOCK_OP_RW,      true},
        {"abcd",   VIRTIO_VSOCK_OP_INVALID, true},
        {"abc",    VIRTIO_VSOCK_OP_INVALID, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;

        test_case("%s", rows[i].text);
        connect_out(&bench);
        while (bench.taken < 3) { /* one buffer is left */
            EXPECT(hear_bytes(&bench, OUT_LINE, "x"));
            received(&bench);
        }
        EXPECT(!hear_bytes(&bench, OUT_LINE, "abcdef"));
        EXPECT_EQ(received(&bench).len, 4);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->offset, 4);
        give(&bench, 2);
        EXPECT_EQ(hear_bytes(&bench, OUT_LINE, rows[i].text), rows[i].heard);
        EXPECT_EQ(received(&bench).op, rows[i].op);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->offset, 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_long_packet_reaches_the_outside_in_pieces)
{
    enum { LENGTH = 2 * VSOCK_PIECE + 7000, AT = 0x10000 };
    static const struct test_buffer buffers[] = {
        {0,  HEADER, false},
        {AT, LENGTH, false},
    };
    struct bench bench;
    struct virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW);

    connect_out(&bench);
    header.len = LENGTH;
    memcpy(bench.driver.buffers, &header, HEADER);
    for (unsigned i = 0; i < LENGTH; i++) {
        bench.driver.buffers[AT + i] = (uint8_t)(i / 100);
    }
    const unsigned before = sockets_of(&bench)->said;
    test_add(&bench.driver, VIRTIO_VSOCK_TX, buffers, 2);
    test_kick(&bench.driver, VIRTIO_VSOCK_TX);
    EXPECT_EQ(sockets_of(&bench)->said, before + 3);
    EXPECT_EQ(sockets_of(&bench)->size, 7000);
    EXPECT_BYTES(sockets_of(&bench)->bytes,
                 bench.driver.buffers + AT + 2 * VSOCK_PIECE, 64);
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->received, LENGTH);
    test_driver_fini(&bench.driver);
}

/* ---- Ends ---------------------------------------------------------------- */

TEST(an_outside_ends_its_sides_one_by_one)
{
    static const struct {
        uint32_t said, flags;
    } rows[] = {
        {VIRTIO_VSOCK_SHUTDOWN_SEND,        2},
        {VIRTIO_VSOCK_SHUTDOWN_RECEIVE | 4, 3},
        {0,                                 3},
    };
    struct bench bench;

    connect_out(&bench);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EXPECT(hear(&bench, OUT_LINE, VSOCK_SHUTDOWN, rows[i].said, 0));
        const struct virtio_vsock_hdr header = received(&bench);
        EXPECT_EQ(header.op, VIRTIO_VSOCK_OP_SHUTDOWN);
        EXPECT_EQ(header.flags, rows[i].flags);
    }
    /* A line that the outside has closed is free with the driver's answer. */
    give(&bench, 4);
    EXPECT(hear(&bench, OUT_LINE, VSOCK_CLOSE, 0, 0));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->phase, VIRTIO_VSOCK_FREE);
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->closed, 0);
    test_driver_fini(&bench.driver);
}

TEST(answers_that_nobody_waits_for_end_a_connection)
{
    static const enum virtio_vsock_op ops[] = {
        VIRTIO_VSOCK_OP_RESPONSE, VIRTIO_VSOCK_OP_RW, VIRTIO_VSOCK_OP_REQUEST};

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        struct bench bench;
        struct virtio_vsock_hdr header = packet(ops[i]);

        test_case("operation %u", ops[i]);
        start(&bench);
        send(&bench, packet(VIRTIO_VSOCK_OP_REQUEST));
        const unsigned before = sockets_of(&bench)->said;
        header.len = 3;
        send(&bench, header);
        EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
        EXPECT_EQ(sockets_of(&bench)->said, before + 1);
        EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_CLOSE);
        EXPECT_EQ(connection_of(&bench, OUT_LINE)->phase, VIRTIO_VSOCK_ENDING);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_queue_that_stops_takes_all_connections_along)
{
    struct bench bench;
    unsigned ready[VSOCK_LINES];

    connect_out(&bench);
    memcpy(ready, sockets_of(&bench)->ready, sizeof(ready));
    virtio_queue_stop(&bench.driver.virtio, VIRTIO_VSOCK_RX);
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->phase, VIRTIO_VSOCK_CONNECTED);
    virtio_queue_stop(&bench.driver.virtio, VIRTIO_VSOCK_TX);
    EXPECT_EQ(sockets_of(&bench)->line, VSOCK_LINES);
    EXPECT_EQ(sockets_of(&bench)->message.word, VSOCK_RESTART);
    EXPECT_EQ(sockets_of(&bench)->message.a + sockets_of(&bench)->message.b, 0);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        EXPECT_EQ(sockets_of(&bench)->ready[i], ready[i] + 1);
        EXPECT_EQ(connection_of(&bench, i)->phase, VIRTIO_VSOCK_UNKNOWN);
    }
    test_driver_fini(&bench.driver);
}
