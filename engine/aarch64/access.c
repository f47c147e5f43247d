/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hooks that A64 adds to the engine's slow path of accesses
 * (engine/memory.h), which say where an access goes and
 * whether it is allowed; and accesses that helpers make by the soft TLB alone.
 */
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/aarch64.h"

struct space *aarch64_space(struct aarch64 *pe, bool non_secure,
                            struct access *attributes)
{
    const struct core_config *config = &pe->vcpu.core.config;
    struct space *space = !non_secure && config->aarch64.secure_space
                              ? config->aarch64.secure_space
                              : config->space;

    *attributes = space->attributes;
    attributes->secure = !non_secure;
    attributes->privileged = pe->state.level != 0;
    attributes->master = (uint8_t)pe->vcpu.core.config.aarch64.interrupt_port;
    return space;
}

bool aarch64_aligned(struct aarch64 *pe, uint64_t address, unsigned size,
                     enum vcpu_access access)
{
    return is_aligned(address, size) ||
           aarch64_refuse(pe, address, AARCH64_STATUS_ALIGNMENT, access);
}

/* ---- Hooks of the slow path ---------------------------------------------- */

/* SCTLR_ELx.A */
static bool checks_alignment(const struct aarch64 *pe, unsigned level)
{
    return (pe->state.sys[aarch64_sctlr(pe, level)] & 2) != 0;
}

static void raise_misaligned_pc(struct aarch64 *pe, uint64_t pc)
{
    unsigned level = pe->state.level;
    bool general = level == 0 && (aarch64_hcr(pe) >> 27 & 1) != 0; /* TGE */

    pe->state.sys[level == 3              ? AARCH64_FAR_EL3
                  : level == 2 || general ? AARCH64_FAR_EL2
                                          : AARCH64_FAR_EL1] = pc;
    aarch64_raise(pe, AARCH64_EC_PC_ALIGNMENT, 0);
}

bool aarch64_misaligned(struct vcpu *cpu, const struct guest_access *access)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (access->kind == VCPU_FETCH) {
        raise_misaligned_pc(pe, access->address);
        return true;
    }
    return checks_alignment(pe, pe->state.level) &&
           !aarch64_refuse(pe, access->address, AARCH64_STATUS_ALIGNMENT,
                           access->kind);
}

static void set_place(struct aarch64 *pe, const struct aarch64_translation *t,
                      struct guest_place *place)
{
    *place = (struct guest_place){
        .address = t->pa,
        .leaf.shift = t->shift,
        .uncached = t->uncached,
        .changes = t->changes,
    };
    place->space = aarch64_space(pe, t->non_secure, &place->attributes);
}

static bool translate_data(struct aarch64 *pe,
                           const struct guest_access *access, uint64_t address,
                           struct aarch64_translation *t)
{
    if (!aarch64_translate_again(pe, access->level, address, access->kind, t)) {
        aarch64_data_abort(pe, address, t, access->kind, false);
        return false;
    }
    return !t->device || is_aligned(access->address, access->size) ||
           aarch64_refuse(pe, address, AARCH64_STATUS_ALIGNMENT, access->kind);
}

static bool translate_fetch(struct aarch64 *pe, uint64_t pc,
                            struct aarch64_translation *t)
{
    if (aarch64_translate(pe, pe->state.level, pc, VCPU_FETCH, true, t)) {
        return true;
    }
    aarch64_abort(pe, pc, t, AARCH64_EC_FETCH_LOWER, 0);
    return false;
}

/* Where data at an address are, and how they may be remembered. */
static void set_data_place(struct aarch64 *pe, unsigned level, uint64_t address,
                           const struct aarch64_translation *t,
                           struct guest_place *place)
{
    const uint64_t page = address & ~(uint64_t)(REGION_PAGE_SIZE - 1);

    set_place(pe, t, place);
    place->leaf.aligned_only = t->device || checks_alignment(pe, level);
    place->uncached |= aarch64_debug_watches(pe, page);
    if (!place->uncached && level == 1) {
        aarch64_banks_note(pe, page, t->local);
    }
}

bool aarch64_translate_access(struct vcpu *cpu,
                              const struct guest_access *access,
                              uint64_t address, struct guest_place *place)
{
    struct aarch64 *pe = aarch64_of(cpu);
    struct aarch64_translation t;

    if (access->kind == VCPU_FETCH) {
        if (!translate_fetch(pe, address, &t)) {
            return false;
        }
        set_place(pe, &t, place);
        return true;
    }
    if (!translate_data(pe, access, address, &t)) {
        return false;
    }
    set_data_place(pe, access->level, address, &t, place);
    return true;
}

bool aarch64_translate_code(struct vcpu *cpu, uint64_t page,
                            struct guest_place *place)
{
    struct aarch64 *pe = aarch64_of(cpu);
    struct aarch64_translation t;

