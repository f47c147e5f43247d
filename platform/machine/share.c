/* SPDX-License-Identifier: Apache-2.0 */
/* Shared folders: a file server (backends/share) behind a device that asks in
 * its protocol. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/share/fuse.h"
#include "backends/share/ninep.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"
#include "platform/machine/sized.h"

struct folder {
    struct cairn_machine *machine;
    const struct node *node;
    char *path;
    int told; /* the trouble of which the log has a line */
    struct share *share;
    struct fuse *fuse; /* one of both */
    struct ninep *ninep;
};

static void tell_trouble(struct folder *folder)
{
    int trouble = share_trouble(folder->share);
    if (trouble != folder->told) {
        folder->told = trouble;
        log_write(&folder->machine->fabric.log, LOG_HOST, folder->node->name,
                  (uint64_t)-trouble, "a request to folder '%s' failed: %s",
                  folder->path,
                  trouble == -ENOENT ? "it was removed" : strerror(-trouble));
    }
}

static size_t serve(void *context, const void *request, size_t size,
                    void *reply, size_t room)
{
    struct folder *folder = context;
    size_t written =
        folder->fuse ? fuse_serve(folder->fuse, request, size, reply, room)
                     : ninep_serve(folder->ninep, request, size, reply, room);
    tell_trouble(folder);
    return written;
}

static void close_folder(void *context)
{
    struct folder *folder = context;
    if (folder) {
        fuse_destroy(folder->fuse);
        ninep_destroy(folder->ninep);
        share_close(folder->share);
        free(folder->path);
        free(folder);
    }
}

static const char *unsaved(void *context)
{
    const struct folder *folder = context;
    bool used = folder->fuse ? fuse_has_client(folder->fuse)
                             : ninep_has_client(folder->ninep);
    return used ? "a shared folder that the guest has mounted" : NULL;
}

static const struct {
    const char *name;
    enum fuse_cache cache;
} caches[] = {
    {"auto",   FUSE_CACHE_AUTO  },
    {"none",   FUSE_CACHE_NONE  },
    {"always", FUSE_CACHE_ALWAYS},
};

static int open_folder(const struct cairn_share *share, struct folder *folder,
                       struct error *error)
{
    const struct share_options options = {
        .path = share->path,
        .read_only = share->read_only,
        .owners = share->keep_owners ? SHARE_OWNERS_KEPT : SHARE_OWNERS_USER,
        .uid = share->uid,
        .gid = share->gid,
    };
    const char *cache = share->cache ? share->cache : caches[0].name;
    size_t i = 0;
    while (i < ARRAY_SIZE(caches) && strcmp(caches[i].name, cache) != 0) {
        i++;
    }
    if (i == ARRAY_SIZE(caches)) {
        return error_set(error, -EINVAL,
                         "cache '%s' is not auto, none or always", cache);
    }
    const char *locks = share->locks ? share->locks : "guest";
    bool host_locks = strcmp(locks, "host") == 0;
    if (!host_locks && strcmp(locks, "guest") != 0) {
        return error_set(error, -EINVAL, "locks '%s' is not guest or host",
                         locks);
    }
    if (strcmp(share->protocol, "9p") == 0 && share->locks) {
        return error_set(error, -EINVAL,
                         "locks '%s': those of 9p always are the host's",
                         locks);
    }
    int code = share_open(&options, &folder->share, error);
    if (code == 0 && strcmp(share->protocol, "9p") == 0) {
        folder->ninep = ninep_create(folder->share);
    } else if (code == 0 && strcmp(share->protocol, "fs") == 0) {
        folder->fuse =
            fuse_create(folder->share, caches[i].cache,
                        host_locks ? FUSE_LOCKS_HOST : FUSE_LOCKS_CLIENT);
    } else if (code == 0) {
        code = error_set(error, -EINVAL, "type '%s' is not fs or 9p",
                         share->protocol);
    }
    return code;
}

static int connect_share(struct cairn_machine *machine, const char *device,
                         const struct cairn_share *share, struct error *error)
{
    struct node *node = machine_find(machine, NODE_DEVICE, device);
    const struct channel_client *client =
        node ? node->device->type->channel : NULL;
    if (!client || client->kind != CHANNEL_FILES) {
        return error_set(error, -ENOENT, "board '%s': no device '%s' for files",
                         machine->board.name, device);
    }
    struct folder *folder = xcalloc(1, sizeof(*folder));
    folder->machine = machine;
    folder->node = node;
    folder->path = xstrdup(share->path);
    const struct channel_server server = {.serve = serve,
                                          .close = close_folder,
                                          .at_once = true,
                                          .unsaved = unsaved,
                                          .context = folder};
    int code = open_folder(share, folder, error);
    code = code ? code : channel_serve(machine, node, &server, error);
    if (code != 0) {
        close_folder(folder);
    }
    return code;
}

int cairn_share_connect(struct cairn_machine *machine, const char *device,
                        const struct cairn_share *share,
                        struct cairn_error *cairn_error)
{
    const int busy = callback_refuse(machine, cairn_error);
    if (busy != 0) {
        return busy;
    }
    struct cairn_share own;
    struct error error = {""};
    int code = sized_take(&own, sizeof(own), share, "cairn_share", cairn_error);
    if (code != 0) {
        return code;
    }
    code = connect_share(machine, device, &own, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
