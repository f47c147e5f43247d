/* SPDX-License-Identifier: Apache-2.0 */
#include "base/svg.h"

#include "base/bits.h"
#include "tests/harness.h"

static void expect(struct buffer *out, const char *text)
{
    EXPECT_STR(buffer_text(out), text);
    buffer_clear(out);
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(a_page_has_its_size_style_and_ground, out)
{
    svg_begin(out, 20, 10, NULL, "white");
    expect(out,
           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" "
           "height=\"10\" viewBox=\"0 0 20 10\">\n"
           "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    svg_begin_file(out, 20, 10, "text{fill:red}", "#fff");
    expect(out,
           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" "
           "height=\"10\" viewBox=\"0 0 20 10\">\n"
           "<style>text{fill:red}</style>\n"
           "<rect width=\"20\" height=\"10\" fill=\"#fff\"/>\n");
}

TEST_BEGINS(text_is_ascii_that_xml_can_hold, out)
{
    svg_escape(out, "a<b>&\"c\" ~");
    expect(out, "a&lt;b&gt;&amp;&quot;c&quot; ~");
    svg_escape(out, "\x1f \x7f\xc3\xa4\n\r");
    expect(out, "? ???\n?");
}

TEST_BEGINS(text_ends_at_its_size_or_its_zero, out)
{
    svg_escape_part(out, "abc", 2);
    expect(out, "ab");
    svg_escape_part(out, "abc", 8);
    expect(out, "abc");
    svg_escape_part(out, "a\0c", 3);
    expect(out, "a");
}

TEST(text_that_is_too_long_ends_in_dots)
{
    static const struct {
        size_t most;
        const char *text;
    } rows[] = {
        {2, ".."         },
        {3, "a.."        },
        {4, "a&lt;.."    },
        {5, "a&lt;b&gt;c"},
        {6, "a&lt;b&gt;c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer out = {0};

        svg_escape_cut(&out, "a<b>c", rows[i].most);
        expect(&out, rows[i].text);
    }
}

TEST_BEGINS(elements_have_their_attributes, out)
{
    svg_text(out, "a<b", SIZE_MAX, "x=\"%d\" class=\"%s\"", 3, "c");
    expect(out, "<text x=\"3\" class=\"c\">a&lt;b</text>\n");
    svg_text(out, "a<b", 1, "y=\"%.1f\"", 2.5);
    expect(out, "<text y=\"2.5\">a</text>\n");
    svg_rectangle(out, 1, 2, 3, 4, "red");
    expect(out,
           "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" "
           "fill=\"red\"/>\n");
}

/* Lines are joined by bars. */
TEST(a_text_is_taken_apart_into_lines)
{
    static const struct {
        const char *text;
        size_t most;
        const char *lines;
        int count;
    } rows[] = {
        {"",           8,        "",          0},
        {"ab",         SIZE_MAX, "ab|",       1},
        {"a b\n\nc\n", SIZE_MAX, "a b||c|",   3},
        {"ab cd",      5,        "ab cd|",    1},
        {"ab cd",      4,        "ab|cd|",    2},
        {"ab   cd",    4,        "ab  |cd|",  2},
        {"ab cd ef",   5,        "ab cd|ef|", 2},
        {"abcdef",     4,        "abcd|ef|",  2},
        {" abcdef",    4,        " abc|def|", 2},
        {"ab cd\nef",  4,        "ab|cd|ef|", 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *text = rows[i].text;
        OWNED(buffer_fini) struct buffer lines = {0};
        struct svg_line line;

        test_case("%zu", i);
        while (svg_line_next(&text, rows[i].most, &line)) {
            buffer_append(&lines, line.text, line.size);
            buffer_print(&lines, "|");
        }
        EXPECT_STR(buffer_text(&lines), rows[i].lines);
        EXPECT_EQ(svg_line_count(rows[i].text, rows[i].most), rows[i].count);
    }
}
