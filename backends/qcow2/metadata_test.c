/* SPDX-License-Identifier: Apache-2.0 */
/* Images whose tables name metadata where data should be: whatever the guest
 * does, no metadata are written, and the image is marked as corrupt. */
#include "tests/image_folder.h"

/* Clusters of 4 KiB, in the order in which they are made. */
enum {
    CLUSTER = 4096,
    REFCOUNTS_AT = 1 * CLUSTER,
    BLOCK_AT = 2 * CLUSTER,
    L1_AT = 3 * CLUSTER,
    L2_AT = 4 * CLUSTER,
    DATA_AT = 5 * CLUSTER, /* of the disk from CLUSTER on */
    DISK = 4 << 20,        /* two L2 tables */
    FILE_MAX = 8 << 20,
};

#define OWN    (1ull << 63)
#define PACKED (1ull << 62)
#define ZERO   1ull

static void make_shape(unsigned version, uint64_t disk)
{
    struct image *image =
        create("a.qcow2",
               (struct image_layout){.size_bytes = disk, .cluster_bits = 12});
    uint8_t bytes[2 * CLUSTER];
    memset(bytes, 0x3c, sizeof(bytes));
    EXPECT_EQ(image_write(image, CLUSTER, bytes, sizeof(bytes), true), 0);
    EXPECT_EQ(image_close(image), 0);
    patch("a.qcow2", 4, version, 4);
}

static void make(void)
{
    make_shape(3, DISK);
}

static void read_whole(struct buffer *bytes)
{
    OWNED(free_at) char *path = place("a.qcow2");
    *bytes = (struct buffer){0};
    EXPECT_EQ(file_read(path, FILE_MAX, bytes, NULL), 0);
}

static struct image *open_image(bool read_only, char *text)
{
    const struct image_options options = {.format = "qcow2",
                                          .read_only = read_only};
    struct image *image = NULL;
    try_open("a.qcow2", &options, &image, text);
    return image;
}

/* ---- Entries of L2 tables ------------------------------------------------ */

enum act { WRITE, WRITE_PART, WRITE_RUN, ZEROES, DISCARD };

static int act(struct image *image, enum act act)
{
    static const uint8_t bytes[3 * CLUSTER] = {0xa5};
    switch (act) {
    case WRITE:
        return image_write(image, CLUSTER, bytes, CLUSTER, true);
    case WRITE_PART:
        return image_write(image, CLUSTER + 100, bytes, 10, false);
    case WRITE_RUN:
        return image_write(image, 0, bytes, sizeof(bytes), true);
    case ZEROES:
        return image_zero(image, CLUSTER, CLUSTER, false);
    case DISCARD:
        return image_zero(image, CLUSTER, CLUSTER, true);
    }
    return 0;
}

static const struct {
    uint64_t at;
    const char *name;
} places[] = {
    {0,            "the header"                },
    {REFCOUNTS_AT, "the refcount table"        },
    {BLOCK_AT,     "refcount block 0"          },
    {L1_AT,        "the L1 table"              },
    {L2_AT,        "the L2 table of L1 entry 0"},
};

static const struct {
    uint64_t flags;
    enum act act;
} acts[] = {
    {OWN,        WRITE     },
    {OWN,        WRITE_PART},
    {OWN,        WRITE_RUN },
    {OWN,        DISCARD   },
    {0,          WRITE     },
    {0,          WRITE_RUN },
    {0,          ZEROES    },
    {0,          DISCARD   },
    {OWN | ZERO, WRITE     },
    {OWN | ZERO, DISCARD   },
    {PACKED,     WRITE     },
    {PACKED,     DISCARD   },
};

/* Nothing of the file but the mark differs up to the first data. */
static void expect_spared(const struct buffer *before)
{
    OWNED(buffer_fini) struct buffer after;
    read_whole(&after);
    EXPECT_EQ(after.bytes[79], before->bytes[79] | 2);
    after.bytes[79] = before->bytes[79];
    EXPECT_BYTES(after.bytes, before->bytes, DATA_AT);
}

