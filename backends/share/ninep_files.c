/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of 9P2000.L about open files, folders, locks and extended
 * attributes. The fields of each are in its comment. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "backends/share/ninep_internal.h"
#include "base/bits.h"
#include "base/buffer.h"

/* ---- Opening ------------------------------------------------------------- */

static const struct {
    unsigned bit; /* enum ninep_open */
    int flag;
} flags[] = {
    {NINEP_OPEN_EXCLUSIVE, O_EXCL  },
    {NINEP_OPEN_TRUNCATE,  O_TRUNC },
    {NINEP_OPEN_APPEND,    O_APPEND},
    {NINEP_OPEN_DSYNC,     O_DSYNC },
    {NINEP_OPEN_SYNC,      O_SYNC  },
};

/* The host's flags, or -EINVAL. */
static int flags_of(uint64_t word)
{
    static const int access[] = {O_RDONLY, O_WRONLY, O_RDWR, -EINVAL};
    int host = access[word & NINEP_OPEN_ACCESS];
    for (size_t i = 0; i < ARRAY_SIZE(flags) && host >= 0; i++) {
        host |= word & flags[i].bit ? flags[i].flag : 0;
    }
    return host;
}

static int put_opened(struct ninep_call *call, struct share_node *node)
{
    struct share_attributes attributes;
    int code = share_get(call->server->share, node, &attributes);
    if (code == 0) {
        ninep_put_qid(call, &attributes);
        ninep_put(call, 0, 4); /* as much at once as a message holds */
    }
    return code;
}

/* fid[4] flags[4] */
int ninep_lopen(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    int host = flags_of(call->numbers[1]);
    struct share_attributes attributes;
    if (!fid || fid->file || fid->value) {
        return -EBADF;
    }
    int code = host < 0
                   ? host
                   : share_get(call->server->share, fid->node, &attributes);
    if (code == 0 && (call->numbers[1] & NINEP_OPEN_FOLDER) &&
        !S_ISDIR(attributes.mode)) {
        code = -ENOTDIR;
    }
    if (code == 0) {
        code =
            share_open_file(call->server->share, fid->node, host, &fid->file);
    }
    return code ? code : put_opened(call, fid->node);
}

/* fid[4] name[s] flags[4] mode[4] gid[4]: the fid becomes the file. */
int ninep_lcreate(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct share *share = call->server->share;
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    int host = flags_of(call->numbers[1]);
    struct share_node *node;
    if (!fid || fid->file || fid->value) {
        return -EBADF;
    }
    int code = host < 0 ? host : ninep_name(&call->texts[0], name);
    const struct share_new new = {
        .mode = (uint32_t)call->numbers[2] & 07777,
        .caller = ninep_caller(fid, call->numbers[3]),
    };
    if (code == 0) {
        code =
            share_create(share, fid->node, name, host, &new, &node, &fid->file);
    }
    if (code != 0) {
        return code;
    }
    share_let_go(share, fid->node, 1);
    fid->node = node;
    return put_opened(call, node);
}

/* ---- Bytes --------------------------------------------------------------- */

/* How many bytes of data the reply has room for behind their count. */
static size_t room_for(const struct ninep_call *call, uint64_t count)
{
    size_t room = call->room - call->written;
    room = room < 4 ? 0 : room - 4;
    return count < room ? (size_t)count : room;
}

static void put_count(struct ninep_call *call, size_t at, size_t count)
{
    if (in_range(at, 4, call->room)) {
        store_le32(call->reply + at, (uint32_t)count);
    }
}

/* fid[4] offset[8] count[4] */
int ninep_read(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    uint64_t offset = call->numbers[1];
    size_t count = room_for(call, call->numbers[2]);
    if (!fid || !(fid->file || (fid->value && !fid->value->is_new))) {
        return -EBADF;
    }
    if (fid->value) {
        size_t size = fid->value->size;
        size_t left = offset < size ? size - (size_t)offset : 0;
        count = count < left ? count : left;
        ninep_put(call, count, 4);
        if (count != 0) {
            ninep_put_bytes(call, fid->value->bytes + offset, count);
        }
        return 0;
    }
    size_t at = call->written;
    ninep_put(call, 0, 4);
    int64_t moved =
        share_read(fid->file, call->reply + call->written, count, offset);
    if (moved < 0) {
        return (int)moved;
    }
    put_count(call, at, (size_t)moved);
    call->written += (size_t)moved;
    return 0;
}

