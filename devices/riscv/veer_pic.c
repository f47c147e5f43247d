/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt controller of VeeR EL2 cores: 31 sources, each behind a gateway
 * (polarity, level or edge), with a priority and an enable.
 *
 * The output carries priority << 8 | source of the best pending source, 0 when
 * there is none; of equal priorities the lowest source wins. The core compares
 * it with its thresholds, so with the reversed order (mpiccfg bit 0) the
 * priority is handed over inverted: higher is better there too.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"

enum { SOURCES = 31, PRIORITY_MAX = 15 };

struct state {
    uint32_t priority[SOURCES]; /* source 1 comes first */
    uint32_t enable[SOURCES];
    uint32_t gateway[SOURCES];
    uint32_t config;
    uint32_t latched; /* edges seen, bit n for source n */
    uint32_t levels;  /* of the inputs after polarity, for edges */
};

enum gateway_bits { ACTIVE_LOW = 1 << 0, EDGE = 1 << 1 };
enum config_bits { REVERSED = 1 << 0 };

static uint32_t pending_sources(const struct state *state)
{
    uint32_t edges = 0;

    for (unsigned i = 0; i < SOURCES; i++) {
        edges |= (state->gateway[i] & EDGE) != 0 ? BIT(i + 1) : 0;
    }
    return (state->latched & edges) | (state->levels & ~edges);
}

/* The priority as the core sees it; 0 is never taken. */
static uint32_t effective_priority(const struct state *state, unsigned i)
{
    return (state->config & REVERSED) != 0 ? PRIORITY_MAX - state->priority[i]
                                           : state->priority[i];
}

static void update(struct device *device)
{
    const struct state *state = device->state;
    uint32_t pending = pending_sources(state);
    uint32_t best = 0;

    for (unsigned i = 0; i < SOURCES; i++) {
        uint32_t priority = effective_priority(state, i);
        if (state->enable[i] != 0 && (pending & BIT(i + 1)) != 0 &&
            priority > best >> 8) {
            best = priority << 8 | (i + 1);
        }
    }
    line_set(&device->outputs[0], best);
}

/* Takes the level of an input in; an edge is latched whatever the gateway's
 * type is at that time. */
static void look_at(struct device *device, unsigned i)
{
    struct state *state = device->state;
    uint32_t bit = BIT(i + 1);
    bool inverted = (state->gateway[i] & ACTIVE_LOW) != 0;
    bool active = (device->input_levels[i] != 0) != inverted;

    debug_assert(i < SOURCES);
    if (active && (state->levels & bit) == 0) {
        state->latched |= bit;
    }
    state->levels = active ? state->levels | bit : state->levels & ~bit;
}

static void source_changed(struct device *device, unsigned input,
                           uint32_t level)
{
    look_at(device, input);
    update(device);
}

REGISTER_STORE(write_priority, priority[index], update)
REGISTER_STORE(write_enable, enable[index], update)

static void write_gateway(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->gateway[index] = value;
    look_at(device, index);
    update(device);
}

REGISTER_WRITE(write_clear, latched &= ~BIT(index + 1), update)
REGISTER_STORE(write_config, config, update)
REGISTER_VALUE(read_pending, pending_sources(device->state))

/* The inputs are still there after a reset. */
static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    for (unsigned i = 0; i < SOURCES; i++) {
        look_at(device, i);
    }
    state->latched = 0;
    update(device);
}

/* clang-format off */
static const struct register_spec registers[] = {
    {0x0004, SOURCES, "meipl", {RW, NO}, RESET_CORE, 0, 0xf,
     FIELD(struct state, priority), NULL, write_priority,
     "priority of a source, from source 1 on; 0: never interrupts"},
    {0x1000, 1, "meip", {RO, NO}, RESET_CORE, 0, 0, NO_FIELD, read_pending,
     NULL, "bit n: source n is pending"},
    {0x2004, SOURCES, "meie", {RW, NO}, RESET_CORE, 0, 1,
     FIELD(struct state, enable), NULL, write_enable, "enables a source"},
    {0x3000, 1, "mpiccfg", {RW, NO}, RESET_CORE, 0, 1,
     FIELD(struct state, config), NULL, write_config,
     "bit 0: priorities are reversed: 0 is the highest, 15 never interrupts"},
    {0x4004, SOURCES, "meigwctrl", {RW, NO}, RESET_CORE, 0, 3,
     FIELD(struct state, gateway), NULL, write_gateway,
     "bit 0: active low, bit 1: edge-triggered"},
    {0x5004, SOURCES, "meigwclr", {WO, NO}, RESET_CORE, 0, UINT32_MAX, NO_FIELD,
     NULL, write_clear, "any write clears the latched edge"},
};
/* clang-format on */

static const struct input_spec inputs[] = {
    {"source1",  source_changed},
    {"source2",  source_changed},
    {"source3",  source_changed},
    {"source4",  source_changed},
    {"source5",  source_changed},
    {"source6",  source_changed},
    {"source7",  source_changed},
    {"source8",  source_changed},
    {"source9",  source_changed},
    {"source10", source_changed},
    {"source11", source_changed},
    {"source12", source_changed},
    {"source13", source_changed},
    {"source14", source_changed},
    {"source15", source_changed},
    {"source16", source_changed},
    {"source17", source_changed},
    {"source18", source_changed},
    {"source19", source_changed},
    {"source20", source_changed},
    {"source21", source_changed},
    {"source22", source_changed},
    {"source23", source_changed},
    {"source24", source_changed},
    {"source25", source_changed},
    {"source26", source_changed},
    {"source27", source_changed},
    {"source28", source_changed},
    {"source29", source_changed},
    {"source30", source_changed},
    {"source31", source_changed},
};

const struct device_type veer_pic = {
    .compatible = "chipsalliance,veer-pic",
    .title = "VeeR EL2 interrupt controller",
    .reference = "RISC-V VeeR EL2 Programmer's Reference Manual, chapter 6",
    DEVICE_OMISSIONS({"mpiccfg", OMITTED_SET, 1, 0,
                      "thresholds in reversed order of priorities"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("pic", 0x8000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, latched, RESET_CORE),
                  STATE(struct state, levels, RESET_CORE)),
    DEVICE_OUTPUTS({"meip", LINE_SIGNAL}),
    DEVICE_TABLE(input, inputs),
    .reset = reset,
    .restored = update,
};
