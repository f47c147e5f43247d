/* SPDX-License-Identifier: Apache-2.0 */
/* Which memories snapshots hold, and the visits of their contents. */
#include "platform/machine/memories.h"

#include <errno.h>

#include "platform/test_bench.h"
#include "tests/harness.h"

static const uint32_t idle[] = {J(0)};

struct visit {
    size_t count;
    int last; /* is returned for this one */
};

static int count_memory(void *context, size_t index, struct region *region)
{
    struct visit *visit = context;
    EXPECT_EQ(index, visit->count);
    EXPECT(region->saved);
    visit->count++;
    return (int)visit->count == visit->last ? -EINVAL : 0;
}

static struct cairn_machine *make(void)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, idle, ARRAY_SIZE(idle));
    return EXPECT(machine && memories_count(machine) != 0) ? machine : NULL;
}

TEST(a_visit_is_of_each_memory_that_can_be_written_up_to_an_error)
{
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    struct visit all = {0};
    struct visit first = {.last = 1};
    size_t written = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->region && !node->read_only) {
            EXPECT(memories_at(machine, written) == node->region);
            written++;
        }
    }
    EXPECT_EQ(memories_visit(machine, count_memory, &all), 0);
    EXPECT_EQ(all.count, written);
    EXPECT_EQ(memories_count(machine), written);
    EXPECT_EQ(memories_visit(machine, count_memory, &first), -EINVAL);
    EXPECT_EQ(first.count, 1);
    cairn_destroy(machine);
}

TEST(contents_go_back_to_the_checkpoint)
{
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    struct region *region = memories_at(machine, 0);
    region_load(region, 0, "before", 6);
    EXPECT_EQ(memories_checkpoint(machine, NULL), 0);
    region_load(region, 0, "behind", 6);
    memories_rollback(machine);
    EXPECT_BYTES(region_page(region, 0), "before", 6);
    cairn_destroy(machine);
}
