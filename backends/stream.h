/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the character back ends that are descriptors. */
#ifndef BACKENDS_STREAM_H
#define BACKENDS_STREAM_H

#include "backends/character.h"

struct stream {
    struct character *character;
    struct loop_watch watch; /* fd is -1 when it is closed */
    bool socket;
    /* The other end will send nothing more; may close the stream. NULL: the
     * stream closes itself. */
    void (*ended)(struct character *character);
};

/* Passes on the input of the descriptor, which the stream owns from now on and
 * which must be non-blocking. */
void stream_open(struct stream *stream, struct character *character, int fd);
/* Closes the descriptor; fine for a zeroed or closed one. */
void stream_close(struct stream *stream);
bool stream_is_open(const struct stream *stream);
/* As the write of a struct character_type. */
size_t stream_write(struct stream *stream, const void *bytes, size_t size);

#endif
