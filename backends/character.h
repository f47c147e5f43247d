/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Character back ends: where the bytes of a serial line come from and go to on
 * the host.
 *
 * A kind of back end is one file that ends in a const struct character_type,
 * and a row of characters.def; stream.h is shared by those that are
 * descriptors, loopback.c is the example to start from. All of a back end runs
 * on the thread of its loop; a kind that reports from another thread
 * posts a task there (loop_post). Files and sockets are opened by `open`,
 * because afterwards the process may be confined (host/sandbox.h).
 */
#ifndef BACKENDS_CHARACTER_H
#define BACKENDS_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_queue.h"
#include "base/error.h"
#include "host/loop.h"

struct character;

/* Calls of a back end to its user, from within loop_turn. All but received may
 * be NULL. */
struct character_events {
    void (*received)(void *context, const void *bytes, size_t size);
    /* The user at the other end asks the program to end. */
    void (*ended)(void *context);
    /* The program went on after it had been stopped for a while. */
    void (*resumed)(void *context);
    /* The host does not take the output, which is lost: a line that says why,
     * once until it does again. */
    void (*trouble)(void *context, const char *text);
    void *context;
};

struct character_type {
    const char *name;    /* before the colon: "file" */
    const char *operand; /* behind it, for help; NULL: nothing */
    const char *purpose;
    bool live;       /* has a user or peer: the guest's time must keep to the
                        host's, and no two runs are the same */
    bool peers;      /* accepts peers once it is open */
    bool shown;      /* the other end does not show the output, so the caller of
                        the back end does */
    bool makes_file; /* the operand is the path of a file that open makes, or
                        empties */
    size_t state_size;
    /* Fails if open would refuse, as far as that is known without opening
     * anything: -EINVAL for an operand that is none, or the system's error.
     * NULL: open takes any. */
    int (*check)(const char *operand, struct error *error);
    /* character->state is zeroed. After an error close is called too. */
    int (*open)(struct character *character, const char *operand,
                struct error *error);
    void (*close)(struct character *character);
    /* Takes bytes as far as it can without waiting, and returns how many. NULL:
     * output is dropped. */
    size_t (*write)(struct character *character, const void *bytes,
                    size_t size);
    /* Closes what the output is kept in; lost: bytes that write did not take.
     * NULL: nothing keeps it. */
    int (*end)(struct character *character, uint64_t lost, struct error *error);
};

struct character {
    const struct character_type *type;
    struct loop *loop;
    struct character_events events;
    char name[128]; /* the address for a peer; "" if there is none */
    void *state;
    struct byte_queue out; /* was written, not taken by the type yet */
    /* The watch of character_read; NULL: nothing is read. */
    struct loop_watch *input;
    bool held;     /* by character_hold */
    uint64_t lost; /* bytes that there was no room for in it */
};

/* The kinds, in the order of characters.def; NULL past the end. */
const struct character_type *character_type(size_t index);
/* The kind of "file:PATH", which begins with its name; NULL, with the choices
 * in *error, if there is none. */
const struct character_type *character_type_find(const char *what,
                                                 struct error *error);

/* Checks whether character_open has a chance, without doing it: -EINVAL for a
 * kind or an operand that is none, or the system's error. */
int character_check(const char *what, struct error *error);
/* Opens "pty" or "file:PATH"; 0, or a negative errno value and *error. */
int character_open(struct loop *loop, const char *what,
                   const struct character_events *events,
                   struct character **opened, struct error *error);
/* Passes on pending output, of which a back end that keeps it (file:) takes no
 * more afterwards. A negative errno value and *error if not all was kept. */
int character_end(struct character *character, struct error *error);
/* For types: watches what they read from now on, as far as it is not held;
 * NULL: nothing any more. */
void character_read(struct character *character, struct loop_watch *input);
/* Passes on pending output as far as the other end accepts it; NULL is fine. */
void character_close(struct character *character);

/* While it is held nothing is received, so that the other end has to wait: a
 * peer that hung up is noticed later. A loopback keeps its output; a terminal,
 * whose user could not end the program then, is not held. */
void character_hold(struct character *character, bool held);

/* Never waits: bytes that the other end does not accept are kept, and of more
 * than 64 KiB the oldest are lost. Bytes are passed on some at a time;
 * character_flush passes on all of them. */
void character_write(struct character *character, const void *bytes,
                     size_t size);
void character_flush(struct character *character);

#endif
