/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is: the time of each core, and what it is ahead of others
 * (docs/design/engine/speed.md).
 *
 * The core that is furthest behind runs next, for a slice: to the earliest
 * timer, but no further than a turn ahead of the next core; alone, for a long
 * one. A round is all slices that begin at the clock's now. When no core is
 * there any more, the clock moves to the one that is furthest behind and fires
 * what is due. While a core runs, the clock shows that core's own time. Arming
 * an earlier timer, waking another core and waiting for one end the slice.
 *
 * Rounds and slices are things of the machine, not of the caller: cairn_run may
 * return in the middle of one and the next call goes on with it. So a run is
 * the same however it is cut up: the caller's limits end no slice.
 */
#include "platform/machine/run.h"

#include "base/assert.h"
#include "base/bits.h"

/* ---- Time of a core ------------------------------------------------------ */

static const uint64_t ns_per_second = 1000000000u;
__extension__ typedef unsigned __int128 wide;

uint64_t slot_time(const struct slot *slot)
{
    return slot->anchor_ns +
           slot_duration(slot, slot->core->retired - slot->anchor_retired);
}

uint64_t slot_reached(const struct slot *slot)
{
    return slot->idle ? slot->idle_ns : slot_time(slot);
}

uint64_t slot_instructions_until(const struct slot *slot, uint64_t time_ns)
{
    if (time_ns <= slot->anchor_ns) {
        return 0;
    }
    wide hz = slot->core->config.frequency_hz;
    wide total = ((wide)(time_ns - slot->anchor_ns) * hz + ns_per_second - 1) /
                 ns_per_second;
    wide done = slot->core->retired - slot->anchor_retired;
    wide left = total > done ? total - done : 0;
    return left > UINT64_MAX ? UINT64_MAX : (uint64_t)left;
}

static struct slot *current_slot(const struct cairn_machine *machine)
{
    if (machine->at_once) {
        return parallel_current(machine->parallel);
    }
    return machine->in_round ? &machine->slots[machine->round_core] : NULL;
}

/* The slice under way ends at time_ns, or behind the instruction at hand, which
 * will still retire. */
static void cut_slice(struct cairn_machine *machine, uint64_t time_ns)
{
    if (time_ns >= machine->round_end_ns) {
        return;
    }
    machine->round_end_ns = time_ns;
    if (machine->running) {
        uint64_t left = slot_instructions_until(machine->running, time_ns);
        core_limit(machine->running->core, left > 0 ? left - 1 : 0);
    }
}

static void tell_stuck(const struct slot *slot)
{
    struct event event = {
        .time_ns = slot->idle_ns,
        .role = ROLE_PROCESSOR,
    };
    machine_stuck_event(slot->machine, slot->core, &event);
    event_set_agent(&event, slot->core->name);
    event_add(&slot->machine->fabric.events, &event);
}

/* It has executed nothing since, so its time may be set back, to where it began
 * to doze at most. */
void slot_rouse(struct slot *slot, uint64_t now_ns)
{
    struct cairn_machine *machine = slot->machine;
    uint64_t begin = now_ns > slot->idle_ns ? now_ns : slot->idle_ns;
    if (!slot->dozes) {
        return;
    }
    assert(!slot->idle);
    slot->dozes = false;
    uint64_t end = slot_time(slot);
    if (begin < end && !machine->at_once) {
        uint64_t back = end - begin;
        back = back < machine->doze_ns ? back : machine->doze_ns;
        assert(slot->anchor_ns >= back);
        slot->anchor_ns -= back;
        if (machine->in_round) {
            cut_slice(machine, end - back);
        }
    }
    slot_note_power(slot);
}

