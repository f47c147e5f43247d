/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run loop of cores that run at the same time: a host thread for each, for
 * stretches in which that is better than turns (stretch.c).
 *
 * Time advances in rounds, as for cores that run one at a time, but within a
 * round all cores run at once, and a core that is woken starts at once. A core
 * that reaches the round's end, or waits, is done; the last one ends the round
 * and begins the next, so there is no coordinating thread, and a core that runs
 * alone needs no handover. A core that waits by a loop naps: its thread sleeps
 * for some microseconds, in which its time goes on as the host's does.
 *
 * Everything here that has to do with threads happens with the gate's lock
 * (engine/gate.h).
 */
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "engine/gate.h"
#include "host/time.h"
#include "platform/machine/parallel_inside.h"

/* Host time of the first nap of a core that waits, and the longest. */
enum { NAP_NS = 20 * 1000, NAP_MOST_NS = 200 * 1000 };
/* Timers that are armed again while they fire, before the core goes on. */
enum { TIMERS_MAX = 64 };
/* Reads of a clock, each so many instructions after the one before at most, of
 * a core that waits; instructions between two naps of one wait at most. */
enum { READS = 64, READS_NEAR = 64, NAPS_NEAR = 8192 };
/* Instructions between the checks of one wait: a multiple of the lengths of
 * short loops. Checks with the same registers before the first nap. */
enum { CHECK_TURNS = 2520, CHECKS = 4 };

/* ---- Running cores ------------------------------------------------------- */

struct gate *parallel_gate(struct parallel *parallel)
{
    return &parallel->gate;
}

static struct slot *slot_of(const struct cairn_machine *machine,
                            const struct core *core)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        if (machine->cores[i] == core) {
            return &machine->slots[i];
        }
    }
    return NULL;
}

static struct worker *worker_of(const struct parallel *parallel,
                                const struct slot *slot)
{
    return parallel->workers
               ? &parallel->workers[slot - parallel->machine->slots]
               : NULL;
}

struct slot *parallel_current(const struct parallel *parallel)
{
    const struct core *core = gate_holder(&parallel->gate);
    return core ? slot_of(parallel->machine, core) : NULL;
}

bool parallel_is_running(const struct parallel *parallel,
                         const struct slot *slot)
{
    const struct worker *worker = worker_of(parallel, slot);
    return worker && worker->running;
}

/* Before the number of cores that work changes. */
void parallel_note_work(struct parallel *parallel)
{
    uint64_t now = host_time_ns();
    if (parallel->active - parallel->naps >= 2) {
        parallel->both_ns += now - parallel->changed_ns;
    }
    parallel->changed_ns = now;
}

static void start(struct worker *worker)
{
    assert(!worker->running);
    parallel_note_work(worker->parallel);
    worker->running = true;
    worker->parallel->active++;
    pthread_cond_signal(&worker->bell);
}

static void end_nap(struct worker *worker)
{
    if (worker->naps) {
        parallel_note_work(worker->parallel);
        worker->naps = false;
        worker->parallel->naps--;
        pthread_cond_signal(&worker->bell);
    }
}

void parallel_wake(struct parallel *parallel, struct slot *slot)
{
    struct worker *worker = worker_of(parallel, slot);
    if (parallel->open && parallel->halting == GO_ON && !worker->running) {
        start(worker);
    }
}

/* gate.woken */
static void woken(void *context, struct core *core)
{
    const struct parallel *parallel = context;
    struct slot *slot = slot_of(parallel->machine, core);
    if (slot && slot->idle && parallel->open) {
        slot_look(slot, clock_now(&parallel->machine->fabric.clock));
    }
    if (slot && parallel->workers) {
        end_nap(worker_of(parallel, slot));
    }
}

void parallel_rouse(void *context)
{
    const struct cairn_machine *machine = context;
    for (size_t i = 0; i < machine->core_count; i++) {
        end_nap(&machine->parallel->workers[i]);
    }
}

void parallel_interrupt(struct parallel *parallel)
{
    for (size_t i = 0; i < parallel->machine->core_count; i++) {
        struct slot *slot = &parallel->machine->slots[i];
        if (parallel_is_running(parallel, slot)) {
            core_request_stop(slot->core);
        }
    }
}

/* ---- Timers -------------------------------------------------------------- */

/* True if the core of a slot that runs looks after timers of that owner: of its
 * own, of the machine, and of cores that sleep. Of the latter two the core that
 * gets there first fires them, so that none waits for the others. */
static bool fires(const void *context, const void *owner)
{
    const struct slot *slot = context;
    if (!owner || owner == slot->core) {
        return true;
    }
    const struct slot *other = slot_of(slot->machine, owner);
    return !other || other->idle;
}

