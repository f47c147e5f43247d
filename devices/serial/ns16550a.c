/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16550A UART (National Semiconductor PC16550D), with its registers 4 bytes
 * apart as SoCs have it (reg-shift 2 of the device-tree binding). Transmitted
 * bytes go to the console at once, so that the transmitter is always empty.
 * Received bytes wait in a queue in front of the receive FIFO, so none are lost
 * to software that is slow. The receive timeout follows the programmed baud
 * rate.
 */
#include "devices/serial/ns16550a.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/byte_ring.h"

enum { REG_SHIFT = 2, DEFAULT_HZ = 1843200 };

enum interrupt_enables {
    IER_RECEIVED = 1 << 0,
    IER_TRANSMITTER = 1 << 1,
    IER_LINE = 1 << 2,
    IER_MODEM = 1 << 3,
    IER_ALL = 15,
};

enum identifications {
    IIR_MODEM = 0x0,
    IIR_NONE = 0x1,
    IIR_TRANSMITTER = 0x2,
    IIR_RECEIVED = 0x4,
    IIR_LINE = 0x6,
    IIR_TIMEOUT = 0xc,
    IIR_FIFOS = 0xc0,
};

enum fifo_control_bits {
    FCR_ENABLE = 1 << 0,
    FCR_CLEAR_RECEIVE = 1 << 1,
    FCR_KEPT = 0xc9,
};

enum line_bits {
    LCR_STOP = 1 << 2,
    LCR_PARITY = 1 << 3,
    LCR_DIVISOR = 1 << 7,
};
enum modem_control_bits { MCR_LOOPBACK = 1 << 4 };

enum line_status_bits {
    LSR_DATA = 1 << 0,
    LSR_OVERRUN = 1 << 1,
    LSR_TRANSMITTER_EMPTY = 3 << 5,
};

/* The inputs that a terminal at the other end shows: clear to send, data set
 * ready, carrier. */
enum { MODEM_CONNECTED = 0xb0, MSR_RING = 1 << 6 };

/* ---- Interrupts ---------------------------------------------------------- */

static bool has_fifos(const struct ns16550a *state)
{
    return (state->fifo_control & FCR_ENABLE) != 0;
}

static uint32_t fifo_depth(const struct ns16550a *state)
{
    return has_fifos(state) ? NS16550A_FIFO_SIZE : 1;
}

/* Characters that raise the received data interrupt (8.4). */
static uint32_t trigger(const struct ns16550a *state)
{
    static const uint8_t levels[4] = {1, 4, 8, 14};

    return has_fifos(state) ? levels[bits(state->fifo_control, 7, 6)] : 1;
}

