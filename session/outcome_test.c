/* SPDX-License-Identifier: Apache-2.0 */
/* How runs end, by scripts of the caller's and otherwise, what is said of it,
 * and what is kept. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

OWNER(struct session, session_close)

#define BUILT "build/out/guest/"

OWN_PATH(folder, "", "folder")
OWN_PATH(script_path, "", "folder/script")
OWN_PATH(beside_path, "", "folder/beside")
OWN_PATH(code_path, "", "folder/code")

static void write_text(const char *path, const char *text)
{
    EXPECT_EQ(file_write(path, text, strlen(text), NULL), 0);
}

static void forget_files(void)
{
    unlink(script_path);
    unlink(beside_path);
    unlink(code_path);
    rmdir(folder);
}

static struct session *build(const struct session_options *options,
                             const struct session_observer *observer)
{
    struct session_error error = {0};
    struct session *session = NULL;

    if (session_open(options, observer, &session, &error) == 0 &&
        session_load(session, &error) == 0 &&
        session_build(session, &error) == 0) {
        (void)session_make_files(session, &error);
    }
    EXPECT_STR(error.text, "");
    return session;
}

TEST(a_script_of_the_callers_is_the_run)
{
    static const char *const variables[] = {"A=1", "B=2"};
    static const struct {
        const char *script;
        struct session_options options;
        int code;
        const char *text; /* at its beginning */
    } rows[] = {
        {"power\n",                           {0},                  0,       "the script ended well"},
        {"stop\n",                            {0},                  -ENOENT, ""                     },
        {"require B 2\nrequire A 1\npower\n",
         {.variables = variables, .variable_count = 2},
         0,                                                                  "the script ended well"},
        {"power\nrequire A 2\n",
         {.variables = variables, .variable_count = 2},
         -EPROTO,
         "/tmp/cairn-0000000000-folder/script:2: "                                                  },
        {"fuses beside\n",
         {0},
         -EINVAL,
         "/tmp/cairn-0000000000-folder/script:1: beside:1: expected 'name = "
         "value'"                                                                                   },
        {"power\n",                           {.until = "runtime"}, -ENOENT, ""                     },
        {"power\nrun 1001\n",
         {.instructions = 1000},
         -ETIME,
         "/tmp/cairn-0000000000-folder/script:2: "                                                  },
    };
    (void)mkdir(folder, 0700);
    write_text(beside_path, "none\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};

        write_text(script_path, rows[i].script);
        options.board = "caliptra-1.1";
        options.rom = BUILT "caliptra/rom.bin";
        options.agent = script_path;
        OWNED(session_close_at) struct session *session = build(&options, NULL);
        EXPECT_EQ(session_run(session, &outcome), rows[i].code);
        own_path_forget(outcome.text);
        test_case("row %zu: %s", i, outcome.text);
        EXPECT_EQ(strncmp(outcome.text, rows[i].text, strlen(rows[i].text)), 0);
        EXPECT_EQ(strstr(outcome.text, "; --max-instructions raises it") !=
                      NULL,
                  rows[i].code == -ETIME);
        EXPECT_EQ(outcome.end, SESSION_END_OWN_SCRIPT);
        EXPECT(session_has_agent(session));
        EXPECT_STR(session_script(session), rows[i].script);
        EXPECT_EQ(session_finish(session), 0);
    }
    forget_files();
}

