/* SPDX-License-Identifier: Apache-2.0 */
/* The script language on a small board: a processor that counts in memory, and
 * a system outside that sees that memory. Boots are in tests/. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

static const char board[] =
    "/dts-v1/;\n"
    "/ {\n"
    "    #address-cells = <1>;\n"
    "    #size-cells = <1>;\n"
    "    model = \"example,counter\";\n"
    "    core: cluster {\n"
    "        compatible = \"cpus,cluster\";\n"
    "        #address-cells = <1>;\n"
    "        #size-cells = <0>;\n"
    "        address-map = <0x1000 &ram 0x1000 0x2000>;\n"
    "        cpu: cpu@0 {\n"
    "            device_type = \"cpu\";\n"
    "            compatible = \"riscv,rv32imc\";\n"
    "            reg = <0>;\n"
    "            clock-frequency = <100000000>;\n"
    "            cairn,reset-vector = <0x1000>;\n"
    "        };\n"
    "    };\n"
    "    soc: soc {\n"
    "        compatible = \"cairn,soc-agent\";\n"
    "        address-map = <0x30020000 &ram 0x2000 0x1000>;\n"
    "    };\n"
    "    ram: memory@1000 {\n"
    "        device_type = \"memory\";\n"
    "        reg = <0x1000 0x2000>;\n"
    "    };\n"
    "};\n";

/* The same with a reset controller, whose warm reset is the processor's. */
static const char reset_board[] =
    "/dts-v1/;\n"
    "/ {\n"
    "    #address-cells = <1>;\n"
    "    #size-cells = <1>;\n"
    "    model = \"example,resets\";\n"
    "    core: cluster {\n"
    "        compatible = \"cpus,cluster\";\n"
    "        #address-cells = <1>;\n"
    "        #size-cells = <0>;\n"
    "        address-map = <0x1000 &ram 0x1000 0x2000>;\n"
    "        cpu: cpu@0 {\n"
    "            device_type = \"cpu\";\n"
    "            compatible = \"riscv,rv32imc\";\n"
    "            reg = <0>;\n"
    "            clock-frequency = <100000000>;\n"
    "            cairn,reset-vector = <0x1000>;\n"
    "            resets = <&rst 10>;\n"
    "        };\n"
    "    };\n"
    "    soc: soc {\n"
    "        compatible = \"cairn,soc-agent\";\n"
    "        address-map = <0x30020000 &ram 0x2000 0x1000>;\n"
    "    };\n"
    "    ram: memory@1000 {\n"
    "        device_type = \"memory\";\n"
    "        reg = <0x1000 0x2000>;\n"
    "    };\n"
    "    bus {\n"
    "        compatible = \"simple-bus\";\n"
    "        #address-cells = <1>;\n"
    "        #size-cells = <1>;\n"
    "        ranges;\n"
    "        rst: reset@10000 {\n"
    "            compatible = \"cairn,soc-reset\";\n"
    "            reg = <0x10000 0x1000>;\n"
    "            #reset-cells = <1>;\n"
    "        };\n"
    "    };\n"
    "};\n";

/* Where the system outside sees the counter. */
#define COUNTER "0x30020100"

static const uint32_t program[] = {
    0x000022b7, /* lui t0, 2 */
    0x1002a303, /* lw t1, 0x100(t0) */
    0x00130313, /* addi t1, t1, 1 */
    0x1062a023, /* sw t1, 0x100(t0) */
    0xff5ff06f, /* j -12 */
};

static const uint32_t waiting[] = {
    0x10500073, /* wfi */
    0xffdff06f, /* j -4 */
};

static struct cairn_machine *create_on(const char *text, const uint32_t *words,
                                       size_t count)
{
    char path[] = "/tmp/cairn-agent-XXXXXX.dts";
    int fd = mkstemps(path, 4);
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    const struct cairn_image image = {"ram", words, count * sizeof(*words)};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = path,
        .images = &image,
        .image_count = 1,
    };
    if (fd < 0 || write(fd, text, strlen(text)) < 0 ||
        cairn_create(&options, &machine, &error)) {
        printf("%s\n", error.text);
    }
    if (fd >= 0) {
        close(fd);
    }
    unlink(path);
    return machine;
}

static struct cairn_machine *create_with(const uint32_t *words, size_t count)
{
    return create_on(board, words, count);
}

