/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and buttons of sessions, to the nanosecond: at 1 GHz, a guest of a few
 * instructions echoes what is typed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "session/console.h"
#include "session/internal.h"
#include "tests/harness.h"
#include "tests/own_path.h"

OWN_PATH(code_path, "", "code")
OWN_PATH(input_path, "", "input")
OWN_PATH(printed_path, "", "printed")
OWN_PATH(file_of_printed, "file:", "printed")

enum { TICK = 1000000, PORTION = 11, NEAR = 90, MS = 1000000, SLICE = 5 * MS };

static const uint32_t echo[] = {
    0xd2a12000, /* movz x0, #0x900, lsl #16 */
    0xb9401801, /* 1: ldr w1, [x0, #0x18] */
    0x3727ffe1, /* tbnz w1, #4, 1b */
    0xb9400002, /* ldr w2, [x0] */
    0xb9000002, /* str w2, [x0] */
    0x17fffffc, /* b 1b */
};
/* Echoes what semihosting reads, and exits at its end. */
static const uint32_t echo_file[] = {
    0x528000e0, /* 1: mov w0, #7, SYS_READC */
    0xd45e0000, /* hlt #0xf000 */
    0x37f800c0, /* tbnz w0, #31, 2f */
    0x10000181, /* adr x1, byte */
    0x39000020, /* strb w0, [x1] */
    0x52800060, /* mov w0, #3, SYS_WRITEC */
    0xd45e0000, /* hlt #0xf000 */
    0x17fffff9, /* b 1b */
    0x10000061, /* 2: adr x1, block */
    0x52800300, /* mov w0, #0x18, SYS_EXIT */
    0xd45e0000, /* hlt #0xf000 */
    0x00020026, /* block: ADP_Stopped_ApplicationExit, status 0 */
    0x00000000, 0x00000000, 0x00000000, 0x00000000, /* byte */
};
static const uint32_t waits[] = {
    0xd503207f, /* 1: wfi */
    0x17ffffff, /* b 1b */
};

struct heard {
    struct session *session;
    const char *port;
    struct buffer bytes;
    struct buffer times; /* uint64_t, of each byte */
    struct buffer said;
    unsigned told; /* of the terminal */
};

static void console(void *context, const char *device, uint8_t byte)
{
    struct heard *heard = context;
    const uint64_t now = cairn_time_ns(session_machine(heard->session));

    EXPECT_STR(device, heard->port);
    buffer_append(&heard->bytes, &byte, 1);
    buffer_append(&heard->times, &now, sizeof(now));
}

static void say(void *context, const char *line)
{
    buffer_print(&((struct heard *)context)->said, "%s\n", line);
}

static void terminal(void *context)
{
    ((struct heard *)context)->told++;
}

static void forget(struct heard *heard)
{
    session_close(heard->session);
    buffer_fini(&heard->bytes);
    buffer_fini(&heard->times);
    buffer_fini(&heard->said);
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    EXPECT_EQ(file_write(path, bytes, size, NULL), 0);
}

/* On board virt with the code, up to the outcome. */
static void run(struct session_options options, const uint32_t *code,
                size_t size, struct heard *heard,
                struct session_outcome *outcome)
{
    const struct session_observer observer = {
        .console = console, .say = say, .terminal = terminal, .context = heard};
    struct session_error error = {0};

    write_bytes(code_path, code, size);
    *heard = (struct heard){.port = options.console ? options.console : "uart"};
    options.board = "virt";
    options.kernel = code_path;
    options.seed = 1;
    if (session_open(&options, &observer, &heard->session, &error) == 0 &&
        session_load(heard->session, &error) == 0 &&
        session_build(heard->session, &error) == 0 &&
        session_make_files(heard->session, &error) == 0) {
        session_run(heard->session, outcome);
        EXPECT_EQ(session_finish(heard->session), 0);
    }
    EXPECT_STR(error.text, "");
    unlink(code_path);
}

