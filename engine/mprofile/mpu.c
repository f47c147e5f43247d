/* SPDX-License-Identifier: Apache-2.0 */
/* The memory protection unit: PMSAv7 (DDI 0403 B3.5), which Armv6-M has as
 * well, and PMSAv8 (DDI 0553 B7, B11); the default memory map (B6.2). */
#include "engine/mprofile/mprofile.h"

enum { ALL = WINDOW_R | WINDOW_W | WINDOW_X, DATA = WINDOW_R | WINDOW_W };

bool mprofile_cut(struct mprofile_extent *extent, uint32_t address,
                  uint32_t first, uint32_t last)
{
    if (address >= first && address <= last) {
        extent->first = first > extent->first ? first : extent->first;
        extent->last = last < extent->last ? last : extent->last;
        return true;
    }
    if (last < address && last >= extent->first) {
        extent->first = last + 1;
    }
    if (first > address && first <= extent->last) {
        extent->last = first - 1;
    }
    return false;
}

/* Peripherals, devices and the system are Device memory, or Strongly-ordered,
 * by the default map. */
static bool is_default_device(uint32_t address)
{
    return (address >= 0x40000000 && address < 0x60000000) ||
           address >= 0xa0000000;
}

/* Where nothing is executed: peripherals, devices and the system. */
static unsigned default_map(uint32_t address, struct mprofile_extent *extent)
{
    mprofile_cut(extent, address, 0x40000000, 0x5fffffff);
    mprofile_cut(extent, address, 0xa0000000, 0xffffffff);
    return is_default_device(address) ? DATA : ALL;
}

/* AP of a region. */
static unsigned v7_rights(uint32_t rasr, bool privileged)
{
    static const uint8_t rights[8][2] = {
        {0,        0       },
        {0,        DATA    },
        {WINDOW_R, DATA    },
        {DATA,     DATA    },
        {0,        0       },
        {0,        WINDOW_R},
        {WINDOW_R, WINDOW_R},
        {WINDOW_R, WINDOW_R},
    };
    unsigned granted = rights[rasr >> 24 & 7][privileged];

    return (granted & WINDOW_R) != 0 && (rasr >> 28 & 1) == 0
               ? granted | WINDOW_X
               : granted;
}

/* True if a region decides about an address. Eighths beside each other that
 * do alike are one extent. */
static bool v7_hit(uint32_t rbar, uint32_t rasr, uint32_t address,
                   struct mprofile_extent *extent)
{
    unsigned shift = (rasr >> 1 & 31) + 1;
    uint32_t mask = shift >= 32 ? UINT32_MAX : BIT(shift) - 1;
    uint32_t first = rbar & ~mask;

    if ((rasr & 1) == 0 || shift < 5 ||
        !mprofile_cut(extent, address, first, first + mask)) {
        return false;
    }
    if (shift < 8) {
        return true;
    }
    uint32_t eighth = (mask >> 3) + 1;
    unsigned part = (address - first) / eighth;
    const unsigned disabled = rasr >> 8 & 0xff;
    const unsigned same = (disabled >> part & 1) != 0 ? disabled : ~disabled;
    unsigned low = part;
    unsigned high = part;

    while (low > 0 && (same >> (low - 1) & 1) != 0) {
        low--;
    }
    while (high < 7 && (same >> (high + 1) & 1) != 0) {
        high++;
    }
    mprofile_cut(extent, address, first + low * eighth,
                 first + high * eighth + (eighth - 1));
    return (disabled >> part & 1) == 0;
}

static unsigned background(const struct mprofile *m, unsigned bank,
                           unsigned context, uint32_t address,
                           struct mprofile_extent *extent)
{
    return (m->state.mpu_ctrl[bank] & MPU_PRIVDEFENA) != 0 &&
                   (context & CONTEXT_PRIVILEGED) != 0
               ? default_map(address, extent)
               : 0;
}

static struct mprofile_protection v7(const struct mprofile *m, unsigned context,
                                     uint32_t address,
                                     struct mprofile_extent *extent)
{
    const struct mprofile_state *state = &m->state;

