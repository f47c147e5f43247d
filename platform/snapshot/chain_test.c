/* SPDX-License-Identifier: Apache-2.0 */
/* The chain held to full copies of memory, over many random travels. */
#include "platform/snapshot/chain.h"

#include <malloc.h>
#include <string.h>

#include "platform/machine/memories.h"
#include "platform/snapshot/snapshot.h"
#include "platform/test_bench.h"
#include "tests/harness.h"
#include "tests/machine.h"

static const uint32_t count_up[] = {
    ADDI(T0, T0, 1),
    J(-4),
};

enum { COPIES = 64, ROUNDS = 4000, PAGES = 16, MEMORIES = 2 };

/* With another memory, and another device behind a bus of its own. */
#define BOARD                                                                  \
    BENCH_BOARD(BENCH_CPU("hart", "0", "100000000", "resets = <&bench 0>;"),   \
                "  }; };\n"                                                    \
                "more: memory@80000 { device_type = \"memory\";\n"             \
                "  reg = <0x80000 0x10000>; };\n"                              \
                "beside: beside { compatible = \"indirect-bus\"; ranges;\n"    \
                "  #address-cells = <1>; #size-cells = <1>;\n"                 \
                "  other: other@50000000 { compatible = \"test,bench\";\n"     \
                "    reg = <0x50000000 0x1000>; #reset-cells = <1>;\n")

/* The moments of the chain, in their order. */
struct expected {
    uint8_t *memory[COPIES];
    uint64_t hash[COPIES];
    size_t count;
};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static struct region *ram_of(struct cairn_machine *machine)
{
    return machine_find(machine, NODE_MEMORY, "ram")->region;
}

static void write_some(struct cairn_machine *machine, uint32_t *seed)
{
    for (unsigned i = next(seed) % 6; i > 0; i--) {
        uint64_t page = next(seed) % PAGES;
        uint32_t value = next(seed) % 4;
        region_load(memories_at(machine, next(seed) % memories_count(machine)),
                    page * REGION_PAGE_SIZE, &value, sizeof(value));
    }
    run_instructions(machine, 1 + next(seed) % 50);
}

/* A chain says how much it takes, so that its owner can bound it. */
static void expect_size(const struct snapshot_chain *chain)
{
    size_t bytes = 0;
    for (size_t i = 0; i < chain->count; i++) {
        const struct chain_link *link = &chain->links[i];
        EXPECT(link->pages.capacity >= link->pages.count);
        EXPECT(link->pages.capacity <=
               (link->pages.count <= 16 ? 16 : 2 * link->pages.count - 2));
        bytes += link->state.capacity +
                 link->pages.capacity *
                     (REGION_PAGE_SIZE + sizeof(struct page_place));
    }
    EXPECT_EQ(chain->bytes, bytes);
    EXPECT_EQ(chain->links[chain->count - 1].pages.count, 0);
}

static void expect_moment(struct cairn_machine *machine,
                          const struct expected *expected, size_t index)
{
    test_case("moment %zu of %zu", index, expected->count);
    for (size_t i = 0; i < MEMORIES; i++) {
        EXPECT_BYTES(region_host(memories_at(machine, i)),
                     expected->memory[index] + i * PAGES * REGION_PAGE_SIZE,
                     PAGES * REGION_PAGE_SIZE);
    }
    EXPECT_EQ(cairn_state_hash(machine), expected->hash[index]);
}

static void take(struct snapshot_chain *chain, struct expected *expected)
{
    struct cairn_machine *machine = chain->machine;
    size_t at = chain->count ? chain->at + 1 : 0;
    EXPECT_EQ(snapshot_chain_take(chain, NULL), 0);
    EXPECT_EQ(chain->at, at);
    memmove(expected->memory + at + 1, expected->memory + at,
            (expected->count - at) * sizeof(expected->memory[0]));
    memmove(expected->hash + at + 1, expected->hash + at,
            (expected->count - at) * sizeof(expected->hash[0]));
    expected->memory[at] = xcalloc(MEMORIES * PAGES, REGION_PAGE_SIZE);
    for (size_t i = 0; i < MEMORIES; i++) {
        memcpy(expected->memory[at] + i * PAGES * REGION_PAGE_SIZE,
               region_host(memories_at(machine, i)), PAGES * REGION_PAGE_SIZE);
    }
    expected->hash[at] = cairn_state_hash(machine);
    expected->count++;
}

