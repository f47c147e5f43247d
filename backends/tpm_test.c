/* SPDX-License-Identifier: Apache-2.0 */
/* The client of swtpm, on a server that misbehaves in each way; on swtpm itself
 * it is in tpm_swtpm_test.c. */
#include "backends/tpm.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/tpm.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/socket.h"
#include "host/time.h"
#include "tests/harness.h"

OWNER(struct tpm, tpm_close)

/* The patience with a server that does not answer, and with one that is slow.
 */
enum { LIMIT_NS = 100000000, PATIENCE_NS = 1500000000, LATE_US = 5000 };

/* ---- A server that does as it is told ------------------------------------ */

enum habit {
    GOOD,
    REFUSES_INIT,  /* result 9 */
    SILENT,        /* answers no control request */
    HANGS,         /* answers no command */
    LEAVES,        /* closes all when a command comes */
    LEAVES_MIDWAY, /* behind the header of the response */
    SAYS_5,        /* as the length of the response */
    SAYS_4097,
    SAYS_MUCH,
    SAVES,         /* what is in `blobs` */
    REFUSES_SAVES, /* with the result of an init that there is no such blob */
    SAVES_HALF,
    SAVES_LESS, /* than it says */
    SAVES_MUCH,
    SAVES_MOST,
    DEAF, /* reads nothing of a state */
    SLOW, /* reads it after a while */
    HABITS
};

/* Its capabilities that are needed: CMD_INIT, CMD_SHUTDOWN, CMD_SET_LOCALITY,
 * CMD_STOP, CMD_SET_DATAFD, CMD_SET_BUFFERSIZE; and for its state. */
enum { NEEDED = 0x340b, STATEFUL = 0x300 };

struct server {
    enum habit habit;
    unsigned descriptors; /* that were open before */
    char path[64];
    int listener;
    int control;
    int commands;
    uint32_t can;
    char log[512]; /* control requests: numbers and operands */
    pthread_t thread;
};

/* Returns false at the end of the stream. */
static bool take(struct server *server, void *bytes, size_t size)
{
    char room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room,
                             .msg_controllen = sizeof(room)};
    ssize_t count = recvmsg(server->control, &message, MSG_WAITALL);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (count == (ssize_t)size && header) {
        memcpy(&server->commands, (const char *)header + CMSG_LEN(0),
               sizeof(int));
    }
    return count == (ssize_t)size;
}

static void answer_command(struct server *server)
{
    static const uint32_t lengths[HABITS] = {
        [GOOD] = 12,        [LEAVES_MIDWAY] = 12,     [SAYS_5] = 5,
        [SAYS_4097] = 4097, [SAYS_MUCH] = UINT32_MAX,
    };
    uint8_t command[TPM_BUFFER_MAX];
    uint8_t response[12] = {0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd};
    ssize_t count = recv(server->commands, command, sizeof(command), 0);
    store_be32(response + TPM_HEADER_LENGTH, lengths[server->habit]);
    if (count > 0 && lengths[server->habit] != 0) {
        send(server->commands, response,
             server->habit == LEAVES_MIDWAY ? 11 : 12, MSG_NOSIGNAL);
    }
    if (server->habit == LEAVES || server->habit == LEAVES_MIDWAY) {
        shutdown(server->commands, SHUT_RDWR);
    }
}

/* Flags, a size and bytes. */
static const struct {
    uint32_t flags;
    const char *bytes;
} blobs[] = {
    {0x01000002, "perm"},
    {0,          ""    },
    {3,          "s"   },
};

static void note(struct server *server, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const size_t length = strlen(server->log);
        snprintf(server->log + length, sizeof(server->log) - length, "%s%02x",
                 i == 0 ? ":" : "", bytes[i]);
    }
}

/* A blob that the client sends: false if it is deaf, or ends. */
static bool take_blob(struct server *server)
{
    uint8_t bytes[16];
    if (server->habit == DEAF) {
        /* Until the client has gone. */
        while (recv(server->commands, bytes, 1, 0) > 0) {
        }
        return false;
    }
    if (!take(server, bytes, 12)) {
        return false;
    }
    note(server, bytes, 12);
    const uint32_t size = load_be32(bytes + 8);
    if (server->habit == SLOW) {
        static uint8_t most[1 << 20];
        usleep(LATE_US);
        return size <= sizeof(most) && take(server, most, size);
    }
    if (size > sizeof(bytes) || !take(server, bytes, size)) {
        return false;
    }
    note(server, bytes, size);
    return true;
}