static int write_value(struct ninep_value *value, uint64_t offset,
                       const uint8_t *bytes, size_t size)
{
    if (!value->is_new || offset != value->written ||
        size > value->size - value->written) {
        return value->is_new ? -ENOSPC : -EBADF;
    }
    memcpy(value->bytes + value->written, bytes, size);
    value->written += size;
    return 0;
}

/* fid[4] offset[8] count[4] data[count] */
int ninep_write(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    int64_t moved = (int64_t)call->size;
    if (call->numbers[2] != call->size) {
        return -EINVAL;
    }
    if (!fid || !(fid->file || fid->value)) {
        return -EBADF;
    }
    if (fid->value) {
        int code =
            write_value(fid->value, call->numbers[1], call->bytes, call->size);
        if (code != 0) {
            return code;
        }
    } else {
        moved = share_write(fid->file, call->bytes, call->size,
                            call->numbers[1], true);
    }
    if (moved < 0) {
        return (int)moved;
    }
    ninep_put(call, (uint64_t)moved, 4);
    return 0;
}

/* fid[4] offset[8] count[4]: entries qid[13] offset[8] type[1] name[s], where
 * offset is where the next one is. */
int ninep_readdir(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    uint64_t position = call->numbers[1];
    size_t room = room_for(call, call->numbers[2]);
    size_t at = call->written;
    struct share_entry entry;
    int code;
    if (!fid || !fid->file) {
        return -EBADF;
    }
    ninep_put(call, 0, 4);
    size_t start = call->written;
    while ((code = share_list(call->server->share, fid->file, position++,
                              &entry)) > 0) {
        size_t length = strlen(entry.name);
        if (call->written - start + NINEP_QID_SIZE + 11 + length > room) {
            break;
        }
        ninep_put(call,
                  entry.type == DT_DIR   ? NINEP_QID_FOLDER
                  : entry.type == DT_LNK ? NINEP_QID_LINK
                                         : NINEP_QID_FILE,
                  1);
        ninep_put(call, 0, 4);
        ninep_put(call, entry.number, 8);
        ninep_put(call, position, 8);
        ninep_put(call, entry.type, 1);
        ninep_put(call, length, 2);
        ninep_put_bytes(call, entry.name, length);
    }
    put_count(call, at, call->written - start);
    return code < 0 ? code : 0;
}

/* fid[4] datasync[4] */
int ninep_fsync(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    return fid && fid->file ? share_sync(fid->file, call->numbers[1] != 0)
                            : -EBADF;
}

/* ---- Locks --------------------------------------------------------------- */

static const short lock_types[] = {
    [NINEP_LOCK_READ] = F_RDLCK,
    [NINEP_LOCK_WRITE] = F_WRLCK,
    [NINEP_LOCK_NONE] = F_UNLCK,
};

/*
 * A lock is of a process here, as the message names no open file. Linux asks
 * its own processes first, so none of them is in another's way at the host. The
 * name of the client says nothing more: it is the host name at the time.
 */
static int take_claim(struct ninep_call *call, const uint64_t *range,
                      struct share_claim *claim)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    uint64_t type = call->numbers[1];
    if (!fid || !fid->file) {
        return -EBADF;
    }
    if (type >= ARRAY_SIZE(lock_types)) {
        return -EINVAL;
    }
    *claim = (struct share_claim){
        .node = fid->node,
        .owner = range[2],
        .file = fid->number,
        .lock = {lock_types[type], range[0], range[1]},
    };
    return 0;
}

