/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of `cairn run` for boards of application processors: what the guest
 * starts with, its flash file, and what is typed into its console, by a script
 * or at a terminal.
 */
#ifndef SESSION_GUEST_H
#define SESSION_GUEST_H

#include <stdio.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "include/cairn/cairn.h"
#include "session/clock.h"
#include "session/console.h"
#include "session/guest_folder.h"
#include "session/kept.h"
#include "session/limits.h"
#include "session/power_cut.h"
#include "session/verdict.h"

struct session_guest {
    struct arguments *arguments;
    struct cairn_guest guest;
    struct session_clock clock;
    struct session_guest_folder folder; /* of --guest */
    char *append;                       /* its command line and the user's */
    struct buffer dtb;
    struct buffer bios;
    struct session_kept flash;
    struct cairn_module *modules; /* of --module, guest.module_count each */
    struct buffer *module_bytes;
    char **module_kinds;
    struct cairn_callbacks inner; /* who is told of the console after us */
    struct cairn_machine *machine;
    struct session_console console;
    struct session_power_cut *power_cut;
    FILE *output;          /* of --output, or NULL */
    struct buffer seen;    /* console text since the last match */
    size_t step;           /* of --expect and --type */
    bool matched;          /* the text of this step was seen */
    enum session_end end;  /* how it ended, if it ended well */
    uint64_t instructions; /* how many it may run, 0 for no limit */
    struct session_limits limits;
};

/* Whether BOARD, or what is asked for, starts a guest. */
bool session_guest_wants(const struct arguments *arguments, const char *name,
                         const struct cairn_board *board);
/* The built-in board by that name, with --gic. */
const char *session_guest_board(const struct arguments *arguments,
                                const char *board);
/* Reads files and numbers; returns an exit code after its complaint. */
int session_guest_load(struct session_guest *run, struct arguments *arguments);
/* Puts itself before the callbacks of the options. */
void session_guest_listen(struct session_guest *run,
                          struct cairn_options *options);
/* Says what the user may not know of what was put into the machine. */
void session_guest_tell(const struct session_guest *run,
                        struct cairn_machine *machine,
                        struct run_output *output);
/* Runs until the guest ends, or an expectation does. As cairn_agent_run. */
int session_guest_go(struct session_guest *run, struct cairn_machine *machine,
                     struct cairn_error *error);
/* Writes what --flash and --guest-dtb name; an exit code. */
int session_guest_save(struct session_guest *run,
                       struct cairn_machine *machine);
void session_guest_fini(struct session_guest *run);

#endif
