/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that peripherals of the nRF51 have in common (reference manual 3.0,
 * chapter 10): tasks from 0x000 on, which a one starts; events from 0x100 on,
 * each a word; shortcuts from events to tasks; and interrupts, which are events
 * whose bit is enabled.
 *
 * State begins with struct nrf51_events, wiring is the device's own, and output
 * 0 is the interrupt.
 */
#ifndef DEVICES_NORDIC_NRF51_H
#define DEVICES_NORDIC_NRF51_H

#include "base/bits.h"
#include "bus/countdown.h"
#include "bus/handlers.h"

enum { NRF51_EVENTS = 32 };
/* Timers and real-time counters have as many compare registers. */
enum { NRF51_COMPARES = 4, NRF51_EVENT_COMPARE = 16 };

struct nrf51_events {
    uint32_t happened; /* a bit for each event, by its register */
    uint32_t enabled;  /* INTEN */
    uint32_t shorts;
    uint32_t power; /* POWER, which no manual tells of */
};

static inline void nrf51_update(struct device *device)
{
    const struct nrf51_events *events = device->state;

    line_set(&device->outputs[0], (events->happened & events->enabled) != 0);
}

static inline void nrf51_happen(struct device *device, unsigned event)
{
    struct nrf51_events *events = device->state;

    events->happened |= BIT(event);
    nrf51_update(device);
}

static inline uint32_t nrf51_read_event(struct device *device,
                                        const struct access *access,
                                        unsigned index)
{
    const struct nrf51_events *events = device->state;

    return events->happened >> index & 1;
}

/* Software clears events, and may set them as well. */
static inline void nrf51_write_event(struct device *device,
                                     const struct access *access,
                                     unsigned index, uint32_t value)
{
    struct nrf51_events *events = device->state;

    events->happened &= ~BIT(index);
    events->happened |= value << index;
    nrf51_update(device);
}

/* Counts until a counter comes to the next of the compare values whose bits are
 * wanted, or around to it again; TICK_NEVER: none is wanted. */
static inline uint64_t nrf51_compare_left(const uint32_t *compare,
                                          uint32_t wanted, uint32_t counter,
                                          uint32_t mask)
{
    uint64_t least = TICK_NEVER;

    for (unsigned i = 0; i < NRF51_COMPARES; i++) {
        uint64_t left = (uint64_t)((compare[i] - counter - 1) & mask) + 1;

        least = (wanted >> i & 1) != 0 && left < least ? left : least;
    }
    return least;
}

/* Handlers of the rows below; task(device, number) starts a task, and
 * changed(device) follows a change of what is enabled. */
#define NRF51_HANDLERS(task, changed)                                          \
    static void write_task(struct device *device, const struct access *access, \
                           unsigned index, uint32_t value)                     \
    {                                                                          \
        if (value != 0) {                                                      \
            task(device, index);                                               \
        }                                                                      \
    }                                                                          \
    REGISTER_WRITE(write_inten, events.enabled = value, changed)               \
    REGISTER_WRITE(write_intenset, events.enabled |= value, changed)           \
    REGISTER_WRITE(write_intenclr, events.enabled &= ~value, changed)

#define NRF51_FIELD FIELD(struct state, events.enabled)

/* Rows of tasks, events and interrupts: texts say which there are. */
#define NRF51_ROW(offset, count, name, rule, mask, field, read, write, text)   \
    {                                                                          \
        offset, count, name, {rule, rule}, RESET_CORE, 0, mask, field, read,   \
            write, text                                                        \
    }
#define NRF51_ROWS(task_text, event_text)                                      \
    NRF51_ROW(0x000, NRF51_EVENTS, "TASKS", WO, 1, NO_FIELD, NULL, write_task, \
              task_text),                                                      \
        NRF51_ROW(0x100, NRF51_EVENTS, "EVENTS", RW, 1, NO_FIELD,              \
                  nrf51_read_event, nrf51_write_event, event_text),            \
        NRF51_ROW(0x200, 1, "SHORTS", RW, UINT32_MAX,                          \
                  FIELD(struct state, events.shorts), NULL, NULL,              \
                  "shortcuts from events to tasks"),                           \
        NRF51_ROW(0x300, 1, "INTEN", RW, UINT32_MAX, NRF51_FIELD, NULL,        \
                  write_inten, "interrupts, a bit for each event"),            \
        NRF51_ROW(0x304, 1, "INTENSET", W1S, UINT32_MAX, NRF51_FIELD, NULL,    \
                  write_intenset, "ones enable"),                              \
        NRF51_ROW(0x308, 1, "INTENCLR", W1C, UINT32_MAX, NRF51_FIELD, NULL,    \
                  write_intenclr, "ones disable"),                             \
    {                                                                          \
        0xffc, 1, "POWER", {RW, RW}, RESET_CORE, 1, 1,                         \
            FIELD(struct state, events.power), NULL, NULL,                     \
            "the block's power; stored"                                        \
    }
/* A register that is stored, and one with a write handler. */
#define NRF51_STORE(offset, name, reset, mask, member, write, text)            \
    {                                                                          \
        offset, 1, name, {RW, RW}, RESET_CORE, reset, mask,                    \
            FIELD(struct state, member), NULL, write, text                     \
    }
#define NRF51_READ_ONLY(offset, name, read, text)                              \
    {                                                                          \
        offset, 1, name, {RO, RO}, RESET_CORE, 0, 0, NO_FIELD, read, NULL,     \
            text                                                               \
    }
#define NRF51_EVENTS_STATE STATE(struct state, events.happened, RESET_CORE)

#endif
