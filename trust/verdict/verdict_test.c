/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of checks, and what is said of them. */
#include "trust/verdict/verdict.h"

#include <string.h>

#include "tests/harness.h"

TEST(one_refusal_decides_and_open_checks_do_not)
{
    struct verdict verdict = {0};
    EXPECT(verdict_holds(&verdict));
    verdict_add(&verdict, VERDICT_PROVEN, "first", "%d bytes", 3);
    verdict_add(&verdict, VERDICT_OPEN, "second", "nothing to compare with");
    EXPECT(verdict_holds(&verdict));
    EXPECT_STR(verdict_find(&verdict, "first")->text, "3 bytes");
    EXPECT(verdict_find(&verdict, "third") == NULL);
    verdict_add(&verdict, VERDICT_REFUSED, "third", "no");
    EXPECT(!verdict_holds(&verdict));
    EXPECT_EQ(verdict.count, 3);
    verdict_fini(&verdict);
    EXPECT_EQ(verdict.count, 0);
    EXPECT(verdict_holds(&verdict));
}

TEST(bytes_are_compared_with_both_sides)
{
    static const struct {
        const char *expected;
        size_t size;
        enum verdict_result result;
        const char *text;
    } rows[] = {
        {"\1\2", 2, VERDICT_PROVEN,  "0102"                     },
        {"\1\3", 2, VERDICT_REFUSED, "0103 expected, found 0102"},
        {"\1",   1, VERDICT_REFUSED, "01 expected, found 0102"  },
        {"",     0, VERDICT_REFUSED, " expected, found 0102"    },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct verdict verdict = {0};
        test_case("%zu", i);
        verdict_compare(&verdict, "bytes", "\1\2", 2, rows[i].expected,
                        rows[i].size);
        EXPECT_EQ(verdict.checks[0].result, rows[i].result);
        EXPECT_STR(verdict.checks[0].text, rows[i].text);
        verdict_fini(&verdict);
    }
}

TEST(checks_are_counted_and_named_in_their_order)
{
    struct verdict verdict = {0};
    struct buffer out = {0};
    struct json json;
    verdict_add(&verdict, VERDICT_OPEN, "a name that is longer than others",
                "o");
    verdict_add(&verdict, VERDICT_REFUSED, "b", "r");
    verdict_print(&verdict, "file", &out);
    EXPECT_STR(buffer_text(&out),
               "file: REFUSED: 0 proven, 1 refused, 1 open\n\n"
               "  open     a name that is longer than others  o\n"
               "  REFUSED  b                          r\n");
    buffer_clear(&out);
    json_init(&json, &out);
    json_begin_object(&json, NULL);
    verdict_print_json(&verdict, &json);
    json_end_object(&json);
    EXPECT_STR(buffer_text(&out),
               "{\"trusted\":false,\"checks\":[{\"check\":\"a name that is "
               "longer than others\",\"result\":\"open\",\"text\":\"o\"},"
               "{\"check\":\"b\",\"result\":\"refused\",\"text\":\"r\"}]}");
    buffer_fini(&out);
    verdict_fini(&verdict);
}
