/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the header of an image, and refuses by name what this code does not
 * do. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backends/qcow2/qcow2.h"
#include "base/bits.h"

enum { HEADER_MAX = 4096 };

struct header {
    struct image_file *file;
    uint8_t bytes[HEADER_MAX];
    struct qcow2_facts *facts;
    struct error *error;
    bool looks; /* image_options.look */
};

static uint64_t load64(const uint8_t *at)
{
    return (uint64_t)load_be32(at) << 32 | load_be32(at + 4);
}

#define REFUSE(header, code, ...)                                              \
    refuse(header, error_set((header)->error, code, __VA_ARGS__))

static int refuse(const struct header *header, int code)
{
    error_prefix(header->error, "'%s'", header->file->path);
    return code;
}

/* A feature that is not supported: an error, unless the image is only looked
 * at. */
static int unsupported(const struct header *header, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int unsupported(const struct header *header, const char *format, ...)
{
    char *refused = header->facts->refused;
    va_list values;
    va_start(values, format);
    if (refused[0] == '\0') {
        vsnprintf(refused, sizeof(header->facts->refused), format, values);
    }
    va_end(values);
    return header->looks ? 0 : REFUSE(header, -ENOTSUP, "%s", refused);
}

/* ---- Fields -------------------------------------------------------------- */

static void read_fields(struct header *header)
{
    const uint8_t *bytes = header->bytes;
    struct qcow2_facts *facts = header->facts;
    *facts = (struct qcow2_facts){
        .version = load_be32(bytes + QCOW2_H_VERSION),
        .cluster_bits = load_be32(bytes + QCOW2_H_CLUSTER_BITS),
        .refcount_order = 4,
        .size_bytes = load64(bytes + QCOW2_H_SIZE),
        .l1_offset = load64(bytes + QCOW2_H_L1_OFFSET),
        .l1_entries = load_be32(bytes + QCOW2_H_L1_ENTRIES),
        .refcounts_offset = load64(bytes + QCOW2_H_REFCOUNTS_OFFSET),
        .snapshots = load_be32(bytes + QCOW2_H_SNAPSHOTS),
        .refcounts_clusters = load_be32(bytes + QCOW2_H_REFCOUNTS_CLUSTERS),
    };
    if (facts->version >= 3) {
        facts->incompatible = load64(bytes + QCOW2_H_INCOMPATIBLE);
        facts->compatible = load64(bytes + QCOW2_H_COMPATIBLE);
        facts->autoclear = load64(bytes + QCOW2_H_AUTOCLEAR);
        facts->refcount_order = load_be32(bytes + QCOW2_H_REFCOUNT_ORDER);
        if (load_be32(bytes + QCOW2_H_LENGTH) > QCOW2_H_COMPRESSION) {
            facts->compression = bytes[QCOW2_H_COMPRESSION];
        }
    }
}

/* The name of a feature that the image itself supplies, for a message. */
static void name_feature(const uint8_t *table, size_t size, unsigned bit,
                         char *name, size_t room)
{
    enum { ROW = 48, NAME = 46 };
    snprintf(name, room, "feature %u", bit);
    for (size_t at = 0; table && at + ROW <= size; at += ROW) {
        if (table[at] == 0 && table[at + 1] == bit && table[at + 2] != 0) {
            snprintf(name, room, "'%.*s'", NAME, (const char *)table + at + 2);
        }
    }
    for (char *c = name; *c; c++) {
        *c = *c < ' ' || *c > '~' ? '?' : *c;
    }
}

static int check_features(const struct header *header, const uint8_t *names,
                          size_t names_size)
{
    static const struct {
        uint64_t bit;
        const char *name;
    } refused[] = {
        {QCOW2_EXTERNAL_DATA, "an external data file"            },
        {QCOW2_EXTENDED_L2,   "extended L2 entries (subclusters)"},
    };
    const struct qcow2_facts *facts = header->facts;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        if ((facts->incompatible & refused[i].bit) != 0) {
            int code = unsupported(header, "has %s, which is not supported",
                                   refused[i].name);
            if (code != 0) {
                return code;
            }
        }
    }
    for (unsigned bit = 5; bit < 64; bit++) {
        if ((facts->incompatible >> bit & 1) != 0) {
            char name[64];
            name_feature(names, names_size, bit, name, sizeof(name));
            int code = unsupported(header, "has %s, which is not known", name);
            if (code != 0) {
                return code;
            }
        }
    }
    if ((facts->incompatible & QCOW2_CORRUPT) != 0 &&
        !header->file->read_only) {
        return REFUSE(header, -EUCLEAN,
                      "is marked as corrupt: it can only be read");
    }
    return 0;
}

