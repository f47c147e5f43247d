/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what is refused and why, repairs, and several threads at a time; the
 * contents of images are in ../image_test.c, losses of power in power_test.c.
 */
#include <pthread.h>
#include <sys/stat.h>

#include "tests/image_folder.h"

enum { DISK = 1 << 20 };

static void make(const char *name, unsigned cluster_bits, const char *backing)
{
    OWNED(free_at) char *below = backing ? place(backing) : NULL;
    struct image *image =
        create(name, (struct image_layout){.size_bytes = DISK,
                                           .cluster_bits = cluster_bits,
                                           .backing = below,
                                           .backing_format =
                                               backing ? "qcow2" : NULL});
    if (image && !backing) {
        static uint8_t bytes[100 << 10];
        memset(bytes, 0x3c, sizeof(bytes));
        EXPECT_EQ(image_write(image, 5000, bytes, sizeof(bytes), true), 0);
    }
    EXPECT_EQ(image_close(image), 0);
}

/* ---- Tables -------------------------------------------------------------- */

/* Clusters of 4 KiB: the refcount table is at 1, its block at 2, the L1 table
 * at 3; then come the L2 table and data, as they were written. */
enum { BLOCK_AT = 2 << 12, L1_AT = 3 << 12 };

TEST(tables_that_lead_nowhere_are_errors_and_end_writes)
{
    static const uint64_t entries[] = {
        1ull << 63 | 1ull << 40, /* behind the file */
        1ull << 63 | 512,        /* between clusters */
        1ull << 63 | 4096 | 2,   /* reserved bits */
        1ull << 62 | 1ull << 50, /* compressed, and behind the file */
    };
    char text[512];
    uint8_t bytes[512] = {0};
    begin();
    for (size_t i = 0; i < 2 * ARRAY_SIZE(entries) - 1; i++) {
        const struct image_options options = {0};
        struct image *image = NULL;
        test_case("row %zu", i);
        make("a.qcow2", 12, NULL);
        char *path = place("a.qcow2");
        struct buffer file = {0};
        EXPECT_EQ(file_read(path, 1 << 20, &file, NULL), 0);
        const uint64_t l2_at = load_be32(file.bytes + L1_AT + 4);
        patch("a.qcow2", i < ARRAY_SIZE(entries) ? l2_at + 8 : L1_AT,
              entries[i % ARRAY_SIZE(entries)], 8);
        if (i >= ARRAY_SIZE(entries)) {
            /* The L1 table is looked at when the image is opened. */
            const struct image_options only_read = {.read_only = true};
            EXPECT_EQ(try_open("a.qcow2", &options, &image, text), -EUCLEAN);
            EXPECT(strstr(text, "entry 0 of the L1 table at 0x3000 is"));
            REQUIRE(try_open("a.qcow2", &only_read, &image, text) == 0);
            EXPECT_EQ(image_read(image, 5000, bytes, sizeof(bytes), true),
                      -EUCLEAN);
            EXPECT_EQ(image_close(image), 0);
            buffer_fini(&file);
            free(path);
            continue;
        }
        REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
        EXPECT_EQ(image_read(image, 5000, bytes, sizeof(bytes), true),
                  -EUCLEAN);
        EXPECT(strstr(image_why(image, -EUCLEAN), "entry 1 of the L2 table"));
        EXPECT_EQ(image_write(image, 5000, bytes, sizeof(bytes), true),
                  -EUCLEAN);
        EXPECT_EQ(image_write(image, 90000, bytes, sizeof(bytes), true),
                  -EUCLEAN);
        EXPECT_EQ(image_close(image), -EUCLEAN);
        buffer_fini(&file);
        free(path);
    }
    end();
}

