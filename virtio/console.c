/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Console device (virtio 1.2, 5.3), with several ports, their names and sizes,
 * and emergency write.
 *
 * The device keeps no bytes: what comes in is written into buffers of the
 * driver at once, as far as there are any, and what the driver sends is handed
 * on. Control messages that wait for a buffer are bits, from which the message
 * is made when there is one; so their number has a bound, whatever the driver
 * does.
 */
#include "virtio/console.h"

#include <string.h>

enum { CHUNK = 512 };

static struct virtio_console_outside *outside_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_console_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_console_state *)virtio->state;
}

static bool is_multiport(const struct virtio *virtio)
{
    return virtio_has(virtio, VIRTIO_CONSOLE_F_MULTIPORT);
}

/* ---- Queues and ports (5.3.2) -------------------------------------------- */

static unsigned receive_queue(unsigned port)
{
    return port == 0 ? VIRTIO_CONSOLE_RECEIVE : 2 + 2 * port;
}

static bool is_control(unsigned queue)
{
    return queue == VIRTIO_CONSOLE_CONTROL_RECEIVE ||
           queue == VIRTIO_CONSOLE_CONTROL_TRANSMIT;
}

static unsigned port_of(unsigned queue)
{
    return queue < VIRTIO_CONSOLE_CONTROL_RECEIVE ? 0 : queue / 2 - 1;
}

static bool is_transmit(unsigned queue)
{
    return queue % 2 != 0;
}

/* The driver wants what comes in. Without control messages there is no word of
 * that but the buffers. */
static bool is_open(const struct virtio *virtio, unsigned port)
{
    return !is_multiport(virtio) || (state_of(virtio)->opened >> port & 1) != 0;
}

/* ---- Configuration (5.3.3, 5.3.4) ---------------------------------------- */

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_CONSOLE_F_SIZE) |
           VIRTIO_FEATURE(VIRTIO_CONSOLE_F_EMERG_WRITE) |
           (virtio->queues > 2 ? VIRTIO_FEATURE(VIRTIO_CONSOLE_F_MULTIPORT)
                               : 0);
}

static void config(const struct virtio *virtio, void *bytes)
{
    const struct virtio_console_outside *outside = outside_of(virtio);
    const struct virtio_console_config config = {
        .cols = outside->port[0].columns,
        .rows = outside->port[0].rows,
        .max_nr_ports = outside->ports,
    };

    memcpy(bytes, &config, sizeof(config));
}

/* The lower byte goes out at once, even before any feature was accepted
 * (5.3.5.1). */
static void configure(struct virtio *virtio, uint32_t offset, const void *bytes,
                      uint32_t size)
{
    if (offset != offsetof(struct virtio_console_config, emerg_wr) ||
        size == 0) {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
        return;
    }
    outside_of(virtio)->put(virtio, 0, bytes, 1);
}

/* ---- Control messages (5.3.6.2) ------------------------------------------ */

static const uint16_t order[] = {
    VIRTIO_CONSOLE_DEVICE_ADD, VIRTIO_CONSOLE_CONSOLE_PORT,
    VIRTIO_CONSOLE_RESIZE,     VIRTIO_CONSOLE_PORT_NAME,
    VIRTIO_CONSOLE_PORT_OPEN,
};

/* The messages that are due for a port that the driver has made. */
static uint32_t messages_of(const struct virtio_console_port *port)
{
    return 1u << VIRTIO_CONSOLE_PORT_NAME | 1u << VIRTIO_CONSOLE_PORT_OPEN |
           (port->console ? 1u << VIRTIO_CONSOLE_CONSOLE_PORT : 0) |
           (port->console && port->columns != 0 ? 1u << VIRTIO_CONSOLE_RESIZE
                                                : 0);
}

/* The next message that waits, of *port; 0 if there is none: no event of the
 * device's has that number. */
static uint16_t next_message(const struct virtio *virtio, unsigned *port)
{
    const struct virtio_console_state *state = state_of(virtio);

    for (*port = 0; *port < outside_of(virtio)->ports; ++*port) {
        for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
            if ((state->messages[*port] >> order[i] & 1) != 0) {
                return order[i];
            }
        }
    }
    return 0;
}

