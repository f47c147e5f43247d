/* SPDX-License-Identifier: Apache-2.0 */
/* All commands by their tables, and the parser by its complaints. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/help.h"
#include "tests/command.h"

static void expect_done(const char *line, const char *part)
{
    test_case("%s", line);
    OWNED(outcome_fini) struct outcome outcome = outcome_of_line(line, NULL);
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    EXPECT_STR(outcome.err, "");
    EXPECT(strstr(outcome.out, part));
}

static void expect_all_done(const struct answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect_done(answers[i].line, answers[i].text);
    }
}

TEST(every_command_explains_itself)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        OWNED(free_at) char *line = xasprintf("%s --help", command->name);
        expect_done(line, command->purpose);
        struct outcome outcome = outcome_of_line(line, NULL);
        for (size_t j = 0; j < command->option_count; j++) {
            char *option = xasprintf("--%s", command->options[j].name);
            test_case("%s %s", command->name, option);
            EXPECT(strstr(outcome.out, option));
            free(option);
        }
        outcome_fini(&outcome);
    }
    EXPECT(command_at(0));
}

TEST(every_command_refuses_what_it_does_not_know)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        OWNED(free_at) char *line = xasprintf("%s --zzzzzzzzzz", command->name);
        OWNED(free_at)
        char *complaint = xasprintf(
            "%s: unknown option '--zzzzzzzzzz', see 'cairn %s "
            "--help'",
            command->name, command->name);
        expect_misuse(line, complaint);
    }
}

TEST(every_option_that_wants_a_value_complains_without)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        for (size_t j = 0; j < command->option_count; j++) {
            const struct option *option = &command->options[j];
            if (option_is_free(option)) {
                continue;
            }
            char *line =
                option->argument
                    ? xasprintf("%s --%s", command->name, option->name)
                    : xasprintf("%s --%s=x", command->name, option->name);
            char *complaint =
                option->argument
                    ? xasprintf("%s: option '--%s' needs an argument %s",
                                command->name, option->name, option->argument)
                    : xasprintf("%s: option '--%s' takes no argument",
                                command->name, option->name);
            expect_misuse(line, complaint);
            free(line);
            free(complaint);
        }
    }
}

TEST(every_table_is_sound)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        test_case("%s", command->name);
        EXPECT(command->run && command->purpose && command->description);
        for (size_t j = 0; j < command->option_count; j++) {
            const struct option *option = &command->options[j];
            test_case("%s --%s", command->name, option->name);
            EXPECT(strcmp(option->name, "help") != 0);
            EXPECT(option->text && option->text[0]);
            for (size_t k = 0; k < j; k++) {
                const struct option *other = &command->options[k];
                EXPECT(strcmp(option->name, other->name) != 0);
                EXPECT(!option->letter || option->letter != other->letter);
            }
        }
    }
}

/* Two letters that changed places are one mistake, a word that was broken off
 * is none. */
TEST(near_names_are_suggested)
{
    static const struct answer cases[] = {
        {"rnu",                   "unknown command 'rnu', did you mean 'run'?"        },
        {"run --rmo x",           "run: unknown option '--rmo', did you mean '--rom'?"},
        {"run --life x",
         "run: unknown option '--life', did you mean '--lifecycle'?"                  },
        {"board shwo",
         "unknown command 'board shwo', did you mean 'board show'?"                   },
        {"run --guset x",
         "run: unknown option '--guset', did you mean '--guest'?"                     },
        {"run --max 5",
         "run: unknown option '--max', did you mean "
         "'--max-instructions'?"                                                      },
        {"pakc flash",            "unknown command 'pakc', did you mean 'pack'?"      },
        {"help borad",            "help: no command 'borad', did you mean 'board'?"   },
        {"board show --svg virt",
         "board show: option '--svg' takes a file, and 'virt' is a board: "
         "board show virt --svg FILE"                                                 },
        {"qqqqqq",                "unknown command 'qqqqqq', see 'cairn --help'"      },
        {"--what",                "unknown option '--what', see 'cairn --help'"       },
    };
    expect_misuses(cases, ARRAY_SIZE(cases));
}

TEST(operands_are_counted)
{
    static const struct answer cases[] = {
        {"run a.dts b.dts", "run: unexpected argument 'b.dts'"   },
        {"board list x",    "board list: unexpected argument 'x'"},
        {"keys new",
         "keys new: FOLDER|FILE is missing, see 'cairn keys "
         "new --help'"                                           },
    };
    expect_misuses(cases, ARRAY_SIZE(cases));
}

