/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hooks that M-profile adds to the engine's slow path of accesses
 * (engine/memory.h): where an access goes, whether it is allowed, and what it
 * means if not; and words that the exception machinery itself reads and writes.
 */
#include "engine/mprofile/modes.h"

#include "engine/memory.h"

static_assert(BITS_DIFFER(CONTEXT_SECURE, CONTEXT_PRIVILEGED, CONTEXT_NO_MPU,
                          LEVEL_SILENT),
              "contexts are combined");

enum { PPB_FIRST = (int)0xe0000000, PPB_LAST = (int)0xe00fffff };

static bool is_ppb(uint64_t address)
{
    return address >= (uint32_t)PPB_FIRST && address <= (uint32_t)PPB_LAST;
}

/* ---- Refusals ------------------------------------------------------------ */

static bool is_silent(const struct guest_access *access)
{
    return (access->level & LEVEL_SILENT) != 0;
}

/* Says whose access was refused for its attribution, where, and what that is.
 */
static void tell_attribution(struct mprofile *m, unsigned bank,
                             const struct mprofile_status_bits *bits)
{
    struct core *core = &m->vcpu.core;
    const bool fetch = (bits->memory & MMFSR_IACCVIOL) != 0;

    log_write(&core->config.fabric->log, LOG_GUEST, core->name,
              m->state.x[IR_PC], "%s %s 0x%08x: the address is %s",
              bank == SECURE ? "Secure" : "Non-secure",
              fetch ? "fetch from" : "access to", m->refused_at,
              bits->security == SFSR_INVTRAN ? "Non-secure" : "Secure");
}

unsigned mprofile_note_refusal(struct mprofile *m, unsigned bank,
                               const struct mprofile_status_bits *bits)
{
    struct mprofile_state *state = &m->state;

    switch (m->refusal) {
    case REFUSED_BY_SAU:
        tell_attribution(m, bank, bits);
        state->sfsr |= bits->security;
        if ((bits->security & SFSR_AUVIOL) != 0) {
            state->sfsr |= SFSR_SFARVALID;
            state->sfar = m->refused_at;
        }
        return EXCEPTION_SECURE_FAULT;
    case REFUSED_BY_MPU:
        state->cfsr[bank] |= bits->memory;
        if ((bits->memory & MMFSR_DACCVIOL) != 0) {
            state->cfsr[bank] |= MMFSR_MMARVALID;
            state->mmfar[bank] = m->refused_at;
        }
        return EXCEPTION_MEM_MANAGE;
    case REFUSED_UNALIGNED:
        state->cfsr[bank] |= UFSR_UNALIGNED;
        return EXCEPTION_USAGE_FAULT;
    default:
        state->cfsr[NON_SECURE] |= bits->bus;
        if ((bits->bus & BFSR_PRECISERR) != 0) {
            state->cfsr[NON_SECURE] |= BFSR_BFARVALID;
            state->bfar = m->refused_at;
        }
        return EXCEPTION_BUS_FAULT;
    }
}

/* The access of an instruction was refused. */
static void refuse(struct mprofile *m, const struct guest_access *access,
                   uint64_t address, enum mprofile_refusal refusal,
                   uint32_t security)
{
    static const char *const reasons[] = {
        [REFUSED_BY_MPU] = "the MPU refuses an access",
        [REFUSED_BY_BUS] = "the bus refuses an access",
        [REFUSED_BY_SAU] = "an access is not for this security state",
        [REFUSED_UNALIGNED] = "an unaligned access",
    };
    bool fetch = access->kind == VCPU_FETCH;
    const struct mprofile_status_bits bits = {
        .memory = fetch ? MMFSR_IACCVIOL : MMFSR_DACCVIOL,
        .bus = fetch ? BFSR_IBUSERR : BFSR_PRECISERR,
        .security = security,
    };
    unsigned bank = m->state.secure;

    m->refusal = refusal;
    m->refused_at = (uint32_t)address;
    if (!is_silent(access)) {
        mprofile_raise(m, mprofile_note_refusal(m, bank, &bits), bank,
                       reasons[refusal]);
    }
}

/* ---- Hooks --------------------------------------------------------------- */

/* True if all accesses of a context must be aligned: of Armv6-M, and by the
 * UNALIGN_TRP of its security state, which is not the present one's where
 * frames of the other are stacked. */
