/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command.h"

enum { EVERY = 100000, FILE_MAX = 1 << 20 };

/* Returns the complaint; the caller frees it. */
static int run(const char *const *words, size_t count, char **said)
{
    struct outcome outcome = outcome_of(words, count);

    free(outcome.out);
    *said = outcome.err;
    return outcome.code;
}

/* The hashes of a boot to the FMC; the caller frees them. */
static char *hashes(const char *engine, const char *seed)
{
    char path[] = "/tmp/cairn-hashes-XXXXXX";
    struct buffer text = {0};
    struct error error;
    char *said = NULL;
    int file = mkstemp(path);
    const char *const words[] = {
        "cairn",        "run",
        "caliptra-1.1", "--seed",
        seed,           "--engine",
        engine,         "--hashes",
        path,           "--hash-every",
        "100000",       "--quiet",
        "--rom",        "build/out/guest/caliptra/rom.bin",
        "--firmware",   "build/out/guest/caliptra/embedded/firmware.bundle"};

    EXPECT(file >= 0);
    close(file);
    EXPECT_EQ(run(words, ARRAY_SIZE(words), &said), COMMAND_DONE);
    EXPECT_EQ(file_read(path, FILE_MAX, &text, &error), 0);
    char *copy = xasprintf("%s", buffer_text(&text));
    buffer_fini(&text);
    unlink(path);
    free(said);
    return copy;
}

TEST(there_is_a_hash_for_each_distance_and_one_for_the_end)
{
    OWNED(free_at) char *text = hashes("compiler", "1");
    const char *at = text;
    uint64_t count = 0;
    unsigned lines = 0;

    while (*at != '\0') {
        char *end;
        uint64_t here = strtoull(at, &end, 10);
        bool last = strchr(at, '\n')[1] == '\0';

        lines++;
        EXPECT(here > count && here <= lines * (uint64_t)EVERY);
        EXPECT(last || here == lines * (uint64_t)EVERY);
        EXPECT(strtoull(end, NULL, 16) != 0);
        count = here;
        at = strchr(at, '\n') + 1;
    }
    EXPECT(lines > 10);
}

TEST(hashes_are_the_same_by_each_engine_and_others_with_another_seed)
{
    OWNED(free_at) char *compiled = hashes("compiler", "1");
    OWNED(free_at) char *interpreted = hashes("interpreter", "1");
    OWNED(free_at) char *other = hashes("compiler", "2");

    EXPECT_STR(interpreted, compiled);
    EXPECT(strcmp(other, compiled) != 0);
}

TEST(hashes_of_what_cannot_be_compared_are_misuse)
{
    static const struct {
        const char *words[8];
        size_t count;
        const char *message;
    } cases[] = {
        {{"cairn", "run", "--hashes", "/tmp/none", "--hash-every", "0"},
         6, "option '--hash-every': 0 is no distance"        },
        {{"cairn", "run", "virt", "--cpus", "2", "--parallel", "--hashes",
          "/tmp/none"},
         8, "option '--hashes' has no effect with --parallel"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(free_at) char *said = NULL;

        EXPECT_EQ(run(cases[i].words, cases[i].count, &said), COMMAND_MISUSED);
        EXPECT(strstr(said, cases[i].message) != NULL);
    }
}

TEST(files_of_a_run_that_cannot_be_written_are_named)
{
    expect_line(
        "run caliptra-1.1 --rom build/out/guest/caliptra/rom.bin "
        "--until fmc --quiet --hashes /dev/full",
        NULL, COMMAND_FAILED, "", "file '/dev/full': ");
}

TEST(the_output_of_a_console_is_in_its_file_too)
{
    char path[] = "/tmp/cairn-output-XXXXXX";
    int file = mkstemp(path);
    OWNED(free_at)
    char *line = xasprintf(
        "run virt --kernel build/out/guest/virt/hello.elf "
        "--expect authorised --output %s",
        path);
    struct buffer text = {0};
    struct error error;

    EXPECT(file >= 0);
    close(file);
    struct outcome outcome = outcome_of_line(line, NULL);
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    EXPECT_EQ(file_read(path, FILE_MAX, &text, &error), 0);
    EXPECT(strstr(buffer_text(&text), "hello from EL1") != NULL);
    EXPECT(strstr(outcome.out, buffer_text(&text)) != NULL);
    buffer_fini(&text);
    outcome_fini(&outcome);
    unlink(path);
}
