/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks and alarms of the RTC device (virtio 1.4, 5.23). */
#include "virtio/rtc.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_driver.h"

enum { REQUEST = 0x1000, RESPONSE = 0x1100, ALARMS = 0x1200 };
enum { SMEARED, UTC, TAI, MONOTONIC };
enum { ENABLED = VIRTIO_RTC_FLAG_ALARM_ENABLED };

#define S     UINT64_C(1000000000)
#define START (1700000000 * S)           /* by UTC */
#define LEAP  (UINT64_C(1483228800) * S) /* the midnight, by UTC */

struct bench {
    struct virtio_rtc_outside outside; /* first: of the device */
    uint64_t now_ns;
    uint64_t wake_ns;
    struct test_driver driver;
};

static uint64_t now(struct virtio *virtio)
{
    return ((struct bench *)virtio->outside)->now_ns;
}

static uint64_t count(struct virtio *virtio, uint64_t now_ns)
{
    return now_ns / 16 - 100;
}

static void wake(struct virtio *virtio, uint64_t when_ns)
{
    ((struct bench *)virtio->outside)->wake_ns = when_ns;
}

static void start_at(struct bench *bench, uint64_t start_ns, uint64_t features)
{
    *bench = (struct bench){
        .outside = {start_ns, now, count, wake},
        .wake_ns = VIRTIO_RTC_NEVER,
    };
    test_driver_init(&bench->driver, &virtio_rtc, &bench->outside);
    test_driver_start(&bench->driver, features, VIRTIO_RTC_QUEUES, 8);
}

static void start(struct bench *bench)
{
    start_at(bench, START + 37 * S, UINT64_MAX);
}

static void finish(struct bench *bench)
{
    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        EXPECT_EQ(bench->driver.faults[i], 0);
    }
    test_driver_fini(&bench->driver);
}

/* The bytes that the device writes, and their number. */
static uint32_t ask(struct bench *bench, const void *request, uint32_t size,
                    struct virtio_rtc_response *response)
{
    const struct test_buffer buffers[] = {
        {REQUEST,  size, false},
        {RESPONSE, 32,   true },
    };
    unsigned id;
    uint32_t written = 0;

    memcpy(bench->driver.buffers + REQUEST, request, size);
    memset(bench->driver.buffers + RESPONSE, 0xee, 32);
    test_add(&bench->driver, VIRTIO_RTC_REQUESTS, buffers, 2);
    test_kick(&bench->driver, VIRTIO_RTC_REQUESTS);
    EXPECT(test_used(&bench->driver, VIRTIO_RTC_REQUESTS, &id, &written));
    memcpy(response, bench->driver.buffers + RESPONSE, sizeof(*response));
    return written;
}

static uint32_t ask_of(struct bench *bench, unsigned type, unsigned clock,
                       uint8_t what, struct virtio_rtc_response *response)
{
    const struct virtio_rtc_of_clock request = {
        .head.type = (uint16_t)type,
        .clock = (uint16_t)clock,
        .what = what,
    };

    return ask(bench, &request, sizeof(request), response);
}

static uint64_t reading(struct bench *bench, unsigned clock)
{
    struct virtio_rtc_response response;

    EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_READ, clock, 0, &response), 16);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    return response.time_ns;
}

/* ---- Control and read requests ------------------------------------------- */

FIXTURE(struct bench, bench, finish)
FIXTURE_BEGIN(bench, start(bench))

