/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/region.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/memory.h"
#include "tests/harness.h"

OWNER(struct region, region_destroy)

#define PAGE ((size_t)REGION_PAGE_SIZE)

struct watch {
    struct region_listener listener;
    unsigned protects;
    unsigned where;
    unsigned code_changes;
    size_t last_page;
    uint64_t last_granules;
};

static void protect(void *context, struct region *region, unsigned where)
{
    struct watch *watch = context;
    watch->protects++;
    watch->where = where;
}

static void code_changed(void *context, struct region *region, size_t page,
                         uint64_t granules)
{
    struct watch *watch = context;
    watch->code_changes++;
    watch->last_page = page;
    watch->last_granules = granules;
}

static struct region *watched(struct watch *watch, uint64_t size)
{
    *watch = (struct watch){0};
    watch->listener.protect = protect;
    watch->listener.code_changed = code_changed;
    watch->listener.context = watch;
    struct region *region = region_create("ram", size, NULL);
    if (region) {
        region_listen(region, &watch->listener);
    }
    return region;
}

TEST(a_region_is_zero_and_a_whole_number_of_pages)
{
    struct region *region = region_create("ram", 5000, NULL);
    REQUIRE(region != NULL);
    EXPECT_EQ(region->size_bytes, 2 * PAGE);
    EXPECT(region->writable && region->saved && !region->reserved);
    EXPECT_EQ(region_host(region)[8191], 0);
    region_destroy(region);
    region = region_create("one", 1, NULL);
    REQUIRE(region != NULL);
    EXPECT_EQ(region->size_bytes, PAGE);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    EXPECT(region->baseline == NULL); /* nothing was written */
    region_load(region, 0, "x", 1);
    region_clear(region);
    EXPECT_EQ(region_host(region)[0], 0);
    region_destroy(region);
    region_destroy(NULL);
}

TEST(impossible_sizes_are_errors)
{
    struct error error = {""};
    EXPECT(region_create("none", 0, &error) == NULL);
    EXPECT(strstr(error.text, "memory 'none'") != NULL);
    for (unsigned more = 0; more < 2; more++) {
        error_clear(&error);
        EXPECT(region_create("huge", INT64_MAX - (PAGE - 1) + more, &error) ==
               NULL);
        EXPECT(strstr(error.text, more ? "no size of" : "no memory for"));
    }
    EXPECT(region_create("huge", UINT64_MAX, NULL) == NULL);
    EXPECT(region_create("huge", (uint64_t)1 << 62, NULL) == NULL);
}

TEST(writes_mark_exactly_their_pages)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, 8 * PAGE);
    REQUIRE(region != NULL);
    region_load(region, 2 * PAGE - 1, "ab", 2);
    region_written(region, 5 * PAGE, 0);
    static const uint8_t flags[8] = {0, 1, 1, 0, 0, 0, 0, 0};
    EXPECT_BYTES(region->page_flags, flags, 8);
    EXPECT(region_page_used(region, 1));
    EXPECT(!region_page_used(region, 0));
    EXPECT_EQ(region_host(region)[2 * PAGE], 'b');
}

TEST(decoded_code_is_dropped_once_when_its_page_changes)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, 8 * PAGE);
    REQUIRE(region != NULL);
    region_mark_code(region, 3, 1);
    EXPECT_EQ(watch.protects, 0);
    region_written(region, 2 * PAGE, 2 * PAGE);
    EXPECT_EQ(watch.code_changes, 1);
    EXPECT_EQ(watch.last_page, 3);
    EXPECT_EQ(region->page_flags[3], REGION_PAGE_DIRTY);
    region_written(region, 2 * PAGE, 2 * PAGE);
    EXPECT_EQ(watch.code_changes, 1);
    region_mark_code(region, 3, 1);
    EXPECT_EQ(watch.protects, 1);
    EXPECT_EQ(watch.where, REGION_NOWHERE);
    region_mark_code(region, 3, 1);
    EXPECT_EQ(watch.protects, 1);
    region_unlisten(region, &watch.listener);
    region_written(region, 3 * PAGE, 1);
    EXPECT_EQ(watch.code_changes, 1);
}

