/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest is guest/tests/mprofile/power.S, which sleeps in each way for a
 * period less the instructions between two wake-ups. What it should come to is
 * computed here from its text, at 40 ns an instruction (an385: 25 MHz).
 */
#include "commands/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command_folder.h"

#define GUEST    "build/out/guest/mprofile/power.elf"
#define LITMUS   "build/out/guest/litmus/litmus.bin"
#define CALIPTRA "build/out/guest/caliptra/"
#define CURRENTS "@currents.dtso"

enum { FILE_MAX = 1 << 20, WORDS_MAX = 40, NS = 40, PERIOD = 25000 };

/* Instructions of the guest: up to the first WFI, of which 7 come before the
 * timer's start; between two wake-ups and the next wait; and from the last one
 * to the end. */
enum {
    FIRST = 10,
    STARTED = 7,
    TO_DEEP = 6,
    TO_DEEP_EVENT = 5,
    TO_EVENT = 6,
    TO_LAST_WFI = 6,
    HANDLER = 3,
    LAST = 4 + 2005,
};

/* By instructions' times. */
static const struct {
    const char *state;
    unsigned entries;
    uint64_t ticks;
} expected[] = {
    {"run",           8,
     FIRST + TO_DEEP + TO_DEEP_EVENT + TO_EVENT + TO_LAST_WFI + 2 * HANDLER +
         LAST                                                           },
    {"wfi",           2, STARTED + PERIOD - FIRST + PERIOD - TO_LAST_WFI},
    {"wfe",           1, PERIOD - TO_EVENT                              },
    {"sleep-on-exit", 2, 2 * (PERIOD - HANDLER)                         },
    {"deep-sleep",    2, 2 * PERIOD - TO_DEEP - TO_DEEP_EVENT           },
    {"reset",         0, 0                                              },
    {"off",           1, 0                                              },
    {"lockup",        0, 0                                              },
};

static const char *const engines[] = {"interpreter", "compiler", "chaos"};

/* A word, in which a name of a file behind @ is one in the folder. */
static char *path_of(const char *word)
{
    const char *at = strchr(word, '@');

    return at ? xasprintf("%.*s%s/%s", (int)(at - word), word, folder, at + 1)
              : xstrdup(word);
}

/* Runs "cairn run" with words, up to a NULL; what is printed and said. */
static int run(const char *const *words, char **printed, char **said)
{
    char *line[WORDS_MAX] = {xstrdup("cairn"), xstrdup("run")};
    size_t count = 2;

    for (; *words; words++) {
        line[count++] = path_of(*words);
    }
    struct outcome outcome = outcome_of((const char *const *)line, count);
    *printed = outcome.out;
    *said = outcome.err;
    while (count > 0) {
        free(line[--count]);
    }
    return outcome.code;
}

/* Returns the output, for the caller to free. */
static char *run_well(const char *const *words)
{
    char *printed = NULL;
    char *said = NULL;

    EXPECT_EQ(run(words, &printed, &said), COMMAND_DONE);
    EXPECT_STR(said, "");
    free(said);
    return printed;
}

static char *read_text(const char *name)
{
    struct buffer bytes = {0};
    struct error error = {""};
    char *path = path_of(name);

    EXPECT_EQ(file_read(path, FILE_MAX, &bytes, &error), 0);
    char *text = xasprintf("%s", buffer_text(&bytes));
    buffer_fini(&bytes);
    free(path);
    return text;
}

static void write_text(const char *name, const char *text)
{
    struct error error;
    OWNED(free_at) char *path = path_of(name);

    EXPECT_EQ(file_write(path, text, strlen(text), &error), 0);
}

static bool has(const char *text, const char *part)
{
    bool found = strstr(text, part) != NULL;

    if (!found) {
        test_case("'%s' in:\n%s", part, text);
    }
    return found;
}

/* The number behind the first such text, which is there. */
static uint64_t number_behind(const char *text, const char *label)
{
    const char *at = strstr(text, label);

    EXPECT(at != NULL);
    return at ? strtoull(at + strlen(label), NULL, 10) : 0;
}

/* The sum of the times of a processor's states. */
static uint64_t sum_of(const char *csv, const char *name)
{
    char *prefix = xasprintf("\n%s,processor,", name);
    uint64_t sum = 0;

    for (const char *at = csv; (at = strstr(at, prefix)) != NULL; at++) {
        const char *count = strchr(at + strlen(prefix), ',') + 1;

        sum += number_behind(count, ",");
    }
    free(prefix);
    return sum;
}

