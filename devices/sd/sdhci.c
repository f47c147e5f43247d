/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot of an SD host controller (SD Host Controller Simplified
 * Specification 3.00). Commands are answered at once; data take the time of the
 * card's medium. The card is the peer cairn,card; capabilities are in registers
 * of the device that has the slots (cairn,slots), where software can change
 * them.
 */
#include "devices/sd/sdhci.h"
#include "bus/handlers.h"

#include "base/bits.h"

enum { COMMAND_SHIFT = 16, INDEX_SHIFT = 24, UPPER_BYTE = 8 };
enum { RESPONSE_MASK = 3, RESPONSE_LONG = 1, RESPONSE_BUSY = 3 };
enum { COMMAND_DATA = 1 << 5, AUTO_23 = 2 };
enum { CLOCK_ENABLE = 1 << 0, CLOCK_STABLE = 1 << 1, CLOCK_CARD = 1 << 2 };
enum { RESET_ALL = 1 << 24, RESET_COMMAND = 1 << 25, RESET_DATA = 1 << 26 };
enum { POWER_ON = 1 << 8 };
enum present_bits {
    PRESENT_NO_DATA_COMMAND = 1 << 1,
    PRESENT_DATA_ACTIVE = 1 << 2,
    PRESENT_WRITING = 1 << 8,
    PRESENT_READING = 1 << 9,
    PRESENT_BUFFER_WRITE = 1 << 10,
    PRESENT_BUFFER_READ = 1 << 11,
    PRESENT_CARD = 1 << 16,
    PRESENT_STABLE = 1 << 17,
    PRESENT_DETECT = 1 << 18,
    PRESENT_WRITABLE = 1 << 19,
    PRESENT_DATA_0 = 1 << 20,
    PRESENT_DATA_3_1 = 7 << 21,
    PRESENT_COMMAND_LINE = 1 << 24,
};
#define VERSION_3 0x00020000u

/* ---- Interrupts ---------------------------------------------------------- */

static void update(struct device *device)
{
    const struct sdhci_state *state = device->state;

    line_set(&device->outputs[0], (state->status & state->signal) != 0);
}

void sdhci_raise(struct device *device, uint32_t interrupts)
{
    struct sdhci_state *state = device->state;

    state->status |= interrupts & state->enable;
    update(device);
}

static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct sdhci_state *state = device->state;

    return state->status | (state->status >> 16 != 0 ? (uint32_t)INT_ERROR : 0);
}

static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;

    state->status &= ~value;
    update(device);
}

static void write_signal(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;

    state->signal = value;
    update(device);
}

REGISTER_CALL(write_force, sdhci_raise(device, value & 0xffff0000))

/* ---- Commands ------------------------------------------------------------ */

static void keep_response(struct sdhci_state *state, unsigned type,
                          const struct sd_reply *reply)
{
    const uint8_t *bytes = reply->long_;

    if (type != RESPONSE_LONG) {
        state->response[0] = reply->word;
        return;
    }
    state->response[3] = load_be32(bytes) >> 8;
    state->response[2] = load_be32(bytes + 3);
    state->response[1] = load_be32(bytes + 7);
    state->response[0] = load_be32(bytes + 11);
}

/* CMD23 that the controller sends before a command of several blocks. */
static void send_count(struct device *device)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;
    struct sd_reply reply;

    if (sd_card_of(wiring->card)
            ->command(wiring->card, 23, state->address, &reply)) {
        state->response[3] = reply.word;
    }
}

/* The command was answered: what its data or its being busy mean. */
static void follow(struct device *device, unsigned type, bool data,
                   const struct sd_reply *reply)
{
    struct sdhci_state *state = device->state;
    bool reads = (state->command & MODE_READ) != 0;

    if (data && reply->data == (reads ? SD_READ : SD_WRITE)) {
        sdhci_begin(device);
    } else if (data) {
        sdhci_raise(device, INT_DATA_TIMEOUT);
    } else if (reply->busy && type == RESPONSE_BUSY) {
        state->transfer = TRANSFER_BUSY;
    } else if (type == RESPONSE_BUSY) {
        sdhci_raise(device, INT_TRANSFER);
    }
}

static void send(struct device *device)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;
    uint32_t command = state->command >> COMMAND_SHIFT;
    unsigned index = state->command >> INDEX_SHIFT & 0x3f;
    unsigned type = command & RESPONSE_MASK;
    bool data = (command & COMMAND_DATA) != 0;
    bool moves = state->transfer != TRANSFER_NONE;
    struct sd_reply reply = {.busy = false};

    if (data && moves) {
        device_guest_error(device, 0x0c, "command %u with data during others",
                           index);
        return;
    }
    if (moves && index == 12) {
        sdhci_abort(device);
    }
    if ((state->command >> MODE_AUTO_SHIFT & 3) == AUTO_23 && data) {
        send_count(device);
    }
    bool answered = (state->clock & CLOCK_CARD) != 0 &&
                    sd_card_of(wiring->card)
                        ->command(wiring->card, index, state->argument, &reply);
    if (!answered && type != 0) {
        sdhci_raise(device, INT_COMMAND_TIMEOUT);
        return;
    }
    if (answered && type != 0) {
        keep_response(state, type, &reply);
    }
    sdhci_raise(device, INT_COMMAND);
    follow(device, type, data, &reply);
}

