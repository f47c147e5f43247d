/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshot files of a machine with real memories: what is mapped of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/file.h"
#include "host/memory.h"
#include "include/cairn/cairn.h"
#include "platform/snapshot/chain.h"
#include "tests/harness.h"
#include "tests/machine.h"

static char *new_path(void)
{
    char *path = xstrdup("/tmp/cairn-test-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0) {
        abort();
    }
    close(fd);
    return path;
}

static void run(struct cairn_machine *machine, uint64_t instructions)
{
    run_instructions(machine, instructions);
}

/* Counts up in 2048 pages in turn. */
static const uint32_t walks[] = {
    0xd2a82001, /* mov   x1, #0x41000000 */
    0xd2800002, /* mov   x2, #0 */
    0x91000442, /* add   x2, x2, #1 */
    0xd3742843, /* ubfiz x3, x2, #12, #11 */
    0xf8236822, /* str   x2, [x1, x3] */
    0x17fffffd, /* b     .-12 */
};

static struct cairn_machine *make_virt(uint64_t memory_bytes)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"walks", walks, sizeof(walks)},
        .memory_bytes = memory_bytes,
        .cpus = 1,
    };
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .seed = 1,
                                          .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
    }
    return machine;
}

/* Some bytes in memory and in flash, which is not mapped. */
static void touch(struct cairn_machine *machine, const char *memory,
                  size_t offset)
{
    uint8_t *host = NULL;
    size_t size = 0;
    REQUIRE(cairn_memory(machine, memory, &host, &size) == 0 && offset < size);
    cairn_memory_written(machine, memory, offset, 1);
    host[offset] ^= 0xa5;
}

static bool same_files(const char *left, const char *right)
{
    struct buffer a = {0};
    struct buffer b = {0};
    bool same = file_read(left, 1 << 30, &a, NULL) == 0 &&
                file_read(right, 1 << 30, &b, NULL) == 0 && a.size == b.size &&
                memcmp(a.bytes, b.bytes, a.size) == 0;
    buffer_fini(&a);
    buffer_fini(&b);
    return same;
}

TEST(what_was_loaded_is_saved_as_the_same_file)
{
    OWNED(free_at) char *first = new_path();
    OWNED(free_at) char *second = new_path();
    char *text = NULL;
    struct cairn_machine *machine = make_virt(32 << 20);
    struct cairn_machine *other = make_virt(32 << 20);
    REQUIRE(machine && other);
    cairn_power(machine);
    run(machine, 12345);
    touch(machine, "flash1", 70000);
    touch(machine, "flash1", 70000 + 4096);
    touch(machine, "flash1", 200000);
    touch(machine, "flash1", 300000);
    touch(machine, "ram", (32 << 20) - 1);
    touch(machine, "flash1", 5);
    EXPECT_EQ(cairn_save(machine, first, NULL), 0);
    EXPECT_EQ(cairn_snapshot_show(first, false, true, &text, NULL), 0);
    free(text);
    EXPECT_EQ(cairn_load(other, first, NULL), 0);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    /* A page that was written, and is blank again, is in no file. */
    for (unsigned i = 0; i < 2; i++) {
        touch(other, "flash1", 400000);
        touch(other, "ram", 31 << 20);
    }
    EXPECT_EQ(cairn_save(other, second, NULL), 0);
    EXPECT(same_files(first, second));
    cairn_destroy(machine);
    cairn_destroy(other);
    unlink(first);
    unlink(second);
}

TEST(a_machine_may_be_saved_over_the_file_that_it_came_from)
{
    OWNED(free_at) char *path = new_path();
    struct cairn_machine *machine = make_virt(32 << 20);
    struct cairn_machine *other = make_virt(32 << 20);
    struct cairn_machine *third = make_virt(32 << 20);
    REQUIRE(machine && other && third);
    cairn_power(machine);
    run(machine, 1000);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    EXPECT_EQ(cairn_load(third, path, NULL), 0);
    run(other, 50000);
    EXPECT_EQ(cairn_save(other, path, NULL), 0);
    EXPECT_EQ(cairn_state_hash(third), cairn_state_hash(machine));
    run(third, 50000);
    EXPECT_EQ(cairn_state_hash(third), cairn_state_hash(other));
    EXPECT_EQ(cairn_load(machine, path, NULL), 0);
    EXPECT_EQ(cairn_state_hash(machine), cairn_state_hash(other));
    cairn_destroy(machine);
    cairn_destroy(other);
    cairn_destroy(third);
    unlink(path);
}

TEST(power_on_after_a_restore_is_power_on)
{
    OWNED(free_at) char *path = new_path();
    struct cairn_machine *machine = make_virt(32 << 20);
    struct cairn_machine *other = make_virt(32 << 20);
    REQUIRE(machine && other);
    cairn_power(machine);
    run(machine, 50000);
    uint64_t saved = cairn_state_hash(machine);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    cairn_power(machine);
    cairn_power(other);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    /* And back, over the file once more. */
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    EXPECT_EQ(cairn_state_hash(other), saved);
    EXPECT_EQ(cairn_reset(other), 0);
    EXPECT(cairn_state_hash(other) != saved);
    cairn_destroy(machine);
    cairn_destroy(other);
    unlink(path);
}

