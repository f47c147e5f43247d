/* SPDX-License-Identifier: Apache-2.0 */
/* The client of swtpm, on a server that misbehaves in each way, and on swtpm
 * itself where it is installed. */
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
#include "host/process.h"
#include "host/socket.h"
#include "host/time.h"
#include "tests/harness.h"

enum { LIMIT_NS = 100000000 };
#define PATIENCE_NS 20000000000ull

/* ---- A server that does as it is told ------------------------------------ */

enum habit {
    GOOD,
    CANNOT,        /* lacks a capability */
    REFUSES_INIT,  /* result 9 */
    SILENT,        /* answers no control request */
    HANGS,         /* answers no command */
    LEAVES,        /* closes all when a command comes */
    LEAVES_MIDWAY, /* behind the header of the response */
    SAYS_5,        /* as the length of the response */
    SAYS_4097,
    SAYS_MUCH,
    CANNOT_SAVE,
    SAVES_HALF,
    SAVES_MUCH,
    DEAF, /* reads nothing of a state */
    HABITS
};

struct server {
    enum habit habit;
    char path[64];
    int listener;
    int control;
    int commands;
    char log[256]; /* numbers of control requests */
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
        [SAYS_4097] = 4097, [SAYS_MUCH] = UINT32_MAX, [CANNOT_SAVE] = 12,
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

static bool answer_control(struct server *server)
{
    static const size_t operands[32] = {[2] = 4, [5] = 1, [12] = 12, [17] = 4};
    static const size_t answers[32] = {[1] = 4, [12] = 12, [17] = 12};
    uint8_t bytes[16] = {0};
    if (!take(server, bytes, 4)) {
        return false;
    }
    unsigned number = bytes[3] % 32;
    size_t length = strlen(server->log);
    snprintf(server->log + length, sizeof(server->log) - length, "%u ", number);
    if (operands[number] != 0 && !take(server, bytes, operands[number])) {
        return false;
    }
    if (number == 13 && server->habit == DEAF) {
        /* Until the client has gone. */
        while (recv(server->commands, bytes, 1, 0) > 0) {
        }
        return false;
    }
    memset(bytes, 0, sizeof(bytes));
    if (number == 1) {
        store_be32(bytes + 4, server->habit == CANNOT        ? 0xffef - 2
                              : server->habit == CANNOT_SAVE ? 0xfeff
                                                             : 0xffff);
    }
    if (number == 12 && server->habit == SAVES_HALF) {
        bytes[11] = 2;
        bytes[15] = 1;
    }
    if (number == 12 && server->habit == SAVES_MUCH) {
        bytes[8] = bytes[12] = 1;
    }
    if (number == 2 && server->habit == REFUSES_INIT) {
        bytes[3] = 9;
    }
    size_t size = bytes[3] != 0 ? 4 : 4 + answers[number];
    return server->habit == SILENT ||
           send(server->control, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
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
    *server = (struct server){.habit = habit, .control = -1, .commands = -1};
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
        struct server server;
        struct tpm *tpm = NULL;
        struct error error = {""};
        test_case("habit %u", rows[i].habit);
        begin(&server, rows[i].habit);
        EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), 0);
        EXPECT_STR(ask(tpm, request, sizeof(request)), rows[i].said);
        /* And it is not asked again. */
        uint64_t before = host_time_ns();
        EXPECT_STR(ask(tpm, request, sizeof(request)), rows[i].said);
        EXPECT(rows[i].habit == GOOD || host_time_ns() - before < LIMIT_NS);
        tpm_close(tpm);
        end(&server);
    }
}

