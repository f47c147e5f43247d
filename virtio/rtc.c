/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTC device (virtio 1.4, 5.23), with four clocks and an alarm for each. All
 * that the specification leaves to a status is answered by one; a fault is what
 * leaves no room for it.
 *
 * Alarms are not retained across a reset of the device (5.23.6.6.1), and wake
 * nothing but the driver.
 */
#include "virtio/rtc.h"

#include <string.h>

#include "virtio/rtc_clocks.h"

/* Linux makes no RTC of a clock that may step, so the smeared one is first. */
static const uint8_t types[VIRTIO_RTC_CLOCKS] = {
    VIRTIO_RTC_CLOCK_UTC_SMEARED,
    VIRTIO_RTC_CLOCK_UTC,
    VIRTIO_RTC_CLOCK_TAI,
    VIRTIO_RTC_CLOCK_MONOTONIC,
};

union request {
    struct virtio_rtc_head head;
    struct virtio_rtc_of_clock of;
    struct virtio_rtc_set_alarm alarm;
    uint8_t bytes[sizeof(struct virtio_rtc_set_alarm)];
};

static const struct virtio_rtc_outside *outside_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_rtc_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_rtc_state *)virtio->state;
}

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_RTC_F_ALARM);
}

/* ---- Clocks (5.23.6.3) --------------------------------------------------- */

static uint64_t read_clock(const struct virtio *virtio, unsigned clock,
                           uint64_t now_ns)
{
    const uint64_t tai = outside_of(virtio)->start_ns + now_ns;

    switch (types[clock]) {
    case VIRTIO_RTC_CLOCK_UTC_SMEARED:
        return rtc_clocks_smeared(tai);
    case VIRTIO_RTC_CLOCK_UTC:
        return rtc_clocks_utc(tai);
    case VIRTIO_RTC_CLOCK_TAI:
        return tai;
    default:
        return now_ns;
    }
}

/* When the clock comes to a reading the next time after now, by the outside's
 * time. */
static uint64_t next_time(const struct virtio *virtio, unsigned clock,
                          uint64_t reading, uint64_t now_ns)
{
    const uint64_t start = outside_of(virtio)->start_ns;
    const uint64_t tai = start + now_ns;
    uint64_t at;

    switch (types[clock]) {
    case VIRTIO_RTC_CLOCK_UTC_SMEARED:
        at = rtc_clocks_smeared_next(reading, tai);
        break;
    case VIRTIO_RTC_CLOCK_UTC:
        at = rtc_clocks_utc_next(reading, tai);
        break;
    case VIRTIO_RTC_CLOCK_TAI:
        at = reading > tai ? reading : RTC_CLOCKS_NEVER;
        break;
    default:
        return reading > now_ns ? reading : VIRTIO_RTC_NEVER;
    }
    return at == RTC_CLOCKS_NEVER ? VIRTIO_RTC_NEVER : at - start;
}

/* ---- Alarms (5.23.6.6) --------------------------------------------------- */

static void rearm(struct virtio *virtio)
{
    const struct virtio_rtc_state *state = state_of(virtio);
    uint64_t due = VIRTIO_RTC_NEVER;

    for (unsigned i = 0; i < VIRTIO_RTC_CLOCKS; i++) {
        if (state->alarms[i].enabled != 0 && state->alarms[i].due_ns < due) {
            due = state->alarms[i].due_ns;
        }
    }
    outside_of(virtio)->wake(virtio, due);
}

/* An alarm that is enabled expires when its time comes, and at once when that
 * is there. What had expired before is served no more, which the driver may
 * rely on when it disables the alarm (5.23.6.6.1). */
static void enable(struct virtio *virtio, unsigned clock, uint8_t flags)
{
    struct virtio_rtc_alarm *alarm = &state_of(virtio)->alarms[clock];
    const uint64_t now = outside_of(virtio)->now_ns(virtio);

    alarm->enabled = (flags & VIRTIO_RTC_FLAG_ALARM_ENABLED) != 0;
    alarm->expired = 0;
    alarm->due_ns = read_clock(virtio, clock, now) >= alarm->time_ns
                        ? now
                        : next_time(virtio, clock, alarm->time_ns, now);
    rearm(virtio);
}

