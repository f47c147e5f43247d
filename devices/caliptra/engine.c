/* SPDX-License-Identifier: Apache-2.0 */
/* Timer and busy state of crypto engines on boards with a crypto latency. */
#include "devices/caliptra/engine.h"

#include "base/assert.h"

int engine_init(struct device *device, struct engine_place *place,
                enum key_vault_engine number, struct error *error)
{
    assert(device->type->timer_count == 1);
    place->number = number;
    place->latency_ns = device_property_u32(device, "cairn,crypto-latency", 0);
    place->key_vault =
        device_peer(device, "cairn,key-vault", 0, KEY_VAULT_COMPATIBLE, error);
    return place->key_vault != NULL ? 0 : -EINVAL;
}

void engine_start(struct device *device, struct engine *engine,
                  const struct engine_place *place, uint32_t command,
                  engine_run *run)
{
    assert(place->key_vault && command != 0);
    if (engine_is_busy(engine)) {
        device_guest_error(device, command, "command 0x%x while busy", command);
        return;
    }
    if (place->latency_ns == 0) {
        run(device, command);
        return;
    }
    engine->command = command;
    timer_arm(&device->fabric->clock, &device->timers[0],
              clock_now(&device->fabric->clock) + place->latency_ns);
    key_vault_set_busy(place->key_vault, place->number, true);
}

void engine_finish(struct device *device, struct engine *engine,
                   const struct engine_place *place, engine_run *run)
{
    uint32_t command = engine->command;

    engine->command = 0;
    if (command != 0) {
        run(device, command);
    }
    key_vault_set_busy(place->key_vault, place->number, false);
}

void engine_cancel(struct device *device, struct engine *engine,
                   const struct engine_place *place)
{
    engine->command = 0;
    engine_update(device, engine, place);
}

void engine_update(struct device *device, const struct engine *engine,
                   const struct engine_place *place)
{
    if (!engine_is_busy(engine)) {
        timer_cancel(&device->fabric->clock, &device->timers[0]);
    }
    key_vault_set_busy(place->key_vault, place->number, engine_is_busy(engine));
}
