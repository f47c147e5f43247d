/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the manual leaves a choice: a counter of EL2's reads as zero and
 * ignores writes below EL2, also by its own register; an exception is counted
 * at the level that it was taken from; time does not go by in WFI.
 */
#include "engine/aarch64/pmu.h"

#include "base/log.h"
#include "engine/aarch64/aarch64.h"

enum { PMCR_E = 1, PMCR_P = 2, PMCR_C = 4, PMCR_D = 8, PMCR_DP = 32 };
enum { PMCR_LC = 64, PMCR_N = 11 };
enum { CYCLE_DIVIDER = 64 };

#define CYCLES       ((uint32_t)1 << AARCH64_CYCLE_COUNTER)
#define ALL_COUNTERS (CYCLES | ((1u << AARCH64_EVENT_COUNTERS) - 1))

static bool bit(uint64_t value, unsigned number)
{
    return (value >> number & 1) != 0;
}

static unsigned event_of(const struct aarch64 *pe, unsigned n)
{
    return pe->state.sys[AARCH64_PMEVTYPER0_EL0 + n] & 0xffff;
}

/* ---- What counts (AArch64.CountEvents) ----------------------------------- */

/* Event counters below it are everybody's, the others EL2's. */
static unsigned first_of_el2(const struct aarch64 *pe)
{
    unsigned hpmn = AARCH64_SYS(pe, MDCR_EL2) & 31;

    return !pe->has_el2 || hpmn > AARCH64_EVENT_COUNTERS
               ? AARCH64_EVENT_COUNTERS
               : hpmn;
}

/* The counters that are switched on, whatever the level. */
static uint32_t switched_on(const struct aarch64 *pe)
{
    uint32_t others =
        ((1u << AARCH64_EVENT_COUNTERS) - 1) & ~((1u << first_of_el2(pe)) - 1);
    uint32_t on = 0;

    if ((AARCH64_SYS(pe, PMCR_EL0) & PMCR_E) != 0) {
        on |= ALL_COUNTERS & ~others;
    }
    if (bit(AARCH64_SYS(pe, MDCR_EL2), 7)) { /* HPME */
        on |= others;
    }
    return on & (uint32_t)AARCH64_SYS(pe, PMCNTENSET_EL0);
}

static bool filtered(const struct aarch64 *pe, uint64_t type, bool secure)
{
    bool el3 = pe->has_el3;
    bool p = bit(type, 31);
    bool u = bit(type, 30);

    switch (pe->state.level) {
    case 0:
        return secure || !el3 ? u : u != bit(type, 28); /* NSU */
    case 1:
        return secure || !el3 ? p : p != bit(type, 29); /* NSK */
    case 2:
        return !bit(type, 27); /* NSH */
    default:
        return p != bit(type, 26); /* M */
    }
}

static uint32_t counting(const struct aarch64 *pe)
{
    bool secure = pe->state.level == 3 || !aarch64_non_secure(pe);
    bool prohibited =
        pe->has_el3 && secure && !bit(AARCH64_SYS(pe, MDCR_EL3), 17); /* SPME */
    uint32_t counts = switched_on(pe);

    if (prohibited) {
        counts &= (AARCH64_SYS(pe, PMCR_EL0) & PMCR_DP) != 0 ? 0 : CYCLES;
    }
    /* HPMD takes EL2 out of what is not its own. */
    if (pe->state.level == 2 && aarch64_has(pe, AARCH64_FEATURE_PMU8_1) &&
        bit(AARCH64_SYS(pe, MDCR_EL2), 17)) {
        counts &= ~((1u << first_of_el2(pe)) - 1);
        counts &=
            (AARCH64_SYS(pe, PMCR_EL0) & PMCR_DP) != 0 ? ~CYCLES : UINT32_MAX;
    }
    for (unsigned n = 0; n < AARCH64_EVENT_COUNTERS; n++) {
        if (bit(counts, n) &&
            filtered(pe, pe->state.sys[AARCH64_PMEVTYPER0_EL0 + n], secure)) {
            counts &= ~(1u << n);
        }
    }
    if (filtered(pe, AARCH64_SYS(pe, PMCCFILTR_EL0), secure)) {
        counts &= ~CYCLES;
    }
    return counts;
}

/* ---- Counting ------------------------------------------------------------ */

/* An event counter has 32 bits; the overflow of an even one is an event of the
 * next, if that is chained to it. */
