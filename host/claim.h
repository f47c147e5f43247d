/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a program is about to read and to write, and under which names:
 * a file that is written may have one name only, or what one part of the
 * program writes destroys what another reads or writes. Any thread.
 */
#ifndef HOST_CLAIM_H
#define HOST_CLAIM_H

#include <stdbool.h>

#include "base/buffer.h"

/* Strings belong to the caller, who keeps them while the list is used. */
struct file_claim {
    const char *name; /* of the option, or of the operand in capitals */
    const char *path;
    bool written;       /* also if it is read before */
    const char *shares; /* the name of a claim that may have the same file, or
                           NULL */
};

/* Starts as {0}. */
struct file_claims {
    struct buffer items; /* of struct file_claim */
    struct buffer kept;  /* of char *: strings that the list frees */
};

/* An empty path, NULL or "-" claims nothing. */
void file_claim_add(struct file_claims *claims, const struct file_claim *claim);
/* Keeps a string that malloc made for as long as the list; returns it. */
const char *file_claim_keep(struct file_claims *claims, char *path);
void file_claims_fini(struct file_claims *claims);

/*
 * True if two claims are for one file and one of them writes it: *second is one
 * that writes, *first the other. Files are compared as the host has them, by
 * device and inode, links followed; one that does not exist yet by its folder
 * and name. Terminals, pipes and other character devices may be shared, and so
 * may what is open already (/dev/stdout, /dev/fd/3).
 */
bool file_claims_clash(const struct file_claims *claims,
                       const struct file_claim **first,
                       const struct file_claim **second);
/* "--log writes 'x' too", for a message about `second`; to be freed. */
char *file_claims_words(const struct file_claim *first,
                        const struct file_claim *second);

#endif
