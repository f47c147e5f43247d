/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of FUSE: a table says what a request is made of and who serves it,
 * so that all lengths are checked in one place. Nodes and files have numbers of
 * ours, which are looked up in tables whenever the client names one.
 */
#include "backends/share/fuse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/share/fuse_internal.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the guest's byte order");

enum { NODES_MAX = SHARE_NODES_MAX, FIRST_SIZE = 64, PAGE_SIZE = 4096 };

/* ---- Replies ------------------------------------------------------------- */

/* Beyond the room only `written` grows, which makes the reply an error. */
void fuse_put(struct fuse_call *call, const void *bytes, size_t size)
{
    if (in_range(call->written, size, call->room)) {
        memcpy(call->reply + call->written, bytes, size);
    }
    call->written += size;
}

struct share_caller fuse_caller(const struct fuse_call *call)
{
    return (struct share_caller){call->head.uid, call->head.gid};
}

void fuse_show(const struct share_attributes *attributes,
               struct fuse_attributes *shown)
{
    *shown = (struct fuse_attributes){
        .number = attributes->number,
        .size = attributes->size,
        .blocks = attributes->blocks,
        .accessed = (uint64_t)attributes->accessed.tv_sec,
        .modified = (uint64_t)attributes->modified.tv_sec,
        .changed = (uint64_t)attributes->changed.tv_sec,
        .accessed_ns = (uint32_t)attributes->accessed.tv_nsec,
        .modified_ns = (uint32_t)attributes->modified.tv_nsec,
        .changed_ns = (uint32_t)attributes->changed.tv_nsec,
        .mode = attributes->mode,
        .links = attributes->links,
        .uid = attributes->uid,
        .gid = attributes->gid,
        .device = (attributes->minor & 0xff) | attributes->major << 8 |
                  (attributes->minor & ~0xffu) << 12,
        .block_size = attributes->block_size,
    };
}

uint64_t fuse_valid_s(const struct fuse *server)
{
    static const uint64_t valid_s[] = {
        [FUSE_CACHE_NONE] = 0,
        [FUSE_CACHE_AUTO] = 1,
        [FUSE_CACHE_ALWAYS] = 86400,
    };
    return valid_s[server->cache];
}

/* ---- Nodes --------------------------------------------------------------- */

static struct fuse_node *place_of(struct fuse *server, uint64_t number)
{
    bool is_there = number != 0 && number - 1 < server->node_size &&
                    server->nodes[number - 1].node;
    return is_there ? &server->nodes[number - 1] : NULL;
}

struct share_node *fuse_find(struct fuse *server, uint64_t number)
{
    struct fuse_node *place = place_of(server, number);
    return place ? place->node : NULL;
}

/* Adds free places; false when there are as many as may be. */
static bool grow_nodes(struct fuse *server)
{
    uint32_t size = server->node_size ? server->node_size * 2 : FIRST_SIZE;
    if (server->node_size >= NODES_MAX) {
        return false;
    }
    struct fuse_node *nodes = xcalloc(size, sizeof(*nodes));
    if (server->nodes) {
        memcpy(nodes, server->nodes, server->node_size * sizeof(*nodes));
    }
    for (uint32_t i = server->node_size; i < size; i++) {
        nodes[i].free_next = i + 1;
    }
    free(server->nodes);
    server->nodes = nodes;
    server->node_size = size;
    return true;
}

/* The number of a node that is held for it, or 0. */
static uint64_t add_node(struct fuse *server, struct share_node *node)
{
    if (server->node_free == server->node_size && !grow_nodes(server)) {
        return 0;
    }
    struct fuse_node *place = &server->nodes[server->node_free];
    uint64_t number = server->node_free + UINT64_C(1);
    server->node_free = place->free_next;
    place->node = node;
    place->generation++;
    *share_node_tag(node) = number;
    return number;
}

int fuse_enter(struct fuse *server, struct share_node *node,
               const struct share_attributes *attributes,
               struct fuse_entry *entry)
{
    uint64_t number = *share_node_tag(node);
    if (number != 0) {
        share_let_go(server->share, node, 1); /* the table holds it */
    } else {
        number = add_node(server, node);
    }
    if (number == 0) {
        share_let_go(server->share, node, 1);
        return -ENFILE;
    }
    struct fuse_node *place = &server->nodes[number - 1];
    place->lookups++;
    *entry = (struct fuse_entry){
        .node = number,
        .generation = place->generation,
        .name_valid_s = fuse_valid_s(server),
        .attributes_valid_s = fuse_valid_s(server),
    };
    fuse_show(attributes, &entry->attributes);
    return 0;
}

