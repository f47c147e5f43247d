/* SPDX-License-Identifier: Apache-2.0 */
/* Surveys of images, and which bytes a copy reads and writes. */
#include "backends/image_copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

enum { BLOCK = 4096, PIECE = 1 << 20 };

struct bench {
    char folder[40];
    struct image *from;
    struct image *to;
    char log[1024];      /* what was done to the file of `to` */
    unsigned until_full; /* changes that it takes */
};

static void note(struct bench *bench, const char *format, uint64_t a,
                 uint64_t b)
{
    const size_t length = strlen(bench->log);

    snprintf(bench->log + length, sizeof(bench->log) - length, format,
             (unsigned long long)a, (unsigned long long)b);
}

static int observe(void *context, const struct image_change *change)
{
    struct bench *bench = context;

    if (bench->until_full-- == 0) {
        return -ENOSPC;
    }
    note(bench,
         change->kind == IMAGE_CHANGE_WRITE  ? "%llu+%llu "
         : change->kind == IMAGE_CHANGE_SYNC ? "sync "
                                             : "other ",
         change->offset, change->size);
    return 0;
}

static bool go_on(void *context, uint64_t done, uint64_t all)
{
    note(context, "(%llu of %llu) ", done, all);
    return true;
}

static bool stop(void *context, uint64_t done, uint64_t all)
{
    return done < PIECE;
}

static char *place(const struct bench *bench, const char *name)
{
    return xasprintf("%s/%s", bench->folder, name);
}

static struct image *create(const struct bench *bench, const char *name,
                            struct image_layout layout)
{
    char *path = place(bench, name);
    const char *type = strchr(name, '.') ? "qcow2" : "raw";
    struct image *image = NULL;
    struct error error = {""};

    image_create(path, image_type_find(type), &layout, &image, &error);
    EXPECT_STR(error.text, "");
    free(path);
    return image;
}

/* A copy from a file with these bytes, to an empty one. */
static void begin(struct bench *bench, const uint8_t *bytes, size_t size)
{
    const struct image_options options = {.format = "raw", .read_only = true};

    *bench = (struct bench){.folder = "/tmp/cairn-copy-XXXXXX",
                            .until_full = UINT32_MAX};
    REQUIRE(mkdtemp(bench->folder) != NULL);
    char *path = place(bench, "from");
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL);
    EXPECT_EQ(fwrite(bytes, 1, size, file), size); /* without holes */
    fclose(file);
    EXPECT_EQ(image_open(path, &options, &bench->from, NULL), 0);
    bench->to =
        create(bench, "to", (struct image_layout){.size_bytes = 4 * PIECE});
    REQUIRE(bench->to != NULL);
    bench->to->file.observe = observe;
    bench->to->file.context = bench;
    free(path);
}

static void end(struct bench *bench)
{
    OWNED(free_at) char *line = xasprintf("rm -r %s", bench->folder);

    bench->until_full = UINT32_MAX;
    image_close(bench->from);
    image_close(bench->to);
    EXPECT_EQ(system(line), 0);
}

/* ---- Copies -------------------------------------------------------------- */

enum { SIZE = 2 * PIECE + 5 * BLOCK + 512 };

/* From the second block on. */
static const uint8_t *contents(void)
{
    static uint8_t bytes[SIZE];

    memset(bytes, 0, sizeof(bytes));
    bytes[BLOCK] = 1;                                /* the first byte alone */
    bytes[3 * BLOCK - 1] = 2;                        /* the last byte alone */
    bytes[4 * BLOCK + 1] = 3;                        /* in the middle */
    memset(bytes + PIECE - BLOCK, 4, 2 * BLOCK + 1); /* over an end */
    bytes[SIZE - 1] = 5;                             /* of less than a block */
    return bytes;
}

FIXTURE(struct bench, bench, end)

TEST_BEGINS(a_copy_writes_the_blocks_that_are_not_zeros, bench)
{
    struct error error = {""};
    static uint8_t copied[SIZE];

    begin(bench, contents(), SIZE);
    EXPECT_EQ(image_copy(bench->from, bench->to, go_on, bench, &error), 0);
    EXPECT_STR(bench->log,
               "(0 of 2118144) 4096+8192 16384+4096 1044480+4096 "
               "(1048576 of 2118144) 1048576+8192 "
               "(2097152 of 2118144) 2117632+512 sync ");
    EXPECT_EQ(image_read(bench->to, 0, copied, SIZE, true), 0);
    EXPECT_BYTES(copied, contents(), SIZE);
}

