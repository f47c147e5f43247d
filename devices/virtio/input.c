/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio keyboard in a machine: each key is an input, which is 1 while it is
 * held down (`cairn run --press keyboard.enter@5s`).
 */
#include "virtio/input.h"

#include "base/bits.h"
#include "devices/virtio/transport.h"

struct wiring {
    struct virtio_wiring common;
    struct virtio_input_outside outside;
};

static const uint16_t codes[] = {
#define KEY(name, code) code,
#include "devices/virtio/keys.def"
#undef KEY
};

static void changed(struct device *device, unsigned index, uint32_t level)
{
    const struct virtio_input_event events[] = {
        {VIRTIO_INPUT_EV_KEY, codes[index], level != 0},
        {VIRTIO_INPUT_EV_SYN, 0,            0         },
    };

    virtio_input_report(virtio_of(device), events, ARRAY_SIZE(events));
}

static const struct input_spec keys[] = {
#define KEY(name, code) {name, changed},
#include "devices/virtio/keys.def"
#undef KEY
};

static void refresh(struct device *device, struct virtio *virtio)
{
    struct virtio_input_outside *outside =
        &((struct wiring *)device->wiring)->outside;

    *outside = (struct virtio_input_outside){
        .name = "Cairn keyboard",
        .ids = {.bustype = VIRTIO_INPUT_BUS_VIRTUAL, .version = 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        outside->keys[codes[i] / 8] |= (uint8_t)(1u << codes[i] % 8);
    }
    virtio->outside = outside;
}

static const struct virtio_kind input = {
    .type = &virtio_input,
    .refresh = refresh,
};

VIRTIO_MMIO(input, "keyboard", "5.8", "axes, lamps", struct virtio_input_state,
            struct wiring, DEVICE_TABLE(input, keys));
VIRTIO_PCI(input, "keyboard", "5.8", "axes, lamps", VIRTIO_ID_INPUT, 0x090000u,
           struct virtio_input_state, struct wiring, DEVICE_TABLE(input, keys));
