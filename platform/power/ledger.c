/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping the ledger: states, times, bins, and what snapshots have of them. */
#include "platform/power/ledger.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "platform/machine/extension.h"
#include "platform/machine/parts.h"

static const char *const core_states[] = {
    [POWER_RUN] = "run",         [POWER_WFI] = "wfi",
    [POWER_WFE] = "wfe",         [POWER_ON_EXIT] = "sleep-on-exit",
    [POWER_DEEP] = "deep-sleep", [POWER_HELD] = "reset",
    [POWER_OFF] = "off",         [POWER_LOCKUP] = "lockup",
};
static_assert(ARRAY_SIZE(core_states) == POWER_STATES, "all have names");

/* ---- A residency --------------------------------------------------------- */

static void widen(struct residency *residency)
{
    uint64_t(*bins)[POWER_STATES] = residency->bins;

    for (size_t i = 0; i < POWER_BINS; i++) {
        for (size_t state = 0; state < POWER_STATES; state++) {
            bins[i][state] = i < POWER_BINS / 2
                                 ? bins[2 * i][state] + bins[2 * i + 1][state]
                                 : 0;
        }
    }
    residency->bin_ns *= 2;
}

/* The state at hand goes on to now_ns. */
static void pass(struct residency *residency, uint64_t now_ns)
{
    uint64_t at = residency->since_ns - residency->start_ns;
    uint64_t end = now_ns - residency->start_ns;

    residency->time_ns[residency->state] += now_ns - residency->since_ns;
    residency->since_ns = now_ns;
    while (end > residency->bin_ns * POWER_BINS) {
        widen(residency);
    }
    while (at < end) {
        uint64_t bin = at / residency->bin_ns;
        uint64_t next = (bin + 1) * residency->bin_ns;
        uint64_t until = next < end ? next : end;

        residency->bins[bin][residency->state] += until - at;
        at = until;
    }
}

uint64_t residency_open(const struct residency *residency, uint64_t end_ns)
{
    return end_ns > residency->since_ns ? end_ns - residency->since_ns : 0;
}

/* A processor that is behind the one that changed a device before may change it
 * back, by its own time: time in the ledger never goes back. */
void residency_change(struct residency *residency, unsigned state,
                      uint64_t now_ns)
{
    if (state == residency->state) {
        return;
    }
    if (now_ns > residency->since_ns) {
        pass(residency, now_ns);
    } else if (now_ns == residency->start_ns) {
        /* The state before the power came on. */
        residency->entries[residency->state] = 0;
    }
    residency->state = state;
    residency->entries[state]++;
}

static void begin(struct residency *residency, unsigned state, uint64_t now_ns)
{
    *residency = (struct residency){
        .start_ns = now_ns,
        .since_ns = now_ns,
        .bin_ns = 1,
        .state = state,
    };
    residency->entries[state] = 1;
}

/* ---- States -------------------------------------------------------------- */

static enum power_state state_of_wait(const struct core *core)
{
    static const uint8_t states[] = {
        [CORE_WAIT_INTERRUPT] = POWER_WFI,
        [CORE_WAIT_EVENT] = POWER_WFE,
        [CORE_WAIT_ON_EXIT] = POWER_ON_EXIT,
        [CORE_WAIT_DEEP] = POWER_DEEP,
    };

    return core->type->wait ? (enum power_state)states[core->type->wait(core)]
                            : POWER_WFI;
}

static enum power_state state_of_core(const struct slot *slot)
{
    if (slot->machine->guest_end == GUEST_OFF) {
        return POWER_OFF;
    }
    switch (slot->core->power) {
    case CORE_RUNNING:
        return slot->dozes ? POWER_WFE : POWER_RUN;
    case CORE_WAITING:
        return state_of_wait(slot->core);
    case CORE_HELD:
        return POWER_HELD;
    case CORE_STUCK:
        return POWER_LOCKUP;
    default:
        return POWER_OFF;
    }
}

static bool waits(unsigned state)
{
    return state >= POWER_WFI && state <= POWER_DEEP;
}