static void add(struct aarch64 *pe, unsigned n, uint64_t count)
{
    while (count != 0) {
        uint64_t sum = pe->state.sys[AARCH64_PMEVCNTR0_EL0 + n] + count;

        pe->state.sys[AARCH64_PMEVCNTR0_EL0 + n] = (uint32_t)sum;
        count = sum >> 32;
        if (count == 0) {
            return;
        }
        AARCH64_SYS(pe, PMOVSSET_EL0) |= 1u << n;
        n++;
        if ((n & 1) == 0 || !bit(pe->pmu.counts, n) ||
            event_of(pe, n) != AARCH64_EVENT_CHAIN) {
            return;
        }
    }
}

static bool divides(const struct aarch64 *pe)
{
    return (AARCH64_SYS(pe, PMCR_EL0) & (PMCR_D | PMCR_LC)) == PMCR_D;
}

/* The cycle counter has 64 bits, and overflows at 32 of them unless LC says
 * otherwise. */
static void add_cycles(struct aarch64 *pe, uint64_t cycles)
{
    if (divides(pe)) {
        cycles += pe->state.cycle_part;
        pe->state.cycle_part = cycles % CYCLE_DIVIDER;
        cycles /= CYCLE_DIVIDER;
    }
    uint64_t before = AARCH64_SYS(pe, PMCCNTR_EL0);
    uint64_t after = before + cycles;
    bool overflow = (AARCH64_SYS(pe, PMCR_EL0) & PMCR_LC) != 0
                        ? after < before
                        : after >> 32 != before >> 32;

    AARCH64_SYS(pe, PMCCNTR_EL0) = after;
    AARCH64_SYS(pe, PMOVSSET_EL0) |= overflow ? CYCLES : 0;
}

/* Counts what retired up to `retired`. */
static void catch_up(struct aarch64 *pe, uint64_t retired)
{
    if (retired <= pe->state.counted) {
        return;
    }
    uint64_t passed = retired - pe->state.counted;
    pe->state.counted = retired;
    for (unsigned n = 0; n < AARCH64_EVENT_COUNTERS; n++) {
        if (bit(pe->pmu.counts, n) &&
            (event_of(pe, n) == AARCH64_EVENT_INST_RETIRED ||
             event_of(pe, n) == AARCH64_EVENT_CPU_CYCLES)) {
            add(pe, n, passed);
        }
    }
    if (bit(pe->pmu.counts, AARCH64_CYCLE_COUNTER)) {
        add_cycles(pe, passed);
    }
}

/* Instructions until a counter overflows. */
static uint64_t distance(const struct aarch64 *pe)
{
    uint64_t nearest = UINT64_MAX;

    for (unsigned n = 0; n < AARCH64_EVENT_COUNTERS; n++) {
        uint64_t left =
            ((uint64_t)1 << 32) - pe->state.sys[AARCH64_PMEVCNTR0_EL0 + n];

        if (bit(pe->pmu.counts, n) &&
            (event_of(pe, n) == AARCH64_EVENT_INST_RETIRED ||
             event_of(pe, n) == AARCH64_EVENT_CPU_CYCLES) &&
            left < nearest) {
            nearest = left;
        }
    }
    if (!bit(pe->pmu.counts, AARCH64_CYCLE_COUNTER)) {
        return nearest;
    }
    uint64_t cycles = AARCH64_SYS(pe, PMCCNTR_EL0);
    uint64_t left = (AARCH64_SYS(pe, PMCR_EL0) & PMCR_LC) != 0
                        ? 0 - cycles
                        : ((uint64_t)1 << 32) - (uint32_t)cycles;
    if (divides(pe)) {
        left = left * CYCLE_DIVIDER - pe->state.cycle_part;
    }
    return left != 0 && left < nearest ? left : nearest;
}

static void update_line(struct aarch64 *pe)
{
    uint32_t pending = (uint32_t)AARCH64_SYS(pe, PMOVSSET_EL0) &
                       (uint32_t)AARCH64_SYS(pe, PMINTENSET_EL1);
    uint32_t others = ~((1u << first_of_el2(pe)) - 1) & ~CYCLES;

    if ((AARCH64_SYS(pe, PMCR_EL0) & PMCR_E) == 0) {
        pending &= others;
    }
    if (!bit(AARCH64_SYS(pe, MDCR_EL2), 7)) {
        pending &= ~others;
    }
    pe->state.outputs[AARCH64_PMU] = pending != 0;
    if (pe->vcpu.core.outputs != NULL) {
        line_set(&pe->vcpu.core.outputs[AARCH64_PMU], pending != 0);
    }
}