/* As many keys as 115200 baud bring, each millisecond. */
TEST(a_file_is_typed_at_the_pace_of_a_line)
{
    enum { PORTIONS = 40, SIZE = PORTIONS * PORTION };
    uint8_t typed[SIZE];
    struct session_outcome outcome = {0};
    struct heard heard;

    for (size_t i = 0; i < SIZE; i++) {
        typed[i] = (uint8_t)('a' + i % 26);
    }
    write_bytes(input_path, typed, SIZE);
    run((struct session_options){.input = input_path,
                                 .virtual_ns = (PORTIONS + 1) * MS},
        echo, sizeof(echo), &heard, &outcome);
    EXPECT_EQ(outcome.code, -ETIMEDOUT);
    EXPECT_EQ(outcome.time_ns, (PORTIONS + 1) * MS);
    REQUIRE(heard.bytes.size == SIZE);
    EXPECT_BYTES(heard.bytes.bytes, typed, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        uint64_t due = (i / PORTION + 1) * TICK;
        uint64_t at = load_le64(heard.times.bytes + i * sizeof(uint64_t));
        test_case("byte %zu at %llu", i, (unsigned long long)at);
        EXPECT(at >= due && at - due < (i % PORTION == 0 ? 20 : NEAR));
    }
    forget(&heard);
    unlink(input_path);
}

TEST(keys_come_from_steps_and_files_in_their_order)
{
    static const struct session_step once[] = {
        {"a\r", "b\\n\\x"}
    };
    static const struct session_step twice[] = {
        {"a", "bc"},
        {"c", NULL}
    };
    static const struct session_step file[] = {
        {"a",   NULL},
        {"\rz", NULL}
    };
    static const struct session_serial kept[] = {
        {.port = "uart", .backend = file_of_printed}
    };
    static const struct {
        const char *what;
        const char *input;
        struct session_options options;
        int code;
        const char *heard;
    } rows[] = {
        {"lines",              "1\r\n2\n\n3\r4\r", {0},                                                      -ETIMEDOUT, "1\r2\r\r3\r4\r"},
        {"nothing",            "",                 {0},                                                      -ETIMEDOUT, ""              },
        {"typed",              NULL,               {.typed_first = "x\\n\\y"},                               -ETIMEDOUT, "x\r\\y"        },
        {"typed before",       "z",                {.typed_first = "x"},                                     -ETIMEDOUT, "xz"            },
        {"a step",
         NULL,                                     {.typed_first = "a\\n", .steps = once, .step_count = 1},
         -ETIMEDOUT,
         "a\rb\r\\x"                                                                                                                     },
        {"steps",
         NULL,                                     {.typed_first = "a", .steps = twice, .step_count = 2},
         0,                                                                                                              "abc"           },
        {"a step of two",
         NULL,                                     {.typed_first = "a", .steps = twice, .step_count = 1},
         -ETIMEDOUT,
         "abc"                                                                                                                           },
        {"a file after steps",
         "\nz",                                    {.typed_first = "a", .steps = file, .step_count = 1},
         -ETIMEDOUT,
         "a\rz"                                                                                                                          },
        {"a file too late",
         "\nz",                                    {.typed_first = "a", .steps = file, .step_count = 2},
         -ENOMSG,
         "a"                                                                                                                             },
        {"kept",
         NULL,                                     {.typed_first = "x", .serials = kept, .serial_count = 1},
         -ETIMEDOUT,
         ""                                                                                                                              },
        {"output",
         NULL,                                     {.typed_first = "x", .output = printed_path},
         -ETIMEDOUT,
         "x"                                                                                                                             },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};
        OWNED(forget) struct heard heard = {0};

        if (rows[i].input) {
            write_bytes(input_path, rows[i].input, strlen(rows[i].input));
            options.input = input_path;
        }
        options.virtual_ns = 3 * MS;
        run(options, echo, sizeof(echo), &heard, &outcome);
        test_case("%s: %s", rows[i].what, outcome.text);
        EXPECT_EQ(outcome.code, rows[i].code);
        EXPECT(outcome.code != 0 || outcome.end == SESSION_END_PRINTED);
        EXPECT_STR(buffer_text(&heard.bytes), rows[i].heard);
        if (options.typed_first && heard.bytes.size != 0) { /* at once */
            EXPECT(load_le64(heard.times.bytes) < NEAR);
        }
        if (options.output || options.serials) {
            OWNED(buffer_fini) struct buffer printed = {0};
            EXPECT_EQ(file_read(printed_path, 1 << 20, &printed, NULL), 0);
            EXPECT_STR(buffer_text(&printed), "x");
        }
    }
    unlink(input_path);
    unlink(printed_path);
}

