/* SPDX-License-Identifier: Apache-2.0 */
/* Places in a run: which comes first, and running the machine to one. */
#include "base/bits.h"
#include "platform/machine/machine.h"

/* ---- Order --------------------------------------------------------------- */

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int moment_compare(const struct moment *a, const struct moment *b)
{
    int by[] = {order(a->inputs, b->inputs), order(a->retired, b->retired),
                order(a->traps, b->traps), order(a->time_ns, b->time_ns)};
    for (size_t i = 0; i < ARRAY_SIZE(by); i++) {
        if (by[i] != 0) {
            return by[i];
        }
    }
    return 0;
}

bool moment_same_place(const struct moment *a, const struct moment *b)
{
    return a->retired == b->retired && a->traps == b->traps &&
           a->time_ns == b->time_ns;
}

struct moment input_now(const struct cairn_machine *machine)
{
    struct moment now = {
        .inputs = machine->inputs.given,
        .retired = machine_retired(machine),
        .time_ns = machine->fabric.clock.now_ns,
    };
    for (size_t i = 0; i < machine->core_count; i++) {
        now.traps += machine->cores[i]->traps;
    }
    return now;
}

bool moment_is_behind(struct moment a, struct moment b)
{
    a.inputs = b.inputs;
    return moment_compare(&a, &b) > 0;
}

/* ---- Running to a place -------------------------------------------------- */

static enum cairn_stop run(struct cairn_machine *machine, uint64_t instructions,
                           uint64_t time_ns)
{
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until),
        .instructions = instructions,
        .time_ns = time_ns,
    };
    return cairn_run(machine, &until);
}

static bool is_done(const struct cairn_machine *machine)
{
    const struct core *core = machine->stepped;
    return core && (core->retired >= machine->stepped_end ||
                    core->traps >= core->trap_stop);
}

/* One trap, where the next thing that happens is one. True if the debugger
 * wants to know of it, or of a point that comes before. */
static bool run_to_trap(struct cairn_machine *machine)
{
    bool trapped = false;
    for (size_t i = 0; i < machine->core_count; i++) {
        machine->cores[i]->trap_stop = machine->cores[i]->traps + 1;
    }
    bool stopped = run(machine, 1, 0) == CAIRN_STOP_DEBUG;
    for (size_t i = 0; i < machine->core_count; i++) {
        struct core *core = machine->cores[i];
        trapped = trapped || core->traps >= core->trap_stop;
        if (core != machine->stepped) {
            core->trap_stop = UINT64_MAX;
        }
    }
    return is_done(machine) || (stopped && !trapped);
}

bool input_approach(struct cairn_machine *machine, const struct moment *place,
                    uint64_t instructions)
{
    struct moment now = input_now(machine);
    if (now.retired < place->retired) {
        uint64_t left = place->retired - now.retired;
        return run(machine, left < instructions ? left : instructions, 0) ==
               CAIRN_STOP_DEBUG;
    }
    if (now.traps < place->traps) {
        return run_to_trap(machine);
    }
    return run(machine, 1, place->time_ns) == CAIRN_STOP_DEBUG;
}
