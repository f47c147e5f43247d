/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a guest's sockets at their limits: greetings, messages and pieces of
 * each length, turns, answers that come too late, and words out of place. */
#include <fcntl.h>
#include <sys/resource.h>

#include "backends/vsock_parts.h"
#include "tests/vsock_bench.h"

/* All that was said is as expected, in the form "word line a b; ". */
static void expect_said(struct bench *bench, const char *expected)
{
    char text[512] = "";
    for (unsigned i = 0; i < 6; i++) {
        turn(bench);
    }
    while (bench->read < bench->count) {
        const struct heard *heard = &bench->heard[bench->read++ % MESSAGES];
        const size_t length = strlen(text);
        snprintf(text + length, sizeof(text) - length, "%u %u %u %u; ",
                 heard->message.word, heard->line, heard->message.a,
                 heard->message.b);
    }
    EXPECT_STR(text, expected);
}

static bool is_open(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

FIXTURE(struct bench, bench, end)
FIXTURE_BEGIN(bench, start(bench))

TEST_ON(greetings_up_to_their_limits_ask_for_a_port, bench)
{
    static const struct {
        const char *greeting;
        bool fine;
        uint32_t port;
    } rows[] = {
        {"CONNECT 0\n",                       true,  0         },
        {"CONNECT 4294967295\n",              true,  UINT32_MAX},
        {"CONNECT 0000000000000000000052\n",  true,  52        },
        {"CONNECT 00000000000000000000052\n", false, 0         },
        {"CONNECT 52x\n",                     false, 0         },
        {"CONNECT /\n",                       false, 0         },
        {"CONNECT :\n",                       false, 0         },
        {"CONNECT  52\n",                     false, 0         },
    };
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        const bool packets = i % 2 != 0;
        const char *greeting = rows[i / 2].greeting;
        test_case("%s, packets: %u", greeting, packets);
        const int fd =
            packets ? packets_program(bench, VSOCK_PACKETS_SUFFIX, greeting)
                    : program(bench, greeting);
        for (unsigned n = 0; n < 4; n++) {
            turn(bench);
        }
        EXPECT_EQ(is_open(fd), rows[i / 2].fine);
        if (rows[i / 2].fine) {
            const struct heard asked =
                next(bench, packets ? VSOCK_CONNECT_PACKETS : VSOCK_CONNECT);
            /* Ports of this side are counted. */
            EXPECT_EQ(asked.message.a, (1u << 30) + i);
            EXPECT_EQ(asked.message.b, rows[i / 2].port);
            EXPECT_EQ(asked.line, VSOCK_LINES_OUT);
            tell(bench, asked.line, VSOCK_CLOSE, 0, 0);
            next(bench, VSOCK_CLOSE);
        }
        host_socket_close(fd);
        EXPECT_EQ(bench->read, bench->count);
    }
}

TEST_BEGINS(programs_are_refused_until_the_device_is_there, bench)
{
    start_unknown(bench);
    int fd = program(bench, "CONNECT 52\n");
    expect_said(bench, "");
    EXPECT(!is_open(fd));
    host_socket_close(fd);
    /* One that has said only a part stays. */
    fd = program(bench, "CONNECT");
    expect_said(bench, "");
    tell(bench, VSOCK_LINES, VSOCK_RESTART, 0, 0);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        next(bench, VSOCK_SYNC);
    }
    EXPECT_EQ(host_socket_write(fd, " 52\n", 4, UINT64_MAX), 0);
    EXPECT_EQ(next(bench, VSOCK_CONNECT).message.b, 52);
    host_socket_close(fd);
}

TEST_BEGINS(the_log_tells_again_of_refused_programs_when_one_was_taken, bench)
{
    enum { LINES = VSOCK_LINES - VSOCK_LINES_OUT };
    int fds[LINES];
    start(bench);
    for (unsigned i = 0; i < LINES; i++) {
        fds[i] = program(bench, "CONNECT");
        turn(bench);
        turn(bench);
    }
    for (unsigned i = 0; i < 6; i++) {
        /* Twice in a row, and then one of those that were taken goes. */
        const bool again = i % 3 != 2;
        if (!again) {
            host_socket_close(fds[0]);
            turn(bench);
        }
        int fd = program(bench, "CONNECT");
        turn(bench);
        turn(bench);
        EXPECT_EQ(bench->trouble[0] != '\0', i % 3 == 0);
        bench->trouble[0] = '\0';
        EXPECT_EQ(is_open(fd), !again);
        if (again) {
            host_socket_close(fd);
        } else {
            fds[0] = fd;
        }
    }
    for (unsigned i = 0; i < LINES; i++) {
        host_socket_close(fds[i]);
    }
}

