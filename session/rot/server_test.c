/* SPDX-License-Identifier: Apache-2.0 */
/* A server: its socket, the boot of its part, and the end. */
#include "session/rot/server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/ending.h"
#include "host/file.h"
#include "host/time.h"
#include "session/rot/clients.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define BUILT    "build/out/guest/caliptra/"
#define FIRMWARE BUILT "embedded/firmware.bundle"

OWN_PATH(socket_path, "", "socket")
OWN_PATH(bad_path, "", "bundle")

struct bench {
    struct session_options options;
    struct rot_server_options server_options;
    struct session_error error;
    struct session *session;
    struct rot_server *server;
};

/* Up to the server, whose result this is. */
static int set_up(struct bench *bench, const char *firmware, const char *path)
{
    *bench = (struct bench){
        .server_options = {.path = path,
                           .clients = 1,
                           .core = {.stage = ROT_STAGE_RUNTIME,
                                    .users = {1},
                                    .user_count = 1,
                                    .limit_ns = 1000000000}}
    };
    session_options_init(&bench->options);
    bench->options.board = "caliptra-1.1";
    bench->options.rom = BUILT "rom.bin";
    bench->options.firmware = firmware;
    if (session_open(&bench->options, NULL, &bench->session, &bench->error) ||
        session_load(bench->session, &bench->error) ||
        session_build(bench->session, &bench->error)) {
        EXPECT_STR(bench->error.text, "");
        return -1;
    }
    return rot_server_open(bench->session, &bench->server_options, NULL,
                           &bench->server, &bench->error);
}

static void tear_down(struct bench *bench)
{
    rot_server_close(bench->server);
    session_close(bench->session);
}

TEST(a_socket_is_there_for_as_long_as_its_server)
{
    struct bench bench;

    EXPECT_EQ(set_up(&bench, FIRMWARE, socket_path), 0);
    EXPECT_EQ(access(socket_path, F_OK), 0);
    tear_down(&bench);
    EXPECT_EQ(access(socket_path, F_OK), -1);
    EXPECT(set_up(&bench, FIRMWARE, "/nonexistent/x") < 0);
    EXPECT(bench.server == NULL);
    EXPECT(strstr(bench.error.text, "/nonexistent/x") != NULL);
    tear_down(&bench);
}

TEST(a_part_boots_or_says_why_not)
{
    static const struct {
        const char *firmware;
        bool boots;
    } rows[] = {
        {FIRMWARE, true },
        {bad_path, false},
    };
    struct buffer bundle = {0};

    REQUIRE(file_read(FIRMWARE, 1 << 20, &bundle, NULL) == 0);
    bundle.bytes[bundle.size - 1] ^= 1;
    EXPECT_EQ(file_write(bad_path, bundle.bytes, bundle.size, NULL), 0);
    buffer_fini(&bundle);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench bench;

        REQUIRE(set_up(&bench, rows[i].firmware, socket_path) == 0);
        int code = rot_server_boot(bench.server, &bench.error);
        test_case("%s: %s", rows[i].firmware, bench.error.text);
        EXPECT_EQ(code == 0, rows[i].boots);
        EXPECT_EQ(bench.error.text[0] == '\0', rows[i].boots);
        EXPECT_STR(bench.error.text, bench.server->core.why.text);
        tear_down(&bench);
    }
    unlink(bad_path);
}

TEST(a_server_without_memory_for_a_state_fails)
{
    struct bench bench;

    REQUIRE(set_up(&bench, FIRMWARE, socket_path) == 0);
    bench.server->core.broken = true;
    EXPECT_EQ(rot_server_run(bench.server), -ENOMEM);
    tear_down(&bench);
}

static void end(void *context)
{
    (void)raise(SIGTERM);
}

/* Ends by a signal; virtual time goes on with the host's, or stands. */
static void serve_in_child(struct bench *bench, bool real_time)
{
    struct loop_timer timer = {.due = end};

    test_default_signals();
    ending_catch();
    bench->server_options.real_time = real_time;
    loop_timer_arm(bench->server->loop, &timer, host_time_ns() + 20000000);
    uint64_t before = rot_core_time(&bench->server->core);
    int code = rot_server_run(bench->server);
    uint64_t passed = rot_core_time(&bench->server->core) - before;
    _exit(code == 0 && (passed != 0) == real_time ? 0 : 1);
}

TEST(a_signal_is_the_end_that_a_server_waits_for)
{
    for (unsigned real_time = 0; real_time < 2; real_time++) {
        struct bench bench;
        int status = -1;

        test_case("real time: %u", real_time);
        REQUIRE(set_up(&bench, FIRMWARE, socket_path) == 0);
        REQUIRE(rot_server_boot(bench.server, &bench.error) == 0);
        pid_t child = fork();
        if (child == 0) {
            serve_in_child(&bench, real_time != 0);
        }
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
        tear_down(&bench);
    }
}
