/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running through the past: from station to station (a moment of the chain, an
 * input, the end), held to what the machine was there.
 */
#include "platform/debug/history.h"
#include "platform/machine/parts.h"

/* Stops at one place before the run counts as stuck. */
enum { STILL_MAX = 16 };

/* ---- Running in the past ------------------------------------------------- */

/* The future is not what it was. What is here now becomes the present. */
static void diverge(struct history *history)
{
    history->diverged = true;
    history_forget_future(history);
}

/* Where the run must come by next: the next moment of the chain, the place of
 * the next input, or the end. */
enum station { STATION_MOMENT, STATION_INPUT, STATION_END };

static enum station next_station(const struct history *history,
                                 const struct moment *end, struct moment *place)
{
    const struct snapshot_chain *chain = &history->chain;
    enum station station = STATION_END;
    *place = *end;
    const uint64_t given = history->machine->inputs.given;
    if (given < end->inputs) {
        *place = inputs_next(history->machine)->at;
        station = STATION_INPUT;
    }
    if (chain->at + 1 < chain->count) {
        struct moment at = history_mark(history, chain->at + 1)->at;
        if (at.inputs == given && !moment_is_behind(at, *place)) {
            *place = at;
            station = STATION_MOMENT;
        }
    }
    return station;
}

/* Keeps the name of what is not as it was at a moment, if it is no memory. */
static void note_difference(struct history *history, size_t index)
{
    const struct cairn_machine *machine = history->machine;
    struct buffer now = {0};
    parts_take(machine, &now);
    buffer_clear(&history->difference);
    parts_compare(machine, history->chain.links[index].state.bytes, now.bytes,
                  &history->difference);
    buffer_fini(&now);
}

/* The run came by a moment of the chain, and is looked at there. */
static bool pass_moment(struct history *history)
{
    size_t next = history->chain.at + 1;
    if (parts_hash(history->machine, 0, false) !=
            history_mark(history, next)->hash ||
        !snapshot_chain_matches(&history->chain)) {
        note_difference(history, next);
        diverge(history);
        return false;
    }
    history_go(history, next);
    return true;
}

static enum history_stop arrive(struct history *history)
{
    if (parts_hash(history->machine, 0, true) != history->present_hash) {
        diverge(history);
    }
    history_unmute(history);
    agent_remember_service(history->machine);
    return HISTORY_PRESENT;
}

/* The work at a station. True when the run ends there, with *stop. */
static bool serve_station(struct history *history, enum station station,
                          bool to_present, enum history_stop *stop)
{
    switch (station) {
    case STATION_MOMENT:
        *stop = HISTORY_PRESENT;
        return !pass_moment(history);
    case STATION_INPUT:
        inputs_replay(history->machine);
        return false;
    default:
        *stop = to_present ? arrive(history) : HISTORY_RAN;
        return true;
    }
}

/* The run got here by its count, which comes before breakpoints. */
static bool meets_breakpoint(struct history *history)
{
    struct cairn_machine *machine = history->machine;
    size_t core = machine->round_core;
    if (core >= machine->core_count ||
        machine->cores[core]->power != CORE_RUNNING ||
        !core_meets_breakpoint(machine->cores[core])) {
        return false;
    }
    machine->last_stop[core] = CORE_STOP_BREAKPOINT;
    return true;
}

enum history_stop history_run(struct history *history, uint64_t instructions,
                              const struct moment *limit)
{
    const struct moment end = limit ? *limit : history->present;
    const uint64_t start = input_now(history->machine).retired;
    for (;;) {
        struct moment place;
        enum history_stop stop;
        enum station station = next_station(history, &end, &place);
        struct moment now = input_now(history->machine);
        if (moment_same_place(&now, &place)) {
            if (station == STATION_INPUT && meets_breakpoint(history)) {
                return HISTORY_DEBUG;
            }
            if (serve_station(history, station, !limit, &stop)) {
                return stop;
            }
            continue;
        }
        if (now.retired - start >= instructions) {
            return HISTORY_RAN;
        }
        bool stopped = input_approach(history->machine, &place,
                                      instructions - (now.retired - start));
        struct moment then = input_now(history->machine);
        if (moment_is_behind(then, place) ||
            (!stopped && moment_compare(&now, &then) == 0)) {
            diverge(history);
            return HISTORY_PRESENT;
        }
        if (stopped) {
            return HISTORY_DEBUG;
        }
    }
}

void history_seek(struct history *history, const struct moment *place)
{
    struct moment before = {0};
    unsigned still = 0;
    history_go(history, history_before(history, place));
    while (history->past && still < STILL_MAX) {
        if (history_run(history, UINT64_MAX, place) != HISTORY_DEBUG) {
            return;
        }
        struct moment now = input_now(history->machine);
        still = moment_compare(&now, &before) == 0 ? still + 1 : 0;
        before = now;
    }
    if (history->past) {
        diverge(history);
    }
}
