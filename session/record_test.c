/* SPDX-License-Identifier: Apache-2.0 */
/* Files of inputs: what a run must have in common with them, and the outcomes
 * that they may have. */
#include "session/record.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define HELLO "build/out/guest/virt/hello.elf"

OWN_PATH(record_path, "", "record")

static struct session *build(const struct session_options *options,
                             struct session_error *error)
{
    struct session *session = NULL;

    *error = (struct session_error){0};
    if (session_open(options, NULL, &session, error) == 0 &&
        session_load(session, error) == 0 &&
        session_build(session, error) == 0) {
        (void)session_make_files(session, error);
    }
    return session;
}

static const struct session_module modules[] = {
    {"ramdisk", "README.md", NULL},
    {"ramdisk", "LICENSE",   NULL},
    {"ramdisk", "Makefile",  NULL},
};

#define RUN(code, tree, line, first, count)                                    \
    {                                                                          \
        .board = "virt", .kernel = code, .initrd = tree, .append = line,       \
        .modules = modules + (first), .module_count = count                    \
    }

TEST(a_run_comes_again_with_the_same_contents_alone)
{
    static const struct {
        const char *what;
        struct session_options options;
        bool same;
    } rows[] = {
        {"all",       RUN(HELLO,                 "README.md", "x",  0, 2), true },
        {"kernel",
         RUN("build/out/guest/virt/console.elf", "README.md", "x",  0, 2),
         false                                                                  },
        {"initrd",    RUN(HELLO,                 "LICENSE",   "x",  0, 2), false},
        {"no initrd", RUN(HELLO,                 NULL,        "x",  0, 2), false},
        {"append",    RUN(HELLO,                 "README.md", "y",  0, 2), false},
        {"no append", RUN(HELLO,                 "README.md", NULL, 0, 2), false},
        {"modules",   RUN(HELLO,                 "README.md", "x",  1, 2), false},
        {"a module",  RUN(HELLO,                 "README.md", "x",  0, 1), false},
    };
    struct session_options options = rows[0].options;
    struct session_outcome outcome = {0};
    struct session_error error;
    struct session *session;

    options.record = record_path;
    options.instructions = 1000;
    session = build(&options, &error);
    EXPECT_STR(error.text, "");
    (void)session_run(session, &outcome);
    EXPECT_EQ(session_finish(session), 0);
    session_close(session);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        options = rows[i].options;
        options.replay = record_path;
        session = build(&options, &error);
        test_case("%s: %s", rows[i].what, error.text);
        EXPECT_EQ(strstr(error.text, "with other files or options") == NULL,
                  rows[i].same);
        session_close(session);
    }
    unlink(record_path);
}

TEST(an_outcome_is_one_that_there_is)
{
    static const struct {
        int code;
        uint32_t end;
        size_t size; /* of the text */
        bool good;
    } rows[] = {
        {0,    SESSION_END_OFF,      3,   true },
        {-EIO, SESSION_END_IDLE,     511, true },
        {1,    SESSION_END_OFF,      3,   false},
        {0,    SESSION_END_IDLE + 1, 3,   false},
        {0,    SESSION_END_OFF,      512, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = {.board = "virt",
                                          .kernel = HELLO,
                                          .record = record_path,
                                          .instructions = 1000};
        struct session_outcome outcome = {0};
        struct session_error error;
        uint8_t note[8 + 512] = {0};
        struct session *session = build(&options, &error);

        store_le32(note, (uint32_t)rows[i].code);
        store_le32(note + 4, rows[i].end);
        memset(note + 8, 'x', rows[i].size);
        (void)session_run(session, &outcome);
        EXPECT_EQ(cairn_record_end(session_machine(session), note, sizeof(note),
                                   NULL),
                  0);
        session_close(session);
        options = (struct session_options){
            .board = "virt", .kernel = HELLO, .replay = record_path};
        session = build(&options, &error);
        int code = session_run(session, &outcome);
        test_case("row %zu: %s", i, outcome.text);
        EXPECT_EQ(code, rows[i].good ? rows[i].code : -EINVAL);
        EXPECT_EQ(strstr(outcome.text, ": an outcome of code ") == NULL,
                  rows[i].good);
        if (rows[i].good) {
            EXPECT_EQ(outcome.end, rows[i].end);
            EXPECT_EQ(strlen(outcome.text), rows[i].size);
        }
        session_close(session);
    }
    unlink(record_path);
}
