/* SPDX-License-Identifier: Apache-2.0 */
/* The guest is guest/tests/profile, whose functions take known shares. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command_folder.h"

#define GUEST    "build/out/guest/virt/profile.elf"
#define IMAGE    "build/out/guest/bench/a64.bin"
#define LITMUS   "build/out/guest/litmus/litmus.bin"
#define CALIPTRA "build/out/guest/caliptra/"
#define EVERY    "101" /* a prime */

enum { FILE_MAX = 16 << 20, WORDS_MAX = 40 };

/* A word, which is the name of a file in the folder if it begins with @. */
static char *path_of(const char *word)
{
    return word[0] == '@' ? xasprintf("%s/%s", folder, word + 1)
                          : xstrdup(word);
}

/* Runs "cairn run virt" with words, up to a NULL; what is complained about. */
static int run(const char *const *words, char **said)
{
    char *line[WORDS_MAX] = {xstrdup("cairn"), xstrdup("run"), xstrdup("virt")};
    size_t count = 3;

    for (; *words; words++) {
        line[count++] = path_of(*words);
    }
    struct outcome outcome = outcome_of((const char *const *)line, count);
    free(outcome.out);
    *said = outcome.err;
    while (count > 0) {
        free(line[--count]);
    }
    return outcome.code;
}

static void run_well(const char *const *words)
{
    OWNED(free_at) char *said = NULL;

    EXPECT_EQ(run(words, &said), COMMAND_DONE);
    EXPECT_STR(said, "");
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

/* The weight of the stack, or of all that begin or end with one in which "..."
 * stands for the rest. */
static uint64_t weight(const char *folded, const char *stack)
{
    uint64_t sum = 0;
    size_t length = strlen(stack);
    bool open_end = length > 3 && strcmp(stack + length - 3, "...") == 0;
    bool open_start = strncmp(stack, "...", 3) == 0;

    for (const char *at = folded; *at; at = strchr(at, '\n') + 1) {
        size_t size = strcspn(at, "\n"); /* to the last blank */
        while (at[size] != ' ') {
            size--;
        }
        bool same =
            open_end ? strncmp(at, stack, length - 3) == 0
            : open_start
                ? size >= length - 3 && strncmp(at + size - (length - 3),
                                                stack + 3, length - 3) == 0
                : size == length && strncmp(at, stack, length) == 0;
        if (same) {
            sum += strtoull(at + size, NULL, 10);
        }
    }
    return sum;
}

#define BELOW     "cpu0;EL1;_start;main;work"
#define RECURSION ";recurse;recurse;recurse;recurse;recurse;recurse"

static void expect_shares(const char *folded)
{
    static const struct {
        const char *stack;
        double eighths;
    } rows[] = {
        {BELOW ";leaf",           1},
        {BELOW ";busy",           3},
        {BELOW RECURSION ";leaf", 4},
        {"...;leaf",              5},
        {BELOW "...",             8},
    };
    double whole = (double)weight(folded, "cpu0;EL1...");

    EXPECT(whole > 700000 && whole < 900000);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        double part = (double)weight(folded, rows[i].stack) * 8 / whole;

        test_case("%s: %f", rows[i].stack, part);
        EXPECT(part > rows[i].eighths - 0.02);
        EXPECT(part < rows[i].eighths + 0.02);
    }
    test_case(" ");
    /* The link register of a function that has called leads into itself. */
    EXPECT(strstr(folded, "busy;busy") == NULL);
    EXPECT(strstr(folded, "leaf;") == NULL);
}

TEST(functions_have_the_shares_that_they_take_with_their_callers)
{
    static const char *const engines[] = {"interpreter", "compiler", "chaos"};
    OWNED(free_at) char *first = NULL;

    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        const char *const words[] = {
            "--kernel", GUEST,       "--profile-every", EVERY, "--engine",
            engines[i], "--profile", "@a.folded",       NULL};

        test_case("%s", engines[i]);
        run_well(words);
        char *text = read_text("@a.folded");
        expect_shares(text);
        if (first == NULL) {
            first = text;
        } else {
            EXPECT_STR(text, first);
            free(text);
        }
    }
}

