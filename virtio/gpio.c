/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GPIO device (virtio 1.2, 5.18), with interrupts. A line that the driver
 * drives is sensed as it is driven. A driver that stops its requests lets all
 * lines go, as it cannot do so by a request any more.
 */
#include "virtio/gpio.h"

#include <string.h>

enum { HIGH = 1, EDGES = VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH };

static const struct virtio_gpio_outside *outside_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_gpio_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_gpio_state *)virtio->state;
}

/* ---- Configuration (5.18.3, 5.18.4) -------------------------------------- */

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_GPIO_F_IRQ);
}

static void config(const struct virtio *virtio, void *bytes)
{
    const struct virtio_gpio_config config = {
        .ngpio = (uint16_t)outside_of(virtio)->lines,
        .gpio_names_size = outside_of(virtio)->names_size,
    };

    memcpy(bytes, &config, sizeof(config));
}

/* ---- Interrupts (5.18.6.6, 5.18.7) --------------------------------------- */

/* Gives the buffers of a line back, which masks its interrupt. */
static void answer_event(struct virtio *virtio, struct virtio_chain *chain,
                         enum virtio_gpio_irq_status status)
{
    const uint8_t byte = (uint8_t)status;

    virtio_write(virtio, chain, 0, &byte, sizeof(byte));
    virtio_complete(virtio, chain, sizeof(byte));
}

static bool is_asserted(const struct virtio_gpio_line *line)
{
    return line->latched != 0 ||
           (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH && line->high) ||
           (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW && !line->high);
}

/* Edges are latched while the interrupt is masked, levels are not
 * (5.18.6.9). */
static void deliver(struct virtio *virtio, unsigned number)
{
    struct virtio_gpio_line *line = &state_of(virtio)->lines[number];
    struct virtio_chain *chain = &state_of(virtio)->events[number];

    if (chain->taken != 0 && is_asserted(line)) {
        line->latched = 0;
        answer_event(virtio, chain, VIRTIO_GPIO_IRQ_STATUS_VALID);
    }
}

static void disable(struct virtio *virtio, unsigned number)
{
    struct virtio_gpio_line *line = &state_of(virtio)->lines[number];
    struct virtio_chain *chain = &state_of(virtio)->events[number];

    line->irq_type = VIRTIO_GPIO_IRQ_TYPE_NONE;
    line->latched = 0;
    if (chain->taken != 0) {
        answer_event(virtio, chain, VIRTIO_GPIO_IRQ_STATUS_INVALID);
    }
}

static bool sense(struct virtio *virtio, unsigned number)
{
    const struct virtio_gpio_line *line = &state_of(virtio)->lines[number];

    return line->direction == VIRTIO_GPIO_DIRECTION_OUT
               ? line->value != 0
               : outside_of(virtio)->sense(virtio, number);
}

void virtio_gpio_sensed(struct virtio *virtio, unsigned number)
{
    struct virtio_gpio_line *line = &state_of(virtio)->lines[number];
    const bool high = sense(virtio, number);
    const uint8_t edge = high ? VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING
                              : VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING;

    if (high != (line->high != 0)) {
        line->high = high;
        line->latched |= (line->irq_type & EDGES & edge) != 0;
        deliver(virtio, number);
    }
}

/* A driver disables an interrupt before it changes its type, and has none of a
 * line that it drives (5.18.6.8). */
static bool set_irq_type(struct virtio *virtio, unsigned number, uint32_t type)
{
    struct virtio_gpio_line *line = &state_of(virtio)->lines[number];
    const bool known = type == VIRTIO_GPIO_IRQ_TYPE_NONE || type <= EDGES ||
                       type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH ||
                       type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW;

    if (!virtio_has(virtio, VIRTIO_GPIO_F_IRQ) || !known) {
        return false;
    }
    if (type == VIRTIO_GPIO_IRQ_TYPE_NONE) {
        disable(virtio, number);
        return true;
    }
    if (line->direction == VIRTIO_GPIO_DIRECTION_OUT ||
        (line->irq_type != VIRTIO_GPIO_IRQ_TYPE_NONE &&
         line->irq_type != type)) {
        return false;
    }
    line->irq_type = (uint8_t)type;
    line->high = sense(virtio, number);
    deliver(virtio, number);
    return true;
}

