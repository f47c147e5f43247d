/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the caller's functions is being called
 * (docs/design/runs/library.md).
 *
 * Every call of one is between callback_begin and callback_end, so that public
 * calls from within it can be refused where the machine is in the middle of
 * something. With cores in parallel callbacks come one at a time, with the
 * gate's lock, which guards the field.
 */
#ifndef PLATFORM_MACHINE_CALLBACK_H
#define PLATFORM_MACHINE_CALLBACK_H

#include "base/memory.h"
#include "platform/machine/machine.h"

/* Returns what callback_end is to put back. */
enum callback callback_begin(struct cairn_machine *machine, enum callback kind);
void callback_end(struct cairn_machine *machine, enum callback before);
/*
 * Before a call that needs the machine at rest: 0; -EBUSY within a callback;
 * -ENOMEM if memory is short (base/memory.h) or the machine was lost. *error,
 * which may be NULL, says so.
 */
int callback_refuse(const struct cairn_machine *machine,
                    struct cairn_error *error);
/* Before a call that acts as a device does: the same, but fine within callbacks
 * that stand for devices. */
int callback_refuse_act(const struct cairn_machine *machine);
/* Memory ran out in the middle of something. */
void callback_lost(struct cairn_machine *machine, struct cairn_error *error);

/* The value of call, as MEMORY_TRY has it: the machine is lost with the memory.
 */
#define MACHINE_GUARD(machine, error, call)                                    \
    ({                                                                         \
        bool lost_ = false;                                                    \
        const int value_ = MEMORY_TRY(call, &lost_);                           \
        if (lost_) {                                                           \
            callback_lost(machine, error);                                     \
        }                                                                      \
        value_;                                                                \
    })

/* The same for a public call that needs the machine at rest, or why it is
 * refused. */
#define MACHINE_CALL(machine, error, call)                                     \
    ({                                                                         \
        const int refused_ = callback_refuse(machine, error);                  \
        refused_ ? refused_ : MACHINE_GUARD(machine, error, call);             \
    })

/* True if this thread is within a callback of the machine. */
bool callback_is_here(const struct cairn_machine *machine);

static inline bool machine_is_called_back(const struct cairn_machine *machine)
{
    return machine->callback != CALLBACK_NONE;
}

#endif
