/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels of devices (bus/channel.h) and what is at their other end.
 *
 * A message from outside waits at its link until the run loop delivers the
 * link's completion; there each is an input, and the device's answer its
 * result. A device without room gets no further message until it is ready: the
 * queue fills, channel_offer refuses, and the peer decides what is lost. What
 * the device sends goes to the peer at once.
 */
#include "platform/machine/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "platform/machine/channel_parts.h"
#include "platform/machine/run.h"

/* Bounds of the messages that wait at one link. */
enum { WAITING_MAX = 4096, WAITING_BYTES_MAX = 4 << 20 };
/* From a message to the answer of a peer that has one at once. */
enum { TURNAROUND_NS = 10000 };

static struct switchboard *board_of(struct channels *channels)
{
    return (struct switchboard *)((char *)channels -
                                  offsetof(struct switchboard, channels));
}

static struct switchboard *board_at(const struct node *node)
{
    return node->device->channels ? board_of(node->device->channels) : NULL;
}

/* ---- Inputs -------------------------------------------------------------- */

static bool has_channel(const struct cairn_machine *machine,
                        const struct input *input)
{
    const struct node *node = input->subject;
    const struct channel_client *client =
        node && node->kind == NODE_DEVICE ? node->device->type->channel : NULL;
    return client && input->user < client->channels;
}

static bool is_message(const struct cairn_machine *machine,
                       const struct input *input)
{
    return has_channel(machine, input) && input->size != 0 &&
           input->size <= CHANNEL_MESSAGE_MAX;
}

/* subject is the device's node, user the channel; whether it was taken. */
static int64_t apply_message(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    struct device *device = node->device;
    assert(is_message(machine, input));
    return device->type->channel->received(device, input->user, input->bytes,
                                           input->size);
}

const struct input_type input_message = {
    .name = "message",
    .subject = INPUT_OF_NODE,
    .possible = is_message,
    .apply = apply_message,
};

/* value is whether the channel is open from now on. */
static int64_t apply_opened(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    struct device *device = node->device;
    struct switchboard *board = board_at(node);
    assert(has_channel(machine, input));
    if (!board || !board->links[input->user].connected) {
        return -EINVAL;
    }
    board->open[input->user] = input->value != 0;
    if (device->type->channel->opened) {
        device->type->channel->opened(device, input->user, input->value != 0);
    }
    return 0;
}

const struct input_type input_opened = {
    .name = "opened",
    .subject = INPUT_OF_NODE,
    .possible = has_channel,
    .apply = apply_opened,
};

/* ---- From outside -------------------------------------------------------- */

/* True if the event is done with. */
static bool give(struct channel_link *link, const struct channel_event *event)
{
    if (!event->message && link->board->open[link->channel] == event->open) {
        return true;
    }
    struct input input = {
        .type = event->message ? &input_message : &input_opened,
        .subject = link->board->node,
        .user = link->channel,
        .value = event->open,
        .size = event->message ? event->size : 0,
        .bytes = event->message ? event->bytes : NULL,
    };
    int64_t taken = input_give(link->board->machine, &input);
    return !event->message || taken != 0;
}

static void drop_first(struct channel_link *link)
{
    struct channel_event *event = link->first;
    link->first = event->next;
    if (!link->first) {
        link->last = &link->first;
    }
    link->count--;
    link->bytes -= event->size;
    free(event);
}

static void deliver(struct cairn_machine *machine,
                    struct completion *completion)
{
    struct channel_link *link = completion->context;
    size_t left = link->count;
    link->refused = false;
    while (left-- != 0 && !link->refused) {
        if (give(link, link->first)) {
            drop_first(link);
        } else {
            link->refused = true;
        }
    }
    if (link->lacked && !link->refused && link->peer.room) {
        link->lacked = false;
        link->peer.room(link->peer.context);
    }
}

static void queue(struct channel_link *link, struct channel_event *event)
{
    *link->last = event;
    link->last = &event->next;
    link->count++;
    link->bytes += event->size;
    if (!link->refused) {
        input_post_here(link->board->machine, &link->completion);
    }
}

