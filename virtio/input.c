/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input device (virtio 1.2, 5.8) with keys and absolute axes. Relative axes,
 * and lamps that the driver switches, are not modelled.
 */
#include "virtio/input.h"

#include <string.h>

static struct virtio_input_outside *outside_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_input_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_input_state *)virtio->state;
}

/* ---- Configuration (5.8.4) ----------------------------------------------- */

/* Up to the last one that is set. */
static uint8_t set_size(const uint8_t *set, unsigned size)
{
    while (size != 0 && set[size - 1] == 0) {
        size--;
    }
    return (uint8_t)size;
}

/* A selection that does not exist has the size 0 (5.8.5.2). */
static uint8_t choose(const struct virtio *virtio, uint8_t *data)
{
    const struct virtio_input_outside *outside = outside_of(virtio);
    const struct virtio_input_state *state = state_of(virtio);
    const uint32_t subsel = state->subsel;
    uint8_t size = 0;

    if (state->select == VIRTIO_INPUT_CFG_ID_NAME && subsel == 0) {
        while (size < 127 && outside->name[size] != '\0') {
            data[size] = (uint8_t)outside->name[size];
            size++;
        }
    } else if (state->select == VIRTIO_INPUT_CFG_ID_DEVIDS && subsel == 0) {
        size = sizeof(outside->ids);
        memcpy(data, &outside->ids, size);
    } else if (state->select == VIRTIO_INPUT_CFG_EV_BITS &&
               subsel == VIRTIO_INPUT_EV_KEY) {
        size = set_size(outside->keys, sizeof(outside->keys));
        memcpy(data, outside->keys, size);
    } else if (state->select == VIRTIO_INPUT_CFG_EV_BITS &&
               subsel == VIRTIO_INPUT_EV_ABS && outside->axes != 0) {
        size = 1;
        data[0] = (uint8_t)((1u << outside->axes) - 1);
    } else if (state->select == VIRTIO_INPUT_CFG_ABS_INFO &&
               subsel < outside->axes) {
        const struct virtio_input_absinfo info = {.max = outside->axis_max};

        size = sizeof(info);
        memcpy(data, &info, size);
    }
    return size;
}

static void config(const struct virtio *virtio, void *bytes)
{
    struct virtio_input_config config = {
        .select = (uint8_t)state_of(virtio)->select,
        .subsel = (uint8_t)state_of(virtio)->subsel,
    };

    config.size = choose(virtio, config.data);
    memcpy(bytes, &config, sizeof(config));
}

/* Only the first two bytes (5.8.5.1). */
static void configure(struct virtio *virtio, uint32_t offset, const void *bytes,
                      uint32_t size)
{
    struct virtio_input_state *state = state_of(virtio);

    if (offset + size > offsetof(struct virtio_input_config, size)) {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
        return;
    }
    for (uint32_t i = 0; i < size; i++) {
        *(offset + i == 0 ? &state->select : &state->subsel) =
            ((const uint8_t *)bytes)[i];
    }
}

/* ---- Events (5.8.6) ------------------------------------------------------ */

/* A buffer of its own for each event, all or none. */
static unsigned take_all(struct virtio *virtio, struct virtio_chain *chains,
                         unsigned count)
{
    unsigned taken = 0;

    while (taken < count &&
           virtio_take(virtio, VIRTIO_INPUT_EVENTS, &chains[taken])) {
        taken++;
    }
    while (taken < count && taken != 0) {
        virtio_put_back(virtio, &chains[--taken]);
    }
    return taken;
}

static void send(struct virtio *virtio)
{
    const struct virtio_input_sequence *sequence =
        &outside_of(virtio)->sequence;
    struct virtio_chain chains[VIRTIO_INPUT_SEQUENCE_MAX];
    const unsigned count = take_all(virtio, chains, sequence->count);

    for (unsigned i = 0; i < count; i++) {
        const struct virtio_input_event *event = &sequence->events[i];

        if (chains[i].readable != 0) { /* 5.8.6.1 */
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION,
                         VIRTIO_INPUT_EVENTS, chains[i].readable_bytes);
            return;
        }
        if (chains[i].writable_bytes < sizeof(*event)) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT,
                         VIRTIO_INPUT_EVENTS, chains[i].writable_bytes);
            return;
        }
        if (!virtio_write(virtio, &chains[i], 0, event, sizeof(*event))) {
            return;
        }
        virtio_complete(virtio, &chains[i], sizeof(*event));
    }
}

void virtio_input_report(struct virtio *virtio,
                         const struct virtio_input_event *events,
                         unsigned count)
{
    struct virtio_input_outside *outside = outside_of(virtio);

    outside->sequence = (struct virtio_input_sequence){events, count};
    virtio_serve(virtio, VIRTIO_INPUT_EVENTS);
    outside->sequence = (struct virtio_input_sequence){NULL, 0};
}

/* Lamps: there are none. */
static void serve_status(struct virtio *virtio)
{
    struct virtio_chain chain;

    while (virtio_take(virtio, VIRTIO_INPUT_STATUS, &chain)) {
        if (chain.readable_bytes < sizeof(struct virtio_input_event)) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT,
                         VIRTIO_INPUT_STATUS, chain.readable_bytes);
            return;
        }
        virtio_complete(virtio, &chain, 0);
    }
}

static void serve(struct virtio *virtio, unsigned queue)
{
    if (queue == VIRTIO_INPUT_STATUS) {
        serve_status(virtio);
    } else if (outside_of(virtio)->sequence.count != 0) {
        send(virtio);
    }
}

const struct virtio_type virtio_input = {
    .name = "input",
    .title = "input device",
    .id = VIRTIO_ID_INPUT,
    .queues = VIRTIO_INPUT_QUEUES,
    .state_size = sizeof(struct virtio_input_state),
    .config_size = sizeof(struct virtio_input_config),
    .in_order = true,
    .config = config,
    .configure = configure,
    .serve = serve,
};
