/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cairn run` shows while a machine runs: console bytes and chain events
 * in their order on one stream, log lines on another, and a list of the
 * events for the report.
 *
 * It also stops the machine when a signal ends the program, or when the stream
 * has no reader any more: it is what hears of the run now and then.
 */
#ifndef COMMANDS_RUN_OUTPUT_H
#define COMMANDS_RUN_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "commands/progress.h"
#include "include/cairn/cairn.h"

enum { RUN_PORTS = 8 };

/* A serial port's line until it ends: ports that speak at the same time do not
 * break into each other's lines. */
struct run_port {
    char device[64];
    struct buffer line;
    bool old; /* it waited through a progress call: a prompt, most likely */
    struct buffer said; /* the line again, whether it is shown or not ... */
    struct buffer last; /* ... and the last that ended and was not empty */
};

struct run_output {
    FILE *out; /* NULL: show neither console nor events */
    FILE *log;
    FILE *events;   /* JSON lines, or NULL */
    bool json;      /* out gets JSON lines */
    bool raw;       /* the console goes to a terminal as it is */
    bool log_named; /* log is a file of its own: lines without prefix */
    bool prompt;    /* each line goes out at once */
    FILE *bytes;    /* what a guest's console prints, or NULL */
    uint64_t lines;
    uint64_t lines_seen;           /* at the last call of progress */
    uint64_t flushed_ns;           /* the host's time */
    struct cairn_machine *machine; /* to stop when the program is to end */
    struct progress progress;
    struct run_port ports[RUN_PORTS];
    /* Whose line out stands in the middle of, or NULL. */
    const struct run_port *open;
    bool wall_times;    /* note the host's time ... */
    struct buffer wall; /* ... of each event, uint64_t of ns */
};

void run_output_callbacks(struct run_output *output,
                          struct cairn_callbacks *callbacks);
/* After a snapshot was restored: so many events are older than this run, whose
 * wall times begin now. */
void run_output_restored(struct run_output *output, size_t events);
/* A line of the run itself, beside what the machine logs. */
void run_output_say(struct run_output *output, const char *line);
/* What the run came to; it refers to the output. */
struct cairn_outcome run_output_outcome(const struct run_output *output,
                                        bool reached, const char *text);
/* The last whole line that a serial port printed, or "". */
const char *run_output_last_line(const struct run_output *output,
                                 const char *device);
/* Writes what is held back, so that who reads along sees it. */
void run_output_flush(struct run_output *output);
/* Ends an open console line. */
void run_output_finish(struct run_output *output);
void run_output_fini(struct run_output *output);

#endif
