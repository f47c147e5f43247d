/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the manual leaves a choice: reserved combinations of filters disable a
 * breakpoint or watchpoint, a watchpoint's MASK overrules its BAS, and FAR is
 * the first watched byte of the access. Address mismatch is not there. No
 * debugger sits outside: nothing drains the communication channel, and there is
 * no Debug state.
 */
#include "engine/aarch64/debug.h"

#include <string.h>

#include "engine/aarch64/aarch64.h"
#include "engine/interpreter/arithmetic.h"

enum { MDSCR_SS = 1, MDSCR_KDE = 1 << 13, MDSCR_MDE = 1 << 15 };
enum { ISS_DEBUG = 0x22 };

static uint64_t field(uint64_t value, unsigned low, unsigned count)
{
    return value >> low & (((uint64_t)1 << count) - 1);
}

/* Values of registers that come in numbers: value, control, value, control. */
static uint64_t value_of(const struct aarch64 *pe, enum aarch64_register first,
                         unsigned n)
{
    return pe->state.sys[first + 2 * n];
}

/* ---- Routing and enables (D2.3, D2.4) ------------------------------------ */

static unsigned target_from(const struct aarch64 *pe, bool secure)
{
    bool routed = (AARCH64_SYS(pe, MDCR_EL2) & 1 << 8) != 0 || /* TDE */
                  (AARCH64_SYS(pe, HCR_EL2) >> 27 & 1) != 0;   /* TGE */

    return pe->has_el2 && !secure && routed ? 2 : 1;
}

static bool secure_at(const struct aarch64 *pe, unsigned level)
{
    return level == 3 || !aarch64_non_secure(pe);
}

static bool locked(const struct aarch64 *pe)
{
    bool double_lock = (AARCH64_SYS(pe, OSDLR_EL1) & 1) != 0 &&
                       (AARCH64_SYS(pe, DBGPRCR_EL1) & 1) == 0;

    return (AARCH64_SYS(pe, OSLSR_EL1) & 2) != 0 || double_lock;
}

static bool enabled_from(const struct aarch64 *pe, unsigned level, bool masked)
{
    bool secure = secure_at(pe, level);
    unsigned target = target_from(pe, secure);

    if (locked(pe) || (pe->has_el3 && secure &&
                       (AARCH64_SYS(pe, MDCR_EL3) & 1 << 16) != 0)) { /* SDD */
        return false;
    }
    return level < target || (level == target && !masked &&
                              (AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_KDE) != 0);
}

static bool enabled(const struct aarch64 *pe)
{
    return enabled_from(pe, pe->state.level, (pe->state.daif & AARCH64_D) != 0);
}

static void take(struct aarch64 *pe, enum aarch64_class class, uint32_t iss)
{
    unsigned level = target_from(pe, secure_at(pe, pe->state.level));

    /* The class for one's own level follows the one for a lower level. */
    if (pe->state.level == level) {
        class ++;
    }
    aarch64_take(pe, level, class, iss, pe->state.r[IR_PC]);
}

/* ---- Matching (D2.8, D2.9; StateMatch) ----------------------------------- */

/* Filters that no core with these levels has (CheckValidStateMatch). */
static bool reserved(const struct aarch64 *pe, unsigned hmc, unsigned ssc,
                     unsigned pxc)
{
    unsigned all = hmc << 4 | ssc << 2 | pxc;

    if (hmc != 0 && pxc == 2) {
        return true;
    }
    switch (all) {
    case 0x0e: /* 0 11 10 */
    case 0x10: /* 1 00 00 */
    case 0x0c: /* 0 11 00: secure EL2 */
    case 0x14: /* 1 01 00 */
    case 0x0d: /* x 11 x1 */
    case 0x0f:
    case 0x1d:
    case 0x1f:
    case 0x00: /* 0 xx 00: AArch32 */
    case 0x04:
    case 0x08:
        return true;
    case 0x18: /* 1 10 00: EL3 alone */
        return !pe->has_el3;
    case 0x1c: /* 1 11 00: EL2 alone */
        return !pe->has_el2;
    default:
        return (!pe->has_el3 && (ssc == 1 || ssc == 2)) ||
               (!pe->has_el3 && !pe->has_el2 && hmc != 0);
    }
}

