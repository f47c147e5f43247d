/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a flame graph, and functions, of a tree that no guest made. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "session/options.h"
#include "session/profile/profile.h"
#include "tests/harness.h"

/* A profile of no samples. */
static void begin(struct session_profile *profile)
{
    static const char *const files[] = {"a.svg"};
    static const struct session_options options = {
        .profiles = files, .profile_count = 1, .profile_period = 1};
    const struct cairn_options of_machine = {
        .size = sizeof(struct cairn_options), .board = "virt"};
    struct cairn_machine *machine = NULL;

    EXPECT_EQ(cairn_create(&of_machine, &machine, NULL), 0);
    session_profile_begin(profile, &options, NULL, machine);
}

/* Weight for a stack, whose names have blanks between. */
static void add(struct session_profile *profile, const char *stack,
                uint64_t weight)
{
    struct profile_tree *tree = &profile->tree;
    uint32_t node = profile->cores[0].node;
    char *rest = NULL;
    OWNED(free_at) char *words = xstrdup(stack);

    for (char *name = strtok_r(words, " ", &rest); name;
         name = strtok_r(NULL, " ", &rest)) {
        node = profile_tree_enter(tree, node, profile_tree_name(tree, name));
    }
    profile_tree_add(tree, node, weight);
}

static void end(struct session_profile *profile,
                void (*print)(const struct session_profile *, struct buffer *),
                struct buffer *out)
{
    struct cairn_machine *machine = profile->machine;

    profile_tree_close(&profile->tree);
    print(profile, out);
    session_profile_fini(profile);
    cairn_destroy(machine);
}

/* The picture of one function of that weight and name in a mode, and of the
 * rest of the whole in another. */
static void draw(const char *mode, const char *name, uint64_t weight,
                 uint64_t whole, struct buffer *out)
{
    struct session_profile profile = {0};
    OWNED(free_at) char *stack = xasprintf("%s %s", mode, name);

    begin(&profile);
    add(&profile, stack, weight);
    add(&profile, "Z", whole - weight);
    end(&profile, session_profile_flame, out);
}

/* The function's frame, behind its title: its fill and the text on it. */
static void expect_frame(const char *picture, const char *name,
                         const char *fill, const char *label)
{
    OWNED(free_at) char *title = xasprintf("<title>%s (", name);
    const char *at = strstr(picture, title);

    EXPECT_EQ(at != NULL, fill != NULL);
    if (at && fill) {
        const char *colour = strstr(at, "fill=\"") + 6;
        const char *text = strchr(strstr(at, "<text "), '>') + 1;

        EXPECT_EQ(strncmp(colour, fill, strlen(fill)), 0);
        EXPECT_EQ(strcspn(text, "<"), strlen(label));
        EXPECT_EQ(strncmp(text, label, strlen(label)), 0);
    }
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
        OWNED(buffer_fini) struct buffer picture = {0};

        test_case("%s", rows[i][0]);
        draw(rows[i][0], rows[i][1], 999, 1000, &picture);
        expect_frame(buffer_text(&picture), rows[i][1], rows[i][2], rows[i][1]);
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
        OWNED(buffer_fini) struct buffer picture = {0};

        test_case("%zu", i);
        draw("other", "abcdefg", rows[i].weight, rows[i].whole, &picture);
        expect_frame(buffer_text(&picture), "abcdefg",
                     rows[i].label ? "#" : NULL, rows[i].label);
    }
}

/* The words above the frames stand at the picture's edges, with room between.
 */
TEST(words_of_the_picture_have_their_places)
{
    static const char *const places[] = {
        "<text id=\"details\" x=\"10\"", "<text id=\"found\" x=\"1190\"",
        "<text id=\"search\" x=\"1190\"", "<text id=\"reset\" x=\"1130\""};
    OWNED(buffer_fini) struct buffer picture = {0};
    draw("other", "f", 1, 1, &picture);
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        test_case("%s", places[i]);
        EXPECT(strstr(buffer_text(&picture), places[i]) != NULL);
    }
}

/* By what they take themselves, then with what they call, then by name; a
 * function below itself counts once. */
TEST(functions_are_sorted)
{
    static const char expected[] =
        "   self   total  function\n"
        " 40.00%  40.00%  f\n"
        " 20.00%  60.00%  e\n"
        " 20.00%  20.00%  a\n"
        " 20.00%  20.00%  b\n"
        "\n";
    struct session_profile profile = {0};
    OWNED(buffer_fini) struct buffer text = {0};

    begin(&profile);
    add(&profile, "M b", 1);
    add(&profile, "M e", 1);
    add(&profile, "M e f f", 1);
    add(&profile, "M e f", 1);
    add(&profile, "U a", 1);
    end(&profile, session_profile_tables, &text);
    test_case("%s", buffer_text(&text));
    EXPECT(strstr(buffer_text(&text), expected) != NULL);
}

TEST(a_share_of_nothing_is_none)
{
    EXPECT_EQ((int)session_profile_share(0, 0), 0);
    EXPECT_EQ((int)session_profile_share(1, 1), 100);
}
