/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/event_text.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

TEST(an_event_prints_as_text_and_as_json)
{
    struct buffer out = {0};
    const uint8_t digest[10] = {0xde, 0xad, 1, 2, 3, 4, 5, 6, 7, 8};
    const struct event event = {
        .time_ns = 12345678,
        .fact = FACT_PROCESSOR_RUNS,
        .agent = "rom",
        .name = "cpu \"0\"",
        .values = {0x40},
        .digest = event_digest(digest, sizeof(digest)),
    };
    event_print_text(&event, &out);
    EXPECT_STR(buffer_text(&out),
               "   12.345678 ms  release    rom           cpu \"0\": runs from "
               "0x00000040 [dead010203040506...]");
    buffer_clear(&out);
    event_print_json(&event, &out);
    EXPECT_STR(buffer_text(&out),
               "{\"time_ns\":12345678,\"event\":\"release\",\"agent\":\"rom\","
               "\"subject\":\"cpu \\\"0\\\"\",\"digest\":"
               "\"dead0102030405060708\",\"detail\":\"runs from "
               "0x00000040\"}");
    buffer_fini(&out);
}

TEST(values_stand_where_their_words_have_them)
{
    static const struct {
        struct event event;
        const char *subject;
        const char *detail;
    } rows[] = {
        {{.fact = FACT_PCR_EXTENDED, .number = 31},                           "PCR 31", "new value"                                                          },
        {{.fact = FACT_IMAGE_AUTHORISED, .number = 0x1000},
         "image 0x1000",                                                                "authorised"                                                         },
        {{.fact = FACT_LINE_STAYS_HELD, .number = 2, .values = {5, 4}},
         "line 2",                                                                      "stays held: needs images 0x5, authorised are 0x4"                   },
        {{.fact = FACT_CORE_RELEASED, .values = {3, 1}},
         "core",                                                                        "reset released, life cycle 3, debug locked"                         },
        {{.fact = FACT_CORE_RELEASED},
         "core",                                                                        "reset released, life cycle 0, debug unlocked"                       },
        {{.fact = FACT_PROCESSOR_HELD, .values = {0x8000000000}},
         "",                                                                            "held, to start at 0x8000000000"                                     },
        {{.fact = FACT_FLASH_POWER_CUT, .values = {9, 1, 0x40, 100, 256, 7}},
         "power",                                                                       "cut in operation 9, program at 0x40, after 100 of 256 bytes, seed 7"},
        {{.fact = FACT_FLASH_POWER_CUT, .values = {9, 0, 0x40, 100, 256, 7}},
         "power",                                                                       "cut in operation 9, erase at 0x40, after 100 of 256 bytes, seed 7"  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer out = {0};
        test_case("row %zu", i);
        event_print_subject(&rows[i].event, &out);
        EXPECT_STR(buffer_text(&out), rows[i].subject);
        buffer_clear(&out);
        event_print_detail(&rows[i].event, &out);
        EXPECT_STR(buffer_text(&out), rows[i].detail);
        buffer_fini(&out);
    }
}

TEST(every_fact_has_words_of_its_own)
{
    for (unsigned i = 0; i < EVENT_FACTS; i++) {
        const struct event event = {.fact = (enum event_fact)i, .name = "cpu"};
        struct buffer out = {0};
        test_case("fact %u", i);
        event_print_subject(&event, &out);
        EXPECT(out.size != 0);
        EXPECT(strchr(buffer_text(&out), '%') == NULL);
        buffer_clear(&out);
        event_print_detail(&event, &out);
        EXPECT(out.size != 0);
        EXPECT(strchr(buffer_text(&out), '%') == NULL);
        buffer_fini(&out);
    }
}
