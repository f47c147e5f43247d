/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI transport (virtio 1.2, 4.1), not the transitional one: BAR 4 shows
 * the structures that the capabilities of configuration space lead to, BAR 1
 * the MSI-X table.
 *
 * Fields of the common configuration are 8, 16, 32 and 64 bits wide and
 * accessed by their width (4.1.3.1); registers here are words, so a handler
 * looks at which bytes of its word an access gives.
 */
#include <string.h>

#include "bus/handlers.h"
#include "devices/virtio/transport.h"

enum { NO_VECTOR = 0xffff };

static struct virtio_pci_state *state_of(struct device *device)
{
    return device->state;
}

static struct virtio_queue_state *selected_queue(struct device *device)
{
    const unsigned queue = state_of(device)->common.queue_sel;
    struct virtio *virtio = virtio_of(device);

    return queue < virtio->queues ? virtio_queue(virtio, queue) : NULL;
}

/* The bytes of the word that an access gives. */
static unsigned lanes_of(const struct access *access)
{
    return access->size < 4 ? access->lanes : 0xf;
}

/* ---- Interrupts (4.1.4.5, 4.1.5.1.2) ------------------------------------- */

static void interrupt(struct device *device, uint16_t inverted_vector,
                      enum virtio_interrupt reason)
{
    const uint16_t vector = inverted_vector ^ NO_VECTOR;

    if (!pci_has_messages(device)) {
        state_of(device)->common.isr |= reason;
        pci_set_intx(device, true);
    } else if (vector < VIRTIO_PCI_VECTORS) {
        pci_message(device, vector);
    }
}

static void used(struct device *device, unsigned queue)
{
    interrupt(device, state_of(device)->common.queue_vectors[queue],
              VIRTIO_INTERRUPT_QUEUE);
}

static void configured(struct device *device)
{
    interrupt(device, state_of(device)->common.config_vector,
              VIRTIO_INTERRUPT_CONFIG);
}

/* Reading acknowledges. */
static uint32_t read_isr(struct device *device, const struct access *access,
                         unsigned index)
{
    struct virtio_pci_common *common = &state_of(device)->common;
    const uint32_t isr = common->isr;

    if (!access->debug) {
        common->isr = 0;
        pci_set_intx(device, false);
    }
    return isr;
}

/* The value that a driver reads back: NO_VECTOR if there is no such one. Kept
 * inverted, so that zero is NO_VECTOR. */
static uint16_t inverted(uint32_t vector)
{
    return (uint16_t)((vector < VIRTIO_PCI_VECTORS ? vector : NO_VECTOR) ^
                      NO_VECTOR);
}

/* ---- Common configuration (4.1.4.3) -------------------------------------- */

REGISTER_VALUE(read_features_sel, state_of(device)->common.device_features_sel)

static void write_features_sel(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    state_of(device)->common.device_features_sel = value;
}

REGISTER_VALUE(read_features, virtio_transport_features(
                                  virtio_of(device),
                                  state_of(device)->common.device_features_sel))
REGISTER_VALUE(read_accepted_sel, state_of(device)->common.driver.sel)

static void write_accepted_sel(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    state_of(device)->common.driver.sel = value;
}

static uint32_t read_accepted(struct device *device,
                              const struct access *access, unsigned index)
{
    const struct virtio_driver_features *driver =
        &state_of(device)->common.driver;

    return driver->sel < ARRAY_SIZE(driver->words) ? driver->words[driver->sel]
                                                   : 0;
}

REGISTER_CALL(write_accepted,
              virtio_transport_accept(virtio_of(device),
                                      &state_of(device)->common.driver, value))

/* config_msix_vector, num_queues */
REGISTER_VALUE(read_vector,
               (state_of(device)->common.config_vector ^ NO_VECTOR) |
                   virtio_of(device)->queues << 16)

static void write_vector(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    if ((lanes_of(access) & 3) != 0) {
        state_of(device)->common.config_vector = inverted(value & UINT16_MAX);
    }
}

