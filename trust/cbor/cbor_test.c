/* SPDX-License-Identifier: Apache-2.0 */
/* Examples of RFC 8949, appendix A, and what must not be read. */
#include "trust/cbor/cbor.h"

#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/harness.h"

enum { ROOM = 64 };

static int read_item(const char *hex, struct cbor_item *item,
                     struct error *error)
{
    static uint8_t bytes[ROOM];
    struct cbor_reader reader = {.bytes = bytes,
                                 .size = hex_bytes(bytes, sizeof(bytes), hex)};
    return cbor_next(&reader, item, error);
}

TEST(items_of_the_standard_are_read)
{
    static const struct {
        const char *hex;
        enum cbor_kind kind;
        uint64_t value;
    } rows[] = {
        {"00",                 CBOR_UNSIGNED, 0         },
        {"1818",               CBOR_UNSIGNED, 24        },
        {"1903e8",             CBOR_UNSIGNED, 1000      },
        {"1a000f4240",         CBOR_UNSIGNED, 1000000   },
        {"1bffffffffffffffff", CBOR_UNSIGNED, UINT64_MAX},
        {"20",                 CBOR_NEGATIVE, 0         },
        {"3903e7",             CBOR_NEGATIVE, 999       },
        {"3a000124f7",         CBOR_NEGATIVE, 74999     },
        {"3bffffffffffffffff", CBOR_NEGATIVE, UINT64_MAX},
        {"4401020304",         CBOR_BYTES,    4         },
        {"6449455446",         CBOR_TEXT,     4         },
        {"83010203",           CBOR_ARRAY,    3         },
        {"a201020304",         CBOR_MAP,      2         },
        {"d2",                 CBOR_TAG,      18        },
        {"f97c00",             CBOR_OTHER,    0         },
        {"fa47c35000",         CBOR_OTHER,    0         },
        {"fb3ff199999999999a", CBOR_OTHER,    0         },
        {"f5",                 CBOR_OTHER,    1         },
        {"f6",                 CBOR_OTHER,    0         },
        {"f7",                 CBOR_OTHER,    0         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cbor_item item;
        struct error error = {""};
        test_case("%s", rows[i].hex);
        EXPECT_EQ(read_item(rows[i].hex, &item, &error), 0);
        EXPECT_EQ(item.kind, rows[i].kind);
        EXPECT_EQ(item.value, rows[i].value);
        EXPECT(strlen(cbor_kind_name(item.kind)) != 0);
    }
}

TEST(what_is_cut_off_reserved_or_indefinite_is_refused)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"",                   "offset 0x0: the CBOR item is cut off"    },
        {"19",                 "offset 0x0: the CBOR item is cut off"    },
        {"5bffffffffffffffff", "offset 0x0: the CBOR item is cut off"    },
        {"4401",               "offset 0x0: the CBOR item is cut off"    },
        {"1c",                 "offset 0x0: no CBOR item starts so"      },
        {"5f",                 "offset 0x0: an item of indefinite length"},
        {"7f",                 "offset 0x0: an item of indefinite length"},
        {"9f",                 "offset 0x0: an item of indefinite length"},
        {"bf",                 "offset 0x0: an item of indefinite length"},
        {"ff",                 "offset 0x0: an item of indefinite length"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cbor_item item;
        struct error error = {""};
        test_case("%s", rows[i].hex);
        EXPECT_EQ(read_item(rows[i].hex, &item, &error), -EINVAL);
        EXPECT_STR(error.text, rows[i].text);
    }
}

static int skip(const char *hex, size_t *at, struct error *error)
{
    uint8_t bytes[ROOM];
    struct cbor_reader reader = {.bytes = bytes,
                                 .size = hex_bytes(bytes, sizeof(bytes), hex)};
    struct cbor_item item;
    int status = cbor_next(&reader, &item, error);
    status = status ? status : cbor_skip(&reader, &item, error);
    *at = reader.at;
    return status;
}

TEST(an_item_is_passed_over_with_all_that_belongs_to_it)
{
    static const struct {
        const char *hex;
        size_t size;
    } rows[] = {
        {"01 02",                            1 },
        {"80 02",                            1 },
        {"a0 02",                            1 },
        {"8301820203820405 02",              8 },
        {"a26161016162820203 02",            9 },
        {"d9d9f7c1820102 02",                7 },
        {"818181818181818181818181818101 2", 15},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        size_t at;
        test_case("%s", rows[i].hex);
        EXPECT_EQ(skip(rows[i].hex, &at, &error), 0);
        EXPECT_EQ(at, rows[i].size);
    }
}

TEST(counts_and_depths_of_strangers_end_in_an_error)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"9bffffffffffffffff01",                     "offset 0xa: the CBOR item is cut off"},
        {"bbffffffffffffffff01",                     "offset 0xa: the CBOR item is cut off"},
        {"8181818181818181818181818181818181818101",
         "offset 0x10: more than 16 levels"                                                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        size_t at;
        test_case("%s", rows[i].hex);
        EXPECT_EQ(skip(rows[i].hex, &at, &error), -EINVAL);
        EXPECT_STR(error.text, rows[i].text);
    }
}

TEST(an_item_of_another_kind_is_named)
{
    uint8_t bytes[] = {0x01};
    struct cbor_reader reader = {.bytes = bytes, .size = sizeof(bytes)};
    struct cbor_item item;
    struct error error = {""};
    EXPECT_EQ(cbor_expect(&reader, CBOR_MAP, "payload", &item, &error),
              -EINVAL);
    EXPECT_STR(error.text,
               "payload: offset 0x0: map expected, found unsigned number");
    error_clear(&error);
    EXPECT_EQ(cbor_expect(&reader, CBOR_MAP, "payload", &item, &error),
              -EINVAL);
    EXPECT_STR(error.text, "payload: offset 0x1: the CBOR item is cut off");
}

TEST(numbers_are_signed_and_of_64_bits)
{
    static const struct {
        const char *hex;
        bool good;
        int64_t value;
    } rows[] = {
        {"00",                 true,  0        },
        {"3a000124f7",         true,  -75000   },
        {"1b7fffffffffffffff", true,  INT64_MAX},
        {"3b7fffffffffffffff", true,  INT64_MIN},
        {"1b8000000000000000", false, 0        },
        {"3b8000000000000000", false, 0        },
        {"41ff",               false, 0        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cbor_item item;
        int64_t value = 0;
        test_case("%s", rows[i].hex);
        EXPECT_EQ(read_item(rows[i].hex, &item, NULL), 0);
        EXPECT_EQ(cbor_number(&item, &value), rows[i].good);
        EXPECT_EQ(value, rows[i].value);
    }
}

TEST(items_are_written_in_their_shortest_form)
{
    static const char expected[] =
        "a3 00 1818 01 3903e7 39 ffff 82 4401020304 6449455446";
    uint8_t bytes[ROOM];
    size_t size = hex_bytes(bytes, sizeof(bytes), expected);
    OWNED(buffer_fini) struct buffer out = {0};
    cbor_put_map(&out, 3);
    cbor_put_number(&out, 0);
    cbor_put_number(&out, 24);
    cbor_put_number(&out, 1);
    cbor_put_number(&out, -1000);
    cbor_put_number(&out, -65536);
    cbor_put_array(&out, 2);
    cbor_put_bytes(&out, "\1\2\3\4", 4);
    cbor_put_text(&out, "IETF");
    EXPECT_EQ(out.size, size);
    EXPECT_BYTES(out.bytes, bytes, size);
}
