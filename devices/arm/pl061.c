/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell GPIO PL061 (DDI 0190): eight pins, inputs "pin0" to "pin7" and
 * outputs of the same names. A pin's input counts where its direction is in,
 * the data register where it is out. On the machine that QEMU calls virt pin 3
 * is the power key; the secure one's outputs 0 and 1 are power off and reset.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "devices/arm/primecell.h"

enum { PINS = 8 };

struct state {
    uint32_t data; /* levels that software drives */
    uint32_t direction;
    uint32_t sense_level;
    uint32_t both_edges;
    uint32_t event;
    uint32_t mask;
    uint32_t raw_edges;
    uint32_t alternate;
    uint32_t seen; /* pins when last looked at, for edges */
};

static uint32_t pins(const struct device *device)
{
    const struct state *state = device->state;
    uint32_t levels = device_input_bits(device);

    return (state->data & state->direction) | (levels & ~state->direction);
}

static uint32_t raw(const struct device *device)
{
    const struct state *state = device->state;
    uint32_t levels = ~(pins(device) ^ state->event) & 0xff;

    return (state->raw_edges & ~state->sense_level) |
           (levels & state->sense_level);
}

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return raw(device) & state->mask;
}

static void update(struct device *device)
{
    struct state *state = device->state;
    uint32_t now = pins(device);
    uint32_t changed = (now ^ state->seen) & ~state->sense_level;
    uint32_t wanted = state->both_edges | ~(now ^ state->event);

    state->raw_edges |= changed & wanted & 0xff;
    state->seen = now;
    line_set(&device->outputs[0], masked(device) != 0);
    for (unsigned i = 0; i < PINS; i++) {
        line_set(&device->outputs[1 + i],
                 (state->data & state->direction) >> i & 1);
    }
}

static void pin_changed(struct device *device, unsigned index, uint32_t level)
{
    update(device);
}

/* Address bits 9:2 are a mask of the pins that an access is for. */
REGISTER_VALUE(read_data, pins(device) & index)

static void write_data(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t mask = index & state->direction;

    state->data = (state->data & ~mask) | (value & mask);
    update(device);
}

REGISTER_STORE(write_dir, direction, update)
REGISTER_STORE(write_is, sense_level, update)
REGISTER_STORE(write_ibe, both_edges, update)
REGISTER_STORE(write_iev, event, update)
REGISTER_STORE(write_ie, mask, update)
REGISTER_READ(read_ris, raw)
REGISTER_READ(read_mis, masked)
REGISTER_CLEAR(write_ic, raw_edges, update)

static const struct register_spec registers[] = {
#include "devices/arm/pl061.def"
};

static const struct output_spec outputs[] = {
    {"interrupt", LINE_INTERRUPT},
    {"pin0",      LINE_SIGNAL   },
    {"pin1",      LINE_SIGNAL   },
    {"pin2",      LINE_SIGNAL   },
    {"pin3",      LINE_SIGNAL   },
    {"pin4",      LINE_SIGNAL   },
    {"pin5",      LINE_SIGNAL   },
    {"pin6",      LINE_SIGNAL   },
    {"pin7",      LINE_SIGNAL   },
};

static const struct input_spec inputs[] = {
    {"pin0", pin_changed},
    {"pin1", pin_changed},
    {"pin2", pin_changed},
    {"pin3", pin_changed},
    {"pin4", pin_changed},
    {"pin5", pin_changed},
    {"pin6", pin_changed},
    {"pin7", pin_changed},
};

/* The pins of QEMU's machine: a key by which the user asks for power-off, and
 * on the secure world's GPIO the switches of its firmware. */
enum { PIN_POWER_KEY = 3, PIN_POWER_OFF = 0, PIN_RESTART = 1, KEY_POWER = 116 };

