/* SPDX-License-Identifier: Apache-2.0 */
/* "file:PATH": output goes to a file, which is created or truncated; there is
 * no input. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/character.h"
#include "host/file.h"

struct state {
    int fd;
    char *path;
    bool told; /* of the trouble that there is */
    int code;  /* of the last write that failed */
};

static int check_file(const char *operand, struct error *error)
{
    return file_check(operand, FILE_IN_PLACE, error);
}

static int open_file(struct character *character, const char *operand,
                     struct error *error)
{
    struct state *state = character->state;
    state->path = xstrdup(operand);
    state->fd = open(operand, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return state->fd >= 0 ? 0
                          : error_set(error, -errno, "cannot write '%s': %s",
                                      operand, strerror(errno));
}

static int end_file(struct character *character, uint64_t lost,
                    struct error *error)
{
    struct state *state = character->state;
    int code = lost != 0 ? state->code : 0;
    if (state->fd >= 0 && close(state->fd) != 0 && code == 0) {
        code = -errno;
    }
    state->fd = -1;
    return code == 0
               ? 0
               : error_set(error, code, "file '%s': cannot be written: %s",
                           state->path, strerror(-code));
}

static void close_file(struct character *character)
{
    struct state *state = character->state;
    if (state->fd >= 0) {
        close(state->fd);
    }
    free(state->path);
}

static void tell_trouble(struct character *character, int code)
{
    struct state *state = character->state;
    char text[256];
    if (!state->told && character->events.trouble) {
        snprintf(text, sizeof(text), "cannot write '%s', output is lost: %s",
                 state->path, strerror(code));
        character->events.trouble(character->events.context, text);
    }
    state->told = true;
}

static size_t write_file(struct character *character, const void *bytes,
                         size_t size)
{
    struct state *state = character->state;
    ssize_t count = write(state->fd, bytes, size);
    if (count > 0) {
        state->told = false;
    } else if (count < 0) {
        state->code = -errno;
        if (errno != EINTR) {
            tell_trouble(character, errno);
        }
    }
    return count > 0 ? (size_t)count : 0;
}

const struct character_type character_file = {
    .name = "file",
    .operand = "PATH",
    .purpose = "a file that receives the output",
    .makes_file = true,
    .state_size = sizeof(struct state),
    .check = check_file,
    .open = open_file,
    .close = close_file,
    .write = write_file,
    .end = end_file,
};
