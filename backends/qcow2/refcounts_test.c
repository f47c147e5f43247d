/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of clusters: repairs, shared clusters, a longer table, and clusters
 * that are used again. */
#include "backends/qcow2/qcow2.h"
#include "tests/image_folder.h"

enum { DISK = 1 << 20, SMALL = 512 };

/* The place of the entry of that cluster of the disk, whose table exists. */
static uint64_t entry_at(uint64_t cluster)
{
    const uint64_t in_table = 1ull << ((peek("a.qcow2", 20, 4) - 3) & 31);
    const uint64_t l1 = peek("a.qcow2", 40, 8) + 8 * (cluster / in_table);
    return (peek("a.qcow2", l1, 8) & QCOW2_OFFSET) + 8 * (cluster % in_table);
}

/* Where the blocks of refcounts are, one after the other; 0 behind the last. */
static uint64_t block_at(unsigned index)
{
    return peek("a.qcow2", peek("a.qcow2", 48, 8) + 8 * index, 8);
}

/* An image of qemu-img's, whose first clusters were written. */
static bool make(const char *options, uint64_t bytes)
{
    static uint8_t data[DISK];
    if (!has_qemu_img() || shell("qemu-img create -q -f qcow2 -o %s a.qcow2 %d",
                                 options, DISK) != 0) {
        return false;
    }
    memset(data, 0x3c, sizeof(data));
    struct image *image = open_to_write("a.qcow2");
    EXPECT_EQ(image ? image_write(image, 0, data, bytes, true) : -1, 0);
    return image_close(image) == 0;
}

/* ---- Repairs ------------------------------------------------------------- */

TEST(refcounts_of_any_kind_are_counted_anew)
{
    static const struct {
        const char *make; /* from base.img to a.qcow2 */
        unsigned value;   /* of all bytes of the counts */
    } rows[] = {
        {"convert -f raw -O qcow2",                                      0   },
        {"convert -f raw -O qcow2",                                      0xff},
        {"convert -c -f raw -O qcow2",                                   0   },
        {"convert -c -f raw -O qcow2",                                   0xff},
        {"convert -f raw -O qcow2 -o cluster_size=512",                  0   },
        {"convert -f raw -O qcow2 -o cluster_size=512",                  0xff},
        {"convert -f raw -O qcow2 -o cluster_size=512,refcount_bits=64", 0   },
        {"convert -f raw -O qcow2 -o cluster_size=4096,refcount_bits=1", 0   },
        {"convert -f raw -O qcow2 -o cluster_size=4096,refcount_bits=1", 0xff},
        {"convert -f raw -O qcow2 -o cluster_size=4096,refcount_bits=4", 0x5a},
        {"convert -f raw -O qcow2 -o preallocation=metadata",            0x11},
    };
    begin();
    if (!has_qemu_img()) {
        end();
        SKIP("qemu-img is not installed");
    }
    EXPECT_EQ(shell("seq 100000 | head -c 300000 >base.img && "
                    "truncate -s 2M base.img"),
              0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s, %#x", rows[i].make, rows[i].value);
        EXPECT_EQ(shell("qemu-img %s base.img a.qcow2", rows[i].make), 0);
        const uint64_t cluster = 1ull << peek("a.qcow2", 20, 4);
        for (unsigned n = 0; n < cluster / 8 && block_at(n) != 0; n++) {
            patch("a.qcow2", block_at(n), rows[i].value, cluster);
        }
        patch("a.qcow2", 72, 1, 8);
        EXPECT_EQ(image_close(open_to_write("a.qcow2")), 0);
        EXPECT_EQ(peek("a.qcow2", 72, 8), 0);
        judge("a.qcow2");
        EXPECT_EQ(shell("qemu-img compare -q base.img a.qcow2"), 0);
    }
    end();
}

