/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a machine that does not go on, in words. */
#include "base/bits.h"
#include "platform/machine/machine.h"

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

/* "cpu0 is stuck in exceptions at 0x200, cpu1 is ..." */
static void print_stuck(struct cairn_machine *machine, struct buffer *out)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core *core = machine->cores[i];
        uint64_t pc = 0;
        if (core->power == CORE_STUCK) {
            (void)cairn_register_get(machine, core->name, "pc", &pc);
            buffer_print(out, "%s%s is stuck in exceptions at 0x%llx",
                         out->size ? ", " : "", core->name,
                         (unsigned long long)pc);
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
