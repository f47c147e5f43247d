/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session takes a machine from options to an outcome: it opens the board,
 * gathers what the machine starts with, builds it, brings it up by the SoC
 * agent or the board's own firmware, types into its console, serves a
 * debugger, cuts its power, judges what it came to, asks the root of trust for
 * evidence and keeps files. Commands, a test runner and servers share it; they
 * parse and print, a session does neither and never ends the process.
 *
 *     session_open -> session_load -> session_build -> session_make_files ->
 *     session_run -> session_finish
 *
 * and session_close from anywhere. A session belongs to the thread that uses
 * it. There may be many at once, but for one: a terminal is the process's.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdio.h>

#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/observer.h"
#include "session/options.h"
#include "session/reason.h"
#include "session/verdict.h"

struct session;

struct session_outcome {
    /* The outcome of the run: 0, or a negative errno, which session/verdict.h,
     * session/limits.h and cairn_agent_run explain. -EINTR: it was ended. */
    int code;
    enum session_end end;       /* how it ended, if code is 0 */
    enum session_reason reason; /* what kind of code it is */
    uint64_t guest_status;      /* see cairn_guest_status */
    char text[512];             /* what was reached, or why not */
    /* The quote: 0 if it was written or none was asked for. */
    int evidence_code;
    char evidence_text[512];
    bool reached; /* both codes are 0 */
    uint64_t time_ns;
    uint64_t instructions;
    uint64_t unmodelled;
    uint64_t state_hash;
};

/*
 * Opens the board and reads the agent's script. *made belongs to the caller,
 * who closes it; NULL after a failure. observer is copied and may be NULL. Of
 * the options only those that choose board, script and guest count so far: the
 * caller may look at the board before filling in the others.
 */
int session_open(const struct session_options *options,
                 const struct session_observer *observer, struct session **made,
                 struct session_error *error);
void session_close(struct session *session); /* or NULL */

/* The board as it was opened, up to session_build, which makes the machine of
 * it: NULL from then on. */
const struct cairn_board *session_board(const struct session *session);
/* The run starts a guest of the caller's: it has a console. */
bool session_has_guest(const struct session *session);
/* A script stands in for the system around the root of trust. */
bool session_has_agent(const struct session *session);
/* The text of options->agent, or NULL. */
const char *session_script(const struct session *session);

/* Checks whether the files that session and caller are to write can be written,
 * each under one name and none that is read, and addresses be served: before
 * the first of them is opened. All options count. */
int session_check_targets(const struct session *session,
                          struct session_error *error);
/* Reads all files that the machine starts with. */
int session_load(struct session *session, struct session_error *error);
/* Builds the machine, which has no power yet. */
int session_build(struct session *session, struct session_error *error);
/* Makes the files that are written during the run, and empties those that are
 * there. It is a step of its own because it comes last, also for files of the
 * caller: a session that is refused has changed no file. */
int session_make_files(struct session *session, struct session_error *error);
/* Before session_load, in a process that session_confine will confine: starts
 * the process that writes outputs for it. */
int session_prepare_confinement(const struct session *session,
                                struct session_error *error);
/*
 * Gives up, for the whole process and for ever, what the rest of the session
 * does not need: files that are neither read nor replaced later, and system
 * calls. Only for a process that serves nothing else. Returns what held, in
 * words that live as long as the session; "off" if it was never called.
 */
const char *session_confine(struct session *session);
const char *session_sandbox(const struct session *session);

/* A script for the agent, in place of a whole run: for one who drives the
 * machine and needs the SoC's duties now and then. */
struct session_duties {
    const char *text; /* NULL: the session's own */
    const char *name; /* of text, for messages */
    const char *until;
    const struct cairn_image *file; /* that text names, or NULL */
};

/* From its first line on; returns what cairn_agent_run does. */
int session_do_duties(struct session *session,
                      const struct session_duties *script,
                      struct cairn_error *error);
/* Runs the machine to its end and fills *outcome; returns its code. */
int session_run(struct session *session, struct session_outcome *outcome);
/* Writes the files that options keep, whatever the outcome was: hashes, the
 * guest's device tree, flash, fuses, the snapshot. Returns the first failure
 * after telling each to the observer. */
int session_finish(struct session *session);

/* The machine, from session_build on; it belongs to the session. */
struct cairn_machine *session_machine(const struct session *session);
/* The kernel in the folder that options->guest was found as, from session_load
 * on; or NULL. */
const char *session_guest_kernel(const struct session *session);
/* The stream behind options->output, or NULL: for a caller who flushes what it
 * shows, that a reader sees both. */
FILE *session_console_file(const struct session *session);
/* A file that the run makes, and what it starts with. */
struct session_created {
    const char *option;
    const char *path;
    const char *origin; /* "embedded firmware, created by this run" */
};

enum { SESSION_CREATED_MAX = 3 };

/* Fills the list, from session_load on; returns how many there are. The strings
 * live as long as the session. */
size_t session_created(const struct session *session,
                       struct session_created list[SESSION_CREATED_MAX]);
/* Where the firmware came from, for a report, or NULL. */
const char *session_firmware(const struct session *session);

#endif