TEST(two_runs_have_the_same_profile_in_each_form)
{
    static const char *const forms[][2] = {
        {"@a.svg",    "@b.svg"   },
        {"@a.folded", "@b.folded"},
        {"@a.txt",    "@b.txt"   },
        {"@a",        "@b"       },
    };

    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        char *texts[2];

        test_case("%s", forms[i][0]);
        for (size_t n = 0; n < 2; n++) {
            const char *const words[] = {
                "--kernel",        GUEST, "--profile", forms[i][n],
                "--profile-every", EVERY, NULL};
            run_well(words);
            texts[n] = read_text(forms[i][n]);
        }
        EXPECT_STR(texts[0], texts[1]);
        EXPECT(strlen(texts[0]) > 100);
        free(texts[0]);
        free(texts[1]);
    }
}

/* Hashes on the way of a run with a profile of that period, or without. */
static char *hashes(const char *kernel, const char *period)
{
    const char *words[] = {"--kernel",
                           kernel,
                           "--cpus",
                           "2",
                           "--hashes",
                           "@h",
                           "--hash-every",
                           "50000",
                           "--max-instructions",
                           "500000",
                           "--profile",
                           "@a.txt",
                           "--profile-every",
                           period,
                           NULL};
    char *said = NULL;

    if (period == NULL) {
        words[ARRAY_SIZE(words) - 5] = NULL;
    }
    int code = run(words, &said);
    EXPECT(code == COMMAND_DONE || strstr(said, "the limit of 500000"));
    free(said);
    return read_text("@h");
}

/* Also of processors that race for words of memory. */
TEST(state_is_the_same_with_a_profile_of_any_period)
{
    static const char *const kernels[] = {GUEST, LITMUS};
    static const char *const periods[] = {"1", "7", "1000", "10007"};

    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
        OWNED(free_at) char *expected = hashes(kernels[i], NULL);

        EXPECT(strlen(expected) > 200);
        for (size_t n = 0; n < ARRAY_SIZE(periods); n++) {
            OWNED(free_at) char *text = hashes(kernels[i], periods[n]);

            test_case("%s, %s", kernels[i], periods[n]);
            EXPECT_STR(text, expected);
        }
    }
}

/* A nanosecond each, from where it was restored on. */
static void expect_rest(const char *name, double instructions)
{
    char *text = read_text(name);
    const char *passed = strstr(text, " processor, in ");
    char *core = strstr(text, "\ncpu0 ");

    EXPECT(passed != NULL && core != NULL);
    if (passed == NULL || core == NULL) {
        free(text);
        return;
    }
    core += strlen("\ncpu0 ");
    const double values[] = {
        strtod(core, &core),
        strtod(core, &core) * 1e6,
        strtod(core, &core) * 1e6 + instructions, /* no time to wait */
        strtod(passed + strlen(" processor, in "), NULL) * 1e9,
    };
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        test_case("value %zu: %f", i, values[i]);
        EXPECT(values[i] > instructions - 1000);
        EXPECT(values[i] < instructions + 1000);
    }
    test_case(" ");
    free(text);
}

TEST(a_replay_has_the_profile_of_the_run_and_a_restored_run_one_of_its_rest)
{
    const char *const record[] = {"--kernel",        GUEST,       "--record",
                                  "@inputs",         "--profile", "@a.folded",
                                  "--profile-every", EVERY,       NULL};
    const char *const replay[] = {"--kernel",        GUEST,       "--replay",
                                  "@inputs",         "--profile", "@b.folded",
                                  "--profile-every", EVERY,       NULL};
    const char *const save[] = {"--kernel", GUEST,    "--max-instructions",
                                "600000",   "--save", "@snap",
                                NULL};
    const char *const restore[] = {"--kernel",  GUEST,       "--restore",
                                   "@snap",     "--profile", "@c.folded",
                                   "--profile", "@c.txt",    "--profile-every",
                                   EVERY,       NULL};
    OWNED(free_at) char *said = NULL;

    REQUIRE(make_folder());
    run_well(record);
    run_well(replay);
    OWNED(free_at) char *recorded = read_text("@a.folded");
    OWNED(free_at) char *replayed = read_text("@b.folded");
    EXPECT_STR(replayed, recorded);
    EXPECT_EQ(run(save, &said), COMMAND_FAILED); /* by its limit */
    run_well(restore);
    OWNED(free_at) char *rest = read_text("@c.folded");
    uint64_t taken = weight(rest, "cpu0;EL1...");
    EXPECT(taken > 190000 && taken < 210000);
    EXPECT_EQ(taken, weight(rest, "...;leaf"));
    expect_rest("@c.txt", (double)taken);
}

