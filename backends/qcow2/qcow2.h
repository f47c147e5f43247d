/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the files of this folder: an open qcow2 image.
 *
 * Written after the published description of the format ("qcow2 image file
 * format"), versions 2 and 3; the words are its words. An L1 table names L2
 * tables, these name a cluster of the file for each cluster of the disk. A
 * cluster of the file is free or not as its refcount says, in blocks that the
 * refcount table names. Refused by name: encryption,
 * external data files, extended L2 entries, compression other than zlib and
 * zstd, and whatever this code has not heard of.
 *
 * Nothing that the file says is trusted: offsets and lengths are checked where
 * they are used, and what contradicts itself is -EUCLEAN.
 *
 * Order. Data are written when the guest writes them, tables are kept in memory
 * and written by a sync (sync.c), in an order that leaves an image without
 * errors wherever the host stops: refcounts go up before a table names the
 * cluster, and down after none does. At worst clusters are lost for use.
 *
 * Threads. The lock covers all but the facts from the header. Data of clusters
 * that the image owns alone are read and written without it; whatever
 * allocates keeps it.
 */
#ifndef BACKENDS_QCOW2_QCOW2_H
#define BACKENDS_QCOW2_QCOW2_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/image.h"
#include "base/bits.h"

#define QCOW2_MAGIC 0x514649fbu

enum qcow2_incompatible {
    QCOW2_DIRTY = 1 << 0,
    QCOW2_CORRUPT = 1 << 1,
    QCOW2_EXTERNAL_DATA = 1 << 2,
    QCOW2_COMPRESSION_TYPE = 1 << 3,
    QCOW2_EXTENDED_L2 = 1 << 4,
};

enum qcow2_compression { QCOW2_ZLIB, QCOW2_ZSTD };

/* Offsets in the header. */
enum qcow2_header {
    QCOW2_H_VERSION = 4,
    QCOW2_H_BACKING_OFFSET = 8,
    QCOW2_H_BACKING_SIZE = 16,
    QCOW2_H_CLUSTER_BITS = 20,
    QCOW2_H_SIZE = 24,
    QCOW2_H_ENCRYPTION = 32,
    QCOW2_H_L1_ENTRIES = 36,
    QCOW2_H_L1_OFFSET = 40,
    QCOW2_H_REFCOUNTS_OFFSET = 48,
    QCOW2_H_REFCOUNTS_CLUSTERS = 56,
    QCOW2_H_SNAPSHOTS = 60,
    QCOW2_H_SNAPSHOTS_OFFSET = 64,
    QCOW2_H2_SIZE = 72,
    QCOW2_H_INCOMPATIBLE = 72,
    QCOW2_H_COMPATIBLE = 80,
    QCOW2_H_AUTOCLEAR = 88,
    QCOW2_H_REFCOUNT_ORDER = 96,
    QCOW2_H_LENGTH = 100,
    QCOW2_H3_SIZE = 104,
    QCOW2_H_COMPRESSION = 104,
};

enum qcow2_extension {
    QCOW2_E_END = 0,
    QCOW2_E_ENCRYPTION = 0x0537be77,
    QCOW2_E_EXTERNAL_DATA = 0x44415441,
};
#define QCOW2_E_BACKING_FORMAT 0xe2792acau
#define QCOW2_E_FEATURE_NAMES  0x6803f857u

/* Bits of L1 and L2 entries. */
#define QCOW2_COPIED     ((uint64_t)1 << 63) /* its refcount is exactly one */
#define QCOW2_COMPRESSED ((uint64_t)1 << 62)
#define QCOW2_ZERO       ((uint64_t)1)
#define QCOW2_OFFSET     0x00fffffffffffe00ull

enum {
    QCOW2_NAME_MAX = 1023,
    QCOW2_CLUSTER_BITS_MIN = 9,
    QCOW2_CLUSTER_BITS_MAX = 21,
    QCOW2_L1_BYTES_MAX = 32 << 20,
    QCOW2_REFCOUNTS_BYTES_MAX = 8 << 20,
};

/* Facts that the header says. */
struct qcow2_facts {
    unsigned version;
    unsigned cluster_bits;
    unsigned refcount_order;
    uint64_t size_bytes;
    uint64_t l1_offset;
    uint32_t l1_entries;
    uint64_t refcounts_offset;
    uint32_t refcounts_clusters;
    uint64_t incompatible;
    uint64_t compatible;
    uint64_t autoclear;
    uint8_t compression;              /* enum qcow2_compression */
    char backing[QCOW2_NAME_MAX + 1]; /* "": none */
    char backing_format[16];          /* "": it does not say */
    uint32_t snapshots;               /* how many it has inside */
    char refused[128];                /* a feature that it has, or "" */
};

/* A cluster of tables in memory: an L2 table or a block of refcounts. */
struct qcow2_table {
    uint64_t offset; /* in the file */
    size_t index;    /* in the table above */
    bool dirty;
    bool used; /* since the hand of the clock passed */
    uint8_t entries[];
};

/* A table of offsets, and what is in memory of the tables that it names. */
struct qcow2_directory {
    uint64_t offset; /* in the file */
    uint64_t *entries;
    size_t count;
    struct qcow2_table **tables; /* by entry; NULL: not in memory */
    struct qcow2_table **list;   /* of those in memory */
    size_t held;
    size_t room;
    size_t hand; /* where eviction goes on, in the list */
    /* Entries from..to-1 differ from the file. */
    size_t dirty_from;
    size_t dirty_to;
};

/* Clusters of the file, by number. */
struct qcow2_clusters {
    uint64_t *numbers;
    size_t count;
    size_t room;
};

/* A set of clusters, see metadata.c. */
struct qcow2_metadata {
    uint64_t *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

struct qcow2 {
    struct image *image;
    struct image_file *file;
    struct qcow2_facts facts;
    uint32_t cluster_size;
    unsigned l2_bits; /* of the index in an L2 table */

    pthread_mutex_t lock;
    bool locked; /* the mutex was made */
    struct qcow2_directory l1;
    struct qcow2_directory refcounts;
    bool refcounts_moved; /* the header has the old place of the table */
    uint64_t end_cluster; /* all from here on are free */
    uint64_t scan;        /* of the search for others, below end_cluster */
    uint64_t scan_end;    /* what was there when the image was opened */
    struct qcow2_clusters free;     /* known to be */
    struct qcow2_clusters unused;   /* when the tables are on the medium */
    struct qcow2_metadata metadata; /* empty if it is only read */
    bool writes;                    /* it was opened to be written */
    int broken; /* 0, or why nothing may be written any more */

    uint8_t *unpacked; /* a cluster, of the compressed one at */
    uint64_t unpacked_entry;
};

/* The kinds of cluster of which an L2 entry tells. */
enum qcow2_kind {
    QCOW2_ABSENT,
    QCOW2_ZEROS, /* offset is 0, or of a cluster that is its own */
    QCOW2_DATA,
    QCOW2_PACKED,
};

struct qcow2_mapping {
    enum qcow2_kind kind;
    uint64_t entry;
    uint64_t offset; /* in the file */
    bool own;        /* may be written in place */
};

static inline uint64_t qcow2_cluster_of(const struct qcow2 *qcow2,
                                        uint64_t offset)
{
    return offset >> qcow2->facts.cluster_bits;
}

static inline uint64_t qcow2_clusters_of(const struct qcow2 *qcow2,
                                         uint64_t bytes)
{
    return (bytes >> qcow2->facts.cluster_bits) +
           ((bytes & (qcow2->cluster_size - 1)) != 0);
}

static inline uint64_t qcow2_load(const struct qcow2_table *table, size_t index)
{
    const uint8_t *at = table->entries + 8 * index;
    return (uint64_t)load_be32(at) << 32 | load_be32(at + 4);
}

static inline void qcow2_store(struct qcow2_table *table, size_t index,
                               uint64_t value)
{
    uint8_t *at = table->entries + 8 * index;
    store_be32(at, (uint32_t)(value >> 32));
    store_be32(at + 4, (uint32_t)value);
    table->dirty = true;
}

/* ---- header.c ------------------------------------------------------------ */

/* Reads and checks the header, with the ranges that it names; looks is
 * image_options.look. */
int qcow2_read_header(struct image_file *file, bool looks,
                      struct qcow2_facts *facts, struct error *error);
/* Writes a field of 4 or 8 bytes. */
int qcow2_write_header(struct qcow2 *qcow2, uint64_t at, uint64_t value,
                       unsigned size);

/* ---- tables.c ------------------------------------------------------------ */

int qcow2_directory_read(struct qcow2 *qcow2, struct qcow2_directory *directory,
                         uint64_t offset, size_t count);
/* The refcount table, which only writing and checks need. */
int qcow2_refcounts_read(struct qcow2 *qcow2);
void qcow2_directory_fini(struct qcow2_directory *directory);
void qcow2_directory_set(struct qcow2_directory *directory, size_t index,
                         uint64_t value);
/* The table of an entry that is not 0, from memory or the file; -EAGAIN as
 * image_read. */
int qcow2_table_get(struct qcow2 *qcow2, struct qcow2_directory *directory,
                    size_t index, bool wait, struct qcow2_table **table);
/* An empty one for an entry, in a cluster of the file. */
struct qcow2_table *qcow2_table_add(struct qcow2 *qcow2,
                                    struct qcow2_directory *directory,
                                    size_t index, uint64_t cluster);
/* Writes those that are dirty. */
int qcow2_tables_write(struct qcow2 *qcow2, struct qcow2_directory *directory);
/* True if tables in memory, or entries, differ from the file. */
bool qcow2_tables_are_dirty(const struct qcow2_directory *directory);
bool qcow2_directory_is_dirty(const struct qcow2_directory *directory);
/* Writes entries that differ. */
int qcow2_directory_write(struct qcow2 *qcow2,
                          struct qcow2_directory *directory);
/* Keeps memory within bounds, writing what is dirty, before an operation that
 * looks at tables; no table that was got before is good after it. */
int qcow2_tables_trim(struct qcow2 *qcow2, bool wait);
/* True if that will have to do something. */
bool qcow2_tables_are_many(const struct qcow2 *qcow2,
                           const struct qcow2_directory *directory);

/* Looks up the entry at that offset of the disk. *table is NULL if there is no
 * table; with `change` there is one, which may be changed. */
int qcow2_map(struct qcow2 *qcow2, uint64_t offset, bool change, bool wait,
              struct qcow2_table **table, struct qcow2_mapping *mapping);
/* Decodes the entry of that offset. */
int qcow2_decode(const struct qcow2 *qcow2, uint64_t entry,
                 struct qcow2_mapping *mapping);
size_t qcow2_l2_index(const struct qcow2 *qcow2, uint64_t offset);
/* Where a compressed cluster is. */
void qcow2_packed_range(const struct qcow2 *qcow2, uint64_t entry,
                        uint64_t *offset, uint64_t *size);

/* 0 if an entry that is not 0 is valid in a table, else -EUCLEAN. */
int qcow2_check_entry(struct qcow2 *qcow2,
                      const struct qcow2_directory *directory, size_t index);

/* ---- metadata.c ---------------------------------------------------------- */

/* Finds out where the metadata are, when the image is opened to be written;
 * -EUCLEAN if two of them are in one place. */
int qcow2_metadata_read(struct qcow2 *qcow2);
void qcow2_metadata_add(struct qcow2 *qcow2, uint64_t cluster);
void qcow2_metadata_remove(struct qcow2 *qcow2, uint64_t cluster);
bool qcow2_is_metadata(const struct qcow2 *qcow2, uint64_t cluster);
/* struct image_type's check: of the same, and of each entry. */
int qcow2_check(struct image *image);
/* -EUCLEAN if the entry for that offset of the disk names metadata. */
int qcow2_check_mapping(struct qcow2 *qcow2, uint64_t offset,
                        const struct qcow2_mapping *mapping);
/* The same of a cluster that counts as free. */
int qcow2_check_new(struct qcow2 *qcow2, uint64_t cluster);
/* Keeps the reason, marks the image as corrupt if it is written, and ends
 * writes; returns -EUCLEAN. With the lock. */
int qcow2_contradicts(struct qcow2 *qcow2, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- refcounts.c --------------------------------------------------------- */

int qcow2_refcount_get(struct qcow2 *qcow2, uint64_t cluster, uint64_t *value);
int qcow2_refcount_set(struct qcow2 *qcow2, uint64_t cluster, uint64_t value);
/* A free cluster, which has a refcount of 1 from now on, and whether the file
 * has zeros there. */
int qcow2_allocate(struct qcow2 *qcow2, uint64_t *cluster, bool *zeros);
/* It was allocated since the last sync and no table names it. */
void qcow2_give_back(struct qcow2 *qcow2, uint64_t cluster);
/* No table names what the entry did, once the next sync is done. */
void qcow2_release(struct qcow2 *qcow2, const struct qcow2_mapping *mapping);
void qcow2_clusters_add(struct qcow2_clusters *clusters, uint64_t number);
/* Gives back the host's space of clusters that were released, when the sync is
 * done. */
int qcow2_drop_unused(struct qcow2 *qcow2);

/* ---- The other files -------------------------------------------- */

/* With the lock. */
int qcow2_sync_locked(struct qcow2 *qcow2);
int qcow2_read(struct image *image, uint64_t offset, void *bytes, size_t size,
               bool wait);
int qcow2_unpack(struct qcow2 *qcow2, const struct qcow2_mapping *mapping);
/* From the cluster of a mapping, or what is behind it. With the lock. */
int qcow2_read_mapped(struct qcow2 *qcow2, const struct qcow2_mapping *mapping,
                      uint64_t offset, void *bytes, size_t size, bool wait);
int qcow2_run(struct image *image, uint64_t offset, uint64_t size,
              struct image_run *run);
int qcow2_write(struct image *image, uint64_t offset, const void *bytes,
                size_t size, bool wait);
int qcow2_zero(struct image *image, uint64_t offset, uint64_t size, bool unmap);
/* Counts anew what the tables name, and corrects the refcounts. */
int qcow2_repair(struct qcow2 *qcow2, struct error *error);
int qcow2_create(struct image_file *file, const struct image_layout *layout,
                 struct error *error);
void qcow2_describe(const struct image *image, struct image_facts *facts);
/* True if the disk has zeros there if no table of this image says otherwise. */
bool qcow2_is_bare(const struct qcow2 *qcow2, uint64_t offset);

#endif
