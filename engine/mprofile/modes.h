/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes, stack pointers, contexts of accesses, and the program status register
 * (DDI 0553 B3.5, B3.7, B3.10). Functions of a header, as exceptions come and
 * go by all of them.
 */
#ifndef ENGINE_MPROFILE_MODES_H
#define ENGINE_MPROFILE_MODES_H

#include "engine/mprofile/mprofile.h"

static inline bool mprofile_is_privileged(const struct mprofile *m)
{
    return mprofile_is_handler(m) ||
           (m->state.control[m->state.secure] & CONTROL_NPRIV) == 0;
}

/* ---- Stack pointers ------------------------------------------------------ */

/* The stack pointer of a mode of a security state, where it is kept while
 * it is not in use. */
static inline uint32_t *mprofile_sp_home(struct mprofile *m, unsigned bank,
                                         bool handler)
{
    return !handler && (m->state.control[bank] & CONTROL_SPSEL) != 0
               ? &m->state.psp[bank]
               : &m->state.msp[bank];
}

/* The same of its limit. */
static inline uint32_t mprofile_limit(const struct mprofile *m, unsigned bank,
                                      bool handler)
{
    return !handler && (m->state.control[bank] & CONTROL_SPSEL) != 0
               ? m->state.psplim[bank]
               : m->state.msplim[bank];
}

/* Before and after what picks the stack pointer changes. */
static inline void mprofile_put_sp(struct mprofile *m)
{
    *mprofile_sp_home(m, m->state.secure, mprofile_is_handler(m)) =
        (uint32_t)m->state.x[MPROFILE_SP];
}

static inline void mprofile_get_sp(struct mprofile *m)
{
    const unsigned bank = m->state.secure;
    const bool handler = mprofile_is_handler(m);

    m->state.x[MPROFILE_SP] = *mprofile_sp_home(m, bank, handler) & ~3u;
    m->state.x[T32_SP_LIMIT] = mprofile_limit(m, bank, handler);
}

/* The limit of the stack pointer in use; 0: none. DDI 0553 B3.7: with
 * STKOFHFNMIGN none holds at negative priority. */
static inline uint32_t mprofile_stack_limit(struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;

    if (!mprofile_has_stack_limits(m) ||
        ((state->ccr[state->secure] & CCR_STKOFHFNMIGN) != 0 &&
         mprofile_execution_priority(m) < 0)) {
        return 0;
    }
    return mprofile_limit(m, state->secure, mprofile_is_handler(m));
}

/* ---- Contexts ------------------------------------------------------------ */

/* DDI 0553 B3.21: negative priorities have the default map, unless HFNMIENA. */
static inline bool mprofile_mpu_spares_faults(const struct mprofile *m,
                                              bool secure)
{
    const uint32_t ctrl = m->state.mpu_ctrl[secure ? SECURE : NON_SECURE];

    return (ctrl & (MPU_ENABLE | MPU_HFNMIENA)) == MPU_ENABLE;
}

static inline unsigned mprofile_context_at(const struct mprofile *m,
                                           bool secure, bool privileged,
                                           bool negative)
{
    return (secure ? (unsigned)CONTEXT_SECURE : 0) |
           (privileged ? (unsigned)CONTEXT_PRIVILEGED : 0) |
           (negative && mprofile_mpu_spares_faults(m, secure)
                ? (unsigned)CONTEXT_NO_MPU
                : 0);
}

static inline unsigned mprofile_context(struct mprofile *m, bool secure,
                                        bool privileged)
{
    return mprofile_context_at(m, secure, privileged,
                               mprofile_mpu_spares_faults(m, secure) &&
                                   mprofile_execution_priority(m) < 0);
}

/* After mode, security state, privilege or protection changed. */
static inline void mprofile_update_contexts(struct mprofile *m)
{
    const unsigned context = mprofile_context(m, m->state.secure == SECURE,
                                              mprofile_is_privileged(m));

    m->vcpu.data_context = context;
    m->vcpu.fetch_context = context;
    m->vcpu.data_level = context;
    m->fp_ready = false;
}

/* ---- The program status register ----------------------------------------- */

enum { MPROFILE_GE_SHIFT = 16, MPROFILE_EPSR_T = 1 << 24 };

static inline uint32_t mprofile_apsr(const struct mprofile *m)
{
    const uint64_t *x = m->state.x;

    return (uint32_t)(x[IR_NZCV] << 28 | x[T32_Q] << 27 |
                      x[T32_GE] << MPROFILE_GE_SHIFT);
}

static inline uint32_t mprofile_xpsr(const struct mprofile *m)
{
    const uint32_t it = (uint32_t)m->state.x[T32_IT];
    const uint32_t sfpa = m->state.secure == SECURE &&
                                  (m->state.control[SECURE] & CONTROL_SFPA) != 0
                              ? BIT(20)
                              : 0;

    return mprofile_apsr(m) |
           (m->state.not_thumb != 0 ? 0 : (uint32_t)MPROFILE_EPSR_T) |
           (it & 3) << 25 | (it & 0xfc) << 8 | m->state.exception | sfpa;
}

static inline void mprofile_set_apsr(struct mprofile *m, uint32_t value)
{
    m->state.x[IR_NZCV] = value >> 28;
    m->state.x[T32_Q] = value >> 27 & 1;
    if (mprofile_has(m, T32_V7EM)) {
        m->state.x[T32_GE] = value >> MPROFILE_GE_SHIFT & 15;
    }
}

/* ITSTATE of the instruction after this one: helpers that end a block and
 * retire the instruction call it. */
static inline void mprofile_advance_it(struct mprofile *m)
{
    const uint64_t it = m->state.x[T32_IT];

    m->state.x[T32_IT] = (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
}

/* The instruction at hand is done, and what it changed may matter at once. */
static inline enum vcpu_outcome mprofile_finish(struct mprofile *m)
{
    mprofile_advance_it(m);
    m->vcpu.attention = true;
    return VCPU_NEXT;
}

#endif
