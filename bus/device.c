/* SPDX-License-Identifier: Apache-2.0 */
/* Life, resets, wires and properties of a device; device_access.c has its
 * registers. */
#include "bus/device.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

/* Which callback a timer of the queue stands for. Kept behind the timers in
 * one allocation. */
struct binding {
    struct device *device;
    void (*fire)(struct device *device);
};

static void fire_timer(void *context)
{
    const struct binding *binding = context;
    binding->fire(binding->device);
    device_note_power(binding->device);
}

static void create_timers(struct device *device)
{
    size_t count = device->type->timer_count;
    device->timers =
        xcalloc(count, sizeof(struct timer) + sizeof(struct binding));
    struct binding *bindings = (struct binding *)&device->timers[count];
    for (size_t i = 0; i < count; i++) {
        bindings[i] = (struct binding){device, device->type->timers[i]};
        device->timers[i].fire = fire_timer;
        device->timers[i].context = &bindings[i];
    }
}

static void create_outputs(struct device *device)
{
    const struct device_type *type = device->type;
    device->outputs = xcalloc(type->output_count, sizeof(struct line));
    for (size_t i = 0; i < type->output_count; i++) {
        line_init(&device->outputs[i], type->outputs[i].kind, device->name,
                  type->outputs[i].name);
    }
}

/* The rows that have omissions, or those that have none. Only as far as there
 * are such registers: a bank of 64 KiB mostly has few, and memory that is
 * touched is what a small machine's start waits for. */
static struct row_index index_rows(const struct device_type *type,
                                   const struct register_bank *bank,
                                   bool omissions)
{
    struct row_index index = {0};

    for (size_t i = 0; bank->registers && i < bank->register_count; i++) {
        const struct register_spec *row = &bank->registers[i];
        if (omissions_watch(type, row) != omissions) {
            continue;
        }
        size_t end = row->offset / 4 + row->count;

        assert(
            in_range(row->offset, (uint64_t)row->count * 4, bank->size_bytes));
        index.count = end > index.count ? end : index.count;
    }
    index.rows = xcalloc(index.count + 1, sizeof(*index.rows));
    for (size_t i = 0; bank->registers && i < bank->register_count; i++) {
        const struct register_spec *row = &bank->registers[i];

        for (size_t n = 0;
             omissions_watch(type, row) == omissions && n < row->count; n++) {
            index.rows[row->offset / 4 + n] = (uint16_t)(i + 1);
        }
    }
    return index;
}

static void reset_tables(struct device *device, enum reset_domain domain)
{
    const struct device_type *type = device->type;
    uint8_t *state = device->state;
    for (size_t b = 0; b < type->bank_count; b++) {
        const struct register_bank *bank = &type->banks[b];
        for (size_t i = 0; i < bank->register_count; i++) {
            const struct register_spec *row = &bank->registers[i];
            if (row->field == NO_FIELD || row->domain > domain) {
                continue;
            }
            assert(in_range(row->field, (uint64_t)row->count * 4,
                            type->state_size));
            for (size_t n = 0; n < row->count; n++) {
                memcpy(state + row->field + n * 4, &row->reset, 4);
            }
        }
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct state_field *field = &type->fields[i];
        if (field->domain <= domain) {
            assert(
                in_range(field->offset, field->size_bytes, type->state_size));
            memset(state + field->offset, 0, field->size_bytes);
        }
    }
}

struct device *device_create(struct fabric *fabric,
                             const struct device_type *type, const char *name,
                             const struct property_source *properties,
                             const void *node)
{
    struct device *device = xcalloc(1, sizeof(*device));
    snprintf(device->name, sizeof(device->name), "%s", name);
    device->type = type;
    device->fabric = fabric;
    device->properties = properties;
    device->node = node;
    device->state = xcalloc(1, type->state_size);
    device->wiring = xcalloc(1, type->wiring_size);
    device->input_levels = xcalloc(type->input_count, sizeof(uint32_t));
    create_outputs(device);
    create_timers(device);
    device->rows = xcalloc(type->bank_count, sizeof(*device->rows));
    device->watched = xcalloc(type->bank_count, sizeof(*device->watched));
    for (size_t i = 0; i < type->bank_count; i++) {
        device->rows[i] = index_rows(type, &type->banks[i], false);
        device->watched[i] = index_rows(type, &type->banks[i], true);
    }
    reset_tables(device, RESET_NEVER);
    return device;
}

int device_init(struct device *device, struct error *error)
{
    if (!device->type->init) {
        return 0;
    }
    int result = device->type->init(device, error);
    if (result != 0) {
        error_prefix(error, "%s", device->name);
    }
    return result;
}