/* device_status, config_generation, queue_select */
static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct virtio_state *state = virtio_of(device)->state;

    return (state->status & 0xff) | (state->generation & 0xff) << 8 |
           state_of(device)->common.queue_sel << 16;
}

static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct virtio_pci_common *common = &state_of(device)->common;
    const unsigned lanes = lanes_of(access);

    if ((lanes & 0xc) != 0) {
        common->queue_sel = value >> 16;
    }
    if ((lanes & 1) == 0) {
        return;
    }
    if ((value & 0xff) == 0) {
        memset(common, 0, sizeof(*common));
        virtio_transport_reset(device);
        pci_set_intx(device, false);
    }
    virtio_set_status(virtio_of(device), value & 0xff);
}

/* queue_size, queue_msix_vector */
static uint32_t read_queue_size(struct device *device,
                                const struct access *access, unsigned index)
{
    const struct virtio_pci_common *common = &state_of(device)->common;
    const struct virtio_queue_state *queue = selected_queue(device);

    if (queue == NULL) {
        return 0;
    }
    return (queue->size != 0
                ? queue->size & UINT16_MAX
                : virtio_queue_size_max(virtio_of(device), common->queue_sel)) |
           (uint32_t)(common->queue_vectors[common->queue_sel] ^ NO_VECTOR)
               << 16;
}

static void write_queue_size(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct virtio_pci_common *common = &state_of(device)->common;

    if ((lanes_of(access) & 3) != 0) {
        virtio_queue_set(virtio_of(device), common->queue_sel,
                         VIRTIO_QUEUE_SIZE, value & UINT16_MAX);
    }
    if ((lanes_of(access) & 0xc) != 0 && selected_queue(device) != NULL) {
        common->queue_vectors[common->queue_sel] = inverted(value >> 16);
    }
}

/* queue_enable, queue_notify_off */
static uint32_t read_queue_enable(struct device *device,
                                  const struct access *access, unsigned index)
{
    const struct virtio_queue_state *queue = selected_queue(device);

    return queue != NULL
               ? queue->ready | state_of(device)->common.queue_sel << 16
               : 0;
}

/* The driver must not write 0 (4.1.4.3.2): a queue that is enabled stays so. A
 * size that it did not write is what it reads, the greatest; EDK2 relies on
 * that. */
static void write_queue_enable(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    const unsigned number = state_of(device)->common.queue_sel;
    const struct virtio_queue_state *queue = selected_queue(device);
    struct virtio *virtio = virtio_of(device);

    if ((lanes_of(access) & 3) == 0) {
        return;
    }
    if ((value & UINT16_MAX) != 1) {
        if (queue != NULL && queue->ready != 0) {
            virtio_fault(virtio, VIRTIO_FAULT_QUEUE_LATE, number, value);
        }
        return;
    }
    if (queue != NULL && queue->size == 0) {
        virtio_queue_set(virtio, number, VIRTIO_QUEUE_SIZE,
                         virtio_queue_size_max(virtio, number));
    }
    virtio_queue_enable(virtio, number);
}

/* queue_desc, queue_driver, queue_device: two words each */
static const struct {
    enum virtio_queue_field field;
    size_t offset;
} areas[] = {
    {VIRTIO_QUEUE_DESCRIPTORS,
     offsetof(struct virtio_queue_state,                           descriptors)},
    {VIRTIO_QUEUE_DRIVER,      offsetof(struct virtio_queue_state, driver)     },
    {VIRTIO_QUEUE_DEVICE,      offsetof(struct virtio_queue_state, device)     },
};

static uint32_t read_area(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct virtio_queue_state *queue = selected_queue(device);
    uint64_t address = 0;

    if (queue != NULL) {
        memcpy(&address, (const uint8_t *)queue + areas[index / 2].offset,
               sizeof(address));
    }
    return (uint32_t)(address >> index % 2 * 32);
}

static void write_area(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    const uint64_t other = read_area(device, access, index ^ 1);

    virtio_queue_set(virtio_of(device), state_of(device)->common.queue_sel,
                     areas[index / 2].field,
                     index % 2 == 0 ? value | other << 32
                                    : other | (uint64_t)value << 32);
}

