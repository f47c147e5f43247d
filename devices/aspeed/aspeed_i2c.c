/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One I2C bus of the AST2700, with the registers of the new mode, which the
 * AST2600 has too. A command is a packet (bit 16): start and address, bytes to
 * send, bytes to receive, stop, in that order, each if its bit says so; without
 * that bit the byte to send is what follows the start. Bytes are in the byte
 * register, in the pool of 32 bytes, or in memory.
 *
 * A command takes no time: the bus is never seen busy between commands. What is
 * not acknowledged ends a packet with a stop.
 */
#include "base/bits.h"
#include "bus/dma.h"
#include "bus/handlers.h"
#include "devices/i2c/i2c.h"

enum { POOL_SIZE = 32, POOL_HALF = 16, DMA_SIZE = 0xa0 };

enum command_bits {
    COMMAND_START = 1 << 0,
    COMMAND_TX = 1 << 1,
    COMMAND_RX = 1 << 3,
    COMMAND_STOP = 1 << 5,
    COMMAND_TX_POOL = 1 << 6,
    COMMAND_RX_POOL = 1 << 7,
    COMMAND_TX_DMA = 1 << 8,
    COMMAND_RX_DMA = 1 << 9,
    COMMAND_RECOVER = 1 << 11,
    COMMAND_PACKET = 1 << 16,
    COMMAND_DONE = 0xbff, /* these read as 0 afterwards */
};

enum status_bits {
    STATUS_TX_ACK = 1 << 0,
    STATUS_TX_NAK = 1 << 1,
    STATUS_RX_DONE = 1 << 2,
    STATUS_STOP = 1 << 4,
    STATUS_ABNORMAL = 1 << 5,
    STATUS_RECOVERED = 1 << 13,
    STATUS_PACKET = 1 << 16,
    STATUS_PACKET_ERROR = 1 << 17,
};

enum { FUNCTION_CONTROLLER = 1 << 0, FUNCTION_TARGET = 1 << 1 };
enum { POOL_HALVES = 1 << 0, VERSION_DMA = 1 << 2 };
enum { LENGTH_MASK = 0xfff, LENGTH_TX_ENABLE = 1 << 15, TARGET_WORDS = 10 };
#define LENGTH_RX_ENABLE 0x80000000u

struct state {
    uint32_t fun_ctrl;
    uint32_t ac_timing;
    uint32_t byte;
    uint32_t buff_ctrl;
    uint32_t ier;
    uint32_t isr;
    uint32_t command;
    uint32_t dma_len;
    uint32_t tx_dma;
    uint32_t rx_dma;
    uint32_t tx_dma_high;
    uint32_t rx_dma_high;
    uint32_t dma_done;
    uint32_t target[TARGET_WORDS];
    uint32_t misc[2];
    uint32_t version;
    uint32_t selected; /* see i2c.h */
    uint8_t pool[POOL_SIZE];
};

struct wiring {
    struct i2c_bus bus; /* first: targets find it there */
    struct dma dma;
    bool busy; /* within a command, whose accesses may come back */
    uint8_t bytes[LENGTH_MASK + 1];
};

static void update(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[0], (state->isr & state->ier) != 0);
}

/* ---- Bytes --------------------------------------------------------------- */

/* Where the bytes of one direction are. */
struct place {
    uint32_t size;
    uint8_t *pool; /* NULL: in memory, or in the byte register */
    bool in_memory;
    uint64_t address;
};

/* A part of the pool, cut at its end. */
static struct place in_pool(struct state *state, uint64_t offset, uint32_t size)
{
    const uint32_t at = (uint32_t)(offset % POOL_SIZE);
    const uint32_t room = POOL_SIZE - at;

    return (struct place){.pool = state->pool + at,
                          .size = size < room ? size : room};
}

static struct place in_memory(struct state *state, uint64_t address,
                              uint32_t size)
{
    return (state->version & VERSION_DMA) == 0
               ? in_pool(state, address, size)
               : (struct place){
                     .in_memory = true, .address = address, .size = size};
}

static struct place place_to_send(struct state *state, uint32_t command)
{
    if ((command & COMMAND_TX_DMA) != 0) {
        return in_memory(state,
                         (uint64_t)state->tx_dma_high << 32 | state->tx_dma,
                         (state->dma_len & LENGTH_MASK) + 1);
    }
    if ((command & COMMAND_TX_POOL) != 0) {
        return in_pool(state, 0, (state->buff_ctrl >> 8 & 0x1f) + 1);
    }
    return (struct place){.size = 1};
}

