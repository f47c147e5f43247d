/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of 9P2000.L: a table says what fields a request has and who serves
 * it, so that all lengths are checked in one place. Numbers that a client
 * chooses (fids) are looked up in a table; those it has are bounded.
 */
#include "backends/share/ninep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/share/ninep_internal.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

enum { BUCKETS = 1 << 12, MESSAGE_MIN = 4096 };

/* ---- Replies ------------------------------------------------------------- */

/* Beyond the room only `written` grows, which makes the reply an error. */
void ninep_put_bytes(struct ninep_call *call, const void *bytes, size_t size)
{
    if (in_range(call->written, size, call->room)) {
        memcpy(call->reply + call->written, bytes, size);
    }
    call->written += size;
}

void ninep_put(struct ninep_call *call, uint64_t value, unsigned size)
{
    uint8_t bytes[8];
    store_le64(bytes, value);
    ninep_put_bytes(call, bytes, size);
}

void ninep_put_qid(struct ninep_call *call,
                   const struct share_attributes *attributes)
{
    uint64_t version = (uint64_t)attributes->modified.tv_sec ^
                       (uint64_t)attributes->modified.tv_nsec ^
                       attributes->size << 8;
    ninep_put(call,
              S_ISDIR(attributes->mode)   ? NINEP_QID_FOLDER
              : S_ISLNK(attributes->mode) ? NINEP_QID_LINK
                                          : NINEP_QID_FILE,
              1);
    ninep_put(call, version & UINT32_MAX, 4);
    ninep_put(call, attributes->number, 8);
}

/* ---- Fids ---------------------------------------------------------------- */

static struct ninep_fid **bucket(struct ninep *server, uint64_t number)
{
    return &server->fids[number * 2654435761u % BUCKETS];
}

struct ninep_fid *ninep_find(struct ninep *server, uint64_t number)
{
    struct ninep_fid *fid = *bucket(server, number);
    while (fid && fid->number != number) {
        fid = fid->next;
    }
    return fid;
}

int ninep_add(struct ninep *server, uint64_t number, uint32_t uid,
              struct share_node *node, struct ninep_fid **added)
{
    if (number == NINEP_NO_FID || ninep_find(server, number) ||
        server->fid_count >= NINEP_FIDS_MAX) {
        share_let_go(server->share, node, 1);
        return server->fid_count >= NINEP_FIDS_MAX ? -ENFILE : -EBADF;
    }
    struct ninep_fid *fid = xcalloc(1, sizeof(*fid));
    struct ninep_fid **head = bucket(server, number);
    *fid = (struct ninep_fid){
        .number = (uint32_t)number, .uid = uid, .node = node, .next = *head};
    *head = fid;
    server->fid_count++;
    *added = fid;
    return 0;
}

static int end_value(struct ninep *server, struct ninep_fid *fid)
{
    struct ninep_value *value = fid->value;
    int code = 0;
    if (value && value->is_new) {
        code = value->written != value->size ? -EINVAL
               : value->size == 0
                   ? share_remove_value(server->share, fid->node, value->name)
                   : share_set_value(server->share, fid->node, value->name,
                                     value->bytes, value->size, value->flags);
    }
    if (value) {
        server->value_count--;
        free(value->bytes);
        free(value);
    }
    return code;
}

/* Ends a fid that is in no bucket any more. */
static int end_fid(struct ninep *server, struct ninep_fid *fid)
{
    server->fid_count--;
    int code = end_value(server, fid);
    if (fid->file) {
        share_unlock_file(server->claims, fid->number);
    }
    share_close_file(server->share, fid->file);
    share_let_go(server->share, fid->node, 1);
    free(fid);
    return code;
}

int ninep_drop(struct ninep *server, struct ninep_fid *fid)
{
    struct ninep_fid **at = bucket(server, fid->number);
    while (*at != fid) {
        at = &(*at)->next;
    }
    *at = fid->next;
    return end_fid(server, fid);
}

void ninep_reset(struct ninep *server)
{
    share_locks_reset(server->claims);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct ninep_fid *fid; (fid = server->fids[i]);) {
            if (fid->value) {
                fid->value->is_new = false; /* cut short: it is not set */
            }
            server->fids[i] = fid->next;
            (void)end_fid(server, fid);
        }
    }
    server->message_max = 0;
}

bool ninep_has_client(const struct ninep *server)
{
    return server->fid_count != 0;
}

int ninep_name(const struct ninep_text *text, char name[SHARE_NAME_MAX + 1])
{
    if (text->size > SHARE_NAME_MAX) {
        return -ENAMETOOLONG;
    }
    if (memchr(text->bytes, 0, text->size)) {
        return -EINVAL;
    }
    memcpy(name, text->bytes, text->size);
    name[text->size] = '\0';
    return 0;
}

struct share_caller ninep_caller(const struct ninep_fid *fid, uint64_t group)
{
    return (struct share_caller){fid->uid, (uint32_t)group};
}

/* ---- Sessions and walks -------------------------------------------------- */