/* ---- Times --------------------------------------------------------------- */

TEST(times_are_those_of_the_instructions_by_each_engine)
{
    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        const char *const words[] = {
            "an385",         "--load",         GUEST, "--engine", engines[i],
            "--semihosting", "--power=@a.csv", NULL};

        free(run_well(words));
        OWNED(free_at) char *text = read_text("@a.csv");
        for (size_t n = 0; n < ARRAY_SIZE(expected); n++) {
            char *row = xasprintf("\ncpu,processor,%s,%u,%" PRIu64 ",,,\n",
                                  expected[n].state, expected[n].entries,
                                  expected[n].ticks * NS);
            EXPECT(has(text, row));
            free(row);
        }
        EXPECT(has(text, "\ncpu,wake,SysTick,7,,,,\n"));
    }
}

/* A charge in nanocoulombs, rounded, from picocoulombs. */
static uint64_t round_to_n(uint64_t p)
{
    return (p + 500) / 1000;
}

static uint64_t volts_to_n(uint64_t p)
{
    return (p * 33 + 5000) / 10000;
}

TEST(charges_are_times_and_the_currents_of_an_overlay)
{
    static const char overlay[] =
        "/dts-v1/;\n/plugin/;\n"
        "&{/} { cairn,supply-microvolt = <3300000>;\n"
        "       cairn,current-source = \"a\\x1bmeter\"; };\n"
        "&cpu { cairn,nanoamp-run = <5000000>; cairn,nanoamp-wfi = <900000>; "
        "};\n";
    const char *const words[] = {
        "an385",           "--load", GUEST,     "--semihosting",
        "--with",          CURRENTS, "--power", "--power=@a.csv",
        "--power=@a.json", NULL};

    REQUIRE(make_folder());
    write_text(CURRENTS, overlay);
    OWNED(free_at) char *shown = run_well(words);
    OWNED(free_at) char *text = read_text("@a.csv");
    OWNED(free_at) char *json = read_text("@a.json");
    uint64_t run_ns = expected[0].ticks * NS;
    uint64_t wfi_ns = expected[1].ticks * NS;
    /* mA x ns are pC, and V x pC are pJ. */
    uint64_t run_pc = run_ns * 5;
    uint64_t wfi_pc = wfi_ns * 9 / 10;
    char *row = xasprintf("cpu,processor,run,8,%" PRIu64 ",5000000,%" PRIu64
                          ",%" PRIu64 "\n",
                          run_ns, round_to_n(run_pc), volts_to_n(run_pc));
    EXPECT(has(text, row));
    free(row);
    row = xasprintf("cpu,processor,wfi,2,%" PRIu64 ",900000,%" PRIu64
                    ",%" PRIu64 "\n",
                    wfi_ns, round_to_n(wfi_pc), volts_to_n(wfi_pc));
    EXPECT(has(text, row));
    free(row);
    uint64_t end_ns = (STARTED + 7 * PERIOD + LAST) * (uint64_t)NS;
    uint64_t average_na = ((run_pc + wfi_pc) * 1000000 + end_ns / 2) / end_ns;
    row = xasprintf("\"charge_nc\":%" PRIu64 ",\"energy_nj\":%" PRIu64
                    ",\"average_na\":%" PRIu64 ",\"complete\":false",
                    round_to_n(run_pc + wfi_pc), volts_to_n(run_pc + wfi_pc),
                    average_na);
    EXPECT(has(json, row));
    free(row);
    EXPECT(has(json, "\"currents_by\":\"a\\u001bmeter\""));
    EXPECT(has(json, "\"wakes\":[{\"cause\":\"SysTick\",\"count\":7}]"));
    EXPECT(has(shown, "\nPower, from 0.000000 to 7.080640 ms\n"));
    EXPECT(has(shown, "at 3.300 V"));
    EXPECT(has(shown, "woken 7 times: SysTick 7\n"));
    EXPECT(has(shown, "without states of no given current"));
    EXPECT(has(shown, "currents by a?meter"));
}

TEST(a_board_without_currents_is_told_so)
{
    const char *const words[] = {"an385",         "--load",  GUEST,
                                 "--semihosting", "--power", NULL};

    REQUIRE(make_folder());
    OWNED(free_at) char *shown = run_well(words);
    EXPECT(has(shown, "board 'an385' gives no currents of these states"));
    EXPECT(strstr(shown, " uC") == NULL);
}

