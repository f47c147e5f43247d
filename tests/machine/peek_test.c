/* SPDX-License-Identifier: Apache-2.0 */
/* cairn_peek over all that the masters of all built-in boards see: looking at a
 * register changes no state of its device. */
#include <stdio.h>

#include "include/cairn/cairn.h"
#include "tests/harness.h"

/* Looks at the start of each window, where registers are, and at its last word.
 */
enum { LOOKED_AT = 0x1000, PLACES_MAX = 8 };

static void look_at(struct cairn_machine *machine, struct cairn_master *master,
                    const struct cairn_window *window, uint64_t *count)
{
    uint8_t bytes[4];
    size_t done;

    for (uint64_t at = 0; at < window->size_bytes && at < LOOKED_AT; at += 4) {
        (void)cairn_peek(machine, master, 1, window->base + at, bytes, 4,
                         &done);
        ++*count;
    }
    (void)cairn_peek(machine, master, 1,
                     window->base + (window->size_bytes - 1), bytes, 1, &done);
}

/* The window whose registers change when they are looked at, or NULL. */
static const char *find_change(struct cairn_machine *machine, uint64_t *count)
{
    uint64_t hash = cairn_state_hash(machine);
    struct cairn_master *master;

    for (size_t i = 0; (master = cairn_master_at(machine, i)); i++) {
        struct cairn_window window;
        for (size_t w = 0; cairn_window_get(machine, master, w, &window) == 0;
             w++) {
            if (!window.device) {
                continue;
            }
            look_at(machine, master, &window, count);
            if (cairn_state_hash(machine) != hash) {
                return window.name;
            }
        }
    }
    return NULL;
}

TEST(looking_at_all_registers_of_all_boards_changes_nothing)
{
    const char *board;

    for (size_t i = 0; (board = cairn_board_name(i)); i++) {
        const struct cairn_guest guest = {.size = sizeof(guest),
                                          .memory_bytes = 64 << 20};
        const struct cairn_options options = {
            .size = sizeof(options), .board = board, .guest = &guest};
        struct cairn_machine *machine = NULL;
        struct cairn_error error = {""};
        uint64_t count = 0;

        if (cairn_create(&options, &machine, &error) != 0) {
            const struct cairn_options bare = {.size = sizeof(bare),
                                               .board = board};
            EXPECT_EQ(cairn_create(&bare, &machine, &error), 0);
        }
        if (!machine) {
            printf("%s: %s\n", board, error.text);
            continue;
        }
        cairn_power(machine);
        const uint64_t unmodelled = cairn_unmodelled_count(machine);
        const char *changed = find_change(machine, &count);
        if (changed) {
            printf("%s: looking at '%s' changes it\n", board, changed);
        }
        EXPECT(changed == NULL);
        EXPECT(count != 0);
        EXPECT_EQ(cairn_unmodelled_count(machine), unmodelled);
        cairn_destroy(machine);
    }
}
