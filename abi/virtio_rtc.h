/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.4, committee draft, 5.23: RTC device.
 * Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_RTC_H
#define ABI_VIRTIO_RTC_H

#include <assert.h>
#include <stdint.h>

/* Bits of features (5.23.3). */
enum virtio_rtc_feature { VIRTIO_RTC_F_ALARM = 0 };

/* Virtqueues (5.23.2). */
enum virtio_rtc_queue { VIRTIO_RTC_REQUESTS = 0, VIRTIO_RTC_ALARMS = 1 };

/* Types of messages (5.23.6.4 to 5.23.6.6). */
enum virtio_rtc_message {
    VIRTIO_RTC_REQ_READ = 0x0001,
    VIRTIO_RTC_REQ_READ_CROSS = 0x0002,
    VIRTIO_RTC_REQ_CFG = 0x1000,
    VIRTIO_RTC_REQ_CLOCK_CAP = 0x1001,
    VIRTIO_RTC_REQ_CROSS_CAP = 0x1002,
    VIRTIO_RTC_REQ_READ_ALARM = 0x1003,
    VIRTIO_RTC_REQ_SET_ALARM = 0x1004,
    VIRTIO_RTC_REQ_SET_ALARM_ENABLED = 0x1005,
    VIRTIO_RTC_NOTIF_ALARM = 0x2000,
};

enum virtio_rtc_status {
    VIRTIO_RTC_S_OK = 0,
    VIRTIO_RTC_S_EOPNOTSUPP = 2,
    VIRTIO_RTC_S_ENODEV = 3,
    VIRTIO_RTC_S_EINVAL = 4,
    VIRTIO_RTC_S_EIO = 5,
};

/* Clocks, smearing of leap seconds, counters (5.23.6.3). */
enum virtio_rtc_clock_type {
    VIRTIO_RTC_CLOCK_UTC = 0,
    VIRTIO_RTC_CLOCK_TAI = 1,
    VIRTIO_RTC_CLOCK_MONOTONIC = 2,
    VIRTIO_RTC_CLOCK_UTC_SMEARED = 3,
    VIRTIO_RTC_CLOCK_UTC_MAYBE_SMEARED = 4,
};

enum virtio_rtc_smear {
    VIRTIO_RTC_SMEAR_UNSPECIFIED = 0,
    VIRTIO_RTC_SMEAR_NOON_LINEAR = 1,
    VIRTIO_RTC_SMEAR_UTC_SLS = 2,
};

enum virtio_rtc_counter {
    VIRTIO_RTC_COUNTER_ARM_VCT = 0, /* CNTVCT_EL0 */
    VIRTIO_RTC_COUNTER_X86_TSC = 1,
    VIRTIO_RTC_COUNTER_INVALID = 0xff,
};

enum virtio_rtc_flag {
    VIRTIO_RTC_FLAG_ALARM_CAP = 1,     /* of CLOCK_CAP */
    VIRTIO_RTC_FLAG_CROSS_CAP = 1,     /* of CROSS_CAP */
    VIRTIO_RTC_FLAG_ALARM_ENABLED = 1, /* of alarms */
};

/* A request has the head, and what its type names (5.23.6). */
struct virtio_rtc_head {
    uint16_t type; /* enum virtio_rtc_message */
    uint8_t reserved[6];
};

/* All that name a clock, but SET_ALARM; and the notification of an alarm. */
struct virtio_rtc_of_clock {
    struct virtio_rtc_head head;
    uint16_t clock;
    uint8_t what; /* *_CROSS*: the counter; SET_ALARM_ENABLED: flags */
    uint8_t reserved[5];
};

struct virtio_rtc_set_alarm {
    struct virtio_rtc_head head;
    uint64_t time_ns;
    uint16_t clock;
    uint8_t flags;
    uint8_t reserved[5];
};

/* A response has the status, and what the type of the request names. */
struct virtio_rtc_response {
    uint8_t status; /* enum virtio_rtc_status */
    uint8_t reserved[7];
    union {
        uint64_t time_ns; /* of the clock, or its alarm */
        uint16_t clocks;
        uint8_t flags; /* CROSS_CAP */
        struct {
            uint8_t type;
            uint8_t smear;
            uint8_t flags;
        } clock;
    };
    union {
        uint64_t cycles;
        uint8_t alarm_flags;
    };
};

static_assert(sizeof(struct virtio_rtc_head) == 8, "5.23.6");
static_assert(sizeof(struct virtio_rtc_of_clock) == 16, "5.23.6.5");
static_assert(sizeof(struct virtio_rtc_set_alarm) == 24, "5.23.6.6.2");
static_assert(sizeof(struct virtio_rtc_response) == 24, "5.23.6.5");

#endif
