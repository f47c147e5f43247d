/* SPDX-License-Identifier: Apache-2.0 */
/* UTC, plain and smeared, over leap seconds (virtio 1.4, 5.23.6.4.2). */
#include "virtio/rtc_clocks.h"

#include <stddef.h>
#include <time.h>

#include "tests/harness.h"

#define S UINT64_C(1000000000)

/* The leap second behind 2016-12-31T23:59:59 begins here by TAI, and the noons
 * around it are so far away. */
enum { MIDNIGHT = 1483228800, HALF = 43200 };
#define LEAP ((MIDNIGHT + 36) * S)

TEST(tai_is_ahead_by_the_leap_seconds_that_were)
{
    static const struct {
        const char *name;
        uint32_t utc;
        unsigned ahead;
    } rows[] = {
        {"1970",                       0,            10},
        {"1972-06-30T23:59:59",        78796799,     10},
        {"1972-07-01",                 78796800,     11},
        {"1998-12-31T23:59:59",        915148799,    31},
        {"1999-01-01",                 915148800,    32},
        {"2016-12-31T23:59:59",        MIDNIGHT - 1, 36},
        {"2017-01-01",                 MIDNIGHT,     37},
        {"2026-11-23",                 1795392000,   37},
        {"the end of what can be set", UINT32_MAX,   37},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint64_t tai = rtc_clocks_tai(rows[i].utc);

        test_case("%s", rows[i].name);
        EXPECT_EQ(tai, (rows[i].utc + (uint64_t)rows[i].ahead) * S);
        EXPECT_EQ(rtc_clocks_utc(tai), rows[i].utc * S);
    }
}

/* IERS Bulletin C, by the months that begin behind a leap second. */
TEST(each_leap_second_of_the_bulletins_counts)
{
    static const struct {
        int year, month;
    } rows[] = {
        {1972, 7},
        {1973, 1},
        {1974, 1},
        {1975, 1},
        {1976, 1},
        {1977, 1},
        {1978, 1},
        {1979, 1},
        {1980, 1},
        {1981, 7},
        {1982, 7},
        {1983, 7},
        {1985, 7},
        {1988, 1},
        {1990, 1},
        {1991, 1},
        {1992, 7},
        {1993, 7},
        {1994, 7},
        {1996, 1},
        {1997, 7},
        {1999, 1},
        {2006, 1},
        {2009, 1},
        {2012, 7},
        {2015, 7},
        {2017, 1},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tm tm = {.tm_year = rows[i].year - 1900,
                        .tm_mon = rows[i].month - 1,
                        .tm_mday = 1};
        const uint32_t utc = (uint32_t)timegm(&tm);

        test_case("%d-%d", rows[i].year, rows[i].month);
        EXPECT_EQ(rtc_clocks_tai(utc - 1), (utc - 1 + UINT64_C(10) + i) * S);
        EXPECT_EQ(rtc_clocks_tai(utc), (utc + UINT64_C(11) + i) * S);
    }
}

TEST(utc_steps_back_when_a_leap_second_begins)
{
    EXPECT_EQ(rtc_clocks_utc(LEAP - 1), MIDNIGHT * S - 1);
    EXPECT_EQ(rtc_clocks_utc(LEAP), (MIDNIGHT - 1) * S);
    EXPECT_EQ(rtc_clocks_utc(LEAP + S), MIDNIGHT * S);
}

