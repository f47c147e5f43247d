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

#include "devices/i2c/eeprom.h"
#include "devices/i2c/lm75.h"
#include "devices/virtio/transport.h"

enum { EEPROM_ADDRESS = 0x50, EEPROM_SIZE = 256, SENSOR_ADDRESS = 0x48 };

static const struct eeprom_kind c02 = {EEPROM_SIZE, 8, 1};

struct chips {
    uint32_t selected; /* address of the chip of this transfer; 0: none */
    struct eeprom eeprom;
    struct lm75 sensor;
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

/* A byte that would be written is not acknowledged: the protection forbids it.
 */
static bool protected_put(struct chips *chips, uint8_t byte)
{
    uint32_t place;

    return !eeprom_put(&chips->eeprom, &c02, byte, &place);
}

static uint8_t protected_get(const struct wiring *wiring, struct chips *chips)
{
    const uint32_t place = eeprom_get(&chips->eeprom, &c02);

    return place < wiring->eeprom_size ? wiring->eeprom[place] : EEPROM_ERASED;
}

/* ---- Bus ----------------------------------------------------------------- */

static bool start(struct virtio *virtio, unsigned address, bool reads)
{
    struct chips *chips = chips_of(virtio);
    const bool known = address == EEPROM_ADDRESS || address == SENSOR_ADDRESS;

    chips->selected = known ? address : 0;
    eeprom_start(&chips->eeprom);
    lm75_start(&chips->sensor, reads);
    return known;
}

static bool put(struct virtio *virtio, uint8_t byte)
{
    struct chips *chips = chips_of(virtio);

    if (chips->selected == EEPROM_ADDRESS) {
        return protected_put(chips, byte);
    }
    lm75_put(&chips->sensor, byte);
    return true;
}

static uint8_t get(struct virtio *virtio)
{
    const struct device *device = virtio_device(virtio);
    struct chips *chips = chips_of(virtio);

    return chips->selected == EEPROM_ADDRESS
               ? protected_get(device->wiring, chips)
               : lm75_get(&chips->sensor, (int32_t)device->input_levels[0]);
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
}

static const struct input_spec inputs[] = {
    {"temperature", temperature_changed},
};

static const struct virtio_kind i2c = {
    .type = &virtio_i2c,
    .refresh = refresh,
    .init = init,
};

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"an error of the request", OMITTED_ABSENT, 0, 0, "addresses of 10 bits"},
    {NULL,                      OMITTED_UNSEEN, 0, 0,
      "the sensor's alarm, whose line is not connected"                      },
};

VIRTIO_MMIO(i2c, "I2C adapter", "5.16", missing, struct state, struct wiring,
            DEVICE_TABLE(input, inputs));
VIRTIO_PCI(i2c, "I2C adapter", "5.16", missing, VIRTIO_ID_I2C, 0x0c8000u,
           struct state, struct wiring, DEVICE_TABLE(input, inputs));
