/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private peripheral bus, and the registers of the system control space in
 * it that are more than words of the state (scs.def has all).
 */
#include "engine/mprofile/scs.h"

#include <stdlib.h>

#include "engine/memory.h"

enum {
    /* The view that Secure code has of the Non-secure registers. */
    ALIAS_FIRST = (int)0xe002e000,
    ALIAS_LAST = (int)0xe002efff,
    ALIAS_OFFSET = 0x20000,
    PPB_BASE = (int)0xe0000000,
    PPB_SIZE = 0x100000,
};

/* ---- Interrupts ---------------------------------------------------------- */

/* Those of a word that the asking security state may see. */
static uint32_t visible(const struct scs_access *a)
{
    uint32_t interrupts = scs_interrupts(a->m);
    uint32_t mask = a->index * 32 + 32 <= interrupts ? UINT32_MAX
                    : a->index * 32 >= interrupts    ? 0
                                                     : BIT(interrupts % 32) - 1;

    return mprofile_has(a->m, MPROFILE_SECURITY) && a->bank == NON_SECURE
               ? mask & a->m->state.irq_non_secure[a->index]
               : mask;
}

static uint32_t read_iser(const struct scs_access *a)
{
    return a->m->state.irq_enabled[a->index] & visible(a);
}

static void write_iser(const struct scs_access *a, uint32_t value)
{
    a->m->state.irq_enabled[a->index] |= value & visible(a);
    mprofile_nvic_changed(a->m);
}

static void write_icer(const struct scs_access *a, uint32_t value)
{
    a->m->state.irq_enabled[a->index] &= ~(value & visible(a));
    mprofile_nvic_changed(a->m);
}

static uint32_t read_ispr(const struct scs_access *a)
{
    return a->m->state.irq_pending[a->index] & visible(a);
}

static void write_ispr(const struct scs_access *a, uint32_t value)
{
    for (uint32_t rest = value & visible(a); rest != 0; rest &= rest - 1) {
        mprofile_set_pending(a->m,
                             EXCEPTION_IRQ0 + a->index * 32 +
                                 (unsigned)__builtin_ctz(rest),
                             0, true);
    }
}

/* A line that is high keeps its interrupt pending, unless it is active. */
static void write_icpr(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    uint32_t held = state->irq_level[a->index] & ~state->irq_active[a->index];

    state->irq_pending[a->index] &= ~(value & visible(a) & ~held);
    mprofile_nvic_changed(a->m);
}

static uint32_t read_iabr(const struct scs_access *a)
{
    return a->m->state.irq_active[a->index] & visible(a);
}

static uint32_t read_itns(const struct scs_access *a)
{
    return a->m->state.irq_non_secure[a->index];
}

static void write_itns(const struct scs_access *a, uint32_t value)
{
    a->m->state.irq_non_secure[a->index] = value & visible(a);
    mprofile_nvic_changed(a->m);
}

static uint8_t priority_mask(const struct mprofile *m)
{
    return (uint8_t)(0xff << (8 - scs_priority_bits(m)));
}

static bool shows_priority(const struct scs_access *a, unsigned irq)
{
    const struct scs_access word = {a->m, a->bank, irq / 32, false};

    return irq < MPROFILE_IRQS && (visible(&word) >> irq % 32 & 1) != 0;
}

static uint32_t read_ipr(const struct scs_access *a)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned irq = a->index * 4 + i;

        value |= shows_priority(a, irq)
                     ? (uint32_t)a->m->state.irq_priority[irq] << i * 8
                     : 0;
    }
    return value;
}

static void write_ipr(const struct scs_access *a, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned irq = a->index * 4 + i;

        if (shows_priority(a, irq)) {
            a->m->state.irq_priority[irq] =
                (uint8_t)(value >> i * 8) & priority_mask(a->m);
        }
    }
    mprofile_nvic_changed(a->m);
}

static void write_stir(const struct scs_access *a, uint32_t value)
{
    const struct scs_access word = {a->m, a->bank, (value & 0x1ff) / 32, false};

    if ((value & 0x1ff) < MPROFILE_IRQS) {
        write_ispr(&word, BIT(value % 32));
    }
}

/* ---- System control block ------------------------------------------------ */

static uint32_t read_cpuid(const struct scs_access *a)
{
    return a->m->model->cpuid;
}

static uint32_t read_ictr(const struct scs_access *a)
{
    return (scs_interrupts(a->m) - 1) / 32;
}

/* Exceptions that are not of one security state are the target's alone. */
static bool owns(const struct scs_access *a, unsigned exception)
{
    return a->bank == SECURE || !mprofile_has(a->m, MPROFILE_SECURITY) ||
           mprofile_is_banked(a->m, exception) ||
           mprofile_target(a->m, exception) == NON_SECURE;
}

