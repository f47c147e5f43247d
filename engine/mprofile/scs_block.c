/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the system control block. */
#include "engine/mprofile/modes.h"
#include "engine/mprofile/scs.h"

/* ---- System control block ------------------------------------------------ */

uint32_t scs_read_cpuid(const struct scs_access *a)
{
    return a->m->model->cpuid;
}

uint32_t scs_read_ictr(const struct scs_access *a)
{
    return (scs_interrupts(a->m) - 1) / 32;
}

/* Cortex-M0 has none, and what others have differs. */
void scs_write_actlr(const struct scs_access *a, uint32_t value)
{
    if (value != 0 && mprofile_has(a->m, T32_V7M)) {
        scs_omits(a, MPROFILE_OMITS_ACTLR);
    }
}

/* Exceptions that are not of one security state are the target's alone. */
bool scs_owns(const struct scs_access *a, unsigned exception)
{
    return a->bank == SECURE || !mprofile_has(a->m, MPROFILE_SECURITY) ||
           mprofile_is_banked(a->m, exception) ||
           mprofile_target(a->m, exception) == NON_SECURE;
}

static bool has_one_active(const struct mprofile_state *state)
{
    /* By number (DDI 0553, ExceptionActiveBitCount()). */
    int count = __builtin_popcount(state->system_active[NON_SECURE] |
                                   state->system_active[SECURE]);

    for (unsigned i = 0; i < ARRAY_SIZE(state->irq_active); i++) {
        count += __builtin_popcount(state->irq_active[i]);
    }
    return count <= 1;
}

uint32_t scs_read_icsr(const struct scs_access *a)
{
    struct mprofile *m = a->m;
    const struct mprofile_state *state = &m->state;
    uint32_t pending = state->system_pending[a->bank];
    uint32_t value = state->exception;

    value |= mprofile_pending_vector(m) << 12;
    if (mprofile_has(m, T32_V7M)) { /* RETTOBASE: not in Armv6-M */
        value |= has_one_active(state) ? 1u << 11 : 0;
    }
    /* ISRPENDING is one bit for both states. */
    for (unsigned i = 0; i < ARRAY_SIZE(state->irq_pending); i++) {
        value |= state->irq_pending[i] != 0 ? 1u << 22 : 0;
    }
    value |= (pending >> EXCEPTION_SYSTICK & 1) << 26;
    value |= (pending >> EXCEPTION_PENDSV & 1) << 28;
    if (scs_owns(a, EXCEPTION_NMI)) {
        unsigned bank = mprofile_target(m, EXCEPTION_NMI);

        value |= (state->system_pending[bank] >> EXCEPTION_NMI & 1) << 31;
    }
    return value;
}

void scs_write_icsr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;

    if ((value >> 31) != 0 && scs_owns(a, EXCEPTION_NMI)) {
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

uint32_t scs_read_vtor(const struct scs_access *a)
{
    return a->m->state.vtor[a->bank];
}

/* Cortex-M0 has none. */
void scs_write_vtor(const struct scs_access *a, uint32_t value)
{
    if (mprofile_has(a->m, T32_V7M) || a->m->mpu_regions != 0) {
        a->m->state.vtor[a->bank] = value & ~0x7fu;
    }
}

uint32_t scs_read_aircr(const struct scs_access *a)
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

/* BusFault and NMI are one each, whichever state they are for: what is kept of
 * them goes along. */
static void move_faults(struct mprofile_state *state, unsigned from,
                        unsigned to)
{
    const uint32_t faults = BIT(EXCEPTION_BUS_FAULT) | BIT(EXCEPTION_NMI);
    uint32_t *const words[] = {state->system_enabled, state->system_pending,
                               state->system_active};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        words[i][to] &= ~faults;
        words[i][to] |= words[i][from] & faults;
        words[i][from] &= ~faults;
    }
}

void scs_write_aircr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    struct mprofile_state *state = &m->state;

    if (value >> 16 != 0x05fa) {
        return;
    }
    if (mprofile_has(m, T32_V7M)) {
        state->prigroup[a->bank] = value >> 8 & 7;
    }
    if (mprofile_has(m, MPROFILE_SECURITY) && a->bank == SECURE) {
        const unsigned target = mprofile_target(m, EXCEPTION_BUS_FAULT);

        state->aircr =
            value & (AIRCR_PRIS | AIRCR_BFHFNMINS | AIRCR_SYSRESETREQS);
        if (mprofile_target(m, EXCEPTION_BUS_FAULT) != target) {
            move_faults(state, target, target == SECURE ? NON_SECURE : SECURE);
        }
    }
    mprofile_nvic_changed(m);
    if ((value & AIRCR_SYSRESETREQ) != 0 &&
        (a->bank == SECURE || (state->aircr & AIRCR_SYSRESETREQS) == 0)) {
        request_reset(m);
    }
}

