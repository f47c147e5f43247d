/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the disk: in place where a cluster is the image's own, else in a
 * new one that has what the old one had around the change. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/assert.h"
#include "base/buffer.h"

/* AT_ONCE_MAX: what a thread that must not wait writes around a change.
 * UNUSED_MAX: clusters that wait for a sync. */
enum { AT_ONCE_MAX = 128 << 10, RUN_MAX = 32, UNUSED_MAX = 1 << 14 };

static const uint8_t zeros[64 << 10];

/* ---- Locking ------------------------------------------------------------- */

/* With the lock, and memory within bounds; otherwise without. */
static int begin(struct qcow2 *qcow2, bool wait)
{
    if (wait) {
        pthread_mutex_lock(&qcow2->lock);
    } else if (pthread_mutex_trylock(&qcow2->lock) != 0) {
        return -EAGAIN;
    }
    int code = qcow2->broken;
    if (code == 0) {
        code = qcow2_tables_trim(qcow2, wait);
    }
    if (code == 0 && qcow2->unused.count > UNUSED_MAX) {
        code = wait ? qcow2_sync_locked(qcow2) : -EAGAIN;
    }
    if (code != 0) {
        pthread_mutex_unlock(&qcow2->lock);
    }
    return code;
}

/* An image that contradicts itself is not changed any further. */
static int end(struct qcow2 *qcow2, int code)
{
    if (code == -EUCLEAN) {
        qcow2->broken = code;
    }
    pthread_mutex_unlock(&qcow2->lock);
    return code;
}

/* ---- New clusters -------------------------------------------------------- */

/* Clusters of the disk that get clusters of the file side by side. */
struct fill {
    struct qcow2 *qcow2;
    struct qcow2_table *table;
    size_t index;    /* of the first one's entry */
    uint64_t start;  /* of the first one, in the disk */
    uint64_t offset; /* the change, which begins in the first one */
    const uint8_t *bytes;
    size_t size;
    bool wait;
    /* Mappings before the write. */
    struct qcow2_mapping old[RUN_MAX];
    bool made[RUN_MAX];  /* a cluster was allocated */
    bool blank[RUN_MAX]; /* which has zeros */
    unsigned count;
    uint64_t host; /* of the first one */
};

/* A place for one more; false, with code 0, if it would not be beside the one
 * before. */
static bool add_cluster(struct fill *fill, const struct qcow2_mapping *old,
                        int *code)
{
    struct qcow2 *qcow2 = fill->qcow2;
    const unsigned bits = qcow2->facts.cluster_bits;
    const unsigned at = fill->count;
    uint64_t offset = old->offset;
    bool blank = false;
    const bool made = !(old->kind == QCOW2_ZEROS && old->own);
    *code =
        qcow2_check_mapping(qcow2, fill->start + ((uint64_t)at << bits), old);
    if (*code != 0) {
        return false;
    }
    if (made) {
        uint64_t cluster;
        *code = qcow2_allocate(qcow2, &cluster, &blank);
        if (*code != 0) {
            return false;
        }
        offset = cluster << bits;
    }
    if (at == 0) {
        fill->host = offset;
    } else if (offset != fill->host + ((uint64_t)at << bits)) {
        if (made) {
            qcow2_give_back(qcow2, offset >> bits);
        }
        return false;
    }
    fill->old[at] = *old;
    fill->made[at] = made;
    fill->blank[at] = blank;
    fill->count++;
    return true;
}

static int add_clusters(struct fill *fill)
{
    struct qcow2 *qcow2 = fill->qcow2;
    const uint64_t last = fill->offset + fill->size;
    int code = 0;
    while (fill->count < RUN_MAX &&
           fill->index + fill->count < 1ull << qcow2->l2_bits) {
        const uint64_t start =
            fill->start + ((uint64_t)fill->count << qcow2->facts.cluster_bits);
        struct qcow2_mapping old;
        if (start >= last) {
            break;
        }
        code = qcow2_decode(
            qcow2, qcow2_load(fill->table, fill->index + fill->count), &old);
        if (code != 0 || (old.kind == QCOW2_DATA && old.own) ||
            !add_cluster(fill, &old, &code)) {
            break;
        }
    }
    /* A full disk of the host is not reached by those that there are. */
    return fill->count != 0 ? 0 : code;
}

/* Copies the data that the disk has from..to of cluster `at` of the fill, to
 * the new place. */