/* The node of the chip itself. */
/* clang-format off */
#define PL061_ROWS                                                             \
    {"pl061", TREE_DEVICE, 0, NULL},                                           \
    {"compatible", TREE_WORDS, 0, "arm,pl061 arm,primecell"},                  \
    {"reg", TREE_REG, 1, NULL},                                                \
    {"interrupts", TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL},                    \
    {"clock-names", TREE_WORDS, 0, "apb_pclk"},                                \
    {"clocks", TREE_CLOCKS, 1, NULL},                                          \
    {"status", TREE_STATUS, 0, NULL},                                          \
    {"gpio-controller", TREE_FLAG, 0, NULL},                                   \
    {"#gpio-cells", TREE_NUMBER, 2, NULL},                                     \
    {"phandle", TREE_HANDLE, 0, NULL},                                         \
    {NULL, TREE_END, 0, NULL}
/* clang-format on */

static const struct description_row tree_rows[] = {
    {"gpio-keys",  TREE_NODE,   0,             NULL               },
    {"compatible", TREE_TEXT,   0,             "gpio-keys"        },
    {"poweroff",   TREE_NODE,   0,             NULL               },
    {"label",      TREE_TEXT,   0,             "GPIO Key Poweroff"},
    {"linux,code", TREE_NUMBER, KEY_POWER,     NULL               },
    {"gpios",      TREE_PIN,    PIN_POWER_KEY, NULL               },
    {NULL,         TREE_END,    0,             NULL               },
    {"status",     TREE_STATUS, 0,             NULL               },
    {NULL,         TREE_END,    0,             NULL               },
    PL061_ROWS,
};

static const struct description_row secure_rows[] = {
    {"gpio-poweroff", TREE_NODE,   0,             NULL           },
    {"compatible",    TREE_TEXT,   0,             "gpio-poweroff"},
    {"gpios",         TREE_PIN,    PIN_POWER_OFF, NULL           },
    {"status",        TREE_STATUS, 0,             NULL           },
    {NULL,            TREE_END,    0,             NULL           },
    {"gpio-restart",  TREE_NODE,   0,             NULL           },
    {"compatible",    TREE_TEXT,   0,             "gpio-restart" },
    {"gpios",         TREE_PIN,    PIN_RESTART,   NULL           },
    {"status",        TREE_STATUS, 0,             NULL           },
    {NULL,            TREE_END,    0,             NULL           },
    PL061_ROWS,
};

/* An edge of the key's pin runs the method of the pin's name (5.6.5.2). */
static const struct description_row acpi_rows[] = {
    {"GPO#", ACPI_DEVICE,    0,             NULL      },
    {"_HID", ACPI_TEXT,      0,             "ARMH0061"},
    {"_UID", ACPI_INDEX,     0,             NULL      },
    {"_CRS", ACPI_RESOURCES, 0,             NULL      },
    {"_AEI", ACPI_PIN_EVENT, PIN_POWER_KEY, NULL      },
    {"_E03", ACPI_NOTIFY,    0x80,          "PWRB"    },
    {NULL,   ACPI_END,       0,             NULL      },
    {"PWRB", ACPI_DEVICE,    0,             NULL      },
    {"_HID", ACPI_EISA_ID,   0,             "PNP0C0C" },
    {"_UID", ACPI_INTEGER,   0,             NULL      },
    {NULL,   ACPI_END,       0,             NULL      },
};

static const struct description description = {
    .kind = DESCRIBED_GPIO,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(secure_row, secure_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
};

const struct device_type pl061 = {
    .compatible = "arm,pl061",
    .title = "PL061 GPIO",
    .reference = "PrimeCell GPIO (PL061) TRM, DDI 0190",
    DEVICE_OMISSIONS({"GPIOAFSEL", OMITTED_UNSEEN, 0, 0,
                      "which function has a pin: devices reach their pins "
                      "whatever is selected"}),
    .description = &description,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("gpio", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, data, RESET_CORE),
                  STATE(struct state, raw_edges, RESET_CORE),
                  STATE(struct state, seen, RESET_CORE)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .restored = update,
};