/* The bits that the two security states share, as a Non-secure access sees them
 * (DDI 0553, SCR): SLEEPDEEPS is none of its, and SLEEPDEEP while that is
 * clear. */
static uint32_t shared_scr(const struct scs_access *a)
{
    uint32_t scr = a->m->state.scr[SECURE];

    return a->bank == SECURE             ? SCR_SLEEPDEEP | SCR_SLEEPDEEPS
           : (scr & SCR_SLEEPDEEPS) == 0 ? SCR_SLEEPDEEP
                                         : 0;
}

uint32_t scs_read_scr(const struct scs_access *a)
{
    const uint32_t *scr = a->m->state.scr;

    return mprofile_has(a->m, MPROFILE_SECURITY)
               ? scr[a->bank] | (scr[SECURE] & shared_scr(a))
               : scr[NON_SECURE];
}

void scs_write_scr(const struct scs_access *a, uint32_t value)
{
    const uint32_t own = SCR_SLEEPONEXIT | SCR_SEVONPEND;
    uint32_t *scr = a->m->state.scr;

    if (!mprofile_has(a->m, MPROFILE_SECURITY)) {
        scr[NON_SECURE] = value & (own | SCR_SLEEPDEEP);
        return;
    }
    uint32_t shared = shared_scr(a);
    scr[a->bank] = (scr[a->bank] & ~own) | (value & own);
    scr[SECURE] = (scr[SECURE] & ~shared) | (value & shared);
}

uint32_t scs_read_ccr(const struct scs_access *a)
{
    uint32_t value = a->m->state.ccr[a->bank];

    if (!mprofile_has(a->m, T32_V7M)) {
        return CCR_STKALIGN | CCR_UNALIGN_TRP;
    }
    return value | (a->m->state.ccr[NON_SECURE] & CCR_BFHFNMIGN);
}

void scs_write_ccr(const struct scs_access *a, uint32_t value)
{
    struct mprofile *m = a->m;
    uint32_t mask =
        CCR_USERSETMPEND | CCR_UNALIGN_TRP | CCR_DIV_0_TRP | CCR_BFHFNMIGN;
    uint32_t fixed = 0;

    if (!mprofile_has(m, T32_V7M)) {
        return;
    }
    if (mprofile_has(m, T32_V8M_BASE)) {
        mask |= CCR_STKOFHFNMIGN;
        fixed = CCR_STKALIGN | CCR_NONBASETHRDENA;
    } else {
        mask |= CCR_STKALIGN | CCR_NONBASETHRDENA;
    }
    /* BFHFNMIGN is one bit for both (R_DSGK: RAZ/WI in the Non-secure view
     * unless BusFault is its own). */
    if (scs_owns(a, EXCEPTION_BUS_FAULT)) {
        m->state.ccr[NON_SECURE] &= ~(uint32_t)CCR_BFHFNMIGN;
        m->state.ccr[NON_SECURE] |= value & CCR_BFHFNMIGN;
    }
    m->state.ccr[a->bank] = (value & mask & ~(uint32_t)CCR_BFHFNMIGN) | fixed |
                            (m->state.ccr[a->bank] & CCR_BFHFNMIGN);
    vcpu_flush_tlb(&m->vcpu); /* UNALIGN_TRP is in its leaves */
    m->vcpu.attention = true;
}

uint32_t scs_read_shpr(const struct scs_access *a)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned exception = 4 + a->index * 4 + i;
        unsigned bank = mprofile_is_banked(a->m, exception)
                            ? a->bank
                            : mprofile_target(a->m, exception);

        if (scs_owns(a, exception)) {
            value |= (uint32_t)a->m->state.system_priority[bank][exception]
                     << i * 8;
        }
    }
    return value;
}

