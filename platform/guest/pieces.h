/* SPDX-License-Identifier: Apache-2.0 */
/* A guest from inside: the pieces (kernel, initrd, device tree, modules) that
 * are put into its memory at every start. */
#ifndef PLATFORM_GUEST_PIECES_H
#define PLATFORM_GUEST_PIECES_H

#include "platform/guest/file.h"
#include "platform/machine/machine.h"

enum { GUEST_MODULES_MAX = 8, GUEST_PIECES = 3 + GUEST_MODULES_MAX };

struct guest_piece {
    const char *what;
    uint64_t offset; /* in the memory */
    size_t size;
    uint64_t room;       /* that it needs there, with a kernel's .bss */
    bool raw;            /* a kernel of no known form */
    size_t tail;         /* behind it, zeros when the guest starts */
    struct buffer bytes; /* empty if it comes from file */
    struct guest_file file;
};

struct guest {
    struct node *ram;
    uint64_t base; /* of the memory */
    uint64_t size;
    struct guest_piece pieces[GUEST_PIECES];
    size_t piece_count;
    bool has_kernel;
    bool delivered; /* by the board's firmware, not by us */
    uint64_t entry;
    uint64_t dtb;
    bool psci; /* ours: the other cores are off until it is called */
    struct buffer tree;
};

/* Bytes, which are copied, at an address. -ENOMEM and *error where they do not
 * fit in the memory or another piece is. */
int guest_add_piece(struct guest *guest, const char *what, uint64_t address,
                    const void *bytes, size_t size, struct error *error);
/* The same for a file, which is taken over if it fits. */
int guest_add_file(struct guest *guest, const char *what, uint64_t address,
                   struct guest_file *file, struct error *error);
/* Puts a piece into memory. False, and a line in the log, when its file cannot
 * be read any more. */
bool guest_load_piece(struct cairn_machine *machine,
                      const struct guest_piece *piece);

#endif
