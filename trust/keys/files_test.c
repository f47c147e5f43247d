/* SPDX-License-Identifier: Apache-2.0 */
/* A key file that was forgotten leaves nothing in memory. */
#include "trust/keys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

enum { SECRET = 48, MASK = 0x5a };

/* The secret is in no memory of the test's own but masked. */
static uint8_t masked[SECRET];

/* In the middle of each file, as a writer of another process left it. */
static void make_file(const char *path, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(fd >= 0);
    for (unsigned i = 0; i < SECRET; i++) {
        const uint8_t byte = masked[i] ^ MASK;
        EXPECT_EQ(pwrite(fd, &byte, 1, (off_t)(size / 2 + i)), 1);
    }
    EXPECT_EQ(ftruncate(fd, (off_t)size), 0);
    close(fd);
}

static bool is_secret(const uint8_t *at)
{
    for (unsigned i = 0; i < SECRET; i++) {
        if ((at[i] ^ MASK) != masked[i]) {
            return false;
        }
    }
    return true;
}

static unsigned count_in(const uint8_t *from, const uint8_t *to)
{
    unsigned count = 0;
    for (const uint8_t *at = from; at + SECRET <= to; at++) {
        count += is_secret(at);
    }
    return count;
}

/* All heaps, stacks and other memory without a file. */
static unsigned count_secrets(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    unsigned count = 0;
    EXPECT(maps != NULL);
    while (maps && fgets(line, sizeof(line), maps)) {
        char *next = NULL;
        const unsigned long from = strtoul(line, &next, 16);
        const unsigned long to = strtoul(next + 1, &next, 16);
        if (strncmp(next, " rw", 3) == 0 && !strchr(line, '/')) {
            /* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel's text */
            count += count_in((const uint8_t *)from, (const uint8_t *)to);
        }
    }
    if (maps) {
        fclose(maps);
    }
    return count;
}

/* NOLINTBEGIN(readability-identifier-naming): theirs */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
/* NOLINTEND(readability-identifier-naming) */

TEST(a_key_file_that_is_forgotten_is_in_no_memory)
{
    static const size_t sizes[] = {200, 5000, 70000, KEY_FILE_MAX,
                                   KEY_FILE_MAX + 1};
    char folder[] = "/tmp/cairn-files-test-XXXXXX";
    if (__asan_init || __tsan_init) {
        SKIP("sanitizers have memory that cannot be looked at");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    OWNED(free_at) char *path = xasprintf("%s/key", folder);
    for (unsigned i = 0; i < SECRET; i++) {
        masked[i] = (uint8_t)(3 * i + 1);
    }
    /* Twice, as memory that was freed is used again. */
    for (size_t i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
        const size_t size = sizes[i % ARRAY_SIZE(sizes)];
        const bool fits = size <= KEY_FILE_MAX;
        struct buffer file = {0};
        struct error error = {""};
        test_case("%zu bytes", size);
        make_file(path, size);
        EXPECT_EQ(key_file_read(path, &file, &error), fits ? 0 : -EFBIG);
        EXPECT_EQ(count_secrets(), 1);
        EXPECT_EQ(file.size, size);
        key_file_forget(&file);
        EXPECT_EQ(count_secrets(), 0);
    }
    unlink(path);
    rmdir(folder);
}
