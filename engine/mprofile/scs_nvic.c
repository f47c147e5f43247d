/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the NVIC and of SysTick. */
#include "engine/mprofile/scs.h"

/* ---- Interrupts ---------------------------------------------------------- */

/* The bits of a word that the asking security state may see. */
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

uint32_t scs_read_iser(const struct scs_access *a)
{
    return a->m->state.irq_enabled[a->index] & visible(a);
}

void scs_write_iser(const struct scs_access *a, uint32_t value)
{
    a->m->state.irq_enabled[a->index] |= value & visible(a);
    mprofile_nvic_changed(a->m);
}

void scs_write_icer(const struct scs_access *a, uint32_t value)
{
    a->m->state.irq_enabled[a->index] &= ~(value & visible(a));
    mprofile_nvic_changed(a->m);
}

uint32_t scs_read_ispr(const struct scs_access *a)
{
    return a->m->state.irq_pending[a->index] & visible(a);
}

void scs_write_ispr(const struct scs_access *a, uint32_t value)
{
    for (uint32_t rest = value & visible(a); rest != 0; rest &= rest - 1) {
        mprofile_set_pending(a->m,
                             EXCEPTION_IRQ0 + a->index * 32 +
                                 (unsigned)__builtin_ctz(rest),
                             0, true);
    }
}

/* A line that is high keeps its interrupt pending, unless it is active. */
void scs_write_icpr(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    uint32_t held = state->irq_level[a->index] & ~state->irq_active[a->index];

    state->irq_pending[a->index] &= ~(value & visible(a) & ~held);
    mprofile_nvic_changed(a->m);
}

uint32_t scs_read_iabr(const struct scs_access *a)
{
    return a->m->state.irq_active[a->index] & visible(a);
}

uint32_t scs_read_itns(const struct scs_access *a)
{
    return a->m->state.irq_non_secure[a->index];
}

void scs_write_itns(const struct scs_access *a, uint32_t value)
{
    a->m->state.irq_non_secure[a->index] = value & visible(a);
    mprofile_nvic_changed(a->m);
}

uint8_t scs_priority_mask(const struct mprofile *m)
{
    return (uint8_t)(0xff << (8 - scs_priority_bits(m)));
}

static bool shows_priority(const struct scs_access *a, unsigned irq)
{
    const struct scs_access word = {
        .m = a->m, .bank = a->bank, .index = irq / 32};

    return irq < MPROFILE_IRQS && (visible(&word) >> irq % 32 & 1) != 0;
}

uint32_t scs_read_ipr(const struct scs_access *a)
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

void scs_write_ipr(const struct scs_access *a, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned irq = a->index * 4 + i;

        if (shows_priority(a, irq)) {
            a->m->state.irq_priority[irq] =
                (uint8_t)(value >> i * 8) & scs_priority_mask(a->m);
        }
    }
    mprofile_nvic_changed(a->m);
}

void scs_write_stir(const struct scs_access *a, uint32_t value)
{
    const struct scs_access word = {
        .m = a->m, .bank = a->bank, .index = (value & 0x1ff) / 32};

    if ((value & 0x1ff) < MPROFILE_IRQS) {
        scs_write_ispr(&word, BIT(value % 32));
    }
}

/* ---- SysTick ------------------------------------------------------------- */

uint32_t scs_read_syst_csr(const struct scs_access *a)
{
    return mprofile_systick_csr(a->m, a->bank, a->debug);
}

void scs_write_syst_csr(const struct scs_access *a, uint32_t value)
{
    mprofile_systick_write_csr(a->m, a->bank, value);
}

uint32_t scs_read_syst_rvr(const struct scs_access *a)
{
    return a->m->state.systick_rvr[a->bank];
}

void scs_write_syst_rvr(const struct scs_access *a, uint32_t value)
{
    mprofile_systick_write_rvr(a->m, a->bank, value);
}

uint32_t scs_read_syst_cvr(const struct scs_access *a)
{
    return mprofile_systick_cvr(a->m, a->bank);
}

void scs_write_syst_cvr(const struct scs_access *a, uint32_t value)
{
    mprofile_systick_write_cvr(a->m, a->bank);
}

uint32_t scs_read_syst_calib(const struct scs_access *a)
{
    return mprofile_systick_calib(a->m);
}