TEST(values_are_checked_against_the_table)
{
    static const struct answer cases[] = {
        {"run --generation 3",
         "run: option '--generation': '3' is not one of 1.0|1.1"   },
        {"run --max-instructions many",
         "run: option '--max-instructions': 'many' is not a number"},
        {"run --max-instructions 99999999999999999999",
         "run: option '--max-instructions': '99999999999999999999' is "
         "out of range, 1 to 18446744073709551615"                 },
        {"run --max-instructions 0",
         "run: option '--max-instructions': '0' is out of range, 1 to "
         "18446744073709551615"                                    },
        {"run virt --memory 100T",
         "run: option '--memory': '100T' is out of range, 1 to "
         "17179869184"                                             },
        {"run virt --memory 0",
         "run: option '--memory': '0' is out of range, 1 to "
         "17179869184"                                             },
        {"run virt --cpus 0",
         "run: option '--cpus': '0' is out of range, 1 to 65535"   },
        {"run virt --memory 1GB",
         "run: option '--memory': '1GB' is not a number with one of the units "
         "k, M, G, T, P and E, powers of 1024"                     },
        {"run --image rom.bin",
         "run: option '--image': 'rom.bin' is not NAME=FILE"       },
    };
    expect_misuses(cases, ARRAY_SIZE(cases));
}

TEST(numbers_have_bases_and_units)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0",                    true,  0          },
        {"42",                   true,  42         },
        {"0x1F",                 true,  31         },
        {"0b101",                true,  5          },
        {"010",                  true,  10         },
        {"2K",                   true,  2048       },
        {"0x10M",                true,  16ull << 20},
        {"3G",                   true,  3ull << 30 },
        {"18446744073709551615", true,  UINT64_MAX },
        {"18446744073709551616", false, 0          },
        {"18014398509481984K",   false, 0          },
        {"",                     false, 0          },
        {"-1",                   false, 0          },
        {" 1",                   false, 0          },
        {"1 ",                   false, 0          },
        {"0x",                   false, 0          },
        {"1KK",                  false, 0          },
        {"1k",                   true,  1024       },
        {"1.5m",                 true,  3ull << 19 },
        {"1g",                   true,  1ull << 30 },
        {"1t",                   true,  1ull << 40 },
        {"1p",                   true,  1ull << 50 },
        {"1e",                   true,  1ull << 60 },
        {"0x1e",                 true,  30         },
        {"1GB",                  false, 0          },
        {"1KiB",                 false, 0          },
        {"1kB",                  false, 0          },
        {"1b",                   false, 0          },
        {"2T",                   true,  2ull << 40 },
        {"16777216T",            false, 0          },
        {"0x10",                 true,  16         },
        {"1KT",                  false, 0          },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t value = 0;
        test_case("'%s'", cases[i].text);
        EXPECT_EQ(number_parse(cases[i].text, &value), cases[i].ok);
        EXPECT_EQ(value, cases[i].value);
    }
}

TEST(the_program_explains_itself)
{
    static const struct answer cases[] = {
        {"--help",          "Commands:"                },
        {"--version",       "cairn "                   },
        {"help",            "Commands:"                },
        {"help run",        "usage: cairn run"         },
        {"help board show", "usage: cairn board show"  },
        {"board --help",    "board list"               },
        {"help keys",       "keys root"                },
        {"help pack",       "pack capsule"             },
        {"help board",      "board list"               },
        {"keys --help",     "usage: cairn keys COMMAND"},
    };
    expect_all_done(cases, ARRAY_SIZE(cases));
    expect_misuse("help walk", "help: no command 'walk', see 'cairn help'");
}

TEST(no_command_is_misuse_and_shows_the_commands)
{
    struct outcome outcome = outcome_of_line("", NULL);
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT(strstr(outcome.err, "Commands:"));
    outcome_fini(&outcome);
    outcome = outcome_of_line("board", NULL);
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT(strstr(outcome.err, "board show"));
    outcome_fini(&outcome);
}

