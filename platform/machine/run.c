/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run loop: what a call of cairn_run waits for, and its slices of the cores
 * (turns.c) until then.
 */
#include "platform/machine/run.h"

#include "base/assert.h"
#include "base/bits.h"
#include "host/floating_point.h"
#include "host/loop.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/machine/pace.h"
#include "platform/machine/sized.h"

/* As include/cairn/cairn.h promises for CAIRN_STOP_IDLE. */
enum { IDLE_TIMERS_MAX = 1000000 };
/* Rounds, idle timers among them, or instructions between two calls of the
 * progress callback, of cores that run in turn. */
enum { ROUNDS_PER_PROGRESS = 16, INSTRUCTIONS_PER_PROGRESS = 1 << 20 };

/* ---- What the caller waits for ------------------------------------------- */

uint64_t machine_retired(const struct cairn_machine *machine)
{
    uint64_t total = 0;
    for (size_t i = 0; i < machine->core_count; i++) {
        total += machine->cores[i]->retired;
    }
    return total;
}

static bool is_reached(const struct run *run)
{
    const struct cairn_until *until = run->until;
    uint32_t mask = until->level_mask ? until->level_mask : UINT32_MAX;
    return run->line && (run->line->level & mask) == (until->level & mask);
}

static void watch_line(void *context, unsigned input, uint32_t level)
{
    struct run *run = context;
    if (is_reached(run)) {
        run->machine->line_reached = true;
        machine_interrupt(run->machine);
    }
}

void machine_interrupt(struct cairn_machine *machine)
{
    if (machine->at_once) {
        parallel_interrupt(machine->parallel);
    } else if (machine->running) {
        core_request_stop(machine->running->core);
    }
}

/* Reasons that hold whatever the cores do. */
bool run_must_end(struct run *run)
{
    struct cairn_machine *machine = run->machine;
    if (log_failed(&machine->fabric.log)) {
        run->stop = CAIRN_STOP_UNMODELLED;
    } else if (machine->guest_end != GUEST_GOES_ON) {
        if (!machine->at_once) {
            EXTENSIONS_CALL(turned, machine);
        }
        run->stop =
            machine->guest_end == GUEST_OFF ? CAIRN_STOP_OFF : CAIRN_STOP_RESET;
    } else if (machine->stop_requested ||
               atomic_load_explicit(&machine->stop_asked,
                                    memory_order_relaxed)) {
        run->stop = CAIRN_STOP_REQUESTED;
    } else if (machine->line_reached) {
        run->stop = CAIRN_STOP_LINE;
    } else {
        return false;
    }
    return true;
}

bool run_must_stop(struct run *run)
{
    if (run_must_end(run)) {
        return true;
    }
    if (machine_retired(run->machine) < run->instructions_end &&
        (run->core_end == UINT64_MAX || run->core->retired < run->core_end)) {
        return false;
    }
    run->stop = CAIRN_STOP_BUDGET;
    return true;
}

/* A stop that the core itself reports. */
bool run_is_core_stop(struct run *run, struct slot *slot, enum core_stop stop)
{
    switch (stop) {
    case CORE_STOP_BREAKPOINT:
        run->stop = run->core == slot->core && slot->core->stop_address.value ==
                                                   run->until->address
                        ? CAIRN_STOP_ADDRESS
                        : CAIRN_STOP_DEBUG;
        return true;
    case CORE_STOP_WATCHPOINT:
    case CORE_STOP_EBREAK:
    case CORE_STOP_TRAP:
        run->stop = CAIRN_STOP_DEBUG;
        return true;
    default:
        return false;
    }
}

/* Instructions that the caller still allows to a core. */
static uint64_t allowance(const struct run *run, const struct core *core)
{
    const struct cairn_machine *machine = run->machine;
    uint64_t left = run->instructions_end - machine_retired(machine);
    if (machine->stepped == core) {
        uint64_t end = machine->stepped_end;
        uint64_t step = end > core->retired ? end - core->retired : 0;
        left = step < left ? step : left;
    }
    if (run->core == core && run->core_end - core->retired < left) {
        left = run->core_end - core->retired;
    }
    return left;
}

