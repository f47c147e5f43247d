/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of a guest as programs of the host see them: greetings, bytes
 * both ways, ends, and a device that does not take messages. */
#include "tests/vsock_bench.h"

FIXTURE(struct bench, bench, end)

TEST_BEGINS(a_program_that_finds_no_line_is_refused_and_the_log_says_so, bench)
{
    enum { LINES = VSOCK_LINES - VSOCK_LINES_OUT };
    int fds[LINES + 1];
    char byte;
    start(bench);
    for (unsigned i = 0; i < LINES + 1; i++) {
        EXPECT_STR(bench->trouble, "");
        fds[i] = program(bench, "CONNECT 52");
        turn(bench);
        turn(bench);
    }
    EXPECT_STR(bench->trouble,
               "a program is refused: 32 have connections already");
    bench->trouble[0] = '\0';
    const ssize_t count = recv(fds[LINES], &byte, 1, MSG_DONTWAIT);
    EXPECT(count == 0 || (count < 0 && errno == ECONNRESET));
    for (unsigned i = 0; i < LINES + 1; i++) {
        host_socket_close(fds[i]);
    }
}

TEST_BEGINS(as_many_programs_as_may_wait_call_at_the_same_time, bench)
{
    enum { CALLERS = 130 };
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fds[CALLERS];
    start(bench);
    memcpy(address.sun_path, bench->path, strlen(bench->path) + 1);
    for (unsigned i = 0; i < CALLERS; i++) {
        test_case("caller %u", i);
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        EXPECT_EQ(connect(fds[i], (struct sockaddr *)&address, sizeof(address)),
                  i < CALLERS - 1 ? 0 : -1);
    }
    for (unsigned i = 0; i < CALLERS; i++) {
        close(fds[i]);
    }
}

FIXTURE_BEGIN(bench, start(bench))

TEST_ON(a_program_of_the_host_reaches_a_port_of_the_guest, bench)
{
    int fd = program(bench, "CONNECT 52\nhello");
    const struct heard asked = next(bench, VSOCK_CONNECT);
    EXPECT_EQ(asked.line, VSOCK_LINES_OUT);
    EXPECT_EQ(asked.message.a, 1u << 30);
    EXPECT_EQ(asked.message.b, 52);
    tell(bench, asked.line, VSOCK_ACCEPT, 0, 0);
    expect_read(fd, "OK 1073741824\n");
    EXPECT_STR(next(bench, VSOCK_DATA).bytes, "hello");
    tell_bytes(bench, asked.line, "answer");
    expect_read(fd, "answer");
    const struct heard taken = next(bench, VSOCK_TAKEN);
    EXPECT_EQ(taken.line, VSOCK_LINES);
    EXPECT_EQ(taken.message.a, 6);
    EXPECT_EQ(taken.message.b, asked.line);
    host_socket_close(fd);
    EXPECT_EQ(next(bench, VSOCK_SHUTDOWN).message.a, 3);
    tell(bench, asked.line, VSOCK_CLOSE, 0, 0);
    next(bench, VSOCK_CLOSE);
    fd = program(bench, "CONNECT 53\n");
    EXPECT_EQ(next(bench, VSOCK_CONNECT).line, asked.line);
    tell(bench, asked.line, VSOCK_CLOSE, 0, 0); /* the guest refuses */
    next(bench, VSOCK_CLOSE);
    char byte;
    EXPECT_EQ(read(fd, &byte, 1), 0);
    host_socket_close(fd);
}

TEST_ON(greetings_that_are_none_end_in_silence, bench)
{
    static const char *const greetings[] = {
        "\n",
        "HELLO 52\n",
        "CONNECT\n",
        "CONNECT -1\n",
        "CONNECT 4294967296\n",
        "CONNECT 52 \n",
        "CONNECT 00000000000000000000000000000052\n",
    };
    for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
        char byte;
        test_case("%s", greetings[i]);
        int fd = program(bench, greetings[i]);
        for (unsigned n = 0; n < 5; n++) {
            turn(bench);
        }
        EXPECT(read(fd, &byte, 1) <= 0);
        host_socket_close(fd);
    }
    EXPECT_EQ(bench->read, bench->count);
}

