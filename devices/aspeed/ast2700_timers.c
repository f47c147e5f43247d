/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight timers of the AST2700, 40 (hexadecimal) bytes apart. Each counts
 * down from its reload value to 0 and starts again; an interrupt comes at a
 * count that one of the two match registers names, and when the counter starts
 * again if bit 2 of the control register is set. Match registers above the
 * reload value are never reached.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/countdown.h"
#include "bus/handlers.h"

enum { TIMERS = 8 };
enum { DEFAULT_HZ = 50000000, SLOW_HZ = 1000000 };
enum control_bits {
    CONTROL_ENABLE = 1 << 0,
    CONTROL_SLOW = 1 << 1,
    CONTROL_OVERFLOW = 1 << 2,
    CONTROL_INTERRUPT = 1 << 16,
};

struct unit {
    uint64_t start;  /* tick at which the counter was at reload */
    uint64_t looked; /* tick up to which interrupts were looked for */
    uint32_t reload;
    uint32_t match[2];
    uint32_t control; /* with CONTROL_INTERRUPT */
    uint32_t held;    /* the count while it does not run */
    uint32_t reserved;
};

struct state {
    struct unit units[TIMERS];
};

static struct unit *unit_of(const struct device *device,
                            const struct access *access)
{
    struct state *state = device->state;

    debug_assert(access->frame < TIMERS);
    return &state->units[access->frame];
}

static bool runs(const struct unit *unit)
{
    return (unit->control & CONTROL_ENABLE) != 0 && unit->reload != 0;
}

static uint32_t hz_of(const struct device *device, const struct unit *unit)
{
    return (unit->control & CONTROL_SLOW) != 0 ? SLOW_HZ : clocked_hz(device);
}

static uint64_t tick_now(const struct device *device, const struct unit *unit)
{
    return ticks_now(&device->fabric->clock, hz_of(device, unit));
}

/* A counter that runs: its count is one more than that of this. */
static struct countdown down_of(const struct unit *unit)
{
    return (struct countdown){
        .since = unit->start,
        .value = unit->reload - 1,
        .reload = unit->reload - 1,
        .running = 1,
    };
}

static uint32_t count_of(const struct device *device, const struct unit *unit)
{
    const struct countdown down = down_of(unit);

    return runs(unit) ? countdown_value(&down, tick_now(device, unit)) + 1
                      : unit->held;
}

/* The counts that interrupt: their number, and the counts themselves. */
static unsigned marks_of(const struct unit *unit, uint32_t marks[3])
{
    unsigned count = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(unit->match); i++) {
        if (unit->match[i] < unit->reload) {
            marks[count++] = unit->match[i];
        }
    }
    if ((unit->control & CONTROL_OVERFLOW) != 0) {
        marks[count++] = 0;
    }
    return count;
}

/* The first tick behind that of the last look which interrupts. At its end the
 * counter is at its reload value already. */
static uint64_t next_of(const struct unit *unit)
{
    const struct countdown down = down_of(unit);
    uint64_t next = TICK_NEVER;
    uint32_t marks[3];

    for (unsigned count = marks_of(unit, marks), i = 0; i < count; i++) {
        uint32_t at = marks[i] != 0 ? marks[i] - 1 : down.reload;
        uint64_t tick = countdown_next(&down, at, unit->looked);
        next = tick < next ? tick : next;
    }
    return next;
}

/* Notes an interrupt that came meanwhile. */
static void look(const struct device *device, struct unit *unit)
{
    uint64_t now = tick_now(device, unit);

    if (runs(unit)) {
        unit->control |= next_of(unit) <= now ? CONTROL_INTERRUPT : 0;
        unit->looked = now;
    }
}

/* When the next interrupt comes, which does not matter while there is one. */
static uint64_t due_of(const struct device *device, const struct unit *unit)
{
    return runs(unit) && (unit->control & CONTROL_INTERRUPT) == 0
               ? ticks_time(next_of(unit), hz_of(device, unit))
               : TIME_NEVER;
}

static void drive(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < ARRAY_SIZE(state->units); i++) {
        line_set(&device->outputs[i],
                 (state->units[i].control & CONTROL_INTERRUPT) != 0);
    }
}

static void update(struct device *device)
{
    struct state *state = device->state;
    uint64_t due = TIME_NEVER;

    for (unsigned i = 0; i < ARRAY_SIZE(state->units); i++) {
        look(device, &state->units[i]);
        uint64_t next = due_of(device, &state->units[i]);
        due = next < due ? next : due;
    }
    timer_arm(&device->fabric->clock, &device->timers[0], due);
    drive(device);
}

/* The counter goes on from a count, or from the reload value. */
static void restart(const struct device *device, struct unit *unit,
                    uint32_t count)
{
    uint32_t from = count == 0 || count > unit->reload ? unit->reload : count;

    unit->looked = tick_now(device, unit);
    unit->start = unit->looked - (unit->reload - from);
    unit->held = from;
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_count(struct device *device, const struct access *access,
                           unsigned index)
{
    clock_tell(&device->fabric->clock);
    return count_of(device, unit_of(device, access));
}

REGISTER_VALUE(read_reload, unit_of(device, access)->reload)

static void write_reload(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct unit *unit = unit_of(device, access);

    look(device, unit);
    unit->reload = value;
    restart(device, unit, 0);
    update(device);
}

REGISTER_VALUE(read_match, unit_of(device, access)->match[index])

static void write_match(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct unit *unit = unit_of(device, access);

    look(device, unit);
    unit->match[index] = value;
    update(device);
}

REGISTER_VALUE(read_control, unit_of(device, access)->control)

/* Changes of enable and clock keep the count. An interrupt that is due has been
 * noted, and is a part of the value. */
static void set_control(struct device *device, struct unit *unit,
                        uint32_t value)
{
    uint32_t count = count_of(device, unit);

    unit->control = value;
    restart(device, unit, count);
    update(device);
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct unit *unit = unit_of(device, access);

    look(device, unit);
    set_control(device, unit, unit->control | value);
}

static void write_control_clear(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct unit *unit = unit_of(device, access);

    look(device, unit);
    set_control(device, unit, unit->control & ~value);
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    return clocked_set(
        device, device_own_property_u32(device, "clock-frequency", DEFAULT_HZ),
        error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_timers.def"
};

static const uint16_t frames[] = {TIMERS};

static const struct output_spec outputs[] = {
    {"timer0", LINE_INTERRUPT},
    {"timer1", LINE_INTERRUPT},
    {"timer2", LINE_INTERRUPT},
    {"timer3", LINE_INTERRUPT},
    {"timer4", LINE_INTERRUPT},
    {"timer5", LINE_INTERRUPT},
    {"timer6", LINE_INTERRUPT},
    {"timer7", LINE_INTERRUPT},
};

const struct device_type ast2700_timers = {
    .compatible = "aspeed,ast2700-timers",
    .title = "AST2700 timers",
    .reference = "ASPEED's Zephyr, drivers/timer, ast27xx_timer",
    DEVICE_OMISSIONS(
        {"CTRL", OMITTED_SET, 8, 0,
         "resets by watchdogs that bit 3 of CTRL masks"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "the SCU's dividers: the frequency is that of the board"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("timer", 0x40, 4, registers)),
    .frames = frames,
    DEVICE_FIELDS(STATE(struct state, units, RESET_WARM)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TIMERS(update),
    .init = init,
    .reset = reset,
    .restored = drive,
};