void slot_look(struct slot *slot, uint64_t now_ns)
{
    struct cairn_machine *machine = slot->machine;
    if (slot->idle && slot->core->power == CORE_RUNNING) {
        /* A core that was ahead of its waker cannot go back in time. */
        slot->anchor_ns = now_ns > slot->idle_ns ? now_ns : slot->idle_ns;
        slot->anchor_retired = slot->core->retired;
        slot->idle = false;
        slot_note_power(slot);
        if (machine->at_once) {
            parallel_wake(machine->parallel, slot);
        } else if (machine->in_round && current_slot(machine) != slot) {
            cut_slice(machine, now_ns);
        }
    } else if (!slot->idle && slot->core->power != CORE_RUNNING) {
        slot->idle_ns = slot_time(slot);
        slot->idle = true;
        slot->dozes = false;
        slot_note_power(slot);
        if (slot->core->power == CORE_STUCK) {
            tell_stuck(slot);
        }
    }
}

/* ---- Hooks of the clock -------------------------------------------------- */

static uint64_t progress(void *context)
{
    const struct cairn_machine *machine = context;
    struct slot *slot = current_slot(machine);
    uint64_t now = machine->fabric.clock.now_ns;
    uint64_t time = slot ? slot_reached(slot) : now;
    if (slot && machine->at_once) {
        time = parallel_time(machine->parallel, slot, time);
    } else if (machine->at_once && !slot) {
        time = parallel_reached(machine->parallel);
    }
    return time > now ? time - now : 0;
}

/* A timer came closer: the core that runs must not pass it. */
static void hurry(void *context)
{
    struct cairn_machine *machine = context;
    if (machine->at_once) {
        parallel_hurry(machine->parallel);
    } else {
        cut_slice(machine, clock_next(&machine->fabric.clock));
    }
}

void run_turn_outside(struct cairn_machine *machine, uint64_t time_ns)
{
    if (!machine->at_once && machine->in_round) {
        cut_slice(machine, time_ns);
    }
}

static uint64_t others_time(const struct cairn_machine *machine,
                            const struct slot *slot, bool awake)
{
    uint64_t time = TIME_NEVER;
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct slot *other = &machine->slots[i];
        if (other != slot && !other->idle && !(awake && other->dozes)) {
            uint64_t own = slot_time(other);
            time = own < time ? own : time;
        }
    }
    return time;
}

uint64_t run_others_time(const struct cairn_machine *machine,
                         const struct slot *slot)
{
    return others_time(machine, slot, false);
}

/* The time of the core that runs goes on to time_ns without instructions. */
static void pass_to(struct slot *slot, uint64_t time_ns)
{
    uint64_t now = slot_time(slot);
    if (time_ns > now) {
        slot->anchor_ns += time_ns - now;
        uint64_t left =
            slot_instructions_until(slot, slot->machine->round_end_ns);
        core_limit(slot->core, left > 0 ? left - 1 : 0);
    }
}

void run_note_unheard(const struct cairn_machine *machine, struct slot *slot)
{
    struct core *core = slot->core;
    uint64_t others = run_others_time(machine, slot);
    core->unheard = core->retired;
    if (others == TIME_NEVER) {
        core->unheard = UINT64_MAX;
    } else if (slot_time(slot) >= machine->told_ns) {
        core->unheard +=
            slot_instructions_until(slot, others + machine->rest_ns);
    }
}

/* The system counter never goes back, whichever core reads it (DDI 0487,
 * D12.1.1). A core that is far ahead of another stops behind the read until the
 * other has come there, so that nobody learns of the value before. One that is
 * a little ahead goes on, and others that read less are moved forward. */
static void told(void *context)
{
    struct cairn_machine *machine = context;
    struct slot *slot = machine->running;
    if (!slot) {
        return;
    }
    uint64_t others = run_others_time(machine, slot);
    uint64_t time = slot_time(slot);
    if (others == TIME_NEVER) {
        return;
    }
    if (time > others && time - others > machine->rest_ns) {
        cut_slice(machine, time);
    } else if (time > machine->told_ns) {
        machine->told_ns = time;
    } else {
        pass_to(slot, machine->told_ns);
        run_note_unheard(machine, slot);
    }
}

