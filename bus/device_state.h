/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saving and restoring a whole device: state, line levels and timers.
 *
 * Two forms. An image is the bare bytes, for a snapshot in memory: good within
 * one process, and as fast as memcpy. A record (state.h) is for files.
 *
 * Restoring puts line levels back without telling the sinks, which have their
 * own state restored. device_restored is the caller's to call when all devices
 * are done. Engine thread only, with no core running.
 */
#ifndef BUS_DEVICE_STATE_H
#define BUS_DEVICE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "bus/device.h"
#include "bus/state.h"

/* Appends a record: registers, fields, input and output levels, timers. */
void device_save(const struct device *device, struct buffer *out);
/* As state_restore of state.h; the device changes only on success. */
int device_restore(struct device *device, const uint8_t **bytes, size_t *size,
                   struct error *error);
/* Hash of what device_save saves but the order of arming. */
uint64_t device_hash(const struct device *device, uint64_t seed);

/* Lists the contents of an image, by names: registers, fields, inputs, outputs,
 * timers. The caller ends the table. */
void device_fields(const struct device_type *type, struct state_table *table);
/* The image of a device of this type, device_image_size bytes. */
size_t device_image_size(const struct device_type *type);
void device_image_take(const struct device *device, void *image);
void device_image_put(struct device *device, const void *image);

#endif
