/* SPDX-License-Identifier: Apache-2.0 */
/* A server: its socket, the boot of its part, and the end. */
#include "tests/rot_bench.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/ending.h"
#include "host/file.h"
#include "host/time.h"

OWN_PATH(bad_path, "", "bundle")

static const struct rot_server_options usual = {
    .clients = 1,
    .core.stage = ROT_STAGE_RUNTIME,
};

FIXTURE(struct bench, bench, bench_close)

TEST_BEGINS(a_socket_is_there_for_as_long_as_its_server, bench)
{
    const struct rot_server_options nowhere = {.path = "/nonexistent/x"};

    EXPECT_EQ(bench_open(bench, &usual, FIRMWARE), 0);
    EXPECT_EQ(access(socket_path, F_OK), 0);
    /* An observer is not needed. */
    bench->server->observer.say = NULL;
    rot_server_close(bench->server);
    EXPECT_EQ(access(socket_path, F_OK), -1);
    EXPECT_EQ(rot_server_open(bench->session, &bench->server_options, NULL,
                              &bench->server, &bench->error),
              0);
    loop_watch(bench->server->loop, &bench->server->listener);
    struct peer first = peer_connect(bench, ROT_PROTOCOL_OWN);
    struct peer second = peer_connect(bench, ROT_PROTOCOL_OWN);
    ask(&first, 1, 2, WORDS(0));
    expect_refusal(&first, 1, 2, ROT_ERROR_VERSION);
    peer_close(&first);
    peer_close(&second);
    bench_close(bench);
    EXPECT(bench_open(bench, &nowhere, FIRMWARE) < 0);
    EXPECT(bench->server == NULL);
    EXPECT(strstr(bench->error.text, "/nonexistent/x") != NULL);
    EXPECT(fcntl(STDIN_FILENO, F_GETFD) != -1);
}

FIXTURE_BEGIN(bench, REQUIRE(bench_open(bench, &usual, FIRMWARE) == 0))

TEST_ON(a_server_without_descriptors_says_so, bench)
{
    struct rlimit limit;

    rot_server_close(bench->server);
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const struct rlimit none = {0, limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    int code = rot_server_open(bench->session, &bench->server_options, NULL,
                               &bench->server, &bench->error);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(code < 0 && bench->server == NULL);
    EXPECT(strstr(bench->error.text, strerror(EMFILE)) != NULL);
    EXPECT(fcntl(STDIN_FILENO, F_GETFD) != -1);
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
        OWNED(bench_close) struct bench bench = {0};

        REQUIRE(bench_open(&bench, &usual, rows[i].firmware) == 0);
        int code = rot_server_boot(bench.server, &bench.error);
        test_case("%s: %s", rows[i].firmware, bench.error.text);
        EXPECT_EQ(code == 0, rows[i].boots);
        EXPECT_EQ(bench.error.text[0] == '\0', rows[i].boots);
        EXPECT_STR(bench.error.text, bench.server->core.why.text);
    }
    unlink(bad_path);
}

TEST_ON(a_server_without_memory_for_a_state_fails, bench)
{
    bench->server->core.broken = true;
    EXPECT_EQ(rot_server_run(bench->server), -ENOMEM);
}

/* ---- Time ---------------------------------------------------------------- */

static void end(void *context)
{
    (void)raise(SIGTERM);
}

/* Ends by a signal; virtual time goes on with the host's, or stands. */
static void serve_in_child(struct bench *bench)
{
    struct loop_timer timer = {.due = end};

    test_default_signals();
    ending_catch();
    loop_timer_arm(bench->server->loop, &timer, host_time_ns() + 20000000);
    uint64_t before = rot_core_time(&bench->server->core);
    int code = rot_server_run(bench->server);
    uint64_t passed = rot_core_time(&bench->server->core) - before;
    _exit(code == 0 && (passed != 0) == bench->server_options.real_time ? 0
                                                                        : 1);
}