static struct cairn_machine *create(void)
{
    return create_with(program, ARRAY_SIZE(program));
}

static int run(struct cairn_machine *machine, const char *script,
               struct cairn_error *error)
{
    static const char *const variables[] = {"ONE=1", "EMPTY="};
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6};
    const struct cairn_image file = {"payload", bytes, sizeof(bytes)};
    const struct cairn_agent_options options = {
        .size = sizeof(struct cairn_agent_options),
        .script = script,
        .script_name = "s",
        .variables = variables,
        .variable_count = ARRAY_SIZE(variables),
        .files = &file,
        .file_count = 1,
        .instructions = 100000,
    };
    error->text[0] = '\0';
    return cairn_agent_run(machine, &options, error);
}

struct script {
    const char *text;
    int result;
    const char *error;
};

static void check(const struct script *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = create();
        struct cairn_error error;
        test_case("%s", scripts[i].text);
        REQUIRE(machine);
        EXPECT_EQ(run(machine, scripts[i].text, &error), scripts[i].result);
        EXPECT_STR(error.text, scripts[i].error);
    }
}

static void check_fails(const char *script, const char *reason)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = create();
    struct cairn_error error;
    REQUIRE(machine);
    EXPECT_EQ(run(machine, script, &error), -E2BIG);
    char got[128];
    snprintf(got, sizeof(got), "%.*s", (int)strlen(reason), error.text);
    EXPECT_STR(got, reason);
}

FIXTURE(struct buffer, script, buffer_fini)

TEST_BEGINS(text_does_not_grow_without_bound, script)
{
    buffer_print(script, "set X 0123456789abcdef\n");
    for (unsigned i = 0; i < 40; i++) {
        buffer_print(script, "set X \"${X}${X}\"\n");
    }
    /* 16 bytes doubled 16 times are a MiB. */
    check_fails(buffer_text(script), "s:17: the line has more than 1048576");

    buffer_clear(script);
    buffer_print(script, "set X 0123456789abcdef\n");
    for (unsigned i = 0; i < 15; i++) {
        buffer_print(script, "set X \"${X}${X}\"\n");
    }
    for (unsigned i = 0; i < 9; i++) {
        buffer_print(script, "set Y%u \"${X}\"\n", i);
    }
    check_fails(buffer_text(script), "s:23: variable 'Y6': 524288 bytes are");

    buffer_clear(script);
    for (unsigned i = 0; i < 1001; i++) {
        buffer_print(script, "set X%u\n", i);
    }
    check_fails(buffer_text(script), "s:999: variable 'X998': there are 1000");
}

TEST_BEGINS(conditions_are_not_nested_without_bound, script)
{
    for (unsigned i = 0; i < 100000; i++) {
        buffer_print(script, "if ONE ");
    }
    buffer_print(script, "power\n");
    check_fails(buffer_text(script), "s:1: more than 16 verbs in one");
}

TEST(what_a_verb_reads_has_a_bound)
{
    char folder[] = "/tmp/cairn-agent-XXXXXX";
    OWNED(cairn_destroy_at) struct cairn_machine *machine = create();
    struct cairn_error error;
    REQUIRE(machine && mkdtemp(folder));
    OWNED(free_at) char *path = xasprintf("%s/large", folder);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && ftruncate(fd, 9 << 20) == 0);
    close(fd);
    char *script = xasprintf("set A 1\nmailbox 1 @%s @%s\n", path, path);
    EXPECT_EQ(run(machine, script, &error), -EINVAL);
    EXPECT(strstr(error.text, "s:2: file '/tmp") != NULL);
    EXPECT(strstr(error.text, "more than the limit of 7340032") != NULL);
    free(script);
    unlink(path);
    rmdir(folder);
}