/* The bit is set if the type is not that which older readers take for granted.
 */
static int check_compression(const struct header *header)
{
    const struct qcow2_facts *facts = header->facts;
    if (facts->compression > QCOW2_ZSTD) {
        return unsupported(header,
                           "has compression of type %u, which is not known",
                           facts->compression);
    }
    if ((facts->compression != QCOW2_ZLIB) !=
        ((facts->incompatible & QCOW2_COMPRESSION_TYPE) != 0)) {
        return REFUSE(header, -EUCLEAN,
                      "compression of type %u, which its features contradict",
                      facts->compression);
    }
    return 0;
}

static int check_fields(const struct header *header)
{
    const uint8_t *bytes = header->bytes;
    const struct qcow2_facts *facts = header->facts;
    const uint32_t encryption = load_be32(bytes + QCOW2_H_ENCRYPTION);
    const uint32_t snapshots = load_be32(bytes + QCOW2_H_SNAPSHOTS);
    if (facts->version != 2 && facts->version != 3) {
        return REFUSE(header, -ENOTSUP,
                      "version %u of qcow2 is neither 2 nor 3", facts->version);
    }
    if (facts->cluster_bits < QCOW2_CLUSTER_BITS_MIN ||
        facts->cluster_bits > QCOW2_CLUSTER_BITS_MAX) {
        return REFUSE(header, -EUCLEAN, "clusters of 2^%u bytes",
                      facts->cluster_bits);
    }
    int code =
        encryption == 0
            ? 0
            : unsupported(header, "is encrypted, which is not supported");
    if (code != 0) {
        return code;
    }
    if (snapshots != 0 && !header->file->read_only) {
        return unsupported(header,
                           "has internal snapshots (%u): it can only be read",
                           snapshots);
    }
    if (facts->refcount_order > 6) {
        return REFUSE(header, -EUCLEAN, "refcounts of 2^%u bits",
                      facts->refcount_order);
    }
    const uint32_t length = load_be32(bytes + QCOW2_H_LENGTH);
    if (facts->version == 3 &&
        (length < QCOW2_H3_SIZE || length % 8 != 0 || length > HEADER_MAX)) {
        return REFUSE(header, -EUCLEAN, "a header of %u bytes", length);
    }
    return check_compression(header);
}

/* ---- Tables -------------------------------------------------------------- */

static int check_table(const struct header *header, const char *name,
                       uint64_t offset, uint64_t size, uint64_t limit)
{
    const uint64_t cluster = 1ull << header->facts->cluster_bits;
    if (size > limit) {
        return REFUSE(header, -EFBIG, "%s of %llu bytes, at most %llu", name,
                      (unsigned long long)size, (unsigned long long)limit);
    }
    if (size == 0 && !header->file->read_only) {
        return REFUSE(header, -EUCLEAN,
                      "has no refcount table: it can only be "
                      "read");
    }
    if (!is_aligned(offset, cluster) || offset == 0 ||
        !in_range(offset, size, header->file->size)) {
        return REFUSE(header, -EUCLEAN, "%s at 0x%llx, in a file of %llu bytes",
                      name, (unsigned long long)offset,
                      (unsigned long long)header->file->size);
    }
    return 0;
}

static int check_tables(const struct header *header)
{
    const struct qcow2_facts *facts = header->facts;
    const unsigned bits = 2 * facts->cluster_bits - 3; /* of an L2 table */
    const uint64_t size = facts->size_bytes;
    if (size > INT64_MAX || size % 512 != 0) {
        return REFUSE(header, -EUCLEAN, "a disk of %llu bytes",
                      (unsigned long long)size);
    }
    const uint64_t needed =
        (size >> bits) + ((size & ((1ull << bits) - 1)) != 0);
    if (facts->l1_entries < needed) {
        return REFUSE(header, -EUCLEAN, "an L1 table of %u entries, not %llu",
                      facts->l1_entries, (unsigned long long)needed);
    }
    int code = facts->l1_entries == 0
                   ? 0
                   : check_table(header, "the L1 table", facts->l1_offset,
                                 8ull * facts->l1_entries, QCOW2_L1_BYTES_MAX);
    return code != 0
               ? code
               : check_table(
                     header, "the refcount table", facts->refcounts_offset,
                     (uint64_t)facts->refcounts_clusters << facts->cluster_bits,
                     QCOW2_REFCOUNTS_BYTES_MAX);
}

