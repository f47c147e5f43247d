/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `cairn run`: each has an effect on a board, or is refused there.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/command.h"
#include "tests/command.h"

#define NONCE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Every option of `cairn run`, a value for it, and what takes it: c a Caliptra
 * core alone, t board trust, k trust with a kernel, v virt, x virt-gicv3, g
 * virt with a debugger, f no board named. Without any: files that are read
 * before, and the log, at which the others end. */
static const struct {
    const char *option;
    const char *value; /* NULL: none */
    const char *with;  /* what it goes with, or "" */
    const char *takes;
} effects[] = {
    {"rom",                "x",             "",                              "ctkf"    },
    {"firmware",           "x",             "",                              "cf"      },
    {"image",              "rom=/dev/null", "",                              "ctkf"    },
    {"load",               "x",             "",                              ""        },
    {"bl2",                "x",             "",                              "m"       },
    {"secure",             "x",             "",                              "m"       },
    {"nonsecure",          "x",             "",                              "m"       },
    {"secure-upgrade",     "x",             "",                              "m"       },
    {"nonsecure-upgrade",  "x",             "",                              "m"       },
    {"with",               NULL,            "",                              ""        },
    {"generation",         "1.0",           "",                              "f"       },
    {"fuses",              "x",             "",                              "cf"      },
    {"fuse-array",         "x",             "",                              "t"       },
    {"capsule",            "x",             "",                              "t"       },
    {"lifecycle",          "production",    "",                              "cf"      },
    {"debug-unlocked",     NULL,            "",                              "cf"      },
    {"agent",              "/dev/null",     "",                              "ctkvxgfm"},
    {"set",                "UNTIL=fmc",     "",                              "cf"      },
    {"guest",              "/x/y",          "",                              "tvxgf"   },
    {"kernel",             "x",             "",                              "tvxg"    },
    {"initrd",             "x",             " --kernel x",                   "tvxg"    },
    {"append",             "x",             " --kernel x",                   "tvxg"    },
    {"dtb",                "x",             " --kernel x",                   "tvxg"    },
    {"module",             "kernel=x",      " --kernel x",                   "vxg"     },
    {"module-append",      "x",             " --kernel x --module kernel=x", "vxg"     },
    {"bios",               "x",             "",                              "vxg"     },
    {"no-acpi",            NULL,            " --bios x",                     "vxg"     },
    {"flash",              "x",             "",                              "tvxg"    },
    {"memory",             "1G",            "",                              "vxg"     },
    {"cpus",               "2",             "",                              "kvxg"    },
    {"cpu",                "cortex-a35",    "",                              "vxg"     },
    {"gic",                "3",             "",                              "vg"      },
    {"rtc",                "2026-11-22",    "",                              "kvxg"    },
    {"security",           NULL,            "",                              "vxg"     },
    {"virtualization",     NULL,            "",                              "kvxg"    },
    {"semihosting",        NULL,            "",                              "kvxgm"   },
    {"semihosting-folder", "/",             "",                              "kvxgm"   },
    {"console",            "uart",          " --output x",                   "kvxgm"   },
    {"disk",               "file:x",        "",                              "ctkvxgfm"},
    {"net",                "none",          "",                              "ctkvxgfm"},
    {"share",              "/",             "",                              "ctkvxgfm"},
    {"serial",             "loopback",      "",                              "kvxgm"   },
    {"tpm",                "x",             "",                              "kvxg"    },
    {"rng",                "seeded",        "",                              "kvxg"    },
    {"vsock",              "cid=3,path=x",  "",                              "kvxg"    },
    {"plug",               "tablet",        "",                              "kvxg"    },
    {"expect",             "x",             "",                              "kvxm"    },
    {"type",               "x",             " --expect x",                   "kvxm"    },
    {"input",              "x",             "",                              "kvxm"    },
    {"press",              "power@5s",      "",                              "kvxm"    },
    {"output",             "x",             "",                              "kvxgm"   },
    {"guest-dtb",          "x",             "",                              "kvxg"    },
    {"until",              "fmc",           "",                              "cf"      },
    {"max-instructions",   "5",             "",                              "ctkvxfm" },
    {"seed",               "5",             "",                              "ctkvxgfm"},
    {"engine",             "interpreter",   "",                              "ctkvxgfm"},
    {"stats",              NULL,            "",                              "ctkvxgfm"},
    {"parallel",           NULL,            " --cpus 2",                     "kvx"     },
    {"power",              "x.svg",         "",                              "ctkvxgfm"},
    {"power-cut",          "5",             "",                              "tkvxm"   },
    {"reset-at",           "x@5",           "",                              "ctkvxgfm"},
    {"strict",             NULL,            "",                              "ctkvxgfm"},
    {"gdb",                "0",             "",                              "ctkvxfm" },
    {"reverse-memory",     "5",             " --gdb 0",                      "ctkvxfm" },
    {"max-time",           "5s",            "",                              "tkvxm"   },
    {"timeout",            "5s",            "",                              "ctkvxfm" },
    {"exit-status",        "reason",        "",                              "ctkvxgfm"},
    {"restore",            NULL,            "",                              ""        },
    {"save",               "x",             "",                              "ctkvxgfm"},
    {"record",             "x",             "",                              "ctkvxfm" },
    {"replay",             NULL,            "",                              ""        },
    {"allow",              "/tmp",          "",                              "ctkvxgfm"},
    {"no-sandbox",         NULL,            "",                              "ctkvxgfm"},
    {"hashes",             "x",             "",                              "ctkvxgfm"},
    {"hash-every",         "5",             " --hashes x",                   "ctkvxgfm"},
    {"perf-map",           NULL,            "",                              "ctkvxgfm"},
    {"profile",            "x.svg",         "",                              "ctkvxfm" },
    {"profile-every",      "5",             " --profile x.svg",              "ctkvxfm" },
    {"symbols",            "x",             " --perf-map",                   "ctkvxgfm"},
    {"trace",              NULL,            "",                              "ctkvxgfm"},
    {"log",                NULL,            "",                              ""        },
    {"json",               NULL,            "",                              "ctkvxgfm"},
    {"events",             "x",             "",                              "ctkvxgfm"},
    {"report",             "x.txt",         "",                              "ctkvxgfm"},
    {"wall-times",         NULL,            "",                              "ctkvxgfm"},
    {"quote",              "x",             "",                              "ctkf"    },
    {"nonce",              NONCE,           " --quote x",                    "ctkf"    },
    {"idevid-issuer",      "x",             " --quote x",                    "ctkf"    },
    {"password-file",      "x",             " --quote x --idevid-issuer x",  "ctkf"    },
    {"quiet",              NULL,            "",                              "ctkvxgfm"},
};

