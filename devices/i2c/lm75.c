/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temperature sensor LM75 (National Semiconductor, SNOS808). The input
 * "temperature" is what it measures, in thousandths of a degree Celsius, as a
 * number of 32 bits with a sign; the output "alarm" is its OS in comparator
 * mode, without the delay of its fault queue.
 */
#include "devices/i2c/lm75.h"

#include "base/bits.h"
#include "devices/i2c/i2c.h"

/* Registers, which the pointer selects. */
enum { TEMPERATURE, CONFIGURATION, HYSTERESIS, LIMIT };
enum {
    CONFIGURATION_SHUTDOWN = 0x100,
    CONFIGURATION_HIGH = 0x400,
    CONFIGURATION_MISSING = 0x1a00 /* interrupt mode, fault queue */
};

static const uint16_t at_power_on[LM75_REGISTERS] = {
    [HYSTERESIS] = 75 << 8,
    [LIMIT] = 80 << 8,
};
static const uint16_t writable[LM75_REGISTERS] = {
    [CONFIGURATION] = 0x1f00, /* of one byte */
    [HYSTERESIS] = 0xff80,
    [LIMIT] = 0xff80,
};

/* Halves of a degree in the upper nine bits, between -55 and 125 degrees. */
static uint16_t measured(int32_t temperature)
{
    enum { HALF = 500, LOWEST = -55000, HIGHEST = 125000 };
    const int32_t limited = temperature < LOWEST    ? LOWEST
                            : temperature > HIGHEST ? HIGHEST
                                                    : temperature;
    const int32_t below = limited < 0 && limited % HALF != 0;

    return (uint16_t)((uint32_t)(limited / HALF - below) << 7);
}

static uint16_t value_of(const struct lm75 *chip, unsigned number,
                         int32_t temperature)
{
    return number == TEMPERATURE
               ? measured(temperature)
               : chip->registers[number] ^ at_power_on[number];
}

void lm75_start(struct lm75 *chip, bool reads)
{
    chip->written = 0;
    chip->place = reads ? 0 : chip->place;
}

/* The pointer, then the bytes of a register, the upper one first. */
void lm75_put(struct lm75 *chip, uint8_t byte)
{
    if (chip->written == 0) {
        chip->pointer = byte % LM75_REGISTERS;
        chip->place = 0;
        chip->written = 1;
        return;
    }
    const unsigned number = chip->pointer % LM75_REGISTERS;
    const unsigned shift = chip->place == 0 ? 8 : 0;
    const uint16_t mask = (uint16_t)(0xffu << shift) & writable[number];
    const uint16_t value = (uint16_t)((value_of(chip, number, 0) & ~mask) |
                                      ((unsigned)byte << shift & mask));
    if (number != TEMPERATURE) {
        chip->registers[number] = value ^ at_power_on[number];
    }
    chip->place ^= 1;
}

/* A register of one byte repeats it. */
uint8_t lm75_get(struct lm75 *chip, int32_t temperature)
{
    const bool lower = chip->place != 0 && chip->pointer != CONFIGURATION;
    const unsigned number = chip->pointer % LM75_REGISTERS;

    chip->place ^= 1;
    return (uint8_t)(value_of(chip, number, temperature) >> (lower ? 0 : 8));
}

bool lm75_is_hot(const struct lm75 *chip, int32_t temperature, bool was)
{
    const int16_t now = (int16_t)measured(temperature);
    const uint16_t limit = value_of(chip, was ? HYSTERESIS : LIMIT, 0);

    return was ? now >= (int16_t)limit : now > (int16_t)limit;
}

/* ---- The device ---------------------------------------------------------- */

struct state {
    struct lm75 chip;
    uint32_t hot;
};

static int32_t temperature_of(const struct device *device)
{
    return (int32_t)device->input_levels[0];
}

static void drive_alarm(struct device *device)
{
    const struct state *state = device->state;
    const uint16_t configuration = value_of(&state->chip, CONFIGURATION, 0);

    line_set(&device->outputs[0],
             (state->hot != 0) ^ ((configuration & CONFIGURATION_HIGH) == 0));
}

/* Compares once. With a hysteresis above the limit a second comparison has the
 * opposite result, so a restore must not compare. */
static void update(struct device *device)
{
    struct state *state = device->state;
    const uint16_t configuration = value_of(&state->chip, CONFIGURATION, 0);

    if ((configuration & CONFIGURATION_SHUTDOWN) == 0) {
        state->hot =
            lm75_is_hot(&state->chip, temperature_of(device), state->hot != 0);
    }
    drive_alarm(device);
}

static void start(struct device *device, bool reads)
{
    struct state *state = device->state;

    lm75_start(&state->chip, reads);
}

static const struct logged_omission alarm_modes = {
    "register 1", "interrupt mode and fault queue of the alarm"};

static bool put(struct device *device, uint8_t byte)
{
    struct state *state = device->state;

    lm75_put(&state->chip, byte);
    if ((value_of(&state->chip, CONFIGURATION, 0) & CONFIGURATION_MISSING) !=
        0) {
        device_omits(device, &alarm_modes);
    }
    update(device);
    return true;
}

static uint8_t get(struct device *device)
{
    struct state *state = device->state;

    return lm75_get(&state->chip, temperature_of(device));
}

static void stop(struct device *device)
{
}

static const struct i2c_target target = {start, put, get, stop};

static void temperature_changed(struct device *device, unsigned index,
                                uint32_t level)
{
    update(device);
}

static void reset(struct device *device, enum reset_domain domain)
{
    update(device);
}

const struct device_type i2c_lm75 = {
    .compatible = "national,lm75",
    .title = "LM75 temperature sensor",
    .reference = "LM75B, LM75C data sheet, SNOS808",
    DEVICE_OMISSIONS({NULL, OMITTED_UNSEEN, 0, 0, "the time of a measurement"},
                     OMISSION_LOGGED(alarm_modes)),
    .state_size = sizeof(struct state),
    DEVICE_FIELDS(STATE(struct state, chip, RESET_POWER_ON),
                  STATE(struct state, hot, RESET_POWER_ON)),
    DEVICE_INPUTS({"temperature", temperature_changed}),
    DEVICE_OUTPUTS({"alarm", LINE_SIGNAL}),
    .init = i2c_attach,
    .reset = reset,
    .restored = drive_alarm,
    .interface = &target,
    .behind_bus = true,
};