TEST(an_image_that_cannot_be_counted_is_not_repaired)
{
    const uint64_t entries[] = {
        QCOW2_COPIED | 4096 | 2,     /* a reserved bit */
        QCOW2_COPIED | (4096 + 512), /* between clusters */
        QCOW2_COPIED | 1ull << 40,   /* behind the end */
        QCOW2_COMPRESSED | 1ull << 40,
    };
    char text[512];
    begin();
    if (!make("cluster_size=4096", 8 * SMALL)) {
        end();
        SKIP("qemu-img is not installed");
    }
    patch("a.qcow2", 72, 1, 8);
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        const struct image_options options = {0};
        struct image *image = NULL;
        test_case("row %zu", i);
        patch("a.qcow2", entry_at(100), entries[i], 8);
        EXPECT_EQ(try_open("a.qcow2", &options, &image, text), -EUCLEAN);
        EXPECT(strstr(text,
                      "/a.qcow2': was not closed, and its refcounts cannot "
                      "be repaired: Structure needs cleaning"));
        EXPECT_EQ(peek("a.qcow2", 72, 8), 1);
    }
    end();
}

/* Entries of the disk that name one cluster of the file, as snapshots leave
 * them behind. */
TEST(clusters_are_shared_as_often_as_a_count_has_room)
{
    static const struct {
        unsigned bits;   /* of a count */
        unsigned shared; /* by so many */
        bool fits;
    } rows[] = {
        {1,  1,   true },
        {1,  2,   false},
        {2,  3,   true },
        {2,  4,   false},
        {4,  15,  true },
        {4,  16,  false},
        {8,  255, true },
        {8,  256, false},
        {16, 256, true },
        {32, 256, true },
        {64, 256, true },
    };
    enum { CLUSTER = 4096 };
    static uint8_t seen[CLUSTER];
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct image_options options = {.format = "qcow2"};
        struct image *image = NULL;
        const uint64_t disk = (uint64_t)rows[i].shared * CLUSTER;
        char *make_options = xasprintf("cluster_size=%d,refcount_bits=%u",
                                       CLUSTER, rows[i].bits);
        const bool made = make(make_options, CLUSTER);
        free(make_options);
        if (!made) {
            end();
            SKIP("qemu-img is not installed");
        }
        test_case("%u bits, %u times", rows[i].bits, rows[i].shared);
        const uint64_t data = peek("a.qcow2", entry_at(0), 8) & QCOW2_OFFSET;
        for (unsigned n = 0; n < rows[i].shared; n++) {
            patch("a.qcow2", entry_at(n),
                  data | (rows[i].shared == 1 ? QCOW2_COPIED : 0), 8);
        }
        patch("a.qcow2", 72, 1, 8);
        EXPECT_EQ(try_open("a.qcow2", &options, &image, text),
                  rows[i].fits ? 0 : -EUCLEAN);
        if (!image) {
            EXPECT(strstr(text, "its refcounts cannot be repaired"));
            continue;
        }
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
        image = open_to_write("a.qcow2");
        REQUIRE(image != NULL);
        /* A write is one of its own, and the last one leaves the cluster. */
        EXPECT_EQ(image_write(image, CLUSTER / 2, "!", 1, true), 0);
        for (unsigned n = 0; n < rows[i].shared; n++) {
            EXPECT_EQ(
                image_read(image, (uint64_t)n * CLUSTER, seen, CLUSTER, true),
                0);
            EXPECT_EQ(seen[CLUSTER / 2], n == 0 ? '!' : 0x3c);
            EXPECT_EQ(seen[CLUSTER / 2 + 1], 0x3c);
        }
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
        image = open_to_write("a.qcow2");
        REQUIRE(image != NULL);
        EXPECT_EQ(image_zero(image, CLUSTER, disk - CLUSTER, true), 0);
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
    }
    end();
}

/* ---- The refcount table -------------------------------------------------- */

/* Data far behind in the file, of which nothing was counted: the table has room
 * for half as many blocks again. */