TEST(what_cannot_be_opened_is_a_failure_with_its_name)
{
    static const char *const lines[] = {
        "run /nonexistent/board.dts",
        "run --rom /nonexistent/rom.bin",
        "run --agent /nonexistent/script",
        "run --log /nonexistent/log",
        "board show /nonexistent/board.dts",
        "help --man-pages /nonexistent/folder",
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        test_case("%s", lines[i]);
        struct outcome outcome = outcome_of_line(lines[i], NULL);
        EXPECT_EQ(outcome.code, COMMAND_FAILED);
        EXPECT(strstr(outcome.err, "/nonexistent/"));
        outcome_fini(&outcome);
    }
}

/* ---- Values -------------------------------------------------------------- */

TEST(what_cannot_be_written_is_found_before_the_power_comes_on)
{
    static const char *const options[] = {
        "--report", "--events",     "--log",    "--save",
        "--quote",  "--guest-dtb",  "--hashes", "--output",
        "--flash",  "--fuse-array", "--profile"};
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        bool trust = strcmp(options[i], "--quote") == 0 ||
                     strcmp(options[i], "--fuse-array") == 0;
        char *folder =
            xasprintf("run %s %s /tmp", trust ? "trust" : "virt", options[i]);
        OWNED(free_at)
        char *missing = xasprintf("run %s %s /nonexistent/f",
                                  trust ? "trust" : "virt", options[i]);
        const char *const lines[] = {folder, missing};
        for (size_t n = 0; n < ARRAY_SIZE(lines); n++) {
            struct outcome outcome = outcome_of_line(lines[n], NULL);
            test_case("%s: %s", lines[n], outcome.err);
            EXPECT_EQ(outcome.code, COMMAND_FAILED);
            EXPECT_STR(outcome.out, "");
            EXPECT(strstr(outcome.err,
                          n == 0 ? "Is a directory" : "No such file"));
            EXPECT(strstr(outcome.err, options[i]));
            outcome_fini(&outcome);
        }
        free(folder);
    }
    expect_misuse("run virt --log /tmp/x --output /tmp/x",
                  "run: option '--output': --log writes '/tmp/x' too");
    expect_misuse("run --report a.pdf",
                  "run: option '--report': 'a.pdf' ends in none of .txt, "
                  ".json, .html or .svg");
}

/* The values of any option, with parts that are cut out of the values. */
TEST(options_may_be_given_hundreds_of_times)
{
    static const char *const values[] = {
        "--image=flash%u=x", "--module=kernel=x%u", "--press=pin%u@1s",
        "--serial=p%u=pty",  "--disk=d%u=file:x%u", "--set=NAME%u=value",
        "--net=n%u=none",    "--allow=/tmp/../tmp", "--with=x%u.dtso"};
    enum { TIMES = 300, FIXED = 5 };
    const char *words[FIXED + TIMES] = {"cairn", "run", "virt", "--kernel=k",
                                        "--log=/nonexistent/log"};
    OWNED(buffer_fini) struct buffer text = {0};
    for (unsigned kind = 0; kind < ARRAY_SIZE(values); kind++) {
        OWNED(free_at) char *ignored = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&ignored, &size);
        test_case("%s", values[kind]);
        for (unsigned i = 0; i < TIMES; i++) {
            buffer_clear(&text);
            for (const char *at = values[kind]; *at; at++) {
                if (at[0] == '%') {
                    buffer_print(&text, "%u", i);
                    at++;
                } else {
                    buffer_append(&text, at, 1);
                }
            }
            words[FIXED + i] = xstrdup(buffer_text(&text));
        }
        EXPECT(command_main(FIXED + TIMES, words, out, out) != COMMAND_DONE);
        for (unsigned i = 0; i < TIMES; i++) {
            free((void *)(uintptr_t)words[FIXED + i]);
        }
        fclose(out);
    }
}

TEST(addresses_of_debuggers_are_checked_before_the_power_comes_on)
{
    expect_misuse("run virt --gdb 65536",
                  "run: option '--gdb': address '65536': ports go from 0 to "
                  "65535, not to 65536");
    expect_misuse("run virt --gdb localhost:http",
                  "run: option '--gdb': address 'localhost:http': 'http' is no "
                  "port number");
    expect_misuse("run virt --gdb localhost:",
                  "run: option '--gdb': address 'localhost:' names no port");
    expect_misuse("run virt --gdb unix:",
                  "run: option '--gdb': socket path '' is not 1 to 107 bytes "
                  "long");
}

