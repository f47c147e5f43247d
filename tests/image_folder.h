/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for tests of images, and what is done to files in it. */
#ifndef TESTS_IMAGE_FOLDER_H
#define TESTS_IMAGE_FOLDER_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"

static char folder[40];

/* A command of the shell in the folder: its status. */
static inline int shell(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static inline int shell(const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    char *line = xasprintf("cd %s && %s", folder, command);
    /* NOLINTNEXTLINE(cert-env33-c): lines are those of tests */
    const int status = system(line);
    free(line);
    return status;
}

static inline void begin(void)
{
    strcpy(folder, "/tmp/cairn-image-XXXXXX");
    REQUIRE(mkdtemp(folder) != NULL);
}

static inline void end(void)
{
    EXPECT_EQ(shell("rm -r \"$PWD\""), 0);
}

/* Debian's program, which judges and makes images where it is installed. */
static inline bool has_qemu_img(void)
{
    return shell("qemu-img --version >/dev/null 2>&1") == 0;
}

/* No errors in an image, nor clusters that are lost. */
static inline void judge(const char *name)
{
    EXPECT(!has_qemu_img() || shell("qemu-img check -q %s", name) == 0);
}

/* The path of a file in the folder; to be freed. */
static inline char *place(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

/* A number of up to 8 bytes, or so many bytes of that value. */
static inline void patch(const char *name, uint64_t at, uint64_t value,
                         uint64_t size)
{
    char *path = place(name);
    FILE *file = fopen(path, "r+");
    REQUIRE(file != NULL);
    EXPECT_EQ(fseek(file, (long)at, SEEK_SET), 0);
    for (uint64_t left = size; left-- != 0;) {
        (void)fputc((int)(value >> (size <= 8 ? 8 * left : 0) & 0xff), file);
    }
    (void)fclose(file);
    free(path);
}

/* A number of up to 8 bytes in a file. */
static inline uint64_t peek(const char *name, uint64_t at, unsigned size)
{
    char *path = place(name);
    FILE *file = fopen(path, "r");
    uint64_t value = 0;
    if (file && fseek(file, (long)at, SEEK_SET) == 0) {
        while (size-- != 0) {
            value = value << 8 | (uint8_t)fgetc(file);
        }
        (void)fclose(file);
    }
    free(path);
    return value;
}

/* Makes a qcow2 image and opens it, to be written. */
static inline struct image *create(const char *name, struct image_layout layout)
{
    char *path = place(name);
    struct image *image = NULL;
    struct error error = {""};
    image_create(path, image_type_find("qcow2"), &layout, &image, &error);
    EXPECT_STR(error.text, "");
    free(path);
    return image;
}

static inline int try_open(const char *name,
                           const struct image_options *options,
                           struct image **image, char *text)
{
    char *path = place(name);
    struct error error = {""};
    int code = image_open(path, options, image, &error);
    memcpy(text, error.text, sizeof(error.text));
    free(path);
    return code;
}

/* To be written, of any name; NULL fails the test. */
static inline struct image *open_to_write(const char *name)
{
    const struct image_options options = {.format = "qcow2"};
    struct image *image = NULL;
    char text[512];
    try_open(name, &options, &image, text);
    EXPECT_STR(text, "");
    return image;
}

#endif
