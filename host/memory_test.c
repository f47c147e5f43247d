/* SPDX-License-Identifier: Apache-2.0 */
#include "host/memory.h"

#include <string.h>
#include <sys/mman.h>

#include "tests/harness.h"

#define MIB ((size_t)1024 * 1024)

TEST(shared_memory_is_zero_and_seen_through_its_descriptor)
{
    struct memory memory;
    REQUIRE(memory_create(&memory, "test", 2 * MIB, NULL) == 0);
    EXPECT_EQ(memory.host[2 * MIB - 1], 0);
    memory.host[MIB] = 0x5a;
    uint8_t *other = mmap(NULL, 2 * MIB, PROT_READ, MAP_SHARED, memory.fd, 0);
    REQUIRE(other != MAP_FAILED);
    EXPECT_EQ(other[MIB], 0x5a);
    EXPECT_EQ(memory_discard(&memory), 0);
    EXPECT_EQ(other[MIB], 0);
    EXPECT_EQ(memory.host[MIB], 0);
    munmap(other, 2 * MIB);
    memory_destroy(&memory);
    memory_destroy(&memory);
    EXPECT(memory.host == NULL);
}

TEST(untouched_memory_costs_nothing)
{
    struct memory memory;
    size_t before = memory_resident();
    REQUIRE(memory_create(&memory, "big", 1024 * MIB, NULL) == 0);
    memory.host[512 * MIB] = 1;
    EXPECT(memory_resident() - before < 4 * MIB);
    memory_destroy(&memory);
}

TEST(impossible_sizes_are_errors)
{
    struct memory memory;
    struct error error = {""};
    size_t size = (size_t)1 << 62;
    EXPECT(memory_create(&memory, "huge", size, &error) < 0);
    EXPECT(strstr(error.text, "memory 'huge'") != NULL);
    memory_destroy(&memory);
    EXPECT(memory_map(size, NULL) == NULL);
    memory_unmap(NULL, 0);
}
