/* SPDX-License-Identifier: Apache-2.0 */
/* A device in a state that no guest has made: anybody may have written the
 * record that a machine is restored from. */
#ifndef DEVICES_TEST_SPOIL_H
#define DEVICES_TEST_SPOIL_H

#include <stdlib.h>

#include "base/bits.h"
#include "bus/device_state.h"
#include "devices/test_bus.h"

/* A number below limit, from the fabric's seed. */
static inline uint64_t spoil_draw(struct device *device, uint64_t limit)
{
    uint64_t value;

    fabric_random(device->fabric, &value, sizeof(value));
    return value % limit;
}

/* Puts anything into the device that a record may have: each word is small half
 * of the time, and at most what its field allows. */
static inline void test_spoil(struct device *device)
{
    const size_t size = device_image_size(device->type);
    uint8_t *image = xcalloc(1, size);
    struct state_table table = {0};

    fabric_random(device->fabric, image, size);
    device_fields(device->type, &table);
    for (size_t i = 0; i < table.count; i++) {
        const struct state_field *field = &table.fields[i];
        const uint64_t small = spoil_draw(device, 2) != 0 ? 5 : UINT64_MAX;
        const uint64_t most =
            field->most != 0 ? field->most + UINT64_C(1) : UINT64_MAX;
        const uint64_t limit = small < most ? small : most;

        for (size_t at = 0; at + 4 <= field->size_bytes; at += 4) {
            store_le32(image + field->offset + at,
                       (uint32_t)spoil_draw(device, limit));
        }
    }
    state_table_fini(&table);
    device_image_put(device, image);
    free(image);
    device_restored(device);
}

/* For fuzzers: whether a save and a restore bring the device back. With made_up
 * it gets the state of a hostile snapshot instead, and true is returned. */
static inline bool test_again(struct device *device, bool made_up)
{
    if (made_up) {
        test_spoil(device);
    }
    return made_up || test_restores(device);
}

#endif