TEST(snapshots_in_memory_stand_on_a_file_that_was_loaded)
{
    OWNED(free_at) char *path = new_path();
    struct cairn_machine *machine = make_virt(32 << 20);
    struct cairn_snapshot *before = NULL;
    struct cairn_snapshot *loaded = NULL;
    REQUIRE(machine);
    cairn_power(machine);
    run(machine, 5000);
    touch(machine, "flash1", 5);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    uint64_t saved = cairn_state_hash(machine);
    run(machine, 777);
    touch(machine, "flash1", 5);
    touch(machine, "flash1", 9000);
    uint64_t later = cairn_state_hash(machine);
    REQUIRE(cairn_snapshot(machine, &before, NULL) == 0);
    EXPECT_EQ(cairn_load(machine, path, NULL), 0);
    REQUIRE(cairn_snapshot(machine, &loaded, NULL) == 0);
    EXPECT_EQ(cairn_state_hash(machine), saved);
    for (unsigned i = 0; i < 3; i++) {
        run(machine, 777);
        touch(machine, "flash1", 5);
        touch(machine, "flash1", 9000);
        EXPECT_EQ(cairn_state_hash(machine), later);
        touch(machine, "flash1", 5);
        touch(machine, "ram", 31 << 20);
        EXPECT_EQ(cairn_restore(machine, loaded, NULL), 0);
        EXPECT_EQ(cairn_state_hash(machine), saved);
    }
    EXPECT_EQ(cairn_restore(machine, before, NULL), 0);
    EXPECT_EQ(cairn_state_hash(machine), later);
    EXPECT_EQ(cairn_restore(machine, loaded, NULL), 0);
    EXPECT_EQ(cairn_state_hash(machine), saved);
    cairn_snapshot_destroy(before);
    cairn_snapshot_destroy(loaded);
    cairn_destroy(machine);
    unlink(path);
}

TEST(a_large_memory_costs_what_is_used_of_it)
{
    OWNED(free_at) char *path = new_path();
    struct cairn_machine *machine = make_virt((uint64_t)1 << 30);
    struct cairn_machine *other = make_virt((uint64_t)1 << 30);
    struct stat there;
    REQUIRE(machine && other);
    cairn_power(machine);
    run(machine, 1000);
    touch(machine, "ram", ((size_t)1 << 30) - 1);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    REQUIRE(stat(path, &there) == 0);
    EXPECT(there.st_size > 1 << 30);
    EXPECT(there.st_blocks * 512 < 4 << 20);
    size_t before = memory_resident();
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    EXPECT(memory_resident() < before + (16 << 20));
    cairn_destroy(machine);
    cairn_destroy(other);
    unlink(path);
}

/* A snapshot needs as much room for addresses as there is memory. */
TEST(a_snapshot_for_which_there_is_no_memory_is_an_error)
{
    OWNED(free_at) char *path = new_path();
    struct cairn_machine *machine = make_virt((uint64_t)1 << 30);
    struct cairn_snapshot *snapshot = NULL;
    struct snapshot_chain chain;
    struct cairn_error error = {""};
    struct cairn_error of_load = {""};
    struct rlimit before;
    struct buffer sizes = {0}; /* in pages; the first is of all */
    REQUIRE(machine && getrlimit(RLIMIT_AS, &before) == 0);
    EXPECT_EQ(file_read("/proc/self/statm", 4096, &sizes, NULL), 0);
    const rlim_t pages = strtoul(buffer_text(&sizes), NULL, 10);
    EXPECT(pages > (1 << 30) / 4096);
    buffer_fini(&sizes);
    cairn_power(machine);
    run(machine, 1000);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    const uint64_t now = cairn_state_hash(machine);
    const struct rlimit few = {pages * 4096 + (512 << 20), before.rlim_max};
    snapshot_chain_init(&chain, machine);
    (void)setrlimit(RLIMIT_AS, &few);
    const int code = cairn_snapshot(machine, &snapshot, &error);
    const int load_code = cairn_load(machine, path, &of_load);
    const int chain_code = snapshot_chain_take(&chain, xcalloc(1, 1));
    (void)setrlimit(RLIMIT_AS, &before);
    EXPECT_EQ(code, -ENOMEM);
    EXPECT(!snapshot);
    EXPECT(strncmp(error.text, "memory 'ram': ", 14) == 0);
    EXPECT_EQ(load_code, -ENOMEM);
    EXPECT(strstr(of_load.text, "': memory 'ram': ") != NULL);
    EXPECT_EQ(chain_code, -ENOMEM);
    EXPECT_EQ(chain.count, 0);
    EXPECT_EQ(cairn_state_hash(machine), now);
    EXPECT_EQ(cairn_snapshot(machine, &snapshot, NULL), 0);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
    unlink(path);
}
