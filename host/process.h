/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs: run to their end, or beside this one. Any thread. */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "host/sandbox.h"

/* The variable of the environment that no started program gets: the pass phrase
 * of private keys. */
#define PROCESS_SECRET "CAIRN_PASSWORD"

/*
 * Runs arguments[0], found along PATH, with no input; appends its output
 * to *out and *complaints. Where the kernel has Landlock the program can only
 * read files, in these folders and in those of programs and libraries. Returns
 * its exit status, or -ENOENT when there is no such program, or another
 * negative errno value.
 */
int process_run(const char *const *arguments, const char *const *folders,
                size_t count, struct buffer *out, struct buffer *complaints);

/* ---- Programs beside this one -------------------------------------------- */

struct process {
    pid_t child; /* 0: none was started */
    int printed; /* what it prints, -1: closed */
};

enum { PROCESS_FD = 3 };

/*
 * Starts arguments[0], found along PATH, with no input. It inherits fd, as
 * descriptor PROCESS_FD. Where the kernel has Landlock it can reach these
 * places and, to read, those of programs and libraries. Its output is kept as
 * far as a pipe has room.
 *
 * Returns 0, -ENOENT when there is no such program, or another negative errno
 * value; process_end is fine after each.
 */
int process_start(struct process *process, const char *const *arguments,
                  const struct sandbox_place *places, size_t count, int fd);
/* Appends what it has printed and was not read yet; does not wait. */
void process_printed(struct process *process, struct buffer *out);
/* Waits until it has ended, at most so long; it should have a reason to, as a
 * process in a sandbox may kill none. Returns its exit status, -EINTR after a
 * signal, or -ETIMEDOUT: it goes on. In a sandbox SANDBOX_STARTED. */
int process_end(struct process *process, uint64_t limit_ns);

#endif