static uint32_t read_icsr(const struct scs_access *a)
{
    struct mprofile *m = a->m;
    const struct mprofile_state *state = &m->state;
    uint32_t pending = state->system_pending[a->bank];
    uint32_t value = state->exception;

    if (m->next_stale) {
        mprofile_find_next(m);
    }
    value |= m->next.exception << 12;
    if (mprofile_active_count(m) <= 1) {
        value |= 1 << 11; /* RETTOBASE */
    }
    for (unsigned i = 0; i < ARRAY_SIZE(state->irq_pending); i++) {
        const struct scs_access word = {m, a->bank, i, false};

        value |= read_ispr(&word) != 0 ? 1u << 22 : 0; /* ISRPENDING */
    }
    value |= (pending >> EXCEPTION_SYSTICK & 1) << 26;
    value |= (pending >> EXCEPTION_PENDSV & 1) << 28;
    if (owns(a, EXCEPTION_NMI)) {
        unsigned bank = mprofile_target(m, EXCEPTION_NMI);

        value |= (state->system_pending[bank] >> EXCEPTION_NMI & 1) << 31;
    }
    return value;
}

static void write_icsr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;

    if ((value >> 31) != 0 && owns(a, EXCEPTION_NMI)) {
        mprofile_set_pending(m, EXCEPTION_NMI,
                             mprofile_target(m, EXCEPTION_NMI), true);
    }
    if ((value >> 28 & 1) != 0) {
        mprofile_set_pending(m, EXCEPTION_PENDSV, a->bank, true);
    } else if ((value >> 27 & 1) != 0) {
        mprofile_set_pending(m, EXCEPTION_PENDSV, a->bank, false);
    }
    if ((value >> 26 & 1) != 0) {
        mprofile_set_pending(m, EXCEPTION_SYSTICK, a->bank, true);
    } else if ((value >> 25 & 1) != 0) {
        mprofile_set_pending(m, EXCEPTION_SYSTICK, a->bank, false);
    }
}

static uint32_t read_vtor(const struct scs_access *a)
{
    return a->m->state.vtor[a->bank];
}

/* Cortex-M0 has none. */
static void write_vtor(const struct scs_access *a, uint32_t value)
{
    if (mprofile_has(a->m, MPROFILE_V7M) || a->m->model->mpu_regions != 0) {
        a->m->state.vtor[a->bank] = value & ~0x7fu;
    }
}

static uint32_t read_aircr(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    uint32_t value = 0xfa050000 | state->prigroup[a->bank] << 8;

    if (mprofile_has(a->m, MPROFILE_SECURITY)) {
        value |= state->aircr & AIRCR_BFHFNMINS;
        value |= a->bank == SECURE
                     ? state->aircr & (AIRCR_PRIS | AIRCR_SYSRESETREQS)
                     : 0;
    }
    return value;
}

static void request_reset(struct mprofile *m)
{
    struct core *core = &m->vcpu.core;

    if (core->outputs != NULL) {
        line_set(&core->outputs[MPROFILE_OUTPUT_SYSRESETREQ], 1);
        line_set(&core->outputs[MPROFILE_OUTPUT_SYSRESETREQ], 0);
    }
}

static void write_aircr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    struct mprofile_state *state = &m->state;

    if (value >> 16 != 0x05fa) {
        return;
    }
    if (mprofile_has(m, MPROFILE_V7M)) {
        state->prigroup[a->bank] = value >> 8 & 7;
    }
    if (mprofile_has(m, MPROFILE_SECURITY) && a->bank == SECURE) {
        state->aircr =
            value & (AIRCR_PRIS | AIRCR_BFHFNMINS | AIRCR_SYSRESETREQS);
    }
    mprofile_nvic_changed(m);
    if ((value & AIRCR_SYSRESETREQ) != 0 &&
        (a->bank == SECURE || (state->aircr & AIRCR_SYSRESETREQS) == 0)) {
        request_reset(m);
    }
}

static uint32_t read_scr(const struct scs_access *a)
{
    return a->m->state.scr[a->bank];
}

static void write_scr(const struct scs_access *a, uint32_t value)
{
    uint32_t mask = SCR_SLEEPONEXIT | SCR_SLEEPDEEP | SCR_SEVONPEND;

    if (mprofile_has(a->m, MPROFILE_SECURITY) && a->bank == SECURE) {
        mask |= SCR_SLEEPDEEPS;
    }
    a->m->state.scr[a->bank] = value & mask;
}

static uint32_t read_ccr(const struct scs_access *a)
{
    uint32_t value = a->m->state.ccr[a->bank];

    if (!mprofile_has(a->m, MPROFILE_V7M)) {
        return CCR_STKALIGN | CCR_UNALIGN_TRP;
    }
    return value | (a->m->state.ccr[NON_SECURE] & CCR_BFHFNMIGN);
}

