/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in memory: no more than have their room, none of which is lost, and
 * the set of clusters that have metadata. */
#include "backends/qcow2/qcow2.h"
#include "tests/image_folder.h"

/* ---- Tables of a large disk ---------------------------------------------- */

static const struct qcow2_directory *l1_of(const struct image *image)
{
    return &((const struct qcow2 *)image->state)->l1;
}

/* One byte of each table, from first on. */
static void write_each(struct image *image, uint64_t table_bytes,
                       unsigned count, uint8_t first)
{
    for (unsigned i = 0; i < count; i++) {
        const uint8_t byte = (uint8_t)(first + i);
        EXPECT_EQ(image_write(image, i * table_bytes + 77, &byte, 1, true), 0);
    }
}

static void read_each(struct image *image, uint64_t table_bytes, unsigned count,
                      uint8_t first)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t byte = 0;
        EXPECT_EQ(image_read(image, i * table_bytes + 77, &byte, 1, true), 0);
        EXPECT_EQ(byte, (uint8_t)(first + i));
    }
}

TEST(tables_are_kept_within_bounds_and_none_is_lost)
{
    static const struct {
        unsigned bits;
        unsigned tables; /* in memory, of 8 MiB or 16 */
    } rows[] = {
        {18, 32},
        {20, 16},
    };
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t table_bytes = 1ull << (2 * rows[i].bits - 3);
        const unsigned count = rows[i].tables + 8;
        uint8_t byte = 0;
        test_case("row %zu", i);
        struct image *image = create(
            "a.qcow2", (struct image_layout){.size_bytes = count * table_bytes,
                                             .cluster_bits = rows[i].bits});
        REQUIRE(image != NULL);
        /* The last one that has room, and what has to wait then. */
        write_each(image, table_bytes, rows[i].tables + 1, 1);
        EXPECT_EQ(l1_of(image)->held, rows[i].tables + 1);
        EXPECT(image_file_is_synced(&image->file) == false);
        EXPECT_EQ(image_read(image, 77, &byte, 1, false), -EAGAIN);
        EXPECT_EQ(image_write(image, 77, &byte, 1, false), -EAGAIN);
        EXPECT_EQ(image_read(image, 77, &byte, 1, true), 0);
        EXPECT_EQ(byte, 1);
        write_each(image, table_bytes, count, 100);
        EXPECT(l1_of(image)->held <= rows[i].tables + 1);
        for (unsigned n = 0; n < 3; n++) {
            read_each(image, table_bytes, count, 100);
            EXPECT(l1_of(image)->held <= rows[i].tables + 1);
        }
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
        image = open_to_write("a.qcow2");
        REQUIRE(image != NULL);
        read_each(image, table_bytes, count, 100);
        /* Tables that were not changed make room at once. */
        EXPECT_EQ(image_read(image, 77, &byte, 1, true), 0);
        EXPECT_EQ(l1_of(image)->held, rows[i].tables + 1);
        EXPECT_EQ(image_read(image, 77, &byte, 1, false), 0);
        EXPECT_EQ(l1_of(image)->held, rows[i].tables);
        image_close(image);
    }
    end();
}

TEST(a_table_that_is_not_in_memory_is_waited_for)
{
    enum { CLUSTER = 4096 };
    static uint8_t bytes[2 * CLUSTER];
    begin();
    struct image *image =
        create("a.qcow2", (struct image_layout){.size_bytes = 8 << 20,
                                                .cluster_bits = 12});
    REQUIRE(image != NULL);
    memset(bytes, 0x3c, sizeof(bytes));
    EXPECT_EQ(image_write(image, 0, bytes, sizeof(bytes), true), 0);
    EXPECT_EQ(image_close(image), 0);
    for (unsigned i = 0; i < 2; i++) {
        test_case("to be written: %u", i);
        image = open_to_write("a.qcow2");
        REQUIRE(image != NULL);
        image->file.waits_reads = true;
        for (unsigned n = 0; n < 2; n++) {
            EXPECT_EQ(i == 0 ? image_read(image, 0, bytes, 1, false)
                             : image_write(image, 0, bytes, 1, false),
                      -EAGAIN);
            EXPECT_EQ(l1_of(image)->held, 0);
        }
        EXPECT_EQ(image_read(image, 0, bytes, sizeof(bytes), true), 0);
        EXPECT_EQ(bytes[0] & bytes[sizeof(bytes) - 1], 0x3c);
        EXPECT_EQ(l1_of(image)->held, 1);
        /* It is known now what has no data. */
        EXPECT_EQ(image_read(image, 4 * CLUSTER, bytes, 1, false), 0);
        EXPECT_EQ(bytes[0], 0);
        bytes[0] = 0x3c;
        EXPECT_EQ(image_zero(image, 3 * CLUSTER, CLUSTER, true), 0);
        EXPECT_EQ(image_close(image), 0);
    }
    judge("a.qcow2");
    end();
}