TEST_ON(the_device_has_four_clocks, bench)
{
    static const struct {
        uint8_t type;
        uint8_t smear;
        uint64_t reading;
    } rows[VIRTIO_RTC_CLOCKS] = {
        {VIRTIO_RTC_CLOCK_UTC_SMEARED, VIRTIO_RTC_SMEAR_NOON_LINEAR, START + 5},
        {VIRTIO_RTC_CLOCK_UTC,         VIRTIO_RTC_SMEAR_UNSPECIFIED, START + 5},
        {VIRTIO_RTC_CLOCK_TAI,         VIRTIO_RTC_SMEAR_UNSPECIFIED,
         START + 37 * S + 5                                                   },
        {VIRTIO_RTC_CLOCK_MONOTONIC,   VIRTIO_RTC_SMEAR_UNSPECIFIED, 5        },
    };
    static const struct virtio_rtc_head head = {VIRTIO_RTC_REQ_CFG, {0}};
    static const struct virtio_rtc_response none = {0};
    struct virtio_rtc_response response;

    bench->now_ns = 5;
    EXPECT_EQ(ask(bench, &head, sizeof(head), &response), 16);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    EXPECT_EQ(response.time_ns, VIRTIO_RTC_CLOCKS); /* and zeros behind it */
    for (unsigned i = 0; i < VIRTIO_RTC_CLOCKS; i++) {
        test_case("clock %u", i);
        EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_CLOCK_CAP, i, 0, &response), 16);
        EXPECT_BYTES(&response, &none, 8);
        EXPECT_EQ(response.time_ns, rows[i].type |
                                        (unsigned)rows[i].smear << 8 |
                                        VIRTIO_RTC_FLAG_ALARM_CAP << 16);
        EXPECT_EQ(reading(bench, i), rows[i].reading);
    }
}

TEST_ON(a_cross_timestamp_has_the_counter_of_its_time, bench)
{
    struct virtio_rtc_response response;

    bench->now_ns = 3 * S;
    ask_of(bench, VIRTIO_RTC_REQ_CROSS_CAP, TAI, VIRTIO_RTC_COUNTER_ARM_VCT,
           &response);
    EXPECT_EQ(response.time_ns, VIRTIO_RTC_FLAG_CROSS_CAP);
    ask_of(bench, VIRTIO_RTC_REQ_CROSS_CAP, TAI, VIRTIO_RTC_COUNTER_X86_TSC,
           &response);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    EXPECT_EQ(response.time_ns, 0);
    EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_READ_CROSS, TAI,
                     VIRTIO_RTC_COUNTER_ARM_VCT, &response),
              24);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    EXPECT_EQ(response.time_ns, START + 40 * S);
    EXPECT_EQ(response.cycles, 3 * S / 16 - 100);
    /* An outside that cannot count says so. */
    bench->outside.count = NULL;
    ask_of(bench, VIRTIO_RTC_REQ_CROSS_CAP, TAI, VIRTIO_RTC_COUNTER_ARM_VCT,
           &response);
    EXPECT_EQ(response.time_ns, 0);
    EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_READ_CROSS, TAI,
                     VIRTIO_RTC_COUNTER_ARM_VCT, &response),
              8);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_EOPNOTSUPP);
}

/* A request that is longer than it need be is read as if it were not
 * (5.23.6.2). */
TEST_ON(bytes_behind_a_request_do_not_matter, bench)
{
    static const uint8_t request[20] = {
        VIRTIO_RTC_REQ_READ, [8] = UTC, [19] = 0xff};
    struct virtio_rtc_response response;

    EXPECT_EQ(ask(bench, request, sizeof(request), &response), 16);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    EXPECT_EQ(response.time_ns, START);
}

/* A head is enough to be told that there is no such request. */
TEST_ON(a_head_has_an_answer, bench)
{
    static const struct virtio_rtc_head unknown = {0x7777, {0}};
    struct virtio_rtc_response response;

    EXPECT_EQ(ask(bench, &unknown, sizeof(unknown), &response), 8);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_EOPNOTSUPP);
    EXPECT_EQ(ask(bench, &unknown, sizeof(unknown) - 1, &response), 8);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_EINVAL);
}

/* ---- Alarms -------------------------------------------------------------- */

static unsigned set(struct bench *bench, unsigned clock, uint64_t time_ns,
                    uint8_t flags)
{
    const struct virtio_rtc_set_alarm request = {
        .head.type = VIRTIO_RTC_REQ_SET_ALARM,
        .time_ns = time_ns,
        .clock = (uint16_t)clock,
        .flags = flags,
    };
    struct virtio_rtc_response response;

    EXPECT_EQ(ask(bench, &request, sizeof(request), &response), 8);
    return response.status;
}

