/* SPDX-License-Identifier: Apache-2.0 */
/* Self-hosted debug of M-profile cores (debug.c): comparators of DWT and FPB,
 * DebugMonitor. */
#ifndef ENGINE_MPROFILE_DEBUG_H
#define ENGINE_MPROFILE_DEBUG_H

#include "engine/vcpu.h"

struct mprofile;

enum mprofile_demcr {
    DEMCR_MON_EN = 1 << 16,
    DEMCR_MON_PEND = 1 << 17,
    DEMCR_MON_STEP = 1 << 18,
    DEMCR_MON_REQ = 1 << 19,
    DEMCR_SDME = 1 << 20, /* DebugMonitor is Secure */
    DEMCR_TRCENA = 1 << 24,
};
enum mprofile_dfsr { DFSR_HALTED = 1, DFSR_BKPT = 2, DFSR_DWTTRAP = 4 };

/* Bits 16 to 22 of DWT_CTRL count, bit 12 samples. */
enum { MPROFILE_DWT_COUNTS = 0x7f1000 };

enum {
    DWT_COMPARATORS = 4,
    FPB_INSTRUCTIONS = 6, /* of version 1; the others are of literals */
    FPB_COMPARATORS = 8
};

/* A range of addresses around one, with the same answer. */
struct mprofile_extent {
    uint32_t first;
    uint32_t last;
};

enum mprofile_comparator_kind {
    MPROFILE_NOTHING,
    MPROFILE_CYCLES,
    MPROFILE_FETCHES,
    MPROFILE_ACCESSES,
};

/* A comparator of DWT, as its registers say. */
struct mprofile_comparator {
    uint8_t kind;       /* enum mprofile_comparator_kind */
    uint8_t accesses;   /* enum watch_kind */
    uint8_t value_size; /* bytes of value that are compared, 0: none */
    bool acts;          /* a match is a debug event */
    uint32_t matched;   /* comparators whose MATCHED it sets, a bit each */
    uint32_t value;
    struct mprofile_extent ranges[2]; /* one or the other */
};

/* The watchpoints that debug.c looks for: derived from the state. */
struct mprofile_debug {
    struct mprofile_comparator comparators[DWT_COMPARATORS];
    uint32_t fp_comp[FPB_COMPARATORS]; /* 0: disabled */
    bool active; /* something at instruction boundaries: of the next ones */
    bool places; /* something at certain instructions */
    bool fetches, cycles, breaks, patches, steps, accesses;
};
static_assert(sizeof(struct mprofile_debug) ==
                  DWT_COMPARATORS * sizeof(struct mprofile_comparator) +
                      FPB_COMPARATORS * sizeof(uint32_t) + 8,
              "is compared as a whole");

enum mprofile_fpb { MPROFILE_BPU, MPROFILE_FPB, MPROFILE_FPB2 };
enum mprofile_fpb mprofile_fpb(const struct mprofile *m);
unsigned mprofile_dwt_comparators(const struct mprofile *m);
/* After registers of DWT, FPB or DebugMonitor were written; and after the state
 * as a whole was. */
void mprofile_debug_changed(struct mprofile *m);
void mprofile_debug_derive(struct mprofile *m);
/* A breakpoint at pc. False: DebugMonitor does not take it. */
bool mprofile_debug_event(struct mprofile *m);
/* At an instruction boundary, while debug.active: what the instruction before
 * did, before exceptions are taken; and what is about the next one. */
void mprofile_debug_settle(struct mprofile *m);
void mprofile_debug_begin(struct mprofile *m);
/* Hooks of struct guest_traits. */
bool mprofile_debug_breakpoint(const struct vcpu *cpu, uint64_t pc);
void mprofile_debug_accessed(struct vcpu *cpu,
                             const struct guest_access *access,
                             const uint64_t value[2]);
/* True if accesses to a range must not be remembered. */
bool mprofile_debug_watches(const struct mprofile *m, uint32_t first,
                            uint32_t last);
/* Where FPB has what an access or a fetch finds at an address. */
bool mprofile_debug_patch(const struct mprofile *m, enum vcpu_access kind,
                          uint32_t address, unsigned size, uint64_t *place);
/* CYCCNT. */
uint32_t mprofile_cycles(const struct mprofile *m);

#endif