TEST(all_listeners_hear_until_they_leave)
{
    enum { OTHERS = 3 };
    struct watch watch;
    struct watch others[OTHERS] = {0};
    OWNED(region_destroy_at) struct region *region = watched(&watch, PAGE);
    REQUIRE(region != NULL);
    for (unsigned i = 0; i < OTHERS; i++) {
        others[i].listener = watch.listener;
        others[i].listener.context = &others[i];
        region_listen(region, &others[i].listener);
    }
    for (unsigned left = 0; left < 2; left++) {
        region_mark_code(region, 0, 1);
        region_written(region, 0, PAGE);
        region_set_writable(region, left != 0);
        region_unlisten(region, &others[1].listener);
    }
    EXPECT_EQ(watch.code_changes, 2);
    EXPECT_EQ(watch.protects, 2);
    for (unsigned i = 0; i < OTHERS; i++) {
        EXPECT_EQ(others[i].code_changes, i == 1 ? 1 : 2);
        EXPECT_EQ(others[i].protects, i == 1 ? 1 : 2);
    }
}

/* And forgotten when permission is taken. */
struct places {
    struct region_listener listener;
    unsigned where[8]; /* of the calls since it was cleared */
    unsigned count;
};

static void note_place(void *context, struct region *region, unsigned where)
{
    struct places *places = context;
    places->where[places->count++ % 8] = where;
}

TEST(who_protects_a_page_hears_where_its_writers_are)
{
    static const struct {
        unsigned notes[6];
        unsigned evicted; /* meanwhile; 0: none */
        unsigned told[4];
    } cases[] = {
        {{0},                0, {0}         },
        {{7},                0, {7}         },
        {{7, 7, 7},          0, {7}         },
        {{7, 9, 7},          0, {7, 9}      },
        {{4, 3, 2, 1},       0, {4, 3, 2, 1}},
        {{4, 3, 2, 1, 5},    4, {3, 2, 1, 5}},
        {{4, 3, 2, 1, 5, 3}, 4, {3, 2, 1, 5}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (unsigned table = 0; table < 2; table++) {
            struct places places = {.listener.protect = note_place};
            struct region *region = region_create("ram", 2 * PAGE, NULL);
            unsigned told = 0;
            REQUIRE(region != NULL);
            places.listener.context = &places;
            region_listen(region, &places.listener);
            region_written(region, 0, 2 * PAGE);
            region_note_writer(region, 1, 99);
            for (size_t j = 0; j < 6 && cases[i].notes[j] != 0; j++) {
                region_note_writer(region, 0, cases[i].notes[j]);
            }
            test_case("case %zu", i);
            EXPECT_EQ(places.count, cases[i].evicted != 0);
            EXPECT_EQ(places.where[0], cases[i].evicted);
            places.count = 0;
            for (unsigned turn = 0; turn < 2; turn++) { /* the second is mute */
                if (table != 0) {
                    EXPECT(region_mark_table(region, 0));
                } else {
                    region_mark_code(region, 0, 1);
                }
            }
            do {
                EXPECT_EQ(places.where[told], cases[i].told[told]);
            } while (++told < 4 && cases[i].told[told] != 0);
            EXPECT_EQ(places.count, told);
            region_mark_code(region, 1, 1);
            EXPECT_EQ(places.where[told], 99);
            places.count = 0; /* of those before nothing is left */
            region_written(region, PAGE, PAGE);
            region_note_writer(region, 1, 77);
            region_mark_code(region, 1, 1);
            EXPECT_EQ(places.count, 1);
            EXPECT_EQ(places.where[0], 77);
            region_destroy(region);
        }
    }
}

/* ---- Pages with tables --------------------------------------------------- */

struct tables {
    struct region_listener listener;
    uint64_t offset;
    uint64_t size;
    unsigned changes;
    bool keeps;
};

static bool table_changed(void *context, struct region *region, uint64_t offset,
                          uint64_t size)
{
    struct tables *tables = context;
    tables->changes++;
    tables->offset = offset;
    tables->size = size;
    return tables->keeps;
}

/* Until no listener has anything of the page. */
TEST(listeners_hear_which_bytes_of_tables_change)
{
    struct tables tables = {.listener.table_changed = table_changed,
                            .keeps = true};
    struct region *region = region_create("ram", 4 * PAGE, NULL);
    REQUIRE(region != NULL);
    tables.listener.context = &tables;
    region_listen(region, &tables.listener);
    EXPECT(region_mark_table(region, 1));
    region_written(region, 0, PAGE);
    region_written(region, 2 * PAGE, PAGE);
    EXPECT_EQ(tables.changes, 0);
    region_written(region, PAGE + 16, 8);
    EXPECT_EQ(tables.changes, 1);
    EXPECT_EQ(tables.offset, PAGE + 16);
    EXPECT_EQ(tables.size, 8);
    region_written(region, PAGE - 8, 3 * PAGE);
    EXPECT_EQ(tables.changes, 2);
    EXPECT_EQ(tables.offset, PAGE);
    EXPECT_EQ(tables.size, PAGE);
    region_written(region, 2 * PAGE - 4, 8);
    EXPECT_EQ(tables.offset, 2 * PAGE - 4);
    EXPECT_EQ(tables.size, 4);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    EXPECT_EQ(tables.changes, 3);
    region_load(region, PAGE, "abc", 3);
    EXPECT_EQ(tables.changes, 4);
    region_rollback(region);
    EXPECT_EQ(tables.changes, 5);
    EXPECT_EQ(tables.size, PAGE);
    tables.keeps = false;
    region_written(region, PAGE, 1);
    EXPECT_EQ(tables.changes, 6);
    region_written(region, PAGE, 1);
    EXPECT_EQ(tables.changes, 6);
    region_destroy(region);
}

TEST(writes_beside_code_of_their_page_leave_it)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, 2 * PAGE);
    REQUIRE(region != NULL);
    region_mark_code(region, 1, 6);
    region_written(region, PAGE, 64);
    region_written(region, PAGE + 192, PAGE - 192);
    region_written(region, 0, PAGE);
    EXPECT_EQ(watch.code_changes, 0);
    EXPECT_EQ(region->page_flags[1], REGION_PAGE_DIRTY | REGION_PAGE_CODE);
    region_written(region, PAGE + 191, 1);
    EXPECT_EQ(watch.code_changes, 1);
    EXPECT_EQ(watch.last_granules, 4);
    region_written(region, PAGE + 128, 64);
    EXPECT_EQ(watch.code_changes, 1);
    region_written(region, PAGE - 1, 66);
    EXPECT_EQ(watch.code_changes, 2);
    EXPECT_EQ(watch.last_granules, 3);
    EXPECT_EQ(watch.protects, 0);
    region_written(region, PAGE, PAGE);
    EXPECT_EQ(watch.last_granules, REGION_ALL_GRANULES);
    EXPECT_EQ(region->page_flags[1], REGION_PAGE_DIRTY);
    region_mark_code(region, 0, REGION_ALL_GRANULES);
    region_written(region, PAGE - 1, 2);
    EXPECT_EQ(watch.last_granules, (uint64_t)1 << 63);
}

