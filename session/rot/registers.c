/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "CPTR": one word of the core's registers at a time. The request is answered
 * by the data, or by an empty acknowledgement.
 *
 * That protocol has no errors. Here one is a reply with a command of its own
 * and without payload: a peer that expects another command reports it and is
 * still in step.
 */
#include "base/bits.h"
#include "session/rot/client.h"

enum {
    APB_READ = 3,
    APB_RDATA = 4,
    APB_WRITE = 5,
    APB_WACK = 6,
    APB_ERROR = 0xe000, /* and enum rot_error */
};

void rot_registers_refuse(struct rot_client *client, enum rot_error error)
{
    rot_client_send(client, "reply", (uint16_t)(APB_ERROR | error));
}

enum rot_served rot_registers_serve(struct rot_client *client,
                                    const struct rot_frame *frame)
{
    struct rot_server *server = client->server;
    struct rot_core *core = &server->core;
    const uint32_t address = load_le32(frame->payload);
    uint32_t value = 0;
    enum rot_error error;

    (void)rot_core_pass(core, client->access_ns);
    if (frame->number == APB_READ) {
        error = rot_core_read(core, client, client->user, address, &value);
    } else {
        error = rot_core_write(core, client, client->user, address,
                               load_le32(frame->payload + 4));
    }
    if (error != ROT_ERROR_NONE) {
        rot_registers_refuse(client, error);
    } else if (frame->number == APB_READ) {
        buffer_append_le32(&server->payload, value);
        rot_client_send(client, "reply", APB_RDATA);
    } else {
        rot_client_send(client, "reply", APB_WACK);
    }
    return ROT_SERVED;
}
