/* SPDX-License-Identifier: Apache-2.0 */
/* Heads that were forged with sizes, maps and hashes of their own. */
#include "platform/snapshot/head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "base/memory.h"
#include "tests/harness.h"

enum { PAGE = 4096, MAP_MAX = 1 << 20 };

/* A head of memories of so many pages, whose maps are those bytes. */
static void write_head(const uint64_t pages[2], const uint64_t held[2],
                       const uint8_t *map, struct buffer *out)
{
    static uint8_t board[8] = "board";
    struct snapshot_memory memories[2];
    struct snapshot_head head = {
        .board = board,
        .board_size = 5,
        .origin = (const uint8_t *)"a",
        .origin_size = 2,
        .state = board,
        .state_size = 3,
        .memories = memories,
        .memory_count = pages[1] != 0 ? 2 : 1,
    };

    memset(memories, 0, sizeof(memories));
    strcpy(head.board_name, "test");
    for (size_t i = 0; i < ARRAY_SIZE(memories); i++) {
        memories[i].name[0] = (char)('a' + i);
        memories[i].size_bytes = pages[i] * PAGE;
        memories[i].pages = held[i];
        memories[i].used = map;
    }
    snapshot_head_place(&head);
    snapshot_head_write(&head, out);
}

TEST(a_map_holds_as_many_pages_as_are_there_and_none_behind_the_end)
{
    static const struct {
        uint64_t pages;
        uint64_t held;
        size_t bits[3]; /* of the map; 0 behind the first: no more */
        const char *said;
    } rows[] = {
        {1,   1, {0},          NULL                   },
        {1,   1, {1},          "behind the end of 'a'"},
        {63,  1, {62},         NULL                   },
        {63,  1, {63},         "behind the end of 'a'"},
        {64,  1, {63},         NULL                   },
        {65,  2, {63, 64},     NULL                   },
        {65,  1, {65},         "behind the end of 'a'"},
        {65,  1, {127},        "behind the end of 'a'"},
        {127, 1, {126},        NULL                   },
        {127, 1, {127},        "behind the end of 'a'"},
        {128, 3, {0, 64, 127}, NULL                   },
        {128, 2, {0, 64, 127}, "holds 3 pages, not 2" },
        {128, 4, {0, 64, 127}, "holds 3 pages, not 4" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t pages[2] = {rows[i].pages, 0};
        const uint64_t held[2] = {rows[i].held, 0};
        struct snapshot_head head;
        OWNED(buffer_fini) struct buffer bytes = {0};
        struct error error = {""};
        uint8_t map[16] = {0};

        test_case("row %zu", i);
        for (size_t j = 0; j < 3 && (j == 0 || rows[i].bits[j] != 0); j++) {
            map[rows[i].bits[j] / 8] |= (uint8_t)(1 << rows[i].bits[j] % 8);
        }
        write_head(pages, held, map, &bytes);
        EXPECT_EQ(snapshot_head_read(&head, bytes.bytes, bytes.size, &error),
                  rows[i].said ? -EINVAL : 0);
        EXPECT(strstr(error.text, rows[i].said ? rows[i].said : "") != NULL);
        if (!rows[i].said) {
            EXPECT_EQ(head.memories[0].pages, rows[i].held);
            EXPECT(snapshot_page_held(&head.memories[0], rows[i].bits[0]));
            EXPECT_BYTES(head.state, "boa", 3);
            EXPECT_BYTES(head.origin, "a", 2);
            EXPECT_EQ(head.file_size % PAGE, 0);
            snapshot_head_fini(&head);
        }
    }
}

/* 16 GiB are the most that a head may name, all memories together. */
TEST(memories_have_at_most_16_gib)
{
    static const struct {
        uint64_t pages[2];
        bool good;
    } rows[] = {
        {{1 << 22, 0},             true },
        {{(1 << 22) + 1, 0},       false},
        {{1 << 21, 1 << 21},       true },
        {{1 << 21, (1 << 21) + 1}, false},
        {{1, 1 << 22},             false},
    };
    OWNED(free_at) uint8_t *map = xcalloc(1, MAP_MAX);

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t held[2] = {0, 0};
        struct snapshot_head head;
        OWNED(buffer_fini) struct buffer bytes = {0};
        struct error error = {""};

        test_case("row %zu", i);
        write_head(rows[i].pages, held, map, &bytes);
        EXPECT_EQ(snapshot_head_read(&head, bytes.bytes, bytes.size, &error),
                  rows[i].good ? 0 : -EINVAL);
        if (rows[i].good) {
            EXPECT_EQ(head.memories[0].size_bytes, rows[i].pages[0] * PAGE);
            EXPECT_EQ(head.file_size,
                      head.memories[0].offset +
                          (rows[i].pages[0] + rows[i].pages[1]) * PAGE);
            snapshot_head_fini(&head);
        } else {
            EXPECT(strstr(error.text, "size of a memory") != NULL);
        }
    }
}

/* Sizes that name more than the head or more than an origin may have. */
TEST(parts_are_no_larger_than_the_head)
{
    static const struct {
        size_t at; /* of the size in the head */
        const char *name;
    } rows[] = {
        {40, "board" },
        {48, "state" },
        {56, "origin"},
    };
    const uint64_t pages[2] = {1, 0};
    const uint64_t held[2] = {0, 0};
    const uint8_t map[8] = {0};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (uint64_t more = 0; more < 2; more++) {
            struct snapshot_head head;
            OWNED(buffer_fini) struct buffer bytes = {0};
            struct error error = {""};
            OWNED(free_at) char *said = NULL;

            test_case("%s, %u more", rows[i].name, (unsigned)more);
            write_head(pages, held, map, &bytes);
            store_le64(bytes.bytes + rows[i].at, bytes.size + more);
            store_le64(bytes.bytes + bytes.size - 8,
                       hash64(0, bytes.bytes, bytes.size - 8));
            EXPECT_EQ(
                snapshot_head_read(&head, bytes.bytes, bytes.size, &error),
                -EINVAL);
            /* Its own size would fit, but the others have some of it. */
            said = more != 0 ? xasprintf("byte %zu: size of the %s", rows[i].at,
                                         rows[i].name)
                             : xasprintf("byte 24: size of the head");
            EXPECT(strstr(error.text, said) != NULL);
        }
    }
}
