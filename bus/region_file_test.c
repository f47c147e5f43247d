/* SPDX-License-Identifier: Apache-2.0 */
/* Regions and the host: their pages are a file's, somebody else's, ones, given
 * back, or refused. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bus/region.h"
#include "tests/harness.h"

#define PAGE ((size_t)REGION_PAGE_SIZE)

/* A file of 16 pages: "a", "b", a hole, "d", and at the eighth "i". */
static int make_file(void)
{
    char path[] = "/tmp/cairn-region-test-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, 16 * REGION_PAGE_SIZE) != 0 ||
        pwrite(fd, "a", 1, 0) != 1 ||
        pwrite(fd, "b", 1, REGION_PAGE_SIZE) != 1 ||
        pwrite(fd, "d", 1, 3 * REGION_PAGE_SIZE) != 1 ||
        pwrite(fd, "i", 1, 8 * REGION_PAGE_SIZE) != 1) {
        abort();
    }
    unlink(path);
    return fd;
}

static bool is_populated(void *address)
{
    unsigned char resident = 0;

    return mincore(address, PAGE, &resident) == 0 && (resident & 1) != 0;
}

TEST(a_mapped_file_is_contents_and_baseline)
{
    static const uint8_t used[8] = {0x0b};
    struct error error = {""};
    struct region *region = region_create("ram", 4 * REGION_PAGE_SIZE, &error);
    int fd = make_file();
    REQUIRE(region);
    region_load(region, 2 * REGION_PAGE_SIZE, "x", 1);
    EXPECT_EQ(region_map_file(region, fd, 0, used, &error), 0);
    close(fd);
    EXPECT_EQ(region_host(region)[0], 'a');
    EXPECT_EQ(region_host(region)[2 * REGION_PAGE_SIZE], 0);
    EXPECT_EQ(region_host(region)[3 * REGION_PAGE_SIZE], 'd');
    EXPECT_EQ(region_next_dirty(region, 0), 4);
    EXPECT(region_page_used(region, 0));
    EXPECT(region_page_used(region, 1));
    EXPECT(!region_page_used(region, 2));
    region_load(region, REGION_PAGE_SIZE, "B", 1);
    region_load(region, 2 * REGION_PAGE_SIZE, "C", 1);
    EXPECT_EQ(region_next_dirty(region, 0), 1);
    EXPECT_EQ(region_rollback(region), 2);
    EXPECT_EQ(region_host(region)[REGION_PAGE_SIZE], 'b');
    EXPECT_EQ(region_host(region)[2 * REGION_PAGE_SIZE], 0);
    region_blank(region, 0, REGION_PAGE_SIZE);
    EXPECT_EQ(region_host(region)[0], 0);
    region_clear(region);
    EXPECT_EQ(region_host(region)[0], 0);
    EXPECT_EQ(region_host(region)[3 * REGION_PAGE_SIZE], 0);
    EXPECT_EQ(region_rollback(region), 3);
    EXPECT_EQ(region_host(region)[0], 'a');
    region_clear(region);
    region_load(region, 0, "x", 1);
    EXPECT(is_populated(region_host(region)));
    region_blank(region, 0, PAGE); /* it is no longer of the file */
    EXPECT(!is_populated(region_host(region)));
    region_destroy(region);
}

TEST(a_file_that_cannot_be_mapped_changes_nothing)
{
    static const uint8_t used[8] = {0x0f};
    struct error error = {""};
    struct region *region = region_create("ram", 4 * PAGE, &error);
    REQUIRE(region);
    region_load(region, 0, "x", 1);
    EXPECT_EQ(region_map_file(region, -1, 0, used, &error), -ENOMEM);
    EXPECT(strstr(error.text, "memory 'ram'") != NULL);
    EXPECT_EQ(region_host(region)[0], 'x');
    EXPECT_EQ(region_next_dirty(region, 0), 0);
    EXPECT(!region_page_used(region, 1));
    region_destroy(region);
}

TEST(pages_of_a_file_are_used_as_its_bits_say)
{
    static const uint8_t used[8] = {0x00, 0x81};
    struct region *region = region_create("ram", 16 * PAGE, NULL);
    int fd = make_file();
    REQUIRE(region);
    EXPECT_EQ(region_map_file(region, fd, 0, used, NULL), 0);
    close(fd);
    for (size_t page = 0; page < 16; page++) {
        test_case("page %zu", page);
        EXPECT_EQ(region_page_used(region, page), page == 8 || page == 15);
    }
    EXPECT_EQ(region_page(region, 8)[0], 'i');
    region_destroy(region);
}

