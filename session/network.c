/* SPDX-License-Identifier: Apache-2.0 */
/* Connects networks to devices, and says what they need. */
#include "session/network.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "session/internal.h"
#include "session/plug.h"

static bool find_kind(const struct session_net *net,
                      struct cairn_net_kind *kind)
{
    size_t length = strcspn(net->backend, ",");
    for (size_t i = 0; cairn_net_kind(i, kind) == 0; i++) {
        if (strlen(kind->name) == length &&
            strncmp(kind->name, net->backend, length) == 0) {
            return true;
        }
    }
    return false;
}

bool session_net_connects(const struct session_net *net)
{
    struct cairn_net_kind kind;
    return find_kind(net, &kind) && kind.connects;
}

bool session_net_has_peers(const struct session_net *net)
{
    struct cairn_net_kind kind;
    return find_kind(net, &kind) && kind.peers;
}

bool session_net_sends(const struct session_net *net)
{
    char *remote = cairn_net_value(net->backend, "remote", 0);
    bool sends = remote && strncmp(remote, "unix:", 5) == 0;
    free(remote);
    return sends;
}

char *session_net_address(const struct session_net *net)
{
    char *address = cairn_net_value(net->backend, "listen", 0);
    address = address ? address : cairn_net_value(net->backend, "local", 0);
    char *path = cairn_net_value(net->backend, "path", 0);
    if (address && strncmp(address, "unix:", 5) != 0) {
        free(address);
        address = NULL;
    }
    if (!address && path) {
        address = xasprintf("unix:%s", path);
    }
    free(path);
    return address;
}

int session_networks_check(const struct session_options *options,
                           struct session_error *error)
{
    for (size_t i = 0; i < options->net_count; i++) {
        struct cairn_error refused = {""};
        if (cairn_net_check(options->nets[i].backend, &refused) != 0) {
            return session_misuse(error, "net", "%s", refused.text);
        }
    }
    return 0;
}

/* ---- Devices ------------------------------------------------------------- */

enum { PROPERTIES_MAX = 3, ADDRESS_SIZE = 6, MTU_MIN = 68, PAIRS_MAX = 4 };

/* Options that only a device that is plugged in has. */
static const char *const own_options[] = {"bus", "mac", "mtu", "queues"};

static const char *first_own_option(const struct session_net *net)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_options); i++) {
        char *value = cairn_net_value(net->backend, own_options[i], 0);
        if (value) {
            free(value);
            return own_options[i];
        }
    }
    return NULL;
}

/* "52:54:00:12:34:56", and no group's. */
static bool parse_address(const char *text, uint8_t address[ADDRESS_SIZE])
{
    for (size_t i = 0; i < ADDRESS_SIZE; i++, text += 3) {
        static const char digits[] = "0123456789abcdefABCDEF";
        if (strspn(text, digits) != 2 ||
            text[2] != (i + 1 < ADDRESS_SIZE ? ':' : '\0')) {
            return false;
        }
        address[i] = (uint8_t)strtoul(text, NULL, 16);
    }
    return (address[0] & 1) == 0;
}

/* A number as a cell of a device tree. */
static bool parse_cell(const char *text, unsigned long least,
                       unsigned long most, uint8_t cell[4])
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    store_be32(cell, (uint32_t)value);
    return *text >= '0' && *text <= '9' && *end == '\0' && value >= least &&
           value <= most;
}

/* The node's properties that options ask for. */
struct wanted {
    struct cairn_property properties[PROPERTIES_MAX];
    size_t count;
    uint8_t mac[ADDRESS_SIZE];
    uint8_t mtu[4];
    uint8_t pairs[4];
};

static void want(struct wanted *wanted, const char *name, const void *value,
                 size_t size)
{
    wanted->properties[wanted->count++] =
        (struct cairn_property){name, value, size};
}

