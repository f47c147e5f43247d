/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an empty image: header, refcount table, blocks of refcounts, L1 table,
 * one behind the other; and says what an image is. */
#include <errno.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/buffer.h"

enum { REFCOUNT_BITS = 16, REFCOUNT_ORDER = 4 };

/* In clusters. */
struct places {
    uint64_t cluster_size;
    uint64_t table; /* of refcounts, at 1 */
    uint64_t blocks;
    uint64_t l1;
    uint64_t l1_entries;
    uint64_t all;
};

static uint64_t divide_up(uint64_t value, uint64_t by)
{
    return value / by + (value % by != 0);
}

static void place(struct places *places, uint64_t size, unsigned bits)
{
    *places = (struct places){.cluster_size = 1ull << bits, .blocks = 1};
    const uint64_t per_block = places->cluster_size * 8 / REFCOUNT_BITS;
    places->l1_entries = divide_up(size, 1ull << (2 * bits - 3));
    places->l1 = divide_up(8 * places->l1_entries, places->cluster_size);
    do {
        places->blocks = divide_up(places->all, per_block);
        places->blocks += places->blocks == 0;
        places->table = divide_up(8 * places->blocks, places->cluster_size);
        places->all = 1 + places->table + places->blocks + places->l1;
    } while (places->blocks * per_block < places->all);
}

static void store64(uint8_t *at, uint64_t value)
{
    store_be32(at, (uint32_t)(value >> 32));
    store_be32(at + 4, (uint32_t)value);
}

/* An extension, a name, and the end. */
static size_t put_backing(uint8_t *bytes, const struct image_layout *layout)
{
    uint8_t *at = bytes + QCOW2_H3_SIZE;
    if (layout->backing) {
        const size_t length = strlen(layout->backing_format);
        store_be32(at, QCOW2_E_BACKING_FORMAT);
        store_be32(at + 4, (uint32_t)length);
        memcpy(at + 8, layout->backing_format, length);
        at += 8 + (length + 7) / 8 * 8;
    }
    at += 8; /* the end */
    if (layout->backing) {
        const size_t length = strlen(layout->backing);
        store64(bytes + QCOW2_H_BACKING_OFFSET, (uint64_t)(at - bytes));
        store_be32(bytes + QCOW2_H_BACKING_SIZE, (uint32_t)length);
        memcpy(at, layout->backing, length);
        at += length;
    }
    return (size_t)(at - bytes);
}

static int write_header(struct image_file *file,
                        const struct image_layout *layout,
                        const struct places *places, unsigned bits)
{
    uint8_t bytes[2048] = {0};
    store_be32(bytes, QCOW2_MAGIC);
    store_be32(bytes + QCOW2_H_VERSION, 3);
    store_be32(bytes + QCOW2_H_CLUSTER_BITS, bits);
    store64(bytes + QCOW2_H_SIZE, layout->size_bytes);
    store_be32(bytes + QCOW2_H_L1_ENTRIES, (uint32_t)places->l1_entries);
    store64(bytes + QCOW2_H_L1_OFFSET, (1 + places->table + places->blocks)
                                           << bits);
    store64(bytes + QCOW2_H_REFCOUNTS_OFFSET, 1ull << bits);
    store_be32(bytes + QCOW2_H_REFCOUNTS_CLUSTERS, (uint32_t)places->table);
    store_be32(bytes + QCOW2_H_REFCOUNT_ORDER, REFCOUNT_ORDER);
    store_be32(bytes + QCOW2_H_LENGTH, QCOW2_H3_SIZE);
    return image_file_write(file, 0, bytes, put_backing(bytes, layout), true);
}

static int write_refcounts(struct image_file *file, const struct places *places,
                           unsigned bits)
{
    struct buffer table = {0};
    struct buffer counts = {0};
    for (uint64_t i = 0; i < places->blocks; i++) {
        store64(buffer_grow(&table, 8), (1 + places->table + i) << bits);
    }
    for (uint64_t i = 0; i < places->all; i++) {
        static const uint8_t one[] = {0, 1};
        buffer_append(&counts, one, sizeof(one));
    }
    int code =
        image_file_write(file, 1ull << bits, table.bytes, table.size, true);
    if (code == 0) {
        code = image_file_write(file, (1 + places->table) << bits, counts.bytes,
                                counts.size, true);
    }
    buffer_fini(&table);
    buffer_fini(&counts);
    return code;
}

int qcow2_create(struct image_file *file, const struct image_layout *layout,
                 struct error *error)
{
    const unsigned bits = layout->cluster_bits ? layout->cluster_bits : 16;
    struct places places;
    if (bits < 12 || bits > QCOW2_CLUSTER_BITS_MAX) {
        return error_set(error, -EINVAL,
                         "clusters of %u bytes are not of 4 KiB to 2 MiB",
                         1u << bits);
    }
    if (layout->backing && strlen(layout->backing) > QCOW2_NAME_MAX) {
        return error_set(error, -ENAMETOOLONG,
                         "the name '%s' of the backing image is too long",
                         layout->backing);
    }
    if (layout->size_bytes > INT64_MAX ||
        8 * (layout->size_bytes >> (2 * bits - 3)) >= QCOW2_L1_BYTES_MAX) {
        return error_set(error, -EFBIG,
                         "a disk of %llu bytes is too large for clusters of "
                         "%u",
                         (unsigned long long)layout->size_bytes, 1u << bits);
    }
    place(&places, layout->size_bytes, bits);
    int code = image_file_resize(file, places.all << bits);
    if (code == 0) {
        code = write_refcounts(file, &places, bits);
    }
    /* Last, so that a file without it is no image. */
    if (code == 0) {
        code = write_header(file, layout, &places, bits);
    }
    return code == 0 ? 0
                     : error_set(error, code, "cannot write '%s': %s",
                                 file->path, strerror(-code));
}

void qcow2_describe(const struct image *image, struct image_facts *facts)
{
    const struct qcow2 *qcow2 = image->state;
    *facts = (struct image_facts){
        .version = qcow2->facts.version,
        .cluster_size = qcow2->cluster_size,
        .refcount_bits = 1u << qcow2->facts.refcount_order,
        .backing =
            qcow2->facts.backing[0] != '\0' ? qcow2->facts.backing : NULL,
        .backing_format = qcow2->facts.backing_format[0] != '\0'
                              ? qcow2->facts.backing_format
                              : NULL,
        .refused =
            qcow2->facts.refused[0] != '\0' ? qcow2->facts.refused : NULL,
        .snapshots = qcow2->facts.snapshots,
        .dirty = (qcow2->facts.incompatible & QCOW2_DIRTY) != 0,
        .corrupt = (qcow2->facts.incompatible & QCOW2_CORRUPT) != 0,
        .lazy_refcounts = (qcow2->facts.compatible & 1) != 0,
    };
}
