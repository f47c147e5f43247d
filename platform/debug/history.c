/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps moments and inputs, and goes back by restoring one and running on. */
#include "platform/debug/history.h"

#include <stdlib.h>
#include <string.h>

#include "platform/machine/channel.h"
#include "platform/machine/parts.h"

/* Instructions between two moments while the machine runs at the present: a
 * few hundredths of a second to run again. Thinning makes those far away
 * fewer. */
enum { SPACING = 5000000, MOMENTS_MAX = 96, MOMENTS_FEW = 12 };

/* ---- Moments of the chain ------------------------------------------------ */

const struct history_mark *history_mark(const struct history *history,
                                        size_t index)
{
    return history->chain.links[index].mark;
}

static struct history_mark *make_mark(const struct history *history)
{
    const struct cairn_machine *machine = history->machine;
    const struct log *log = &machine->fabric.log;
    struct history_mark *mark = xcalloc(
        1, sizeof(*mark) + machine->core_count * sizeof(mark->cores[0]));
    mark->at = input_now(machine);
    mark->hash = parts_hash(history->machine, 0, false);
    memcpy(mark->log_count, log->count, sizeof(mark->log_count));
    memcpy(mark->log_repeats, log->repeats, sizeof(mark->log_repeats));
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core *core = machine->cores[i];
        mark->cores[i] = (struct history_core){core->retired, core->traps};
    }
    return mark;
}

void history_go(struct history *history, size_t index)
{
    struct cairn_machine *machine = history->machine;
    const struct history_mark *mark = history_mark(history, index);
    struct log *log = &machine->fabric.log;
    snapshot_chain_go(&history->chain, index);
    machine->inputs.given = mark->at.inputs;
    /* The run on writes its lines again, with the output dropped. */
    memcpy(log->count, mark->log_count, sizeof(log->count));
    memcpy(log->repeats, mark->log_repeats, sizeof(log->repeats));
    for (size_t i = 0; i < machine->core_count; i++) {
        machine->cores[i]->stop_requested = false;
        machine->last_stop[i] = CORE_STOP_BUDGET;
    }
}

size_t history_before(const struct history *history, const struct moment *place)
{
    size_t index = history->chain.count;
    while (index > 1 &&
           moment_compare(&history_mark(history, index - 1)->at, place) > 0) {
        index--;
    }
    return index - 1;
}

static void drop_oldest(struct history *history)
{
    snapshot_chain_drop(&history->chain, 0);
    inputs_drop_before(history->machine, history_mark(history, 0)->at.inputs);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a < b ? b - a : a - b;
}

/* Drops the moment whose absence leaves the smallest gap for how far away it
 * is: what remains lies ever further apart, away from here. */
static void thin(struct history *history)
{
    uint64_t here = machine_retired(history->machine);
    size_t worst = 0;
    double least = 0;
    for (size_t i = 1; i + 1 < history->chain.count; i++) {
        uint64_t gap = history_mark(history, i + 1)->at.retired -
                       history_mark(history, i - 1)->at.retired;
        uint64_t away = distance(history_mark(history, i)->at.retired, here);
        double cost = (double)gap / ((double)away + 1000);
        if (i != history->chain.at && (worst == 0 || cost < least)) {
            worst = i;
            least = cost;
        }
    }
    if (worst != 0) {
        snapshot_chain_drop(&history->chain, worst);
    }
}

static bool is_over(const struct history *history)
{
    return history->chain.bytes + history->machine->inputs.bytes >
           history->bytes_max;
}

void history_keep(struct history *history)
{
    struct snapshot_chain *chain = &history->chain;
    struct history_mark *mark = make_mark(history);
    if (chain->count &&
        moment_compare(&history_mark(history, chain->at)->at, &mark->at) == 0) {
        free(mark);
        return;
    }
    if (snapshot_chain_take(chain, mark) != 0) {
        return;
    }
    while (chain->count > MOMENTS_MAX ||
           (is_over(history) && chain->count > MOMENTS_FEW)) {
        thin(history);
    }
    while (is_over(history) && chain->count > 1 && chain->at > 0) {
        drop_oldest(history);
    }
}

/* ---- Past and future ----------------------------------------------------- */

void history_unmute(struct history *history)
{
    if (history->past) {
        history->machine->callbacks = history->callbacks;
        history->machine->inputs.replaying = false;
        history->past = false;
    }
}

void history_forget_future(struct history *history)
{
    struct snapshot_chain *chain = &history->chain;
    while (chain->count > chain->at + 1) {
        snapshot_chain_drop(chain, chain->count - 1);
    }
    inputs_drop_rest(history->machine);
    history_unmute(history);
}

/* An input that comes in the past is one of another future. */
static void begin_future(void *context)
{
    struct history *history = context;
    if (history->past) {
        history_forget_future(history);
        history->staying = channels_staying(history->machine);
        if (history->staying) {
            log_write(&history->machine->fabric.log, LOG_HOST, history->staying,
                      0, HISTORY_STAYING);
        }
    }
}

/* ---- Life ---------------------------------------------------------------- */

struct history *history_create(struct cairn_machine *machine, size_t bytes_max)
{
    struct history *history = xcalloc(1, sizeof(*history));
    history->machine = machine;
    history->bytes_max = bytes_max;
    inputs_keep(machine, begin_future, history);
    snapshot_chain_init(&history->chain, machine);
    history_keep(history);
    if (history->chain.count == 0) {
        history_destroy(history);
        return NULL;
    }
    agent_remember_service(machine);
    debugging_of(machine)->history = history;
    return history;
}

void history_destroy(struct history *history)
{
    if (!history) {
        return;
    }
    history_unmute(history);
    debugging_of(history->machine)->history = NULL;
    inputs_forget(history->machine);
    snapshot_chain_fini(&history->chain);
    buffer_fini(&history->difference);
    free(history);
}

/* ---- Running at the present ---------------------------------------------- */

void history_keep_due(struct history *history)
{
    uint64_t last = history_mark(history, history->chain.count - 1)->at.retired;
    if (machine_retired(history->machine) - last >= SPACING) {
        history_keep(history);
    }
}

enum cairn_stop history_run_on(struct history *history,
                               const struct cairn_until *until)
{
    enum cairn_stop stop = cairn_run(history->machine, until);
    history_keep_due(history);
    return stop;
}

void history_leave(struct history *history)
{
    if (history->past) {
        return;
    }
    agent_note_service(history->machine);
    history->present = input_now(history->machine);
    history->present_hash = parts_hash(history->machine, 0, true);
    history->callbacks = history->machine->callbacks;
    history->machine->callbacks = (struct cairn_callbacks){0};
    history->machine->inputs.replaying = true;
    history->past = true;
}