/* To where a core may run on: the round's end, or the next timer. */
static uint64_t end_of(const struct slot *slot)
{
    const struct cairn_machine *machine = slot->machine;
    uint64_t next = clock_next_of(&machine->fabric.clock, fires, slot);
    return next < machine->round_end_ns ? next : machine->round_end_ns;
}

static void limit(struct worker *worker)
{
    uint64_t left = slot_instructions_until(worker->slot, worker->until_ns);
    core_limit(worker->slot->core, left > 0 ? left - 1 : 0);
}

void parallel_hurry(struct parallel *parallel)
{
    struct slot *slot = parallel_current(parallel);
    if (!slot) {
        parallel_interrupt(parallel);
    } else if (parallel_is_running(parallel, slot)) {
        struct worker *worker = worker_of(parallel, slot);
        uint64_t end = end_of(slot);
        if (end < worker->until_ns) {
            worker->until_ns = end;
            limit(worker);
        }
    }
}

/* Fires those that are due for the core; they may be armed again. */
static void fire_timers(struct parallel *parallel, const struct slot *slot)
{
    struct clock *clock = &parallel->machine->fabric.clock;
    const uint64_t armed = clock->next_sequence;
    uint64_t now = slot_reached(slot);
    if (end_of(slot) > now) {
        return;
    }
    if (now > parallel->seen_ns) {
        parallel->seen_ns = now;
    }
    while (clock->next_sequence - armed < TIMERS_MAX &&
           clock_fire_of(clock, now, fires, slot)) {
    }
}

/* A core sleeps: the others look after its timers, and those of the machine. */
static void leave_timers(struct parallel *parallel, const struct slot *slot)
{
    const struct cairn_machine *machine = parallel->machine;
    uint64_t next = clock_next_of(&machine->fabric.clock, fires, slot);
    for (size_t i = 0; i < machine->core_count; i++) {
        struct worker *worker = &parallel->workers[i];
        if (worker->running && worker->slot != slot &&
            worker->until_ns > next) {
            core_request_stop(worker->slot->core);
        }
    }
}

/* ---- Time ---------------------------------------------------------------- */

/* Time of the current slot passes without instructions. */
static void pass_time(struct parallel *parallel, struct slot *slot, uint64_t ns)
{
    if (!slot->idle && parallel->run) {
        slot->anchor_ns += ns;
        limit(worker_of(parallel, slot));
    }
}

/* The core that runs waits: it naps once it comes back to its thread. */
static void ask_nap(struct worker *worker)
{
    if (worker->running) {
        worker->to_nap = true;
        core_request_stop(worker->slot->core);
    }
}

/* A core that reads a clock again and again waits. */
static void note_read(struct worker *worker)
{
    uint64_t retired = worker->slot->core->retired;
    bool near = retired - worker->read_at <= READS_NEAR;
    worker->read_at = retired;
    worker->reads = near ? worker->reads + 1 : 0;
    if (worker->reads >= READS) {
        worker->reads = READS / 2;
        ask_nap(worker);
    }
}

/* clock.checked: a core that has the same registers again and again waits. */
void parallel_checked(void *context, uint64_t sum)
{
    const struct cairn_machine *machine = context;
    struct slot *slot = parallel_current(machine->parallel);
    struct worker *worker = worker_of(machine->parallel, slot);
    bool same = worker->checks > 0 && sum == worker->check_sum;
    bool ends = worker->checks > 0 && !same;
    worker->check_sum = sum;
    worker->checks = ends ? 0 : worker->checks + 1;
    slot->core->check_at =
        slot->core->retired + (ends ? CHECK_EACH : CHECK_TURNS);
    if (worker->checks > CHECKS) {
        worker->checks = CHECKS;
        ask_nap(worker);
    }
}

/* The times of cores differ by up to a round. A core that is behind when it
 * reads the clock is moved forward, as if it had been slow until then. */
uint64_t parallel_time(struct parallel *parallel, struct slot *slot,
                       uint64_t time)
{
    if (parallel->workers) {
        note_read(worker_of(parallel, slot));
    }
    if (time >= parallel->seen_ns) {
        parallel->seen_ns = time;
        return time;
    }
    pass_time(parallel, slot, parallel->seen_ns - time);
    return parallel->seen_ns;
}

/* The latest time of all slots: what some core may have seen. */
uint64_t parallel_latest(const struct cairn_machine *machine)
{
    uint64_t time = machine->fabric.clock.now_ns;
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct slot *slot = &machine->slots[i];
        uint64_t own = slot_reached(slot);
        time = own > time ? own : time;
    }
    return time;
}

