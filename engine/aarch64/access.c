/* SPDX-License-Identifier: Apache-2.0 */
/* Data accesses and fetches that the soft TLB does not answer, and the aborts
 * of those that fail. */
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/aarch64.h"
#include "engine/gate.h"

enum { STATUS_EXTERNAL = 0x10, STATUS_ALIGNMENT = 0x21 };

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

/* ---- Aborts (D1.10, D7.2.30) --------------------------------------------- */

/* ISS[23:14] of a stage 2 fault: what the instruction at pc transfers, for the
 * hypervisor to emulate it. 0 where it is not a plain load or store of one
 * general register without write-back. */
static uint32_t transfer_syndrome(struct aarch64 *pe)
{
    struct aarch64_translation t;
    struct access attributes;
    uint64_t word = 0;

    if (!aarch64_translate(pe, pe->state.level, pe->state.r[IR_PC], VCPU_FETCH,
                           true, &t)) {
        return 0;
    }
    struct space *space = aarch64_space(pe, t.non_secure, &attributes);
    attributes.debug = true;
    if (space_read(space, &attributes, gpa(t.pa), 4, &word) != 0) {
        return 0;
    }
    uint32_t insn = (uint32_t)word;
    bool ordered = (insn & 0x3f800000) == 0x08800000; /* LDAR, STLR */
    bool plain = (insn & 0x3f000000) == 0x39000000 || /* unsigned offset */
                 (insn & 0x3f200c00) == 0x38200800 || /* register offset */
                 (insn & 0x3f200400) == 0x38000000;   /* unscaled, LDTR */
    if ((insn & 0x3f000000) == 0x18000000) { /* LDR and LDRSW of a literal */
        unsigned kind = insn >> 30;

        return kind == 3 ? 0
                         : 1u << 24 | (kind == 1 ? 3u : 2u) << 22 |
                               (uint32_t)(kind == 2) << 21 | (insn & 31) << 16 |
                               (uint32_t)(kind != 0) << 15;
    }
    if (!ordered && !plain) {
        return 0;
    }
    unsigned size = insn >> 30;
    unsigned opc = insn >> 22 & 3;
    bool extends = plain && opc >= 2;
    bool wide = plain && opc >= 2 ? opc == 2 : size == 3;
    if (extends && size == 3) { /* PRFM */
        return 0;
    }
    return 1u << 24 | size << 22 | (uint32_t)extends << 21 | (insn & 31) << 16 |
           (uint32_t)wide << 15 | (uint32_t)ordered << 14;
}

static unsigned abort_level(struct aarch64 *pe,
                            const struct aarch64_translation *t)
{
    unsigned level = pe->state.level;

    if ((t->status & 0x3c) == STATUS_EXTERNAL && pe->has_el3 &&
        (AARCH64_SYS(pe, SCR_EL3) & 1 << 3) != 0) { /* EA */
        return 3;
    }
    if (t->stage2) {
        return 2;
    }
    if ((t->status & 0x3c) == STATUS_EXTERNAL && level <= 1 &&
        (aarch64_hcr(pe) >> 37 & 1) != 0) { /* TEA */
        return 2;
    }
    if (level == 0) {
        return (aarch64_hcr(pe) >> 27 & 1) != 0 ? 2 : 1;
    }
    return level;
}

static void abort_at(struct aarch64 *pe, uint64_t address,
                     const struct aarch64_translation *t,
                     enum aarch64_class class, uint32_t iss)
{
    static const enum aarch64_register far[4] = {
        [1] = AARCH64_FAR_EL1,
        [2] = AARCH64_FAR_EL2,
        [3] = AARCH64_FAR_EL3,
    };
    unsigned level = abort_level(pe, t);

    if (t->stage2) {
        AARCH64_SYS(pe, HPFAR_EL2) = t->ipa >> 12 << 4;
    }
    pe->state.sys[far[level]] = address;
    /* The class for one's own level follows the one for a lower level. */
    if (pe->state.level == level) {
        class ++;
    }
    aarch64_take(pe, level, class, iss | (uint32_t)t->walk << 7 | t->status,
                 pe->state.r[IR_PC]);
}

void aarch64_data_abort(struct aarch64 *pe, uint64_t address,
                        const struct aarch64_translation *t,
                        enum vcpu_access access, bool maintenance)
{
    uint32_t iss = (uint32_t)(access == VCPU_WRITE || maintenance) << 6 |
                   (uint32_t)maintenance << 8;