bool run_has_stepped(struct run *run, const struct core *core)
{
    if (run->machine->stepped != core ||
        core->retired < run->machine->stepped_end) {
        return false;
    }
    run->stop = CAIRN_STOP_DEBUG;
    return true;
}

static enum core_stop run_slot(struct cairn_machine *machine, struct slot *slot,
                               uint64_t budget)
{
    uint64_t executed = slot->core->retired - slot->core->skipped;
    run_note_unheard(machine, slot);
    machine->running = slot;
    slot->waits = false;
    enum core_stop stop = slot_run(slot, budget);
    machine->running = NULL;
    machine->last_stop[slot - machine->slots] = stop;
    slot_settle(slot);
    slot_look(slot, slot->anchor_ns);
    if (machine->parallel) {
        executed = slot->core->retired - slot->core->skipped - executed;
        parallel_note(machine->parallel, slot, executed);
    }
    return stop;
}

/* Brings the core at hand to the end of its slice. True when the caller's wait
 * is over. */
static bool run_core(struct run *run)
{
    struct cairn_machine *machine = run->machine;
    struct slot *slot = &machine->slots[machine->round_core];
    while (slot->core->power == CORE_RUNNING) {
        uint64_t left = slot_instructions_until(slot, machine->round_end_ns);
        if (left == 0) {
            break;
        }
        /* Time has passed when the last core has come there. */
        if (run->time_end < machine->round_end_ns &&
            run->time_end <= run_others_time(machine, slot)) {
            uint64_t early = slot_instructions_until(slot, run->time_end);
            if (early == 0) {
                run->stop = CAIRN_STOP_TIME;
                return true;
            }
            left = early < left ? early : left;
        }
        uint64_t allowed = allowance(run, slot->core);
        enum core_stop stop =
            run_slot(machine, slot, allowed < left ? allowed : left);
        if (run_is_core_stop(run, slot, stop) ||
            run_has_stepped(run, slot->core) || run_must_stop(run)) {
            return true;
        }
    }
    return false;
}

/* Counts timers that woke no core: without a time to stop at, timers that are
 * armed again and again would keep a waiting machine busy for ever. The machine
 * keeps the count, so that runs are the same however they are cut up. */
static bool waits_in_vain(struct run *run)
{
    struct cairn_machine *machine = run->machine;
    uint64_t retired = machine_retired(machine);
    if (machine->idle_retired != retired) {
        machine->idle_retired = retired;
        machine->idle_timers = 0;
    }
    if (++machine->idle_timers < IDLE_TIMERS_MAX || run->until->time_ns != 0) {
        return false;
    }
    machine->idle_timers = 0;
    run->stop = CAIRN_STOP_IDLE;
    return true;
}

/* Nothing runs: time jumps to the next timer. True when the wait is over. */
bool run_jump(struct run *run)
{
    struct clock *clock = &run->machine->fabric.clock;
    uint64_t next = clock_next(clock);
    run->machine->rounds_untold++;
    bool stuck = run->until->stuck_ends && next == TIME_NEVER &&
                 run_any_is_stuck(run->machine);
    bool listens = run->paced && run_any_waits(run->machine) && !stuck;
    if (stuck || (next == TIME_NEVER && run->until->time_ns == 0 && !listens)) {
        run->stop = CAIRN_STOP_IDLE;
        return true;
    }
    if (listens && !pace_allows(run, next)) {
        run->waits = true;
        run->stop = CAIRN_STOP_TIME;
        return true;
    }
    if (next > run->time_end) {
        clock_advance(clock, run->time_end);
        run->stop = CAIRN_STOP_TIME;
        return true;
    }
    clock_advance(clock, next);
    bool in_vain = waits_in_vain(run);
    return run_must_stop(run) || in_vain;
}

/* One step of the loop; false when the wait is over. */
static bool go_on(struct run *run)
{
    struct cairn_machine *machine = run->machine;
    if (!machine->in_round) {
        inputs_deliver(machine, &machine->inputs);
        if (machine->fabric.clock.now_ns >= run->time_end) {
            run->stop = CAIRN_STOP_TIME;
            return false;
        }
        if (!run_any_runs(machine)) {
            return !run_jump(run);
        }
        run_begin_round(machine);
    }
    do {
        if (run_core(run)) {
            return false;
        }
    } while (run_round_goes_on(machine));
    run_end_round(machine);
    return !run_must_stop(run);
}

