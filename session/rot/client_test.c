/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of a served root of trust: bytes to frames, and their bounds. */
#include "tests/rot_bench.h"

enum { PING = 2, READ = 3, END = 0x4004 };
enum { APB_READ = 3, APB_ERROR = 0xe000 };
enum { MBOX_EXECUTE = 1, MBOX_RESPONSE };

/* ---- Frames -------------------------------------------------------------- */

FIXTURE(struct bench, bench, bench_close)
FIXTURE_BEGIN(bench, REQUIRE(bench_serve(bench, &plain)))

TEST_ON(a_connection_is_told_from_its_first_byte_to_its_end, bench)
{
    struct peer own = peer_connect(bench, ROT_PROTOCOL_OWN);
    expect_told(bench, "1 connected\n");
    peer_push(&own, "RIA", 3);
    turn(bench);
    expect_told(bench, "");
    peer_push(&own, "C", 1);
    turn(bench);
    expect_told(bench, "1 speaks CAIR\n");
    peer_push(&own, "\1\0\2\0\4\0\0\0wxyz", 12);
    expect_refusal(&own, PING, load_le32("wxyz"), ROT_ERROR_HELLO);
    bench->told.size = strcspn(buffer_text(&bench->told), "\n");
    bench->told.bytes[bench->told.size] = '\0';
    expect_told(bench, "1 CAIR request 2:7778797a");
    peer_push(&own, "R", 1);
    turn(bench);
    peer_close(&own);
    expect_told(bench, "1 closed: the peer has gone within a frame\n");

    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    peer_send(&bus, APB_READ, WORDS(0));
    peer_send(&bus, APB_READ, "x", 1);
    peer_close(&bus);
    expect_told(bench,
                "2 connected\n2 speaks CPTR\n"
                "2 CPTR request 3:00000000\n2 CPTR reply e007:\n"
                "2 CPTR request 3:78\n2 CPTR reply e004:\n"
                "2 closed: Connection reset by peer\n");
    struct peer other = peer_connect(bench, ROT_PROTOCOL_NONE);
    peer_push(&other, "what", 4);
    expect_end(&other);
    peer_close(&other);
    expect_told(bench,
                "3 connected\n"
                "3 closed: its first bytes are those of no "
                "protocol\n");
    EXPECT(bench->server->clients == NULL);
    EXPECT_EQ(bench->server->client_count, 0);
}

TEST_ON(frames_may_come_in_pieces_or_many_at_once, bench)
{
    struct peer peer = peer_greet(bench);
    OWNED(buffer_fini) struct buffer bytes = {0};
    for (uint32_t i = 0; i < 3; i++) {
        put_frame(&bytes, ROT_PROTOCOL_OWN, PING, WORDS(i, 0x600d + i));
    }
    /* Two frames and a byte, then one byte at a time. */
    for (size_t at = 0; at < bytes.size;) {
        const size_t size = at == 0 ? 41 : 1;
        peer_push(&peer, bytes.bytes + at, size);
        turn(bench);
        at += size;
    }
    for (uint32_t i = 0; i < 3; i++) {
        expect_reply(&peer, PING, i, ROT_ERROR_NONE, WORDS(0x600d + i));
    }
    expect_nothing(&peer);
    /* Frames that came before a hang-up are served. */
    buffer_clear(&bench->told);
    peer_push(&peer, bytes.bytes, 40);
    peer_close(&peer);
    EXPECT(strstr(buffer_text(&bench->told), "request 2:010000000e60"));
    peer = peer_greet(bench);
    buffer_clear(&bench->told);
    peer_push(&peer, bytes.bytes, 1);
    peer_close(&peer);
    expect_told(bench, "2 closed: the peer has gone within a frame\n");
    /* A peer that will send nothing more has gone, too. */
    peer = peer_greet(bench);
    buffer_clear(&bench->told);
    EXPECT_EQ(shutdown(peer.fd, SHUT_WR), 0);
    expect_end(&peer);
    expect_told(bench, "3 closed: the peer has gone\n");
    peer_close(&peer);
}