/* Flags, the size twice, and the blob, behind a result. */
static size_t give_blob(const struct server *server, unsigned kind,
                        uint8_t *answer)
{
    uint32_t size = 0;
    if (server->habit == SAVES && kind - 1 < ARRAY_SIZE(blobs)) {
        size = (uint32_t)strlen(blobs[kind - 1].bytes);
        store_be32(answer, size == 0 ? 0x800 : 0);
        store_be32(answer + 4, blobs[kind - 1].flags);
        memcpy(answer + 16, blobs[kind - 1].bytes, size);
    } else if (server->habit == SAVES_LESS) {
        store_be32(answer + 8, 2);
        store_be32(answer + 12, 2);
        return 16;
    } else if (server->habit == SAVES_MUCH) {
        size = (1 << 20) + 1;
    } else if (server->habit == SAVES_MOST) {
        size = 1 << 20;
    }
    store_be32(answer + 8, server->habit == SAVES_HALF ? 2 : size);
    store_be32(answer + 12, server->habit == SAVES_HALF ? 1 : size);
    return 16 + (size > 1 << 20 ? 0 : size);
}

static bool answer_control(struct server *server)
{
    static const size_t operands[32] = {[2] = 4, [5] = 1, [12] = 12, [17] = 4};
    static const size_t answers[32] = {[1] = 4, [17] = 12};
    static uint8_t answer[16 + (1 << 20)];
    uint8_t bytes[16] = {0};
    if (!take(server, bytes, 4)) {
        return false;
    }
    unsigned number = bytes[3] % 32;
    size_t length = strlen(server->log);
    snprintf(server->log + length, sizeof(server->log) - length, " %u", number);
    if (operands[number] != 0 && !take(server, bytes, operands[number])) {
        return false;
    }
    note(server, bytes, operands[number]);
    if (number == 13 && !take_blob(server)) {
        return false;
    }
    memset(answer, 0, 16);
    size_t size = 4 + answers[number];
    if (number == 1) {
        store_be32(answer + 4, server->can);
    } else if (number == 12) {
        size = give_blob(server, bytes[7], answer);
    }
    if ((number == 2 && server->habit == REFUSES_INIT) ||
        (number == 12 && server->habit == REFUSES_SAVES)) {
        answer[3] = 9;
        size = 4;
    } else if (number == 14 && server->habit == REFUSES_SAVES) {
        store_be32(answer, 0x800);
        size = 4;
    }
    if (server->habit == SILENT) {
        return true;
    }
    const size_t first = size < 16 ? size : 16;
    if (send(server->control, answer, first, MSG_NOSIGNAL) != (ssize_t)first) {
        return false;
    }
    if (size > first) { /* a blob is waited for */
        usleep(LATE_US);
    }
    return send(server->control, answer + first, size - first, MSG_NOSIGNAL) ==
           (ssize_t)(size - first);
}