static int keep(struct fill *fill, unsigned at, uint64_t from, uint64_t to)
{
    struct qcow2 *qcow2 = fill->qcow2;
    const struct qcow2_mapping *old = &fill->old[at];
    const size_t size = (size_t)(to - from);
    if (size == 0 || (fill->blank[at] && (old->kind == QCOW2_ZEROS ||
                                          (old->kind == QCOW2_ABSENT &&
                                           qcow2_is_bare(qcow2, from))))) {
        return 0;
    }
    if (!fill->wait && size > AT_ONCE_MAX) {
        return -EAGAIN;
    }
    uint8_t *bytes = xcalloc(1, size);
    int code = qcow2_read_mapped(qcow2, old, from, bytes, size, fill->wait);
    if (code == 0) {
        code = image_file_write(qcow2->file, fill->host + (from - fill->start),
                                bytes, size, true);
    }
    free(bytes);
    return code;
}

static int write_around(struct fill *fill, uint64_t end_of_change)
{
    const uint64_t size = fill->qcow2->cluster_size;
    const uint64_t end_of_run = fill->start + fill->count * size;
    int code = keep(fill, 0, fill->start, fill->offset);
    return code != 0 ? code
                     : keep(fill, fill->count - 1, end_of_change, end_of_run);
}

static int write_new(struct fill *fill, size_t *done)
{
    struct qcow2 *qcow2 = fill->qcow2;
    const uint64_t size = qcow2->cluster_size;
    int code = add_clusters(fill);
    if (code != 0) {
        return code;
    }
    const uint64_t room = fill->start + fill->count * size - fill->offset;
    *done = room < fill->size ? (size_t)room : fill->size;
    code = write_around(fill, fill->offset + *done);
    if (code == 0) {
        code = image_file_write(qcow2->file,
                                fill->host + (fill->offset - fill->start),
                                fill->bytes, *done, true);
    }
    for (unsigned i = 0; i < fill->count; i++) {
        const uint64_t offset = fill->host + i * size;
        if (code == 0) {
            if (fill->made[i]) {
                qcow2_release(qcow2, &fill->old[i]);
            }
            qcow2_store(fill->table, fill->index + i, offset | QCOW2_COPIED);
        } else if (fill->made[i]) {
            qcow2_give_back(qcow2, qcow2_cluster_of(qcow2, offset));
        }
    }
    return code;
}

/* ---- Writes -------------------------------------------------------------- */

/* How much of the change lies in clusters of the image's own, side by side. */
static size_t own_length(const struct qcow2 *qcow2,
                         const struct qcow2_table *table,
                         const struct qcow2_mapping *first, uint64_t offset,
                         size_t size)
{
    const size_t index = qcow2_l2_index(qcow2, offset);
    uint64_t length =
        qcow2->cluster_size - (offset & (qcow2->cluster_size - 1));
    for (size_t i = 1; length < size && index + i < 1ull << qcow2->l2_bits;
         i++) {
        struct qcow2_mapping next;
        if (qcow2_decode(qcow2, qcow2_load(table, index + i), &next) != 0 ||
            next.kind != QCOW2_DATA || !next.own ||
            qcow2_is_metadata(qcow2, qcow2_cluster_of(qcow2, next.offset)) ||
            next.offset != first->offset + (i << qcow2->facts.cluster_bits)) {
            break;
        }
        length += qcow2->cluster_size;
    }
    return length < size ? (size_t)length : size;
}

/* The first part of a change; *done is how much it was. */
static int write_part(struct qcow2 *qcow2, uint64_t offset,
                      const uint8_t *bytes, size_t size, bool wait,
                      size_t *done)
{
    const uint64_t in = offset & (qcow2->cluster_size - 1);
    struct qcow2_table *table;
    struct qcow2_mapping mapping;
    int code = begin(qcow2, wait);
    if (code != 0) {
        return code;
    }
    code = qcow2_map(qcow2, offset, false, wait, &table, &mapping);
    if (code == 0 && mapping.kind == QCOW2_DATA && mapping.own) {
        *done = own_length(qcow2, table, &mapping, offset, size);
        code = mapping.offset + in + *done > qcow2->file->size
                   ? qcow2_contradicts(qcow2,
                                       "data at 0x%llx are behind the end of "
                                       "the file",
                                       (unsigned long long)mapping.offset)
                   : qcow2_check_mapping(qcow2, offset, &mapping);
        end(qcow2, code);
        return code != 0 ? code
                         : image_file_write(qcow2->file, mapping.offset + in,
                                            bytes, *done, wait);
    }
    if (code == 0) {
        code = qcow2_map(qcow2, offset, true, wait, &table, &mapping);
    }
    if (code == 0) {
        struct fill fill = {
            .qcow2 = qcow2,
            .table = table,
            .index = qcow2_l2_index(qcow2, offset),
            .start = offset - in,
            .offset = offset,
            .bytes = bytes,
            .size = size,
            .wait = wait,
        };
        code = write_new(&fill, done);
    }
    return end(qcow2, code);
}