TEST_ON(a_guest_reaches_a_program_that_listens_and_no_other, bench)
{
    char address[80];
    char name[80];
    int listener = -1;
    int peer = -1;
    tell(bench, 0, VSOCK_CONNECT, 1024, 7);
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 0);
    tell(bench, 0, VSOCK_CLOSE, 0, 0);
    snprintf(address, sizeof(address), "unix:%s_1024", bench->path);
    EXPECT_EQ(host_socket_listen(address, &listener, name, sizeof(name), NULL),
              0);
    tell(bench, 0, VSOCK_CONNECT, 1024, 7);
    EXPECT_EQ(next(bench, VSOCK_ACCEPT).line, 0);
    EXPECT_EQ(host_socket_accept(listener, &peer, NULL), 0);
    bench->deaf = true;
    tell_bytes(bench, 0, "bytes");
    expect_read(peer, "bytes");
    bench->deaf = false;
    vsock_room(bench->vsock, VSOCK_LINES);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, 5);
    tell(bench, 0, VSOCK_SHUTDOWN, 2, 0);
    char byte;
    EXPECT_EQ(read(peer, &byte, 1), 0);
    EXPECT_EQ(host_socket_write(peer, "late", 4, UINT64_MAX), 0);
    EXPECT_STR(next(bench, VSOCK_DATA).bytes, "late");
    tell(bench, 0, VSOCK_CLOSE, 0, 0);
    next(bench, VSOCK_CLOSE);
    host_socket_close(peer);
    /* The last is there until the end. */
    tell(bench, 0, VSOCK_CONNECT, 1024, 7);
    EXPECT_EQ(next(bench, VSOCK_ACCEPT).line, 0);
    host_socket_close(listener);
    unlink(address + 5);
}

TEST_ON(what_the_device_does_not_take_is_said_later_and_in_order, bench)
{
    int fd = program(bench, "CONNECT 52\n");
    const unsigned line = next(bench, VSOCK_CONNECT).line;
    tell(bench, line, VSOCK_ACCEPT, 0, 0);
    bench->full = true;
    EXPECT_EQ(host_socket_write(fd, "one", 3, UINT64_MAX), 0);
    turn(bench);
    EXPECT_EQ(host_socket_write(fd, "two", 3, UINT64_MAX), 0);
    host_socket_close(fd);
    for (unsigned i = 0; i < 3; i++) {
        turn(bench);
    }
    EXPECT_EQ(bench->read, bench->count);
    bench->full = false;
    vsock_room(bench->vsock, line);
    EXPECT_STR(next(bench, VSOCK_DATA).bytes, "one");
    EXPECT_STR(next(bench, VSOCK_DATA).bytes, "two");
    EXPECT_EQ(next(bench, VSOCK_SHUTDOWN).message.a & 2, 2);
}

TEST_ON(a_device_that_starts_again_finds_all_lines_free, bench)
{
    int fd = program(bench, "CONNECT 52\n");
    const unsigned line = next(bench, VSOCK_CONNECT).line;
    tell(bench, line, VSOCK_ACCEPT, 0, 0);
    expect_read(fd, "OK 1073741824\n");
    tell(bench, VSOCK_LINES, VSOCK_RESTART, 0, 0);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        EXPECT_EQ(next(bench, VSOCK_SYNC).line, i);
    }
    char byte;
    EXPECT_EQ(read(fd, &byte, 1), 0);
    host_socket_close(fd);
}

/* ---- Sequenced packets --------------------------------------------------- */

static struct heard next_message(struct bench *bench, const char *text)
{
    const struct heard heard = next(bench, VSOCK_DATA);

    EXPECT_EQ(heard.size, strlen(text));
    EXPECT_EQ(heard.message.a, VSOCK_LAST);
    EXPECT_STR(heard.bytes, text);
    return heard;
}

