/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial ports of a device: bytes that come in from outside.
 *
 * A device with ports has a struct serial_client in its type. What a port sends
 * goes to fabric_console, by the port's name; what comes in is given to it
 * between two rounds of the run loop, where no core runs. Which ports have a
 * back end is the session's to decide, and the device does not know it.
 */
#ifndef BUS_SERIAL_H
#define BUS_SERIAL_H

#include <stddef.h>

#include "bus/device.h"

struct serial_client {
    /* The name of a port, NULL past the last; no two of a machine should be the
     * same. NULL: there is one port, which has the name of the device. */
    const char *(*name)(const struct device *device, unsigned port);
    /* Takes bytes, and returns how many, fewer than size when too many wait
     * already: the others are offered again soon. */
    size_t (*receive)(struct device *device, unsigned port, const void *bytes,
                      size_t size);
};

/* The name of a port, NULL past the last. The device has ports. */
static inline const char *serial_port_name(const struct device *device,
                                           unsigned port)
{
    return device->type->serial->name ? device->type->serial->name(device, port)
           : port == 0                ? device->name
                                      : NULL;
}

#endif
