/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "MBOX": one command of the mailbox at a time, as a peer sees it who keeps
 * the mailbox's registers himself. An error of any kind is the status of a
 * command that failed, without data; so is a command that is larger than any
 * mailbox.
 */
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "session/rot/client.h"

enum { MBOX_RESPONSE = 2, FIELDS = 8 };

static void respond(struct rot_client *client, uint32_t status,
                    const struct buffer *bytes)
{
    struct buffer *payload = &client->server->payload;

    buffer_append_le32(payload, status);
    buffer_append_le32(payload, (uint32_t)bytes->size);
    buffer_append(payload, bytes->bytes, bytes->size);
    buffer_append_zeros(payload, (4 - bytes->size % 4) % 4);
    rot_client_send(client, "reply", MBOX_RESPONSE);
}

void rot_mailbox_refuse(struct rot_client *client)
{
    respond(client, CALIPTRA_MBOX_STATUS_FAILURE, &(struct buffer){0});
}

enum rot_served rot_mailbox_serve(struct rot_client *client,
                                  const struct rot_frame *frame)
{
    struct rot_core *core = &client->server->core;
    const uint32_t size = load_le32(frame->payload + 4);
    struct rot_exchange exchange = {
        .who = client,
        .user = client->user,
        .command = load_le32(frame->payload),
        .bytes = frame->payload + FIELDS,
        .size = size,
    };
    if (size > frame->length - FIELDS || size > ROT_MAILBOX_MOST) {
        rot_mailbox_refuse(client);
        return ROT_SERVED;
    }
    enum rot_error error = rot_core_exchange(core, &exchange);
    if (error == ROT_ERROR_BUSY) {
        buffer_fini(&exchange.answer);
        return ROT_LATER;
    }
    if (error == ROT_ERROR_NONE) {
        respond(client, exchange.status, &exchange.answer);
    } else {
        rot_mailbox_refuse(client);
    }
    buffer_fini(&exchange.answer);
    return ROT_SERVED;
}
