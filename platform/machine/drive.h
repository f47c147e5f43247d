/* SPDX-License-Identifier: Apache-2.0 */
/* Inside disk.c and drive_state.c: the requests of a device to its medium, and
 * how they are saved. */
#ifndef PLATFORM_MACHINE_DRIVE_H
#define PLATFORM_MACHINE_DRIVE_H

#include "bus/disk.h"
#include "platform/machine/machine.h"
#include "platform/machine/parts.h"
#include "platform/machine/transfer.h"

/* The device's side, as it is saved. */
struct pending_state {
    uint64_t offset;
    uint64_t size;
    uint64_t due_ns;
    uint64_t sequence;  /* of the drive's requests */
    uint32_t busy;      /* all else is 0 if not */
    uint32_t operation; /* enum disk_operation */
    uint32_t may_unmap;
    uint32_t served; /* status is known; not of reads of a medium */
    uint32_t status; /* enum disk_status */
    uint32_t reserved;
};

struct pending {
    struct pending_state state;
    struct drive *drive;
    struct transfer *transfer; /* NULL: none was made, or it is not needed */
    struct pending *before;    /* in the drive's queue, if busy */
    struct pending *behind;
};

/* Is saved as well. */
struct drive_state {
    uint64_t next_sequence;  /* of requests */
    uint64_t timer_sequence; /* of the timer that waits for the first request
                                that is due later than: */
    uint64_t fired_ns;       /* requests of that time and earlier complete */
};

struct drive {
    struct disk disk;
    struct drive_state state;
    struct cairn_machine *machine;
    struct node *node;
    struct completion completion;
    struct timer timer;
    struct pending *pending; /* by number */
    unsigned count;
    struct pending *earliest; /* busy ones by time, then by sequence */
    struct pending *latest;
    struct transfers transfers;
    struct block *block;
    int told; /* status of the last failure that the log names, or 0 */
    struct drive *next;
};

extern const struct part_kind part_drive;

/* Outside the disk, too long, or it cannot be written. */
bool drive_refuses(const struct drive *drive,
                   const struct disk_request *request);
/* The request is busy; it goes where its time says. */
void drive_enqueue(struct pending *pending);
/* Leaves nothing of a request on the device's side. */
void drive_drop(struct pending *pending);
/* The earliest that the timer waits for, or NULL. */
const struct pending *drive_first_not_due(const struct drive *drive);

#endif
