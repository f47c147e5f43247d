/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of a client's processes, by file, and what the host has of them.
 *
 * The locks of a file are a list in the order in which their owners came, and
 * of each owner in that of their places, without overlaps: as Linux has them
 * (fs/locks.c), so the same one is found in the way. A change makes a new list,
 * and the host gets the difference between both.
 */
#include "backends/share/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

enum {
    FILES_MAX = 1024,       /* with locks: each is an open file of the host */
    LOCKS_MAX = 1024,       /* of one file */
    WAITERS_MAX = 16,       /* whose deadlocks are seen */
    DEADLOCK_STEPS_MAX = 10 /* as Linux has it */
};

static const uint64_t range_end = INT64_MAX; /* of what has no end */

/* ---- Ranges -------------------------------------------------------------- */

struct record {
    uint64_t owner;
    uint64_t file;
    uint32_t process;
    short type; /* F_RDLCK, F_WRLCK */
    uint64_t first;
    uint64_t last;
};

struct list {
    struct record *records;
    size_t count;
};

struct locked_file {
    struct locked_file *next;
    struct share_node *node; /* held by host */
    struct share_file *host; /* has what the owners have together */
    struct list list;
};

/* A waiter asks again, and what is in its way is looked for anew. */
struct waiter {
    bool used;
    struct share_claim claim;
};

struct share_locks {
    struct share *share;
    enum share_arbiter arbiter;
    struct locked_file *files;
    unsigned file_count;
    struct waiter waiters[WAITERS_MAX];
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool make_record(const struct share_claim *claim, struct record *record)
{
    const struct share_lock *lock = &claim->lock;
    *record = (struct record){
        .owner = claim->owner,
        .file = claim->file,
        .process = claim->process,
        .type = lock->type,
        .first = lock->start,
        .last = lock->length ? lock->start + lock->length - 1 : range_end,
    };
    return lock->start <= range_end && lock->length <= range_end - lock->start;
}

static struct share_lock lock_of(short type, uint64_t first, uint64_t last)
{
    return (struct share_lock){type, first,
                               last == range_end ? 0 : last - first + 1};
}

/* Takes the record behind the last one, or makes that one longer. */
static void append(struct list *list, const struct record *record)
{
    struct record *last = list->count ? &list->records[list->count - 1] : NULL;
    if (last && last->owner == record->owner && last->type == record->type &&
        last->last + 1 == record->first) {
        last->last = record->last;
        last->file = record->file;
    } else {
        list->records[list->count++] = *record;
    }
}

/* A list with what was asked for; one of F_UNLCK leaves a gap. */
static struct list replaced(const struct list *old, const struct record *new)
{
    struct list list = {xcalloc(old->count + 2, sizeof(struct record)), 0};
    bool placed = new->type == F_UNLCK;
    bool met = false;
    for (size_t i = 0; i < old->count; i++) {
        const struct record *piece = &old->records[i];
        bool own = piece->owner == new->owner;
        struct record part = *piece;
        met = met || own;
        if (own && piece->first < new->first) {
            part.last = least(piece->last, new->first - 1);
            append(&list, &part);
        }
        if (!placed && (own ? piece->last >= new->first : met)) {
            append(&list, new);
            placed = true;
        }
        part = *piece;
        if (own && piece->last > new->last) {
            part.first = new->last + 1;
            part.first = piece->first > part.first ? piece->first : part.first;
        }
        if (!own || piece->last > new->last) {
            append(&list, &part);
        }
    }
    if (!placed) {
        append(&list, new);
    }
    return list;
}

/* ---- The host's part ----------------------------------------------------- */

/* The kind of lock that the owners of a list have at a place together, and the
 * last place to which that holds. */
static short type_at(const struct list *list, uint64_t at, uint64_t *until)
{
    short type = F_UNLCK;
    *until = range_end;
    for (size_t i = 0; i < list->count; i++) {
        const struct record *record = &list->records[i];
        if (record->first > at) {
            *until = least(*until, record->first - 1);
        } else if (record->last >= at) {
            *until = least(*until, record->last);
            type = type == F_WRLCK ? type : record->type;
        }
    }
    return type;
}

static int rank(short type)
{
    return type == F_WRLCK ? 2 : type == F_RDLCK ? 1 : 0;
}

/*
 * Gives the host what the second list has more than the first between two
 * places (grow), or takes what it has less, which never fails. A file that the
 * user of the host cannot write has no lock for writing there: it is one among
 * the client's processes only.
 */
static int carry(struct share_file *host, const struct list *from,
                 const struct list *to, uint64_t first, uint64_t last,
                 bool grow, uint64_t *failed)
{
    for (uint64_t at = first, until; at <= last; at = until + 1) {
        uint64_t other;
        short before = type_at(from, at, &until);
        short after = type_at(to, at, &other);
        until = least(least(until, other), last);
        if (grow ? rank(after) <= rank(before) : rank(after) >= rank(before)) {
            continue;
        }
        const struct share_lock lock = lock_of(after, at, until);
        int code = share_lock(host, &lock);
        if (code != 0 && !(code == -EBADF && after == F_WRLCK)) {
            *failed = at;
            return code;
        }
    }
    return 0;
}

/* All or nothing. */
static int give_host(struct locked_file *file, const struct list *list,
                     uint64_t first, uint64_t last)
{
    uint64_t failed = 0;
    int code = carry(file->host, &file->list, list, first, last, true, &failed);
    if (code == 0) {
        return carry(file->host, &file->list, list, first, last, false,
                     &failed);
    }
    if (failed > first) {
        (void)carry(file->host, list, &file->list, first, failed - 1, false,
                    &failed);
    }
    return code;
}

/* A file that cannot be written can be locked for reading. */
static int open_host(struct share *share, struct share_node *node,
                     struct share_file **host)
{
    static const int ways[] = {O_RDWR, O_RDONLY, O_WRONLY};
    int code = 0;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        code = share_open_file(share, node, ways[i], host);
        if (code != -EACCES && code != -EROFS && code != -ETXTBSY) {
            break;
        }
    }
    return code;
}

