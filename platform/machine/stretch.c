/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cores that may run at the same time do so for stretches in which that is
 * better than turns (gain.h). In turns the caller's thread runs all of them
 * (run.c), and their own sleep; at the same time it looks now and then whether
 * the stretch is to end.
 */
#include <time.h>

#include "host/time.h"
#include "platform/machine/parallel_inside.h"

/* Host time between two calls of the progress callback, and between two looks.
 */
enum { PROGRESS_NS = 50 * 1000 * 1000, TICK_NS = 1000 * 1000 };

/* Rounds are long: the progress callback may have to stop the run, or to show a
 * guest's output, before one ends. */
static void wait_a_while(struct parallel *parallel, uint64_t *told_ns)
{
    uint64_t end = host_time_ns() + TICK_NS;
    const struct timespec until = {.tv_sec = (time_t)(end / NS_PER_SECOND),
                                   .tv_nsec = (long)(end % NS_PER_SECOND)};
    (void)pthread_cond_timedwait(&parallel->over, &parallel->gate.lock, &until);
    if (parallel->run && host_time_ns() - *told_ns >= PROGRESS_NS) {
        run_repeat_progress(parallel->machine);
        *told_ns = host_time_ns();
    }
}

/* ---- At the same time, or in turns --------------------------------------- */

/* Instructions, by all cores. */
static uint64_t executed_by(const struct cairn_machine *machine)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < machine->core_count; i++) {
        sum += machine->cores[i]->retired - machine->cores[i]->skipped;
    }
    return sum;
}

/* From turns, between two rounds. */
static void open_gate(struct parallel *parallel)
{
    struct cairn_machine *machine = parallel->machine;
    if (!parallel->workers) {
        parallel_start(parallel);
    }
    for (size_t i = 0; i < machine->core_count; i++) {
        struct core *core = machine->cores[i];
        slot_rouse(&machine->slots[i], machine->fabric.clock.now_ns);
        parallel->workers[i].checks = 0;
        core->check_at = core->retired + CHECK_EACH;
    }
    gate_raise(&parallel->gate, true);
    machine->at_once = true;
}

/* To turns; no core runs. Those that are behind are moved forward to the
 * latest, as if they had been slow, and so begin their turns together. The
 * caller of cairn_run never sees another state than that. */
static void close_gate(struct parallel *parallel)
{
    struct cairn_machine *machine = parallel->machine;
    if (machine->in_round) {
        uint64_t time = parallel_latest(machine);
        time = time < machine->round_end_ns ? time : machine->round_end_ns;
        for (size_t i = 0; i < machine->core_count; i++) {
            struct slot *slot = &machine->slots[i];
            uint64_t own = slot->idle ? TIME_NEVER : slot_time(slot);
            slot->anchor_ns += own < time ? time - own : 0;
        }
        machine->round_end_ns = time;
        run_end_round(machine);
    }
    for (size_t i = 0; i < machine->core_count; i++) {
        machine->cores[i]->check_at = UINT64_MAX;
    }
    machine->told_ns = parallel->seen_ns > machine->told_ns ? parallel->seen_ns
                                                            : machine->told_ns;
    machine->at_once = false;
    gate_raise(&parallel->gate, false);
}

/* The time for which the core that used most since the begin had one of the
 * host's processors. */
static uint64_t most_used(const struct parallel *parallel)
{
    uint64_t most = 0;
    for (size_t i = 0; i < parallel->machine->core_count; i++) {
        const struct worker *worker = &parallel->workers[i];
        uint64_t used = host_thread_ns(worker->thread) - worker->used_ns;
        most = used > most ? used : most;
    }
    return most;
}

static void look(struct parallel *parallel)
{
    parallel_note_work(parallel);
    uint64_t spent = parallel->changed_ns - parallel->looked_ns;
    if (spent >= TICK_NS) {
        bool ends = gain_ends(&parallel->gain, spent, parallel->both_ns,
                              most_used(parallel));
        parallel->looked_ns = parallel->changed_ns;
        parallel->both_ns = 0;
        if (ends && !parallel->always && parallel->run &&
            parallel->halting == GO_ON) {
            parallel_halt(parallel, LEAVE);
        }
    }
}

