/* SPDX-License-Identifier: Apache-2.0 */
/* Sequenced packets of the socket device (virtio 1.2, 5.10.6.6). */
#include "virtio/vsock_bench.h"

#include "tests/harness.h"

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