static void write_ccr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    uint32_t mask =
        CCR_USERSETMPEND | CCR_UNALIGN_TRP | CCR_DIV_0_TRP | CCR_BFHFNMIGN;
    uint32_t fixed = 0;

    if (!mprofile_has(m, MPROFILE_V7M)) {
        return;
    }
    if (mprofile_has(m, MPROFILE_V8M)) {
        mask |= CCR_STKOFHFNMIGN;
        fixed = CCR_STKALIGN | CCR_NONBASETHRDENA;
    } else {
        mask |= CCR_STKALIGN | CCR_NONBASETHRDENA;
    }
    /* BFHFNMIGN is one bit for both (R_DSGK: RAZ/WI in the Non-secure view
     * unless BusFault is its own). */
    if (owns(a, EXCEPTION_BUS_FAULT)) {
        m->state.ccr[NON_SECURE] &= ~(uint32_t)CCR_BFHFNMIGN;
        m->state.ccr[NON_SECURE] |= value & CCR_BFHFNMIGN;
    }
    m->state.ccr[a->bank] = (value & mask & ~(uint32_t)CCR_BFHFNMIGN) | fixed |
                            (m->state.ccr[a->bank] & CCR_BFHFNMIGN);
    vcpu_flush_tlb(&m->vcpu); /* UNALIGN_TRP is in its leaves */
    m->vcpu.attention = true;
}

static uint32_t read_shpr(const struct scs_access *a)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned exception = 4 + a->index * 4 + i;
        unsigned bank = mprofile_is_banked(a->m, exception)
                            ? a->bank
                            : mprofile_target(a->m, exception);

        if (owns(a, exception)) {
            value |= (uint32_t)a->m->state.system_priority[bank][exception]
                     << i * 8;
        }
    }
    return value;
}

static void write_shpr(const struct scs_access *a, uint32_t value)
{
    /* MemManage to SecureFault, SVCall, DebugMonitor, PendSV, SysTick. */
    const uint32_t present = mprofile_has(a->m, MPROFILE_V7M) ? 0xd8f0 : 0xc800;

    for (unsigned i = 0; i < 4; i++) {
        unsigned exception = 4 + a->index * 4 + i;

        if ((present >> exception & 1) == 0 || !owns(a, exception) ||
            (exception == EXCEPTION_SECURE_FAULT &&
             (!mprofile_has(a->m, MPROFILE_SECURITY) || a->bank != SECURE))) {
            continue;
        }
        /* One that is not banked has a priority by its number alone. */
        for (unsigned bank = 0; bank < BANKS; bank++) {
            if (!mprofile_is_banked(a->m, exception) || bank == a->bank) {
                a->m->state.system_priority[bank][exception] =
                    (uint8_t)(value >> i * 8) & priority_mask(a->m);
            }
        }
    }
    mprofile_nvic_changed(a->m);
}

/* Bits of SHCSR: of which word, and which exception. */
static const struct {
    uint8_t bit;
    uint8_t exception;
    uint8_t what; /* 0 active, 1 pending, 2 enabled */
} shcsr_bits[] = {
    {0,  EXCEPTION_MEM_MANAGE,    0},
    {1,  EXCEPTION_BUS_FAULT,     0},
    {2,  EXCEPTION_HARD_FAULT,    0},
    {3,  EXCEPTION_USAGE_FAULT,   0},
    {4,  EXCEPTION_SECURE_FAULT,  0},
    {5,  EXCEPTION_NMI,           0},
    {7,  EXCEPTION_SVCALL,        0},
    {8,  EXCEPTION_DEBUG_MONITOR, 0},
    {10, EXCEPTION_PENDSV,        0},
    {11, EXCEPTION_SYSTICK,       0},
    {12, EXCEPTION_USAGE_FAULT,   1},
    {13, EXCEPTION_MEM_MANAGE,    1},
    {14, EXCEPTION_BUS_FAULT,     1},
    {15, EXCEPTION_SVCALL,        1},
    {16, EXCEPTION_MEM_MANAGE,    2},
    {17, EXCEPTION_BUS_FAULT,     2},
    {18, EXCEPTION_USAGE_FAULT,   2},
    {19, EXCEPTION_SECURE_FAULT,  2},
    {20, EXCEPTION_SECURE_FAULT,  1},
    {21, EXCEPTION_HARD_FAULT,    1},
};

static bool has_shcsr_bit(const struct scs_access *a, size_t i)
{
    const struct mprofile *m = a->m;
    unsigned exception = shcsr_bits[i].exception;

    if (!mprofile_has(m, MPROFILE_V7M)) {
        return shcsr_bits[i].bit == 15;
    }
    if (exception == EXCEPTION_HARD_FAULT || exception == EXCEPTION_NMI) {
        return mprofile_has(m, MPROFILE_V8M) && owns(a, exception);
    }
    if (exception == EXCEPTION_SECURE_FAULT) {
        return mprofile_has(m, MPROFILE_SECURITY) && a->bank == SECURE;
    }
    return owns(a, exception);
}

static uint32_t *shcsr_word(const struct scs_access *a, size_t i)
{
    struct mprofile_state *state = &a->m->state;
    unsigned exception = shcsr_bits[i].exception;
    unsigned bank = mprofile_is_banked(a->m, exception)
                        ? a->bank
                        : mprofile_target(a->m, exception);

    return shcsr_bits[i].what == 0   ? &state->system_active[bank]
           : shcsr_bits[i].what == 1 ? &state->system_pending[bank]
                                     : &state->system_enabled[bank];
}

