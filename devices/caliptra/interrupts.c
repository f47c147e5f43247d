/* SPDX-License-Identifier: Apache-2.0 */
/* Register handlers and lines of the interrupt block of a Caliptra core. */
#include "devices/caliptra/interrupts.h"

#include "base/assert.h"
#include "base/bits.h"

static uint32_t pending(const struct interrupts *block,
                        enum interrupt_class class)
{
    return block->status[class] & block->enable[class];
}

void interrupts_update(struct device *device)
{
    const struct interrupts *block = device->state;

    debug_assert(device->type->output_count >= INTERRUPT_CLASSES);
    for (unsigned class = 0; class < INTERRUPT_CLASSES; class ++) {
        bool on = (block->global_enable & BIT(class)) != 0;
        line_set(&device->outputs[class], on && pending(block, class) != 0);
    }
}

void interrupts_raise(struct device *device, enum interrupt_class class,
                      uint32_t events)
{
    struct interrupts *block = device->state;
    uint32_t *counts =
        class == INTERRUPT_ERROR ? block->error_count : block->notif_count;

    debug_assert(class < INTERRUPT_CLASSES);
    debug_assert(events >> INTERRUPT_EVENTS == 0);
    block->status[class] |= events;
    for (unsigned event = 0; event < INTERRUPT_EVENTS; event++) {
        if ((events & BIT(event)) != 0 && counts[event] != UINT32_MAX) {
            counts[event]++;
        }
    }
    interrupts_update(device);
}

void interrupts_write_global_enable(struct device *device,
                                    const struct access *access, unsigned index,
                                    uint32_t value)
{
    struct interrupts *block = device->state;

    block->global_enable = value;
    interrupts_update(device);
}

/* The handlers of the registers that each class has. */
#define CLASS_HANDLERS(name, class)                                            \
    void interrupts_write_enable_##name(struct device *device,                 \
                                        const struct access *access,           \
                                        unsigned index, uint32_t value)        \
    {                                                                          \
        struct interrupts *block = device->state;                              \
                                                                               \
        block->enable[class] = value;                                          \
        interrupts_update(device);                                             \
    }                                                                          \
    uint32_t interrupts_read_global_##name(                                    \
        struct device *device, const struct access *access, unsigned index)    \
    {                                                                          \
        return pending(device->state, class) != 0;                             \
    }                                                                          \
    void interrupts_write_status_##name(struct device *device,                 \
                                        const struct access *access,           \
                                        unsigned index, uint32_t value)        \
    {                                                                          \
        struct interrupts *block = device->state;                              \
                                                                               \
        block->status[class] &= ~value;                                        \
        interrupts_update(device);                                             \
    }                                                                          \
    void interrupts_write_trigger_##name(struct device *device,                \
                                         const struct access *access,          \
                                         unsigned index, uint32_t value)       \
    {                                                                          \
        interrupts_raise(device, class, value);                                \
    }

CLASS_HANDLERS(error, INTERRUPT_ERROR)
CLASS_HANDLERS(notif, INTERRUPT_NOTIF)
