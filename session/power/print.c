/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger as text, JSON and CSV. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "session/power/power.h"

__extension__ typedef unsigned __int128 wide;

/* ---- Text ---------------------------------------------------------------- */

enum { NAME_WIDTH = 15, COLUMN = 13 };

static void print_column(struct buffer *out, const struct buffer *text)
{
    buffer_print(out, " %*s", COLUMN, buffer_text(text));
}

static void print_charge(struct buffer *out, const struct power_sum *sum,
                         uint64_t supply_uv)
{
    struct buffer text = {0};

    power_print_fixed(&text, power_thousandth(sum->charge_pc), 3);
    buffer_print(&text, " uC");
    print_column(out, &text);
    buffer_clear(&text);
    if (supply_uv != 0) {
        power_print_fixed(&text, power_thousandth(sum->energy_pj), 3);
        buffer_print(&text, " uJ");
        print_column(out, &text);
    }
    buffer_fini(&text);
}

static void print_state(struct buffer *out,
                        const struct cairn_power_consumer *consumer,
                        size_t number, uint64_t span_ns)
{
    const struct cairn_power_state *state = &consumer->states[number];
    struct buffer text = {0};

    buffer_print(out, "    %-*s %10" PRIu64, NAME_WIDTH, state->name,
                 state->entries);
    power_print_fixed(&text, state->time_ns, 6);
    buffer_print(out, " %18s", buffer_text(&text));
    buffer_clear(&text);
    /* In thousandths of a per cent. */
    wide share = (wide)state->time_ns * 100000;
    power_print_fixed(&text, span_ns ? (uint64_t)(share / span_ns) : 0, 3);
    buffer_print(out, " %8s%%", buffer_text(&text));
    buffer_clear(&text);
    if (state->has_current) {
        struct power_sum sum = power_sum_state(consumer, number);

        power_print_current(&text, state->current_na);
        print_column(out, &text);
        print_charge(out, &sum, consumer->supply_uv);
    }
    buffer_print(out, "\n");
    buffer_fini(&text);
}

static void print_wakes(struct buffer *out, struct cairn_machine *machine,
                        size_t index,
                        const struct cairn_power_consumer *consumer)
{
    const char *cause;
    uint64_t count;

    if (consumer->wakes == 0) {
        return;
    }
    buffer_print(out, "    woken %" PRIu64 " times", consumer->wakes);
    for (size_t i = 0;
         cairn_power_wake_get(machine, index, i, &cause, &count) == 0; i++) {
        buffer_print(out, "%s %s %" PRIu64, i ? "," : ":", cause, count);
    }
    buffer_print(out, "\n");
}

/* "average 2.600 uA, 3.210 uC (0.000000892 mAh), 9.630 uJ" */
static void print_total(struct buffer *out, const struct power_sum *sum,
                        uint64_t span_ns, bool energy)
{
    buffer_print(out, "average ");
    power_print_current(out, power_average_na(sum->charge_pc, span_ns));
    buffer_print(out, ", ");
    power_print_fixed(out, power_thousandth(sum->charge_pc), 3);
    /* 1 mAh is 3.6 C. */
    buffer_print(out, " uC (");
    power_print_fixed(out, (sum->charge_pc + 1800) / 3600, 9);
    buffer_print(out, " mAh)");
    if (energy) {
        buffer_print(out, ", ");
        power_print_fixed(out, power_thousandth(sum->energy_pj), 3);
        buffer_print(out, " uJ");
    }
    buffer_print(out, "%s\n",
                 sum->lacking ? ", without states of no given current" : "");
}

static void print_consumer(struct buffer *out, struct cairn_machine *machine,
                           size_t index,
                           const struct cairn_power_consumer *consumer,
                           uint64_t span_ns)
{
    struct power_sum sum = power_sum_consumer(consumer);

    buffer_print(out, "\n  %s", consumer->name);
    if (sum.given && consumer->supply_uv != 0) {
        buffer_print(out, ", at ");
        power_print_fixed(out, consumer->supply_uv / 1000, 3);
        buffer_print(out, " V");
    }
    buffer_print(out, "\n");
    for (size_t i = 0; i < consumer->state_count; i++) {
        if (consumer->states[i].entries != 0) {
            print_state(out, consumer, i, span_ns);
        }
    }
    print_wakes(out, machine, index, consumer);
    if (sum.given) {
        buffer_print(out, "    ");
        print_total(out, &sum, span_ns, consumer->supply_uv != 0);
    }
}

