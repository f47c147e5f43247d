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

/* Rows: a command without a request, of a request of any size, and of one that
 * is struct caliptra_NAME_request. */
#define COMMAND_ROW(id, size, error, serve)                                    \
    {                                                                          \
        CALIPTRA_CMD_##id, size, CALIPTRA_ERROR_RUNTIME_##error, serve         \
    }
#define COMMAND(id, serve)                                                     \
    COMMAND_ROW(id, COMMAND_EMPTY, INVALID_PARAMETERS, serve)
#define ANY_REQUEST(id, error, serve)                                          \
    COMMAND_ROW(id, COMMAND_ANY_SIZE, error, serve)
#define REQUEST(id, name, error, serve)                                        \
    COMMAND_ROW(id, sizeof(struct caliptra_##name##_request), error, serve)
extern const unsigned command_count;

#endif
