/* SPDX-License-Identifier: Apache-2.0 */
/* Serial ports with back ends: the device takes bytes into a register, and
 * prints what is written to another. */
#include <sys/socket.h>
#include <unistd.h>

#include "host/socket.h"
#include "platform/debug/history.h"
#include "platform/machine/machine.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

static const uint32_t rom[] = {J(0)};

static struct cairn_machine *start(void)
{
    return bench_machine(BENCH_ONE_CPU, rom, ARRAY_SIZE(rom));
}

static void print(struct cairn_machine *machine, const char *text)
{
    for (; *text; text++) {
        EXPECT_EQ(cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_CONSOLE,
                                  4, (uint8_t)*text),
                  0);
    }
}

static uint32_t typed(struct cairn_machine *machine)
{
    struct node *node = machine_find(machine, NODE_DEVICE, "bench");
    return bench_of(node->device)->scratch;
}

static const struct cairn_until some = {.size = sizeof(struct cairn_until),
                                        .instructions = 3 << 20};

TEST(what_a_guest_prints_goes_to_the_back_end_and_the_callback)
{
    struct cairn_machine *machine = start();
    OWNED(free_at) char *path = bench_file("", ".out");
    OWNED(free_at) char *backend = xasprintf("file:%s", path);
    struct buffer read = {0};
    EXPECT_EQ(cairn_serial_connect(machine, "bench", backend, NULL, 0, NULL),
              0);
    print(machine, "hello");
    EXPECT_EQ(cairn_serve(machine), 0);
    EXPECT_EQ(file_read(path, 100, &read, NULL), 0);
    EXPECT_STR(buffer_text(&read), "hello");
    cairn_destroy(machine);
    buffer_fini(&read);
    unlink(path);
}

TEST(ports_and_back_ends_that_do_not_go_together_are_refused)
{
    static const struct {
        const char *port;
        const char *backend;
        int code;
        const char *says;
    } rows[] = {
        {"uart",  "pty",      -ENOENT, "no serial port 'uart'"             },
        {"hart",  "pty",      -ENOENT, "no serial port 'hart'"             },
        {"bench", "tape",     -EINVAL, "'tape' is none of stdio, pty"      },
        {"bench", "loopback", 0,       ""                                  },
        {"bench", "loopback", -EBUSY,  "serial port 'bench' has a back end"},
    };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("row %zu", i);
        EXPECT_EQ(cairn_serial_connect(machine, rows[i].port, rows[i].backend,
                                       NULL, 0, &error),
                  rows[i].code);
        EXPECT(strstr(error.text, rows[i].says));
    }
    EXPECT_STR(cairn_console_name(machine, 0), "bench");
    EXPECT(!cairn_console_name(machine, 1));
    EXPECT_STR(cairn_console_default(machine), "bench");
}

TEST(what_comes_in_is_given_between_two_rounds)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start();
    EXPECT_EQ(cairn_serial_connect(machine, "bench", "loopback", NULL, 0, NULL),
              0);
    const uint32_t before = typed(machine);
    print(machine, "AB");
    EXPECT_EQ(typed(machine), before);
    EXPECT_EQ(cairn_serve(machine), 0);
    EXPECT_EQ(typed(machine), before);
    cairn_run(machine, &some);
    EXPECT_EQ(typed(machine) & 0xffff, 'A' << 8 | 'B');
}

/* A peer sends as much as it can while the guest takes nothing: it has to wait,
 * and nothing of what it could send is lost. */
TEST(a_peer_that_sends_more_than_the_guest_takes_has_to_wait)
{
    enum { MUCH = 2 << 20 };
    struct cairn_machine *machine = start();
    OWNED(free_at) char *path = bench_file("", ".sock");
    OWNED(free_at) char *backend = xasprintf("unix:%s", path);
    uint8_t bytes[4096];
    uint32_t sent = 0;
    int peer = -1;
    unlink(path);
    REQUIRE(cairn_serial_connect(machine, "bench", backend, NULL, 0, NULL) ==
                0 &&
            host_socket_connect(backend, &peer, NULL) == 0);
    for (unsigned idle = 0; idle < 100 && sent < MUCH; idle++) {
        for (uint32_t i = 0; i < sizeof(bytes); i += 4) {
            store_be32(bytes + i, sent + i);
        }
        ssize_t count = send(peer, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (count > 0) {
            EXPECT_EQ(count, sizeof(bytes));
            sent += (uint32_t)count;
            idle = 0;
        }
        EXPECT_EQ(cairn_serve(machine), 0);
    }
    EXPECT(sent > sizeof(bytes) && sent < MUCH);
    close(peer);
    for (unsigned i = 0; typed(machine) != sent - 4 && i < 4000; i++) {
        EXPECT_EQ(cairn_serve(machine), 0);
        if (i % 100 == 0) {
            cairn_run(machine, &some);
        }
    }
    EXPECT_EQ(typed(machine), sent - 4);
    cairn_destroy(machine);
}

/* However the run is cut up, the same bytes at the same places make the same
 * state. */
TEST(what_came_in_comes_again_for_a_debugger_that_goes_back)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = start();
    EXPECT_EQ(cairn_serial_connect(machine, "bench", "loopback", NULL, 0, NULL),
              0);
    struct history *history = history_create(machine, 64 << 20);
    const struct moment begin = input_now(machine);
    const uint32_t before = typed(machine);
    for (const char *text = "abcdef"; *text; text++) {
        const char byte[] = {*text, '\0'};
        history_run_on(history, &some);
        print(machine, byte);
        EXPECT_EQ(cairn_serve(machine), 0);
    }
    history_run_on(history, &some);
    EXPECT_EQ(typed(machine), 0x63646566);
    EXPECT_EQ(machine->inputs.given, 12);
    uint64_t hash = cairn_state_hash(machine);
    history_leave(history);
    history_seek(history, &begin);
    EXPECT_EQ(typed(machine), before);
    EXPECT_EQ(history_run(history, UINT64_MAX, NULL), HISTORY_PRESENT);
    EXPECT(!history->diverged);
    EXPECT_EQ(typed(machine), 0x63646566);
    EXPECT_EQ(cairn_state_hash(machine), hash);
    /* Nothing was printed twice. */
    EXPECT_EQ(cairn_serve(machine), 0);
    history_run_on(history, &some);
    EXPECT_EQ(machine->inputs.given, 12);
    history_destroy(history);
}
