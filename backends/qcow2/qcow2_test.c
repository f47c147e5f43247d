/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what is refused and why, repairs, and several threads at a time; the
 * contents of images are in ../image_test.c, losses of power in power_test.c.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"

enum { DISK = 1 << 20 };

static char folder[64];

static void begin(void)
{
    strcpy(folder, "/tmp/cairn-qcow2-XXXXXX");
    REQUIRE(mkdtemp(folder) != NULL);
}

static void end(void)
{
    char *line = xasprintf("rm -r %s", folder);
    EXPECT_EQ(system(line), 0);
    free(line);
}

/* "@/name" is in the folder of the test; to be freed. */
static char *place(const char *name)
{
    return name[0] == '@' ? xasprintf("%s%s", folder, name + 1) : xstrdup(name);
}

static void make(const char *name, unsigned cluster_bits, const char *backing)
{
    char *path = place(name);
    char *below = backing ? place(backing) : NULL;
    const struct image_layout layout = {.size_bytes = DISK,
                                        .cluster_bits = cluster_bits,
                                        .backing = below,
                                        .backing_format =
                                            backing ? "qcow2" : NULL};
    struct image *image = NULL;
    struct error error = {""};
    image_create(path, image_type_find("qcow2"), &layout, &image, &error);
    EXPECT_STR(error.text, "");
    if (image && !backing) {
        static uint8_t bytes[100 << 10];
        memset(bytes, 0x3c, sizeof(bytes));
        EXPECT_EQ(image_write(image, 5000, bytes, sizeof(bytes), true), 0);
    }
    EXPECT_EQ(image_close(image), 0);
    free(path);
    free(below);
}

static void patch(const char *name, uint64_t at, uint64_t value, unsigned size)
{
    char *path = place(name);
    FILE *file = fopen(path, "r+");
    REQUIRE(file != NULL);
    EXPECT_EQ(fseek(file, (long)at, SEEK_SET), 0);
    while (size-- != 0) {
        fputc((int)(value >> 8 * size & 0xff), file);
    }
    fclose(file);
    free(path);
}

static int try_open(const char *name, const struct image_options *options,
                    struct image **image, char *text)
{
    char *path = place(name);
    struct error error = {""};
    int code = image_open(path, options, image, &error);
    memcpy(text, error.text, sizeof(error.text));
    free(path);
    return code;
}

