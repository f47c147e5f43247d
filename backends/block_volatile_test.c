/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that loses its cache: what was flushed is there, of the rest a part.
 */
#include "backends/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/memory.h"
#include "tests/harness.h"

enum { SECTOR = 512, BLOCK = 4096, SECTORS = 1024, SIZE = SECTOR * SECTORS };

struct disk {
    char path[64];
    char *what;
    struct loop *loop;
    struct block *block;
};

static void power_on(struct disk *disk)
{
    EXPECT_EQ(block_open(disk->loop, disk->what, &(struct block_options){0},
                         &disk->block, NULL),
              0);
}

static void disk_init_size(struct disk *disk, uint64_t size)
{
    *disk = (struct disk){.path = "/tmp/cairn-volatile-XXXXXX"};
    int fd = mkstemp(disk->path);

    EXPECT(fd >= 0);
    EXPECT_EQ(ftruncate(fd, (off_t)size), 0);
    close(fd);
    disk->what = xasprintf("volatile:%s", disk->path);
    disk->loop = loop_create(NULL);
    power_on(disk);
}

static void disk_init(struct disk *disk)
{
    disk_init_size(disk, SIZE);
}

static void disk_fini(struct disk *disk)
{
    block_close(disk->block);
    loop_destroy(disk->loop);
    unlink(disk->path);
    free(disk->what);
}

static void lose_power(struct disk *disk)
{
    block_close(disk->block);
    power_on(disk);
}

static void done(struct block_request *request)
{
    *(bool *)request->context = true;
}

/* At once if that can be, as a machine asks. */
static int ask(struct disk *disk, enum block_operation operation,
               uint64_t offset, uint64_t size, void *bytes)
{
    bool is_done = false;
    struct block_request request = {.operation = operation,
                                    .offset = offset,
                                    .size = size,
                                    .bytes = bytes,
                                    .done = done,
                                    .context = &is_done};

    if (!block_try(disk->block, &request)) {
        block_submit(disk->block, &request);
        loop_drain(disk->loop);
        EXPECT(is_done);
    }
    return request.status;
}

static void write_all(struct disk *disk, uint8_t value)
{
    static uint8_t bytes[SIZE];

    memset(bytes, value, sizeof(bytes));
    EXPECT_EQ(ask(disk, BLOCK_WRITE, 0, SIZE, bytes), 0);
}

/* How many units of so many bytes are of this value throughout. */
static unsigned count_units(struct disk *disk, unsigned size, uint8_t value)
{
    static uint8_t bytes[SIZE];
    static uint8_t unit[BLOCK];
    unsigned found = 0;

    memset(unit, value, size);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, SIZE, bytes), 0);
    for (unsigned at = 0; at < SIZE; at += size) {
        found += memcmp(bytes + at, unit, size) == 0;
    }
    return found;
}

static unsigned count(struct disk *disk, uint8_t value)
{
    return count_units(disk, SECTOR, value);
}

FIXTURE(struct disk, disk, disk_fini)
FIXTURE_BEGIN(disk, disk_init(disk))

TEST_ON(what_was_flushed_is_there, disk)
{
    write_all(disk, 1);
    EXPECT_EQ(count(disk, 1), SECTORS);
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    lose_power(disk);
    EXPECT_EQ(count(disk, 1), SECTORS);
}

TEST_ON(of_what_was_not_flushed_a_part_is_lost_block_by_block, disk)
{
    const unsigned blocks = SIZE / BLOCK;

    EXPECT_EQ(disk->block->granule_bytes, BLOCK);
    write_all(disk, 1);
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    write_all(disk, 2);
    EXPECT_EQ(count(disk, 2), SECTORS);
    lose_power(disk);
    unsigned old = count_units(disk, BLOCK, 1);
    EXPECT_EQ(old + count_units(disk, BLOCK, 2), blocks);
    EXPECT(old > blocks / 4 && old < blocks / 4 * 3);
}

TEST_ON(zeros_take_the_place_of_what_waits, disk)
{
    write_all(disk, 1);
    EXPECT_EQ(ask(disk, BLOCK_WRITE_ZEROES, 0, SIZE / 2, NULL), 0);
    EXPECT_EQ(count(disk, 0), SECTORS / 2);
    EXPECT_EQ(count(disk, 1), SECTORS / 2);
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    EXPECT_EQ(ask(disk, BLOCK_DISCARD, 0, SIZE, NULL), 0);
    lose_power(disk);
    EXPECT_EQ(count(disk, 0), SECTORS);
}