static const struct {
    char letter;
    const char *line;
} places[] = {
    {'c', " caliptra-1.0"     },
    {'c', " caliptra-1.1"     },
    {'c', " caliptra-2.0"     },
    {'c', " caliptra-2.1"     },
    {'t', " trust"            },
    {'k', " trust --kernel /x"},
    {'v', " virt"             },
    {'x', " virt-gicv3"       },
    {'g', " virt --gdb 0"     },
    {'f', ""                  },
    {'m', " an521"            },
};

static size_t find_effect(const char *option)
{
    size_t row = 0;
    while (row < ARRAY_SIZE(effects) &&
           strcmp(effects[row].option, option) != 0) {
        row++;
    }
    return row;
}

/* Nothing runs: what has an effect fails at the log. */
static void expect_effect(size_t row, size_t place)
{
    char *line = xasprintf("run%s%s --%s%s%s --log /nonexistent/log",
                           places[place].line, effects[row].with,
                           effects[row].option, effects[row].value ? "=" : "",
                           effects[row].value ? effects[row].value : "");
    struct outcome outcome = outcome_of_line(line, NULL);
    bool takes = strchr(effects[row].takes, places[place].letter) != NULL;
    test_case("%s: %s", line, outcome.err);
    EXPECT_EQ(outcome.code, takes ? COMMAND_FAILED : COMMAND_MISUSED);
    EXPECT_EQ(strstr(outcome.err, "has no effect") == NULL &&
                  strstr(outcome.err, "was given twice") == NULL,
              takes);
    EXPECT_EQ(strstr(outcome.err, "/nonexistent/log") != NULL, takes);
    outcome_fini(&outcome);
    free(line);
}

TEST(every_option_of_run_has_an_effect_on_a_board_or_is_refused)
{
    size_t words;
    const char *run_word = "run";
    const struct command *run = command_find(1, &run_word, &words);
    REQUIRE(run);
    for (size_t i = 0; i < run->option_count; i++) {
        size_t row = find_effect(run->options[i].name);
        test_case("--%s has no row here", run->options[i].name);
        REQUIRE(row < ARRAY_SIZE(effects));
        for (size_t place = 0;
             *effects[row].takes && place < ARRAY_SIZE(places); place++) {
            expect_effect(row, place);
        }
    }
}

/* A file that is named and empty differs from none. */
TEST(empty_files_are_refused_by_name)
{
    static const char *const lines[] = {
        "run virt --kernel Makefile --dtb ",
        "run virt --bios ",
        "run virt --kernel ",
        "run virt --kernel Makefile --initrd ",
        "run virt --kernel Makefile --module kernel=",
        "run --rom ",
        "run --fuses ",
        "run caliptra-2.0 --image rom=",
    };
    char path[] = "/tmp/cairn-empty-XXXXXX";
    REQUIRE(close(mkstemp(path)) == 0);
    char *complaint = xasprintf("cairn: run: file '%s': is empty\n", path);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        OWNED(free_at) char *line = xasprintf("%s%s", lines[i], path);
        struct outcome outcome = outcome_of_line(line, NULL);
        test_case("%s", line);
        EXPECT_EQ(outcome.code, COMMAND_FAILED);
        EXPECT_STR(outcome.err, complaint);
        outcome_fini(&outcome);
    }
    free(complaint);
    unlink(path);
}

