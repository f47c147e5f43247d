/* SPDX-License-Identifier: Apache-2.0 */
/* Modes, stack pointers, contexts of accesses, and the program status register
 * (DDI 0553 B3.5, B3.7, B3.10). */
#include "engine/mprofile/mprofile.h"

bool mprofile_is_privileged(const struct mprofile *m)
{
    return mprofile_is_handler(m) ||
           (m->state.control[m->state.secure] & CONTROL_NPRIV) == 0;
}

uint32_t *mprofile_sp_home(struct mprofile *m, unsigned bank, bool handler)
{
    return !handler && (m->state.control[bank] & CONTROL_SPSEL) != 0
               ? &m->state.psp[bank]
               : &m->state.msp[bank];
}

static uint32_t *current_sp(struct mprofile *m)
{
    return mprofile_sp_home(m, m->state.secure, mprofile_is_handler(m));
}

void mprofile_put_sp(struct mprofile *m)
{
    *current_sp(m) = (uint32_t)m->state.x[MPROFILE_SP];
}

static uint32_t current_limit(const struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    unsigned bank = state->secure;
    bool process =
        !mprofile_is_handler(m) && (state->control[bank] & CONTROL_SPSEL) != 0;

    return process ? state->psplim[bank] : state->msplim[bank];
}

void mprofile_get_sp(struct mprofile *m)
{
    m->state.x[MPROFILE_SP] = *current_sp(m) & ~3u;
    m->state.x[T32_SP_LIMIT] = current_limit(m);
}

/* DDI 0553 B3.7: with STKOFHFNMIGN none holds at negative priority. */
uint32_t mprofile_stack_limit(struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;

    if (!mprofile_has_stack_limits(m) ||
        ((state->ccr[state->secure] & CCR_STKOFHFNMIGN) != 0 &&
         mprofile_execution_priority(m) < 0)) {
        return 0;
    }
    return current_limit(m);
}

void mprofile_update_contexts(struct mprofile *m)
{
    unsigned context = mprofile_context(m, m->state.secure == SECURE,
                                        mprofile_is_privileged(m));

    m->vcpu.data_context = context;
    m->vcpu.fetch_context = context;
    m->vcpu.data_level = context;
    m->fp_ready = false;
}

enum { APSR_MASK = (int)0xf8000000, GE_SHIFT = 16, EPSR_T = 1 << 24 };

uint32_t mprofile_apsr(const struct mprofile *m)
{
    const uint64_t *x = m->state.x;

    return (uint32_t)(x[IR_NZCV] << 28 | x[T32_Q] << 27 |
                      x[T32_GE] << GE_SHIFT);
}

static uint32_t epsr(const struct mprofile *m)
{
    uint32_t it = (uint32_t)m->state.x[T32_IT];

    return (m->state.not_thumb != 0 ? 0 : (uint32_t)EPSR_T) | (it & 3) << 25 |
           (it & 0xfc) << 8;
}

uint32_t mprofile_xpsr(const struct mprofile *m)
{
    uint32_t sfpa = m->state.secure == SECURE &&
                            (m->state.control[SECURE] & CONTROL_SFPA) != 0
                        ? BIT(20)
                        : 0;

    return mprofile_apsr(m) | epsr(m) | m->state.exception | sfpa;
}

void mprofile_set_apsr(struct mprofile *m, uint32_t value)
{
    m->state.x[IR_NZCV] = value >> 28;
    m->state.x[T32_Q] = value >> 27 & 1;
    if (mprofile_has(m, MPROFILE_DSP)) {
        m->state.x[T32_GE] = value >> GE_SHIFT & 15;
    }
}

void mprofile_advance_it(struct mprofile *m)
{
    uint64_t it = m->state.x[T32_IT];

    m->state.x[T32_IT] = (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
}

enum vcpu_outcome mprofile_finish(struct mprofile *m)
{
    mprofile_advance_it(m);
    m->vcpu.attention = true;
    return VCPU_NEXT;
}