uint64_t parallel_reached(const struct parallel *parallel)
{
    const struct cairn_machine *machine = parallel->machine;
    uint64_t time = TIME_NEVER;
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct slot *slot = &machine->slots[i];
        uint64_t own = slot->idle ? TIME_NEVER : slot_time(slot);
        time = own < time ? own : time;
    }
    return time == TIME_NEVER ? machine->fabric.clock.now_ns : time;
}

/* gate.waited */
static void waited(void *context, struct core *core, uint64_t ns, bool on)
{
    struct parallel *parallel = context;
    struct slot *slot = slot_of(parallel->machine, core);
    pass_time(parallel, slot, ns);
    if (on) {
        ask_nap(worker_of(parallel, slot));
    }
}

/* ---- Rounds -------------------------------------------------------------- */

static void finish(struct parallel *parallel)
{
    parallel->run = NULL;
    parallel->open = false;
    pthread_cond_signal(&parallel->over);
}

static void share_out(struct parallel *parallel, const struct run *run)
{
    const struct cairn_machine *machine = parallel->machine;
    uint64_t left = run->instructions_end - machine_retired(machine);
    uint64_t share = left / machine->core_count;
    bool scarce = share == 0;
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core *core = machine->cores[i];
        bool first = scarce && core->power == CORE_RUNNING;
        uint64_t own = first ? left : share;
        scarce &= !first;
        if (machine->stepped == core) {
            uint64_t end = machine->stepped_end;
            uint64_t step = end > core->retired ? end - core->retired : 0;
            own = step < own ? step : own;
        }
        parallel->workers[i].retired_end =
            own > UINT64_MAX - core->retired ? UINT64_MAX : core->retired + own;
    }
}

static bool has_work(const struct worker *worker)
{
    const struct slot *slot = worker->slot;
    return slot->core->power == CORE_RUNNING &&
           slot->core->retired < worker->retired_end &&
           slot_instructions_until(slot, slot->machine->round_end_ns) != 0;
}

/* Sets the cores going that have not come to the end; false: all have. */
static bool send_out(struct parallel *parallel)
{
    struct cairn_machine *machine = parallel->machine;
    share_out(parallel, parallel->run);
    parallel->open = true;
    for (size_t i = 0; i < machine->core_count; i++) {
        struct worker *worker = &parallel->workers[i];
        slot_look(worker->slot, machine->fabric.clock.now_ns);
        if (!worker->running && has_work(worker)) {
            start(worker);
        }
    }
    if (parallel->active == 0) {
        parallel->open = false;
    }
    return parallel->active != 0;
}

/* No core runs. True when one does again, false when the run is over. */
static bool go_on(struct parallel *parallel, struct run *run)
{
    struct cairn_machine *machine = parallel->machine;
    while (parallel->halting == GO_ON && !run_must_stop(run)) {
        if (!machine->in_round) {
            inputs_deliver(machine, &machine->inputs);
            if (machine->fabric.clock.now_ns >= run->time_end) {
                run->stop = CAIRN_STOP_TIME;
                return false;
            }
            run_tell_progress(machine);
            if (!run_any_runs(machine)) {
                if (run_jump(run)) {
                    return false;
                }
                continue;
            }
            run_begin_round(machine);
        }
        /* The round need not be the same if the run is cut. */
        if (run->time_end < machine->round_end_ns) {
            machine->round_end_ns = run->time_end;
        }
        if (send_out(parallel)) {
            return true;
        }
        run_end_round(machine);
    }
    return false;
}

void parallel_turn(struct parallel *parallel)
{
    parallel->open = false;
    if (parallel->run && !go_on(parallel, parallel->run)) {
        if (parallel->halting != LEAVE || run_must_stop(parallel->run)) {
            parallel->halting = END;
        }
        finish(parallel);
    }
}

/* ---- A thread ------------------------------------------------------------ */

void parallel_halt(struct parallel *parallel, enum halting why)
{
    parallel->halting = why;
    parallel_interrupt(parallel);
}

/* Until the time is over or something happens that the core may wait for. Its
 * time goes on with the host's. */
