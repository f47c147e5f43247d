/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commands there are, and how long their requests have to be. A program
 * is linked with commands_1.c or with commands_2.c.
 */
#ifndef GUEST_CALIPTRA_COMMAND_H
#define GUEST_CALIPTRA_COMMAND_H

#include "guest/caliptra/runtime/runtime.h"

enum {
    COMMAND_ANY_SIZE = 0,
    COMMAND_EMPTY = sizeof(struct caliptra_request_header)
};

struct command {
    uint32_t code;
    uint32_t size;     /* of the request */
    uint32_t bad_size; /* the error for any other */
    uint32_t (*serve)(struct runtime *runtime);
};
extern const struct command commands[];
extern const unsigned command_count;

#endif
