/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example link in a whole machine: the seam between a device and the world
 * outside (bus/channel.h, platform/machine/channel.c and asks.c).
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/loop.h"
#include "host/time.h"
#include "include/cairn/cairn.h"
#include "platform/debug/history.h"
#include "platform/machine/channel.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum {
    LINK = 0x09120000,
    FEATURES = 0x00,
    ENABLE = 0x04,
    DONE = 0x08,
    BUSY = 0x0c,
    SEND_ADDRESS = 0x10,
    SEND_SIZE = 0x14,
    SEND = 0x18,
    RECEIVE_ADDRESS = 0x20,
    RECEIVE_SIZE = 0x24,
    RECEIVE = 0x28,
    ASK_ADDRESS = 0x30,
    ASK_SIZE = 0x38,
    REPLY_SIZE = 0x40,
    ASK = 0x48,
};
enum { RECEIVED = 1, OPENED = 2, BUS_ERROR = 4, REPLY = 16 };
enum {
    RAM = 0x40000000,
    FREE = 0x100000,
    LATENCY_NS = 50000,
    LONG_ENOUGH_NS = 2000000
};

static const uint32_t computes[] = {0x14000000};           /* b . */
static const uint32_t sleeps[] = {0xd503207f, 0x17ffffff}; /* wfi; b -4 */

/* ---- The outside and its machine ----------------------------------------- */

struct bench {
    struct cairn_machine *machine;
    struct channel_link *link;
    bool parallel;
    char path[64];
    /* The peer. */
    struct buffer sent; /* all messages, each with a zero behind it */
    unsigned rooms;
    unsigned closed;
    /* The server, on its thread. */
    atomic_uint served;
    unsigned slow_us; /* what it takes */
    struct buffer asked;
};

static void sent(void *context, const void *bytes, size_t size)
{
    struct bench *bench = context;
    buffer_append(&bench->sent, bytes, size);
    buffer_append(&bench->sent, "", 1);
}

static void room(void *context)
{
    ((struct bench *)context)->rooms++;
}

static void closed(void *context)
{
    ((struct bench *)context)->closed++;
}

/* Answers with the request, reversed, and its own number of it. */
static size_t serve(void *context, const void *request, size_t size,
                    void *reply, size_t reply_room)
{
    struct bench *bench = context;
    const char *from = request;
    char *to = reply;
    usleep(bench->slow_us);
    buffer_append(&bench->asked, request, size);
    if (size + 1 > reply_room) {
        return 0;
    }
    to[0] = (char)('0' + atomic_fetch_add(&bench->served, 1));
    for (size_t i = 0; i < size; i++) {
        to[1 + i] = from[size - 1 - i];
    }
    return size + 1;
}

enum outside { NOTHING, PEER, CLOSED_PEER, LIVE_PEER };

static void make(struct bench *bench, enum outside outside)
{
    bool sleeping = outside == LIVE_PEER;
    static const char *const overlay = "devices/example/channel.dtso";
    const struct cairn_image image = {"flash0", sleeping ? sleeps : computes,
                                      sleeping ? sizeof(sleeps)
                                               : sizeof(computes)};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .overlays = &overlay,
        .overlay_count = 1,
        .seed = 1,
        .images = &image,
        .image_count = 1,
        .parallel = bench->parallel,
    };
    const struct channel_peer peer = {
        .open = outside != CLOSED_PEER,
        .live = outside == LIVE_PEER,
        .sent = sent,
        .room = room,
        .close = closed,
        .context = bench,
    };
    const struct channel_server server = {
        .serve = serve, .close = closed, .context = bench};
    struct cairn_error refused = {""};
    struct error error = {""};
    REQUIRE(cairn_create(&options, &bench->machine, &refused) == 0);
    struct node *node = channel_node(bench->machine, CHANNEL_PACKETS, 0);
    REQUIRE(node != NULL);
    if (outside != NOTHING) {
        EXPECT_EQ(channel_connect(bench->machine, node, 0, &peer, &bench->link,
                                  &error),
                  0);
        EXPECT_EQ(channel_serve(bench->machine, node, &server, &error), 0);
    }
    EXPECT_STR(error.text, "");
}

static void start(struct bench *bench, enum outside outside)
{
    *bench = (struct bench){.path = "/tmp/cairn-channel-XXXXXX"};
    int fd = mkstemp(bench->path);
    REQUIRE(fd >= 0);
    close(fd);
    make(bench, outside);
    cairn_power(bench->machine);
}

