/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console device's outside: ports with names, whose bytes the owner of the
 * device takes and gives.
 */
#ifndef VIRTIO_CONSOLE_H
#define VIRTIO_CONSOLE_H

#include "abi/virtio_console.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_CONSOLE_PORTS = 8,
    VIRTIO_CONSOLE_QUEUES = 2 + 2 * VIRTIO_CONSOLE_PORTS,
    VIRTIO_CONSOLE_NAME_MAX = 63,
    /* The bytes of one request; what is behind them is lost. */
    VIRTIO_CONSOLE_BYTES_MAX = 1 << 20,
};

struct virtio_console_port {
    const char *name; /* of at most VIRTIO_CONSOLE_NAME_MAX bytes */
    bool console;     /* for a terminal, else of programs */
    uint16_t columns; /* of the terminal; 0: not known */
    uint16_t rows;
};

/* Bytes on their way to a port, within virtio_console_receive. */
struct virtio_console_arrival {
    unsigned port;
    const uint8_t *bytes;
    size_t size;
};

/* virtio.outside of a console device. One port alone that is a console is
 * without control messages: then virtio.queues is 2, else 2 and 2 for each
 * port. */
struct virtio_console_outside {
    unsigned ports;
    struct virtio_console_port port[VIRTIO_CONSOLE_PORTS];
    /* The driver sends bytes. */
    void (*put)(struct virtio *virtio, unsigned port, const void *bytes,
                size_t size);
    /* private */
    struct virtio_console_arrival arrival;
};

/* The queues that so many ports take. */
static inline unsigned virtio_console_queues(unsigned ports, bool multiport)
{
    return multiport ? 2 + 2 * ports : 2;
}

/* Gives bytes to the driver; returns how many it has room for. None while it
 * has not opened the port. */
size_t virtio_console_receive(struct virtio *virtio, unsigned port,
                              const void *bytes, size_t size);
/* Columns and rows of a port were changed. */
void virtio_console_resized(struct virtio *virtio, unsigned port);

/* The state, for its owner to keep. */
struct virtio_console_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_CONSOLE_QUEUES];
    uint32_t ready;  /* ports that the driver made, a bit each */
    uint32_t opened; /* ports that the driver has open */
    /* Control messages that wait for buffers: of each port, a bit for each enum
     * virtio_console_event. */
    uint32_t messages[VIRTIO_CONSOLE_PORTS];
};

extern const struct virtio_type virtio_console;

#endif