void scs_write_shpr(const struct scs_access *a, uint32_t value)
{
    /* MemManage to SecureFault, SVCall, DebugMonitor, PendSV, SysTick. */
    const uint32_t present = mprofile_has(a->m, T32_V7M) ? 0xd8f0 : 0xc800;

    for (unsigned i = 0; i < 4; i++) {
        unsigned exception = 4 + a->index * 4 + i;

        if ((present >> exception & 1) == 0 || !scs_owns(a, exception) ||
            (exception == EXCEPTION_SECURE_FAULT &&
             (!mprofile_has(a->m, MPROFILE_SECURITY) || a->bank != SECURE))) {
            continue;
        }
        /* One that is not banked has a priority by its number alone. */
        for (unsigned bank = 0; bank < BANKS; bank++) {
            if (!mprofile_is_banked(a->m, exception) || bank == a->bank) {
                a->m->state.system_priority[bank][exception] =
                    (uint8_t)(value >> i * 8) & scs_priority_mask(a->m);
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

    if (!mprofile_has(m, T32_V7M)) {
        return shcsr_bits[i].bit == 15;
    }
    if (exception == EXCEPTION_HARD_FAULT || exception == EXCEPTION_NMI) {
        return mprofile_has(m, T32_V8M_BASE) && scs_owns(a, exception);
    }
    if (exception == EXCEPTION_SECURE_FAULT) {
        return mprofile_has(m, MPROFILE_SECURITY) && a->bank == SECURE;
    }
    return scs_owns(a, exception);
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

uint32_t scs_read_shcsr(const struct scs_access *a)
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

/* True if a write of 0 ends the activity of NMI or HardFault: by Secure code in
 * the Non-secure view alone, of what is Non-secure (DDI 0553, SHCSR). */
static bool ends_activity(const struct scs_access *a, unsigned exception,
                          bool value)
{
    return a->alias && !value &&
           (exception == EXCEPTION_HARD_FAULT ||
            (a->m->state.aircr & AIRCR_BFHFNMINS) != 0);
}

void scs_write_shcsr(const struct scs_access *a, uint32_t value)
{
    for (size_t i = 0; i < ARRAY_SIZE(shcsr_bits); i++) {
        unsigned exception = shcsr_bits[i].exception;
        bool bit = (value >> shcsr_bits[i].bit & 1) != 0;
        bool guarded =
            shcsr_bits[i].what == 0 &&
            (exception == EXCEPTION_NMI || exception == EXCEPTION_HARD_FAULT);

        if (!has_shcsr_bit(a, i) ||
            (guarded && !ends_activity(a, exception, bit))) {
            continue;
        }
        uint32_t *word = shcsr_word(a, i);

        *word &= ~BIT(exception);
        *word |= (uint32_t)bit << exception;
    }
    mprofile_nvic_changed(a->m);
    mprofile_update_contexts(a->m);
}

/* ---- Fault status -------------------------------------------------------- */

enum { BFSR_MASK = 0xff00 };

/* BFSR is one for both states. */
uint32_t scs_read_cfsr(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    uint32_t value = state->cfsr[a->bank] & ~(uint32_t)BFSR_MASK;

    return scs_owns(a, EXCEPTION_BUS_FAULT)
               ? value | (state->cfsr[NON_SECURE] & BFSR_MASK)
               : value;
}

void scs_write_cfsr(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;

    if (scs_owns(a, EXCEPTION_BUS_FAULT)) {
        state->cfsr[NON_SECURE] &= ~(value & BFSR_MASK);
    }
    state->cfsr[a->bank] &= ~(value & ~(uint32_t)BFSR_MASK);
}

uint32_t scs_read_hfsr(const struct scs_access *a)
{
    return scs_owns(a, EXCEPTION_HARD_FAULT) ? a->m->state.hfsr : 0;
}

void scs_write_hfsr(const struct scs_access *a, uint32_t value)
{
    a->m->state.hfsr &= ~value;
}

uint32_t scs_read_dfsr(const struct scs_access *a)
{
    return a->m->state.dfsr;
}

void scs_write_dfsr(const struct scs_access *a, uint32_t value)
{
    a->m->state.dfsr &= ~value;
}

uint32_t scs_read_bfar(const struct scs_access *a)
{
    return scs_owns(a, EXCEPTION_BUS_FAULT) ? a->m->state.bfar : 0;
}

void scs_write_bfar(const struct scs_access *a, uint32_t value)
{
    if (scs_owns(a, EXCEPTION_BUS_FAULT)) {
        a->m->state.bfar = value;
    }
}

uint32_t scs_read_sfsr(const struct scs_access *a)
{
    return a->m->state.sfsr;
}

void scs_write_sfsr(const struct scs_access *a, uint32_t value)
{
    a->m->state.sfsr &= ~value;
}

/* ---- Identification ------------------------------------------------------ */

/* ID_PFR0 to ID_ISAR5, CLIDR, CTR: as the technical reference manuals of the
 * cores have them. */
uint32_t scs_read_id(const struct scs_access *a)
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
    uint32_t value = mprofile_has(m, T32_V8M_BASE) ? v8[a->index]
                     : mprofile_has(m, T32_V7EM)   ? v7e[a->index]
                                                   : v7[a->index];

    if (a->index == 1 && !mprofile_has(m, MPROFILE_SECURITY)) {
        value &= ~0xf0u;
    }
    return value;
}

uint32_t scs_read_mvfr(const struct scs_access *a)
{
    const struct mprofile *m = a->m;
    bool dp = mprofile_has(m, T32_FP_DP);

    switch (a->index) {
    case 0:
        return dp ? 0x10110221 : 0x10110021;
    case 1:
        return dp ? 0x12000011 : 0x11000011;
    default:
        return mprofile_has(m, T32_FPV5) ? 0x40 : 0;
    }
}