/* SSC, HMC and PMC (PAC) are at the same places in both kinds. */
static bool state_matches(const struct aarch64 *pe, uint64_t control,
                          unsigned level)
{
    unsigned hmc = (unsigned)field(control, 13, 1);
    unsigned ssc = (unsigned)field(control, 14, 2);
    unsigned pxc = (unsigned)field(control, 1, 2);
    bool secure = secure_at(pe, pe->state.level);

    if (reserved(pe, hmc, ssc, pxc) || (ssc == 1 && secure) ||
        (ssc == 2 && !secure)) {
        return false;
    }
    switch (level) {
    case 0:
        return (pxc & 2) != 0;
    case 1:
        return (pxc & 1) != 0;
    case 2:
        return hmc != 0 && (ssc << 2 | pxc) != 8;
    default:
        return hmc != 0 && (ssc & 1) == 0;
    }
}

/* The values that a context breakpoint compares: bits 31:0 of its value with
 * CONTEXTIDR of the present regime or of EL1, bits 63:32 with the VMID or
 * CONTEXTIDR_EL2. */
enum {
    MATCH_CONTEXT = 1,
    MATCH_CONTEXT_EL1 = 2,
    MATCH_VMID = 4,
    MATCH_CONTEXT_EL2 = 8
};

/* By BT<3:1> of breakpoint n; 0: it compares none. */
static unsigned context_kinds(const struct aarch64 *pe, unsigned n)
{
    static const uint8_t kinds[8] = {
        [1] = MATCH_CONTEXT,     [3] = MATCH_CONTEXT_EL1,
        [4] = MATCH_VMID,        [5] = MATCH_CONTEXT_EL1 | MATCH_VMID,
        [6] = MATCH_CONTEXT_EL2, [7] = MATCH_CONTEXT_EL1 | MATCH_CONTEXT_EL2,
    };
    unsigned type =
        (unsigned)field(value_of(pe, AARCH64_DBGBCR0_EL1, n), 21, 3);
    bool of_host = type == 3 || type >= 6;

    if (n < AARCH64_BREAKPOINTS - AARCH64_CONTEXT_BREAKPOINTS ||
        (type >= 4 && !pe->has_el2) ||
        (of_host && !aarch64_has(pe, AARCH64_FEATURE_VHE))) {
        return 0;
    }
    return kinds[type];
}

static bool vmid_matches(const struct aarch64 *pe, uint64_t value)
{
    unsigned width = field(AARCH64_SYS(pe, VTCR_EL2), 19, 1) != 0 ? 16 : 8;

    return aarch64_el2_enabled(pe) && field(AARCH64_SYS(pe, VTTBR_EL2), 48,
                                            width) == field(value, 32, width);
}

static bool context_matches(const struct aarch64 *pe, unsigned n)
{
    unsigned kinds = context_kinds(pe, n);
    uint64_t value = value_of(pe, AARCH64_DBGBVR0_EL1, n);
    unsigned level = pe->state.level;
    bool host = aarch64_in_host(pe, level);
    bool guest = level < 2 && !host;
    bool same = (uint32_t)value == AARCH64_SYS(pe, CONTEXTIDR_EL1);
    bool same_el2 = (uint32_t)value == AARCH64_SYS(pe, CONTEXTIDR_EL2);
    bool upper_el2 = value >> 32 == AARCH64_SYS(pe, CONTEXTIDR_EL2);

    return kinds != 0 &&
           ((kinds & MATCH_CONTEXT) == 0 ||
            (host ? same_el2 : guest && same)) &&
           ((kinds & MATCH_CONTEXT_EL1) == 0 || (guest && same)) &&
           ((kinds & MATCH_VMID) == 0 || (guest && vmid_matches(pe, value))) &&
           ((kinds & MATCH_CONTEXT_EL2) == 0 ||
            (level < 3 && aarch64_el2_enabled(pe) && upper_el2));
}

/* The linked breakpoint of a control register says yes. */
static bool link_matches(const struct aarch64 *pe, uint64_t control)
{
    unsigned n = (unsigned)field(control, 16, 4);

    if (n >= AARCH64_BREAKPOINTS) {
        return false;
    }
    uint64_t other = value_of(pe, AARCH64_DBGBCR0_EL1, n);
    return (other & 1) != 0 && field(other, 20, 1) != 0 &&
           context_matches(pe, n);
}