int qcow2_write(struct image *image, uint64_t offset, const void *bytes,
                size_t size, bool wait)
{
    struct qcow2 *qcow2 = image->state;
    const uint8_t *from = bytes;
    if (!wait && size > AT_ONCE_MAX) {
        return -EAGAIN;
    }
    while (size != 0) {
        size_t done;
        int code = write_part(qcow2, offset, from, size, wait, &done);
        if (code != 0) {
            return code;
        }
        offset += done;
        from += done;
        size -= done;
    }
    return 0;
}

/* ---- Zeros --------------------------------------------------------------- */

static bool reads_as_zeros(const struct qcow2 *qcow2,
                           const struct qcow2_mapping *mapping, uint64_t offset)
{
    return mapping->kind == QCOW2_ZEROS ||
           (mapping->kind == QCOW2_ABSENT && qcow2_is_bare(qcow2, offset));
}

/* The entry that makes zeros of a whole cluster; false: there is none. */
static bool zeros_entry(const struct qcow2 *qcow2,
                        const struct qcow2_mapping *mapping, uint64_t offset,
                        bool unmap, uint64_t *entry)
{
    const bool keeps = !unmap && mapping->kind == QCOW2_DATA && mapping->own;
    if (qcow2->facts.version == 2) {
        *entry = 0;
        return !keeps && qcow2_is_bare(qcow2, offset);
    }
    *entry = keeps                          ? mapping->entry | QCOW2_ZERO
             : qcow2_is_bare(qcow2, offset) ? 0
                                            : QCOW2_ZERO;
    return true;
}

/* A whole cluster, with the lock; 1 if zeros have to be written. */
static int zero_cluster(struct qcow2 *qcow2, uint64_t offset, bool unmap)
{
    struct qcow2_table *table;
    struct qcow2_mapping mapping;
    uint64_t entry;
    int code = qcow2_map(qcow2, offset, false, true, &table, &mapping);
    if (code != 0 || (reads_as_zeros(qcow2, &mapping, offset) &&
                      !(unmap && mapping.offset != 0))) {
        return code;
    }
    code = qcow2_check_mapping(qcow2, offset, &mapping);
    if (code != 0) {
        return code;
    }
    if (!zeros_entry(qcow2, &mapping, offset, unmap, &entry)) {
        return 1;
    }
    code = qcow2_map(qcow2, offset, true, true, &table, &mapping);
    if (code == 0) {
        if ((entry & QCOW2_OFFSET) == 0) {
            qcow2_release(qcow2, &mapping);
        }
        qcow2_store(table, qcow2_l2_index(qcow2, offset), entry);
    }
    return code;
}

/* The first part of a range, at most to the end of an L2 table; *done is how
 * much it was. 1: that much is to be written. */
static int zero_part(struct qcow2 *qcow2, uint64_t offset, uint64_t size,
                     bool unmap, uint64_t *done)
{
    const uint64_t cluster = qcow2->cluster_size;
    const uint64_t table_bytes = cluster << qcow2->l2_bits;
    const uint64_t in = offset & (cluster - 1);
    const uint64_t table_end = (offset | (table_bytes - 1)) + 1;
    struct qcow2_table *table;
    struct qcow2_mapping mapping;
    int code = qcow2_map(qcow2, offset, false, true, &table, &mapping);
    if (code != 0) {
        return code;
    }
    *done = cluster - in < size ? cluster - in : size;
    if (!table && qcow2_is_bare(qcow2, offset)) {
        *done = table_end - offset < size ? table_end - offset : size;
        return 0;
    }
    const bool last = offset + size == qcow2->image->size_bytes;
    if (in != 0 || (size < cluster && !last)) {
        return reads_as_zeros(qcow2, &mapping, offset) ? 0 : 1;
    }
    *done = 0;
    while (code == 0 && *done < size && offset + *done < table_end &&
           (size - *done >= cluster || last) &&
           qcow2->unused.count <= UNUSED_MAX) {
        code = zero_cluster(qcow2, offset + *done, unmap);
        if (code < 0 || (code == 1 && *done != 0)) {
            return code == 1 ? 0 : code;
        }
        *done += size - *done < cluster ? size - *done : cluster;
    }
    return code;
}

int qcow2_zero(struct image *image, uint64_t offset, uint64_t size, bool unmap)
{
    struct qcow2 *qcow2 = image->state;
    while (size != 0) {
        uint64_t done = 0;
        int code = begin(qcow2, true);
        if (code != 0) {
            return code;
        }
        code = zero_part(qcow2, offset, size, unmap, &done);
        end(qcow2, code);
        if (code == 1) {
            done = done < sizeof(zeros) ? done : sizeof(zeros);
            code = qcow2_write(image, offset, zeros, (size_t)done, true);
        }
        if (code != 0) {
            return code;
        }
        offset += done;
        size -= done;
    }
    return 0;
}
