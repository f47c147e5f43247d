/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial EEPROMs 24C02 and 24C64 (Atmel, 0180 and 0336). The contents begin
 * with the bytes of "cairn,eeprom", and are erased behind them; they outlast
 * the loss of power within a run. Input "write_protect" is the chip's WP: while
 * it is 1 data is not acknowledged. Writing takes no time.
 */
#include "devices/i2c/eeprom.h"

#include <errno.h>

#include "base/bits.h"
#include "devices/i2c/i2c.h"

void eeprom_start(struct eeprom *chip)
{
    chip->written = 0;
}

bool eeprom_put(struct eeprom *chip, const struct eeprom_kind *kind,
                uint8_t byte, uint32_t *place)
{
    const uint32_t in_page = kind->page_bytes - 1;

    if (chip->written < kind->address_bytes) {
        chip->at = (chip->written == 0 ? byte : chip->at << 8 | byte) &
                   (kind->size_bytes - 1);
        chip->written++;
        return false;
    }
    *place = chip->at & (kind->size_bytes - 1);
    chip->at = (*place & ~in_page) | ((*place + 1) & in_page);
    return true;
}

uint32_t eeprom_get(struct eeprom *chip, const struct eeprom_kind *kind)
{
    const uint32_t place = chip->at & (kind->size_bytes - 1);

    chip->at = (place + 1) & (kind->size_bytes - 1);
    return place;
}

/* ---- The devices --------------------------------------------------------- */

enum { CONTENTS_MAX = 8192 };

static const struct eeprom_kind c02 = {256, 8, 1};
static const struct eeprom_kind c64 = {8192, 32, 2};

struct state {
    struct eeprom chip;
    uint8_t contents[CONTENTS_MAX]; /* inverted: zeros are erased */
};

static const struct eeprom_kind *kind_of(const struct device *device);

static void start(struct device *device, bool reads)
{
    struct state *state = device->state;

    eeprom_start(&state->chip);
}

static bool put(struct device *device, uint8_t byte)
{
    struct state *state = device->state;
    uint32_t place;

    if (!eeprom_put(&state->chip, kind_of(device), byte, &place)) {
        return true;
    }
    if (device->input_levels[0] != 0) {
        return false;
    }
    state->contents[place] = (uint8_t)~byte;
    return true;
}

static uint8_t get(struct device *device)
{
    struct state *state = device->state;
    const uint32_t place = eeprom_get(&state->chip, kind_of(device));

    return (uint8_t)~state->contents[place];
}

static void stop(struct device *device)
{
}

static const struct i2c_target target = {start, put, get, stop};

static int init(struct device *device, struct error *error)
{
    struct state *state = device->state;
    const uint32_t most = kind_of(device)->size_bytes;
    size_t size = 0;
    const uint8_t *given = device->properties
                               ? device->properties->find(
                                     device->node, "cairn,eeprom", false, &size)
                               : NULL;

    if (given && size > most) {
        return error_set(error, -EINVAL,
                         "'cairn,eeprom' has %zu bytes, and not up to %u", size,
                         most);
    }
    for (size_t i = 0; given && i < size; i++) {
        state->contents[i] = (uint8_t)~given[i];
    }
    return i2c_attach(device, error);
}

static const struct state_field fields[] = {
    STATE(struct state, chip, RESET_POWER_ON),
    STATE(struct state, contents, RESET_NEVER),
};

static const struct input_spec inputs[] = {
    {"write_protect", NULL},
};

static const struct omission omissions[] = {
    {NULL, OMITTED_UNSEEN, 0, 0, "the time of a write"          },
    {NULL, OMITTED_UNSEEN, 0, 0, "contents that outlast the run"},
};

#define EEPROM(symbol, string, words, sheet)                                   \
    const struct device_type symbol = {                                        \
        .compatible = (string),                                                \
        .title = (words),                                                      \
        .reference = (sheet),                                                  \
        DEVICE_TABLE(omission, omissions),                                     \
        .state_size = sizeof(struct state),                                    \
        DEVICE_TABLE(field, fields),                                           \
        DEVICE_TABLE(input, inputs),                                           \
        .init = init,                                                          \
        .interface = &target,                                                  \
        .behind_bus = true,                                                    \
    }

EEPROM(i2c_24c02, "atmel,24c02", "24C02 EEPROM of 256 bytes",
       "AT24C02 data sheet, 0180");
EEPROM(i2c_24c64, "atmel,24c64", "24C64 EEPROM of 8 KiB",
       "AT24C64 data sheet, 0336");

static const struct eeprom_kind *kind_of(const struct device *device)
{
    return device->type == &i2c_24c64 ? &c64 : &c02;
}