static void drop(struct snapshot_chain *chain, struct expected *expected,
                 size_t index)
{
    snapshot_chain_drop(chain, index);
    free(expected->memory[index]);
    expected->count--;
    memmove(expected->memory + index, expected->memory + index + 1,
            (expected->count - index) * sizeof(expected->memory[0]));
    memmove(expected->hash + index, expected->hash + index + 1,
            (expected->count - index) * sizeof(expected->hash[0]));
}

TEST(every_moment_is_found_again_wherever_others_were_kept_or_dropped)
{
    struct cairn_machine *machine =
        bench_machine(BOARD, count_up, ARRAY_SIZE(count_up));
    struct snapshot_chain chain;
    struct expected expected = {.count = 0};
    uint32_t seed = 1;
    REQUIRE(machine && memories_count(machine) == MEMORIES);
    snapshot_chain_init(&chain, machine);
    take(&chain, &expected);
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t index = next(&seed) % chain.count;
        switch (next(&seed) % 4) {
        case 0:
            if (index != chain.at) {
                drop(&chain, &expected, index);
            }
            break;
        case 1:
            if (chain.count < COPIES - 1) {
                write_some(machine, &seed);
                take(&chain, &expected);
            }
            break;
        default:
            write_some(machine, &seed);
            snapshot_chain_go(&chain, index);
            EXPECT_EQ(chain.at, index);
            expect_moment(machine, &expected, index);
            break;
        }
        expect_size(&chain);
    }
    EXPECT(chain.count > 1);
    while (expected.count > 0) {
        free(expected.memory[--expected.count]);
    }
    snapshot_chain_fini(&chain);
    EXPECT(!chain.machine && chain.count == 0);
    cairn_destroy(machine);
}

TEST(a_run_on_leads_to_the_next_moment_or_is_seen_not_to)
{
    struct cairn_machine *machine =
        bench_machine(BOARD, count_up, ARRAY_SIZE(count_up));
    struct snapshot_chain chain;
    const uint32_t values[] = {1, 2, 0};
    REQUIRE(machine);
    struct region *ram = ram_of(machine);
    snapshot_chain_init(&chain, machine);
    snapshot_chain_take(&chain, NULL);
    region_load(ram, 0, &values[0], 4);
    region_load(ram, 5 * REGION_PAGE_SIZE, &values[2], 4); /* no change */
    snapshot_chain_take(&chain, NULL);
    region_load(ram, 0, &values[1], 4);
    EXPECT(!snapshot_chain_matches(&chain)); /* there is no next one */
    snapshot_chain_go(&chain, 0);
    EXPECT(!snapshot_chain_matches(&chain));
    region_load(ram, 0, &values[1], 4);
    EXPECT(!snapshot_chain_matches(&chain));
    region_load(ram, 0, &values[0], 4);
    EXPECT(snapshot_chain_matches(&chain));
    region_load(ram, REGION_PAGE_SIZE, &values[0], 4);
    EXPECT(!snapshot_chain_matches(&chain));
    region_load(ram, REGION_PAGE_SIZE, &values[2], 4);
    EXPECT(snapshot_chain_matches(&chain));
    region_load(memories_at(machine, 1), 0, &values[0], 4);
    EXPECT(!snapshot_chain_matches(&chain));
    snapshot_chain_fini(&chain);
    cairn_destroy(machine);
}

