/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes of runs that fail, by --exit-status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/command.h"
#include "session/reason.h"
#include "tests/command.h"

/* Raw code for a processor of board virt. */
#define ADR_X1_BLOCK  0x10000061 /* 12 bytes from here */
#define MOV_W0_EXIT   0x52800300
#define HLT_SEMIHOST  0xd45e0000
#define REASON_EXITED 0x20026, 0 /* ADP_Stopped_ApplicationExit */
/* Exits by semihosting; the status stands behind, or is 0. */
#define EXIT   ADR_X1_BLOCK, MOV_W0_EXIT, HLT_SEMIHOST, REASON_EXITED
#define WFI    0xd503207f
#define B_BACK 0x17ffffff
#define ADD_X0 0x91000400 /* a loop that does not only wait */
#define BRK    0xd4200000

/* Calls CPU_ON of PSCI for cpu1, to begin 12 bytes after the fourth word. */
#define MOV_X0_3       0xd2800060
#define MOVK_X0_CPU_ON 0xf2b88000
#define MOV_X1_1       0xd2800021
#define ADR_X2_WFI     0x10000062
#define HVC            0xd4000002
#define CPU_ON         MOV_X0_3, MOVK_X0_CPU_ON, MOV_X1_1, ADR_X2_WFI, HVC
/* This processor is stuck, while cpu1 waits. */
#define STUCK CPU_ON, BRK, WFI, B_BACK

/* A write to UARTDMACR, which no feature stands behind. */
#define MOVZ_X0_UART 0xd2a12000
#define MOV_W1_1     0x52800021
#define STR_W1_DMACR 0xb9004801
#define B_SELF       0x14000000

#define BUNDLE  "build/out/guest/caliptra/embedded/firmware.bundle"
#define CONSOLE "build/out/guest/virt/console.elf"

enum { WORDS = 8 };

static const struct {
    const char *options;
    uint32_t code[WORDS];
    int reason; /* exit code by it, */
    int guest;  /* and by the guest's status */
    const char *text;
} rows[] = {
    {"--semihosting",                                           {EXIT},         0,   0,   "the guest ended well"          },
    {"--semihosting",                                           {EXIT, 7},      124, 7,   "ended with status 7\n"         },
    {"--semihosting",                                           {EXIT, 0x1234}, 124, 255, "ended with status 4660\n"      },
 /* Its low 32 bits are zeros. */
    {"--semihosting",                                           {EXIT, 0, 1},   124, 255, "ended with status 4294967296\n"},
    {"--semihosting --expect never",
     {EXIT, 7},
     121,                                                                            121,
     "went off without printing 'never'"                                                                                  },
    {"--max-instructions 1000",
     {B_SELF},
     120,                                                                            120,
     "the limit of 1000 instructions was reached"                                                                         },
    {"--max-time 1ms",
     {B_SELF},
     120,                                                                            120,
     "the limit of 1 ms of virtual time was reached; --max-time raises it"                                                },
 /* Also where no instruction retires. */
    {"--max-time 1ms --press power@2ms",
     {WFI, B_BACK},
     120,                                                                            120,
     "the limit of 1 ms of virtual time was reached: all processors wait"                                                 },
    {"--timeout 10ms --max-instructions 0xffffffffffff",
     {ADD_X0, B_BACK},
     120,                                                                            120,
     "--timeout: 0.010 s of the host's time were over at instruction"                                                     },
    {"--max-instructions 1000 --expect never",
     {B_SELF},
     121,                                                                            121,
     "has not printed 'never'"                                                                                            },
    {"--strict",
     {MOVZ_X0_UART, MOV_W1_1, STR_W1_DMACR, B_SELF},
     123,                                                                            123,
     "UARTDMACR"                                                                                                          },
    {"",                                                        {WFI, B_BACK},  122, 122, "all processors wait"           },
    {"",                                                        {BRK},          122, 122, "is stuck in exceptions"        },
 /* A network or terminal could wake the one that waits. */
    {"--cpus 2 --net none --timeout 20s --expect hello",
     {STUCK},
     122,                                                                            122,
     "cpu0 is stuck in exceptions"                                                                                        },
    {"--cpus 2 --net user --timeout 20s --expect hello",
     {STUCK},
     122,                                                                            122,
     "cpu0 is stuck in exceptions"                                                                                        },
    {"--cpus 2 --serial uart=pty --timeout 20s --expect hello",
     {STUCK},
     122,                                                                            122,
     "cpu0 is stuck in exceptions"                                                                                        },
    {"--semihosting --press power@1s",                          {EXIT},         121, 121, "was never pressed"             },
    {"--semihosting --power-cut 1",
     {EXIT},
     121,                                                                            121,
     "--power-cut: nor1: never lost"                                                                                      },
};