static unsigned switch_alarm(struct bench *bench, unsigned clock, uint8_t flags)
{
    struct virtio_rtc_response response;

    EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_SET_ALARM_ENABLED, clock, flags,
                     &response),
              8);
    return response.status;
}

static void give(struct bench *bench)
{
    static const struct test_buffer buffer = {ALARMS, 24, true};

    memset(bench->driver.buffers + ALARMS, 0xee, 24);
    test_add(&bench->driver, VIRTIO_RTC_ALARMS, &buffer, 1);
    test_kick(&bench->driver, VIRTIO_RTC_ALARMS);
}

/* Time goes on to what the device waits for. */
static void sleep_on(struct bench *bench, uint64_t end_ns)
{
    while (bench->wake_ns <= end_ns) {
        bench->now_ns =
            bench->wake_ns > bench->now_ns ? bench->wake_ns : bench->now_ns;
        bench->wake_ns = VIRTIO_RTC_NEVER;
        virtio_rtc_woken(&bench->driver.virtio);
    }
    bench->now_ns = end_ns;
}

/* The clock whose alarm the driver is told of; -1: none. */
static int told(struct bench *bench)
{
    struct virtio_rtc_of_clock event;
    static const struct virtio_rtc_of_clock rest = {0};
    unsigned id;
    uint32_t written = 0;

    if (!test_used(&bench->driver, VIRTIO_RTC_ALARMS, &id, &written)) {
        return -1;
    }
    memcpy(&event, bench->driver.buffers + ALARMS, sizeof(event));
    EXPECT_EQ(written, sizeof(event));
    EXPECT_EQ(event.head.type, VIRTIO_RTC_NOTIF_ALARM);
    EXPECT_BYTES(event.head.reserved, rest.head.reserved, 6);
    EXPECT_BYTES(&event.what, &rest.what, 6);
    return event.clock;
}

TEST(an_alarm_expires_when_its_clock_comes_to_its_time)
{
    static const struct {
        const char *name;
        unsigned clock;
        uint64_t time_ns;
        uint64_t due_ns;
    } rows[] = {
        {"smeared",   SMEARED,   START + 7 * S,  7 * S           },
        {"UTC",       UTC,       START + 7 * S,  7 * S           },
        {"TAI",       TAI,       START + 40 * S, 3 * S           },
        {"monotonic", MONOTONIC, 3 * S,          3 * S           },
        {"the past",  UTC,       START,          S               },
        {"1970",      SMEARED,   0,              S               },
        {"now",       MONOTONIC, S,              S               },
        {"never",     TAI,       UINT64_MAX,     VIRTIO_RTC_NEVER},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct virtio_rtc_response response;
        struct bench bench;

        test_case("%s", rows[i].name);
        start(&bench);
        give(&bench);
        bench.now_ns = S;
        EXPECT_EQ(set(&bench, rows[i].clock, rows[i].time_ns, ENABLED),
                  VIRTIO_RTC_S_OK);
        EXPECT_EQ(bench.wake_ns, rows[i].due_ns);
        EXPECT_EQ(told(&bench), -1);
        EXPECT_EQ(ask_of(&bench, VIRTIO_RTC_REQ_READ_ALARM, rows[i].clock, 0,
                         &response),
                  24);
        EXPECT_EQ(response.time_ns, rows[i].time_ns);
        EXPECT_EQ(response.cycles, ENABLED); /* and zeros behind it */
        if (rows[i].due_ns == VIRTIO_RTC_NEVER) {
            finish(&bench);
            continue;
        }
        sleep_on(&bench, rows[i].due_ns);
        EXPECT_EQ(told(&bench), (int)rows[i].clock);
        EXPECT(reading(&bench, rows[i].clock) >= rows[i].time_ns);
        EXPECT_EQ(bench.wake_ns, VIRTIO_RTC_NEVER);
        finish(&bench);
    }
}

