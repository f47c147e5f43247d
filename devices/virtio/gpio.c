/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio GPIO lines in a machine: each is an input of the device, of which a
 * guest senses whether it is 0, and an output of the same name that follows
 * what the guest drives. The node has "ngpios" of them (1 to 16, the default is
 * 8), with the names of "gpio-line-names", if it has that, for the guest.
 */
#include "virtio/gpio.h"

#include <errno.h>

#include "base/bits.h"
#include "devices/virtio/transport.h"

enum { LINES_DEFAULT = 8, FIRST_OUTPUT = 1 /* behind the interrupt */ };

struct wiring {
    struct virtio_wiring common;
    struct virtio_gpio_outside outside;
};

static bool sense(struct virtio *virtio, unsigned line)
{
    return virtio_device(virtio)->input_levels[line] != 0;
}

static void drive(struct virtio *virtio, unsigned line, bool high)
{
    line_set(&virtio_device(virtio)->outputs[FIRST_OUTPUT + line], high);
}

static void changed(struct device *device, unsigned index, uint32_t level)
{
    const struct wiring *wiring = device->wiring;

    if (index < wiring->outside.lines) {
        virtio_gpio_sensed(virtio_of(device), index);
    }
}

/* ---- The node ------------------------------------------------------------ */

/* As many strings as there are lines. */
static int find_names(struct device *device, struct error *error)
{
    struct virtio_gpio_outside *outside =
        &((struct wiring *)device->wiring)->outside;
    size_t size = 0;
    unsigned count = 0;
    const char *names = device->properties
                            ? device->properties->find(
                                  device->node, "gpio-line-names", false, &size)
                            : NULL;

    for (size_t i = 0; names && i < size; i++) {
        count += names[i] == '\0';
    }
    if (names && (count != outside->lines || names[size - 1] != '\0')) {
        return error_set(error, -EINVAL,
                         "gpio-line-names are %u, and ngpios %u", count,
                         outside->lines);
    }
    outside->names = names;
    outside->names_size = (uint32_t)size;
    return 0;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    const uint32_t lines =
        device_own_property_u32(device, "ngpios", LINES_DEFAULT);

    if (lines == 0 || lines > VIRTIO_GPIO_LINES) {
        return error_set(error, -EINVAL, "ngpios is %u, and not 1 to %u", lines,
                         VIRTIO_GPIO_LINES);
    }
    wiring->outside = (struct virtio_gpio_outside){
        .lines = lines,
        .sense = sense,
        .drive = drive,
    };
    return find_names(device, error);
}

/* Also after the state was put back, which says what the guest drives. */
static void refresh(struct device *device, struct virtio *virtio)
{
    struct wiring *wiring = device->wiring;
    const struct virtio_gpio_state *state =
        (const struct virtio_gpio_state *)virtio->state;

    virtio->outside = &wiring->outside;
    for (unsigned i = 0; i < wiring->outside.lines; i++) {
        drive(virtio, i, virtio_gpio_is_high(&state->lines[i]));
    }
}

static const struct input_spec inputs[] = {
    {"line0",  changed},
    {"line1",  changed},
    {"line2",  changed},
    {"line3",  changed},
    {"line4",  changed},
    {"line5",  changed},
    {"line6",  changed},
    {"line7",  changed},
    {"line8",  changed},
    {"line9",  changed},
    {"line10", changed},
    {"line11", changed},
    {"line12", changed},
    {"line13", changed},
    {"line14", changed},
    {"line15", changed},
};

static const struct output_spec outputs[] = {
    {"interrupt", LINE_INTERRUPT},
    {"line0",     LINE_SIGNAL   },
    {"line1",     LINE_SIGNAL   },
    {"line2",     LINE_SIGNAL   },
    {"line3",     LINE_SIGNAL   },
    {"line4",     LINE_SIGNAL   },
    {"line5",     LINE_SIGNAL   },
    {"line6",     LINE_SIGNAL   },
    {"line7",     LINE_SIGNAL   },
    {"line8",     LINE_SIGNAL   },
    {"line9",     LINE_SIGNAL   },
    {"line10",    LINE_SIGNAL   },
    {"line11",    LINE_SIGNAL   },
    {"line12",    LINE_SIGNAL   },
    {"line13",    LINE_SIGNAL   },
    {"line14",    LINE_SIGNAL   },
    {"line15",    LINE_SIGNAL   },
};

static_assert(ARRAY_SIZE(inputs) == VIRTIO_GPIO_LINES, "a line, an input");
static_assert(ARRAY_SIZE(outputs) == FIRST_OUTPUT + VIRTIO_GPIO_LINES,
              "a line, an output");

static const struct virtio_kind gpio = {
    .type = &virtio_gpio,
    .refresh = refresh,
    .init = init,
};

VIRTIO_MMIO_DRIVES(gpio, outputs, "GPIO device", "5.18", virtio_omissions,
                   struct virtio_gpio_state, struct wiring,
                   DEVICE_TABLE(input, inputs));
VIRTIO_PCI_DRIVES(gpio, outputs, "GPIO device", "5.18", virtio_omissions,
                  VIRTIO_ID_GPIO, 0x088000u, struct virtio_gpio_state,
                  struct wiring, DEVICE_TABLE(input, inputs));
