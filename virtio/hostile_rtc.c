/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile cases in requests of the RTC device (virtio 1.4, 5.23). */
#include <string.h>

#include "virtio/hostile.h"

enum {
    DATA = 0x10000,
    ALARM = 0x10100,
    SIZE = sizeof(struct virtio_rtc_response)
};

/* A request, whose response begins at HOSTILE_STATUS. */
static void send_bytes(struct hostile *hostile, const void *bytes,
                       uint32_t size, uint32_t room)
{
    const struct test_buffer buffers[] = {
        {DATA,           size, false},
        {HOSTILE_STATUS, room, true },
    };

    memcpy(hostile->driver.buffers + DATA, bytes, size);
    test_add(&hostile->driver, VIRTIO_RTC_REQUESTS, buffers, room ? 2 : 1);
    virtio_kick(hostile_virtio(hostile), VIRTIO_RTC_REQUESTS);
}

static void send(struct hostile *hostile, unsigned type, unsigned clock,
                 uint8_t what)
{
    const struct virtio_rtc_of_clock request = {
        .head.type = (uint16_t)type,
        .clock = (uint16_t)clock,
        .what = what,
    };

    send_bytes(hostile, &request, sizeof(request), SIZE);
}

static void no_type(struct hostile *hostile)
{
    send_bytes(hostile, "\1\0\0\0\0\0", 7, SIZE);
}

static void short_request(struct hostile *hostile)
{
    send_bytes(hostile, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 15, SIZE);
}

static void short_response(struct hostile *hostile)
{
    send_bytes(hostile, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, 15);
}

static void no_status(struct hostile *hostile)
{
    send_bytes(hostile, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, 0);
}

static void unknown(struct hostile *hostile)
{
    send(hostile, 0x1006, 0, 0);
}

static void no_clock(struct hostile *hostile)
{
    send(hostile, VIRTIO_RTC_REQ_READ, VIRTIO_RTC_CLOCKS, 0);
}

static void reserved_head(struct hostile *hostile)
{
    send_bytes(hostile, "\0\x10\0\0\0\0\0\1", 8, SIZE);
}

static void reserved_bytes(struct hostile *hostile)
{
    send(hostile, VIRTIO_RTC_REQ_CLOCK_CAP, 0, 1);
}

static void other_counter(struct hostile *hostile)
{
    send(hostile, VIRTIO_RTC_REQ_READ_CROSS, 0, VIRTIO_RTC_COUNTER_X86_TSC);
}

static void no_counter(struct hostile *hostile)
{
    send(hostile, VIRTIO_RTC_REQ_CROSS_CAP, 0, VIRTIO_RTC_COUNTER_X86_TSC + 1);
}

/* ---- Alarms -------------------------------------------------------------- */

static void alarm_flags(struct hostile *hostile)
{
    send(hostile, VIRTIO_RTC_REQ_SET_ALARM_ENABLED, 0, 3);
}

static void send_alarm(struct hostile *hostile, unsigned clock)
{
    const struct virtio_rtc_set_alarm request = {
        .head.type = VIRTIO_RTC_REQ_SET_ALARM,
        .clock = (uint16_t)clock,
        .flags = VIRTIO_RTC_FLAG_ALARM_ENABLED,
    };

    send_bytes(hostile, &request, sizeof(request), SIZE);
}

static void set_alarm(struct hostile *hostile)
{
    send_alarm(hostile, 0);
}

static void alarm_of_none(struct hostile *hostile)
{
    send_alarm(hostile, VIRTIO_RTC_CLOCKS);
}

/* A buffer, and an alarm that has expired, so that the device takes it. */
static void offer(struct hostile *hostile, const struct test_buffer *buffers,
                  unsigned count)
{
    hostile->queue = VIRTIO_RTC_ALARMS;
    test_add(&hostile->driver, VIRTIO_RTC_ALARMS, buffers, count);
    set_alarm(hostile);
    virtio_rtc_woken(hostile_virtio(hostile));
}

static void short_alarm(struct hostile *hostile)
{
    static const struct test_buffer buffer = {ALARM, 15, true};

    offer(hostile, &buffer, 1);
}

static void readable_alarm(struct hostile *hostile)
{
    static const struct test_buffer buffers[] = {
        {ALARM,      16, false},
        {ALARM + 16, 16, true },
    };

    offer(hostile, buffers, 2);
}

/* ---- Cases --------------------------------------------------------------- */

#define FAULT(name)  VIRTIO_FAULT_##name, 0
#define ANSWER(name) VIRTIO_FAULTS, VIRTIO_RTC_S_##name
#define NO_ALARM     VIRTIO_FEATURE(VIRTIO_RTC_F_ALARM)

const struct hostile_case hostile_rtc_cases[] = {
#include "virtio/hostile_rtc.def"
};
const unsigned hostile_rtc_case_count =
    sizeof(hostile_rtc_cases) / sizeof(hostile_rtc_cases[0]);
