/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of a device that its tables imply, for use in the device's own test.
 *
 *   - the tables hold together (device_type_check)
 *   - every register has its reset value after power-on and comes back to it
 *     by the resets of its domain and by no other
 *   - every offset survives every size, alignment and view, answers within the
 *     contract of the bus, and the device is itself after the next power-on
 *   - a record of it restores to the same hash
 *   - outputs follow from state and inputs alone: after power-on and a restore
 *     they stand as before
 *
 * Values are checked where no handler stands in the way. exclusions names rows
 * whose values the device itself changes or derives (NULL-terminated, NULL for
 * none); those are only poked.
 */
#ifndef BUS_DEVICE_CHECK_H
#define BUS_DEVICE_CHECK_H

#include "base/buffer.h"
#include "bus/device.h"

/* Checks a device that has been created and initialised; its state is as
 * before afterwards. Appends a line per failure to *report, returns their
 * number. */
unsigned device_check(struct device *device, const char *const *exclusions,
                      struct buffer *report);

/* The same for a type whose init needs neither properties nor peers. */
unsigned device_check_type(const struct device_type *type,
                           const char *const *exclusions,
                           struct buffer *report);

#endif
