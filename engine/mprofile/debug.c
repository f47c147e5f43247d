/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug: comparators of DWT and FPB, DebugMonitor and its steps
 * (DDI 0553 B12 to B14; DDI 0403 C1.5 to C1.11; DDI 0419 C1.7, C1.8).
 *
 * No debugger sits outside: DHCSR.C_DEBUGEN is 0, so that nothing halts, vector
 * catch never acts, and what remains of an event is DebugMonitor. Events of the
 * DWT are taken behind the instruction that caused them, those of the FPB
 * before it. Where the manuals leave a choice: a comparator on addresses
 * matches an access that touches any of its bytes; stacking, unstacking and
 * reads of vectors match nothing.
 */
#include "engine/mprofile/mprofile.h"

#include <string.h>

#include "engine/memory.h"

enum { CTRL_CYCCNTENA = 1, FP_ENABLE = 1, MATCHED = 1 << 24 };
enum { REPLACE_REMAP, REPLACE_LOWER, REPLACE_UPPER, REPLACE_BOTH };
/* The meaning of state.debug_armed, which is set where an instruction begins.
 */
enum { ARMED_STEP = 1 << 8, ARMED_EXCEPTION_SHIFT = 16 };

/* ---- DebugMonitor -------------------------------------------------------- */

/* DDI 0553, CanPendMonitorOnEvent(). */
static bool can_pend(struct mprofile *m, bool checks_priority)
{
    const struct mprofile_state *state = &m->state;
    unsigned bank = mprofile_target(m, EXCEPTION_DEBUG_MONITOR);

    return mprofile_has(m, T32_V7M) && (state->demcr & DEMCR_MON_EN) != 0 &&
           (state->secure == NON_SECURE || (state->demcr & DEMCR_SDME) != 0) &&
           (!checks_priority ||
            mprofile_priority(m, EXCEPTION_DEBUG_MONITOR, bank) <
                mprofile_execution_priority(m));
}

/* A comparator matched, or a step ended. */
static void pend(struct mprofile *m, uint32_t dfsr)
{
    m->state.dfsr |= dfsr;
    mprofile_set_pending(m, EXCEPTION_DEBUG_MONITOR,
                         mprofile_target(m, EXCEPTION_DEBUG_MONITOR), true);
}

/* DDI 0553, GenerateDebugEventResponse(). */
bool mprofile_debug_event(struct mprofile *m)
{
    if (!can_pend(m, true)) {
        return false;
    }
    m->state.dfsr |= DFSR_BKPT;
    mprofile_raise(m, EXCEPTION_DEBUG_MONITOR,
                   mprofile_target(m, EXCEPTION_DEBUG_MONITOR), "");
    return true;
}

/* ---- Comparators of DWT -------------------------------------------------- */

unsigned mprofile_dwt_comparators(const struct mprofile *m)
{
    return mprofile_has(m, T32_V7M) ? DWT_COMPARATORS : 2;
}

static const uint8_t kinds[4] = {WATCH_ACCESS, WATCH_WRITE, WATCH_READ, 0};

/* DDI 0553 D1.2, DWT_FUNCTIONn.MATCH. */
enum v8_match {
    MATCH_CYCLES = 1,
    MATCH_INSTRUCTION,
    MATCH_INSTRUCTION_LIMIT,
    MATCH_ADDRESS,
    MATCH_ADDRESS_LIMIT = 7,
    MATCH_VALUE,
    MATCH_LINKED_VALUE = 11,
    MATCH_ADDRESS_WITH_VALUE,
};
enum { ACTION_EVENT = 1 };

static unsigned v8_match(const struct mprofile *m, unsigned n)
{
    return m->state.dwt_function[n] & 15;
}

static bool v8_acts(const struct mprofile *m, unsigned n)
{
    return (m->state.dwt_function[n] >> 4 & 3) == ACTION_EVENT;
}

static uint8_t size_of(uint32_t function)
{
    return (uint8_t)(1u << (function >> 10 & 3));
}

/* True if the next comparator is the limit of this one. */
static bool is_limited(const struct mprofile *m, unsigned n, unsigned match)
{
    return n + 1 < DWT_COMPARATORS && v8_match(m, n + 1) == match;
}

/* The bits that the limit adds to a comparator. */
static void set_limit(const struct mprofile *m, unsigned n,
                      struct mprofile_comparator *c)
{
    c->ranges[0].last = m->state.dwt_comp[n + 1];
    c->acts = c->acts || v8_acts(m, n + 1);
    c->matched |= 2u << n;
}