static void forget_node(struct fuse *server, uint64_t number, uint64_t lookups)
{
    struct fuse_node *place = place_of(server, number);
    if (!place || number == FUSE_ROOT) {
        return;
    }
    place->lookups -= lookups < place->lookups ? lookups : place->lookups;
    if (place->lookups == 0) {
        *share_node_tag(place->node) = 0;
        share_let_go(server->share, place->node, 1);
        place->node = NULL;
        place->free_next = server->node_free;
        server->node_free = (uint32_t)number - 1;
    }
}

static int forget(struct fuse_call *call)
{
    struct fuse_forget in;
    memcpy(&in, call->arguments, sizeof(in));
    forget_node(call->server, call->head.node, in.lookups);
    return 0;
}

static int batch_forget(struct fuse_call *call)
{
    struct fuse_batch_forget in;
    struct fuse_forget_one one;
    memcpy(&in, call->arguments, sizeof(in));
    size_t count = call->size / sizeof(one);
    count = in.count < count ? in.count : count;
    for (size_t i = 0; i < count; i++) {
        memcpy(&one, call->bytes + i * sizeof(one), sizeof(one));
        forget_node(call->server, one.node, one.lookups);
    }
    return 0;
}

/* ---- Files --------------------------------------------------------------- */

struct share_file *fuse_file(struct fuse *server, uint64_t number)
{
    return number < server->file_size ? server->files[number] : NULL;
}

uint64_t fuse_add_file(struct fuse *server, struct share_file *file)
{
    uint32_t place = 0;
    while (place < server->file_size && server->files[place]) {
        place++;
    }
    if (place == server->file_size) {
        uint32_t size = place ? place * 2 : FIRST_SIZE;
        struct share_file **files = xcalloc(size, sizeof(struct share_file *));
        if (place) {
            memcpy(files, server->files, place * sizeof(struct share_file *));
        }
        free(server->files);
        server->files = files;
        server->file_size = size;
    }
    server->files[place] = file;
    return place;
}

void fuse_drop_file(struct fuse *server, uint64_t number)
{
    if (number < server->file_size) {
        share_unlock_file(server->claims, number);
        share_close_file(server->share, server->files[number]);
        server->files[number] = NULL;
    }
}

/* ---- Sessions ------------------------------------------------------------ */

/* All that a client had is closed; the root has its number. */
void fuse_reset(struct fuse *server)
{
    share_locks_reset(server->claims);
    for (uint32_t i = 0; i < server->file_size; i++) {
        fuse_drop_file(server, i);
    }
    for (uint32_t i = 0; i < server->node_size; i++) {
        if (i + 1 != FUSE_ROOT) {
            forget_node(server, i + UINT64_C(1), UINT64_MAX);
        }
    }
    server->greeted = false;
}

bool fuse_has_client(const struct fuse *server)
{
    return server->greeted;
}

static int init(struct fuse_call *call)
{
    struct fuse *server = call->server;
    struct fuse_init in;
    uint32_t wanted =
        FUSE_ASYNC_READ | FUSE_ATOMIC_TRUNCATE | FUSE_EXPORT | FUSE_BIG_WRITES |
        FUSE_HAS_READDIRPLUS | FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIRECT |
        FUSE_PARALLEL_FOLDERS | FUSE_HAS_MAX_PAGES | FUSE_DROP_PRIVILEGES;
    wanted |= server->cache == FUSE_CACHE_ALWAYS ? FUSE_CACHE_LINKS
                                                 : FUSE_AUTO_INVALIDATE;
    wanted |= server->locks == FUSE_LOCKS_HOST
                  ? FUSE_POSIX_LOCKS | FUSE_FLOCK_LOCKS
                  : 0u;
    memcpy(&in, call->arguments, sizeof(in));
    if (in.major < FUSE_MAJOR ||
        (in.major == FUSE_MAJOR && in.minor < FUSE_MINOR_LEAST)) {
        return -EPROTO;
    }
    fuse_reset(server);
    const struct fuse_init_result out = {
        .major = FUSE_MAJOR,
        .minor = FUSE_MINOR,
        .max_readahead = in.max_readahead,
        .features = in.features & wanted,
        .max_background = 64,
        .congestion_threshold = 48,
        .max_write = FUSE_TRANSFER_MAX,
        .time_granularity_ns = 1,
        .max_pages = FUSE_TRANSFER_MAX / PAGE_SIZE,
    };
    /* A newer client asks again in our version (major numbers differ). */
    server->greeted = in.major == FUSE_MAJOR;
    fuse_put(call, &out, sizeof(out));
    return 0;
}

