/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/space.h"

#include "base/bits.h"
#include "bus/space_bench.h"
#include "tests/harness.h"

static const char *name_at(struct bench *bench, uint64_t address)
{
    const struct window *window = space_find(bench->space, gpa(address));
    return window ? window->name : "-";
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(the_higher_window_wins_and_of_equals_the_later, bench)
{
    add(bench, "low", 0x0, 0x10000, 0, bench->ram);
    struct window *high = add(bench, "high", 0x4000, 0x1000, 5, bench->ram);
    add(bench, "equal", 0x3000, 0x3000, 5, bench->ram);
    add(bench, "under", 0x0, 0x20000, -1, NULL);
    static const struct {
        uint64_t address;
        const char *name;
    } cases[] = {
        {0x0,     "low"  },
        {0x2fff,  "low"  },
        {0x3000,  "equal"},
        {0x4000,  "equal"},
        {0x5fff,  "equal"},
        {0x6000,  "low"  },
        {0x10000, "under"},
        {0x20000, "-"    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("0x%llx", (unsigned long long)cases[i].address);
        EXPECT_STR(name_at(bench, cases[i].address), cases[i].name);
    }
    for (size_t i = ARRAY_SIZE(cases); i-- > 0;) {
        EXPECT_STR(name_at(bench, cases[i].address), cases[i].name);
    }
    EXPECT_EQ(bench->changes, 4);
    (void)high;
}

TEST_BEGINS(all_listeners_hear_until_they_leave, bench)
{
    struct bench others[2];
    setup(bench);
    for (unsigned i = 0; i < 2; i++) {
        others[i] = (struct bench){
            .listener = {.changed = changed, .context = &others[i]}
        };
        space_listen(bench->space, &others[i].listener);
    }
    add(bench, "one", 0, 0x1000, 0, bench->ram);
    space_unlisten(bench->space, &others[0].listener);
    space_unlisten(bench->space, &others[0].listener);
    add(bench, "two", 0x1000, 0x1000, 0, bench->ram);
    EXPECT_EQ(bench->changes, 2);
    EXPECT_EQ(others[0].changes, 1);
    EXPECT_EQ(others[1].changes, 2);
}

TEST_ON(windows_move_and_switch_while_the_machine_runs, bench)
{
    EXPECT_STR(name_at(bench, 0), "-");
    add(bench, "ram", 0x0, 0x10000, 0, bench->ram);
    struct window *rom = add(bench, "rom", 0x0, 0x4000, 1, bench->rom);
    EXPECT_STR(name_at(bench, 0x100), "rom");
    space_enable_window(bench->space, rom, false);
    EXPECT_STR(name_at(bench, 0x100), "ram");
    space_enable_window(bench->space, rom, true);
    space_move_window(bench->space, rom, gpa(0x8000));
    EXPECT_STR(name_at(bench, 0x100), "ram");
    EXPECT_STR(name_at(bench, 0x8000), "rom");
    bench->changes = 0;
    space_move_window(bench->space, rom, gpa(0x8000));
    space_enable_window(bench->space, rom, true);
    EXPECT_EQ(bench->changes, 0);
    space_unlisten(bench->space, &bench->listener);
    /* The range that was found last is no more. */
    space_move_window(bench->space, rom, gpa(0x20000));
    EXPECT_STR(name_at(bench, 0x20000), "rom");
    space_enable_window(bench->space, rom, false);
    EXPECT_STR(name_at(bench, 0x20000), "-");
    EXPECT_STR(name_at(bench, 0x100), "ram");
    space_enable_window(bench->space, space_find(bench->space, gpa(0)), false);
    EXPECT_STR(name_at(bench, 0x100), "-");
    EXPECT_EQ(bench->changes, 0);
}

TEST_ON(a_window_may_end_at_the_top_of_the_address_space, bench)
{
    uint64_t value;
    add(bench, "top", UINT64_MAX - 0xfff, 0x1000, 0, bench->ram);
    EXPECT_STR(name_at(bench, UINT64_MAX), "top");
    EXPECT_STR(name_at(bench, 0), "-");
    EXPECT_EQ(space_read(bench->space, NULL, gpa(UINT64_MAX - 7), 8, &value),
              0);
}

/* The winner by the definition, for comparison with the flattened ranges. */
static const struct window *winner(const struct space *space, uint64_t address)
{
    const struct window *window = space->windows;
    for (; window; window = window->next) {
        if (window->enabled && address >= window->base.value &&
            address - window->base.value < window->size_bytes) {
            return window;
        }
    }
    return NULL;
}

TEST_ON(random_overlaps_are_found_as_defined, bench)
{
    struct window *windows[24];
    uint8_t r[4];
    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        fabric_random(&bench->fabric, r, sizeof(r));
        windows[i] = add(bench, "w", (uint64_t)r[0] << 4, (uint64_t)r[1] << 4,
                         r[2] % 4, bench->ram);
    }
    for (unsigned round = 0; round < 200; round++) {
        fabric_random(&bench->fabric, r, sizeof(r));
        struct window *window = windows[r[0] % ARRAY_SIZE(windows)];
        space_move_window(bench->space, window, gpa((uint64_t)r[1] << 4));
        space_enable_window(bench->space, windows[r[2] % ARRAY_SIZE(windows)],
                            r[3] & 1);
        for (uint64_t address = 0; address < 0x2100; address += 16) {
            if (!EXPECT(space_find(bench->space, gpa(address)) ==
                        winner(bench->space, address))) {
                break;
            }
        }
    }
}

TEST_ON(a_span_ends_where_another_window_begins, bench)
{
    struct span span;
    add(bench, "ram", 0x1000, 0x8000, 0, bench->ram);
    add(bench, "hole", 0x3000, 0x1000, 1, NULL);
    REQUIRE(space_span(bench->space, gpa(0x1800), &span) == 0);
    EXPECT_EQ(span.size_bytes, 0x1800);
    EXPECT(span.host == region_host(bench->ram) + 0x800);
    EXPECT_EQ(span.offset, 0x800);
    EXPECT_EQ(span.rights, ALL);
    EXPECT_EQ(space_span(bench->space, gpa(0x3000), &span), -EFAULT);
    EXPECT_EQ(space_span(bench->space, gpa(0x9000), &span), -EFAULT);
    region_set_writable(bench->ram, false);
    REQUIRE(space_span(bench->space, gpa(0x4000), &span) == 0);
    EXPECT_EQ(span.offset, 0x3000);
    EXPECT_EQ(span.rights, WINDOW_R | WINDOW_X);
}

TEST_ON(all_that_is_contiguous_around_an_address_is_one_span, bench)
{
    struct gpa first = {0};
    struct span span;
    add(bench, "ram", 0x1000, 0x8000, 0, bench->ram);
    add(bench, "hole", 0x3000, 0x1000, 1, NULL);
    add(bench, "below", 0x0, 0x10000, -1, bench->ram);
    REQUIRE(space_span_around(bench->space, gpa(0x2abc), &first, &span) == 0);
    EXPECT_EQ(first.value, 0x1000);
    EXPECT_EQ(span.size_bytes, 0x2000);
    REQUIRE(space_span_around(bench->space, gpa(0x8fff), &first, &span) == 0);
    EXPECT_EQ(first.value, 0x4000);
    EXPECT_EQ(span.offset, 0x3000);
    EXPECT_EQ(span.size_bytes, 0x5000);
    EXPECT_EQ(space_span_around(bench->space, gpa(0x3004), &first, &span),
              -EFAULT);
    EXPECT_EQ(space_span_around(bench->space, gpa(0x10000), &first, &span),
              -EFAULT);
}

/* The window that answers, found the slow way. */
static const struct window *highest(const struct bench *bench, uint64_t address)
{
    const struct window *window = bench->space->windows;

    while (window && !(window->enabled &&
                       address - window->base.value < window->size_bytes)) {
        window = window->next;
    }
    return window;
}

/* One window each at 0x1000, 0x2000 and so on, in the order of the case. */
TEST(windows_that_meet_no_other_are_found_whatever_their_order)
{
    enum { WINDOWS = 9 };
    static const uint8_t orders[][WINDOWS] = {
        {1, 2, 3, 4, 5, 6, 7, 8, 9},
        {9, 8, 7, 6, 5, 4, 3, 2, 1},
        {5, 1, 9, 3, 7, 2, 8, 4, 6},
    };

    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        OWNED(teardown) struct bench bench;

        test_case("order %zu", i);
        setup(&bench);
        for (size_t n = 0; n < WINDOWS; n++) {
            char name[2] = {(char)('0' + orders[i][n]), '\0'};
            add(&bench, name, orders[i][n] * 0x1000u, 0x1000, 0, bench.ram);
        }
        EXPECT_STR(name_at(&bench, 0xfff), "-");
        for (unsigned n = 1; n <= WINDOWS; n++) {
            char name[2] = {(char)('0' + n), '\0'};
            EXPECT_STR(name_at(&bench, n * 0x1000), name);
            EXPECT_STR(name_at(&bench, n * 0x1000 + 0xfff), name);
        }
        EXPECT_STR(name_at(&bench, (WINDOWS + 1) * 0x1000), "-");
    }
}

