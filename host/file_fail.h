/* SPDX-License-Identifier: Apache-2.0 */
/* The complaint that file.c and file_draft.c share. */
#ifndef HOST_FILE_FAIL_H
#define HOST_FILE_FAIL_H

#include "base/error.h"

/* Sets error to what the file cannot be by errno, done being "opened" or
 * "read", for example; returns -errno. */
int file_fail(struct error *error, const char *path, const char *done);

#endif