TEST(a_signal_is_the_end_that_a_server_waits_for)
{
    for (unsigned real_time = 0; real_time < 2; real_time++) {
        const struct rot_server_options options = {
            .real_time = real_time != 0, .core.stage = ROT_STAGE_RUNTIME};
        OWNED(bench_close) struct bench bench = {0};
        int status = -1;

        test_case("real time: %u", real_time);
        REQUIRE(bench_open(&bench, &options, FIRMWARE) == 0);
        REQUIRE(rot_server_boot(bench.server, &bench.error) == 0);
        pid_t child = fork();
        if (child == 0) {
            serve_in_child(&bench);
        }
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
}

static void break_off(void *context)
{
    struct rot_server *server = context;
    server->core.broken = true;
}

/* A step of time catches up with the host's, as far as it may. */
TEST_BEGINS(virtual_time_is_the_hosts_or_behind_it, bench)
{
    const struct rot_server_options options = {.real_time = true,
                                               .core.stage = ROT_STAGE_RUNTIME};
    struct loop_timer timer = {.due = break_off};
    uint8_t byte = 0;

    REQUIRE(bench_open(bench, &options, FIRMWARE) == 0);
    struct rot_server *server = bench->server;
    timer.context = server;
    const uint64_t host_ns = host_time_ns();
    loop_timer_arm(server->loop, &timer, host_ns + 20000000);
    EXPECT_EQ(rot_server_boot(server, &bench->error), 0);
    uint64_t before = rot_core_time(&server->core);
    EXPECT_EQ(rot_server_run(server), -ENOMEM);
    EXPECT(rot_core_time(&server->core) - before <= host_time_ns() - host_ns);
    EXPECT_EQ(server->tick.at_ns, server->tick_host_ns + 1000000);
    loop_watch(server->loop, &server->listener);
    OWNED(peer_close) struct peer peer = peer_connect(bench, ROT_PROTOCOL_OWN);
    buffer_append(&peer.client->out, "x", 1);
    server->tick_host_ns = host_ns - 1000000000;
    (void)rot_core_pass(&server->core, 1000000); /* it sleeps */
    before = rot_core_time(&server->core);
    server->tick.due(server);
    EXPECT_EQ(rot_core_time(&server->core), before + 10000000);
    EXPECT_EQ(recv(peer.fd, &byte, 1, MSG_DONTWAIT), 1);
    loop_timer_cancel(server->loop, &server->tick);
}

/* ---- Clients ------------------------------------------------------------- */

TEST_BEGINS(so_many_peers_may_wait_to_be_taken, bench)
{
    enum { BACKLOG = 64 };
    int fds[2 * BACKLOG];
    size_t count = 0;

    REQUIRE(bench_open(bench, &usual, FIRMWARE) == 0);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, socket_path, sizeof(socket_path));
    for (int code = 0; code == 0 && count < ARRAY_SIZE(fds); count++) {
        fds[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        code =
            connect(fds[count], (const struct sockaddr *)&name, sizeof(name));
    }
    EXPECT_EQ(count, BACKLOG + 2); /* one more, and the first that may not */
    while (count > 0) {
        host_socket_close(fds[--count]);
    }
}

TEST_BEGINS(clients_beyond_the_limit_are_told_so, bench)
{
    static const char full[] = "there are as many clients as may be";

    REQUIRE(bench_listen(bench, &usual));
    struct rot_server *server = bench->server;
    struct peer one = peer_greet(bench);
    struct peer surplus[ROT_SURPLUS + 1];
    buffer_clear(&bench->told);
    for (unsigned i = 0; i <= ROT_SURPLUS; i++) {
        surplus[i] = peer_connect(bench, ROT_PROTOCOL_OWN);
        EXPECT_EQ(server->surplus_count, i < ROT_SURPLUS ? i + 1 : i);
        EXPECT_EQ(server->client_count, 1);
        char *told = strchr(buffer_text(&bench->told), '\n');
        EXPECT(told && (i < ROT_SURPLUS) == (told[1] != '\0'));
        if (told) {
            *told = '\0';
        }
        EXPECT_STR(buffer_text(&bench->told),
                   "0 another client was turned away: there are as many as may "
                   "be");
        buffer_clear(&bench->told);
        EXPECT(i == ROT_SURPLUS || surplus[i].client->stall_armed);
    }
    expect_end(&surplus[ROT_SURPLUS]);
    expect_nothing(&surplus[0]);
    peer_push(&surplus[0], "RIAC", 4);
    expect_notice(&surplus[0], 0x4004, ROT_ERROR_FULL, 0, full);
    expect_end(&surplus[0]);
    EXPECT_EQ(server->surplus_count, ROT_SURPLUS - 1);
    EXPECT_EQ(server->client_count, 1);
    for (unsigned i = 0; i <= ROT_SURPLUS; i++) {
        peer_close(&surplus[i]);
    }
    EXPECT_EQ(server->surplus_count, 0);
    peer_close(&one);
    EXPECT_EQ(server->client_count, 0);
    one = peer_greet(bench);
    EXPECT_EQ(server->client_count, 1);
    EXPECT_EQ(server->surplus_count, 0);
    peer_close(&one);
}

/* Clients of each protocol, and one that reads nothing. */
TEST_BEGINS(the_end_is_told_in_our_protocol, bench)
{
    REQUIRE(bench_listen(bench, &(struct rot_server_options){0}));
    struct peer own = peer_greet(bench);
    struct peer deaf = peer_greet(bench);
    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    peer_push(&bus, "RTPC", 4);
    turn(bench);
    fill_socket(&deaf);
    buffer_append_zeros(&deaf.client->out, 1);
    loop_unwatch(bench->server->loop, &bench->server->listener);
    rot_server_close(bench->server);
    bench->server = NULL;
    uint8_t bytes[100];
    EXPECT_EQ(recv(own.fd, bytes, sizeof(bytes), 0), 12 + 16 + 15);
    EXPECT_BYTES(bytes, "RIAC\1\0\4\x40\x1f\0\0\0\x10\0\0\0\0\0\0", 20);
    EXPECT_BYTES(bytes + 28, "the server ends", 15);
    EXPECT_EQ(recv(own.fd, bytes, 1, 0), 0);
    EXPECT_EQ(recv(bus.fd, bytes, 1, 0), 0);
    ssize_t got = 1;
    while (got > 0) {
        got = recv(deaf.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    }
    EXPECT_EQ(got, 0);
    struct peer *const peers[] = {&own, &deaf, &bus};
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
        host_socket_close(peers[i]->fd);
        buffer_fini(&peers[i]->got);
    }
}
