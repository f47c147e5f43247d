/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timer of the AST2700's boot MCU: a counter of 64 bits at 1 MHz that
 * always runs, and an alarm that interrupts while it is enabled and the counter
 * has come to it. The alarm's status goes only by a write to the alarm.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "bus/ticks.h"

enum { DEFAULT_HZ = 1000000 };
enum control_bits {
    CONTROL_ENABLE = 1 << 0,
    CONTROL_CLEAR_COUNT = 1 << 4,
    CONTROL_ALARM = 1 << 16,
};

struct state {
    uint64_t offset; /* of the counter to the ticks of the clock */
    uint32_t alarm[2];
    uint32_t control;
    uint32_t reached; /* CONTROL_ALARM or 0 */
};

static void drive(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[0],
             (state->control & CONTROL_ENABLE) != 0 && state->reached != 0);
}

static void update(struct device *device)
{
    struct state *state = device->state;
    uint64_t alarm = join_words(state->alarm);
    bool enabled = (state->control & CONTROL_ENABLE) != 0;

    if (enabled && count_now(device, state->offset) >= alarm) {
        state->reached = CONTROL_ALARM;
    }
    count_arm(device, state->offset, alarm, enabled);
    drive(device);
}

REGISTER_OF_STATE(read_count, count_read(device, state->offset, index))

static void write_alarm(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->alarm[index] = value;
    state->reached = 0;
    update(device);
}

REGISTER_OF_STATE(read_control, state->control | state->reached)

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    update(device); /* an alarm that is due came before the write */
    if ((value & CONTROL_CLEAR_COUNT) != 0) {
        state->offset = count_from(device, 0);
    }
    state->control |= value & ~(uint32_t)CONTROL_CLEAR_COUNT;
    update(device);
}

static void write_control_clear(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct state *state = device->state;

    update(device);
    state->control &= ~value;
    update(device);
}

static int init(struct device *device, struct error *error)
{
    return clocked_set(
        device, device_own_property_u32(device, "clock-frequency", DEFAULT_HZ),
        error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    if (domain != RESET_CORE) {
        state->offset = count_from(device, 0);
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_mcu_timer.def"
};

const struct device_type ast2700_mcu_timer = {
    .compatible = "aspeed,ast2700-bootmcu-timer",
    .title = "AST2700 timer of the boot MCU",
    .reference = "ASPEED's Zephyr, drivers/timer, ast2700_bootmcu_timer",
    DEVICE_OMISSIONS({"CTRL", OMITTED_SET, 8, 0,
                      "resets by a watchdog that bit 3 of CTRL masks"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("timer", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, offset, RESET_WARM),
                  STATE(struct state, reached, RESET_WARM)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(update),
    .init = init,
    .reset = reset,
    .restored = drive,
};