static uint32_t read_shcsr(const struct scs_access *a)
{
    uint32_t value = 0;

    for (size_t i = 0; i < ARRAY_SIZE(shcsr_bits); i++) {
        if (has_shcsr_bit(a, i)) {
            value |= (*shcsr_word(a, i) >> shcsr_bits[i].exception & 1)
                     << shcsr_bits[i].bit;
        }
    }
    return value;
}

static void write_shcsr(const struct scs_access *a, uint32_t value)
{
    for (size_t i = 0; i < ARRAY_SIZE(shcsr_bits); i++) {
        unsigned exception = shcsr_bits[i].exception;

        /* NMI and HardFault are ended in this way alone (R_VHWB). */
        if (!has_shcsr_bit(a, i) || ((exception == EXCEPTION_NMI ||
                                      exception == EXCEPTION_HARD_FAULT) &&
                                     (value >> shcsr_bits[i].bit & 1) != 0)) {
            continue;
        }
        uint32_t *word = shcsr_word(a, i);

        *word &= ~BIT(exception);
        *word |= (value >> shcsr_bits[i].bit & 1) << exception;
    }
    mprofile_nvic_changed(a->m);
    mprofile_update_contexts(a->m);
}

/* ---- Fault status -------------------------------------------------------- */

enum { BFSR_MASK = 0xff00 };

/* BFSR is one for both states. */
static uint32_t read_cfsr(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    uint32_t value = state->cfsr[a->bank] & ~(uint32_t)BFSR_MASK;

    return owns(a, EXCEPTION_BUS_FAULT)
               ? value | (state->cfsr[NON_SECURE] & BFSR_MASK)
               : value;
}

static void write_cfsr(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;

    if (owns(a, EXCEPTION_BUS_FAULT)) {
        state->cfsr[NON_SECURE] &= ~(value & BFSR_MASK);
    }
    state->cfsr[a->bank] &= ~(value & ~(uint32_t)BFSR_MASK);
}

static uint32_t read_hfsr(const struct scs_access *a)
{
    return owns(a, EXCEPTION_HARD_FAULT) ? a->m->state.hfsr : 0;
}

static void write_hfsr(const struct scs_access *a, uint32_t value)
{
    a->m->state.hfsr &= ~value;
}

static uint32_t read_dfsr(const struct scs_access *a)
{
    return a->m->state.dfsr;
}

static void write_dfsr(const struct scs_access *a, uint32_t value)
{
    a->m->state.dfsr &= ~value;
}

static uint32_t read_bfar(const struct scs_access *a)
{
    return owns(a, EXCEPTION_BUS_FAULT) ? a->m->state.bfar : 0;
}

static void write_bfar(const struct scs_access *a, uint32_t value)
{
    if (owns(a, EXCEPTION_BUS_FAULT)) {
        a->m->state.bfar = value;
    }
}

static uint32_t read_sfsr(const struct scs_access *a)
{
    return a->m->state.sfsr;
}

static void write_sfsr(const struct scs_access *a, uint32_t value)
{
    a->m->state.sfsr &= ~value;
}

/* ---- Identification ------------------------------------------------------ */

/* ID_PFR0 to ID_ISAR5, CLIDR, CTR: as the technical reference manuals of the
 * cores have them. */
static uint32_t read_id(const struct scs_access *a)
{
    enum { WORDS = 16 };
    static const uint32_t v7[WORDS] = {
        0x30, 0x200,      0x00100000, 0,          0x30,       0,          0,
        0,    0x01141110, 0x02111000, 0x21112231, 0x01111110, 0x01310102,
    };
    static const uint32_t v7e[WORDS] = {
        0x30,       0x200,      0x00100000, 0,          0x00100030,
        0,          0x01000000, 0,          0x01101110, 0x02112000,
        0x20232231, 0x01111131, 0x01310132,
    };
    static const uint32_t v8[WORDS] = {
        0x30,       0x210, 0x00200000, 0,          0x00101f40, 0,
        0x01000000, 0,     0x01101110, 0x02212000, 0x20232232, 0x01111131,
        0x01310132, 0,     0,          0x8000c000,
    };
    const struct mprofile *m = a->m;
    uint32_t value = mprofile_has(m, MPROFILE_V8M)   ? v8[a->index]
                     : mprofile_has(m, MPROFILE_DSP) ? v7e[a->index]
                                                     : v7[a->index];

    if (a->index == 1 && !mprofile_has(m, MPROFILE_SECURITY)) {
        value &= ~0xf0u;
    }
    return value;
}

static uint32_t read_mvfr(const struct scs_access *a)
{
    const struct mprofile *m = a->m;
    bool dp = mprofile_has(m, MPROFILE_FP_DP);

    switch (a->index) {
    case 0:
        return dp ? 0x10110221 : 0x10110021;
    case 1:
        return dp ? 0x12000011 : 0x11000011;
    default:
        return mprofile_has(m, MPROFILE_FPV5) ? 0x40 : 0;
    }
}

