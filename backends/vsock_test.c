/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of a guest as programs of the host see them: greetings, bytes
 * both ways, ends, and a device that does not take messages. */
#include "backends/vsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/socket.h"
#include "host/time.h"
#include "tests/harness.h"

enum { MESSAGES = 256, LIMIT_MS = 10000 };

struct heard {
    unsigned line;
    struct vsock_message message;
    char bytes[32];
};

struct bench {
    struct loop *loop;
    struct vsock *vsock;
    char folder[40];
    char path[64];
    bool full; /* the device takes nothing on lines */
    struct heard heard[MESSAGES];
    unsigned count;
    unsigned read;
};

static bool say(void *context, unsigned line, const void *message, size_t size)
{
    struct bench *bench = context;
    struct heard *heard = &bench->heard[bench->count % MESSAGES];
    size_t rest = size - sizeof(heard->message);

    if (bench->full && line != VSOCK_LINES) {
        return false;
    }
    *heard = (struct heard){.line = line};
    memcpy(&heard->message, message, sizeof(heard->message));
    memcpy(heard->bytes, (const char *)message + sizeof(heard->message),
           rest < sizeof(heard->bytes) ? rest : sizeof(heard->bytes) - 1);
    bench->count++;
    return true;
}

static void turn(struct bench *bench)
{
    (void)loop_turn(bench->loop, host_time_ns() + 10000000);
}

/* The next message, with the wanted word; fails the test after a while. */
static struct heard next(struct bench *bench, enum vsock_word word)
{
    for (unsigned i = 0; bench->read == bench->count && i < LIMIT_MS / 10;
         i++) {
        turn(bench);
    }
    struct heard heard = {.line = 0};
    if (bench->read < bench->count) {
        heard = bench->heard[bench->read++ % MESSAGES];
    }
    EXPECT_EQ(heard.message.word, word);
    return heard;
}

static void tell(struct bench *bench, unsigned line, enum vsock_word word,
                 uint32_t a, uint32_t b)
{
    const struct vsock_message message = {word, a, b};
    vsock_hear(bench->vsock, line, &message, sizeof(message));
}

static void tell_bytes(struct bench *bench, unsigned line, const char *text)
{
    uint8_t message[sizeof(struct vsock_message) + 32] = {VSOCK_DATA};
    const size_t size = strlen(text);
    REQUIRE(size <= 32);
    for (size_t i = 0; i < size; i++) {
        message[sizeof(struct vsock_message) + i] = (uint8_t)text[i];
    }
    vsock_hear(bench->vsock, line, message,
               sizeof(struct vsock_message) + size);
}

static void start(struct bench *bench)
{
    struct error error = {""};

    *bench = (struct bench){.folder = "/tmp/cairn-vsock-XXXXXX"};
    const struct vsock_device device = {say, bench};
    REQUIRE(mkdtemp(bench->folder) != NULL);
    snprintf(bench->path, sizeof(bench->path), "%s/v", bench->folder);
    bench->loop = loop_create(&error);
    REQUIRE(bench->loop != NULL);
    EXPECT_EQ(
        vsock_open(bench->loop, bench->path, &device, &bench->vsock, &error),
        0);
    EXPECT_STR(error.text, "");
    REQUIRE(bench->vsock != NULL);
    tell(bench, VSOCK_LINES, VSOCK_RESTART, 0, 0);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        EXPECT_EQ(next(bench, VSOCK_SYNC).line, i);
    }
}

static void end(struct bench *bench)
{
    vsock_close(bench->vsock);
    loop_destroy(bench->loop);
    EXPECT(access(bench->path, F_OK) != 0);
    EXPECT_EQ(rmdir(bench->folder), 0);
}

/* A program of the host that has said so much. */
static int program(const struct bench *bench, const char *text)
{
    char address[80];
    int fd = -1;
    snprintf(address, sizeof(address), "unix:%s", bench->path);
    EXPECT_EQ(host_socket_connect(address, &fd, NULL), 0);
    EXPECT_EQ(host_socket_write(fd, text, strlen(text)), 0);
    return fd;
}

/* What the program reads next. */
static void expect_read(int fd, const char *text)
{
    char bytes[64] = "";
    EXPECT_EQ(host_socket_read(fd, bytes, strlen(text),
                               host_time_ns() + LIMIT_MS * UINT64_C(1000000)),
              0);
    EXPECT_STR(bytes, text);
}

