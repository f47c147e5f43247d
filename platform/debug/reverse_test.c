/* SPDX-License-Identifier: Apache-2.0 */
/* Running backwards, by packets, on a board of RV32 cores. */
#include "platform/debug/history.h"

#include "platform/test_bench.h"
#include "tests/debugger.h"
#include "tests/harness.h"

/* Counts in t0, prints each count, keeps it in memory, and reads it back. */
static const uint32_t counts[] = {
    LUI(S0, BENCH_RAM),        /*  0 */
    LUI(S1, BENCH_DEV),        /*  4 */
    ADDI(T0, T0, 1),           /*  8 */
    SW(T0, BENCH_CONSOLE, S1), /*  c */
    SW(T0, 0x100, S0),         /* 10 */
    LW(T1, 0x100, S0),         /* 14 */
    J(-16),                    /* 18 */
};

static void take(void *context, const char *device, uint8_t byte)
{
    buffer_append(context, &byte, 1);
}

static bool open_counting(struct session *session, const char *board,
                          struct buffer *console,
                          const struct cairn_agent_options *agent)
{
    const struct cairn_callbacks callbacks = {.console = take,
                                              .context = console};
    struct cairn_machine *machine = NULL;
    if (bench_create(board, counts, ARRAY_SIZE(counts), &callbacks, &machine,
                     NULL) != 0) {
        return false;
    }
    cairn_power(machine);
    return open_session_with(session, machine, agent);
}

static const char stop[] = "T05thread:1;";
static const char at_begin[] = "T05replaylog:begin;thread:1;";
static const char at_end[] = "T05replaylog:end;thread:1;";
static const char stopped[] = "T02thread:1;";

FIXTURE(struct buffer, console, buffer_fini)

TEST_BEGINS(a_step_back_undoes_a_step, console)
{
    struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, NULL));
    command(&session, "bs", at_begin);
    for (unsigned i = 0; i < 5; i++) {
        command(&session, "s", stop);
    }
    command(&session, "p20", "14000000");
    command(&session, "bs", stop);
    command(&session, "p20", "10000000");
    command(&session, "m10100,4", "00000000");
    command(&session, "bs", stop);
    command(&session, "bs", stop);
    command(&session, "p20", "08000000");
    command(&session, "p5", "00000000");
    command(&session, "s", stop);
    command(&session, "p5", "01000000");
    command(&session, "c", at_end);
    command(&session, "p20", "14000000");
    command(&session, "m10100,4", "01000000");
    close_session(&session);
    EXPECT_EQ(console->size, 1);
}

TEST_BEGINS(continuing_back_stops_at_the_breakpoints_on_the_way, console)
{
    struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, NULL));
    command(&session, "Z1,8,4", "OK");
    for (unsigned i = 0; i < 4; i++) {
        command(&session, "c", stop);
    }
    command(&session, "p5", "03000000");
    command(&session, "bc", stop);
    command(&session, "p20", "08000000");
    command(&session, "p5", "02000000");
    command(&session, "bc", stop);
    command(&session, "bc", stop);
    command(&session, "p5", "00000000");
    command(&session, "bc", at_begin);
    command(&session, "p20", "00000000");
    command(&session, "c", stop);
    command(&session, "c", stop);
    command(&session, "p5", "01000000");
    command(&session, "z1,8,4", "OK");
    command(&session, "bc", at_begin);
    command(&session, "c", at_end);
    command(&session, "p5", "03000000");
    command(&session, "Z1,8,4", "OK");
    command(&session, "c", stop);
    command(&session, "p5", "04000000");
    close_session(&session);
    EXPECT_BYTES(console->bytes, "\1\2\3\4", 4);
    EXPECT_EQ(console->size, 4);
}

