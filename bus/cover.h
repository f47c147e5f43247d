/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cover: parts of a window that a device answers for, because what is behind
 * them is not for the master of that space. It is made of windows of one of the
 * device's banks, above the covered one; all that is not covered stays memory,
 * at the speed of memory.
 *
 * The offset that the device sees is that in the covered window's memory or
 * bank, so that a cover of the same memory at another address looks the same.
 */
#ifndef BUS_COVER_H
#define BUS_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/space.h"

/* From first to last, as offsets in the memory or bank behind. */
struct cover_run {
    uint64_t first;
    uint64_t last;
};

struct cover {
    struct space *space;
    struct window under; /* a copy of the window that is covered */
    struct device *device;
    unsigned bank;
    struct window **windows; /* the space's; those in use come first */
    size_t count;
    size_t room;  /* of windows */
    bool changed; /* the space is to be told */
};

/* Makes the cover of a window that is, or will be, in the space. The bank has
 * no rows and is at least as large as what the window shows. */
void cover_init(struct cover *cover, struct space *space,
                const struct window *under, struct device *device,
                unsigned bank);
void cover_fini(struct cover *cover);
/* Sets what covers of the same memory cover from now on, and nothing else: runs
 * that do not meet. Those outside of a window count for nothing. The listeners
 * of each space are told once if that is a change. */
void cover_set(struct cover *covers, size_t cover_count,
               const struct cover_run *runs, size_t count);

#endif
