/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTC steps back by a second when a leap second begins. The smeared clock is
 * slower by 1/86400 from the noon before it (virtio 1.4, 5.23.6.4.2), and has
 * lost a second after 86400 s of TAI, one before the next noon.
 */
#include "virtio/rtc_clocks.h"

#include <stddef.h>

#define SECOND UINT64_C(1000000000)

enum { DAY = 86400, NOON = DAY / 2, DIFFERENCE = 10 /* of TAI at first */ };

/* Seconds of UTC behind each leap second (IERS Bulletin C). */
static const uint32_t leaps[] = {
    78796800,   94694400,   126230400,  157766400, 189302400,  220924800,
    252460800,  283996800,  315532800,  362793600, 394329600,  425865600,
    489024000,  567993600,  631152000,  662688000, 709948800,  741484800,
    773020800,  820454400,  867715200,  915148800, 1136073600, 1230768000,
    1341100800, 1435708800, 1483228800,
};

enum { LEAPS = sizeof(leaps) / sizeof(leaps[0]) };

/* The difference of TAI to UTC behind so many leap seconds. */
static uint64_t difference(size_t count)
{
    return (DIFFERENCE + count) * SECOND;
}

/* TAI when a leap second begins, TAI when its smear does. */
static uint64_t leap(size_t index)
{
    return index < LEAPS ? leaps[index] * SECOND + difference(index)
                         : UINT64_MAX;
}

static uint64_t smear(size_t index)
{
    return leap(index) - NOON * SECOND;
}

static size_t leaps_at(uint64_t tai)
{
    size_t count = 0;

    while (count < LEAPS && tai >= leap(count)) {
        count++;
    }
    return count;
}

/* Neither of them comes to such a reading within 64 bits of TAI. */
static int is_far(uint64_t reading)
{
    return reading > UINT64_MAX - difference(LEAPS);
}

uint64_t rtc_clocks_tai(uint32_t utc_seconds)
{
    size_t count = 0;

    while (count < LEAPS && utc_seconds >= leaps[count]) {
        count++;
    }
    return utc_seconds * SECOND + difference(count);
}

/* ---- UTC ----------------------------------------------------------------- */

uint64_t rtc_clocks_utc(uint64_t tai)
{
    return tai - difference(leaps_at(tai));
}

/* Between two leap seconds the clock goes on, and to the first reading of such
 * a time it has stepped back. */
uint64_t rtc_clocks_utc_next(uint64_t reading, uint64_t tai)
{
    if (is_far(reading)) {
        return RTC_CLOCKS_NEVER;
    }
    for (size_t i = leaps_at(tai); i <= LEAPS; i++) {
        const uint64_t at = reading + difference(i);

        if (at > tai && at < leap(i) && (i == 0 || at > leap(i - 1))) {
            return at;
        }
    }
    return RTC_CLOCKS_NEVER;
}

/* ---- Smeared ------------------------------------------------------------- */

uint64_t rtc_clocks_smeared(uint64_t tai)
{
    size_t count = 0;

    while (count < LEAPS && tai >= smear(count)) {
        count++;
    }
    if (count == 0) {
        return tai - difference(0);
    }
    const uint64_t since = tai - smear(count - 1);
    return tai - difference(count - 1) -
           (since < DAY * SECOND ? since / DAY : SECOND);
}

/* It never steps, and each reading comes. */
uint64_t rtc_clocks_smeared_next(uint64_t reading, uint64_t tai)
{
    size_t count = 0;

    if (is_far(reading) || rtc_clocks_smeared(tai) >= reading) {
        return RTC_CLOCKS_NEVER;
    }
    while (count < LEAPS && reading >= rtc_clocks_smeared(smear(count))) {
        count++;
    }
    if (count == 0) {
        return reading + difference(0);
    }
    const uint64_t since = reading - rtc_clocks_smeared(smear(count - 1));
    const uint64_t lost = since == 0 ? 0
                          : since <= (DAY - 1) * SECOND
                              ? (since - 1) / (DAY - 1)
                              : SECOND;
    return smear(count - 1) + since + lost;
}