/* A comparator on addresses, with its limit if the next one is that. */
static struct mprofile_comparator v8_address(const struct mprofile *m,
                                             unsigned n)
{
    uint32_t first = m->state.dwt_comp[n];
    struct mprofile_comparator c = {
        .kind = MPROFILE_ACCESSES,
        .accesses = kinds[v8_match(m, n) & 3],
        .acts = v8_acts(m, n),
        .matched = 1u << n,
        .ranges = {{first, first + size_of(m->state.dwt_function[n]) - 1}},
    };

    if (is_limited(m, n, MATCH_ADDRESS_LIMIT)) {
        set_limit(m, n, &c);
    }
    return c;
}

static struct mprofile_comparator v8_comparator(const struct mprofile *m,
                                                unsigned n)
{
    const struct mprofile_state *state = &m->state;
    uint32_t value = state->dwt_comp[n];
    struct mprofile_comparator c = {.acts = v8_acts(m, n), .matched = 1u << n};

    switch (v8_match(m, n)) {
    case MATCH_CYCLES:
        c.kind = MPROFILE_CYCLES;
        break;
    case MATCH_INSTRUCTION:
        c.kind = MPROFILE_FETCHES;
        c.ranges[0].first = c.ranges[0].last = value & ~1u;
        if (is_limited(m, n, MATCH_INSTRUCTION_LIMIT)) {
            set_limit(m, n, &c);
        }
        break;
    case MATCH_ADDRESS:
    case MATCH_ADDRESS + 1:
    case MATCH_ADDRESS + 2:
    case MATCH_ADDRESS_WITH_VALUE:
    case MATCH_ADDRESS_WITH_VALUE + 1:
    case MATCH_ADDRESS_WITH_VALUE + 2:
        return v8_address(m, n);
    case MATCH_VALUE:
    case MATCH_VALUE + 1:
    case MATCH_VALUE + 2:
        c.kind = MPROFILE_ACCESSES;
        c.accesses = kinds[v8_match(m, n) & 3];
        c.ranges[0].last = UINT32_MAX;
        c.value_size = size_of(state->dwt_function[n]);
        break;
    case MATCH_LINKED_VALUE:
        if (n != 0 && kinds[v8_match(m, n - 1) & 3] != 0 &&
            v8_match(m, n - 1) >= MATCH_ADDRESS) {
            c = v8_address(m, n - 1);
            c.acts = v8_acts(m, n);
            c.matched = 1u << n;
            c.value_size = size_of(state->dwt_function[n]);
        }
        break;
    default: /* disabled, or the limit of the one before */
        break;
    }
    return c;
}

/* DDI 0403 C1.8.17, DWT_FUNCTIONn; the functions of Armv6-M are among them. */
enum v7_function {
    FUNCTION_MASK = 15,
    FUNCTION_INSTRUCTION = 4,
    FUNCTION_READ,
    FUNCTION_WRITE,
    FUNCTION_ACCESS,
    FUNCTION_CYCMATCH = 1 << 7,
    FUNCTION_DATAVMATCH = 1 << 8,
};

static struct mprofile_extent v7_range(const struct mprofile *m, unsigned n)
{
    uint32_t mask = BIT(m->state.dwt_mask[n] & 31) - 1;

    return (struct mprofile_extent){m->state.dwt_comp[n] & ~mask,
                                    m->state.dwt_comp[n] | mask};
}

/* Function 1 to 3 trace accesses of either kind, 12 and 14 reads, 13 and 15
 * writes; 8 to 11 are as 4 to 7, but tell other units alone. */
static uint8_t v7_accesses(unsigned function)
{
    static const uint8_t of[16] = {
        0,          WATCH_ACCESS, WATCH_ACCESS, WATCH_ACCESS,
        0,          WATCH_READ,   WATCH_WRITE,  WATCH_ACCESS,
        0,          WATCH_READ,   WATCH_WRITE,  WATCH_ACCESS,
        WATCH_READ, WATCH_WRITE,  WATCH_READ,   WATCH_WRITE,
    };

    return of[function];
}

/* The addresses of a comparator on values: those of one or two others; with its
 * own number, any. */
static void link_v7(const struct mprofile *m, uint32_t word,
                    struct mprofile_comparator *c)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned other = word >> (12 + 4 * i) & 15;

        c->ranges[i] = other == 1 || other >= DWT_COMPARATORS
                           ? (struct mprofile_extent){0, UINT32_MAX}
                           : v7_range(m, other);
    }
}

