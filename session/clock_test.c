/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and seconds, against those of date(1). */
#include "session/clock.h"

#include "base/bits.h"
#include "tests/harness.h"

TEST(dates_become_seconds_and_dates_again)
{
    static const struct {
        const char *text;
        uint64_t seconds;
        const char *printed;
    } rows[] = {
        {"1970-01-01",           0,          "1970-01-01T00:00:00Z"},
        {"2000-02-29T12:00",     951825600,  "2000-02-29T12:00:00Z"},
        {"2026-11-22T16:40:00Z", 1795365600, "2026-11-22T16:40:00Z"},
        {"2100-03-01T00:00:01",  4107542401, "2100-03-01T00:00:01Z"},
        {"2106-02-07T06:28:15Z", UINT32_MAX, "2106-02-07T06:28:15Z"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[SESSION_CLOCK_TEXT];
        uint64_t seconds = 1;
        test_case("%s", rows[i].text);
        EXPECT(session_clock_read(rows[i].text, &seconds));
        EXPECT_EQ(seconds, rows[i].seconds);
        session_clock_print((uint32_t)seconds, text);
        EXPECT_STR(text, rows[i].printed);
    }
}

TEST(what_is_no_date_is_refused)
{
    static const char *const texts[] = {
        "",
        "now",
        "1969-12-31",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2100-02-29",
        "2026-11-22T",
        "2026-11-22T24:00",
        "2026-11-22T10:60",
        "2026-11-22T10:00:60",
        "2026-11-22 10:00",
        "2026-11-22T10:00:00Zx",
        "26-11-22",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        uint64_t seconds;
        test_case("'%s'", texts[i]);
        EXPECT(!session_clock_read(texts[i], &seconds));
    }
}