/* Names come from files that anybody may have written. */
TEST(names_are_escaped_in_each_form)
{
    const char *const words[] = {
        "--kernel",        GUEST,       "--symbols", "@symbols",  "--profile",
        "@a.svg",          "--profile", "@a.folded", "--profile", "@a.txt",
        "--profile-every", EVERY,       NULL};

    REQUIRE(make_folder());
    write_text("@symbols",
               "40200000 T <script>&\"';x\001\377]]>\n"
               "40200001 T\n"
               "zz\n");
    run_well(words);
    OWNED(free_at) char *svg = read_text("@a.svg");
    OWNED(free_at) char *folded = read_text("@a.folded");
    OWNED(free_at) char *table = read_text("@a.txt");
    /* A function of the ELF file begins later, so is nearer; all but _start. */
    EXPECT(strstr(folded, "cpu0;EL1;<script>&\"':x?\?]]>;main;work;leaf "));
    EXPECT(strstr(table, "<script>&\"';x?\?]]>\n"));
    EXPECT(strstr(svg, "<title>&lt;script&gt;&amp;&quot;';x?\?]]&gt; ("));
    EXPECT(strstr(svg, "<script>&") == NULL);
    EXPECT(strstr(svg, "<script><![CDATA["));
}

/* The image has no symbols of its own. */
TEST(symbols_are_of_a_processor_and_may_be_moved)
{
    static const struct {
        const char *before;
        const char *file;
        bool found;
    } rows[] = {
        {"",      "right",            true },
        {"cpu0=", "right",            true },
        {"cpu1=", "right",            false},
        {"",      "moved",            false},
        {"",      "moved@0x40200000", true },
        {"cpu0=", "moved@0x40200000", true },
        {"cpu1=", "moved@0x40200000", false},
    };

    REQUIRE(make_folder());
    write_text("@right", "40200000 T first\n40200100 T second\n");
    write_text("@moved", "1000 T first\n1100 T second\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *symbols =
            xasprintf("%s%s/%s", rows[i].before, folder, rows[i].file);
        const char *const words[] = {
            "--kernel",        IMAGE,   "--cpus",    "2",
            "--symbols",       symbols, "--profile", "@a.folded",
            "--profile-every", "11",    NULL};

        test_case("%s", symbols);
        run_well(words);
        char *folded = read_text("@a.folded");
        EXPECT((strstr(folded, ";second") != NULL) == rows[i].found);
        EXPECT((strstr(folded, ";[ram 0x40200000]") == NULL) == rows[i].found);
        free(folded);
        free(symbols);
    }
}

/* RISC-V: a function, and its caller as long as that is known. */
TEST(functions_of_a_root_of_trust_are_those_of_its_firmware)
{
    static const char *const stacks[] = {
        "cpu;M;_start;clear", "cpu;M;sha2_384_mailbox", "cpu;M;_start...",
        "cpu;M;[iccm 0x40000000]...", "cpu;M;cold_boot;memcpy"};
    REQUIRE(make_folder());
    OWNED(free_at) char *path = path_of("@a.folded");
    const char *const words[] = {"cairn",
                                 "run",
                                 "caliptra-1.1",
                                 "--rom",
                                 CALIPTRA "rom.bin",
                                 "--firmware",
                                 CALIPTRA "embedded/firmware.bundle",
                                 "--symbols",
                                 CALIPTRA "rom.elf",
                                 "--profile",
                                 path,
                                 "--profile-every",
                                 EVERY};
    FILE *nowhere = fopen("/dev/null", "w");

    REQUIRE(nowhere);
    EXPECT_EQ(command_main(ARRAY_SIZE(words), words, nowhere, nowhere),
              COMMAND_DONE);
    fclose(nowhere);
    OWNED(free_at) char *folded = read_text("@a.folded");
    for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
        test_case("%s", stacks[i]);
        EXPECT(weight(folded, stacks[i]) > 0);
    }
    EXPECT(strstr(folded, "[not unwound]") == NULL);
}