/* How often: twice as often each time that it holds code again, up to where
 * code is worth it. */
TEST(a_page_that_is_written_often_gives_its_code_up)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, PAGE);
    unsigned last = 4;
    REQUIRE(region != NULL);
    for (unsigned turn = 0; turn < 12; turn++) {
        unsigned stores = 0;
        region_mark_code(region, 0, 1);
        watch.code_changes = 0;
        while (watch.code_changes == 0) {
            region_written(region, 2048, 8);
            stores++;
        }
        EXPECT_EQ(watch.last_granules, REGION_ALL_GRANULES);
        EXPECT_EQ(stores, last < 4096 ? last * 2 : 4096);
        EXPECT_EQ(region->page_flags[0], REGION_PAGE_DIRTY);
        last = stores;
    }
}

TEST(locking_a_region_revokes_cached_rights)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, PAGE);
    REQUIRE(region != NULL);
    region_set_writable(region, false);
    region_set_writable(region, false);
    region_set_writable(region, true);
    EXPECT_EQ(watch.protects, 1);
    EXPECT_EQ(watch.where, REGION_SOMEWHERE);
}

TEST(rollback_copies_changed_pages_only_and_keeps_code_of_the_others)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, 8 * PAGE);
    REQUIRE(region != NULL);
    region_load(region, 0, "one", 3);
    region_load(region, PAGE, "two", 3);
    region_mark_code(region, 0, 1);
    region_mark_code(region, 1, 1);
    watch.protects = 0;
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    EXPECT_EQ(watch.protects, 1);
    EXPECT_EQ(watch.where, REGION_SOMEWHERE);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    EXPECT_EQ(watch.protects, 1);
    EXPECT_EQ(region->page_flags[0], REGION_PAGE_CODE);
    watch.code_changes = 0;

    region_load(region, PAGE, "TWO", 3);
    region_mark_code(region, 1, 1);
    region_load(region, 4 * PAGE, "new", 3);
    region_load(region, 5 * PAGE, "\0", 1);
    watch.code_changes = 0;
    watch.protects = 0;
    EXPECT_EQ(region_rollback(region), 2);
    EXPECT_EQ(watch.protects, 1);
    EXPECT_BYTES(region_host(region), "one", 3);
    EXPECT_BYTES(region_host(region) + PAGE, "two", 3);
    EXPECT_BYTES(region_host(region) + 4 * PAGE, "\0\0\0", 3);
    EXPECT_EQ(watch.code_changes, 1);
    EXPECT_EQ(watch.last_page, 1);
    EXPECT_EQ(region->page_flags[0], REGION_PAGE_CODE);
    EXPECT_EQ(region->page_flags[4], 0);
    EXPECT_EQ(region_rollback(region), 0);
}

