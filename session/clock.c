/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar days of UTC, from and to seconds since 1970. */
#include "session/clock.h"

#include <stdio.h>
#include <string.h>

enum { SECONDS_PER_DAY = 86400 };

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Exactly so many digits; moves on behind them. */
static bool take_digits(const char **text, unsigned count, unsigned *value)
{
    *value = 0;
    for (; count > 0; count--, (*text)++) {
        if (**text < '0' || **text > '9') {
            return false;
        }
        *value = *value * 10 + (unsigned)(**text - '0');
    }
    return true;
}

/* A separator and two digits of at most most. */
static bool take_part(const char **text, char separator, unsigned most,
                      unsigned *value)
{
    if (**text != separator) {
        return false;
    }
    (*text)++;
    return take_digits(text, 2, value) && *value <= most;
}

static bool take_time(const char **text, uint64_t *seconds)
{
    unsigned hour;
    unsigned minute;
    unsigned second = 0;
    if (!take_part(text, 'T', 23, &hour) ||
        !take_part(text, ':', 59, &minute) ||
        (**text == ':' && !take_part(text, ':', 59, &second))) {
        return false;
    }
    *text += **text == 'Z';
    *seconds += hour * 3600u + minute * 60u + second;
    return true;
}

bool session_clock_read(const char *text, uint64_t *seconds)
{
    unsigned year;
    unsigned month;
    unsigned day;
    uint64_t days = 0;
    if (!take_digits(&text, 4, &year) || year < 1970 ||
        !take_part(&text, '-', 12, &month) || month == 0 ||
        !take_part(&text, '-', 31, &day) || day == 0 ||
        day > days_of(year, month)) {
        return false;
    }
    for (unsigned i = 1970; i < year; i++) {
        days += 365 + is_leap(i);
    }
    for (unsigned i = 1; i < month; i++) {
        days += days_of(year, i);
    }
    *seconds = (days + day - 1) * SECONDS_PER_DAY;
    return (*text == '\0' || take_time(&text, seconds)) && *text == '\0';
}

void session_clock_print(uint32_t seconds, char text[SESSION_CLOCK_TEXT])
{
    unsigned days = seconds / SECONDS_PER_DAY;
    unsigned rest = seconds % SECONDS_PER_DAY;
    unsigned year = 1970;
    unsigned month = 1;
    while (days >= 365u + is_leap(year)) {
        days -= 365u + is_leap(year++);
    }
    while (days >= days_of(year, month)) {
        days -= days_of(year, month++);
    }
    snprintf(text, SESSION_CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", year,
             month, days + 1, rest / 3600, rest / 60 % 60, rest % 60);
}
