/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entropy, sockets, consoles and devices without an outside by virtio. A
 * console is plugged in when an option names a port "hvc0" (or the next ones)
 * that the board has not: that is what Linux calls it.
 */
#include "session/virtio.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "session/plug.h"

enum { CONSOLES_MAX = 8 };

/* ---- Entropy ------------------------------------------------------------- */

static int plug_rng(struct session *session, struct session_error *error)
{
    const struct session_rng *rng = &session->options->rng;
    const struct cairn_plug what = {
        .size = sizeof(struct cairn_plug), .kind = "rng", .bus = rng->bus};
    char name[CAIRN_PART_NAME_SIZE];

    return rng->source ? session_plug(session, "rng", &what, name, error) : 0;
}

static int connect_rng(struct session *session, struct session_error *error)
{
    const char *source = session->options->rng.source;
    struct cairn_error refused = {""};

    return !source || strcmp(source, "host") != 0 ||
                   cairn_entropy_connect(session->machine, &refused) == 0
               ? 0
               : session_failure(error, "rng", "%s", refused.text);
}

/* ---- Sockets ------------------------------------------------------------- */

static int plug_vsock(struct session *session, struct session_error *error)
{
    const struct session_vsock *vsock = &session->options->vsock;
    uint8_t cid[4];
    const struct cairn_property property = {"cairn,guest-cid", cid,
                                            sizeof(cid)};
    const struct cairn_plug what = {
        .size = sizeof(struct cairn_plug),
        .kind = "vsock",
        .bus = vsock->bus,
        .properties = &property,
        .property_count = 1,
    };

    store_be32(cid, vsock->cid);
    return vsock->path ? session_plug(session, "vsock", &what,
                                      session->vsock_name, error)
                       : 0;
}

/* A replay takes what came over sockets from its file. */
static int connect_vsock(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    struct cairn_error refused = {""};

    return !options->vsock.path ||
                   cairn_vsock_connect(session->machine, session->vsock_name,
                                       options->replay ? NULL
                                                       : options->vsock.path,
                                       &refused) == 0
               ? 0
               : session_failure(error, "vsock", "%s", refused.text);
}

/* ---- Consoles ------------------------------------------------------------ */

/* How many consoles there must be for a port of that name, which the board has
 * not. */
static unsigned consoles_for(const struct session *session, const char *port)
{
    if (!port || strncmp(port, "hvc", 3) != 0 || port[3] < '0' ||
        port[3] >= '0' + CONSOLES_MAX || port[4] != '\0' ||
        cairn_board_has_port(session->board, port)) {
        return 0;
    }
    return (unsigned)(port[3] - '0') + 1;
}

static unsigned count_consoles(const struct session *session)
{
    const struct session_options *options = session->options;
    unsigned most = consoles_for(session, options->console);

    for (size_t i = 0; i < options->serial_count; i++) {
        const unsigned count = consoles_for(session, options->serials[i].port);

        most = count > most ? count : most;
    }
    return most;
}

static int plug_consoles(struct session *session, struct session_error *error)
{
    static const char names[] =
        "hvc0\0hvc1\0hvc2\0hvc3\0hvc4\0hvc5\0hvc6\0hvc7";
    const unsigned count = count_consoles(session);
    const struct cairn_property property = {"cairn,consoles", names,
                                            count * sizeof("hvc0")};
    const struct cairn_plug what = {
        .size = sizeof(struct cairn_plug),
        .kind = "console",
        .properties = &property,
        .property_count = 1,
    };
    char name[CAIRN_PART_NAME_SIZE];

    static_assert(sizeof(names) == CONSOLES_MAX * sizeof("hvc0"), "names");
    return count != 0 ? session_plug(session, "console", &what, name, error)
                      : 0;
}

/* ---- Without an outside -------------------------------------------------- */

static int plug_others(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    char name[CAIRN_PART_NAME_SIZE];
    int code = 0;

    for (size_t i = 0; code == 0 && i < options->plugged_count; i++) {
        const struct session_plugged *plugged = &options->plugged[i];
        const struct cairn_plug what = {
            .size = sizeof(struct cairn_plug),
            .kind = plugged->kind,
            .bus = plugged->bus,
            .properties = plugged->properties,
            .property_count = plugged->property_count,
        };

        code = session_plug(session, "plug", &what, name, error);
    }
    return code;
}

/* ---- All of them --------------------------------------------------------- */

int session_virtio_plug(struct session *session, struct session_error *error)
{
    int code = plug_consoles(session, error);

    code = code ? code : plug_rng(session, error);
    code = code ? code : plug_vsock(session, error);
    return code ? code : plug_others(session, error);
}

int session_virtio_connect(struct session *session, struct session_error *error)
{
    const int code = connect_rng(session, error);

    return code ? code : connect_vsock(session, error);
}