struct told {
    unsigned code;
    unsigned tables;
};

static void code_changed(void *context, struct region *region, size_t page,
                         uint64_t granules)
{
    ((struct told *)context)->code++;
}

static bool table_changed(void *context, struct region *region, uint64_t offset,
                          uint64_t size)
{
    ((struct told *)context)->tables++;
    return true;
}

/* One page in each eight has code, then one in each eight has tables. */
TEST(pages_used_before_are_not_once_a_file_is_mapped)
{
    enum { PAGES = 134 };
    static const uint8_t used[(PAGES + 7) / 8] = {
        [0] = 0x02, [2] = 0x01, [16] = 0x20};
    struct error error = {""};
    struct told told = {0};
    struct region_listener listener = {.code_changed = code_changed,
                                       .table_changed = table_changed,
                                       .context = &told};
    struct region *region = region_create("ram", PAGES * PAGE, &error);
    int fd = make_file();
    REQUIRE(region);
    region_listen(region, &listener);
    region_load(region, PAGE - 1, "xx", 2);
    region_load(region, 4 * PAGE - 1, "xx", 2);
    region_load(region, 133 * PAGE, "x", 1);
    for (size_t i = 0; i < 8; i++) {
        region_mark_code(region, 8 * i + i, 1);
        EXPECT(region_mark_table(region, 64 + 8 * i + i));
    }
    region_mark_code(region, 133, 1);
    EXPECT_EQ(region_map_file(region, fd, 2 * PAGE, used, &error), 0);
    close(fd);
    EXPECT_EQ(told.code, 9);
    EXPECT_EQ(told.tables, 8);
    for (size_t page = 0; page < PAGES; page++) {
        bool tables = page >= 64 && page < 128 && page % 9 == 64 % 9;
        EXPECT_EQ(region->page_flags[page], tables ? REGION_PAGE_TABLE : 0);
        EXPECT_EQ(region_page_used(region, page),
                  page == 1 || page == 16 || page == 133);
    }
    EXPECT_EQ(region_next_dirty(region, 0), PAGES);
    EXPECT_EQ(region->block_flags[0] & REGION_PAGE_DIRTY, 0);
    EXPECT_EQ(region_host(region)[PAGE - 1], 0);
    EXPECT_EQ(region_host(region)[PAGE], 'd');
    region_destroy(region);
}

/* mincore() fails with ENOMEM where nothing is mapped. */
static bool is_mapped(void *address)
{
    unsigned char resident;

    return mincore(address, PAGE, &resident) == 0;
}

TEST(no_baseline_outlives_its_use)
{
    static const uint8_t used[8] = {0x0b};
    struct error error = {""};
    struct region *region = region_create("ram", 4 * PAGE, &error);
    int fd = make_file();

    REQUIRE(region);
    region_load(region, 0, "x", 1);
    EXPECT_EQ(region_checkpoint(region, &error), 0);
    void *first = region->baseline;
    EXPECT(is_mapped(first));
    EXPECT_EQ(region_map_file(region, fd, 0, used, &error), 0);
    close(fd);
    void *second = region->baseline;
    EXPECT(second != first && is_mapped(second));
    EXPECT(!is_mapped(first));
    region_destroy(region);
    EXPECT(!is_mapped(second));
}

