/* SPDX-License-Identifier: Apache-2.0 */
/* Writes newc archives (initramfs buffer format of Linux): a header in ASCII,
 * the name, and the content, each padded to four bytes. */
#include "bench/initrd.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"

enum { FILE_MAX = 64 << 20, LINK_MAX = 4096 };

static void pad(struct buffer *archive)
{
    buffer_append_zeros(archive, -archive->size % 4);
}

void initrd_add(struct buffer *archive, const char *name, unsigned mode,
                const void *bytes, size_t size)
{
    pad(archive);
    /* Node, mode, owner, group, links, time, size, two device numbers, the
     * name's size and no checksum. A node of 0 is no hard link. */
    buffer_print(archive,
                 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                 0u, mode, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u,
                 (unsigned)strlen(name) + 1, 0u);
    buffer_append(archive, name, strlen(name) + 1);
    pad(archive);
    buffer_append(archive, bytes, size);
}

void initrd_end(struct buffer *archive)
{
    initrd_add(archive, "TRAILER!!!", 0, "", 0);
    pad(archive);
}

static bool add_folder(struct buffer *archive, const char *path,
                       const char *name);

/* name is the path below the folder that is packed. */
static bool add_path(struct buffer *archive, const char *path, const char *name)
{
    struct buffer content = {0};
    struct error error;
    struct stat about;
    char link[LINK_MAX];
    bool good = lstat(path, &about) == 0;

    if (good && S_ISDIR(about.st_mode)) {
        initrd_add(archive, name, about.st_mode, "", 0);
        return add_folder(archive, path, name);
    }
    if (good && S_ISLNK(about.st_mode)) {
        ssize_t size = readlink(path, link, sizeof(link));

        good = size >= 0;
        initrd_add(archive, name, about.st_mode, link, good ? (size_t)size : 0);
    } else if (good) {
        good = file_read(path, FILE_MAX, &content, &error) == 0;
        initrd_add(archive, name, about.st_mode, content.bytes, content.size);
    }
    buffer_fini(&content);
    return good;
}

static bool add_folder(struct buffer *archive, const char *path,
                       const char *name)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    bool good = count >= 0;

    for (int i = 0; i < count; i++) {
        const char *entry = entries[i]->d_name;

        if (strcmp(entry, ".") != 0 && strcmp(entry, "..") != 0) {
            char *from = xasprintf("%s/%s", path, entry);
            char *to = xasprintf("%s%s%s", name, name[0] ? "/" : "", entry);

            good = add_path(archive, from, to) && good;
            free(from);
            free(to);
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return good;
}

bool initrd_add_folder(struct buffer *archive, const char *path)
{
    return add_folder(archive, path, "");
}