TEST(every_dirty_page_is_found_wherever_it_lies)
{
    enum { PAGES = 43 };
    struct region *region = region_create("ram", PAGES * PAGE, NULL);
    REQUIRE(region != NULL);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    for (size_t page = 0; page < PAGES; page++) {
        region_load(region, page * PAGE + 1, "x", 1);
        EXPECT_EQ(region_rollback(region), 1);
        EXPECT_EQ(region_host(region)[page * PAGE + 1], 0);
    }
    for (size_t page = 0; page < PAGES; page += 3) {
        region_load(region, page * PAGE, "x", 1);
    }
    EXPECT_EQ(region_rollback(region), (PAGES + 2) / 3);
    region_destroy(region);
}

TEST(a_clean_page_is_exchanged_with_its_baseline)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, 4 * PAGE);
    uint8_t bytes[REGION_PAGE_SIZE] = "new";
    REQUIRE(region != NULL);
    region_load(region, PAGE, "old", 3);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_mark_code(region, 1, 1);
    region_exchange(region, 1, bytes);
    EXPECT_BYTES(bytes, "old", 3);
    EXPECT_BYTES(region_host(region) + PAGE, "new", 3);
    EXPECT_BYTES(region_baseline_page(region, 1), "new", 3);
    EXPECT_EQ(watch.code_changes, 1);
    EXPECT_EQ(region->page_flags[1], 0);
    region_exchange(region, 2, bytes);
    EXPECT_EQ(watch.code_changes, 1);
    EXPECT(region_page_used(region, 2));
    EXPECT_BYTES(bytes, region_blank_page(region), PAGE);
    EXPECT_EQ(region_rollback(region), 0);
    EXPECT_BYTES(region_host(region) + 2 * PAGE, "old", 3);
}

TEST(a_page_without_a_baseline_is_exchanged_for_a_blank_one)
{
    struct region *region = region_create("ram", 2 * PAGE, NULL);
    uint8_t bytes[REGION_PAGE_SIZE] = "new";
    REQUIRE(region != NULL);
    EXPECT_BYTES(region_baseline_page(region, 1), bytes + 8, 8);
    region_exchange(region, 1, bytes);
    EXPECT_BYTES(bytes, region_blank_page(region), PAGE);
    EXPECT_BYTES(region_baseline_page(region, 1), "new", 3);
    region_destroy(region);
}

TEST(a_second_checkpoint_moves_the_baseline)
{
    struct region *region = region_create("ram", 4 * PAGE, NULL);
    REQUIRE(region != NULL);
    region_load(region, 0, "a", 1);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_load(region, 0, "b", 1);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_load(region, 0, "c", 1);
    region_load(region, PAGE, "c", 1);
    EXPECT_EQ(region_rollback(region), 2);
    EXPECT_EQ(region_host(region)[0], 'b');
    EXPECT_EQ(region_host(region)[PAGE], 0);
    region_destroy(region);
}

TEST(clearing_can_be_rolled_back)
{
    struct watch watch;
    OWNED(region_destroy_at) struct region *region = watched(&watch, 4 * PAGE);
    REQUIRE(region != NULL);
    region_load(region, PAGE - 1, "zabc", 4);
    region_mark_code(region, 0, 1);
    region_mark_code(region, 1, 1);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_clear(region);
    EXPECT_EQ(watch.code_changes, 2);
    EXPECT_EQ(region_host(region)[PAGE], 0);
    EXPECT_EQ(region_rollback(region), 2);
    EXPECT_BYTES(region_host(region) + PAGE, "abc", 3);
}

TEST(untouched_pages_cost_nothing_through_checkpoint_and_rollback)
{
    const uint64_t gib = (uint64_t)1 << 30;
    size_t before = memory_resident();
    struct region *region = region_create("ram", gib, NULL);
    REQUIRE(region != NULL);
    region_load(region, gib / 2, "x", 1);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_load(region, gib - PAGE, "y", 1);
    EXPECT_EQ(region_rollback(region), 1);
    region_hash(region, 0);
    region_clear(region);
    EXPECT(memory_resident() - before < ((size_t)4 << 20));
    region_destroy(region);
}