static void end(struct bench *bench)
{
    bool connected = bench->link != NULL;
    bench->closed = 0;
    cairn_destroy(bench->machine);
    EXPECT_EQ(bench->closed, connected ? 2 : 0);
    buffer_fini(&bench->sent);
    buffer_fini(&bench->asked);
    (void)unlink(bench->path);
}

/* ---- What a driver does -------------------------------------------------- */

static void set(struct bench *bench, uint32_t offset, uint32_t value)
{
    EXPECT_EQ(
        cairn_bus_write(bench->machine, "cores", 0, LINK + offset, 4, value),
        0);
}

static uint32_t get(struct bench *bench, uint32_t offset)
{
    uint64_t value = 0;
    EXPECT_EQ(
        cairn_bus_read(bench->machine, "cores", 0, LINK + offset, 4, &value),
        0);
    return (uint32_t)value;
}

static char *ram(struct bench *bench, uint32_t offset)
{
    uint8_t *host = NULL;
    size_t size = 0;
    EXPECT_EQ(cairn_memory(bench->machine, "ram", &host, &size), 0);
    return (char *)host + offset;
}

/* By the bus, so that it is an input like others. */
static void put_ram(struct bench *bench, uint32_t offset, const char *text)
{
    for (size_t i = 0; i <= strlen(text); i++) {
        EXPECT_EQ(cairn_bus_write(bench->machine, "cores", 0, RAM + offset + i,
                                  1, (uint8_t)text[i]),
                  0);
    }
}

static void run(struct bench *bench, uint64_t ns)
{
    run_for_ns(bench->machine, ns);
}

static void run_some(struct bench *bench)
{
    run(bench, LONG_ENOUGH_NS);
}

static void give_buffer(struct bench *bench, uint32_t offset, uint32_t size)
{
    set(bench, RECEIVE_ADDRESS, RAM + offset);
    set(bench, RECEIVE_SIZE, size);
    set(bench, RECEIVE, 1);
}

static void send_text(struct bench *bench, const char *text)
{
    put_ram(bench, FREE + 0x8000, text);
    set(bench, SEND_ADDRESS, RAM + FREE + 0x8000);
    set(bench, SEND_SIZE, (uint32_t)strlen(text));
    set(bench, SEND, 1);
}

static void ask(struct bench *bench, unsigned number, const char *text,
                uint32_t reply)
{
    put_ram(bench, FREE + 0x9000, text);
    set(bench, ASK_ADDRESS + 4 * number, RAM + FREE + 0x9000);
    set(bench, ASK_SIZE + 4 * number, (uint32_t)strlen(text));
    set(bench, REPLY_SIZE + 4 * number, 64);
    set(bench, ASK + 4 * number, RAM + reply);
}

/* ---- Messages ------------------------------------------------------------ */

FIXTURE(struct bench, bench, end)
FIXTURE_BEGIN(bench, start(bench, PEER))

TEST_ON(messages_go_both_ways, bench)
{
    EXPECT_EQ(get(bench, FEATURES), 3);
    send_text(bench, "hello");
    send_text(bench, "you");
    EXPECT_EQ(bench->sent.size, 10);
    EXPECT_BYTES(bench->sent.bytes, "hello\0you", 10);
    set(bench, ENABLE, RECEIVED);
    give_buffer(bench, FREE + 0x1000, 64);
    EXPECT(channel_offer(bench->link, "welcome", 8));
    EXPECT_EQ(get(bench, DONE), 0);
    run(bench, 1);
    EXPECT_EQ(get(bench, DONE), RECEIVED);
    EXPECT_EQ(get(bench, RECEIVE_SIZE), 8);
    EXPECT_STR(ram(bench, FREE + 0x1000), "welcome");
    uint32_t level = 0;
    EXPECT_EQ(cairn_line_get(bench->machine, "link.interrupt", &level), 0);
    EXPECT_EQ(level, 1);
}

TEST_ON(a_message_without_room_waits_outside_and_keeps_its_place, bench)
{
    EXPECT(channel_offer(bench->link, "one", 4));
    EXPECT(channel_offer(bench->link, "two", 4));
    run_some(bench);
    EXPECT_EQ(get(bench, DONE), 0);
    give_buffer(bench, FREE + 0x1000, 64);
    /* Not from within the access. */
    EXPECT_EQ(get(bench, DONE), 0);
    run_some(bench);
    EXPECT_STR(ram(bench, FREE + 0x1000), "one");
    give_buffer(bench, FREE + 0x1000, 64);
    run_some(bench);
    EXPECT_STR(ram(bench, FREE + 0x1000), "two");
    set(bench, DONE, RECEIVED);
    give_buffer(bench, FREE + 0x1000, 64);
    run_some(bench);
    EXPECT_EQ(get(bench, DONE), 0);
}

