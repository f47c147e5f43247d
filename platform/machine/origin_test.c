/* SPDX-License-Identifier: Apache-2.0 */
/* The words by which a machine was asked for, into a file and out of it. */
#include "platform/machine/origin.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

TEST(words_are_packed_behind_what_there_is)
{
    static const char *const words[] = {"one", "two"};
    static const char *const bad[] = {"one", ""};
    OWNED(buffer_fini) struct buffer out = {0};
    struct error error = {""};
    buffer_append(&out, "before\n", 7);
    EXPECT_EQ(origin_pack(&out, words, 2, &error), 0);
    EXPECT_EQ(out.size, 15);
    EXPECT_BYTES(out.bytes, "before\none\0two", 15);
    EXPECT_EQ(origin_pack(&out, bad, 2, &error), -EINVAL);
    EXPECT_STR(error.text, "byte 4: origin: 0x00 ends an empty word");
    error_clear(&error);
    EXPECT_EQ(origin_check((const uint8_t *)"a", 1, 7, &error), -EINVAL);
    EXPECT_STR(error.text,
               "byte 7: origin: 0x61, not the 0 that ends the last "
               "word");
}

/* A machine of some words; -EINVAL and why. */
static int make(const char *const *words, size_t count,
                struct cairn_machine **machine, struct cairn_error *error)
{
    char *path = bench_file(BENCH_ONE_CPU, ".dts");
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = path,
        .seed = 1,
        .origin = words,
        .origin_count = count,
    };
    *error = (struct cairn_error){""};
    int code = cairn_create(&options, machine, error);
    unlink(path);
    free(path);
    return code;
}

/* Saves a machine of the words, and what the file then says of them. */
static void save(const char *const *words, size_t count, const char *path)
{
    struct cairn_machine *machine = NULL;
    struct cairn_error error;
    REQUIRE(make(words, count, &machine, &error) == 0);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    cairn_destroy(machine);
}

static void expect_origin(const char *path, const char *const *words,
                          size_t count)
{
    char **read = NULL;
    size_t read_count = 99;
    EXPECT_EQ(cairn_snapshot_origin(path, &read, &read_count, NULL), 0);
    REQUIRE(read && read_count == count);
    for (size_t i = 0; i < count; i++) {
        EXPECT_STR(read[i], words[i]);
    }
    EXPECT(read[count] == NULL);
    free(read);
}

TEST(words_come_back_from_a_file_as_they_were_given)
{
    static const char *const words[] = {
        "virt", "--append=console=ttyAMA0 panic=-1", "-",
        "--kernel=/home/j\xc3\xbcrgen/Image", "--security"};
    OWNED(free_at) char *path = bench_file("", ".snapshot");
    for (size_t count = 0; count <= ARRAY_SIZE(words); count++) {
        test_case("%zu words", count);
        save(words, count, path);
        expect_origin(path, words, count);
    }
    unlink(path);
}

TEST(a_machine_keeps_its_own_words_when_it_loads_a_file)
{
    static const char *const words[] = {"one", "other"};
    OWNED(free_at) char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = NULL;
    struct cairn_error error;
    save(&words[0], 1, path);
    REQUIRE(make(&words[1], 1, &machine, &error) == 0);
    EXPECT_EQ(cairn_load(machine, path, NULL), 0);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    expect_origin(path, &words[1], 1);
    cairn_destroy(machine);
    unlink(path);
}

/* True if what is shown of the file has the part. */
static bool shows(const char *path, bool json, const char *part)
{
    char *text = NULL;
    EXPECT_EQ(cairn_snapshot_show(path, json, false, &text, NULL), 0);
    bool found = text && strstr(text, part) != NULL;
    free(text);
    return found;
}

TEST(a_file_shows_its_words_in_one_line)
{
    static const char *const words[] = {"virt", "--append=a \"b\""};
    OWNED(free_at) char *path = bench_file("", ".snapshot");
    save(words, ARRAY_SIZE(words), path);
    EXPECT(shows(path, false, "\n  origin        virt '--append=a \"b\"'\n"));
    EXPECT(
        shows(path, true, ",\"origin\":[\"virt\",\"--append=a \\\"b\\\"\"],"));
    save(NULL, 0, path);
    EXPECT(!shows(path, false, "origin"));
    EXPECT(shows(path, true, ",\"origin\":[],"));
    unlink(path);
}

TEST(words_that_a_file_could_not_hold_make_no_machine)
{
    static const struct {
        const char *word;
        const char *part;
    } rows[] = {
        {"",     "byte 4: origin: 0x00 ends an empty word"   },
        {"a\nb", "byte 5: origin: 0x0a is not part of a word"},
        {"\x7f", "byte 4: origin: 0x7f is not part of a word"},
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *const words[] = {"one", rows[i].word, "three"};
        test_case("word '%s'", rows[i].word);
        EXPECT_EQ(make(words, ARRAY_SIZE(words), &machine, &error), -EINVAL);
        EXPECT_STR(error.text, rows[i].part);
        EXPECT(machine == NULL);
    }
}

/* As many words as there may be, and as large; then one more of each. */
TEST(words_have_limits)
{
    const char **words = xcalloc(CAIRN_ORIGIN_WORDS + 1, sizeof(*words));
    char *large = xcalloc(CAIRN_ORIGIN_SIZE + 1, 1);
    char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = NULL;
    struct cairn_error error;
    for (size_t i = 0; i <= CAIRN_ORIGIN_WORDS; i++) {
        words[i] = "w";
    }
    save(words, CAIRN_ORIGIN_WORDS, path);
    expect_origin(path, words, CAIRN_ORIGIN_WORDS);
    EXPECT_EQ(make(words, CAIRN_ORIGIN_WORDS + 1, &machine, &error), -EINVAL);
    EXPECT_STR(error.text, "byte 0: origin: 1025 words, at most 1024");
    memset(large, 'w', CAIRN_ORIGIN_SIZE - 1);
    words[0] = large;
    save(words, 1, path);
    expect_origin(path, words, 1);
    large[CAIRN_ORIGIN_SIZE - 1] = 'w';
    EXPECT_EQ(make(words, 1, &machine, &error), -EINVAL);
    EXPECT_STR(error.text, "byte 0: origin: 65537 bytes, at most 65536");
    unlink(path);
    free(path);
    free(large);
    free(words);
}

TEST(what_is_no_snapshot_has_no_words)
{
    OWNED(free_at) char *path = bench_file("CAIRNSNP", ".snapshot");
    struct cairn_error error = {""};
    char **words = NULL;
    size_t count = 99;
    EXPECT_EQ(cairn_snapshot_origin(path, &words, &count, &error), -EINVAL);
    EXPECT(words == NULL);
    EXPECT_EQ(count, 0);
    EXPECT(strstr(error.text, "cut short: 8 bytes") != NULL);
    unlink(path);
    EXPECT_EQ(cairn_snapshot_origin(path, &words, &count, &error), -ENOENT);
}
