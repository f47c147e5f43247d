/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/bits.h"
#include "tests/harness.h"

#define LINE_OF_63                                                             \
    "-machine one of all the boards that there are, and some others."

TEST(a_text_is_told_by_its_first_line_or_bytes)
{
    static const struct {
        const char *bytes;
        uint64_t size;
        bool is_text;
    } rows[] = {
        {"",                0,  false},
        {"\n",              1,  true },
        {"usage: a\tb\r\n", 12, true },
        {"usage",           5,  false}, /* may be a word of code */
        {"us\0ge\n",        6,  false},
        {"us\x7fge\n",      6,  false},
        {"us\xe4ge\n",      6,  false},
        {"us\x1bge\n",      6,  false},
        {LINE_OF_63,        63, false},
        {LINE_OF_63 "\n",   64, true },
        {LINE_OF_63 "x",    64, true },
        {LINE_OF_63 "x\0",  65, true }, /* is not looked at */
        {LINE_OF_63 "\0",   64, false},
    };
    EXPECT_EQ(sizeof(LINE_OF_63), 64);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%zu", i);
        EXPECT_EQ(text_begins((const uint8_t *)rows[i].bytes, rows[i].size),
                  rows[i].is_text);
    }
}
