/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the caller's functions is being called (docs/design/035-library.md).
 *
 * Every call of one is between callback_begin and callback_end, so that public
 * calls from within it can be refused where the machine is in the middle of
 * something. With cores in parallel callbacks come one at a time, with the
 * gate's lock, which guards the field.
 */
#ifndef PLATFORM_MACHINE_CALLBACK_H
#define PLATFORM_MACHINE_CALLBACK_H

#include "platform/machine/machine.h"

/* Returns what callback_end is to put back. */
enum callback callback_begin(struct cairn_machine *machine, enum callback kind);
void callback_end(struct cairn_machine *machine, enum callback before);
/* For calls that need the machine at rest: 0, or -EBUSY and *error, which may
 * be NULL. */
int callback_refuse(const struct cairn_machine *machine,
                    struct cairn_error *error);
/* Whether this thread is within a callback of the machine. */
bool callback_is_here(const struct cairn_machine *machine);

static inline bool machine_is_called_back(const struct cairn_machine *machine)
{
    return machine->callback != CALLBACK_NONE;
}

/* For calls that act as devices do: fine at rest, and from callbacks that stand
 * for devices. */
static inline bool machine_is_only_watched(const struct cairn_machine *machine)
{
    return machine->callback == CALLBACK_LOOKS;
}

#endif
