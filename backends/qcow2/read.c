/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of the disk: from clusters, from the backing image, or zeros. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "backends/qcow2/qcow2.h"
#include "base/assert.h"
#include "base/buffer.h"

/* ---- Compressed clusters ------------------------------------------------- */

static int inflate_cluster(const struct qcow2 *qcow2, const uint8_t *packed,
                           uint64_t size, uint8_t *bytes)
{
    z_stream stream = {.avail_in = (unsigned)size,
                       .avail_out = qcow2->cluster_size};
    memcpy(&stream.next_in, &packed, sizeof(packed)); /* zlib lacks a const */
    stream.next_out = bytes;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return -ENOMEM;
    }
    int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return (status == Z_STREAM_END || status == Z_BUF_ERROR) &&
                   stream.avail_out == 0
               ? 0
               : -EUCLEAN;
}

/* One frame, and whatever fills the last sector behind it. Its window, which is
 * memory of ours, is at most what each decoder should have (RFC 8878,
 * 3.1.1.1.2). */
static int unzstd_cluster(const struct qcow2 *qcow2, const uint8_t *packed,
                          uint64_t size, uint8_t *bytes)
{
    enum { WINDOW_BITS = 23 };
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {packed, (size_t)size, 0};
    ZSTD_outBuffer out = {.size = qcow2->cluster_size};
    if (!stream) {
        return -ENOMEM;
    }
    out.dst = bytes;
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_BITS);
    /* Output is as large as it may get, so one call does all, or there is no
     * more input. */
    size_t left = ZSTD_decompressStream(stream, &out, &in);
    ZSTD_freeDStream(stream);
    return left == 0 && out.pos == out.size ? 0 : -EUCLEAN;
}

/* The cluster is in qcow2->unpacked then; -EUCLEAN if it is not whole. */
int qcow2_unpack(struct qcow2 *qcow2, const struct qcow2_mapping *mapping)
{
    uint64_t offset;
    uint64_t size;
    if (qcow2->unpacked && qcow2->unpacked_entry == mapping->entry) {
        return 0;
    }
    if (!qcow2->unpacked) {
        qcow2->unpacked = xcalloc(1, qcow2->cluster_size);
    }
    /* An entry has no room for more than two clusters. */
    qcow2_packed_range(qcow2, mapping->entry, &offset, &size);
    debug_assert(size <= 2ull * qcow2->cluster_size);
    uint8_t *packed = xcalloc(1, (size_t)size);
    int code = image_file_read(qcow2->file, offset, packed, (size_t)size, true);
    qcow2->unpacked_entry = 0;
    if (code == 0) {
        code = qcow2->facts.compression == QCOW2_ZSTD
                   ? unzstd_cluster(qcow2, packed, size, qcow2->unpacked)
                   : inflate_cluster(qcow2, packed, size, qcow2->unpacked);
    }
    if (code == 0) {
        qcow2->unpacked_entry = mapping->entry;
    }
    free(packed);
    return code;
}

/* ---- Reads --------------------------------------------------------------- */

bool qcow2_is_bare(const struct qcow2 *qcow2, uint64_t offset)
{
    const struct image *backing = qcow2->image->backing;
    return !backing || offset >= backing->size_bytes;
}

/* From a place that does not need the lock. */
static int read_place(struct qcow2 *qcow2, const struct qcow2_mapping *mapping,
                      uint64_t offset, void *bytes, size_t size, bool wait)
{
    const uint64_t in = offset & (qcow2->cluster_size - 1);
    if (mapping->kind == QCOW2_DATA) {
        return image_file_read(qcow2->file, mapping->offset + in, bytes, size,
                               wait);
    }
    if (mapping->kind == QCOW2_ABSENT && qcow2->image->backing) {
        return image_read(qcow2->image->backing, offset, bytes, size, wait);
    }
    memset(bytes, 0, size);
    return 0;
}

int qcow2_read_mapped(struct qcow2 *qcow2, const struct qcow2_mapping *mapping,
                      uint64_t offset, void *bytes, size_t size, bool wait)
{
    if (mapping->kind != QCOW2_PACKED) {
        return read_place(qcow2, mapping, offset, bytes, size, wait);
    }
    if (!wait && qcow2->unpacked_entry != mapping->entry) {
        return -EAGAIN;
    }
    int code = qcow2_unpack(qcow2, mapping);
    const uint64_t in = offset & (qcow2->cluster_size - 1);
    assert(in + size <= qcow2->cluster_size);
    if (code == 0) {
        memcpy(bytes, qcow2->unpacked + in, size);
    }
    return code;
}

