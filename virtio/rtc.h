/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RTC device's outside: one source of time, of which the device makes its
 * clocks, and an alarm for each.
 */
#ifndef VIRTIO_RTC_H
#define VIRTIO_RTC_H

#include "abi/virtio_rtc.h"
#include "virtio/virtio.h"

enum { VIRTIO_RTC_QUEUES = 2, VIRTIO_RTC_CLOCKS = 4 };

#define VIRTIO_RTC_NEVER UINT64_MAX

/* virtio.outside of an RTC device. Its time is in nanoseconds, stands still
 * within a call and never goes back. */
struct virtio_rtc_outside {
    uint64_t start_ns; /* TAI since 1970 when that time was 0 */
    uint64_t (*now_ns)(struct virtio *virtio);
    /* CNTVCT_EL0 of the first processor at that time; NULL: there is none. */
    uint64_t (*count)(struct virtio *virtio, uint64_t now_ns);
    /* virtio_rtc_woken is to be called at that time, after this call, and at no
     * time that was told before; VIRTIO_RTC_NEVER: at no time. */
    void (*wake)(struct virtio *virtio, uint64_t when_ns);
};

void virtio_rtc_woken(struct virtio *virtio);

struct virtio_rtc_alarm {
    uint64_t time_ns; /* by the clock */
    uint64_t due_ns;  /* when it expires next, by the outside's time */
    uint8_t enabled;
    uint8_t expired; /* and the driver was not told */
    uint8_t reserved[6];
};

/* The state, for its owner to keep. */
struct virtio_rtc_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_RTC_QUEUES];
    struct virtio_rtc_alarm alarms[VIRTIO_RTC_CLOCKS];
};

extern const struct virtio_type virtio_rtc;

#endif
