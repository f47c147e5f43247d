/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a machine that does not go on, in words. */
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"
#include "platform/machine/run.h"
#include "trust/report/event_text.h"

static size_t count_power(const struct cairn_machine *machine,
                          enum core_power power)
{
    size_t count = 0;
    for (size_t i = 0; i < machine->core_count; i++) {
        count += machine->cores[i]->power == power;
    }
    return count;
}

bool cairn_is_stuck(const struct cairn_machine *machine)
{
    return count_power(machine, CORE_STUCK) != 0 &&
           count_power(machine, CORE_RUNNING) == 0 &&
           count_power(machine, CORE_WAITING) == 0 &&
           clock_next(&machine->fabric.clock) == TIME_NEVER;
}

void machine_stuck_event(struct cairn_machine *machine, const struct core *core,
                         struct event *event)
{
    event->fact = FACT_PROCESSOR_STUCK;
    (void)cairn_register_get(machine, core->name, "pc", &event->values[0]);
    if (core->type->stuck) {
        core->type->stuck(core, event);
    }
}

/* The event that told of it; what a core knows of how that began is no part of
 * its state. */
static const struct event *find_stuck_event(const struct cairn_machine *machine,
                                            const struct core *core)
{
    const struct event_list *list = &machine->fabric.events;
    for (size_t i = list->count; i-- > 0;) {
        const struct event *event = &list->events[i];
        if (event_subject(event) == SUBJECT_EXCEPTIONS &&
            strcmp(event->agent, core->name) == 0) {
            return event;
        }
    }
    return NULL;
}

/* "cpu0 is stuck in exceptions without end at 0x200 (...), cpu1 is ..." */
static void print_stuck(struct cairn_machine *machine, struct buffer *out)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core *core = machine->cores[i];
        if (core->power == CORE_STUCK) {
            struct event own = {.time_ns = 0};
            const struct event *event = find_stuck_event(machine, core);
            if (!event) {
                machine_stuck_event(machine, core, &own);
                event = &own;
            }
            buffer_print(out, "%s%s is stuck in exceptions ",
                         out->size ? ", " : "", core->name);
            event_print_detail(event, out);
        }
    }
}

/* A handler that faults takes exceptions for ever, and so does code whose
 * handler repairs nothing; what a guest does that works is done in between. */
static void print_exceptions(struct cairn_machine *machine, struct buffer *out)
{
    enum { MANY = 1000000, DENSE = 64 };
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core *core = machine->cores[i];
        uint64_t pc = 0;
        if (core->power == CORE_RUNNING && core->traps >= MANY &&
            core->traps >= core->retired / DENSE) {
            (void)cairn_register_get(machine, core->name, "pc", &pc);
            buffer_print(out,
                         "%s%s took %llu exceptions in %llu instructions and "
                         "is at 0x%llx",
                         out->size ? ", " : "", core->name,
                         (unsigned long long)core->traps,
                         (unsigned long long)core->retired,
                         (unsigned long long)pc);
        }
    }
}

const char *cairn_standstill(struct cairn_machine *machine)
{
    struct buffer *out = &machine->text;
    bool runs = count_power(machine, CORE_RUNNING) != 0;
    bool waits = count_power(machine, CORE_WAITING) != 0;
    buffer_clear(out);
    print_stuck(machine, out);
    if (runs) {
        print_exceptions(machine, out);
    } else if (!machine->powered) {
        buffer_print(out, "the machine has no power");
    } else if (waits) {
        buffer_print(out, "%s wait%s",
                     out->size ? ", all others" : "all processors",
                     machine->in_vain ? " and nothing will wake them" : "");
    } else if (out->size == 0) {
        buffer_print(out, "all processors are held in reset or off");
    }
    return buffer_text(out);
}
