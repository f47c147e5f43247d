/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell UART PL011 (DDI 0183). Transmitted bytes go to the console at once;
 * received bytes wait in a queue in front of the receive FIFO, so none are
 * lost. The receive timeout follows the programmed baud rate.
 *
 * As on the machine that QEMU calls virt, characters pass whether or not
 * UARTCR enables the UART: early consoles rely on it.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "base/byte_ring.h"
#include "bus/handlers.h"
#include "bus/serial.h"
#include "bus/ticks.h"
#include "devices/arm/primecell.h"

enum { FIFO_SIZE = 16, QUEUE_SIZE = 1024 };

struct state {
    uint32_t data; /* last received; narrow accesses keep the other bits */
    uint32_t receive_status;
    uint32_t low_power;
    uint32_t baud_integer;
    uint32_t baud_fraction;
    uint32_t line_control;
    uint32_t control;
    uint32_t fifo_levels;
    uint32_t mask;
    uint32_t raw;
    uint32_t dma_control;
    uint32_t fifo_first;
    uint32_t fifo_count;
    uint32_t queue_first;
    uint32_t queue_count;
    uint8_t fifo[FIFO_SIZE];
    uint8_t queue[QUEUE_SIZE];
};

enum flags { FLAG_RXFE = 1 << 4, FLAG_RXFF = 1 << 6, FLAG_TXFE = 1 << 7 };
enum line_control_bits { LINE_FIFOS = 1 << 4 };
enum control_bits { CONTROL_LOOPBACK = 1 << 7 };

enum interrupt_bits {
    INTERRUPT_RX = 1 << 4,
    INTERRUPT_TX = 1 << 5,
    INTERRUPT_TIMEOUT = 1 << 6,
    INTERRUPT_OVERRUN = 1 << 10,
};

enum outputs {
    OUTPUT_ANY,
    OUTPUT_RX,
    OUTPUT_TX,
    OUTPUT_TIMEOUT,
    OUTPUT_MODEM,
    OUTPUT_ERROR,
};

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return state->raw & state->mask;
}

static void update(struct device *device)
{
    /* No modem line moves; of the errors only an overrun is there. */
    static const uint32_t causes[] = {
        [OUTPUT_ANY] = UINT32_MAX,  [OUTPUT_RX] = INTERRUPT_RX,
        [OUTPUT_TX] = INTERRUPT_TX, [OUTPUT_TIMEOUT] = INTERRUPT_TIMEOUT,
        [OUTPUT_MODEM] = 0,         [OUTPUT_ERROR] = INTERRUPT_OVERRUN,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(causes); i++) {
        line_set(&device->outputs[i], (masked(device) & causes[i]) != 0);
    }
}

/* ---- Receiver ------------------------------------------------------------ */

static uint32_t fifo_depth(const struct state *state)
{
    return (state->line_control & LINE_FIFOS) != 0 ? FIFO_SIZE : 1;
}

/* Characters that raise the receive interrupt (3.3.9). */
static uint32_t trigger(const struct state *state)
{
    static const uint8_t levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};

    return (state->line_control & LINE_FIFOS) != 0
               ? levels[bits(state->fifo_levels, 5, 3)]
               : 1;
}

/* 32 bit times; the clock is UARTCLK. */
static uint64_t timeout_ns(const struct device *device)
{
    const struct state *state = device->state;
    uint64_t divisor =
        (uint64_t)state->baud_integer * 64 + state->baud_fraction;
    uint64_t ns = 32 * 16 * divisor * NS_PER_SECOND / 64 / clocked_hz(device);

    return ns != 0 ? ns : 1000;
}

static void rearm(struct device *device)
{
    const struct state *state = device->state;
    struct clock *clock = &device->fabric->clock;

    if (state->fifo_count != 0) {
        timer_arm(clock, &device->timers[0],
                  clock_now(clock) + timeout_ns(device));
    } else {
        timer_cancel(clock, &device->timers[0]);
    }
}

/* From the queue to the FIFO, as far as there is room. */
static void receive(struct device *device)
{
    struct state *state = device->state;

    while (state->queue_count != 0 && state->fifo_count < fifo_depth(state)) {
        uint8_t byte = byte_ring_take(BYTE_RING(state, queue));

        byte_ring_put(BYTE_RING(state, fifo), &byte, 1);
    }
    if (state->fifo_count >= trigger(state)) {
        state->raw |= INTERRUPT_RX;
    } else {
        state->raw &= ~(uint32_t)INTERRUPT_RX;
    }
    if (state->fifo_count == 0) {
        state->raw &= ~(uint32_t)INTERRUPT_TIMEOUT;
    }
    rearm(device);
    update(device);
}

static void timed_out(struct device *device)
{
    struct state *state = device->state;

    if (state->fifo_count != 0) {
        state->raw |= INTERRUPT_TIMEOUT;
        update(device);
    }
}

