/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs, run to their end. Any thread. */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stddef.h>

#include "base/buffer.h"

/*
 * Runs arguments[0], found along PATH, with no input; appends its output
 * to *out and *complaints. Where the kernel has Landlock the program can only
 * read files, in these folders and in those of programs and libraries. Returns
 * its exit status, or -ENOENT when there is no such program, or another
 * negative errno value.
 */
int process_run(const char *const *arguments, const char *const *folders,
                size_t count, struct buffer *out, struct buffer *complaints);

#endif