/* In place of a run, with the variables of the run and a stage. */
TEST(duties_are_a_script_with_a_file_and_a_stage)
{
    static const char *const variables[] = {"A=1"};
    static const struct cairn_image file = {"given", "none", 4};
    static const struct {
        struct session_duties duties;
        int code;
        const char *text;
    } rows[] = {
        {{"power\nrequire A 1\nrequire UNTIL fmc\n", "x", "fmc", NULL}, 0,       ""     },
        {{"stop\nnone\n", "x", "fmc", NULL},                            0,       ""     },
        {{"none\n", "x", "fmc", NULL},                                  -EINVAL, "x:1: "},
        {{"fuses given\n", "x", "fmc", NULL},                           -EINVAL, "x:1: "},
        {{"fuses given\n", "x", "fmc", &file},
         -EINVAL,
         "x:1: given:1: expected 'name = value'"                                        },
        {{NULL, "x", "reset", NULL},                                    0,       ""     },
    };
    const struct session_options options = {.board = "caliptra-1.1",
                                            .rom = BUILT "caliptra/rom.bin",
                                            .variables = variables,
                                            .variable_count = 1};
    OWNED(session_close_at) struct session *session = build(&options, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        int code = session_do_duties(session, &rows[i].duties, &error);
        test_case("row %zu: %s", i, error.text);
        EXPECT_EQ(code, rows[i].code);
        EXPECT_EQ(strncmp(error.text, rows[i].text, strlen(rows[i].text)), 0);
    }
    EXPECT_EQ(cairn_reached(session_machine(session), "power", NULL), 0);
}

/* A boot MCU's console says why it released nobody, if it did not, and only
 * then. */
TEST(a_boot_mcu_is_quoted_if_nobody_was_released)
{
    enum { ENTRY = 0x80, SIZE = 1024 };
    static const uint32_t mcu[] = {
        0x14c342b7, /* lui t0, %hi(AST2700_UART12) */
        0xb0028293, /* addi t0, t0, %lo(AST2700_UART12) */
        0x00a00393, /* li t2, '\n' */
        0x07800313, /* li t1, 'x' */
        0x0062a023, /* sw t1, (t0) */
        0x0072a023, /* sw t2, (t0) */
        0x0000006f, /* j . */
    };
#define G10     "gggggggggg"
#define GOAL100 G10 G10 G10 G10 G10 G10 G10 G10 G10 G10
    static const struct session_image image = {"mcu_rom", code_path};
    static const struct {
        struct session_options options;
        int code;
        bool quoted;
    } rows[] = {
        {{.board = "ast2700", .images = &image, .image_count = 1},    0, false},
        {{.board = "ast2700",
          .images = &image,
          .image_count = 1,
          .until = "runtime"},
         -ENOENT,
         true                                                                 },
        {{.board = "ast2700",
          .images = &image,
          .image_count = 1,
          .until = GOAL100 GOAL100 GOAL100 GOAL100 GOAL100},
         -EINVAL,
         false                                                                },
    };
    (void)mkdir(folder, 0700);
    write_text(script_path, "power\nrun 10000\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};
        uint8_t code[SIZE] = {0};

        memcpy(code + ENTRY, mcu, sizeof(mcu));
        EXPECT_EQ(file_write(code_path, code, sizeof(code), NULL), 0);
        options.agent = script_path;
        OWNED(session_close_at) struct session *session = build(&options, NULL);
        EXPECT_EQ(session_run(session, &outcome), rows[i].code);
        test_case("row %zu: %s", i, outcome.text);
        EXPECT(memchr(outcome.text, '\0', sizeof(outcome.text)));
        EXPECT_EQ(strstr(outcome.text, "; its console ends with 'x'") != NULL,
                  rows[i].quoted);
    }
    forget_files();
}

static void failed(void *context, const char *text)
{
    buffer_print(context, "%s\n", strrchr(text, ':') + 2);
}

