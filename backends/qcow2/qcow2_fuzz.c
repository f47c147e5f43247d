/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image that anybody made. The input is an image, or, if it does not begin
 * as one, a number of changes to a small one that is right (an offset, a value)
 * and what is done to the disk: it is read and changed. Whatever happens ends,
 * in an error or not.
 *
 * Always: no data are written, and nothing is zeroed or given back, where the
 * tables on the medium say that metadata are. And where the image is sound as
 * it is opened (each cluster of the disk has a cluster of the file for itself,
 * counted as used): a write that was acknowledged reads back, also when the
 * image was closed and is opened again.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/image.h"
#include "backends/qcow2/qcow2.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "tests/fuzz.h"

/* Clusters of 512 bytes: header, refcount table, block, L1 table, an L2 table,
 * and data. */
enum { CLUSTER = 512, CLUSTERS = 12, DISK = 64 << 10, CHANGE = 4 };
enum { RUNS_MAX = 300, CHANGES_MAX = 12, ENTRIES_MAX = 4096 };

static void store64(uint8_t *at, uint64_t value)
{
    store_be32(at, (uint32_t)(value >> 32));
    store_be32(at + 4, (uint32_t)value);
}

static void make_image(uint8_t *file)
{
    memset(file, 0, CLUSTER * CLUSTERS);
    store_be32(file, QCOW2_MAGIC);
    store_be32(file + QCOW2_H_VERSION, 3);
    store_be32(file + QCOW2_H_CLUSTER_BITS, 9);
    store64(file + QCOW2_H_SIZE, DISK);
    store_be32(file + QCOW2_H_L1_ENTRIES, 2);
    store64(file + QCOW2_H_L1_OFFSET, 3 * CLUSTER);
    store64(file + QCOW2_H_REFCOUNTS_OFFSET, CLUSTER);
    store_be32(file + QCOW2_H_REFCOUNTS_CLUSTERS, 1);
    store_be32(file + QCOW2_H_REFCOUNT_ORDER, 4);
    store_be32(file + QCOW2_H_LENGTH, QCOW2_H3_SIZE);
    store64(file + CLUSTER, 2 * CLUSTER);
    for (unsigned i = 0; i < CLUSTERS; i++) {
        file[2 * CLUSTER + 2 * i + 1] = 1;
    }
    store64(file + 3 * CLUSTER, 4 * CLUSTER | QCOW2_COPIED);
    for (unsigned i = 5; i < CLUSTERS; i++) {
        store64(file + 4 * CLUSTER + 8 * (2 * i - 9),
                i * CLUSTER | QCOW2_COPIED);
    }
}

/* How many of the bytes behind the first one are changes of the file. */
static size_t count_changes(const uint8_t *bytes, size_t size)
{
    return size == 0 ? 0 : bytes[0] % CHANGES_MAX * (size_t)CHANGE;
}

/* A byte anywhere, or an entry of a table, which names one of the clusters, or
 * a refcount. */
static void change(uint8_t image[CLUSTER * CLUSTERS], const uint8_t *bytes)
{
    static const unsigned tables[] = {1, 3, 4};
    const uint64_t flags[] = {0, QCOW2_COPIED, QCOW2_ZERO, QCOW2_COMPRESSED};
    const unsigned what = bytes[3];
    const unsigned cluster = bytes[2] % (CLUSTERS + 2);

    if (what % 2 == 0) {
        image[(bytes[0] | bytes[1] << 8) % (CLUSTER * CLUSTERS)] = bytes[2];
    } else if (what / 2 % 4 == 3) {
        image[2 * CLUSTER + 2 * cluster + 1] = bytes[0] % 3;
    } else {
        store64(image + tables[what / 2 % 4] * CLUSTER + bytes[0] % 20 * 8u,
                cluster * CLUSTER | flags[what / 8 % 4]);
    }
}

static int make_file(const uint8_t *bytes, size_t size)
{
    const size_t changes = count_changes(bytes, size);
    uint8_t image[CLUSTER * CLUSTERS];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (size >= 4 && load_be32(bytes) == QCOW2_MAGIC) {
        if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) {
            abort();
        }
        return fd;
    }
    make_image(image);
    for (size_t at = 1; at < 1 + changes && at + CHANGE <= size; at += CHANGE) {
        change(image, bytes + at);
    }
    if (fd < 0 || write(fd, image, sizeof(image)) != (ssize_t)sizeof(image)) {
        abort();
    }
    return fd;
}

/* ---- What is on the medium ----------------------------------------------- */

static uint64_t load_at(int fd, uint64_t offset, unsigned size)
{
    uint8_t bytes[8] = {0};

    if (pread(fd, bytes + 8 - size, size, (off_t)offset) < 0) {
        return 0;
    }
    return (uint64_t)load_be32(bytes) << 32 | load_be32(bytes + 4);
}

static bool meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/* A table of offsets at `at`, or a cluster that it names. */
static bool meets_table(int fd, uint64_t at, uint64_t count, uint64_t offset,
                        uint64_t size)
{
    const uint64_t cluster = 1ull << load_at(fd, QCOW2_H_CLUSTER_BITS, 4);
    bool met = meet(offset, size, at, 8 * count);

    for (uint64_t i = 0; !met && i < count && i < ENTRIES_MAX; i++) {
        const uint64_t entry = load_at(fd, at + 8 * i, 8) & QCOW2_OFFSET;
        met = entry != 0 && meet(offset, size, entry, cluster);
    }
    return met;
}

