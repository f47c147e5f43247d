/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only access to the sources of differences between runs: the host's clocks
 * and its entropy. A deterministic machine uses neither. Any thread.
 */
#ifndef HOST_TIME_H
#define HOST_TIME_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of the host's monotonic clock. */
uint64_t host_time_ns(void);
/* Nanoseconds for which a thread, that has not ended, had a processor. */
uint64_t host_thread_ns(pthread_t thread);
/* Seconds since 1970 of the host's clock of the time of day. */
uint64_t host_time_of_day(void);
/* Fills bytes from the host's random number generator; never fails short. */
void host_entropy(void *bytes, size_t size);

#endif
