/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps L2 tables and blocks of refcounts in memory, and says where a cluster
 * of the disk is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "base/memory.h"

/* In memory, for each of the two directories. With clusters of 64 KiB these are
 * the tables of 64 GiB. */
enum { HELD_BYTES = 8 << 20, HELD_MIN = 16 };

/* ---- Directories --------------------------------------------------------- */

int qcow2_directory_read(struct qcow2 *qcow2, struct qcow2_directory *directory,
                         uint64_t offset, size_t count)
{
    *directory = (struct qcow2_directory){.offset = offset, .count = count};
    directory->entries = xcalloc(count + 1, sizeof(*directory->entries));
    directory->tables = xcalloc(count + 1, sizeof(struct qcow2_table *));
    int code = image_file_read(qcow2->file, offset, directory->entries,
                               8 * count, true);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)&directory->entries[i];
        directory->entries[i] =
            (uint64_t)load_be32(at) << 32 | load_be32(at + 4);
    }
    return code;
}

int qcow2_refcounts_read(struct qcow2 *qcow2)
{
    const struct qcow2_facts *facts = &qcow2->facts;
    return qcow2_directory_read(
        qcow2, &qcow2->refcounts, facts->refcounts_offset,
        ((size_t)facts->refcounts_clusters << facts->cluster_bits) / 8);
}

void qcow2_directory_fini(struct qcow2_directory *directory)
{
    for (size_t i = 0; i < directory->held; i++) {
        free(directory->list[i]);
    }
    free(directory->list);
    free(directory->tables);
    free(directory->entries);
}

void qcow2_directory_set(struct qcow2_directory *directory, size_t index,
                         uint64_t value)
{
    assert(index < directory->count);
    if (!qcow2_directory_is_dirty(directory)) {
        directory->dirty_from = index;
        directory->dirty_to = index + 1;
    }
    if (index < directory->dirty_from) {
        directory->dirty_from = index;
    }
    if (index >= directory->dirty_to) {
        directory->dirty_to = index + 1;
    }
    directory->entries[index] = value;
}

bool qcow2_directory_is_dirty(const struct qcow2_directory *directory)
{
    return directory->dirty_from != directory->dirty_to;
}

int qcow2_directory_write(struct qcow2 *qcow2,
                          struct qcow2_directory *directory)
{
    const size_t from = directory->dirty_from;
    const size_t count = directory->dirty_to - from;
    uint8_t *bytes = xcalloc(count + 1, 8);
    for (size_t i = 0; i < count; i++) {
        store_be32(bytes + 8 * i,
                   (uint32_t)(directory->entries[from + i] >> 32));
        store_be32(bytes + 8 * i + 4, (uint32_t)directory->entries[from + i]);
    }
    int code = image_file_write(qcow2->file, directory->offset + 8 * from,
                                bytes, 8 * count, true);
    free(bytes);
    if (code == 0) {
        directory->dirty_from = 0;
        directory->dirty_to = 0;
    }
    return code;
}

/* ---- Tables -------------------------------------------------------------- */

static struct qcow2_table *hold(const struct qcow2 *qcow2,
                                struct qcow2_directory *directory, size_t index,
                                uint64_t offset)
{
    struct qcow2_table *table =
        xcalloc(1, sizeof(*table) + qcow2->cluster_size);
    assert(!directory->tables[index]);
    if (directory->held == directory->room) {
        directory->room = directory->room ? 2 * directory->room : 16;
        directory->list = memory_resize(directory->list, directory->room,
                                        sizeof(struct qcow2_table *));
    }
    table->offset = offset;
    table->index = index;
    table->used = true;
    directory->list[directory->held++] = table;
    directory->tables[index] = table;
    return table;
}

static void drop(struct qcow2_directory *directory, size_t at)
{
    struct qcow2_table *table = directory->list[at];
    directory->tables[table->index] = NULL;
    directory->list[at] = directory->list[--directory->held];
    free(table);
}