static bool meets_metadata(int fd, uint64_t offset, uint64_t size)
{
    const uint64_t cluster = 1ull << load_at(fd, QCOW2_H_CLUSTER_BITS, 4);

    return meet(offset, size, 0, cluster) ||
           meets_table(fd, load_at(fd, QCOW2_H_L1_OFFSET, 8),
                       load_at(fd, QCOW2_H_L1_ENTRIES, 4), offset, size) ||
           meets_table(fd, load_at(fd, QCOW2_H_REFCOUNTS_OFFSET, 8),
                       load_at(fd, QCOW2_H_REFCOUNTS_CLUSTERS, 4) * cluster / 8,
                       offset, size);
}

/* Data of the disk come from this memory. */
static uint8_t disk[8192];

static int observe(void *context, const struct image_change *change)
{
    const struct image *image = context;
    const uint8_t *bytes = change->bytes;
    const bool data = bytes >= disk && bytes < disk + sizeof(disk);

    if (((change->kind == IMAGE_CHANGE_WRITE && data) ||
         change->kind == IMAGE_CHANGE_ZERO ||
         change->kind == IMAGE_CHANGE_RELEASE) &&
        meets_metadata(image->file.fd, change->offset, change->size)) {
        abort();
    }
    return 0;
}

/* ---- What the disk should have ------------------------------------------- */

static uint8_t expected[DISK];
static bool sound;

/* True if each cluster of the disk has a cluster of the file for itself: one
 * that is metadata, too, changes with them. */
static bool is_sound(struct image *image)
{
    struct qcow2 *qcow2 = image->state;
    uint64_t taken[DISK / CLUSTER];
    size_t count = 0;

    for (uint64_t at = 0; at < image->size_bytes; at += qcow2->cluster_size) {
        struct qcow2_mapping mapping;
        struct qcow2_table *table;
        uint64_t value = 0;
        if (qcow2_map(qcow2, at, false, true, &table, &mapping) != 0 ||
            mapping.kind == QCOW2_PACKED) {
            return false;
        }
        if (mapping.offset == 0) {
            continue;
        }
        if (meets_metadata(image->file.fd, mapping.offset,
                           qcow2->cluster_size)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (taken[i] == mapping.offset) {
                return false;
            }
        }
        taken[count++] = mapping.offset;
        if (qcow2_refcount_get(qcow2, qcow2_cluster_of(qcow2, mapping.offset),
                               &value) != 0 ||
            value == 0) {
            return false;
        }
    }
    return true;
}

static void begin(struct image *image)
{
    sound = !image->file.read_only && image->size_bytes <= DISK &&
            is_sound(image) &&
            image_read(image, 0, expected, image->size_bytes, true) == 0;
}

static void compare(struct image *image)
{
    static uint8_t found[DISK];

    if (sound && (image_read(image, 0, found, image->size_bytes, true) != 0 ||
                  memcmp(found, expected, image->size_bytes) != 0)) {
        abort();
    }
}

/* Follows a change of the disk that ended with that code; bytes of NULL are
 * zeros. */
static void note(uint64_t where, const uint8_t *bytes, size_t length, int code)
{
    if (code != 0) {
        sound = false;
    } else if (sound && bytes) {
        memcpy(expected + where, bytes, length);
    } else if (sound) {
        memset(expected + where, 0, length);
    }
}

static void write_some(struct image *image, uint64_t where, size_t length,
                       uint8_t what)
{
    memset(disk, what, length);
    int code = image_write(image, where, disk, length, what % 16 > 8);
    if (code == -EAGAIN) {
        code = image_write(image, where, disk, length, true);
    }
    note(where, disk, length, code);
}

static void use(struct image *image, const uint8_t *bytes, size_t size)
{
    static uint8_t taken[sizeof(disk)];
    struct image_run run;
    uint64_t at = 0;
    for (unsigned i = 0; i < RUNS_MAX && at < image->size_bytes; i++) {
        if (image_run(image, at, image->size_bytes - at, &run) != 0) {
            break;
        }
        at += run.size;
    }
    if (image->file.read_only) {
        (void)image->type->check(image);
    }
    begin(image);
    for (size_t i = 1 + count_changes(bytes, size), end = i + 40 * CHANGE;
         i + CHANGE <= size && i < end; i += CHANGE) {
        const uint8_t what = bytes[i + 3];
        const size_t length = 1 + (bytes[i] | bytes[i + 1] << 8) % sizeof(disk);
        const uint64_t where = bytes[i + 2] * 509ull;
        if (length > image->size_bytes || where > image->size_bytes - length) {
            continue;
        }
        if (what % 8 == 0) {
            image_sync(image);
        } else if (what % 8 < 4 || image->file.read_only) {
            image_read(image, where, taken, length, what % 2 == 0);
        } else if (what % 8 == 4) {
            note(where, NULL, length,
                 image_zero(image, where, length, what % 16 == 4));
        } else {
            write_some(image, where, length, what);
        }
    }
    compare(image);
}

static struct image *open_image(int fd, bool read_only)
{
    char *path = xasprintf("/proc/self/fd/%d", fd);
    const struct image_options options = {
        .format = "qcow2",
        .read_only = read_only,
        .alone = true,
    };
    struct error error = {""};
    struct image *image = NULL;
    int code = image_open(path, &options, &image, &error);

    if ((code == 0) != (image != NULL) || (code != 0 && !error.text[0])) {
        abort();
    }
    free(path);
    return image;
}

FUZZ(bytes, size)
{
    int fd = make_file(bytes, size);
    struct image *image = open_image(fd, size != 0 && bytes[size - 1] % 4 == 0);

    if (image) {
        image->file.observe = observe;
        image->file.context = image;
        use(image, bytes, size);
        sound = image_close(image) == 0 && sound;
        image = sound ? open_image(fd, true) : NULL;
        if (image) {
            compare(image);
            image_close(image);
        } else if (sound) {
            abort();
        }
    }
    close(fd);
    return 0;
}
