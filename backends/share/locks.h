/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locks of ranges (fcntl(2)) that a client's processes have in files of a
 * share. Which process has which range is kept here; what they have together
 * the host has too, by one open file for each file with locks. So one process
 * never is in its own way, by however many files it locks, and other clients
 * and programs of the host see all that is locked.
 */
#ifndef BACKENDS_SHARE_LOCKS_H
#define BACKENDS_SHARE_LOCKS_H

#include "backends/share/share.h"

struct share_locks;

/* The lock that a process of the client asks for. */
struct share_claim {
    struct share_node *node;
    uint64_t owner; /* the process, by a number that the client chose */
    uint64_t file;  /* the client's, by which it asks */
    uint32_t process;
    struct share_lock lock;
};

/* The party that decides whether two owners are in each other's way here. */
enum share_arbiter {
    SHARE_CLIENT_DECIDES, /* it has asked its own processes before */
    SHARE_SERVER_DECIDES,
};

struct share_locks *share_locks_create(struct share *share,
                                       enum share_arbiter arbiter);
/* NULL is fine. */
void share_locks_destroy(struct share_locks *locks);
/* The locks of all owners end. */
void share_locks_reset(struct share_locks *locks);

/*
 * Sets the lock, or ends it with F_UNLCK; replaces what the owner had in the
 * range. waits: the client will ask again until it has it.
 *
 * -EAGAIN: another has it; -EDEADLK: one who waits for this owner, directly or
 * not, if it waits; -ENOLCK: there are too many; errors of opening the file.
 */
int share_claim(struct share_locks *locks, const struct share_claim *claim,
                bool waits);
/* Turns the claim into what is in its way: its range and its process, which is
 * 0 if it is none of the client's; or into F_UNLCK. */
int share_find_claim(struct share_locks *locks, struct share_claim *claim);
/* The locks end that the owner has in the node. */
void share_unlock_owner(struct share_locks *locks,
                        const struct share_node *node, uint64_t owner);
/* The locks end that were made by the client's file. */
void share_unlock_file(struct share_locks *locks, uint64_t number);

#endif
