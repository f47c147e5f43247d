/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for tests of shares, beside which lies what must never be
 * reached: PATH/in is shared, PATH/secret is not. */
#ifndef BACKENDS_SHARE_TEST_FOLDER_H
#define BACKENDS_SHARE_TEST_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/share/share.h"

struct test_folder {
    char path[64];
    char shared[80];
    struct share *share;
};

static inline void test_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        abort();
    }
}

static inline const char *test_path(const struct test_folder *folder,
                                    const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder->shared, name);
    return path;
}

/* The text of a file in the share, or "?". */
static inline const char *test_read(const struct test_folder *folder,
                                    const char *name)
{
    static char text[256];
    FILE *file = fopen(test_path(folder, name), "r");
    if (!file) {
        return "?";
    }
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static inline void test_folder_open(struct test_folder *folder,
                                    const struct share_options *options)
{
    struct error error = {""};
    struct share_options copy = *options;
    char secret[80];
    memset(folder, 0, sizeof(*folder));
    (void)snprintf(folder->path, sizeof(folder->path),
                   "/tmp/cairn-share-XXXXXX");
    if (!mkdtemp(folder->path)) {
        abort();
    }
    (void)snprintf(folder->shared, sizeof(folder->shared), "%s/in",
                   folder->path);
    (void)snprintf(secret, sizeof(secret), "%s/secret", folder->path);
    test_write(secret, "secret");
    copy.path = folder->shared;
    if (mkdir(folder->shared, 0755) != 0 ||
        share_open(&copy, &folder->share, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
}

static inline void test_remove_tree(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *one; list && (one = readdir(list));) {
        if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0) {
            test_remove_tree(fd, one->d_name);
        }
    }
    if (list) {
        (void)closedir(list);
    }
    (void)unlinkat(at, name, list ? AT_REMOVEDIR : 0);
}

/* As it was made, with a file, a folder and a link that leads out. */
static inline void test_folder_refill(const struct test_folder *folder)
{
    int fd = open(folder->shared, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *one; list && (one = readdir(list));) {
        if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0) {
            test_remove_tree(fd, one->d_name);
        }
    }
    if (!list || closedir(list) != 0 ||
        mkdir(test_path(folder, "d"), 0755) != 0 ||
        symlink("../secret", test_path(folder, "l")) != 0) {
        perror(folder->shared);
        abort();
    }
    test_write(test_path(folder, "f"), "contents");
}

/* The file beside the share is as it was made. */
static inline void test_folder_check(const struct test_folder *folder)
{
    char text[8] = "";
    char path[80];
    (void)snprintf(path, sizeof(path), "%s/secret", folder->path);
    FILE *file = fopen(path, "r");
    if (!file || fread(text, 1, sizeof(text), file) != 6 || fclose(file) != 0 ||
        strcmp(text, "secret") != 0) {
        abort();
    }
}

static inline void test_folder_close(struct test_folder *folder)
{
    share_close(folder->share);
    test_remove_tree(AT_FDCWD, folder->path);
}

#endif