    for (int i = (int)m->mpu_regions - 1; i >= 0; i--) {
        uint32_t rasr = state->mpu_rasr[NON_SECURE][i];

        if (v7_hit(state->mpu_rbar[NON_SECURE][i], rasr, address, extent)) {
            unsigned rights =
                v7_rights(rasr, (context & CONTEXT_PRIVILEGED) != 0);

            return (struct mprofile_protection){rights, i};
        }
    }
    return (struct mprofile_protection){
        background(m, NON_SECURE, context, address, extent), -1};
}

static unsigned v8_rights(uint32_t rbar, bool privileged)
{
    unsigned ap = rbar >> 1 & 3;
    unsigned granted = (ap & 1) == 0 && !privileged ? 0
                       : (ap & 2) != 0              ? WINDOW_R
                                                    : DATA;

    return granted != 0 && (rbar & 1) == 0 ? granted | WINDOW_X : granted;
}

/* Two regions at an address are a fault (R_LLLP). */
static struct mprofile_protection v8(const struct mprofile *m, unsigned context,
                                     uint32_t address,
                                     struct mprofile_extent *extent)
{
    const struct mprofile_state *state = &m->state;
    unsigned bank = (context & CONTEXT_SECURE) != 0 ? SECURE : NON_SECURE;
    struct mprofile_protection found = {0, -1};
    unsigned hits = 0;

    for (int i = 0; i < (int)m->mpu_regions; i++) {
        uint32_t rbar = state->mpu_rbar[bank][i];
        uint32_t rlar = state->mpu_rasr[bank][i];

        if ((rlar & 1) != 0 &&
            mprofile_cut(extent, address, rbar & ~31u, rlar | 31)) {
            found.region = i;
            found.rights = v8_rights(rbar, (context & CONTEXT_PRIVILEGED) != 0);
            hits++;
        }
    }
    if (hits > 1) {
        return (struct mprofile_protection){0, -1};
    }
    if (hits == 0) {
        found.rights = background(m, bank, context, address, extent);
    }
    return found;
}

struct mprofile_protection mprofile_protection(struct mprofile *m,
                                               unsigned context,
                                               uint32_t address,
                                               struct mprofile_extent *extent)
{
    unsigned bank = (context & CONTEXT_SECURE) != 0 ? SECURE : NON_SECURE;

    if ((m->state.mpu_ctrl[bank] & MPU_ENABLE) == 0 ||
        (context & CONTEXT_NO_MPU) != 0 ||
        /* The system space has the rules of the default map always. */
        address >= 0xe0000000) {
        return (struct mprofile_protection){default_map(address, extent), -1};
    }
    mprofile_cut(extent, address, 0xe0000000, 0xffffffff);
    return mprofile_has(m, T32_V8M_BASE) ? v8(m, context, address, extent)
                                         : v7(m, context, address, extent);
}

/* TEX, C and B of v7 (DDI 0403 B3.5.5); MAIR of v8 (DDI 0553 D1.2.148). */
static bool is_device_region(const struct mprofile *m, unsigned bank,
                             unsigned region)
{
    uint32_t word = m->state.mpu_rasr[bank][region];

    if (!mprofile_has(m, T32_V8M_BASE)) {
        unsigned type = (word >> 17 & 0x1c) | (word >> 16 & 3);

        return type == 0 || type == 1 || type == 8; /* TEX:C:B */
    }
    unsigned index = word >> 1 & 7;

    return (m->state.mpu_mair[bank][index / 4] >> index % 4 * 8 & 0xf0) == 0;
}

bool mprofile_is_device(struct mprofile *m, unsigned context, uint32_t address)
{
    unsigned bank = (context & CONTEXT_SECURE) != 0 ? SECURE : NON_SECURE;
    struct mprofile_extent extent = {0, UINT32_MAX};
    struct mprofile_protection found =
        mprofile_protection(m, context, address, &extent);

    return found.region >= 0 ? is_device_region(m, bank, (unsigned)found.region)
                             : found.rights != 0 && is_default_device(address);
}
