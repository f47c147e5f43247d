/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder of a test program, for the files of the commands that it
 * runs: @ in a line stands for it. */
#ifndef TESTS_COMMAND_FOLDER_H
#define TESTS_COMMAND_FOLDER_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "tests/command.h"

static char folder[32]; /* its path; "": there is none */

static inline void remove_folder(void)
{
    if (folder[0] != '\0') {
        char *line = xasprintf("rm -rf %s", folder);
        /* NOLINTNEXTLINE(cert-env33-c): the folder's name is ours */
        EXPECT_EQ(system(line), 0);
        free(line);
        folder[0] = '\0';
    }
}

/* Makes the folder, unless it is there; the end of the program removes it. */
static inline bool make_folder(void)
{
    static bool ends;

    if (folder[0] == '\0') {
        strcpy(folder, "/tmp/cairn-test-XXXXXX");
        ends = ends || atexit(remove_folder) == 0;
        if (!ends || mkdtemp(folder) == NULL) {
            folder[0] = '\0';
        }
    }
    return folder[0] != '\0';
}

static inline void expect(const char *line, int code, const char *out,
                          const char *err)
{
    expect_line(line, folder, code, out, err);
}

static inline void write_input(const char *name, const void *bytes, size_t size)
{
    char *path = xasprintf("%s/%s", folder, name);
    EXPECT_EQ(file_write(path, bytes, size, NULL), 0);
    free(path);
}

/* Appends the contents of a file, of 1 MiB at most. */
static inline void read_output(const char *name, struct buffer *out)
{
    char *path = xasprintf("%s/%s", folder, name);
    EXPECT_EQ(file_read(path, 1 << 20, out, NULL), 0);
    free(path);
}

#endif