/* Bytes wait in the queue while the FIFO has no room for them. */
static size_t take_bytes(struct device *device, unsigned port,
                         const void *bytes, size_t size)
{
    struct state *state = device->state;
    size_t taken = byte_ring_put(BYTE_RING(state, queue), bytes, size);

    if (taken != 0) {
        receive(device);
    }
    return taken;
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_dr(struct device *device, const struct access *access,
                        unsigned index)
{
    struct state *state = device->state;

    if (state->fifo_count == 0 || access->debug) {
        return state->data;
    }
    state->data = byte_ring_take(BYTE_RING(state, fifo));
    receive(device);
    return state->data;
}

/* The transmit interrupt is of the level being passed, which with a FIFO that
 * empties at once is each character (3.3.10). */
static void write_dr(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint8_t byte = (uint8_t)value;

    if ((state->control & CONTROL_LOOPBACK) == 0) {
        fabric_console(device->fabric, device->name, byte);
    } else if (take_bytes(device, 0, &byte, 1) == 0) {
        state->raw |= INTERRUPT_OVERRUN;
    }
    state->raw |= INTERRUPT_TX;
    update(device);
}

REGISTER_SET(write_ecr, receive_status = 0)
REGISTER_OF_STATE(read_fr,
                  FLAG_TXFE | (state->fifo_count == 0 ? FLAG_RXFE : 0u) |
                      (state->fifo_count >= fifo_depth(state) ? FLAG_RXFF : 0u))

/* Switching the FIFOs empties them (3.3.7). */
static void write_lcr_h(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (((state->line_control ^ value) & LINE_FIFOS) != 0) {
        state->fifo_count = 0;
    }
    state->line_control = value;
    receive(device);
}

REGISTER_STORE(write_ifls, fifo_levels, receive)
REGISTER_STORE(write_imsc, mask, update)
REGISTER_READ(read_mis, masked)
REGISTER_CLEAR(write_icr, raw, update)

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    return clocked_set(device,
                       device_property_u32(device, "clock-frequency", 24000000),
                       error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    rearm(device);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/pl011.def"
};

static const struct description_row tree_rows[] = {
    {"pl011",       TREE_DEVICE,     0,               NULL                     },
    {"compatible",  TREE_WORDS,      0,               "arm,pl011 arm,primecell"},
    {"reg",         TREE_REG,        1,               NULL                     },
    {"interrupts",  TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL                     },
    {"clock-names", TREE_WORDS,      0,               "uartclk apb_pclk"       },
    {"clocks",      TREE_CLOCKS,     2,               NULL                     },
    {"status",      TREE_STATUS,     0,               NULL                     },
    {NULL,          TREE_END,        0,               NULL                     },
};

static const struct description_row acpi_rows[] = {
    {"COM#", ACPI_DEVICE,    0, NULL      },
    {"_HID", ACPI_TEXT,      0, "ARMH0011"},
    {"_UID", ACPI_INDEX,     0, NULL      },
    {"_CRS", ACPI_RESOURCES, 0, NULL      },
    {NULL,   ACPI_END,       0, NULL      },
};

static const struct description description = {
    .kind = DESCRIBED_SERIAL,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
    .serial_type = 3, /* Arm PL011, DBG2 table 3 */
};

static const struct serial_client serial = {.receive = take_bytes};

const struct device_type pl011 = {
    .compatible = "arm,pl011",
    .title = "PL011 UART",
    .reference = "PrimeCell UART (PL011) TRM, DDI 0183",
    DEVICE_OMISSIONS(
        {"UARTDMACR", OMITTED_SET, 3, 0, "DMA"},
        {"UARTLCR_H", OMITTED_SET, 1, 0, "sending a break"},
        {"UARTCR", OMITTED_SET, 0xc000, 0, "hardware flow control"},
        {"UARTCR", OMITTED_SET, 6, 0, "the infrared encoder"},
        {"UARTILPR", OMITTED_UNSEEN, 0, 0,
         "the infrared divisor, of an encoder whose start is logged"},
        {"UARTFR", OMITTED_ABSENT, 0, 0,
         "modem lines from outside: CTS, DSR, DCD and RI are inactive"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "break, parity and framing errors of what comes in: there are none"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the time that sending takes"}),
    .description = &description,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("uart", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(
        STATE_TO(struct state, fifo_first, RESET_CORE, FIFO_SIZE - 1),
        STATE_TO(struct state, fifo_count, RESET_CORE, FIFO_SIZE),
        STATE_TO(struct state, queue_first, RESET_CORE, QUEUE_SIZE - 1),
        STATE_TO(struct state, queue_count, RESET_CORE, QUEUE_SIZE),
        STATE(struct state, fifo, RESET_CORE),
        STATE(struct state, queue, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}, {"rx", LINE_SIGNAL},
                   {"tx", LINE_SIGNAL}, {"timeout", LINE_SIGNAL},
                   {"modem", LINE_SIGNAL}, {"error", LINE_SIGNAL}),
    DEVICE_TIMERS(timed_out),
    .init = init,
    .reset = reset,
    .restored = update,
    .serial = &serial,
};
