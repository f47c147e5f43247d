/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of debug: DWT, FPB, DebugMonitor. What they do is debug.c's. */
#include "engine/mprofile/scs.h"

void scs_write_ignored(const struct scs_access *a, uint32_t value)
{
}

/* ---- DWT ----------------------------------------------------------------- */

enum { CTRL_CYCCNTENA = 1 };
enum { MATCHED = 1 << 24, WORDS = 4 };

uint32_t scs_read_dwt_ctrl(const struct scs_access *a)
{
    return a->m->state.dwt_ctrl | mprofile_dwt_comparators(a->m) << 28;
}

/* A cycle is an instruction here. It counts while DWT_CTRL and DEMCR have it
 * enabled. */
static uint64_t counted(const struct mprofile *m)
{
    return (m->state.dwt_ctrl & CTRL_CYCCNTENA) != 0 &&
                   (m->state.demcr & DEMCR_TRCENA) != 0
               ? m->vcpu.core.retired
               : 0;
}

uint32_t mprofile_cycles(const struct mprofile *m)
{
    return (uint32_t)(counted(m) + m->state.cycle_base);
}

static void set_cycles(struct mprofile *m, uint32_t value)
{
    m->state.cycle_base = value - counted(m);
    mprofile_debug_changed(m);
}

uint32_t scs_read_cyccnt(const struct scs_access *a)
{
    return mprofile_cycles(a->m);
}

void scs_write_cyccnt(const struct scs_access *a, uint32_t value)
{
    set_cycles(a->m, value);
}

void scs_write_dwt_ctrl(const struct scs_access *a, uint32_t value)
{
    uint32_t cycles = mprofile_cycles(a->m);

    if (!mprofile_has(a->m, T32_V7M)) {
        return; /* NUMCOMP alone (DDI 0419 C1.8) */
    }
    if ((value & MPROFILE_DWT_COUNTS) != 0) {
        scs_omits(a, MPROFILE_OMITS_COUNTERS);
    }
    a->m->state.dwt_ctrl = value & 0x007f1fff;
    set_cycles(a->m, cycles);
}

uint32_t scs_read_pcsr(const struct scs_access *a)
{
    if (!a->debug) {
        scs_omits(a, MPROFILE_OMITS_SAMPLES);
    }
    return 0;
}

/* The bits of FUNCTIONn that can be written. */
static uint32_t function_mask(const struct mprofile *m, unsigned n)
{
    static const uint32_t v7[DWT_COMPARATORS] = {0xaf, 0xffd2f, 0x2f, 0x2f};

    return mprofile_has(m, T32_V8M_BASE) ? 0xc3f
           : mprofile_has(m, T32_V7M)    ? v7[n]
                                         : 0xf;
}

/* Bits that tell what a comparator can do: ID of Armv8-M, as Cortex-M33 has
 * them, and LNK1ENA. */
static uint32_t function_abilities(const struct mprofile *m, unsigned n)
{
    static const uint32_t v8[DWT_COMPARATORS] = {0x58000000, 0xf0000000,
                                                 0x50000000, 0xf0000000};

    return mprofile_has(m, T32_V8M_BASE)        ? v8[n]
           : mprofile_has(m, T32_V7M) && n == 1 ? 0x200
                                                : 0;
}

/* True if a function's matches go to a trace. */
static bool traces(const struct mprofile *m, uint32_t function)
{
    unsigned v7 = function & 15;

    return mprofile_has(m, T32_V8M_BASE)
               ? (function & 15) != 0 && (function >> 4 & 2) != 0
               : (v7 != 0 && v7 < 4) || v7 > 11;
}

/* COMP, MASK and FUNCTION of each comparator, and a word that is free. MATCHED
 * is cleared by a read. */
uint32_t scs_read_comparator(const struct scs_access *a)
{
    struct mprofile_state *state = &a->m->state;
    unsigned n = a->index / WORDS;

    if (n >= mprofile_dwt_comparators(a->m)) {
        return 0;
    }
    switch (a->index % WORDS) {
    case 0:
        return state->dwt_comp[n];
    case 1:
        return state->dwt_mask[n];
    case 2: {
        uint32_t value = state->dwt_function[n];

        if (!a->debug) {
            state->dwt_function[n] &= ~(uint32_t)MATCHED;
        }
        return value | function_abilities(a->m, n);
    }
    default:
        return 0;
    }
}

void scs_write_comparator(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    unsigned n = a->index / WORDS;

    if (n >= mprofile_dwt_comparators(a->m)) {
        return;
    }
    switch (a->index % WORDS) {
    case 0:
        state->dwt_comp[n] = value;
        break;
    case 1:
        state->dwt_mask[n] = mprofile_has(a->m, T32_V8M_BASE) ? 0 : value & 31;
        break;
    case 2:
        state->dwt_function[n] = value & function_mask(a->m, n);
        if (traces(a->m, state->dwt_function[n])) {
            scs_omits(a, MPROFILE_OMITS_DATA_TRACE);
        }
        break;
    default:
        return;
    }
    mprofile_debug_changed(a->m);
}

/* ---- FPB ----------------------------------------------------------------- */

uint32_t scs_read_fp_ctrl(const struct scs_access *a)
{
    /* Numbers of comparators, and the version. */
    static const uint32_t fixed[] = {
        [MPROFILE_BPU] = 4 << 4,
        [MPROFILE_FPB] =
            FPB_INSTRUCTIONS << 4 | (FPB_COMPARATORS - FPB_INSTRUCTIONS) << 8,
        [MPROFILE_FPB2] = 1 << 28 | FPB_COMPARATORS << 4,
    };

    return a->m->state.fp_ctrl | fixed[mprofile_fpb(a->m)];
}

