/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 UART (reference manual 3.0, chapter 29): what
 * comes in waits in a queue in front of RXD, from which it comes at the line's
 * speed: software that interrupts wake has time to take each byte. Sending
 * takes none.
 */
#include "base/assert.h"
#include "base/byte_ring.h"
#include "bus/serial.h"
#include "devices/nordic/nrf51.h"

enum { QUEUE_SIZE = 1024, ENABLED = 4 };
enum { TASK_START_RX, TASK_STOP_RX, TASK_START_TX, TASK_STOP_TX };
enum { TASK_SUSPEND = 7 };
enum { EVENT_RXDRDY = 2, EVENT_TXDRDY = 7, EVENT_RXTO = 17 };

struct state {
    struct nrf51_events events;
    uint64_t next_ns; /* when the next byte may have come in */
    uint32_t receives;
    uint32_t sends;
    uint32_t error_source;
    uint32_t enable;
    uint32_t select[4]; /* pins */
    uint32_t baud_rate;
    uint32_t configuration;
    uint32_t last;  /* what RXD reads when there is nothing */
    uint32_t ready; /* bytes at the front of the queue that were announced */
    uint32_t queue_first;
    uint32_t queue_count;
    uint8_t queue[QUEUE_SIZE];
};

/* Ten bits. BAUDRATE is the share of 16 MHz, in units of 2^-32. */
static uint64_t byte_ns(const struct state *state)
{
    uint64_t hz = (uint64_t)state->baud_rate * 16000000 >> 32;

    return 10 * (uint64_t)1000000000 / (hz != 0 ? hz : 1);
}

/* A byte in the FIFO is announced when it comes to its front. */
static void receive(struct device *device)
{
    struct state *state = device->state;

    struct clock *clock = &device->fabric->clock;

    if (state->receives == 0 || state->ready != 0 || state->queue_count == 0) {
        return;
    }
    if (clock_now(clock) < state->next_ns) {
        timer_arm(clock, &device->timers[0], state->next_ns);
        return;
    }
    state->ready = 1;
    state->next_ns = clock_now(clock) + byte_ns(state);
    nrf51_happen(device, EVENT_RXDRDY);
}

static size_t take_bytes(struct device *device, unsigned port,
                         const void *bytes, size_t size)
{
    struct state *state = device->state;
    size_t taken = byte_ring_put(BYTE_RING(state, queue), bytes, size);

    receive(device);
    return taken;
}

static void start(struct device *device, unsigned task)
{
    struct state *state = device->state;

    switch (task) {
    case TASK_START_RX:
        state->receives = 1;
        receive(device);
        break;
    case TASK_STOP_RX:
        state->receives = 0;
        nrf51_happen(device, EVENT_RXTO);
        break;
    case TASK_START_TX:
        state->sends = 1;
        break;
    case TASK_STOP_TX:
        state->sends = 0;
        break;
    case TASK_SUSPEND:
        state->receives = 0;
        state->sends = 0;
        break;
    default:
        device_guest_error(device, task * 4, "no task %u", task);
        break;
    }
}

NRF51_HANDLERS(start, nrf51_update)

static uint32_t read_rxd(struct device *device, const struct access *access,
                         unsigned index)
{
    struct state *state = device->state;

    debug_assert(state->queue_first < QUEUE_SIZE);
    if (state->ready != 0 && state->queue_count != 0 && !access->debug) {
        state->last = byte_ring_take(BYTE_RING(state, queue));
        state->ready = 0;
        receive(device);
    }
    return state->last;
}

static void write_txd(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    const struct state *state = device->state;

    if (state->sends != 0 && state->enable == ENABLED) {
        fabric_console(device->fabric, device->name, (uint8_t)value);
        nrf51_happen(device, EVENT_TXDRDY);
    }
}

static const struct register_spec registers[] = {
#include "devices/nordic/nrf51_uart.def"
};

static const struct serial_client serial = {.receive = take_bytes};

static const char *const power_states[] = {"disabled", "enabled", NULL};

static unsigned power_state(const struct device *device)
{
    const struct state *state = device->state;

    return state->enable == ENABLED;
}

const struct device_type nrf51_uart = {
    .compatible = "nordic,nrf51-uart",
    .title = "nRF51 UART",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 29",
    DEVICE_OMISSIONS(
        {"CONFIG", OMITTED_SET, 1, 0, "flow control"},
        {"CONFIG", OMITTED_UNSEEN, 0, 0, "parity: no error occurs"},
        {"PSEL", OMITTED_UNSEEN, 0, 0, "pins"},
        {"ERRORSRC", OMITTED_UNSEEN, 0, 0,
         "errors of what comes in: there are none"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the time that sending takes"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("uart", 0x1000, 4, registers)),
    DEVICE_FIELDS(
        NRF51_EVENTS_STATE, STATE(struct state, next_ns, RESET_CORE),
        STATE(struct state, receives, RESET_CORE),
        STATE(struct state, sends, RESET_CORE),
        STATE(struct state, last, RESET_CORE),
        STATE_TO(struct state, ready, RESET_CORE, 1),
        STATE_TO(struct state, queue_first, RESET_CORE, QUEUE_SIZE - 1),
        STATE_TO(struct state, queue_count, RESET_CORE, QUEUE_SIZE),
        STATE(struct state, queue, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(receive),
    .restored = nrf51_update,
    .serial = &serial,
    .power_states = power_states,
    .power_state = power_state,
};