TEST_BEGINS(messages_keep_their_bounds_both_ways, bench)
{
    unsigned line;
    char bytes[64] = "";
    int fd = packets_connection(bench, &line);

    EXPECT_EQ(send(fd, "one", 3, 0), 3);
    EXPECT_EQ(send(fd, "", 0, 0), 0);
    EXPECT_EQ(send(fd, "three", 5, 0), 5);
    next_message(bench, "one");
    next_message(bench, "");
    next_message(bench, "three");
    tell_data(bench, line, "half", 4, 0);
    EXPECT_EQ(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), (uint64_t)-1);
    tell_data(bench, line, " and half", 9, VSOCK_LAST);
    tell_data(bench, line, "", 0, VSOCK_LAST);
    tell_data(bench, line, "end", 3, VSOCK_LAST);
    EXPECT_EQ(recv(fd, bytes, sizeof(bytes), 0), 13);
    EXPECT_STR(bytes, "half and half");
    EXPECT_EQ(recv(fd, bytes, sizeof(bytes), 0), 0);
    EXPECT_EQ(recv(fd, bytes, sizeof(bytes), 0), 3);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, 13);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, 3);
    /* A message without an end never was one. */
    tell_data(bench, line, "lost", 4, 0);
    tell(bench, line, VSOCK_SHUTDOWN, 2, 0);
    EXPECT_EQ(recv(fd, bytes, sizeof(bytes), 0), 0);
    EXPECT_EQ(send(fd, "late", 4, 0), 4);
    next_message(bench, "late");
    shutdown(fd, SHUT_WR);
    EXPECT(next(bench, VSOCK_SHUTDOWN).message.a >= 2);
    tell(bench, line, VSOCK_CLOSE, 0, 0);
    next(bench, VSOCK_CLOSE);
    host_socket_close(fd);
}

TEST_BEGINS(a_long_message_comes_in_pieces_and_waits_as_a_whole, bench)
{
    enum { PIECES = 9, SIZE = PIECES * VSOCK_PIECE - 1 };
    static uint8_t bytes[SIZE];
    static uint8_t back[SIZE + 1];
    unsigned line;
    int fd = packets_connection(bench, &line);

    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i * 31 >> 5);
    }
    bench->full = true;
    EXPECT_EQ(send(fd, bytes, SIZE, 0), SIZE);
    for (unsigned i = 0; i < 3; i++) {
        turn(bench);
    }
    EXPECT_EQ(bench->read, bench->count);
    bench->full = false;
    vsock_room(bench->vsock, line);
    for (unsigned i = 0; i < PIECES; i++) {
        const struct heard heard = next(bench, VSOCK_DATA);

        test_case("piece %u", i);
        EXPECT_EQ(heard.message.a, i == PIECES - 1 ? VSOCK_LAST : 0);
        EXPECT_EQ(heard.size, i == PIECES - 1 ? VSOCK_PIECE - 1 : VSOCK_PIECE);
        EXPECT_BYTES(heard.bytes, bytes + i * VSOCK_PIECE, 31);
    }
    for (size_t at = 0; at < SIZE; at += VSOCK_PIECE) {
        const size_t left = SIZE - at;

        tell_data(bench, line, bytes + at,
                  left < VSOCK_PIECE ? left : VSOCK_PIECE,
                  left <= VSOCK_PIECE ? VSOCK_LAST : 0);
    }
    EXPECT_EQ(recv(fd, back, sizeof(back), 0), SIZE);
    EXPECT_BYTES(back, bytes, SIZE);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, SIZE);
    host_socket_close(fd);
}

TEST_ON(first_messages_that_are_no_greeting_end_in_silence, bench)
{
    static const char *const greetings[] = {
        "CONNECT 52",
        "CONNECT 52\nhello",
        "HELLO 52\n",
        "CONNECT 4294967296\n",
        "CONNECT 00000000000000000000000000000052\n",
    };

    for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
        char byte;
        const int fd =
            packets_program(bench, VSOCK_PACKETS_SUFFIX, greetings[i]);

        test_case("%s", greetings[i]);
        for (unsigned n = 0; n < 5; n++) {
            turn(bench);
        }
        EXPECT_EQ(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
        host_socket_close(fd);
    }
    EXPECT_EQ(bench->read, bench->count);
}