/* ---- Extensions and the backing image ------------------------------------ */

struct extensions {
    const uint8_t *names; /* of features */
    size_t names_size;
};

/* They end with the first cluster, or where the backing name begins. */
static int read_extensions(const struct header *header, size_t end,
                           struct extensions *found)
{
    struct qcow2_facts *facts = header->facts;
    const uint8_t *bytes = header->bytes;
    size_t at =
        facts->version == 2 ? QCOW2_H2_SIZE : load_be32(bytes + QCOW2_H_LENGTH);
    while (at + 8 <= end) {
        const uint32_t type = load_be32(bytes + at);
        const uint64_t size = load_be32(bytes + at + 4);
        at += 8;
        if (type == QCOW2_E_END) {
            break;
        }
        if (size > end - at) {
            return REFUSE(header, -EUCLEAN,
                          "a header extension of %llu bytes at 0x%zx",
                          (unsigned long long)size, at - 8);
        }
        if (type == QCOW2_E_BACKING_FORMAT) {
            if (size >= sizeof(facts->backing_format)) {
                return REFUSE(header, -ENOTSUP,
                              "a name of %llu bytes for the backing format",
                              (unsigned long long)size);
            }
            memcpy(facts->backing_format, bytes + at, size);
            facts->backing_format[size] = '\0';
        } else if (type == QCOW2_E_FEATURE_NAMES) {
            *found = (struct extensions){bytes + at, (size_t)size};
        }
        at += (size + 7) & ~7ull;
    }
    return 0;
}

static int read_backing(const struct header *header, size_t room)
{
    struct qcow2_facts *facts = header->facts;
    const uint64_t offset = load64(header->bytes + QCOW2_H_BACKING_OFFSET);
    const uint32_t size = load_be32(header->bytes + QCOW2_H_BACKING_SIZE);
    if (offset == 0) {
        return 0;
    }
    if (size == 0 || size > QCOW2_NAME_MAX || !in_range(offset, size, room)) {
        return REFUSE(header, -EUCLEAN,
                      "a name of a backing image of %u bytes at 0x%llx", size,
                      (unsigned long long)offset);
    }
    int code =
        image_file_read(header->file, offset, facts->backing, size, true);
    facts->backing[size] = '\0';
    if (code == 0 && strlen(facts->backing) != size) {
        return REFUSE(header, -EUCLEAN, "the name of its backing image");
    }
    return code;
}

static int read_all(struct header *header)
{
    struct extensions found = {0};
    read_fields(header);
    int code = check_fields(header);
    if (code != 0) {
        return code;
    }
    const size_t cluster = (size_t)1 << header->facts->cluster_bits;
    const uint64_t backing = load64(header->bytes + QCOW2_H_BACKING_OFFSET);
    size_t end = cluster < HEADER_MAX ? cluster : HEADER_MAX;
    if (backing != 0 && backing < end) {
        end = (size_t)backing;
    }
    code = read_extensions(header, end, &found);
    if (code == 0) {
        code = check_features(header, found.names, found.names_size);
    }
    if (code == 0) {
        code = check_tables(header);
    }
    return code != 0 ? code : read_backing(header, cluster);
}

int qcow2_read_header(struct image_file *file, bool looks,
                      struct qcow2_facts *facts, struct error *error)
{
    struct header header = {
        .file = file, .facts = facts, .error = error, .looks = looks};
    int code = image_file_read(file, 0, header.bytes, HEADER_MAX, true);
    if (code != 0) {
        return error_set(error, code, "cannot read '%s': %s", file->path,
                         strerror(-code));
    }
    if (load_be32(header.bytes) != QCOW2_MAGIC) {
        return REFUSE(&header, -EINVAL, "is not a qcow2 image");
    }
    return read_all(&header);
}

int qcow2_write_header(struct qcow2 *qcow2, uint64_t at, uint64_t value,
                       unsigned size)
{
    uint8_t bytes[8];
    store_be32(bytes, (uint32_t)(value >> 32));
    store_be32(bytes + 4, (uint32_t)value);
    return image_file_write(qcow2->file, at, bytes + sizeof(bytes) - size, size,
                            true);
}