/* ---- Headers ------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned at;
    unsigned size;
    uint64_t value;
    int code;
    const char *says;
} headers[] = {
    {"version",             4,   4, 4,                  -ENOTSUP, "version 4"             },
    {"version 1",           4,   4, 1,                  -ENOTSUP, "version 1"             },
    {"tiny clusters",       20,  4, 8,                  -EUCLEAN, "clusters of 2^8"       },
    {"huge clusters",       20,  4, 22,                 -EUCLEAN, "clusters of 2^22"      },
    {"odd size",            24,  8, 511,                -EUCLEAN, "a disk of 511"         },
    {"negative size",       24,  8, 1ull << 63,         -EUCLEAN, "a disk of 9223"        },
    {"size without tables", 24,  8, 1ull << 40,         -EUCLEAN, "an L1 table of"        },
    {"AES",                 32,  4, 1,                  -ENOTSUP, "is encrypted"          },
    {"LUKS",                32,  4, 2,                  -ENOTSUP, "is encrypted"          },
    {"long L1 table",       36,  4, 1 << 30,            -EFBIG,   "the L1 table of"       },
    {"L1 table behind",     40,  8, 1 << 30,            -EUCLEAN, "the L1 table at"       },
    {"L1 table between",    40,  8, 4097,               -EUCLEAN, "the L1 table at"       },
    {"no refcounts",        48,  8, 0,                  -EUCLEAN, "the refcount table at" },
    {"many refcounts",      56,  4, UINT32_MAX,         -EFBIG,   "the refcount table of" },
    {"a snapshot",          60,  4, 1,                  -ENOTSUP, "internal snapshots (1)"},
    {"corrupt",             72,  8, 2,                  -EUCLEAN, "marked as corrupt"     },
    {"external data",       72,  8, 4,                  -ENOTSUP, "external data file"    },
    {"zstd without a type", 72,  8, 8,                  -EUCLEAN, "of type 0, which its"  },
    {"subclusters",         72,  8, 16,                 -ENOTSUP, "extended L2 entries"   },
    {"news",                72,  8, 1ull << 40,         -ENOTSUP, "feature 40"            },
    {"wide refcounts",      96,  4, 7,                  -EUCLEAN, "refcounts of 2^7"      },
    {"short header",        100, 4, 96,                 -EUCLEAN, "a header of 96"        },
    {"long extension",      104, 8, 0x12345678ffffffff, -EUCLEAN, "a header exten"        },
    {"no backing name",     8,   8, 200,                -EUCLEAN, "of 0 bytes at 0xc8"    },
    {"backing name behind", 8,   8, 1 << 20,            -EUCLEAN, "a name of a backing"   },
    {"no magic",            0,   4, 0,                  -EINVAL,  "is not a qcow2"        },
};

TEST(a_header_is_refused_by_what_is_wrong_with_it)
{
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        const struct image_options options = {.format = "qcow2"};
        struct image *image = NULL;
        test_case("%s", headers[i].name);
        make("@/a.qcow2", 12, NULL);
        patch("@/a.qcow2", headers[i].at, headers[i].value, headers[i].size);
        EXPECT_EQ(try_open("@/a.qcow2", &options, &image, text),
                  headers[i].code);
        EXPECT(strstr(text, headers[i].says));
        image_close(image);
    }
    end();
}

TEST(a_compression_that_is_unknown_or_damaged_is_refused)
{
    enum { DATA = 5 << 16 }; /* where qemu-img puts the first cluster */
    static const struct {
        const char *name;
        unsigned at;
        unsigned size;
        uint64_t value;
        int code;
        int read; /* what a read of the first cluster returns */
        const char *says;
    } cases[] = {
        {"undamaged",            0,        0, 0,          0,        0,        ""                 },
        {"a type of the future", 104,      1, 2,          -ENOTSUP, 0,        "type 2, which is" },
        {"zstd without the bit", 72,       8, 0,          -EUCLEAN, 0,        "type 1, which its"},
        {"zlib with the bit",    104,      1, 0,          -EUCLEAN, 0,        "type 0, which its"},
        {"no frame",             DATA,     4, 0x12345678, 0,        -EUCLEAN, ""                 },
        {"a window of 2 GiB",    DATA + 4, 2, 0x00a8,     0,        -EUCLEAN, ""                 },
        {"a frame of less",      DATA + 4, 2, 0x2000,     0,        -EUCLEAN, ""                 },
    };
    char text[512];
    begin();
    char *line = xasprintf(
        "cd %s && head -c 100000 /dev/zero | tr '\\0' x >a.img && "
        "truncate -s %d a.img && qemu-img convert -c -f raw -O qcow2 -o "
        "compression_type=zstd a.img b.qcow2 2>/dev/null",
        folder, DISK);
    if (system(line) != 0) {
        end();
        free(line);
        SKIP("qemu-img is not installed");
    }
    free(line);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct image_options options = {.format = "qcow2"};
        struct image *image = NULL;
        uint8_t bytes[16];
        test_case("%s", cases[i].name);
        line = xasprintf("cp %s/b.qcow2 %s/a.qcow2", folder, folder);
        EXPECT_EQ(system(line), 0);
        free(line);
        patch("@/a.qcow2", cases[i].at, cases[i].value, cases[i].size);
        EXPECT_EQ(try_open("@/a.qcow2", &options, &image, text), cases[i].code);
        EXPECT(strstr(text, cases[i].says));
        EXPECT_EQ(image ? image_read(image, 0, bytes, sizeof(bytes), true) : 0,
                  cases[i].read);
        image_close(image);
    }
    end();
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
        make("@/a.qcow2", 12, NULL);
        char *path = place("@/a.qcow2");
        struct buffer file = {0};
        EXPECT_EQ(file_read(path, 1 << 20, &file, NULL), 0);
        const uint64_t l2_at = load_be32(file.bytes + L1_AT + 4);
        patch("@/a.qcow2", i < ARRAY_SIZE(entries) ? l2_at + 8 : L1_AT,
              entries[i % ARRAY_SIZE(entries)], 8);
        if (i >= ARRAY_SIZE(entries)) {
            /* The L1 table is looked at when the image is opened. */
            const struct image_options only_read = {.read_only = true};
            EXPECT_EQ(try_open("@/a.qcow2", &options, &image, text), -EUCLEAN);
            EXPECT(strstr(text, "entry 0 of the L1 table at 0x3000 is"));
            REQUIRE(try_open("@/a.qcow2", &only_read, &image, text) == 0);
            EXPECT_EQ(image_read(image, 5000, bytes, sizeof(bytes), true),
                      -EUCLEAN);
            EXPECT_EQ(image_close(image), 0);
            buffer_fini(&file);
            free(path);
            continue;
        }
        REQUIRE(try_open("@/a.qcow2", &options, &image, text) == 0);
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
    make("@/a.qcow2", 12, NULL);
    /* Lost, and one too many. */
    patch("@/a.qcow2", BLOCK_AT + 8, 0, 8);
    patch("@/a.qcow2", BLOCK_AT + 2 * 200, 1, 2);
    patch("@/a.qcow2", 72, 1, 8);
    const struct image_options options = {0};
    struct image *image = NULL;
    REQUIRE(try_open("@/a.qcow2", &options, &image, text) == 0);
    EXPECT_EQ(image_read(image, 5000, &byte, 1, true), 0);
    EXPECT_EQ(byte, 0x3c);
    EXPECT_EQ(image_close(image), 0);
    char *line = xasprintf("qemu-img check -q %s/a.qcow2", folder);
    EXPECT(system("qemu-img --version >/dev/null 2>&1") != 0 ||
           system(line) == 0);
    free(line);
    REQUIRE(try_open("@/a.qcow2", &options, &image, text) == 0);
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
    (void)context;
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
        make("@/base.qcow2", 12, NULL);
        make("@/a.qcow2", 12, "@/base.qcow2");
        REQUIRE(try_open("@/a.qcow2", &options, &image, text) == 0);
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
        REQUIRE(try_open("@/a.qcow2", &options, &image, text) == 0);
        EXPECT_EQ(image_read(image, 5100, seen, sizeof(seen), true), 0);
        EXPECT_BYTES(seen, bytes, sizeof(seen));
        EXPECT_EQ(image_read(image, 5000, seen, 1, true), 0);
        EXPECT_EQ(seen[0], 0x3c);
        image_close(image);
        char *line = xasprintf("qemu-img check -q %s/a.qcow2", folder);
        EXPECT(system("qemu-img --version >/dev/null 2>&1") != 0 ||
               system(line) == 0);
        free(line);
        end();
    }
}

