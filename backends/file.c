/* SPDX-License-Identifier: Apache-2.0 */
/* "file:PATH": output goes to a file, which is created or truncated; there is
 * no input. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backends/character.h"
#include "host/file.h"

struct state {
    int fd;
};

static int check_file(const char *operand, struct error *error)
{
    return file_check(operand, FILE_IN_PLACE, error);
}

static int open_file(struct character *character, const char *operand,
                     struct error *error)
{
    struct state *state = character->state;
    state->fd = open(operand, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return state->fd >= 0 ? 0
                          : error_set(error, -errno, "cannot write '%s': %s",
                                      operand, strerror(errno));
}

static void close_file(struct character *character)
{
    const struct state *state = character->state;
    if (state->fd >= 0) {
        close(state->fd);
    }
}

static size_t write_file(struct character *character, const void *bytes,
                         size_t size)
{
    const struct state *state = character->state;
    ssize_t count = write(state->fd, bytes, size);
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
};
