/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a device model in the lists of the folders. */
#include "devices/devices.h"

#include <string.h>

#include "base/bits.h"

#define DEVICE(symbol) extern const struct device_type symbol;
#include "devices/devices.def"
#undef DEVICE

static const struct device_type *const types[] = {
#define DEVICE(symbol) &(symbol),
#include "devices/devices.def"
#undef DEVICE
};

const struct device_type *device_type_find(const char *compatible)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcmp(types[i]->compatible, compatible) == 0) {
            return types[i];
        }
    }
    return NULL;
}

const struct device_type *device_type_at(size_t index)
{
    return index < ARRAY_SIZE(types) ? types[index] : NULL;
}
