/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image that anybody made. The input is an image, or, if it does not begin
 * as one, changes to a small one that is right: an offset, a value, and so on;
 * then the disk is read and changed. Whatever happens ends, in an error or not.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/image.h"
#include "backends/qcow2/qcow2.h"
#include "base/bits.h"
#include "base/buffer.h"

/* Clusters of 512 bytes: header, refcount table, block, L1 table, an L2 table,
 * and data. */
enum { CLUSTER = 512, CLUSTERS = 12, DISK = 64 << 10, CHANGE = 4 };
enum { RUNS_MAX = 300 };

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

static int make_file(const uint8_t *bytes, size_t size)
{
    uint8_t image[CLUSTER * CLUSTERS];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (size >= 4 && load_be32(bytes) == QCOW2_MAGIC) {
        if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) {
            abort();
        }
        return fd;
    }
    make_image(image);
    for (size_t at = 0; at + CHANGE <= size; at += CHANGE) {
        const size_t offset = (bytes[at] | bytes[at + 1] << 8) % sizeof(image);
        image[offset] = bytes[at + 2];
    }
    if (fd < 0 || write(fd, image, sizeof(image)) != (ssize_t)sizeof(image)) {
        abort();
    }
    return fd;
}

static void use(struct image *image, const uint8_t *bytes, size_t size)
{
    static uint8_t disk[8192];
    struct image_run run;
    uint64_t at = 0;
    for (unsigned i = 0; i < RUNS_MAX && at < image->size_bytes; i++) {
        if (image_run(image, at, image->size_bytes - at, &run) != 0) {
            break;
        }
        at += run.size;
    }
    for (size_t i = 0; i + CHANGE <= size && i < 40 * CHANGE; i += CHANGE) {
        const unsigned what = bytes[i + 3];
        const size_t length = 1 + (bytes[i] | bytes[i + 1] << 8) % sizeof(disk);
        const uint64_t where = bytes[i + 2] * 509ull;
        if (length > image->size_bytes || where > image->size_bytes - length) {
            continue;
        }
        if (what % 8 == 0) {
            image_sync(image);
        } else if (what % 8 < 4 || image->file.read_only) {
            image_read(image, where, disk, length, what % 2 == 0);
        } else if (what % 8 == 4) {
            image_zero(image, where, length, what % 16 == 4);
        } else {
            image_write(image, where, disk, length, what % 16 > 8);
        }
    }
}

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int fd = make_file(bytes, size);
    char *path = xasprintf("/proc/self/fd/%d", fd);
    const struct image_options options = {
        .format = "qcow2",
        .read_only = size != 0 && bytes[size - 1] % 4 == 0,
        .alone = true,
    };
    struct error error = {""};
    struct image *image = NULL;
    int code = image_open(path, &options, &image, &error);
    if ((code == 0) != (image != NULL) || (code != 0 && !error.text[0])) {
        abort();
    }
    if (image) {
        use(image, bytes, size);
        image_close(image);
    }
    free(path);
    close(fd);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