/* The bytes of a message; returns how many. */
static size_t make_message(const struct virtio *virtio, unsigned port,
                           uint16_t event, uint8_t *bytes)
{
    const struct virtio_console_port *what = &outside_of(virtio)->port[port];
    const struct virtio_console_control control = {port, event, 1};
    const struct virtio_console_resize size = {what->columns, what->rows};
    size_t length = 0;

    memcpy(bytes, &control, sizeof(control));
    bytes += sizeof(control);
    if (event == VIRTIO_CONSOLE_RESIZE) {
        memcpy(bytes, &size, sizeof(size));
        length = sizeof(size);
    } else if (event == VIRTIO_CONSOLE_PORT_NAME) {
        while (length < VIRTIO_CONSOLE_NAME_MAX && what->name[length] != 0) {
            bytes[length] = (uint8_t)what->name[length];
            length++;
        }
    }
    return sizeof(control) + length;
}

/* A driver that gives buffers too short for a message loses it (it is the
 * driver that chooses their size). */
static void serve_control_receive(struct virtio *virtio, unsigned queue)
{
    uint8_t
        bytes[sizeof(struct virtio_console_control) + VIRTIO_CONSOLE_NAME_MAX];
    struct virtio_chain chain;
    unsigned port;
    uint16_t event;

    while ((event = next_message(virtio, &port)) != 0 &&
           virtio_take(virtio, queue, &chain)) {
        const size_t size = make_message(virtio, port, event, bytes);

        state_of(virtio)->messages[port] &= ~(1u << event);
        if (chain.readable != 0) { /* 5.3.6.1 */
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, queue,
                         chain.readable_bytes);
            return;
        }
        if (chain.writable_bytes < size) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain.writable_bytes);
            return;
        }
        if (!virtio_write(virtio, &chain, 0, bytes, size)) {
            return;
        }
        virtio_complete(virtio, &chain, size);
    }
}

static void ready_device(struct virtio *virtio,
                         const struct virtio_console_control *control)
{
    struct virtio_console_state *state = state_of(virtio);

    state->ready = 0;
    state->opened = 0;
    for (unsigned i = 0; i < outside_of(virtio)->ports; i++) {
        state->messages[i] =
            control->value != 0 ? 1u << VIRTIO_CONSOLE_DEVICE_ADD : 0;
    }
}

static void ready_port(struct virtio *virtio,
                       const struct virtio_console_control *control)
{
    struct virtio_console_state *state = state_of(virtio);
    const unsigned port = control->id;

    if (control->value == 0) {
        state->ready &= ~(1u << port);
        return;
    }
    state->ready |= 1u << port;
    state->messages[port] |= messages_of(&outside_of(virtio)->port[port]);
}

static void open_port(struct virtio *virtio,
                      const struct virtio_console_control *control)
{
    struct virtio_console_state *state = state_of(virtio);

    state->opened &= ~(1u << control->id);
    state->opened |= (uint32_t)(control->value != 0) << control->id;
}

static void take_control(struct virtio *virtio,
                         const struct virtio_console_control *control)
{
    const bool of_device = control->event == VIRTIO_CONSOLE_DEVICE_READY;

    if (!of_device && control->id >= outside_of(virtio)->ports) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_VALUE,
                     VIRTIO_CONSOLE_CONTROL_TRANSMIT, control->id);
    } else if (of_device) {
        ready_device(virtio, control);
    } else if (control->event == VIRTIO_CONSOLE_PORT_READY) {
        ready_port(virtio, control);
    } else if (control->event == VIRTIO_CONSOLE_PORT_OPEN) {
        open_port(virtio, control);
    } else {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_VALUE,
                     VIRTIO_CONSOLE_CONTROL_TRANSMIT, control->event);
    }
}

static void serve_control_transmit(struct virtio *virtio, unsigned queue)
{
    struct virtio_console_control control;
    struct virtio_chain chain;

    while (virtio_take(virtio, queue, &chain)) {
        if (chain.readable_bytes < sizeof(control)) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain.readable_bytes);
            return;
        }
        if (!virtio_read(virtio, &chain, 0, &control, sizeof(control))) {
            return;
        }
        virtio_complete(virtio, &chain, 0);
        take_control(virtio, &control);
        virtio_serve(virtio, VIRTIO_CONSOLE_CONTROL_RECEIVE);
    }
}

