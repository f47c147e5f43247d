/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICES_ARM_PL011_H
#define DEVICES_ARM_PL011_H

#include <stddef.h>

#include "bus/device.h"

#define PL011_COMPATIBLE "arm,pl011"

/* Types bytes into the receiver; they wait where they find no room in the FIFO.
 * Returns how many were taken, fewer than size when too many wait already. */
size_t pl011_input(struct device *device, const void *bytes, size_t size);

#endif