/* A read waits for text that is still to come, and finds the end behind it. */
TEST(a_program_that_reads_text_finds_its_end)
{
    static const struct session_step steps[] = {
        {"a", "b\r\nc"},
        {"c", NULL    },
        {"d", NULL    },
    };
    static const struct {
        const char *input;
        struct session_options options;
        int code;
        const char *heard;
    } rows[] = {
        {NULL,                                          {.instructions = 0},               0,       ""                                           },
        {"",                                            {.instructions = 0},               0,       ""                                           },
        {"a\r\nb\rc\n",                                 {.instructions = 0},               0,       "a\r\nb\rc\n"                                },
        {"a line of more bytes than are typed at once",
         {.instructions = 0},
         0,                                                                                         "a line of more bytes than are typed at once"},
        {NULL,
         {.typed_first = "a", .steps = steps, .step_count = 1},
         0,                                                                                         "ab\r\nc"                                    },
        {NULL,
         {.typed_first = "a", .steps = steps, .step_count = 3},
         -ENOMSG,
         "ab\r\nc"                                                                                                                               },
        {NULL,                                          {.steps = steps, .step_count = 1}, -ENOMSG, ""                                           },
        {"xy",
         {.typed_first = "a", .steps = steps, .step_count = 2},
         0,                                                                                         "ab\r\ncxy"                                  },
        {"xy",
         {.typed_first = "c", .steps = steps + 1, .step_count = 1},
         0,                                                                                         "cxy"                                        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};
        OWNED(forget) struct heard heard = {0};

        if (rows[i].input) {
            write_bytes(input_path, rows[i].input, strlen(rows[i].input));
            options.input = input_path;
        }
        options.console = "semihosting";
        options.semihosting = true;
        options.virtual_ns = 3 * MS;
        run(options, echo_file, sizeof(echo_file), &heard, &outcome);
        test_case("row %zu: %s", i, outcome.text);
        EXPECT_EQ(outcome.code, rows[i].code);
        EXPECT_EQ(outcome.end == SESSION_END_OFF, outcome.code == 0);
        EXPECT_STR(buffer_text(&heard.bytes), rows[i].heard);
    }
    unlink(input_path);
}

