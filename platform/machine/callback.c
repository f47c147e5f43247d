/* SPDX-License-Identifier: Apache-2.0 */
/* Marks the time that functions of the caller take. */
#include "platform/machine/callback.h"

#include <errno.h>
#include <stdio.h>

/* The machine whose callback this thread is in, the innermost. */
static _Thread_local const struct cairn_machine *calling;

/* Callbacks of another machine may be around this one: their machine is found
 * again by the outer call, which is over later. */
enum callback callback_begin(struct cairn_machine *machine, enum callback kind)
{
    const enum callback before = machine->callback;
    machine->callback = kind;
    machine->called_before =
        before == CALLBACK_NONE ? calling : machine->called_before;
    calling = machine;
    return before;
}

void callback_end(struct cairn_machine *machine, enum callback before)
{
    machine->callback = before;
    calling = before == CALLBACK_NONE ? machine->called_before : machine;
}

int callback_refuse(const struct cairn_machine *machine,
                    struct cairn_error *error)
{
    if (!machine_is_called_back(machine)) {
        return 0;
    }
    if (error) {
        snprintf(error->text, sizeof(error->text),
                 "not from within a callback of the machine");
    }
    return -EBUSY;
}

bool callback_is_here(const struct cairn_machine *machine)
{
    return calling == machine;
}