    if (aarch64_branch_address(pe, page) != page ||
        !aarch64_translate_again(pe, pe->state.level, page, VCPU_FETCH, &t)) {
        return false;
    }
    set_place(pe, &t, place);
    if (pe->state.level == 1) {
        aarch64_banks_note(pe, page, t.local);
    }
    return vcpu_may_keep(cpu, place);
}

/* Watchpoints of the core's own debug registers. */
bool aarch64_permits(struct vcpu *cpu, const struct guest_access *access,
                     bool raises)
{
    struct aarch64 *pe = aarch64_of(cpu);

    assert(raises); /* only known pages of physical guests are asked for */
    return access->kind == VCPU_FETCH || pe->debug.watch_count == 0 ||
           aarch64_debug_access(pe, access->level, access->address,
                                access->size, access->kind, false);
}

bool aarch64_bus_error(struct vcpu *cpu, const struct guest_access *access,
                       uint64_t address)
{
    struct aarch64 *pe = aarch64_of(cpu);
    const struct aarch64_translation t = {.status = AARCH64_STATUS_EXTERNAL};

    if (access->kind == VCPU_FETCH) {
        aarch64_abort(pe, address, &t, AARCH64_EC_FETCH_LOWER, 0);
    } else {
        aarch64_data_abort(pe, address, &t, access->kind, false);
    }
    return true;
}

/* ---- With the rights of another level ------------------------------------ */

bool aarch64_load_as(struct aarch64 *pe, unsigned level, uint64_t address,
                     unsigned size, uint64_t value[2])
{
    return vcpu_load_as(&pe->vcpu, aarch64_context(pe, level), level, address,
                        size, value);
}

bool aarch64_store_as(struct aarch64 *pe, unsigned level, uint64_t address,
                      unsigned size, const uint64_t value[2])
{
    return vcpu_store_as(&pe->vcpu, aarch64_context(pe, level), level, address,
                         size, value);
}

/* ---- By the soft TLB alone ----------------------------------------------- */

uint8_t *aarch64_place(struct aarch64 *pe, uint64_t address, unsigned size)
{
    return vcpu_find(&pe->vcpu, pe->vcpu.data_context, VCPU_WRITE, address,
                     size);
}

bool aarch64_reaches(const struct aarch64 *pe, uint64_t address,
                     enum vcpu_access access)
{
    return vcpu_tlb_find(&pe->vcpu.tlbs[pe->vcpu.data_context], access, address,
                         1) != NULL;
}

bool aarch64_enter_page(struct aarch64 *pe, uint64_t address)
{
    struct vcpu *cpu = &pe->vcpu;
    const uint64_t page = address & ~(uint64_t)(REGION_PAGE_SIZE - 1);
    struct aarch64_translation t;
    struct guest_place place;
    struct span span;

    if (!aarch64_translate_again(pe, pe->state.level, address, VCPU_READ, &t)) {
        return false;
    }
    set_data_place(pe, pe->state.level, address, &t, &place);
    /* This page is not worth a change to code that checks alignment. */
    if (vcpu_may_keep(cpu, &place) &&
        (!place.leaf.aligned_only ||
         cpu->tlbs[cpu->data_context].aligned_only) &&
        vcpu_page(cpu, cpu->data_context, page, &place, WINDOW_R, &span)) {
        vcpu_fill(cpu, cpu->data_context, page, &span, place.leaf, VCPU_READ);
    }
    return true;
}

bool aarch64_clear(struct aarch64 *pe, uint64_t address, unsigned size)
{
    const struct vcpu_tlb *tlb = &pe->vcpu.tlbs[pe->vcpu.data_context];
    uint8_t *bytes =
        tlb->aligned_only ? NULL : aarch64_place(pe, address, size);

    if (bytes != NULL) {
        memset(bytes, 0, size);
    }
    return bytes != NULL;
}

bool aarch64_load_for_store(struct aarch64 *pe, uint64_t address, unsigned size,
                            uint64_t value[2])
{
    const struct guest_access access = {address, size, VCPU_WRITE,
                                        pe->vcpu.data_context, pe->state.level};
    const uint8_t *place = aarch64_place(pe, address, size);
    uint8_t bytes[16] = {0};
    struct aarch64_translation t;
    struct guest_place where;

    assert(is_aligned(address, size));
    if (place != NULL) {
        vcpu_copy(bytes, place, size);
        memcpy(value, bytes, sizeof(bytes));
        return true;
    }
    if (!translate_data(pe, &access, address, &t) ||
        !aarch64_permits(&pe->vcpu, &access, true)) {
        return false;
    }
    set_place(pe, &t, &where);
    if (!vcpu_read_bus(&where, size, bytes)) {
        return !aarch64_bus_error(&pe->vcpu, &access, address);
    }
    memcpy(value, bytes, sizeof(bytes));
    return true;
}