/* The figures of nRF51822: what it draws asleep is a thousandth. */
TEST(microbit_has_currents_of_its_data_sheet)
{
    const char *const words[] = {"microbit",      "--load",         GUEST,
                                 "--semihosting", "--power=@a.csv", NULL};

    REQUIRE(make_folder());
    free(run_well(words));
    OWNED(free_at) char *text = read_text("@a.csv");
    EXPECT(has(text, ",4400000,"));
    EXPECT(has(text, "\ncpu,processor,deep-sleep,2,"));
    EXPECT(has(text, "\npower,device,idle,1,"));
}

/* ---- The same run, the same ledger --------------------------------------- */

static const char *const forms[] = {"a.csv", "a.json", "a.svg", "a.txt"};

/* The ledger of an385, all forms of the ledger in one text. */
static char *ledger_of(const char *const *more)
{
    const char *words[WORDS_MAX] = {"an385"};
    char *options[ARRAY_SIZE(forms)];
    struct buffer all = {0};
    size_t count = 1;

    for (; *more; more++) {
        words[count++] = *more;
    }
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        words[count++] = options[i] = xasprintf("--power=@%s", forms[i]);
    }
    free(run_well(words));
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        char *name = xasprintf("@%s", forms[i]);
        char *text = read_text(name);

        buffer_print(&all, "%s", text);
        free(text);
        free(name);
        free(options[i]);
    }
    char *text = xstrdup(buffer_text(&all));
    buffer_fini(&all);
    return text;
}

/* "  state         <hash>" of a run. */
static char *state_of(const char *shown)
{
    const char *at = strstr(shown, "\n  state  ");

    return at ? xasprintf("%.*s", (int)strcspn(at + 1, "\n"), at + 1)
              : xstrdup("");
}

/* It is saved in its first sleep, so a state is open. */
TEST(a_saved_run_goes_on_with_its_ledger)
{
    const char *const whole[] = {"--load", GUEST, "--semihosting", NULL};
    const char *const save[] = {"an385",
                                "--load",
                                GUEST,
                                "--semihosting",
                                "--max-instructions",
                                "30",
                                "--power=@first.csv",
                                "--save",
                                "@snap",
                                NULL};
    const char *const rest[] = {"--load",    GUEST,   "--semihosting",
                                "--restore", "@snap", NULL};
    const char *const plain[] = {"an385",     "--load", GUEST, "--semihosting",
                                 "--restore", "@snap",  NULL};
    const char *const never[] = {"an385", "--load", GUEST, "--semihosting",
                                 NULL};
    char *printed = NULL;
    char *said = NULL;

    REQUIRE(make_folder());
    char *first = ledger_of(whole);
    EXPECT(strlen(first) > 4000);
    (void)run(save, &printed, &said);
    free(printed);
    free(said);
    char *second = ledger_of(rest);
    EXPECT_STR(second, first);
    free(first);
    free(second);
    /* And without one, to the same state as a run that never had any. */
    char *one = run_well(plain);
    char *other = run_well(never);
    first = state_of(one);
    second = state_of(other);
    EXPECT(strlen(first) > 20);
    EXPECT_STR(first, second);
    free(one);
    free(other);
    free(first);
    free(second);
}

TEST(a_snapshot_without_a_ledger_begins_one)
{
    const char *const save[] = {
        "an385",  "--load", GUEST, "--semihosting", "--max-instructions", "30",
        "--save", "@bare",  NULL};
    const char *const rest[] = {"an385",          "--load",          GUEST,
                                "--semihosting",  "--restore",       "@bare",
                                "--power=@a.csv", "--power=@a.json", NULL};
    char *printed = NULL;
    char *said = NULL;

    REQUIRE(make_folder());
    (void)run(save, &printed, &said);
    free(printed);
    free(said);
    free(run_well(rest));
    OWNED(free_at) char *json = read_text("@a.json");
    OWNED(free_at) char *text = read_text("@a.csv");
    uint64_t start = number_behind(json, "\"start_ns\":");
    uint64_t end = number_behind(json, "\"end_ns\":");
    EXPECT(start > 0);
    EXPECT_EQ(end, 7080640);
    EXPECT_EQ(sum_of(text, "cpu"), end - start);
}

