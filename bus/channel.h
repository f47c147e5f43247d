/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between a device and the world outside: packets of a network, bytes
 * of a console, requests to a server and its replies.
 *
 * A device has a struct channel_client in its type, with a number of channels.
 * On each, messages go both ways; which of them are connected, and to what, is
 * the session's to decide. Without any connection device->channels is NULL; a
 * channel that is not open takes what is sent to it and drops it.
 *
 * A message comes in between two rounds of the run loop, where no core runs. If
 * the device has no room for it, `received` returns false: it waits outside, in
 * order, and is offered again after channel_ready. What waits outside is no
 * state of the machine, what was received is.
 *
 * A device may also ask (client->asks is not 0), as many requests at a time as
 * that, by numbers that it chooses. The reply comes exactly `latency_ns` of
 * virtual time after the request, whatever the host does: the run loop waits
 * for the server if it has to. Requests reach the server in the order in which
 * they were made, one at a time. So a run depends on what the server answers
 * and not on when. Requests in flight are part of the machine's state; the
 * device keeps in its own what it needs for the reply. Resetting it must cancel
 * them.
 *
 * Bytes are copied, or handed on, before a call returns. Engine thread only.
 */
#ifndef BUS_CHANNEL_H
#define BUS_CHANNEL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

/* Kinds of messages of a device. */
enum channel_kind {
    CHANNEL_PACKETS, /* of a network */
    CHANNEL_BYTES,   /* of a stream: their bounds mean nothing */
    CHANNEL_ASKS,    /* none: the device asks */
    CHANNEL_FILES,   /* none: the device asks, in a protocol for files */
    CHANNEL_ENTROPY, /* none: the device asks for random bytes, by requests
                        without bytes */
    CHANNEL_SOCKETS, /* of abi/vsock_outside.h: channel 0 beside the lines, 1
                        and so on the lines */
};

enum {
    CHANNEL_MESSAGE_MAX = 128 << 10, /* bytes of one; from outside at least 1 */
    CHANNEL_REQUEST_MAX = 2 << 20,   /* of what is asked */
};

struct channel_client {
    enum channel_kind kind;
    unsigned channels; /* numbers are below; may be 0 */
    unsigned asks;     /* numbers of requests are below; may be 0 */
    /* The most that reply_room may be; as many bytes times asks are in each
     * snapshot. */
    size_t reply_max;
    /* A message came in. False: no room, see channel_ready. */
    bool (*received)(struct device *device, unsigned channel, const void *bytes,
                     size_t size);
    /* A channel was connected or disconnected, after the machine was made; or
     * NULL. */
    void (*opened)(struct device *device, unsigned channel, bool open);
    /* Size is at most the request's reply_room; 0: the server answered nothing,
     * as it is gone or has failed. May ask again. */
    void (*replied)(struct device *device, unsigned number, const void *bytes,
                    size_t size);
};

struct channel_request {
    const void *bytes;
    size_t size;         /* at most CHANNEL_REQUEST_MAX */
    size_t reply_room;   /* at most client->reply_max */
    uint64_t latency_ns; /* at least 1 */
};

/* The channels that platform/ connects to a device. */
struct channels {
    const uint8_t *open; /* by channel: whether there is something outside */
    void (*send)(struct channels *channels, unsigned channel, const void *bytes,
                 size_t size);
    void (*ready)(struct channels *channels, unsigned channel);
    void (*ask)(struct channels *channels, unsigned number,
                const struct channel_request *request);
    void (*cancel)(struct channels *channels, unsigned number);
};

static inline bool channel_is_open(const struct device *device,
                                   unsigned channel)
{
    assert(channel < device->type->channel->channels);
    return device->channels && device->channels->open[channel];
}

/* At most CHANNEL_MESSAGE_MAX bytes. Nobody reports what becomes of them. */
static inline void channel_send(struct device *device, unsigned channel,
                                const void *bytes, size_t size)
{
    assert(channel < device->type->channel->channels);
    assert(size <= CHANNEL_MESSAGE_MAX);
    if (device->channels) {
        device->channels->send(device->channels, channel, bytes, size);
    }
}

/* There is room again after `received` returned false; fine at any time. What
 * waits is offered between two rounds, not from within this call. */
static inline void channel_ready(struct device *device, unsigned channel)
{
    assert(channel < device->type->channel->channels);
    if (device->channels) {
        device->channels->ready(device->channels, channel);
    }
}

/* The device is connected (device->channels). A request in flight of that
 * number is cancelled. */
static inline void channel_ask(struct device *device, unsigned number,
                               const struct channel_request *request)
{
    assert(device->channels && number < device->type->channel->asks);
    assert(request->latency_ns != 0 && request->size <= CHANNEL_REQUEST_MAX);
    assert(request->reply_room <= device->type->channel->reply_max);
    device->channels->ask(device->channels, number, request);
}

/* Requests in flight get no reply; the server has served them, or will. */
static inline void channel_cancel_all(struct device *device)
{
    for (unsigned i = 0; device->channels && i < device->type->channel->asks;
         i++) {
        device->channels->cancel(device->channels, i);
    }
}

#endif
