/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the MPU and the SAU, and of FP. */
#include "engine/mprofile/modes.h"
#include "engine/mprofile/scs.h"

#include "engine/memory.h"

/* ---- Memory protection and attribution ----------------------------------- */

uint32_t scs_read_mpu_type(const struct scs_access *a)
{
    return a->m->mpu_regions << 8;
}

uint32_t scs_read_mpu_ctrl(const struct scs_access *a)
{
    return a->m->state.mpu_ctrl[a->bank];
}

static void protection_changed(struct mprofile *m)
{
    vcpu_flush_tlb(&m->vcpu);
    mprofile_update_contexts(m);
    m->vcpu.attention = true;
}

void scs_write_mpu_ctrl(const struct scs_access *a, uint32_t value)
{
    if (a->m->mpu_regions != 0) {
        a->m->state.mpu_ctrl[a->bank] = value & 7;
        protection_changed(a->m);
    }
}

uint32_t scs_read_mpu_rnr(const struct scs_access *a)
{
    return a->m->state.mpu_rnr[a->bank];
}

void scs_write_mpu_rnr(const struct scs_access *a, uint32_t value)
{
    if ((value & 0xff) < a->m->mpu_regions) {
        a->m->state.mpu_rnr[a->bank] = value & 0xff;
    }
}

/* RBAR and RASR, or RLAR, and their aliases: of v8 those of the regions beside
 * RNR's, of v7 the same again. Armv6-M has none. */
static unsigned region_of(const struct scs_access *a)
{
    if (a->index / 2 != 0 && !mprofile_has(a->m, T32_V7M)) {
        return MPU_REGIONS;
    }
    unsigned rnr = a->m->state.mpu_rnr[a->bank];

    return mprofile_has(a->m, T32_V8M_BASE) && a->index / 2 != 0
               ? (rnr & ~3u) + a->index / 2
               : rnr;
}

uint32_t scs_read_mpu_region(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    unsigned region = region_of(a);

    if (region >= a->m->mpu_regions) {
        return 0;
    }
    if (a->index % 2 != 0) {
        return state->mpu_rasr[a->bank][region];
    }
    return mprofile_has(a->m, T32_V8M_BASE)
               ? state->mpu_rbar[a->bank][region]
               : state->mpu_rbar[a->bank][region] | region;
}

void scs_write_mpu_region(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    unsigned region = region_of(a);
    bool v8 = mprofile_has(a->m, T32_V8M_BASE);

    /* VALID: the region is in the value. */
    if (!v8 && a->index % 2 == 0 && (value & 0x10) != 0) {
        region = value & 15;
        if (region < a->m->mpu_regions) {
            state->mpu_rnr[a->bank] = region;
        }
    }
    if (region >= a->m->mpu_regions) {
        return;
    }
    if (a->index % 2 != 0) {
        state->mpu_rasr[a->bank][region] = v8 ? value : value & 0x173fff3f;
    } else {
        state->mpu_rbar[a->bank][region] = v8 ? value : value & ~31u;
    }
    protection_changed(a->m);
}

uint32_t scs_read_mair(const struct scs_access *a)
{
    return a->m->state.mpu_mair[a->bank][a->index];
}

void scs_write_mair(const struct scs_access *a, uint32_t value)
{
    a->m->state.mpu_mair[a->bank][a->index] = value;
}

uint32_t scs_read_sau_ctrl(const struct scs_access *a)
{
    return a->m->state.sau_ctrl;
}

void scs_write_sau_ctrl(const struct scs_access *a, uint32_t value)
{
    a->m->state.sau_ctrl = value & 3;
    protection_changed(a->m);
}

uint32_t scs_read_sau_type(const struct scs_access *a)
{
    return a->m->model->sau_regions;
}

uint32_t scs_read_sau_rnr(const struct scs_access *a)
{
    return a->m->state.sau_rnr;
}

void scs_write_sau_rnr(const struct scs_access *a, uint32_t value)
{
    if ((value & 0xff) < a->m->model->sau_regions) {
        a->m->state.sau_rnr = value & 0xff;
    }
}

uint32_t scs_read_sau_region(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;

    return a->index == 0 ? state->sau_rbar[state->sau_rnr]
                         : state->sau_rlar[state->sau_rnr];
}