static struct mprofile_comparator v7_comparator(const struct mprofile *m,
                                                unsigned n)
{
    uint32_t word = m->state.dwt_function[n];
    unsigned function = word & FUNCTION_MASK;
    struct mprofile_comparator c = {
        .acts = function >= FUNCTION_INSTRUCTION && function <= FUNCTION_ACCESS,
        .matched = 1u << n,
    };

    if (function == 0) {
        return c;
    }
    if ((word & FUNCTION_CYCMATCH) != 0) {
        c.kind = MPROFILE_CYCLES;
        return c;
    }
    c.accesses = v7_accesses(function);
    c.kind = c.accesses == 0 ? MPROFILE_FETCHES : MPROFILE_ACCESSES;
    c.ranges[0] = c.ranges[1] = v7_range(m, n);
    if (c.accesses != 0 && (word & FUNCTION_DATAVMATCH) != 0) {
        c.value_size = size_of(word);
        link_v7(m, word, &c);
    }
    return c;
}

static bool is_within(const struct mprofile_extent *range, uint32_t first,
                      uint32_t last)
{
    return range->first <= last && range->last >= first;
}

static bool covers(const struct mprofile_comparator *c, uint32_t first,
                   uint32_t last)
{
    return is_within(&c->ranges[0], first, last) ||
           is_within(&c->ranges[1], first, last);
}

/* ---- FPB ----------------------------------------------------------------- */

/* Breakpoint units: that of Armv6-M, the flash patch of Cortex-M3 and M4, and
 * version 2 of it, which patches nothing. */
enum mprofile_fpb mprofile_fpb(const struct mprofile *m)
{
    return !mprofile_has(m, T32_V7M)            ? MPROFILE_BPU
           : mprofile_has(m, MPROFILE_BIT_BAND) ? MPROFILE_FPB
                                                : MPROFILE_FPB2;
}

enum { CODE_END = 0x20000000 };

/* The first comparator that patches a word of the code region (DDI 0403
 * C1.11): instructions by one of the first six, literals by the others; -1:
 * none. */
static int patch_of(const struct mprofile *m, uint32_t address, bool literal)
{
    unsigned first = literal ? FPB_INSTRUCTIONS : 0;
    unsigned end = literal ? FPB_COMPARATORS : FPB_INSTRUCTIONS;

    for (unsigned n = first; n < end && address < CODE_END; n++) {
        uint32_t comp = m->debug.fp_comp[n];

        if ((comp & 1) != 0 && comp >> 30 == REPLACE_REMAP &&
            (comp & 0x1ffffffc) == (address & ~3u)) {
            return (int)n;
        }
    }
    return -1;
}

bool mprofile_debug_patch(const struct mprofile *m, enum vcpu_access kind,
                          uint32_t address, unsigned size, uint64_t *place)
{
    if (!m->debug.patches || kind == VCPU_WRITE || (address & 3) + size > 4) {
        return false;
    }
    int n = patch_of(m, address, kind == VCPU_READ);

    if (n >= 0) {
        *place = CODE_END | (m->state.fp_remap & 0x1fffffe0) | (unsigned)n * 4 |
                 (address & 3);
    }
    return n >= 0;
}

/* True if an instruction at pc may have a patched half. */
static bool is_patched(const struct mprofile *m, uint32_t pc)
{
    return m->debug.patches &&
           (patch_of(m, pc, false) >= 0 || patch_of(m, pc + 2, false) >= 0);
}

static bool breaks_at(const struct mprofile *m, uint32_t pc)
{
    bool halves = mprofile_fpb(m) != MPROFILE_FPB2; /* REPLACE says which */

    for (unsigned n = 0; m->debug.breaks && n < FPB_COMPARATORS; n++) {
        uint32_t comp = m->debug.fp_comp[n];
        uint32_t replace = comp >> 30;

        if ((comp & 1) == 0) {
            continue;
        }
        if (!halves ? pc == (comp & ~1u)
                    : (comp & 0x1ffffffc) == (pc & ~3u) &&
                          (replace & ((pc & 2) != 0 ? REPLACE_UPPER
                                                    : REPLACE_LOWER)) != 0) {
            return true;
        }
    }
    return false;
}

/* ---- What is looked for -------------------------------------------------- */