/* UTC may come to the time of its alarm again, as it steps back. */
void virtio_rtc_woken(struct virtio *virtio)
{
    const uint64_t now = outside_of(virtio)->now_ns(virtio);

    for (unsigned i = 0; i < VIRTIO_RTC_CLOCKS; i++) {
        struct virtio_rtc_alarm *alarm = &state_of(virtio)->alarms[i];

        if (alarm->enabled != 0 && alarm->due_ns <= now) {
            alarm->expired = 1;
            alarm->due_ns = next_time(virtio, i, alarm->time_ns, now);
        }
    }
    rearm(virtio);
    virtio_serve(virtio, VIRTIO_RTC_ALARMS);
}

/* Buffers there are all for the device to write (5.23.6.6.3). */
static bool is_proper(struct virtio *virtio, const struct virtio_chain *chain)
{
    const bool is_long =
        chain->writable_bytes >= sizeof(struct virtio_rtc_of_clock);

    if (chain->readable != 0 || !is_long) {
        virtio_fault(virtio,
                     is_long ? VIRTIO_FAULT_REQUEST_DIRECTION
                             : VIRTIO_FAULT_REQUEST_SHORT,
                     chain->queue, chain->readable_bytes);
        return false;
    }
    return true;
}

/* A buffer for each alarm that has expired; the others stay in the ring. */
static void serve_alarms(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;

    for (unsigned i = 0; i < VIRTIO_RTC_CLOCKS; i++) {
        struct virtio_rtc_alarm *alarm = &state_of(virtio)->alarms[i];
        const struct virtio_rtc_of_clock told = {
            .head.type = VIRTIO_RTC_NOTIF_ALARM,
            .clock = (uint16_t)i,
        };

        if (alarm->expired == 0) {
            continue;
        }
        if (!virtio_take(virtio, queue, &chain) || !is_proper(virtio, &chain)) {
            return;
        }
        alarm->expired = 0;
        virtio_write(virtio, &chain, 0, &told, sizeof(told));
        virtio_complete(virtio, &chain, sizeof(told));
    }
}

static enum virtio_rtc_status read_alarm(struct virtio *virtio,
                                         const union request *request,
                                         struct virtio_rtc_response *response)
{
    const struct virtio_rtc_alarm *alarm =
        &state_of(virtio)->alarms[request->of.clock];

    response->time_ns = alarm->time_ns;
    response->alarm_flags =
        alarm->enabled != 0 ? VIRTIO_RTC_FLAG_ALARM_ENABLED : 0;
    return VIRTIO_RTC_S_OK;
}

static enum virtio_rtc_status set_alarm(struct virtio *virtio,
                                        const union request *request,
                                        struct virtio_rtc_response *response)
{
    state_of(virtio)->alarms[request->alarm.clock].time_ns =
        request->alarm.time_ns;
    enable(virtio, request->alarm.clock, request->alarm.flags);
    return VIRTIO_RTC_S_OK;
}

static enum virtio_rtc_status
set_alarm_enabled(struct virtio *virtio, const union request *request,
                  struct virtio_rtc_response *response)
{
    enable(virtio, request->of.clock, request->of.what);
    return VIRTIO_RTC_S_OK;
}

/* ---- Control requests (5.23.6.4) ----------------------------------------- */

static enum virtio_rtc_status configure(struct virtio *virtio,
                                        const union request *request,
                                        struct virtio_rtc_response *response)
{
    response->clocks = VIRTIO_RTC_CLOCKS;
    return VIRTIO_RTC_S_OK;
}

static enum virtio_rtc_status tell_clock(struct virtio *virtio,
                                         const union request *request,
                                         struct virtio_rtc_response *response)
{
    const uint8_t type = types[request->of.clock];