static void nap(struct worker *worker)
{
    struct parallel *parallel = worker->parallel;
    struct core *core = worker->slot->core;
    bool again = core->retired - worker->napped_at <= NAPS_NEAR;
    uint64_t next = 2 * worker->nap_ns;
    worker->to_nap = false;
    worker->nap_ns = !again ? NAP_NS : next < NAP_MOST_NS ? next : NAP_MOST_NS;
    worker->napped_at = core->retired;
    uint64_t begin = host_time_ns();
    uint64_t end = begin + worker->nap_ns;
    const struct timespec until = {.tv_sec = (time_t)(end / NS_PER_SECOND),
                                   .tv_nsec = (long)(end % NS_PER_SECOND)};
    int code = 0;
    parallel_note_work(parallel);
    worker->naps = true;
    parallel->naps++;
    gate_end(&parallel->gate, core);
    while (worker->naps && code == 0) {
        code =
            pthread_cond_timedwait(&worker->bell, &parallel->gate.lock, &until);
    }
    gate_begin(&parallel->gate, core);
    end_nap(worker);
    worker->slot->anchor_ns += host_time_ns() - begin;
}

/* Brings the core to the end of the round. */
static void work(struct worker *worker)
{
    struct parallel *parallel = worker->parallel;
    struct cairn_machine *machine = parallel->machine;
    struct slot *slot = worker->slot;
    struct core *core = slot->core;
    while (parallel->halting == GO_ON && has_work(worker)) {
        worker->until_ns = end_of(slot);
        uint64_t left = slot_instructions_until(slot, worker->until_ns);
        left = left > 0 ? left : 1; /* a timer that fires again and again */
        uint64_t allowed = worker->retired_end - core->retired;
        enum core_stop stop = slot_run(slot, allowed < left ? allowed : left);
        machine->last_stop[slot - machine->slots] = stop;
        slot_settle(slot);
        slot_look(slot, slot->anchor_ns);
        fire_timers(parallel, slot);
        if (slot->idle) {
            leave_timers(parallel, slot);
        }
        if (parallel->halting != END &&
            (run_is_core_stop(parallel->run, slot, stop) ||
             run_has_stepped(parallel->run, core) ||
             run_must_end(parallel->run))) {
            parallel_halt(parallel, END);
        }
        if (worker->to_nap && !slot->idle && parallel->halting == GO_ON) {
            nap(worker);
        }
    }
    worker->to_nap = false;
}

static void *thread(void *context)
{
    struct worker *worker = context;
    struct parallel *parallel = worker->parallel;
    struct core *core = worker->slot->core;
    pthread_mutex_lock(&parallel->gate.lock);
    for (;;) {
        while (!worker->running && !parallel->quit) {
            pthread_cond_wait(&worker->bell, &parallel->gate.lock);
        }
        if (parallel->quit) {
            break;
        }
        gate_begin(&parallel->gate, core);
        work(worker);
        gate_end(&parallel->gate, core);
        parallel_note_work(parallel);
        worker->running = false;
        if (--parallel->active == 0) {
            parallel_turn(parallel);
        }
    }
    pthread_mutex_unlock(&parallel->gate.lock);
    return NULL;
}

/* One whose waits end by the host's monotonic clock. */
static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &steady);
    pthread_condattr_destroy(&steady);
}

/* Signals are the caller's business. */
void parallel_start(struct parallel *parallel)
{
    struct cairn_machine *machine = parallel->machine;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    parallel->workers =
        xcalloc(machine->core_count, sizeof(*parallel->workers));
    for (size_t i = 0; i < machine->core_count; i++) {
        struct worker *worker = &parallel->workers[i];
        worker->parallel = parallel;
        worker->slot = &machine->slots[i];
        init_condition(&worker->bell);
        pthread_create(&worker->thread, NULL, thread, worker);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- From outside -------------------------------------------------------- */

struct parallel *parallel_create(struct cairn_machine *machine)
{
    struct parallel *parallel = xcalloc(1, sizeof(*parallel));
    parallel->machine = machine;
    gate_init(&parallel->gate);
    parallel->gate.woken = woken;
    parallel->gate.waited = waited;
    parallel->gate.context = parallel;
    init_condition(&parallel->over);
    return parallel;
}

void parallel_stop(struct parallel *parallel)
{
    if (!parallel || !parallel->workers) {
        return;
    }
    pthread_mutex_lock(&parallel->gate.lock);
    parallel->quit = true;
    for (size_t i = 0; i < parallel->machine->core_count; i++) {
        pthread_cond_signal(&parallel->workers[i].bell);
    }
    pthread_mutex_unlock(&parallel->gate.lock);
    for (size_t i = 0; i < parallel->machine->core_count; i++) {
        pthread_join(parallel->workers[i].thread, NULL);
        pthread_cond_destroy(&parallel->workers[i].bell);
    }
    free(parallel->workers);
    parallel->workers = NULL;
}

void parallel_destroy(struct parallel *parallel)
{
    if (!parallel) {
        return;
    }
    pthread_cond_destroy(&parallel->over);
    gain_fini(&parallel->gain);
    gate_fini(&parallel->gate);
    free(parallel);
}