TEST_ON(an_outside_that_sends_too_much_is_told_and_called_when_there_is_room,
        bench)
{
    static const char bytes[CHANNEL_MESSAGE_MAX];
    unsigned many = 0;
    while (channel_offer(bench->link, bytes, sizeof(bytes))) {
        many++;
        REQUIRE(many < 1000);
    }
    EXPECT_EQ(many, 32);
    run_some(bench);
    EXPECT_EQ(bench->rooms, 0);
    give_buffer(bench, FREE + 0x1000, 64);
    run_some(bench);
    EXPECT_EQ(get(bench, RECEIVE_SIZE), sizeof(bytes));
    EXPECT_EQ(bench->rooms, 0); /* the device refused the next one */
    give_buffer(bench, FREE + 0x1000, 64);
    run_some(bench);
    EXPECT(channel_offer(bench->link, bytes, sizeof(bytes)));
    EXPECT(channel_offer(bench->link, bytes, 1));
    EXPECT(!channel_offer(bench->link, bytes, sizeof(bytes)));
}

TEST_BEGINS(a_device_hears_that_the_outside_comes_and_goes, bench)
{
    start(bench, CLOSED_PEER);
    EXPECT_EQ(get(bench, FEATURES), 1);
    channel_open(bench->link, true);
    EXPECT_EQ(get(bench, FEATURES), 1);
    run_some(bench);
    EXPECT_EQ(get(bench, FEATURES), 3);
    EXPECT_EQ(get(bench, DONE), OPENED);
    set(bench, DONE, OPENED);
    channel_open(bench->link, true);
    run_some(bench);
    EXPECT_EQ(get(bench, DONE), 0);
    /* It went and came, and both are heard of, in their order. */
    const uint64_t before = bench->machine->inputs.given;
    channel_open(bench->link, false);
    run_some(bench);
    channel_open(bench->link, true);
    run_some(bench);
    EXPECT_EQ(get(bench, FEATURES), 3);
    EXPECT_EQ(get(bench, DONE), OPENED);
    EXPECT_EQ(bench->machine->inputs.given, before); /* no list is kept */
}

TEST_BEGINS(without_an_outside_messages_and_requests_go_nowhere, bench)
{
    start(bench, NOTHING);
    EXPECT_EQ(get(bench, FEATURES), 0);
    send_text(bench, "anybody?");
    give_buffer(bench, FREE + 0x1000, 64);
    ask(bench, 1, "and here?", FREE + 0x2000);
    run_some(bench);
    EXPECT_EQ(get(bench, DONE), REPLY << 1);
    EXPECT_EQ(get(bench, REPLY_SIZE + 4), 0);
}

static void expect_refused(int code, int expected, const struct error *error,
                           const char *text)
{
    EXPECT_EQ(code, expected);
    EXPECT_STR(error->text, text);
}

TEST_BEGINS(what_cannot_be_connected_is_refused, bench)
{
    struct channel_link *link;
    const struct channel_peer peer = {.open = true};
    const struct channel_server server = {.serve = serve, .context = bench};
    start(bench, PEER);
    for (unsigned i = 0; i < 4; i++) {
        struct error error = {""};
        test_case("row %u", i);
        if (i == 1) {
            cairn_destroy(bench->machine);
            make(bench, PEER);
        }
        struct cairn_machine *machine = bench->machine;
        struct node *node = channel_node(machine, CHANNEL_PACKETS, 0);
        EXPECT(channel_node(machine, CHANNEL_PACKETS, 1) == NULL);
        EXPECT(channel_node(machine, CHANNEL_BYTES, 0) == NULL);
        if (i == 0) {
            expect_refused(
                channel_connect(machine, node, 0, &peer, &link, &error), -EBUSY,
                &error, "device 'link': the machine has state already");
        } else if (i == 1) {
            expect_refused(
                channel_connect(machine, node, 1, &peer, &link, &error),
                -ENOENT, &error, "device 'link' has no channel 1");
        } else if (i == 2) {
            expect_refused(
                channel_connect(machine, node, 0, &peer, &link, &error), -EBUSY,
                &error, "channel 0 of 'link' has a back end");
        } else {
            expect_refused(channel_serve(machine, node, &server, &error),
                           -EBUSY, &error, "device 'link' has a back end");
        }
    }
}

