/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The performance monitors (DDI 0487, D7): PMUv3 with six event counters.
 *
 * A core's cycle is an instruction. So counters of instructions and cycles are
 * brought up to date when they are read or their events change, and they
 * overflow at a known instruction, where the run loop stops to handle it.
 */
#ifndef ENGINE_AARCH64_PMU_H
#define ENGINE_AARCH64_PMU_H

#include <stdbool.h>
#include <stdint.h>

struct aarch64;

enum { AARCH64_EVENT_COUNTERS = 6, AARCH64_CYCLE_COUNTER = 31 };

/* The events of PMCEID0_EL0: those that are counted truthfully. */
enum aarch64_event {
    AARCH64_EVENT_SW_INCR = 0x00,
    AARCH64_EVENT_INST_RETIRED = 0x08,
    AARCH64_EVENT_EXC_TAKEN = 0x09,
    AARCH64_EVENT_EXC_RETURN = 0x0a,
    AARCH64_EVENT_CID_WRITE_RETIRED = 0x0b,
    AARCH64_EVENT_CPU_CYCLES = 0x11,
    AARCH64_EVENT_TTBR_WRITE_RETIRED = 0x1c,
    AARCH64_EVENT_CHAIN = 0x1e,
};

/* Derived from the registers. */
struct aarch64_pmu {
    bool enabled;    /* some counter is on */
    uint32_t counts; /* the counters that count at the present level */
};

/* The registers, the level or the security state changed. */
void aarch64_pmu_update(struct aarch64 *pe);
/* Counts the instruction at hand with what is in force now, though it changes
 * that. */
void aarch64_pmu_retire(struct aarch64 *pe);
/* For a look at the state: the counts are those of now. */
void aarch64_pmu_settle(struct aarch64 *pe);
/* After the state was overwritten. */
void aarch64_pmu_restore(struct aarch64 *pe);
void aarch64_pmu_event(struct aarch64 *pe, enum aarch64_event event);
/* True if PMUSERENR_EL0 lets EL0 access the row. */
bool aarch64_pmu_user_may(const struct aarch64 *pe, int row, bool read);

#endif