    if (t->stage2 && !t->walk && !maintenance) {
        iss |= transfer_syndrome(pe);
    }
    abort_at(pe, address, t, AARCH64_EC_DATA_LOWER, iss);
}

static bool refuse(struct aarch64 *pe, uint64_t address, unsigned status,
                   enum vcpu_access access)
{
    struct aarch64_translation t = {.status = (uint8_t)status};

    aarch64_data_abort(pe, address, &t, access, false);
    return false;
}

bool aarch64_aligned(struct aarch64 *pe, uint64_t address, unsigned size,
                     enum vcpu_access access)
{
    return is_aligned(address, size) ||
           refuse(pe, address, STATUS_ALIGNMENT, access);
}

/* ---- Data ---------------------------------------------------------------- */

/* Each place is accessed once, and an aligned one as a whole, for cores that
 * run at the same time (B2.2.1): memcpy promises neither. */
#define COPY(type)                                                             \
    do {                                                                       \
        type unit;                                                             \
        memcpy(&unit, from, sizeof(unit));                                     \
        memcpy(to, &unit, sizeof(unit));                                       \
    } while (0)

static inline void copy(void *to, const void *from, unsigned size)
{
    switch (size) {
    case 1:
        COPY(uint8_t);
        break;
    case 2:
        COPY(uint16_t);
        break;
    case 4:
        COPY(uint32_t);
        break;
    case 8:
        COPY(uint64_t);
        break;
    default:
        memcpy(to, from, size);
        break;
    }
}

static bool translate(struct aarch64 *pe, unsigned level, uint64_t address,
                      enum vcpu_access access, bool aligned,
                      struct aarch64_translation *t)
{
    if (!aarch64_translate_data(pe, level, address, access, true, t)) {
        aarch64_data_abort(pe, address, t, access, false);
        return false;
    }
    return aligned || !t->device ||
           refuse(pe, address, STATUS_ALIGNMENT, access);
}

/* A piece that does not cross a page: bytes little endian. */
static bool read_piece(struct aarch64 *pe, const struct aarch64_translation *t,
                       unsigned size, uint8_t *bytes)
{
    struct access attributes;
    struct space *space = aarch64_space(pe, t->non_secure, &attributes);
    unsigned step = size > 8 ? 8 : size;

    if ((step & (step - 1)) != 0 || !is_aligned(t->pa, step)) {
        step = 1;
    }
    for (unsigned i = 0; i < size; i += step) {
        uint64_t word;

        if (space_read(space, &attributes, gpa(t->pa + i), step, &word) != 0) {
            return false;
        }
        memcpy(bytes + i, &word, step);
    }
    return true;
}

static bool write_piece(struct aarch64 *pe, const struct aarch64_translation *t,
                        unsigned size, const uint8_t *bytes)
{
    struct access attributes;
    struct space *space = aarch64_space(pe, t->non_secure, &attributes);
    unsigned step = size > 8 ? 8 : size;

    if ((step & (step - 1)) != 0 || !is_aligned(t->pa, step)) {
        step = 1;
    }
    for (unsigned i = 0; i < size; i += step) {
        uint64_t word = 0;

        memcpy(&word, bytes + i, step);
        if (space_write(space, &attributes, gpa(t->pa + i), step, word) != 0) {
            return false;
        }
    }
    return true;
}

/* The memory of all of the page that pa lies in, if it may be cached. */
static bool page_span(struct aarch64 *pe, uint64_t pa, bool non_secure,
                      unsigned right, struct span *span)
{
    struct access attributes;
    struct space *space = aarch64_space(pe, non_secure, &attributes);
    uint64_t page = pa & ~(uint64_t)(REGION_PAGE_SIZE - 1);

    return space_span(space, gpa(page), span) == 0 &&
           span->size_bytes >= REGION_PAGE_SIZE &&
           (span->rights & right) != 0 &&
           is_aligned(span->offset, REGION_PAGE_SIZE) &&
           vcpu_watch_region(&pe->vcpu, span->region);
}

/* SCTLR_ELx.A */
static bool checks_alignment(const struct aarch64 *pe, unsigned level)
{
    return (pe->state.sys[aarch64_sctlr(pe, level)] & 2) != 0;
}