/* Others see what becomes blank, and the host keeps their pages. */
TEST(memory_that_is_borrowed_is_blank_for_all_who_see_it)
{
    const size_t size = 4 * PAGE;
    int fd = memfd_create("lent", 0);

    REQUIRE(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    const int shared = PROT_READ | PROT_WRITE;
    uint8_t *lent = mmap(NULL, size, shared, MAP_SHARED, fd, 0);
    uint8_t *seen = mmap(NULL, size, shared, MAP_SHARED, fd, 0);
    REQUIRE(lent != MAP_FAILED && seen != MAP_FAILED);
    struct region *region = region_create_over("lent", lent, size);
    EXPECT(!region_mark_table(region, 1));
    EXPECT(!region->saved);
    region_load(region, PAGE, "abcd", 4);
    region_load(region, 0, "x", 1);
    region_load(region, 2 * PAGE, "x", 1);
    region_load(region, 3 * PAGE, "efgh", 4);
    EXPECT_BYTES(seen + PAGE, "abcd", 4);
    region_blank(region, PAGE, PAGE);
    EXPECT_EQ(seen[PAGE], 0);
    EXPECT_EQ(seen[3 * PAGE], 'e');
    region_clear(region);
    EXPECT_EQ(seen[0] | seen[2 * PAGE], 0);
    EXPECT_EQ(seen[3 * PAGE], 0);
    region_destroy(region);
    EXPECT(is_mapped(lent));
    munmap(lent, size);
    munmap(seen, size);
    close(fd);
}

TEST(an_erased_region_is_ones_again_after_clearing_and_rollback)
{
    enum { SIZE = 1 << 20 };
    struct region *region = region_create_erased("flash", SIZE, NULL);
    REQUIRE(region != NULL);
    uint64_t erased = region_hash(region, 0);
    region_written(region, 0, 1); /* so that its pages are made */
    EXPECT(!region->reserved);
    EXPECT_EQ(region_host(region)[0], 0xff);
    EXPECT_EQ(region_host(region)[SIZE - 1], 0xff);
    EXPECT(!region->kept);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_load(region, 5000, "abc", 3);
    EXPECT_EQ(region_host(region)[4999], 0xff);
    EXPECT(region_hash(region, 0) != erased);
    EXPECT_EQ(region_rollback(region), 1);
    EXPECT_EQ(region_host(region)[5000], 0xff);
    EXPECT_EQ(region_hash(region, 0), erased);
    region_load(region, 5000, "abc", 3);
    region_clear(region);
    EXPECT_EQ(region_host(region)[5000], 0xff);
    EXPECT_EQ(region_hash(region, 0), erased);
    region_destroy(region);
}

/* The pages are made late, when nothing may fail any more. */
TEST(an_erased_region_is_ones_without_a_descriptor_too)
{
    enum { SIZE = 1 << 20 };
    struct rlimit before;
    struct region *region = region_create_erased("flash", SIZE, NULL);
    REQUIRE(region != NULL && getrlimit(RLIMIT_NOFILE, &before) == 0);
    const struct rlimit none = {0, before.rlim_max};
    EXPECT_BYTES(region_page(region, 3), region_blank_page(region), PAGE);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    uint8_t *host = region_host(region);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    EXPECT(region->kept);
    EXPECT_EQ(host[0], 0xff);
    EXPECT_EQ(host[SIZE - 1], 0xff);
    region_load(region, 5000, "abc", 3);
    region_clear(region);
    EXPECT_EQ(host[5000], 0xff);
    EXPECT_EQ(host[SIZE - 1], 0xff);
    region_destroy(region);
}

TEST(a_checkpoint_without_memory_for_it_fails_by_name)
{
    struct error error = {""};
    struct rlimit before;
    struct region *region = region_create("ram", 64 * PAGE, NULL);
    REQUIRE(region != NULL && getrlimit(RLIMIT_AS, &before) == 0);
    region_load(region, PAGE, "a", 1);
    const struct rlimit none = {1, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_AS, &none) == 0);
    int code = region_checkpoint(region, &error);
    REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
    EXPECT_EQ(code, -ENOMEM);
    EXPECT(strncmp(error.text, "memory 'ram': ", 14) == 0);
    EXPECT_EQ(region_next_dirty(region, 0), 1);
    EXPECT_EQ(region_checkpoint(region, &error), 0);
    EXPECT_EQ(region_next_dirty(region, 0), 64);
    region_destroy(region);
}

TEST(a_rollback_brings_back_what_was_given_back)
{
    struct region *region = region_create("r", 4 * PAGE, NULL);
    REQUIRE(region != NULL);
    region_load(region, PAGE, "abc", 3);
    EXPECT_EQ(region_checkpoint(region, NULL), 0);
    region_blank(region, 0, 4 * PAGE);
    EXPECT_EQ(region_host(region)[PAGE], 0);
    EXPECT_EQ(region_next_dirty(region, 0), 0);
    region_rollback(region);
    EXPECT_BYTES(region_host(region) + PAGE, "abc", 3);
    region_destroy(region);
}
