/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket devices (CHANNEL_SOCKETS) and the host's sockets (backends/vsock.h).
 *
 * The channel beside the lines opens in the first turn of the loop, when a
 * snapshot that the machine continues from was put back: so the device hears
 * that the sockets of then are gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/vsock.h"
#include "host/loop.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"

enum { CHANNELS = 1 + VSOCK_LINES };

struct end {
    struct sockets *sockets;
    unsigned line; /* VSOCK_LINES: beside them */
    struct channel_link *link;
};

struct sockets {
    struct cairn_machine *machine;
    const struct node *node; /* of the device */
    struct vsock *vsock;     /* NULL: messages come from a list of inputs */
    struct loop *loop;
    struct loop_task begin;
    unsigned open;             /* ends that are not closed yet */
    struct end ends[CHANNELS]; /* by channel */
};

static bool offer(void *context, unsigned line, const void *message,
                  size_t size)
{
    const struct sockets *sockets = context;
    const unsigned channel = line == VSOCK_LINES ? 0 : 1 + line;
    return channel_offer(sockets->ends[channel].link, message, size);
}

static void trouble(void *context, const char *text)
{
    struct sockets *sockets = context;
    log_write(&sockets->machine->fabric.log, LOG_HOST, sockets->node->name,
              (uint64_t)(uintptr_t)sockets, "%s", text);
}

static void sent(void *context, const void *bytes, size_t size)
{
    const struct end *end = context;
    if (end->sockets->vsock) {
        vsock_hear(end->sockets->vsock, end->line, bytes, size);
    }
}

static void room(void *context)
{
    const struct end *end = context;
    if (end->sockets->vsock) {
        vsock_room(end->sockets->vsock, end->line);
    }
}

static void begin(struct loop_task *task)
{
    struct sockets *sockets =
        (struct sockets *)((char *)task - offsetof(struct sockets, begin));
    channel_open(sockets->ends[0].link, true);
}

static void close_all(struct sockets *sockets)
{
    vsock_close(sockets->vsock);
    loop_unpost(sockets->loop, &sockets->begin);
    free(sockets);
}

static void close_end(void *context)
{
    struct end *end = context;
    if (--end->sockets->open == 0) {
        close_all(end->sockets);
    }
}

/* All channels, or those before the one that fails, which then close. */
static int connect_ends(struct cairn_machine *machine, struct node *node,
                        struct sockets *sockets, struct error *error)
{
    int code = 0;
    for (unsigned i = 0; code == 0 && i < CHANNELS; i++) {
        struct end *end = &sockets->ends[i];
        *end = (struct end){sockets, i == 0 ? VSOCK_LINES : i - 1, NULL};
        const struct channel_peer peer = {
            .open = i != 0,
            .live = i == 0,
            .sent = sent,
            .room = room,
            .close = close_end,
            .context = end,
        };
        code = channel_connect(machine, node, i, &peer, &end->link, error);
        sockets->open += code == 0;
    }
    return code;
}

static struct node *find_device(const struct cairn_machine *machine,
                                const char *name)
{
    struct node *node = NULL;
    for (size_t i = 0; (node = channel_node(machine, CHANNEL_SOCKETS, i));
         i++) {
        if (!name || strcmp(node->name, name) == 0) {
            break;
        }
    }
    return node;
}

static int connect_sockets(struct cairn_machine *machine, const char *device,
                           const char *path, struct error *error)
{
    struct node *node = find_device(machine, device);
    struct loop *loop = machine_loop(machine, error);
    if (!node) {
        return error_set(error, -ENOENT, "board '%s': no socket device '%s'",
                         machine->board.name, device ? device : "");
    }
    if (!loop) {
        return -EMFILE;
    }
    struct sockets *sockets = xcalloc(1, sizeof(*sockets));
    const struct vsock_device calls = {offer, trouble, sockets};
    sockets->machine = machine;
    sockets->node = node;
    sockets->loop = loop;
    sockets->begin.run = begin;
    int code =
        path ? vsock_open(loop, path, &calls, &sockets->vsock, error) : 0;
    code = code ? code : connect_ends(machine, node, sockets, error);
    if (code != 0 && sockets->open == 0) {
        close_all(sockets);
    } else if (code == 0 && path) {
        loop_post(loop, &sockets->begin);
    }
    return code;
}

int cairn_vsock_connect(struct cairn_machine *machine, const char *device,
                        const char *path, struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    int code = connect_sockets(machine, device, path, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