/* 1/86400 slower, from noon for 86400 s. */
TEST(the_smeared_clock_is_slower_from_noon_on)
{
    static const struct {
        const char *name;
        int64_t at_ns;      /* from the leap second on */
        int64_t reading_ns; /* less the midnight */
    } rows[] = {
        {"noon",              -HALF * (int64_t)S,                                -HALF * (int64_t)S     },
        {"a step later",      -HALF * (int64_t)S + 86400,
         -HALF * (int64_t)S + 86399                                                                     },
        {"in the middle",     0,                                                 -(int64_t)S / 2        },
        {"the end",           HALF * (int64_t)S,                                 (HALF - 1) * (int64_t)S},
        {"the noon",          (HALF + 1) * (int64_t)S,                           HALF * (int64_t)S      },
        {"before all smears", -2000000000 * (int64_t)S + 516771236 * (int64_t)S,
         -2000000000 * (int64_t)S + 516771236 * (int64_t)S + 26 * (int64_t)S                            },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_case("%s", rows[i].name);
        EXPECT_EQ(rtc_clocks_smeared(LEAP + (uint64_t)rows[i].at_ns),
                  MIDNIGHT * S + (uint64_t)rows[i].reading_ns);
    }
    for (uint64_t at = LEAP - HALF * S - 200000; at < LEAP - HALF * S + 400000;
         at++) {
        if (rtc_clocks_smeared(at + 1) - rtc_clocks_smeared(at) > 1) {
            test_case("%llu", (unsigned long long)at);
            EXPECT(false);
        }
    }
}

/* By the clocks themselves: one nanosecond earlier it was not there. */
TEST(the_next_time_of_a_reading_is_when_the_clock_comes_to_it)
{
    static const int64_t readings[] = {
        -200000 * (int64_t)S,
        -HALF * (int64_t)S,
        -HALF * (int64_t)S + 1,
        -HALF * (int64_t)S + 86398,
        -HALF * (int64_t)S + 86399,
        -HALF * (int64_t)S + 86400,
        -HALF * (int64_t)S + 2 * 86399,
        -HALF * (int64_t)S + 2 * 86399 + 1,
        -(int64_t)S,
        -1,
        0,
        1,
        12345,
        (HALF - 1) * (int64_t)S - 1,
        (HALF - 1) * (int64_t)S,
        (HALF - 1) * (int64_t)S + 1,
        HALF * (int64_t)S,
        300000000 * (int64_t)S,
    };
    const uint64_t from = LEAP - 300000 * S;

    for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
        const uint64_t reading = MIDNIGHT * S + (uint64_t)readings[i];
        const uint64_t utc = rtc_clocks_utc_next(reading, from);
        const uint64_t smeared = rtc_clocks_smeared_next(reading, from);

        test_case("%lld", (long long)readings[i]);
        EXPECT_EQ(rtc_clocks_utc(utc), reading);
        EXPECT(rtc_clocks_utc(utc - 1) < reading);
        EXPECT_EQ(rtc_clocks_smeared(smeared), reading);
        EXPECT(rtc_clocks_smeared(smeared - 1) < reading);
        EXPECT_EQ(rtc_clocks_smeared_next(reading, smeared), RTC_CLOCKS_NEVER);
    }
}

/* Half a second before midnight comes twice, the smeared clock comes to all but
 * once. */
TEST(utc_comes_to_the_last_second_twice)
{
    const uint64_t reading = MIDNIGHT * S - S / 2;
    const uint64_t first = rtc_clocks_utc_next(reading, LEAP - 10 * S);

    EXPECT_EQ(first, LEAP - S / 2);
    EXPECT_EQ(rtc_clocks_utc_next(reading, first), LEAP + S / 2);
    EXPECT_EQ(rtc_clocks_utc_next(reading, LEAP + S / 2), RTC_CLOCKS_NEVER);
    /* It steps back to this one, and does not come to it from before. */
    EXPECT_EQ(rtc_clocks_utc_next((MIDNIGHT - 1) * S, LEAP - 1),
              RTC_CLOCKS_NEVER);
}

TEST(a_reading_beyond_all_time_never_comes)
{
    EXPECT_EQ(rtc_clocks_utc_next(UINT64_MAX, LEAP), RTC_CLOCKS_NEVER);
    EXPECT_EQ(rtc_clocks_smeared_next(UINT64_MAX, LEAP), RTC_CLOCKS_NEVER);
    EXPECT_EQ(rtc_clocks_utc_next(UINT64_MAX - 37 * S, LEAP), UINT64_MAX);
    EXPECT_EQ(rtc_clocks_smeared_next(UINT64_MAX - 37 * S - 1, LEAP),
              UINT64_MAX - 1);
}
