/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command response buffer of a TPM 2.0 (PTP, CRB interface): a page for
 * each locality, with control registers and one buffer for command and
 * response. A driver requests access, sets cmdReady, writes the command, sets
 * Start, and reads the response when Start is zero again.
 *
 * From Completion cmdReady leads to Ready, and the first byte of another
 * command to Reception, without a stop in Idle (CapCRBIdleBypass). Guests find
 * the device by ACPI alone: a device that is _HID MSFT0101, and the table TPM2
 * (TCG ACPI Specification 1.2).
 */
#include "base/bits.h"
#include "bus/description.h"
#include "bus/handlers.h"
#include "devices/tpm/tpm.h"

enum { BUFFER = 0x80, BUFFER_SIZE = TPM_FRAME_SIZE - BUFFER };

struct state {
    struct tpm_port port;
    uint32_t cancel;
};

struct wiring {
    uint32_t localities;
    uint64_t base;
};

enum loc_state_bits {
    LOC_STATE_ESTABLISHED = 1 << 0, /* 1: no dynamic launch */
    LOC_STATE_ASSIGNED = 1 << 1,
    LOC_STATE_ACTIVE_SHIFT = 2,
    LOC_STATE_VALID = 1 << 7,
};

enum loc_ctrl_bits { REQUEST = 1 << 0, RELINQUISH = 1 << 1, SEIZE = 1 << 2 };
enum loc_sts_bits { LOC_STS_GRANTED = 1 << 0, LOC_STS_SEIZED = 1 << 1 };
enum ctrl_req_bits { COMMAND_READY = 1 << 0, GO_IDLE = 1 << 1 };
enum ctrl_sts_bits { CTRL_STS_FAILED = 1 << 0, CTRL_STS_IDLE = 1 << 1 };

