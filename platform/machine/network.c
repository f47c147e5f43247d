/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices and their back ends, see cairn_net_connect. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/network.h"
#include "base/assert.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"
#include "platform/machine/serial.h"

static_assert((int)PACKET_MESSAGE_MAX <= (int)CHANNEL_MESSAGE_MAX,
              "a packet is a message");

struct cable {
    struct cairn_machine *machine;
    struct node *node;
    struct network *network;
    struct channel_link *link;
    struct cable *next;
    uint8_t message[PACKET_MESSAGE_MAX];
};

/* ---- To the back end ----------------------------------------------------- */

static void sent(void *context, const void *bytes, size_t size)
{
    struct cable *cable = context;
    struct packet packet;
    if (packet_decode(bytes, size, &packet)) {
        network_send(cable->network, &packet);
    }
}

static void close_cable(void *context)
{
    struct cable *cable = context;
    struct cable **at = &cable->machine->cables;
    while (*at != cable) {
        at = &(*at)->next;
    }
    *at = cable->next;
    network_close(cable->network);
    free(cable);
}

/* ---- From it ------------------------------------------------------------- */

static bool received(void *context, const struct packet *packet)
{
    struct cable *cable = context;
    packet_encode(packet, cable->message);
    memcpy(cable->message + PACKET_HEADER, packet->bytes, packet->size);
    return channel_offer(cable->link, cable->message,
                         PACKET_HEADER + packet->size);
}

static void linked(void *context, bool up)
{
    struct cable *cable = context;
    channel_open(cable->link, up);
}

static void trouble(void *context, const char *text)
{
    struct cable *cable = context;
    log_write(&cable->machine->fabric.log, LOG_HOST, cable->node->name,
              (uint64_t)(uintptr_t)cable, "%s", text);
}

static uint64_t now_ns(void *context)
{
    const struct cable *cable = context;
    return clock_now(&cable->machine->fabric.clock);
}

/* ---- Connecting ---------------------------------------------------------- */

const char *cairn_net_name(const struct cairn_machine *machine, size_t index)
{
    const struct node *node = channel_node(machine, CHANNEL_PACKETS, index);
    return node ? node->name : NULL;
}

static struct node *find_node(struct cairn_machine *machine, const char *name)
{
    struct node *node;
    for (size_t i = 0; (node = channel_node(machine, CHANNEL_PACKETS, i));
         i++) {
        if (strcmp(node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

static int connect_cable(struct cable *cable, const char *backend,
                         struct error *error)
{
    const struct network_events events = {
        .received = received,
        .linked = linked,
        .trouble = trouble,
        .now_ns = now_ns,
        .context = cable,
    };
    struct loop *loop = machine_loop(cable->machine, error);
    if (!loop) {
        return -EMFILE;
    }
    int code = network_open(loop, backend, &events, &cable->network, error);
    if (code != 0) {
        return code;
    }
    const struct channel_peer peer = {
        .open = cable->network->up,
        .live = cable->network->type->live,
        .sent = sent,
        .close = close_cable,
        .context = cable,
    };
    code = channel_connect(cable->machine, cable->node, 0, &peer, &cable->link,
                           error);
    if (code != 0) {
        network_close(cable->network);
    } else {
        cable->next = cable->machine->cables;
        cable->machine->cables = cable;
    }
    return code;
}

int cairn_net_make_logs(struct cairn_machine *machine,
                        struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    int code = 0;
    for (struct cable *cable = machine->cables; code == 0 && cable;
         cable = cable->next) {
        code = network_make_log(cable->network, &error);
    }
    return code ? machine_fail(cairn_error, code, &error) : 0;
}

int cairn_outputs_end(struct cairn_machine *machine,
                      struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct output_end *end = &machine->output_end;
    serial_end(machine);
    for (struct cable *cable = machine->cables; cable; cable = cable->next) {
        int code = network_end_log(cable->network, &end->why);
        end->code = end->code ? end->code : code;
    }
    return end->code ? machine_fail(cairn_error, end->code, &end->why) : 0;
}

int cairn_net_connect(struct cairn_machine *machine, const char *device,
                      const char *backend, struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    struct node *node = find_node(machine, device);
    if (!node) {
        error_set(&error, -ENXIO, "board '%s': no network device '%s'",
                  machine->board.name, device);
        return machine_fail(cairn_error, -ENXIO, &error);
    }
    struct cable *cable = xcalloc(1, sizeof(*cable));
    cable->machine = machine;
    cable->node = node;
    int code = connect_cable(cable, backend, &error);
    if (code != 0) {
        free(cable);
        return machine_fail(cairn_error, code, &error);
    }
    return 0;
}

/* ---- Kinds --------------------------------------------------------------- */

int cairn_net_kind(size_t index, struct cairn_net_kind *kind)
{
    const struct network_type *type = network_type(index);
    if (!type) {
        return -ENOENT;
    }
    *kind = (struct cairn_net_kind){
        .name = type->name,
        .purpose = type->purpose,
        .live = type->live,
        .connects = type->connects,
        .peers = type->serves,
    };
    return 0;
}

char *cairn_net_value(const char *backend, const char *option, size_t index)
{
    return network_words_option(backend, option, index);
}

int cairn_net_check(const char *backend, struct cairn_error *cairn_error)
{
    struct error error = {""};
    int code = network_check(backend, &error);
    return code ? machine_fail(cairn_error, code, &error) : 0;
}