static bool breakpoint_matches(const struct aarch64 *pe, unsigned n,
                               uint64_t pc)
{
    uint64_t control = value_of(pe, AARCH64_DBGBCR0_EL1, n);
    unsigned type = (unsigned)field(control, 20, 4);

    if ((control & 1) == 0 || !state_matches(pe, control, pe->state.level)) {
        return false;
    }
    if (type > 1) { /* those that are for linking match nothing themselves */
        return (type & 1) == 0 && context_matches(pe, n);
    }
    uint64_t at =
        sign_extend(value_of(pe, AARCH64_DBGBVR0_EL1, n), 49) & ~(uint64_t)3;
    return ((at ^ pc) << 8) == 0 && (type == 0 || link_matches(pe, control));
}

/* A byte of a watchpoint (WatchpointByteMatch), addresses without tags. */
static bool watches_byte(uint64_t value, uint64_t control, uint64_t address)
{
    unsigned mask = (unsigned)field(control, 24, 5);
    unsigned bottom = (value & 4) != 0 ? 2 : 3;
    uint64_t difference = sign_extend(value, 49) ^ address;

    if (mask == 1 || mask == 2) { /* reserved */
        return false;
    }
    if (mask != 0) {
        return difference << 8 >> 8 >> mask == 0;
    }
    unsigned byte = (unsigned)field(address, 0, bottom);
    return difference << 8 >> 8 >> bottom == 0 &&
           field(control, 5 + byte, 1) != 0;
}

/* The first byte of an access that a watchpoint matches; size: none. */
static unsigned watched_byte(const struct aarch64 *pe, unsigned n,
                             unsigned level, uint64_t address, unsigned size,
                             enum vcpu_access access)
{
    uint64_t value = value_of(pe, AARCH64_DBGWVR0_EL1, n);
    uint64_t control = value_of(pe, AARCH64_DBGWCR0_EL1, n);
    unsigned i = 0;

    if ((control & 1) == 0 ||
        field(control, access == VCPU_WRITE ? 4 : 3, 1) == 0 ||
        !state_matches(pe, control, level) ||
        (field(control, 20, 1) != 0 && !link_matches(pe, control))) {
        return size;
    }
    while (i < size && !watches_byte(value, control, address + i)) {
        i++;
    }
    return i;
}

/* ---- Breakpoints (D2.8) -------------------------------------------------- */

bool aarch64_debug_stops_at(const struct vcpu *cpu, uint64_t pc)
{
    const struct aarch64_debug *debug = &((const struct aarch64 *)cpu)->debug;

    for (unsigned i = 0; i < debug->break_count; i++) {
        if (((debug->break_at[i] ^ pc) & (REGION_PAGE_SIZE - 1)) == 0) {
            return true;
        }
    }
    return false;
}

bool aarch64_debug_breakpoint(struct aarch64 *pe)
{
    struct aarch64_translation t;
    uint64_t pc = pe->state.r[IR_PC];
    bool found = false;

    if ((AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_MDE) == 0 || !enabled(pe)) {
        return false;
    }
    for (unsigned n = 0; n < AARCH64_BREAKPOINTS && !found; n++) {
        found = breakpoint_matches(pe, n, pc);
    }
    /* Faults of the fetch come first (D1.13.4). */
    if (!found || (pc & 3) != 0 ||
        !aarch64_translate(pe, pe->state.level, pc, VCPU_FETCH, true, &t)) {
        return false;
    }
    take(pe, AARCH64_EC_BREAKPOINT, ISS_DEBUG);
    return true;
}

/* ---- Watchpoints (D2.9) -------------------------------------------------- */

bool aarch64_debug_watches(const struct aarch64 *pe, uint64_t page)
{
    const struct aarch64_debug *debug = &pe->debug;
    uint64_t first = page << 8 >> 8;

    for (unsigned i = 0; i < debug->watch_count; i++) {
        if (debug->watched[i].first <= first + (REGION_PAGE_SIZE - 1) &&
            debug->watched[i].last >= first) {
            return true;
        }
    }
    return false;
}