/* ---- The host's time ----------------------------------------------------- */

static void send_late(void *context)
{
    struct bench *bench = context;
    EXPECT(channel_offer(bench->link, "late", 5));
}

/* The host may be slow, so that there is no upper bound of its time. */
TEST(a_guest_that_sleeps_waits_in_the_time_of_a_live_outside)
{
    for (unsigned parallel = 0; parallel < 2; parallel++) {
        const uint64_t wait_ns = 20000000;
        OWNED(end) struct bench bench = {.parallel = parallel};
        test_case("parallel %u", parallel);
        make(&bench, LIVE_PEER);
        cairn_power(bench.machine);
        set(&bench, ENABLE, RECEIVED);
        give_buffer(&bench, FREE, 64);
        const uint64_t begin_ns = host_time_ns();
        run(&bench, wait_ns);
        EXPECT_EQ(cairn_time_ns(bench.machine), wait_ns);
        EXPECT(host_time_ns() - begin_ns >= wait_ns / 2);
        /* Nothing else would end its sleep. */
        struct loop_timer timer = {.due = send_late, .context = &bench};
        loop_timer_arm(bench.machine->loop, &timer, host_time_ns() + wait_ns);
        const struct cairn_until until = {
            .size = sizeof(struct cairn_until),
            .line = "link.interrupt",
            .level = 1,
        };
        EXPECT_EQ(cairn_run(bench.machine, &until), CAIRN_STOP_LINE);
        EXPECT_STR(ram(&bench, FREE), "late");
        EXPECT(cairn_time_ns(bench.machine) >= wait_ns + wait_ns / 2);
    }
}

/* ---- Requests ------------------------------------------------------------ */

TEST_ON(a_reply_comes_at_its_time_however_long_the_server_takes, bench)
{
    bench->slow_us = 20000;
    ask(bench, 0, "abc", FREE + 0x1000);
    run(bench, LATENCY_NS - 1);
    EXPECT_EQ(get(bench, DONE), 0);
    EXPECT_EQ(get(bench, BUSY), 1);
    run(bench, 1);
    EXPECT_EQ(get(bench, DONE), REPLY);
    EXPECT_EQ(get(bench, BUSY), 0);
    EXPECT_EQ(get(bench, REPLY_SIZE), 4);
    EXPECT_BYTES(ram(bench, FREE + 0x1000), "0cba", 4);
}

TEST_ON(requests_are_served_in_their_order, bench)
{
    for (unsigned i = 0; i < 4; i++) {
        bench->slow_us = i % 2 ? 0 : 1000;
        ask(bench, 1, "first", FREE + 0x1000);
        ask(bench, 0, "next", FREE + 0x2000);
        run_some(bench);
        EXPECT_EQ(get(bench, DONE), REPLY * 3);
        set(bench, DONE, REPLY * 3);
        EXPECT_EQ(*ram(bench, FREE + 0x1000), (char)('0' + 2 * i));
        EXPECT_EQ(*ram(bench, FREE + 0x2000), (char)('1' + 2 * i));
    }
    EXPECT_EQ(bench->asked.size, 4 * 9);
    EXPECT_BYTES(bench->asked.bytes, "firstnextfirst", 14);
    /* No room for the reply. */
    set(bench, REPLY_SIZE, 2);
    set(bench, ASK, RAM + FREE + 0x1000);
    run_some(bench);
    EXPECT_EQ(get(bench, DONE), REPLY);
    EXPECT_EQ(get(bench, REPLY_SIZE), 0);
}

TEST(a_run_with_requests_is_the_same_however_it_is_cut)
{
    uint64_t hashes[3];
    static const uint64_t pieces[] = {LONG_ENOUGH_NS, 1000, 777};
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        OWNED(end) struct bench bench;
        start(&bench, PEER);
        bench.slow_us = i * 1000;
        ask(&bench, 0, "abc", FREE + 0x1000);
        ask(&bench, 1, "def", FREE + 0x2000);
        const uint64_t last = cairn_time_ns(bench.machine) + LONG_ENOUGH_NS;
        while (cairn_time_ns(bench.machine) < last) {
            uint64_t left = last - cairn_time_ns(bench.machine);
            run(&bench, left < pieces[i] ? left : pieces[i]);
        }
        hashes[i] = cairn_state_hash(bench.machine);
        EXPECT_BYTES(ram(&bench, FREE + 0x2000), "1fed", 4);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
    EXPECT_EQ(hashes[0], hashes[2]);
}