/* ---- Calls of the guest -------------------------------------------------- */

TEST_ON(an_answer_that_comes_too_late_is_nobodys, bench)
{
    int peer = -1;
    const int listener = packets_program(bench, "_7", NULL);
    EXPECT_EQ(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
    tell(bench, 3, VSOCK_CONNECT_PACKETS, 7, 100);
    tell(bench, 3, VSOCK_CLOSE, 0, 0);
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 3);
    tell(bench, 3, VSOCK_CONNECT_PACKETS, 9, 100); /* nobody is there */
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 3);
    tell(bench, 3, VSOCK_CLOSE, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        turn(bench);
    }
    EXPECT_EQ(bench->read, bench->count);
    peer = accept(listener, NULL, NULL);
    EXPECT(peer < 0 || !is_open(peer));
    host_socket_close(peer);
    close(listener);
    OWNED(free_at) char *path = xasprintf("%s_7", bench->path);
    unlink(path);
}

TEST_ON(words_out_of_place_are_not_heard, bench)
{
    /* A line that is free. */
    tell(bench, 1, VSOCK_ACCEPT, 0, 0);
    tell_bytes(bench, 1, "x");
    tell(bench, 1, VSOCK_SHUTDOWN, 3, 0);
    tell(bench, 1, VSOCK_CLOSE, 0, 0);
    tell(bench, VSOCK_LINES, VSOCK_CLOSE, 0, 0);
    expect_said(bench, "");
    /* One that has a program. */
    int fd = program(bench, "CONNECT 52\n");
    expect_said(bench, "2 32 1073741824 52; ");
    tell_bytes(bench, 32, "x");
    tell(bench, 32, VSOCK_SHUTDOWN, 3, 0);
    tell(bench, 32, VSOCK_CONNECT, 1, 2);
    EXPECT(is_open(fd));
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    tell(bench, 32, VSOCK_CONNECT, 1, 2);
    expect_said(bench, "");
    expect_read(fd, "OK 1073741824\n");
    EXPECT(is_open(fd));
    /* One that says goodbye: the line is free when both have. */
    host_socket_close(fd);
    expect_said(bench, "5 32 3 0; ");
    tell(bench, 32, VSOCK_CLOSE, 0, 0);
    expect_said(bench, "6 32 0 0; ");
    fd = program(bench, "CONNECT 53\n");
    expect_said(bench, "2 32 1073741825 53; ");
    host_socket_close(fd);
}

TEST_ON(a_guest_that_receives_no_more_is_sent_nothing, bench)
{
    const int fd = program(bench, "CONNECT 52\n");
    expect_said(bench, "2 32 1073741824 52; ");
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    expect_read(fd, "OK 1073741824\n");
    tell(bench, 32, VSOCK_SHUTDOWN, 1, 0);
    EXPECT_EQ(send(fd, "x", 1, MSG_NOSIGNAL), (uint64_t)-1);
    tell_bytes(bench, 32, "bytes");
    expect_read(fd, "bytes");
    tell(bench, 32, VSOCK_SHUTDOWN, 2, 0);
    char byte;
    EXPECT_EQ(read(fd, &byte, 1), 0);
    host_socket_close(fd);
}

/* ---- Bytes --------------------------------------------------------------- */

TEST_ON(bytes_that_were_taken_are_told_when_the_device_listens, bench)
{
    const int fd = program(bench, "CONNECT 52\n");
    expect_said(bench, "2 32 1073741824 52; ");
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    bench->deaf = true;
    tell_bytes(bench, 32, "bytes");
    tell_bytes(bench, 32, "and more");
    vsock_room(bench->vsock, VSOCK_LINES);
    expect_said(bench, "");
    bench->deaf = false;
    vsock_room(bench->vsock, VSOCK_LINES);
    vsock_room(bench->vsock, VSOCK_LINES);
    expect_said(bench, "7 64 13 32; ");
    /* A new program begins anew. */
    bench->deaf = true;
    tell_bytes(bench, 32, "lost");
    tell(bench, 32, VSOCK_CLOSE, 0, 0);
    bench->deaf = false;
    vsock_room(bench->vsock, VSOCK_LINES);
    expect_said(bench, "6 32 0 0; ");
    host_socket_close(fd);
}