enum interface_bits {
    INTERFACE_CRB = 1 << 0,
    INTERFACE_VERSION_CRB = 1 << 4,
    INTERFACE_FIVE_LOCALITIES = 1 << 8,
    INTERFACE_IDLE_BYPASS = 1 << 9,
    INTERFACE_SIZE_64 = 3 << 11,
    INTERFACE_HAS_CRB = 1 << 14,
    INTERFACE_SELECTED = 1 << 17,
    INTERFACE_LOCKED = 1 << 19,
    INTERFACE_REVISION = 1 << 24,
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

/* ---- Localities ---------------------------------------------------------- */

static uint32_t read_loc_state(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct state *state = device->state;
    uint32_t active = state->port.active;
    if (!answers(device, access)) {
        return ABSENT;
    }
    return LOC_STATE_VALID | LOC_STATE_ESTABLISHED |
           (active == TPM_NOBODY
                ? 0
                : LOC_STATE_ASSIGNED | active << LOC_STATE_ACTIVE_SHIFT);
}

/* PTP, TPM_LOC_CTRL: one field at a time. */
static void write_loc_ctrl(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (!answers(device, access) || value == 0) {
        return;
    }
    switch (value) {
    case REQUEST:
        tpm_request_use(device, port, access->frame);
        port->seized &= ~BIT(access->frame);
        break;
    case RELINQUISH:
        tpm_relinquish(device, port, access->frame);
        break;
    case SEIZE:
        tpm_seize(device, port, access->frame);
        break;
    default:
        device_guest_error(device, access->frame,
                           "TPM_LOC_CTRL: more than one field in 0x%x", value);
        break;
    }
}

static uint32_t read_loc_sts(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct state *state = device->state;
    const struct tpm_port *port = &state->port;
    if (!answers(device, access)) {
        return ABSENT;
    }
    return (port->active == access->frame ? LOC_STS_GRANTED : 0u) |
           (port->seized >> access->frame & 1 ? LOC_STS_SEIZED : 0u);
}

/* ---- Control ------------------------------------------------------------- */

/* PTP, TPM_CRB_CTRL_REQ: one field at a time, and none while a command runs. */
static void write_ctrl_req(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (!is_active(device, access) || value == 0) {
        return;
    }
    if (value == (COMMAND_READY | GO_IDLE) || port->phase == TPM_EXECUTION) {
        device_guest_error(device, access->frame,
                           "TPM_CRB_CTRL_REQ: 0x%x in state %u", value,
                           port->phase);
        return;
    }
    tpm_abort(device, port, value == GO_IDLE ? TPM_IDLE : TPM_READY);
}

static uint32_t read_ctrl_sts(struct device *device,
                              const struct access *access, unsigned index)
{
    const struct state *state = device->state;
    if (!answers(device, access)) {
        return ABSENT;
    }
    return (state->port.failed ? CTRL_STS_FAILED : 0u) |
           (state->port.phase == TPM_IDLE ? CTRL_STS_IDLE : 0u);
}

REGISTER_OF_STATE(read_cancel, answers(device, access) ? state->cancel : ABSENT)
REGISTER_SET_IF(write_cancel, is_active(device, access), cancel = value)
REGISTER_OF_STATE(read_start, answers(device, access)
                                  ? state->port.phase == TPM_EXECUTION
                                  : ABSENT)

static void write_start(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (!is_active(device, access) || value == 0) {
        return;
    }
    if (port->phase != TPM_RECEPTION) {
        device_guest_error(device, access->frame,
                           "TPM_CRB_CTRL_START: in state %u", port->phase);
        return;
    }
    /* The header alone says how much of the buffer is the command. */
    port->size = BUFFER_SIZE;
    uint32_t length = tpm_command_length(port);
    port->size = length < BUFFER_SIZE ? length : BUFFER_SIZE;
    tpm_execute(device, port, BUFFER_SIZE);
}

static void replied(struct device *device, unsigned number, const void *bytes,
                    size_t size)
{
    struct state *state = device->state;
    tpm_complete(device, &state->port, bytes, size);
}

/* ---- The buffer ---------------------------------------------------------- */

static uint32_t read_buffer(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;
    bool seen =
        is_active(device, access) && (state->port.phase == TPM_RECEPTION ||
                                      state->port.phase == TPM_COMPLETION);
    return seen ? load_le32(state->port.bytes + index * 4u) : ABSENT;
}

static void write_buffer(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct tpm_port *port = &state->port;
    if (is_active(device, access) && port->phase != TPM_IDLE &&
        port->phase != TPM_EXECUTION) {
        port->phase = TPM_RECEPTION;
        store_le32(port->bytes + index * 4u, value);
    }
}

/* ---- Identity ------------------------------------------------------------ */

REGISTER_VALUE(read_zero, answers(device, access) ? 0 : ABSENT)

static void write_nothing(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
}

static uint32_t read_interface(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct wiring *wiring = device->wiring;
    uint32_t five =
        wiring->localities == TPM_LOCALITIES ? INTERFACE_FIVE_LOCALITIES : 0;
    return answers(device, access)
               ? five | INTERFACE_CRB | INTERFACE_VERSION_CRB |
                     INTERFACE_IDLE_BYPASS | INTERFACE_SIZE_64 |
                     INTERFACE_HAS_CRB | INTERFACE_SELECTED | INTERFACE_LOCKED |
                     INTERFACE_REVISION
               : ABSENT;
}

REGISTER_VALUE(read_vendor, answers(device, access) ? 0x00011014 : ABSENT)
REGISTER_VALUE(read_size, answers(device, access) ? BUFFER_SIZE : ABSENT)

static uint32_t read_address(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct wiring *wiring = device->wiring;
    uint64_t address =
        wiring->base + access->frame * (uint64_t)TPM_FRAME_SIZE + BUFFER;
    return !answers(device, access) ? ABSENT
           : index == 0             ? (uint32_t)address
                                    : (uint32_t)(address >> 32);
}

static const struct register_spec registers[] = {
#include "devices/tpm/crb.def"
};

static const uint16_t frames[] = {TPM_LOCALITIES};

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    const struct property_source *properties = device->properties;
    size_t size = 0;
    const uint8_t *reg =
        properties ? properties->find(device->node, "reg", false, &size) : NULL;
    wiring->base = reg ? load_be32(reg) : 0;
    if (reg && size >= 16) { /* two cells */
        wiring->base = wiring->base << 32 | load_be32(reg + 4);
    }
    return tpm_localities(device, &wiring->localities, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    tpm_port_reset(device, &state->port, domain);
}

/* ---- Description for guests ---------------------------------------------- */

/* EDK2 looks for this compatible, and then asks TPM_CRB_INTF_ID which interface
 * the TPM has. */
static const struct description_row tree_rows[] = {
    {"tpm",        TREE_DEVICE, 0, NULL              },
    {"compatible", TREE_TEXT,   0, "tcg,tpm-tis-mmio"},
    {"reg",        TREE_REG,    1, NULL              },
    {"status",     TREE_STATUS, 0, NULL              },
    {NULL,         TREE_END,    0, NULL              },
};

static const struct description_row acpi_rows[] = {
    {"TPM#", ACPI_DEVICE,    0,  NULL      },
    {"_HID", ACPI_TEXT,      0,  "MSFT0101"},
    {"_UID", ACPI_INDEX,     0,  NULL      },
    {"_STA", ACPI_INTEGER,   15, NULL      },
    {"_CRS", ACPI_RESOURCES, 0,  NULL      },
    {NULL,   ACPI_END,       0,  NULL      },
};

/* TCG ACPI Specification 1.2, table 9; the control area starts there. */
enum { START_BY_BUFFER = 7, CTRL_REQ = 0x40 };

static const struct description description = {
    .kind = DESCRIBED_TPM,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
    .tree_for_firmware = true,
    .tpm_start = START_BY_BUFFER,
    .tpm_control = CTRL_REQ,
};

static const struct channel_client client = {
    .kind = CHANNEL_ASKS,
    .asks = 1,
    .reply_max = TPM_BUFFER_MAX,
    .replied = replied,
};

const struct device_type tpm_crb = {
    .compatible = "tcg,tpm-crb",
    .title = "TPM 2.0, command response buffer (CRB)",
    .reference = "TCG PC Client Platform TPM Profile 1.05, CRB interface",
    DEVICE_OMISSIONS(
        {"TPM_CRB_INT_ENABLE", OMITTED_SET, UINT32_MAX, 0, "interrupts"},
        {"TPM_LOC_STATE", OMITTED_ABSENT, 0, 0, "dynamic launch"},
        {"TPM_CRB_CTRL_CANCEL", OMITTED_UNSEEN, 0, 0,
         "when a cancel comes in time: the command completes"}),
    .description = &description,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(
        REGISTER_BANK("locality", TPM_FRAME_SIZE, 1 | 2 | 4 | 8, registers)),
    .frames = frames,
    DEVICE_FIELDS(TPM_PORT_FIELDS(struct state, port),
                  STATE(struct state, cancel, RESET_WARM)),
    .channel = &client,
    .init = init,
    .reset = reset,
};