/* fid[4] type[1] flags[4] start[8] length[8] proc_id[4] client_id[s] */
int ninep_lock(struct ninep_call *call)
{
    struct share_claim claim;
    int code = take_claim(call, call->numbers + 3, &claim);
    if (code != 0) {
        return code;
    }
    code = share_claim(call->server->claims, &claim, false);
    ninep_put(call,
              code == 0         ? NINEP_LOCK_DONE
              : code == -EAGAIN ? NINEP_LOCK_BLOCKED
                                : NINEP_LOCK_ERROR,
              1);
    return 0;
}

/*
 * fid[4] type[1] start[8] length[8] proc_id[4] client_id[s]
 *
 * What is in the way is no process of the client. Linux asks with the type for
 * unlocking, always: it gets what is in the way of any lock, those for writing.
 */
int ninep_getlock(struct ninep_call *call)
{
    const struct ninep_text *client = &call->texts[0];
    struct share_claim claim;
    int code = take_claim(call, call->numbers + 2, &claim);
    if (code == 0) {
        claim.lock.type = claim.lock.type == F_WRLCK ? F_WRLCK : F_RDLCK;
        code = share_find_claim(call->server->claims, &claim);
    }
    if (code != 0) {
        return code;
    }
    ninep_put(call,
              claim.lock.type == F_RDLCK   ? NINEP_LOCK_READ
              : claim.lock.type == F_WRLCK ? NINEP_LOCK_WRITE
                                           : NINEP_LOCK_NONE,
              1);
    ninep_put(call, claim.lock.start, 8);
    ninep_put(call, claim.lock.length, 8);
    ninep_put(call, claim.process, 4);
    ninep_put(call, client->size, 2);
    ninep_put_bytes(call, client->bytes, client->size);
    return 0;
}

/* ---- Extended attributes ------------------------------------------------- */

static struct ninep_value *make_value(struct ninep *server, size_t size)
{
    struct ninep_value *value = xcalloc(1, sizeof(*value));
    value->bytes = xcalloc(1, size != 0 ? size : 1);
    value->size = size;
    server->value_count++;
    return value;
}

/* fid[4] newfid[4] name[s]: newfid reads the attribute, or the list of their
 * names if there is none in the request. */
int ninep_xattrwalk(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    char bytes[SHARE_VALUE_MAX];
    struct ninep *server = call->server;
    struct ninep_fid *fid = ninep_find(server, call->numbers[0]);
    struct ninep_fid *made;
    if (!fid) {
        return -EBADF;
    }
    if (server->value_count >= NINEP_VALUES_MAX) {
        return -ENFILE;
    }
    int size = ninep_name(&call->texts[0], name);
    if (size == 0) {
        size = *name ? share_get_value(server->share, fid->node, name, bytes,
                                       sizeof(bytes))
                     : share_list_values(server->share, fid->node, bytes,
                                         sizeof(bytes));
    }
    if (size < 0) {
        return size;
    }
    share_hold(fid->node);
    int code = ninep_add(server, call->numbers[1], fid->uid, fid->node, &made);
    if (code == 0) {
        made->value = make_value(server, (size_t)size);
        memcpy(made->value->bytes, bytes, (size_t)size);
        ninep_put(call, (uint64_t)size, 8);
    }
    return code;
}

/* fid[4] name[s] attr_size[8] flags[4]: the fid takes the value by writes. */
int ninep_xattrcreate(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct ninep *server = call->server;
    struct ninep_fid *fid = ninep_find(server, call->numbers[0]);
    uint64_t size = call->numbers[1];
    if (!fid || fid->file || fid->value) {
        return -EBADF;
    }
    int code = ninep_name(&call->texts[0], name);
    if (code == 0 && size > SHARE_VALUE_MAX) {
        code = -E2BIG;
    }
    if (code == 0 && server->value_count >= NINEP_VALUES_MAX) {
        code = -ENFILE;
    }
    if (code == 0) {
        fid->value = make_value(server, (size_t)size);
        fid->value->is_new = true;
        fid->value->flags =
            (int)call->numbers[2] & (XATTR_CREATE | XATTR_REPLACE);
        memcpy(fid->value->name, name, sizeof(name));
    }
    return code;
}