TEST(a_program_of_the_host_reaches_a_port_of_the_guest)
{
    struct bench bench;
    start(&bench);
    int fd = program(&bench, "CONNECT 52\nhello");
    const struct heard asked = next(&bench, VSOCK_CONNECT);
    EXPECT_EQ(asked.line, VSOCK_LINES_OUT);
    EXPECT_EQ(asked.message.a, 1u << 30);
    EXPECT_EQ(asked.message.b, 52);
    tell(&bench, asked.line, VSOCK_ACCEPT, 0, 0);
    expect_read(fd, "OK 1073741824\n");
    EXPECT_STR(next(&bench, VSOCK_DATA).bytes, "hello");
    tell_bytes(&bench, asked.line, "answer");
    expect_read(fd, "answer");
    const struct heard taken = next(&bench, VSOCK_TAKEN);
    EXPECT_EQ(taken.line, VSOCK_LINES);
    EXPECT_EQ(taken.message.a, 6);
    EXPECT_EQ(taken.message.b, asked.line);
    host_socket_close(fd);
    EXPECT_EQ(next(&bench, VSOCK_SHUTDOWN).message.a, 3);
    tell(&bench, asked.line, VSOCK_CLOSE, 0, 0);
    next(&bench, VSOCK_CLOSE);
    fd = program(&bench, "CONNECT 53\n");
    EXPECT_EQ(next(&bench, VSOCK_CONNECT).line, asked.line);
    tell(&bench, asked.line, VSOCK_CLOSE, 0, 0); /* the guest refuses */
    next(&bench, VSOCK_CLOSE);
    char byte;
    EXPECT_EQ(read(fd, &byte, 1), 0);
    host_socket_close(fd);
    end(&bench);
}

TEST(greetings_that_are_none_end_in_silence)
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
    struct bench bench;
    start(&bench);
    for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
        char byte;
        test_case("%s", greetings[i]);
        int fd = program(&bench, greetings[i]);
        for (unsigned n = 0; n < 5; n++) {
            turn(&bench);
        }
        EXPECT(read(fd, &byte, 1) <= 0);
        host_socket_close(fd);
    }
    EXPECT_EQ(bench.read, bench.count);
    end(&bench);
}

TEST(a_guest_reaches_a_program_that_listens_and_no_other)
{
    struct bench bench;
    char address[80];
    char name[80];
    int listener = -1;
    int peer = -1;
    start(&bench);
    tell(&bench, 3, VSOCK_CONNECT, 1024, 7);
    EXPECT_EQ(next(&bench, VSOCK_CLOSE).line, 3);
    tell(&bench, 3, VSOCK_CLOSE, 0, 0);
    snprintf(address, sizeof(address), "unix:%s_1024", bench.path);
    EXPECT_EQ(host_socket_listen(address, &listener, name, sizeof(name), NULL),
              0);
    tell(&bench, 3, VSOCK_CONNECT, 1024, 7);
    EXPECT_EQ(next(&bench, VSOCK_ACCEPT).line, 3);
    EXPECT_EQ(host_socket_accept(listener, &peer, NULL), 0);
    tell_bytes(&bench, 3, "bytes");
    expect_read(peer, "bytes");
    EXPECT_EQ(next(&bench, VSOCK_TAKEN).message.a, 5);
    tell(&bench, 3, VSOCK_SHUTDOWN, 2, 0);
    char byte;
    EXPECT_EQ(read(peer, &byte, 1), 0);
    EXPECT_EQ(host_socket_write(peer, "late", 4), 0);
    EXPECT_STR(next(&bench, VSOCK_DATA).bytes, "late");
    tell(&bench, 3, VSOCK_CLOSE, 0, 0);
    next(&bench, VSOCK_CLOSE);
    host_socket_close(peer);
    host_socket_close(listener);
    unlink(address + 5);
    end(&bench);
}

TEST(what_the_device_does_not_take_is_said_later_and_in_order)
{
    struct bench bench;
    start(&bench);
    int fd = program(&bench, "CONNECT 52\n");
    const unsigned line = next(&bench, VSOCK_CONNECT).line;
    tell(&bench, line, VSOCK_ACCEPT, 0, 0);
    bench.full = true;
    EXPECT_EQ(host_socket_write(fd, "one", 3), 0);
    turn(&bench);
    EXPECT_EQ(host_socket_write(fd, "two", 3), 0);
    host_socket_close(fd);
    for (unsigned i = 0; i < 3; i++) {
        turn(&bench);
    }
    EXPECT_EQ(bench.read, bench.count);
    bench.full = false;
    vsock_room(bench.vsock, line);
    EXPECT_STR(next(&bench, VSOCK_DATA).bytes, "one");
    EXPECT_STR(next(&bench, VSOCK_DATA).bytes, "two");
    EXPECT_EQ(next(&bench, VSOCK_SHUTDOWN).message.a & 2, 2);
    end(&bench);
}

TEST(a_device_that_starts_again_finds_all_lines_free)
{
    struct bench bench;
    start(&bench);
    int fd = program(&bench, "CONNECT 52\n");
    const unsigned line = next(&bench, VSOCK_CONNECT).line;
    tell(&bench, line, VSOCK_ACCEPT, 0, 0);
    expect_read(fd, "OK 1073741824\n");
    tell(&bench, VSOCK_LINES, VSOCK_RESTART, 0, 0);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        EXPECT_EQ(next(&bench, VSOCK_SYNC).line, i);
    }
    char byte;
    EXPECT_EQ(read(fd, &byte, 1), 0);
    host_socket_close(fd);
    end(&bench);
}