TEST(a_refcount_table_grows_with_the_file)
{
    static const struct {
        uint64_t block; /* that is to be counted in */
        uint64_t clusters;
    } rows[] = {
        {1024, 25}, /* 8 * (1024 + 1 + 512) bytes */
        {2048, 49},
    };
    uint8_t byte = 0;
    begin();
    if (!make("cluster_size=512,refcount_bits=64", 8 * SMALL)) {
        end();
        SKIP("qemu-img is not installed");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t data = rows[i].block * 64 * SMALL;
        test_case("row %u", i);
        EXPECT_EQ(
            shell("truncate -s %llu a.qcow2", (unsigned long long)data + SMALL),
            0);
        patch("a.qcow2", entry_at(32 + i), data | QCOW2_COPIED, 8);
        patch("a.qcow2", 72, 1, 8);
        struct image *image = open_to_write("a.qcow2");
        REQUIRE(image != NULL);
        EXPECT_EQ(peek("a.qcow2", 48, 8), data + SMALL);
        EXPECT_EQ(peek("a.qcow2", 56, 4), rows[i].clusters);
        /* Clusters before the table and behind it are no metadata. */
        EXPECT_EQ(image_write(image, (32 + i) * SMALL, "!", 1, true), 0);
        EXPECT_EQ(image_sync(image), 0);
        for (unsigned n = 0; n < 60; n++) {
            EXPECT_EQ(image_write(image, (40 + n) * SMALL, "!", 1, true), 0);
        }
        EXPECT_EQ(image_zero(image, 40 * SMALL, 60 * SMALL, true), 0);
        EXPECT_EQ(image_read(image, 7 * SMALL, &byte, 1, true), 0);
        EXPECT_EQ(byte, 0x3c);
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
    }
    end();
}

/* ---- Clusters that are used again ---------------------------------------- */

static unsigned syncs;

static int count_syncs(void *context, const struct image_change *change)
{
    syncs += change->kind == IMAGE_CHANGE_SYNC;
    return 0;
}

/* More than are noted, and than wait for a sync. */
TEST(clusters_that_were_freed_are_used_again)
{
    enum { WAITING = 1 << 14, NOTED = 1 << 16, ALL = NOTED + 4096 };
    enum { SIZE = ALL * SMALL };
    static uint8_t bytes[SIZE];
    begin();
    if (!has_qemu_img()) {
        end();
        SKIP("qemu-img is not installed");
    }
    EXPECT_EQ(
        shell("qemu-img create -q -f qcow2 -o cluster_size=512 a.qcow2 %d",
              SIZE),
        0);
    memset(bytes, 0x3c, sizeof(bytes));
    struct image *image = open_to_write("a.qcow2");
    REQUIRE(image != NULL);
    EXPECT_EQ(image_write(image, 0, bytes, SIZE, true), 0);
    EXPECT_EQ(image_sync(image), 0);
    const uint64_t size = image->file.size;
    image->file.observe = count_syncs;
    syncs = 0;
    /* So many may wait. */
    EXPECT_EQ(image_zero(image, 0, WAITING * SMALL, true), 0);
    EXPECT_EQ(image_write(image, 0, bytes, 1, false), 0);
    EXPECT_EQ(image_zero(image, 0, SMALL, true), 0);
    EXPECT_EQ(syncs, 0);
    EXPECT_EQ(image_write(image, 0, bytes, 1, false), -EAGAIN);
    EXPECT_EQ(image_write(image, 0, bytes, 1, true), 0);
    EXPECT(syncs != 0);
    syncs = 0;
    EXPECT_EQ(image_zero(image, WAITING * SMALL, SIZE - WAITING * SMALL, true),
              0);
    EXPECT(syncs >= 3 * 2 && syncs < 5 * 3);
    EXPECT_EQ(image_sync(image), 0);
    for (unsigned i = 0; i < 2; i++) {
        test_case("time %u", i);
        EXPECT_EQ(image_write(image, 0, bytes, SIZE, true), 0);
        EXPECT(image->file.size <= size);
        EXPECT_EQ(image_zero(image, 0, SIZE, true), 0);
        EXPECT_EQ(image_sync(image), 0);
        EXPECT_EQ(((struct qcow2 *)image->state)->free.count, NOTED);
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
        image = open_to_write("a.qcow2");
        REQUIRE(image != NULL);
    }
    image_close(image);
    end();
}