TEST(good_scripts_end_well)
{
    static const struct script scripts[] = {
        {"",                                                           0, ""},
        {"# only a comment\n\n   \n",                                  0, ""},
        {"write 0x30020800 0x12345678 7 # two words\n"
         "expect 0x30020800 0x12345678\nexpect 0x30020804 7", 0, ""},
        {"write 0x30020800 0xff00\nexpect 0x30020800 0xff 0x0\n"
         "expect 0x30020800 0x0f00 0x0f00",                   0, ""},
        {"write 0x30020800 5\nread 0x30020800 -> X\n"
         "write 0x30020804 ${X}\nexpect 0x30020804 5",        0, ""},
        {"set A 3\nset A 4\nwrite 0x30020800 ${A}\n"
         "expect 0x30020800 4",                               0, ""},
        {"default ONE 9\nwrite 0x30020800 ${ONE}\n"
         "expect 0x30020800 1",                               0, ""},
        {"if ONE write 0x30020800 6\nif EMPTY bad\nif NEVER bad\n"
         "expect 0x30020800 6",                               0, ""},
        {"unless EMPTY write 0x30020800 6\nunless ONE bad\n"
         "expect 0x30020800 6",                               0, ""},
        {"if-is ONE 1 write 0x30020800 6\nif-is ONE 2 bad\n"
         "expect 0x30020800 6",                               0, ""},
        {"set A 3\nrequire A 3",                                       0, ""},
        {"stop\nbad",                                                  0, ""},
        {"write mbox_cmd 3\nexpect 0x30020008 3",                      0, ""},
        {"power\nrun 401 instructions\nexpect " COUNTER " 100",        0, ""},
        {"power\npoll " COUNTER " 0xffffffff 1000\n"
         "poll " COUNTER " 0xf00 0x800 within 50000",
         0,                                                               ""},
        {"power\nuntil cpu 0x1010 within 10\nexpect " COUNTER " 1",    0, ""},
        {"refuse 0x1000\nrefuse 0x1000 1",                             0, ""},
        {"set NAME \"two words\"\nset NAME",                           0, ""},
    };
    check(scripts, ARRAY_SIZE(scripts));
}

TEST(script_errors_name_file_and_line)
{
    static const struct script scripts[] = {
        {"\nfrobnicate 1",                                 -EINVAL, "s:2: unknown verb 'frobnicate'"        },
        {"write 0x30020800",                               -EINVAL, "s:1: expected 'write ADDRESS VALUE...'"},
        {"write 0x30020800 x",                             -EINVAL, "s:1: 'x' is not a number"              },
        {"write 0x30020800 -1",                            -EINVAL, "s:1: '-1' is not a number"             },
        {"write nowhere 1",                                -EINVAL,
         "s:1: 'nowhere' is neither an address nor a register"                                              },
        {"read CPTRA_TRNG_DATA[12]",                       -EINVAL,
         "s:1: 'CPTRA_TRNG_DATA[12]': the index goes from 0 to 11"                                          },
        {"user ${NONE}",                                   -EINVAL, "s:1: variable 'NONE' is not set"       },
        {"user ${ONE",                                     -EINVAL, "s:1: '${' without '}'"                 },
        {"set A \"b",                                      -EINVAL, "s:1: a quote is not closed"            },
        {"user 0x100000000",                               -EINVAL, "s:1: a user id has 32 bits"            },
        {"wait soc_ifc.nothing",                           -EINVAL, "s:1: no line 'soc_ifc.nothing'"        },
        {"line soc_ifc.nothing 1",                         -EINVAL,
         "s:1: no input line 'soc_ifc.nothing'"                                                             },
        {"poll mbox_cmd 1 1 for 5",                        -EINVAL,
         "s:1: expected 'within N instructions', not 'for'"                                                 },
        {"fuse nothing 1",                                 -EINVAL,
         "s:1: 'fuse_nothing' is neither an address nor a register"                                         },
        {"fuse uds_seed 1 2 3 4 5 6 7 8 9 10 11 12 13",    -EINVAL,
         "s:1: uds_seed holds 12 words, not 13"                                                             },
        {"fuse fmc_key_manifest_svn 00112233445566778899", -EINVAL,
         "s:1: fmc_key_manifest_svn holds 4 bytes, not 10"                                                  },
        {"trng internal",                                  -EINVAL, "s:1: expected 'trng external [seed N]'"},
        {"reset cold",                                     -EINVAL, "s:1: expected 'reset warm'"            },
    };
    check(scripts, ARRAY_SIZE(scripts));
}

