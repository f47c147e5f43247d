/* SPDX-License-Identifier: Apache-2.0 */
/* Callers that were compiled with an earlier or a later header. */
#include "platform/machine/sized.h"

#include <errno.h>
#include <string.h>

#include "platform/machine/machine.h"
#include "tests/harness.h"

/* The options as a header of version 0.1 has them up to the seed. */
struct early_options {
    size_t size;
    const char *board;
    const char *const *overlays;
    size_t overlay_count;
    const char *const *folders;
    size_t folder_count;
    const struct cairn_image *images;
    size_t image_count;
    const struct cairn_load *loads;
    size_t load_count;
    uint64_t seed;
};

/* And with a field that a later one may have. */
struct late_options {
    struct cairn_options known;
    uint64_t unknown;
};

TEST(shorter_options_of_an_older_caller_make_the_same_machine)
{
    const struct cairn_options whole = {
        .size = sizeof(whole), .board = "caliptra-1.1", .seed = 7};
    /* The member that follows is no part of the older caller's struct. */
    struct {
        struct early_options options;
        uint8_t behind[256];
    } old = {
        {.size = sizeof(struct early_options),
         .board = "caliptra-1.1",
         .seed = 7},
        {0                           }
    };
    struct cairn_machine *one = NULL;
    struct cairn_machine *other = NULL;
    struct cairn_error error = {""};

    memset(old.behind, 0xff, sizeof(old.behind));
    REQUIRE(cairn_create(&whole, &one, &error) == 0);
    REQUIRE(cairn_create((const struct cairn_options *)(void *)&old.options,
                         &other, &error) == 0);
    cairn_power(one);
    cairn_power(other);
    EXPECT_EQ(cairn_state_hash(one), cairn_state_hash(other));
    cairn_destroy(one);
    cairn_destroy(other);
}

TEST(longer_options_are_accepted_while_the_unknown_part_is_zero)
{
    struct late_options late = {
        .known = {.size = sizeof(late), .board = "caliptra-1.1"}
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    EXPECT_EQ(cairn_create(&late.known, &machine, &error), 0);
    cairn_destroy(machine);
    late.unknown = 1;
    EXPECT_EQ(cairn_create(&late.known, &machine, &error), -E2BIG);
    EXPECT(machine == NULL);
    EXPECT(strstr(error.text, "cairn_options: of a later version") != NULL);
}

TEST(sizes_that_are_none_are_refused)
{
    const struct cairn_options none = {.board = "caliptra-1.1"};
    const struct cairn_options wild = {.size = SIZE_MAX};
    const struct cairn_guest guest = {.cpus = 1};
    const struct cairn_options within = {
        .size = sizeof(within), .board = "virt", .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    EXPECT_EQ(cairn_create(&none, &machine, &error), -EINVAL);
    EXPECT(strstr(error.text, "size is not set") != NULL);
    EXPECT_EQ(cairn_create(&wild, &machine, NULL), -E2BIG);
    EXPECT_EQ(cairn_create(&within, &machine, &error), -EINVAL);
    EXPECT(strstr(error.text, "cairn_guest") != NULL);
}

TEST(a_run_without_a_size_runs_nothing)
{
    const struct cairn_options options = {.size = sizeof(options),
                                          .board = "caliptra-1.1"};
    const struct cairn_until until = {.instructions = 10};
    struct cairn_machine *machine = NULL;

    REQUIRE(cairn_create(&options, &machine, NULL) == 0);
    cairn_power(machine);
    EXPECT_EQ((int)cairn_run(machine, &until), (int)CAIRN_STOP_REFUSED);
    EXPECT_EQ(cairn_instructions(machine, NULL), 0);
    cairn_destroy(machine);
}
