/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in boards, by the names that the library knows them by. */
#ifndef COMMANDS_BOARDS_H
#define COMMANDS_BOARDS_H

#include <stddef.h>

struct board_name {
    const char *name;
    const char *text;
};

#define BOARD_DEFAULT "caliptra-1.1"

extern const struct board_name boards[];
extern const size_t boards_count;

#endif