/* Watched pages stay out of the soft TLB. */
static void cache(struct aarch64 *pe, unsigned level, uint64_t page,
                  const struct aarch64_translation *t, const struct span *span,
                  enum vcpu_access access)
{
    const struct vcpu_leaf leaf = {
        .shift = t->shift,
        .aligned_only = t->device || checks_alignment(pe, level),
    };

    if (aarch64_debug_watches(pe, page)) {
        return;
    }
    vcpu_fill(&pe->vcpu, aarch64_context(pe, level), page, span, leaf, access);
    if (level == 1 && t->local) {
        aarch64_banks_local(pe, page);
    }
}

static bool load_in_page(struct aarch64 *pe, unsigned level, uint64_t address,
                         const struct aarch64_translation *t, unsigned size,
                         uint8_t *bytes)
{
    unsigned low = address & (REGION_PAGE_SIZE - 1);
    struct span span;

    if (page_span(pe, t->pa, t->non_secure, WINDOW_R, &span)) {
        copy(bytes, span.host + low, size);
        cache(pe, level, address - low, t, &span, VCPU_READ);
        return true;
    }
    return read_piece(pe, t, size, bytes) ||
           refuse(pe, address, STATUS_EXTERNAL, VCPU_READ);
}

static bool store_in_page(struct aarch64 *pe, unsigned level, uint64_t address,
                          const struct aarch64_translation *t, unsigned size,
                          const uint8_t *bytes)
{
    unsigned low = address & (REGION_PAGE_SIZE - 1);
    struct span span;

    if (page_span(pe, t->pa, t->non_secure, WINDOW_W, &span)) {
        region_written(span.region, span.offset + low, size);
        copy(span.host + low, bytes, size);
        cache(pe, level, address - low, t, &span, VCPU_WRITE);
        return true;
    }
    return write_piece(pe, t, size, bytes) ||
           refuse(pe, address, STATUS_EXTERNAL, VCPU_WRITE);
}

static bool load_outside(struct aarch64 *pe, unsigned level, uint64_t address,
                         unsigned size, uint64_t value[2])
{
    uint8_t bytes[16] = {0};
    struct aarch64_translation t[2];
    bool aligned = is_aligned(address, size);
    unsigned room = REGION_PAGE_SIZE - (address & (REGION_PAGE_SIZE - 1));

    if (!aligned && checks_alignment(pe, pe->state.level)) {
        return refuse(pe, address, STATUS_ALIGNMENT, VCPU_READ);
    }
    if (!translate(pe, level, address, VCPU_READ, aligned, &t[0])) {
        return false;
    }
    if (size > room &&
        !translate(pe, level, address + room, VCPU_READ, false, &t[1])) {
        return false;
    }
    if (pe->debug.watch_count != 0 &&
        !aarch64_debug_access(pe, level, address, size, VCPU_READ, false)) {
        return false;
    }
    if (size <= room) {
        if (!load_in_page(pe, level, address, &t[0], size, bytes)) {
            return false;
        }
    } else if (!load_in_page(pe, level, address, &t[0], room, bytes) ||
               !load_in_page(pe, level, address + room, &t[1], size - room,
                             bytes + room)) {
        return false;
    }
    memcpy(value, bytes, 16);
    vcpu_check_watchpoints(&pe->vcpu, address, size, WATCH_READ);
    return true;
}

static bool store_outside(struct aarch64 *pe, unsigned level, uint64_t address,
                          unsigned size, const uint64_t value[2])
{
    const uint8_t *bytes = (const uint8_t *)value;
    struct aarch64_translation t[2];
    bool aligned = is_aligned(address, size);
    unsigned room = REGION_PAGE_SIZE - (address & (REGION_PAGE_SIZE - 1));

    if (!aligned && checks_alignment(pe, pe->state.level)) {
        return refuse(pe, address, STATUS_ALIGNMENT, VCPU_WRITE);
    }
    if (!translate(pe, level, address, VCPU_WRITE, aligned, &t[0])) {
        return false;
    }
    if (size > room &&
        !translate(pe, level, address + room, VCPU_WRITE, false, &t[1])) {
        return false;
    }
    if (pe->debug.watch_count != 0 &&
        !aarch64_debug_access(pe, level, address, size, VCPU_WRITE, false)) {
        return false;
    }
    if (size <= room) {
        if (!store_in_page(pe, level, address, &t[0], size, bytes)) {
            return false;
        }
    } else if (!store_in_page(pe, level, address, &t[0], room, bytes) ||
               !store_in_page(pe, level, address + room, &t[1], size - room,
                              bytes + room)) {
        return false;
    }
    vcpu_check_watchpoints(&pe->vcpu, address, size, WATCH_WRITE);
    return true;
}