/* Counts differ from run to run, functions do not. */
TEST(processors_in_parallel_have_profiles_too)
{
    const char *const words[] = {
        "--kernel",  GUEST,       "--cpus",          "2",   "--parallel",
        "--profile", "@a.folded", "--profile-every", EVERY, NULL};

    REQUIRE(make_folder());
    run_well(words);
    OWNED(free_at) char *folded = read_text("@a.folded");
    expect_shares(folded);
}

/* The image has no symbols of its own; all of the ELF file's code has one. */
TEST(code_without_a_name_is_counted_with_what_would_name_it)
{
    static const char words[] =
        "100.00% of the samples are in code that no "
        "symbol names: --symbols FILE names its "
        "functions";
    static const struct {
        const char *kernel;
        const char *symbols;
        bool said;
    } rows[] = {
        {GUEST, GUEST,     false},
        {IMAGE, "@before", false},
        {IMAGE, "@behind", true },
    };
    static const char *const files[] = {"@a.txt", "@a.svg"};

    REQUIRE(make_folder());
    write_text("@before", "40200000 T first\n40200100 T second\n");
    write_text("@behind", "7f000000 T behind\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *const line[] = {
            "--kernel",        rows[i].kernel, "--symbols", rows[i].symbols,
            "--profile",       files[0],       "--profile", files[1],
            "--profile-every", "11",           NULL};

        run_well(line);
        for (size_t n = 0; n < ARRAY_SIZE(files); n++) {
            OWNED(free_at) char *text = read_text(files[n]);
            test_case("%s, %s, %s", rows[i].kernel, rows[i].symbols, files[n]);
            EXPECT((strstr(text, words) != NULL) == rows[i].said);
            EXPECT((strstr(text, "no symbol names") != NULL) == rows[i].said);
        }
    }
}

TEST(profiles_that_cannot_be_are_refused)
{
    static const struct {
        const char *words[8];
        int code;
        const char *reason;
    } rows[] = {
        {{"--profile", "@a.pdf"},
         COMMAND_MISUSED,                                                     "ends in none of .svg, .folded or .txt"                   },
        {{"--profile-every", "5"},
         COMMAND_MISUSED,                                                     "option '--profile-every' has no effect without --profile"},
        {{"--profile", "@a.svg", "--profile-every", "0"},
         COMMAND_MISUSED,                                                     "option '--profile-every': 0 is no distance"              },
        {{"--symbols", GUEST},
         COMMAND_MISUSED,                                                     "has no effect without --perf-map or --profile"           },
        {{"--profile", "@a.svg", "--gdb", "0"},
         COMMAND_MISUSED,                                                     "option '--profile' has no effect with --gdb"             },
        {{"--profile", "@a.svg", "--profile", "@a.svg"},
         COMMAND_MISUSED,                                                     "option '--profile': --profile writes"                    },
        {{"--kernel", "@a.txt", "--profile", "@a.txt"},
         COMMAND_MISUSED,                                                     "option '--profile': --kernel reads"                      },
        {{"--profile", "@a.txt", "--symbols", "@a.txt"},
         COMMAND_MISUSED,                                                     "option '--profile': --symbols reads"                     },
        {{"--profile", "@none/a.svg"},                        COMMAND_FAILED, "No such file"                                            },
        {{"--profile", "@b.svg", "--symbols", "@none"},
         COMMAND_FAILED,                                                      "No such file"                                            },
        {{"--profile", "@b.svg", "--symbols", IMAGE},
         COMMAND_FAILED,                                                      "no symbols"                                              },
        {{"--profile", "@b.svg", "--symbols", "cpu7=" GUEST},
         COMMAND_MISUSED,                                                     "option '--symbols': the board has no processor 'cpu7'"   },
    };

    REQUIRE(make_folder());
    write_text("@a.txt", "kept");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(free_at) char *said = NULL;

        test_case("%zu", i);
        EXPECT_EQ(run(rows[i].words, &said), rows[i].code);
        EXPECT(strstr(said, rows[i].reason));
    }
    OWNED(free_at) char *text = read_text("@a.txt");
    EXPECT_STR(text, "kept");
}