TEST_ON(a_reset_cancels_requests_in_flight_and_the_server_serves_on, bench)
{
    bench->slow_us = 5000;
    ask(bench, 0, "abc", FREE + 0x1000);
    EXPECT_EQ(cairn_reset(bench->machine), 0);
    EXPECT_EQ(get(bench, BUSY), 0);
    run_some(bench);
    EXPECT_EQ(get(bench, DONE), 0);
    EXPECT_EQ(*ram(bench, FREE + 0x1000), 0);
    ask(bench, 0, "def", FREE + 0x2000);
    run_some(bench);
    EXPECT_BYTES(ram(bench, FREE + 0x2000), "1fed", 4);
}

/* ---- Snapshots ----------------------------------------------------------- */

TEST_ON(pending_requests_go_on_from_a_snapshot_and_are_not_asked_again, bench)
{
    struct cairn_snapshot *snapshot = NULL;
    bench->slow_us = 2000;
    ask(bench, 0, "abc", FREE + 0x1000);
    REQUIRE(cairn_snapshot(bench->machine, &snapshot, NULL) == 0);
    run_some(bench);
    uint64_t hash = cairn_state_hash(bench->machine);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(cairn_restore(bench->machine, snapshot, NULL), 0);
        EXPECT_EQ(get(bench, BUSY), 1);
        EXPECT_EQ(*ram(bench, FREE + 0x1000), 0);
        run_some(bench);
        EXPECT_BYTES(ram(bench, FREE + 0x1000), "0cba", 4);
        EXPECT_EQ(cairn_state_hash(bench->machine), hash);
    }
    EXPECT_EQ(atomic_load(&bench->served), 1);
    cairn_snapshot_destroy(snapshot);
}

TEST_ON(what_was_received_is_in_a_snapshot_and_what_waits_is_not, bench)
{
    struct cairn_snapshot *snapshot = NULL;
    give_buffer(bench, FREE + 0x1000, 64);
    EXPECT(channel_offer(bench->link, "one", 4));
    EXPECT(channel_offer(bench->link, "two", 4));
    run_some(bench);
    REQUIRE(cairn_snapshot(bench->machine, &snapshot, NULL) == 0);
    give_buffer(bench, FREE + 0x2000, 64);
    run_some(bench);
    EXPECT_STR(ram(bench, FREE + 0x2000), "two");
    channel_open(bench->link, false);
    run_some(bench);
    EXPECT_EQ(get(bench, FEATURES), 1);
    EXPECT_EQ(cairn_restore(bench->machine, snapshot, NULL), 0);
    EXPECT_STR(ram(bench, FREE + 0x1000), "one");
    EXPECT_EQ(*ram(bench, FREE + 0x2000), 0);
    EXPECT_EQ(get(bench, FEATURES), 3);
    give_buffer(bench, FREE + 0x2000, 64);
    EXPECT(channel_offer(bench->link, "three", 6));
    run_some(bench);
    EXPECT_STR(ram(bench, FREE + 0x2000), "three");
    /* It had gone meanwhile. */
    EXPECT_EQ(get(bench, FEATURES), 1);
    cairn_snapshot_destroy(snapshot);
}

TEST_ON(pending_requests_go_on_from_a_file_with_the_same_connections, bench)
{
    static const struct {
        enum outside outside;
        int code;
    } rows[] = {
        {PEER,        0      },
        {CLOSED_PEER, 0      },
        {NOTHING,     -EINVAL},
    };
    ask(bench, 0, "abc", FREE + 0x1000);
    EXPECT_EQ(cairn_save(bench->machine, bench->path, NULL), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("row %u", i);
        cairn_destroy(bench->machine);
        bench->link = NULL;
        make(bench, rows[i].outside);
        EXPECT_EQ(cairn_load(bench->machine, bench->path, &error),
                  rows[i].code);
        if (rows[i].code == 0) {
            EXPECT_STR(error.text, "");
            run_some(bench);
            EXPECT_BYTES(ram(bench, FREE + 0x1000), "0cba", 4);
            EXPECT_EQ(get(bench, FEATURES), rows[i].outside == PEER ? 3 : 1);
        }
    }
    EXPECT_EQ(atomic_load(&bench->served), 1);
}

/* ---- The past ------------------------------------------------------------ */

static void run_on(struct history *history, struct bench *bench, uint64_t ns)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .time_ns =
                                          cairn_time_ns(bench->machine) + ns};
    history_run_on(history, &until);
}