static bool load_slowly(struct aarch64 *pe, unsigned level, uint64_t address,
                        unsigned size, uint64_t value[2])
{
    gate_enter(&pe->vcpu);
    bool ok = load_outside(pe, level, address, size, value);
    gate_leave(&pe->vcpu);
    return ok;
}

static bool store_slowly(struct aarch64 *pe, unsigned level, uint64_t address,
                         unsigned size, const uint64_t value[2])
{
    gate_enter(&pe->vcpu);
    bool ok = store_outside(pe, level, address, size, value);
    gate_leave(&pe->vcpu);
    return ok;
}

/* ---- By the soft TLB ----------------------------------------------------- */

/* The bytes, if the bank has an entry for all of them. */
static uint8_t *find(const struct vcpu_tlb *tlb, enum vcpu_access access,
                     uint64_t address, unsigned size)
{
    const struct vcpu_tlb_entry *entry = &tlb->data[vcpu_tlb_index(address)];
    uint64_t low = address & (REGION_PAGE_SIZE - 1);

    return address - low == entry->tag[access] &&
                   low + size <= REGION_PAGE_SIZE &&
                   ((low & (size - 1)) == 0 || !tlb->aligned_only)
               ? vcpu_host(entry, address)
               : NULL;
}

/* Bytes of two pages: `room` of them in the first. */
struct pieces {
    uint8_t *bytes[2];
    unsigned room;
};

static bool find_pieces(const struct vcpu_tlb *tlb, enum vcpu_access access,
                        uint64_t address, unsigned size, struct pieces *pieces)
{
    unsigned room = REGION_PAGE_SIZE - (address & (REGION_PAGE_SIZE - 1));

    if (room >= size || tlb->aligned_only) {
        return false;
    }
    pieces->room = room;
    pieces->bytes[0] = find(tlb, access, address, room);
    pieces->bytes[1] = find(tlb, access, address + room, size - room);
    return pieces->bytes[0] != NULL && pieces->bytes[1] != NULL;
}

static inline bool load(struct aarch64 *pe, unsigned context, unsigned level,
                        uint64_t address, unsigned size, uint64_t value[2])
{
    const struct vcpu_tlb *tlb = &pe->vcpu.tlbs[context];
    const uint8_t *bytes = find(tlb, VCPU_READ, address, size);

    struct pieces pieces;

    if (bytes != NULL) {
        value[0] = 0;
        value[1] = 0;
        copy(value, bytes, size);
        return true;
    }
    if (!find_pieces(tlb, VCPU_READ, address, size, &pieces)) {
        return load_slowly(pe, level, address, size, value);
    }
    value[0] = 0;
    value[1] = 0;
    memcpy(value, pieces.bytes[0], pieces.room);
    memcpy((uint8_t *)value + pieces.room, pieces.bytes[1], size - pieces.room);
    return true;
}

static inline bool store(struct aarch64 *pe, unsigned context, unsigned level,
                         uint64_t address, unsigned size,
                         const uint64_t value[2])
{
    const struct vcpu_tlb *tlb = &pe->vcpu.tlbs[context];
    uint8_t *bytes = find(tlb, VCPU_WRITE, address, size);

    struct pieces pieces;

    if (bytes != NULL) {
        copy(bytes, value, size);
        return true;
    }
    if (!find_pieces(tlb, VCPU_WRITE, address, size, &pieces)) {
        return store_slowly(pe, level, address, size, value);
    }
    memcpy(pieces.bytes[0], value, pieces.room);
    memcpy(pieces.bytes[1], (const uint8_t *)value + pieces.room,
           size - pieces.room);
    return true;
}

bool aarch64_load_as(struct aarch64 *pe, unsigned level, uint64_t address,
                     unsigned size, uint64_t value[2])
{
    return load(pe, aarch64_context(pe, level), level, address, size, value);
}

bool aarch64_store_as(struct aarch64 *pe, unsigned level, uint64_t address,
                      unsigned size, const uint64_t value[2])
{
    return store(pe, aarch64_context(pe, level), level, address, size, value);
}

bool aarch64_load(struct aarch64 *pe, uint64_t address, unsigned size,
                  uint64_t value[2])
{
    return load(pe, pe->vcpu.data_context, pe->state.level, address, size,
                value);
}