/* ---- Memory protection and attribution ----------------------------------- */

static unsigned mpu_regions(const struct mprofile *m)
{
    return m->vcpu.core.config.mprofile.no_mpu ? 0 : m->model->mpu_regions;
}

static uint32_t read_mpu_type(const struct scs_access *a)
{
    return mpu_regions(a->m) << 8;
}

static uint32_t read_mpu_ctrl(const struct scs_access *a)
{
    return a->m->state.mpu_ctrl[a->bank];
}

static void protection_changed(struct mprofile *m)
{
    vcpu_flush_tlb(&m->vcpu);
    mprofile_update_contexts(m);
    m->vcpu.attention = true;
}

static void write_mpu_ctrl(const struct scs_access *a, uint32_t value)
{
    if (mpu_regions(a->m) != 0) {
        a->m->state.mpu_ctrl[a->bank] = value & 7;
        protection_changed(a->m);
    }
}

static uint32_t read_mpu_rnr(const struct scs_access *a)
{
    return a->m->state.mpu_rnr[a->bank];
}

static void write_mpu_rnr(const struct scs_access *a, uint32_t value)
{
    if ((value & 0xff) < mpu_regions(a->m)) {
        a->m->state.mpu_rnr[a->bank] = value & 0xff;
    }
}

/* RBAR and RASR, or RLAR, and their aliases: of v8 those of the regions beside
 * RNR's, of v7 the same again. */
static unsigned region_of(const struct scs_access *a)
{
    unsigned rnr = a->m->state.mpu_rnr[a->bank];

    return mprofile_has(a->m, MPROFILE_V8M) && a->index / 2 != 0
               ? (rnr & ~3u) + a->index / 2
               : rnr;
}

static uint32_t read_mpu_region(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    unsigned region = region_of(a);

    if (region >= mpu_regions(a->m)) {
        return 0;
    }
    if (a->index % 2 != 0) {
        return state->mpu_rasr[a->bank][region];
    }
    return mprofile_has(a->m, MPROFILE_V8M)
               ? state->mpu_rbar[a->bank][region]
               : state->mpu_rbar[a->bank][region] | region;
}

static void write_mpu_region(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    unsigned region = region_of(a);
    bool v8 = mprofile_has(a->m, MPROFILE_V8M);

    /* VALID: the region is in the value. */
    if (!v8 && a->index % 2 == 0 && (value & 0x10) != 0) {
        region = value & 15;
        if (region < mpu_regions(a->m)) {
            state->mpu_rnr[a->bank] = region;
        }
    }
    if (region >= mpu_regions(a->m)) {
        return;
    }
    if (a->index % 2 != 0) {
        state->mpu_rasr[a->bank][region] = v8 ? value : value & 0x173fff3f;
    } else {
        state->mpu_rbar[a->bank][region] = v8 ? value : value & ~31u;
    }
    protection_changed(a->m);
}

static uint32_t read_mair(const struct scs_access *a)
{
    return a->m->state.mpu_mair[a->bank][a->index];
}

static void write_mair(const struct scs_access *a, uint32_t value)
{
    a->m->state.mpu_mair[a->bank][a->index] = value;
}

static uint32_t read_sau_ctrl(const struct scs_access *a)
{
    return a->m->state.sau_ctrl;
}

static void write_sau_ctrl(const struct scs_access *a, uint32_t value)
{
    a->m->state.sau_ctrl = value & 3;
    protection_changed(a->m);
}

static uint32_t read_sau_type(const struct scs_access *a)
{
    return a->m->model->sau_regions;
}

static uint32_t read_sau_rnr(const struct scs_access *a)
{
    return a->m->state.sau_rnr;
}

static void write_sau_rnr(const struct scs_access *a, uint32_t value)
{
    if ((value & 0xff) < a->m->model->sau_regions) {
        a->m->state.sau_rnr = value & 0xff;
    }
}

static uint32_t read_sau_region(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;

    return a->index == 0 ? state->sau_rbar[state->sau_rnr]
                         : state->sau_rlar[state->sau_rnr];
}

static void write_sau_region(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;

    if (a->index == 0) {
        state->sau_rbar[state->sau_rnr] = value & ~31u;
    } else {
        state->sau_rlar[state->sau_rnr] = value & ~0x1cu;
    }
    protection_changed(a->m);
}

/* ---- FP ------------------------------------------------------------------ */

static uint32_t read_cpacr(const struct scs_access *a)
{
    return a->m->state.cpacr[a->bank];
}

static void write_cpacr(const struct scs_access *a, uint32_t value)
{
    if (mprofile_has(a->m, MPROFILE_FP)) {
        a->m->state.cpacr[a->bank] = value & 0x00f00000;
        vcpu_flush_tlb(&a->m->vcpu);
        a->m->vcpu.attention = true;
    }
}

static uint32_t read_nsacr(const struct scs_access *a)
{
    return a->m->state.nsacr;
}