TEST(a_server_that_cannot_do_it_is_refused_when_it_is_opened)
{
    static const struct {
        enum habit habit;
        int code;
        const char *said;
    } rows[] = {
        {CANNOT, -ENOTSUP,   "swtpm: its capabilities: Operation not supported"},
        {SILENT, -ETIMEDOUT, "swtpm: CMD_GET_CAPABILITY: Connection timed out" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct server server;
        struct tpm *tpm = NULL;
        struct error error = {""};
        begin(&server, rows[i].habit);
        EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), rows[i].code);
        EXPECT_STR(error.text, rows[i].said);
        EXPECT(tpm == NULL);
        end(&server);
    }
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
    EXPECT_STR(server.log, "1 16 14 17 2 5 5 14 17 2 5 ");
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
        {CANNOT_SAVE, -ENOTSUP, "swtpm: it can neither give nor take its state",
         "12 bytes"},
        {REFUSES_INIT, -EIO, "swtpm: CMD_INIT: result 0x9: Input/output error",
         "swtpm: CMD_INIT: result 0x9: Input/output error"},
        {SAVES_HALF, -EPROTO,
         "swtpm: 1 of the 2 bytes of state 1: Protocol error",
         "swtpm: 1 of the 2 bytes of state 1: Protocol error"},
        {SAVES_MUCH, -EPROTO,
         "swtpm: 16777216 of the 16777216 bytes of state 1: Protocol error",
         "swtpm: 16777216 of the 16777216 bytes of state 1: Protocol error"},
    };
    /* clang-format on */
    static const uint8_t cut_short[23] = {0};
    static const uint8_t too_long[25] = {0};
    static const uint8_t beyond[24] = {[15] = 9};
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
        struct server server;
        struct tpm *tpm = NULL;
        struct error error = {""};
        struct buffer state = {0};
        test_case("habit %u", rows[i].habit);
        begin(&server, rows[i].habit);
        EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), 0);
        EXPECT_EQ(tpm_save(tpm, &state, &error), rows[i].code);
        EXPECT_STR(error.text, rows[i].said);
        EXPECT_EQ(state.size, rows[i].habit == GOOD ? 24 : 0);
        for (size_t n = 0; rows[i].habit == GOOD && n < ARRAY_SIZE(bad); n++) {
            EXPECT_EQ(tpm_load(tpm, bad[n].bytes, bad[n].size, &error),
                      -EINVAL);
            EXPECT_STR(error.text, "not the state of a TPM");
        }
        EXPECT_STR(ask(tpm, request, sizeof(request)), rows[i].later);
        buffer_fini(&state);
        tpm_close(tpm);
        end(&server);
    }
}

TEST(a_server_that_reads_no_state_is_given_up)
{
    enum { BLOB = 1 << 20, STATE = 3 * 8 + BLOB };
    struct server server;
    struct tpm *tpm = NULL;
    struct error error = {""};
    struct buffer state = {0};
    buffer_append_zeros(&state, STATE);
    store_be32(state.bytes + 4, BLOB);
    begin(&server, DEAF);
    EXPECT_EQ(tpm_open(server.path, LIMIT_NS, &tpm, &error), 0);
    EXPECT_EQ(tpm_load(tpm, state.bytes, state.size, &error), -ETIMEDOUT);
    EXPECT_STR(error.text, "swtpm: CMD_SET_STATEBLOB: Connection timed out");
    buffer_fini(&state);
    tpm_close(tpm);
    end(&server);
}

TEST(what_cannot_be_opened_is_named)
{
    static const struct {
        const char *what;
        int code;
        const char *said;
    } rows[] = {
        {"unix:/no/such/socket", -ENOENT,
         "cannot connect to 'unix:/no/such/socket': No such file or directory"},
        {"/no/such/folder",      -ENOENT,
         "cannot make folder '/no/such/folder': No such file or directory"    },
        {"/dev/null",            -ENOTDIR, "'/dev/null' is no folder"         },
        {"a,b",                  -EINVAL,  "folder 'a,b': a comma in its name"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct tpm *tpm;
        struct error error = {""};
        EXPECT_EQ(tpm_open(rows[i].what, LIMIT_NS, &tpm, &error), rows[i].code);
        EXPECT_STR(error.text, rows[i].said);
        EXPECT(tpm == NULL);
    }
}

/* ---- swtpm itself -------------------------------------------------------- */

static uint8_t response[TPM_BUFFER_MAX];

/* The response code of a command, which is given without its length. */
static uint32_t command(struct tpm *tpm, bool init, uint8_t locality,
                        const void *bytes, size_t size)
{
    uint8_t whole[256] = {locality, init, 0x10, 0};
    memcpy(whole + 4, bytes, size);
    store_be32(whole + 4 + TPM_HEADER_LENGTH, (uint32_t)size);
    size_t got = tpm_serve(tpm, whole, 4 + size, response, sizeof(response));
    return got >= TPM_HEADER_SIZE && response[0] == 0x80
               ? load_be32(response + TPM_HEADER_CODE)
               : UINT32_MAX;
}

static const uint8_t startup[] = {0x80, 1, 0, 0, 0, 0, 0, 0, 1, 0x44, 0, 0};
/* PCR 16 of the SHA-256 bank, and 17, which locality 4 alone may reset. */
static const uint8_t read_16[] = {0x80, 1, 0, 0, 0, 0,  0, 0, 1, 0x7e,
                                  0,    0, 0, 1, 0, 11, 3, 0, 0, 1};
static const uint8_t extend_16[] = {
    0x80, 2,    0,  0,  0,  0,  0,  0,  1,  0x82, 0,  0,  0,  16, 0,  0,  0,
    9,    0x40, 0,  0,  9,  0,  0,  0,  0,  0,    0,  0,  0,  1,  0,  11, 1,
    2,    3,    4,  5,  6,  7,  8,  9,  10, 11,   12, 13, 14, 15, 16, 17, 18,
    19,   20,   21, 22, 23, 24, 25, 26, 27, 28,   29, 30, 31, 32};
static const uint8_t reset_20[] = {0x80, 2, 0, 0, 0,  0, 0, 0, 1,
                                   0x3d, 0, 0, 0, 20, 0, 0, 0, 9,
                                   0x40, 0, 0, 9, 0,  0, 0, 0, 0};

static bool is_pcr_zero(struct tpm *tpm)
{
    static const uint8_t zeros[32];
    EXPECT_EQ(command(tpm, false, 0, read_16, sizeof(read_16)), TPM_RC_SUCCESS);
    return memcmp(response + 30, zeros, sizeof(zeros)) == 0;
}

static bool has_swtpm(void)
{
    struct buffer out = {0};
    const char *arguments[] = {"swtpm", "--version", NULL};
    bool here = process_run(arguments, NULL, 0, &out, &out) == 0;
    buffer_fini(&out);
    return here;
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {".lock", "tpm2-00.permall"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = xasprintf("%s/%s", folder, names[i]);
        unlink(path);
        free(path);
    }
    EXPECT_EQ(rmdir(folder), 0);
}

TEST(swtpm_keeps_pcrs_until_the_machine_is_reset)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    struct error error = {""};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    /* The folder is made anew. */
    REQUIRE(mkdtemp(folder) != NULL && rmdir(folder) == 0);
    for (unsigned i = 0; i < 2; i++) {
        REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
        EXPECT_EQ(command(tpm, true, 0, read_16, sizeof(read_16)),
                  TPM_RC_INITIALIZE);
        EXPECT_EQ(command(tpm, false, 0, startup, sizeof(startup)),
                  TPM_RC_SUCCESS);
        EXPECT(is_pcr_zero(tpm));
        EXPECT_EQ(command(tpm, false, 0, extend_16, sizeof(extend_16)),
                  TPM_RC_SUCCESS);
        EXPECT(!is_pcr_zero(tpm));
        EXPECT_EQ(command(tpm, true, 0, startup, sizeof(startup)),
                  TPM_RC_SUCCESS);
        EXPECT(is_pcr_zero(tpm));
        tpm_close(tpm);
    }
    /* The state is in the folder. */
    char *file = xasprintf("%s/tpm2-00.permall", folder);
    EXPECT_EQ(access(file, F_OK), 0);
    free(file);
    remove_folder(folder);
}

