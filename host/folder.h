/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular files below one folder, by names that are not trusted: none leads out
 * of it. Names are relative, without "..", and symbolic links are not followed,
 * not even within the folder. Any thread; a concurrent change of the folder
 * cannot make a name lead out of it.
 */
#ifndef HOST_FOLDER_H
#define HOST_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* True if the file that path leads to, by links too, lies in the folder or
 * below it; false if one of them is not there. */
bool folder_holds(const char *folder, const char *path);

/* A descriptor of the folder for the calls below, to be closed by the caller,
 * or a negative errno value and *error. */
int folder_open(const char *path, struct error *error);

/* The file by O_RDONLY, O_WRONLY or O_RDWR, with or without O_CREAT; contents
 * are kept. A descriptor, or -EACCES for a name that leads elsewhere or is no
 * regular file's, or the system's error. */
int folder_open_file(int folder, const char *name, int flags);
int folder_remove(int folder, const char *name);
int folder_rename(int folder, const char *from, const char *to);

/* Reads or writes at an offset, whatever the system cuts a call into. How many
 * bytes were moved, less than size at the end of the file or when the disk is
 * full, or a negative errno value when it was none. */
int64_t folder_read_at(int file, void *bytes, size_t size, uint64_t offset);
int64_t folder_write_at(int file, const void *bytes, size_t size,
                        uint64_t offset);

#endif
