/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running backwards: reverse-stepi is bs, reverse-continue bc; GDB makes all
 * else of these two and of breakpoints.
 *
 * A core's way is a row of steps, each an instruction that retired or a trap
 * that was taken. The place right before its last step is found by running
 * there again from the chain's moment before it; on the way moments are kept,
 * ever closer to it, so that the next steps back are short. The last point that
 * a run came by before a place is found by running through the stretches
 * between moments, the latest first, and remembering the last that was met.
 */
#include <string.h>

#include "base/bits.h"
#include "platform/debug/debug.h"

/* Instructions that are run again without keeping a moment on the way. */
enum { SHORT = 1000 };

static const char at_begin[] = "replaylog:begin;";

/* ---- One step of a core -------------------------------------------------- */

/* A core and how far it was. */
struct way {
    size_t index;
    struct core *core;
    uint64_t retired;
    uint64_t traps;
};

static struct way way_of(const struct cairn_machine *machine, size_t index)
{
    struct core *core = machine->cores[index];
    return (struct way){index, core, core->retired, core->traps};
}

static bool is_before(uint64_t retired, uint64_t traps, const struct way *way)
{
    return retired < way->retired ||
           (retired == way->retired && traps < way->traps);
}

/* The last moment of the chain before the core's last step. */
static bool find_moment(const struct history *history, const struct way *way,
                        size_t *index)
{
    struct moment here = input_now(history->machine);
    for (size_t i = history_before(history, &here) + 1; i-- > 0;) {
        const struct history_mark *mark = history_mark(history, i);
        const struct history_core *core = &mark->cores[way->index];
        if (is_before(core->retired, core->traps, way)) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* Up to where the core has retired so many; keeps moments on the way. */
static void near(struct history *history, struct core *core, uint64_t retired,
                 const struct moment *here)
{
    history->machine->stepped = core;
    history->machine->stepped_end = retired;
    while (history->past && core->retired < retired) {
        uint64_t left = here->retired - input_now(history->machine).retired;
        bool far = left > 2 * SHORT;
        if (history_run(history, far ? left / 2 : left + 1, here) ==
                HISTORY_RAN &&
            (!far || core->retired >= retired)) {
            break;
        }
        if (far) {
            history_keep(history);
        }
    }
    history->machine->stepped = NULL;
}

static void step_core(struct history *history, struct core *core,
                      const struct moment *here)
{
    const uint64_t retired = core->retired;
    const uint64_t traps = core->traps;
    history->machine->stepped = core;
    history->machine->stepped_end = retired + 1;
    core->trap_stop = traps + 1;
    while (history->past && core->retired == retired && core->traps == traps) {
        if (history_run(history, UINT64_MAX, here) == HISTORY_RAN) {
            break;
        }
    }
    core->trap_stop = UINT64_MAX;
    history->machine->stepped = NULL;
}

/* False, at the beginning of what is known, if the step was before it. */
static bool step_back(struct history *history, size_t index)
{
    const struct way way = way_of(history->machine, index);
    const struct moment here = input_now(history->machine);
    struct moment last = here;
    size_t from;
    if (!find_moment(history, &way, &from)) {
        history_go(history, 0);
        return false;
    }
    history_go(history, from);
    if (way.core->retired + 1 < way.retired) {
        near(history, way.core, way.retired - 1, &here);
    }
    while (history->past &&
           is_before(way.core->retired, way.core->traps, &way)) {
        const uint64_t retired = way.core->retired;
        const uint64_t traps = way.core->traps;
        step_core(history, way.core, &here);
        last = input_now(history->machine);
        if (way.core->retired != retired) {
            last.retired--;
        } else if (way.core->traps != traps) {
            last.traps--;
        } else {
            break;
        }
    }
    if (history->past) {
        history_seek(history, &last);
    }
    return true;
}

/* ---- To the last point --------------------------------------------------- */

struct hit {
    bool found;
    struct moment at;
    size_t core;
    char text[sizeof(((struct debug *)0)->last_stop)];
};

/*
 * A point that was met here is where the debugger is already, but for an access
 * that it did not yet hear of: it just went over it. Back as forth the stop is
 * behind the access. GDB steps on over it in the direction at hand, which for
 * these architectures it believes to be before it, and so gets to see the
 * memory as it was.
 */
static void note_hit(struct debug *debug, const struct moment *here,
                     struct hit *hit)
{
    const struct cairn_machine *machine = debug->machine;
    struct moment now = input_now(debug->machine);
    size_t core = machine->round_core;
    if (core >= machine->core_count) {
        return;
    }
    enum core_stop why = machine->last_stop[core];
    bool is_watch = why == CORE_STOP_WATCHPOINT;
    bool is_point = why == CORE_STOP_BREAKPOINT || why == CORE_STOP_EBREAK;
    bool is_here = moment_same_place(&now, here);
    bool is_known =
        is_here && (is_point || moment_same_place(&now, &debug->met));
    if ((is_watch || is_point) && !is_known) {
        *hit = (struct hit){true, now, core, ""};
        debug_note_point(debug);
        memcpy(hit->text, debug->last_stop, sizeof(hit->text));
    }
}

/* Runs from the index-th moment to the next, or to here, and checks whether the
 * debugger interrupts the search. */
static void search(struct debug *debug, size_t index, const struct moment *here,
                   struct hit *hit)
{
    struct history *history = debug->history;
    struct moment end = *here;
    struct moment before = {0};
    if (index + 1 < history->chain.count &&
        moment_compare(&history_mark(history, index + 1)->at, here) < 0) {
        end = history_mark(history, index + 1)->at;
    }
    history_go(history, index);
    while (history->past && !debug->interrupted && !debug->done) {
        enum history_stop stop = history_run(history, DEBUG_SLICE, &end);
        struct moment now = input_now(history->machine);
        debug_listen(debug);
        if (stop == HISTORY_DEBUG) {
            note_hit(debug, here, hit);
        } else if (moment_compare(&now, &end) >= 0 ||
                   moment_compare(&now, &before) == 0) {
            return;
        }
        before = now;
    }
}

static void go_to_hit(struct debug *debug, const struct hit *hit)
{
    history_seek(debug->history, &hit->at);
    debug->met = hit->at;
    debug->thread = (unsigned)hit->core + 1;
    memcpy(debug->last_stop, hit->text, sizeof(debug->last_stop));
}

static void continue_back(struct debug *debug)
{
    struct history *history = debug->history;
    const struct moment here = input_now(history->machine);
    struct hit hit = {.found = false};
    for (size_t i = history_before(history, &here) + 1; i-- > 0;) {
        search(debug, i, &here, &hit);
        if (debug->interrupted || debug->done || !history->past) {
            debug_note_stop(debug, GDB_SIGINT, "");
            return;
        }
        if (hit.found) {
            go_to_hit(debug, &hit);
            return;
        }
    }
    history_go(history, 0);
    debug_note_stop(debug, GDB_SIGTRAP, at_begin);
}

/* ---- The commands -------------------------------------------------------- */

void debug_reverse(struct debug *debug)
{
    history_leave(debug->history);
    if (debug->stepping) {
        debug->thread = debug->step_thread != ALL_THREADS ? debug->step_thread
                                                          : debug->thread;
        bool found = step_back(debug->history, debug->thread - 1);
        debug_note_stop(debug, GDB_SIGTRAP, found ? "" : at_begin);
    } else {
        continue_back(debug);
    }
    debug->backward = false;
    debug_halt(debug);
}
