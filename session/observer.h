/* SPDX-License-Identifier: Apache-2.0 */
/* The seam between a session and the code that shows it: reports while it runs,
 * and whether it is to end early. */
#ifndef SESSION_OBSERVER_H
#define SESSION_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/cairn/cairn.h"

/*
 * The observer of a session while it runs. Functions may be NULL. All are
 * called from within session_build, session_run and session_finish, in the
 * session's thread (with processors in parallel: in theirs, one at a time).
 */
struct session_observer {
    /* As cairn_callbacks; `context` below is passed. */
    void (*console)(void *context, const char *device, uint8_t byte);
    void (*log)(void *context, enum cairn_log kind, const char *line);
    void (*event)(void *context, const char *text, const char *json);
    void (*progress)(void *context, uint64_t time_ns, uint64_t instructions);
    /* A line of the session itself, beside what the machine logs. */
    void (*say)(void *context, const char *line);
    /* A snapshot was restored: so many events are older than this run. */
    void (*restored)(void *context, size_t events);
    /* A debugger may come, at that address. */
    void (*debugger)(void *context, const char *address);
    /* The terminal is the guest's from now on; Ctrl-] ends the run. */
    void (*terminal)(void *context);
    /* The session waits for the terminal: show what is held back. */
    void (*flush)(void *context);
    /* session_finish could not keep something, and goes on with the rest. */
    void (*failed)(void *context, const char *text);
    /* True if the run is to end early: called whenever the machine stops, so
     * code that makes it true calls cairn_stop as well. */
    bool (*is_ending)(void *context);
    void *context;
};

/* For the session's own parts. */
void session_say(const struct session_observer *observer, const char *format,
                 ...) __attribute__((format(printf, 2, 3)));
bool session_is_ending(const struct session_observer *observer);

#endif