/* The core that runs waits for what another one does: it lets the others come
 * to where it is, and is not ahead of them by chance when it looks again. */
static void rest(void *context)
{
    struct cairn_machine *machine = context;
    struct slot *slot = machine->running;
    if (!slot || run_others_time(machine, slot) == TIME_NEVER) {
        return;
    }
    slot->waits = true;
    uint64_t others = others_time(machine, slot, true);
    uint64_t end = slot_time(slot) + machine->rest_ns;
    end = others != TIME_NEVER && others > end ? others : end;
    pass_to(slot, end < machine->round_end_ns ? end : machine->round_end_ns);
    cut_slice(machine, slot_time(slot));
}

/* The same where the other says when it has done it. Until then the core would
 * look in vain, and others that read clocks would wait for it each time. */
static void doze(void *context)
{
    struct cairn_machine *machine = context;
    struct slot *slot = machine->running;
    if (!slot || run_others_time(machine, slot) == TIME_NEVER) {
        return;
    }
    slot->idle_ns = slot_time(slot);
    slot->dozes = true;
    slot->waits = true;
    slot_note_power(slot);
    pass_to(slot, slot->idle_ns + machine->doze_ns);
    cut_slice(machine, slot->idle_ns);
}

static void rouse(void *context)
{
    struct cairn_machine *machine = context;
    for (size_t i = 0; i < machine->core_count; i++) {
        uint64_t now = clock_now(&machine->fabric.clock);
        slot_rouse(&machine->slots[i], now);
        slot_look(&machine->slots[i], now); /* it may have waited, too */
    }
}

/* ---- Cores that wait by a plain loop ------------------------------------- */

/* Instructions from the begin of a slice to its first check, and from one to
 * the next. The latter are multiples of the lengths of short loops. */
static const uint16_t check_distances[] = {32, 24, 120, 840, 2520};

enum { CHECK_GAP_MOST = 7 };

/* A core that rested and waits on is at the same place after the distance that
 * showed it. */
static void begin_checks(struct slot *slot)
{
    struct core *core = slot->core;
    core->check_at = UINT64_MAX;
    if (slot->check_pause > 0) {
        slot->check_pause--;
        return;
    }
    slot->checks = 0;
    if (!slot->check_rested) {
        slot->check_distance = check_distances[0];
    }
    core->check_at = core->retired + slot->check_distance;
}

/* A core whose registers are the same as at the check before is taken to wait
 * for another one, and rests as by YIELD. A mistake takes time, and changes
 * nothing else. A core that works is checked in one slice of eight. */
static void checked(void *context, uint64_t sum)
{
    struct cairn_machine *machine = context;
    struct slot *slot = machine->running;
    if (!slot) {
        return;
    }
    if ((slot->checks > 0 || slot->check_rested) && sum == slot->check_sum) {
        slot->check_rested = true;
        slot->check_gap = 0;
        rest(machine);
        return;
    }
    slot->check_rested = false;
    slot->check_sum = sum;
    slot->checks++;
    if (slot->checks < ARRAY_SIZE(check_distances)) {
        slot->check_distance = check_distances[slot->checks];
        slot->core->check_at = slot->core->retired + slot->check_distance;
    } else {
        slot->check_gap = slot->check_gap < CHECK_GAP_MOST
                              ? 2 * slot->check_gap + 1
                              : CHECK_GAP_MOST;
        slot->check_pause = slot->check_gap;
    }
}

void machine_open_clock(struct cairn_machine *machine)
{
    machine->fabric.clock.progress_context = machine;
    machine->fabric.clock.progress_ns = progress;
    machine->fabric.clock.hurry = hurry;
    if (machine->at_once) {
        machine->fabric.clock.rouse = parallel_rouse;
        machine->fabric.clock.checked = parallel_checked;
    } else if (machine->core_count > 1) {
        machine->fabric.clock.told = told;
        machine->fabric.clock.rest = rest;
        machine->fabric.clock.doze = doze;
        machine->fabric.clock.rouse = rouse;
        machine->fabric.clock.checked = checked;
    }
}