void aarch64_pmu_update(struct aarch64 *pe)
{
    struct aarch64_pmu *pmu = &pe->pmu;

    catch_up(pe, pe->vcpu.core.retired);
    pmu->enabled = switched_on(pe) != 0;
    pmu->counts = pmu->enabled ? counting(pe) : 0;
    uint64_t left = distance(pe);
    pe->vcpu.due = left > UINT64_MAX - pe->state.counted
                       ? UINT64_MAX
                       : pe->state.counted + left;
    update_line(pe);
}

void aarch64_pmu_retire(struct aarch64 *pe)
{
    if (pe->pmu.enabled) {
        catch_up(pe, pe->vcpu.core.retired + 1);
    }
}

void aarch64_pmu_settle(struct aarch64 *pe)
{
    catch_up(pe, pe->vcpu.core.retired);
}

void aarch64_pmu_restore(struct aarch64 *pe)
{
    pe->pmu.counts = 0;
    aarch64_pmu_update(pe);
}

void aarch64_pmu_event(struct aarch64 *pe, enum aarch64_event event)
{
    if (!pe->pmu.enabled) {
        return;
    }
    for (unsigned n = 0; n < AARCH64_EVENT_COUNTERS; n++) {
        if (bit(pe->pmu.counts, n) && event_of(pe, n) == event) {
            add(pe, n, 1);
        }
    }
    aarch64_pmu_update(pe);
}

/* ---- Registers ----------------------------------------------------------- */

/* The counters that the present level may see. */
static uint32_t visible(const struct aarch64 *pe)
{
    if (pe->state.level >= 2 || !aarch64_el2_enabled(pe)) {
        return ALL_COUNTERS;
    }
    return CYCLES | ((1u << first_of_el2(pe)) - 1);
}

bool aarch64_pmu_user_may(const struct aarch64 *pe, int row, bool read)
{
    uint64_t enable = AARCH64_SYS(pe, PMUSERENR_EL0);
    bool counter = row == AARCH64_PMXEVCNTR_EL0 ||
                   (row >= AARCH64_PMEVCNTR0_EL0 &&
                    row < AARCH64_PMEVCNTR0_EL0 + AARCH64_EVENT_COUNTERS);

    return bit(enable, 0) || row == AARCH64_PMUSERENR_EL0 ||
           (row == AARCH64_PMSWINC_EL0 && bit(enable, 1)) ||
           (row == AARCH64_PMCCNTR_EL0 && read && bit(enable, 2)) ||
           (counter && read && bit(enable, 3)) ||
           (row == AARCH64_PMSELR_EL0 && bit(enable, 3));
}

uint64_t aarch64_read_pmu_control(struct aarch64 *pe, enum aarch64_register row)
{
    uint64_t value = pe->state.sys[row];

    if (pe->state.level < 2 && aarch64_el2_enabled(pe)) {
        value &= ~((uint64_t)31 << PMCR_N);
        value |= (uint64_t)first_of_el2(pe) << PMCR_N;
    }
    return value;
}

void aarch64_write_pmu_control(struct aarch64 *pe, enum aarch64_register row,
                               uint64_t value)
{
    catch_up(pe, pe->vcpu.core.retired);
    for (unsigned n = 0; (value & PMCR_P) != 0 && n < AARCH64_EVENT_COUNTERS;
         n++) {
        if (bit(visible(pe), n)) {
            pe->state.sys[AARCH64_PMEVCNTR0_EL0 + n] = 0;
        }
    }
    if ((value & PMCR_C) != 0) {
        AARCH64_SYS(pe, PMCCNTR_EL0) = 0;
        pe->state.cycle_part = 0;
    }
    pe->state.sys[row] = value & ~(uint64_t)(PMCR_P | PMCR_C);
    aarch64_pmu_update(pe);
}

/* MDCR_EL2 and MDCR_EL3: what debug looks up is looked up as needed. */
void aarch64_write_monitor_control(struct aarch64 *pe,
                                   enum aarch64_register row, uint64_t value)
{
    catch_up(pe, pe->vcpu.core.retired);
    pe->state.sys[row] = value;
    aarch64_pmu_update(pe);
}

/* Set and clear views of one value, which the set row holds. */
static enum aarch64_register set_row(enum aarch64_register row)
{
    switch (row) {
    case AARCH64_PMCNTENCLR_EL0:
        return AARCH64_PMCNTENSET_EL0;
    case AARCH64_PMOVSCLR_EL0:
        return AARCH64_PMOVSSET_EL0;
    case AARCH64_PMINTENCLR_EL1:
        return AARCH64_PMINTENSET_EL1;
    default:
        return row;
    }
}