static void *serve(void *context)
{
    struct server *server = context;
    struct error error;
    fd_set ready;
    bool more =
        host_socket_accept(server->listener, &server->control, &error) == 0;
    while (more) {
        int most = server->control > server->commands ? server->control
                                                      : server->commands;
        FD_ZERO(&ready);
        FD_SET(server->control, &ready);
        if (server->commands >= 0) {
            FD_SET(server->commands, &ready);
        }
        more = select(most + 1, &ready, NULL, NULL, NULL) > 0;
        if (more && server->commands >= 0 &&
            FD_ISSET(server->commands, &ready)) {
            answer_command(server);
        }
        if (more && FD_ISSET(server->control, &ready)) {
            more = answer_control(server);
        }
        /* The end of the command stream is that of the client. */
        char byte;
        more = more &&
               (server->commands < 0 ||
                recv(server->commands, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0);
    }
    host_socket_close(server->commands);
    host_socket_close(server->control);
    return NULL;
}

static void begin(struct server *server, enum habit habit)
{
    char name[128];
    struct error error = {""};
    *server = (struct server){.habit = habit,
                              .descriptors = test_descriptors(),
                              .control = -1,
                              .commands = -1,
                              .can = NEEDED | STATEFUL};
    snprintf(server->path, sizeof(server->path), "unix:/tmp/tpm-test-%d",
             (int)getpid());
    REQUIRE(host_socket_listen(server->path, &server->listener, name,
                               sizeof(name), &error) == 0);
    REQUIRE(pthread_create(&server->thread, NULL, serve, server) == 0);
}

static void end(struct server *server)
{
    pthread_join(server->thread, NULL);
    host_socket_close(server->listener);
    unlink(server->path + 5);
    EXPECT_EQ(test_descriptors(), server->descriptors);
}

/* ---- Requests ------------------------------------------------------------ */

static const uint8_t request[] = {0, 1,  0x10, 0, 0x80, 1,    0, 0,
                                  0, 12, 0,    0, 1,    0x7b, 0, 8};

/* Serves a request as a string: the response's size, or the reason. */
static const char *ask(struct tpm *tpm, const void *bytes, size_t size)
{
    static char text[TPM_BUFFER_MAX + 1];
    uint8_t reply[TPM_BUFFER_MAX];
    size_t got = tpm_serve(tpm, bytes, size, reply, sizeof(reply));
    if (got >= TPM_HEADER_SIZE && reply[0] == 0x80) {
        snprintf(text, sizeof(text), "%zu bytes", got);
    } else {
        snprintf(text, sizeof(text), "%.*s", (int)got, reply);
    }
    return text;
}

TEST(a_server_that_misbehaves_is_given_up_with_a_reason)
{
    static const struct {
        enum habit habit;
        const char *said; /* when asked */
    } rows[] = {
        {GOOD,          "12 bytes"                                             },
        {REFUSES_INIT,  "swtpm: CMD_INIT: result 0x9: Input/output error"      },
        {HANGS,         "swtpm: response: Connection timed out"                },
        {LEAVES,        "swtpm: response: Broken pipe"                         },
        {LEAVES_MIDWAY, "swtpm: response: Broken pipe"                         },
        {SAYS_5,        "swtpm: a response of 5 bytes: Protocol error"         },
        {SAYS_4097,     "swtpm: a response of 4097 bytes: Protocol error"      },
        {SAYS_MUCH,     "swtpm: a response of 4294967295 bytes: Protocol error"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(end) struct server server;
        OWNED(tpm_close_at) struct tpm *tpm = NULL;
        struct error error = {""};
        test_case("habit %u", rows[i].habit);
        begin(&server, rows[i].habit);
        EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), 0);
        EXPECT_STR(ask(tpm, request, sizeof(request)), rows[i].said);
        /* And it is not asked again. */
        uint64_t before = host_time_ns();
        EXPECT_STR(ask(tpm, request, sizeof(request)), rows[i].said);
        EXPECT(rows[i].habit == GOOD || host_time_ns() - before < LIMIT_NS);
    }
}

TEST(a_server_that_cannot_do_it_is_refused_when_it_is_opened)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        const bool needed = ((uint32_t)NEEDED >> bit & 1) != 0;
        OWNED(end) struct server server;
        OWNED(tpm_close_at) struct tpm *tpm = NULL;
        struct error error = {""};
        OWNED(buffer_fini) struct buffer state = {0};
        test_case("without bit %u", bit);
        begin(&server, SAVES);
        server.can = ~(1u << bit);
        EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error),
                  needed ? -ENOTSUP : 0);
        EXPECT_STR(error.text,
                   needed ? "swtpm: its capabilities: Operation not supported"
                          : "");
        EXPECT_EQ(tpm != NULL, !needed);
        if (tpm) {
            EXPECT_EQ(tpm_save(tpm, &state, &error),
                      (STATEFUL >> bit & 1) != 0 ? -ENOTSUP : 0);
        }
    }
    struct server server;
    struct tpm *tpm = NULL;
    struct error error = {""};
    begin(&server, SILENT);
    EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), -ETIMEDOUT);
    EXPECT_STR(error.text, "swtpm: CMD_GET_CAPABILITY: Connection timed out");
    EXPECT(tpm == NULL);
    end(&server);
}