static struct place place_to_receive(struct state *state, uint32_t command)
{
    if ((command & COMMAND_RX_DMA) != 0) {
        return in_memory(state,
                         (uint64_t)state->rx_dma_high << 32 | state->rx_dma,
                         (state->dma_len >> 16 & LENGTH_MASK) + 1);
    }
    if ((command & COMMAND_RX_POOL) != 0) {
        const bool halves = (state->buff_ctrl & POOL_HALVES) != 0;
        return in_pool(state, halves ? POOL_HALF : 0,
                       (state->buff_ctrl >> 16 & 0x1f) + 1);
    }
    return (struct place){.size = 1};
}

static bool load(struct device *device, const struct place *place)
{
    const struct state *state = device->state;
    struct wiring *wiring = device->wiring;

    if (place->in_memory) {
        return dma_read(&wiring->dma, gpa(place->address), wiring->bytes,
                        place->size) == 0;
    }
    if (place->pool) {
        memcpy(wiring->bytes, place->pool, place->size);
    } else {
        wiring->bytes[0] = (uint8_t)state->byte;
    }
    return true;
}

static bool store(struct device *device, const struct place *place)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;

    if (place->in_memory) {
        return dma_write(&wiring->dma, gpa(place->address), wiring->bytes,
                         place->size) == 0;
    }
    if (place->pool) {
        memcpy(place->pool, wiring->bytes, place->size);
    } else {
        state->byte = (state->byte & 0xffff00ff) | (uint32_t)wiring->bytes[0]
                                                       << 8;
    }
    return true;
}

/* ---- Commands ------------------------------------------------------------ */

/* Status bits of each step; with TX_NAK or ABNORMAL the rest is not done. */
enum { FAILED = STATUS_TX_NAK | STATUS_ABNORMAL };

static uint32_t begin(struct device *device, uint32_t command)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;
    const bool packet = (command & COMMAND_PACKET) != 0;
    const uint32_t byte = state->byte & 0xff;
    const unsigned address = packet ? bits(command, 30, 24) : byte >> 1;
    const bool reads = packet
                           ? (command & (COMMAND_TX | COMMAND_RX)) == COMMAND_RX
                           : (byte & 1) != 0;

    return i2c_start(&wiring->bus, &state->selected, address, reads)
               ? STATUS_TX_ACK
               : STATUS_TX_NAK;
}

static uint32_t send(struct device *device, uint32_t command)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;
    const struct place place = place_to_send(state, command);
    uint32_t sent = 0;

    if (!load(device, &place)) {
        return STATUS_ABNORMAL;
    }
    while (sent < place.size &&
           i2c_put(&wiring->bus, state->selected, wiring->bytes[sent])) {
        sent++;
    }
    state->dma_done = (state->dma_done & 0xffff0000) | sent;
    return sent == place.size ? STATUS_TX_ACK : STATUS_TX_NAK;
}

static uint32_t receive(struct device *device, uint32_t command)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;
    const struct place place = place_to_receive(state, command);

    for (uint32_t i = 0; i < place.size; i++) {
        wiring->bytes[i] = i2c_get(&wiring->bus, state->selected);
    }
    if (!store(device, &place)) {
        return STATUS_ABNORMAL;
    }
    if ((command & COMMAND_RX_POOL) != 0) {
        state->buff_ctrl = (state->buff_ctrl & 0x00ffffff) | place.size << 24;
    }
    state->dma_done = (state->dma_done & 0xffff) | place.size << 16;
    return STATUS_RX_DONE;
}

/* An address that reads acknowledged says RX_DONE alone. */
static uint32_t perform(struct device *device, uint32_t command)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;
    const bool packet = (command & COMMAND_PACKET) != 0;
    uint32_t status = 0;

    if ((command & COMMAND_START) != 0) {
        status = begin(device, command);
    }
    if ((status & FAILED) == 0 && (command & COMMAND_TX) != 0 &&
        (packet || (command & COMMAND_START) == 0)) {
        status |= send(device, command);
    }
    if ((status & FAILED) == 0 && (command & COMMAND_RX) != 0) {
        status = (status & ~(uint32_t)STATUS_TX_ACK) | receive(device, command);
    }
    if ((command & COMMAND_STOP) != 0 || (packet && (status & FAILED) != 0)) {
        i2c_stop(&wiring->bus, &state->selected);
        status |= STATUS_STOP;
    }
    if ((status & FAILED) != 0) {
        status &= ~(uint32_t)STATUS_TX_ACK;
    }
    return !packet ? status
                   : status | STATUS_PACKET |
                         ((status & FAILED) != 0 ? STATUS_PACKET_ERROR : 0u);
}