/* msize[4] version[s] */
static int version(struct ninep_call *call)
{
    const struct ninep_text *text = &call->texts[0];
    uint64_t most = call->numbers[0];
    bool known = text->size == strlen(NINEP_VERSION) &&
                 memcmp(text->bytes, NINEP_VERSION, text->size) == 0;
    const char *answer = known ? NINEP_VERSION : "unknown";
    if (most < MESSAGE_MIN) {
        return -EINVAL;
    }
    most = most < NINEP_MESSAGE_MAX ? most : NINEP_MESSAGE_MAX;
    ninep_reset(call->server);
    call->server->message_max = known ? (uint32_t)most : 0;
    ninep_put(call, most, 4);
    ninep_put(call, strlen(answer), 2);
    ninep_put_bytes(call, answer, strlen(answer));
    return 0;
}

/* fid[4] afid[4] uname[s] aname[s] n_uname[4] */
static int attach(struct ninep_call *call)
{
    struct share *share = call->server->share;
    const struct ninep_text *tree = &call->texts[1];
    uint32_t uid = (uint32_t)call->numbers[2];
    struct share_attributes attributes;
    struct ninep_fid *fid;
    if (call->numbers[1] != NINEP_NO_FID) {
        return -EOPNOTSUPP; /* there is no authentication */
    }
    if (tree->size > 1 || (tree->size == 1 && tree->bytes[0] != '/')) {
        return -ENOENT; /* there is one tree */
    }
    struct share_node *root = share_root(share);
    int code = share_get(share, root, &attributes);
    if (code == 0) {
        share_hold(root);
        code = ninep_add(call->server, call->numbers[0],
                         uid == NINEP_NO_USER ? 0 : uid, root, &fid);
    }
    if (code == 0) {
        ninep_put_qid(call, &attributes);
    }
    return code;
}

/* fid[4] */
static int clunk(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    return fid ? ninep_drop(call->server, fid) : -EBADF;
}

/* oldtag[2]: what it names was answered before this was read. */
static int flush(struct ninep_call *call)
{
    return 0;
}

/* The next name at call->bytes; false at a length that is not there. */
static bool next_name(struct ninep_call *call, struct ninep_text *text)
{
    if (call->size < 2) {
        return false;
    }
    text->size = call->bytes[0] | (size_t)call->bytes[1] << 8;
    text->bytes = (const char *)call->bytes + 2;
    if (text->size > call->size - 2) {
        return false;
    }
    call->bytes += 2 + text->size;
    call->size -= 2 + text->size;
    return true;
}

/* Goes on from *node, which it lets go, to the node of a name. */
static int step(struct ninep_call *call, struct share_node **node,
                const struct ninep_text *text)
{
    struct share *share = call->server->share;
    struct share_attributes attributes;
    struct share_node *next = NULL;
    char name[SHARE_NAME_MAX + 1];
    int code = ninep_name(text, name);
    if (code == 0 && strcmp(name, "..") == 0) {
        next = share_parent(share, *node);
        code = share_get(share, next, &attributes);
        if (code != 0) {
            share_let_go(share, next, 1);
        }
    } else if (code == 0) {
        code = share_look_up(share, *node, name, &next, &attributes);
    }
    if (code == 0) {
        share_let_go(share, *node, 1);
        *node = next;
        ninep_put_qid(call, &attributes);
    }
    return code;
}

/* fid[4] newfid[4] nwname[2] nwname*(wname[s]): newfid is where all names lead
 * to; if only some of them do there is none, and the reply shows how many. */
static int walk(struct ninep_call *call)
{
    struct ninep *server = call->server;
    struct ninep_fid *fid = ninep_find(server, call->numbers[0]);
    uint64_t count = call->numbers[2];
    uint64_t done = 0;
    int code = 0;
    if (!fid) {
        return -EBADF;
    }
    if (count > NINEP_WALK_MAX) {
        return -EINVAL;
    }
    struct share_node *node = fid->node;
    uint32_t uid = fid->uid;
    size_t count_at = call->written;
    share_hold(node);
    ninep_put(call, 0, 2);
    while (done < count && code == 0) {
        struct ninep_text name;
        code = next_name(call, &name) ? step(call, &node, &name) : -EINVAL;
        done += code == 0;
    }
    if (done < count) {
        share_let_go(server->share, node, 1);
    } else if (call->numbers[1] == call->numbers[0]) {
        share_let_go(server->share, fid->node, 1);
        fid->node = node;
    } else {
        code = ninep_add(server, call->numbers[1], uid, node, &fid);
        done = code == 0 ? done : 0;
    }
    if (in_range(count_at, 2, call->room)) {
        call->reply[count_at] = (uint8_t)done;
    }
    return done != 0 ? 0 : code;
}

/* ---- Messages ------------------------------------------------------------ */