bool aarch64_debug_access(struct aarch64 *pe, unsigned level, uint64_t address,
                          unsigned size, enum vcpu_access access,
                          bool maintenance)
{
    unsigned first = size;

    if ((AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_MDE) == 0 || !enabled(pe)) {
        return true;
    }
    for (unsigned n = 0; n < AARCH64_WATCHPOINTS; n++) {
        unsigned byte = watched_byte(pe, n, level, address, size, access);

        first = byte < first ? byte : first;
    }
    if (first == size) {
        return true;
    }
    if (target_from(pe, secure_at(pe, pe->state.level)) == 2) {
        AARCH64_SYS(pe, FAR_EL2) = address + first;
    } else {
        AARCH64_SYS(pe, FAR_EL1) = address + first;
    }
    take(pe, AARCH64_EC_WATCHPOINT,
         (uint32_t)(access == VCPU_WRITE) << 6 | (uint32_t)maintenance << 8 |
             ISS_DEBUG);
    return false;
}

/* ---- Software step (D2.12) ----------------------------------------------- */

static bool steps(const struct aarch64 *pe)
{
    return (AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_SS) != 0 && enabled(pe);
}

bool aarch64_debug_step_pending(struct aarch64 *pe)
{
    struct aarch64_state *s = &pe->state;

    if (!steps(pe)) {
        s->step = 0;
        return false;
    }
    if (s->ss != 0) {
        return false;
    }
    /* ISV, and EX of a stepped load-exclusive. */
    uint32_t iss =
        (uint32_t)((s->step & AARCH64_STEPPED) != 0) << 24 |
        (uint32_t)(s->step == (AARCH64_STEPPED | AARCH64_STEPPED_EXCLUSIVE))
            << 6;
    take(pe, AARCH64_EC_STEP, iss | ISS_DEBUG);
    return true;
}

/* SS is cleared at once, for what retires; an exception that the instruction
 * takes instead of being executed saves it as set (exception.c). */
bool aarch64_debug_begin_step(struct aarch64 *pe)
{
    if (!steps(pe)) {
        return false;
    }
    pe->state.ss = 0;
    pe->state.step = AARCH64_STEPPED;
    pe->debug.stepping = true;
    return true;
}

bool aarch64_debug_return(const struct aarch64 *pe, uint64_t spsr,
                          unsigned level)
{
    return (AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_SS) != 0 && !enabled(pe) &&
           enabled_from(pe, level, (spsr & 1 << 9) != 0) &&
           field(spsr, 21, 1) != 0;
}

/* ---- Registers ----------------------------------------------------------- */

static void collect_breakpoints(const struct aarch64 *pe,
                                struct aarch64_debug *debug)
{
    for (unsigned n = 0; n < AARCH64_BREAKPOINTS; n++) {
        uint64_t control = value_of(pe, AARCH64_DBGBCR0_EL1, n);

        if ((control & 1) != 0 && field(control, 21, 3) == 0) {
            debug->break_at[debug->break_count++] =
                sign_extend(value_of(pe, AARCH64_DBGBVR0_EL1, n), 49) &
                ~(uint64_t)3;
        }
        debug->active |= (control & 1) != 0;
    }
    debug->active &= (AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_MDE) != 0;
}

static void collect_watchpoints(const struct aarch64 *pe,
                                struct aarch64_debug *debug)
{
    for (unsigned n = 0; n < AARCH64_WATCHPOINTS; n++) {
        uint64_t control = value_of(pe, AARCH64_DBGWCR0_EL1, n);
        uint64_t value =
            sign_extend(value_of(pe, AARCH64_DBGWVR0_EL1, n), 49) << 8 >> 8;
        unsigned mask = (unsigned)field(control, 24, 5);
        uint64_t span = ((uint64_t)1 << (mask < 3 ? 3 : mask)) - 1;

        if ((control & 1) != 0) {
            debug->watched[debug->watch_count++] =
                (struct aarch64_watched){value & ~span, value | span};
        }
    }
}