/* ---- Formats and chains -------------------------------------------------- */

TEST(a_backing_image_elsewhere_has_to_be_named)
{
    static const struct {
        const char *name;
        const char *backing;
        int code;
    } rows[] = {
        {"@/near.qcow2",        NULL,           0      },
        {"@/below/far.qcow2",   NULL,           -EACCES},
        {"@/below/far.qcow2",   "@/base.qcow2", 0      },
        {"@/below/far.qcow2",   "@/near.qcow2", -EACCES},
        {"@/below/link.qcow2",  NULL,           0      },
        {"@/below/third.qcow2", NULL,           -EACCES},
    };
    char text[512];
    begin();
    char *line = xasprintf("cd %s && mkdir below", folder);
    EXPECT_EQ(system(line), 0);
    free(line);
    make("@/base.qcow2", 12, NULL);
    make("@/near.qcow2", 16, "@/base.qcow2");
    make("@/below/far.qcow2", 16, "@/base.qcow2");
    make("@/below/third.qcow2", 16, "@/near.qcow2");
    line = xasprintf(
        "cd %s/below && ln -s ../near.qcow2 link.qcow2 && "
        "ln -s ../base.qcow2 base.qcow2",
        folder);
    EXPECT_EQ(system(line), 0);
    free(line);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *backing = rows[i].backing ? place(rows[i].backing) : NULL;
        const struct image_options options = {.backing = backing};
        struct image *image = NULL;
        test_case("row %zu", i);
        EXPECT_EQ(try_open(rows[i].name, &options, &image, text), rows[i].code);
        EXPECT(rows[i].code == 0 || strstr(text, "nor was it named"));
        image_close(image);
        free(backing);
    }
    end();
}

TEST(a_chain_that_is_a_circle_ends)
{
    char text[512];
    begin();
    make("@/a.qcow2", 12, NULL);
    make("@/b.qcow2", 12, "@/a.qcow2");
    char *line = xasprintf("cd %s && cp b.qcow2 a.qcow2", folder);
    EXPECT_EQ(system(line), 0);
    free(line);
    const struct image_options options = {.read_only = true};
    struct image *image = NULL;
    EXPECT_EQ(try_open("@/a.qcow2", &options, &image, text), -ELOOP);
    EXPECT(
        strstr(text, "it is backing image 17 of a chain, and the limit is 16"));
    end();
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
    make("@/base.qcow2", 12, NULL);
    make("@/a.qcow2", 16, "@/base.qcow2");
    const struct image_options options = {0};
    struct image *image = NULL;
    REQUIRE(try_open("@/a.qcow2", &options, &image, text) == 0);
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