static void write_nsacr(const struct scs_access *a, uint32_t value)
{
    if (a->bank == SECURE && mprofile_has(a->m, MPROFILE_FP)) {
        a->m->state.nsacr = value & 0xc00;
        a->m->vcpu.attention = true;
    }
}

/* Bits that both states share are kept with the Secure ones. */
enum {
    FPCCR_SHARED = (int)0xf8000100,
    FPCCR_SECURE_ONLY = 0x2c000080,
    FPCCR_WRITABLE = (int)0xfc00077f,
};

static unsigned shared_bank(const struct mprofile *m)
{
    return mprofile_has(m, MPROFILE_SECURITY) ? SECURE : NON_SECURE;
}

static uint32_t read_fpccr(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    uint32_t shared = state->fpccr[shared_bank(a->m)];
    uint32_t value = (state->fpccr[a->bank] & ~(uint32_t)FPCCR_SHARED) |
                     (shared & (uint32_t)FPCCR_SHARED);

    return a->bank == shared_bank(a->m) ? value
                                        : value & ~(uint32_t)FPCCR_SECURE_ONLY;
}

static void write_fpccr(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    unsigned shared = shared_bank(a->m);
    uint32_t mask = mprofile_has(a->m, MPROFILE_V8M) ? (uint32_t)FPCCR_WRITABLE
                                                     : 0xc000017b;
    uint32_t mine = mask;

    if (a->bank != shared) {
        mine &= ~(uint32_t)(FPCCR_SHARED | FPCCR_SECURE_ONLY);
        uint32_t both = mask & (uint32_t)FPCCR_SHARED;

        /* LSPENS keeps LSPEN for the Secure state; CLRONRETS CLRONRET. */
        both &= (state->fpccr[SECURE] >> 29 & 1) != 0 ? ~(1u << 30) : ~0u;
        both &= (state->fpccr[SECURE] >> 27 & 1) != 0 ? ~(1u << 28) : ~0u;
        both &= ~(uint32_t)FPCCR_SECURE_ONLY;
        state->fpccr[SECURE] = (state->fpccr[SECURE] & ~both) | (value & both);
    }
    state->fpccr[a->bank] = (state->fpccr[a->bank] & ~mine) | (value & mine);
}

static uint32_t read_fpcar(const struct scs_access *a)
{
    return a->m->state.fpcar[a->bank];
}

static void write_fpcar(const struct scs_access *a, uint32_t value)
{
    a->m->state.fpcar[a->bank] = value & ~7u;
}

static uint32_t read_fpdscr(const struct scs_access *a)
{
    return a->m->state.fpdscr[a->bank];
}

static void write_fpdscr(const struct scs_access *a, uint32_t value)
{
    a->m->state.fpdscr[a->bank] = value & 0x07c00000;
}

/* ---- SysTick ------------------------------------------------------------- */

static uint32_t read_syst_csr(const struct scs_access *a)
{
    return mprofile_systick_csr(a->m, a->bank, a->debug);
}

static void write_syst_csr(const struct scs_access *a, uint32_t value)
{
    mprofile_systick_write_csr(a->m, a->bank, value);
}

static uint32_t read_syst_rvr(const struct scs_access *a)
{
    return a->m->state.systick_rvr[a->bank];
}

static void write_syst_rvr(const struct scs_access *a, uint32_t value)
{
    mprofile_systick_write_rvr(a->m, a->bank, value);
}

static uint32_t read_syst_cvr(const struct scs_access *a)
{
    return mprofile_systick_cvr(a->m, a->bank);
}

static void write_syst_cvr(const struct scs_access *a, uint32_t value)
{
    (void)value;
    mprofile_systick_write_cvr(a->m, a->bank);
}

static uint32_t read_syst_calib(const struct scs_access *a)
{
    return mprofile_systick_calib(a->m);
}

/* ---- Debug and trace ----------------------------------------------------- */

static void ignore(const struct scs_access *a, uint32_t value)
{
    (void)a;
    (void)value;
}

static uint32_t read_stimulus(const struct scs_access *a)
{
    (void)a;
    return 1; /* there is always room */
}

/* Nothing listens to the trace. */
static void write_stimulus(const struct scs_access *a, uint32_t value)
{
    (void)a;
    (void)value;
}

static uint32_t read_dwt_ctrl(const struct scs_access *a)
{
    return a->m->state.dwt_ctrl | (mprofile_has(a->m, MPROFILE_V7M) ? 4u : 2u)
                                      << 28;
}

static uint32_t read_cyccnt(const struct scs_access *a)
{
    const struct mprofile *m = a->m;
    uint64_t retired = (m->state.dwt_ctrl & 1) != 0 ? m->vcpu.core.retired : 0;

    return (uint32_t)(retired + m->state.cycle_base);
}

/* A cycle is an instruction here. It counts while it is enabled. */
static void write_cyccnt(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    uint64_t retired = (m->state.dwt_ctrl & 1) != 0 ? m->vcpu.core.retired : 0;

    m->state.cycle_base = value - retired;
}