void aarch64_debug_update(struct aarch64 *pe)
{
    struct aarch64_debug *old = &pe->debug;
    struct aarch64_debug new = {.stepping = old->stepping};

    collect_breakpoints(pe, &new);
    collect_watchpoints(pe, &new);
    if ((AARCH64_SYS(pe, MDSCR_EL1) & MDSCR_SS) != 0) {
        new.active = true;
    } else {
        pe->state.step = 0;
    }
    if (memcmp(old->break_at, new.break_at, sizeof(new.break_at)) != 0 ||
        old->break_count != new.break_count) {
        vcpu_flush(&pe->vcpu);
    }
    if (memcmp(old->watched, new.watched, sizeof(new.watched)) != 0 ||
        old->watch_count != new.watch_count) {
        vcpu_flush_tlb(&pe->vcpu);
    }
    *old = new;
    pe->vcpu.has_breakpoints = new.break_count != 0;
    pe->vcpu.attention = true;
}

void aarch64_write_debug_point(struct aarch64 *pe, enum aarch64_register row,
                               uint64_t value)
{
    pe->state.sys[row] = value;
    aarch64_debug_update(pe);
}

/* A bit that is an external debugger's is software's to save while the OS lock
 * is set (D19.3.20). */
void aarch64_write_debug_control(struct aarch64 *pe, enum aarch64_register row,
                                 uint64_t value)
{
    static const uint64_t always = 0x1000 | MDSCR_SS | MDSCR_KDE | MDSCR_MDE;
    bool lock = (AARCH64_SYS(pe, OSLSR_EL1) & 2) != 0;

    pe->state.sys[row] =
        lock ? value : (value & always) | (pe->state.sys[row] & ~always);
    aarch64_debug_update(pe);
}

void aarch64_write_os_lock(struct aarch64 *pe, enum aarch64_register row,
                           uint64_t value)
{
    AARCH64_SYS(pe, OSLSR_EL1) =
        (AARCH64_SYS(pe, OSLSR_EL1) & ~(uint64_t)2) | (value & 1) << 1;
}

/* The set register's slot stays all ones, the clear register's has the tags. */
void aarch64_write_claim(struct aarch64 *pe, enum aarch64_register row,
                         uint64_t value)
{
    if (row == AARCH64_DBGCLAIMSET_EL1) {
        AARCH64_SYS(pe, DBGCLAIMCLR_EL1) |= value;
    } else {
        AARCH64_SYS(pe, DBGCLAIMCLR_EL1) &= ~value;
    }
}

uint64_t aarch64_read_claim(struct aarch64 *pe, enum aarch64_register row)
{
    return row == AARCH64_DBGCLAIMSET_EL1 ? 0xff : pe->state.sys[row];
}

/* Implemented and not enabled: no authentication signal is asserted. */
uint64_t aarch64_read_debug_authentication(struct aarch64 *pe,
                                           enum aarch64_register row)
{
    return pe->has_el3 ? 0xaa : 0x0a;
}

/* ---- The communication channel (D19.3.5) --------------------------------- */

enum { TX_FULL = 1 << 29, RX_FULL = 1 << 30 };

uint64_t aarch64_read_channel_status(struct aarch64 *pe,
                                     enum aarch64_register row)
{
    return AARCH64_SYS(pe, MDSCR_EL1) & (TX_FULL | RX_FULL);
}

uint64_t aarch64_read_channel(struct aarch64 *pe, enum aarch64_register row)
{
    uint64_t low = AARCH64_SYS(pe, OSDTRRX_EL1);

    AARCH64_SYS(pe, MDSCR_EL1) &= ~(uint64_t)RX_FULL;
    return row == AARCH64_DBGDTR_EL0 ? AARCH64_SYS(pe, OSDTRTX_EL1) << 32 | low
                                     : low;
}

/* Sent data stays in the channel: there is no external debugger to read it. */
void aarch64_write_channel(struct aarch64 *pe, enum aarch64_register row,
                           uint64_t value)
{
    if (row == AARCH64_DBGDTR_EL0) {
        AARCH64_SYS(pe, OSDTRRX_EL1) = value >> 32;
    }
    AARCH64_SYS(pe, OSDTRTX_EL1) = (uint32_t)value;
    AARCH64_SYS(pe, MDSCR_EL1) |= TX_FULL;
}