/* A stream that is lost is closed, behind the error of its protocol. */
TEST_ON(a_frame_that_cannot_be_served_is_refused_in_its_protocol, bench)
{
    static const uint32_t failure[] = {CALIPTRA_MBOX_STATUS_FAILURE, 0};
    struct peer own = peer_greet(bench);
    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    struct peer mailbox = peer_connect(bench, ROT_PROTOCOL_MAILBOX);
    struct cairn_error *why = &bench->server->core.why;
    const struct cairn_error other = {"about another request"};

    *why = other;
    peer_send(&own, 99, WORDS(5));
    expect_refusal(&own, 99, 5, ROT_ERROR_COMMAND);
    *why = other;
    ask(&own, 11, 6, "nobody", 6);
    expect_refusal(&own, 11, 6, ROT_ERROR_NAME);
    peer_send(&own, PING, "abc", 3);
    expect_refusal(&own, PING, 0, ROT_ERROR_LENGTH);
    peer_send(&bus, 99, NULL, 0);
    expect_frame(&bus, APB_ERROR | ROT_ERROR_COMMAND, NULL, 0);
    peer_send(&mailbox, MBOX_EXECUTE, NULL, 0);
    expect_frame(&mailbox, MBOX_RESPONSE, failure, sizeof(failure));

    /* The second and the third of these frames are lost. */
    peer_push(&own, "RIAC\1\0\2\0\4\0\0\0abcdXXXXXXXXXXXXRIAC", 32);
    expect_reply(&own, PING, load_le32("abcd"), ROT_ERROR_NONE, NULL, 0);
    expect_notice(&own, END, ROT_ERROR_MAGIC, 0,
                  rot_error_text(ROT_ERROR_MAGIC));
    expect_end(&own);
    peer_push(&bus, "RTPC\2\0\3\0\0\0\0\0", 12);
    expect_frame(&bus, APB_ERROR | ROT_ERROR_VERSION, NULL, 0);
    expect_end(&bus);
    peer_push(&mailbox, "XOBM\1\0\2\0\0\0\1\0", 12);
    expect_frame(&mailbox, MBOX_RESPONSE, failure, sizeof(failure));
    expect_end(&mailbox);
    EXPECT_EQ(bench->server->client_count, 0);
    peer_close(&own);
    peer_close(&bus);
    peer_close(&mailbox);
}

/* ---- Bounds -------------------------------------------------------------- */

TEST_ON(a_client_is_served_up_to_the_bytes_that_wait_for_it, bench)
{
    static const struct {
        size_t waiting;
        bool closing, dead, served;
    } rows[] = {
        {ROT_OUT_HIGH - 1, false, false, true },
        {ROT_OUT_HIGH,     false, false, false},
        {0,                true,  false, false},
        {0,                true,  true,  false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(peer_close) struct peer peer = peer_greet(bench);
        struct rot_client *client = peer.client;
        test_case("%zu waiting, closing: %d, dead: %d", rows[i].waiting,
                  rows[i].closing, rows[i].dead);
        buffer_append_zeros(&client->out, rows[i].waiting);
        client->closing = rows[i].closing;
        client->dead = rows[i].dead;
        for (unsigned j = 0; j < 2; j++) {
            put_frame(&client->in, ROT_PROTOCOL_OWN, PING, "tag", 4);
        }
        rot_client_serve(client);
        EXPECT_EQ(client->in.size, rows[i].served ? 16 : 32);
        EXPECT_EQ(client->full, rows[i].waiting != 0);
        client->dead = false;
        client->closing = false;
        turn(bench);
    }
}

/* It may read at the same time, so all of that may be written at once. */
TEST_ON(a_client_that_was_full_is_served_on_without_a_word_of_its_own, bench)
{
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    const int size = 1 << 20;
    EXPECT_EQ(setsockopt(peer.client->watch.fd, SOL_SOCKET, SO_SNDBUF, &size,
                         sizeof(size)),
              0);
    ask(&peer, 18, 0, WORDS(0, 0)); /* PACE */
    peer_take(&peer);
    buffer_clear(&peer.got);
    const size_t each = ROT_HEADER_SIZE + 16 + 4 * 0xfff;
    const size_t count = 4 * ROT_OUT_HIGH / each;
    for (size_t i = 0; i < count; i++) {
        put_frame(&peer.client->in, ROT_PROTOCOL_OWN, READ,
                  WORDS(0, CALIPTRA_SOC_IFC_FLOW_STATUS, 0x10fff));
    }
    peer.client->watch.ready(peer.client, LOOP_READ);
    peer_take(&peer);
    EXPECT_EQ(peer.got.size, count * each);
    EXPECT(!peer.client->full);
}

TEST_ON(an_empty_buffer_keeps_so_many_bytes_and_no_more, bench)
{
    static const struct {
        uint32_t size; /* of a frame */
        size_t kept;
    } rows[] = {
        {ROT_KEPT / 2 - ROT_HEADER_SIZE, ROT_KEPT},
        {ROT_KEPT - ROT_HEADER_SIZE,     0       },
    };
    struct peer peer = peer_connect(bench, ROT_PROTOCOL_MAILBOX);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        buffer_append_zeros(&bytes, rows[i].size);
        put_frame(&peer.client->in, ROT_PROTOCOL_MAILBOX, 9, bytes.bytes,
                  rows[i].size);
        store_le32(peer.client->in.bytes + 4, 0x10001);
        store_le32(peer.client->in.bytes + 12 + 4, UINT32_MAX);
        rot_client_serve(peer.client);
        EXPECT_EQ(peer.client->in.size, 0);
        EXPECT_EQ(peer.client->in.capacity, rows[i].kept);
    }
    peer_take(&peer);
    EXPECT_EQ(peer.got.size, 2 * 20);
    peer_close(&peer);
}