/* Behind the access, as when going on; a step back undoes it. */
TEST(continuing_back_stops_at_an_access_that_is_watched)
{
    static const struct {
        const char *set;
        const char *clear;
        const char *met;
        const char *pc;
        const char *access;
    } cases[] = {
        {"Z2,10100,4", "z2,10100,4", "T05watch:10100;thread:1;",  "14000000",
         "10000000"},
        {"Z3,10100,4", "z3,10100,4", "T05rwatch:10100;thread:1;", "18000000",
         "14000000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct session session = {.fd = -1};
        OWNED(buffer_fini) struct buffer console = {0};
        REQUIRE(open_counting(&session, BENCH_ONE_CPU, &console, NULL));
        command(&session, cases[i].set, "OK");
        command(&session, "c", cases[i].met);
        command(&session, "p20", cases[i].pc);
        command(&session, "s", stop);
        command(&session, "bc", cases[i].met);
        command(&session, "p20", cases[i].pc);
        command(&session, "bs", stop);
        command(&session, "p20", cases[i].access);
        command(&session, "p5", "01000000");
        command(&session, "bc", at_begin);
        command(&session, "c", cases[i].met);
        command(&session, "bc", cases[i].met); /* not reported yet */
        command(&session, "bc", at_begin);
        command(&session, cases[i].clear, "OK");
        close_session(&session);
    }
}

TEST_BEGINS(all_accesses_are_met_forth_and_back, console)
{
    static const char met[] = "T05awatch:10102;thread:1;";
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, NULL));
    command(&session, "Z4,10102,1", "OK");
    command(&session, "c", met);
    command(&session, "p20", "14000000");
    command(&session, "c", met);
    command(&session, "p20", "18000000");
    command(&session, "bc", met);
    command(&session, "p20", "18000000");
    command(&session, "bc", met);
    command(&session, "p20", "14000000");
    command(&session, "bc", at_begin);
}

TEST_BEGINS(what_a_debugger_changes_is_changed_again, console)
{
    struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, NULL));
    for (unsigned i = 0; i < 8; i++) {
        command(&session, "s", stop);
    }
    command(&session, "P5=70000000", "OK");
    command(&session, "M10200,2:abcd", "OK");
    command(&session, "s", stop);
    command(&session, "s", stop);
    command(&session, "bs", stop);
    command(&session, "bs", stop);
    command(&session, "bs", stop);
    command(&session, "p5", "01000000");
    command(&session, "m10200,2", "0000");
    command(&session, "c", at_end);
    command(&session, "p5", "70000000");
    command(&session, "m10200,2", "abcd");
    command(&session, "m10100,4", "70000000");
    close_session(&session);
    EXPECT_BYTES(console->bytes, "\1\x70", 2);
}

TEST_BEGINS(a_change_in_the_past_begins_another_future, console)
{
    struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, NULL));
    command(&session, "Z1,8,4", "OK");
    for (unsigned i = 0; i < 4; i++) {
        command(&session, "c", stop);
    }
    command(&session, "bc", stop);
    command(&session, "bc", stop);
    command(&session, "p5", "01000000");
    command(&session, "P5=40000000", "OK");
    command(&session, "c", stop);
    command(&session, "p5", "41000000");
    command(&session, "bc", stop);
    command(&session, "bc", stop);
    command(&session, "p5", "00000000");
    close_session(&session);
    EXPECT_BYTES(console->bytes, "\1\2\3\x41", 4);
}

TEST_BEGINS(power_on_is_something_to_go_back_over, console)
{
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, NULL));
    command(&session, "Z1,10,4", "OK");
    command(&session, "c", stop);
    command(&session, "c", stop);
    say_packet(&session, "qRcmd,7265736574"); /* reset */
    char text[256];
    EXPECT(strncmp(hear_packet(&session, text, sizeof(text)), "$706f7765", 9) ==
           0);
    say(&session, "+");
    command(&session, "p20", "00000000");
    command(&session, "c", stop);
    command(&session, "p5", "01000000");
    command(&session, "bc", stop);
    command(&session, "p5", "02000000");
    command(&session, "bc", stop);
    command(&session, "p5", "01000000");
    command(&session, "bc", at_begin);
    command(&session, "z1,10,4", "OK");
    command(&session, "c", at_end);
    command(&session, "p5", "01000000");
}