TEST(refcounts_of_an_image_that_was_not_closed_are_repaired)
{
    char text[512];
    uint8_t byte = 0;
    begin();
    make("a.qcow2", 12, NULL);
    /* Lost, and one too many. */
    patch("a.qcow2", BLOCK_AT + 8, 0, 8);
    patch("a.qcow2", BLOCK_AT + 2 * 200, 1, 2);
    patch("a.qcow2", 72, 1, 8);
    const struct image_options options = {0};
    struct image *image = NULL;
    REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
    EXPECT_EQ(image_read(image, 5000, &byte, 1, true), 0);
    EXPECT_EQ(byte, 0x3c);
    EXPECT_EQ(image_close(image), 0);
    judge("a.qcow2");
    REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
    struct image_facts facts;
    image->type->describe(image, &facts);
    EXPECT(!facts.dirty);
    image_close(image);
    end();
}

/* ---- A full host --------------------------------------------------------- */

static unsigned until_full;

static int refuse_when_full(void *context, const struct image_change *change)
{
    return change->kind != IMAGE_CHANGE_RELEASE && until_full-- == 0 ? -ENOSPC
                                                                     : 0;
}

TEST(a_full_host_is_an_error_once_and_loses_nothing_else)
{
    enum { LATEST = 12 };
    char text[512];
    static uint8_t bytes[9000];
    static uint8_t seen[9000];
    memset(bytes, 0x77, sizeof(bytes));
    for (unsigned i = 0; i < LATEST; i++) {
        const struct image_options options = {0};
        struct image *image = NULL;
        test_case("change %u", i);
        begin();
        make("base.qcow2", 12, NULL);
        make("a.qcow2", 12, "base.qcow2");
        REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
        until_full = i;
        image->file.observe = refuse_when_full;
        int code = image_write(image, 5100, bytes, sizeof(bytes), true);
        int sync = image_sync(image);
        EXPECT(code == 0 || code == -ENOSPC);
        EXPECT(sync == 0 || sync == -ENOSPC);
        EXPECT((code != 0) + (sync != 0) <= 1);
        /* There is room again. */
        image->file.observe = NULL;
        EXPECT_EQ(image_write(image, 5100, bytes, sizeof(bytes), true), 0);
        EXPECT_EQ(image_close(image), 0);
        REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
        EXPECT_EQ(image_read(image, 5100, seen, sizeof(seen), true), 0);
        EXPECT_BYTES(seen, bytes, sizeof(seen));
        EXPECT_EQ(image_read(image, 5000, seen, 1, true), 0);
        EXPECT_EQ(seen[0], 0x3c);
        image_close(image);
        judge("a.qcow2");
        end();
    }
}

/* ---- Threads ------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 400 };

struct writer {
    pthread_t thread;
    struct image *image;
    unsigned number;
};

/* Every fourth sector of 512 bytes is a thread's own: clusters are shared. */
static void *write_sectors(void *context)
{
    const struct writer *writer = context;
    uint8_t bytes[512];
    for (unsigned i = 0; i < ROUNDS; i++) {
        const uint64_t at = (THREADS * (i * 7ull % ROUNDS) + writer->number);
        memset(bytes, (int)(at * 5 + 1), sizeof(bytes));
        if (image_write(writer->image, at * 512, bytes, sizeof(bytes), true) ||
            (i % 50 == 0 && image_sync(writer->image)) ||
            image_read(writer->image, at * 512, bytes, sizeof(bytes), true) ||
            bytes[100] != (uint8_t)(at * 5 + 1)) {
            abort();
        }
    }
    return NULL;
}

TEST(threads_that_write_into_one_cluster_do_not_meet)
{
    struct writer writers[THREADS];
    char text[512];
    begin();
    make("base.qcow2", 12, NULL);
    make("a.qcow2", 16, "base.qcow2");
    const struct image_options options = {0};
    struct image *image = NULL;
    REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.image = image, .number = i};
        EXPECT_EQ(pthread_create(&writers[i].thread, NULL, write_sectors,
                                 &writers[i]),
                  0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(writers[i].thread, NULL);
    }
    for (uint64_t at = 0; at < THREADS * ROUNDS; at++) {
        uint8_t byte = 0;
        EXPECT_EQ(image_read(image, at * 512 + 17, &byte, 1, true), 0);
        EXPECT_EQ(byte, (uint8_t)(at * 5 + 1));
    }
    EXPECT_EQ(image_close(image), 0);
    end();
}