TEST(a_platform_does_what_it_has_to_and_no_more)
{
    static const uint8_t later[] = {3, 0,  0, 0, 0x80, 1,    0, 0,
                                    0, 12, 0, 0, 1,    0x7b, 0, 8};
    struct server server;
    struct tpm *tpm = NULL;
    struct error error = {""};
    begin(&server, GOOD);
    EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), 0);
    ask(tpm, request, sizeof(request));
    ask(tpm, later, sizeof(later));
    ask(tpm, later, sizeof(later));
    ask(tpm, request, sizeof(request));
    /* A message that is no request is not passed on. */
    EXPECT_STR(ask(tpm, request, 13), "");
    EXPECT_STR(ask(tpm, request, 15), "");
    tpm_close(tpm);
    end(&server);
    EXPECT_STR(server.log,
               " 1 16 14 17:00001000 2:00000000 5:00 5:03"
               " 14 17:00001000 2:00000000 5:00");
}

TEST(a_request_has_the_bounds_of_a_buffer)
{
    static uint8_t bytes[4 + TPM_BUFFER_MAX + 1] = {[4] = 0x80, 1};
    static const struct {
        uint32_t size; /* of the command */
        uint32_t said; /* by itself */
        size_t room;
        size_t got;
    } rows[] = {
        {9,                  9,                  TPM_BUFFER_MAX, 0 },
        {10,                 10,                 TPM_BUFFER_MAX, 12},
        {10,                 9,                  TPM_BUFFER_MAX, 0 },
        {10,                 11,                 TPM_BUFFER_MAX, 0 },
        {TPM_BUFFER_MAX,     TPM_BUFFER_MAX,     TPM_BUFFER_MAX, 12},
        {TPM_BUFFER_MAX + 1, TPM_BUFFER_MAX + 1, TPM_BUFFER_MAX, 0 },
        {10,                 10,                 9,              0 },
        {10,                 10,                 12,             12},
        {10,                 10,                 11,             11},
        {10,                 10,                 4096,           45},
    };
    OWNED(end) struct server server;
    OWNED(tpm_close_at) struct tpm *tpm = NULL;
    struct error error = {""};
    begin(&server, GOOD);
    EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t reply[TPM_BUFFER_MAX];
        test_case("row %zu", i);
        store_be32(bytes + 4 + TPM_HEADER_LENGTH, rows[i].said);
        EXPECT_EQ(tpm_serve(tpm, bytes, 4 + (size_t)rows[i].size, reply,
                            rows[i].room),
                  rows[i].got);
        if (rows[i].got == 12) {
            EXPECT_EQ(load_be32(reply + TPM_HEADER_CODE), 0);
            EXPECT_EQ(reply[11], 0xcd);
        } else if (rows[i].got != 0) {
            /* It is given up, as it says more than there is room for. */
            EXPECT_BYTES(reply, "swtpm: a response of 12 bytes: Protocol error",
                         rows[i].got);
        }
    }
}

TEST(a_state_is_given_back_as_it_was_taken)
{
    static const char log[] =
        " 1 16 2:00000000 12:000000010000000100000000"
        " 12:000000010000000200000000 12:000000010000000300000000"
        " 14 13:010000020000000100000004:7065726d"
        " 13:000000030000000300000001:73 2:00000001";
    static const char saved[] =
        "\1\0\0\2\0\0\0\4perm"
        "\0\0\0\0\0\0\0\0"
        "\0\0\0\3\0\0\0\1s";
    struct server server;
    struct tpm *tpm = NULL;
    struct error error = {""};
    struct buffer state = {0};
    begin(&server, SAVES);
    EXPECT_EQ(tpm_open(server.path, PATIENCE_NS, &tpm, &error), 0);
    EXPECT_EQ(tpm_save(tpm, &state, &error), 0);
    EXPECT_EQ(state.size, sizeof(saved) - 1);
    EXPECT_BYTES(state.bytes, saved, sizeof(saved) - 1);
    EXPECT_EQ(tpm_load(tpm, state.bytes, state.size, &error), 0);
    EXPECT_STR(error.text, "");
    buffer_fini(&state);
    tpm_close(tpm);
    end(&server);
    EXPECT_STR(server.log, log);
}

