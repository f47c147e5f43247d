/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that loses its cache: what was flushed is there, of the rest a part.
 */
#include "backends/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
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

static void disk_init(struct disk *disk)
{
    *disk = (struct disk){.path = "/tmp/cairn-volatile-XXXXXX"};
    int fd = mkstemp(disk->path);

    EXPECT(fd >= 0);
    EXPECT_EQ(ftruncate(fd, SIZE), 0);
    close(fd);
    disk->what = xasprintf("volatile:%s", disk->path);
    disk->loop = loop_create(NULL);
    power_on(disk);
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

TEST(what_was_flushed_is_there)
{
    struct disk disk;

    disk_init(&disk);
    write_all(&disk, 1);
    EXPECT_EQ(count(&disk, 1), SECTORS);
    EXPECT_EQ(ask(&disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    lose_power(&disk);
    EXPECT_EQ(count(&disk, 1), SECTORS);
    disk_fini(&disk);
}

TEST(of_what_was_not_flushed_a_part_is_lost_block_by_block)
{
    struct disk disk;
    const unsigned blocks = SIZE / BLOCK;

    disk_init(&disk);
    EXPECT_EQ(disk.block->granule_bytes, BLOCK);
    write_all(&disk, 1);
    EXPECT_EQ(ask(&disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    write_all(&disk, 2);
    EXPECT_EQ(count(&disk, 2), SECTORS);
    lose_power(&disk);
    unsigned old = count_units(&disk, BLOCK, 1);
    EXPECT_EQ(old + count_units(&disk, BLOCK, 2), blocks);
    EXPECT(old > blocks / 4 && old < blocks / 4 * 3);
    disk_fini(&disk);
}

TEST(zeros_take_the_place_of_what_waits)
{
    struct disk disk;

    disk_init(&disk);
    write_all(&disk, 1);
    EXPECT_EQ(ask(&disk, BLOCK_WRITE_ZEROES, 0, SIZE / 2, NULL), 0);
    EXPECT_EQ(count(&disk, 0), SECTORS / 2);
    EXPECT_EQ(count(&disk, 1), SECTORS / 2);
    EXPECT_EQ(ask(&disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    EXPECT_EQ(ask(&disk, BLOCK_DISCARD, 0, SIZE, NULL), 0);
    lose_power(&disk);
    EXPECT_EQ(count(&disk, 0), SECTORS);
    disk_fini(&disk);
}

TEST(parts_of_sectors_are_refused)
{
    struct disk disk;
    uint8_t bytes[SECTOR] = {0};

    disk_init(&disk);
    EXPECT_EQ(ask(&disk, BLOCK_WRITE, 1, SECTOR, bytes), -EINVAL);
    EXPECT_EQ(ask(&disk, BLOCK_READ, 0, SECTOR - 1, bytes), -EINVAL);
    disk_fini(&disk);
}