void scs_write_fp_ctrl(const struct scs_access *a, uint32_t value)
{
    if ((value & 2) != 0) { /* KEY */
        a->m->state.fp_ctrl = value & 1;
        mprofile_debug_changed(a->m);
    }
}

uint32_t scs_read_fp_remap(const struct scs_access *a)
{
    enum { RMPSPT = 1 << 29 };

    return mprofile_fpb(a->m) == MPROFILE_FPB ? a->m->state.fp_remap | RMPSPT
                                              : 0;
}

void scs_write_fp_remap(const struct scs_access *a, uint32_t value)
{
    a->m->state.fp_remap =
        mprofile_fpb(a->m) == MPROFILE_FPB ? value & 0x1fffffe0 : 0;
}

uint32_t scs_read_fp_comp(const struct scs_access *a)
{
    return a->m->state.fp_comp[a->index];
}

void scs_write_fp_comp(const struct scs_access *a, uint32_t value)
{
    enum { INSTRUCTION = (int)0xdffffffd, LITERAL = 0x1ffffffd };
    uint32_t mask = (uint32_t)INSTRUCTION;

    switch (mprofile_fpb(a->m)) {
    case MPROFILE_BPU:
        mask = a->index < 4 ? mask : 0;
        break;
    case MPROFILE_FPB:
        mask = a->index < FPB_INSTRUCTIONS ? mask : (uint32_t)LITERAL;
        break;
    default:
        mask = UINT32_MAX;
    }
    a->m->state.fp_comp[a->index] = value & mask;
    mprofile_debug_changed(a->m);
}

/* ---- DebugMonitor -------------------------------------------------------- */

enum {
    MONITOR = DEMCR_MON_EN | DEMCR_MON_PEND | DEMCR_MON_STEP | DEMCR_MON_REQ,
    DEMCR_KEPT = 0x010d07f1, /* but MON_PEND and SDME */
    DEMCR_KEPT_V6M = 0x01000401,
};

/* DebugMonitor of the Secure state is not for the other one (D1.2.28). */
static bool hides_monitor(const struct scs_access *a)
{
    return a->bank == NON_SECURE && (a->m->state.demcr & DEMCR_SDME) != 0;
}

uint32_t scs_read_demcr(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    unsigned bank = mprofile_target(a->m, EXCEPTION_DEBUG_MONITOR);
    uint32_t value = state->demcr;

    value |= (state->system_pending[bank] >> EXCEPTION_DEBUG_MONITOR & 1) != 0
                 ? (uint32_t)DEMCR_MON_PEND
                 : 0;
    return hides_monitor(a) ? value & ~(uint32_t)MONITOR : value;
}

static void set_bit(uint32_t *word, unsigned bit, bool value)
{
    *word = (*word & ~BIT(bit)) | (uint32_t)value << bit;
}

static void enable_monitor(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    unsigned bank = mprofile_target(m, EXCEPTION_DEBUG_MONITOR);

    for (unsigned i = 0; i < BANKS; i++) {
        set_bit(&state->system_enabled[i], EXCEPTION_DEBUG_MONITOR,
                i == bank && (state->demcr & DEMCR_MON_EN) != 0);
    }
    mprofile_nvic_changed(m);
    mprofile_debug_changed(m);
}

/* VC_* are kept: no debugger makes them act. */
void scs_write_demcr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    uint32_t mask = mprofile_has(m, T32_V7M) ? DEMCR_KEPT : DEMCR_KEPT_V6M;

    mask &= hides_monitor(a) ? ~(uint32_t)MONITOR : ~0u;
    uint32_t cycles = mprofile_cycles(m);
    m->state.demcr = (m->state.demcr & ~mask) | (value & mask);
    set_cycles(m, cycles);
    if (mprofile_has(m, T32_V7M) && !hides_monitor(a)) {
        mprofile_set_pending(m, EXCEPTION_DEBUG_MONITOR,
                             mprofile_target(m, EXCEPTION_DEBUG_MONITOR),
                             (value & DEMCR_MON_PEND) != 0);
    }
    enable_monitor(m);
}

/* CDS: what runs, outside of Debug state. */
uint32_t scs_read_dscsr(const struct scs_access *a)
{
    return a->m->state.secure == SECURE ? BIT(16) : 0;
}

uint32_t scs_read_dauthctrl(const struct scs_access *a)
{
    return a->m->state.dauthctrl;
}

/* DDI 0553, UpdateSecureDebugEnable(): the signal SPIDEN is low, so Secure
 * self-hosted debug takes SPIDENSEL and INTSPIDEN. */
void scs_write_dauthctrl(const struct scs_access *a, uint32_t value)
{
    enum { SPIDENSEL = 1, INTSPIDEN = 2, WRITABLE = 15 };
    struct mprofile_state *state = &a->m->state;
    unsigned was = mprofile_target(a->m, EXCEPTION_DEBUG_MONITOR);
    uint32_t busy = state->system_pending[was] | state->system_active[was];
    bool secure = (value & SPIDENSEL) != 0 && (value & INTSPIDEN) != 0;

    state->dauthctrl = value & WRITABLE;
    if ((busy >> EXCEPTION_DEBUG_MONITOR & 1) == 0) {
        state->demcr &= ~(uint32_t)DEMCR_SDME;
        state->demcr |= secure ? (uint32_t)DEMCR_SDME : 0;
        state->system_priority[secure ? SECURE : NON_SECURE]
                              [EXCEPTION_DEBUG_MONITOR] =
            state->system_priority[was][EXCEPTION_DEBUG_MONITOR];
        enable_monitor(a->m);
    }
}
