/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a session could not be had, or could not keep what it was asked to keep.
 *
 * A misuse is a request that contradicts itself or the board; everything else
 * is a failure of the host: a file that cannot be read, a full disk. The
 * option is the name of the request as struct session_options and the command
 * line have it ("fuse-array"), or NULL where no single one is to blame.
 */
#ifndef SESSION_ERROR_H
#define SESSION_ERROR_H

#include <stdbool.h>

struct session_error {
    bool misuse;
    const char *option; /* a constant, or NULL */
    char text[1024];
};

/* Fill *error, and return -EINVAL. */
int session_misuse(struct session_error *error, const char *option,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fill *error, and return -EIO. */
int session_failure(struct session_error *error, const char *option,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
