/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FIFO interface of a TPM 2.0 (PTP, FIFO interface; its older name is TIS):
 * a page of registers for each locality. A driver requests the TPM, sets
 * commandReady, writes the command into the FIFO, sets tpmGo, and reads the
 * response from the FIFO when dataAvail is set.
 *
 * commandReady leads to Ready from each state, without a stop in Idle.
 */
#include "base/bits.h"
#include "bus/description.h"
#include "bus/handlers.h"
#include "devices/tpm/tpm.h"

struct state {
    struct tpm_port port;
    uint32_t int_enable[TPM_LOCALITIES];
    uint32_t int_status[TPM_LOCALITIES];
};

struct wiring {
    uint32_t localities;
};

enum access_bits {
    ACCESS_ESTABLISHMENT = 1 << 0, /* 1: no dynamic launch */
    ACCESS_REQUEST_USE = 1 << 1,
    ACCESS_PENDING = 1 << 2,
    ACCESS_SEIZE = 1 << 3,
    ACCESS_SEIZED = 1 << 4,
    ACCESS_ACTIVE = 1 << 5,
    ACCESS_VALID = 1 << 7,
};

enum status_bits {
    STATUS_RETRY = 1 << 1,
    STATUS_SELF_TESTED = 1 << 2,
    STATUS_EXPECT = 1 << 3,
    STATUS_AVAILABLE = 1 << 4,
    STATUS_GO = 1 << 5,
    STATUS_READY = 1 << 6,
    STATUS_VALID = 1 << 7,
    STATUS_BURST_SHIFT = 8,
    STATUS_CANCEL = 1 << 24,
    STATUS_FAMILY_2 = 1 << 26,
};

enum interrupt_bits {
    INTERRUPT_AVAILABLE = 1 << 0,
    INTERRUPT_VALID = 1 << 1,
    INTERRUPT_LOCALITY = 1 << 2,
    INTERRUPT_READY = 1 << 7,
};
#define INTERRUPT_GLOBAL BIT(31)

enum capability_bits {
    CAPABILITY_EVENTS = 0x87, /* all interrupts */
    CAPABILITY_LEVEL_HIGH = 1 << 3,
    CAPABILITY_SIZE_64 = 3 << 9,
    CAPABILITY_TPM_2 = 3 << 28,
};

enum interface_bits {
    INTERFACE_FIVE_LOCALITIES = 1 << 8,
    INTERFACE_SIZE_64 = 3 << 11,
    INTERFACE_FIFO = 1 << 13, /* supported, beside type 0 */
    INTERFACE_LOCKED = 1 << 19,
};

/* The registers of a TPM that is not there. */
#define ABSENT UINT32_MAX

static bool answers(const struct device *device, const struct access *access)
{
    const struct wiring *wiring = device->wiring;
    return tpm_answers(device, wiring->localities, access->frame);
}

static bool is_active(const struct device *device, const struct access *access)
{
    const struct state *state = device->state;
    return answers(device, access) && state->port.active == access->frame;
}

/* ---- Interrupts ---------------------------------------------------------- */

static void update(struct device *device)
{
    const struct state *state = device->state;
    uint32_t active = state->port.active;
    bool raised = active < TPM_LOCALITIES &&
                  (state->int_enable[active] & INTERRUPT_GLOBAL) != 0 &&
                  (state->int_enable[active] & state->int_status[active]) != 0;
    line_set(&device->outputs[0], raised);
}

/* For the active locality. Only enabled events are noted (PTP,
 * TPM_INT_STATUS). */
static void happen(struct device *device, uint32_t events)
{
    struct state *state = device->state;
    uint32_t active = state->port.active;
    if (active < TPM_LOCALITIES) {
        state->int_status[active] |= events & state->int_enable[active];
    }
    update(device);
}

REGISTER_OF_STATE(read_int_enable, answers(device, access)
                                       ? state->int_enable[access->frame]
                                       : ABSENT)

static void write_int_enable(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct state *state = device->state;
    if (is_active(device, access)) {
        state->int_enable[access->frame] =
            value & (INTERRUPT_GLOBAL | CAPABILITY_EVENTS);
        update(device);
    }
}

REGISTER_OF_STATE(read_int_status, answers(device, access)
                                       ? state->int_status[access->frame]
                                       : ABSENT)

static void write_int_status(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct state *state = device->state;
    if (is_active(device, access)) {
        state->int_status[access->frame] &= ~value;
        update(device);
    }
}

/* ---- Localities ---------------------------------------------------------- */

