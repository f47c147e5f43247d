/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks of civil time by atomic time: nanoseconds since 1970 by UTC and by UTC
 * with leap seconds smeared, of nanoseconds since 1970 by TAI (virtio 1.4,
 * 5.23.6.3). Before 1972 UTC is taken for 10 s behind TAI, too.
 */
#ifndef VIRTIO_RTC_CLOCKS_H
#define VIRTIO_RTC_CLOCKS_H

#include <stdint.h>

#define RTC_CLOCKS_NEVER UINT64_MAX

/* TAI at a UTC of whole seconds. */
uint64_t rtc_clocks_tai(uint32_t utc_seconds);

/* At a TAI that is not before 1970 by UTC. */
uint64_t rtc_clocks_utc(uint64_t tai);
uint64_t rtc_clocks_smeared(uint64_t tai);

/* When the clock comes to a reading from an earlier one, the next time after
 * `tai`; RTC_CLOCKS_NEVER: it does not. */
uint64_t rtc_clocks_utc_next(uint64_t reading, uint64_t tai);
uint64_t rtc_clocks_smeared_next(uint64_t reading, uint64_t tai);

#endif
