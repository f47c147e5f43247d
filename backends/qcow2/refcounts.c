/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which clusters of the file are free.
 *
 * A cluster is allocated from those that were freed since the image was opened,
 * from those that a walk over the refcounts finds, once, and else behind all
 * others. Blocks of refcounts and a longer refcount table are always there, so
 * that what they describe begins with themselves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/memory.h"

/* The file grows in steps. */
enum { GROWTH = 4 << 20, FREE_MAX = 1 << 16 };

void qcow2_clusters_add(struct qcow2_clusters *clusters, uint64_t number)
{
    if (clusters->count == clusters->room) {
        clusters->room = clusters->room ? 2 * clusters->room : 256;
        clusters->numbers = memory_resize(clusters->numbers, clusters->room,
                                          sizeof(*clusters->numbers));
    }
    clusters->numbers[clusters->count++] = number;
}

/* ---- Entries of a block -------------------------------------------------- */

static unsigned block_bits(const struct qcow2 *qcow2)
{
    return qcow2->facts.cluster_bits + 3 - qcow2->facts.refcount_order;
}

static uint64_t load(const struct qcow2 *qcow2, const uint8_t *block,
                     uint64_t index)
{
    const unsigned order = qcow2->facts.refcount_order;
    if (order < 3) {
        const unsigned width = 1u << order;
        const uint64_t bit = index * width;
        return block[bit / 8] >> bit % 8 & ((1u << width) - 1);
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < 1u << (order - 3); i++) {
        value = value << 8 | block[(index << (order - 3)) + i];
    }
    return value;
}

static void store(const struct qcow2 *qcow2, uint8_t *block, uint64_t index,
                  uint64_t value)
{
    const unsigned order = qcow2->facts.refcount_order;
    if (order < 3) {
        const unsigned width = 1u << order;
        const uint64_t bit = index * width;
        const unsigned mask = ((1u << width) - 1) << bit % 8;
        block[bit / 8] =
            (uint8_t)((block[bit / 8] & ~mask) | (value << bit % 8 & mask));
        return;
    }
    for (unsigned i = 1u << (order - 3); i-- != 0; value >>= 8) {
        block[(index << (order - 3)) + i] = (uint8_t)value;
    }
}

static uint64_t value_max(const struct qcow2 *qcow2)
{
    const unsigned order = qcow2->facts.refcount_order;
    return order == 6 ? UINT64_MAX : (1ull << (1u << order)) - 1;
}

int qcow2_refcount_get(struct qcow2 *qcow2, uint64_t cluster, uint64_t *value)
{
    const uint64_t index = cluster >> block_bits(qcow2);
    struct qcow2_table *block;
    *value = 0;
    if (index >= qcow2->refcounts.count ||
        qcow2->refcounts.entries[index] == 0) {
        return 0;
    }
    int code =
        qcow2_table_get(qcow2, &qcow2->refcounts, (size_t)index, true, &block);
    if (code == 0) {
        *value = load(qcow2, block->entries,
                      cluster & ((1ull << block_bits(qcow2)) - 1));
    }
    return code;
}

/* ---- Room ---------------------------------------------------------------- */

/* The next clusters behind all others. */
static int take_fresh(struct qcow2 *qcow2, uint64_t count, uint64_t *first)
{
    const uint64_t end = (qcow2->end_cluster + count)
                         << qcow2->facts.cluster_bits;
    if (end > QCOW2_OFFSET >> 1) {
        return -EFBIG;
    }
    if (end > qcow2->file->size) {
        const uint64_t step = GROWTH;
        int code =
            image_file_resize(qcow2->file, (end + step - 1) / step * step);
        if (code != 0) {
            return code;
        }
    }
    *first = qcow2->end_cluster;
    qcow2->end_cluster += count;
    return 0;
}

static void resize_directory(struct qcow2_directory *directory, size_t count)
{
    uint64_t *entries = xcalloc(count + 1, sizeof(*entries));
    struct qcow2_table **tables =
        xcalloc(count + 1, sizeof(struct qcow2_table *));
    memcpy(entries, directory->entries, directory->count * sizeof(*entries));
    for (size_t i = 0; i < directory->held; i++) {
        tables[directory->list[i]->index] = directory->list[i];
    }
    free(directory->entries);
    free(directory->tables);
    directory->entries = entries;
    directory->tables = tables;
    directory->count = count;
    directory->dirty_from = 0;
    directory->dirty_to = count;
}

/* A refcount table with that entry, in another place. */
static int grow_table(struct qcow2 *qcow2, uint64_t index)
{
    struct qcow2_directory *directory = &qcow2->refcounts;
    uint64_t first;
    uint64_t bytes = 8 * (index + 1 + index / 2);
    if (8 * (index + 1) > QCOW2_REFCOUNTS_BYTES_MAX) {
        return -EFBIG;
    }
    if (bytes > QCOW2_REFCOUNTS_BYTES_MAX) {
        bytes = QCOW2_REFCOUNTS_BYTES_MAX;
    }
    const uint64_t clusters = qcow2_clusters_of(qcow2, bytes);
    int code = take_fresh(qcow2, clusters, &first);
    if (code != 0) {
        return code;
    }
    const uint64_t old = qcow2_cluster_of(qcow2, directory->offset);
    for (uint64_t i = 0; i < qcow2->facts.refcounts_clusters; i++) {
        qcow2_metadata_remove(qcow2, old + i);
        qcow2_clusters_add(&qcow2->unused, old + i);
    }
    resize_directory(directory,
                     (size_t)(clusters << qcow2->facts.cluster_bits) / 8);
    directory->offset = first << qcow2->facts.cluster_bits;
    qcow2->facts.refcounts_clusters = (uint32_t)clusters;
    qcow2->refcounts_moved = true;
    for (uint64_t i = 0; code == 0 && i < clusters; i++) {
        qcow2_metadata_add(qcow2, first + i);
        code = qcow2_refcount_set(qcow2, first + i, 1);
    }
    return code;
}