/* Standard input has a key and nothing more. */
TEST(a_terminal_is_the_consoles_unless_something_else_is)
{
    static const struct session_step steps[] = {
        {"t", NULL},
        {"u", NULL},
    };
    static const struct session_serial serials[] = {
        {"semihosting", "loopback"},
        {NULL,          "loopback"},
        {NULL,          "stdio"   },
        {"semihosting", "loopback"},
        {"semihosting", "stdio"   },
    };
#define SERIALS(first, count) .serials = &serials[first], .serial_count = count
    static const struct {
        struct session_options options;
        const char *input;
        const char *heard;
        bool told;
        int code;
    } rows[] = {
        {{.terminal = false},                           NULL, "",  false, -ETIMEDOUT},
        {{.terminal = true},                            NULL, "k", true,  -ETIMEDOUT},
        {{.terminal = true},                            "z",  "z", false, -ETIMEDOUT},
        {{.terminal = true,
          .typed_first = "t",
          .steps = steps,
          .step_count = 2},
         NULL,                                                "t",
         false,                                                           -ENOMSG   },
        {{.terminal = true, SERIALS(0, 1)},             NULL, "k", true,  -ETIMEDOUT},
        {{.terminal = true, SERIALS(0, 2)},             NULL, "",  false, -ETIMEDOUT},
        {{.terminal = true, SERIALS(1, 1)},             NULL, "",  false, -ETIMEDOUT},
        {{.terminal = true, SERIALS(2, 1)},             NULL, "k", true,  -ETIMEDOUT},
        {{.terminal = false, SERIALS(2, 1)},            NULL, "k", false, -ETIMEDOUT},
        {{.terminal = true, SERIALS(4, 1)},             NULL, "",  true,  -ETIMEDOUT},
        {{.terminal = true, SERIALS(2, 2)},             NULL, "k", true,  -ETIMEDOUT},
        {{.terminal = true, .console = "semihosting"},
         NULL,                                                "k",
         true,                                                            -ETIMEDOUT},
        {{.terminal = false, .console = "semihosting"}, NULL, "",  false, 0         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const bool is_file = rows[i].options.console != NULL;
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};
        struct heard heard;
        int before = dup(STDIN_FILENO);
        int keys[2];

        REQUIRE(pipe(keys) == 0 && write(keys[1], "k", 1) == 1);
        dup2(keys[0], STDIN_FILENO);
        if (rows[i].input) {
            write_bytes(input_path, rows[i].input, strlen(rows[i].input));
            options.input = input_path;
        }
        options.semihosting = true;
        options.virtual_ns = 3 * MS;
        run(options, is_file ? echo_file : echo,
            is_file ? sizeof(echo_file) : sizeof(echo), &heard, &outcome);
        test_case("row %zu: %s", i, outcome.text);
        EXPECT_EQ(outcome.code, rows[i].code);
        EXPECT_STR(buffer_text(&heard.bytes), rows[i].heard);
        EXPECT_EQ(heard.told, rows[i].told);
        EXPECT(!heard.session->guest.console.connected &&
               !heard.session->guest.console.terminal);
        forget(&heard);
        dup2(before, STDIN_FILENO);
        close(before);
        close(keys[0]);
        close(keys[1]);
    }
    unlink(input_path);
}

/* Only the end of what was printed is kept to look for a text. */
TEST(a_text_is_found_wherever_it_stands)
{
    enum { HEAD = 8, MOST = 4200 };
    static const uint32_t prints[HEAD] = {
        0xd2a12000, /* movz x0, #0x900, lsl #16 */
        0x100000e1, /* adr x1, text */
        0x38401422, /* 1: ldrb w2, [x1], #1 */
        0x34000062, /* cbz w2, 2f */
        0xb9000002, /* str w2, [x0] */
        0x17fffffd, /* b 1b */
        0xd503207f, /* 2: wfi */
        0x17ffffff, /* b 2b */
    };
    static const struct session_step steps[] = {
        {"needle", NULL}
    };
    static const size_t before[] = {0, 1, 2042, 2048, 4089, 4090, 4091, 4096};
    static uint32_t code[HEAD + MOST];

    for (size_t i = 0; i < ARRAY_SIZE(before) * 2; i++) {
        struct session_outcome outcome = {0};
        OWNED(forget) struct heard heard = {0};
        char *text = (char *)(code + HEAD);
        const bool cut = i % 2 != 0;
        const char *end = cut ? "needl" : "needle and thread";

        memcpy(code, prints, sizeof(prints));
        memset(text, 'n', before[i / 2]);
        memcpy(text + before[i / 2], end, strlen(end) + 1);
        run((struct session_options){.steps = steps, .step_count = 1}, code,
            sizeof(prints) + MOST, &heard, &outcome);
        test_case("behind %zu: %s", before[i / 2], outcome.text);
        EXPECT_EQ(outcome.code, cut ? -EDEADLK : 0);
        EXPECT_EQ(heard.bytes.size, before[i / 2] + (cut ? 5 : 6));
    }
}

