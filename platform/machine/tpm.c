/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM behind a register interface of the board (devices/tpm/): what it asks
 * goes to swtpm (backends/tpm.h). */
#include <errno.h>

#include "backends/tpm.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"

static size_t no_reply(void *context, const void *request, size_t size,
                       void *reply, size_t room)
{
    return 0;
}

static const char *unsaved(void *context)
{
    return "the TPM, whose responses come from a list";
}

/* Nobody will ask for it. */
static int no_load(void *context, const void *state, size_t size,
                   struct error *error)
{
    return 0;
}

/* NULL: replies come from a list of inputs. */
static int connect_tpm(struct cairn_machine *machine, const char *backend,
                       struct error *error)
{
    struct node *node = NULL;
    for (size_t i = 0; (node = channel_node(machine, CHANNEL_ASKS, i)); i++) {
        const struct description *description = node->device->type->description;
        if (description && description->kind == DESCRIBED_TPM) {
            break;
        }
    }
    if (!node) {
        return error_set(error, -ENOENT, "board '%s': no TPM",
                         machine->board.name);
    }
    struct channel_server server = {
        .serve = no_reply, .unsaved = unsaved, .load = no_load};
    if (backend) {
        struct tpm *tpm;
        int code = tpm_open(backend, TPM_LIMIT_NS, &tpm, error);
        if (code != 0) {
            return code;
        }
        server = (struct channel_server){.serve = tpm_serve,
                                         .close = tpm_close,
                                         .save = tpm_save,
                                         .load = tpm_load,
                                         .context = tpm};
    }
    int code = channel_serve(machine, node, &server, error);
    if (code != 0 && server.close) {
        server.close(server.context);
    }
    return code;
}

int cairn_tpm_connect(struct cairn_machine *machine, const char *backend,
                      struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct error error = {""};
    int code = connect_tpm(machine, backend, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