/* The line of a request for events; -1 after a fault. */
static int event_line(struct virtio *virtio, const struct virtio_chain *chain)
{
    struct virtio_gpio_irq_request request;

    if (chain->readable_bytes < sizeof(request) || chain->writable_bytes == 0) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, chain->queue,
                     chain->readable_bytes);
        return -1;
    }
    return virtio_read(virtio, chain, 0, &request, sizeof(request))
               ? request.gpio
               : -1;
}

/* A line has buffers once, and when its interrupt is enabled (5.18.7). */
static void serve_events(struct virtio *virtio, unsigned queue)
{
    struct virtio_gpio_state *state = state_of(virtio);
    struct virtio_chain chain;

    while (virtio_take(virtio, queue, &chain)) {
        const int line = event_line(virtio, &chain);

        if (line < 0) {
            return;
        }
        if ((unsigned)line >= outside_of(virtio)->lines ||
            state->events[line].taken != 0) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_VALUE, queue,
                         (unsigned)line);
            answer_event(virtio, &chain, VIRTIO_GPIO_IRQ_STATUS_INVALID);
        } else if (state->lines[line].irq_type == VIRTIO_GPIO_IRQ_TYPE_NONE) {
            answer_event(virtio, &chain, VIRTIO_GPIO_IRQ_STATUS_INVALID);
        } else {
            state->events[line] = chain;
            deliver(virtio, (unsigned)line);
        }
    }
}

/* ---- Lines (5.18.6.2 to 5.18.6.5) ---------------------------------------- */

/* A line that is driven has no interrupt, to which its level would matter. */
static void drive(struct virtio *virtio, unsigned number)
{
    outside_of(virtio)->drive(
        virtio, number, virtio_gpio_is_high(&state_of(virtio)->lines[number]));
}

/* All that is known of a line is forgotten with its direction (5.18.6.9). */
static void let_go(struct virtio *virtio, unsigned number)
{
    state_of(virtio)->lines[number] = (struct virtio_gpio_line){0};
    drive(virtio, number);
}

static bool set_direction(struct virtio *virtio, unsigned number,
                          uint32_t direction)
{
    struct virtio_gpio_line *line = &state_of(virtio)->lines[number];

    switch (direction) {
    case VIRTIO_GPIO_DIRECTION_NONE:
        disable(virtio, number);
        let_go(virtio, number);
        return true;
    case VIRTIO_GPIO_DIRECTION_OUT:
        if (line->irq_type != VIRTIO_GPIO_IRQ_TYPE_NONE) {
            return false;
        }
        break;
    case VIRTIO_GPIO_DIRECTION_IN:
        break;
    default:
        return false;
    }
    line->direction = (uint8_t)direction;
    drive(virtio, number);
    return true;
}

static bool set_value(struct virtio *virtio, unsigned number, uint32_t value)
{
    if (value > HIGH) {
        return false;
    }
    state_of(virtio)->lines[number].value = (uint8_t)value;
    drive(virtio, number);
    return true;
}

/* ---- Requests (5.18.6) --------------------------------------------------- */

static bool perform(struct virtio *virtio,
                    const struct virtio_gpio_request *request, uint8_t *value)
{
    const unsigned line = request->gpio;

    *value = 0;
    if (line >= outside_of(virtio)->lines) {
        return false;
    }
    switch (request->type) {
    case VIRTIO_GPIO_MSG_GET_DIRECTION:
        *value = state_of(virtio)->lines[line].direction;
        return true;
    case VIRTIO_GPIO_MSG_SET_DIRECTION:
        return set_direction(virtio, line, request->value);
    case VIRTIO_GPIO_MSG_GET_VALUE:
        *value = sense(virtio, line);
        return true;
    case VIRTIO_GPIO_MSG_SET_VALUE:
        return set_value(virtio, line, request->value);
    case VIRTIO_GPIO_MSG_SET_IRQ_TYPE:
        return set_irq_type(virtio, line, request->value);
    default:
        return false;
    }
}