TEST(choices_are_listed_for_a_wrong_one)
{
    expect_misuse("run virt --cpu cortex-a99",
                  "run: option '--cpu': no processor 'cortex-a99', there are "
                  "cortex-a35, neoverse-n1");
    struct outcome outcome =
        outcome_of_line("run virt --cpu cortex-a35,+none", NULL);
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT(strstr(outcome.err, "no feature '+none' to choose; after + or -"));
    EXPECT(strstr(outcome.err, " pauth "));
    outcome_fini(&outcome);
}

TEST(every_built_in_board_says_what_it_is)
{
    struct outcome outcome = outcome_of_line("board list", NULL);
    char *rest = NULL;
    for (char *line = strtok_r(outcome.out, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        test_case("%s", line);
        EXPECT(strlen(line) > 40 && strlen(line) < 80 + 10);
        EXPECT(strchr(line, ':') || strchr(line, ';'));
    }
    outcome_fini(&outcome);
}

TEST(ports_and_lines_that_are_not_there_are_misuse)
{
    expect_misuse("run virt --console none --output /dev/null",
                  "run: option '--console': the board has no serial port "
                  "'none'; there are: uart");
    expect_misuse("run virt --semihosting --console none --output /dev/null",
                  "run: option '--console': the board has no serial port "
                  "'none'; there are: uart, semihosting");
    static const char *const presses[] = {
        "run virt --press none.such@5s",
        "run virt --press none.such=-40000@5s"};
    for (size_t i = 0; i < ARRAY_SIZE(presses); i++) {
        expect_misuse(
            presses[i],
            "run: option '--press': the board has no input 'none.such'; "
            "there are: cpu0.reset_vector, ram.write_protect, "
            "flash0.write_protect, flash1.write_protect, "
            "nor0.cut_operation, nor0.cut_byte, nor0.cut_seed, "
            "nor1.cut_operation, nor1.cut_byte, nor1.cut_seed, "
            "gpio.pin0, gpio.pin1, gpio.pin2, power (gpio.pin3), "
            "gpio.pin4, gpio.pin5, gpio.pin6, gpio.pin7, "
            "gic.spi0 to gic.cpu7_ppi31");
    }
}

TEST(buttons_are_pressed_at_a_time_with_a_unit)
{
    static const char *const values[] = {
        "power",     "power@",   "power@5",
        "@5s",       "power@5h", "power@99999999999s",
        "=1@5s",     "a=@5s",    "a=4294967296@5s",
        "a=none@5s", "a=-@5s",   "a=-2147483649@5s",
        "a=--1@5s"};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        OWNED(free_at) char *line = xasprintf("run virt --press %s", values[i]);
        OWNED(free_at)
        char *complaint = xasprintf(
            "run: option '--press': '%s' is not "
            "LINE[=VALUE]@TIME, for example power@5s",
            values[i]);
        expect_misuse(line, complaint);
    }
}