static uint32_t read_access(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;
    const struct tpm_port *port = &state->port;
    uint32_t own = BIT(access->frame);
    if (!answers(device, access)) {
        return ABSENT;
    }
    return ACCESS_VALID | ACCESS_ESTABLISHMENT |
           (port->active == access->frame ? ACCESS_ACTIVE : 0u) |
           (port->seized & own ? ACCESS_SEIZED : 0u) |
           (port->requested & ~own ? ACCESS_PENDING : 0u) |
           (port->requested & own ? ACCESS_REQUEST_USE : 0u);
}

/* PTP, TPM_ACCESS: a write sets one field, or is ignored. */
static void write_access(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    unsigned locality = access->frame;
    if (!answers(device, access) || value == 0) {
        return;
    }
    switch (value) {
    case ACCESS_REQUEST_USE:
        tpm_request_use(device, port, locality);
        break;
    case ACCESS_SEIZE:
        tpm_seize(device, port, locality);
        break;
    case ACCESS_SEIZED:
        port->seized &= ~BIT(locality);
        break;
    case ACCESS_ACTIVE:
        if (tpm_relinquish(device, port, locality)) {
            happen(device, INTERRUPT_LOCALITY);
        }
        break;
    default:
        device_guest_error(device, locality,
                           "TPM_ACCESS: more than one field in 0x%x", value);
        break;
    }
    update(device);
}

/* ---- Commands ------------------------------------------------------------ */

static bool is_whole(const struct tpm_port *port)
{
    uint32_t length = tpm_command_length(port);
    return port->size == TPM_BUFFER_MAX ||
           (port->size >= TPM_HEADER_CODE && port->size >= length);
}

static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;
    const struct tpm_port *port = &state->port;
    uint32_t status = STATUS_FAMILY_2 | STATUS_VALID | STATUS_SELF_TESTED;
    uint32_t burst = 0;
    if (!is_active(device, access)) {
        return ABSENT;
    }
    switch (port->phase) {
    case TPM_READY:
        status |= STATUS_READY;
        burst = TPM_BUFFER_MAX;
        break;
    case TPM_RECEPTION:
        status |= is_whole(port) ? 0 : STATUS_EXPECT;
        burst = is_whole(port) ? 0 : TPM_BUFFER_MAX - port->size;
        break;
    case TPM_COMPLETION:
        status |= port->at < port->size ? STATUS_AVAILABLE : 0;
        burst = port->size - port->at;
        break;
    default:
        break;
    }
    return status | burst << STATUS_BURST_SHIFT;
}

static void go(struct device *device)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (port->phase != TPM_RECEPTION || !is_whole(port)) {
        device_guest_error(device, port->size,
                           "TPM_STS: tpmGo without a whole command");
        return;
    }
    tpm_execute(device, port, TPM_BUFFER_MAX);
    if (port->phase == TPM_COMPLETION) {
        happen(device, INTERRUPT_AVAILABLE | INTERRUPT_VALID);
    }
}

/* PTP, TPM_STS: of commandReady, tpmGo and responseRetry one at a time, or the
 * write is ignored. A command that is cancelled may complete all the same. */
static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (!is_active(device, access)) {
        return;
    }
    switch (value & (STATUS_READY | STATUS_GO | STATUS_RETRY)) {
    case 0:
        break;
    case STATUS_READY:
        tpm_abort(device, port, TPM_READY);
        happen(device, INTERRUPT_READY);
        break;
    case STATUS_GO:
        go(device);
        break;
    case STATUS_RETRY:
        if (port->phase == TPM_COMPLETION) {
            port->at = 0;
            happen(device, INTERRUPT_AVAILABLE | INTERRUPT_VALID);
        }
        break;
    default:
        device_guest_error(device, access->frame,
                           "TPM_STS: more than one field in 0x%x", value);
        break;
    }
}

static void replied(struct device *device, unsigned number, const void *bytes,
                    size_t size)
{
    struct state *state = device->state;
    tpm_complete(device, &state->port, bytes, size);
    happen(device, INTERRUPT_AVAILABLE | INTERRUPT_VALID);
}

/* ---- The FIFO ------------------------------------------------------------ */

/* Where there is no byte, it reads as ones. */
static uint8_t next_byte(struct tpm_port *port)
{
    return port->phase == TPM_COMPLETION && port->at < port->size
               ? port->bytes[port->at++]
               : 0xff;
}