/* No file grows from now on, or all may again. */
static void limit_files(bool stops)
{
    struct rlimit limit;

    (void)signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = stops ? 0 : limit.rlim_max;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The folder of the files goes away before the end, or their device is full;
 * what else is kept is kept all the same. */
TEST(what_cannot_be_kept_is_told)
{
#define GONE  "No such file or directory\n"
#define FULL  "No space left on device\n"
#define LARGE "File too large\n"
    static const char *const paths[] = {beside_path};
    static const struct session_serial full = {.backend = "file:/dev/full"};
    static const struct {
        struct session_options options;
        int code; /* the first */
        const char *words;
    } rows[] = {
        {{.instructions = 0},                                         0,       ""       },
        {{.board = "trust", .flash = beside_path, .new_flash = true},
         -ENOENT,
         GONE                                                                           },
        {{.perf_map = true},                                          -EFBIG,  LARGE    },
        {{.save = beside_path},                                       -ENOENT, GONE     },
        {{.guest_dtb = beside_path},                                  -ENOENT, GONE     },
        {{.flash = beside_path, .new_flash = true},                   -ENOENT, GONE     },
        {{.profiles = paths, .profile_count = 1},                     -EIO,    GONE     },
        {{.power = true, .powers = paths, .power_count = 1},          -EIO,    GONE     },
        {{.output = "/dev/full"},                                     -ENOSPC, FULL     },
        {{.hashes = "/dev/full", .hash_distance = 1},                 -ENOSPC, FULL     },
        {{.serials = &full, .serial_count = 1},                       -ENOSPC, FULL     },
        {{.record = "/dev/full"},                                     -ENOSPC, FULL     },
        {{.output = "/dev/full", .save = beside_path},                -ENOSPC, FULL GONE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};
        struct buffer words = {0};
        const struct session_observer observer = {.failed = failed,
                                                  .context = &words};

        test_case("row %zu", i);
        (void)mkdir(folder, 0700);
        if (!options.board) {
            options.board = "virt";
            options.kernel = BUILT "virt/hello.elf";
        }
        options.profile_period = 1000;
        options.instructions = 100000;
        struct session *session = build(&options, &observer);
        (void)session_run(session, &outcome);
        forget_files();
        limit_files(options.perf_map);
        EXPECT_EQ(session_finish(session), rows[i].code);
        limit_files(false);
        EXPECT_STR(buffer_text(&words), rows[i].words);
        buffer_fini(&words);
        session_close(session);
    }
}

/* Words that are longer than their room are cut, and no room is exceeded. */
TEST(long_words_are_cut)
{
    enum { LONG = 470, REASON = 320 };
    /* Starts seven processors, and is stuck as they are. */
    static const uint32_t stuck[] = {
        0xd2800024, /* mov x4, #1 */
        0xd2800060, /* 1: mov x0, #3 */
        0xf2b88000, /* movk x0, #0xc400, lsl #16 */
        0xaa0403e1, /* mov x1, x4 */
        0x100000a2, /* adr x2, 2f */
        0xd4000002, /* hvc #0 */
        0x91000484, /* add x4, x4, #1 */
        0xf100209f, /* cmp x4, #8 */
        0x54ffff21, /* b.ne 1b */
        0xd4200000, /* 2: brk #0 */
    };
    static const struct session_step never = {"never", NULL};
    char goal[LONG + 1];
    struct buffer path = {0};
    struct session_options rows[] = {
        {.board = "virt",
         .kernel = code_path,
         .cpus = 8,
         .steps = &never,
         .step_count = 1},
        {.board = "caliptra-1.1",
         .rom = BUILT "caliptra/rom.bin",
         .until = goal},
        {.board = "caliptra-1.1",
         .rom = BUILT "caliptra/rom.bin",
         .instructions = 1000  },
    };
    (void)mkdir(folder, 0700);
    write_text(script_path, "power\nrun 1001\n");
    EXPECT_EQ(file_write(code_path, stuck, sizeof(stuck), NULL), 0);
    memset(goal, 'g', LONG);
    goal[LONG] = '\0';
    buffer_print(&path, "%s", folder);
    while (path.size < LONG) {
        buffer_print(&path, "/.");
    }
    buffer_print(&path, "/script");
    rows[2].agent = buffer_text(&path);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_outcome outcome = {0};
        OWNED(session_close_at) struct session *session = build(&rows[i], NULL);

        EXPECT(session_run(session, &outcome) < 0);
        const char *why = strstr(outcome.text, ": cpu0");
        test_case("row %zu: %s", i, outcome.text);
        EXPECT_EQ(strlen(why ? why + 2 : outcome.text),
                  why ? REASON : sizeof(outcome.text) - 1);
    }
    buffer_fini(&path);
    forget_files();
}
