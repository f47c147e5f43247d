/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small link to the outside, as the example of a device with a channel and
 * with requests (bus/channel.h): this file, its registers in channel.def, and a
 * line in devices.def are all of it; a board overlay puts it into a machine
 * (channel.dtso).
 *
 * SEND sends a message from memory. RECEIVE gives a buffer for one message,
 * which fills it and sets a bit in DONE; what comes without a buffer waits
 * outside. ASK makes a request, two at a time, and the reply is written where
 * the request said. The interrupt is raised while a bit is set in DONE and in
 * ENABLE. Addresses and sizes are taken when a command is written.
 */
#include "bus/channel.h"

#include "base/bits.h"
#include "bus/dma.h"
#include "bus/handlers.h"

enum { REQUESTS = 2, MESSAGE_MAX = 2048, LATENCY_NS = 50000 };
enum done_bits {
    DONE_RECEIVED = 1 << 0,
    DONE_OPENED = 1 << 1, /* or closed */
    DONE_BUS_ERROR = 1 << 2,
    DONE_REPLY = 1 << 4, /* and the next */
};

struct state {
    uint32_t enable;
    uint32_t done;
    uint32_t send_address;
    uint32_t send_size;
    uint32_t receive_address;
    uint32_t receive_size; /* of the buffer, then of the message */
    uint32_t receiving;    /* there is a buffer */
    uint32_t busy;
    uint32_t ask_address[REQUESTS];
    uint32_t ask_size[REQUESTS];
    uint32_t reply_size[REQUESTS]; /* of the room, then of the reply */
    uint32_t target[REQUESTS];     /* of the reply in flight */
};

struct wiring {
    struct dma dma;
    uint8_t bytes[MESSAGE_MAX]; /* of the message at hand */
};

static void update(struct device *device)
{
    const struct state *state = device->state;
    line_set(&device->outputs[0], (state->done & state->enable) != 0);
}

static void note(struct device *device, uint32_t done)
{
    struct state *state = device->state;
    state->done |= done;
    update(device);
}

/* ---- From outside -------------------------------------------------------- */

static bool received(struct device *device, unsigned channel, const void *bytes,
                     size_t size)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    if (!state->receiving) {
        return false;
    }
    size_t taken = size < state->receive_size ? size : state->receive_size;
    state->receiving = 0;
    state->receive_size = (uint32_t)size; /* cut, if it is more than the room */
    bool good =
        dma_write(&wiring->dma, gpa(state->receive_address), bytes, taken) == 0;
    note(device, good ? DONE_RECEIVED : DONE_RECEIVED | DONE_BUS_ERROR);
    return true;
}

static void opened(struct device *device, unsigned channel, bool open)
{
    note(device, DONE_OPENED);
}

static void replied(struct device *device, unsigned number, const void *bytes,
                    size_t size)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    bool good = size == 0 || dma_write(&wiring->dma, gpa(state->target[number]),
                                       bytes, size) == 0;
    state->busy &= ~(1u << number);
    state->reply_size[number] = (uint32_t)size;
    note(device, (uint32_t)DONE_REPLY << number |
                     (good ? 0 : (uint32_t)DONE_BUS_ERROR));
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_features(struct device *device,
                              const struct access *access, unsigned index)
{
    return !device->channels ? 0 : channel_is_open(device, 0) ? 3 : 1;
}

/* True if the bytes of a message are in wiring->bytes. */
static bool fetch(struct device *device, uint32_t address, uint32_t size)
{
    struct wiring *wiring = device->wiring;
    if (size > MESSAGE_MAX ||
        dma_read(&wiring->dma, gpa(address), wiring->bytes, size) != 0) {
        note(device, DONE_BUS_ERROR);
        return false;
    }
    return true;
}

static void write_send(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    if (fetch(device, state->send_address, state->send_size)) {
        channel_send(device, 0, wiring->bytes, state->send_size);
    }
}

static void write_receive(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    state->receiving = 1;
    channel_ready(device, 0);
}

static void write_ask(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    if ((state->busy >> index & 1) != 0) {
        device_guest_error(device, index, "request %u is in flight", index);
    } else if (!device->channels) {
        state->reply_size[index] = 0;
        note(device, (uint32_t)DONE_REPLY << index);
    } else if (fetch(device, state->ask_address[index],
                     state->ask_size[index])) {
        uint32_t room = state->reply_size[index];
        state->busy |= 1u << index;
        state->target[index] = value;
        channel_ask(device, index,
                    &(struct channel_request){
                        .bytes = wiring->bytes,
                        .size = state->ask_size[index],
                        .reply_room = room < MESSAGE_MAX ? room : MESSAGE_MAX,
                        .latency_ns = LATENCY_NS,
                    });
    }
}

REGISTER_CLEAR(write_done, done, update)
REGISTER_STORE(write_enable, enable, update)

static const struct register_spec registers[] = {
#include "devices/example/channel.def"
};

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    return dma_open(&wiring->dma, device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    const struct state *state = device->state;
    if (state->busy == 0) {
        channel_cancel_all(device);
    }
    update(device);
}

static const struct channel_client client = {
    .kind = CHANNEL_PACKETS,
    .channels = 1,
    .asks = REQUESTS,
    .reply_max = MESSAGE_MAX,
    .received = received,
    .opened = opened,
    .replied = replied,
};

const struct device_type example_channel = {
    .compatible = "cairn,example-channel",
    .title = "Example link to the outside",
    .reference = "bus/channel.h",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("channel", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE_TO(struct state, receiving, RESET_WARM, 1),
                  STATE(struct state, target, RESET_WARM)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .channel = &client,
    .init = init,
    .reset = reset,
    .restored = update,
};
