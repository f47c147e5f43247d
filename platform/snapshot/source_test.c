/* SPDX-License-Identifier: Apache-2.0 */
/* A file of two memories that is made by hand: what is read of it, shown and
 * verified. */
#include "platform/snapshot/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/hash.h"
#include "host/file.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

/* The head has 296 bytes. Of the RAM pages 1 and 2 of four are held, of the
 * flash, which is ones, pages 0, 9 and 10 of eleven. */
enum {
    PAGE = 4096,
    HEAD = 296,
    RAM = PAGE,
    FLASH = RAM + 4 * PAGE,
    SIZE = FLASH + 3 * PAGE
};
#define LONG_NAME "a-name-of-thirty-two-characters!"

static struct snapshot_memory memories[2];
static const uint8_t maps[2][8] = {
    {0x06 },
    { 0x01, 0x06}
};

static struct snapshot_head head_of_file(void)
{
    return (struct snapshot_head){
        .identity = 0x1234567890abcdef,
        .board_name = LONG_NAME,
        .board = (const uint8_t *)"board",
        .board_size = 5,
        .origin = (const uint8_t *)"one\0two",
        .origin_size = 8,
        .state = (const uint8_t *)"states of parts",
        .state_size = 15,
        .memories = memories,
        .memory_count = 2,
    };
}

static void make_bytes(struct buffer *out)
{
    OWNED(buffer_fini) struct buffer head_bytes = {0};
    struct snapshot_head head = head_of_file();
    uint8_t *bytes = buffer_grow(out, SIZE);
    memset(bytes, 0, SIZE);
    memories[0] =
        (struct snapshot_memory){"ram", 4 * PAGE, 0, 2, 0, 0, maps[0]};
    memories[1] =
        (struct snapshot_memory){LONG_NAME, 11 * PAGE, 0, 3, 0, 0xff, maps[1]};
    memset(bytes + RAM + PAGE, 1, 2 * PAGE);
    bytes[RAM + 2 * PAGE] = 2;
    memset(bytes + FLASH, 3, 3 * PAGE);
    bytes[FLASH + PAGE] = 4;
    static const unsigned pages[] = {1, 2, 0, 9, 10};
    for (unsigned i = 0; i < 5; i++) {
        uint64_t *hash = &memories[i / 2 > 0].hash;
        *hash = hash64(
            *hash + pages[i],
            bytes + (i < 2 ? RAM + PAGE : FLASH - 2 * PAGE) + PAGE * i, PAGE);
    }
    snapshot_head_place(&head);
    EXPECT_EQ(head.size, HEAD);
    EXPECT_EQ(head.file_size, SIZE);
    buffer_append(&head_bytes, "before", 6);
    snapshot_head_write(&head, &head_bytes);
    REQUIRE(head_bytes.size == 6 + HEAD);
    memcpy(bytes, head_bytes.bytes + 6, HEAD);
}

FIXTURE(struct buffer, bytes, buffer_fini)
FIXTURE_BEGIN(bytes, make_bytes(bytes))

