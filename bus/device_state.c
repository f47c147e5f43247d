/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's image: its state, then input levels, output levels and timers.
 * A record describes the image by fields, named after registers and wires.
 */
#include "bus/device_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"
#include "bus/state.h"

struct timer_image {
    uint64_t due_ns;
    uint64_t sequence;
    uint64_t armed;
};

static size_t inputs_at(const struct device_type *type)
{
    return (type->state_size + 7) & ~(size_t)7;
}

static size_t outputs_at(const struct device_type *type)
{
    return inputs_at(type) + type->input_count * sizeof(uint32_t);
}

static size_t timers_at(const struct device_type *type)
{
    size_t end = outputs_at(type) + type->output_count * sizeof(uint32_t);
    return (end + 7) & ~(size_t)7;
}

size_t device_image_size(const struct device_type *type)
{
    return timers_at(type) + type->timer_count * sizeof(struct timer_image);
}

void device_image_take(const struct device *device, void *image)
{
    const struct device_type *type = device->type;
    uint8_t *to = image;
    assert(is_aligned(timers_at(type), 8));
    memset(to, 0, device_image_size(type));
    memcpy(to, device->state, type->state_size);
    memcpy(to + inputs_at(type), device->input_levels,
           type->input_count * sizeof(uint32_t));
    for (size_t i = 0; i < type->output_count; i++) {
        memcpy(to + outputs_at(type) + i * sizeof(uint32_t),
               &device->outputs[i].level, sizeof(uint32_t));
    }
    for (size_t i = 0; i < type->timer_count; i++) {
        const struct timer *timer = &device->timers[i];
        struct timer_image saved = {0};
        if (timer->armed) {
            saved = (struct timer_image){timer->due_ns, timer->sequence, 1};
        }
        memcpy(to + timers_at(type) + i * sizeof(saved), &saved, sizeof(saved));
    }
}

void device_image_put(struct device *device, const void *image)
{
    const struct device_type *type = device->type;
    const uint8_t *from = image;
    memcpy(device->state, from, type->state_size);
    memcpy(device->input_levels, from + inputs_at(type),
           type->input_count * sizeof(uint32_t));
    for (size_t i = 0; i < type->output_count; i++) {
        memcpy(&device->outputs[i].level,
               from + outputs_at(type) + i * sizeof(uint32_t),
               sizeof(uint32_t));
    }
    for (size_t i = 0; i < type->timer_count; i++) {
        struct timer_image saved;
        struct timer *timer = &device->timers[i];
        memcpy(&saved, from + timers_at(type) + i * sizeof(saved),
               sizeof(saved));
        if (saved.armed) {
            timer_restore(&device->fabric->clock, timer, saved.due_ns,
                          saved.sequence);
        } else {
            timer_cancel(&device->fabric->clock, timer);
        }
    }
}

/* ---- Records ------------------------------------------------------------- */

/* Rows that alias words already named add nothing. */
static void add_rows(struct state_table *table,
                     const struct register_bank *bank, bool *named)
{
    for (size_t i = 0; i < bank->register_count; i++) {
        const struct register_spec *row = &bank->registers[i];
        if (row->field == NO_FIELD) {
            continue;
        }
        size_t first = row->field / 4;
        bool fresh = false;
        for (size_t n = 0; n < row->count; n++) {
            fresh |= !named[first + n];
            named[first + n] = true;
        }
        if (fresh) {
            state_table_add(
                table,
                xasprintf("%s.%s@%x", bank->name, row->name, row->offset),
                row->field, (size_t)row->count * 4, 0);
        }
    }
}

void device_fields(const struct device_type *type, struct state_table *table)
{
    bool *named = xcalloc(type->state_size / 4 + 1, sizeof(*named));
    for (size_t i = 0; i < type->bank_count; i++) {
        add_rows(table, &type->banks[i], named);
    }
    free(named);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct state_field *field = &type->fields[i];
        state_table_add(table, xstrdup(field->name), field->offset,
                        field->size_bytes, field->most);
    }
    for (size_t i = 0; i < type->input_count; i++) {
        state_table_add(table, xasprintf("input %s", type->inputs[i].name),
                        inputs_at(type) + i * 4, 4, 0);
    }
    for (size_t i = 0; i < type->output_count; i++) {
        state_table_add(table, xasprintf("output %s", type->outputs[i].name),
                        outputs_at(type) + i * 4, 4, 0);
    }
    for (size_t i = 0; i < type->timer_count; i++) {
        state_table_add(table, xasprintf("timer %zu", i),
                        timers_at(type) + i * sizeof(struct timer_image),
                        sizeof(struct timer_image), 0);
    }
}

void device_save(const struct device *device, struct buffer *out)
{
    struct state_table table = {0};
    uint8_t *image = xcalloc(1, device_image_size(device->type));
    device_image_take(device, image);
    device_fields(device->type, &table);
    state_save(device->type->compatible, device->name, table.fields,
               table.count, image, out);
    state_table_fini(&table);
    free(image);
}

int device_restore(struct device *device, const uint8_t **bytes, size_t *size,
                   struct error *error)
{
    struct state_table table = {0};
    uint8_t *image = xcalloc(1, device_image_size(device->type));
    device_fields(device->type, &table);
    int result =
        state_restore(device->type->compatible, device->name, table.fields,
                      table.count, image, bytes, size, error);
    if (result == 0) {
        device_image_put(device, image);
    }
    state_table_fini(&table);
    free(image);
    return result;
}

uint64_t device_hash(const struct device *device, uint64_t seed)
{
    const struct device_type *type = device->type;
    uint64_t hash = hash64(seed, device->state, type->state_size);
    hash = hash64(hash, device->input_levels,
                  type->input_count * sizeof(uint32_t));
    for (size_t i = 0; i < type->output_count; i++) {
        hash = hash64(hash, &device->outputs[i].level, sizeof(uint32_t));
    }
    for (size_t i = 0; i < type->timer_count; i++) {
        const struct timer *timer = &device->timers[i];
        uint64_t due_ns = timer->armed ? timer->due_ns : TIME_NEVER;
        hash = hash64(hash, &due_ns, sizeof(due_ns));
    }
    return hash;
}