TEST_ON(parts_of_sectors_are_refused, disk)
{
    uint8_t bytes[SECTOR] = {0};

    EXPECT_EQ(ask(disk, BLOCK_WRITE, 1, SECTOR, bytes), -EINVAL);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, SECTOR - 1, bytes), -EINVAL);
}

/* ---- Any sectors --------------------------------------------------------- */

/* The last block is there in part. */
enum { ODD_SECTORS = 1003, ODD_SIZE = ODD_SECTORS * SECTOR };

struct model {
    uint64_t random;
    uint8_t disk[ODD_SIZE];   /* what the guest sees */
    uint8_t medium[ODD_SIZE]; /* what the file has */
};

static uint64_t draw(struct model *model, uint64_t below)
{
    model->random = model->random * 6364136223846793005u + 1;
    return (model->random >> 33) % below;
}

static void one_step(struct model *model, struct disk *disk)
{
    static uint8_t bytes[ODD_SIZE];
    const uint64_t most = draw(model, 4) != 0 ? 8 : ODD_SECTORS;
    const uint64_t size = (1 + draw(model, most)) * SECTOR;
    const uint64_t offset =
        draw(model, (ODD_SIZE - size) / SECTOR + 1) * SECTOR;
    const unsigned what = (unsigned)draw(model, 16);

    if (what == 0) {
        EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
        memcpy(model->medium, model->disk, ODD_SIZE);
    } else if (what < 3) {
        EXPECT_EQ(ask(disk, what == 1 ? BLOCK_DISCARD : BLOCK_WRITE_ZEROES,
                      offset, size, NULL),
                  0);
        memset(model->disk + offset, 0, size);
        memset(model->medium + offset, 0, size);
    } else if (what < 8) {
        memset(bytes, 1 + (int)draw(model, 255), size);
        EXPECT_EQ(ask(disk, BLOCK_WRITE, offset, size, bytes), 0);
        memcpy(model->disk + offset, bytes, size);
    } else {
        EXPECT_EQ(ask(disk, BLOCK_READ, offset, size, bytes), 0);
        EXPECT_BYTES(bytes, model->disk + offset, size);
    }
}

static void expect_file(struct disk *disk, const uint8_t *bytes)
{
    OWNED(buffer_fini) struct buffer file = {0};

    EXPECT_EQ(file_read(disk->path, ODD_SIZE, &file, NULL), 0);
    EXPECT_EQ(file.size, ODD_SIZE);
    EXPECT_BYTES(file.bytes, bytes, ODD_SIZE);
}

/* Each block as the guest saw it or as the file had it. */
static void cut(struct model *model, struct disk *disk)
{
    static uint8_t found[ODD_SIZE];

    expect_file(disk, model->medium);
    lose_power(disk);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, ODD_SIZE, found), 0);
    for (unsigned at = 0; at < ODD_SIZE; at += BLOCK) {
        const size_t size = ODD_SIZE - at < BLOCK ? ODD_SIZE - at : BLOCK;
        const bool kept = memcmp(found + at, model->disk + at, size) == 0;

        EXPECT_BYTES(found + at, (kept ? model->disk : model->medium) + at,
                     size);
    }
    memcpy(model->disk, found, ODD_SIZE);
    memcpy(model->medium, found, ODD_SIZE);
}

TEST_BEGINS(sectors_are_those_that_were_written_and_blocks_are_lost_as_a_whole,
            disk)
{
    static struct model model;

    model = (struct model){.random = 1};
    disk_init_size(disk, ODD_SIZE);
    EXPECT_EQ(disk->block->size_bytes, ODD_SIZE);
    for (unsigned i = 0; i < 40; i++) {
        for (unsigned n = 0; n < 40; n++) {
            one_step(&model, disk);
        }
        test_case("cut %u", i);
        cut(&model, disk);
    }
}

/* Whoever runs the same again finds the same. */
TEST(what_is_lost_depends_on_what_was_written_alone)
{
    static const uint64_t kept[] = {0xd38a0bb1f38e466d, 0x8de4621c90fc25ea};

    for (unsigned writes = 1; writes <= ARRAY_SIZE(kept); writes++) {
        static uint8_t bytes[SIZE];
        OWNED(disk_fini) struct disk disk;
        uint64_t mask = 0;

        disk_init(&disk);
        for (unsigned i = 0; i < writes; i++) {
            write_all(&disk, 1);
        }
        lose_power(&disk);
        EXPECT_EQ(ask(&disk, BLOCK_READ, 0, SIZE, bytes), 0);
        for (unsigned i = 0; i < 64; i++) {
            mask |= (uint64_t)bytes[(size_t)i * BLOCK] << i;
        }
        EXPECT_EQ(mask, kept[writes - 1]);
    }
}

