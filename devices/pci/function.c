/* SPDX-License-Identifier: Apache-2.0 */
/* Work that functions on a PCI bus have in common: command register, BARs,
 * interrupt pin and MSI-X. See pci.h. */
#include "base/assert.h"
#include "devices/pci/pci.h"

#include <string.h>

#include "base/bits.h"

enum { STATUS_INTX = 1 << 19, STATUS_CAPABILITIES = 1 << 20 };
enum { ID_SHIFT = 8 };
enum { MSIX_MASKED = 1 << 30, VECTOR_MASKED = 1 << 0, VECTOR_WORDS = 4 };
static const uint32_t msix_enabled = UINT32_C(1) << 31;

static const struct pci_function *type_of(const struct device *device)
{
    return device->type->interface;
}

static struct pci_state *state_of(struct device *device)
{
    return device->state;
}

static uint32_t *field_of(const struct device *device, uint32_t field)
{
    return (uint32_t *)((uint8_t *)device->state + field);
}

/* ---- BARs ---------------------------------------------------------------- */

static uint64_t size_of(const struct device *device, unsigned index)
{
    debug_assert(index < PCI_BARS);
    debug_assert(type_of(device)->bars[index].kind != PCI_NO_BAR);
    return device_bank_size(device->type, type_of(device)->bars[index].bank);
}

static bool is_upper_half(const struct device *device, unsigned index)
{
    debug_assert(index < PCI_BARS);
    return index > 0 && type_of(device)->bars[index - 1].kind == PCI_MEMORY64;
}

/* The bits of a BAR that hold an address. */
static uint32_t address_bits(const struct device *device, unsigned index)
{
    if (is_upper_half(device, index)) {
        return (uint32_t)(~(size_of(device, index - 1) - 1) >> 32);
    }
    return type_of(device)->bars[index].kind == PCI_NO_BAR
               ? 0
               : (uint32_t) ~(size_of(device, index) - 1);
}

static uint64_t base_of(struct device *device, unsigned index)
{
    const struct pci_state *state = state_of(device);
    bool wide = type_of(device)->bars[index].kind == PCI_MEMORY64;

    debug_assert(index < PCI_BARS);
    debug_assert(!wide || index + 1 < PCI_BARS);
    return state->bars[index] |
           (wide ? (uint64_t)state->bars[index + 1] << 32 : 0);
}

/* Shows the BARs where the registers say. */
static void place(struct device *device)
{
    const struct pci_state *state = state_of(device);
    const struct pci_wiring *wiring = device->wiring;

    for (unsigned i = 0; i < PCI_BARS; i++) {
        uint32_t bit = type_of(device)->bars[i].kind == PCI_PORTS
                           ? PCI_COMMAND_PORTS
                           : PCI_COMMAND_MEMORY;
        struct window *window = wiring->windows[i];
        struct pci_host *host = wiring->host->wiring;
        if (window == NULL) {
            continue;
        }
        struct space *space =
            bit == PCI_COMMAND_PORTS ? host->ports : host->memory;
        space_move_window(space, window, gpa(base_of(device, i)));
        space_enable_window(space, window, (state->command & bit) != 0);
    }
}

static void add_window(struct device *device, unsigned index)
{
    struct pci_wiring *wiring = device->wiring;
    struct pci_host *host = wiring->host->wiring;
    const struct pci_bar *bar = &type_of(device)->bars[index];
    struct window window = {
        .size_bytes = size_of(device, index),
        .rights = WINDOW_R | WINDOW_W,
        .device = device,
        .bank = bar->bank,
    };

    assert(bar->bank != 0 && bar->bank < device->type->bank_count);
    assert(window.size_bytes >= 16 &&
           (window.size_bytes & (window.size_bytes - 1)) == 0);
    memcpy(window.name, device->name, sizeof(window.name));
    wiring->windows[index] = space_add_window(
        bar->kind == PCI_PORTS ? host->ports : host->memory, &window);
}

uint32_t pci_read_bar(struct device *device, const struct access *access,
                      unsigned index)
{
    static const uint32_t kinds[] = {
        [PCI_MEMORY64] = 4,
        [PCI_PORTS] = 1,
    };

    debug_assert(index < PCI_BARS);
    return state_of(device)->bars[index] |
           kinds[type_of(device)->bars[index].kind];
}

void pci_write_bar(struct device *device, const struct access *access,
                   unsigned index, uint32_t value)
{
    debug_assert(index < PCI_BARS);
    state_of(device)->bars[index] = value & address_bits(device, index);
    place(device);
}

/* ---- Interrupts ---------------------------------------------------------- */

bool pci_has_messages(const struct device *device)
{
    const struct pci_function *type = type_of(device);

    return type->vectors != 0 &&
           (*field_of(device, type->control_field) & msix_enabled) != 0;
}

static void drive_pin(struct device *device)
{
    const struct pci_function *type = type_of(device);
    const struct pci_state *state = state_of(device);

    debug_assert(!type->has_pin ||
                 type->pin_output < device->type->output_count);
    if (type->has_pin) {
        line_set(&device->outputs[type->pin_output],
                 state->intx != 0 && !pci_has_messages(device) &&
                     (state->command & PCI_COMMAND_INTX_OFF) == 0);
    }
}