/* Prints the names of consumers that stayed in one state, of which there is
 * nothing more to tell. */
static void print_steady(struct buffer *out,
                         const struct cairn_machine *machine)
{
    struct cairn_power_consumer consumer;
    bool any = false;

    for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
         i++) {
        int state = power_steady_state(&consumer);

        if (state >= 0) {
            buffer_print(out, "%s %s %s",
                         any ? "," : "\n  throughout:", consumer.name,
                         consumer.states[state].name);
            any = true;
        }
    }
    buffer_print(out, "%s", any ? "\n" : "");
}

/* The board's words, and a board may be anybody's: nothing steers a terminal.
 */
static void print_plain(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        buffer_append(out, *text < ' ' || *text > '~' ? "?" : text, 1);
    }
}

static void print_source(struct buffer *out,
                         const struct cairn_machine *machine,
                         const struct cairn_power_span *span, const char *board)
{
    struct power_sum sum = power_sum_all(machine);

    if (!sum.given) {
        buffer_print(out,
                     "\n  board '%s' gives no currents of these states: times "
                     "alone, no charge\n",
                     board);
        return;
    }
    buffer_print(out, "\n  all: ");
    print_total(out, &sum, span->end_ns - span->start_ns, sum.energy_pj != 0);
    if (span->source) {
        buffer_print(out, "  currents by ");
        print_plain(out, span->source);
        buffer_print(out, "\n");
    }
}

static void print_heading(struct buffer *out, struct power_sum sum)
{
    buffer_print(out, "    %-*s %10s %18s %9s", NAME_WIDTH, "state", "entries",
                 "time, ms", "share");
    if (sum.given) {
        buffer_print(out, " %*s %*s", COLUMN, "current", COLUMN, "charge");
    }
    if (sum.energy_pj != 0) {
        buffer_print(out, " %*s", COLUMN, "energy");
    }
    buffer_print(out, "\n");
}

void session_power_text(struct cairn_machine *machine, const char *board,
                        struct buffer *out)
{
    struct cairn_power_consumer consumer;
    struct cairn_power_span span;

    if (cairn_power_span_get(machine, &span) != 0) {
        buffer_print(out, "\nPower: board '%s' has no processor\n", board);
        return;
    }
    buffer_print(out, "\nPower, from ");
    power_print_fixed(out, span.start_ns, 6);
    buffer_print(out, " to ");
    power_print_fixed(out, span.end_ns, 6);
    buffer_print(out, " ms\n");
    print_heading(out, power_sum_all(machine));
    for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
         i++) {
        if (power_steady_state(&consumer) < 0) {
            print_consumer(out, machine, i, &consumer,
                           span.end_ns - span.start_ns);
        }
    }
    print_steady(out, machine);
    print_source(out, machine, &span, board);
}

/* ---- JSON ---------------------------------------------------------------- */

static void put_sum(struct json *json, const struct power_sum *sum, bool energy)
{
    json_number(json, "charge_nc", power_thousandth(sum->charge_pc));
    if (energy) {
        json_number(json, "energy_nj", power_thousandth(sum->energy_pj));
    }
}

static void put_total(struct json *json, const struct power_sum *sum,
                      bool energy, uint64_t span_ns)
{
    if (sum->given) {
        put_sum(json, sum, energy);
        json_number(json, "average_na",
                    power_average_na(sum->charge_pc, span_ns));
        json_bool(json, "complete", !sum->lacking);
    }
}

static void put_state(struct json *json,
                      const struct cairn_power_consumer *consumer,
                      size_t number)
{
    const struct cairn_power_state *state = &consumer->states[number];
    struct power_sum sum = power_sum_state(consumer, number);

    json_begin_object(json, NULL);
    json_string(json, "state", state->name);
    json_number(json, "entries", state->entries);
    json_number(json, "time_ns", state->time_ns);
    if (state->has_current) {
        json_number(json, "current_na", state->current_na);
        put_sum(json, &sum, consumer->supply_uv != 0);
    }
    json_end_object(json);
}