/* A narrow access may be at each address of the word. */
static uint32_t read_fifo(struct device *device, const struct access *access,
                          unsigned index)
{
    struct state *state = device->state;
    unsigned count = access->size < 4 ? access->size : 4;
    uint32_t value = 0;
    if (!is_active(device, access) || access->debug) {
        return ABSENT;
    }
    for (unsigned i = 0; i < count; i++) {
        value |= (uint32_t)next_byte(&state->port) << 8 * i;
    }
    return count == 1   ? value * 0x01010101
           : count == 2 ? value * 0x10001
                        : value;
}

static void write_fifo(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (!is_active(device, access)) {
        return;
    }
    if (port->phase == TPM_READY) {
        port->phase = TPM_RECEPTION;
    }
    for (unsigned i = 0; i < 4; i++) {
        bool given = (access->lanes >> i & 1) != 0;
        if (given && port->phase == TPM_RECEPTION && !is_whole(port)) {
            port->bytes[port->size++] = (uint8_t)(value >> 8 * i);
        }
    }
}

/* ---- Identity ------------------------------------------------------------ */

REGISTER_VALUE(read_zero, answers(device, access) ? 0 : ABSENT)

static void write_nothing(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
}

static uint32_t read_capability(struct device *device,
                                const struct access *access, unsigned index)
{
    return answers(device, access) ? CAPABILITY_EVENTS | CAPABILITY_LEVEL_HIGH |
                                         CAPABILITY_SIZE_64 | CAPABILITY_TPM_2
                                   : ABSENT;
}

static uint32_t read_interface(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct wiring *wiring = device->wiring;
    uint32_t five =
        wiring->localities == TPM_LOCALITIES ? INTERFACE_FIVE_LOCALITIES : 0;
    return answers(device, access)
               ? five | INTERFACE_SIZE_64 | INTERFACE_FIFO | INTERFACE_LOCKED
               : ABSENT;
}

REGISTER_VALUE(read_vendor, answers(device, access) ? 0x00011014 : ABSENT)
REGISTER_VALUE(read_revision, answers(device, access) ? 1 : ABSENT)

static const struct register_spec registers[] = {
#include "devices/tpm/tis.def"
};

static const uint16_t frames[] = {TPM_LOCALITIES};

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    return tpm_localities(device, &wiring->localities, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    tpm_port_reset(device, &state->port, domain);
    update(device);
}

/* ---- Description for guests ---------------------------------------------- */

static const struct description_row tree_rows[] = {
    {"tpm",        TREE_DEVICE,     0,               NULL              },
    {"compatible", TREE_TEXT,       0,               "tcg,tpm-tis-mmio"},
    {"reg",        TREE_REG,        1,               NULL              },
    {"interrupts", TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL              },
    {"status",     TREE_STATUS,     0,               NULL              },
    {NULL,         TREE_END,        0,               NULL              },
};

static const struct description_row acpi_rows[] = {
    {"TPM#", ACPI_DEVICE,    0,  NULL      },
    {"_HID", ACPI_TEXT,      0,  "MSFT0101"},
    {"_UID", ACPI_INDEX,     0,  NULL      },
    {"_STA", ACPI_INTEGER,   15, NULL      },
    {"_CRS", ACPI_RESOURCES, 0,  NULL      },
    {NULL,   ACPI_END,       0,  NULL      },
};

/* TCG ACPI Specification 1.2, table 9. */
enum { START_BY_FIFO = 6 };

static const struct description description = {
    .kind = DESCRIBED_TPM,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
    .tpm_start = START_BY_FIFO,
};

static const struct channel_client client = {
    .kind = CHANNEL_ASKS,
    .asks = 1,
    .reply_max = TPM_BUFFER_MAX,
    .replied = replied,
};

const struct device_type tpm_tis = {
    .compatible = "tcg,tpm-tis-mmio",
    .title = "TPM 2.0, FIFO interface (TIS)",
    .reference = "TCG PC Client Platform TPM Profile 1.05, FIFO interface",
    DEVICE_OMISSIONS({"locality", OMITTED_OFFSET, 0, 0x20,
                      "dynamic launch (TPM_HASH_START of locality 4)"},
                     {"TPM_STS", OMITTED_UNSEEN, 0, 0,
                      "when a cancel comes in time: the command completes"}),
    .description = &description,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(
        REGISTER_BANK("locality", TPM_FRAME_SIZE, 1 | 2 | 4, registers)),
    .frames = frames,
    DEVICE_FIELDS(TPM_PORT_FIELDS(struct state, port),
                  STATE(struct state, int_enable, RESET_WARM),
                  STATE(struct state, int_status, RESET_WARM)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .channel = &client,
    .init = init,
    .reset = reset,
    .restored = update,
};