TEST(failed_expectations_say_what_was_met)
{
    static const struct script scripts[] = {
        {"write 0x30020800 5\nexpect 0x30020800 6", -EPROTO,
         "s:2: 0x30020800 is 0x00000005, expected 0x00000006"                                    },
        {"expect 0x1000 0",                         -EPROTO, "s:1: read of 0x00001000: bus error"},
        {"write 0x1000 1",                          -EPROTO,
         "s:1: write of 0x00000001 to 0x00001000: bus error"                                     },
        {"refuse 0x30020800",                       -EPROTO, "s:1: 0x30020800: no bus error"     },
        {"set A 3\nrequire A 4",                    -EPROTO, "s:2: A is '3', expected '4'"       },
        {"require NONE 4",                          -EPROTO, "s:1: NONE is '', expected '4'"     },
    };
    check(scripts, ARRAY_SIZE(scripts));
}

/* The loop is entered behind its first instruction, which a reset alone runs
 * again. */
TEST(reset_lines_are_asserted_and_released)
{
    static const struct script scripts[] = {
        {"power\nrun 40\nassert rst.warm\nuntil cpu 0x1000 within 200",  0,       ""                            },
        {"power\nrun 40\nassert rst.line0\nrelease rst.line0\nrun 40",   0,       ""                            },
        {"power\nrun 40\nassert rst.line0\nuntil cpu 0x1000 within 200",
         -ETIMEDOUT,
         "s:4: waiting for an address: not within 200 instructions, or the "
         "time of so many"                                                                                      },
        {"assert rst.warm",                                              -EAGAIN, "s:1: the power is off"       },
        {"power\nassert nothing",                                        -EINVAL, "s:2: no reset line 'nothing'"},
        {"power\nrelease rst.verdict",                                   -EPERM,
         "s:2: no registers assert and release 'rst.verdict'"                                                   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        struct cairn_machine *machine =
            create_on(reset_board, program, ARRAY_SIZE(program));
        struct cairn_error error;
        test_case("%s", scripts[i].text);
        EXPECT_EQ(run(machine, scripts[i].text, &error), scripts[i].result);
        EXPECT_STR(error.text, scripts[i].error);
        cairn_destroy(machine);
    }
}

TEST(waiting_ends_at_limits)
{
    static const struct script scripts[] = {
        {"power\npoll " COUNTER " 0x80000000 0x80000000 within 1000",
         -ETIMEDOUT,
         "s:2: polling " COUNTER " for 0x80000000: not within 1000 "
         "instructions, or the time of so many"                },
        {"power\npoll " COUNTER " 0x80000000 0x80000000",             -ETIME,
         "s:2: polling " COUNTER " for 0x80000000: the limit of 100000 "
         "instructions, or of the time of so many, was reached"},
        {"power\nuntil cpu 0x2000 within 100",                        -ETIMEDOUT,
         "s:2: waiting for an address: not within 100 instructions, or the "
         "time of so many"                                     },
        {"power\nrun 100001",                                         -ETIME,
         "s:2: running: the limit of 100000 instructions, or of the time of so "
         "many, was reached"                                   },
    };
    check(scripts, ARRAY_SIZE(scripts));
}

/* Limits are of time too, or a processor that waits would never meet one. */
TEST(waiting_for_a_processor_that_waits_ends_too)
{
    static const uint32_t nothing[] = {0};
    static const struct {
        const uint32_t *words;
        size_t count;
        struct script script;
    } rows[] = {
        {waiting,
         ARRAY_SIZE(waiting),
         {"power\npoll " COUNTER " 1 1 within 1000000000000", -ETIME,
          "s:2: polling " COUNTER " for 0x00000001: the limit of 100000 "
          "instructions, or of the time of so many, was reached"}         },
        {waiting,
         ARRAY_SIZE(waiting),
         {"power\npoll " COUNTER " 1 1 within 5000", -ETIMEDOUT,
          "s:2: polling " COUNTER " for 0x00000001: not within 5000 "
          "instructions, or the time of so many"}                         },
        {waiting,
         ARRAY_SIZE(waiting),
         {"power\nrun 60000\nrun 60000", -ETIME,
          "s:3: running: the limit of 100000 instructions, or of the time of "
          "so many, was reached"}                                         },
        {waiting,
         ARRAY_SIZE(waiting),
         {"power\nuntil cpu 0x1100", -EDEADLK,
          "s:2: waiting for an address: all processors wait and nothing will "
          "wake them"}                                                    },
        {nothing,
         ARRAY_SIZE(nothing),
         {"power\nuntil cpu 0x1100 within 50", -EDEADLK,
          "s:2: waiting for an address: cpu is stuck in exceptions without end "
          "at 0x00000000 (mcause 0x1, mepc 0x00000000, mtval 0x00000000)"}},
        {program,
         ARRAY_SIZE(program),
         {"until cpu 0x1100", -EDEADLK,
          "s:1: waiting for an address: the machine has no power"}        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_machine *machine =
            create_with(rows[i].words, rows[i].count);
        struct cairn_error error;
        test_case("%s", rows[i].script.text);
        REQUIRE(machine);
        EXPECT_EQ(run(machine, rows[i].script.text, &error),
                  rows[i].script.result);
        EXPECT_STR(error.text, rows[i].script.error);
        cairn_destroy(machine);
    }
}

/* The mailbox of this board is memory, which answers one word all over. */
TEST(responses_to_checked_commands_are_checked)
{
    static const struct {
        const char *script;
        const char *error;
        uint32_t word;
        int result;
    } cases[] = {
        {"mailbox ABCD +checksum 0 -> data", "",                              0,          0      },
        {"mailbox ABCD 0 0 -> data",         "",                              1,          0      },
        {"mailbox ABCD +checksum 0 -> data",
         "s:1: mailbox command ABCD: a wrong checksum in the response",       1,
         -EPROTO                                                                                 },
        {"mailbox ABCD +checksum 0 -> data",
         "s:1: mailbox command ABCD: FIPS status 0xfffffc83 in the response", 0xfffffc83, -EPROTO},
        {"mailbox ABCD +checksum -> data",
         "s:1: mailbox command ABCD: a response of 4 bytes",                  0,          -EPROTO},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = create();
        struct cairn_error error;
        test_case("0x%08x, %s", cases[i].word, cases[i].script);
        REQUIRE(machine);
        cairn_bus_write(machine, "soc", 1, CALIPTRA_MBOX_STATUS, 4, 1);
        cairn_bus_write(machine, "soc", 1, CALIPTRA_MBOX_DATAOUT, 4,
                        cases[i].word);
        EXPECT_EQ(run(machine, cases[i].script, &error), cases[i].result);
        EXPECT_STR(error.text, cases[i].error);
    }
}

TEST(files_are_found_by_name_and_in_the_folder)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = create();
    struct cairn_error error;
    REQUIRE(machine);
    /* The folder lacks it; the message is the system's. */
    EXPECT_EQ(run(machine, "firmware missing.bundle", &error), -EINVAL);
    EXPECT(strstr(error.text, "s:1: ") == error.text);
    EXPECT(strstr(error.text, "missing.bundle"));
}

/* The mailbox of this board is memory: what was written stays to be seen. */
TEST(mailbox_payload_words_and_checksum_are_as_asked)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = create();
    struct cairn_error error;
    uint64_t value = 0;
    REQUIRE(machine);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_MBOX_STATUS, 4, 2);
    EXPECT_EQ(
        run(machine, "mailbox ABCD +checksum 0x01020304 -> complete", &error),
        0);
    EXPECT_STR(error.text, "");
    cairn_bus_read(machine, "soc", 1, CALIPTRA_MBOX_CMD, 4, &value);
    EXPECT_EQ(value, 0x41424344);
    cairn_bus_read(machine, "soc", 1, CALIPTRA_MBOX_DLEN, 4, &value);
    EXPECT_EQ(value, 8);
    EXPECT_EQ(run(machine, "mailbox 1 -> failure", &error), -EPROTO);
    EXPECT(strstr(error.text, "answered complete, expected failure"));
    /* Bytes of the command and of the payload and the word sum to zero. */
    EXPECT_EQ(run(machine, "mailbox 0x01000000 +checksum", &error), 0);
    cairn_bus_read(machine, "soc", 1, CALIPTRA_MBOX_DATAIN, 4, &value);
    EXPECT_EQ(value, 0xffffffff);
    EXPECT_EQ(run(machine, "mailbox 1 @payload", &error), 0);
    cairn_bus_read(machine, "soc", 1, CALIPTRA_MBOX_DLEN, 4, &value);
    EXPECT_EQ(value, 6);
    cairn_bus_read(machine, "soc", 1, CALIPTRA_MBOX_DATAIN, 4, &value);
    EXPECT_EQ(value, 0x0605);
}
