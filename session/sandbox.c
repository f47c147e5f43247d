/* SPDX-License-Identifier: Apache-2.0 */
/* From the files of a session to the places that the sandbox leaves it. */
#include "session/sandbox.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "backends/vsock.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/keeper.h"
#include "host/sandbox.h"
#include "session/console.h"
#include "session/network.h"
#include "session/option_table.h"

/* ---- Places -------------------------------------------------------------- */

struct places {
    struct sandbox_place *list;
    char **paths; /* of the list, to free them */
    size_t count;
    unsigned calls;
    struct keeper_file *kept; /* what is left to the keeper */
    char **kept_paths;        /* of that list, to free them */
    size_t kept_count;
};

static void keep(struct places *places, char *path, enum keeper_use use)
{
    places->kept_paths[places->kept_count] = path;
    places->kept[places->kept_count++] = (struct keeper_file){path, use};
    places->calls |= SANDBOX_KEEPER;
}

static void add(struct places *places, char *path, unsigned rights)
{
    places->paths[places->count] = path;
    places->list[places->count++] = (struct sandbox_place){path, rights};
}

static void add_value(struct places *places, enum session_use use,
                      const char *value, const char *guest_kernel)
{
    switch (use) {
    case SESSION_USE_READ:
        add(places, xstrdup(value), SANDBOX_READ);
        break;
    case SESSION_USE_BESIDE:
        add(places, file_folder(value), SANDBOX_READ);
        break;
    case SESSION_USE_GUEST:
        if (guest_kernel) {
            add(places, file_folder(guest_kernel), SANDBOX_READ);
        }
        break;
    case SESSION_USE_REPLACE:
        keep(places, xstrdup(value), KEEPER_REPLACED);
        break;
    case SESSION_USE_SOCKET:
        if (strncmp(value, "unix:", 5) == 0) {
            keep(places, xstrdup(value + 5), KEEPER_SOCKET);
        }
        break;
    case SESSION_USE_FOLDER:
        add(places, xstrdup(value), SANDBOX_READ | SANDBOX_REPLACE);
        places->calls |= SANDBOX_CHANGES;
        break;
    case SESSION_USE_NONE:
        break;
    }
}

/* The user network asks the host's name server, and makes connections. */
static void add_net(struct places *places, const struct session_net *net)
{
    char *address = session_net_address(net);
    if (address) {
        add_value(places, SESSION_USE_SOCKET, address, NULL);
    }
    free(address);
    if (session_net_has_peers(net)) {
        places->calls |= SANDBOX_PEERS;
    }
    places->calls |= session_net_sends(net) ? SANDBOX_DATAGRAMS : 0;
    if (session_net_connects(net)) {
        char *folder = cairn_net_value(net->backend, "tftp", 0);
        places->calls |= SANDBOX_NETWORK;
        add(places, xstrdup("/etc/resolv.conf"), SANDBOX_READ);
        if (folder) {
            add(places, folder, SANDBOX_READ);
        }
    }
}

static void add_values(struct places *places,
                       const struct session_options *options,
                       const char *guest_kernel)
{
    size_t most = SESSION_OPTIONS + options->folder_count +
                  options->serial_count + options->profile_count +
                  options->power_count + options->share_count +
                  options->target_count + 3 * options->net_count + 5;
    places->list = xcalloc(most, sizeof(*places->list));
    places->paths = xcalloc(most, sizeof(*places->paths));
    places->kept = xcalloc(most, sizeof(*places->kept));
    places->kept_paths = xcalloc(most, sizeof(*places->kept_paths));
    for (size_t i = 0; i < SESSION_OPTIONS; i++) {
        const struct session_option *option = &session_options_table[i];
        const char *path = option->value == SESSION_VALUE_PATH
                               ? session_option_text(option, options)
                               : NULL;
        if (path) {
            add_value(places, option->use, path, guest_kernel);
        }
    }
    for (size_t i = 0; i < options->folder_count; i++) {
        add_value(places, SESSION_USE_READ, options->folders[i], NULL);
    }
    for (size_t i = 0; i < options->serial_count; i++) {
        add_value(places, SESSION_USE_SOCKET, options->serials[i].backend,
                  NULL);
    }
    for (size_t i = 0; i < options->net_count && !options->replay; i++) {
        add_net(places, &options->nets[i]);
    }
    if (options->vsock.path) {
        keep(places, xstrdup(options->vsock.path), KEEPER_SOCKET);
        keep(places, xasprintf("%s" VSOCK_PACKETS_SUFFIX, options->vsock.path),
             KEEPER_SOCKET);
    }
    if (options->serves) {
        keep(places, xstrdup(options->serves), KEEPER_SOCKET);
    }
    for (size_t i = 0; i < options->profile_count; i++) {
        add_value(places, SESSION_USE_REPLACE, options->profiles[i], NULL);
    }
    for (size_t i = 0; i < options->power_count; i++) {
        add_value(places, SESSION_USE_REPLACE, options->powers[i], NULL);
    }
    for (size_t i = 0; i < options->share_count; i++) {
        const struct cairn_share *share = &options->shares[i].share;
        add(places, xstrdup(share->path),
            share->read_only ? SANDBOX_READ : SANDBOX_SHARE);
        if (!share->read_only) {
            places->calls |= SANDBOX_CHANGES;
            keep(places, xstrdup(share->path), KEEPER_FOLDER);
        }
    }
    for (size_t i = 0; i < options->target_count; i++) {
        bool later = options->targets[i].use != FILE_IN_PLACE;
        add_value(places, later ? SESSION_USE_REPLACE : SESSION_USE_NONE,
                  options->targets[i].path, NULL);
    }
    /* The umask, and the size of the process. */
    add(places, xstrdup("/proc/self"), SANDBOX_READ);
}

static void places_fini(struct places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        free(places->paths[i]);
    }
    for (size_t i = 0; i < places->kept_count; i++) {
        free(places->kept_paths[i]);
    }
    free(places->paths);
    free(places->list);
    free(places->kept_paths);
    free(places->kept);
}

int session_sandbox_prepare(const struct session_options *options,
                            struct session_error *error)
{
    struct places places = {0};
    struct error why = {""};
    add_values(&places, options, NULL);
    int code = keeper_start(places.kept, places.kept_count, &why);
    places_fini(&places);
    return code ? session_failure(error, NULL, "%s", why.text) : 0;
}

void session_sandbox_enter(const struct session_options *options,
                           const char *guest_kernel, char *text, size_t size)
{
    struct places places = {0};
    /* Requests to disks are served by threads. */
    places.calls |=
        options->parallel || options->disk_count != 0 ? SANDBOX_THREADS : 0;
    /* So are those to a TPM, over sockets that are open. */
    places.calls |=
        options->tpm ? SANDBOX_THREADS | SANDBOX_PEERS | SANDBOX_STARTED : 0;
    places.calls |=
        options->share_count != 0 ? SANDBOX_THREADS | SANDBOX_FOLDERS : 0;
    places.calls |= options->gdb || options->vsock.path || options->serves
                        ? SANDBOX_PEERS
                        : 0;
    places.calls |= options->rng.source ? SANDBOX_THREADS : 0;
    for (size_t i = 0; i < options->serial_count; i++) {
        places.calls |=
            session_serial_has_peers(&options->serials[i]) ? SANDBOX_PEERS : 0;
    }
    add_values(&places, options, guest_kernel);
    struct sandbox held = {.places = places.list,
                           .place_count = places.count,
                           .calls = places.calls};
    sandbox_enter(&held);
    sandbox_describe(&held, text, size);
    places_fini(&places);
}