/* Another program has its turn, too. */
TEST_BEGINS(messages_of_a_program_are_read_in_turns, bench)
{
    enum { COUNT = 20, READS = 8 };
    unsigned line;
    const int fd = packets_connection(bench, &line);
    for (unsigned i = 0; i < COUNT; i++) {
        EXPECT_EQ(send(fd, "x", 1, 0), 1);
    }
    for (unsigned done = 0; done < COUNT;) {
        const unsigned before = bench->count;
        turn(bench);
        done += READS;
        EXPECT_EQ(bench->count - before,
                  done <= COUNT ? READS : READS - (done - COUNT));
    }
    host_socket_close(fd);
}

TEST_BEGINS(a_message_has_as_many_pieces_as_it_needs, bench)
{
    static uint8_t bytes[2 * VSOCK_PIECE + 1] = {1};
    static const struct {
        size_t size;
        const char *said;
    } rows[] = {
        {VSOCK_PIECE - 1,     "4 32 1 0; "                    },
        {VSOCK_PIECE,         "4 32 1 0; "                    },
        {VSOCK_PIECE + 1,     "4 32 0 0; 4 32 1 0; "          },
        {2 * VSOCK_PIECE,     "4 32 0 0; 4 32 1 0; "          },
        {2 * VSOCK_PIECE + 1, "4 32 0 0; 4 32 0 0; 4 32 1 0; "},
    };
    unsigned line;
    const int fd = packets_connection(bench, &line);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_case("row %zu", i);
        EXPECT_EQ(send(fd, bytes, rows[i].size, 0), rows[i].size);
        expect_said(bench, rows[i].said);
        EXPECT_EQ(bench->heard[(bench->read - 1) % MESSAGES].size,
                  (rows[i].size - 1) % VSOCK_PIECE + 1);
    }
    host_socket_close(fd);
}

/* A message whose end does not come, up to what may wait and one more byte. */
TEST_BEGINS(a_message_without_an_end_has_its_limit, bench)
{
    enum { MOST = 2 * VSOCK_PACKETS_CREDIT };
    static const uint8_t bytes[VSOCK_PIECE] = {1};
    unsigned line;
    const int fd = packets_connection(bench, &line);
    for (unsigned size = 0; size < MOST; size += VSOCK_PIECE) {
        tell_data(bench, line, bytes, VSOCK_PIECE, 0);
    }
    EXPECT_STR(bench->trouble, "");
    EXPECT(is_open(fd));
    tell_data(bench, line, bytes, 1, 0);
    EXPECT_STR(bench->trouble,
               "too many messages wait for a program at port 1073741824, and "
               "its connection ends");
    bench->trouble[0] = '\0';
    next(bench, VSOCK_CLOSE);
    EXPECT(!is_open(fd));
    host_socket_close(fd);
}

/* Longer than what was said to be the longest. */
TEST_BEGINS(a_message_that_no_socket_takes_ends_the_connection, bench)
{
    static const uint8_t bytes[VSOCK_PIECE] = {1};
    enum { SIZE = 2 * VSOCK_PACKETS_CREDIT - VSOCK_PIECE };
    unsigned line;
    const int fd = packets_connection(bench, &line);
    for (unsigned size = 0; size < SIZE; size += VSOCK_PIECE) {
        tell_data(bench, line, bytes, VSOCK_PIECE,
                  size + VSOCK_PIECE < SIZE ? 0 : VSOCK_LAST);
    }
    EXPECT(strncmp(bench->trouble,
                   "a program at port 1073741824 cannot be sent to, and its "
                   "connection ends: ",
                   73) == 0);
    bench->trouble[0] = '\0';
    next(bench, VSOCK_CLOSE);
    EXPECT(!is_open(fd));
    host_socket_close(fd);
}

/* ---- Programs that follow each other ------------------------------------- */

TEST_ON(a_line_knows_nothing_of_the_program_before, bench)
{
    int fd = program(bench, "CONNECT 52\n");
    expect_said(bench, "2 32 1073741824 52; ");
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    tell(bench, 32, VSOCK_SHUTDOWN, 2, 0);
    host_socket_close(fd);
    expect_said(bench, "5 32 3 0; ");
    EXPECT_EQ(loop_turn(bench->loop, 0), 0);
    tell(bench, 32, VSOCK_CLOSE, 0, 0);
    expect_said(bench, "6 32 0 0; ");
    fd = program(bench, "CONNECT 53\n");
    expect_said(bench, "2 32 1073741825 53; ");
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    tell_bytes(bench, 32, "x");
    expect_read(fd, "OK 1073741825\nx");
    expect_said(bench, "7 64 1 32; ");
    EXPECT_EQ(loop_turn(bench->loop, 0), 0);
    EXPECT(is_open(fd));
    EXPECT_EQ(host_socket_write(fd, "y", 1, UINT64_MAX), 0);
    expect_said(bench, "4 32 0 0; ");
    shutdown(fd, SHUT_WR);
    expect_said(bench, "5 32 2 0; ");
    host_socket_close(fd);
    tell(bench, 32, VSOCK_CLOSE, 0, 0);
    expect_said(bench, "6 32 0 0; ");
    /* One that has gone when the guest accepts it. */
    fd = program(bench, "CONNECT 54\n");
    expect_said(bench, "2 32 1073741826 54; ");
    host_socket_close(fd);
    tell(bench, 32, VSOCK_ACCEPT, 0, 0);
    expect_said(bench, "6 32 0 0; ");
}

