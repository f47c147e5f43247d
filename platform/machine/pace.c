/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the time of a machine with a live outside to the host's. */
#include "platform/machine/pace.h"

#include "host/loop.h"
#include "host/time.h"
#include "platform/machine/channel.h"

enum {
    PIECE_NS = 1000000,  /* virtual, between two looks at the outside */
    SLACK_NS = 10000000, /* what the machine may catch up with */
    TELL_NS = 50000000,  /* of the host's, between two calls of progress */
};

uint64_t pace_host_ns(struct cairn_machine *machine, uint64_t time_ns)
{
    if (!machine->pace_set) {
        machine->pace_set = true;
        machine->pace_start_ns = host_time_ns() - cairn_time_ns(machine);
    }
    return machine->pace_start_ns + time_ns;
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* Time that was computed is no debt to the host, nor is the host's to it. */
static void settle(const struct pace *pace, struct cairn_machine *machine)
{
    uint64_t now = cairn_time_ns(machine);
    uint64_t host_now = host_time_ns();
    uint64_t computed = slot_duration(&machine->slots[0],
                                      machine_retired(machine) - pace->retired);
    int64_t ahead = (int64_t)(pace_host_ns(machine, now) - host_now);
    if (ahead > 0) {
        uint64_t passed = earlier(now - pace->begun_ns, computed);
        machine->pace_start_ns -= earlier(passed, (uint64_t)ahead);
    } else if (ahead < -SLACK_NS) {
        machine->pace_start_ns = host_now - SLACK_NS - now;
    }
}

static void begin_piece(struct pace *pace, struct run *run)
{
    pace->begun_ns = cairn_time_ns(run->machine);
    pace->retired = machine_retired(run->machine);
    run->waits = false;
    run->time_end = earlier(pace->caller_end_ns, pace->begun_ns + PIECE_NS);
}

void pace_begin(struct pace *pace, struct run *run)
{
    struct cairn_machine *machine = run->machine;
    *pace = (struct pace){
        .caller_end_ns = run->time_end,
        .live = !machine->inputs.replaying && channels_live(machine) &&
                machine_loop(machine, NULL),
    };
    run->paced = pace->live;
    if (pace->live) {
        begin_piece(pace, run);
    }
}

/* Where a machine that sleeps goes on if nothing comes. */
static uint64_t wakes_at(const struct pace *pace, const struct run *run)
{
    return earlier(clock_next(&run->machine->fabric.clock),
                   pace->caller_end_ns);
}

/* The host's time until which the outside is waited for. */
static uint64_t wait_until(const struct pace *pace, const struct run *run)
{
    struct cairn_machine *machine = run->machine;
    if (!run->waits) {
        return pace_host_ns(machine, cairn_time_ns(machine));
    }
    uint64_t wakes = wakes_at(pace, run);
    uint64_t tell = host_time_ns() + TELL_NS;
    return wakes == TIME_NEVER ? tell
                               : earlier(tell, pace_host_ns(machine, wakes));
}

/* The machine's time goes on to what the host's says, and fires no timer before
 * its time. */
static void pass_time(const struct pace *pace, const struct run *run)
{
    struct clock *clock = &run->machine->fabric.clock;
    uint64_t passed = host_time_ns() - pace_host_ns(run->machine, 0);
    uint64_t now = earlier(passed, wakes_at(pace, run));
    if ((int64_t)passed > 0 && now > clock->now_ns) {
        clock_advance(clock, now);
    }
}

bool pace_goes_on(struct pace *pace, struct run *run)
{
    struct cairn_machine *machine = run->machine;
    if (!pace->live) {
        return false;
    }
    settle(pace, machine);
    if (run->stop != CAIRN_STOP_TIME ||
        (!run->waits && cairn_time_ns(machine) >= pace->caller_end_ns)) {
        return false;
    }
    /* Inputs that the loop serves come from outside. */
    machine->inputs.inside = false;
    int served = loop_turn(machine->loop, wait_until(pace, run));
    machine->inputs.inside = true;
    if (served < 0) {
        run->stop = CAIRN_STOP_REQUESTED;
        return false;
    }
    if (run->waits) {
        pass_time(pace, run);
        run_tell_progress(machine);
    }
    begin_piece(pace, run);
    return !run_must_stop(run);
}

bool pace_allows(const struct run *run, uint64_t time_ns)
{
    uint64_t wakes = earlier(time_ns, run->time_end);
    return wakes != TIME_NEVER &&
           host_time_ns() >= pace_host_ns(run->machine, wakes);
}