static void collect(const struct mprofile *m, struct mprofile_debug *debug)
{
    const struct mprofile_state *state = &m->state;
    bool dwt = (state->demcr & DEMCR_TRCENA) != 0;

    for (unsigned n = 0; dwt && n < mprofile_dwt_comparators(m); n++) {
        struct mprofile_comparator c = mprofile_has(m, T32_V8M_BASE)
                                           ? v8_comparator(m, n)
                                           : v7_comparator(m, n);

        if (mprofile_has(m, T32_V8M_BASE)) {
            c.ranges[1] = c.ranges[0];
        }
        c.value = state->dwt_comp[n];
        debug->comparators[n] = c;
        debug->fetches |= c.kind == MPROFILE_FETCHES;
        debug->accesses |= c.kind == MPROFILE_ACCESSES;
        debug->cycles |= c.kind == MPROFILE_CYCLES &&
                         (state->dwt_ctrl & CTRL_CYCCNTENA) != 0;
    }
    for (unsigned n = 0; n < FPB_COMPARATORS; n++) {
        uint32_t comp =
            (state->fp_ctrl & FP_ENABLE) != 0 ? state->fp_comp[n] : 0;
        bool patch =
            mprofile_fpb(m) == MPROFILE_FPB && comp >> 30 == REPLACE_REMAP;

        debug->fp_comp[n] = (comp & 1) != 0 ? comp : 0;
        debug->breaks |= (comp & 1) != 0 && !patch;
        debug->patches |= (comp & 1) != 0 && patch;
    }
    debug->steps = (state->demcr & DEMCR_MON_STEP) != 0 &&
                   (state->demcr & DEMCR_MON_EN) != 0;
}

void mprofile_debug_derive(struct mprofile *m)
{
    struct mprofile_debug *old = &m->debug;
    struct mprofile_debug new;

    memset(&new, 0, sizeof(new)); /* compared below */
    collect(m, &new);
    new.places = new.fetches || new.breaks || new.patches;
    new.active =
        new.places || new.cycles || new.steps || m->state.debug_armed != 0;
    m->vcpu.due = new.cycles ? m->state.debug_cycle : UINT64_MAX;
    m->vcpu.attention = true;
    if (memcmp(old, &new, sizeof(new)) != 0) {
        *old = new;
        m->vcpu.has_breakpoints = new.places;
        m->vcpu.has_watchpoints = new.accesses;
        vcpu_flush(&m->vcpu);
    }
}

void mprofile_debug_changed(struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    uint32_t distance = 0;

    mprofile_debug_derive(m);
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        if (m->debug.comparators[n].kind == MPROFILE_CYCLES) {
            distance = state->dwt_comp[n] - mprofile_cycles(m);
        }
    }
    m->state.debug_cycle =
        m->vcpu.core.retired +
        (distance != 0 ? distance : (uint64_t)UINT32_MAX + 1);
    m->vcpu.due = m->debug.cycles ? m->state.debug_cycle : UINT64_MAX;
}

bool mprofile_debug_breakpoint(const struct vcpu *cpu, uint64_t pc)
{
    const struct mprofile *m = (const struct mprofile *)cpu;
    uint32_t address = (uint32_t)pc;

    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        const struct mprofile_comparator *c = &m->debug.comparators[n];

        if (c->kind == MPROFILE_FETCHES && covers(c, address, address)) {
            return true;
        }
    }
    return breaks_at(m, address) || is_patched(m, address);
}

bool mprofile_debug_watches(const struct mprofile *m, uint32_t first,
                            uint32_t last)
{
    for (unsigned n = 0; m->debug.accesses && n < DWT_COMPARATORS; n++) {
        const struct mprofile_comparator *c = &m->debug.comparators[n];

        if (c->kind == MPROFILE_ACCESSES && covers(c, first, last)) {
            return true;
        }
    }
    for (unsigned n = FPB_INSTRUCTIONS; m->debug.patches && n < FPB_COMPARATORS;
         n++) {
        const struct mprofile_extent word = {
            m->debug.fp_comp[n] & 0x1ffffffc,
            (m->debug.fp_comp[n] & 0x1ffffffc) + 3,
        };

        if ((m->debug.fp_comp[n] & 1) != 0 && is_within(&word, first, last)) {
            return true;
        }
    }
    return false;
}

/* ---- Matches ------------------------------------------------------------- */

static void match(struct mprofile *m, const struct mprofile_comparator *c)
{
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        m->state.dwt_function[n] |= (c->matched >> n & 1) * MATCHED;
    }
    if (c->acts && can_pend(m, true)) {
        pend(m, DFSR_DWTTRAP);
    }
}

