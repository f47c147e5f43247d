/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which clusters of the file have metadata: the header, the L1 table, the
 * refcount table and what these two name. Data are never written there, nor are
 * such clusters allocated or released, whatever an entry says; an image in
 * which one does is marked as corrupt and not written any more.
 *
 * A set of cluster numbers with open addressing; 0 is an empty slot, so it has
 * each number plus 1.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/buffer.h"

/* ---- The set ------------------------------------------------------------- */

static size_t home_of(const struct qcow2_metadata *set, uint64_t key)
{
    return (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & (set->room - 1);
}

/* The slot that has the key, or the empty one where it would be. */
static size_t slot_of(const struct qcow2_metadata *set, uint64_t key)
{
    size_t slot = home_of(set, key);
    while (set->slots[slot] != 0 && set->slots[slot] != key) {
        slot = (slot + 1) & (set->room - 1);
    }
    return slot;
}

bool qcow2_is_metadata(const struct qcow2 *qcow2, uint64_t cluster)
{
    const struct qcow2_metadata *set = &qcow2->metadata;
    return set->room != 0 && set->slots[slot_of(set, cluster + 1)] != 0;
}

void qcow2_metadata_add(struct qcow2 *qcow2, uint64_t cluster)
{
    struct qcow2_metadata *set = &qcow2->metadata;
    if (2 * set->count >= set->room) {
        const struct qcow2_metadata old = *set;
        set->room = old.room ? 2 * old.room : 64;
        set->slots = xcalloc(set->room, sizeof(*set->slots));
        for (size_t i = 0; i < old.room; i++) {
            if (old.slots[i] != 0) {
                set->slots[slot_of(set, old.slots[i])] = old.slots[i];
            }
        }
        free(old.slots);
    }
    const size_t slot = slot_of(set, cluster + 1);
    set->count += set->slots[slot] == 0;
    set->slots[slot] = cluster + 1;
}

void qcow2_metadata_remove(struct qcow2 *qcow2, uint64_t cluster)
{
    struct qcow2_metadata *set = &qcow2->metadata;
    size_t slot = slot_of(set, cluster + 1);
    if (set->slots[slot] == 0) {
        return;
    }
    set->slots[slot] = 0;
    set->count--;
    /* Entries behind it, up to an empty slot, may have been put there only
     * because it was in their way. */
    for (;;) {
        slot = (slot + 1) & (set->room - 1);
        const uint64_t key = set->slots[slot];
        if (key == 0) {
            return;
        }
        set->slots[slot] = 0;
        set->slots[slot_of(set, key)] = key;
    }
}

/* ---- Contradictions ------------------------------------------------------ */

/* For messages: what is in a cluster of metadata. */
static void name_cluster(const struct qcow2 *qcow2, uint64_t cluster,
                         char *name, size_t size)
{
    const struct {
        const struct qcow2_directory *directory;
        const char *table;
        const char *below;
    } rows[] = {
        {&qcow2->refcounts, "the refcount table", "refcount block"          },
        {&qcow2->l1,        "the L1 table",       "the L2 table of L1 entry"},
    };
    snprintf(name, size, "the header");
    for (size_t i = 0; cluster != 0 && i < ARRAY_SIZE(rows); i++) {
        const struct qcow2_directory *directory = rows[i].directory;
        const uint64_t first = qcow2_cluster_of(qcow2, directory->offset);
        if (cluster >= first &&
            cluster - first < qcow2_clusters_of(qcow2, 8 * directory->count)) {
            snprintf(name, size, "%s", rows[i].table);
            return;
        }
    }
    for (size_t i = 0; cluster != 0 && i < ARRAY_SIZE(rows); i++) {
        const struct qcow2_directory *directory = rows[i].directory;
        for (size_t entry = 0; entry < directory->count; entry++) {
            if (qcow2_cluster_of(qcow2, directory->entries[entry] &
                                            QCOW2_OFFSET) == cluster) {
                snprintf(name, size, "%s %zu", rows[i].below, entry);
                return;
            }
        }
    }
}

int qcow2_contradicts(struct qcow2 *qcow2, const char *format, ...)
{
    struct qcow2_facts *facts = &qcow2->facts;
    char text[300];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    bool marks = qcow2->writes && facts->version >= 3 &&
                 (facts->incompatible & QCOW2_CORRUPT) == 0;
    if (marks) {
        facts->incompatible |= QCOW2_CORRUPT;
        marks = qcow2_write_header(qcow2, QCOW2_H_INCOMPATIBLE,
                                   facts->incompatible, 8) == 0 &&
                image_file_sync(qcow2->file) == 0;
    }
    qcow2->broken = -EUCLEAN;
    return error_set(&qcow2->image->trouble, -EUCLEAN, "%s%s%s", text,
                     marks ? "; the image is marked as corrupt" : "",
                     qcow2->writes ? "; it is not written any more" : "");
}

int qcow2_check_mapping(struct qcow2 *qcow2, uint64_t offset,
                        const struct qcow2_mapping *mapping)
{
    const unsigned bits = qcow2->facts.cluster_bits;
    uint64_t place = mapping->offset;
    uint64_t size = 1;
    if (mapping->kind != QCOW2_PACKED && place == 0) {
        return 0;
    }
    if (mapping->kind == QCOW2_PACKED) {
        qcow2_packed_range(qcow2, mapping->entry, &place, &size);
    }
    for (uint64_t cluster = place >> bits; cluster << bits < place + size;
         cluster++) {
        char name[64];
        if (qcow2_is_metadata(qcow2, cluster)) {
            const size_t index =
                (size_t)(qcow2_cluster_of(qcow2, offset) >> qcow2->l2_bits);
            name_cluster(qcow2, cluster, name, sizeof(name));
            return qcow2_contradicts(
                qcow2,
                "entry %zu of the L2 table at 0x%llx (L1 entry %zu) names "
                "0x%llx, where %s is",
                qcow2_l2_index(qcow2, offset),
                (unsigned long long)(qcow2->l1.entries[index] & QCOW2_OFFSET),
                index, (unsigned long long)place, name);
        }
    }
    return 0;
}

int qcow2_check_new(struct qcow2 *qcow2, uint64_t cluster)
{
    char name[64];
    if (!qcow2_is_metadata(qcow2, cluster)) {
        return 0;
    }
    name_cluster(qcow2, cluster, name, sizeof(name));
    return qcow2_contradicts(
        qcow2,
        "the refcount of cluster %llu at 0x%llx is 0, "
        "where %s is",
        (unsigned long long)cluster,
        (unsigned long long)cluster << qcow2->facts.cluster_bits, name);
}

/* ---- Opening ------------------------------------------------------------- */

static int add_new(struct qcow2 *qcow2, uint64_t cluster, const char *table,
                   size_t index)
{
    char name[64];
    if (!qcow2_is_metadata(qcow2, cluster)) {
        qcow2_metadata_add(qcow2, cluster);
        return 0;
    }
    name_cluster(qcow2, cluster, name, sizeof(name));
    return qcow2_contradicts(
        qcow2, "entry %zu of %s names 0x%llx, where %s is", index, table,
        (unsigned long long)cluster << qcow2->facts.cluster_bits, name);
}

/* The clusters of a table itself, which are counted as in use. */
static int add_table(struct qcow2 *qcow2,
                     const struct qcow2_directory *directory, const char *name)
{
    const uint64_t first = qcow2_cluster_of(qcow2, directory->offset);
    const uint64_t count = qcow2_clusters_of(qcow2, 8 * directory->count);
    for (uint64_t i = 0; i < count; i++) {
        if (qcow2_is_metadata(qcow2, first + i)) {
            return qcow2_contradicts(
                qcow2, "%s at 0x%llx overlaps other metadata", name,
                (unsigned long long)directory->offset);
        }
        qcow2_metadata_add(qcow2, first + i);
    }
    return 0;
}

static int add_entries(struct qcow2 *qcow2,
                       const struct qcow2_directory *directory,
                       const char *name)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < directory->count; i++) {
        if (directory->entries[i] != 0) {
            code = qcow2_check_entry(qcow2, directory, i);
        }
        if (code == 0 && directory->entries[i] != 0) {
            code = add_new(
                qcow2,
                qcow2_cluster_of(qcow2, directory->entries[i] & QCOW2_OFFSET),
                name, i);
        }
    }
    return code;
}