/* A socket may be said to be ready that has nothing. */
TEST(programs_that_have_said_nothing_yet_stay)
{
    for (unsigned packets = 0; packets < 2; packets++) {
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        OWNED(end) struct bench bench;
        test_case("packets: %u", packets);
        start(&bench);
        snprintf(name.sun_path, sizeof(name.sun_path), "%s%s", bench.path,
                 packets ? VSOCK_PACKETS_SUFFIX : "");
        const int fd =
            socket(AF_UNIX, packets ? SOCK_SEQPACKET : SOCK_STREAM, 0);
        EXPECT_EQ(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
        turn(&bench);
        vsock_program_ready(&bench.vsock->lines[VSOCK_LINES_OUT], LOOP_READ);
        EXPECT(is_open(fd));
        host_socket_close(fd);
        turn(&bench);
    }
}

/* A test that was started without a standard input. */
TEST_ON(the_descriptor_of_a_program_may_be_0, bench)
{
    const int listener = packets_program(bench, "_7", NULL);
    const int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    close(STDIN_FILENO);
    tell(bench, 1, VSOCK_CONNECT_PACKETS, 7, 100);
    EXPECT_EQ(next(bench, VSOCK_ACCEPT).line, 1);
    EXPECT(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    tell(bench, 1, VSOCK_CLOSE, 0, 0);
    next(bench, VSOCK_CLOSE);
    EXPECT_EQ(fcntl(STDIN_FILENO, F_GETFD), -1);
    EXPECT_EQ(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(before);
    close(listener);
    OWNED(free_at) char *path = xasprintf("%s_7", bench->path);
    unlink(path);
}

/* Whatever the call before had to say. */
TEST(programs_that_leave_without_a_word_are_left)
{
    for (unsigned packets = 0; packets < 2; packets++) {
        OWNED(end) struct bench bench;
        start(&bench);
        const int fd = packets
                           ? packets_program(&bench, VSOCK_PACKETS_SUFFIX, "")
                           : program(&bench, "");
        test_case("packets: %u", packets);
        turn(&bench);
        host_socket_close(fd);
        for (unsigned i = 0; i < 3; i++) {
            errno = EAGAIN;
            (void)loop_turn(bench.loop, 0);
        }
        EXPECT_EQ(loop_turn(bench.loop, 0), 0);
    }
}

/* However many descriptors there still are, all are given back. */
TEST(sockets_for_which_there_is_no_descriptor_are_not_opened)
{
    OWNED(end)
    struct bench bench = {.folder = "/tmp/cairn-vsock-XXXXXX",
                          .descriptors = test_descriptors()};
    const struct vsock_device device = {say, trouble, &bench};
    const int input = fcntl(STDIN_FILENO, F_GETFD);
    struct rlimit before;
    int code = -1;
    REQUIRE(mkdtemp(bench.folder) && getrlimit(RLIMIT_NOFILE, &before) == 0);
    snprintf(bench.path, sizeof(bench.path), "%s/v", bench.folder);
    bench.loop = loop_create(NULL);
    for (rlim_t more = 0; code != 0 && more < 16; more++) {
        struct error error = {""};
        const unsigned descriptors = test_descriptors();
        const int next = test_next_descriptor();
        const struct rlimit few = {(rlim_t)next + more, before.rlim_max};
        test_case("%u more", (unsigned)more);
        (void)setrlimit(RLIMIT_NOFILE, &few);
        code =
            vsock_open(bench.loop, bench.path, &device, &bench.vsock, &error);
        (void)setrlimit(RLIMIT_NOFILE, &before);
        EXPECT((code == 0) == (error.text[0] == '\0'));
        EXPECT_EQ(fcntl(STDIN_FILENO, F_GETFD), input);
        EXPECT(code == 0 || test_descriptors() == descriptors);
    }
    EXPECT_EQ(code, 0);
}