/* The pages of the cache, once 64 MiB were flushed. */
TEST_BEGINS(memory_of_what_was_flushed_is_given_back, disk)
{
    enum { MIB = 1 << 20, ENOUGH = 64 };
    static uint8_t bytes[MIB];
    size_t before;

    memset(bytes, 1, sizeof(bytes));
    disk_init_size(disk, ENOUGH * MIB);
    before = memory_resident();
    for (unsigned i = 0; i < ENOUGH; i++) {
        EXPECT_EQ(ask(disk, BLOCK_WRITE, (uint64_t)i * MIB, MIB, bytes), 0);
        if (i == ENOUGH - 2) {
            EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
        }
    }
    EXPECT(memory_resident() - before > (ENOUGH - 4) * MIB);
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    EXPECT(memory_resident() < before + 4 * MIB);
    for (uint64_t i = 0; i < 8; i++) {
        EXPECT_EQ(ask(disk, BLOCK_WRITE, i * MIB, MIB, bytes), 0);
    }
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    EXPECT(memory_resident() > before + 4 * MIB);
    EXPECT_EQ(ask(disk, BLOCK_READ, (ENOUGH - 1) * MIB, MIB, bytes), 0);
    EXPECT_EQ(bytes[MIB - 1], 1);
}

/* ---- What has no cache --------------------------------------------------- */

TEST(a_disk_that_is_only_read_or_empty_has_no_cache)
{
    static const struct {
        uint64_t size;
        bool read_only;
    } rows[] = {
        {SIZE, true },
        {0,    false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct block_options options = {.read_only = rows[i].read_only};
        OWNED(disk_fini) struct disk disk;
        uint8_t bytes[SECTOR] = {0xff};

        test_case("row %zu", i);
        disk_init_size(&disk, rows[i].size);
        block_close(disk.block);
        EXPECT_EQ(block_open(disk.loop, disk.what, &options, &disk.block, NULL),
                  0);
        EXPECT_EQ(disk.block->size_bytes, rows[i].size);
        EXPECT_EQ(ask(&disk, BLOCK_READ, 0, rows[i].size ? SECTOR : 0, bytes),
                  0);
        EXPECT_EQ(bytes[0], rows[i].size ? 0 : 0xff);
        EXPECT_EQ(ask(&disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    }
}

TEST(only_a_raw_disk_of_whole_sectors_has_a_cache)
{
    static const struct {
        struct block_options options;
        uint64_t size;
        int code;
        const char *says;
    } rows[] = {
        {{.temporary = true},
         SIZE,                            -EINVAL,
         "is a raw disk without an overlay"                                             },
        {{.overlay = "/tmp/x"},
         SIZE,                            -EINVAL,
         "is a raw disk without an overlay"                                             },
        {{.format = "qcow2"},
         SIZE,                            -EINVAL,
         "is a raw disk without an overlay"                                             },
        {{.format = "vmdk"},    SIZE,     -EINVAL, "no format 'vmdk'"                   },
        {{0},                   SIZE - 1, -EINVAL, "524287 bytes are no multiple of 512"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(disk_fini) struct disk disk;
        struct block *block = NULL;
        struct error error = {""};

        test_case("row %zu", i);
        disk_init(&disk);
        block_close(disk.block);
        EXPECT_EQ(truncate(disk.path, (off_t)rows[i].size), 0);
        EXPECT_EQ(
            block_open(disk.loop, disk.what, &rows[i].options, &block, &error),
            rows[i].code);
        EXPECT(!block && strstr(error.text, rows[i].says));
        EXPECT_EQ(truncate(disk.path, SIZE), 0);
        /* The file is free again. */
        power_on(&disk);
    }
}

TEST_BEGINS(a_cache_for_which_there_is_no_memory_is_refused, disk)
{
    enum { GIB = 1 << 30 };
    struct rlimit before;
    struct block *block = NULL;
    struct error error = {""};

    if (TEST_SANITIZED) {
        SKIP("the sanitizer's own memory is above the limit");
    }
    disk_init(disk);
    block_close(disk->block);
    EXPECT_EQ(truncate(disk->path, 2ll * GIB), 0);
    EXPECT_EQ(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit less = {GIB, before.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_AS, &less), 0);
    EXPECT_EQ(block_open(disk->loop, disk->what, &(struct block_options){0},
                         &block, &error),
              -ENOMEM);
    EXPECT_EQ(setrlimit(RLIMIT_AS, &before), 0);
    EXPECT(error.text[0] != '\0');
    power_on(disk);
}