static void put_consumer(struct json *json, struct cairn_machine *machine,
                         size_t index,
                         const struct cairn_power_consumer *consumer,
                         uint64_t span_ns)
{
    struct power_sum sum = power_sum_consumer(consumer);
    const char *cause;
    uint64_t count;

    json_begin_object(json, NULL);
    json_string(json, "name", consumer->name);
    json_string(json, "kind", consumer->processor ? "processor" : "device");
    if (consumer->supply_uv != 0) {
        json_number(json, "supply_uv", consumer->supply_uv);
    }
    json_begin_array(json, "states");
    for (size_t i = 0; i < consumer->state_count; i++) {
        put_state(json, consumer, i);
    }
    json_end_array(json);
    if (consumer->processor) {
        json_begin_array(json, "wakes");
        for (size_t i = 0;
             cairn_power_wake_get(machine, index, i, &cause, &count) == 0;
             i++) {
            json_begin_object(json, NULL);
            json_string(json, "cause", cause);
            json_number(json, "count", count);
            json_end_object(json);
        }
        json_end_array(json);
    }
    put_total(json, &sum, consumer->supply_uv != 0, span_ns);
    json_end_object(json);
}

void session_power_json(struct cairn_machine *machine, const char *board,
                        struct buffer *out)
{
    struct cairn_power_span span = {0};
    struct cairn_power_consumer consumer;
    struct power_sum sum = power_sum_all(machine);
    struct json json;

    (void)cairn_power_span_get(machine, &span);
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_begin_object(&json, "power");
    json_string(&json, "board", board);
    json_number(&json, "start_ns", span.start_ns);
    json_number(&json, "end_ns", span.end_ns);
    if (span.source) {
        json_string(&json, "currents_by", span.source);
    }
    json_begin_array(&json, "consumers");
    for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
         i++) {
        put_consumer(&json, machine, i, &consumer, span.end_ns - span.start_ns);
    }
    json_end_array(&json);
    put_total(&json, &sum, sum.energy_pj != 0, span.end_ns - span.start_ns);
    json_end_object(&json);
    json_end_object(&json);
    buffer_print(out, "\n");
}

/* ---- CSV ----------------------------------------------------------------- */

/* RFC 4180: names of nodes may have commas. */
static void put_word(struct buffer *out, const char *word)
{
    buffer_print(out, strchr(word, ',') ? "\"%s\"," : "%s,", word);
}

static void put_row(struct buffer *out,
                    const struct cairn_power_consumer *consumer, size_t number)
{
    const struct cairn_power_state *state = &consumer->states[number];
    struct power_sum sum = power_sum_state(consumer, number);

    put_word(out, consumer->name);
    buffer_print(out, "%s,%s,%" PRIu64 ",%" PRIu64 ",",
                 consumer->processor ? "processor" : "device", state->name,
                 state->entries, state->time_ns);
    if (!state->has_current) {
        buffer_print(out, ",,\n");
        return;
    }
    buffer_print(out, "%" PRIu32 ",%" PRIu64 ",", state->current_na,
                 power_thousandth(sum.charge_pc));
    if (consumer->supply_uv != 0) {
        buffer_print(out, "%" PRIu64, power_thousandth(sum.energy_pj));
    }
    buffer_print(out, "\n");
}

void session_power_csv(struct cairn_machine *machine, const char *board,
                       struct buffer *out)
{
    struct cairn_power_consumer consumer;
    const char *cause;
    uint64_t count;

    buffer_print(out,
                 "name,kind,state,count,time_ns,current_na,charge_nc,"
                 "energy_nj\n");
    for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
         i++) {
        for (size_t state = 0; state < consumer.state_count; state++) {
            put_row(out, &consumer, state);
        }
        for (size_t n = 0;
             cairn_power_wake_get(machine, i, n, &cause, &count) == 0; n++) {
            put_word(out, consumer.name);
            buffer_print(out, "wake,");
            put_word(out, cause);
            buffer_print(out, "%" PRIu64 ",,,,\n", count);
        }
    }
}
