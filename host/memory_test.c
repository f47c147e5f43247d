/* SPDX-License-Identifier: Apache-2.0 */
#include "host/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/harness.h"

#define MIB ((size_t)1024 * 1024)

TEST(memory_is_zero_and_so_again_when_it_was_discarded)
{
    struct memory memory;
    REQUIRE(memory_create(&memory, "test", 2 * MIB, 0, NULL) == 0);
    EXPECT_EQ(memory.host[2 * MIB - 1], 0);
    memory.host[MIB] = 0x5a;
    EXPECT_EQ(memory_discard(&memory), 0);
    EXPECT_EQ(memory.host[MIB], 0);
    memory_destroy(&memory);
    memory_destroy(&memory);
    EXPECT(memory.host == NULL);
}

/* The permissions in /proc/self/maps of what is at the address. */
static void permissions(const void *address, char found[5])
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");
    snprintf(found, 5, "none");
    while (maps && fgets(line, sizeof(line), maps)) {
        char *rest = line;
        uintptr_t start = strtoull(line, &rest, 16);
        uintptr_t end = *rest == '-' ? strtoull(rest + 1, &rest, 16) : 0;
        if (*rest == ' ' && (uintptr_t)address >= start &&
            (uintptr_t)address < end) {
            snprintf(found, 5, "%.4s", rest + 1);
        }
    }
    if (maps) {
        fclose(maps);
    }
}

TEST(code_is_written_at_one_place_and_executed_at_another)
{
    ptrdiff_t executed = 0;
    char rights[5];
    uint8_t *written = memory_map_code(MIB, &executed);
    REQUIRE(written != NULL);
    permissions(written, rights);
    EXPECT_STR(rights, "rw-s");
    permissions(written + executed, rights);
    EXPECT_STR(rights, "r-xs");
    written[MIB - 1] = 0xc3;
    EXPECT_EQ(written[executed + (ptrdiff_t)MIB - 1], 0xc3);
    memory_unmap_code(written, executed, MIB);
    permissions(written, rights);
    EXPECT_STR(rights, "none");
    permissions(written + executed, rights);
    EXPECT_STR(rights, "none");
}

FIXTURE(struct memory, memory, memory_destroy)

TEST_BEGINS(untouched_memory_costs_nothing, memory)
{
    size_t before = memory_resident();
    REQUIRE(memory_create(memory, "big", 1024 * MIB, 0, NULL) == 0);
    memory->host[512 * MIB] = 1;
    EXPECT(memory_resident() - before < 4 * MIB);
}

static bool is_all(const uint8_t *bytes, size_t size, uint8_t value)
{
    size_t at = 0;
    while (at < size && bytes[at] == value) {
        at++;
    }
    return at == size;
}

/* A size that no chunk of the host divides. */
TEST_BEGINS(untouched_memory_reads_as_its_blank_and_costs_nothing, memory)
{
    enum { SIZE = (64 << 20) + 12288 };
    size_t before = memory_resident();
    REQUIRE(memory_create(memory, "blank", SIZE, 0xff, NULL) == 0);
    REQUIRE(memory_fill(memory->host, SIZE, 0xff) == 0);
    EXPECT_EQ(memory->host[SIZE - 1], 0xff);
    EXPECT(memory_resident() - before < 2 * MIB);
    EXPECT(is_all(memory->host, SIZE, 0xff));
    memory->host[0] = 1;
    memory->host[SIZE - 4096] = 2;
    EXPECT(is_all(memory->host + 1, SIZE - 4097, 0xff));
    EXPECT_EQ(memory_discard(memory), 0);
    EXPECT(is_all(memory->host, SIZE, 0xff));
}

TEST(impossible_sizes_are_errors)
{
    struct memory memory;
    struct error error = {""};
    size_t size = (size_t)1 << 62;
    EXPECT(memory_create(&memory, "huge", size, 0, &error) < 0);
    EXPECT(strstr(error.text, "memory 'huge'") != NULL);
    memory_destroy(&memory);
    EXPECT(memory_map(size, 0, NULL) == NULL);
    EXPECT(memory_create(&memory, "huge", size, 0xff, &error) < 0);
    EXPECT(strstr(error.text, "memory 'huge'") != NULL);
    memory_unmap(NULL, 0);
}

TEST(a_file_shows_as_pages_that_are_the_processs_own)
{
    char path[] = "/tmp/cairn-memory-test-XXXXXX";
    const size_t page = 4096;
    struct memory memory;
    struct error error = {""};
    int fd = mkstemp(path);
    REQUIRE(fd >= 0 && ftruncate(fd, 4 * (off_t)page) == 0);
    unlink(path);
    REQUIRE(pwrite(fd, "second", 6, (off_t)page) == 6);
    REQUIRE(memory_create(&memory, "test", 2 * page, 0, &error) == 0);
    memory.host[0] = 7;
    REQUIRE(memory_map_file(memory.host, 2 * page, fd, page, &error) ==
            memory.host);
    EXPECT_BYTES(memory.host, "second", 6);
    EXPECT_EQ(memory.host[page], 0);
    memory.host[0] = 'S';
    char there = 0;
    EXPECT_EQ(pread(fd, &there, 1, (off_t)page), 1);
    EXPECT_EQ(there, 's');
    EXPECT_EQ(memory_discard(&memory), 0);
    EXPECT_EQ(memory.host[0], 0);
    EXPECT(memory_map_file(NULL, page, -1, 0, &error) == NULL);
    EXPECT(strstr(error.text, "cannot map 4096 bytes") == error.text);
    memory_destroy(&memory);
    close(fd);
}

TEST(populated_pages_are_as_they_were)
{
    uint8_t *pages = memory_map(64 << 10, 0, NULL);
    REQUIRE(pages);
    pages[5000] = 9;
    memory_populate(pages + 100, 60 << 10);
    EXPECT_EQ(pages[5000], 9);
    EXPECT_EQ(pages[63 << 10], 0);
    memory_unmap(pages, 64 << 10);
}

TEST(maps_of_code_lie_at_a_distance_that_is_drawn)
{
    enum { SIZE = 1 << 20, MAPS = 8 };
    ptrdiff_t executed[MAPS];
    void *written[MAPS];
    for (unsigned i = 0; i < MAPS; i++) {
        written[i] = memory_map_code(SIZE, &executed[i]);
        REQUIRE(written[i] != NULL);
        EXPECT(executed[i] >= SIZE || executed[i] <= -SIZE);
        *(uint32_t *)written[i] = i;
        EXPECT_EQ(*(uint32_t *)((uint8_t *)written[i] + executed[i]), i);
        for (unsigned j = 0; j < i; j++) {
            EXPECT(executed[i] != executed[j]);
        }
    }
    for (unsigned i = 0; i < MAPS; i++) {
        memory_unmap_code(written[i], executed[i], SIZE);
    }
}