/* The second count after the reset finds what the first run left in memory. */
TEST_BEGINS(a_reset_is_something_to_go_back_over, console)
{
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_counting(
        &session, BENCH_BOARD(BENCH_CPU("hart", "0", "50000000", ""), ""),
        console, NULL));
    command(&session, "Z1,10,4", "OK");
    command(&session, "c", stop);
    command(&session, "c", stop);
    say_packet(&session, "qRcmd,7265736574"); /* reset */
    char text[256];
    EXPECT(strncmp(hear_packet(&session, text, sizeof(text)), "$73797374", 9) ==
           0); /* "syst..." */
    say(&session, "+");
    command(&session, "p20", "00000000");
    command(&session, "m10100,4", "01000000");
    command(&session, "c", stop);
    command(&session, "p5", "01000000");
    command(&session, "bs", stop);
    command(&session, "p20", "0c000000");
    command(&session, "bc", stop);
    command(&session, "p5", "02000000");
    command(&session, "m10100,4", "01000000");
    command(&session, "bc", stop);
    command(&session, "m10100,4", "00000000");
    command(&session, "z1,10,4", "OK");
    command(&session, "c", at_end);
    command(&session, "p5", "01000000");
    command(&session, "m10100,4", "01000000");
}

/* The script's accesses are given again; they are between runs. */
TEST_BEGINS(an_agents_accesses_are_made_again, console)
{
    static const struct cairn_agent_options agent = {
        .size = sizeof(struct cairn_agent_options),
        .script =
            "run 20\nwrite 0x10300 0x11\nrun 20\nwrite 0x10300 0x22\n"
            "read 0x10300\nrun 1000000000\n",
        .instructions = 2000000000,
    };
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, BENCH_ONE_CPU, console, &agent));
    command(&session, "Z1,8,4", "OK");
    for (unsigned i = 0; i < 12; i++) {
        command(&session, "c", stop);
    }
    command(&session, "m10300,4", "22000000");
    for (unsigned i = 0; i < 6; i++) {
        command(&session, "bc", stop);
    }
    command(&session, "p5", "05000000");
    command(&session, "m10300,4", "11000000");
    command(&session, "P5=00000000", "E01");
    command(&session, "M10300,1:00", "E01");
    command(&session, "bc", stop);
    command(&session, "bc", stop);
    command(&session, "m10300,4", "00000000");
    command(&session, "z1,8,4", "OK");
    command(&session, "c", at_end);
    command(&session, "m10300,4", "22000000");
    command(&session, "p5", "0b000000");
}

/* Answers each rise of the line by a number that is in no state and another
 * each time, so that a replay leads elsewhere. */
struct fickle {
    struct cairn_machine *machine;
    uint64_t address; /* of the word that it answers in */
    uint32_t count;
};

static void answer_differently(void *context, uint32_t level)
{
    struct fickle *fickle = context;
    if (level) {
        cairn_bus_write(fickle->machine, "soc", 0, fickle->address, 4,
                        ++fickle->count);
    }
}

static bool open_fickle(struct session *session, struct fickle *fickle,
                        uint64_t address)
{
    static const uint32_t toggles[] = {
        LUI(S1, BENCH_DEV),      /*  0 */
        ADDI(T0, X0, 1),         /*  4 */
        SW(T0, BENCH_LEVEL, S1), /*  8 */
        SW(X0, BENCH_LEVEL, S1), /*  c */
        ADDI(T1, X0, 2000),      /* 10 */
        ADDI(T1, T1, -1),        /* 14 */
        BNE(T1, X0, -4),         /* 18 */
        J(-24),                  /* 1c */
    };
    *fickle = (struct fickle){
        .machine = bench_machine(BENCH_ONE_CPU, toggles, ARRAY_SIZE(toggles)),
        .address = address,
    };
    if (!fickle->machine) {
        return false;
    }
    cairn_line_watch(fickle->machine, "bench.level", answer_differently,
                     fickle);
    return open_session_with(session, fickle->machine, NULL);
}

/* The line that the debugger prints on the console of its user. */
static void expect_console(struct session *session, const char *line)
{
    OWNED(buffer_fini) struct buffer payload = {0};
    buffer_print(&payload, "O");
    buffer_print_hex(&payload, line, strlen(line));
    expect_packet(session, buffer_text(&payload));
}

#define DIVERGED                                                               \
    "cairn: replay did not reach the same state: execution continues from "    \
    "here"

/* The step back replays the run and keeps moments; "c" then arrives at a
 * present of another hash, "bc" replays up to one of these moments, whose state
 * names the register that differs. close_session expects a service without
 * error. */