bool channel_offer(struct channel_link *link, const void *bytes, size_t size)
{
    assert(size != 0 && size <= CHANNEL_MESSAGE_MAX);
    if (link->count >= WAITING_MAX || link->bytes + size > WAITING_BYTES_MAX) {
        link->lacked = true;
        return false;
    }
    struct channel_event *event = xcalloc(1, sizeof(*event) + size);
    event->message = true;
    event->size = size;
    memcpy(event->bytes, bytes, size);
    queue(link, event);
    return true;
}

static void queue_opened(struct channel_link *link)
{
    struct channel_event *event = xcalloc(1, sizeof(*event));
    event->open = link->is_open;
    queue(link, event);
}

void channel_open(struct channel_link *link, bool open)
{
    if (link->is_open != open) {
        link->is_open = open;
        queue_opened(link);
    }
}

/* ---- From the device ----------------------------------------------------- */

static void send(struct channels *channels, unsigned channel, const void *bytes,
                 size_t size)
{
    struct switchboard *board = board_of(channels);
    assert(channel < board->count);
    const struct channel_link *link = &board->links[channel];
    struct cairn_machine *machine = board->machine;
    /* Also in a replay, which delivers at the ends of the same rounds. */
    run_turn_outside(machine,
                     clock_now(&machine->fabric.clock) + TURNAROUND_NS);
    if (link->connected && link->peer.sent && !machine->inputs.replaying) {
        link->peer.sent(link->peer.context, bytes, size);
    }
}

static void ready(struct channels *channels, unsigned channel)
{
    struct switchboard *board = board_of(channels);
    assert(channel < board->count);
    struct channel_link *link = &board->links[channel];
    if (link->refused) {
        link->refused = false;
        input_post_here(board->machine, &link->completion);
    }
}

/* ---- State --------------------------------------------------------------- */

static size_t part_size(const struct part *part)
{
    const struct switchboard *board = part->object;
    return board->count + asks_size(board);
}

static void take(const struct part *part, void *image)
{
    struct switchboard *board = part->object;
    if (board->count != 0) {
        memcpy(image, board->open, board->count);
    }
    asks_take(board, (uint8_t *)image + board->count);
}

/* A message that waits outside is offered to the device as it is now, and where
 * the outside came or went since, the device hears of it again. */
static void put(const struct part *part, const void *image)
{
    struct switchboard *board = part->object;
    if (board->count != 0) {
        memcpy(board->open, image, board->count);
    }
    for (unsigned i = 0; i < board->count; i++) {
        struct channel_link *link = &board->links[i];
        link->refused = false;
        if (board->open[i] != link->is_open) {
            queue_opened(link);
        } else if (link->first) {
            input_post_here(board->machine, &link->completion);
        }
    }
    asks_put(board, (const uint8_t *)image + board->count);
}

static int check(const struct part *part, const void *image,
                 struct error *error)
{
    const struct switchboard *board = part->object;
    const uint8_t *open = image;
    for (unsigned i = 0; i < board->count; i++) {
        if (open[i] > 1) {
            return error_set(error, -EINVAL, "channel %u of '%s' is %u", i,
                             part->name, open[i]);
        }
    }
    return asks_check(board, part->name, open + board->count, error);
}

static void list_fields(const struct part *part, struct state_table *table)
{
    const struct switchboard *board = part->object;
    if (board->count != 0) {
        state_table_add(table, xstrdup("open"), 0, board->count, 0);
    }
    if (asks_size(board) != 0) {
        state_table_add(table, xstrdup("requests"), board->count,
                        asks_size(board), 0);
    }
}

static uint64_t hash(const struct part *part, uint64_t hash, bool memories)
{
    const struct switchboard *board = part->object;
    return asks_hash(board, hash64(hash, board->open, board->count));
}

static const struct part_kind part_channels = {
    .record = "cairn,channels",
    .size = part_size,
    .take = take,
    .put = put,
    .fields = list_fields,
    .check = check,
    .hash = hash,
};

uint64_t channels_identity(const struct cairn_machine *machine, uint64_t hash)
{
    for (const struct switchboard *board = machine->switchboards; board;
         board = board->next) {
        const char *name = board->node->name;
        hash = hash64(hash, name, strlen(name));
        for (unsigned i = 0; i < board->count; i++) {
            hash = hash64(hash, &board->links[i].connected, sizeof(bool));
        }
    }
    return hash;
}

/* ---- Life ---------------------------------------------------------------- */