/* Fields of a request: digits are sizes of numbers, s a string, * the rest. */
static const struct message {
    uint8_t type; /* enum ninep_message */
    const char *fields;
    ninep_handler *serve;
} messages[] = {
    {NINEP_TSTATFS,      "4",          ninep_statfs     },
    {NINEP_TLOPEN,       "44",         ninep_lopen      },
    {NINEP_TLCREATE,     "4s444",      ninep_lcreate    },
    {NINEP_TSYMLINK,     "4ss4",       ninep_symlink    },
    {NINEP_TMKNOD,       "4s4444",     ninep_mknod      },
    {NINEP_TRENAME,      "44s",        ninep_rename     },
    {NINEP_TREADLINK,    "4",          ninep_readlink   },
    {NINEP_TGETATTR,     "48",         ninep_getattr    },
    {NINEP_TSETATTR,     "4444488888", ninep_setattr    },
    {NINEP_TXATTRWALK,   "44s",        ninep_xattrwalk  },
    {NINEP_TXATTRCREATE, "4s84",       ninep_xattrcreate},
    {NINEP_TREADDIR,     "484",        ninep_readdir    },
    {NINEP_TFSYNC,       "44",         ninep_fsync      },
    {NINEP_TLOCK,        "414884s",    ninep_lock       },
    {NINEP_TGETLOCK,     "41884s",     ninep_getlock    },
    {NINEP_TLINK,        "44s",        ninep_link       },
    {NINEP_TMKDIR,       "4s44",       ninep_mkdir      },
    {NINEP_TRENAMEAT,    "4s4s",       ninep_renameat   },
    {NINEP_TUNLINKAT,    "4s4",        ninep_unlinkat   },
    {NINEP_TVERSION,     "4s",         version          },
    {NINEP_TATTACH,      "44ss4",      attach           },
    {NINEP_TFLUSH,       "2",          flush            },
    {NINEP_TWALK,        "442*",       walk             },
    {NINEP_TREAD,        "484",        ninep_read       },
    {NINEP_TWRITE,       "484*",       ninep_write      },
    {NINEP_TCLUNK,       "4",          clunk            },
    {NINEP_TREMOVE,      "4",          ninep_remove     },
};

static const struct message *find_message(uint8_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
        if (messages[i].type == type) {
            return &messages[i];
        }
    }
    return NULL;
}

/* Takes a number of that many bytes off the request. */
static bool take_number(struct ninep_call *call, unsigned size, uint64_t *value)
{
    uint8_t bytes[8] = {0};
    if (call->size < size) {
        return false;
    }
    memcpy(bytes, call->bytes, size);
    *value = load_le64(bytes);
    call->bytes += size;
    call->size -= size;
    return true;
}

/* False: the request is shorter than its fields, or longer. */
static bool parse(struct ninep_call *call, const char *fields)
{
    size_t numbers = 0;
    size_t texts = 0;
    for (; *fields != '\0' && *fields != '*'; fields++) {
        if (*fields == 's') {
            assert(texts < ARRAY_SIZE(call->texts));
            if (!next_name(call, &call->texts[texts++])) {
                return false;
            }
        } else {
            assert(numbers < NINEP_NUMBERS);
            if (!take_number(call, (unsigned)(*fields - '0'),
                             &call->numbers[numbers++])) {
                return false;
            }
        }
    }
    return *fields == '*' || call->size == 0;
}

static int serve(struct ninep_call *call, uint8_t type)
{
    const struct message *message = find_message(type);
    if (!message) {
        return -EOPNOTSUPP;
    }
    if (call->server->message_max == 0 && type != NINEP_TVERSION) {
        return -EPROTO;
    }
    return parse(call, message->fields) ? message->serve(call) : -EINVAL;
}

size_t ninep_serve(struct ninep *server, const uint8_t *request, size_t size,
                   uint8_t *reply, size_t room)
{
    uint32_t most = server->message_max ? server->message_max : MESSAGE_MIN;
    if (size < NINEP_HEADER_SIZE || room < NINEP_ERROR_SIZE) {
        return 0;
    }
    uint32_t stated = load_le32(request);
    struct ninep_call call = {
        .server = server,
        .bytes = request + NINEP_HEADER_SIZE,
        .size = size - NINEP_HEADER_SIZE,
        .reply = reply,
        .written = NINEP_HEADER_SIZE,
        .room = room < most ? room : most,
    };
    uint8_t type = request[4];
    uint8_t tag[2] = {request[5], request[6]};
    int code = stated == size && size <= most ? serve(&call, type) : -EINVAL;
    share_note(server->share, code);
    if (code == 0 && call.written > call.room) {
        code = -ERANGE;
    }
    type++;
    if (code != 0) {
        type = NINEP_RLERROR;
        call.written = NINEP_HEADER_SIZE;
        ninep_put(&call, share_protocol_error(code), 4);
    }
    store_le32(reply, (uint32_t)call.written);
    reply[4] = type;
    memcpy(reply + 5, tag, sizeof(tag));
    return call.written;
}

/* ---- Life ---------------------------------------------------------------- */

struct ninep *ninep_create(struct share *share)
{
    struct ninep *server = xcalloc(1, sizeof(*server));
    server->share = share;
    server->claims = share_locks_create(share, SHARE_CLIENT_DECIDES);
    server->fids = xcalloc(BUCKETS, sizeof(struct ninep_fid *));
    return server;
}

void ninep_destroy(struct ninep *server)
{
    if (server) {
        ninep_reset(server);
        share_locks_destroy(server->claims);
        free(server->fids);
        free(server);
    }
}