    response->clock.type = type;
    response->clock.smear = type == VIRTIO_RTC_CLOCK_UTC_SMEARED
                                ? VIRTIO_RTC_SMEAR_NOON_LINEAR
                                : VIRTIO_RTC_SMEAR_UNSPECIFIED;
    response->clock.flags =
        virtio_has(virtio, VIRTIO_RTC_F_ALARM) ? VIRTIO_RTC_FLAG_ALARM_CAP : 0;
    return VIRTIO_RTC_S_OK;
}

static bool has_counter(const struct virtio *virtio, uint8_t counter)
{
    return counter == VIRTIO_RTC_COUNTER_ARM_VCT &&
           outside_of(virtio)->count != NULL;
}

static enum virtio_rtc_status tell_counter(struct virtio *virtio,
                                           const union request *request,
                                           struct virtio_rtc_response *response)
{
    if (request->of.what != VIRTIO_RTC_COUNTER_ARM_VCT &&
        request->of.what != VIRTIO_RTC_COUNTER_X86_TSC) {
        return VIRTIO_RTC_S_EOPNOTSUPP;
    }
    response->flags =
        has_counter(virtio, request->of.what) ? VIRTIO_RTC_FLAG_CROSS_CAP : 0;
    return VIRTIO_RTC_S_OK;
}

/* ---- Read requests (5.23.6.5) -------------------------------------------- */

static enum virtio_rtc_status read_time(struct virtio *virtio,
                                        const union request *request,
                                        struct virtio_rtc_response *response)
{
    response->time_ns = read_clock(virtio, request->of.clock,
                                   outside_of(virtio)->now_ns(virtio));
    return VIRTIO_RTC_S_OK;
}

static enum virtio_rtc_status read_cross(struct virtio *virtio,
                                         const union request *request,
                                         struct virtio_rtc_response *response)
{
    if (!has_counter(virtio, request->of.what)) {
        return VIRTIO_RTC_S_EOPNOTSUPP;
    }
    const uint64_t now = outside_of(virtio)->now_ns(virtio);
    response->time_ns = read_clock(virtio, request->of.clock, now);
    response->cycles = outside_of(virtio)->count(virtio, now);
    return VIRTIO_RTC_S_OK;
}

/* ---- Requests (5.23.6) --------------------------------------------------- */

enum { HEAD = sizeof(struct virtio_rtc_head), NO_CLOCK = 0 };
enum { CLOCK = offsetof(struct virtio_rtc_of_clock, clock) };
enum { ALARM_CLOCK = offsetof(struct virtio_rtc_set_alarm, clock) };

static const struct message {
    uint16_t type;
    uint8_t request; /* bytes, with heads */
    uint8_t response;
    uint8_t clock;    /* offset of its number */
    uint8_t reserved; /* offset of what is reserved, to the end */
    uint8_t flags;    /* offset of flags, of which one is defined; 0: none */
    bool alarm;       /* needs VIRTIO_RTC_F_ALARM */
    enum virtio_rtc_status (*perform)(struct virtio *virtio,
                                      const union request *request,
                                      struct virtio_rtc_response *response);
} messages[] = {
    {VIRTIO_RTC_REQ_READ,              16, 16, CLOCK,       10, 0,  false, read_time   },
    {VIRTIO_RTC_REQ_READ_CROSS,        16, 24, CLOCK,       11, 0,  false, read_cross  },
    {VIRTIO_RTC_REQ_CFG,               8,  16, NO_CLOCK,    8,  0,  false, configure   },
    {VIRTIO_RTC_REQ_CLOCK_CAP,         16, 16, CLOCK,       10, 0,  false, tell_clock  },
    {VIRTIO_RTC_REQ_CROSS_CAP,         16, 16, CLOCK,       11, 0,  false, tell_counter},
    {VIRTIO_RTC_REQ_READ_ALARM,        16, 24, CLOCK,       10, 0,  true,  read_alarm  },
    {VIRTIO_RTC_REQ_SET_ALARM,         24, 8,  ALARM_CLOCK, 19, 18, true,  set_alarm   },
    {VIRTIO_RTC_REQ_SET_ALARM_ENABLED, 16, 8,  CLOCK,       11, 10, true,
     set_alarm_enabled                                                                 },
};