static void write_dwt_ctrl(const struct scs_access *a, uint32_t value)
{
    uint32_t cycles = read_cyccnt(a);

    a->m->state.dwt_ctrl = value & 0x007f1fff;
    write_cyccnt(a, cycles);
}

/* COMP, MASK and FUNCTION of each comparator, and a word that is free. */
static uint32_t *comparator(const struct scs_access *a)
{
    struct mprofile_state *state = &a->m->state;
    unsigned i = a->index / 4;

    switch (a->index % 4) {
    case 0:
        return &state->dwt_comp[i];
    case 1:
        return &state->dwt_mask[i];
    case 2:
        return &state->dwt_function[i];
    default:
        return NULL;
    }
}

static uint32_t read_comparator(const struct scs_access *a)
{
    const uint32_t *word = comparator(a);

    return word == NULL ? 0 : *word;
}

static void write_comparator(const struct scs_access *a, uint32_t value)
{
    uint32_t *word = comparator(a);

    if (word == NULL) {
        return;
    }
    *word = value;
    if (a->index % 4 == 2 && value != 0) {
        scs_unmodelled(a, "a watchpoint by DWT");
    }
}

static uint32_t read_fp_ctrl(const struct scs_access *a)
{
    return a->m->state.fp_ctrl | FPB_COMPARATORS << 4;
}

static void write_fp_ctrl(const struct scs_access *a, uint32_t value)
{
    if ((value & 2) != 0) { /* KEY */
        a->m->state.fp_ctrl = value & 1;
    }
}

static uint32_t read_fp_comp(const struct scs_access *a)
{
    return a->m->state.fp_comp[a->index];
}

static void write_fp_comp(const struct scs_access *a, uint32_t value)
{
    a->m->state.fp_comp[a->index] = value;
    if ((value & 1) != 0) {
        scs_unmodelled(a, "a breakpoint by FPB");
    }
}

static uint32_t read_demcr(const struct scs_access *a)
{
    return a->m->state.demcr;
}

static void write_demcr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    struct mprofile_state *state = &m->state;
    unsigned bank;

    state->demcr = value & 0x011f07f1;
    bank = mprofile_target(m, EXCEPTION_DEBUG_MONITOR);
    state->system_enabled[NON_SECURE] &= ~BIT(EXCEPTION_DEBUG_MONITOR);
    state->system_enabled[SECURE] &= ~BIT(EXCEPTION_DEBUG_MONITOR);
    state->system_enabled[bank] |= (value >> 16 & 1) << EXCEPTION_DEBUG_MONITOR;
    mprofile_set_pending(m, EXCEPTION_DEBUG_MONITOR, bank,
                         (value >> 17 & 1) != 0);
}

/* ---- The bus ------------------------------------------------------------- */

enum scs_flags {
    BYTES = 1,        /* any size */
    CLEARS = 2,       /* writes clear: bytes that are not written are 0 */
    SECURE_ONLY = 4,  /* nothing to see for the Non-secure state */
    UNPRIVILEGED = 8, /* what it takes is asked elsewhere */
};
enum { NO_MEMBER = 0xffff };

struct scs_row {
    uint32_t address;
    uint16_t count;
    const char *name;
    uint16_t needs; /* enum mprofile_feature */
    uint8_t flags;
    uint32_t (*read)(const struct scs_access *access);
    void (*write)(const struct scs_access *access, uint32_t value);
    uint16_t member; /* of the state, or NO_MEMBER */
    bool banked;
    uint32_t writable;
};

#define NO NULL
#define ROW(address, count, name, needs, flags, read, write)                   \
    {address, count, name, needs, flags, read, write, NO_MEMBER, false, 0},
#define PLAIN(address, name, needs, flags, member, writable)                   \
    {address, 1,       name, needs,                                            \
     flags,   NULL,    NULL, offsetof(struct mprofile_state, member),          \
     false,   writable},
#define BANK(address, name, needs, flags, member, writable)                    \
    {address, 1,       name, needs,                                            \
     flags,   NULL,    NULL, offsetof(struct mprofile_state, member),          \
     true,    writable},
static const struct scs_row rows[] = {
#include "engine/mprofile/scs.def"
};
#undef NO
#undef ROW
#undef PLAIN
#undef BANK

void scs_unmodelled(const struct scs_access *a, const char *what)
{
    const struct core *core = &a->m->vcpu.core;

    log_write(&core->config.fabric->log, LOG_UNMODELLED, core->name,
              core->retired, "%s", what);
}

static const struct scs_row *find(const struct mprofile *m, uint32_t address)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct scs_row *row = &rows[i];

        if (address >= row->address &&
            address - row->address < row->count * 4u) {
            return mprofile_has(m, row->needs) ? row : NULL;
        }
    }
    return NULL;
}

static uint32_t *word_of(const struct scs_row *row, const struct scs_access *a)
{
    uint32_t *word = (uint32_t *)((uint8_t *)&a->m->state + row->member);

    return row->banked ? word + a->bank : word;
}

static uint32_t read_row(const struct scs_row *row, const struct scs_access *a)
{
    if (row->member != NO_MEMBER) {
        return *word_of(row, a);
    }
    return row->read == NULL ? 0 : row->read(a);
}

