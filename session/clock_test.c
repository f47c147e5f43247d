/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and seconds, against those of date(1). */
#include "session/clock.h"

#include <stdio.h>
#include <time.h>

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
        {"2026-11-22T23:59:59",  1795391999, "2026-11-22T23:59:59Z"},
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

/* Each day that has a number, at another time of it, as the C library has it.
 */
TEST(days_are_those_of_the_calendar)
{
    for (uint64_t at = 0; at <= UINT32_MAX; at += 86400 + 61) {
        char expected[SESSION_CLOCK_TEXT];
        char text[SESSION_CLOCK_TEXT];
        const time_t seconds = (time_t)at;
        uint64_t again = 0;
        struct tm day;

        gmtime_r(&seconds, &day);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &day);
        session_clock_print((uint32_t)at, text);
        EXPECT_STR(text, expected);
        EXPECT(session_clock_read(text, &again));
        EXPECT_EQ(again, at);
        /* Behind the month's last day is none. */
        snprintf(text, sizeof(text), "%.8s%02d", expected, day.tm_mday + 1);
        day.tm_mday++;
        const int month = day.tm_mon;
        (void)timegm(&day);
        EXPECT_EQ(session_clock_read(text, &again), day.tm_mon == month);
    }
}

TEST(what_is_no_date_is_refused)
{
    static const char *const texts[] = {
        "",
        "now",
        "1969-12-31",
        "2026-13-01",
        "2026-99-01",
        "2026-11-00",
        "2026-11-32",
        "2026-1-01",
        "20:6-11-22",
        "20/6-11-22",
        "2026-11-22x10:00",
        "2026-11-22T10:00Z:00",
        "2026-00-01",
        "2026-02-29",
        "2100-02-29",
        "2026-11-22T",
        "2026-11-22T24:00",
        "2026-11-22T1:00",
        "2026-11-22T10:6",
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
