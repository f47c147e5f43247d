/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights that a process gives up before it works on untrusted input:
 * Landlock leaves it the named files and folders, a seccomp filter the calls
 * that it still needs, and no program that it starts gains privileges. All of
 * it is permanent, for the calling thread and those that it starts.
 *
 * Kernels differ in their support, so the rules in force are reported, not
 * required.
 */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include <stddef.h>

/* Permitted uses of a file, or of all files below a folder. */
enum sandbox_right {
    SANDBOX_READ = 1,    /* also list */
    SANDBOX_WRITE = 2,   /* existing files */
    SANDBOX_REPLACE = 4, /* also make, rename and remove files: file_write */
    SANDBOX_EXECUTE = 8,
    SANDBOX_REMOVE = 16, /* files, no more than that */
    /* all that a user does in a folder, but run programs and make devices */
    SANDBOX_SHARE = 32,
};

struct sandbox_place {
    const char *path;
    unsigned rights;
};

/* Calls that not everybody needs. */
enum sandbox_calls {
    SANDBOX_OUTPUTS = 1, /* open files for writing, rename, remove them */
    SANDBOX_THREADS = 2, /* start threads */
    SANDBOX_PEERS =
        4, /* accept peers at sockets that listen, and talk to them */
    SANDBOX_FOLDERS = 32, /* change what is in folders that are open */
    SANDBOX_STARTED = 16, /* hear of the end of programs started before */
    SANDBOX_NETWORK = 32, /* make sockets of IPv4 and IPv6, and connect them */
    SANDBOX_CHECKED = 8,  /* of sanitizers; sandbox_enter adds it itself */
};

/* The requested restrictions, and those in force. */
struct sandbox {
    const struct sandbox_place *places; /* those that do not exist are none */
    size_t place_count;
    unsigned calls; /* enum sandbox_calls */

    int files; /* the version of Landlock that holds, or a negative errno */
    int table; /* how many calls seccomp allows, or a negative errno value */
};

/* Landlock alone, for instance before a program is started: the version that
 * holds, or a negative errno value. calls: SANDBOX_NETWORK, or 0. */
int sandbox_files(const struct sandbox_place *places, size_t count,
                  unsigned calls);
/* Applies all of it, and fills in the restrictions in force. */
void sandbox_enter(struct sandbox *sandbox);
/* The restrictions in force, for a report: "Landlock (files), seccomp (40
 * calls)". */
void sandbox_describe(const struct sandbox *sandbox, char *text, size_t size);

#endif