int qcow2_check_entry(struct qcow2 *qcow2,
                      const struct qcow2_directory *directory, size_t index)
{
    const uint64_t entry = directory->entries[index];
    const uint64_t offset = entry & QCOW2_OFFSET;
    return offset != 0 && is_aligned(offset, qcow2->cluster_size) &&
                   (entry & ~(QCOW2_OFFSET | QCOW2_COPIED)) == 0 &&
                   in_range(offset, qcow2->cluster_size, qcow2->file->size)
               ? 0
               : qcow2_contradicts(
                     qcow2,
                     "entry %zu of the %s table at 0x%llx is 0x%llx, in a file "
                     "of %llu bytes",
                     index, directory == &qcow2->l1 ? "L1" : "refcount",
                     (unsigned long long)directory->offset,
                     (unsigned long long)entry,
                     (unsigned long long)qcow2->file->size);
}

int qcow2_table_get(struct qcow2 *qcow2, struct qcow2_directory *directory,
                    size_t index, bool wait, struct qcow2_table **table)
{
    const uint64_t offset = directory->entries[index] & QCOW2_OFFSET;
    *table = directory->tables[index];
    if (*table) {
        (*table)->used = true;
        return 0;
    }
    int code = qcow2_check_entry(qcow2, directory, index);
    if (code != 0) {
        return code;
    }
    struct qcow2_table *read = hold(qcow2, directory, index, offset);
    code = image_file_read(qcow2->file, offset, read->entries,
                           qcow2->cluster_size, wait);
    if (code != 0) {
        drop(directory, directory->held - 1);
        return code;
    }
    *table = read;
    return 0;
}

struct qcow2_table *qcow2_table_add(struct qcow2 *qcow2,
                                    struct qcow2_directory *directory,
                                    size_t index, uint64_t cluster)
{
    const uint64_t offset = cluster << qcow2->facts.cluster_bits;
    struct qcow2_table *table = hold(qcow2, directory, index, offset);
    table->dirty = true;
    qcow2_metadata_add(qcow2, cluster);
    qcow2_directory_set(directory, index,
                        directory == &qcow2->l1 ? offset | QCOW2_COPIED
                                                : offset);
    return table;
}

bool qcow2_tables_are_dirty(const struct qcow2_directory *directory)
{
    for (size_t i = 0; i < directory->held; i++) {
        if (directory->list[i]->dirty) {
            return true;
        }
    }
    return false;
}

int qcow2_tables_write(struct qcow2 *qcow2, struct qcow2_directory *directory)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < directory->held; i++) {
        struct qcow2_table *table = directory->list[i];
        if (table->dirty) {
            code = image_file_write(qcow2->file, table->offset, table->entries,
                                    qcow2->cluster_size, true);
            table->dirty = code != 0;
        }
    }
    return code;
}

bool qcow2_tables_are_many(const struct qcow2 *qcow2,
                           const struct qcow2_directory *directory)
{
    return directory->held > HELD_MIN &&
           directory->held > (size_t)HELD_BYTES >> qcow2->facts.cluster_bits;
}

/* The clock: those that were used since it came by last stay once more. */
static void evict(const struct qcow2 *qcow2, struct qcow2_directory *directory)
{
    size_t steps = 2 * directory->held;
    while (steps-- != 0 && qcow2_tables_are_many(qcow2, directory)) {
        directory->hand =
            directory->hand < directory->held ? directory->hand : 0;
        struct qcow2_table *table = directory->list[directory->hand];
        if (!table->dirty && !table->used) {
            drop(directory, directory->hand);
        } else {
            table->used = false;
            directory->hand++;
        }
    }
}

int qcow2_tables_trim(struct qcow2 *qcow2, bool wait)
{
    struct qcow2_directory *const directories[] = {&qcow2->l1,
                                                   &qcow2->refcounts};
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
        if (!qcow2_tables_are_many(qcow2, directories[i])) {
            continue;
        }
        evict(qcow2, directories[i]);
        if (qcow2_tables_are_many(qcow2, directories[i])) {
            int code = wait ? qcow2_sync_locked(qcow2) : -EAGAIN;
            if (code != 0) {
                return code;
            }
            evict(qcow2, directories[i]);
        }
    }
    return 0;
}

/* ---- Mappings ------------------------------------------------------------ */

size_t qcow2_l2_index(const struct qcow2 *qcow2, uint64_t offset)
{
    return (size_t)(qcow2_cluster_of(qcow2, offset) &
                    ((1ull << qcow2->l2_bits) - 1));
}