static bool checks_alignment(const struct mprofile *m, unsigned context)
{
    unsigned bank = (context & CONTEXT_SECURE) != 0 ? SECURE : NON_SECURE;

    return !mprofile_has(m, MPROFILE_UNALIGNED) ||
           (m->state.ccr[bank] & CCR_UNALIGN_TRP) != 0;
}

/* Accesses to Device memory that are not aligned fault by Armv8-M (DDI 0553,
 * ValidateAddress()) and on Cortex-M7 (DDI 0489); Cortex-M3 and M4, where they
 * are UNPREDICTABLE, make them. */
static bool guards_devices(const struct mprofile *m)
{
    return mprofile_has(m, T32_V7M) && !mprofile_has(m, MPROFILE_BIT_BAND);
}

static bool wants_aligned(struct mprofile *m, unsigned context,
                          uint32_t address)
{
    return checks_alignment(m, context) ||
           (guards_devices(m) && mprofile_is_device(m, context, address));
}

bool mprofile_misaligned(struct vcpu *cpu, const struct guest_access *access)
{
    struct mprofile *m = mprofile_of(cpu);

    if (access->kind == VCPU_FETCH ||
        (!wants_aligned(m, access->context, (uint32_t)access->address) &&
         !wants_aligned(m, access->context,
                        (uint32_t)access->address + access->size - 1))) {
        return false;
    }
    refuse(m, access, access->address, REFUSED_UNALIGNED, 0);
    return true;
}

static void set_place(struct mprofile *m, unsigned context, bool secure,
                      uint64_t address, struct guest_place *place)
{
    const struct core_config *config = &m->vcpu.core.config;
    struct space *space = config->space;

    bool own = is_ppb(address) || mprofile_is_bit_alias(m, (uint32_t)address);

    if (own) {
        space = m->ppb;
    } else if (secure && config->mprofile.secure_space != NULL) {
        space = config->mprofile.secure_space;
    }
    *place = (struct guest_place){
        .space = space,
        .attributes = space->attributes,
        .address = address,
        .leaf = {.shift = REGION_PAGE_SHIFT,
                 .aligned_only = wants_aligned(m, context, (uint32_t)address)},
    };
    place->attributes.secure = secure;
    place->attributes.privileged = (context & CONTEXT_PRIVILEGED) != 0;
    place->attributes.master = (uint8_t)config->hart_id;
}

/* Fetches of the Non-secure state from Secure memory find SG alone, where that
 * is callable (B8.4). An instruction is fetched half by half: both halves of
 * the one at pc must be SG's. */
static bool is_gate(struct mprofile *m, uint32_t address)
{
    enum { SG_HALF = 0xe97f };
    const struct core_config *config = &m->vcpu.core.config;
    struct space *space = config->mprofile.secure_space != NULL
                              ? config->mprofile.secure_space
                              : config->space;
    /* A look at a device must not change it. */
    struct access look = space->attributes;
    uint32_t pc = (uint32_t)m->state.x[IR_PC];
    uint16_t halves[2] = {0};

    look.debug = true;
    return (address == pc || address == pc + 2) &&
           space_copy_out(space, &look, gpa(pc), halves, sizeof(halves),
                          NULL) == 0 &&
           halves[0] == SG_HALF && halves[1] == SG_HALF;
}

static bool attribute_fetch(struct mprofile *m,
                            const struct guest_access *access, uint32_t address,
                            const struct mprofile_attribution *a)
{
    bool secure = (access->context & CONTEXT_SECURE) != 0;

    /* Nothing is executed in the system space: its lower half is exempt and the
     * upper one is Secure (B8.1, SecurityCheck()). */
    if (address >= (uint32_t)PPB_FIRST) {
        const bool barred = !secure && address >= 0xf0000000;

        if (barred) {
            refuse(m, access, address, REFUSED_BY_SAU, SFSR_INVEP);
        }
        return !barred;
    }
    if (secure && a->non_secure) {
        refuse(m, access, address, REFUSED_BY_SAU, SFSR_INVTRAN);
        return false;
    }
    if (!secure && !a->non_secure && !(a->callable && is_gate(m, address))) {
        refuse(m, access, address, REFUSED_BY_SAU, SFSR_INVEP);
        return false;
    }
    return true;
}

