/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio console in a machine: each of its ports is a serial port
 * (bus/serial.h).
 *
 * The node names the ports, consoles first: "cairn,consoles" for terminals, and
 * "cairn,ports" for programs, which find theirs by its name. Without either
 * there is one console, which has the name of the node. "cairn,columns" and
 * "cairn,rows" are the size of the terminals.
 */
#include "virtio/console.h"

#include <errno.h>
#include <string.h>

#include "bus/serial.h"
#include "devices/virtio/transport.h"

struct wiring {
    struct virtio_wiring common;
    struct virtio_console_outside outside;
};

static struct virtio_console_outside *outside_of(const struct device *device)
{
    return &((struct wiring *)device->wiring)->outside;
}

static void put(struct virtio *virtio, unsigned port, const void *bytes,
                size_t size)
{
    struct device *device = virtio_device(virtio);

    for (size_t i = 0; i < size; i++) {
        fabric_console(device->fabric, outside_of(device)->port[port].name,
                       ((const uint8_t *)bytes)[i]);
    }
}

static size_t receive(struct device *device, unsigned port, const void *bytes,
                      size_t size)
{
    return virtio_console_receive(virtio_of(device), port, bytes, size);
}

static const char *port_name(const struct device *device, unsigned port)
{
    const struct virtio_console_outside *outside = outside_of(device);

    return port < outside->ports ? outside->port[port].name : NULL;
}

static const struct serial_client client = {port_name, receive};

/* ---- The node ------------------------------------------------------------ */

/* A size of the terminals, which drivers read as 16 bits (5.3.4). */
static int read_size(struct device *device, const char *property,
                     uint16_t *size, struct error *error)
{
    const uint32_t value = device_own_property_u32(device, property, 0);

    *size = (uint16_t)value;
    return value <= UINT16_MAX
               ? 0
               : error_set(error, -EINVAL, "'%s' is %u, more than %d", property,
                           value, UINT16_MAX);
}

static int add_port(struct device *device, const char *name, bool console,
                    struct error *error)
{
    struct virtio_console_outside *outside = outside_of(device);
    struct virtio_console_port port = {.name = name, .console = console};

    if (outside->ports == VIRTIO_CONSOLE_PORTS) {
        return error_set(error, -EINVAL, "has more than %d ports",
                         VIRTIO_CONSOLE_PORTS);
    }
    if (name[0] == '\0' || strlen(name) > VIRTIO_CONSOLE_NAME_MAX) {
        return error_set(error, -EINVAL,
                         "port name '%s' has not 1 to %d characters", name,
                         VIRTIO_CONSOLE_NAME_MAX);
    }
    int code = read_size(device, "cairn,columns", &port.columns, error);
    if (code == 0) {
        code = read_size(device, "cairn,rows", &port.rows, error);
    }
    outside->port[outside->ports++] = port;
    return code;
}

static int init(struct device *device, struct error *error)
{
    static const char *const lists[] = {"cairn,ports", "cairn,consoles"};
    const char *name;
    int code = 0;

    for (unsigned console = 2; console-- > 0;) {
        for (unsigned i = 0;
             code == 0 &&
             (name = device_own_property_name(device, lists[console], i));
             i++) {
            code = add_port(device, name, console != 0, error);
        }
    }
    return code == 0 && outside_of(device)->ports == 0
               ? add_port(device, device->name, true, error)
               : code;
}

static void refresh(struct device *device, struct virtio *virtio)
{
    struct virtio_console_outside *outside = outside_of(device);
    const bool alone = outside->ports == 1 && outside->port[0].console;

    outside->put = put;
    virtio->outside = outside;
    virtio->queues = virtio_console_queues(outside->ports, !alone);
}

static const struct virtio_kind console = {
    .type = &virtio_console,
    .refresh = refresh,
    .init = init,
};

VIRTIO_MMIO(console, "console", "5.3", virtio_omissions,
            struct virtio_console_state, struct wiring, .serial = &client);
VIRTIO_MMIO_LEGACY(console, "console", "5.3", virtio_omissions,
                   struct virtio_console_state, struct wiring,
                   .serial = &client);
VIRTIO_PCI(console, "console", "5.3", virtio_omissions, VIRTIO_ID_CONSOLE,
           0x078000u, struct virtio_console_state, struct wiring,
           .serial = &client);
