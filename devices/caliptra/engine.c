/* SPDX-License-Identifier: Apache-2.0 */
/* Timer and busy state of crypto engines, and their operands from the vault. */
#include "devices/caliptra/engine.h"

#include <string.h>

#include "base/assert.h"
#include "devices/caliptra/interrupts.h"

static const struct engine_place *place_of(const struct device *device)
{
    const struct engine_place *place = device->wiring;

    debug_assert(place->key_vault != NULL);
    return place;
}

static const struct engine_type *type_of(const struct device *device)
{
    return device->type->interface;
}

static uint32_t *word_of(struct device *device, uint32_t field)
{
    return (uint32_t *)(void *)((uint8_t *)device->state + field);
}

static struct engine *engine_of(struct device *device)
{
    return (struct engine *)word_of(device, type_of(device)->field);
}

int engine_init(struct device *device, struct error *error)
{
    struct engine_place *place = device->wiring;
    const struct engine_type *type = type_of(device);

    assert(device->type->timer_count == 1);
    assert(device->type->timers[0] == engine_finished);
    assert(device->type->wiring_size >= sizeof(*place));
    assert(type->field + sizeof(struct engine) <= device->type->state_size);
    place->latency_ns = device_property_u32(device, "cairn,crypto-latency", 0);
    place->key_vault =
        device_peer(device, "cairn,key-vault", 0, KEY_VAULT_COMPATIBLE, error);
    return place->key_vault != NULL ? 0 : -EINVAL;
}

void engine_start(struct device *device, uint32_t command)
{
    const struct engine_place *place = place_of(device);
    const struct engine_type *type = type_of(device);
    struct engine *engine = engine_of(device);

    assert(command != 0);
    if (engine_is_busy(engine)) {
        device_guest_error(device, command, "command 0x%x while busy", command);
        return;
    }
    if (type->status != NO_FIELD) {
        *word_of(device, type->status) = 0;
    }
    if (place->latency_ns == 0) {
        type->run(device, command);
        return;
    }
    engine->command = command;
    timer_arm(&device->fabric->clock, &device->timers[0],
              clock_now(&device->fabric->clock) + place->latency_ns);
    key_vault_set_busy(place->key_vault, type->number, true);
}

void engine_finished(struct device *device)
{
    const struct engine_type *type = type_of(device);
    struct engine *engine = engine_of(device);
    uint32_t command = engine->command;

    engine->command = 0;
    if (command != 0) {
        type->run(device, command);
    }
    key_vault_set_busy(place_of(device)->key_vault, type->number, false);
}

static void update(struct device *device)
{
    bool busy = engine_is_busy(engine_of(device));

    if (!busy) {
        timer_cancel(&device->fabric->clock, &device->timers[0]);
    }
    key_vault_set_busy(place_of(device)->key_vault, type_of(device)->number,
                       busy);
}

void engine_cancel(struct device *device)
{
    engine_of(device)->command = 0;
    update(device);
}

void engine_restored(struct device *device)
{
    update(device);
    if (type_of(device)->has_interrupts) {
        interrupts_update(device);
    }
}

bool engine_read_operand(struct device *device, struct vault_port *port,
                         uint32_t control, enum key_vault_consumer consumer,
                         enum engine_order order, uint32_t *words,
                         unsigned count)
{
    uint32_t slot[KEY_VAULT_WIDE_WORDS];
    unsigned written;

    assert(count <= KEY_VAULT_WIDE_WORDS);
    port->control = control;
    if ((control & VAULT_PORT_ENABLE) == 0) {
        return false;
    }
    vault_port_read_wide(port, place_of(device)->key_vault, consumer, slot,
                         &written);
    if (order == ENGINE_REVERSED) {
        engine_reverse(words, slot, count);
    } else {
        memcpy(words, slot, count * sizeof(*words));
    }
    return true;
}
