/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio input devices in a machine (virtio 1.2, 5.8): a keyboard, and a tablet
 * that says where its pointer is. Each key and button is an input, which is 1
 * while it is held down (`cairn run --press keyboard0.enter@5s`); each axis of
 * the tablet is an input with a position (`--press tablet0.x=16384@5s`).
 */
#include "virtio/input.h"

#include "base/bits.h"
#include "devices/virtio/transport.h"

/* The range of an axis of the tablet: the corners of the screen are 0 and this.
 */
enum { POSITION_MAX = 0x7fff };

struct wiring {
    struct virtio_wiring common;
    struct virtio_input_outside outside;
};

/* The event that an input of the device stands for. */
struct source {
    uint16_t type; /* enum virtio_input_type */
    uint16_t code;
};

static const struct source keyboard_sources[] = {
#define KEY(name, code) {VIRTIO_INPUT_EV_KEY, code},
#include "devices/virtio/keys.def"
#undef KEY
};

static const struct source tablet_sources[] = {
#define BUTTON(name, code) {VIRTIO_INPUT_EV_KEY, code},
#define AXIS(name, code)   {VIRTIO_INPUT_EV_ABS, code},
#include "devices/virtio/tablet.def"
#undef AXIS
#undef BUTTON
};

/* ---- Events (5.8.6) ------------------------------------------------------ */

static void report(struct device *device, const struct source *source,
                   uint32_t value)
{
    const struct virtio_input_event events[] = {
        {source->type,        source->code, value},
        {VIRTIO_INPUT_EV_SYN, 0,            0    },
    };

    virtio_input_report(virtio_of(device), events, ARRAY_SIZE(events));
}

static void key_changed(struct device *device, unsigned index, uint32_t level)
{
    report(device, &keyboard_sources[index], level != 0);
}

static void button_changed(struct device *device, unsigned index,
                           uint32_t level)
{
    report(device, &tablet_sources[index], level != 0);
}

/* Beyond the screen there is nothing. */
static void axis_changed(struct device *device, unsigned index, uint32_t level)
{
    report(device, &tablet_sources[index],
           level < POSITION_MAX ? level : POSITION_MAX);
}

static const struct input_spec keyboard_inputs[] = {
#define KEY(name, code) {name, key_changed},
#include "devices/virtio/keys.def"
#undef KEY
};

static const struct input_spec tablet_inputs[] = {
#define BUTTON(name, code) {name, button_changed},
#define AXIS(name, code)   {name, axis_changed},
#include "devices/virtio/tablet.def"
#undef AXIS
#undef BUTTON
};

/* ---- What they are (5.8.4) ----------------------------------------------- */

static void describe(struct device *device, struct virtio *virtio,
                     const char *name, const struct source *sources,
                     size_t count)
{
    struct virtio_input_outside *outside =
        &((struct wiring *)device->wiring)->outside;

    *outside = (struct virtio_input_outside){
        .name = name,
        .ids = {.bustype = VIRTIO_INPUT_BUS_VIRTUAL, .version = 1},
        .axis_max = POSITION_MAX,
    };
    for (size_t i = 0; i < count; i++) {
        if (sources[i].type == VIRTIO_INPUT_EV_ABS) {
            outside->axes++;
        } else {
            outside->keys[sources[i].code / 8] |=
                (uint8_t)(1u << sources[i].code % 8);
        }
    }
    virtio->outside = outside;
}

static void refresh_keyboard(struct device *device, struct virtio *virtio)
{
    describe(device, virtio, "Cairn keyboard", keyboard_sources,
             ARRAY_SIZE(keyboard_sources));
}

static void refresh_tablet(struct device *device, struct virtio *virtio)
{
    describe(device, virtio, "Cairn tablet", tablet_sources,
             ARRAY_SIZE(tablet_sources));
}

static const struct virtio_kind keyboard = {
    .type = &virtio_input,
    .refresh = refresh_keyboard,
};
static const struct virtio_kind tablet = {
    .type = &virtio_input,
    .refresh = refresh_tablet,
};

static const struct omission no_lamps[] = {
    VIRTIO_OMITTED,
    {"the bits of events", OMITTED_ABSENT, 0, 0, "lamps"},
};

static const struct omission no_wheel[] = {
    VIRTIO_OMITTED,
    {"the bits of events", OMITTED_ABSENT, 0, 0, "the wheel"},
};

VIRTIO_MMIO(keyboard, "keyboard", "5.8", no_lamps, struct virtio_input_state,
            struct wiring, DEVICE_TABLE(input, keyboard_inputs));
VIRTIO_PCI(keyboard, "keyboard", "5.8", no_lamps, VIRTIO_ID_INPUT, 0x090000u,
           struct virtio_input_state, struct wiring,
           DEVICE_TABLE(input, keyboard_inputs));
VIRTIO_MMIO(tablet, "tablet", "5.8", no_wheel, struct virtio_input_state,
            struct wiring, DEVICE_TABLE(input, tablet_inputs));
VIRTIO_PCI(tablet, "tablet", "5.8", no_wheel, VIRTIO_ID_INPUT, 0x098000u,
           struct virtio_input_state, struct wiring,
           DEVICE_TABLE(input, tablet_inputs));