bool aarch64_store(struct aarch64 *pe, uint64_t address, unsigned size,
                   const uint64_t value[2])
{
    return store(pe, pe->vcpu.data_context, pe->state.level, address, size,
                 value);
}

uint8_t *aarch64_place(struct aarch64 *pe, uint64_t address, unsigned size)
{
    const struct vcpu_tlb *tlb = &pe->vcpu.tlbs[pe->vcpu.data_context];

    return find(tlb, VCPU_WRITE, address, size);
}

bool aarch64_reaches(const struct aarch64 *pe, uint64_t address,
                     enum vcpu_access access)
{
    return find(&pe->vcpu.tlbs[pe->vcpu.data_context], access, address, 1) !=
           NULL;
}

bool aarch64_clear(struct aarch64 *pe, uint64_t address, unsigned size)
{
    const struct vcpu_tlb *tlb = &pe->vcpu.tlbs[pe->vcpu.data_context];
    uint8_t *bytes =
        tlb->aligned_only ? NULL : find(tlb, VCPU_WRITE, address, size);

    if (bytes != NULL) {
        memset(bytes, 0, size);
    }
    return bytes != NULL;
}

bool aarch64_load_for_store(struct aarch64 *pe, uint64_t address, unsigned size,
                            uint64_t value[2])
{
    uint8_t bytes[16] = {0};
    struct aarch64_translation t;
    unsigned level = pe->state.level;
    const struct vcpu_tlb_entry *entry =
        &pe->vcpu.tlbs[pe->vcpu.data_context].data[vcpu_tlb_index(address)];

    if ((address & ~(uint64_t)0xfff) == entry->tag[VCPU_WRITE]) {
        copy(bytes, vcpu_host(entry, address), size);
        memcpy(value, bytes, 16);
        return true;
    }
    if (!translate(pe, level, address, VCPU_WRITE, true, &t) ||
        (pe->debug.watch_count != 0 &&
         !aarch64_debug_access(pe, level, address, size, VCPU_WRITE, false))) {
        return false;
    }
    if (!read_piece(pe, &t, size, bytes)) {
        return refuse(pe, address, STATUS_EXTERNAL, VCPU_WRITE);
    }
    memcpy(value, bytes, 16);
    return true;
}

/* ---- Fetches ------------------------------------------------------------- */

bool aarch64_fetch_page(struct vcpu *cpu, uint64_t page, struct span *span,
                        unsigned *shift)
{
    struct aarch64 *pe = aarch64_of(cpu);
    struct aarch64_translation t;

    if ((cpu->r[IR_PC] & 3) != 0 || aarch64_branch_address(pe, page) != page ||
        !aarch64_translate(pe, pe->state.level, page, VCPU_FETCH, true, &t) ||
        !page_span(pe, t.pa, t.non_secure, WINDOW_X, span)) {
        return false;
    }
    *shift = t.shift;
    if (pe->state.level == 1 && t.local) {
        aarch64_banks_local(pe, page);
    }
    return true;
}

bool aarch64_fetch(struct vcpu *cpu, uint64_t pc, uint32_t *bytes)
{
    struct aarch64 *pe = aarch64_of(cpu);
    struct aarch64_translation t;
    struct span span;

    if ((pc & 3) != 0) {
        unsigned level = pe->state.level;
        bool general = level == 0 && (aarch64_hcr(pe) >> 27 & 1) != 0; /* TGE */

        pe->state.sys[level == 3              ? AARCH64_FAR_EL3
                      : level == 2 || general ? AARCH64_FAR_EL2
                                              : AARCH64_FAR_EL1] = pc;
        aarch64_raise(pe, AARCH64_EC_PC_ALIGNMENT, 0);
        return false;
    }
    if (aarch64_translate(pe, pe->state.level, pc, VCPU_FETCH, true, &t)) {
        struct access attributes;
        struct space *space = aarch64_space(pe, t.non_secure, &attributes);

        if (space_span(space, gpa(t.pa), &span) == 0 && span.size_bytes >= 4 &&
            (span.rights & WINDOW_X) != 0) {
            memcpy(bytes, span.host, 4);
            return true;
        }
        t.status = STATUS_EXTERNAL;
        t.stage2 = false;
    }
    abort_at(pe, pc, &t, AARCH64_EC_FETCH_LOWER, 0);
    return false;
}