void machine_close_clock(struct cairn_machine *machine)
{
    machine->fabric.clock.progress_ns = NULL;
    machine->fabric.clock.hurry = NULL;
    machine->fabric.clock.told = NULL;
    machine->fabric.clock.rest = NULL;
    machine->fabric.clock.doze = NULL;
    machine->fabric.clock.rouse = NULL;
    machine->fabric.clock.checked = NULL;
}

/* ---- Rounds -------------------------------------------------------------- */

static bool is_any(const struct cairn_machine *machine, enum core_power power)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        if (machine->cores[i]->power == power) {
            return true;
        }
    }
    return false;
}

bool run_any_runs(const struct cairn_machine *machine)
{
    return is_any(machine, CORE_RUNNING);
}

bool run_any_waits(const struct cairn_machine *machine)
{
    return is_any(machine, CORE_WAITING);
}

bool run_any_is_stuck(const struct cairn_machine *machine)
{
    return is_any(machine, CORE_STUCK);
}

/* Begins the slice of the core that is furthest behind. */
static void begin_slice(struct cairn_machine *machine)
{
    const struct clock *clock = &machine->fabric.clock;
    uint64_t first = TIME_NEVER;
    uint64_t second = TIME_NEVER;
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct slot *slot = &machine->slots[i];
        uint64_t own = slot->idle ? TIME_NEVER : slot_time(slot);
        if (own < first) {
            second = first;
            first = own;
            machine->round_core = i;
        } else if (own < second) {
            second = own;
        }
    }
    assert(first != TIME_NEVER);
    struct slot *slot = &machine->slots[machine->round_core];
    if (slot->dozes) {
        slot->dozes = false;
        slot_note_power(slot);
    }
    uint64_t end = second == TIME_NEVER ? clock->now_ns + machine->quantum_ns
                                        : second + machine->turn_ns;
    uint64_t next = clock_next(clock);
    machine->round_end_ns = next < end ? next : end;
    if (second == TIME_NEVER) {
        slot->core->check_at = UINT64_MAX;
    } else {
        begin_checks(slot);
    }
}

void run_begin_round(struct cairn_machine *machine)
{
    struct clock *clock = &machine->fabric.clock;
    assert(!machine->in_round && machine->quantum_ns != 0);
    for (size_t i = 0; i < machine->core_count; i++) {
        slot_look(&machine->slots[i], clock->now_ns);
    }
    if (machine->at_once) {
        machine->round_end_ns = clock->now_ns + machine->at_once_ns;
    } else {
        begin_slice(machine);
    }
    machine->in_round = true;
    machine_open_clock(machine);
}

bool run_round_goes_on(struct cairn_machine *machine)
{
    const struct clock *clock = &machine->fabric.clock;
    if (run_others_time(machine, NULL) > clock->now_ns ||
        clock_next(clock) <= clock->now_ns) {
        return false;
    }
    begin_slice(machine);
    return true;
}

/* When all cores went idle on the way, time stands where the last one did. */
void run_end_round(struct cairn_machine *machine)
{
    uint64_t end = machine->round_end_ns;
    assert(machine->in_round);
    if (!machine->at_once) {
        uint64_t time = run_others_time(machine, NULL);
        end = time < end ? time : end;
    }
    if (!run_any_runs(machine)) {
        uint64_t last = machine->fabric.clock.now_ns;
        for (size_t i = 0; i < machine->core_count; i++) {
            uint64_t idle = machine->slots[i].idle_ns;
            last = idle > last ? idle : last;
        }
        end = last < end ? last : end;
    }
    machine->in_round = false;
    machine->rounds_untold++;
    machine_close_clock(machine);
    clock_advance(&machine->fabric.clock, end);
}
