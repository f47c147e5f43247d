/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings tables to the medium, in an order that leaves an image without errors
 * wherever the host stops between two writes, or loses those behind the last
 * sync:
 *
 *   1. blocks of refcounts, then the entries that name new ones, then the
 *      header that names a new table: nothing in use is ever counted as free;
 *   2. when those and all data are there, L2 tables, then the L1 entries that
 *      name new ones;
 *   3. when those are there, refcounts of what no table names any more go down,
 *      in memory: the next sync writes them.
 */
#include "backends/qcow2/qcow2.h"

#include "base/bits.h"

/* The place of the refcount table is one write. */
static int write_place(struct qcow2 *qcow2)
{
    uint8_t bytes[12];
    store_be32(bytes, (uint32_t)(qcow2->refcounts.offset >> 32));
    store_be32(bytes + 4, (uint32_t)qcow2->refcounts.offset);
    store_be32(bytes + 8, qcow2->facts.refcounts_clusters);
    int code = image_file_sync(qcow2->file);
    if (code == 0) {
        code = image_file_write(qcow2->file, QCOW2_H_REFCOUNTS_OFFSET, bytes,
                                sizeof(bytes), true);
    }
    qcow2->refcounts_moved = code != 0;
    return code;
}

static int write_refcounts(struct qcow2 *qcow2)
{
    int code = qcow2_tables_write(qcow2, &qcow2->refcounts);
    if (code == 0 && qcow2_directory_is_dirty(&qcow2->refcounts)) {
        code = image_file_sync(qcow2->file);
        if (code == 0) {
            code = qcow2_directory_write(qcow2, &qcow2->refcounts);
        }
    }
    return code == 0 && qcow2->refcounts_moved ? write_place(qcow2) : code;
}

static int write_mappings(struct qcow2 *qcow2)
{
    if (!qcow2_tables_are_dirty(&qcow2->l1) &&
        !qcow2_directory_is_dirty(&qcow2->l1)) {
        return 0;
    }
    int code = image_file_sync(qcow2->file);
    if (code == 0) {
        code = qcow2_tables_write(qcow2, &qcow2->l1);
    }
    if (code == 0 && qcow2_directory_is_dirty(&qcow2->l1)) {
        code = image_file_sync(qcow2->file);
        if (code == 0) {
            code = qcow2_directory_write(qcow2, &qcow2->l1);
        }
    }
    return code;
}

int qcow2_sync_locked(struct qcow2 *qcow2)
{
    if (qcow2->broken != 0) {
        return qcow2->broken;
    }
    int code = write_refcounts(qcow2);
    if (code == 0) {
        code = write_mappings(qcow2);
    }
    if (code == 0 && !image_file_is_synced(qcow2->file)) {
        code = image_file_sync(qcow2->file);
    }
    return code == 0 && qcow2->unused.count != 0 ? qcow2_drop_unused(qcow2)
                                                 : code;
}