TEST(pages_that_are_given_back_are_blank_and_as_if_never_written)
{
    enum { PAGES = 1024 };
    struct watch watch = {
        .listener = {protect, code_changed, NULL, NULL, &watch, NULL}
    };
    struct region *region = region_create("r", PAGES * PAGE, NULL);
    REQUIRE(region != NULL);
    region_listen(region, &watch.listener);
    region_written(region, 0, PAGES * PAGE);
    memset(region_host(region), 1, PAGES * PAGE);
    region_mark_code(region, 5, 1);
    region_note_writer(region, PAGES - 5, 77);
    const size_t before = memory_resident();
    region_blank(region, 4 * PAGE, (PAGES - 8) * PAGE);
    EXPECT(memory_resident() + (PAGES - 8) * PAGE / 2 < before);
    EXPECT_EQ(watch.code_changes, 1);
    EXPECT_EQ(watch.where, 77); /* the last page's writer */
    EXPECT_EQ(region_host(region)[4 * PAGE - 1], 1);
    EXPECT_EQ(region_host(region)[4 * PAGE], 0);
    EXPECT_EQ(region_host(region)[(PAGES - 4) * PAGE - 1], 0);
    EXPECT_EQ(region_host(region)[(PAGES - 4) * PAGE], 1);
    EXPECT(!region_page_used(region, 4));
    EXPECT_EQ(region_next_dirty(region, 4), PAGES - 4);
    region_destroy(region);
}

TEST(equal_contents_hash_alike_whatever_their_history)
{
    struct region *a = region_create("a", 4 * PAGE, NULL);
    struct region *b = region_create("b", 4 * PAGE, NULL);
    REQUIRE(a && b);
    EXPECT_EQ(region_hash(a, 1), region_hash(b, 1));
    region_load(a, PAGE, "abc", 3);
    region_load(b, 2 * PAGE, "zzz", 3);
    region_load(b, 2 * PAGE, "\0\0\0", 3);
    EXPECT(region_hash(a, 1) != region_hash(b, 1));
    region_load(b, PAGE, "abc", 3);
    EXPECT_EQ(region_hash(a, 1), region_hash(b, 1));
    EXPECT(region_hash(a, 1) != region_hash(a, 2));
    region_clear(b);
    EXPECT_EQ(region_hash(b, 1), 1);
    region_load(b, 0, "abc", 3);
    EXPECT(region_hash(a, 1) != region_hash(b, 1));
    EXPECT(region_hash(b, 1) != 1);
    region_destroy(a);
    region_destroy(b);
}

TEST(the_only_page_of_a_large_region_is_found_behind_clean_blocks)
{
    enum { PAGES = 4096 };
    static const size_t places[] = {511, 512, 513, 1024, 1536, 4088, 4095};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct region *region =
            region_create("ram", PAGES * (uint64_t)PAGE, NULL);
        REQUIRE(region != NULL);
        test_case("page %zu", places[i]);
        region_load(region, places[i] * PAGE, "x", 1);
        for (size_t from = 0; from < 20; from++) {
            EXPECT_EQ(region_next_dirty(region, from), places[i]);
        }
        EXPECT(region_hash(region, 1) != 1);
        region_clear(region);
        EXPECT_EQ(region_hash(region, 1), 1);
        region_destroy(region);
    }
}

TEST(dirty_pages_of_a_large_region_are_found_in_their_order)
{
    static const size_t pages[] = {0, 1, 511, 512, 1023, 5000, 262143};
    struct error error = {""};
    struct region *region =
        region_create("ram", (uint64_t)262144 << REGION_PAGE_SHIFT, &error);
    size_t found = 0;
    REQUIRE(region);
    EXPECT_EQ(region_checkpoint(region, &error), 0);
    for (unsigned turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
            region_load(region, (uint64_t)pages[i] << REGION_PAGE_SHIFT, "x",
                        1);
        }
        for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
            found = region_next_dirty(region, i ? found + 1 : 0);
            EXPECT_EQ(found, pages[i]);
        }
        EXPECT_EQ(region_next_dirty(region, found + 1), 262144);
        EXPECT_EQ(region_rollback(region), ARRAY_SIZE(pages));
        EXPECT_EQ(region_next_dirty(region, 0), 262144);
        /* So that the next search passes over whole blocks. */
        EXPECT_EQ(region->block_flags[0] & REGION_PAGE_DIRTY, 0);
        EXPECT_EQ(region_host(region)[5000u << REGION_PAGE_SHIFT], 0);
    }
    region_destroy(region);
}