void scs_write_sau_region(const struct scs_access *a, uint32_t value)
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

uint32_t scs_read_cpacr(const struct scs_access *a)
{
    return a->m->state.cpacr[a->bank];
}

void scs_write_cpacr(const struct scs_access *a, uint32_t value)
{
    if (mprofile_has(a->m, T32_FP_SP)) {
        a->m->state.cpacr[a->bank] = value & 0x00f00000;
        vcpu_flush_tlb(&a->m->vcpu);
        a->m->vcpu.attention = true;
    }
}

uint32_t scs_read_nsacr(const struct scs_access *a)
{
    return a->m->state.nsacr;
}

void scs_write_nsacr(const struct scs_access *a, uint32_t value)
{
    if (a->bank == SECURE && mprofile_has(a->m, T32_FP_SP)) {
        a->m->state.nsacr = value & 0xc00;
        a->m->vcpu.attention = true;
    }
}

/* Bits that both states share are kept with the Secure ones; LSPENS, CLRONRETS,
 * TS, SFRDY and S are the Secure state's to see alone. */
enum {
    FPCCR_SHARED = 0x7c0001d0,
    FPCCR_SECURE_ONLY = 0x2c000084,
    FPCCR_WRITABLE = (int)0xfc0007ff,
    FPCCR_HARD = 0x50, /* HFRDY, BFRDY: of the state that has these */
};

static unsigned shared_bank(const struct mprofile *m)
{
    return mprofile_has(m, MPROFILE_SECURITY) ? SECURE : NON_SECURE;
}

uint32_t scs_read_fpccr(const struct scs_access *a)
{
    const struct mprofile_state *state = &a->m->state;
    uint32_t shared = state->fpccr[shared_bank(a->m)];
    uint32_t value = (state->fpccr[a->bank] & ~(uint32_t)FPCCR_SHARED) |
                     (shared & (uint32_t)FPCCR_SHARED);

    if (a->bank == shared_bank(a->m)) {
        return value;
    }
    value &=
        (state->aircr & AIRCR_BFHFNMINS) != 0 ? ~0u : ~(uint32_t)FPCCR_HARD;
    return value & ~(uint32_t)FPCCR_SECURE_ONLY;
}

void scs_write_fpccr(const struct scs_access *a, uint32_t value)
{
    struct mprofile_state *state = &a->m->state;
    unsigned shared = shared_bank(a->m);
    uint32_t mask = mprofile_has(a->m, T32_V8M_BASE) ? (uint32_t)FPCCR_WRITABLE
                                                     : 0xc000017b;
    uint32_t mine = mask;

    if (a->bank != shared) {
        mine &= ~(uint32_t)(FPCCR_SHARED | FPCCR_SECURE_ONLY);
        uint32_t both = mask & (uint32_t)FPCCR_SHARED;

        /* LSPENS keeps LSPEN for the Secure state; CLRONRETS CLRONRET. */
        both &= (state->fpccr[SECURE] >> 29 & 1) != 0 ? ~(1u << 30) : ~0u;
        both &= (state->fpccr[SECURE] >> 27 & 1) != 0 ? ~(1u << 28) : ~0u;
        both &=
            (state->aircr & AIRCR_BFHFNMINS) != 0 ? ~0u : ~(uint32_t)FPCCR_HARD;
        both &= ~(uint32_t)FPCCR_SECURE_ONLY;
        state->fpccr[SECURE] = (state->fpccr[SECURE] & ~both) | (value & both);
    }
    state->fpccr[a->bank] = (state->fpccr[a->bank] & ~mine) | (value & mine);
    a->m->vcpu.attention = true; /* blocks ask once whether FP is enabled */
}

uint32_t scs_read_fpcar(const struct scs_access *a)
{
    return a->m->state.fpcar[a->bank];
}

void scs_write_fpcar(const struct scs_access *a, uint32_t value)
{
    a->m->state.fpcar[a->bank] = value & ~7u;
}

uint32_t scs_read_fpdscr(const struct scs_access *a)
{
    return a->m->state.fpdscr[a->bank];
}

void scs_write_fpdscr(const struct scs_access *a, uint32_t value)
{
    a->m->state.fpdscr[a->bank] = value & 0x07c00000;
}