static void note_at(struct slot *slot, uint64_t now_ns)
{
    const struct cairn_machine *machine = slot->machine;
    struct consumer *consumer =
        &ledger_of(machine)->consumers[slot - machine->slots];
    struct residency *residency = &consumer->residency;
    unsigned state = state_of_core(slot);

    if (waits(residency->state) && state == POWER_RUN) {
        unsigned wake = residency->state == POWER_WFE && !slot->core->type->wait
                            ? CORE_WAKE_EVENT
                            : slot->core->woken_by;
        residency->wakes[wake % CORE_WAKES]++;
    }
    residency_change(residency, state, now_ns);
}

/* A wait begins when the core went idle, or began to doze. */
static void note(struct slot *slot)
{
    note_at(slot, slot->idle || slot->dozes ? slot->idle_ns : slot_time(slot));
}

/* None of the processors runs. */
static void note_all(struct cairn_machine *machine)
{
    const struct ledger *ledger = ledger_of(machine);
    uint64_t now = ledger ? ledger_end(ledger) : 0;

    for (size_t i = 0; ledger && i < machine->core_count; i++) {
        note_at(&machine->slots[i], now);
    }
}

static unsigned state_of_device(const struct device *device)
{
    unsigned state = device->type->power_state(device);

    assert(state < POWER_STATES);
    return state;
}

static void note_device(void *context, struct device *device)
{
    struct cairn_machine *machine = context;
    const struct ledger *ledger = ledger_of(machine);

    for (size_t i = machine->core_count; i < ledger->count; i++) {
        if (ledger->consumers[i].node->device == device) {
            residency_change(&ledger->consumers[i].residency,
                             state_of_device(device),
                             clock_now(&machine->fabric.clock));
        }
    }
}

/* ---- Snapshots ----------------------------------------------------------- */

static const struct state_field fields[] = {
    STATE(struct residency, start_ns, RESET_NEVER),
    STATE(struct residency, since_ns, RESET_NEVER),
    STATE(struct residency, entries, RESET_NEVER),
    STATE(struct residency, time_ns, RESET_NEVER),
    STATE(struct residency, wakes, RESET_NEVER),
    STATE(struct residency, bin_ns, RESET_NEVER),
    STATE(struct residency, bins, RESET_NEVER),
    STATE_TO(struct residency, state, RESET_NEVER, POWER_STATES - 1),
};

static size_t part_size(const struct part *part)
{
    return sizeof(struct residency);
}

static void take(const struct part *part, void *image)
{
    const struct consumer *consumer = part->object;

    memcpy(image, &consumer->residency, sizeof(consumer->residency));
}

static void put(const struct part *part, const void *image)
{
    struct consumer *consumer = part->object;

    memcpy(&consumer->residency, image, sizeof(consumer->residency));
    consumer->loaded = true;
}

static void list_fields(const struct part *part, struct state_table *table)
{
    state_table_set(table, fields, ARRAY_SIZE(fields));
}

/* Refuses what would make loops over bins endless, or reach beyond them. */
static int check(const struct part *part, const void *image,
                 struct error *error)
{
    const struct consumer *consumer = part->object;
    const uint64_t most = UINT64_MAX / 4;
    struct residency residency;

    memcpy(&residency, image, sizeof(residency));
    return residency.state < consumer->state_count &&
                   residency.start_ns <= residency.since_ns &&
                   residency.since_ns < most && residency.bin_ns != 0 &&
                   residency.bin_ns <= most / POWER_BINS &&
                   (residency.since_ns - residency.start_ns) /
                           residency.bin_ns <=
                       POWER_BINS
               ? 0
               : error_set(error, -EINVAL,
                           "power states of '%s': no ledger is so", part->name);
}

/* A snapshot without a ledger begins one. */
static void settle(const struct part *part)
{
    struct consumer *consumer = part->object;
    const struct node *node = consumer->node;
    struct slot *slot = node->slot;

    if (!consumer->loaded) {
        begin(&consumer->residency,
              slot ? (unsigned)state_of_core(slot)
                   : state_of_device(node->device),
              node->machine->fabric.clock.now_ns);
    }
    consumer->loaded = false;
}