/* ---- Files --------------------------------------------------------------- */

static struct locked_file **place_of(struct share_locks *locks,
                                     const struct share_node *node)
{
    struct locked_file **at = &locks->files;
    while (*at && (*at)->node != node) {
        at = &(*at)->next;
    }
    return at;
}

static int find_file(struct share_locks *locks, struct share_node *node,
                     struct locked_file **found)
{
    struct share_file *host = NULL;
    *found = *place_of(locks, node);
    if (*found) {
        return 0;
    }
    int code = locks->file_count >= FILES_MAX
                   ? -ENOLCK
                   : open_host(locks->share, node, &host);
    if (code == 0) {
        *found = xcalloc(1, sizeof(**found));
        **found = (struct locked_file){
            .next = locks->files, .node = node, .host = host};
        locks->files = *found;
        locks->file_count++;
    }
    return code;
}

/* Ends the file if it has no locks. */
static void leave_file(struct share_locks *locks, struct locked_file *file)
{
    if (file->list.count == 0) {
        *place_of(locks, file->node) = file->next;
        locks->file_count--;
        share_close_file(locks->share, file->host);
        free(file->list.records);
        free(file);
    }
}

/* Owns the new list; the old one stays on an error. */
static int change(struct locked_file *file, struct list list, uint64_t first,
                  uint64_t last)
{
    int code =
        list.count > LOCKS_MAX ? -ENOLCK : give_host(file, &list, first, last);
    if (code == 0) {
        free(file->list.records);
        file->list = list;
    } else {
        free(list.records);
    }
    return code;
}

/* ---- Who is in the way --------------------------------------------------- */

static const struct record *find_other(struct share_locks *locks,
                                       const struct share_claim *claim)
{
    const struct locked_file *file = *place_of(locks, claim->node);
    struct record asked;
    if (locks->arbiter != SHARE_SERVER_DECIDES || !file ||
        !make_record(claim, &asked) || asked.type == F_UNLCK) {
        return NULL;
    }
    for (size_t i = 0; i < file->list.count; i++) {
        const struct record *record = &file->list.records[i];
        if (record->owner != asked.owner && record->first <= asked.last &&
            asked.first <= record->last &&
            (record->type == F_WRLCK || asked.type == F_WRLCK)) {
            return record;
        }
    }
    return NULL;
}

static struct waiter *find_waiter(struct share_locks *locks, uint64_t owner)
{
    for (size_t i = 0; i < WAITERS_MAX; i++) {
        if (locks->waiters[i].used && locks->waiters[i].claim.owner == owner) {
            return &locks->waiters[i];
        }
    }
    return NULL;
}