TEST_ON(an_alarm_waits_for_a_buffer, bench)
{
    set(bench, TAI, 0, ENABLED);
    set(bench, SMEARED, START + S, ENABLED);
    sleep_on(bench, 2 * S);
    EXPECT_EQ(told(bench), -1);
    give(bench);
    EXPECT_EQ(told(bench), SMEARED);
    give(bench);
    EXPECT_EQ(told(bench), TAI);
    give(bench);
    EXPECT_EQ(told(bench), -1);
}

TEST_ON(an_alarm_that_is_disabled_is_served_no_more, bench)
{
    struct virtio_rtc_response response;

    set(bench, UTC, START + S, ENABLED);
    sleep_on(bench, 2 * S);
    EXPECT_EQ(switch_alarm(bench, UTC, 0), VIRTIO_RTC_S_OK);
    give(bench);
    EXPECT_EQ(told(bench), -1);
    /* Its time stays, and is there when it is enabled again. */
    ask_of(bench, VIRTIO_RTC_REQ_READ_ALARM, UTC, 0, &response);
    EXPECT_EQ(response.time_ns, START + S);
    EXPECT_EQ(response.cycles, 0);
    EXPECT_EQ(switch_alarm(bench, UTC, ENABLED), VIRTIO_RTC_S_OK);
    sleep_on(bench, 3 * S);
    EXPECT_EQ(told(bench), UTC);
}

TEST_BEGINS(an_alarm_of_utc_expires_again_after_a_leap_second, bench)
{
    start_at(bench, LEAP + 26 * S, UINT64_MAX);
    EXPECT_EQ(reading(bench, UTC), LEAP - 10 * S);
    give(bench);
    set(bench, UTC, LEAP - S / 4, ENABLED);
    sleep_on(bench, 9 * S + 3 * S / 4);
    EXPECT_EQ(told(bench), UTC);
    give(bench);
    sleep_on(bench, 10 * S + 3 * S / 4 - 1);
    EXPECT_EQ(told(bench), -1);
    sleep_on(bench, 10 * S + 3 * S / 4);
    EXPECT_EQ(told(bench), UTC);
    EXPECT_EQ(bench->wake_ns, VIRTIO_RTC_NEVER);
}

TEST_ON(a_reset_forgets_alarms, bench)
{
    struct virtio_rtc_response response;

    set(bench, UTC, START + S, ENABLED);
    test_driver_reset(&bench->driver);
    test_driver_start(&bench->driver, UINT64_MAX, VIRTIO_RTC_QUEUES, 8);
    give(bench);
    sleep_on(bench, 2 * S);
    EXPECT_EQ(told(bench), -1);
    ask_of(bench, VIRTIO_RTC_REQ_READ_ALARM, UTC, 0, &response);
    EXPECT_EQ(response.time_ns, 0);
    EXPECT_EQ(response.cycles, 0);
}

TEST_BEGINS(a_driver_without_alarms_hears_of_none, bench)
{
    struct virtio_rtc_response response;

    start_at(bench, START, ~VIRTIO_FEATURE(VIRTIO_RTC_F_ALARM));
    EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_CLOCK_CAP, TAI, 0, &response), 16);
    EXPECT_EQ(response.time_ns, VIRTIO_RTC_CLOCK_TAI);
    EXPECT_EQ(ask_of(bench, VIRTIO_RTC_REQ_READ_ALARM, TAI, 0, &response), 8);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_ENODEV);
    EXPECT_EQ(switch_alarm(bench, TAI, ENABLED), VIRTIO_RTC_S_ENODEV);
    EXPECT_EQ(set(bench, TAI, 0, ENABLED), VIRTIO_RTC_S_ENODEV);
    EXPECT_EQ(bench->wake_ns, VIRTIO_RTC_NEVER);
}