/* ---- The call ------------------------------------------------------------ */

static bool has_breakpoint(const struct core *core, uint64_t address)
{
    for (size_t i = 0; i < core->breakpoint_count; i++) {
        if (core->breakpoints[i].value == address) {
            return true;
        }
    }
    return false;
}

/* The earlier of two times, of which 0 is none. */
static uint64_t earlier(uint64_t one, uint64_t other)
{
    one = one ? one : UINT64_MAX;
    other = other ? other : UINT64_MAX;
    return one < other ? one : other;
}

static void begin_run(struct run *run)
{
    struct cairn_machine *machine = run->machine;
    const struct cairn_until *until = run->until;
    uint64_t retired = machine_retired(machine);
    run->instructions_end =
        until->instructions == 0 || until->instructions > UINT64_MAX - retired
            ? UINT64_MAX
            : retired + until->instructions;
    run->core_end = UINT64_MAX;
    run->time_end = earlier(until->time_ns, until->limit_ns);
    machine->stop_requested = false;
    if (until->line) {
        run->line = machine_line(machine, until->line);
    }
    machine->line_reached = is_reached(run);
    if (run->line) {
        line_connect(run->line, watch_line, run, 0, "cairn_until");
    }
    const struct node *node =
        until->core ? machine_find(machine, NODE_CORE, until->core) : NULL;
    if (node) {
        run->core = node->core;
        if (until->core_instructions != 0) {
            run->core_end = until->core_instructions;
            return;
        }
        run->breakpoint_is_ours = !has_breakpoint(run->core, until->address);
        if (run->breakpoint_is_ours) {
            core_add_breakpoint(run->core, gva(until->address));
        }
    }
}

static void end_run(struct run *run)
{
    if (run->line) {
        line_disconnect(run->line, watch_line, run);
    }
    if (run->breakpoint_is_ours) {
        core_remove_breakpoint(run->core, gva(run->until->address));
    }
    run->machine->line_reached = false;
}

void run_tell_progress(struct cairn_machine *machine)
{
    machine->rounds_untold = 0;
    machine->retired_told = machine_retired(machine);
    run_repeat_progress(machine);
}

void run_repeat_progress(struct cairn_machine *machine)
{
    const struct cairn_callbacks *callbacks = &machine->callbacks;
    if (callbacks->progress) {
        enum callback before = callback_begin(machine, CALLBACK_LOOKS);
        callbacks->progress(callbacks->context, machine->fabric.clock.now_ns,
                            machine->retired_told);
        callback_end(machine, before);
    }
}

bool run_in_turn(struct run *run)
{
    struct cairn_machine *machine = run->machine;
    bool more = true;
    while (more && !(machine->parallel && parallel_is_better(run))) {
        more = go_on(run);
        /* Also when the call ends with the round, as short ones may. */
        if (machine->rounds_untold >= ROUNDS_PER_PROGRESS ||
            machine_retired(machine) - machine->retired_told >=
                INSTRUCTIONS_PER_PROGRESS) {
            run_tell_progress(machine);
        }
    }
    return !more;
}

static void run_piece(struct run *run)
{
    if (run->machine->parallel) {
        parallel_run(run->machine->parallel, run);
    } else {
        (void)run_in_turn(run);
    }
}

static enum cairn_stop run_until(struct cairn_machine *machine,
                                 const struct cairn_until *until)
{
    struct run run = {.machine = machine, .until = until};
    struct pace pace;
    if (!machine->powered) {
        return CAIRN_STOP_IDLE;
    }
    begin_run(&run);
    pace_begin(&pace, &run);
    if (!run_must_stop(&run)) {
        do {
            run_piece(&run);
        } while (pace_goes_on(&pace, &run));
    }
    end_run(&run);
    machine->in_vain = run.stop == CAIRN_STOP_IDLE;
    return run.stop;
}

static uint64_t to_milestone(const struct cairn_machine *machine)
{
    uint64_t distance = machine->milestones.distance;
    return distance ? distance - machine_retired(machine) % distance
                    : UINT64_MAX;
}

/* One piece of what the caller wants, at most to the next place where something
 * else is to be done; true if that is where it ends. */