TEST(options_that_would_do_nothing_are_misuse)
{
    static const struct answer cases[] = {
        {"run --input /dev/null",
         "run: option '--input' has no effect on the default board "
         "'caliptra-1.1': it has no application processors"                            },
        {"run trust --expect x",
         "run: option '--expect' has no effect on board 'trust': it "
         "starts no guest without --kernel or --guest linux"                           },
        {"run --nonce 00",
         "run: option '--nonce' has no effect without --quote"                         },
        {"run virt --expect a --type b --type c",
         "run: option '--type' has no effect without its own --expect "
         "before it"                                                                   },
        {"run virt --type b --expect a",
         "run: option '--type' has no effect without its own --expect "
         "before it"                                                                   },
        {"run virt --initrd x",
         "run: option '--initrd' has no effect without --kernel, "
         "--bios or --image"                                                           },
        {"run --set NONE=1",
         "run: option '--set' has no effect on the default board "
         "'caliptra-1.1': "
         "the agent's script reads no NONE"                                            },
        {"run --agent /dev/null --firmware x",
         "run: option '--firmware' has no effect on the default board "
         "'caliptra-1.1': the agent's script reads none of FIRMWARE "
         "FMC_ENTRY firmware.bundle"                                                   },
        {"run virt --parallel --engine chaos",
         "run: option '--parallel' has no effect with --engine chaos"                  },
        {"run ast2700 --kernel x",
         "run: option '--kernel' has no effect on board 'ast2700': "
         "firmware of its own starts the guest"                                        },
        {"run ast2700 --guest linux --expect x",
         "run: option '--guest' has no effect on board 'ast2700': "
         "firmware of its own starts the guest"                                        },
        {"run ast2700 --semihosting --expect x",
         "run: option '--semihosting' has no effect on board 'ast2700': "
         "firmware of its own starts the guest"                                        },
        {"run ast2700 --plug lm75,bus=i2c99",
         "run: option '--plug': board 'ast2700' has no free slot for 'lm75' on "
         "i2c99"                                                                       },
        {"run --rom a --rom b",                   "run: option '--rom' was given twice"},
        {"run --image none=x",
         "run: option '--image' has no effect on the default board "
         "'caliptra-1.1': "
         "it has no memory 'none'"                                                     },
        {"inspect --owner-key-hash 00 x",
         "inspect: option '--owner-key-hash' has no effect without "
         "--verify or --pcrs"                                                          },
        {"pack capsule --key x --out y",
         "pack capsule: option '--key' has no effect without "
         "--certificate"                                                               },
    };
    expect_misuses(cases, ARRAY_SIZE(cases));
    expect_misuse(
        "run trust --firmware BAD --fuses F --lifecycle production "
        "--debug-unlocked --until fmc",
        "run: option '--firmware' has no effect on board 'trust': a "
        "boot processor serves its root of trust, no agent");
}

/* The lines of a board whose firmware brings the guest, also where nobody talks
 * to it. */
TEST(lines_are_pressed_without_a_console)
{
    struct outcome outcome =
        CAIRN("run", "ast2700", "--press", "gpio1.nowhere=1@0s");
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT(strstr(outcome.err, "the board has no input 'gpio1.nowhere'") !=
           NULL);
    outcome_fini(&outcome);
}

TEST(a_run_without_code_or_with_a_text_as_kernel_is_refused)
{
    static const struct {
        const char *board, *option;
        int code;
        const char *says;
    } rows[] = {
        {"virt",  "--cpus=2",           COMMAND_MISUSED,
         "board 'virt': nothing to run; --kernel FILE, --bios FILE or --guest "
         "linux"                                     },
        {"an521", "--seed=2",           COMMAND_MISUSED,
         "board 'an521': nothing to run; --load FILE"},
        {"virt",  "--kernel=README.md", COMMAND_FAILED,
         "README.md': a text, not a kernel"          },
        {"virt",  "--bios=README.md",   COMMAND_FAILED,
         "README.md': a text, not firmware"          },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s %s", rows[i].board, rows[i].option);
        struct outcome outcome = CAIRN("run", rows[i].board, rows[i].option);
        EXPECT_EQ(outcome.code, rows[i].code);
        EXPECT(strstr(outcome.err, rows[i].says));
        outcome_fini(&outcome);
    }
}

TEST(options_of_many_choices_list_them)
{
    static const char *const rows[][2] = {
        {"--cpu=help",  "cortex-a35, neoverse-n1\n"},
        {"--net=help",  "user     a network behind"},
        {"--plug=help", "\nkeyboard\n"             },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i][0]);
        struct outcome outcome = CAIRN("run", "virt", rows[i][0]);
        EXPECT_EQ(outcome.code, COMMAND_DONE);
        EXPECT(strstr(outcome.out, rows[i][1]));
        outcome_fini(&outcome);
    }
}
