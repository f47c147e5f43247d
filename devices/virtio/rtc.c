/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio RTC device in a machine: virtual time since the start that property
 * cairn,start-time says (seconds since 1970 by UTC), as a PL031 has it, and
 * alarms that are events of virtual time. It has a battery, as that: no loss of
 * power sets its clocks back.
 *
 * A hypervisor's offset of CNTVCT_EL0 is not that of the device: what it gives
 * to its guests, it has to tell them.
 */
#include "virtio/rtc.h"

#include "devices/virtio/transport.h"
#include "virtio/rtc_clocks.h"

struct wiring {
    struct virtio_wiring common;
    struct virtio_rtc_outside outside;
};

static struct clock *clock_of(struct virtio *virtio)
{
    return &virtio_device(virtio)->fabric->clock;
}

static uint64_t now(struct virtio *virtio)
{
    clock_tell(clock_of(virtio));
    return clock_now(clock_of(virtio));
}

/* All processors count alike. */
static uint64_t count(struct virtio *virtio, uint64_t now_ns)
{
    return clock_counter(clock_of(virtio), now_ns);
}

static void wake(struct virtio *virtio, uint64_t when_ns)
{
    timer_arm(clock_of(virtio),
              &virtio_device(virtio)->timers[VIRTIO_TIMER_KIND],
              when_ns == VIRTIO_RTC_NEVER ? TIME_NEVER : when_ns);
}

static void tick(struct device *device)
{
    virtio_rtc_woken(virtio_of(device));
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->outside = (struct virtio_rtc_outside){
        .start_ns =
            rtc_clocks_tai(device_property_u32(device, "cairn,start-time", 0)),
        .now_ns = now,
        .count = count,
        .wake = wake,
    };
    return 0;
}

static void refresh(struct device *device, struct virtio *virtio)
{
    virtio->outside = &((struct wiring *)device->wiring)->outside;
}

static const struct virtio_kind rtc = {
    .type = &virtio_rtc,
    .refresh = refresh,
    .init = init,
    .tick = tick,
};

#define SECTION "and Version 1.4 (draft), 5.23"

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"the capabilities of clocks", OMITTED_ABSENT, 0, 0,
      "what a hypervisor takes from CNTVCT_EL0 for its guests"},
};

VIRTIO_MMIO(rtc, "RTC device", SECTION, missing, struct virtio_rtc_state,
            struct wiring, .takes_start_time = true);
VIRTIO_PCI(rtc, "RTC device", SECTION, missing, VIRTIO_ID_RTC, 0x080300u,
           struct virtio_rtc_state, struct wiring, .takes_start_time = true);