/* An image whose refcounts are known to be wrong is counted anew instead. */
static int check_counted(struct qcow2 *qcow2)
{
    const struct qcow2_directory *const directories[] = {&qcow2->refcounts,
                                                         &qcow2->l1};
    uint64_t value = 1;
    int code = 0;
    if ((qcow2->facts.incompatible & QCOW2_DIRTY) != 0) {
        return 0;
    }
    code = qcow2_refcount_get(qcow2, 0, &value);
    uint64_t cluster = 0;
    for (size_t i = 0; code == 0 && value != 0 && i < ARRAY_SIZE(directories);
         i++) {
        if (directories[i]->count != 0) {
            cluster = qcow2_cluster_of(qcow2, directories[i]->offset);
            code = qcow2_refcount_get(qcow2, cluster, &value);
        }
    }
    return code == 0 && value == 0 ? qcow2_check_new(qcow2, cluster) : code;
}

int qcow2_metadata_read(struct qcow2 *qcow2)
{
    static const char l1[] = "the L1 table";
    static const char refcounts[] = "the refcount table";
    qcow2_metadata_add(qcow2, 0);
    int code = add_table(qcow2, &qcow2->refcounts, refcounts);
    if (code == 0) {
        code = add_table(qcow2, &qcow2->l1, l1);
    }
    if (code == 0) {
        code = add_entries(qcow2, &qcow2->refcounts, refcounts);
    }
    if (code == 0) {
        code = add_entries(qcow2, &qcow2->l1, l1);
    }
    return code != 0 ? code : check_counted(qcow2);
}

/* ---- All entries --------------------------------------------------------- */

static int check_table(struct qcow2 *qcow2, size_t index)
{
    const uint64_t entries = 1ull << qcow2->l2_bits;
    int code = 0;
    for (uint64_t i = 0; code == 0 && i < entries; i++) {
        const uint64_t offset = (index * entries + i)
                                << qcow2->facts.cluster_bits;
        struct qcow2_table *table;
        struct qcow2_mapping mapping;
        code = qcow2_map(qcow2, offset, false, true, &table, &mapping);
        if (code == 0) {
            code = qcow2_check_mapping(qcow2, offset, &mapping);
        }
    }
    return code;
}

int qcow2_check(struct image *image)
{
    struct qcow2 *qcow2 = image->state;
    pthread_mutex_lock(&qcow2->lock);
    int code = qcow2_refcounts_read(qcow2);
    if (code == 0) {
        code = qcow2_metadata_read(qcow2);
    }
    for (size_t i = 0; code == 0 && i < qcow2->l1.count; i++) {
        code = qcow2_tables_trim(qcow2, true);
        if (code == 0 && qcow2->l1.entries[i] != 0) {
            code = check_table(qcow2, i);
        }
    }
    pthread_mutex_unlock(&qcow2->lock);
    return code;
}