bool mprofile_translate(struct vcpu *cpu, const struct guest_access *access,
                        uint64_t address, struct guest_place *place)
{
    struct mprofile *m = mprofile_of(cpu);
    bool secure = (access->context & CONTEXT_SECURE) != 0;
    struct mprofile_extent extent = {0, UINT32_MAX};
    struct mprofile_attribution a =
        mprofile_attribution(m, (uint32_t)address, secure, &extent);

    if (mprofile_has(m, MPROFILE_SECURITY)) {
        if (access->kind == VCPU_FETCH) {
            if (!attribute_fetch(m, access, (uint32_t)address, &a)) {
                return false;
            }
        } else if (!secure && !a.non_secure) {
            refuse(m, access, address, REFUSED_BY_SAU, SFSR_AUVIOL);
            return false;
        }
    }
    set_place(m, access->context, !a.non_secure, address, place);
    (void)mprofile_debug_patch(m, access->kind, (uint32_t)address, access->size,
                               &place->address);
    return true;
}

bool mprofile_translate_code(struct vcpu *cpu, uint64_t page,
                             struct guest_place *place)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned context = cpu->fetch_context;
    bool secure = (context & CONTEXT_SECURE) != 0;
    struct mprofile_extent extent = {0, UINT32_MAX};
    struct mprofile_attribution a =
        mprofile_attribution(m, (uint32_t)page, secure, &extent);

    if (is_ppb(page) ||
        (mprofile_has(m, MPROFILE_SECURITY) && secure == a.non_secure)) {
        return false;
    }
    set_place(m, context, !a.non_secure, page, place);
    return true;
}

/* True if a page as a whole has the security that a context needs. */
static bool is_attributed(const struct mprofile *m, unsigned context,
                          uint32_t page, unsigned *rights)
{
    struct mprofile_extent extent = {0, UINT32_MAX};
    bool secure = (context & CONTEXT_SECURE) != 0;

    if (!mprofile_has(m, MPROFILE_SECURITY)) {
        return true;
    }
    struct mprofile_attribution a =
        mprofile_attribution(m, page, secure, &extent);
    bool non_secure = a.non_secure;

    /* Callable or not is all the same to the Secure state. */
    while (extent.last < page + (REGION_PAGE_SIZE - 1)) {
        uint32_t next = extent.last + 1;

        extent = (struct mprofile_extent){0, UINT32_MAX};
        a = mprofile_attribution(m, next, secure, &extent);
        if (a.non_secure != non_secure) {
            return false;
        }
    }
    if (secure && non_secure) {
        *rights &= ~(unsigned)WINDOW_X;
    }
    return secure || non_secure;
}

unsigned mprofile_page_rights(struct vcpu *cpu, unsigned context, uint64_t page)
{
    struct mprofile *m = mprofile_of(cpu);
    struct mprofile_extent extent = {0, UINT32_MAX};
    unsigned rights =
        mprofile_protection(m, context, (uint32_t)page, &extent).rights;

    if (mprofile_debug_watches(m, (uint32_t)page,
                               (uint32_t)page + (REGION_PAGE_SIZE - 1))) {
        rights &= (unsigned)WINDOW_X;
    }
    return extent.last - (uint32_t)page >= REGION_PAGE_SIZE - 1 &&
                   is_attributed(m, context, (uint32_t)page, &rights)
               ? rights
               : 0;
}

/* Fetches are held to the MPU of the memory's security state, which is not the
 * present one's at a gate (B8.4). */
static unsigned protecting(struct mprofile *m,
                           const struct guest_access *access)
{
    struct mprofile_extent extent = {0, UINT32_MAX};

    if (!mprofile_has(m, MPROFILE_SECURITY) || access->kind != VCPU_FETCH ||
        (access->context & CONTEXT_SECURE) != 0 ||
        mprofile_attribution(m, (uint32_t)access->address, false, &extent)
            .non_secure) {
        return access->context;
    }
    return mprofile_context(m, true,
                            mprofile_is_handler(m) ||
                                (m->state.control[SECURE] & CONTROL_NPRIV) ==
                                    0);
}

bool mprofile_permits(struct vcpu *cpu, const struct guest_access *access,
                      bool raises)
{
    struct mprofile *m = mprofile_of(cpu);
    const unsigned right = vcpu_right(access->kind);
    uint32_t address = (uint32_t)access->address;
    uint32_t last = address + access->size - 1;
    struct mprofile_extent extent = {0, UINT32_MAX};

    /* The bus is asked about the private peripherals. */
    if (is_ppb(address) && access->kind != VCPU_FETCH) {
        return true;
    }
    if (!raises) { /* a page as a whole */
        return (mprofile_page_rights(cpu, access->context, address) & right) !=
               0;
    }
    const unsigned context = protecting(m, access);
    bool ok =
        (mprofile_protection(m, context, address, &extent).rights & right) != 0;
    if (ok && extent.last < last) {
        address = extent.last + 1;
        extent = (struct mprofile_extent){0, UINT32_MAX};
        ok = (mprofile_protection(m, context, address, &extent).rights &
              right) != 0;
    }
    if (!ok) {
        refuse(m, access, address, REFUSED_BY_MPU, 0);
    }
    return ok;
}

