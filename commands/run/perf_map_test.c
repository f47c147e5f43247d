/* SPDX-License-Identifier: Apache-2.0 */
/* The guest is guest/bench's image, by an ELF file with symbols; what nm says
 * of that file is the oracle. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command.h"

#define IMAGE "build/out/guest/bench/a64.bin"
#define ELF   "build/out/guest/bench/a64.elf"

enum { FILE_MAX = 16 << 20, INTEGER_MIX = 1 };

static bool make_image(char *path)
{
    struct buffer image = {0};
    struct error error;
    int file = mkstemp(path);

    if (file < 0 || file_read(IMAGE, FILE_MAX, &image, &error) != 0) {
        return false;
    }
    close(file);
    store_le64(image.bytes + 64, INTEGER_MIX);
    store_le64(image.bytes + 72, 20);
    bool good = file_write(path, image.bytes, image.size, &error) == 0;
    buffer_fini(&image);
    return good;
}

/* Returns the complaint; the caller frees it. */
static int run(const char *const *words, size_t count, char **said)
{
    struct outcome outcome = outcome_of(words, count);

    free(outcome.out);
    *said = outcome.err;
    return outcome.code;
}

/* The map of a run with these symbols; the caller frees it. */
static char *map_of(const char *image, const char *symbols)
{
    const char *const words[] = {
        "cairn",    "run",      "virt",       "--kernel",  image,
        "--engine", "compiler", "--perf-map", "--symbols", symbols};
    struct buffer text = {0};
    struct error error;
    struct stat there = {0};
    char path[64];
    char *said = NULL;
    size_t count = symbols ? 10 : 8;

    snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
    /* No link to another file is followed, and nothing that was there stays. */
    EXPECT_EQ(symlink(image, path), 0);
    EXPECT_EQ(run(words, count, &said), COMMAND_FAILED);
    EXPECT(strstr(said, "perf-") && strstr(said, ": cannot be opened: "));
    free(said);
    said = NULL;
    unlink(path);
    if (symbols == NULL) {
        static char junk[1 << 20];
        memset(junk, 'x', sizeof(junk));
        EXPECT_EQ(file_write_private(path, junk, sizeof(junk), &error), 0);
    }
    EXPECT_EQ(run(words, count, &said), COMMAND_DONE);
    EXPECT_EQ(stat(path, &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0600);
    EXPECT_EQ(file_read(path, FILE_MAX, &text, &error), 0);
    char *copy = xasprintf("%s", buffer_text(&text));
    buffer_fini(&text);
    unlink(path);
    free(said);
    return copy;
}

/* Where nm has a function; 0 if it has none. */
static uint64_t nm(const char *function)
{
    char *command =
        xasprintf("nm " ELF " 2>/dev/null | grep ' [tT] %s$'", function);
    FILE *pipe = popen(command, "r");
    char line[128];
    uint64_t address = 0;

    if (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
        address = strtoull(line, NULL, 16);
    }
    if (pipe != NULL) {
        pclose(pipe);
    }
    free(command);
    return address;
}

/* Expects that each line is a place, a size and a name, and no two of one run
 * of the code memory overlap. */
static void expect_lines(const char *text)
{
    uint64_t end_before = 0;
    unsigned lines = 0;

    while (*text != '\0') {
        char *at;
        uint64_t start = strtoull(text, &at, 16);
        uint64_t size = strtoull(at, &at, 16);

        EXPECT(at[0] == ' ' && at[1] != '\0' && at[1] != '\n');
        EXPECT(start >= end_before && size > 0);
        end_before = start + size;
        text = strchr(at, '\n') + 1;
        lines++;
    }
    EXPECT(lines > 20);
}

TEST(a_map_names_blocks_by_the_functions_of_an_elf_file)
{
    char image[] = "/tmp/cairn-perf-XXXXXX";
    uint64_t mix = nm("integer_mix");
    char word[96];

    if (mix == 0) {
        SKIP("nm does not read AArch64's files here");
    }
    REQUIRE(make_image(image));
    char *text = map_of(image, ELF);
    expect_lines(text);
    snprintf(word, sizeof(word), " integer_mix+0x0 0x%llx\n",
             (unsigned long long)mix);
    EXPECT(strstr(text, word) != NULL);
    EXPECT(strstr(text, " cairn\n") != NULL);
    free(text);
    unlink(image);
}

TEST(a_map_without_symbols_has_addresses)
{
    char image[] = "/tmp/cairn-perf-XXXXXX";

    REQUIRE(make_image(image));
    char *text = map_of(image, NULL);
    expect_lines(text);
    EXPECT(strstr(text, " guest 0x40") != NULL);
    EXPECT(strstr(text, "integer_mix") == NULL);
    free(text);
    unlink(image);
}

TEST(symbols_without_a_map_or_without_any_are_refused)
{
    const char *const without[] = {"cairn", "run", "--symbols", ELF};
    const char *const none[] = {"cairn",      "run",       "caliptra-1.1",
                                "--perf-map", "--symbols", IMAGE};
    OWNED(free_at) char *misused = NULL;
    OWNED(free_at) char *failed = NULL;

    EXPECT_EQ(run(without, ARRAY_SIZE(without), &misused), COMMAND_MISUSED);
    EXPECT(
        strstr(misused, "option '--symbols' has no effect without --perf-map"));
    EXPECT_EQ(run(none, ARRAY_SIZE(none), &failed), COMMAND_FAILED);
    EXPECT(strstr(failed, "no symbols"));
}