static bool is_deadlock(struct share_locks *locks, uint64_t owner,
                        const struct record *other)
{
    for (unsigned i = 0; other && i < DEADLOCK_STEPS_MAX; i++) {
        if (other->owner == owner) {
            return true;
        }
        const struct waiter *waiter = find_waiter(locks, other->owner);
        other = waiter ? find_other(locks, &waiter->claim) : NULL;
    }
    return false;
}

static void note_waiter(struct share_locks *locks,
                        const struct share_claim *claim)
{
    for (size_t i = 0; i < WAITERS_MAX; i++) {
        if (!locks->waiters[i].used) {
            locks->waiters[i] = (struct waiter){true, *claim};
            return;
        }
    }
}

/* ---- What a client asks -------------------------------------------------- */

int share_claim(struct share_locks *locks, const struct share_claim *claim,
                bool waits)
{
    struct record asked;
    struct locked_file *file;
    if (!make_record(claim, &asked)) {
        return -EINVAL;
    }
    struct waiter *before = find_waiter(locks, claim->owner);
    if (before) {
        before->used = false;
    }
    const struct record *other = find_other(locks, claim);
    if (other && waits && is_deadlock(locks, claim->owner, other)) {
        return -EDEADLK;
    }
    if (asked.type == F_UNLCK && !*place_of(locks, claim->node)) {
        return 0;
    }
    int code = other ? -EAGAIN : find_file(locks, claim->node, &file);
    if (code == 0) {
        code = change(file, replaced(&file->list, &asked), asked.first,
                      asked.last);
        leave_file(locks, file);
    }
    if (code == -EAGAIN && waits) {
        note_waiter(locks, claim);
    }
    return code;
}

int share_find_claim(struct share_locks *locks, struct share_claim *claim)
{
    struct record asked;
    struct locked_file *file;
    if (!make_record(claim, &asked)) {
        return -EINVAL;
    }
    const struct record *other = find_other(locks, claim);
    if (other) {
        claim->lock = lock_of(other->type, other->first, other->last);
        claim->process = other->process;
        return 0;
    }
    int code = find_file(locks, claim->node, &file);
    if (code == 0) {
        code = share_find_lock(file->host, &claim->lock);
        claim->process = 0;
        leave_file(locks, file);
    }
    return code;
}

/* A lock that is taken from the host is never refused. */
void share_unlock_owner(struct share_locks *locks,
                        const struct share_node *node, uint64_t owner)
{
    struct locked_file *file = *place_of(locks, node);
    const struct record all = {
        .owner = owner, .type = F_UNLCK, .first = 0, .last = range_end};
    if (file) {
        (void)change(file, replaced(&file->list, &all), 0, range_end);
        leave_file(locks, file);
    }
}

static bool has_of(const struct list *list, uint64_t file)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->records[i].file == file) {
            return true;
        }
    }
    return false;
}

static struct list without(const struct list *old, uint64_t file)
{
    struct list list = {xcalloc(old->count, sizeof(struct record)), 0};
    for (size_t i = 0; i < old->count; i++) {
        if (old->records[i].file != file) {
            append(&list, &old->records[i]);
        }
    }
    return list;
}

void share_unlock_file(struct share_locks *locks, uint64_t number)
{
    for (struct locked_file *file = locks->files, *next; file; file = next) {
        next = file->next;
        if (has_of(&file->list, number)) {
            (void)change(file, without(&file->list, number), 0, range_end);
            leave_file(locks, file);
        }
    }
}

/* ---- Life ---------------------------------------------------------------- */

struct share_locks *share_locks_create(struct share *share,
                                       enum share_arbiter arbiter)
{
    struct share_locks *locks = xcalloc(1, sizeof(*locks));
    locks->share = share;
    locks->arbiter = arbiter;
    return locks;
}

void share_locks_reset(struct share_locks *locks)
{
    while (locks->files) {
        locks->files->list.count = 0;
        leave_file(locks, locks->files); /* the host's end with its file */
    }
    memset(locks->waiters, 0, sizeof(locks->waiters));
}

void share_locks_destroy(struct share_locks *locks)
{
    if (locks) {
        share_locks_reset(locks);
        free(locks);
    }
}