static void expect_refusal(const char *name, enum act what)
{
    OWNED(buffer_fini) struct buffer before;
    char text[512];
    uint8_t byte = 0;
    read_whole(&before);
    struct image *image = open_image(false, text);
    EXPECT_STR(text, "");
    REQUIRE(image != NULL);
    EXPECT_EQ(act(image, what), -EUCLEAN);
    const char *why = image_why(image, -EUCLEAN);
    EXPECT(strstr(why, "entry 1 of the L2 table at 0x4000 (L1 entry 0) names"));
    EXPECT(strstr(why, name));
    EXPECT(strstr(why, "marked as corrupt; it is not written any more"));
    EXPECT_EQ(image_write(image, DISK / 2, &byte, 1, true), -EUCLEAN);
    EXPECT_EQ(image_sync(image), -EUCLEAN);
    EXPECT_EQ(image_read(image, 2 * CLUSTER, &byte, 1, true), 0);
    EXPECT_EQ(image_close(image), -EUCLEAN);
    expect_spared(&before);
    EXPECT(!open_image(false, text));
    EXPECT(strstr(text, "marked as corrupt"));
    image = open_image(true, text);
    EXPECT_STR(text, "");
    image_close(image);
}

TEST(no_metadata_are_written_where_an_entry_names_them)
{
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(places) * ARRAY_SIZE(acts); i++) {
        const size_t place = i % ARRAY_SIZE(places);
        const size_t row = i / ARRAY_SIZE(places);
        if (places[place].at == 0 && acts[row].flags != PACKED) {
            continue; /* such an entry names nothing */
        }
        test_case("%s, act %zu", places[place].name, row);
        make();
        patch("a.qcow2", L2_AT + 8, places[place].at | acts[row].flags, 8);
        expect_refusal(places[place].name, acts[row].act);
    }
    end();
}

/* ---- Tables -------------------------------------------------------------- */

TEST(an_image_whose_metadata_overlap_is_not_written)
{
    static const struct {
        uint64_t at;
        uint64_t value;
        unsigned size;
        const char *says;
    } rows[] = {
        {L1_AT,        OWN | BLOCK_AT,     8,
         "entry 0 of the L1 table names 0x2000, where refcount block 0 is"                     },
        {L1_AT,        OWN | REFCOUNTS_AT, 8,
         "entry 0 of the L1 table names 0x1000, where the refcount table"                      },
        {L1_AT,        OWN | L1_AT,        8,
         "entry 0 of the L1 table names 0x3000, where the L1 table is"                         },
        {L1_AT + 8,    OWN | L2_AT,        8,
         "entry 1 of the L1 table names 0x4000, where the L2 table of L1 "
         "entry 0 is"                                                                          },
        {L1_AT + 8,    OWN | 1ull << 40,   8,
         "entry 1 of the L1 table at 0x3000 is 0x8000010000000000"                             },
        {REFCOUNTS_AT, L1_AT,              8,
         "entry 0 of the refcount table names 0x3000, where the L1 table"                      },
        {REFCOUNTS_AT, 0,                  8,
         "the refcount of cluster 0 at 0x0 is 0, where the header is"                          },
        {BLOCK_AT + 2, 0,                  2,
         "the refcount of cluster 1 at 0x1000 is 0, where the refcount table"                  },
        {BLOCK_AT + 6, 0,                  2,
         "the refcount of cluster 3 at 0x3000 is 0, where the L1 table is"                     },
        {40,           REFCOUNTS_AT,       8, "the L1 table at 0x1000 overlaps"                },
        {48,           L1_AT,              8, "the L1 table at 0x3000 overlaps"                },
        {56,           0,                  4, "has no refcount table: it can only be read"     },
        {60,           2,                  4, "has internal snapshots (2): it can only be read"},
    };
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer before;
        OWNED(buffer_fini) struct buffer after;
        test_case("row %zu", i);
        make();
        patch("a.qcow2", rows[i].at, rows[i].value, rows[i].size);
        read_whole(&before);
        EXPECT(!open_image(false, text));
        EXPECT(strstr(text, rows[i].says));
        read_whole(&after);
        EXPECT_EQ(after.size, before.size);
        EXPECT_BYTES(after.bytes, before.bytes, before.size);
        struct image *image = open_image(true, text);
        EXPECT_STR(text, "");
        image_close(image);
    }
    end();
}

/* The refcount of the L2 table is 0: the walk for free clusters finds it. */
TEST(metadata_that_count_as_free_are_not_allocated)
{
    struct buffer before;
    char text[512];
    uint8_t byte = 1;
    begin();
    make();
    patch("a.qcow2", BLOCK_AT + 8, 0, 2);
    read_whole(&before);
    struct image *image = open_image(false, text);
    REQUIRE(image != NULL);
    EXPECT_EQ(image_write(image, DISK / 2, &byte, 1, true), -EUCLEAN);
    EXPECT(strstr(image_why(image, -EUCLEAN),
                  "the refcount of cluster 4 at 0x4000 is 0, where the L2 "));
    EXPECT_EQ(image_close(image), -EUCLEAN);
    expect_spared(&before);
    buffer_fini(&before);
    end();
}