bool channels_live(const struct cairn_machine *machine)
{
    for (const struct switchboard *board = machine->switchboards; board;
         board = board->next) {
        for (unsigned i = 0; i < board->count; i++) {
            const struct channel_link *link = &board->links[i];
            if (link->connected && link->peer.live) {
                return true;
            }
        }
    }
    return false;
}

struct node *channel_node(const struct cairn_machine *machine,
                          enum channel_kind kind, size_t index)
{
    size_t found = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        const struct channel_client *client =
            node->kind == NODE_DEVICE ? node->device->type->channel : NULL;
        if (client && client->kind == kind && found++ == index) {
            return node;
        }
    }
    return NULL;
}

static struct switchboard *make_board(struct cairn_machine *machine,
                                      struct node *node)
{
    const struct channel_client *client = node->device->type->channel;
    struct switchboard *board = xcalloc(1, sizeof(*board));
    *board = (struct switchboard){
        .channels = {NULL, send, ready, asks_submit, asks_cancel},
        .machine = machine,
        .node = node,
        .open = xcalloc(client->channels + 1, sizeof(*board->open)),
        .links = xcalloc(client->channels + 1, sizeof(*board->links)),
        .count = client->channels,
        .next = machine->switchboards,
    };
    board->channels.open = board->open;
    for (unsigned i = 0; i < board->count; i++) {
        struct channel_link *link = &board->links[i];
        link->board = board;
        link->channel = i;
        link->last = &link->first;
        link->completion =
            (struct completion){.deliver = deliver, .context = link};
    }
    asks_init(board);
    const struct part part = {&part_channels, NULL, node->name, board};
    parts_add(machine, &part);
    machine->switchboards = board;
    node->device->channels = &board->channels;
    return board;
}

static int check_state(const struct cairn_machine *machine,
                       const struct node *node, struct error *error)
{
    return machine_has_state(machine)
               ? error_set(error, -EBUSY,
                           "device '%s': the machine has state already",
                           node->name)
               : 0;
}

int channel_connect(struct cairn_machine *machine, struct node *node,
                    unsigned channel, const struct channel_peer *peer,
                    struct channel_link **link, struct error *error)
{
    const struct channel_client *client = node->device->type->channel;
    int code = check_state(machine, node, error);
    if (code == 0 && channel >= client->channels) {
        code = error_set(error, -ENOENT, "device '%s' has no channel %u",
                         node->name, channel);
    }
    if (code != 0) {
        return code;
    }
    struct switchboard *board = board_at(node);
    if (board && board->links[channel].connected) {
        return error_set(error, -EBUSY, "channel %u of '%s' has a back end",
                         channel, node->name);
    }
    board = board ? board : make_board(machine, node);
    struct channel_link *made = &board->links[channel];
    made->peer = *peer;
    made->connected = true;
    made->is_open = peer->open;
    board->open[channel] = peer->open;
    *link = made;
    return 0;
}

int channel_serve(struct cairn_machine *machine, struct node *node,
                  const struct channel_server *server, struct error *error)
{
    int code = check_state(machine, node, error);
    struct switchboard *board = board_at(node);
    if (code == 0 && node->device->type->channel->asks == 0) {
        code =
            error_set(error, -ENOENT, "device '%s' asks nothing", node->name);
    } else if (code == 0 && board && board->asks.connected) {
        code =
            error_set(error, -EBUSY, "device '%s' has a back end", node->name);
    }
    if (code == 0 && !machine_loop(machine, error)) {
        code = -EMFILE;
    }
    if (code != 0) {
        return code;
    }
    board = board ? board : make_board(machine, node);
    board->asks.server = *server;
    board->asks.connected = true;
    return 0;
}

static void close_link(struct channel_link *link)
{
    if (link->connected && link->peer.close) {
        link->peer.close(link->peer.context);
    }
    link->connected = false;
    input_withdraw(link->board->machine, &link->completion);
    while (link->first) {
        drop_first(link);
    }
}

void channels_close(struct cairn_machine *machine)
{
    while (machine->switchboards) {
        struct switchboard *board = machine->switchboards;
        machine->switchboards = board->next;
        board->node->device->channels = NULL;
        asks_fini(board);
        for (unsigned i = 0; i < board->count; i++) {
            close_link(&board->links[i]);
        }
        free(board->links);
        free(board->open);
        free(board);
    }
}