/* The answer has a status and as many bytes as the names have (5.18.6.1). */
static bool send_names(struct virtio *virtio, struct virtio_chain *chain)
{
    const struct virtio_gpio_outside *outside = outside_of(virtio);
    const uint8_t status = VIRTIO_GPIO_STATUS_OK;

    if (outside->names_size == 0 ||
        chain->writable_bytes < sizeof(status) + outside->names_size) {
        return false;
    }
    virtio_write(virtio, chain, 0, &status, sizeof(status));
    virtio_write(virtio, chain, sizeof(status), outside->names,
                 outside->names_size);
    virtio_complete(virtio, chain, sizeof(status) + outside->names_size);
    return true;
}

static void answer(struct virtio *virtio, struct virtio_chain *chain,
                   const struct virtio_gpio_request *request)
{
    struct virtio_gpio_response response;

    if (request->type == VIRTIO_GPIO_MSG_GET_LINE_NAMES &&
        send_names(virtio, chain)) {
        return;
    }
    response.status = perform(virtio, request, &response.value)
                          ? VIRTIO_GPIO_STATUS_OK
                          : VIRTIO_GPIO_STATUS_ERR;
    virtio_write(virtio, chain, 0, &response, sizeof(response));
    virtio_complete(virtio, chain, sizeof(response));
}

static void serve_requests(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;
    struct virtio_gpio_request request;

    while (virtio_take(virtio, queue, &chain)) {
        if (chain.readable_bytes < sizeof(request) ||
            chain.writable_bytes < sizeof(struct virtio_gpio_response)) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain.readable_bytes);
            return;
        }
        if (!virtio_read(virtio, &chain, 0, &request, sizeof(request))) {
            return;
        }
        answer(virtio, &chain, &request);
    }
}

static void serve(struct virtio *virtio, unsigned queue)
{
    if (queue == VIRTIO_GPIO_REQUESTS) {
        serve_requests(virtio, queue);
    } else {
        serve_events(virtio, queue);
    }
}

/* ---- Life ---------------------------------------------------------------- */

/* A queue that is dropped is written no more: buffers for events stay without
 * an answer, until the interrupt is enabled again. */
static void drop(struct virtio *virtio, unsigned queue)
{
    struct virtio_gpio_state *state = state_of(virtio);

    for (unsigned i = 0; i < outside_of(virtio)->lines; i++) {
        if (queue == VIRTIO_GPIO_EVENTS) {
            state->events[i].taken = 0;
        } else {
            let_go(virtio, i);
        }
    }
}

/* Buffers of another queue would outlive its reset (drop). */
static bool possible(const struct virtio *virtio)
{
    const struct virtio_gpio_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_GPIO_LINES; i++) {
        const bool taken = state->events[i].taken != 0;

        if (state->lines[i].direction > VIRTIO_GPIO_DIRECTION_IN ||
            (taken && (state->events[i].queue != VIRTIO_GPIO_EVENTS ||
                       state->events[i].writable_bytes == 0 ||
                       i >= outside_of(virtio)->lines)) ||
            !virtio_chain_is_possible(virtio, &state->events[i])) {
            return false;
        }
    }
    return true;
}

const struct virtio_type virtio_gpio = {
    .name = "gpio",
    .title = "GPIO device",
    .id = VIRTIO_ID_GPIO,
    .queues = VIRTIO_GPIO_QUEUES,
    .state_size = sizeof(struct virtio_gpio_state),
    .config_size = sizeof(struct virtio_gpio_config),
    .features = features,
    .config = config,
    .serve = serve,
    .drop = drop,
    .possible = possible,
};
