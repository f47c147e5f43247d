/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/engine.h"

uint32_t engine_latency(const struct device *device)
{
    return device_property_u32(device, "cairn,crypto-latency", 0);
}

static struct line *busy_line(struct device *device)
{
    return &device->outputs[ENGINE_BUSY_OUTPUT];
}

void engine_start(struct device *device, struct engine *engine,
                  uint32_t latency_ns, uint32_t command,
                  void (*run)(struct device *device, uint32_t command))
{
    if (engine_is_busy(engine)) {
        device_guest_error(device, command, "command 0x%x while busy", command);
        return;
    }
    if (latency_ns == 0) {
        run(device, command);
        return;
    }
    engine->command = command;
    timer_arm(&device->fabric->clock, &device->timers[0],
              clock_now(&device->fabric->clock) + latency_ns);
    line_raise(busy_line(device));
}

void engine_finish(struct device *device, struct engine *engine,
                   void (*run)(struct device *device, uint32_t command))
{
    uint32_t command = engine->command;

    engine->command = 0;
    if (command != 0) {
        run(device, command);
    }
    line_lower(busy_line(device));
}

void engine_cancel(struct device *device, struct engine *engine)
{
    engine->command = 0;
    engine_update(device, engine);
}

void engine_update(struct device *device, const struct engine *engine)
{
    if (!engine_is_busy(engine)) {
        timer_cancel(&device->fabric->clock, &device->timers[0]);
    }
    line_set(busy_line(device), engine_is_busy(engine));
}
