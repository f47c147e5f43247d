/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output that `cairn run` shows while a machine runs: console bytes and
 * chain events in their order on one stream, log lines on another, and the
 * host's time at each event for the report.
 *
 * It also stops the machine when a signal ends the program, or when the stream
 * has no reader any more, as it is called now and then while the machine runs.
 */
#ifndef COMMANDS_RUN_OUTPUT_H
#define COMMANDS_RUN_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/progress.h"
#include "include/cairn/cairn.h"
#include "session/session.h"

enum { RUN_PORTS = 8 };

/* A serial port's line until it ends: ports that speak at the same time do not
 * break into each other's lines. */
struct run_port {
    char device[64];
    struct buffer line;
    struct buffer tail; /* what it printed last, if that is kept, */
    char *end;          /* and of that what a report has */
    bool old; /* it waited through a progress call: a prompt, most likely */
};

struct run_output {
    const struct arguments *arguments;
    const struct session *session; /* NULL: there is no machine yet */
    FILE *out;                     /* NULL: show neither console nor events */
    FILE *log;
    FILE *events;        /* JSON lines, or NULL */
    bool json;           /* out gets JSON lines */
    bool raw;            /* the console goes to a terminal as it is */
    bool log_named;      /* log is a file of its own: lines without prefix */
    bool log_awaited;    /* that file is not open yet */
    struct buffer early; /* lines for it */
    bool prompt;         /* each line goes out at once */
    uint64_t lines;
    uint64_t lines_seen; /* at the last call of progress */
    uint64_t flushed_ns; /* the host's time */
    struct progress progress;
    struct run_port ports[RUN_PORTS];
    /* Whose line out stands in the middle of, or NULL. */
    const struct run_port *open;
    bool keeps_tails;   /* as nobody is shown them, or for a report */
    bool wall_times;    /* note the host's time ... */
    struct buffer wall; /* ... of each event, uint64_t of ns */
};

/* Decides what is shown, before anything is. */
void run_output_begin(struct run_output *output,
                      const struct arguments *arguments, bool has_guest);
/* Opens the files that options name, when nothing is refused any more; an exit
 * code after its complaint. */
int run_output_open(struct run_output *output);
/* Ends those files; an exit code, which is the given one if that is bad. */
int run_output_close(struct run_output *output, int result);
/* The observer that shows a session. */
struct session_observer run_output_observer(struct run_output *output);
/* The outcome of the run; it refers to the output. */
struct cairn_outcome run_output_outcome(const struct run_output *output,
                                        bool reached, const char *text);
/* Writes what is held back, so that a reader sees it at once. */
void run_output_flush(struct run_output *output);
/* Ends an open console line. */
void run_output_finish(struct run_output *output);
/* Prints the ends of consoles that were not shown, for a run that failed. */
void run_output_tail(const struct run_output *output);
/* The ends of the consoles that printed something, for a report; their number.
 * They live as long as the output. */
size_t run_output_ends(struct run_output *output,
                       struct cairn_console_end ends[RUN_PORTS]);
void run_output_fini(struct run_output *output);

#endif
