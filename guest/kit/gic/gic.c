/* SPDX-License-Identifier: Apache-2.0 */
/* The handshake of GICR_WAKER (IHI 0069, 12.11.42). */
#include "guest/kit/gic/gic.h"

#include "guest/kit/mmio/mmio.h"

enum { WAKER = 0x014, PROCESSOR_SLEEP = 1 << 1, CHILDREN_ASLEEP = 1 << 2 };

uint32_t gicr_frame(unsigned core)
{
    return GICR + GICR_STRIDE * core;
}

void gicr_wake(unsigned core)
{
    uint32_t waker = gicr_frame(core) + WAKER;
    mmio_write(waker, mmio_read(waker) & ~(uint32_t)PROCESSOR_SLEEP);
    while ((mmio_read(waker) & CHILDREN_ASLEEP) != 0) {
    }
}

void gicr_sleep(unsigned core)
{
    uint32_t waker = gicr_frame(core) + WAKER;
    mmio_write(waker, mmio_read(waker) | PROCESSOR_SLEEP);
    while ((mmio_read(waker) & CHILDREN_ASLEEP) == 0) {
    }
}
