/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations of the host that fail: the n-th of a machine's life, for n = 1
 * and on, once or from then on. Calls end with a result, and what a machine
 * took is given back with it, unless it was lost.
 *
 * The program's allocator stands in front of the C library's, also for the
 * libraries that it loads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/cairn/cairn.h"
#include "tests/harness.h"

/* The C library's own, by the names that it has for such a purpose. */
void *c_malloc(size_t size) __asm__("__libc_malloc");
void *c_calloc(size_t count, size_t size) __asm__("__libc_calloc");
void *c_realloc(void *memory, size_t size) __asm__("__libc_realloc");
void c_free(void *memory) __asm__("__libc_free");

enum { CASES_MAX = 400, INSTRUCTIONS = 20000 };

static bool armed;
static uint64_t asked;    /* allocations since it was armed */
static uint64_t fails_at; /* number of the first that fails; 0: none */
static bool for_ever;     /* and all after it */
static int64_t held;      /* allocations that were not given back */

static bool fails(void)
{
    if (!armed) {
        return false;
    }
    asked++;
    return fails_at != 0 &&
           (asked == fails_at || (for_ever && asked > fails_at));
}

void *malloc(size_t size)
{
    void *memory = fails() ? NULL : c_malloc(size);
    held += memory != NULL;
    return memory;
}

void *calloc(size_t nmemb, size_t size)
{
    void *memory = fails() ? NULL : c_calloc(nmemb, size);
    held += memory != NULL;
    return memory;
}

void *realloc(void *ptr, size_t size)
{
    void *memory = fails() ? NULL : c_realloc(ptr, size);
    held += memory != NULL && ptr == NULL;
    return memory;
}

void free(void *ptr)
{
    held -= ptr != NULL;
    c_free(ptr);
}

/* ---- A machine's life ---------------------------------------------------- */

/* Every call ends well or for want of memory. */
static bool is_expected(int code)
{
    return code == 0 || code == -ENOMEM;
}

static int no_read(void *context, const struct cairn_access *access,
                   uint64_t offset, unsigned size, uint64_t *value)
{
    *value = 0;
    return 0;
}

static int run_and_keep(struct cairn_machine *machine)
{
    const struct cairn_until until = {.size = sizeof(until),
                                      .instructions = INSTRUCTIONS};
    struct cairn_snapshot *snapshot = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    char *report = NULL;
    int code = cairn_power(machine);

    EXPECT(is_expected(code));
    enum cairn_stop stop = cairn_run(machine, &until);
    EXPECT(code != 0 || stop == CAIRN_STOP_BUDGET || stop == CAIRN_STOP_IDLE ||
           stop == CAIRN_STOP_NO_MEMORY);
    code = cairn_snapshot(machine, &snapshot, NULL);
    EXPECT(is_expected(code));
    code = cairn_save_bytes(machine, &bytes, &size, NULL);
    EXPECT(is_expected(code));
    EXPECT((bytes != NULL) == (code == 0));
    if (snapshot) {
        EXPECT(is_expected(cairn_restore(machine, snapshot, NULL)));
    }
    if (bytes) {
        EXPECT(is_expected(cairn_load_bytes(machine, bytes, size, NULL)));
    }
    code = cairn_report(machine, "json", &report, NULL);
    EXPECT(is_expected(code));
    free(report);
    free(bytes);
    cairn_snapshot_destroy(snapshot);
    return code;
}

/* Everything from making it to its end. */
static void live(const char *board)
{
    static const uint32_t rom[] = {0x00128293, 0xffdff06f}; /* addi, j */
    const struct cairn_image image = {"rom", rom, sizeof(rom)};
    const struct cairn_options options = {.size = sizeof(options),
                                          .board = board,
                                          .images = &image,
                                          .image_count = 1};
    const struct cairn_map map = {.size = sizeof(map),
                                  .name = "outside",
                                  .address = 0xe0000000,
                                  .size_bytes = 4096,
                                  .read = no_read};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    int code = cairn_create(&options, &machine, &error);

    EXPECT(is_expected(code));
    EXPECT((machine != NULL) == (code == 0));
    if (machine) {
        EXPECT(is_expected(cairn_map(machine, &map, NULL, NULL)));
        (void)run_and_keep(machine);
        EXPECT_EQ(cairn_destroy(machine), 0);
    }
}

static uint64_t count_allocations(const char *board)
{
    fails_at = 0;
    asked = 0;
    armed = true;
    live(board);
    armed = false;
    return asked;
}

static void fail_at(const char *board, uint64_t place, bool lasting)
{
    fails_at = place;
    for_ever = lasting;
    asked = 0;
    armed = true;
    live(board);
    armed = false;
}

TEST(an_allocation_that_fails_once_costs_nothing)
{
    static const char board[] = "caliptra-1.1";
    /* Libraries keep some for good when they are first used. */
    (void)count_allocations(board);
    const uint64_t count = count_allocations(board);
    const uint64_t step = count / CASES_MAX + 1;

    EXPECT(count > 100);
    for (uint64_t place = 1; place <= count; place += step) {
        const int64_t before = held;
        fail_at(board, place, false);
        if (!EXPECT_EQ(held, before)) {
            printf("allocation %llu of %llu\n", (unsigned long long)place,
                   (unsigned long long)count);
        }
    }
}

TEST(memory_that_has_run_out_for_good_ends_calls_with_a_result)
{
    static const char board[] = "caliptra-1.1";
    const uint64_t count = count_allocations(board);
    const uint64_t step = count / CASES_MAX + 1;

    for (uint64_t place = 1; place <= count; place += step) {
        fail_at(board, place, true);
    }
    /* And goes on once there is some again. */
    const int64_t before = held;
    EXPECT_EQ(count_allocations(board), count);
    EXPECT_EQ(held, before);
}