TEST(a_state_that_cannot_be_had_or_is_none_is_refused)
{
    /* clang-format off */
    static const struct {
        enum habit habit;
        int code;
        const char *said;
        const char *later; /* when asked afterwards */
    } rows[] = {
        {GOOD, 0, "", "12 bytes"},
        {SAVES_MOST, 0, "", "swtpm: response: Connection timed out"},
        {REFUSES_SAVES, -EIO,
         "swtpm: CMD_GET_STATEBLOB: result 0x9: Input/output error",
         "swtpm: CMD_GET_STATEBLOB: result 0x9: Input/output error"},
        {REFUSES_INIT, -EIO, "swtpm: CMD_INIT: result 0x9: Input/output error",
         "swtpm: CMD_INIT: result 0x9: Input/output error"},
        {SAVES_HALF, -EPROTO,
         "swtpm: 1 of the 2 bytes of state 1: Protocol error",
         "swtpm: 1 of the 2 bytes of state 1: Protocol error"},
        {SAVES_LESS, -ETIMEDOUT,
         "swtpm: CMD_GET_STATEBLOB: Connection timed out",
         "swtpm: CMD_GET_STATEBLOB: Connection timed out"},
        {SAVES_MUCH, -EPROTO,
         "swtpm: 1048577 of the 1048577 bytes of state 1: Protocol error",
         "swtpm: 1048577 of the 1048577 bytes of state 1: Protocol error"},
    };
    /* clang-format on */
    static const uint8_t cut_short[23] = {0};
    static const uint8_t too_long[25] = {0};
    static const uint8_t beyond[24] = {[12] = 0xff, [15] = 9};
    static const struct {
        const uint8_t *bytes;
        size_t size;
    } bad[] = {
        {cut_short, sizeof(cut_short)},
        {too_long,  sizeof(too_long) },
        {beyond,    sizeof(beyond)   },
        {beyond,    0                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(end) struct server server;
        OWNED(tpm_close_at) struct tpm *tpm = NULL;
        struct error error = {""};
        OWNED(buffer_fini) struct buffer state = {0};
        test_case("habit %u", rows[i].habit);
        begin(&server, rows[i].habit);
        EXPECT_EQ(tpm_open(server.path,
                           rows[i].habit == SAVES_MOST ? PATIENCE_NS : LIMIT_NS,
                           &tpm, &error),
                  0);
        EXPECT_EQ(tpm_save(tpm, &state, &error), rows[i].code);
        EXPECT_STR(error.text, rows[i].said);
        EXPECT_EQ(state.size, rows[i].habit == GOOD         ? 24
                              : rows[i].habit == SAVES_MOST ? 24 + (3 << 20)
                              : rows[i].habit == SAVES_LESS ? 10
                                                            : 0);
        for (size_t n = 0; rows[i].habit == GOOD && n < ARRAY_SIZE(bad); n++) {
            EXPECT_EQ(tpm_load(tpm, bad[n].bytes, bad[n].size, &error),
                      -EINVAL);
            EXPECT_STR(error.text, "not the state of a TPM");
        }
        if (rows[i].habit == GOOD) { /* three blobs of no bytes */
            EXPECT_EQ(tpm_load(tpm, state.bytes, state.size, &error), 0);
        }
        EXPECT_STR(ask(tpm, request, sizeof(request)), rows[i].later);
    }
}

TEST(a_server_that_reads_no_state_is_given_up)
{
    enum { BLOB = 1 << 20, STATE = 3 * 8 + BLOB };
    for (unsigned deaf = 0; deaf < 2; deaf++) {
        OWNED(end) struct server server;
        OWNED(tpm_close_at) struct tpm *tpm = NULL;
        struct error error = {""};
        OWNED(buffer_fini) struct buffer state = {0};
        buffer_append_zeros(&state, STATE);
        store_be32(state.bytes + 4, BLOB);
        begin(&server, deaf ? DEAF : SLOW);
        EXPECT_EQ(
            tpm_open(server.path, deaf ? LIMIT_NS : PATIENCE_NS, &tpm, &error),
            0);
        EXPECT_EQ(tpm_load(tpm, state.bytes, state.size, &error),
                  deaf ? -ETIMEDOUT : 0);
        EXPECT_STR(error.text,
                   deaf ? "swtpm: CMD_SET_STATEBLOB: Connection timed out"
                        : "");
    }
}