void pci_set_intx(struct device *device, bool level)
{
    debug_assert(type_of(device)->has_pin);
    state_of(device)->intx = level;
    drive_pin(device);
}

static bool may_send(const struct device *device, unsigned vector)
{
    const struct pci_function *type = type_of(device);
    const uint32_t *words =
        field_of(device, type->table_field) + (size_t)vector * VECTOR_WORDS;

    debug_assert(vector < type->vectors);
    /* The last word is kept inverted, see pci_read_msix_table. */
    return (*field_of(device, type->control_field) & MSIX_MASKED) == 0 &&
           (words[3] & VECTOR_MASKED) != 0;
}

void pci_message(struct device *device, unsigned vector)
{
    const struct pci_function *type = type_of(device);
    uint32_t *pending = field_of(device, type->pending_field) + vector / 32;

    assert(vector < type->vectors);
    if (!pci_has_messages(device)) {
        return;
    }
    if (!may_send(device, vector)) {
        *pending |= BIT(vector % 32);
        return;
    }
    const uint32_t *words =
        field_of(device, type->table_field) + (size_t)vector * VECTOR_WORDS;
    const struct dma *dma = pci_dma(device);
    uint64_t address = (words[0] & ~UINT32_C(3)) | (uint64_t)words[1] << 32;
    *pending &= ~BIT(vector % 32);
    if (dma != NULL) {
        dma_store(dma, gpa(address), 4, words[2]);
    } else {
        device_guest_error(
            device, vector,
            "message %u is lost: the function is not a bus master", vector);
    }
}

/* An interrupt that was pending and is masked no longer is sent. */
static void send_pending(struct device *device)
{
    const struct pci_function *type = type_of(device);

    for (unsigned i = 0; i < type->vectors && pci_has_messages(device); i++) {
        uint32_t pending = *field_of(device, type->pending_field + i / 32 * 4);
        if ((pending & BIT(i % 32)) != 0 && may_send(device, i)) {
            pci_message(device, i);
        }
    }
}

void pci_write_msix_control(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    *field_of(device, type_of(device)->control_field) = value;
    drive_pin(device);
    send_pending(device);
}

/* Vectors are masked after a reset (3.0, 6.8.2.9), and reset values are zero:
 * the word with the mask is kept inverted. */
static uint32_t inverted(unsigned index)
{
    return index % VECTOR_WORDS == 3 ? VECTOR_MASKED : 0;
}

uint32_t pci_read_msix_table(struct device *device, const struct access *access,
                             unsigned index)
{
    debug_assert(index < type_of(device)->vectors * VECTOR_WORDS);
    return field_of(device, type_of(device)->table_field)[index] ^
           inverted(index);
}

void pci_write_msix_table(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    debug_assert(index < type_of(device)->vectors * VECTOR_WORDS);
    if (index % VECTOR_WORDS == 3) {
        value &= VECTOR_MASKED;
    }
    field_of(device, type_of(device)->table_field)[index] =
        value ^ inverted(index);
    send_pending(device);
}

/* ---- Command ------------------------------------------------------------- */

uint32_t pci_read_command(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct pci_state *state = state_of(device);

    return state->command | (state->intx != 0 ? STATUS_INTX : 0) |
           (type_of(device)->vectors != 0 ? STATUS_CAPABILITIES : 0);
}

void pci_write_command(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    state_of(device)->command = value & PCI_COMMAND_WRITABLE;
    place(device);
    drive_pin(device);
}

const struct dma *pci_dma(struct device *device)
{
    const struct pci_wiring *wiring = device->wiring;

    return dma_is_open(&wiring->dma) &&
                   (state_of(device)->command & PCI_COMMAND_MASTER) != 0
               ? &wiring->dma
               : NULL;
}

/* ---- Life ---------------------------------------------------------------- */

int pci_function_init(struct device *device, struct error *error)
{
    struct pci_wiring *wiring = device->wiring;
    unsigned id =
        device_own_property_u32(device, "reg", 0) >> ID_SHIFT & 0xffff;
    struct device *host = device_parent(device);

    if (host == NULL || host->type->interface != pci_host_interface) {
        return error_set(error, -EINVAL, "must be below a PCI host");
    }
    int code = pci_host_attach(host, device, id, error);
    if (code != 0) {
        return code;
    }
    const struct pci_host *bus = host->wiring;
    assert(bus->memory != NULL); /* the host comes first on the board */
    wiring->host = host;
    wiring->dma = bus->dma;
    wiring->dma.device = device;
    wiring->dma.access.user = id;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (type_of(device)->bars[i].kind != PCI_NO_BAR) {
            add_window(device, i);
        }
    }
    return 0;
}

void pci_function_reset(struct device *device)
{
    place(device);
    drive_pin(device);
}

void pci_function_restored(struct device *device)
{
    place(device);
    drive_pin(device);
}
