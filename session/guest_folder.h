/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest in a folder of its own: `kernel`, and if the guest wants them
 * `initrd` and `cmdline`, the kernel's command line in one line.
 */
#ifndef SESSION_GUEST_FOLDER_H
#define SESSION_GUEST_FOLDER_H

#include <stdbool.h>

#include "session/error.h"

struct session_guest_folder {
    char *kernel; /* NULL before it was found: paths, and the line itself */
    char *initrd;
    char *append;
};

/* Finds a folder by its path; or, if `name` has no slash, in CAIRN_GUESTS, in
 * the user's data folder, where `make guest-linux` puts guests, and here. */
int session_guest_folder_find(struct session_guest_folder *found,
                              const char *name, struct session_error *error);
/* True if a file is in a folder where guests are looked for by name, but for
 * the current one. */
bool session_guest_folder_holds(const char *file);
void session_guest_folder_fini(struct session_guest_folder *found);

#endif