TEST_ON(a_window_that_hides_another_stays_where_it_is_as_more_come, bench)
{
    add(bench, "one", 0x1000, 0x1000, 1, bench->ram);
    add(bench, "under", 0x1000, 0x1000, 0, bench->ram);
    for (unsigned i = 2; i < 9; i++) {
        add(bench, "more", 0x1000 * i, 0x1000, 0, bench->ram);
        EXPECT_STR(name_at(bench, 0x1000), "one");
        EXPECT_STR(name_at(bench, 0x1fff), "one");
        EXPECT_STR(name_at(bench, 0x1000 * i), "more");
    }
}

TEST(windows_that_share_one_address_have_a_winner_there)
{
    static const struct {
        uint64_t base;
        int priority;
        const char *first; /* who answers at 0x1000 and at 0x1fff */
        const char *last;
    } cases[] = {
        {0x0,    1,  "one", "one"}, /* ends below */
        {0x1,    1,  "two", "one"},
        {0x1,    -1, "one", "one"},
        {0x1fff, 1,  "one", "two"},
        {0x1fff, -1, "one", "one"},
        {0x2000, 1,  "one", "one"}, /* begins above */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(teardown) struct bench bench;

        test_case("0x%llx %d", (unsigned long long)cases[i].base,
                  cases[i].priority);
        setup(&bench);
        add(&bench, "one", 0x1000, 0x1000, 0, bench.ram);
        add(&bench, "two", cases[i].base, 0x1000, cases[i].priority, bench.ram);
        EXPECT_STR(name_at(&bench, 0x1000), cases[i].first);
        EXPECT_STR(name_at(&bench, 0x1fff), cases[i].last);
    }
}

TEST_BEGINS(of_many_windows_the_highest_answers_everywhere, bench)
{
    enum { WINDOWS = 60, ROUNDS = 200, SPAN = 64 };
    struct window *windows[WINDOWS];
    uint64_t seed = 1;

    setup(bench);
    for (unsigned i = 0; i < WINDOWS; i++) {
        windows[i] = add(bench, "w", 0, 16, (int)(i * 7 % 5), bench->ram);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < WINDOWS; i++) {
            fabric_random(&bench->fabric, &seed, sizeof(seed));
            windows[i]->enabled = seed % 3 != 0;
            windows[i]->base = gpa(seed >> 8 & (SPAN - 1));
            windows[i]->size_bytes = 1 + (seed >> 16 & 15);
        }
        windows[0]->base = gpa(UINT64_MAX - 3);
        windows[0]->size_bytes = 4;
        space_windows_changed(bench->space);
        for (uint64_t at = 0; at < SPAN + 20; at++) {
            REQUIRE(space_find(bench->space, gpa(at)) == highest(bench, at));
        }
        EXPECT(space_find(bench->space, gpa(UINT64_MAX)) ==
               (windows[0]->enabled ? windows[0] : NULL));
    }
}