/* ---- The set of metadata ------------------------------------------------- */

/* Against a set of bits, with numbers that meet in the table. */
TEST(clusters_of_metadata_are_those_that_were_added)
{
    enum { NUMBERS = 1 << 12, STEPS = 20000, CHECK = 1000 };
    static bool has[NUMBERS];
    struct qcow2 qcow2 = {0};
    uint64_t random = 1;
    size_t count = 0;
    EXPECT(!qcow2_is_metadata(&qcow2, 0));
    for (unsigned i = 0; i < STEPS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const uint64_t number = random >> 40 & (NUMBERS - 1);
        /* It grows first, and shrinks at the end. */
        const bool add = (random >> 60) < (i < STEPS / 2 ? 12 : 5);
        count += add != has[number] ? (add ? 1 : (size_t)-1) : 0;
        has[number] = add;
        if (add) {
            qcow2_metadata_add(&qcow2, number);
        } else if (i != 0) {
            qcow2_metadata_remove(&qcow2, number);
        }
        EXPECT_EQ(qcow2.metadata.count, count);
        EXPECT(2 * qcow2.metadata.count <= qcow2.metadata.room + 2);
        for (uint64_t n = 0; i % CHECK == 0 && n < NUMBERS; n++) {
            EXPECT_EQ(qcow2_is_metadata(&qcow2, n), has[n]);
        }
    }
    EXPECT_EQ(qcow2.metadata.room, 8192);
    free(qcow2.metadata.slots);
}

/* ---- What a sync has to do ----------------------------------------------- */

TEST(an_image_is_synced_until_it_is_changed)
{
    enum { SIZE = 1 << 20, CLUSTER = 4096 };
    static const uint8_t bytes[CLUSTER] = {1};
    static const struct {
        const char *name;
        uint64_t offset;
        bool zero;
        bool synced;
    } rows[] = {
        {"a new cluster",    0,           false, false},
        {"the same again",   0,           false, false},
        {"zeros of it",      0,           true,  false},
        {"zeros of nothing", 2 * CLUSTER, true,  true },
        {"a cluster again",  0,           false, false},
    };
    begin();
    struct image *image =
        create("a.qcow2",
               (struct image_layout){.size_bytes = SIZE, .cluster_bits = 12});
    REQUIRE(image != NULL);
    EXPECT_EQ(image_sync(image), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].name);
        EXPECT(image_is_synced(image));
        EXPECT_EQ(
            rows[i].zero
                ? image_zero(image, rows[i].offset, CLUSTER, false)
                : image_write(image, rows[i].offset, bytes, CLUSTER, true),
            0);
        EXPECT_EQ(image_is_synced(image), rows[i].synced);
        EXPECT_EQ(image_sync(image), 0);
    }
    EXPECT_EQ(image_close(image), 0);
    end();
}

/* ---- Changes that must not wait ------------------------------------------ */

/* Zeros around a change in a cluster that had other data: 128 KiB at once and
 * no more. */
TEST(what_is_long_around_a_change_waits)
{
    enum { CLUSTER = 1 << 18, MOST = 128 << 10 };
    static const struct {
        uint64_t offset;
        size_t size;
        bool at_once;
    } rows[] = {
        {MOST,     MOST,     true },
        {MOST + 1, MOST - 1, false},
        {MOST - 1, MOST,     true },
        {0,        MOST,     true },
        {0,        MOST - 1, false},
        {0,        MOST + 1, false},
    };
    static uint8_t bytes[CLUSTER];
    static uint8_t seen[CLUSTER];
    memset(bytes, '!', sizeof(bytes));
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        struct image *image =
            create("a.qcow2", (struct image_layout){.size_bytes = 1 << 20,
                                                    .cluster_bits = 18});
        REQUIRE(image != NULL);
        EXPECT_EQ(image_write(image, CLUSTER, bytes, CLUSTER, true), 0);
        EXPECT_EQ(image_zero(image, CLUSTER, CLUSTER, true), 0);
        EXPECT_EQ(image_sync(image), 0);
        const int code =
            image_write(image, rows[i].offset, bytes, rows[i].size, false);
        EXPECT_EQ(code, rows[i].at_once ? 0 : -EAGAIN);
        if (code != 0) {
            EXPECT_EQ(
                image_write(image, rows[i].offset, bytes, rows[i].size, true),
                0);
        }
        EXPECT_EQ(image_read(image, 0, seen, CLUSTER, true), 0);
        for (uint64_t at = 0; at < CLUSTER; at++) {
            seen[at] ^= at - rows[i].offset < rows[i].size ? '!' : 0;
        }
        EXPECT(seen[0] == 0 && memcmp(seen, seen + 1, CLUSTER - 1) == 0);
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
    }
    end();
}