/* The codes that some line ended with. */
static bool seen[UINT8_MAX + 1];

static void expect_code(const char *start, const char *options,
                        const char *kind, int code, const char *text)
{
    OWNED(free_at)
    char *line = xasprintf("%s%s%s%s", start, options,
                           kind ? " --exit-status " : "", kind ? kind : "");
    OWNED(outcome_fini) struct outcome outcome = outcome_of_line(line, NULL);
    test_case("%s: %s", line, outcome.err);
    EXPECT_EQ(outcome.code, code);
    EXPECT(strstr(outcome.out, text) || strstr(outcome.err, text));
    seen[outcome.code & UINT8_MAX] = true;
}

TEST(each_reason_has_an_exit_code)
{
    char path[] = "/tmp/cairn-code-XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t bytes[4 * WORDS];
        for (size_t n = 0; n < WORDS; n++) {
            store_le32(bytes + 4 * n, rows[i].code[n]);
        }
        REQUIRE(pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes));
        OWNED(free_at) char *start = xasprintf("run virt --kernel %s ", path);
        const int verdict = rows[i].reason == 0 ? 0 : 1;
        const char *text = rows[i].text;
        expect_code(start, rows[i].options, NULL, verdict, text);
        expect_code(start, rows[i].options, "verdict", verdict, text);
        expect_code(start, rows[i].options, "reason", rows[i].reason, text);
        expect_code(start, rows[i].options, "guest", rows[i].guest, text);
    }
    close(fd);
    unlink(path);
}

/* Codes that the table above cannot have: refusals, misuse, and verdicts of
 * other commands. */
static void see_others(void)
{
    static const struct {
        const char *line;
        const char *kind;
        int code;
        const char *text;
    } others[] = {
        {"run --firmware Makefile",      "reason", 1, "firmware 'Makefile'"},
        {"run --firmware Makefile",      "guest",  1, "firmware 'Makefile'"},
        {"run --save /tmp/cairn-none/x", "reason", 1, "cannot be created"  },
        {"run --exit-status none",       NULL,     2, "is not one of"      },
        {"inspect --verify " BUNDLE,     NULL,     3, "undecided"          },
    };
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        expect_code(others[i].line, "", others[i].kind, others[i].code,
                    others[i].text);
    }
}

/* The pages are the list of codes. */
TEST(each_code_of_the_manual_page_is_that_of_some_line)
{
    OWNED(outcome_fini) struct outcome page = CAIRN("help", "--man", "run");
    const char *at = strstr(page.out, ".SH EXIT STATUS");
    unsigned count = 0;
    see_others();
    REQUIRE(at);
    while ((at = strstr(at, "\n.B ")) != NULL) {
        at += strlen("\n.B ");
        const long code = strtol(at, NULL, 10);
        test_case("code %ld", code);
        /* A signal's, which tests/program/signals-test.sh sends. */
        EXPECT(code == session_reason_code(SESSION_REASON_ENDED) ||
               (code >= 0 && code <= UINT8_MAX && seen[code]));
        count++;
    }
    EXPECT_EQ(count, 11);
}

TEST(reasons_have_codes_of_their_own_in_the_manual_page)
{
    struct outcome page = CAIRN("help", "--man", "run");
    for (int i = 0; i < SESSION_REASONS; i++) {
        const enum session_reason reason = (enum session_reason)i;
        char *entry = xasprintf(".B %d\n", session_reason_code(reason));
        test_case("%s", session_reason_word(reason));
        EXPECT(strstr(page.out, entry));
        free(entry);
        for (int j = 0; j < i; j++) {
            EXPECT(session_reason_code((enum session_reason)j) !=
                   session_reason_code(reason));
        }
    }
    outcome_fini(&page);
    page = CAIRN("help", "--man", "inspect");
    EXPECT(strstr(page.out, ".B 3\n"));
    EXPECT(!strstr(page.out, ".B 120\n"));
    outcome_fini(&page);
}

#define ROM_AND_FIRMWARE                                                       \
    "--rom", "build/out/guest/caliptra/rom.bin", "--firmware", BUNDLE

