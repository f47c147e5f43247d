/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes: a client has those of "user.", which mean nothing to the
 * host, less the ones in which owners are kept. "security." and "trusted." have
 * a meaning there, and ACLs name users of the client.
 */
#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "backends/share/internal.h"
#include "base/assert.h"
#include "host/keeper.h"

static bool is_clients(const char *name)
{
    return strncmp(name, "user.", 5) == 0 && name[5] != '\0' &&
           strncmp(name, "user.virtfs.", 12) != 0;
}

static int check(const struct share *share, const char *name, bool changes)
{
    if (strnlen(name, SHARE_NAME_MAX + 1) > SHARE_NAME_MAX) {
        return -ERANGE;
    }
    return !is_clients(name)             ? -EOPNOTSUPP
           : changes && share->read_only ? -EROFS
                                         : 0;
}

int share_get_value(struct share *share, struct share_node *node,
                    const char *name, void *value, size_t room)
{
    char path[SHARE_PROC_PATH];
    int code = check(share, name, false);
    code = code ? code : share_node_path(share, node, path);
    if (code != 0) {
        return code;
    }
    ssize_t size = getxattr(path, name, value, room);
    /* Links and such have none, which is refused as if it were a change. */
    return size >= 0 ? (int)size : errno == EPERM ? -ENODATA : -errno;
}

int share_list_values(struct share *share, struct share_node *node, char *names,
                      size_t room)
{
    char path[SHARE_PROC_PATH];
    char all[SHARE_VALUE_MAX];
    int code = share_node_path(share, node, path);
    if (code != 0) {
        return code;
    }
    ssize_t size = listxattr(path, all, sizeof(all));
    size_t shown = 0;
    if (size < 0) {
        return -errno;
    }
    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(all + at) + 1) {
        size_t length = strlen(all + at) + 1;
        if (!is_clients(all + at)) {
            continue;
        }
        if (room != 0) {
            if (length > room - shown) {
                return -ERANGE;
            }
            memcpy(names + shown, all + at, length);
        }
        shown += length;
    }
    return (int)shown;
}

int share_set_value(struct share *share, struct share_node *node,
                    const char *name, const void *value, size_t size, int flags)
{
    static_assert((int)SHARE_VALUE_MAX <= (int)KEEPER_VALUE_MAX, "it fits");
    const struct keeper_change set = {.kind = KEEPER_SET_VALUE,
                                      .flags = flags,
                                      .name = name,
                                      .value = value,
                                      .size = size};
    int code = check(share, name, true);
    if (code == 0 && size > SHARE_VALUE_MAX) {
        code = -E2BIG;
    }
    int fd = code ? code : share_node_fd(share, node);
    return fd < 0 ? fd : keeper_change(fd, &set);
}

int share_remove_value(struct share *share, struct share_node *node,
                       const char *name)
{
    const struct keeper_change gone = {.kind = KEEPER_REMOVE_VALUE,
                                       .name = name};
    int code = check(share, name, true);
    int fd = code ? code : share_node_fd(share, node);
    return fd < 0 ? fd : keeper_change(fd, &gone);
}
