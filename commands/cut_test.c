/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles that end too early, at every length, through the commands. */
#include "commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command.h"

/* Words up to a NULL. */
static struct outcome run(const char *const *words)
{
    size_t count = 0;

    while (words[count]) {
        count++;
    }
    return outcome_of(words, count);
}

/* The complaint has to name the file and a number. */
static void expect_refusal(const char *const *words, const char *path)
{
    OWNED(outcome_fini) struct outcome outcome = run(words);
    EXPECT_EQ(outcome.code, COMMAND_FAILED);
    EXPECT_STR(outcome.out, "");
    const char *name = strstr(outcome.err, path);
    EXPECT(name && strpbrk(name + strlen(path), "0123456789"));
}

static void expect_text(const char *const *words, int code, const char *text)
{
    OWNED(outcome_fini) struct outcome outcome = run(words);
    EXPECT_EQ(outcome.code, code);
    EXPECT(strstr(outcome.out, text));
}

/* A bundle whose manifest is whole can be looked at, and is no good. */
static void expect_missing_images(const char *path, bool run_it)
{
    const char *const inspect[] = {"cairn", "inspect", path, NULL};
    const char *const verify[] = {"cairn", "inspect", "--verify", path, NULL};
    const char *const boot[] = {"cairn",
                                "run",
                                "--quiet",
                                "--firmware",
                                path,
                                "--rom",
                                "build/out/guest/caliptra/rom.bin",
                                NULL};
    expect_text(inspect, COMMAND_DONE, "outside the bundle");
    if (run_it) {
        expect_text(verify, COMMAND_FAILED, "larger than the bundle");
        expect_text(boot, COMMAND_FAILED, "larger than the bundle");
    }
}

/* From all that belongs to the bundle down to nothing; a part boots one in
 * boot_every lengths that are long enough for that. */
static void cut(const char *from, size_t size, size_t manifest_size,
                size_t boot_every)
{
    char path[] = "/tmp/cairn-cut-XXXXXX";
    OWNED(buffer_fini) struct buffer whole = {0};
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    REQUIRE(file_read(from, 1 << 20, &whole, NULL) == 0);
    size = size < whole.size ? size : whole.size;
    REQUIRE(write(fd, whole.bytes, whole.size) == (ssize_t)whole.size);
    const char *const inspect[] = {"cairn", "inspect", path, NULL};
    const char *const boot[] = {
        "cairn", "run",   "--firmware",
        path,    "--rom", "build/out/guest/caliptra/rom.bin",
        NULL};
    for (size_t length = size; length-- > 0;) {
        test_case("%zu bytes", length);
        REQUIRE(ftruncate(fd, (off_t)length) == 0);
        if (length >= manifest_size) {
            expect_missing_images(path, boot_every && length % boot_every == 0);
            continue;
        }
        expect_refusal(inspect, path);
        if (length != 0) {
            expect_refusal(boot, path);
        }
    }
    close(fd);
    unlink(path);
}

TEST(a_bundle_of_generation_1_cut_anywhere_is_refused_with_place_and_value)
{
    cut("build/out/guest/caliptra/embedded/firmware.bundle", SIZE_MAX, 5884,
        509);
}

TEST(a_bundle_of_generation_2_cut_anywhere_is_refused_with_place_and_value)
{
    cut("build/out/guest/caliptra/embedded/firmware-2.bundle", 16972, 16956, 0);
}
