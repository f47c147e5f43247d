/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a flame graph, of a tree that no guest made. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "session/options.h"
#include "session/profile/profile.h"
#include "tests/harness.h"

/* The picture of one function of that weight and name in a mode, and of the
 * rest of the whole in another. */
static void draw(const char *mode, const char *name, uint64_t weight,
                 uint64_t whole, struct buffer *out)
{
    static const char *const files[] = {"a.svg"};
    const struct session_options options = {
        .profiles = files, .profile_count = 1, .profile_period = 1};
    const struct cairn_options of_machine = {
        .size = sizeof(struct cairn_options), .board = "virt"};
    struct session_profile profile = {0};
    struct cairn_machine *machine = NULL;

    REQUIRE(cairn_create(&of_machine, &machine, NULL) == 0);
    session_profile_begin(&profile, &options, NULL, machine);
    struct profile_tree *tree = &profile.tree;
    const uint32_t core = profile.cores[0].node;
    uint32_t node =
        profile_tree_enter(tree, core, profile_tree_name(tree, mode));
    node = profile_tree_enter(tree, node, profile_tree_name(tree, name));
    profile_tree_add(tree, node, weight);
    node = profile_tree_enter(tree, core, profile_tree_name(tree, "Z"));
    profile_tree_add(tree, node, whole - weight);
    profile_tree_close(tree);
    session_profile_flame(&profile, out);
    session_profile_fini(&profile);
    cairn_destroy(machine);
}

/* The function's frame, behind its title: its fill and the text on it. */
static void expect_frame(const char *picture, const char *name,
                         const char *fill, const char *label)
{
    char *title = xasprintf("<title>%s (", name);
    const char *at = strstr(picture, title);

    EXPECT_EQ(at != NULL, fill != NULL);
    if (at && fill) {
        const char *colour = strstr(at, "fill=\"") + 6;
        const char *text = strchr(strstr(at, "<text "), '>') + 1;

        EXPECT_EQ(strncmp(colour, fill, strlen(fill)), 0);
        EXPECT_EQ(strcspn(text, "<"), strlen(label));
        EXPECT_EQ(strncmp(text, label, strlen(label)), 0);
    }
    free(title);
}

TEST(a_frame_has_the_colour_of_its_mode)
{
    static const char *const rows[][3] = {
        {"EL0",   "f",   "#7bbb6b"},
        {"EL1",   "f",   "#ed9343"},
        {"EL2",   "f",   "#4dacb6"},
        {"EL3",   "f",   "#a27fd4"},
        {"S-EL0", "f",   "#caac57"},
        {"S-EL1", "f",   "#de6b66"},
        {"S-EL2", "f",   "#c56189"},
        {"M",     "f",   "#6698de"},
        {"U",     "f",   "#89c0de"},
        {"other", "f",   "#c6c6cb"},
        {"U",     "[f]", "#b9b9be"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer picture = {0};

        test_case("%s", rows[i][0]);
        draw(rows[i][0], rows[i][1], 999, 1000, &picture);
        expect_frame(buffer_text(&picture), rows[i][1], rows[i][2], rows[i][1]);
        buffer_fini(&picture);
    }
}

/* 5900 are 1180 pixels. */
TEST(a_frame_has_room_for_its_label_and_is_wide_enough_to_be_seen)
{
    static const struct {
        uint64_t weight;
        uint64_t whole;
        const char *label; /* NULL: there is no frame */
    } rows[] = {
        {1,   5902, NULL     },
        {1,   5899, ""       },
        {128, 5900, ""       },
        {130, 5900, "a.."    },
        {161, 5900, "a.."    },
        {163, 5900, "ab.."   },
        {227, 5900, "abc.."  },
        {260, 5900, "abcd.." },
        {262, 5900, "abcdefg"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer picture = {0};

        test_case("%zu", i);
        draw("other", "abcdefg", rows[i].weight, rows[i].whole, &picture);
        expect_frame(buffer_text(&picture), "abcdefg",
                     rows[i].label ? "#" : NULL, rows[i].label);
        buffer_fini(&picture);
    }
}