TEST(swtpm_goes_on_from_a_state_of_another)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    struct error error = {""};
    struct buffer states[2] = {{0}, {0}};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
    EXPECT_EQ(command(tpm, true, 0, startup, sizeof(startup)), 0);
    EXPECT_EQ(tpm_save(tpm, &states[0], &error), 0);
    EXPECT_EQ(command(tpm, false, 0, extend_16, sizeof(extend_16)), 0);
    EXPECT_EQ(tpm_save(tpm, &states[1], &error), 0);
    EXPECT_STR(error.text, "");
    tpm_close(tpm);
    remove_folder(folder);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(
            tpm_load(tpm, states[i % 2].bytes, states[i % 2].size, &error), 0);
        EXPECT_EQ(is_pcr_zero(tpm), i % 2 == 0);
    }
    tpm_close(tpm);
    /* State that was in memory alone is in no file. */
    remove_folder(folder);
    buffer_fini(&states[0]);
    buffer_fini(&states[1]);
}

TEST(swtpm_knows_the_locality)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    struct error error = {""};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
    EXPECT_EQ(command(tpm, true, 0, startup, sizeof(startup)), TPM_RC_SUCCESS);
    EXPECT_EQ(command(tpm, false, 0, reset_20, sizeof(reset_20)),
              0x907 /* TPM_RC_LOCALITY */);
    EXPECT_EQ(command(tpm, false, 2, reset_20, sizeof(reset_20)),
              TPM_RC_SUCCESS);
    tpm_close(tpm);
    remove_folder(folder);
}

TEST(a_folder_that_another_swtpm_has_is_refused_with_its_words)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *first = NULL;
    struct tpm *second = NULL;
    struct error error = {""};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &first, &error) == 0);
    EXPECT_EQ(command(first, true, 0, startup, sizeof(startup)), 0);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &second, &error) == 0);
    EXPECT_EQ(command(second, true, 0, startup, sizeof(startup)), UINT32_MAX);
    EXPECT(strncmp(ask(second, request, sizeof(request)),
                   "swtpm: CMD_INIT: result 0x9: ", 29) == 0);
    /* One that was given up ends as well. */
    uint64_t before = host_time_ns();
    tpm_close(second);
    EXPECT(host_time_ns() - before < PATIENCE_NS);
    EXPECT(is_pcr_zero(first));
    tpm_close(first);
    remove_folder(folder);
}
