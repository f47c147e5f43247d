/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a processor's trace leaves the chip: what an instrumentation trace
 * macrocell (ITM) hands to the trace port. A device that takes it names a
 * struct trace_sink in device_type.interface. Engine thread only.
 */
#ifndef BUS_TRACE_H
#define BUS_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct device;

struct trace_sink {
    /* A packet of the stream. */
    void (*packet)(struct device *device, const void *bytes, size_t size);
    /* Text that a program wrote to stimulus port 0, which is its console. */
    void (*text)(struct device *device, const void *bytes, size_t size);
};

#endif
