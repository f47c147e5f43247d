/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that goes into a guest's memory as it is, at each power-on. It is read
 * then and not kept: neither as a copy nor as a mapping, whose pages would be
 * the process's as well, and would end it when the file shrinks.
 */
#ifndef PLATFORM_GUEST_FILE_H
#define PLATFORM_GUEST_FILE_H

#include "base/error.h"
#include "host/file.h"

struct guest_file {
    char *path; /* NULL: none */
    int fd;
    struct file_stamp stamp;
};

/* The file as it is now. */
int guest_file_open(struct guest_file *file, const char *path,
                    struct error *error);
/* All of it, or its first bytes; fails when it is not what it was. */
int guest_file_read(const struct guest_file *file, void *bytes, size_t size,
                    struct error *error);
void guest_file_close(struct guest_file *file);

#endif
