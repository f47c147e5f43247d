/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of images against Debian's qemu-io, whichever of the two comes first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

static char path[64];

static const struct {
    const char *format;
    bool read_only;
    const char *theirs; /* options of qemu-io */
    const char *says;   /* our reason, if they have it; NULL: both may */
} rows[] = {
    {"raw",   false, "",      "writes to it"        },
    {"raw",   true,  "",      "writes to it"        },
    {"raw",   true,  "-r",    NULL                  },
 /* Its tools let others write a raw image that they read. */
    {"raw",   false, "-r",    NULL                  },
    {"qcow2", false, "",      "writes to it"        },
    {"qcow2", true,  "",      "writes to it"        },
    {"qcow2", false, "-r",    "not let others write"},
    {"qcow2", true,  "-r",    NULL                  },
    {"qcow2", true,  "-r -U", NULL                  },
    {"qcow2", false, "-r -U", NULL                  },
};

static void make(const char *format)
{
    char *line = xasprintf("qemu-img create -q -f %s %s 1M", format, path);
    EXPECT_EQ(system(line), 0);
    free(line);
}

static bool begin(void)
{
    strcpy(path, "/tmp/cairn-lock-XXXXXX");
    int fd = mkstemp(path);
    EXPECT(fd >= 0);
    close(fd);
    return system("qemu-io --version >/dev/null 2>&1") == 0;
}

static struct image *open_ours(size_t row, char *text)
{
    const struct image_options options = {.format = rows[row].format,
                                          .read_only = rows[row].read_only};
    struct image *image = NULL;
    struct error error = {""};
    image_open(path, &options, &image, &error);
    memcpy(text, error.text, sizeof(error.text));
    return image;
}

TEST(an_image_of_ours_is_locked_for_qemu)
{
    char text[512];
    if (!begin()) {
        unlink(path);
        SKIP("qemu-io is not installed");
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        make(rows[i].format);
        struct image *image = open_ours(i, text);
        EXPECT_STR(text, "");
        char *line = xasprintf(
            "qemu-io %s -f %s -c 'read 0 512' %s 2>&1 | grep -q 'read 512'",
            rows[i].theirs, rows[i].format, path);
        EXPECT_EQ(system(line) == 0, rows[i].says == NULL);
        free(line);
        EXPECT_EQ(image_close(image), 0);
    }
    unlink(path);
}

/* qemu-io, which has the image from its first answer to the end of its input.
 */
struct theirs {
    FILE *input;
    FILE *answers;
};

static void theirs_init(struct theirs *theirs, size_t row, const char *pipe)
{
    char line[256] = "";
    char *command = xasprintf("qemu-io %s -f %s %s >%s 2>&1", rows[row].theirs,
                              rows[row].format, path, pipe);
    theirs->input = popen(command, "w");
    theirs->answers = fopen(pipe, "r");
    free(command);
    REQUIRE(theirs->input && theirs->answers);
    fputs("read 0 512\n", theirs->input);
    fflush(theirs->input);
    while (!strstr(line, "read 512") &&
           fgets(line, sizeof(line), theirs->answers)) {
    }
    EXPECT(strstr(line, "read 512"));
}

static void theirs_fini(struct theirs *theirs)
{
    if (theirs->input) {
        EXPECT_EQ(pclose(theirs->input), 0);
    }
    if (theirs->answers) {
        fclose(theirs->answers);
    }
}

TEST(an_image_of_qemu_is_locked_for_us)
{
    char text[512];
    if (!begin()) {
        unlink(path);
        SKIP("qemu-io is not installed");
    }
    char *pipe = xasprintf("%s.pipe", path);
    EXPECT_EQ(mkfifo(pipe, 0600), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct theirs theirs = {0};
        test_case("row %zu", i);
        make(rows[i].format);
        theirs_init(&theirs, i, pipe);
        struct image *image = open_ours(i, text);
        EXPECT_EQ(image != NULL, rows[i].says == NULL);
        EXPECT(!rows[i].says || strstr(text, rows[i].says));
        image_close(image);
        theirs_fini(&theirs);
        image = open_ours(i, text);
        EXPECT_STR(text, "");
        image_close(image);
    }
    unlink(pipe);
    free(pipe);
    unlink(path);
}
