/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK APB UART (DDI 0479, 4.3): a buffer of one character each way. What is
 * transmitted goes to the console at once; what comes in waits in a queue in
 * front of the receive buffer, so that nothing is lost to software that is
 * slow, and comes from it at the line's speed. A disabled transmitter keeps one
 * character.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "base/byte_ring.h"
#include "bus/device.h"
#include "bus/serial.h"
#include "devices/arm/cmsdk.h"

enum { QUEUE_SIZE = 1024 };

struct state {
    uint64_t next_ns; /* when the next character may have come in */
    uint32_t status;
    uint32_t control;
    uint32_t interrupts; /* TX and RX; overruns follow the status */
    uint32_t baud_divider;
    uint32_t received;
    uint32_t to_send; /* while the transmitter is disabled */
    uint32_t queue_first;
    uint32_t queue_count;
    uint8_t queue[QUEUE_SIZE];
};

enum status_bits {
    STATUS_TX_FULL = 1 << 0,
    STATUS_RX_FULL = 1 << 1,
    STATUS_TX_OVERRUN = 1 << 2,
    STATUS_RX_OVERRUN = 1 << 3,
};

enum control_bits {
    CONTROL_TX = 1 << 0,
    CONTROL_RX = 1 << 1,
    CONTROL_TX_INTERRUPT = 1 << 2,
    CONTROL_RX_INTERRUPT = 1 << 3,
};

enum interrupt_bits {
    INTERRUPT_TX = 1 << 0,
    INTERRUPT_RX = 1 << 1,
    INTERRUPT_OVERRUNS = 3 << 2,
};

enum outputs { OUTPUT_TX, OUTPUT_RX, OUTPUT_ANY, OUTPUT_OVERRUN };

/* Overruns are in the same bits of status and interrupts, and enabled by the
 * bits of the control register two above. */
static uint32_t interrupts(const struct device *device)
{
    const struct state *state = device->state;

    return state->interrupts |
           (state->status & state->control >> 2 & INTERRUPT_OVERRUNS);
}

static void update(struct device *device)
{
    uint32_t now = interrupts(device);

    line_set(&device->outputs[OUTPUT_TX], (now & INTERRUPT_TX) != 0);
    line_set(&device->outputs[OUTPUT_RX], (now & INTERRUPT_RX) != 0);
    line_set(&device->outputs[OUTPUT_OVERRUN], (now & INTERRUPT_OVERRUNS) != 0);
    line_set(&device->outputs[OUTPUT_ANY], now != 0);
}

/* Ten bits, of which each takes as many cycles as the divider says, 16 at
 * least. */
static uint64_t character_ns(const struct device *device)
{
    const struct state *state = device->state;
    uint64_t cycles = state->baud_divider > 16 ? state->baud_divider : 16;

    return 10 * cycles * NS_PER_SECOND / clocked_hz(device);
}

static void receive(struct device *device)
{
    struct state *state = device->state;
    struct clock *clock = &device->fabric->clock;

    bool wanted = (state->control & CONTROL_RX) != 0 &&
                  state->queue_count != 0 &&
                  (state->status & STATUS_RX_FULL) == 0;

    if (wanted && clock_now(clock) < state->next_ns) {
        timer_arm(clock, &device->timers[0], state->next_ns);
    } else if (wanted) {
        debug_assert(state->queue_first < QUEUE_SIZE);
        state->received = byte_ring_take(BYTE_RING(state, queue));
        state->status |= STATUS_RX_FULL;
        state->next_ns = clock_now(clock) + character_ns(device);
        if ((state->control & CONTROL_RX_INTERRUPT) != 0) {
            state->interrupts |= INTERRUPT_RX;
        }
    }
    update(device);
}

static size_t take_bytes(struct device *device, unsigned port,
                         const void *bytes, size_t size)
{
    struct state *state = device->state;
    size_t taken = byte_ring_put(BYTE_RING(state, queue), bytes, size);

    receive(device);
    return taken;
}

static void send(struct device *device)
{
    struct state *state = device->state;

    if ((state->control & CONTROL_TX) != 0 &&
        (state->status & STATUS_TX_FULL) != 0) {
        state->status &= ~(uint32_t)STATUS_TX_FULL;
        if ((state->control & CONTROL_TX_INTERRUPT) != 0) {
            state->interrupts |= INTERRUPT_TX;
        }
        fabric_console(device->fabric, device->name, (uint8_t)state->to_send);
    }
}

static uint32_t read_data(struct device *device, const struct access *access,
                          unsigned index)
{
    struct state *state = device->state;
    uint32_t value = state->received;

    if (!access->debug) {
        state->status &= ~(uint32_t)STATUS_RX_FULL;
        receive(device);
    }
    return value;
}

static void write_data(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if ((state->status & STATUS_TX_FULL) != 0) {
        state->status |= STATUS_TX_OVERRUN;
    } else {
        state->to_send = value;
        state->status |= STATUS_TX_FULL;
        send(device);
    }
    update(device);
}

REGISTER_CLEAR(write_state, status, update)

static void write_ctrl(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->control = value;
    send(device);
    receive(device);
}

REGISTER_READ(read_intstatus, interrupts)

/* Clears overruns with their status (4.3.3). */
static void write_intclear(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->interrupts &= ~value;
    state->status &= ~(value & INTERRUPT_OVERRUNS);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/cmsdk_uart.def"
};

static const struct serial_client serial = {.receive = take_bytes};

static const char *const power_states[] = {"disabled", "enabled", NULL};

static unsigned power_state(const struct device *device)
{
    const struct state *state = device->state;

    return (state->control & (CONTROL_TX | CONTROL_RX)) != 0;
}

const struct device_type cmsdk_uart = {
    .compatible = "arm,cmsdk-uart",
    .title = "CMSDK APB UART",
    .reference = "Cortex-M System Design Kit TRM, DDI 0479, 4.3",
    DEVICE_OMISSIONS(
        {"CTRL", OMITTED_SET, 0x40, 0, "high-speed test mode"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the time that sending takes"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("uart", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(
        STATE(struct state, next_ns, RESET_CORE),
        STATE(struct state, interrupts, RESET_CORE),
        STATE(struct state, to_send, RESET_CORE),
        STATE_TO(struct state, queue_first, RESET_CORE, QUEUE_SIZE - 1),
        STATE_TO(struct state, queue_count, RESET_CORE, QUEUE_SIZE),
        STATE(struct state, queue, RESET_CORE)),
    DEVICE_OUTPUTS({"tx", LINE_INTERRUPT}, {"rx", LINE_INTERRUPT},
                   {"interrupt", LINE_INTERRUPT}, {"overrun", LINE_INTERRUPT}),
    DEVICE_TIMERS(receive),
    .init = cmsdk_init,
    .restored = update,
    .serial = &serial,
    .power_states = power_states,
    .power_state = power_state,
};
