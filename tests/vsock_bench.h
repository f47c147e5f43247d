/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of a guest for tests: a device that hears what is said to it, and
 * programs of the host. */
#ifndef TESTS_VSOCK_BENCH_H
#define TESTS_VSOCK_BENCH_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/vsock.h"
#include "base/buffer.h"
#include "host/socket.h"
#include "host/time.h"
#include "tests/harness.h"

enum { MESSAGES = 256, LIMIT_MS = 10000 };

struct heard {
    unsigned line;
    struct vsock_message message;
    size_t size;
    char bytes[32]; /* the first of them */
};

struct bench {
    struct loop *loop;
    struct vsock *vsock;
    char folder[40];
    char path[64];
    unsigned descriptors; /* that were open before */
    bool full;            /* the device takes nothing on lines */
    bool deaf;            /* nor beside them */
    struct heard heard[MESSAGES];
    unsigned count;
    unsigned read;
    char trouble[256]; /* the last line for the log */
};

static inline bool say(void *context, unsigned line, const void *message,
                       size_t size)
{
    struct bench *bench = context;
    struct heard *heard = &bench->heard[bench->count % MESSAGES];
    size_t rest = size - sizeof(heard->message);

    if (line != VSOCK_LINES ? bench->full : bench->deaf) {
        return false;
    }
    *heard = (struct heard){.line = line, .size = rest};
    memcpy(&heard->message, message, sizeof(heard->message));
    memcpy(heard->bytes, (const char *)message + sizeof(heard->message),
           rest < sizeof(heard->bytes) ? rest : sizeof(heard->bytes) - 1);
    /* A word that does not use a number has 0 there. */
    const enum vsock_word word = heard->message.word;
    EXPECT(heard->message.a == 0 ||
           (word != VSOCK_ACCEPT && word != VSOCK_CLOSE));
    EXPECT(heard->message.b == 0 || word == VSOCK_CONNECT ||
           word == VSOCK_CONNECT_PACKETS || word == VSOCK_TAKEN);
    bench->count++;
    return true;
}

static inline void trouble(void *context, const char *text)
{
    struct bench *bench = context;
    snprintf(bench->trouble, sizeof(bench->trouble), "%s", text);
}

static inline void turn(struct bench *bench)
{
    (void)loop_turn(bench->loop, host_time_ns() + 10000000);
}

/* The next message, with the wanted word; fails the test after a while. */
static inline struct heard next(struct bench *bench, enum vsock_word word)
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

static inline void tell(struct bench *bench, unsigned line,
                        enum vsock_word word, uint32_t a, uint32_t b)
{
    const struct vsock_message message = {word, a, b};
    vsock_hear(bench->vsock, line, &message, sizeof(message));
}

static inline void tell_data(struct bench *bench, unsigned line,
                             const void *bytes, size_t size,
                             enum vsock_data flags)
{
    static struct {
        struct vsock_message message;
        uint8_t bytes[VSOCK_PIECE];
    } data;

    REQUIRE(size <= sizeof(data.bytes));
    data.message = (struct vsock_message){VSOCK_DATA, flags, 0};
    memcpy(data.bytes, bytes, size);
    vsock_hear(bench->vsock, line, &data, sizeof(data.message) + size);
}

static inline void tell_bytes(struct bench *bench, unsigned line,
                              const char *text)
{
    tell_data(bench, line, text, strlen(text), 0);
}

/* The device did not say yet that it is there. */
static inline void start_unknown(struct bench *bench)
{
    struct error error = {""};

    *bench = (struct bench){.folder = "/tmp/cairn-vsock-XXXXXX",
                            .descriptors = test_descriptors()};
    const struct vsock_device device = {say, trouble, bench};
    REQUIRE(mkdtemp(bench->folder) != NULL);
    snprintf(bench->path, sizeof(bench->path), "%s/v", bench->folder);
    bench->loop = loop_create(&error);
    REQUIRE(bench->loop != NULL);
    EXPECT_EQ(
        vsock_open(bench->loop, bench->path, &device, &bench->vsock, &error),
        0);
    EXPECT_STR(error.text, "");
    REQUIRE(bench->vsock != NULL);
}

static inline void start(struct bench *bench)
{
    start_unknown(bench);
    tell(bench, VSOCK_LINES, VSOCK_RESTART, 0, 0);
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        const struct heard sync = next(bench, VSOCK_SYNC);

        EXPECT_EQ(sync.line, i);
        EXPECT(sync.message.a >= 64 << 10 &&
               sync.message.a <= VSOCK_PACKETS_CREDIT);
    }
}

static inline void end(struct bench *bench)
{
    vsock_close(bench->vsock);
    loop_destroy(bench->loop);
    EXPECT(access(bench->path, F_OK) != 0);
    EXPECT_EQ(rmdir(bench->folder), 0);
    EXPECT_EQ(test_descriptors(), bench->descriptors);
    EXPECT_STR(bench->trouble, "");
}

/* A program of the host that has said so much. */
static inline int program(const struct bench *bench, const char *text)
{
    char address[80];
    int fd = -1;
    snprintf(address, sizeof(address), "unix:%s", bench->path);
    EXPECT_EQ(host_socket_connect(address, &fd, NULL), 0);
    EXPECT_EQ(host_socket_write(fd, text, strlen(text), UINT64_MAX), 0);
    return fd;
}

/* The text that the program reads next. */
static inline void expect_read(int fd, const char *text)
{
    char bytes[64] = "";
    EXPECT_EQ(host_socket_read(fd, bytes, strlen(text),
                               host_time_ns() + LIMIT_MS * UINT64_C(1000000)),
              0);
    EXPECT_STR(bytes, text);
}

/* A program of the host that has sent one message, or listens (NULL). */
static inline int packets_program(const struct bench *bench, const char *suffix,
                                  const char *text)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s%s", bench->path, suffix);
    if (text) {
        EXPECT_EQ(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
        EXPECT_EQ(send(fd, text, strlen(text), 0), strlen(text));
    } else {
        EXPECT_EQ(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
        EXPECT_EQ(listen(fd, 1), 0);
    }
    return fd;
}

/* A connection that a program of the host began, and its line. */
static inline int packets_connection(struct bench *bench, unsigned *line)
{
    char ok[32] = "";
    int fd;

    start(bench);
    fd = packets_program(bench, VSOCK_PACKETS_SUFFIX, "CONNECT 52\n");
    const struct heard asked = next(bench, VSOCK_CONNECT_PACKETS);
    EXPECT_EQ(asked.message.b, 52);
    *line = asked.line;
    tell(bench, *line, VSOCK_ACCEPT, 0, 0);
    EXPECT_EQ(recv(fd, ok, sizeof(ok), 0), 14);
    EXPECT_STR(ok, "OK 1073741824\n");
    return fd;
}

#endif
