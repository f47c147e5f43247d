/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output that `cairn serve rot` shows: that it is ready, what becomes of
 * clients, and a log of frames, console and log lines of the part; as text or
 * as JSON lines.
 */
#ifndef COMMANDS_SERVE_OUTPUT_H
#define COMMANDS_SERVE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "session/rot/server.h"
#include "session/session.h"

struct serve_output {
    FILE *out;
    FILE *err; /* NULL: say nothing about clients */
    FILE *log; /* NULL: not open, or not wanted */
    bool log_wanted;
    bool json;
    struct buffer console;         /* a line of the part that is under way */
    struct cairn_machine *machine; /* or NULL */
};

void serve_output_begin(struct serve_output *output,
                        const struct arguments *arguments);
/* Opens the log; an exit code after its complaint. */
int serve_output_open(struct serve_output *output,
                      const struct arguments *arguments);
/* Ends the log; an exit code, which is the given one if that is bad. */
int serve_output_close(struct serve_output *output,
                       const struct arguments *arguments, int result);
struct session_observer serve_output_session(struct serve_output *output);
struct rot_observer serve_output_server(struct serve_output *output);
void serve_output_ready(const struct serve_output *output, const char *path,
                        const char *stage, const char *sandbox);
void serve_output_ended(const struct serve_output *output, const char *signal);

#endif
