/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that ask for random bytes (CHANNEL_ENTROPY), and the host's. */
#include <errno.h>

#include "host/time.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"

static size_t serve(void *context, const void *request, size_t size,
                    void *reply, size_t reply_room)
{
    host_entropy(reply, reply_room);
    return reply_room;
}

static int connect_all(struct cairn_machine *machine, struct error *error)
{
    const struct channel_server server = {.serve = serve};
    struct node *node;
    int code = 0;
    size_t i = 0;
    for (; code == 0 && (node = channel_node(machine, CHANNEL_ENTROPY, i));
         i++) {
        code = channel_serve(machine, node, &server, error);
    }
    return i == 0 ? error_set(error, -ENOENT, "board '%s': no entropy device",
                              machine->board.name)
                  : code;
}

int cairn_entropy_connect(struct cairn_machine *machine,
                          struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    int code = connect_all(machine, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
