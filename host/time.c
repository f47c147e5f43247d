/* SPDX-License-Identifier: Apache-2.0 */
/* clock_gettime and getrandom. */
#include "host/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

uint64_t host_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t host_thread_ns(pthread_t thread)
{
    struct timespec used = {0};
    clockid_t clock;
    if (pthread_getcpuclockid(thread, &clock) == 0) {
        clock_gettime(clock, &used);
    }
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

uint64_t host_time_of_day(void)
{
    return (uint64_t)time(NULL);
}

void host_entropy(void *bytes, size_t size)
{
    uint8_t *to = bytes;
    while (size != 0) {
        ssize_t count = getrandom(to, size, 0);
        if (count < 0 && errno != EINTR) {
            /* Keys made from stale bytes of the stack would be worse. */
            perror("cairn: getrandom");
            abort();
        }
        if (count > 0) {
            to += count;
            size -= (size_t)count;
        }
    }
}
