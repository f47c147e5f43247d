/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cairn run --guest` names: a folder with `kernel`, and if the guest
 * wants them `initrd` and `cmdline`, the kernel's command line in one line. The
 * first application, `hello`, is no folder: board trust carries it.
 */
#ifndef SESSION_GUEST_FOLDER_H
#define SESSION_GUEST_FOLDER_H

#include <stdbool.h>

#include "commands/command.h"

struct session_guest_folder {
    char *kernel; /* NULL without --guest: paths, and the line itself */
    char *initrd;
    char *append;
};

/* Whether --guest names a folder. */
bool session_guest_folder_wanted(const struct arguments *arguments);
/* Finds it: by its path; else in CAIRN_GUESTS, in the user's data folder, where
 * `make guest-linux` puts it, and here. An exit code after its complaint. */
int session_guest_folder_find(struct session_guest_folder *found,
                              const struct arguments *arguments);
/* Whether a file is in a folder where guests are looked for by name, but for
 * the current one. */
bool session_guest_folder_holds(const char *file);
void session_guest_folder_fini(struct session_guest_folder *found);

#endif
