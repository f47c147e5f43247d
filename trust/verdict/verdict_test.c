/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of checks, and what is said of them. */
#include "trust/verdict/verdict.h"

#include <string.h>

#include "tests/harness.h"

TEST(three_decisions_follow_from_the_results)
{
    static const struct {
        const char *results; /* p, r, u, o: proven, refused, ... */
        enum verdict_decision decision;
        const char *word;
    } rows[] = {
        {"",     VERDICT_IS_UNDECIDED, "undecided"},
        {"o",    VERDICT_IS_UNDECIDED, "undecided"},
        {"p",    VERDICT_IS_TRUSTED,   "trusted"  },
        {"po",   VERDICT_IS_TRUSTED,   "trusted"  },
        {"pu",   VERDICT_IS_UNDECIDED, "undecided"},
        {"upo",  VERDICT_IS_UNDECIDED, "undecided"},
        {"r",    VERDICT_IS_REFUSED,   "refused"  },
        {"pour", VERDICT_IS_REFUSED,   "refused"  },
        {"rp",   VERDICT_IS_REFUSED,   "refused"  },
    };
    static const char letters[] = "pruo";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct verdict verdict = {0};
        test_case("'%s'", rows[i].results);
        for (const char *c = rows[i].results; *c != '\0'; c++) {
            verdict_add(&verdict,
                        (enum verdict_result)(strchr(letters, *c) - letters),
                        "check", "text");
        }
        EXPECT_EQ(verdict_decide(&verdict), rows[i].decision);
        EXPECT_STR(verdict_word(verdict_decide(&verdict)), rows[i].word);
        verdict_fini(&verdict);
        EXPECT_EQ(verdict.count, 0);
    }
}

FIXTURE(struct verdict, verdict, verdict_fini)

TEST_BEGINS(checks_are_found_by_name, verdict)
{
    verdict_add(verdict, VERDICT_PROVEN, "first", "%d bytes", 3);
    EXPECT_STR(verdict_find(verdict, "first")->text, "3 bytes");
    EXPECT(verdict_find(verdict, "third") == NULL);
}

/* The pieces between what is covered, split where their names change. */
TEST_BEGINS(what_nothing_covers_is_named, verdict)
{
    static const struct verdict_range parts[] = {
        {4, 12, "head" },
        {6, 2,  "flags"},
        {8, 1,  "type" },
    };
    static const char *const texts[] = {
        "0x3, 1 byte",       "0x4, 2 bytes: head", "0x6, 1 byte: flags",
        "0x8, 1 byte: type", "0xe, 2 bytes: head", "0x10, 4 bytes",
    };
    unsigned named = 0;
    verdict_add(verdict, VERDICT_PROVEN, "hash", "holds");
    verdict_cover(verdict, 9, 5);
    verdict_cover(verdict, 0, 3);
    verdict_cover(verdict, 7, 1);
    verdict_cover(verdict, 10, 2);
    verdict_name_uncovered(verdict, 20, parts, 3);
    EXPECT_EQ(verdict_decide(verdict), VERDICT_IS_TRUSTED);
    REQUIRE(verdict->count == 1 + sizeof(texts) / sizeof(texts[0]));
    for (size_t i = 0; i + 1 < verdict->count; i++) {
        EXPECT_EQ(verdict->checks[i + 1].result, VERDICT_OPEN);
        EXPECT_STR(verdict->checks[i + 1].text, texts[i]);
    }
    for (size_t i = 0; i < 24; i++) {
        named |= (unsigned)verdict_names_byte(verdict, i) << i;
    }
    EXPECT_EQ(named, 0xfc178);
    verdict_fini(verdict);
    verdict_add(verdict, VERDICT_REFUSED, "hash", "differs");
    verdict_name_uncovered(verdict, 20, parts, 3);
    EXPECT_EQ(verdict->count, 1);
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
        OWNED(verdict_fini) struct verdict verdict = {0};
        test_case("%zu", i);
        verdict_compare(&verdict, "bytes", "\1\2", 2, rows[i].expected,
                        rows[i].size);
        EXPECT_EQ(verdict.checks[0].result, rows[i].result);
        EXPECT_STR(verdict.checks[0].text, rows[i].text);
    }
}

TEST_BEGINS(checks_are_counted_and_named_in_their_order, verdict)
{
    OWNED(buffer_fini) struct buffer out = {0};
    struct json json;
    verdict_add(verdict, VERDICT_OPEN, "a name that is longer than others",
                "o");
    verdict_add(verdict, VERDICT_REFUSED, "b", "r");
    verdict_print(verdict, "file", &out);
    EXPECT_STR(buffer_text(&out),
               "file: REFUSED: 0 proven, 1 refused, 0 undecided, 1 open\n\n"
               "  open      a name that is longer than others  o\n"
               "  REFUSED   b                          r\n");
    buffer_clear(&out);
    json_init(&json, &out);
    json_begin_object(&json, NULL);
    verdict_print_json(verdict, &json);
    json_end_object(&json);
    EXPECT_STR(
        buffer_text(&out),
        "{\"trusted\":false,\"verdict\":\"refused\",\"open\":[\"a name that "
        "is longer than others\"],\"checks\":[{\"check\":\"a name that is "
        "longer than others\",\"result\":\"open\",\"text\":\"o\"},"
        "{\"check\":\"b\",\"result\":\"refused\",\"text\":\"r\"}]}");
}