static void write_row(const struct scs_row *row, const struct scs_access *a,
                      uint32_t value)
{
    if (row->member != NO_MEMBER) {
        uint32_t *word = word_of(row, a);

        *word = (*word & ~row->writable) | (value & row->writable);
    } else if (row->write != NULL) {
        row->write(a, value);
    }
}

/* Which register an access is to, and as whom. NULL: none, and 0 or an error in
 * *status. */
static const struct scs_row *resolve(struct mprofile *m,
                                     const struct access *access,
                                     uint32_t address, unsigned size,
                                     struct scs_access *a, int *status)
{
    const struct core *core = &m->vcpu.core;
    bool security = mprofile_has(m, MPROFILE_SECURITY);
    uint32_t place = address;

    *status = 0;
    *a = (struct scs_access){
        .m = m,
        .bank = security && access->secure ? SECURE : NON_SECURE,
        .debug = access->debug,
    };
    if (security && place >= (uint32_t)ALIAS_FIRST &&
        place <= (uint32_t)ALIAS_LAST) {
        if (!access->secure) {
            return NULL; /* reads as 0 to the Non-secure state itself */
        }
        place -= ALIAS_OFFSET;
        a->bank = NON_SECURE;
    }
    const struct scs_row *row = find(m, place);

    if (!access->privileged && !access->debug &&
        (row == NULL || (row->flags & UNPRIVILEGED) == 0 ||
         (row->write == write_stir &&
          (m->state.ccr[a->bank] & CCR_USERSETMPEND) == 0))) {
        *status = -EFAULT; /* B6.2: BusFault */
        return NULL;
    }
    if (row == NULL) {
        log_write(&core->config.fabric->log, LOG_UNMODELLED, core->name,
                  address, "no register at 0x%08x of the private peripherals",
                  address);
        return NULL;
    }
    if ((row->flags & SECURE_ONLY) != 0 && a->bank == NON_SECURE) {
        return NULL;
    }
    if (size != 4 && (row->flags & BYTES) == 0) {
        log_write(&core->config.fabric->log, LOG_GUEST, core->name, address,
                  "%s is accessed by %u bytes: words alone", row->name, size);
    }
    a->index = (place - row->address) / 4;
    return row;
}

static int read_ppb(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    struct mprofile *m = *(struct mprofile **)device->wiring;
    uint32_t address = (uint32_t)PPB_BASE + (uint32_t)offset;
    struct scs_access a;
    int status;

    (void)bank;
    const struct scs_row *row = resolve(m, access, address, size, &a, &status);
    *value = 0;
    if (row != NULL) {
        uint32_t word = read_row(row, &a);

        *value = word >> (address & 3) * 8 &
                 (size == 4 ? UINT32_MAX : BIT(size * 8) - 1);
    }
    return status;
}

static int write_ppb(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    struct mprofile *m = *(struct mprofile **)device->wiring;
    uint32_t address = (uint32_t)PPB_BASE + (uint32_t)offset;
    struct scs_access a;
    int status;

    (void)bank;
    const struct scs_row *row = resolve(m, access, address, size, &a, &status);
    if (row == NULL) {
        return status;
    }
    uint32_t word = (uint32_t)value;
    if (size != 4) {
        unsigned shift = (address & 3) * 8;
        uint32_t mask = (BIT(size * 8) - 1) << shift;
        uint32_t rest = (row->flags & CLEARS) != 0 ? 0 : read_row(row, &a);

        word = (rest & ~mask) | (word << shift & mask);
    }
    write_row(row, &a, word);
    return 0;
}

static const struct register_bank banks[] = {
    {.name = "ppb", .size_bytes = PPB_SIZE, .sizes = 1 | 2 | 4},
};

static const struct device_type ppb_type = {
    .compatible = "arm,mprofile-ppb",
    .title = "Private peripheral bus of an M-profile core",
    .reference = "DDI 0553 B6, D1.2",
    .wiring_size = sizeof(struct mprofile *),
    DEVICE_TABLE(bank, banks),
    .read = read_ppb,
    .write = write_ppb,
};

int mprofile_scs_create(struct mprofile *m, struct error *error)
{
    struct core *core = &m->vcpu.core;

    m->scs =
        device_create(core->config.fabric, &ppb_type, core->name, NULL, NULL);
    *(struct mprofile **)m->scs->wiring = m;
    m->ppb = space_create(core->config.fabric, core->name);
    m->ppb->attributes.master = core->config.space->attributes.master;
    space_add_window(m->ppb, &(struct window){
                                 .name = "ppb",
                                 .base = gpa((uint32_t)PPB_BASE),
                                 .size_bytes = PPB_SIZE,
                                 .rights = WINDOW_R | WINDOW_W,
                                 .enabled = true,
                                 .device = m->scs,
                             });
    return device_init(m->scs, error);
}

void mprofile_scs_destroy(struct mprofile *m)
{
    space_destroy(m->ppb);
    device_destroy(m->scs);
}
