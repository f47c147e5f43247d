/* SPDX-License-Identifier: Apache-2.0 */
/* Makes refcounts right that the image says may be wrong: who wrote it kept
 * them in memory ("lazy refcounts") and was stopped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/buffer.h"

/* More clusters than this are not counted: 4 TiB of 64 KiB each. */
enum { CLUSTERS_MAX = 1 << 26 };

struct counts {
    struct qcow2 *qcow2;
    uint16_t *counts;
    uint64_t clusters;
};

static int count(struct counts *counts, uint64_t offset, uint64_t size)
{
    const unsigned bits = counts->qcow2->facts.cluster_bits;
    for (uint64_t cluster = offset >> bits; cluster << bits < offset + size;
         cluster++) {
        if (cluster >= counts->clusters ||
            counts->counts[cluster] == UINT16_MAX) {
            return -EUCLEAN;
        }
        counts->counts[cluster]++;
    }
    return 0;
}

static int count_entry(struct counts *counts, uint64_t entry)
{
    struct qcow2_mapping mapping;
    uint64_t offset;
    uint64_t size;
    int code = qcow2_decode(counts->qcow2, entry, &mapping);
    if (code != 0 || entry == 0) {
        return code;
    }
    if (mapping.kind == QCOW2_PACKED) {
        qcow2_packed_range(counts->qcow2, entry, &offset, &size);
        /* The last sector may be said to reach behind the end. */
        const uint64_t end = counts->qcow2->end_cluster
                             << counts->qcow2->facts.cluster_bits;
        return count(counts, offset, size < end - offset ? size : end - offset);
    }
    return mapping.offset == 0 ? 0 : count(counts, mapping.offset, 1);
}

static int count_table(struct counts *counts, size_t index)
{
    struct qcow2 *qcow2 = counts->qcow2;
    struct qcow2_table *table = NULL;
    int code = qcow2_tables_trim(qcow2, true);
    if (code == 0) {
        code = qcow2_table_get(qcow2, &qcow2->l1, index, true, &table);
    }
    if (code != 0) {
        return code;
    }
    code = count(counts, table->offset, 1);
    for (size_t i = 0; code == 0 && i < 1ull << qcow2->l2_bits; i++) {
        code = count_entry(counts, qcow2_load(table, i));
    }
    return code;
}

static int count_all(struct counts *counts)
{
    struct qcow2 *qcow2 = counts->qcow2;
    int code = count(counts, 0, 1);
    if (code == 0 && qcow2->l1.count != 0) {
        code = count(counts, qcow2->l1.offset, 8 * qcow2->l1.count);
    }
    if (code == 0) {
        code =
            count(counts, qcow2->refcounts.offset, 8 * qcow2->refcounts.count);
    }
    for (size_t i = 0; code == 0 && i < qcow2->refcounts.count; i++) {
        if (qcow2->refcounts.entries[i] != 0) {
            code = count(counts, qcow2->refcounts.entries[i] & QCOW2_OFFSET, 1);
        }
    }
    for (size_t i = 0; code == 0 && i < qcow2->l1.count; i++) {
        if (qcow2->l1.entries[i] != 0) {
            code = count_table(counts, i);
        }
    }
    return code;
}

static int correct(struct counts *counts)
{
    struct qcow2 *qcow2 = counts->qcow2;
    int code = 0;
    for (uint64_t i = 0; code == 0 && i < counts->clusters; i++) {
        uint64_t value;
        code = qcow2_refcount_get(qcow2, i, &value);
        if (code == 0 && value != counts->counts[i]) {
            code = qcow2_refcount_set(qcow2, i, counts->counts[i]);
        }
        if (code == 0 && qcow2_tables_are_many(qcow2, &qcow2->refcounts)) {
            code = qcow2_tables_trim(qcow2, true);
        }
    }
    return code == 0 ? qcow2_sync_locked(qcow2) : code;
}

int qcow2_repair(struct qcow2 *qcow2, struct error *error)
{
    struct counts counts = {.qcow2 = qcow2, .clusters = qcow2->end_cluster};
    int code = counts.clusters > CLUSTERS_MAX ? -EFBIG : 0;
    if (code == 0) {
        counts.counts =
            xcalloc((size_t)counts.clusters + 1, sizeof(*counts.counts));
        code = count_all(&counts);
    }
    if (code == 0) {
        code = correct(&counts);
    }
    if (code == 0) {
        code = qcow2_write_header(
            qcow2, QCOW2_H_INCOMPATIBLE,
            qcow2->facts.incompatible & ~(uint64_t)QCOW2_DIRTY, 8);
    }
    free(counts.counts);
    return code == 0 ? 0
                     : error_set(error, code,
                                 "'%s': was not closed, and its refcounts "
                                 "cannot be repaired: %s",
                                 qcow2->file->path, strerror(-code));
}