static const struct part_kind part_residency = {
    .record = "cairn,power",
    .optional = true,
    .size = part_size,
    .take = take,
    .put = put,
    .fields = list_fields,
    .check = check,
    .hash = part_hash_nothing,
    .settle = settle,
};

/* ---- Making it ----------------------------------------------------------- */

static size_t state_named(const struct consumer *consumer, const char *name)
{
    size_t state = 0;

    while (state < consumer->state_count &&
           strcmp(consumer->states[state], name) != 0) {
        state++;
    }
    return state;
}

/* cairn,nanoamp-STATE of a node. */
static int read_currents(struct consumer *consumer, struct error *error)
{
    static const char prefix[] = "cairn,nanoamp-";
    const struct node *node = consumer->node;
    const struct board *board = &node->machine->board;
    int property;

    fdt_for_each_property_offset(property, board->fdt, node->offset)
    {
        const char *name = NULL;
        int size = 0;
        const void *value =
            fdt_getprop_by_offset(board->fdt, property, &name, &size);
        if (!value || strncmp(name, prefix, sizeof(prefix) - 1) != 0) {
            continue;
        }
        size_t state = state_named(consumer, name + sizeof(prefix) - 1);
        if (state == consumer->state_count || size != 4) {
            return board_error(board, node->offset, name, error, -EINVAL,
                               state == consumer->state_count
                                   ? "'%s': '%s' has no such power state"
                                   : "'%s' of '%s' is no single cell",
                               name, node->name);
        }
        consumer->priced[state] = true;
        consumer->current_na[state] = load_be32(value);
    }
    static const char voltage[] = "cairn,supply-microvolt";
    size_t size = 0;
    const void *supply = node_properties.find(node, voltage, true, &size);
    if (supply && size != 4) {
        return board_error(board, node->offset, voltage, error, -EINVAL,
                           "'%s' of '%s' is no single cell", voltage,
                           node->name);
    }
    consumer->supply_uv = supply ? load_be32(supply) : 0;
    return 0;
}

static int add(struct ledger *ledger, struct node *node,
               const char *const *states, size_t state_count,
               struct error *error)
{
    struct consumer *consumer = &ledger->consumers[ledger->count++];

    assert(state_count <= POWER_STATES);
    *consumer = (struct consumer){
        .ledger = ledger,
        .node = node,
        .states = states,
        .state_count = state_count,
    };
    begin(&consumer->residency,
          node->slot ? (unsigned)state_of_core(node->slot)
                     : state_of_device(node->device),
          0);
    const struct part part = {&part_residency, NULL, node->name, consumer};
    parts_add(ledger->machine, &part);
    return read_currents(consumer, error);
}

static size_t count_states(const char *const *states)
{
    size_t count = 0;

    while (states[count] != NULL) {
        count++;
    }
    return count;
}

static int create(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error)
{
    if (!options->power) {
        return 0;
    }
    struct ledger *ledger = xcalloc(1, sizeof(*ledger));
    int code = 0;
    machine->extensions[EXTENSION_LEDGER] = ledger;
    machine->note_power = note;
    ledger->machine = machine;
    ledger->consumers =
        xcalloc(machine->node_count + 1, sizeof(*ledger->consumers));
    for (size_t i = 0; code == 0 && i < machine->core_count; i++) {
        code = add(ledger, machine->slots[i].node, core_states,
                   ARRAY_SIZE(core_states), error);
    }
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        const struct device_type *type =
            node->device ? node->device->type : NULL;

        if (type && type->power_state) {
            code = add(ledger, node, type->power_states,
                       count_states(type->power_states), error);
        }
    }
    machine->fabric.power_changed = note_device;
    machine->fabric.power_context = machine;
    return code;
}

static void destroy(struct cairn_machine *machine)
{
    struct ledger *ledger = ledger_of(machine);
    if (ledger != NULL) {
        free(ledger->consumers);
        free(ledger);
    }
}

const struct machine_extension ledger_extension = {
    .create = create,
    .destroy = destroy,
    .turned = note_all,
};
