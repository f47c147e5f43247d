/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in /tmp that no other process has, as constants for tables. */
#ifndef TESTS_OWN_PATH_H
#define TESTS_OWN_PATH_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OWN_NUMBER "0000000000" /* stands for the process */

/* A string with such a path behind a prefix, "file:" or none. */
#define OWN_PATH(variable, prefix, name)                                       \
    static char variable[] = prefix "/tmp/cairn-" OWN_NUMBER "-" name;         \
    __attribute__((constructor)) static void fill_##variable(void)             \
    {                                                                          \
        own_path_fill(variable);                                               \
    }

static inline void own_path_fill(char *path)
{
    char number[sizeof(OWN_NUMBER)];

    snprintf(number, sizeof(number), "%010d", (int)getpid());
    memcpy(strstr(path, OWN_NUMBER), number, strlen(number));
}

/* Back to the constant, in a message that has the path. */
static inline void own_path_forget(char *text)
{
    char number[sizeof(OWN_NUMBER)];
    char *at;

    snprintf(number, sizeof(number), "%010d", (int)getpid());
    while ((at = strstr(text, number)) != NULL) {
        memcpy(at, OWN_NUMBER, strlen(number));
    }
}

#endif