/* True if the bytes of an access have the value, as a unit of its size. */
static bool has_value(const struct mprofile_comparator *c,
                      const struct guest_access *access, const uint8_t *bytes)
{
    unsigned size = c->value_size;
    unsigned first = -(unsigned)access->address & (size - 1);
    uint8_t wanted[4];

    store_le32(wanted, c->value);
    for (unsigned i = first; i + size <= access->size; i += size) {
        if (memcmp(bytes + i, wanted, size) == 0) {
            return true;
        }
    }
    return false;
}

void mprofile_debug_accessed(struct vcpu *cpu,
                             const struct guest_access *access,
                             const uint64_t value[2])
{
    struct mprofile *m = mprofile_of(cpu);
    const uint32_t first = (uint32_t)access->address;
    const unsigned kind = access->kind == VCPU_READ ? WATCH_READ : WATCH_WRITE;

    if ((access->level & LEVEL_SILENT) != 0) {
        return;
    }
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        const struct mprofile_comparator *c = &m->debug.comparators[n];

        if (c->kind == MPROFILE_ACCESSES && (c->accesses & kind) != 0 &&
            covers(c, first, first + access->size - 1) &&
            (c->value_size == 0 ||
             has_value(c, access, (const uint8_t *)value))) {
            match(m, c);
        }
    }
}

/* ---- Instruction boundaries ---------------------------------------------- */

/* True if the instruction that was armed is behind. */
static bool has_moved(const struct mprofile *m)
{
    return m->state.debug_retired != m->vcpu.core.retired ||
           m->state.debug_pc != (uint32_t)m->state.x[IR_PC];
}

/* DDI 0553, SetMonStep(): unless the instruction raised the priority itself; an
 * exception that it took is stepped into. */
static void end_step(struct mprofile *m, uint32_t armed)
{
    if ((armed & ARMED_STEP) != 0 &&
        (can_pend(m, true) ||
         armed >> ARMED_EXCEPTION_SHIFT != m->state.exception)) {
        pend(m, DFSR_HALTED);
    }
}

void mprofile_debug_settle(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    uint32_t armed = state->debug_armed;

    state->debug_armed = 0;
    if (armed != 0 && has_moved(m)) {
        for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
            if ((armed >> n & 1) != 0) {
                match(m, &m->debug.comparators[n]);
            }
        }
        end_step(m, armed);
    }
    if (m->debug.cycles && m->vcpu.core.retired >= m->vcpu.due) {
        for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
            if (m->debug.comparators[n].kind == MPROFILE_CYCLES) {
                match(m, &m->debug.comparators[n]);
            }
        }
        state->debug_cycle += (uint64_t)UINT32_MAX + 1;
        m->vcpu.due = state->debug_cycle;
    }
}

/* A breakpoint that DebugMonitor does not take is a HardFault of Armv7-M (DDI
 * 0403 C1.5.3), and nothing otherwise (DDI 0553, FPB_BreakpointMatch()). */
static bool take_break(struct mprofile *m)
{
    if (mprofile_debug_event(m)) {
        return true;
    }
    if (mprofile_has(m, T32_V8M_BASE) || !mprofile_has(m, T32_V7M)) {
        return false;
    }
    m->state.dfsr |= DFSR_BKPT;
    m->state.hfsr |= HFSR_DEBUGEVT;
    mprofile_raise(m, EXCEPTION_HARD_FAULT, m->state.secure,
                   "a breakpoint with no debugger");
    return true;
}

void mprofile_debug_begin(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    const struct core *core = &m->vcpu.core;
    uint32_t armed = 0;

    while (core->power == CORE_RUNNING && state->not_thumb == 0 &&
           breaks_at(m, (uint32_t)state->x[IR_PC]) && take_break(m)) {
    }
    if (core->power != CORE_RUNNING) {
        return;
    }
    uint32_t pc = (uint32_t)state->x[IR_PC];
    for (unsigned n = 0; m->debug.fetches && n < DWT_COMPARATORS; n++) {
        const struct mprofile_comparator *c = &m->debug.comparators[n];

        armed |= c->kind == MPROFILE_FETCHES && covers(c, pc, pc) ? 1u << n : 0;
    }
    if (m->debug.steps && can_pend(m, true)) {
        armed |= ARMED_STEP;
    }
    if (armed != 0) {
        state->debug_armed = armed | state->exception << ARMED_EXCEPTION_SHIFT;
        state->debug_pc = pc;
        state->debug_retired = core->retired;
    }
    if (armed != 0 || is_patched(m, pc)) {
        m->vcpu.step = true;
    }
}
