/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps moments and inputs, and goes back by restoring one and running on. */
#include "platform/debug/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/debug/debug.h"
#include "platform/debug/semihosting.h"
#include "platform/snapshot/snapshot.h"

/* Instructions between two moments while the machine runs at the present: a
 * few hundredths of a second to run again. Thinning makes those far away
 * fewer. */
enum { SPACING = 5000000, MOMENTS_MAX = 96, MOMENTS_FEW = 12 };

/* ---- Places ------------------------------------------------------------ */

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

static uint64_t total_traps(const struct cairn_machine *machine)
{
    uint64_t total = 0;
    for (size_t i = 0; i < machine->core_count; i++) {
        total += machine->cores[i]->traps;
    }
    return total;
}

struct moment history_now(const struct history *history)
{
    const struct cairn_machine *machine = history->machine;
    return (struct moment){
        .inputs = history->given,
        .retired = machine_retired(machine),
        .traps = total_traps(machine),
        .time_ns = machine->fabric.clock.now_ns,
    };
}

/* ---- Moments of the chain ---------------------------------------------- */

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
    mark->at = history_now(history);
    mark->hash = machine_hash(history->machine, 0, false);
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
    history->given = mark->at.inputs;
    memcpy(log->count, mark->log_count, sizeof(log->count));
    memcpy(log->repeats, mark->log_repeats, sizeof(log->repeats));
    for (size_t i = 0; i < machine->core_count; i++) {
        machine->cores[i]->traps = mark->cores[i].traps;
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

static void free_note(struct history *history, const struct history_note *note)
{
    history->note_bytes -= sizeof(*note) + note->size;
    free((void *)(uintptr_t)note->bytes);
}

static void drop_notes(struct history *history, size_t count)
{
    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        free_note(history, &history->notes[i]);
    }
    history->note_count -= count;
    history->notes_dropped += count;
    memmove(history->notes, history->notes + count,
            history->note_count * sizeof(*history->notes));
}

static void drop_oldest(struct history *history)
{
    snapshot_chain_drop(&history->chain, 0);
    drop_notes(history, (size_t)(history_mark(history, 0)->at.inputs -
                                 history->notes_dropped));
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a < b ? b - a : a - b;
}

/* Drops the moment whose absence leaves the smallest gap for how far away it
 * is: what remains lies ever further apart, away from here. */