void device_destroy(struct device *device)
{
    if (!device) {
        return;
    }
    const struct device_type *type = device->type;
    if (type->fini) {
        type->fini(device);
    }
    for (size_t i = 0; i < type->timer_count; i++) {
        timer_cancel(&device->fabric->clock, &device->timers[i]);
    }
    for (size_t i = 0; i < type->output_count; i++) {
        line_fini(&device->outputs[i]);
    }
    for (size_t i = 0; i < type->bank_count; i++) {
        free(device->rows[i].rows);
        free(device->watched[i].rows);
    }
    free(device->rows);
    free(device->watched);
    free(device->timers);
    free(device->outputs);
    free(device->input_levels);
    free(device->wiring);
    free(device->state);
    free(device);
}

void device_reset(struct device *device, enum reset_domain domain)
{
    assert(domain < RESET_NEVER);
    reset_tables(device, domain);
    if (device->type->reset) {
        device->type->reset(device, domain);
    } else {
        device_restored(device);
    }
    device_note_power(device);
}

void device_restored(struct device *device)
{
    if (device->type->restored) {
        device->type->restored(device);
    }
}

void device_input(void *context, unsigned input, uint32_t level)
{
    struct device *device = context;
    assert(input < device->type->input_count);
    if (device->input_levels[input] == level) {
        return;
    }
    device->input_levels[input] = level;
    if (device->type->inputs[input].changed) {
        device->type->inputs[input].changed(device, input, level);
    }
}

struct line *device_output(struct device *device, const char *name)
{
    for (size_t i = 0; i < device->type->output_count; i++) {
        if (strcmp(device->type->outputs[i].name, name) == 0) {
            return &device->outputs[i];
        }
    }
    return NULL;
}

/* ---- Properties ---------------------------------------------------------- */

static const void *find_property(const struct device *device, const char *name,
                                 bool inherited, size_t *size)
{
    const struct property_source *properties = device->properties;
    if (!properties || !properties->find) {
        return NULL;
    }
    return properties->find(device->node, name, inherited, size);
}

static uint32_t find_u32(const struct device *device, const char *name,
                         bool inherited, uint32_t otherwise)
{
    size_t size = 0;
    const void *value = find_property(device, name, inherited, &size);
    return value && size >= 4 ? load_be32(value) : otherwise;
}

uint32_t device_property_u32(const struct device *device, const char *name,
                             uint32_t otherwise)
{
    return find_u32(device, name, true, otherwise);
}

uint32_t device_own_property_u32(const struct device *device, const char *name,
                                 uint32_t otherwise)
{
    return find_u32(device, name, false, otherwise);
}

const char *device_property_string(const struct device *device,
                                   const char *name, const char *otherwise)
{
    size_t size = 0;
    const void *value = find_property(device, name, true, &size);
    return value && memchr(value, '\0', size) ? value : otherwise;
}

const char *device_own_property_name(const struct device *device,
                                     const char *name, unsigned index)
{
    size_t size = 0;
    const char *at = find_property(device, name, false, &size);
    for (; at && memchr(at, '\0', size); index--) {
        size_t length = strlen(at) + 1;
        if (index == 0) {
            return at;
        }
        at += length;
        size -= length;
    }
    return NULL;
}

struct device *device_peer(const struct device *device, const char *name,
                           unsigned index, const char *wanted_compatible,
                           struct error *error)
{
    const struct property_source *properties = device->properties;
    struct device *peer = properties && properties->peer
                              ? properties->peer(device->node, name, index)
                              : NULL;
    if (!peer) {
        if (index == 0) {
            error_set(error, -ENOENT, "needs property '%s'", name);
        } else {
            error_set(error, -ENOENT, "needs entry %u of property '%s'", index,
                      name);
        }
        return NULL;
    }
    if (wanted_compatible &&
        strcmp(peer->type->compatible, wanted_compatible) != 0) {
        error_set(error, -EINVAL,
                  "property '%s' names '%s', a '%s', where a '%s' is needed",
                  name, peer->name, peer->type->compatible, wanted_compatible);
        return NULL;
    }
    return peer;
}

struct device *device_parent(const struct device *device)
{
    const struct property_source *properties = device->properties;

    return properties && properties->parent ? properties->parent(device->node)
                                            : NULL;
}

struct region *device_memory(const struct device *device, const char *name,
                             struct error *error)
{
    const struct property_source *properties = device->properties;
    struct region *region = properties && properties->memory
                                ? properties->memory(device->node, name)
                                : NULL;
    if (!region) {
        error_set(error, -ENOENT, "needs property '%s' to name a memory", name);
    }
    return region;
}

struct space *device_space(const struct device *device, struct error *error)
{
    const struct property_source *properties = device->properties;
    struct space *space = properties && properties->space
                              ? properties->space(device->node)
                              : NULL;
    if (!space) {
        error_set(error, -ENOENT,
                  "needs an address space as a master: property "
                  "'cairn,master' that names a master, or 'address-map'");
    }
    return space;
}

void device_add_event(struct device *device, const struct event *event)
{
    struct event told = *event;
    told.time_ns = clock_now(&device->fabric->clock);
    told.role = device->type->role;
    event_set_agent(&told, device->name);
    event_add(&device->fabric->events, &told);
}
