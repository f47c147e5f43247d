/* SPDX-License-Identifier: Apache-2.0 */
#include "session/profile/tree.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { NODES_MAX = 1 << 20 };

static uint32_t enter(struct profile_tree *tree, uint32_t parent,
                      const char *name)
{
    return profile_tree_enter(tree, parent, profile_tree_name(tree, name));
}

FIXTURE(struct profile_tree, tree, profile_tree_fini)

TEST_BEGINS(stacks_with_the_same_names_are_one, tree)
{
    static const char *const stacks[][3] = {
        {"main", "z",  NULL},
        {"main", "a",  NULL},
        {"main", "m",  NULL},
        {"main", "z",  NULL},
        {"main", NULL, NULL},
        {"main", "a",  "z" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
        uint32_t node = PROFILE_ROOT;
        for (size_t n = 0; n < 3 && stacks[i][n]; n++) {
            node = enter(tree, node, stacks[i][n]);
        }
        profile_tree_add(tree, node, 10);
    }
    profile_tree_close(tree);
    EXPECT_EQ(profile_tree_size(tree), 6); /* all, main, z, a, m, a's z */
    const struct profile_node *root = profile_tree_node(tree, PROFILE_ROOT);
    const struct profile_node *top = profile_tree_node(tree, root->child);
    const struct profile_node *first = profile_tree_node(tree, top->child);
    const struct profile_node *second = profile_tree_node(tree, first->next);
    const struct profile_node *third = profile_tree_node(tree, second->next);
    EXPECT_EQ(root->total, 60);
    EXPECT_EQ(top->self, 10);
    EXPECT_STR(profile_tree_text(tree, first->name), "a");
    EXPECT_EQ(first->self, 10);
    EXPECT_EQ(first->total, 20);
    EXPECT_STR(profile_tree_text(tree, second->name), "m");
    EXPECT_EQ(second->total, 10);
    EXPECT_STR(profile_tree_text(tree, third->name), "z");
    EXPECT_EQ(third->total, 20);
    EXPECT_EQ(third->next, 0);
}

TEST_BEGINS(a_tree_of_nothing_has_a_root, tree)
{
    profile_tree_close(tree);
    EXPECT_EQ(profile_tree_size(tree), 1);
    EXPECT_EQ(profile_tree_node(tree, PROFILE_ROOT)->child, 0);
}

TEST(names_are_cut_and_printable)
{
    char longer[2 * PROFILE_NAME_SIZE];
    struct profile_tree tree = {0};

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    uint32_t name = profile_tree_name(&tree, longer);
    EXPECT_EQ(strlen(profile_tree_text(&tree, name)), PROFILE_NAME_SIZE - 1);
    EXPECT_EQ(profile_tree_name(&tree, longer), name);
    longer[PROFILE_NAME_SIZE] = 'y';
    EXPECT_EQ(profile_tree_name(&tree, longer), name);
    longer[0] = 'y';
    EXPECT(profile_tree_name(&tree, longer) != name);
    name = profile_tree_name(&tree, "\x1f ~\x7f\xff");
    EXPECT_STR(profile_tree_text(&tree, name), "? ~??");
    profile_tree_fini(&tree);
    EXPECT(tree.nodes.bytes == NULL);
}

/* A guest that makes up stacks takes no more memory, and no weight is lost. */
TEST_BEGINS(a_tree_is_bounded, tree)
{
    char name[16];

    for (unsigned i = 0; i < 1100; i++) {
        snprintf(name, sizeof(name), "f%u", i);
        uint32_t node = enter(tree, PROFILE_ROOT, name);
        for (unsigned n = 0; n < 2000; n++) {
            snprintf(name, sizeof(name), "g%u", n % 1000);
            profile_tree_add(tree, enter(tree, node, name), 1);
        }
        const unsigned entered = 1 + (i + 1) * 1001;
        REQUIRE(profile_tree_size(tree) ==
                (entered < NODES_MAX ? entered : NODES_MAX));
    }
    EXPECT_EQ(profile_tree_name_count(tree), 1 + 1100 + 1000);
    profile_tree_close(tree);
    EXPECT_EQ(profile_tree_size(tree), NODES_MAX);
    EXPECT_EQ(profile_tree_node(tree, PROFILE_ROOT)->total, 1100 * 2000);
}
