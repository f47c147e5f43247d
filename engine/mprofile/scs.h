/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to registers of the private peripheral bus (scs.def). */
#ifndef ENGINE_MPROFILE_SCS_H
#define ENGINE_MPROFILE_SCS_H

#include "engine/mprofile/mprofile.h"
#include "engine/mprofile/omissions.h"

struct scs_access {
    struct mprofile *m;
    unsigned bank;  /* the security state whose registers are asked for */
    unsigned index; /* word within the row */
    uint32_t address;
    unsigned size;
    bool privileged;
    bool debug; /* by a debugger: no side effects */
    bool alias; /* by Secure code, of the Non-secure registers */
};

/* Interrupts that the core has. */
static inline uint32_t scs_interrupts(const struct mprofile *m)
{
    uint32_t count = m->vcpu.core.config.mprofile.interrupts;

    return count != 0 ? count : 32;
}

static inline unsigned scs_priority_bits(const struct mprofile *m)
{
    uint32_t bits = m->vcpu.core.config.mprofile.priority_bits;

    return bits != 0 ? bits : m->model->priority_bits;
}

/* A line of the unmodelled log, the first few times that the register says it.
 */
void scs_omits(const struct scs_access *access, enum mprofile_omission what);
/* True if the asking security state may see an exception: those that are not
 * of one state are the target's alone. */
bool scs_owns(const struct scs_access *access, unsigned exception);
uint8_t scs_priority_mask(const struct mprofile *m);

#define NO
#define R(name) uint32_t scs_read_##name(const struct scs_access *access);
#define W(name)                                                                \
    void scs_write_##name(const struct scs_access *access, uint32_t value);
#define ROW(address, count, name, needs, flags, read, write) read write
#define OMIT(...)
#define PLAIN(...)
#define BANK(...)
#include "engine/mprofile/scs.def"
#undef NO
#undef R
#undef W
#undef ROW
#undef OMIT
#undef PLAIN
#undef BANK

#endif
