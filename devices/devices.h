/* SPDX-License-Identifier: Apache-2.0 */
/* All device models, by the compatible string of a board's node. */
#ifndef DEVICES_DEVICES_H
#define DEVICES_DEVICES_H

#include <stddef.h>

#include "bus/device.h"

/* NULL when no model has this string. */
const struct device_type *device_type_find(const char *compatible);
/* The index-th model in the order of the lists, NULL past the last. */
const struct device_type *device_type_at(size_t index);

#endif