static void write_command(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;

    state->command = value;
    if ((access->lanes & UPPER_BYTE) != 0) {
        send(device);
    }
}

/* ---- Where the controller is --------------------------------------------- */

static uint32_t read_present(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;
    const struct sd_card *card = sd_card_of(wiring->card);
    bool busy = state->transfer != TRANSFER_NONE;
    bool data = busy && state->transfer != TRANSFER_BUSY;
    bool buffer = state->transfer == TRANSFER_BUFFER;
    bool reads = sdhci_reads(state);
    uint32_t value = PRESENT_STABLE | PRESENT_DATA_3_1 | PRESENT_COMMAND_LINE;

    value |= busy ? (uint32_t)PRESENT_NO_DATA_COMMAND | PRESENT_DATA_ACTIVE : 0;
    value |= busy || card->is_busy(wiring->card) ? 0 : (uint32_t)PRESENT_DATA_0;
    value |= data ? (reads ? (uint32_t)PRESENT_READING : PRESENT_WRITING) : 0;
    value |=
        buffer ? (reads ? (uint32_t)PRESENT_BUFFER_READ : PRESENT_BUFFER_WRITE)
               : 0;
    value |= card->is_present(wiring->card)
                 ? (uint32_t)PRESENT_CARD | PRESENT_DETECT
                 : 0;
    value |= card->is_writable(wiring->card) ? (uint32_t)PRESENT_WRITABLE : 0;
    return value;
}

static uint32_t read_clock(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct sdhci_state *state = device->state;

    return state->clock |
           ((state->clock & CLOCK_ENABLE) != 0 ? (uint32_t)CLOCK_STABLE : 0);
}

static void reset_all(struct device *device)
{
    struct sdhci_state *state = device->state;

    state->address = 0;
    state->block = 0;
    state->argument = 0;
    state->command = 0;
    state->control = 0;
    state->clock = 0;
    state->status = 0;
    state->enable = 0;
    state->signal = 0;
    state->control_2 = 0;
    state->adma_error = 0;
    state->adma[0] = 0;
    state->adma[1] = 0;
}

/* A software reset is over when it is asked for. */
static void write_clock(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;

    state->clock = value & ~(uint32_t)(RESET_ALL | RESET_COMMAND | RESET_DATA);
    if ((value & (RESET_ALL | RESET_DATA)) != 0) {
        sdhci_abort(device);
        state->status &= ~(uint32_t)(INT_TRANSFER | INT_DMA | INT_WRITE_READY |
                                     INT_READ_READY);
    }
    if ((value & RESET_COMMAND) != 0) {
        state->status &= ~(uint32_t)INT_COMMAND;
    }
    if ((value & RESET_ALL) != 0) {
        reset_all(device);
    }
    update(device);
}

/* Without power the card forgets. */
static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;
    bool lost = (state->control & POWER_ON) != 0 && (value & POWER_ON) == 0;
    struct sd_reply reply;

    state->control = value;
    if (lost) {
        sdhci_abort(device);
        sd_card_of(wiring->card)->command(wiring->card, 0, 0, &reply);
    }
}

static void write_address(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;

    /* A block that reached over the boundary went on behind it. */
    uint32_t over = state->transfer == TRANSFER_BOUNDARY
                        ? state->address % sdhci_boundary(state)
                        : 0;
    state->address = value;
    if ((access->lanes & UPPER_BYTE) != 0 &&
        state->transfer == TRANSFER_BOUNDARY) {
        state->address += over;
        sdhci_go_on(device);
    }
}

/* ---- The buffer ---------------------------------------------------------- */

/* True: that was the last word of the block. */
static bool count_buffer(struct sdhci_state *state)
{
    state->buffer_at += 4;
    return state->buffer_at >= state->size;
}

static uint32_t read_buffer(struct device *device, const struct access *access,
                            unsigned index)
{
    struct sdhci_state *state = device->state;

    if (state->transfer != TRANSFER_BUFFER || !sdhci_reads(state) ||
        state->buffer_at + 4 > SDHCI_BUFFER) {
        return 0;
    }
    uint32_t value = load_le32(state->buffer + state->buffer_at);
    if (!access->debug && count_buffer(state)) {
        sdhci_go_on(device);
    }
    return value;
}

static void write_buffer(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct sdhci_state *state = device->state;

    if (state->transfer != TRANSFER_BUFFER || sdhci_reads(state) ||
        state->buffer_at + 4 > SDHCI_BUFFER) {
        device_guest_error(device, 0x20, "the buffer takes no data now");
        return;
    }
    store_le32(state->buffer + state->buffer_at, value);
    if (count_buffer(state)) {
        sdhci_go_on(device);
    }
}

