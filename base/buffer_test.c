/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

FIXTURE(struct buffer, buffer, buffer_fini)

TEST_BEGINS(an_empty_buffer_is_an_empty_string, buffer)
{
    EXPECT_STR(buffer_text(buffer), "");
    buffer_append(buffer, NULL, 0);
    EXPECT_EQ(buffer->size, 0);
    EXPECT_STR(buffer_text(buffer), "");
    buffer_fini(buffer);
}

TEST_BEGINS(appended_bytes_survive_growth, buffer)
{
    for (uint32_t i = 0; i < 10000; i++) {
        buffer_append_le32(buffer, i);
    }
    REQUIRE(buffer->size == 40000);
    const uint8_t expected[4] = {0x0f, 0x27, 0, 0};
    EXPECT_BYTES(buffer->bytes + 39996, expected, 4);
}

TEST_BEGINS(text_stays_terminated_after_every_kind_of_append, buffer)
{
    buffer_print(buffer, "%d-%s", 42, "x");
    EXPECT_STR(buffer_text(buffer), "42-x");
    buffer_print(buffer, "%s", "");
    buffer_print_hex(buffer, "\x01\xfe", 2);
    EXPECT_STR(buffer_text(buffer), "42-x01fe");
    memset(buffer_grow(buffer, 56), 'a', 56);
    EXPECT_EQ(strlen(buffer_text(buffer)), 64);
    buffer_clear(buffer);
    EXPECT_STR(buffer_text(buffer), "");
}

TEST(a_dotted_name_is_cut_to_its_room)
{
    static const struct {
        size_t size;
        const char *name;
    } rows[] = {
        {1,  ""        },
        {2,  "c"       },
        {5,  "cpu0"    },
        {6,  "cpu0."   },
        {7,  "cpu0.i"  },
        {9,  "cpu0.irq"},
        {16, "cpu0.irq"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[17] = "................";
        test_case("%zu", rows[i].size);
        dotted_name(name, rows[i].size, "cpu0", "irq");
        EXPECT_STR(name, rows[i].name);
        EXPECT_EQ(name[rows[i].size], rows[i].size < 16 ? '.' : '\0');
    }
}

TEST_BEGINS(appended_zeros_are_zero_even_over_old_bytes, buffer)
{
    buffer_print(buffer, "garbage");
    buffer_clear(buffer);
    buffer_append_zeros(buffer, 7);
    EXPECT_BYTES(buffer->bytes, "\0\0\0\0\0\0\0", 7);
}

TEST(a_word_is_printed_as_a_shell_takes_it)
{
    static const struct {
        const char *word;
        const char *printed;
    } rows[] = {
        {"--kernel=/a/b-1.2_3", "--kernel=/a/b-1.2_3"  },
        {"",                    "''"                   },
        {"two words",           "'two words'"          },
        {"$HOME",               "'$HOME'"              },
        {"it's\\",              "$'it\\'s\\\\'"        },
        {"j\xc3\xbcrgen",       "$'j\\303\\274rgen'"   },
        {"\x1b[2J\x7f\n",       "$'\\033[2J\\177\\012'"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer buffer = {0};
        buffer_print_word(&buffer, rows[i].word);
        EXPECT_STR(buffer_text(&buffer), rows[i].printed);
    }
}

TEST(allocation_helpers_return_filled_memory)
{
    char *text = xasprintf("%s/%u", "a", 7u);
    EXPECT_STR(text, "a/7");
    char *copy = xstrdup(text);
    EXPECT_STR(copy, "a/7");
    unsigned char *zeros = xcalloc(3, 2);
    EXPECT_BYTES(zeros, "\0\0\0\0\0\0", 6);
    free(text);
    free(copy);
    free(zeros);
}