void virtio_console_resized(struct virtio *virtio, unsigned port)
{
    struct virtio_console_state *state = state_of(virtio);

    if (port == 0) {
        virtio_changed(virtio);
    }
    if ((state->ready >> port & 1) != 0 &&
        outside_of(virtio)->port[port].console) {
        state->messages[port] |= 1u << VIRTIO_CONSOLE_RESIZE;
        virtio_serve(virtio, VIRTIO_CONSOLE_CONTROL_RECEIVE);
    }
}

/* Linux reads the size when it is told of a change, and not before. */
static void started(struct virtio *virtio)
{
    if (virtio_has(virtio, VIRTIO_CONSOLE_F_SIZE) &&
        outside_of(virtio)->port[0].columns != 0) {
        virtio_changed(virtio);
    }
}

/* ---- Bytes (5.3.6) ------------------------------------------------------- */

static void serve_transmit(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;
    uint8_t bytes[CHUNK];

    while (virtio_take(virtio, queue, &chain)) {
        uint64_t size = chain.readable_bytes;

        if (chain.readable != chain.count) { /* 5.3.6.1 */
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, queue,
                         chain.writable_bytes);
            return;
        }
        if (size > VIRTIO_CONSOLE_BYTES_MAX) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_LONG, queue, size);
            size = VIRTIO_CONSOLE_BYTES_MAX;
        }
        for (uint64_t done = 0; done < size; done += CHUNK) {
            const uint64_t piece = size - done < CHUNK ? size - done : CHUNK;

            if (!virtio_read(virtio, &chain, done, bytes, piece)) {
                return;
            }
            outside_of(virtio)->put(virtio, port_of(queue), bytes, piece);
        }
        virtio_complete(virtio, &chain, 0);
    }
}

static void serve_receive(struct virtio *virtio, unsigned queue)
{
    struct virtio_console_arrival *arrival = &outside_of(virtio)->arrival;
    struct virtio_chain chain;

    while (arrival->size != 0 && arrival->port == port_of(queue) &&
           virtio_take(virtio, queue, &chain)) {
        const size_t size = chain.writable_bytes < arrival->size
                                ? (size_t)chain.writable_bytes
                                : arrival->size;

        if (chain.readable != 0) { /* 5.3.6.1 */
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, queue,
                         chain.readable_bytes);
            return;
        }
        if (!virtio_write(virtio, &chain, 0, arrival->bytes, size)) {
            return;
        }
        virtio_complete(virtio, &chain, size);
        arrival->bytes += size;
        arrival->size -= size;
    }
}

size_t virtio_console_receive(struct virtio *virtio, unsigned port,
                              const void *bytes, size_t size)
{
    struct virtio_console_arrival *arrival = &outside_of(virtio)->arrival;

    if (!is_open(virtio, port)) {
        return 0;
    }
    *arrival = (struct virtio_console_arrival){port, bytes, size};
    virtio_serve(virtio, receive_queue(port));
    const size_t taken = size - arrival->size;
    *arrival = (struct virtio_console_arrival){0};
    return taken;
}

static void serve(struct virtio *virtio, unsigned queue)
{
    static void (*const serves[2][2])(struct virtio * virtio,
                                      unsigned queue) = {
        {serve_receive,         serve_transmit        },
        {serve_control_receive, serve_control_transmit},
    };

    if (queue >= VIRTIO_CONSOLE_CONTROL_RECEIVE && !is_multiport(virtio)) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_ABSENT, queue,
                     queue); /* 5.3.2 */
        return;
    }
    serves[is_control(queue)][is_transmit(queue)](virtio, queue);
}

/* ---- Life ---------------------------------------------------------------- */

static bool possible(const struct virtio *virtio)
{
    const struct virtio_console_state *state = state_of(virtio);
    const unsigned ports = outside_of(virtio)->ports;

    for (unsigned i = ports; i < VIRTIO_CONSOLE_PORTS; i++) {
        if (state->messages[i] != 0) {
            return false;
        }
    }
    return state->opened >> ports == 0 && state->ready >> ports == 0;
}

const struct virtio_type virtio_console = {
    .name = "console",
    .title = "console device",
    .id = VIRTIO_ID_CONSOLE,
    .queues = VIRTIO_CONSOLE_QUEUES,
    .state_size = sizeof(struct virtio_console_state),
    .config_size = sizeof(struct virtio_console_config),
    .in_order = true,
    .features = features,
    .config = config,
    .configure = configure,
    .serve = serve,
    .started = started,
    .possible = possible,
};
