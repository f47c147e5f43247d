/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of channels: what channel.c (messages) and asks.c (requests) share. */
#ifndef PLATFORM_MACHINE_CHANNEL_PARTS_H
#define PLATFORM_MACHINE_CHANNEL_PARTS_H

#include "host/loop.h"
#include "platform/machine/channel.h"
#include "platform/machine/parts.h"

/* A message that waits, or that the peer came or went. */
struct channel_event {
    struct channel_event *next;
    bool message;
    bool open;
    size_t size;
    uint8_t bytes[];
};

struct channel_link {
    struct switchboard *board;
    struct channel_peer peer;
    bool connected;
    unsigned channel;
    struct channel_event *first;
    struct channel_event **last;
    size_t bytes; /* that wait */
    size_t count; /* of messages that wait */
    bool refused; /* by the device: waits for channel_ready */
    bool lacked;  /* room: the peer is to be told */
    bool is_open; /* outside; the device hears of it behind what waits */
    struct completion completion;
};

struct ask;

struct asks {
    struct channel_server server;
    bool connected;
    bool asked;       /* the server, ever */
    struct ask *asks; /* by number */
    unsigned count;
    size_t reply_max;
    struct question *first; /* of those that the server has not answered */
    struct question **last;
    uint8_t *reply; /* of a server that answers at once, reply_max bytes */
    struct completion completion;
};

/* All channels of a device. */
struct switchboard {
    struct channels channels;
    struct cairn_machine *machine;
    struct node *node;
    uint8_t *open; /* by channel; state of the machine */
    struct channel_link *links;
    unsigned count;
    struct asks asks;
    struct switchboard *next;
};

static inline const struct channel_client *
switchboard_client(const struct switchboard *board)
{
    return board->node->device->type->channel;
}

/* ---- asks.c -------------------------------------------------------------- */

void asks_init(struct switchboard *board);
/* Waits for the server and closes it. */
void asks_fini(struct switchboard *board);
void asks_submit(struct channels *channels, unsigned number,
                 const struct channel_request *request);
void asks_cancel(struct channels *channels, unsigned number);

/* Waits for the server. */
void asks_drain(struct switchboard *board);

/* The state: what lies behind the flags of open channels in the image. */
size_t asks_size(const struct switchboard *board);
void asks_take(struct switchboard *board, uint8_t *image);
void asks_put(struct switchboard *board, const uint8_t *image);
int asks_check(const struct switchboard *board, const char *name,
               const uint8_t *image, struct error *error);
uint64_t asks_hash(const struct switchboard *board, uint64_t hash);

#endif
