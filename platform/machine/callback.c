/* SPDX-License-Identifier: Apache-2.0 */
/* Marks the time that functions of the caller take. */
#include "platform/machine/callback.h"

#include <errno.h>
#include <stdio.h>

#include "base/memory.h"
#include "platform/machine/extension.h"

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

static int tell(struct cairn_error *error, int code, const char *why)
{
    if (error) {
        snprintf(error->text, sizeof(error->text), "%s", why);
    }
    return code;
}

int callback_refuse(const struct cairn_machine *machine,
                    struct cairn_error *error)
{
    if (machine_is_called_back(machine)) {
        return tell(error, -EBUSY, "not from within a callback of the machine");
    }
    if (machine->lost) {
        return tell(error, -ENOMEM, "the machine was lost as memory ran out");
    }
    return memory_fill_reserve() ? 0 : tell(error, -ENOMEM, "memory is short");
}

int callback_refuse_act(const struct cairn_machine *machine)
{
    if (machine->callback == CALLBACK_LOOKS) {
        return -EBUSY;
    }
    return machine->lost || !memory_fill_reserve() ? -ENOMEM : 0;
}

void callback_lost(struct cairn_machine *machine, struct cairn_error *error)
{
    machine->lost = true;
    EXTENSIONS_CALL(lost, machine);
    machine->callback = CALLBACK_NONE;
    tell(error, -ENOMEM, "the machine is lost as memory ran out");
}

bool callback_is_here(const struct cairn_machine *machine)
{
    return calling == machine;
}