static void write_command(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    enum { ACTIONS = COMMAND_START | COMMAND_TX | COMMAND_RX | COMMAND_STOP };
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;

    if ((state->fun_ctrl & FUNCTION_CONTROLLER) == 0 || wiring->busy) {
        device_guest_error(device, 0x18, "a command of a controller that %s",
                           wiring->busy ? "is busy" : "is not enabled");
        return;
    }
    state->command = value & ~(uint32_t)COMMAND_DONE;
    wiring->busy = true;
    if ((value & COMMAND_RECOVER) != 0) {
        state->isr |= STATUS_RECOVERED;
    }
    if ((value & ACTIONS) != 0) {
        state->isr |= perform(device, value);
    }
    wiring->busy = false;
    update(device);
}

/* ---- Other registers ----------------------------------------------------- */

static void write_fun_ctrl(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;

    if ((value & FUNCTION_CONTROLLER) == 0) {
        i2c_stop(&wiring->bus, &state->selected);
    }
    state->fun_ctrl = value;
}

REGISTER_STORE(write_ier, ier, update)

static void write_isr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const bool packet = (state->isr & value & STATUS_PACKET) != 0;

    state->isr &= packet ? 0 : ~value;
    update(device);
}

/* With a write enable the half that has none is kept. */
static void write_dma_len(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const bool selects = (value & (LENGTH_RX_ENABLE | LENGTH_TX_ENABLE)) != 0;
    uint32_t mask = 0;

    if (!selects || (value & LENGTH_RX_ENABLE) != 0) {
        mask |= (uint32_t)LENGTH_MASK << 16;
    }
    if (!selects || (value & LENGTH_TX_ENABLE) != 0) {
        mask |= LENGTH_MASK;
    }
    state->dma_len = (state->dma_len & ~mask) | (value & mask);
}

REGISTER_SET(write_dma_done, dma_done = 0)
REGISTER_OF_STATE(read_pool, load_le32(state->pool + 4 * (size_t)index))

static void write_pool(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    store_le32(state->pool + 4 * (size_t)index, value);
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    return dma_open(&wiring->dma, device, error);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_i2c.def"
};

static const struct register_spec pool[] = {
    {0x00,
     POOL_SIZE / 4,
     "POOL", {RW, RW},
     RESET_CORE, 0,
     0xffffffff, NO_FIELD,
     read_pool, write_pool,
     "bytes of buffer mode"},
};

static const struct omission omissions[] = {
    {"I2CC_FUN_CTRL",         OMITTED_SET,    2, 0,    "a controller that is a target"             },
    {"I2CM_IER",              OMITTED_UNSEEN, 0, 0,
     "SMBus alert, whose line nothing drives"                                                      },
    {NULL,                    OMITTED_UNSEEN, 0, 0,    "several controllers on a bus: there is one"},
    {"a missing acknowledge", OMITTED_ABSENT, 0, 0,
     "targets with addresses of 10 bits"                                                           },
    {"bus",                   OMITTED_OFFSET, 0, 0x80, "registers of the old mode"                 },
    {NULL,                    OMITTED_UNSEEN, 0, 0,    "the time of a command"                     },
    {"I2CC_AC_TIMING",        OMITTED_UNSEEN, 0, 0,    "clocks of the bus"                         },
    {"MISC_TIMING",           OMITTED_UNSEEN, 0, 0,    "time limits: nothing takes time"           },
    {"MISC2",                 OMITTED_UNSEEN, 0, 0,    "debouncing of the wires"                   },
};

const struct device_type aspeed_i2c = {
    .compatible = "aspeed,ast2700-i2c-bus",
    .title = "I2C bus of the AST2700",
    .reference = "U-Boot drivers/i2c/ast2600_i2c.c; Linux i2c-ast2600.c",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("bus", DMA_SIZE, 4, registers),
                 REGISTER_BANK("pool", POOL_SIZE, 1 | 2 | 4, pool)),
    DEVICE_FIELDS(STATE_TO(struct state, selected, RESET_CORE, I2C_TARGETS),
                  STATE(struct state, pool, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .init = init,
    .restored = update,
    .interface = i2c_controller_interface,
};