/* B3.24: with BFHFNMIGN, code of negative priority goes on. */
bool mprofile_bus_error(struct vcpu *cpu, const struct guest_access *access,
                        uint64_t address)
{
    struct mprofile *m = mprofile_of(cpu);

    if (!is_silent(access) && access->kind != VCPU_FETCH &&
        (m->state.ccr[NON_SECURE] & CCR_BFHFNMIGN) != 0 &&
        mprofile_execution_priority(m) < 0) {
        m->state.cfsr[NON_SECURE] |= BFSR_PRECISERR | BFSR_BFARVALID;
        m->state.bfar = (uint32_t)address;
        return false;
    }
    refuse(m, access, address, REFUSED_BY_BUS, 0);
    return true;
}

/* Windows are of core_config.space alone. */
bool mprofile_unprotected(struct vcpu *cpu, uint64_t first, uint64_t last)
{
    struct mprofile *m = mprofile_of(cpu);

    return !mprofile_has(m, MPROFILE_SECURITY) &&
           !checks_alignment(m, cpu->data_context) &&
           ((m->state.mpu_ctrl[NON_SECURE] & 1) == 0 ||
            (cpu->data_context & CONTEXT_NO_MPU) != 0) &&
           !mprofile_debug_watches(m, (uint32_t)first, (uint32_t)last) &&
           (!guards_devices(m) || last < 0x40000000 ||
            (first >= 0x60000000 && last < 0xa0000000)) &&
           (last < (uint32_t)PPB_FIRST || first > (uint32_t)PPB_LAST);
}

/* Windows of code whose protection is finer than pages. */
bool mprofile_extent(struct vcpu *cpu, enum vcpu_access kind, uint64_t address,
                     uint64_t *first, uint64_t *last)
{
    struct mprofile *m = mprofile_of(cpu);
    struct mprofile_extent extent = {0, UINT32_MAX};
    const bool secure = (cpu->data_context & CONTEXT_SECURE) != 0;
    const unsigned rights =
        mprofile_protection(m, cpu->data_context, (uint32_t)address, &extent)
            .rights;

    if ((rights & vcpu_right(kind)) == 0 ||
        wants_aligned(m, cpu->data_context, (uint32_t)address) ||
        is_ppb(address) || m->debug.accesses || m->debug.patches) {
        return false;
    }
    if (mprofile_has(m, MPROFILE_SECURITY) &&
        mprofile_attribution(m, (uint32_t)address, secure, &extent)
                .non_secure == secure) {
        return false;
    }
    *first = extent.first;
    *last = extent.last;
    return true;
}

/* ---- Words of the exception machinery ------------------------------------ */

uint8_t *mprofile_frame(struct mprofile *m, unsigned context,
                        enum vcpu_access access, uint32_t address,
                        unsigned bytes)
{
    return (address & 3) == 0 && (address & (REGION_PAGE_SIZE - 1)) <=
                                     REGION_PAGE_SIZE - bytes
               ? vcpu_find(&m->vcpu, context, access, address, 4)
               : NULL;
}

bool mprofile_read_word(struct mprofile *m, unsigned context, uint32_t address,
                        uint32_t *value)
{
    const uint8_t *bytes = mprofile_frame(m, context, VCPU_READ, address, 4);
    uint64_t word[2];

    if (bytes != NULL) {
        *value = load_le32(bytes);
        return true;
    }
    *value = 0;
    if ((address & 3) != 0) {
        m->refusal = REFUSED_UNALIGNED;
        return false;
    }
    if (!vcpu_load_as(&m->vcpu, context, context | LEVEL_SILENT, address, 4,
                      word)) {
        return false;
    }
    *value = (uint32_t)word[0];
    return true;
}

bool mprofile_write_word(struct mprofile *m, unsigned context, uint32_t address,
                         uint32_t value)
{
    const uint64_t word[2] = {value};

    if ((address & 3) != 0) {
        m->refusal = REFUSED_UNALIGNED;
        return false;
    }
    return vcpu_store_as(&m->vcpu, context, context | LEVEL_SILENT, address, 4,
                         word);
}
