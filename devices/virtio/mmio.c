/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MMIO transport (virtio 1.2, 4.2), and that of the legacy interface
 * (4.2.4), which has other registers for queues: one area for all of a queue,
 * at a page.
 */
#include <string.h>

#include "bus/handlers.h"
#include "devices/virtio/transport.h"

static struct virtio_mmio_state *state_of(struct device *device)
{
    return device->state;
}

/* The queue that QueueSel selects, which need not exist. */
static unsigned selected(struct device *device)
{
    return state_of(device)->queue_sel;
}

static const struct virtio_queue_state *selected_queue(struct device *device)
{
    struct virtio *virtio = virtio_of(device);

    return selected(device) < virtio->queues
               ? virtio_queue(virtio, selected(device))
               : NULL;
}

/* ---- Interrupt (4.2.2, 4.2.3.4) ------------------------------------------ */

static void update(struct device *device)
{
    line_set(&device->outputs[0], state_of(device)->interrupt_status != 0);
}

static void interrupt(struct device *device, enum virtio_interrupt reason)
{
    state_of(device)->interrupt_status |= reason;
    update(device);
}

static void used(struct device *device, unsigned queue)
{
    interrupt(device, VIRTIO_INTERRUPT_QUEUE);
}

static void configured(struct device *device)
{
    interrupt(device, VIRTIO_INTERRUPT_CONFIG);
}

static void write_interrupt_ack(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    state_of(device)->interrupt_status &= ~value;
    update(device);
}

/* ---- Legacy state -------------------------------------------------------- */

static struct virtio_mmio_legacy_state *legacy_of(struct device *device)
{
    return device->state;
}

/* A reset by the driver leaves the size of pages as it is: Linux writes it
 * once, before it resets the device. */
static void forget_aligns(struct device *device)
{
    memset(legacy_of(device)->aligns, 0, sizeof(legacy_of(device)->aligns));
}

/* ---- Device -------------------------------------------------------------- */

REGISTER_VALUE(read_id, virtio_of(device)->type->id)
REGISTER_VALUE(read_status, virtio_of(device)->state->status)

static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    if (value == 0) {
        memset(state_of(device), 0, sizeof(struct virtio_mmio_state));
        if (virtio_of(device)->legacy) {
            forget_aligns(device);
        }
        virtio_transport_reset(device);
        update(device);
    }
    virtio_set_status(virtio_of(device), value);
}

REGISTER_VALUE(read_generation, virtio_of(device)->state->generation)

/* ---- Features ------------------------------------------------------------ */

REGISTER_VALUE(read_features,
               virtio_transport_features(virtio_of(device),
                                         state_of(device)->device_features_sel))

REGISTER_CALL(write_features,
              virtio_transport_accept(virtio_of(device),
                                      &state_of(device)->driver, value))

static void write_device_features_sel(struct device *device,
                                      const struct access *access,
                                      unsigned index, uint32_t value)
{
    state_of(device)->device_features_sel = value;
}

static void write_driver_features_sel(struct device *device,
                                      const struct access *access,
                                      unsigned index, uint32_t value)
{
    state_of(device)->driver.sel = value;
}

/* ---- Queues -------------------------------------------------------------- */

static void write_queue_sel(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    state_of(device)->queue_sel = value;
}

REGISTER_VALUE(read_queue_max,
               virtio_queue_size_max(virtio_of(device), selected(device)))

REGISTER_CALL(write_queue_size,
              virtio_queue_set(virtio_of(device), selected(device),
                               VIRTIO_QUEUE_SIZE, value))

/* Half of an address; the other one stays. */
static void write_half(struct device *device, enum virtio_queue_field field,
                       uint64_t address, unsigned index, uint32_t value)
{
    const unsigned shift = index * 32;

    address &= ~((uint64_t)UINT32_MAX << shift);
    virtio_queue_set(virtio_of(device), selected(device), field,
                     address | (uint64_t)value << shift);
}

static void write_descriptors(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    const struct virtio_queue_state *queue = selected_queue(device);

    write_half(device, VIRTIO_QUEUE_DESCRIPTORS,
               queue != NULL ? queue->descriptors : 0, index, value);
}

static void write_driver(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    const struct virtio_queue_state *queue = selected_queue(device);

    write_half(device, VIRTIO_QUEUE_DRIVER, queue != NULL ? queue->driver : 0,
               index, value);
}

static void write_device(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    const struct virtio_queue_state *queue = selected_queue(device);

    write_half(device, VIRTIO_QUEUE_DEVICE, queue != NULL ? queue->device : 0,
               index, value);
}

static uint32_t read_queue_ready(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct virtio_queue_state *queue = selected_queue(device);

    return queue != NULL ? queue->ready : 0;
}

static void write_queue_ready(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    if (value != 0) {
        virtio_queue_enable(virtio_of(device), selected(device));
    } else {
        virtio_queue_stop(virtio_of(device), selected(device));
    }
}

