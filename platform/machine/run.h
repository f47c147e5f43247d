/* SPDX-License-Identifier: Apache-2.0 */
/* The run loop from inside: what its two forms share, cores that run one after
 * the other (run.c) and at the same time (parallel.c). */
#ifndef PLATFORM_MACHINE_RUN_H
#define PLATFORM_MACHINE_RUN_H

#include "platform/machine/machine.h"

/* A call of cairn_run: what its caller waits for. */
struct run {
    struct cairn_machine *machine;
    const struct cairn_until *until;
    uint64_t instructions_end; /* of all cores together, or UINT64_MAX */
    uint64_t time_end;         /* or UINT64_MAX */
    struct line *line;
    struct core *core; /* with the temporary breakpoint or limit, or NULL */
    uint64_t core_end; /* of that core's instructions, or UINT64_MAX */
    bool breakpoint_is_ours;
    bool paced; /* the outside is live, see pace.h */
    bool waits; /* the piece ended because the machine waits for the host */
    enum cairn_stop stop;
};

/* Fills in why a core is stuck (standstill.c): fact and values. */
void machine_stuck_event(struct cairn_machine *machine, const struct core *core,
                         struct event *event);

/* ---- Turns (turns.c) ----------------------------------------------------- */

bool run_any_runs(const struct cairn_machine *machine);
/* True if an interrupt would make a core run. */
bool run_any_waits(const struct cairn_machine *machine);
bool run_any_is_stuck(const struct cairn_machine *machine);
void run_begin_round(struct cairn_machine *machine);
/* A slice is over. Begins that of another core which is still at the round's
 * time, if there is one; not in parallel. */
bool run_round_goes_on(struct cairn_machine *machine);
void run_end_round(struct cairn_machine *machine);
/* The running core but for slot that is furthest behind, by its time.
 * TIME_NEVER: there is none. */
uint64_t run_others_time(const struct cairn_machine *machine,
                         const struct slot *slot);

/* The outside may have something for the machine by then: the slice of the core
 * that runs goes no further. Not in parallel. */
void run_turn_outside(struct cairn_machine *machine, uint64_t time_ns);

/* How far the core may read clocks with no effect: struct core. */
void run_note_unheard(const struct cairn_machine *machine, struct slot *slot);

/* ---- The loop (run.c) ---------------------------------------------------- */

/* Nothing runs: time jumps to the next timer. True when the wait is over. */
bool run_jump(struct run *run);
/* Reasons to stop that hold whatever the cores do; must_stop looks at the
 * instructions that the caller allows too, so no core may be running. */
bool run_must_end(struct run *run);
bool run_must_stop(struct run *run);
/* Cores take turns until the run is over: true; or until they are better run at
 * the same time, between two rounds. */
bool run_in_turn(struct run *run);
/* Stops that a core brings about. */
bool run_is_core_stop(struct run *run, struct slot *slot, enum core_stop stop);
bool run_has_stepped(struct run *run, const struct core *core);
void run_tell_progress(struct cairn_machine *machine);
/* The same as the last time, and safe while cores run. */
void run_repeat_progress(struct cairn_machine *machine);

/* ---- Reset lines from outside (reset_lines.c) ---------------------------- */

/* Instructions from now to the next that is to be asserted, UINT64_MAX; and
 * when the next is to be released, TIME_NEVER. */
uint64_t planned_resets_instructions(const struct cairn_machine *machine);
uint64_t planned_resets_time(const struct cairn_machine *machine);
/* Does the resets that are due here. */
void planned_resets_do(struct cairn_machine *machine);

/* ---- Cores that run at the same time (parallel.c) ------------------------ */

/* Before the cores are made, which are to have parallel_gate. */
struct parallel *parallel_create(struct cairn_machine *machine);
/* Ends the threads; before the cores go. May be NULL. */
void parallel_stop(struct parallel *parallel);
/* After the cores. May be NULL. */
void parallel_destroy(struct parallel *parallel);
struct gate *parallel_gate(struct parallel *parallel);
/* Runs until run->stop is known, in turns or at the same time. */
void parallel_run(struct parallel *parallel, struct run *run);
/* Before the first run: never in turns. For tests of what cores see of each
 * other. */
void parallel_always(struct parallel *parallel);
/* In turns: a slice of that core is over, and so many instructions were
 * executed. */
void parallel_note(struct parallel *parallel, const struct slot *slot,
                   uint64_t executed);
/* In turns: whether to go on at the same time from here. */
bool parallel_is_better(const struct run *run);

/* clock.rouse, of struct cairn_machine: a core that waits may be waited for no
 * longer. */
void parallel_rouse(void *context);
/* clock.checked, of the same. */
void parallel_checked(void *context, uint64_t sum);
/* With the lock held: the slot whose thread this is, or NULL. */
struct slot *parallel_current(const struct parallel *parallel);
/* True if the slot's thread is at work. */
bool parallel_is_running(const struct parallel *parallel,
                         const struct slot *slot);
/* An idle slot has become one that runs, from its anchor on. */
void parallel_wake(struct parallel *parallel, struct slot *slot);
/* A timer came closer than those of its owner were. */
void parallel_hurry(struct parallel *parallel);
/* Makes all threads look around: at the end of the round, at why to stop. */
void parallel_interrupt(struct parallel *parallel);
/* The time that a slot sees when it looks at the clock: no core sees a time
 * that is behind what another has seen. */
uint64_t parallel_time(struct parallel *parallel, struct slot *slot,
                       uint64_t time);
/* The time that all cores that run have come to, while no thread is at work. */
uint64_t parallel_reached(const struct parallel *parallel);

#endif
