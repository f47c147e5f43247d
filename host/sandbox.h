/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights that a process gives up before it works on untrusted input:
 * Landlock leaves it the named files and folders, a seccomp filter the calls
 * that it still needs, and no program that it starts gains privileges. All of
 * it is permanent, for the calling thread and those that it starts: so it is
 * the process' and not a session's. Programs with several sessions enter it
 * once, with the rights of all of them.
 *
 * Kernels differ in their support, so the rules in force are reported, not
 * required.
 */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include <assert.h>
#include <stddef.h>

#include "base/bits.h"
#include "base/buffer.h"

/* Permitted uses of a file, or of all files below a folder. */
enum sandbox_right {
    SANDBOX_READ = BIT(0),    /* also list */
    SANDBOX_WRITE = BIT(1),   /* existing files */
    SANDBOX_REPLACE = BIT(2), /* also make, rename and remove files */
    SANDBOX_EXECUTE = BIT(3),
    SANDBOX_REMOVE = BIT(4), /* files, no more than that */
    /* all that a user does in a folder, but run programs and make devices */
    SANDBOX_SHARE = BIT(5),
};
static_assert(BITS_DIFFER(SANDBOX_READ, SANDBOX_WRITE, SANDBOX_REPLACE,
                          SANDBOX_EXECUTE, SANDBOX_REMOVE, SANDBOX_SHARE),
              "each right is one of its own");

struct sandbox_place {
    const char *path;
    unsigned rights;
};

/* Calls that not everybody needs. */
enum sandbox_calls {
    SANDBOX_KEEPER = BIT(0),  /* ask the keeper (host/keeper.h) */
    SANDBOX_THREADS = BIT(1), /* start threads */
    /* accept peers at sockets that listen, and talk to them */
    SANDBOX_PEERS = BIT(2),
    SANDBOX_DATAGRAMS = BIT(3), /* send to the Unix sockets of others by path */
    SANDBOX_NETWORK = BIT(4), /* make sockets of IPv4 and IPv6, connect them */
    SANDBOX_STARTED = BIT(5), /* hear of the end of programs started before */
    SANDBOX_FOLDERS = BIT(6), /* look at and list what is in shared folders */
    SANDBOX_CHANGES = BIT(7), /* change what is in folders with such a right */
    SANDBOX_CHECKED = BIT(8), /* of sanitizers; sandbox_enter adds it itself */
};
static_assert(BITS_DIFFER(SANDBOX_KEEPER, SANDBOX_THREADS, SANDBOX_PEERS,
                          SANDBOX_DATAGRAMS, SANDBOX_NETWORK, SANDBOX_STARTED,
                          SANDBOX_FOLDERS, SANDBOX_CHANGES, SANDBOX_CHECKED),
              "each grant is one of its own");

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
/* The version of Landlock that this kernel has, or a negative errno value. */
int sandbox_landlock(void);
/* How many calls the filter lets through, if only in part; 0 on hosts without a
 * table. */
int sandbox_count(unsigned grants);
/* The calls among them that look at any path, by their names and with commas.
 */
void sandbox_list_looks(unsigned grants, struct buffer *out);
/* The restrictions in force, for a report: "Landlock (files), seccomp (40
 * calls)". */
void sandbox_describe(const struct sandbox *sandbox, char *text, size_t size);

#endif
