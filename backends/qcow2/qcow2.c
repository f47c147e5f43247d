/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes an image of the format qcow2. */
#include "backends/qcow2/qcow2.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* ---- Opening ------------------------------------------------------------- */

static int read_tables(struct qcow2 *qcow2, struct error *error)
{
    const struct qcow2_facts *facts = &qcow2->facts;
    int code = qcow2_directory_read(qcow2, &qcow2->l1, facts->l1_offset,
                                    facts->l1_entries);
    if (code == 0 && !qcow2->file->read_only) {
        code = qcow2_refcounts_read(qcow2);
    }
    return code == 0 ? 0
                     : error_set(error, code, "cannot read '%s': %s",
                                 qcow2->file->path, strerror(-code));
}

/* The file ends with a cluster; what writers clear or repair first is. */
static int open_to_write(struct qcow2 *qcow2, struct error *error)
{
    struct qcow2_facts *facts = &qcow2->facts;
    int code = 0;
    code = qcow2_metadata_read(qcow2);
    if (code != 0) {
        return error_set(error, code, "'%s': %s: it can only be read",
                         qcow2->file->path, image_why(qcow2->image, code));
    }
    qcow2->writes = true;
    qcow2->end_cluster = qcow2_clusters_of(qcow2, qcow2->file->size);
    qcow2->scan = 1;
    qcow2->scan_end = qcow2->end_cluster;
    if (qcow2->file->size % qcow2->cluster_size != 0) {
        code = image_file_resize(qcow2->file,
                                 qcow2->end_cluster << facts->cluster_bits);
    }
    if (code == 0 && facts->autoclear != 0) {
        code = qcow2_write_header(qcow2, QCOW2_H_AUTOCLEAR, 0, 8);
    }
    if (code != 0) {
        return error_set(error, code, "cannot write '%s': %s",
                         qcow2->file->path, strerror(-code));
    }
    return (facts->incompatible & QCOW2_DIRTY) != 0 ? qcow2_repair(qcow2, error)
                                                    : 0;
}

static int open_qcow2(struct image *image, struct error *error)
{
    struct qcow2 *qcow2 = image->state;
    struct qcow2_facts *facts = &qcow2->facts;
    qcow2->image = image;
    qcow2->file = &image->file;
    int code =
        qcow2_read_header(&image->file, image->options->look, facts, error);
    if (code != 0) {
        return code;
    }
    qcow2->cluster_size = 1u << facts->cluster_bits;
    qcow2->l2_bits = facts->cluster_bits - 3;
    image->size_bytes = facts->size_bytes;
    image->granule_bytes = qcow2->cluster_size;
    pthread_mutex_init(&qcow2->lock, NULL);
    qcow2->locked = true;
    code = read_tables(qcow2, error);
    if (code == 0 && facts->backing[0] != '\0' && !image->options->alone) {
        code = image_open_backing(
            image, facts->backing,
            facts->backing_format[0] != '\0' ? facts->backing_format : NULL,
            error);
    }
    if (code == 0 && !image->file.read_only) {
        code = open_to_write(qcow2, error);
    }
    qcow2->broken = code;
    return code;
}

/* ---- Closing ------------------------------------------------------------- */

/* A sync leaves refcounts that went down in memory. */
static void leave(struct qcow2 *qcow2)
{
    const uint64_t end = qcow2->end_cluster << qcow2->facts.cluster_bits;
    if (qcow2_tables_are_dirty(&qcow2->refcounts)) {
        qcow2_sync_locked(qcow2);
    }
    if (qcow2->broken == 0 && end != 0 && qcow2->file->size > end) {
        image_file_resize(qcow2->file, end);
    }
}

static void close_qcow2(struct image *image)
{
    struct qcow2 *qcow2 = image->state;
    if (!qcow2->locked) {
        return;
    }
    if (!image->file.read_only && image->granule_bytes != 0) {
        leave(qcow2);
    }
    qcow2_directory_fini(&qcow2->l1);
    qcow2_directory_fini(&qcow2->refcounts);
    free(qcow2->free.numbers);
    free(qcow2->unused.numbers);
    free(qcow2->unpacked);
    free(qcow2->metadata.slots);
    pthread_mutex_destroy(&qcow2->lock);
}

static int sync_qcow2(struct image *image)
{
    struct qcow2 *qcow2 = image->state;
    pthread_mutex_lock(&qcow2->lock);
    int code = qcow2_sync_locked(qcow2);
    pthread_mutex_unlock(&qcow2->lock);
    return code;
}

static bool is_synced_qcow2(struct image *image)
{
    struct qcow2 *qcow2 = image->state;
    if (pthread_mutex_trylock(&qcow2->lock) != 0) {
        return false;
    }
    bool synced = image_file_is_synced(&image->file) &&
                  !qcow2_tables_are_dirty(&qcow2->l1) &&
                  !qcow2_directory_is_dirty(&qcow2->l1);
    pthread_mutex_unlock(&qcow2->lock);
    return synced;
}

const struct image_type image_qcow2 = {
    .name = "qcow2",
    .state_size = sizeof(struct qcow2),
    .create = qcow2_create,
    .open = open_qcow2,
    .close = close_qcow2,
    .read = qcow2_read,
    .write = qcow2_write,
    .zero = qcow2_zero,
    .sync = sync_qcow2,
    .is_synced = is_synced_qcow2,
    .run = qcow2_run,
    .describe = qcow2_describe,
    .check = qcow2_check,
};