TEST(buttons_are_held_and_lines_set_at_their_time)
{
    static const struct {
        struct session_press press;
        uint64_t end_ns;
        uint32_t level;
        int code;
        const char *said;
    } rows[] = {
        {{.line = "power", .time_ns = 2 * MS},
         MS,                                                                           0,
         -ETIMEDOUT,
         "run: --press: 'gpio.pin3' was never pressed: the run ended at "
         "1.000000 ms, before 2.000000 ms\n"                                                            },
        {{.line = "power", .time_ns = MS},                               2 * MS,       1, -ETIMEDOUT, ""},
        {{.line = "gpio.pin3", .time_ns = MS},                           101 * MS - 1, 1, -ETIMEDOUT, ""},
        {{.line = "power", .time_ns = MS},                               102 * MS,     0, -EDEADLK,   ""},
        {{.line = "gpio.pin3", .sets = true, .value = 1, .time_ns = MS},
         102 * MS,
         1,                                                                               -EDEADLK,
         ""                                                                                             },
        {{.line = "power", .time_ns = 0},                                MS,           1, -ETIMEDOUT, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_outcome outcome = {0};
        OWNED(forget) struct heard heard = {0};
        uint32_t level = 9;

        run((struct session_options){.presses = &rows[i].press,
                                     .press_count = 1,
                                     .virtual_ns = rows[i].end_ns},
            waits, sizeof(waits), &heard, &outcome);
        test_case("row %zu: %s", i, outcome.text);
        EXPECT_EQ(outcome.code, rows[i].code);
        cairn_line_get(session_machine(heard.session), "gpio.pin3", &level);
        EXPECT_EQ(level, rows[i].level);
        EXPECT(strstr(buffer_text(&heard.said), rows[i].said) != NULL);
    }
}

TEST(back_ends_are_served_between_plans)
{
    static const struct {
        bool connected;
        uint64_t after_ns; /* of the plan; 0: none */
        uint64_t due_ns;
    } rows[] = {
        {false, 0,         UINT64_MAX},
        {false, 2 * MS,    2 * MS    },
        {true,  0,         SLICE     },
        {true,  2 * SLICE, SLICE     },
        {true,  SLICE / 2, SLICE / 2 },
    };
    struct session_outcome outcome = {0};
    OWNED(forget) struct heard heard = {0};
    run((struct session_options){.virtual_ns = MS}, waits, sizeof(waits),
        &heard, &outcome);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_machine *machine = session_machine(heard.session);
        const uint64_t now = cairn_time_ns(machine);
        const uint64_t due = rows[i].due_ns;
        struct session_edge edge = {.time_ns = now + rows[i].after_ns};
        const struct session_console console = {
            .machine = machine,
            .connected = rows[i].connected,
            .edges = &edge,
            .edge_count = rows[i].after_ns != 0,
        };
        test_case("row %zu", i);
        EXPECT_EQ(session_console_due(&console),
                  due == UINT64_MAX ? due : now + due);
    }
}

TEST(back_ends_say_what_they_need)
{
    static const struct {
        const char *backend;
        bool peers, file, shown;
    } rows[] = {
        {"stdio",          false, false, true },
        {"pty",            false, false, false},
        {"file:x",         false, true,  false},
        {"unix:x",         true,  true,  false},
        {"tcp:1",          true,  false, false},
        {"connect:unix:x", true,  false, false},
        {"loopback",       false, false, true },
        {"loopbac",        false, false, false},
        {"loopback2",      false, false, false},
        {"nothing",        false, false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct session_serial serials[] = {
            {.port = "a", .backend = "stdio"},
            {.backend = rows[i].backend          },
        };
        const struct session_options options = {.serials = serials,
                                                .serial_count = 2};
        const struct session_console console = {.options = &options,
                                                .port = "b"};
        test_case("%s", rows[i].backend);
        EXPECT_EQ(session_serial_has_peers(&serials[1]), rows[i].peers);
        EXPECT_EQ(session_serial_makes_file(&serials[1]), rows[i].file);
        EXPECT_EQ(session_console_shows(&console, "b"), rows[i].shown);
        EXPECT(session_console_shows(&console, "a"));
        EXPECT(session_console_shows(&console, "c")); /* it has no back end */
    }
}