/* The interrupt of the highest priority (table 4). */
static uint32_t identify(const struct ns16550a *state)
{
    uint32_t enabled = state->interrupt_enable;

    if ((enabled & IER_LINE) != 0 && state->overrun != 0) {
        return IIR_LINE;
    }
    if ((enabled & IER_RECEIVED) != 0 && state->fifo_count >= trigger(state)) {
        return IIR_RECEIVED;
    }
    if ((enabled & IER_RECEIVED) != 0 && state->timed_out != 0) {
        return IIR_TIMEOUT;
    }
    if ((enabled & IER_TRANSMITTER) != 0 && state->transmitter_empty != 0) {
        return IIR_TRANSMITTER;
    }
    if ((enabled & IER_MODEM) != 0 && state->modem_changes != 0) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

void ns16550a_update(struct device *device)
{
    line_set(&device->outputs[0], identify(device->state) != IIR_NONE);
}

/* ---- Receiver ------------------------------------------------------------ */

/* Four characters (8.4). The clock is 16 times the divisor times the baud rate.
 */
static uint64_t timeout_ns(const struct device *device)
{
    const struct ns16550a *state = device->state;
    uint32_t line = state->line_control;
    uint64_t divisor = state->divisor != 0 ? state->divisor : 1;
    uint64_t bit_count = 1 + 5 + bits(line, 1, 0) +
                         ((line & LCR_PARITY) != 0 ? 1 : 0) +
                         ((line & LCR_STOP) != 0 ? 2 : 1);

    return 4 * bit_count * 16 * divisor * NS_PER_SECOND / clocked_hz(device);
}

/* The timeout runs from the last character that came into or left the FIFO. */
static void rearm(struct device *device)
{
    const struct ns16550a *state = device->state;
    struct clock *clock = &device->fabric->clock;

    if (has_fifos(state) && state->fifo_count != 0) {
        timer_arm(clock, &device->timers[0],
                  clock_now(clock) + timeout_ns(device));
    } else {
        timer_cancel(clock, &device->timers[0]);
    }
}

/* From the queue to the FIFO, as far as there is room. */
static void receive(struct device *device)
{
    struct ns16550a *state = device->state;

    while (state->queue_count != 0 && state->fifo_count < fifo_depth(state)) {
        uint8_t byte = byte_ring_take(BYTE_RING(state, queue));

        byte_ring_put(BYTE_RING(state, fifo), &byte, 1);
    }
    rearm(device);
    ns16550a_update(device);
}

void ns16550a_timed_out(struct device *device)
{
    struct ns16550a *state = device->state;

    if (state->fifo_count != 0) {
        state->timed_out = 1;
        ns16550a_update(device);
    }
}

/* Bytes wait in the queue while the FIFO has no room for them. */
static size_t take_bytes(struct device *device, unsigned port,
                         const void *bytes, size_t size)
{
    struct ns16550a *state = device->state;
    size_t taken = byte_ring_put(BYTE_RING(state, queue), bytes, size);

    if (taken != 0) {
        receive(device);
    }
    return taken;
}

static void clear_fifo(struct ns16550a *state)
{
    state->fifo_first = 0;
    state->fifo_count = 0;
    state->timed_out = 0;
}

/* ---- Modem lines --------------------------------------------------------- */

/* In loopback, DTR, RTS, OUT1 and OUT2 are DSR, CTS, RI and DCD (8.7). */
static uint32_t modem_inputs(const struct ns16550a *state)
{
    uint32_t control = state->modem_control;

    return (control & MCR_LOOPBACK) == 0
               ? MODEM_CONNECTED
               : bits(control, 1, 1) << 4 | bits(control, 0, 0) << 5 |
                     bits(control, 2, 2) << 6 | bits(control, 3, 3) << 7;
}

/* Bit 2 tells the end of a ring, the others any change. */
static void note_changes(struct ns16550a *state, uint32_t before)
{
    uint32_t now = modem_inputs(state);
    uint32_t changed = before ^ now;

    if ((now & MSR_RING) != 0) {
        changed &= ~(uint32_t)MSR_RING;
    }
    state->modem_changes |= changed >> 4;
}

void ns16550a_write_mcr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct ns16550a *state = device->state;
    uint32_t before = modem_inputs(state);

    state->modem_control = value;
    note_changes(state, before);
    ns16550a_update(device);
}

uint32_t ns16550a_read_msr(struct device *device, const struct access *access,
                           unsigned index)
{
    struct ns16550a *state = device->state;
    uint32_t value = modem_inputs(state) | state->modem_changes;

    if (!access->debug) {
        state->modem_changes = 0;
        ns16550a_update(device);
    }
    return value;
}

/* ---- Data, interrupts, FIFOs --------------------------------------------- */

static bool shows_divisor(const struct ns16550a *state)
{
    return (state->line_control & LCR_DIVISOR) != 0;
}

uint32_t ns16550a_read_data(struct device *device, const struct access *access,
                            unsigned index)
{
    struct ns16550a *state = device->state;

    if (shows_divisor(state)) {
        return state->divisor & 0xff;
    }
    if (state->fifo_count == 0 || access->debug) {
        return state->received;
    }
    state->received = byte_ring_take(BYTE_RING(state, fifo));
    state->timed_out = 0;
    receive(device);
    return state->received;
}

