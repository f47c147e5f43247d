/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio I2C adapter in a machine, with two chips on its bus: an EEPROM of
 * 256 bytes at 0x50 (24C02, write-protected), and a temperature sensor at 0x48
 * (LM75). "cairn,eeprom" is what the EEPROM begins with, the rest is erased.
 * The input "temperature" is what the sensor measures, in thousandths of a
 * degree Celsius, as a number of 32 bits with a sign.
 */
#include "virtio/i2c.h"

#include <errno.h>

#include "devices/virtio/transport.h"

enum { EEPROM_ADDRESS = 0x50, EEPROM_SIZE = 256, ERASED = 0xff };
enum { SENSOR_ADDRESS = 0x48, SENSOR_REGISTERS = 4 };

/* Registers of the sensor, which its pointer selects. */
enum { TEMPERATURE, CONFIGURATION, HYSTERESIS, LIMIT };

/* Zeros are the state after power-on. */
struct chips {
    uint8_t selected; /* address of the chip of this transfer; 0: none */
    uint8_t written;  /* this segment has had a byte */
    uint8_t pointer;  /* of the sensor */
    uint8_t place;    /* of the byte of its register, 0 or 1 */
    uint8_t address;  /* of the EEPROM, where it is read next */
    uint8_t reserved[3];
    /* By register; kept as the difference from the values after power-on. */
    uint16_t registers[SENSOR_REGISTERS];
};

struct state {
    struct virtio_i2c_state adapter; /* first: the core resets it alone */
    struct chips chips;
};

struct wiring {
    struct virtio_wiring common;
    struct virtio_i2c_outside outside;
    const uint8_t *eeprom;
    size_t eeprom_size; /* what of it is not erased */
};

static struct chips *chips_of(struct virtio *virtio)
{
    return &((struct state *)(void *)virtio->state)->chips;
}

/* ---- EEPROM -------------------------------------------------------------- */

/* The first byte is an address; those behind it would be written, which the
 * protection forbids: they are not acknowledged. */
static bool eeprom_put(struct chips *chips, uint8_t byte)
{
    if (chips->written != 0) {
        return false;
    }
    chips->address = byte;
    return true;
}

static uint8_t eeprom_get(const struct wiring *wiring, struct chips *chips)
{
    const uint8_t address = chips->address++;

    return address < wiring->eeprom_size ? wiring->eeprom[address] : ERASED;
}

/* ---- Sensor -------------------------------------------------------------- */

static const uint16_t at_power_on[SENSOR_REGISTERS] = {
    [HYSTERESIS] = 75 << 8,
    [LIMIT] = 80 << 8,
};
static const uint16_t writable[SENSOR_REGISTERS] = {
    [CONFIGURATION] = 0x1f00, /* of one byte */
    [HYSTERESIS] = 0xff80,
    [LIMIT] = 0xff80,
};

/* Halves of a degree in the upper nine bits, between -55 and 125 degrees. */
static uint16_t measured(const struct device *device)
{
    enum { HALF = 500, LOWEST = -55000, HIGHEST = 125000 };
    const int32_t exact = (int32_t)device->input_levels[0];
    const int32_t limited = exact < LOWEST    ? LOWEST
                            : exact > HIGHEST ? HIGHEST
                                              : exact;
    const int32_t below = limited < 0 && limited % HALF != 0;

    return (uint16_t)((uint32_t)(limited / HALF - below) << 7);
}

static uint16_t sensor_register(struct virtio *virtio)
{
    const struct chips *chips = chips_of(virtio);
    const unsigned number = chips->pointer % SENSOR_REGISTERS;

    return number == TEMPERATURE
               ? measured(virtio_device(virtio))
               : chips->registers[number] ^ at_power_on[number];
}

/* The pointer, then the bytes of a register, the upper one first. */
static bool sensor_put(struct virtio *virtio, uint8_t byte)
{
    struct chips *chips = chips_of(virtio);

    if (chips->written == 0) {
        chips->pointer = byte % SENSOR_REGISTERS;
        chips->place = 0;
        return true;
    }
    const unsigned number = chips->pointer % SENSOR_REGISTERS;
    const unsigned shift = chips->place == 0 ? 8 : 0;
    const uint16_t mask = (uint16_t)(0xffu << shift) & writable[number];
    const uint16_t value = (uint16_t)((sensor_register(virtio) & ~mask) |
                                      ((unsigned)byte << shift & mask));
    if (number != TEMPERATURE) {
        chips->registers[number] = value ^ at_power_on[number];
    }
    chips->place ^= 1;
    return true;
}

/* A register of one byte repeats it. */
static uint8_t sensor_get(struct virtio *virtio)
{
    struct chips *chips = chips_of(virtio);
    const bool lower = chips->place != 0 && chips->pointer != CONFIGURATION;

    chips->place ^= 1;
    return (uint8_t)(sensor_register(virtio) >> (lower ? 0 : 8));
}

/* ---- Bus ----------------------------------------------------------------- */

static bool start(struct virtio *virtio, unsigned address, bool reads)
{
    struct chips *chips = chips_of(virtio);
    const bool known = address == EEPROM_ADDRESS || address == SENSOR_ADDRESS;

    chips->selected = known ? (uint8_t)address : 0;
    chips->written = 0;
    chips->place = reads ? 0 : chips->place;
    return known;
}

static bool put(struct virtio *virtio, uint8_t byte)
{
    struct chips *chips = chips_of(virtio);
    const bool taken = chips->selected == EEPROM_ADDRESS
                           ? eeprom_put(chips, byte)
                           : sensor_put(virtio, byte);

    chips->written = 1;
    return taken;
}

static uint8_t get(struct virtio *virtio)
{
    const struct wiring *wiring = virtio_device(virtio)->wiring;
    struct chips *chips = chips_of(virtio);

    return chips->selected == EEPROM_ADDRESS ? eeprom_get(wiring, chips)
                                             : sensor_get(virtio);
}

static void stop(struct virtio *virtio)
{
    chips_of(virtio)->selected = 0;
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->outside = (struct virtio_i2c_outside){start, put, get, stop};
    wiring->eeprom =
        device->properties
            ? device->properties->find(device->node, "cairn,eeprom", false,
                                       &wiring->eeprom_size)
            : NULL;
    wiring->eeprom_size = wiring->eeprom ? wiring->eeprom_size : 0;
    return wiring->eeprom_size > EEPROM_SIZE
               ? error_set(error, -EINVAL,
                           "cairn,eeprom has %zu bytes, and not up to %d",
                           wiring->eeprom_size, EEPROM_SIZE)
               : 0;
}

static void refresh(struct device *device, struct virtio *virtio)
{
    virtio->outside = &((struct wiring *)device->wiring)->outside;
}

/* It is looked at when the driver reads it. */
static void temperature_changed(struct device *device, unsigned index,
                                uint32_t level)
{
    (void)device;
    (void)index;
    (void)level;
}

static const struct input_spec inputs[] = {
    {"temperature", temperature_changed},
};

static const struct virtio_kind i2c = {
    .type = &virtio_i2c,
    .refresh = refresh,
    .init = init,
};

VIRTIO_MMIO(i2c, "I2C adapter", "5.16",
            "addresses of 10 bits; the sensor's alarm", struct state,
            struct wiring, DEVICE_TABLE(input, inputs));
VIRTIO_PCI(i2c, "I2C adapter", "5.16",
           "addresses of 10 bits; the sensor's alarm", VIRTIO_ID_I2C, 0x0c8000u,
           struct state, struct wiring, DEVICE_TABLE(input, inputs));