TEST_ON(a_head_comes_back_as_it_was_written, bytes)
{
    struct snapshot_head head;
    struct error error = {""};
    uint64_t head_size = 0;

    EXPECT(snapshot_recognise(bytes->bytes, 8));
    EXPECT(!snapshot_recognise(bytes->bytes, 7));
    EXPECT(!snapshot_recognise(bytes->bytes + 1, 8));
    EXPECT_EQ(snapshot_head_measure(bytes->bytes, SNAPSHOT_FIXED_SIZE, SIZE,
                                    &head_size, &error),
              0);
    EXPECT_EQ(head_size, HEAD);
    EXPECT_EQ(snapshot_head_measure(bytes->bytes, SNAPSHOT_FIXED_SIZE - 1, SIZE,
                                    &head_size, &error),
              -EINVAL);
    EXPECT_STR(error.text, "cut short: 95 bytes");
    for (size_t size = 11; size < 13; size++) {
        bytes->bytes[8]++;
        error_clear(&error);
        EXPECT_EQ(
            snapshot_head_measure(bytes->bytes, size, size, &head_size, &error),
            -EINVAL);
        EXPECT_EQ(strstr(error.text, "byte 8: version 12") != NULL, size == 12);
        bytes->bytes[8]--;
    }
    REQUIRE(snapshot_head_read(&head, bytes->bytes, HEAD, &error) == 0);
    EXPECT_EQ(head.identity, 0x1234567890abcdef);
    EXPECT_EQ(head.size, HEAD);
    EXPECT_EQ(head.file_size, SIZE);
    EXPECT_STR(head.board_name, LONG_NAME);
    EXPECT_EQ(head.board_size, 5);
    EXPECT_BYTES(head.board, "board\0\0\0", 8);
    EXPECT_EQ(head.origin_size, 8);
    EXPECT_BYTES(head.origin, "one\0two", 8);
    EXPECT_EQ(head.state_size, 15);
    EXPECT_BYTES(head.state, "states of parts", 16);
    REQUIRE(head.memory_count == 2);
    for (unsigned i = 0; i < 2; i++) {
        const struct snapshot_memory *memory = &head.memories[i];
        test_case("memory %u", i);
        EXPECT_STR(memory->name, i ? LONG_NAME : "ram");
        EXPECT_EQ(memory->size_bytes, i ? 11 * PAGE : 4 * PAGE);
        EXPECT_EQ(memory->offset, i ? FLASH : RAM);
        EXPECT_EQ(memory->pages, i ? 3 : 2);
        EXPECT_EQ(memory->hash, memories[i].hash);
        EXPECT_EQ(memory->blank, i ? 0xff : 0);
        EXPECT_BYTES(memory->used, maps[i], 8);
    }
    for (unsigned page = 0; page < 11; page++) {
        EXPECT_EQ(snapshot_page_held(&head.memories[1], page),
                  page == 0 || page >= 9);
    }
    EXPECT_EQ(snapshot_page_offset(&head.memories[0], 2, 1), RAM + 2 * PAGE);
    EXPECT_EQ(snapshot_page_offset(&head.memories[1], 9, 1), FLASH + PAGE);
    snapshot_head_fini(&head);
    EXPECT(head.memories == NULL && head.identity == 0);
}