/* The transmitter is empty again at once, which is an interrupt each time. */
void ns16550a_write_data(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct ns16550a *state = device->state;
    uint8_t byte = (uint8_t)value;

    if (shows_divisor(state)) {
        state->divisor = (state->divisor & 0xff00) | byte;
        return;
    }
    state->transmitter_empty = 1;
    if ((state->modem_control & MCR_LOOPBACK) == 0) {
        fabric_console(device->fabric, device->name, byte);
    } else if (take_bytes(device, 0, &byte, 1) == 0) {
        state->overrun = 1;
    }
    ns16550a_update(device);
}

uint32_t ns16550a_read_ier(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct ns16550a *state = device->state;

    return shows_divisor(state) ? state->divisor >> 8 : state->interrupt_enable;
}

/* Enabling the transmitter's interrupt while nothing is to be sent raises it
 * (drivers begin to send in that way). */
void ns16550a_write_ier(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct ns16550a *state = device->state;

    if (shows_divisor(state)) {
        state->divisor = (state->divisor & 0xff) | (value & 0xff) << 8;
        return;
    }
    if ((value & ~state->interrupt_enable & IER_TRANSMITTER) != 0) {
        state->transmitter_empty = 1;
    }
    state->interrupt_enable = value & IER_ALL;
    ns16550a_update(device);
}

uint32_t ns16550a_read_iir(struct device *device, const struct access *access,
                           unsigned index)
{
    struct ns16550a *state = device->state;
    uint32_t value = identify(state);

    if (value == IIR_TRANSMITTER && !access->debug) {
        state->transmitter_empty = 0;
        ns16550a_update(device);
    }
    return value | (has_fifos(state) ? IIR_FIFOS : 0u);
}

/* Switching the FIFOs empties them; the other bits count only while they are
 * on (8.3). */
void ns16550a_write_fcr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct ns16550a *state = device->state;

    if (((state->fifo_control ^ value) & FCR_ENABLE) != 0 ||
        (value & FCR_CLEAR_RECEIVE) != 0) {
        clear_fifo(state);
    }
    state->fifo_control = (value & FCR_ENABLE) != 0 ? value & FCR_KEPT : 0;
    receive(device);
}

uint32_t ns16550a_read_lsr(struct device *device, const struct access *access,
                           unsigned index)
{
    struct ns16550a *state = device->state;
    uint32_t value = LSR_TRANSMITTER_EMPTY |
                     (state->fifo_count != 0 ? LSR_DATA : 0u) |
                     (state->overrun != 0 ? LSR_OVERRUN : 0u);

    if (!access->debug) {
        state->overrun = 0;
        ns16550a_update(device);
    }
    return value;
}

/* ---- Life ---------------------------------------------------------------- */

int ns16550a_init(struct device *device, struct error *error)
{
    uint32_t hz = device_property_u32(device, "clock-frequency", DEFAULT_HZ);

    if (clocked_set(device, hz, error) != 0) {
        return -EINVAL;
    }
    return device_own_property_u32(device, "reg-shift", REG_SHIFT) == REG_SHIFT
               ? 0
               : error_set(error, -EINVAL, "property 'reg-shift' must be 2");
}

void ns16550a_reset(struct device *device, enum reset_domain domain)
{
    rearm(device);
    ns16550a_update(device);
}

static const struct register_spec registers[] = {
#include "devices/serial/ns16550a.def"
};

const struct serial_client ns16550a_serial = {.receive = take_bytes};

static const struct omission omissions[] = {
#include "devices/serial/ns16550a_omissions.def"
    {NULL, OMITTED_UNSEEN, 0, 0,
                                                    "registers 1 or 2 bytes apart: boards have them 4 apart"},
};

const struct device_type ns16550a = {
    .compatible = "ns16550a",
    .title = "16550A UART",
    .reference = "National Semiconductor PC16550D, June 1995",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct ns16550a),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("uart", 0x100, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(NS16550A_STATE),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(ns16550a_timed_out),
    .init = ns16550a_init,
    .reset = ns16550a_reset,
    .restored = ns16550a_update,
    .serial = &ns16550a_serial,
};
