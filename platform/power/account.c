/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of the ledger, for users of the library. */
#include <errno.h>

#include "platform/power/ledger.h"

uint64_t ledger_end(const struct ledger *ledger)
{
    const struct cairn_machine *machine = ledger->machine;
    uint64_t end = cairn_time_ns(machine);

    for (size_t i = 0; i < ledger->count; i++) {
        const struct consumer *consumer = &ledger->consumers[i];
        const struct slot *slot = consumer->node->slot;
        /* One that dozes may still be roused. */
        uint64_t own = !slot         ? 0
                       : slot->dozes ? slot->idle_ns
                                     : slot_reached(slot);

        own = consumer->residency.since_ns > own ? consumer->residency.since_ns
                                                 : own;
        end = own > end ? own : end;
    }
    return end;
}

/* Each residency's own bins go into these: all are doublings of the same. */
static uint64_t bin_of(const struct ledger *ledger, uint64_t end)
{
    uint64_t bin = 1;

    for (size_t i = 0; i < ledger->count; i++) {
        const struct residency *residency = &ledger->consumers[i].residency;

        bin = residency->bin_ns > bin ? residency->bin_ns : bin;
        while (end - residency->start_ns > bin * POWER_BINS) {
            bin *= 2;
        }
    }
    return bin;
}

int cairn_power_span_get(const struct cairn_machine *machine,
                         struct cairn_power_span *span)
{
    const struct ledger *ledger = ledger_of(machine);

    if (ledger == NULL || ledger->count == 0) {
        return -ENOENT;
    }
    uint64_t end = ledger_end(ledger);
    uint64_t start = ledger->consumers[0].residency.start_ns;
    uint64_t bin = bin_of(ledger, end);
    *span = (struct cairn_power_span){
        .start_ns = start,
        .end_ns = end,
        .bin_ns = bin,
        .bins = (size_t)((end - start + bin - 1) / bin),
        .source = board_string(&machine->board, 0, "cairn,current-source"),
    };
    return 0;
}

int cairn_power_consumer_get(const struct cairn_machine *machine, size_t index,
                             struct cairn_power_consumer *consumer)
{
    const struct ledger *ledger = ledger_of(machine);

    if (ledger == NULL || index >= ledger->count) {
        return -ENOENT;
    }
    const struct consumer *from = &ledger->consumers[index];
    const struct residency *residency = &from->residency;
    *consumer = (struct cairn_power_consumer){
        .name = from->node->name,
        .processor = from->node->slot != NULL,
        .supply_uv = from->supply_uv,
        .state_count = from->state_count,
    };
    for (size_t i = 0; i < from->state_count; i++) {
        consumer->states[i] = (struct cairn_power_state){
            .name = from->states[i],
            .entries = residency->entries[i],
            .time_ns = residency->time_ns[i],
            .has_current = from->priced[i],
            .current_na = from->current_na[i],
        };
    }
    consumer->states[residency->state].time_ns +=
        residency_open(residency, ledger_end(ledger));
    for (size_t i = 0; i < CORE_WAKES; i++) {
        consumer->wakes += residency->wakes[i];
    }
    return 0;
}

static void print_wake(const struct consumer *consumer, unsigned wake,
                       struct buffer *out)
{
    const struct node *node = consumer->node;
    const struct core_type *type = node->core->type;
    int input = -1;
    const char *name = wake == 0                 ? "a reset"
                       : wake == CORE_WAKE_EVENT ? "an event"
                       : type->wake_name         ? type->wake_name(wake, &input)
                                                 : NULL;

    if (name == NULL) {
        buffer_print(out, "number %u", wake);
        return;
    }
    buffer_print(out, "%s", name);
    if (input >= 0) {
        const struct line *line = (size_t)input < node_input_count(node)
                                      ? node->drivers[input]
                                      : NULL;
        buffer_print(out, " %d%s%s%s", input, line ? " (" : "",
                     line ? line->name : "", line ? ")" : "");
    }
}

int cairn_power_wake_get(struct cairn_machine *machine, size_t consumer,
                         size_t index, const char **cause, uint64_t *count)
{
    const struct ledger *ledger = ledger_of(machine);

    if (ledger == NULL || consumer >= machine->core_count) {
        return -ENOENT;
    }
    const struct consumer *from = &ledger->consumers[consumer];
    for (unsigned wake = 0; wake < CORE_WAKES; wake++) {
        if (from->residency.wakes[wake] != 0 && index-- == 0) {
            buffer_clear(&machine->text);
            print_wake(from, wake, &machine->text);
            *cause = buffer_text(&machine->text);
            *count = from->residency.wakes[wake];
            return 0;
        }
    }
    return -ENOENT;
}

/* The time that two stretches of time have in common. */
static uint64_t overlap(uint64_t start, uint64_t end, uint64_t other_start,
                        uint64_t other_end)
{
    uint64_t from = start > other_start ? start : other_start;
    uint64_t to = end < other_end ? end : other_end;

    return to > from ? to - from : 0;
}

uint64_t cairn_power_bin(const struct cairn_machine *machine, size_t consumer,
                         size_t state, size_t bin)
{
    struct cairn_power_span span;

    if (cairn_power_span_get(machine, &span) != 0 || bin >= span.bins ||
        consumer >= ledger_of(machine)->count || state >= POWER_STATES) {
        return 0;
    }
    const struct residency *residency =
        &ledger_of(machine)->consumers[consumer].residency;
    uint64_t parts = span.bin_ns / residency->bin_ns;
    uint64_t first = bin * parts;
    uint64_t sum = 0;
    for (uint64_t i = first; i < first + parts && i < POWER_BINS; i++) {
        sum += residency->bins[i][state];
    }
    if (state == residency->state) {
        uint64_t start = span.start_ns + bin * span.bin_ns;
        sum += overlap(residency->since_ns, span.end_ns, start,
                       start + span.bin_ns);
    }
    return sum;
}
