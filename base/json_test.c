/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "tests/harness.h"

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(commas_stand_between_items_at_every_depth, out)
{
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_begin_array(&json, "list");
    json_begin_object(&json, NULL);
    json_end_object(&json);
    json_begin_object(&json, NULL);
    json_number(&json, "n", UINT64_MAX);
    json_bool(&json, "yes", true);
    json_end_object(&json);
    json_string(&json, NULL, "x");
    json_end_array(&json);
    json_hex32(&json, "hex", 0xbeef);
    json_bytes(&json, "bytes", "\x00\xff", 2);
    json_bool(&json, "no", false);
    json_end_object(&json);
    EXPECT_STR(buffer_text(out),
               "{\"list\":[{},{\"n\":18446744073709551615,\"yes\":true},\"x\"],"
               "\"hex\":\"0x0000beef\",\"bytes\":\"00ff\",\"no\":false}");
}

TEST_BEGINS(strings_are_escaped, out)
{
    struct json json;
    json_init(&json, out);
    json_string(&json, NULL, "a\"b\\c\n\t\x01\xc3\xa9");
    EXPECT_STR(buffer_text(out), "\"a\\\"b\\\\c\\n\\t\\u0001\xc3\xa9\"");
}

TEST(bytes_that_are_no_utf8_are_replaced)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"\x80",             "\"\\ufffd\""              },
        {"\xc0\x80",         "\"\\ufffd\\ufffd\""       },
        {"\xc3",             "\"\\ufffd\""              },
        {"\xe2\x82\xac",     "\"\xe2\x82\xac\""         },
        {"\xe2\x82",         "\"\\ufffd\\ufffd\""       },
        {"\xed\xa0\x80",     "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xf0\x9f\x94\x91", "\"\xf0\x9f\x94\x91\""     },
        {"\xf5"
         "a",       "\"\\ufffd"
         "a\""                    },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        struct json json;
        json_init(&json, &out);
        json_string(&json, NULL, cases[i].text);
        EXPECT_STR(buffer_text(&out), cases[i].json);
    }
}

TEST_BEGINS(thirty_levels_nest, out)
{
    struct json json;
    json_init(&json, out);
    for (int i = 0; i < 30; i++) {
        json_begin_array(&json, NULL);
    }
    json_number(&json, NULL, 1);
    json_number(&json, NULL, 2);
    for (int i = 0; i < 30; i++) {
        json_end_array(&json);
    }
    EXPECT_EQ(out->size, 63);
}