/* ---- Capabilities -------------------------------------------------------- */

static uint32_t capability(const struct device *device, unsigned number)
{
    const struct sdhci_wiring *wiring = device->wiring;
    const struct sdhci_slots *slots = wiring->wrapper->type->interface;

    return slots->capability(wiring->wrapper, wiring->slot, number);
}

#define CAPABILITY_READ(number)                                                \
    static uint32_t read_capability_##number(                                  \
        struct device *device, const struct access *access, unsigned index)    \
    {                                                                          \
        return capability(device, number);                                     \
    }
CAPABILITY_READ(0)
CAPABILITY_READ(1)
CAPABILITY_READ(2)

static uint32_t read_slot(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct sdhci_state *state = device->state;

    return VERSION_3 | ((state->status & state->signal) != 0 ? 1 : 0);
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct sdhci_wiring *wiring = device->wiring;
    struct error other = {""};

    wiring->card = device_peer(device, "cairn,card", 0, "cairn,emmc", &other);
    if (wiring->card == NULL) {
        wiring->card =
            device_peer(device, "cairn,card", 0, "cairn,sd-card", error);
    }
    if (wiring->card == NULL) {
        return -ENOENT;
    }
    wiring->wrapper = device_peer(device, "cairn,slots", 0,
                                  "aspeed,ast2700-sd-controller", error);
    if (wiring->wrapper == NULL) {
        return -ENOENT;
    }
    wiring->slot = device_property_u32(device, "cairn,slot", 0);
    wiring->sdma_high = device_property_u32(device, "cairn,sdma-high", 0);
    return dma_open(&wiring->dma, device, error);
}

/* A machine may be restored that never was reset. */
static void restored(struct device *device)
{
    const struct sdhci_wiring *wiring = device->wiring;
    const struct sd_host host = {device, sdhci_gather, sdhci_moved};

    sd_card_of(wiring->card)->listen(wiring->card, &host);
    update(device);
}

static void reset(struct device *device, enum reset_domain domain)
{
    const struct sdhci_wiring *wiring = device->wiring;

    if (domain != RESET_CORE) {
        sd_card_of(wiring->card)->drop(wiring->card);
    }
    restored(device);
}

static const struct register_spec registers[] = {
#include "devices/sd/sdhci.def"
};

static const struct state_field fields[] = {
    STATE_TO(struct sdhci_state, transfer, RESET_WARM, TRANSFER_BOUNDARY),
    STATE(struct sdhci_state, mode, RESET_WARM),
    STATE_TO(struct sdhci_state, size, RESET_WARM, SDHCI_BUFFER - 1),
    STATE(struct sdhci_state, serial, RESET_WARM),
    STATE(struct sdhci_state, open, RESET_WARM),
    STATE(struct sdhci_state, blocks, RESET_WARM),
    STATE_TO(struct sdhci_state, moving, RESET_WARM, SD_MOVE_MAX),
    STATE(struct sdhci_state, boundary, RESET_WARM),
    STATE(struct sdhci_state, chunk, RESET_WARM),
    STATE(struct sdhci_state, last, RESET_WARM),
    STATE_TO(struct sdhci_state, buffer_at, RESET_WARM, SDHCI_BUFFER),
    STATE(struct sdhci_state, chunk_address, RESET_WARM),
    STATE(struct sdhci_state, descriptor, RESET_WARM),
    STATE(struct sdhci_state, buffer, RESET_WARM),
};

const struct device_type sdhci = {
    .compatible = "aspeed,ast2700-sdhci",
    .title = "SD host controller, one slot",
    .reference = "SD Host Controller Simplified Specification 3.00",
    DEVICE_OMISSIONS(
        {"HOST_CONTROL", OMITTED_SET, 0x00010000, 0, "stopping at a block gap"},
        {"HOST_CONTROL", OMITTED_SET, 0x07000000, 0, "wake-up"},
        {"INT_ENABLE", OMITTED_UNSEEN, 0, 0,
         "insertion, removal and interrupts of cards while the machine runs: "
         "there are none"},
        {"HOST_CONTROL", OMITTED_VALUE, 0x18, 0x08, "ADMA1"},
        {"HOST_CONTROL_2", OMITTED_UNSEEN, 0, 0,
         "preset values: clocks always fit"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "clock frequencies, voltages and tuning, which always fit"},
        {"SDMA_ADDRESS", OMITTED_UNSEEN, 0, 0,
         "addresses of SDMA above 32 bits, which the board puts above them"}),
    .state_size = sizeof(struct sdhci_state),
    .wiring_size = sizeof(struct sdhci_wiring),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x100, 1 | 2 | 4, registers)),
    DEVICE_TABLE(field, fields),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .init = init,
    .reset = reset,
    .restored = restored,
};
