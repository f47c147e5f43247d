/* SPDX-License-Identifier: Apache-2.0 */
/* The attempts of planted code. They take from the environment the folder in
 * which they work (PLANTED_FOLDER), another process (PLANTED_PROCESS) and the
 * descriptors of a pipe (PLANTED_PIPE) and of a local socket (PLANTED_SOCKET).
 */
#ifndef TESTS_PLANTED_ATTEMPTS_H
#define TESTS_PLANTED_ATTEMPTS_H

struct planted_attempt {
    const char *name;
    int (*attempt)(void);
};

extern const struct planted_attempt planted_attempts[];
extern const unsigned planted_attempt_count;

#endif
