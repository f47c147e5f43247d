/* SPDX-License-Identifier: Apache-2.0 */
/* Character back ends against real peers. */
#include <stdlib.h>
#include <sys/resource.h>

#include "base/bits.h"
#include "host/socket.h"
#include "tests/character_end.h"

/* ---- Kinds --------------------------------------------------------------- */

TEST(a_kind_that_there_is_not_is_refused_with_the_choices)
{
    static const struct {
        const char *what;
        const char *says;
    } rows[] = {
        {"tape",                         "'tape' is none of stdio, pty, file:PATH"},
        {"",                             "'' is none of"                          },
        {"file",                         "expected file:PATH"                     },
        {"file:",                        "expected file:PATH"                     },
        {"pty:x",                        "nothing follows 'pty'"                  },
        {"tcp:x",                        "'x' is no port number"                  },
        {"file:/tmp/cairn/none/x",       "cannot write"                           },
        {"connect:unix:/tmp/cairn/none", "cannot connect to"                      },
        {"unix:/tmp/cairn/none/x",       "cannot listen on"                       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(port_close) struct port port = {0};
        struct error error = {""};
        test_case("%s", rows[i].what);
        EXPECT(port_open(&port, rows[i].what, &error) < 0);
        EXPECT(!port.character);
        EXPECT(strstr(error.text, rows[i].says));
    }
}

TEST(what_cannot_be_opened_is_found_before_and_changes_nothing)
{
    static const struct {
        const char *what;
        int code;
    } rows[] = {
        {"tape:x",                       -EINVAL},
        {"file",                         -EINVAL},
        {"pty:x",                        -EINVAL},
        {"tcp:x",                        -EINVAL},
        {"tcp:65536",                    -EINVAL},
        {"connect:x",                    -EINVAL},
        {"connect:unix:",                -EINVAL},
        {"file:/tmp/cairn/none/x",       -ENOENT},
        {"file:/tmp",                    -EISDIR},
        {"unix:/tmp/cairn/none/x",       -ENOENT},
        {"file:/tmp/cairn-unchanged",    0      },
        {"unix:/tmp/cairn-unchanged",    0      },
        {"tcp:0",                        0      },
        {"connect:unix:/tmp/cairn/none", 0      },
        {"loopback",                     0      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        test_case("%s", rows[i].what);
        EXPECT_EQ(character_check(rows[i].what, &error), rows[i].code);
        EXPECT((error.text[0] != '\0') == (rows[i].code != 0));
    }
    EXPECT(access("/tmp/cairn-unchanged", F_OK) != 0);
}

TEST(every_kind_says_what_it_is)
{
    size_t count = 0;
    for (; character_type(count); count++) {
        const struct character_type *type = character_type(count);
        test_case("%s", type->name);
        EXPECT(type->purpose && type->open && type->close);
        EXPECT(character_type_find(type->name, NULL) == type);
    }
    EXPECT_EQ(count, 7);
}

/* ---- Each of them -------------------------------------------------------- */

FIXTURE(struct port, port, port_close)
FIXTURE_BEGIN(port, EXPECT_EQ(port_open(port, "loopback", NULL), 0))

/* A guest prints and does not read what comes back. */
TEST_BEGINS(a_loopback_that_is_held_keeps_the_newest_64_kib, port)
{
    enum { ONE = 1000, TIMES = 400, KEPT = 64 << 10 };
    char bytes[ONE];
    EXPECT_EQ(port_open(port, "loopback", NULL), 0);
    character_hold(port->character, true);
    for (unsigned i = 0; i < TIMES; i++) {
        memset(bytes, (int)i, sizeof(bytes));
        character_write(port->character, bytes, sizeof(bytes));
        loop_turn(port->loop, 0);
    }
    EXPECT_EQ(port->came.size, 0);
    EXPECT_EQ(port->character->lost, ONE * TIMES - KEPT);
    character_hold(port->character, false);
    character_flush(port->character);
    port_wait(port, KEPT);
    EXPECT_EQ(port->came.size, KEPT);
    EXPECT_EQ(port->came.bytes[KEPT - 1], (TIMES - 1) & 0xff);
}

TEST_ON(a_loopback_gives_back_what_is_written_but_not_from_within, port)
{
    say(port, "echo");
    EXPECT_EQ(port->came.size, 0);
    EXPECT_EQ(loop_turn(port->loop, 0), 1);
    EXPECT_STR(buffer_text(&port->came), "echo");
    say(port, "never read");
}

/* A pseudo-terminal holds less than is kept. */
TEST_BEGINS(what_a_pty_does_not_take_at_once_goes_on_in_order, port)
{
    enum { SIZE = 64 << 10 };
    static uint8_t sent[SIZE];
    static uint8_t came[SIZE];
    size_t done = 0;
    REQUIRE(port_open(port, "pty", NULL) == 0);
    const int fd = port->character->input->fd;
    const int peer = open(port->character->name, O_RDWR | O_NOCTTY);
    REQUIRE(peer >= 0);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    errno = EINTR; /* of another call */
    say(port, "x");
    EXPECT_EQ(byte_queue_size(&port->character->out), 0);
    expect_at_peer(port, peer, "x");
    for (size_t i = 0; i < SIZE; i++) {
        sent[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    character_write(port->character, sent, SIZE);
    EXPECT(byte_queue_size(&port->character->out) > 0);
    for (ssize_t count = 1; done < SIZE && count > 0; done += (size_t)count) {
        count = read(peer, came + done, SIZE - done);
        character_flush(port->character);
    }
    EXPECT_EQ(done, SIZE);
    EXPECT_BYTES(came, sent, SIZE);
    /* A watch that is told of nothing ends nothing, nor does one that is held
     * hear of anything. */
    port->character->input->ready(port->character->input->context, LOOP_READ);
    character_hold(port->character, true);
    EXPECT_EQ(write(peer, "held", 4), 4);
    EXPECT_EQ(loop_turn(port->loop, 0), 0);
    character_hold(port->character, false);
    port_wait(port, 4);
    EXPECT_BYTES(port->came.bytes, "held", 4);
    EXPECT_EQ(write(peer, "1", 1), 1); /* a byte alone */
    port_wait(port, 5);
    close(peer);
}

/* However many descriptors there still are, all are given back. */
TEST(a_back_end_for_which_there_is_no_descriptor_is_refused)
{
    static const char *const rows[] = {"pty", "tcp:0", "unix:/tmp/cairn-few",
                                       "file:/dev/null"};
    struct rlimit before;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int code = -1;
        for (rlim_t more = 0; code != 0 && more < 8; more++) {
            struct error error = {""};
            const unsigned descriptors = test_descriptors();
            struct port port = {.loop = loop_create(NULL),
                                .input = fcntl(STDIN_FILENO, F_GETFD)};
            const int next = test_next_descriptor();
            const struct rlimit few = {(rlim_t)next + more, before.rlim_max};
            test_case("%s, %u more", rows[i], (unsigned)more);
            EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
            code = port_begin(&port, rows[i], &error);
            EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
            EXPECT_EQ(code, more == 0 || code != 0 ? -EMFILE : 0);
            EXPECT(code == 0 || strstr(error.text, "Too many open files"));
            if (code == 0 && i == 0) { /* and its other end, which is kept */
                EXPECT_EQ(fcntl(next + 1, F_GETFD), FD_CLOEXEC);
                EXPECT_EQ(fcntl(next + 1, F_GETFL) & O_ACCMODE, O_RDWR);
            }
            port_close(&port);
            EXPECT_EQ(test_descriptors(), descriptors);
        }
        EXPECT_EQ(code, 0);
    }
}

/* A program that was started without a standard input. */
TEST(a_descriptor_may_be_0)
{
    static const char *const rows[] = {"pty", "tcp:0", "file:/dev/null"};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        struct port port = {.loop = loop_create(NULL), .input = -1};
        test_case("%s", rows[i]);
        close(STDIN_FILENO);
        errno = EIO;
        EXPECT_EQ(port_begin(&port, rows[i], NULL), 0);
        EXPECT(fcntl(STDIN_FILENO, F_GETFD) >= 0);
        EXPECT_EQ(character_end(port.character, NULL), 0);
        port_close(&port);
        EXPECT_EQ(dup2(before, STDIN_FILENO), STDIN_FILENO);
        close(before);
    }
}

TEST_BEGINS(a_pty_passes_bytes_both_ways_and_outlives_its_peer, port)
{
    EXPECT_EQ(port_open(port, "pty", NULL), 0);
    for (unsigned i = 0; i < 2; i++) {
        int peer = open(port->character->name, O_RDWR | O_NOCTTY);
        buffer_clear(&port->came);
        EXPECT(peer >= 0);
        say(port, "login: \r\n");
        expect_at_peer(port, peer, "login: \r\n");
        EXPECT_EQ(write(peer, "root\r\003", 6), 6);
        port_wait(port, 6);
        EXPECT_BYTES(port->came.bytes, "root\r\003", 6);
        close(peer);
        EXPECT_EQ(loop_turn(port->loop, 0), 0);
    }
    EXPECT_EQ(port->ends, 0);
}

/* One peer after the other, however it leaves; the next one waits, and so does
 * what is written meanwhile. */
static void serve_two_peers(const char *what, const char *prefix)
{
    OWNED(port_close) struct port port = {0};
    struct error error = {""};
    test_case("%s", what);
    EXPECT_EQ(port_open(&port, what, &error), 0);
    char *address = xasprintf("%s%s", prefix, port.character->name);
    for (unsigned i = 0; i < 2; i++) {
        const struct linger reset = {.l_onoff = 1};
        int peer = -1;
        int next = -1;
        say(&port, i ? "second" : "first");
        EXPECT_EQ(host_socket_connect(address, &peer, &error), 0);
        buffer_clear(&port.came);
        EXPECT_EQ(host_socket_write(peer, "hello", 5, UINT64_MAX), 0);
        port_wait(&port, 5);
        EXPECT_STR(buffer_text(&port.came), "hello");
        expect_at_peer(&port, peer, i ? "second" : "first");
        EXPECT_EQ(host_socket_connect(address, &next, &error), 0);
        EXPECT_EQ(loop_turn(port.loop, 0), 0);
        (void)setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        host_socket_close(peer);
        host_socket_close(next);
        errno = EAGAIN; /* of another call */
        /* The end is noticed, and the next peer comes and goes. */
        EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
        EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
        EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
    }
    free(address);
}

TEST(a_socket_serves_one_peer_after_the_other)
{
    char *path = xasprintf("/tmp/cairn-character-%d.sock", (int)getpid());
    char *what = xasprintf("unix:%s", path);
    serve_two_peers(what, "");
    EXPECT_EQ(access(path, F_OK), -1);
    serve_two_peers("tcp:0", "");
    free(what);
    free(path);
}

TEST(a_connection_is_one_of_two_peers)
{
    struct port server;
    OWNED(port_close) struct port client = {0};
    struct error error = {""};
    EXPECT_EQ(port_open(&server, "tcp:0", &error), 0);
    OWNED(free_at) char *what = xasprintf("connect:%s", server.character->name);
    EXPECT_EQ(port_open(&client, what, &error), 0);
    say(&client, "to the server");
    port_wait(&server, 13);
    EXPECT_STR(buffer_text(&server.came), "to the server");
    say(&server, "and back");
    port_wait(&client, 8);
    EXPECT_STR(buffer_text(&client.came), "and back");
    port_close(&server);
    /* Neither before its end is noticed nor behind. */
    say(&client, "to nobody");
    say(&client, "to nobody");
    EXPECT_EQ(loop_turn(client.loop, LOOP_FOREVER), 1);
    say(&client, "to nobody");
}

/* ---- What waits, and when it is passed on -------------------------------- */

/* An other end that takes so much at a time, of so much in all. */
static struct {
    size_t piece;
    size_t room;
    unsigned calls;
    uint64_t lost;
} sink;

static size_t sink_write(struct character *character, const void *bytes,
                         size_t size)
{
    size_t count = size < sink.piece ? size : sink.piece;
    count = count < sink.room ? count : sink.room;
    sink.room -= count;
    sink.calls++;
    return count;
}

static int sink_end(struct character *character, uint64_t lost,
                    struct error *error)
{
    sink.lost = lost;
    return error_set(error, -EDOM, "ended");
}

static const struct character_type sink_type = {.write = sink_write,
                                                .end = sink_end};

TEST(output_is_passed_on_4_kib_at_a_time_and_always_beyond_64_kib)
{
    static const struct {
        size_t waits;
        size_t size;
        unsigned calls;
        uint64_t lost;
    } rows[] = {
        {0,     10,   0, 0},
        {0,     4095, 0, 0},
        {0,     4096, 1, 0},
        {4096,  1,    0, 0},
        {4096,  4095, 0, 0},
        {4096,  4096, 1, 0},
        {8191,  1,    1, 0},
        {10,    4085, 0, 0},
        {61440, 4095, 0, 0},
        {65535, 1,    1, 0},
        {65536, 0,    1, 0},
        {65536, 1,    1, 1},
        {65533, 10,   1, 7},
    };
    static uint8_t bytes[65536];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct character character = {.type = &sink_type, .lost = 5};
        const size_t all = rows[i].waits + rows[i].size;
        test_case("%zu bytes behind %zu", rows[i].size, rows[i].waits);
        memset(&sink, 0, sizeof(sink));
        byte_queue_append(&character.out, bytes, rows[i].waits);
        character_write(&character, bytes, rows[i].size);
        EXPECT_EQ(sink.calls, rows[i].calls);
        EXPECT_EQ(byte_queue_size(&character.out), all - rows[i].lost);
        EXPECT_EQ(character.lost, 5 + rows[i].lost);
        byte_queue_fini(&character.out);
    }
}

TEST(the_end_passes_on_what_it_can_and_counts_the_rest)
{
    static const struct {
        size_t waits;
        size_t piece;
        size_t room;
        unsigned calls;
        uint64_t lost;
    } rows[] = {
        {0,  9,  9,  0, 0 },
        {10, 10, 10, 1, 0 },
        {10, 3,  10, 4, 0 },
        {10, 3,  6,  3, 4 },
        {10, 9,  0,  1, 10},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct character character = {.type = &sink_type, .lost = 100};
        struct error error = {""};
        test_case("row %zu", i);
        memset(&sink, 0, sizeof(sink));
        sink.piece = rows[i].piece;
        sink.room = rows[i].room;
        byte_queue_append(&character.out, "0123456789", rows[i].waits);
        EXPECT_EQ(character_end(&character, &error), -EDOM);
        EXPECT_STR(error.text, "ended");
        EXPECT_EQ(sink.calls, rows[i].calls);
        EXPECT_EQ(sink.lost, 100 + rows[i].lost);
        EXPECT_EQ(byte_queue_size(&character.out), 0);
        byte_queue_fini(&character.out);
    }
}

TEST_ON(an_end_without_a_file_fails_in_nothing, port)
{
    EXPECT_EQ(character_end(port->character, NULL), 0);
    say(port, "1"); /* a byte alone */
    port_wait(port, 1);
    EXPECT_STR(buffer_text(&port->came), "1");
}

TEST_BEGINS(of_more_than_is_kept_the_newest_is_kept, port)
{
    enum { KEPT = 64 << 10 };
    EXPECT_EQ(port_open(port, "tcp:0", NULL), 0);
    for (unsigned i = 0; i < KEPT + 10; i++) {
        character_write(port->character, i < 10 ? "a" : "b", 1);
    }
    EXPECT_EQ(byte_queue_size(&port->character->out), KEPT);
    EXPECT_EQ(byte_queue_first(&port->character->out)[0], 'b');
}

TEST(standard_input_is_a_pipe_as_well)
{
    struct port port;
    int ends[2];
    int before = dup(STDIN_FILENO);
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    EXPECT_EQ(port_open(&port, "stdio", NULL), 0);
    EXPECT_EQ(write(ends[1], "typed\035on", 8), 8);
    port_wait(&port, 8);
    EXPECT_BYTES(port.came.bytes, "typed\035on", 8);
    close(ends[1]);
    /* Its end does not end the program. */
    errno = EINTR;
    EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
    EXPECT_EQ(loop_turn(port.loop, 0), 0);
    EXPECT_EQ(port.ends, 0);
    port_close(&port);
    EXPECT_EQ(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(before);
    close(ends[0]);
}