static void thin(struct history *history)
{
    uint64_t here = history_now(history).retired;
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
    return history->chain.bytes + history->note_bytes > history->bytes_max;
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

/* ---- Life -------------------------------------------------------------- */

void history_remember_service(struct history *history)
{
    if (history->machine->agent) {
        history->service = *history->machine->agent;
    }
}

struct history *history_create(struct cairn_machine *machine, size_t bytes_max)
{
    struct history *history = xcalloc(1, sizeof(*history));
    history->machine = machine;
    history->bytes_max = bytes_max;
    snapshot_chain_init(&history->chain, machine);
    history_keep(history);
    if (history->chain.count == 0) {
        history_destroy(history);
        return NULL;
    }
    history_remember_service(history);
    machine->history = history;
    return history;
}

void history_unmute(struct history *history)
{
    if (history->past) {
        history->machine->callbacks = history->callbacks;
        history->past = false;
    }
}

void history_destroy(struct history *history)
{
    if (!history) {
        return;
    }
    history_unmute(history);
    history->machine->history = NULL;
    drop_notes(history, history->note_count);
    free(history->notes);
    snapshot_chain_fini(&history->chain);
    free(history);
}

/* ---- Inputs ------------------------------------------------------------ */

void history_forget_future(struct history *history)
{
    struct snapshot_chain *chain = &history->chain;
    while (chain->count > chain->at + 1) {
        snapshot_chain_drop(chain, chain->count - 1);
    }
    size_t kept = (size_t)(history->given - history->notes_dropped);
    while (history->note_count > kept) {
        free_note(history, &history->notes[--history->note_count]);
    }
    history_unmute(history);
}

static void add_note(struct history *history, const struct history_note *note)
{
    if (history->past) {
        history_forget_future(history);
    }
    if (history->note_count == history->note_capacity) {
        history->note_capacity =
            history->note_capacity ? 2 * history->note_capacity : 64;
        history->notes = realloc(history->notes, history->note_capacity *
                                                     sizeof(*history->notes));
        if (!history->notes) {
            abort();
        }
    }
    struct history_note *kept = &history->notes[history->note_count++];
    *kept = *note;
    kept->at = history_now(history);
    kept->bytes = NULL;
    if (note->size) {
        uint8_t *copy = xcalloc(1, note->size);
        memcpy(copy, note->bytes, note->size);
        kept->bytes = copy;
    }
    history->note_bytes += sizeof(*kept) + kept->size;
    history->given++;
}

bool history_begin(struct history *history, const struct history_note *note)
{
    if (!history || history->inside) {
        return false;
    }
    add_note(history, note);
    history->inside = true;
    return true;
}

void history_end(struct history *history, bool begun)
{
    if (begun) {
        history->inside = false;
    }
}

static void give_service(struct history *history,
                         const struct history_note *note)
{
    struct agent_service *service = agent_service(history->machine);
    struct agent_service was;
    memcpy(&was, note->bytes, sizeof(was));
    service->user = was.user;
    service->randomness = was.randomness;
    service->state = was.state;
    service->line = was.line;
}

static void poke(const struct history_note *note)
{
    struct space *space = note->subject;
    struct access access = space->attributes;
    access.debug = true;
    space_copy_in(space, &access, gpa(note->address), note->bytes, note->size,
                  NULL);
}

/* Does to the machine what was done before. */
void history_give(struct history *history, const struct history_note *note)
{
    struct cairn_machine *machine = history->machine;
    const struct node *node = note->subject;
    const struct line *line = note->subject;
    uint64_t unused;
    history->given++;
    history->inside = true;
    switch (note->kind) {
    case HISTORY_READ:
        cairn_bus_read(machine, node->name, note->user, note->address,
                       note->width, &unused);
        break;
    case HISTORY_WRITE:
        cairn_bus_write(machine, node->name, note->user, note->address,
                        note->width, note->value);
        break;
    case HISTORY_LINE:
        cairn_line_set(machine, line->name, (uint32_t)note->value);
        break;
    case HISTORY_KEYS:
        cairn_console_input(machine, node ? node->name : SEMIHOSTING_CONSOLE,
                            note->bytes, note->size);
        break;
    case HISTORY_POWER:
        cairn_power(machine);
        break;
    case HISTORY_RESET:
        machine_reset(machine, note->subject);
        break;
    case HISTORY_SERVICE:
        give_service(history, note);
        break;
    case HISTORY_POKE:
        poke(note);
        break;
    case HISTORY_REGISTER:
        debug_store_register(note->subject, (size_t)note->address, note->bytes);
        break;
    }
    history->inside = false;
}

/* ---- Running at the present -------------------------------------------- */

/* What a script's line changed for after the script, between two runs. */
static void note_service(struct history *history)
{
    const struct agent_service *service = history->machine->agent;
    const struct agent_service *was = &history->service;
    if (service &&
        (service->user != was->user || service->state != was->state ||
         service->randomness != was->randomness ||
         service->line != was->line)) {
        struct agent_service copy = *service;
        add_note(history, &(struct history_note){
                              .kind = HISTORY_SERVICE,
                              .bytes = &copy,
                              .size = sizeof(copy),
                          });
    }
}

enum cairn_stop history_run_on(struct history *history,
                               const struct cairn_until *until)
{
    note_service(history);
    history->inside = true;
    enum cairn_stop stop = cairn_run(history->machine, until);
    history->inside = false;
    history_remember_service(history);
    uint64_t last = history_mark(history, history->chain.count - 1)->at.retired;
    if (history_now(history).retired - last >= SPACING) {
        history_keep(history);
    }
    return stop;
}

void history_leave(struct history *history)
{
    if (history->past) {
        return;
    }
    note_service(history);
    history->present = history_now(history);
    history->present_hash = machine_hash(history->machine, 0, true);
    history->callbacks = history->machine->callbacks;
    history->machine->callbacks = (struct cairn_callbacks){0};
    history->past = true;
}