static int destroy(struct fuse_call *call)
{
    fuse_reset(call->server);
    return 0;
}

/* ---- Requests ------------------------------------------------------------ */

enum kind {
    ON_NODE = 1, /* head.node is one of ours */
    SILENT = 2,  /* there is no reply */
    BYTES = 4,   /* something follows the names */
};
static_assert(BITS_DIFFER(ON_NODE, SILENT, BYTES), "kinds are combined");

static const struct operation {
    uint32_t number; /* enum fuse_operation */
    uint16_t size;   /* of its arguments */
    uint8_t names;
    uint8_t kind; /* enum kind */
    fuse_handler *serve;
} operations[] = {
#define OPERATION(name, arguments, names, kind, serve)                         \
    {FUSE_##name, arguments, names, kind, serve},
#define ARGUMENTS(name) sizeof(struct fuse_##name)
#include "backends/share/fuse_operations.def"
#undef OPERATION
#undef ARGUMENTS
};

static const struct operation *find_operation(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        if (operations[i].number == number) {
            return &operations[i];
        }
    }
    return NULL;
}

/* False: the request is shorter than its parts, or longer. */
static bool parse(struct fuse_call *call, const struct operation *operation)
{
    if (call->size < operation->size) {
        return false;
    }
    call->arguments = call->bytes;
    call->bytes += operation->size;
    call->size -= operation->size;
    for (unsigned i = 0; i < operation->names; i++) {
        const uint8_t *end = memchr(call->bytes, 0, call->size);
        if (!end) {
            return false;
        }
        call->names[i] = (const char *)call->bytes;
        call->size -= (size_t)(end + 1 - call->bytes);
        call->bytes = end + 1;
    }
    return call->size == 0 || (operation->kind & BYTES);
}

static int serve(struct fuse_call *call, const struct operation *operation)
{
    struct fuse *server = call->server;
    if (!parse(call, operation)) {
        return -EINVAL;
    }
    if (!server->greeted && operation->number != FUSE_INIT) {
        return -EIO;
    }
    call->node = fuse_find(server, call->head.node);
    if ((operation->kind & ON_NODE) && !call->node) {
        return -ESTALE;
    }
    return operation->serve(call);
}

size_t fuse_serve(struct fuse *server, const uint8_t *request, size_t size,
                  uint8_t *reply, size_t room)
{
    struct fuse_call call = {
        .server = server,
        .reply = reply,
        .written = sizeof(struct fuse_reply),
        .room = room,
    };
    if (size < sizeof(call.head)) {
        return 0;
    }
    memcpy(&call.head, request, sizeof(call.head));
    call.bytes = request + sizeof(call.head);
    call.size = size - sizeof(call.head);
    const struct operation *operation = find_operation(call.head.operation);
    bool silent = operation && (operation->kind & SILENT);
    if (!silent && room < sizeof(struct fuse_reply)) {
        return 0;
    }
    int code = call.head.size != size ? -EINVAL
               : operation            ? serve(&call, operation)
                                      : -ENOSYS;
    share_note(server->share, code);
    if (silent) {
        return 0;
    }
    if (code == 0 && call.written > call.room) {
        code = -ERANGE;
    }
    const struct fuse_reply head = {
        .size = code ? (uint32_t)sizeof(head) : (uint32_t)call.written,
        .error = code >= 0 ? code : -(int32_t)share_protocol_error(code),
        .unique = call.head.unique,
    };
    memcpy(reply, &head, sizeof(head));
    return head.size;
}

/* ---- Life ---------------------------------------------------------------- */

struct fuse *fuse_create(struct share *share, enum fuse_cache cache,
                         enum fuse_locks locks)
{
    struct fuse *server = xcalloc(1, sizeof(*server));
    server->share = share;
    server->cache = cache;
    server->locks = locks;
    server->claims = share_locks_create(share, SHARE_SERVER_DECIDES);
    share_hold(share_root(share));
    uint64_t number = add_node(server, share_root(share));
    assert(number == FUSE_ROOT);
    return server;
}

void fuse_destroy(struct fuse *server)
{
    if (server) {
        fuse_reset(server);
        *share_node_tag(share_root(server->share)) = 0;
        share_let_go(server->share, share_root(server->share), 1);
        share_locks_destroy(server->claims);
        free(server->nodes);
        free(server->files);
        free(server);
    }
}