TEST(a_replay_that_diverges_is_told_and_becomes_the_present)
{
    static const struct {
        const char *what;
        uint64_t address;
        const char *go;
        const char *line;
        const char *stopped;
    } cases[] = {
        {"memory, at the present",     BENCH_RAM + 0x400,         "c",  DIVERGED "\n",
         at_end                                                                               },
        {"memory, at a moment",        BENCH_RAM + 0x400,         "bc", DIVERGED "\n",
         stopped                                                                              },
        {"a register, at the present", BENCH_DEV + BENCH_SCRATCH, "c",
         DIVERGED "\n",                                                                at_end },
        {"a register, at a moment",    BENCH_DEV + BENCH_SCRATCH, "bc",
         DIVERGED " (bench.registers.SCRATCH@20 differs)\n",                           stopped},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(close_session) struct session session = {.fd = -1};
        struct fickle fickle;
        REQUIRE(open_fickle(&session, &fickle, cases[i].address));
        command(&session, "Z1,1c,4", "OK");
        command(&session, "c", stop);
        command(&session, "z1,1c,4", "OK");
        command(&session, "bs", stop);
        say_packet(&session, cases[i].go);
        test_case("%s", cases[i].what);
        expect_console(&session, cases[i].line);
        expect_packet(&session, cases[i].stopped);
        command(&session, "s", stop);
    }
}

/* Two cores that count; the second in t1. */
#define TWO_CPUS                                                               \
    BENCH_BOARD(BENCH_CPU("first", "0", "100000000", "")                       \
                    BENCH_CPU("second", "1", "50000000", ""),                  \
                "cairn,straps { strap = <7>; };\n")

TEST_BEGINS(each_core_steps_back_by_itself_and_all_go_with_it, console)
{
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_counting(&session, TWO_CPUS, console, NULL));
    command(&session, "Z1,10,4", "OK");
    for (unsigned i = 0; i < 6; i++) {
        say_packet(&session, "c");
        char text[64];
        hear_packet(&session, text, sizeof(text));
        EXPECT(strncmp(text, "$T05thread:", 11) == 0);
        say(&session, "+");
    }
    command(&session, "z1,10,4", "OK");
    uint64_t before = cairn_state_hash(session.machine);
    command(&session, "Hc2", "OK");
    command(&session, "s", "T05thread:2;");
    uint64_t first = session.machine->cores[1]->retired;
    command(&session, "s", "T05thread:2;");
    command(&session, "s", "T05thread:2;");
    command(&session, "bs", "T05thread:2;");
    command(&session, "bs", "T05thread:2;");
    EXPECT_EQ(session.machine->cores[1]->retired, first);
    command(&session, "bs", "T05thread:2;");
    EXPECT_EQ(session.machine->cores[1]->retired, first - 1);
    command(&session, "Hc1", "OK");
    command(&session, "bs", "T05thread:1;");
    command(&session, "c", at_end);
    EXPECT(cairn_state_hash(session.machine) != before);
}

TEST(without_memory_for_it_there_is_no_way_back)
{
    OWNED(close_session) struct session session = {.fd = -1};
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    REQUIRE(machine);
    cairn_debug_reverse(machine, 0);
    REQUIRE(open_session_with(&session, machine, NULL));
    command(&session, "s", stop);
    command(&session, "bs", "");
    command(&session, "bc", "");
}

/* Moments are given up, the oldest last; the beginning comes nearer. */
TEST(with_little_memory_the_past_begins_later)
{
    OWNED(close_session) struct session session = {.fd = -1};
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    char packet[64];
    char text[64];
    REQUIRE(machine);
    cairn_debug_reverse(machine, (size_t)96 << 10);
    REQUIRE(open_session_with(&session, machine, NULL));
    const uint64_t end = TEST_SANITIZED ? 30000000 : 120000000;
    say_packet(&session, "c");
    say(&session, "+");
    while (cairn_instructions(machine, NULL) < end) {
        usleep(1000);
    }
    say(&session, "\x03");
    expect_packet(&session, "T02thread:1;");
    command(&session, "bs", stop);
    snprintf(packet, sizeof(packet), "p5");
    say_packet(&session, packet);
    hear_packet(&session, text, sizeof(text));
    say(&session, "+");
    command(&session, "bc", at_begin);
    EXPECT(cairn_instructions(machine, NULL) > 0);
    EXPECT(debugging_of(machine)->history->chain.bytes <= (size_t)96 << 10);
    command(&session, "bs", at_begin);
    command(&session, "c", at_end);
    command(&session, "bs", stop);
    command(&session, packet, (text[strlen(text) - 3] = '\0', text + 1));
}
