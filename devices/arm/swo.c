/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serial wire output of an Arm microcontroller (DDI 0403 C1.10, D4): trace
 * packets as they leave the pin, without the formatter of the trace port, for
 * programs that decode them; and the text among them, for people. The node
 * names two serial ports by "cairn,ports": that of the text, that of the
 * packets.
 */
#include <errno.h>

#include "bus/device.h"
#include "bus/serial.h"
#include "bus/trace.h"

enum { TEXT, PACKETS, PORTS };

static const char *port_name(const struct device *device, unsigned port)
{
    return port < PORTS ? device_own_property_name(device, "cairn,ports", port)
                        : NULL;
}

static void packet(struct device *device, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        fabric_stream(device->fabric, port_name(device, PACKETS),
                      ((const uint8_t *)bytes)[i]);
    }
}

static void text(struct device *device, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        fabric_console(device->fabric, port_name(device, TEXT),
                       ((const uint8_t *)bytes)[i]);
    }
}

static const struct logged_omission input = {
    "port", "bytes that come in where trace goes out"};

static size_t receive(struct device *device, unsigned port, const void *bytes,
                      size_t size)
{
    if (size != 0) {
        device_omits(device, &input);
    }
    return size;
}

static int init(struct device *device, struct error *error)
{
    return port_name(device, PACKETS) != NULL
               ? 0
               : error_set(error, -EINVAL,
                           "needs 'cairn,ports': the names of two ports, of "
                           "text and of packets");
}

static const struct serial_client client = {port_name, receive};
static const struct trace_sink sink = {packet, text};

const struct device_type swo = {
    .compatible = "arm,swo",
    .title = "Serial wire output of trace",
    .reference = "DDI 0403 C1.10, D4",
    .init = init,
    .serial = &client,
    .interface = &sink,
    DEVICE_OMISSIONS(OMISSION_LOGGED(input)),
};