void qcow2_packed_range(const struct qcow2 *qcow2, uint64_t entry,
                        uint64_t *offset, uint64_t *size)
{
    const unsigned bits = 62 - (qcow2->facts.cluster_bits - 8);
    const uint64_t sectors =
        (entry & (QCOW2_COMPRESSED - 1)) >> bits; /* besides the first */
    *offset = entry & ((1ull << bits) - 1);
    *size = 512 * (sectors + 1) - *offset % 512;
}

int qcow2_decode(const struct qcow2 *qcow2, uint64_t entry,
                 struct qcow2_mapping *mapping)
{
    const uint64_t file_size = qcow2->file->size;
    *mapping = (struct qcow2_mapping){.entry = entry};
    if ((entry & QCOW2_COMPRESSED) != 0) {
        uint64_t size;
        mapping->kind = QCOW2_PACKED;
        qcow2_packed_range(qcow2, entry, &mapping->offset, &size);
        return mapping->offset < file_size ? 0 : -EUCLEAN;
    }
    const uint64_t reserved = ~(QCOW2_COPIED | QCOW2_OFFSET | QCOW2_ZERO);
    const bool zeros = (entry & QCOW2_ZERO) != 0;
    mapping->offset = entry & QCOW2_OFFSET;
    mapping->own = mapping->offset != 0 && (entry & QCOW2_COPIED) != 0;
    mapping->kind = zeros                  ? QCOW2_ZEROS
                    : mapping->offset == 0 ? QCOW2_ABSENT
                                           : QCOW2_DATA;
    return (entry & reserved) != 0 || (zeros && qcow2->facts.version == 2) ||
                   !is_aligned(mapping->offset, qcow2->cluster_size) ||
                   (mapping->offset != 0 && mapping->offset >= file_size)
               ? -EUCLEAN
               : 0;
}

/* An L2 table of the image's own in place of none, or of one that it shares. */
static int own_table(struct qcow2 *qcow2, size_t index,
                     struct qcow2_table *shared, struct qcow2_table **table)
{
    uint64_t cluster;
    bool zeros;
    int code = qcow2_allocate(qcow2, &cluster, &zeros);
    if (code != 0) {
        return code;
    }
    if (!shared) {
        *table = qcow2_table_add(qcow2, &qcow2->l1, index, cluster);
        return 0;
    }
    const struct qcow2_mapping old = {.kind = QCOW2_DATA,
                                      .offset = shared->offset};
    qcow2_metadata_remove(qcow2, qcow2_cluster_of(qcow2, shared->offset));
    qcow2_metadata_add(qcow2, cluster);
    shared->offset = cluster << qcow2->facts.cluster_bits;
    shared->dirty = true;
    qcow2_directory_set(&qcow2->l1, index, shared->offset | QCOW2_COPIED);
    *table = shared;
    qcow2_release(qcow2, &old);
    return 0;
}

int qcow2_map(struct qcow2 *qcow2, uint64_t offset, bool change, bool wait,
              struct qcow2_table **table, struct qcow2_mapping *mapping)
{
    const size_t index =
        (size_t)(qcow2_cluster_of(qcow2, offset) >> qcow2->l2_bits);
    int code = 0;
    assert(index < qcow2->l1.count);
    *table = NULL;
    *mapping = (struct qcow2_mapping){0};
    if (qcow2->l1.entries[index] != 0) {
        code = qcow2_table_get(qcow2, &qcow2->l1, index, wait, table);
    }
    if (code == 0 && change && (qcow2->l1.entries[index] & QCOW2_COPIED) == 0) {
        code = own_table(qcow2, index, *table, table);
    }
    if (code == 0 && *table) {
        const size_t at = qcow2_l2_index(qcow2, offset);
        code = qcow2_decode(qcow2, qcow2_load(*table, at), mapping);
        if (code != 0) {
            code = qcow2_contradicts(
                qcow2,
                "entry %zu of the L2 table at 0x%llx (L1 entry %zu) is 0x%llx, "
                "in a file of %llu bytes",
                at, (unsigned long long)(*table)->offset, index,
                (unsigned long long)mapping->entry,
                (unsigned long long)qcow2->file->size);
        }
    }
    return code;
}
