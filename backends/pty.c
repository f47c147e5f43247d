/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "pty": a pseudo-terminal of its own, for screen(1) and the like. The back end
 * keeps the peer's side open too, so that peers may come and go.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "backends/stream.h"

struct state {
    struct stream stream;
    int peer;
};

/* Bytes go through as they are until a peer wants it otherwise. */
static int open_peer(struct state *state, const char *name)
{
    struct termios modes;
    state->peer = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (state->peer < 0 || tcgetattr(state->peer, &modes) != 0) {
        return -errno;
    }
    cfmakeraw(&modes);
    return tcsetattr(state->peer, TCSANOW, &modes) == 0 ? 0 : -errno;
}

static int open_pty(struct character *character, const char *operand,
                    struct error *error)
{
    struct state *state = character->state;
    state->peer = -1;
    int code = 0;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 ||
        ptsname_r(fd, character->name, sizeof(character->name)) != 0) {
        code = -errno;
    }
    code = code ? code : open_peer(state, character->name);
    if (code != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return error_set(error, code, "cannot make a pseudo-terminal: %s",
                         strerror(-code));
    }
    stream_open(&state->stream, character, fd);
    return 0;
}

static void close_pty(struct character *character)
{
    struct state *state = character->state;
    stream_close(&state->stream);
    if (state->peer >= 0) {
        close(state->peer);
    }
}

static size_t write_pty(struct character *character, const void *bytes,
                        size_t size)
{
    struct state *state = character->state;
    return stream_write(&state->stream, bytes, size);
}

const struct character_type character_pty = {
    .name = "pty",
    .purpose = "a pseudo-terminal, whose name is printed",
    .live = true,
    .state_size = sizeof(struct state),
    .open = open_pty,
    .close = close_pty,
    .write = write_pty,
};