TEST(a_page_that_changed_and_changed_back_may_stay)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    struct snapshot_chain chain;
    const uint32_t values[] = {0, 1};
    REQUIRE(machine);
    struct region *ram = ram_of(machine);
    snapshot_chain_init(&chain, machine);
    snapshot_chain_take(&chain, NULL);
    region_load(ram, 0, &values[1], 4);
    snapshot_chain_take(&chain, NULL);
    region_load(ram, 0, &values[0], 4);
    region_load(ram, 5 * REGION_PAGE_SIZE, &values[1], 4);
    snapshot_chain_take(&chain, NULL);
    snapshot_chain_drop(&chain, 1);
    snapshot_chain_go(&chain, 0);
    region_load(ram, 5 * REGION_PAGE_SIZE, &values[1], 4);
    EXPECT(snapshot_chain_matches(&chain));
    region_load(ram, REGION_PAGE_SIZE, &values[1], 4);
    EXPECT(!snapshot_chain_matches(&chain));
    snapshot_chain_fini(&chain);
    cairn_destroy(machine);
}

TEST(a_snapshot_taken_before_is_good_afterwards)
{
    struct cairn_machine *machine =
        bench_machine(BOARD, count_up, ARRAY_SIZE(count_up));
    struct snapshot_chain chain;
    struct cairn_snapshot *snapshot = NULL;
    uint32_t seed = 7;
    REQUIRE(machine);
    write_some(machine, &seed);
    uint64_t before = cairn_state_hash(machine);
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    write_some(machine, &seed);
    snapshot_chain_init(&chain, machine);
    snapshot_chain_take(&chain, NULL);
    write_some(machine, &seed);
    snapshot_chain_take(&chain, NULL);
    snapshot_chain_go(&chain, 0);
    snapshot_chain_fini(&chain);
    EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
    EXPECT_EQ(cairn_state_hash(machine), before);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

/* Moments behind all others and between two, which are left, looked at and
 * dropped; snapshots with copies of their own; and files. */
static void take_all_kinds(struct cairn_machine *machine)
{
    struct snapshot_chain chain;
    struct cairn_snapshot *snapshots[2];
    OWNED(free_at) uint8_t *bytes = NULL;
    size_t size = 0;
    uint32_t seed = 9;
    snapshot_chain_init(&chain, machine);
    for (unsigned i = 0; i < 5; i++) {
        write_some(machine, &seed);
        EXPECT_EQ(snapshot_chain_take(&chain, xcalloc(1, 1)), 0);
        if (i == 2) {
            snapshot_chain_go(&chain, 1);
        }
    }
    snapshot_chain_drop(&chain, 1);
    snapshot_chain_go(&chain, 0);
    region_load(ram_of(machine), 0, "changed", 7);
    EXPECT(!snapshot_chain_matches(&chain));
    snapshot_chain_drop(&chain, 3);
    snapshot_chain_drop(&chain, 1);
    snapshot_chain_fini(&chain);
    for (unsigned i = 0; i < 2; i++) {
        write_some(machine, &seed);
        EXPECT_EQ(cairn_snapshot(machine, &snapshots[i], NULL), 0);
    }
    EXPECT_EQ(cairn_save_bytes(machine, &bytes, &size, NULL), 0);
    EXPECT_EQ(cairn_load_bytes(machine, bytes, size, NULL), 0);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(cairn_restore(machine, snapshots[i], NULL), 0);
        cairn_snapshot_destroy(snapshots[i]);
    }
}

/* All of it, once the allocator has what it keeps. */
TEST(moments_snapshots_and_files_give_their_memory_back)
{
    struct cairn_machine *machine =
        bench_machine(BOARD, count_up, ARRAY_SIZE(count_up));
    size_t before = 0;
    REQUIRE(machine);
    for (unsigned turn = 0; turn < 40; turn++) {
        before = turn < 20 ? mallinfo2().uordblks : before;
        take_all_kinds(machine);
    }
    EXPECT(mallinfo2().uordblks < before + 200);
    cairn_destroy(machine);
}
