/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block that each processor of the SSE-200 has of its own (101104, 3.4)
 * and that tells it which one it is.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "devices/arm/cmsdk.h"

/* Accesses name the processor that makes them. */
REGISTER_VALUE(read_cpuid, access->master)

static const struct register_spec registers[] = {
    {0x000,
     1, "CPUID",
     {RO, RO},
     RESET_NEVER, 0,
     0, NO_FIELD,
     read_cpuid, NULL,
     "number of the processor that reads"},
    CMSDK_IDENTIFICATION(0xb8, 0x0b),
};

const struct device_type sse200_cpu = {
    .compatible = "arm,sse-200-cpu-identity",
    .title = "SSE-200 CPU identity",
    .reference = "SSE-200 TRM 101104, 3.4",
    DEVICE_BANKS(REGISTER_BANK("identity", 0x1000, 1 | 2 | 4, registers)),
};