/* The socket takes as much as fits, a single byte as well. */
TEST_ON(what_waits_is_written_as_the_peer_reads, bench)
{
    struct peer peer = peer_greet(bench);
    struct rot_client *client = peer.client;
    static uint8_t bytes[1 << 20];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i % 251);
    }
    for (size_t size = 1; size <= sizeof(bytes); size *= 1 << 10) {
        test_case("%zu bytes", size);
        buffer_append(&client->out, bytes, size);
        rot_client_flush(client);
        EXPECT_EQ(client->out_sent != 0, size == sizeof(bytes));
        rot_client_settle(client);
        expect_bytes(&peer, bytes, size);
        EXPECT_EQ(client->out.size, 0);
        EXPECT_EQ(client->out_sent, 0);
        expect_nothing(&peer);
    }
    client->dead = true;
    buffer_append(&client->out, bytes, 1);
    rot_client_flush(client);
    EXPECT_EQ(client->out.size, 1);
    client->dead = false;
    fill_socket(&peer);
    client->closing = true;
    rot_client_settle(client);
    turn(bench);
    EXPECT(is_there(bench, &peer));
    peer_close(&peer); /* with the byte unread */
    EXPECT(!is_there(bench, &peer));
}

TEST_ON(a_client_that_may_not_send_is_not_read, bench)
{
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    struct rot_client *client = peer.client;
    loop_watch_events(bench->server->loop, &client->watch, 0);
    peer_push(&peer, "RIAC", 4);
    client->watch.ready(client, LOOP_WRITE);
    EXPECT_EQ(client->in.size, 0);
    client->watch.ready(client, LOOP_READ);
    EXPECT_EQ(client->in.size, 4);
    client->watch.ready(client, LOOP_READ); /* for nothing */
    EXPECT(is_there(bench, &peer));
    peer_push(&peer, "\1", 1);
    client->watch.ready(client, LOOP_HANGUP);
    EXPECT_EQ(client->in.size, 5);
    client->closing = true;
    buffer_append_zeros(&client->out, 1);
    peer_push(&peer, "\1", 1);
    fill_socket(&peer);
    client->watch.ready(client, LOOP_READ);
    EXPECT_EQ(client->in.size, 5);
    EXPECT(is_there(bench, &peer));
    client->watch.ready(client, LOOP_HANGUP);
    EXPECT(!is_there(bench, &peer));
}
