/* SPDX-License-Identifier: Apache-2.0 */
/* Trees made by libfdt, and what libfdt's own check does not survive. */
#include "base/flat_tree.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

enum { ROOM = 512 };

static uint8_t tree[ROOM];

static size_t make(void)
{
    EXPECT_EQ(fdt_create(tree, ROOM), 0);
    EXPECT_EQ(fdt_finish_reservemap(tree), 0);
    EXPECT_EQ(fdt_begin_node(tree, ""), 0);
    EXPECT_EQ(fdt_property_u32(tree, "word", 1), 0);
    EXPECT_EQ(fdt_begin_node(tree, "child"), 0);
    EXPECT_EQ(fdt_property_string(tree, "text", "hello"), 0);
    EXPECT_EQ(fdt_end_node(tree), 0);
    EXPECT_EQ(fdt_end_node(tree), 0);
    EXPECT_EQ(fdt_finish(tree), 0);
    return fdt_totalsize(tree);
}

TEST(a_whole_tree_is_one)
{
    const size_t size = make();

    EXPECT_EQ(flat_tree_check(tree, size), 0);
    EXPECT_EQ(flat_tree_check(tree, ROOM), 0);
    fdt_set_version(tree, 16);
    fdt_set_size_dt_struct(tree, UINT32_MAX);
    EXPECT_EQ(flat_tree_check(tree, size), 0);
    fdt_set_version(tree, 15);
    fdt_set_last_comp_version(tree, 15);
    EXPECT_EQ(flat_tree_check(tree, size), -FDT_ERR_BADVERSION);
}

TEST(a_cut_tree_is_none)
{
    const size_t size = make();

    for (size_t cut = 0; cut < size; cut++) {
        /* Sanitizers see its end. */
        OWNED(free_at) uint8_t *part = xcalloc(1, cut != 0 ? cut : 1);

        memcpy(part, tree, cut);
        EXPECT(flat_tree_check(part, cut) < 0);
    }
}

/* With each of these lengths the next token would be before this one, or it. */
TEST(a_length_that_wraps_is_refused)
{
    const size_t size = make();
    uint8_t *property =
        tree + fdt_off_dt_struct(tree) + 8; /* behind the root's name */

    REQUIRE(load_be32(property) == FDT_PROP);
    for (uint32_t length = UINT32_MAX - 63; length != 0; length++) {
        store_be32(property + 4, length);
        EXPECT_EQ(flat_tree_check(tree, size), -FDT_ERR_BADSTRUCTURE);
    }
}

TEST(any_byte_may_be_wrong)
{
    const size_t size = make();

    for (size_t at = 0; at < 8 * size; at++) {
        tree[at / 8] ^= (uint8_t)(1u << at % 8);
        EXPECT(flat_tree_check(tree, size) <= 0);
        tree[at / 8] ^= (uint8_t)(1u << at % 8);
    }
    EXPECT_EQ(flat_tree_check(tree, size), 0);
}