/* True if a cluster goes on where the one before ends. */
static bool goes_on(const struct qcow2 *qcow2,
                    const struct qcow2_mapping *first,
                    const struct qcow2_mapping *next, uint64_t clusters)
{
    return next->kind == first->kind && next->own == first->own &&
           first->kind != QCOW2_PACKED &&
           (first->kind == QCOW2_ABSENT ||
            (first->offset == 0
                 ? next->offset == 0
                 : next->offset ==
                       first->offset +
                           (clusters << qcow2->facts.cluster_bits)));
}

/* How much of the disk from offset on is as the mapping says, up to size. */
static uint64_t run_length(const struct qcow2 *qcow2,
                           const struct qcow2_table *table,
                           const struct qcow2_mapping *mapping, uint64_t offset,
                           uint64_t size)
{
    const uint64_t table_bytes = (uint64_t)qcow2->cluster_size
                                 << qcow2->l2_bits;
    uint64_t length =
        qcow2->cluster_size - (offset & (qcow2->cluster_size - 1));
    if (!table) {
        length = table_bytes - (offset & (table_bytes - 1));
        return length < size ? length : size;
    }
    const size_t index = qcow2_l2_index(qcow2, offset);
    for (size_t i = 1; length < size && index + i < 1ull << qcow2->l2_bits;
         i++) {
        struct qcow2_mapping next;
        if (qcow2_decode(qcow2, qcow2_load(table, index + i), &next) != 0 ||
            !goes_on(qcow2, mapping, &next, i)) {
            break;
        }
        length += qcow2->cluster_size;
    }
    return length < size ? length : size;
}

static int lock(struct qcow2 *qcow2, bool wait)
{
    if (wait) {
        pthread_mutex_lock(&qcow2->lock);
        return 0;
    }
    return pthread_mutex_trylock(&qcow2->lock) == 0 ? 0 : -EAGAIN;
}

/* Where the run at offset is and how long it is. With the lock. */
static int look(struct qcow2 *qcow2, uint64_t offset, uint64_t size, bool wait,
                struct qcow2_mapping *mapping, uint64_t *length)
{
    struct qcow2_table *table;
    int code = qcow2_tables_trim(qcow2, wait);
    if (code == 0) {
        code = qcow2_map(qcow2, offset, false, wait, &table, mapping);
    }
    if (code == 0) {
        *length = run_length(qcow2, table, mapping, offset, size);
    }
    return code;
}

int qcow2_read(struct image *image, uint64_t offset, void *bytes, size_t size,
               bool wait)
{
    struct qcow2 *qcow2 = image->state;
    uint8_t *to = bytes;
    while (size != 0) {
        struct qcow2_mapping mapping;
        uint64_t length;
        int code = lock(qcow2, wait);
        if (code != 0) {
            return code;
        }
        code = look(qcow2, offset, size, wait, &mapping, &length);
        if (code == 0 && mapping.kind == QCOW2_PACKED) {
            code = qcow2_read_mapped(qcow2, &mapping, offset, to,
                                     (size_t)length, wait);
        }
        pthread_mutex_unlock(&qcow2->lock);
        if (code == 0 && mapping.kind != QCOW2_PACKED) {
            code =
                read_place(qcow2, &mapping, offset, to, (size_t)length, wait);
        }
        if (code != 0) {
            return code;
        }
        offset += length;
        to += length;
        size -= (size_t)length;
    }
    return 0;
}

int qcow2_run(struct image *image, uint64_t offset, uint64_t size,
              struct image_run *run)
{
    struct qcow2 *qcow2 = image->state;
    struct qcow2_mapping mapping;
    pthread_mutex_lock(&qcow2->lock);
    int code = look(qcow2, offset, size, true, &mapping, &run->size);
    pthread_mutex_unlock(&qcow2->lock);
    if (code != 0) {
        return code;
    }
    const bool backed = qcow2->facts.backing[0] != '\0';
    run->host_offset = mapping.offset + (offset & (qcow2->cluster_size - 1));
    run->place = mapping.kind == QCOW2_DATA     ? IMAGE_STORED
                 : mapping.kind == QCOW2_PACKED ? IMAGE_COMPRESSED
                 : mapping.kind == QCOW2_ZEROS  ? IMAGE_ZERO
                 : backed                       ? IMAGE_BACKED
                                                : IMAGE_HOLE;
    return 0;
}