static uint32_t read_queue_reset(struct device *device,
                                 const struct access *access, unsigned index)
{
    return 0; /* it is done when the write is */
}

static void write_queue_reset(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    if (value != 0) {
        virtio_queue_reset(virtio_of(device), selected(device));
    }
}

REGISTER_CALL(write_notify, virtio_kick(virtio_of(device), value))

/* ---- Queues of the legacy interface (2.7.2, 4.2.4) ----------------------- */

static void write_queue_align(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    if (selected(device) < VIRTIO_QUEUES_MAX) {
        legacy_of(device)->aligns[selected(device)] = value;
    }
}

static uint32_t read_queue_pfn(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct virtio_queue_state *queue = selected_queue(device);
    const uint32_t page = legacy_of(device)->page_size;

    return queue != NULL && queue->ready != 0 && page != 0
               ? (uint32_t)(queue->descriptors / page)
               : 0;
}

/* Behind the table is the available ring, and behind that, aligned, the used
 * one (2.7.2). Both rings have room for an event index. */
static void place_queue(struct device *device, uint64_t table, uint32_t align)
{
    struct virtio *virtio = virtio_of(device);
    const unsigned queue = selected(device);
    const uint64_t size = selected_queue(device)->size;
    const uint64_t available = table + size * sizeof(struct virtio_descriptor);
    const uint64_t end = available + VIRTIO_RING_ENTRIES +
                         size * sizeof(uint16_t) + VIRTIO_RING_EVENT_SIZE;

    virtio_queue_set(virtio, queue, VIRTIO_QUEUE_DESCRIPTORS, table);
    virtio_queue_set(virtio, queue, VIRTIO_QUEUE_DRIVER, available);
    virtio_queue_set(virtio, queue, VIRTIO_QUEUE_DEVICE,
                     (end + align - 1) & ~(uint64_t)(align - 1));
    virtio_queue_enable(virtio, queue);
}

static bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* 0 is the end of a queue; all else is its beginning. */
static void write_queue_pfn(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    const struct virtio_mmio_legacy_state *state = legacy_of(device);
    const struct virtio_queue_state *queue = selected_queue(device);
    const unsigned number = selected(device);

    if (queue == NULL) {
        virtio_fault(virtio_of(device), VIRTIO_FAULT_QUEUE_ABSENT, number,
                     value);
    } else if (value == 0) {
        virtio_queue_stop(virtio_of(device), number);
    } else if (!is_power_of_two(state->aligns[number]) ||
               !is_power_of_two(state->page_size)) {
        virtio_fault(virtio_of(device), VIRTIO_FAULT_QUEUE_ALIGNMENT, number,
                     is_power_of_two(state->page_size) ? state->aligns[number]
                                                       : state->page_size);
    } else {
        place_queue(device, (uint64_t)value * state->page_size,
                    state->aligns[number]);
    }
}

static const struct register_spec registers[] = {
#include "devices/virtio/mmio.def"
};

static const struct register_spec legacy_registers[] = {
#include "devices/virtio/mmio_legacy.def"
};

const struct register_bank virtio_mmio_banks[1] = {
    {"virtio_mmio", 0x200, 1 | 2 | 4, registers, ARRAY_SIZE(registers)},
};

const struct register_bank virtio_mmio_legacy_banks[1] = {
    {"virtio_mmio", 0x200, 1 | 2 | 4, legacy_registers,
     ARRAY_SIZE(legacy_registers)},
};

const struct output_spec virtio_mmio_outputs[1] = {
    {"interrupt", LINE_INTERRUPT},
};

/* ---- Life ---------------------------------------------------------------- */

static const struct virtio_kind *kind_of(const struct device *device)
{
    return device->type->interface;
}

static const struct dma *dma_of(struct device *device)
{
    return &((struct virtio_wiring *)device->wiring)->dma;
}

static const struct virtio_transport transport = {
    .kind = kind_of,
    .state_offset = sizeof(struct virtio_mmio_state),
    .dma = dma_of,
    .used = used,
    .configured = configured,
};

static const struct virtio_transport legacy_transport = {
    .kind = kind_of,
    .state_offset = sizeof(struct virtio_mmio_legacy_state),
    .dma = dma_of,
    .used = used,
    .configured = configured,
    .legacy = true,
};

static int init(struct device *device, const struct virtio_transport *as,
                struct error *error)
{
    struct virtio_wiring *wiring = device->wiring;
    const int code = dma_open(&wiring->dma, device, error);

    return code != 0 ? code : virtio_transport_init(device, as, error);
}

int virtio_mmio_init(struct device *device, struct error *error)
{
    return init(device, &transport, error);
}

int virtio_mmio_legacy_init(struct device *device, struct error *error)
{
    return init(device, &legacy_transport, error);
}

void virtio_mmio_reset(struct device *device, enum reset_domain domain)
{
    virtio_transport_reset(device);
    update(device);
}

void virtio_mmio_restored(struct device *device)
{
    virtio_transport_restored(device);
    update(device);
}