TEST(devices_to_plug_have_their_own_settings)
{
    static const struct {
        const char *value;
        const char *complaint;
    } rows[] = {
        {"toaster",
         "no device 'toaster'; there are: balloon, eeprom, gpio, i2c, "
         "keyboard, lm75, rtc, tablet"                                                        },
        {"tablet,",                         "'tablet' has no setting ''"                      },
        {"gpio,lines=17",
         "'lines' of 'gpio' is a number from 1 to 16, not '17'"                               },
        {"tablet,size=4K",                  "'tablet' has no setting 'size'"                  },
        {"keyboard,bus",                    "'keyboard' has no setting 'bus'"                 },
        {"lm75,address=0x78",
         "'address' of 'lm75' is an address from 0x08 to 0x77, not '0x78'"                    },
        {"lm75,address=7",
         "'address' of 'lm75' is an address from 0x08 to 0x77, not '7'"                       },
        {"lm75,bus=i2c9",                   "board 'virt' has no free slot for 'lm75' on i2c9"},
        {"keyboard,bus=isa",                "no bus 'isa': mmio, mmio-legacy or pci"          },
        {"balloon,size=4K,size=4K,size=4K", "'balloon' has no setting 'size'"                 },
        {"balloon,size=5000",
         "'size' of 'balloon' is SIZE[@TIME][:SIZE@TIME...], in pages of 4K "
         "and milliseconds, not '5000'"                                                       },
        {"balloon,size=2K",
         "'size' of 'balloon' is SIZE[@TIME][:SIZE@TIME...], in pages of 4K "
         "and milliseconds, not '2K'"                                                         },
        {"balloon,size=4K@5us",
         "'size' of 'balloon' is SIZE[@TIME][:SIZE@TIME...], in pages of 4K "
         "and milliseconds, not '4K@5us'"                                                     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *line = xasprintf("run virt --plug %s", rows[i].value);
        char *complaint =
            xasprintf("run: option '--plug': %s", rows[i].complaint);
        test_case("%s", rows[i].value);
        expect_misuse(line, complaint);
        free(line);
        free(complaint);
    }
}

TEST(names_that_no_script_reads_are_refused)
{
    static const char *const names[] = {"NOTHING", "FMC", "soc_ifc", "ENTRY"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        OWNED(free_at)
        char *line = xasprintf("run --set %s=1", names[i]);
        OWNED(free_at)
        char *complaint = xasprintf(
            "run: option '--set' has no effect on the default board "
            "'caliptra-1.1': the agent's script reads no %s",
            names[i]);
        expect_misuse(line, complaint);
    }
    expect_misuse("run virt --share tests,owner=0",
                  "run: option '--share': 'owner=0' is not tag=NAME, "
                  "type=fs|9p, read-only, owners=UID[:GID]|kept, "
                  "cache=auto|none|always, locks=guest|host or "
                  "bus=mmio|mmio-legacy|pci");
}

TEST(a_board_that_the_program_has_no_rom_for_is_refused_at_once)
{
    expect_misuse("run caliptra-2.0",
                  "run: board 'caliptra-2.0': the program carries no ROM for "
                  "it; name one with --rom");
    expect_misuse("run caliptra-2.1 --until fmc",
                  "run: board 'caliptra-2.1': the program carries no ROM for "
                  "it; name one with --rom");
}

TEST(firmware_for_another_generation_is_refused_before_the_power_comes_on)
{
    static const char bundle[] =
        "build/out/guest/caliptra/embedded/firmware.bundle";
    static const char *const boards[] = {"caliptra-2.0", "caliptra-2.1"};
    for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
        OWNED(free_at)
        char *line = xasprintf(
            "run %s --rom build/out/guest/caliptra/rom.bin "
            "--firmware %s",
            boards[i], bundle);
        OWNED(free_at)
        char *complaint = xasprintf(
            "cairn: run: firmware '%s': a bundle for generation 1.x, which the "
            "ROM of board '%s' would not know; with --fuses a part would be "
            "given it nevertheless\n",
            bundle, boards[i]);
        test_case("%s", line);
        struct outcome outcome = outcome_of_line(line, NULL);
        EXPECT_EQ(outcome.code, COMMAND_FAILED);
        EXPECT_STR(outcome.out, "");
        EXPECT_STR(outcome.err, complaint);
        outcome_fini(&outcome);
    }
}

TEST(a_board_is_shown_as_it_is_at_power_on)
{
    static const struct answer cases[] = {
        {"board show trust",
         "processor mcu_cpu: riscv,rv32imc, 200 MHz,"
         " starts at 0x80000000, runs"                                  },
        {"board show trust",
         "processor cpu7: arm,cortex-a35, 1 GHz, "
         "starts at 0x00000000, held"                                   },
        {"board show trust",         "reset     line7, asserted -> cpu7"},
        {"board show trust",         "reset     warm -> cpu0"           },
        {"board show trust --svg -", ".line7, asserted -&gt; cpu7"      },
        {"board show virt",
         "cpu0: arm,cortex-a35, 1 GHz, starts at "
         "0x00000000, runs"                                             },
    };
    expect_all_done(cases, ARRAY_SIZE(cases));
}

TEST(built_in_boards_can_be_shown)
{
    struct outcome outcome = outcome_of_line("board list", NULL);
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    char *rest = NULL;
    unsigned count = 0;
    for (char *line = strtok_r(outcome.out, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        line[strcspn(line, " ")] = '\0';
        char *show = xasprintf("board show %s", line);
        expect_done(show, "processor ");
        free(show);
        show = xasprintf("board show %s --svg -", line);
        expect_done(show, "<svg");
        free(show);
        count++;
    }
    EXPECT(count >= 2);
    outcome_fini(&outcome);
}