TEST_ON(a_guest_reaches_programs_of_its_type_of_socket_alone, bench)
{
    char address[80];
    char name[80];
    char bytes[8] = "";
    int stream = -1;
    int peer = -1;

    const int listener = packets_program(bench, "_7", NULL);
    snprintf(address, sizeof(address), "unix:%s_8", bench->path);
    EXPECT_EQ(host_socket_listen(address, &stream, name, sizeof(name), NULL),
              0);
    tell(bench, 1, VSOCK_CONNECT, 7, 100);
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 1);
    tell(bench, 1, VSOCK_CLOSE, 0, 0);
    EXPECT_STR(bench->trouble,
               "the guest wants a stream at port 7, where a "
               "program listens for another type of socket");
    tell(bench, 1, VSOCK_CONNECT_PACKETS, 8, 100);
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 1);
    tell(bench, 1, VSOCK_CLOSE, 0, 0);
    EXPECT(strstr(bench->trouble, "sequenced packets at port 8") != NULL);
    bench->trouble[0] = '\0';
    /* Nobody listens, which is no trouble. */
    tell(bench, 1, VSOCK_CONNECT_PACKETS, 9, 100);
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 1);
    tell(bench, 1, VSOCK_CLOSE, 0, 0);
    tell(bench, 1, VSOCK_CONNECT_PACKETS, 7, 100);
    EXPECT_EQ(next(bench, VSOCK_ACCEPT).line, 1);
    EXPECT_EQ(host_socket_accept(listener, &peer, NULL), 0);
    tell_data(bench, 1, "ab", 2, VSOCK_LAST);
    tell_data(bench, 1, "c", 1, VSOCK_LAST);
    EXPECT_EQ(recv(peer, bytes, sizeof(bytes), 0), 2);
    EXPECT_EQ(recv(peer, bytes, sizeof(bytes), 0), 1);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, 2);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, 1);
    /* A program that dies with messages unread. */
    tell_data(bench, 1, "unread", 6, VSOCK_LAST);
    EXPECT_EQ(next(bench, VSOCK_TAKEN).message.a, 6);
    host_socket_close(peer);
    EXPECT_EQ(next(bench, VSOCK_SHUTDOWN).message.a, 3);
    tell_data(bench, 1, "more", 4, VSOCK_LAST);
    EXPECT_EQ(next(bench, VSOCK_CLOSE).line, 1);
    close(listener);
    host_socket_close(stream);
    unlink(address + 5);
    snprintf(address, sizeof(address), "%s_7", bench->path);
    unlink(address);
}

TEST_BEGINS(a_program_that_stalls_gets_all_messages_later, bench)
{
    enum { SIZE = VSOCK_PIECE, COUNT = 200 };
    static uint8_t bytes[SIZE];
    unsigned line;
    int fd = packets_connection(bench, &line);
    unsigned taken = 0;

    for (unsigned i = 0; i < COUNT; i++) {
        bytes[0] = (uint8_t)i;
        tell_data(bench, line, bytes, SIZE - i, VSOCK_LAST);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        ssize_t size;

        while ((size = recv(fd, bytes, SIZE, MSG_DONTWAIT)) < 0) {
            turn(bench);
        }
        EXPECT_EQ(size, SIZE - i);
        EXPECT_EQ(bytes[0], i);
    }
    while (bench->read < bench->count) {
        taken += next(bench, VSOCK_TAKEN).message.a;
    }
    EXPECT_EQ(taken, COUNT * SIZE - COUNT * (COUNT - 1) / 2);
    host_socket_close(fd);
}

TEST_BEGINS(messages_without_bytes_that_nobody_reads_end_the_connection, bench)
{
    unsigned line;
    unsigned count = 0;
    int fd = packets_connection(bench, &line);

    while (bench->trouble[0] == '\0' && count < 4 * VSOCK_PACKETS_CREDIT) {
        tell_data(bench, line, "", 0, VSOCK_LAST);
        count++;
    }
    EXPECT(strstr(bench->trouble, "too many messages wait") != NULL);
    EXPECT(count > VSOCK_PACKETS_CREDIT / 4);
    next(bench, VSOCK_CLOSE);
    bench->trouble[0] = '\0';
    host_socket_close(fd);
}

TEST_BEGINS(a_message_that_is_too_long_for_the_guest_is_told_of, bench)
{
    unsigned line;
    int fd = packets_connection(bench, &line);
    char byte;

    tell(bench, line, VSOCK_CLOSE, 1, 0);
    next(bench, VSOCK_CLOSE);
    EXPECT_EQ(recv(fd, &byte, 1, 0), 0);
    EXPECT(strstr(bench->trouble, "longer than the guest's buffer") != NULL);
    bench->trouble[0] = '\0';
    host_socket_close(fd);
}