static const struct message *find_message(unsigned type)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (messages[i].type == type) {
            return &messages[i];
        }
    }
    return NULL;
}

static bool are_zeros(const union request *request, unsigned from, unsigned end)
{
    while (from < end && request->bytes[from] == 0) {
        from++;
    }
    return from == end;
}

/* A clock that the device has, and whose alarm the driver may set
 * (5.23.6.6.2). */
static bool is_clock(const struct virtio *virtio, const struct message *message,
                     const union request *request)
{
    uint16_t clock;

    if (message->clock == NO_CLOCK) {
        return true;
    }
    memcpy(&clock, request->bytes + message->clock, sizeof(clock));
    return clock < VIRTIO_RTC_CLOCKS &&
           (!message->alarm || virtio_has(virtio, VIRTIO_RTC_F_ALARM));
}

/* In the order of 5.23.6.2: EINVAL is what no other status is for. */
static enum virtio_rtc_status perform(struct virtio *virtio,
                                      const struct message *message,
                                      const union request *request,
                                      struct virtio_rtc_response *response)
{
    if (!is_clock(virtio, message, request)) {
        return VIRTIO_RTC_S_ENODEV;
    }
    if (!are_zeros(request, offsetof(struct virtio_rtc_head, reserved), HEAD) ||
        !are_zeros(request, message->reserved, message->request) ||
        (message->flags != 0 &&
         request->bytes[message->flags] > VIRTIO_RTC_FLAG_ALARM_ENABLED)) {
        return VIRTIO_RTC_S_EINVAL;
    }
    return message->perform(virtio, request, response);
}

/* The bytes that are written: of what failed, the head alone, or as much of it
 * as there is room for. */
static uint64_t answer(struct virtio *virtio, const struct virtio_chain *chain,
                       const union request *request)
{
    struct virtio_rtc_response response = {.status = VIRTIO_RTC_S_EINVAL};
    const struct message *message =
        chain->readable_bytes >= HEAD ? find_message(request->head.type) : NULL;
    uint64_t size = HEAD;

    if (message != NULL && chain->readable_bytes >= message->request &&
        chain->writable_bytes >= message->response) {
        response.status = (uint8_t)perform(virtio, message, request, &response);
    } else if (message == NULL && chain->readable_bytes >= HEAD) {
        response.status = VIRTIO_RTC_S_EOPNOTSUPP;
    }
    if (response.status == VIRTIO_RTC_S_OK) {
        size = message->response;
    } else if (chain->writable_bytes < HEAD) {
        size = chain->writable_bytes;
    }
    virtio_write(virtio, chain, 0, &response, size);
    return size;
}

/* A status that does not fit must not be written (5.23.6.2), so there is no
 * answer to such a request. */
static void serve_requests(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;

    while (virtio_take(virtio, queue, &chain)) {
        union request request = {.bytes = {0}};

        if (chain.writable_bytes == 0) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain.readable_bytes);
            return;
        }
        if (!virtio_read(virtio, &chain, 0, &request,
                         chain.readable_bytes < sizeof(request)
                             ? chain.readable_bytes
                             : sizeof(request))) {
            return;
        }
        virtio_complete(virtio, &chain, answer(virtio, &chain, &request));
    }
}

static void serve(struct virtio *virtio, unsigned queue)
{
    if (queue == VIRTIO_RTC_REQUESTS) {
        serve_requests(virtio, queue);
    } else {
        serve_alarms(virtio, queue);
    }
}

const struct virtio_type virtio_rtc = {
    .name = "rtc",
    .title = "RTC device",
    .id = VIRTIO_ID_RTC,
    .queues = VIRTIO_RTC_QUEUES,
    .state_size = sizeof(struct virtio_rtc_state),
    .in_order = true,
    .features = features,
    .serve = serve,
};