static int parse_wanted(const struct session_net *net, struct wanted *wanted,
                        struct session_error *error)
{
    char *mac = cairn_net_value(net->backend, "mac", 0);
    char *mtu = cairn_net_value(net->backend, "mtu", 0);
    char *pairs = cairn_net_value(net->backend, "queues", 0);
    int code = 0;
    *wanted = (struct wanted){.count = 0};
    if (mac && !parse_address(mac, wanted->mac)) {
        code = session_misuse(error, "net",
                              "'mac=%s' is no address of one device, for "
                              "example 52:54:00:12:34:56",
                              mac);
    } else if (mtu && !parse_cell(mtu, MTU_MIN, UINT16_MAX, wanted->mtu)) {
        code = session_misuse(error, "net", "'mtu=%s' is not %d to %d", mtu,
                              MTU_MIN, UINT16_MAX);
    } else if (pairs && !parse_cell(pairs, 1, PAIRS_MAX, wanted->pairs)) {
        code = session_misuse(error, "net", "'queues=%s' is not 1 to %d", pairs,
                              PAIRS_MAX);
    }
    if (mac) {
        want(wanted, "local-mac-address", wanted->mac, sizeof(wanted->mac));
    }
    if (mtu) {
        want(wanted, "cairn,mtu", wanted->mtu, sizeof(wanted->mtu));
    }
    if (pairs) {
        want(wanted, "cairn,queue-pairs", wanted->pairs, sizeof(wanted->pairs));
    }
    free(mac);
    free(mtu);
    free(pairs);
    return code;
}

static int plug_net(struct session *session, const struct session_net *net,
                    char name[CAIRN_PART_NAME_SIZE],
                    struct session_error *error)
{
    struct wanted wanted;
    int code = parse_wanted(net, &wanted, error);
    if (code != 0) {
        return code;
    }
    char *bus = cairn_net_value(net->backend, "bus", 0);
    const struct cairn_plug plug = {
        .size = sizeof(struct cairn_plug),
        .kind = "net",
        .bus = bus,
        .properties = wanted.properties,
        .property_count = wanted.count,
    };
    code = session_plug(session, "net", &plug, name, error);
    free(bus);
    return code;
}

int session_networks_plug(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    unsigned there = cairn_board_nets(session->board);
    int code = 0;
    session->net_names =
        xcalloc(options->net_count + 1, sizeof(*session->net_names));
    for (size_t i = 0; code == 0 && i < options->net_count; i++) {
        const struct session_net *net = &options->nets[i];
        const char *own = first_own_option(net);
        if (net->device && own) {
            code = session_misuse(
                error, "net",
                "'%s' is a device of the board: '%s' is of virtio devices in "
                "free slots",
                net->device, own);
        } else if (!net->device && there != 0 && !own) {
            there--;
        } else if (!net->device) {
            code = plug_net(session, net, session->net_names[i], error);
        }
    }
    return code;
}

/* ---- Back ends ----------------------------------------------------------- */

static int connect_net(struct session *session, const char *device,
                       const char *backend, struct session_error *error)
{
    const char *first = cairn_net_name(session->machine, 0);
    struct cairn_error refused = {""};
    int code = cairn_net_connect(session->machine, device, backend, &refused);
    return code == 0 ? 0
           : code == -ENXIO
               ? session_misuse(error, "net", "%s%s%s%s", refused.text,
                                first ? "; there is '" : "", first ? first : "",
                                first ? "'" : "")
           : code == -EINVAL || code == -EBUSY
               ? session_misuse(error, "net", "%s", refused.text)
               : session_failure(error, "net", "%s", refused.text);
}

int session_networks_connect(struct session *session,
                             struct session_error *error)
{
    const struct session_options *options = session->options;
    unsigned own = 0;
    int code = 0;
    for (size_t i = 0; code == 0 && i < options->net_count; i++) {
        const struct session_net *net = &options->nets[i];
        const char *device =
            net->device ? net->device
            : session->net_names[i][0] != '\0'
                ? session->net_names[i]
                : session_own_device(session->machine, cairn_net_name,
                                     session->net_names, options->net_count,
                                     own++);
        code = connect_net(session, device,
                           options->replay ? "none" : net->backend, error);
    }
    return code;
}

int session_networks_make_logs(struct session *session,
                               struct session_error *error)
{
    struct cairn_error refused = {""};
    return cairn_net_make_logs(session->machine, &refused) == 0
               ? 0
               : session_failure(error, "net", "%s", refused.text);
}
