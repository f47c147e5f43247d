/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest on application processors: what it starts with, its flash file, and
 * the dialogue on its console.
 */
#ifndef SESSION_GUEST_H
#define SESSION_GUEST_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/console.h"
#include "session/error.h"
#include "session/guest_folder.h"
#include "session/kept.h"
#include "session/limits.h"
#include "session/observer.h"
#include "session/options.h"
#include "session/power_cut.h"
#include "session/roles.h"
#include "session/verdict.h"

struct session_guest {
    const struct session_options *options;
    const struct session_observer *observer;
    const struct session_roles *roles;
    bool on_application_processors;
    struct cairn_guest guest; /* for cairn_create; points into what is here */
    struct session_guest_folder folder;
    char *append; /* the folder's command line and the caller's */
    struct buffer dtb;
    struct buffer bios;
    struct session_kept flash;
    struct cairn_module *modules; /* guest.module_count each */
    struct buffer *module_bytes;
    FILE *output; /* console bytes, or NULL */
    struct session_console console;

    /* The dialogue. */
    struct cairn_machine *machine;
    struct session_cut *cut;
    struct session_timeout *timeout;
    struct session_limits limits;
    struct buffer seen;   /* console text since the last match */
    size_t step;          /* of options->steps */
    bool matched;         /* the text of this step was seen */
    enum session_end end; /* how it ended, if it ended well */
};

/* Reads all files of the guest; `folder` names that of options->guest, or is
 * NULL. */
int session_guest_load(struct session_guest *guest,
                       const struct session_options *options,
                       const struct session_observer *observer,
                       const char *folder, struct session_error *error);
/* Makes the console's file. */
int session_guest_open_output(struct session_guest *guest,
                              struct session_error *error);
/* Tells of a kernel that is started as raw code. */
void session_guest_tell(const struct session_guest *guest,
                        struct cairn_machine *machine);
/* A byte of the console, from within cairn_run. */
void session_guest_hear(struct session_guest *guest, const char *device,
                        uint8_t byte);
/* Runs until the guest ends, or the dialogue does: at most so many
 * instructions, 0 for no limit. As cairn_agent_run. */
int session_guest_run(struct session_guest *guest,
                      struct cairn_machine *machine, uint64_t instructions,
                      struct session_cut *cut, struct cairn_error *error);
/* Writes the guest's flash. */
int session_guest_save_flash(const struct session_guest *guest,
                             struct cairn_machine *machine,
                             struct error *error);
/* Ends the console's file. */
int session_guest_close_output(struct session_guest *guest,
                               struct error *error);
/* Writes the guest's device tree. */
int session_guest_save_tree(const struct session_guest *guest,
                            struct cairn_machine *machine, struct error *error);
void session_guest_fini(struct session_guest *guest);

#endif
