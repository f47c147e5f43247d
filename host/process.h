/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs, run to their end. Any thread. */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include "base/buffer.h"

/*
 * Runs arguments[0], found along PATH, with no input; appends what it writes
 * to *out and *complaints. Returns its exit status, or -ENOENT when there is
 * no such program, or another negative errno value.
 */
int process_run(const char *const *arguments, struct buffer *out,
                struct buffer *complaints);

#endif
