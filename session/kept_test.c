/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a memory its file keeps. */
#include "session/kept.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define MEMORY "boot_flash"

OWN_PATH(file_path, "", "kept")

enum { PIECE = 4096, LARGE = 128 << 20 };

static struct cairn_machine *make_machine(void)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "trust"};
    struct cairn_machine *machine = NULL;

    EXPECT_EQ(cairn_create(&options, &machine, NULL), 0);
    return machine;
}

/* The byte that is written last, or SIZE_MAX for none, and the file's size. */
TEST(a_file_ends_with_the_last_byte_that_is_written)
{
    static const struct {
        size_t last;
        size_t had; /* the file's size before, or 0: there is none */
        bool whole;
        size_t expected; /* SIZE_MAX: the memory's */
    } rows[] = {
        {SIZE_MAX,      0,     false, 0            },
        {0,             0,     false, 1            },
        {1,             0,     false, 2            },
        {PIECE - 1,     0,     false, PIECE        },
        {PIECE,         0,     false, PIECE + 1    },
        {2 * PIECE - 1, 0,     false, 2 * PIECE    },
        {5 * PIECE + 7, 0,     false, 5 * PIECE + 8},
        {7,             100,   false, 100          },
        {100,           100,   false, 101          },
        {SIZE_MAX,      PIECE, true,  PIECE        },
        {7,             0,     true,  SIZE_MAX     },
    };
    struct cairn_machine *machine = make_machine();
    uint8_t *bytes = NULL;
    size_t size = 0;

    REQUIRE(cairn_memory(machine, MEMORY, &bytes, &size) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(session_kept_fini)
        struct session_kept kept = {.memory = MEMORY,
                                    .path = file_path,
                                    .blank = 0xff,
                                    .whole = rows[i].whole,
                                    .there = rows[i].had != 0};
        OWNED(buffer_fini) struct buffer file = {0};
        test_case("row %zu", i);
        memset(bytes, 0xff, size);
        if (rows[i].last != SIZE_MAX) {
            bytes[rows[i].last] = 0;
        }
        buffer_append_zeros(&kept.bytes, rows[i].had);
        EXPECT_EQ(session_kept_save(&kept, machine, NULL), 0);
        EXPECT_EQ(file_read(file_path, LARGE, &file, NULL), 0);
        EXPECT_EQ(file.size,
                  rows[i].expected == SIZE_MAX ? size : rows[i].expected);
        EXPECT(file.size == 0 || memcmp(file.bytes, bytes, file.size) == 0);
    }
    unlink(file_path);
    const struct session_kept none = {.memory = MEMORY};
    EXPECT_EQ(session_kept_save(&none, machine, NULL), 0);
    const struct session_kept other = {.memory = "x", .path = file_path};
    EXPECT_EQ(session_kept_save(&other, machine, NULL), 0);
    EXPECT(access(file_path, F_OK) != 0);
    cairn_destroy(machine);
}

TEST(a_file_that_a_run_makes_says_what_it_has)
{
    static const char *const origins[] = {
        [SESSION_CONTENTS_BLANK] = "blank, created by this run",
        [SESSION_CONTENTS_EMBEDDED] = "embedded firmware, created by this run",
        [SESSION_CONTENTS_IMAGE] =
            "the contents of --image, created by this run",
        [SESSION_CONTENTS_SNAPSHOT] =
            "the snapshot's contents, created by this run",
    };
    for (unsigned i = 0; i < ARRAY_SIZE(origins); i++) {
        struct session_kept kept = {.path = file_path, .contents = i};
        EXPECT_STR(session_kept_origin(&kept), origins[i]);
        kept.there = true;
        EXPECT(session_kept_origin(&kept) == NULL);
        kept = (struct session_kept){.contents = i};
        EXPECT(session_kept_origin(&kept) == NULL);
    }
}

TEST(a_file_is_read_for_a_memory_alone)
{
    static const struct {
        const char *memory;
        const char *path;
        bool is_new;
        bool there;
        int code;
    } rows[] = {
        {MEMORY, "Makefile",       false, true,  0   },
        {NULL,   "Makefile",       false, false, 0   },
        {MEMORY, NULL,             false, false, 0   },
        {MEMORY, "/nonexistent/x", true,  false, 0   },
        {MEMORY, "/nonexistent/x", false, false, -EIO},
        {MEMORY, "Makefile",       true,  false, -EIO},
        {MEMORY, "Makefile/x",     false, false, -EIO},
        {MEMORY, "session",        false, false, -EIO},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(session_kept_fini)
        struct session_kept kept = {.option = "flash",
                                    .memory = rows[i].memory};
        struct session_error error = {0};
        test_case("row %zu: %s", i, error.text);
        EXPECT_EQ(
            session_kept_load(&kept, rows[i].path, rows[i].is_new, &error),
            rows[i].code);
        EXPECT_EQ(kept.there, rows[i].there);
        EXPECT_EQ(kept.bytes.size != 0, rows[i].there);
        EXPECT_EQ(error.text[0] != '\0', rows[i].code != 0);
    }
}