TEST(a_ledger_changes_no_bit_of_a_run)
{
    const char *const with[] = {"an385",         "--load",         GUEST,
                                "--semihosting", "--power=@a.csv", NULL};
    const char *const without[] = {"an385", "--load", GUEST, "--semihosting",
                                   NULL};

    REQUIRE(make_folder());
    OWNED(free_at) char *one = run_well(with);
    OWNED(free_at) char *other = run_well(without);
    EXPECT_STR(one, other);
}

/* ---- Other processors ---------------------------------------------------- */

/* Four that race, of which three are off until PSCI turns them on. */
TEST(application_processors_have_states_too)
{
    OWNED(free_at) char *first = NULL;

    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        const char *const words[] = {
            "virt",   "--kernel",       LITMUS,     "--cpus",
            "4",      "--engine",       engines[i], "--max-instructions",
            "400000", "--power=@a.csv", NULL};
        OWNED(free_at) char *printed = NULL;
        OWNED(free_at) char *said = NULL;

        (void)run(words, &printed, &said);
        char *text = read_text("@a.csv");
        EXPECT(sum_of(text, "cpu0") != 0);
        EXPECT_EQ(sum_of(text, "cpu3"), sum_of(text, "cpu0"));
        EXPECT(strstr(text, "\ncpu3,processor,off,1,0,") == NULL);
        EXPECT(has(text, "\ncpu3,processor,off,1,"));
        if (first == NULL) {
            first = text;
        } else {
            EXPECT_STR(text, first);
            free(text);
        }
    }
}

/* The first turns the second one on, behind four instructions, sends ten events
 * at 20000 turns of a loop each, and turns the machine off. The second waits
 * for events, again and again. */
TEST(wfe_of_a_processor_that_others_rouse_is_a_wait)
{
    static const uint32_t code[] = {
        0x58000240, /* ldr x0, =CPU_ON */
        0xd2800021, /* mov x1, #1 */
        0x100001a2, /* adr x2, second */
        0xd2800003, /* mov x3, #0 */
        0xd4000002, /* hvc #0 */
        0xd2800145, /* mov x5, #10 */
        0xd289c404, /* 1: mov x4, #20000 */
        0xf1000484, /* 2: subs x4, x4, #1 */
        0x54ffffe1, /* b.ne 2b */
        0xd503209f, /* sev */
        0xf10004a5, /* subs x5, x5, #1 */
        0x54ffff61, /* b.ne 1b */
        0x58000100, /* ldr x0, =SYSTEM_OFF */
        0xd4000002, /* hvc #0 */
        0x14000000, /* b . */
        0xd503205f, /* second: wfe */
        0x17ffffff, /* b second */
        0,          0xc4000003, 0, 0x84000008, 0,
    };
    OWNED(free_at) char *first = NULL;

    REQUIRE(make_folder());
    char *path = path_of("@image");
    struct error error = {""};
    EXPECT_EQ(file_write(path, code, sizeof(code), &error), 0);
    free(path);
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        const char *const words[] = {
            "virt",     "--kernel", "@image",         "--cpus", "2",
            "--engine", engines[i], "--power=@a.csv", NULL};

        char *printed = NULL;
        char *said = NULL; /* that it is raw code */
        EXPECT_EQ(run(words, &printed, &said), COMMAND_DONE);
        free(printed);
        free(said);
        char *text = read_text("@a.csv");
        /* At 1 GHz; the loops are most of it. */
        uint64_t sum = sum_of(text, "cpu0");
        EXPECT(sum > 400000 && sum < 401000);
        EXPECT_EQ(sum_of(text, "cpu1"), sum);
        EXPECT(has(text, "\ncpu1,processor,off,2,4,"));
        EXPECT(has(text, "\ncpu1,processor,wfe,11,"));
        EXPECT(has(text, "\ncpu1,wake,an event,10,"));
        uint64_t waits = number_behind(text, "\ncpu1,processor,wfe,11,");
        EXPECT(waits > sum - 200 && waits < sum);
        if (first == NULL) {
            first = text;
        } else {
            EXPECT_STR(text, first);
            free(text);
        }
    }
}

