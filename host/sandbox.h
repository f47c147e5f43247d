/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up before it works on what strangers wrote: Landlock
 * leaves it the files and folders that are named, a seccomp filter the calls
 * that are left to do, and no program that it starts gains privileges. All of
 * it is for ever, and for the calling thread and those that it starts.
 *
 * Kernels differ in what they offer, so the rules in force are reported, not
 * required.
 */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include <stddef.h>

/* What may be done with a file, or with all files below a folder. */
enum sandbox_right {
    SANDBOX_READ = 1,    /* also list */
    SANDBOX_WRITE = 2,   /* what is there */
    SANDBOX_REPLACE = 4, /* also make, rename and remove files: file_write */
    SANDBOX_EXECUTE = 8,
    SANDBOX_REMOVE = 16, /* files, no more than that */
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
    SANDBOX_CHECKED = 8, /* of sanitizers; sandbox_enter adds it itself */
};

/* What is asked for, and what held. */
struct sandbox {
    const struct sandbox_place *places; /* those that do not exist are none */
    size_t place_count;
    unsigned calls; /* enum sandbox_calls */

    int files; /* the version of Landlock that holds, or a negative errno */
    int table; /* how many calls seccomp allows, or a negative errno value */
};

/* Landlock alone, for instance before a program is started: the version that
 * holds, or a negative errno value. */
int sandbox_files(const struct sandbox_place *places, size_t count);
/* All of it, and fills in what held. */
void sandbox_enter(struct sandbox *sandbox);
/* What held, in words for a report: "Landlock (files), seccomp (40 calls)". */
void sandbox_describe(const struct sandbox *sandbox, char *text, size_t size);

#endif