/* ---- Other shapes -------------------------------------------------------- */

/* Entries of an image of that shape, where a write is refused, or is not. */
TEST(metadata_are_known_where_they_begin_and_end)
{
    /* An L1 table of two clusters, and all behind it is one further. */
    enum { SHIFTED = DATA_AT + CLUSTER };
    const uint64_t two = (1 << 30) + 512;
    const struct {
        unsigned version;
        uint64_t disk;
        uint64_t at; /* of the entry */
        uint64_t entry;
        const char *says; /* NULL: it is written */
    } rows[] = {
        {3, two,  SHIFTED - CLUSTER + 8, OWN | 4 * CLUSTER,
         "entry 1 of the L2 table at 0x5000 (L1 entry 0) names 0x4000, where "
         "the L1 table is; the image is marked as corrupt; it is not written"      },
        {3, two,  SHIFTED - CLUSTER + 8, OWN | 5 * CLUSTER,
         "where the L2 table of L1 entry 0 is; the image is marked"                },
        {3, two,  SHIFTED - CLUSTER + 8, OWN | 6 * CLUSTER,                    NULL},
        {2, DISK, L2_AT + 8,             OWN | L1_AT,
         "where the L1 table is; it is not written any more"                       },
 /* The second sector of what was packed, and the first alone. */
        {3, DISK, L2_AT + 8,             PACKED | 1ull << 58 | (L1_AT - 512),
         "names 0x2e00, where refcount block 0 is"                                 },
        {3, DISK, L2_AT + 8,             PACKED | 1ull << 58 | (DATA_AT - 10),
         "names 0x4ff6, where the L2 table of L1 entry 0 is"                       },
        {3, DISK, L2_AT + 8,             PACKED | DATA_AT,                     NULL},
    };
    static const uint8_t bytes[CLUSTER] = {0xa5};
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        make_shape(rows[i].version, rows[i].disk);
        patch("a.qcow2", rows[i].at, rows[i].entry, 8);
        struct image *image = open_image(false, text);
        EXPECT_STR(text, "");
        REQUIRE(image != NULL);
        EXPECT_EQ(image_write(image, CLUSTER, bytes, CLUSTER, true),
                  rows[i].says ? -EUCLEAN : 0);
        const char *why = image_why(image, -EUCLEAN);
        EXPECT(strstr(why, rows[i].says ? rows[i].says : ""));
        EXPECT_EQ(strstr(why, "marked") != NULL,
                  rows[i].says && rows[i].version == 3);
        EXPECT_EQ(image_close(image), rows[i].says ? -EUCLEAN : 0);
        EXPECT_EQ(peek("a.qcow2", 79, 1),
                  rows[i].says && rows[i].version == 3 ? 2 : 0);
    }
    end();
}

/* An entry in the second L2 table, whose first cluster is fine. */
TEST(a_range_ends_at_the_entry_that_makes_no_sense)
{
    enum { SECOND = DISK / 2 };
    static const char *const kinds[] = {"read", "write", "zero", "discard"};
    static uint8_t bytes[3 * CLUSTER];
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        test_case("%s", kinds[i]);
        make();
        struct image *image = open_image(false, text);
        REQUIRE(image != NULL);
        memset(bytes, 0x3c, sizeof(bytes));
        EXPECT_EQ(image_write(image, SECOND, bytes, sizeof(bytes), true), 0);
        EXPECT_EQ(image_close(image), 0);
        const uint64_t table = peek("a.qcow2", L1_AT + 8, 8) & ~OWN;
        patch("a.qcow2", table + 8, OWN | 4096 | 2, 8);
        image = open_image(false, text);
        REQUIRE(image != NULL);
        const int code =
            i == 0   ? image_read(image, SECOND, bytes, sizeof(bytes), true)
            : i == 1 ? image_write(image, SECOND, bytes, sizeof(bytes), true)
                     : image_zero(image, SECOND, sizeof(bytes), i == 3);
        EXPECT_EQ(code, -EUCLEAN);
        EXPECT(strstr(image_why(image, code),
                      "(L1 entry 1) is 0x8000000000001002, in a file of "));
        EXPECT_EQ(image_close(image), -EUCLEAN);
        EXPECT_EQ(peek("a.qcow2", 79, 1), 2);
    }
    end();
}