static bool run_to_place(struct cairn_machine *machine,
                         const struct cairn_until *until, enum cairn_stop *stop)
{
    const struct milestones *milestones = &machine->milestones;
    uint64_t milestone = to_milestone(machine);
    uint64_t reset = planned_resets_instructions(machine);
    uint64_t left = milestone < reset ? milestone : reset;
    uint64_t end = machine_retired(machine) + milestone;
    uint64_t time = planned_resets_time(machine);
    struct cairn_until piece = *until;
    bool cut = until->instructions == 0 || left < until->instructions;
    bool timed = time < earlier(until->time_ns, until->limit_ns);
    if (left == 0) {
        planned_resets_do(machine);
        return true;
    }
    if (cut && left != UINT64_MAX) {
        piece.instructions = left;
    }
    if (timed) {
        piece.time_ns = time;
    }
    *stop = run_until(machine, &piece);
    if (milestones->distance != 0 && machine_retired(machine) == end) {
        enum callback before = callback_begin(machine, CALLBACK_LOOKS);
        milestones->reached(milestones->context);
        callback_end(machine, before);
    }
    planned_resets_do(machine);
    return (cut && *stop == CAIRN_STOP_BUDGET) ||
           (timed && *stop == CAIRN_STOP_TIME);
}

static enum cairn_stop run_pieces(struct cairn_machine *machine,
                                  const struct cairn_until *until)
{
    struct cairn_until rest = *until;
    if ((machine->milestones.distance == 0 &&
         machine->planned_resets.count == 0) ||
        machine->parallel) {
        return run_until(machine, &rest);
    }
    enum cairn_stop stop;
    uint64_t before = machine_retired(machine);
    while (run_to_place(machine, &rest, &stop)) {
        uint64_t now = machine_retired(machine);
        if (rest.instructions != 0) {
            rest.instructions -= now - before;
        }
        before = now;
    }
    return stop;
}

enum cairn_stop cairn_run(struct cairn_machine *machine,
                          const struct cairn_until *until)
{
    struct cairn_until own = {.size = sizeof(own)};
    struct floating_point modes;
    int code = callback_refuse(machine, NULL);
    if (code == -ENOMEM) {
        return CAIRN_STOP_NO_MEMORY;
    }
    if (code != 0 || (until && sized_copy(&own, sizeof(own), until) != 0)) {
        return CAIRN_STOP_REFUSED;
    }
    /* The acts of the machine and its callbacks meanwhile follow from the
     * run. */
    bool inside = machine->inputs.inside;
    EXTENSIONS_CALL(before_run, machine);
    machine->inputs.inside = true;
    floating_point_begin(&modes);
    const int stop =
        MACHINE_GUARD(machine, NULL, (int)run_pieces(machine, &own));
    floating_point_end(&modes);
    if (stop < 0) {
        return CAIRN_STOP_NO_MEMORY;
    }
    machine->inputs.inside = inside;
    EXTENSIONS_CALL(after_run, machine);
    if (stop == CAIRN_STOP_REQUESTED) {
        atomic_store(&machine->stop_asked, false);
    }
    if (machine->has_silent_watches) {
        machine_drop_watches(machine);
    }
    return (enum cairn_stop)stop;
}

int cairn_next_event(const struct cairn_machine *machine, uint64_t *time_ns)
{
    *time_ns = cairn_time_ns(machine);
    if (!machine->powered) {
        return -EAGAIN;
    }
    if (run_any_runs(machine)) {
        return 0;
    }
    uint64_t next = clock_next(&machine->fabric.clock);
    uint64_t reset = planned_resets_time(machine);
    next = next < reset ? next : reset;
    if (next == TIME_NEVER) {
        return -ENOENT;
    }
    *time_ns = next > *time_ns ? next : *time_ns;
    return 0;
}

void machine_stop(struct cairn_machine *machine)
{
    machine->stop_requested = true;
    machine_interrupt(machine);
}

/* Nothing is known of another thread but that the machine is there,
 * so the run loop finds the request between two slices, or when its wait is
 * over. */
void cairn_stop(struct cairn_machine *machine)
{
    if (callback_is_here(machine)) {
        machine_stop(machine);
        return;
    }
    atomic_store(&machine->stop_asked, true);
    struct loop *loop = machine->loop;
    if (loop) {
        loop_wake(loop);
    }
}