TEST_BEGINS(a_copy_leaves_out_what_the_image_says_is_zeros, bench)
{
    static uint8_t bytes[16 * BLOCK];

    memset(bytes, 6, sizeof(bytes));
    begin(bench, bytes, sizeof(bytes));
    image_close(bench->from);
    OWNED(free_at) char *base = place(bench, "from");
    bench->from = create(bench, "over.qcow2",
                         (struct image_layout){.size_bytes = 20 * BLOCK,
                                               .cluster_bits = 12,
                                               .backing = base,
                                               .backing_format = "raw"});
    EXPECT_EQ(image_write(bench->from, 3 * BLOCK, bytes, BLOCK, true), 0);
    EXPECT_EQ(image_zero(bench->from, 5 * BLOCK, 2 * BLOCK, true), 0);
    EXPECT_EQ(image_write(bench->from, 18 * BLOCK, bytes, BLOCK, true), 0);
    EXPECT_EQ(image_copy(bench->from, bench->to, NULL, NULL, NULL), 0);
    EXPECT_STR(bench->log,
               "0+12288 12288+4096 16384+4096 28672+36864 73728+4096 sync ");
}

TEST(a_copy_that_cannot_go_on_says_where)
{
    static const struct {
        unsigned until_full;
        bool stops;
        uint64_t from_size; /* of the file, cut short */
        int code;
        const char *says;
    } rows[] = {
        {1,          false, SIZE,  -ENOSPC,
         "/to': cannot write at 0x0: No space left on device"               },
        {3,          false, SIZE,  -ENOSPC,
         "/to': cannot write at 0x100000: No space left on device"          },
        {5,          false, SIZE,  -ENOSPC,  "/to': No space left on device"},
        {UINT32_MAX, true,  SIZE,  -EINTR,   "stopped"                      },
        {UINT32_MAX, false, PIECE, -ENODATA,
         "/from': cannot read at 0x100000: No data available"               },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(end) struct bench bench;
        struct error error = {""};

        test_case("row %zu", i);
        begin(&bench, contents(), SIZE);
        bench.until_full = rows[i].until_full;
        EXPECT_EQ(truncate(bench.from->file.path, (off_t)rows[i].from_size), 0);
        EXPECT_EQ(image_copy(bench.from, bench.to, rows[i].stops ? stop : NULL,
                             NULL, &error),
                  rows[i].code);
        EXPECT(strstr(error.text, rows[i].says));
        EXPECT_EQ(strstr(bench.log, "sync") != NULL, false);
    }
}

/* ---- Surveys ------------------------------------------------------------- */

TEST_BEGINS(a_survey_counts_bytes_by_place_and_by_share_of_a_cell, bench)
{
    enum { CELL = 2 << 20, DISK = IMAGE_MAP_CELLS * CELL };
    static uint8_t bytes[CELL];
    static uint8_t cells[IMAGE_MAP_CELLS];
    struct image_survey survey;

    memset(bytes, 7, sizeof(bytes));
    begin(bench, bytes, BLOCK);
    image_close(bench->from);
    bench->from =
        create(bench, "a.qcow2",
               (struct image_layout){.size_bytes = DISK, .cluster_bits = 12});
    EXPECT_EQ(image_take_survey(bench->from, &survey), 0);
    EXPECT_BYTES(survey.cells, cells, sizeof(cells));
    EXPECT_EQ(survey.bytes[IMAGE_HOLE], DISK);
    /* A block of a cell, all but a block, half of it, and all. */
    EXPECT_EQ(image_write(bench->from, 0, bytes, BLOCK, true), 0);
    EXPECT_EQ(image_write(bench->from, CELL + BLOCK, bytes, CELL - BLOCK, true),
              0);
    EXPECT_EQ(image_write(bench->from, 2 * CELL, bytes, CELL / 2, true), 0);
    EXPECT_EQ(image_write(bench->from, DISK - CELL, bytes, CELL, true), 0);
    /* Zeros that have room are not here. */
    EXPECT_EQ(image_write(bench->from, 3 * CELL, bytes, BLOCK, true), 0);
    EXPECT_EQ(image_zero(bench->from, 3 * CELL, BLOCK, false), 0);
    EXPECT_EQ(image_take_survey(bench->from, &survey), 0);
    cells[0] = 1;
    cells[1] = 253;
    cells[2] = 126;
    cells[IMAGE_MAP_CELLS - 1] = 255;
    EXPECT_BYTES(survey.cells, cells, sizeof(cells));
    EXPECT_EQ(survey.bytes[IMAGE_STORED], 2 * CELL + CELL / 2);
    EXPECT_EQ(survey.bytes[IMAGE_ZERO], BLOCK);
    EXPECT_EQ(survey.bytes[IMAGE_HOLE],
              (uint64_t)DISK - 2 * CELL - CELL / 2 - BLOCK);
}