uint64_t aarch64_read_pmu_set(struct aarch64 *pe, enum aarch64_register row)
{
    catch_up(pe, pe->vcpu.core.retired);
    return pe->state.sys[set_row(row)] & visible(pe);
}

void aarch64_write_pmu_set(struct aarch64 *pe, enum aarch64_register row,
                           uint64_t value)
{
    enum aarch64_register set = set_row(row);

    catch_up(pe, pe->vcpu.core.retired);
    value &= visible(pe);
    if (set == row) {
        pe->state.sys[set] |= value;
    } else {
        pe->state.sys[set] &= ~value;
    }
    aarch64_pmu_update(pe);
}

void aarch64_write_pmu_increment(struct aarch64 *pe, enum aarch64_register row,
                                 uint64_t value)
{
    for (unsigned n = 0; n < AARCH64_EVENT_COUNTERS; n++) {
        if (bit(value & visible(pe) & pe->pmu.counts, n) &&
            event_of(pe, n) == AARCH64_EVENT_SW_INCR) {
            add(pe, n, 1);
        }
    }
    update_line(pe);
}

/* Counters, event types and filters. */
static bool hidden(const struct aarch64 *pe, enum aarch64_register row)
{
    unsigned n = row >= AARCH64_PMEVTYPER0_EL0 ? row - AARCH64_PMEVTYPER0_EL0
                                               : row - AARCH64_PMEVCNTR0_EL0;

    return row >= AARCH64_PMEVCNTR0_EL0 && row < AARCH64_PMCCFILTR_EL0 &&
           !bit(visible(pe), n);
}

uint64_t aarch64_read_pmu_counter(struct aarch64 *pe, enum aarch64_register row)
{
    catch_up(pe, pe->vcpu.core.retired);
    return hidden(pe, row) ? 0 : pe->state.sys[row];
}

/* Software that selects an event which PMCEID does not promise reads zeros. */
static void tell_uncounted(const struct aarch64 *pe, uint64_t type)
{
    const struct core *core = &pe->vcpu.core;
    unsigned event = type & 0xffff;
    uint64_t promised = AARCH64_SYS(pe, PMCEID0_EL0) & UINT32_MAX;

    promised |= AARCH64_SYS(pe, PMCEID1_EL0) << 32;
    if (event >= 64 || !bit(promised, event)) {
        log_write(&core->config.fabric->log, LOG_UNMODELLED, core->name, event,
                  "PMU event 0x%x is not counted (PMCEID has it not)", event);
    }
}

void aarch64_write_pmu_counter(struct aarch64 *pe, enum aarch64_register row,
                               uint64_t value)
{
    catch_up(pe, pe->vcpu.core.retired);
    if (!hidden(pe, row)) {
        pe->state.sys[row] = value;
        if (row >= AARCH64_PMEVTYPER0_EL0 &&
            row < AARCH64_PMEVTYPER0_EL0 + AARCH64_EVENT_COUNTERS) {
            tell_uncounted(pe, value);
        }
    }
    if (row == AARCH64_PMCCNTR_EL0) {
        pe->state.cycle_part = 0;
    }
    aarch64_pmu_update(pe);
}

/* PMXEVTYPER and PMXEVCNTR: what PMSELR picks, or -1. */
static int selected(const struct aarch64 *pe, enum aarch64_register row)
{
    uint64_t select = AARCH64_SYS(pe, PMSELR_EL0);
    bool type = row == AARCH64_PMXEVTYPER_EL0;

    if (select == AARCH64_CYCLE_COUNTER) {
        return type ? (int)AARCH64_PMCCFILTR_EL0 : -1;
    }
    return select < AARCH64_EVENT_COUNTERS
               ? (int)((type ? AARCH64_PMEVTYPER0_EL0 : AARCH64_PMEVCNTR0_EL0) +
                       select)
               : -1;
}

uint64_t aarch64_read_pmu_selected(struct aarch64 *pe,
                                   enum aarch64_register row)
{
    int target = selected(pe, row);

    return target < 0
               ? 0
               : aarch64_register_read(pe, (enum aarch64_register)target);
}

void aarch64_write_pmu_selected(struct aarch64 *pe, enum aarch64_register row,
                                uint64_t value)
{
    int target = selected(pe, row);

    if (target >= 0) {
        aarch64_register_write(pe, (enum aarch64_register)target, value);
    }
}
