/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How `cairn run` was asked for a machine: BOARD and the options that shape it.
 * --save keeps them in the snapshot, with paths that hold in every folder, so
 * that --restore alone can ask for it again. What is about one run is not kept:
 * what is typed, where it is told, how fast it is. Nor is --agent, whose script
 * was begun and would begin anew.
 */
#ifndef COMMANDS_RUN_ORIGIN_H
#define COMMANDS_RUN_ORIGIN_H

#include <stdbool.h>

#include "commands/command.h"
#include "session/option_table.h"

struct run_origin {
    const char *clock;  /* what --rtc came to, or NULL */
    const char *kernel; /* in the folder that --guest was found as, or NULL */
    bool records;       /* for --record, else for --save */
    char **words;
    size_t count;
    char *
        *followed; /* of --restore or --replay: the arguments lead into them */
};

/* The row of session/options.def for an option of `cairn run`. */
const struct session_option *run_origin_row(const struct arguments *arguments,
                                            const struct option *option);
/* The path of a file that shapes the machine in the option's value, where an
 * address may be behind it; NULL: the value names none. */
const char *run_origin_file(const struct session_option *option,
                            const char *value);
/* With --restore or --replay and neither BOARD nor an option that is kept, adds
 * the words of the snapshot or record to the arguments, which must not outlive
 * *origin. An exit code after an error message: files that are missing or newer
 * than the snapshot, and options that a file must not choose for the user. */
int run_origin_follow(struct run_origin *origin, struct arguments *arguments);
/* The words of these arguments. None, and a line that says so, if a snapshot
 * could not hold them. */
void run_origin_make(struct run_origin *origin,
                     const struct arguments *arguments);
void run_origin_fini(struct run_origin *origin);

#endif