TEST_ON(messages_and_replies_come_again_for_a_debugger_that_goes_back, bench)
{
    struct history *history = history_create(bench->machine, 64 << 20);
    REQUIRE(history != NULL);
    const struct moment begin = input_now(bench->machine);
    EXPECT(channel_offer(bench->link, "one", 4));
    run_on(history, bench, 5000); /* refused */
    give_buffer(bench, FREE + 0x1000, 64);
    run_on(history, bench, LONG_ENOUGH_NS);
    EXPECT_STR(ram(bench, FREE + 0x1000), "one");
    ask(bench, 0, "abc", FREE + 0x2000);
    run_on(history, bench, 5000);
    const struct moment middle = input_now(bench->machine);
    channel_open(bench->link, false);
    run_on(history, bench, LONG_ENOUGH_NS);
    EXPECT_BYTES(ram(bench, FREE + 0x2000), "0cba", 4);
    send_text(bench, "sent");
    const uint64_t hash = cairn_state_hash(bench->machine);
    for (unsigned i = 0; i < 2; i++) {
        history_leave(history);
        history_seek(history, i ? &middle : &begin);
        /* A message that comes now is not for the past. */
        EXPECT(channel_offer(bench->link, "later", 6));
        EXPECT_EQ(history_run(history, UINT64_MAX, NULL), HISTORY_PRESENT);
        EXPECT(!history->diverged);
        EXPECT_EQ(cairn_state_hash(bench->machine), hash);
    }
    EXPECT_EQ(atomic_load(&bench->served), 1);
    EXPECT_EQ(bench->sent.size, 5);
    give_buffer(bench, FREE + 0x1000, 64);
    run_on(history, bench, LONG_ENOUGH_NS);
    EXPECT_STR(ram(bench, FREE + 0x1000), "later");
    history_destroy(history);
}

TEST_ON(a_request_of_a_changed_past_gets_its_reply_or_an_empty_one, bench)
{
    struct history *history = history_create(bench->machine, 64 << 20);
    REQUIRE(history != NULL);
    ask(bench, 0, "abc", FREE + 0x1000);
    run_on(history, bench, 5000);
    const struct moment middle = input_now(bench->machine);
    run_on(history, bench, LONG_ENOUGH_NS);
    history_leave(history);
    history_seek(history, &middle);
    EXPECT(history->past);
    set(bench, ENABLE, REPLY); /* another future */
    EXPECT(!history->past);
    run_on(history, bench, LONG_ENOUGH_NS);
    EXPECT_EQ(get(bench, DONE), REPLY);
    EXPECT_EQ(get(bench, BUSY), 0);
    EXPECT_EQ(atomic_load(&bench->served), 1);
    history_destroy(history);
}

TEST(a_run_comes_again_from_a_file_of_its_inputs)
{
    struct bench bench;
    uint64_t hash = 0;
    OWNED(free_at) char *path = NULL;
    for (unsigned again = 0; again < 2; again++) {
        struct cairn_error error = {""};
        start(&bench, PEER);
        cairn_destroy(bench.machine);
        make(&bench, PEER);
        if (again) {
            EXPECT_EQ(cairn_replay_open(bench.machine, path, 0, &error), 0);
            EXPECT_EQ(cairn_replay(bench.machine, NULL, 0, &error), 0);
            EXPECT_STR(error.text, "");
            EXPECT_EQ(cairn_state_hash(bench.machine), hash);
            EXPECT_EQ(atomic_load(&bench.served), 0);
            EXPECT_EQ(bench.sent.size, 0);
        } else {
            path = xasprintf("%s.inputs", bench.path);
            EXPECT_EQ(cairn_record_open(bench.machine, path, &error), 0);
            cairn_record(bench.machine, 0);
            cairn_power(bench.machine);
            EXPECT(channel_offer(bench.link, "one", 4));
            run_some(&bench);
            give_buffer(&bench, FREE + 0x1000, 64);
            ask(&bench, 0, "abc", FREE + 0x2000);
            run_some(&bench);
            send_text(&bench, "sent");
            channel_open(bench.link, false);
            ask(&bench, 1, "def", FREE + 0x3000);
            run(&bench, 1000); /* in flight */
            hash = cairn_state_hash(bench.machine);
            EXPECT_STR(ram(&bench, FREE + 0x1000), "one");
            EXPECT_EQ(cairn_record_end(bench.machine, NULL, 0, &error), 0);
        }
        end(&bench);
    }
    unlink(path);
}