TEST(a_quiet_run_shows_the_consoles_end_if_it_lacks_what_was_expected)
{
    struct outcome outcome =
        CAIRN("run", "virt", "--kernel", CONSOLE, "--quiet", "--expect",
              "never", "--max-time", "20ms");
    EXPECT_EQ(outcome.code, COMMAND_FAILED);
    EXPECT(strstr(outcome.err, "the console ends with:\nready\n"));
    outcome_fini(&outcome);
    outcome = CAIRN("run", "virt", "--kernel", CONSOLE, "--quiet", "--expect",
                    "ready");
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    EXPECT_STR(outcome.err, "");
    outcome_fini(&outcome);
}

/* The prompt stands before the snapshot, so no --expect sees it. */
TEST(after_a_restore_one_types_at_a_prompt_that_is_there)
{
    char path[] = "/tmp/cairn-ready-XXXXXX";
    REQUIRE(close(mkstemp(path)) == 0);
    struct outcome outcome = CAIRN("run", "virt", "--kernel", CONSOLE,
                                   "--expect", "ready", "--save", path);
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    outcome_fini(&outcome);
    outcome = CAIRN("run", "virt", "--kernel", CONSOLE, "--restore", path,
                    "--type", "first\\n", "--expect", "FIRST", "--type",
                    "second\\n", "--expect", "SECOND");
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    EXPECT(strstr(outcome.out, "the guest printed what was expected"));
    outcome_fini(&outcome);
    outcome = CAIRN("run", "virt", "--kernel", CONSOLE, "--restore", path,
                    "--type", "one", "--type", "two");
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    outcome_fini(&outcome);
    outcome = CAIRN("run", "virt", "--kernel", CONSOLE, "--type", "one");
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    outcome_fini(&outcome);
    unlink(path);
}

/* A stage that the snapshot has passed cannot be where the run ends. */
TEST(a_stage_that_was_passed_before_the_snapshot_is_refused)
{
    static const struct {
        const char *until;
        int code;
        const char *text;
    } goals[] = {
        {"firmware-ready", COMMAND_FAILED,
         "has passed stage 'firmware-ready' already: it is at 'fmc' or later"     },
        {"fmc",            COMMAND_DONE,   "the firmware was verified and entered"},
        {"runtime",        COMMAND_DONE,   "the runtime firmware is ready"        },
    };
    char path[] = "/tmp/cairn-half-XXXXXX";
    REQUIRE(close(mkstemp(path)) == 0);
    struct outcome saved =
        CAIRN("run", ROM_AND_FIRMWARE, "--until", "fmc", "--save", path);
    EXPECT_EQ(saved.code, COMMAND_DONE);
    outcome_fini(&saved);
    for (size_t i = 0; i < ARRAY_SIZE(goals); i++) {
        struct outcome outcome = CAIRN("run", ROM_AND_FIRMWARE, "--restore",
                                       path, "--until", goals[i].until);
        test_case("%s: %s", goals[i].until, outcome.err);
        EXPECT_EQ(outcome.code, goals[i].code);
        EXPECT(strstr(goals[i].code == COMMAND_DONE ? outcome.out : outcome.err,
                      goals[i].text));
        outcome_fini(&outcome);
    }
    unlink(path);
}

/* A snapshot that is at the stage where the run is to end ends there at once,
 * in the state that was saved. */
TEST(a_stage_at_which_the_snapshot_stands_is_not_left)
{
    static const char *const stages[] = {"firmware-ready", "fmc", "runtime"};
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        char path[] = "/tmp/cairn-stage-XXXXXX";
        REQUIRE(close(mkstemp(path)) == 0);
        struct outcome saved = CAIRN("run", ROM_AND_FIRMWARE, "--until",
                                     stages[i], "--save", path);
        struct outcome restored = CAIRN("run", ROM_AND_FIRMWARE, "--restore",
                                        path, "--until", stages[i]);
        test_case("%s: %s", stages[i], restored.err);
        EXPECT_EQ(saved.code, COMMAND_DONE);
        EXPECT_EQ(restored.code, COMMAND_DONE);
        const char *before = strstr(saved.out, "  state   ");
        const char *after = strstr(restored.out, "  state   ");
        REQUIRE(before && after);
        EXPECT(strncmp(before, after, strcspn(before, "\n")) == 0);
        outcome_fini(&saved);
        outcome_fini(&restored);
        unlink(path);
    }
}