/* True when the run is over, false if it is to go on in turns. */
static bool run_at_once(struct parallel *parallel, struct run *run)
{
    pthread_mutex_lock(&parallel->gate.lock);
    uint64_t told_ns = host_time_ns();
    parallel->run = run;
    parallel->halting = GO_ON;
    parallel->seen_ns = parallel_latest(parallel->machine);
    if (parallel->machine->told_ns > parallel->seen_ns) {
        parallel->seen_ns = parallel->machine->told_ns;
    }
    parallel->changed_ns = parallel->looked_ns = told_ns;
    parallel->both_ns = 0;
    parallel_turn(parallel);
    while (parallel->run) {
        wait_a_while(parallel, &told_ns);
        look(parallel);
    }
    bool over = parallel->halting == END;
    pthread_mutex_unlock(&parallel->gate.lock);
    return over;
}

void parallel_note(struct parallel *parallel, const struct slot *slot,
                   uint64_t executed)
{
    const struct cairn_machine *machine = parallel->machine;
    enum gain_end end = slot->idle    ? GAIN_SLEEPS
                        : slot->waits ? GAIN_WAITS
                                      : GAIN_ALONE;
    for (size_t i = 0; end == GAIN_ALONE && i < machine->core_count; i++) {
        const struct slot *other = &machine->slots[i];
        if (other != slot && !other->idle && !other->waits) {
            end = GAIN_WORKS;
        }
    }
    gain_note(&parallel->gain, (size_t)(slot - machine->slots), executed, end);
}

/* The caller's thread runs all cores in turns. */
static void begin_turns(struct parallel *parallel)
{
    parallel->looked_ns = host_time_ns();
    parallel->used_ns = host_thread_ns(pthread_self());
}

static void pass_turns(struct parallel *parallel)
{
    uint64_t looked = parallel->looked_ns;
    uint64_t used = parallel->used_ns;
    begin_turns(parallel);
    gain_pass(&parallel->gain, parallel->looked_ns - looked,
              parallel->used_ns - used);
}

bool parallel_is_better(const struct run *run)
{
    struct parallel *parallel = run->machine->parallel;
    if (run->core_end != UINT64_MAX) {
        return false; /* others must not pass the place */
    }
    if (run->machine->in_round || parallel->together) {
        return parallel->together && !run->machine->in_round;
    }
    if (!gain_is_over(&parallel->gain)) {
        return false;
    }
    pass_turns(parallel);
    return gain_look(&parallel->gain);
}

void parallel_always(struct parallel *parallel)
{
    parallel->always = parallel->together = true;
}

/* The cores are made before the first run. */
static void prepare(struct parallel *parallel)
{
    if (!parallel->prepared) {
        gain_init(&parallel->gain, parallel->machine->core_count);
        gate_raise(&parallel->gate, false);
        parallel->prepared = true;
    }
}

static void begin_stretch(struct parallel *parallel)
{
    parallel->together = true;
    parallel->executed = executed_by(parallel->machine);
    for (size_t i = 0; i < parallel->machine->core_count; i++) {
        struct worker *worker = &parallel->workers[i];
        worker->used_ns = host_thread_ns(worker->thread);
    }
}

void parallel_run(struct parallel *parallel, struct run *run)
{
    const struct cairn_machine *machine = parallel->machine;
    bool over = false;
    prepare(parallel);
    while (!over) {
        begin_turns(parallel);
        over = run_in_turn(run);
        pass_turns(parallel);
        if (over) {
            break;
        }
        open_gate(parallel);
        if (!parallel->together) {
            begin_stretch(parallel);
        }
        over = run_at_once(parallel, run);
        close_gate(parallel);
        if (!over) {
            parallel->together = false;
            gain_settle(&parallel->gain,
                        executed_by(machine) - parallel->executed);
        }
    }
}
