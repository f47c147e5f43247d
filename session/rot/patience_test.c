/* SPDX-License-Identifier: Apache-2.0 */
/* The patience of a served root of trust: with clients that stall, and with
 * commands that wait for the mailbox. */
#include "abi/caliptra_mailbox.h"
#include "host/time.h"
#include "tests/rot_bench.h"

enum { PING = 2, MAILBOX = 5, RESET = 8 };
enum { APB_READ = 3, APB_RDATA, APB_WRITE, APB_WACK, APB_ERROR = 0xe000 };
enum { MBOX_EXECUTE = 1, MBOX_RESPONSE };

static const struct rot_server_options plain = {.core.access_ns = 1000};
static const uint32_t version[] = {CALIPTRA_CMD_VERSION, 1};

/* Takes the mailbox by a register. */
static struct peer peer_hold(struct bench *bench)
{
    struct peer peer = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    peer_send(&peer, APB_READ, WORDS(CALIPTRA_MBOX_LOCK));
    expect_frame(&peer, APB_RDATA, WORDS(0));
    return peer;
}

/* ---- Clients that stall -------------------------------------------------- */

FIXTURE(struct bench, bench, bench_close)
FIXTURE_BEGIN(bench, REQUIRE(bench_serve(bench, &plain)))

/* Each state of a client has its events, and its time to end it. */
TEST_BEGINS(a_client_is_given_time_for_what_it_owes, bench)
{
    enum { R = LOOP_READ, W = LOOP_WRITE };
    static const struct {
        size_t out, in;
        bool surplus, waits, full, closing, armed, moved;
        unsigned events;
        bool owes, anew;
    } rows[] = {
        {0, 0, 0, 0, 0, 0, 0, 0, R,     0, 0},
        {0, 0, 0, 0, 0, 0, 1, 0, R,     0, 0},
        {0, 0, 0, 0, 0, 0, 1, 1, R,     0, 0},
        {1, 0, 0, 0, 0, 0, 0, 0, R | W, 1, 1},
        {0, 1, 0, 0, 0, 0, 0, 0, R,     1, 1},
        {0, 0, 1, 0, 0, 0, 0, 0, R,     1, 1},
        {0, 9, 0, 1, 0, 0, 0, 0, 0,     1, 1},
        {0, 9, 0, 0, 1, 0, 0, 0, W,     1, 1},
        {9, 0, 0, 0, 0, 1, 0, 1, W,     1, 1},
        {9, 9, 0, 0, 0, 0, 1, 0, R | W, 1, 0},
        {9, 9, 0, 0, 0, 0, 1, 1, R | W, 1, 1},
    };
    struct rot_server_options options = {.timeout_ns = 3600000000000};
    REQUIRE(bench_serve(bench, &options));
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    struct rot_client *client = peer.client;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t before_ns = host_time_ns();
        test_case("%zu", i);
        loop_timer_cancel(bench->server->loop, &client->stall);
        if (rows[i].armed) {
            loop_timer_arm(bench->server->loop, &client->stall, UINT64_MAX);
        }
        client->out.size = client->out_sent + rows[i].out;
        client->in.size = rows[i].in;
        client->surplus = rows[i].surplus;
        client->waits = rows[i].waits;
        client->full = rows[i].full;
        client->closing = rows[i].closing;
        client->stall_armed = rows[i].armed;
        client->moved = rows[i].moved;
        rot_client_settle(client);
        EXPECT_EQ(client->watch.events, rows[i].events);
        EXPECT_EQ(client->stall_armed, rows[i].owes);
        EXPECT(!client->moved);
        const uint64_t left_ns = client->stall.at_ns - before_ns;
        EXPECT_EQ(rows[i].owes && left_ns >= options.timeout_ns &&
                      left_ns < 2 * options.timeout_ns,
                  rows[i].anew);
    }
    client->out.size = 0;
    client->out_sent = 0;
    client->in.size = 0;
    client->closing = false;
}