TEST(riscv_harts_have_states_too)
{
    const char *const words[] = {"caliptra-1.1",
                                 "--rom",
                                 CALIPTRA "rom.bin",
                                 "--firmware",
                                 CALIPTRA "embedded/firmware.bundle",
                                 "--power=@a.csv",
                                 NULL};

    REQUIRE(make_folder());
    free(run_well(words));
    OWNED(free_at) char *text = read_text("@a.csv");
    EXPECT(has(text, "\ncpu,processor,run,1,"));
    EXPECT(has(text, "\ncpu,processor,lockup,0,0,"));
}

/* ---- The picture --------------------------------------------------------- */

/* The key of colours: an eye tells any two of them apart, and all of them from
 * the paper, which is white. */
static void expect_distinct_keys(const char *svg)
{
    static const char before[] = "width=\"11\" height=\"11\" fill=\"#";
    enum { LEAST = 30, PALETTE = 12 };
    int colours[PALETTE + 1][3] = {
        {255, 255, 255}
    };
    size_t count = 1;

    for (const char *at = svg; (at = strstr(at, before)) != NULL; count++) {
        at += strlen(before);
        unsigned long colour = strtoul(at, NULL, 16);
        REQUIRE(count <= PALETTE);
        for (unsigned i = 0; i < 3; i++) {
            colours[count][i] = (int)(colour >> 8 * i & 0xff);
        }
        for (size_t n = 0; n < count; n++) {
            int sum = 0;
            for (unsigned i = 0; i < 3; i++) {
                int apart = colours[count][i] - colours[n][i];
                sum += apart * apart;
            }
            test_case("#%06lx, key %zu: %d", colour, n, sum);
            EXPECT(sum >= LEAST * LEAST);
        }
    }
    EXPECT_EQ(count, PALETTE + 1);
}

TEST(a_picture_is_complete_in_itself)
{
    const char *const words[] = {"microbit",      "--load",         GUEST,
                                 "--semihosting", "--power=@a.svg", NULL};

    REQUIRE(make_folder());
    free(run_well(words));
    OWNED(free_at) char *svg = read_text("@a.svg");
    EXPECT(strncmp(svg, "<?xml", 5) == 0);
    EXPECT(strcmp(svg + strlen(svg) - 7, "</svg>\n") == 0);
    EXPECT(has(svg, "virtual time</text>"));
    EXPECT(has(svg, "current, average of a bin</text>"));
    EXPECT(has(svg, ">deep-sleep</text>"));
    EXPECT(strstr(svg, "href") == NULL);
    expect_distinct_keys(svg);
}

/* ---- Refusals ------------------------------------------------------------ */

TEST(ledgers_that_cannot_be_are_refused)
{
    static const struct {
        const char *overlay;
        const char *option;
        int code;
        const char *words;
    } rows[] = {
        {"&{/} {};",                                  "--power=@a.pdf",      COMMAND_MISUSED,
         "ends in none of .svg, .json, .csv or .txt"                                                        },
        {"&{/} {};",                                  "--power=@none/a.svg", COMMAND_FAILED,  "No such file"},
        {"&cpu { cairn,nanoamp-nap = <1>; };",        "--power",             COMMAND_FAILED,
         "cairn,nanoamp-nap"                                                                                },
        {"&cpu { cairn,nanoamp-nap = <1>; };",        "--power",             COMMAND_FAILED,
         "'cpu' has no such power state"                                                                    },
        {"&cpu { cairn,nanoamp-run = <1 2>; };",      "--power",             COMMAND_FAILED,
         "'cairn,nanoamp-run' of 'cpu' is no single cell"                                                   },
        {"&cpu { cairn,supply-microvolt = <1 2>; };", "--power",             COMMAND_FAILED,
         "'cairn,supply-microvolt' of 'cpu' is no single cell"                                              },
        {"&uart0 { cairn,nanoamp-wfi = <1>; };",      "--power",             COMMAND_FAILED,
         "'cairn,nanoamp-wfi': 'uart0' has no such power state"                                             },
    };

    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *const words[] = {"an385",         "--load", GUEST,
                                     "--semihosting", "--with", CURRENTS,
                                     rows[i].option,  NULL};
        OWNED(free_at) char *printed = NULL;
        OWNED(free_at) char *said = NULL;
        char *overlay =
            xasprintf("/dts-v1/;\n/plugin/;\n%s\n", rows[i].overlay);

        test_case("%s %s", rows[i].overlay, rows[i].option);
        write_text(CURRENTS, overlay);
        EXPECT_EQ(run(words, &printed, &said), rows[i].code);
        EXPECT(has(said, rows[i].words));
        free(overlay);
    }
}