/* queue_notify_data (NOTIF_CONFIG_DATA is not offered), queue_reset */
REGISTER_VALUE(read_queue_reset, UINT16_MAX &state_of(device)->common.queue_sel)

static void write_queue_reset(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    if ((lanes_of(access) & 0xc) != 0 && value >> 16 == 1) {
        virtio_queue_reset(virtio_of(device),
                           state_of(device)->common.queue_sel);
    }
}

/* ---- Other structures ---------------------------------------------------- */

REGISTER_CALL(write_notify, virtio_kick(virtio_of(device), value))

/* ---- Configuration space ------------------------------------------------- */

/*
 * The window of VIRTIO_PCI_CAP_PCI_CFG (4.1.4.9): an access to its data is one
 * to BAR 4, for firmware that has not placed the BAR.
 */
static uint64_t window_offset(struct device *device, unsigned *size)
{
    const struct virtio_pci_window *window = &state_of(device)->window;

    *size = window->length;
    return (window->bar & 0xff) == VIRTIO_PCI_BAR &&
                   (*size == 1 || *size == 2 || *size == 4) &&
                   window->offset % *size == 0 &&
                   window->offset < VIRTIO_PCI_STRUCTURES_SIZE
               ? window->offset
               : UINT64_MAX;
}

uint32_t virtio_pci_read_window(struct device *device,
                                const struct access *access, unsigned index)
{
    unsigned size;
    const uint64_t offset = window_offset(device, &size);
    uint64_t value = 0;

    if (offset != UINT64_MAX) {
        device_read(device, VIRTIO_PCI_BANK_STRUCTURES, access, offset, size,
                    &value);
    }
    return (uint32_t)value;
}

void virtio_pci_write_window(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    unsigned size;
    const uint64_t offset = window_offset(device, &size);

    if (offset != UINT64_MAX) {
        device_write(device, VIRTIO_PCI_BANK_STRUCTURES, access, offset, size,
                     size == 4 ? value : value & ((1u << size * 8) - 1));
    }
}

const struct register_spec virtio_pci_structures[] = {
#include "devices/virtio/pci.def"
};

const struct register_spec virtio_pci_msix[] = {
    PCI_MSIX_TABLE(VIRTIO_PCI_TABLE, VIRTIO_PCI_VECTORS,
                   FIELD(struct virtio_pci_state, vectors)),
    PCI_KEPT(VIRTIO_PCI_PENDING, VIRTIO_PCI_PENDING_WORDS, "PENDING", 0, 0,
             FIELD(struct virtio_pci_state, pending), NULL, NULL,
             "masked messages that are pending"),
};

static_assert(ARRAY_SIZE(virtio_pci_structures) == VIRTIO_PCI_STRUCTURE_ROWS &&
                  ARRAY_SIZE(virtio_pci_msix) == VIRTIO_PCI_MSIX_ROWS,
              "banks of all kinds say how many there are");

const struct output_spec virtio_pci_outputs[1] = {
    {"inta", LINE_INTERRUPT},
};

/* ---- Life ---------------------------------------------------------------- */

static const struct virtio_kind *kind_of(const struct device *device)
{
    const struct virtio_pci_function *function = device->type->interface;

    return function->kind;
}

static const struct virtio_transport transport = {
    .kind = kind_of,
    .state_offset = sizeof(struct virtio_pci_state),
    .dma = pci_dma,
    .used = used,
    .configured = configured,
};

int virtio_pci_init(struct device *device, struct error *error)
{
    const int code = pci_function_init(device, error);

    return code != 0 ? code : virtio_transport_init(device, &transport, error);
}

void virtio_pci_reset(struct device *device, enum reset_domain domain)
{
    virtio_transport_reset(device);
    pci_function_reset(device);
}

void virtio_pci_restored(struct device *device)
{
    virtio_transport_restored(device);
    pci_function_restored(device);
}