TEST_ON(bytes_of_a_frame_that_is_not_whole_win_no_time, bench)
{
    OWNED(peer_close) struct peer peer = peer_greet(bench);
    struct loop_timer *stall = &peer.client->stall;
    EXPECT(!peer.client->stall_armed);
    peer_push(&peer, "RIAC\1\0", 6);
    turn(bench);
    uint64_t at_ns = stall->at_ns;
    EXPECT(peer.client->stall_armed);
    peer_push(&peer, "\2\0\4\0\0\0tag", 9);
    turn(bench);
    EXPECT_EQ(stall->at_ns, at_ns);
    peer_push(&peer, "\0RIAC", 5);
    turn(bench);
    EXPECT(stall->at_ns > at_ns);
    at_ns = stall->at_ns;
    peer_take(&peer);
    buffer_clear(&peer.got);
    /* Nor does a further request, by who does not read. */
    fill_socket(&peer);
    peer_push(&peer, "\1\0\2\0\4\0\0\0more", 12);
    turn(bench);
    EXPECT_EQ(peer.client->out.size, 28);
    EXPECT_EQ(stall->at_ns, at_ns);
    peer_take(&peer);
    EXPECT(!peer.client->stall_armed);
    buffer_append_zeros(&peer.client->out, 1 << 20);
    rot_clients_settle(bench->server);
    EXPECT(peer.client->stall_armed);
    at_ns = stall->at_ns;
    peer_take(&peer);
    EXPECT(stall->at_ns > at_ns);
}

/* Its time is over with half a frame, or with a reply that it has not read. */
TEST_ON(a_client_that_stalls_is_ended, bench)
{
    struct peer own = peer_greet(bench);
    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    struct peer silent = peer_connect(bench, ROT_PROTOCOL_NONE);
    OWNED(peer_close) struct peer deaf = peer_greet(bench);
    peer_push(&own, "RIAC", 4);
    peer_push(&bus, "RTPC\1", 5);
    peer_push(&silent, "RIA", 3);
    turn(bench);
    buffer_clear(&bench->told);
    /* The word about it does not reach who reads nothing. */
    fill_socket(&own);
    uint64_t at_ns = own.client->stall.at_ns;
    own.client->stall.due(own.client);
    EXPECT(own.client->stall_armed && own.client->stall.at_ns > at_ns);
    EXPECT(own.client->out.size != own.client->out_sent);
    own.client->stall.due(own.client);
    EXPECT(!is_there(bench, &own));
    bus.client->stall.due(bus.client);
    EXPECT(!is_there(bench, &bus));
    expect_frame(&bus, APB_ERROR | ROT_ERROR_STALLED, NULL, 0);
    expect_end(&bus);
    silent.client->stall.due(silent.client);
    expect_end(&silent);
    buffer_append_zeros(&deaf.client->out, 1);
    deaf.client->stall.due(deaf.client);
    expect_end(&deaf);
    EXPECT_EQ(bench->server->client_count, 0);
    const char *told = buffer_text(&bench->told);
    EXPECT(strstr(told,
                  "1 closed: the client did not finish a frame, or "
                  "did not read\n"
                  "2 CPTR reply e00f:\n2 closed: "));
    EXPECT(strstr(told,
                  "read\n4 closed: the peer did not read what waited "
                  "for it\n"));
    peer_close(&own);
    peer_close(&bus);
    peer_close(&silent);
}

/* ---- Waiting for the mailbox --------------------------------------------- */

/* Ways in which the holder's lock goes, with events of its own alone. Those
 * that wait came before it, and after it. */