/* Numbers of the head that a hash fits, and what is said of them. */
TEST_BEGINS(numbers_of_a_head_are_held_to_its_sizes, bytes)
{
    static const struct {
        size_t at;
        uint64_t value;
        const char *said; /* NULL: it holds */
    } rows[] = {
        {0,   0,                  "no snapshot"                                      },
        {8,   0x20000000a,        "byte 8: version 10, this program reads version 11"},
        {12,  3,                  "byte 12: memories: 3, at most 2"                  },
        {16,  1,                  NULL                                               },
        {24,  103,                "byte 24: size of the head: 103, at least 104"     },
        {24,  104,                NULL                                               },
        {24,  SIZE + 1,           "byte 24: size of the head: 32769, at most 32768"  },
        {32,  SIZE - 1,           "byte 32: size of the file: 32768, not 32767"      },
        {40,  8,                  NULL                                               },
        {40,  9,                  "byte 24: size of the head: 296, not 304"          },
        {40,  297,                "byte 40: size of the board: 297, at most 296"     },
        {48,  16,                 NULL                                               },
        {48,  297,                "byte 48: size of the state: 297, at most 296"     },
        {56,  297,                "byte 56: size of the origin: 297, at most 296"    },
        {136, RAM + 1,            "byte 136: place of a memory: 4097, not 4096"      },
        {208, FLASH + PAGE,       "byte 208: place of a memory: 24576, not 20480"    },
        {200, 11 * PAGE - 1,      "byte 200: size of a memory: 45055, not 45056"     },
        {216, 12,                 "byte 216: pages held: 12, at most 11"             },
        {216, 4,                  "byte 32: size of the file: 32768, not 36864"      },
        {144, 3,                  "byte 272: 'ram' holds 2 pages, not 3"             },
        {232, 1,                  "byte 232: blank bytes: 1, not 255"                },
        {272, 0x0a,               NULL                                               },
        {272, 0x16,               "byte 272: pages behind the end of 'ram'"          },
        {272, 0x0e,               "byte 272: 'ram' holds 3 pages, not 2"             },
        {280, 0x0607,             "' holds 5 pages, not 3"                           },
        {280, 0x0e01,             "byte 280: pages behind the end of '"              },
        {64,  0x7f,               "byte 64: an invalid name"                         },
        {64,  0x1f,               "byte 64: an invalid name"                         },
        {96,  0x20,               NULL                                               },
        {96,  0x7f,               "byte 96: an invalid name"                         },
        {96,  0x1f,               "byte 96: an invalid name"                         },
        {96,  0x7e,               NULL                                               },
        {168, 0x7f,               "byte 168: an invalid name"                        },
        {192, 0,                  NULL                                               },
        {248, 0x006f770000656e6f, "byte 252: origin: 0x00 ends an empty word"        },
    };

    make_bytes(bytes);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct snapshot_head head;
        struct error error = {""};
        uint64_t size = HEAD;
        uint8_t *field = bytes->bytes + rows[i].at;
        const uint64_t before = load_le64(field);
        test_case("row %zu", i);
        store_le64(field, rows[i].value);
        store_le64(bytes->bytes + HEAD - 8, hash64(0, bytes->bytes, HEAD - 8));
        int code = snapshot_head_measure(bytes->bytes, SNAPSHOT_FIXED_SIZE,
                                         SIZE, &size, &error);
        if (code == 0) {
            code = snapshot_head_read(&head, bytes->bytes, HEAD, &error);
        }
        EXPECT_EQ(code, rows[i].said ? -EINVAL : 0);
        if (!EXPECT(strstr(error.text, rows[i].said ? rows[i].said : "") !=
                    NULL)) {
            fprintf(stderr, "  it says: %s\n", error.text);
        }
        if (code == 0) {
            snapshot_head_fini(&head);
        }
        store_le64(field, before);
    }
}

/* ---- Shown --------------------------------------------------------------- */

static char *write_bytes(const struct buffer *bytes)
{
    char *path = bench_file("", ".snapshot");
    EXPECT_EQ(file_write(path, bytes->bytes, bytes->size, NULL), 0);
    return path;
}