/* The block with an index, which comes to be if there was none. */
static int get_block(struct qcow2 *qcow2, uint64_t index,
                     struct qcow2_table **block)
{
    struct qcow2_directory *directory = &qcow2->refcounts;
    uint64_t cluster;
    int code = 0;
    if (index >= directory->count) {
        code = grow_table(qcow2, index);
    }
    if (code != 0) {
        return code;
    }
    if (directory->entries[index] != 0) {
        return qcow2_table_get(qcow2, directory, (size_t)index, true, block);
    }
    code = take_fresh(qcow2, 1, &cluster);
    if (code == 0) {
        *block = qcow2_table_add(qcow2, directory, (size_t)index, cluster);
        code = qcow2_refcount_set(qcow2, cluster, 1);
    }
    return code;
}

int qcow2_refcount_set(struct qcow2 *qcow2, uint64_t cluster, uint64_t value)
{
    struct qcow2_table *block;
    if (value > value_max(qcow2)) {
        return qcow2_contradicts(qcow2,
                                 "the refcount of cluster %llu goes below 0 or "
                                 "has no room",
                                 (unsigned long long)cluster);
    }
    int code = get_block(qcow2, cluster >> block_bits(qcow2), &block);
    if (code == 0) {
        store(qcow2, block->entries,
              cluster & ((1ull << block_bits(qcow2)) - 1), value);
        block->dirty = true;
    }
    return code;
}

/* ---- Allocation ---------------------------------------------------------- */

/* From the walk; 0 if it finds none. */
static int find_free(struct qcow2 *qcow2, uint64_t *cluster)
{
    *cluster = 0;
    while (qcow2->scan < qcow2->scan_end &&
           !qcow2_tables_are_many(qcow2, &qcow2->refcounts)) {
        uint64_t value;
        int code = qcow2_refcount_get(qcow2, qcow2->scan, &value);
        if (code != 0) {
            return code;
        }
        if (value == 0) {
            *cluster = qcow2->scan++;
            return 0;
        }
        qcow2->scan++;
    }
    return 0;
}

int qcow2_allocate(struct qcow2 *qcow2, uint64_t *cluster, bool *zeros)
{
    int code = 0;
    *zeros = false;
    *cluster = 0;
    if (qcow2->free.count != 0) {
        *cluster = qcow2->free.numbers[--qcow2->free.count];
    } else {
        code = find_free(qcow2, cluster);
    }
    if (code == 0 && *cluster != 0) {
        code = qcow2_check_new(qcow2, *cluster);
    }
    if (code == 0 && *cluster == 0) {
        *zeros = true;
        code = take_fresh(qcow2, 1, cluster);
    }
    return code != 0 ? code : qcow2_refcount_set(qcow2, *cluster, 1);
}

static void note_free(struct qcow2 *qcow2, uint64_t cluster)
{
    if (qcow2->free.count < FREE_MAX) {
        qcow2_clusters_add(&qcow2->free, cluster);
        return;
    }
    qcow2->scan = cluster < qcow2->scan ? cluster : qcow2->scan;
    qcow2->scan_end = cluster < qcow2->scan_end ? qcow2->scan_end : cluster + 1;
}

void qcow2_give_back(struct qcow2 *qcow2, uint64_t cluster)
{
    if (qcow2_refcount_set(qcow2, cluster, 0) == 0) {
        note_free(qcow2, cluster);
    }
}

void qcow2_release(struct qcow2 *qcow2, const struct qcow2_mapping *mapping)
{
    uint64_t offset = mapping->offset;
    uint64_t size = mapping->kind == QCOW2_ABSENT || offset == 0 ? 0 : 1;
    if (mapping->kind == QCOW2_PACKED) {
        qcow2_packed_range(qcow2, mapping->entry, &offset, &size);
    }
    for (uint64_t cluster = qcow2_cluster_of(qcow2, offset);
         cluster << qcow2->facts.cluster_bits < offset + size; cluster++) {
        qcow2_clusters_add(&qcow2->unused, cluster);
    }
}

/* Gives the room of clusters back to the host. */
static void punch(struct qcow2 *qcow2, uint64_t first, uint64_t count)
{
    const unsigned bits = qcow2->facts.cluster_bits;
    if (count != 0 && (first + count) << bits <= qcow2->file->size) {
        image_file_release(qcow2->file, first << bits, count << bits);
    }
}

int qcow2_drop_unused(struct qcow2 *qcow2)
{
    struct qcow2_clusters *unused = &qcow2->unused;
    uint64_t first = 0;
    uint64_t count = 0;
    int code = 0;
    for (size_t i = 0; code == 0 && i < unused->count; i++) {
        const uint64_t cluster = unused->numbers[i];
        uint64_t value;
        code = qcow2_refcount_get(qcow2, cluster, &value);
        if (code != 0 || value == 0) {
            continue;
        }
        code = qcow2_refcount_set(qcow2, cluster, value - 1);
        if (value != 1) {
            continue;
        }
        note_free(qcow2, cluster);
        if (first + count != cluster) {
            punch(qcow2, first, count);
            first = cluster;
            count = 0;
        }
        count++;
    }
    punch(qcow2, first, count);
    unused->count = 0;
    return code;
}
