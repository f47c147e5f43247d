/* SPDX-License-Identifier: Apache-2.0 */
#include "session/clock.h"

#include <stdio.h>
#include <string.h>

#include "host/time.h"

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

/* ISO 8601, of UTC: a day, or a day and a time. */
static bool parse(const char *text, uint64_t *seconds)
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

static void print(struct session_clock *clock)
{
    unsigned days = clock->seconds / SECONDS_PER_DAY;
    unsigned rest = clock->seconds % SECONDS_PER_DAY;
    unsigned year = 1970;
    unsigned month = 1;
    while (days >= 365u + is_leap(year)) {
        days -= 365u + is_leap(year++);
    }
    while (days >= days_of(year, month)) {
        days -= days_of(year, month++);
    }
    snprintf(clock->text, sizeof(clock->text), "%04u-%02u-%02uT%02u:%02u:%02uZ",
             year % 10000, month % 100, (days + 1) % 100, rest / 3600 % 100,
             rest / 60 % 60, rest % 60);
}

int session_clock_load(struct session_clock *clock,
                       const struct arguments *arguments)
{
    const char *text = arguments_value(arguments, "rtc");
    uint64_t seconds = 0;
    if (!text) {
        return COMMAND_DONE;
    }
    if (strcmp(text, "now") == 0) {
        seconds = host_time_of_day();
    } else if (!parse(text, &seconds)) {
        return command_misuse(arguments,
                              "option '--rtc': '%s' is neither now nor a date, "
                              "for example 2026-11-22T16:40:00Z",
                              text);
    }
    if (seconds > UINT32_MAX) {
        return command_misuse(arguments,
                              "option '--rtc': '%s' is behind "
                              "2106-02-07T06:28:15Z, where the clock's 32 bits "
                              "end",
                              text);
    }
    clock->given = true;
    clock->seconds = (uint32_t)seconds;
    print(clock);
    return COMMAND_DONE;
}