TEST_ON(a_file_is_open_until_it_is_closed, bytes)
{
    struct snapshot_source source;
    struct error error = {""};

    OWNED(free_at) char *path = write_bytes(bytes);
    EXPECT_EQ(snapshot_open(&source, path, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT(source.fd >= 0);
    EXPECT_EQ(source.head.identity, 0x1234567890abcdef);
    snapshot_close(&source);
    EXPECT_EQ(source.fd, -1);
    unlink(path);
}

TEST_ON(a_file_is_shown_with_all_that_its_head_says, bytes)
{
    char *text = NULL;

    OWNED(free_at) char *path = write_bytes(bytes);
    char *expected = xasprintf(
        "Snapshot, version 11\n"
        "  board         " LONG_NAME
        "\n"
        "  identity      1234567890abcdef\n"
        "  origin        one two\n"
        "  file          32768 bytes, of which the head 296, state 15 of "
        "them\n"
        "  ram           0x4000 bytes, 2 pages held from byte 4096 on, hash "
        "%016" PRIx64
        "\n"
        "  " LONG_NAME
        "  0xb000 bytes, 3 pages held from byte 20480 on, hash "
        "%016" PRIx64 "\n",
        memories[0].hash, memories[1].hash);
    EXPECT_EQ(cairn_snapshot_show(path, false, false, &text, NULL), 0);
    EXPECT_STR(text, expected);
    free(text);
    free(expected);
    expected = xasprintf(
        "{\"version\":11,\"board\":\"" LONG_NAME
        "\","
        "\"identity\":\"1234567890abcdef\",\"origin\":[\"one\",\"two\"],"
        "\"file_bytes\":32768,\"head_bytes\":296,\"state_bytes\":15,"
        "\"memories\":[{\"name\":\"ram\",\"bytes\":16384,\"pages\":2,"
        "\"offset\":4096,\"hash\":\"%016" PRIx64
        "\"},"
        "{\"name\":\"" LONG_NAME
        "\",\"bytes\":45056,\"pages\":3,"
        "\"offset\":20480,\"hash\":\"%016" PRIx64 "\"}]}",
        memories[0].hash, memories[1].hash);
    EXPECT_EQ(cairn_snapshot_show(path, true, false, &text, NULL), 0);
    EXPECT(text && strncmp(text, expected, strlen(expected)) == 0);
    free(text);
    free(expected);
    unlink(path);
    text = path;
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_snapshot_show(path, false, false, &text, &error), -ENOENT);
    EXPECT(text == NULL);
    EXPECT(error.text[0] != '\0');
}

/* ---- Verified ------------------------------------------------------------ */

TEST_ON(damage_is_found_wherever_a_memory_is, bytes)
{
    static const struct {
        size_t at; /* of a byte that is flipped */
        const char *said;
    } rows[] = {
        {RAM,                "damaged: byte 4096: data in place of a page" },
        {RAM + PAGE - 1,     "damaged: byte 4096: data in place of a page" },
        {RAM + PAGE,         "damaged: the hash of 'ram' is "              },
        {RAM + 3 * PAGE - 1, "damaged: the hash of 'ram' is "              },
        {RAM + 3 * PAGE,     "damaged: byte 16384: data in place of a page"},
        {RAM + 4 * PAGE - 1, "damaged: byte 16384: data in place of a page"},
        {FLASH,              "damaged: the hash of '" LONG_NAME "' is "    },
        {FLASH + PAGE,       "damaged: the hash of '" LONG_NAME "' is "    },
        {SIZE - 1,           "damaged: the hash of '" LONG_NAME "' is "    },
    };
    char *text = NULL;

    OWNED(free_at) char *path = write_bytes(bytes);
    EXPECT_EQ(cairn_snapshot_show(path, false, true, &text, NULL), 0);
    EXPECT(text && strstr(text, "they are what their hashes say") != NULL);
    EXPECT(text && strstr(text,
                          ": undecided: 1 proven, 0 refused, 1 undecided, "
                          "1 open\n") != NULL);
    EXPECT(text &&
           strstr(text, "0x0, 32768 bytes: the whole snapshot") != NULL);
    EXPECT(text && strstr(text, "undecided: 1 proven, 0 refused") != NULL);
    free(text);
    EXPECT_EQ(cairn_snapshot_show(path, true, true, &text, NULL), 0);
    EXPECT(text && strstr(text, "\"verdict\":\"undecided\"") != NULL);
    EXPECT(text && text[strlen(text) - 1] == '}');
    free(text);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("byte %zu", rows[i].at);
        bytes->bytes[rows[i].at] ^= 0x80;
        EXPECT_EQ(file_write(path, bytes->bytes, bytes->size, NULL), 0);
        EXPECT_EQ(cairn_snapshot_show(path, false, false, &text, &error), 0);
        free(text);
        EXPECT_EQ(cairn_snapshot_show(path, false, true, &text, &error),
                  -EINVAL);
        if (!EXPECT(strstr(error.text, rows[i].said) != NULL)) {
            fprintf(stderr, "  it says: %s\n", error.text);
        }
        EXPECT(strstr(error.text, "snapshot '") == error.text);
        free(text);
        bytes->bytes[rows[i].at] ^= 0x80;
    }
    unlink(path);
}