static void release(struct peer *holder)
{
    static const uint32_t steps[][2] = {
        {CALIPTRA_MBOX_CMD,     CALIPTRA_CMD_VERSION},
        {CALIPTRA_MBOX_DLEN,    0                   },
        {CALIPTRA_MBOX_EXECUTE, 1                   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        peer_send(holder, APB_WRITE, steps[i], sizeof(steps[i]));
        expect_frame(holder, APB_WACK, NULL, 0);
    }
    (void)rot_core_pass(&holder->bench->server->core, 1000000);
    peer_send(holder, APB_WRITE, WORDS(CALIPTRA_MBOX_EXECUTE, 0));
}

static void lose(struct peer *holder)
{
    peer_push(holder, "not a header", 12);
}

static void stall(struct peer *holder)
{
    peer_push(holder, "RTPC", 4);
    turn(holder->bench);
    holder->client->stall.due(holder->client);
}

TEST_ON(a_command_waits_for_the_mailbox, bench)
{
    static void (*const ways[])(struct peer * holder) = {release, lose, stall,
                                                         peer_close};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct peer own = peer_greet(bench);
        struct peer holder = peer_hold(bench);
        struct peer mailbox = peer_connect(bench, ROT_PROTOCOL_MAILBOX);
        const uint32_t sum = caliptra_checksum(CALIPTRA_CMD_VERSION, NULL, 0);
        test_case("%zu", i);
        buffer_clear(&bench->told);
        struct buffer bytes = {0};
        put_frame(&bytes, ROT_PROTOCOL_OWN, MAILBOX,
                  WORDS(7, CALIPTRA_CMD_VERSION, 1));
        put_frame(&bytes, ROT_PROTOCOL_OWN, PING, "next", 4);
        peer_push(&own, bytes.bytes, bytes.size);
        buffer_fini(&bytes);
        peer_send(&mailbox, MBOX_EXECUTE, WORDS(CALIPTRA_CMD_VERSION, 4, sum));
        EXPECT(own.client->waits && mailbox.client->waits);
        expect_nothing(&own);
        expect_nothing(&mailbox);
        /* Others are answered meanwhile, with nothing of a reply before. */
        struct peer other = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
        peer_send(&other, APB_READ, WORDS(CALIPTRA_MBOX_LOCK));
        expect_frame(&other, APB_RDATA, WORDS(1));
        peer_close(&other);
        ways[i](&holder);
        turn(bench);
        EXPECT(!own.client->waits && !mailbox.client->waits);
        peer_take(&own);
        /* A header, one of a reply, status, and what VERSION answers. */
        const size_t whole = ROT_HEADER_SIZE + 16 + 4 + 36;
        if (EXPECT_EQ(own.got.size, whole + ROT_HEADER_SIZE + 16)) {
            EXPECT_EQ(load_le32(own.got.bytes + 28),
                      CALIPTRA_MBOX_STATUS_DATA_READY);
            EXPECT_BYTES(own.got.bytes + whole + ROT_HEADER_SIZE, "next", 4);
            peer_take(&mailbox);
            EXPECT_EQ(mailbox.got.size, ROT_HEADER_SIZE + 8 + 36);
            EXPECT_BYTES(mailbox.got.bytes,
                         "XOBM\1\0\2\0\x2c\0\0\0"
                         "\1\0\0\0\x24\0\0",
                         20);
            EXPECT_BYTES(mailbox.got.bytes + 20, own.got.bytes + 32, 36);
        }
        /* Each request is told once. */
        const char *told = buffer_text(&bench->told);
        const char *once = strstr(told, "CAIR request 5:");
        EXPECT(once && !strstr(once + 1, "CAIR request 5:"));
        EXPECT(strstr(told, "CAIR request 2:6e657874"));
        if (ways[i] != peer_close) {
            peer_close(&holder);
        }
        peer_close(&own);
        peer_close(&mailbox);
    }
}

TEST_ON(a_command_waits_for_the_mailbox_no_longer_than_it_may, bench)
{
    struct peer mailbox = peer_connect(bench, ROT_PROTOCOL_MAILBOX);
    struct peer own = peer_greet(bench);
    struct peer deaf = peer_greet(bench);
    struct peer gone = peer_greet(bench);
    OWNED(peer_close) struct peer holder = peer_hold(bench);
    const uint32_t sum = caliptra_checksum(CALIPTRA_CMD_VERSION, NULL, 0);
    peer_send(&mailbox, MBOX_EXECUTE, WORDS(CALIPTRA_CMD_VERSION, 4, sum));
    struct buffer bytes = {0};
    put_frame(&bytes, ROT_PROTOCOL_OWN, MAILBOX,
              WORDS(7, CALIPTRA_CMD_VERSION, 1));
    put_frame(&bytes, ROT_PROTOCOL_OWN, RESET, WORDS(8, 2, ROT_STAGE_RUNTIME));
    buffer_append(&bytes, "RIAC", 4);
    peer_push(&own, bytes.bytes, bytes.size);
    buffer_fini(&bytes);
    ask(&deaf, MAILBOX, 7, version, sizeof(version));
    ask(&gone, MAILBOX, 7, version, sizeof(version));
    EXPECT(mailbox.client->waits);
    buffer_clear(&bench->told);
    peer_close(&gone); /* its frame was whole */
    expect_told(bench, "4 closed: the peer has gone\n");
    buffer_append_zeros(&deaf.client->out, 1);
    deaf.client->stall.due(deaf.client);
    EXPECT(!is_there(bench, &deaf));
    peer_close(&deaf);
    /* Its next request is served, and may free the mailbox for others. */
    expect_nothing(&own);
    buffer_clear(&bench->told);
    own.client->stall.due(own.client);
    EXPECT(own.client->stall_armed && !own.client->waits);
    EXPECT(strstr(buffer_text(&bench->told), "CAIR request 8:"));
    peer_take(&own);
    const char *text = rot_error_text(ROT_ERROR_BUSY);
    EXPECT(own.got.size > 28 + strlen(text));
    EXPECT_BYTES(own.got.bytes, "RIAC\1\0\5\x80", 8);
    EXPECT_BYTES(own.got.bytes + 12, "\7\0\0\0\11\0\0", 8);
    EXPECT_BYTES(own.got.bytes + 28, text, strlen(text));
    peer_take(&mailbox);
    EXPECT_EQ(mailbox.got.size, ROT_HEADER_SIZE + 8 + 36);
    peer_close(&mailbox);
    peer_close(&own);
}
