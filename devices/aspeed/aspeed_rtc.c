/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real-time clock of ASPEED's SoCs: day, hour, minute and second in one
 * register, century, year and month in another. It counts virtual time from the
 * start that property cairn,start-time says (seconds since 1970). It has a
 * battery: no reset sets the time back, and it is enabled from the beginning,
 * as one that was set before.
 *
 * While the time may be written it stands still, and what is written becomes
 * the time when it may not any more. A reset ends that too, and the clock goes
 * on as if it had not stood still.
 */
#include "base/bits.h"
#include "bus/ticks.h"

enum { SECONDS_PER_DAY = 86400 };
enum { CONTROL_ENABLE = 1 << 0, CONTROL_UNLOCK = 1 << 1 };
/* Years of which the registers can show the century, and days before 1970. */
enum { CENTURIES = 32, DAYS_TO_1970 = 719468 };
enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400 };

struct state {
    uint64_t offset; /* of seconds since 1970 to those of virtual time */
    uint32_t time;   /* while it stands still */
    uint32_t year;
    uint32_t alarm;
    uint32_t control;
};

static bool stands(const struct state *state)
{
    return (state->control & (CONTROL_ENABLE | CONTROL_UNLOCK)) !=
           CONTROL_ENABLE;
}

static uint64_t virtual_seconds(const struct device *device)
{
    return ticks_now(&device->fabric->clock, 1);
}

/* ---- Calendar ------------------------------------------------------------ */

struct date {
    uint32_t year;
    uint32_t month; /* 1 to 12 */
    uint32_t day;   /* 1 to 31 */
};

/* Proleptic Gregorian, in years that begin in March, so that a leap day is the
 * last of its year. */
static struct date date_of(uint64_t days_since_1970)
{
    uint64_t days = days_since_1970 + DAYS_TO_1970;
    uint32_t era = (uint32_t)(days / DAYS_PER_ERA);
    uint32_t of_era = (uint32_t)(days % DAYS_PER_ERA);
    uint32_t year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;

    return (struct date){
        .year = era * YEARS_PER_ERA + year + (month >= 10 ? 1 : 0),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

/* Days since 1970 modulo 2^64; days and months that do not exist go on into the
 * next ones. */
static uint64_t days_of(struct date date)
{
    uint32_t month = (date.month + 9) % 12;
    uint64_t year =
        (uint64_t)date.year + YEARS_PER_ERA - (date.month <= 2 ? 1 : 0);
    uint64_t era = year / YEARS_PER_ERA;
    uint64_t of_era = year % YEARS_PER_ERA;
    uint64_t of_year = (153 * (uint64_t)month + 2) / 5 + date.day - 1;

    return (era - 1) * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 +
           of_year - DAYS_TO_1970;
}

/* ---- Registers ----------------------------------------------------------- */

/* The registers as the clock has them. */
static void show(const struct device *device, uint32_t *time, uint32_t *year)
{
    const struct state *state = device->state;
    uint64_t seconds = state->offset + virtual_seconds(device);
    uint32_t of_day = (uint32_t)(seconds % SECONDS_PER_DAY);
    struct date date = date_of(seconds / SECONDS_PER_DAY);

    *time = date.day << 24 | of_day / 3600 << 16 | of_day / 60 % 60 << 8 |
            of_day % 60;
    *year =
        date.year / 100 % CENTURIES << 16 | date.year % 100 << 8 | date.month;
}

static void run_from(struct device *device, uint32_t time, uint32_t year)
{
    struct state *state = device->state;
    struct date date = {
        .year = (year >> 16) * 100 + (year >> 8 & 0xff),
        .month = year & 0xff,
        .day = time >> 24,
    };
    uint64_t seconds = days_of(date) * SECONDS_PER_DAY +
                       (time >> 16 & 0xff) * UINT64_C(3600) +
                       (time >> 8 & 0xff) * UINT64_C(60) + (time & 0xff);

    state->offset = seconds - virtual_seconds(device);
}

static uint32_t read_time(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;
    uint32_t time = state->time;
    uint32_t year;

    clock_tell(&device->fabric->clock);
    if (!stands(state)) {
        show(device, &time, &year);
    }
    return time;
}

static uint32_t read_year(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;
    uint32_t year = state->year;
    uint32_t time;

    clock_tell(&device->fabric->clock);
    if (!stands(state)) {
        show(device, &time, &year);
    }
    return year;
}

static void write_time(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if ((state->control & CONTROL_UNLOCK) != 0) {
        state->time = value;
    } else {
        device_guest_error(device, 0, "the time is locked");
    }
}

static void write_year(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if ((state->control & CONTROL_UNLOCK) != 0) {
        state->year = value;
    } else {
        device_guest_error(device, 4, "the time is locked");
    }
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    bool stood = stands(state);

    if (!stood) {
        show(device, &state->time, &state->year);
    }
    state->control = value;
    if (stood && !stands(state)) {
        run_from(device, state->time, state->year);
    }
}

static int init(struct device *device, struct error *error)
{
    struct state *state = device->state;

    state->offset = device_property_u32(device, "cairn,start-time", 0);
    return 0;
}

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_rtc.def"
};

const struct device_type aspeed_rtc = {
    .compatible = "aspeed,ast2700-rtc",
    .title = "ASPEED real-time clock",
    .reference = "Linux rtc-aspeed",
    DEVICE_OMISSIONS(
        {"CTRL", OMITTED_SET, 0x7c, 0, "alarms and their interrupts"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("rtc", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, offset, RESET_NEVER)),
    .init = init,
    .takes_start_time = true,
};
