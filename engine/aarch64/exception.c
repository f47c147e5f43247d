/* SPDX-License-Identifier: Apache-2.0 */
/* Taking exceptions and returning from them (DDI 0487, D1). */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/pauth.h"
#include "engine/gate_inside.h"
#include "isa/aarch64/exceptions.h"

enum vector {
    VECTOR_SYNC = 0,
    VECTOR_IRQ = 0x80,
    VECTOR_FIQ = 0x100,
    VECTOR_SERROR = 0x180
};

/* Rows of the registers that exceptions to a level use. */
static const struct {
    enum aarch64_register spsr, elr, esr, far, vbar;
} rows[4] = {
    [1] = {AARCH64_SPSR_EL1, AARCH64_ELR_EL1, AARCH64_ESR_EL1, AARCH64_FAR_EL1,
           AARCH64_VBAR_EL1},
    [2] = {AARCH64_SPSR_EL2, AARCH64_ELR_EL2, AARCH64_ESR_EL2, AARCH64_FAR_EL2,
           AARCH64_VBAR_EL2},
    [3] = {AARCH64_SPSR_EL3, AARCH64_ELR_EL3, AARCH64_ESR_EL3, AARCH64_FAR_EL3,
           AARCH64_VBAR_EL3},
};

uint32_t aarch64_pstate(const struct aarch64 *pe)
{
    const struct aarch64_state *s = &pe->state;

    return (uint32_t)s->r[IR_NZCV] << 28 | (uint32_t)s->uao << 23 |
           (uint32_t)s->pan << 22 | (uint32_t)s->ss << 21 |
           (uint32_t)s->il << 20 | (uint32_t)s->ssbs << 12 |
           (uint32_t)s->daif << 6 | (uint32_t)s->level << 2 | s->spsel;
}

void aarch64_set_sp(struct aarch64 *pe, unsigned level, unsigned spsel)
{
    struct aarch64_state *s = &pe->state;

    s->sp[s->spsel != 0 ? s->level : 0] = s->r[AARCH64_SP];
    s->level = (uint8_t)level;
    s->spsel = (uint8_t)spsel;
    s->r[AARCH64_SP] = s->sp[spsel != 0 ? level : 0];
}

void aarch64_set_controls(struct aarch64 *pe, uint64_t spsr)
{
    struct aarch64_state *s = &pe->state;

    s->pan = aarch64_has(pe, AARCH64_FEATURE_PAN) && (spsr >> 22 & 1) != 0;
    s->uao = aarch64_has(pe, AARCH64_FEATURE_UAO) && (spsr >> 23 & 1) != 0;
    s->ssbs = aarch64_has(pe, AARCH64_FEATURE_SSBS) && (spsr >> 12 & 1) != 0;
}

/* On entry to `level`, by its SCTLR: SPAN (a 1 without the extension) and
 * DSSBS. EL2 has PAN as the host. */
static void set_entry_controls(struct aarch64 *pe, unsigned level)
{
    uint64_t sctlr = pe->state.sys[aarch64_sctlr(pe, level)];
    bool two_ranges = level == 1 || (level == 2 && aarch64_in_host(pe, 0));

    if (two_ranges && (sctlr >> 23 & 1) == 0) {
        pe->state.pan = aarch64_has(pe, AARCH64_FEATURE_PAN);
    }
    pe->state.uao = 0;
    pe->state.ssbs = sctlr >> 44 & 1;
}

/* Keeps the exception that a loop of them began with. */
static void note_first(struct aarch64 *pe, unsigned level, uint64_t from)
{
    const uint64_t *sys = pe->state.sys;
    const uint64_t retired = pe->vcpu.core.retired;

    if (pe->first.level == 0 || pe->first.retired != retired) {
        pe->first = (struct aarch64_first){retired, level, sys[rows[level].esr],
                                           from, sys[rows[level].far]};
    }
}

/* A vector that traps is where it returns to, too, so that ELR is the PC. */
void aarch64_stuck(const struct core *core, struct event *event)
{
    const struct aarch64 *pe = (const struct aarch64 *)core;
    const struct aarch64_first *first = &pe->first;
    const unsigned level = pe->state.level != 0 ? pe->state.level : 1;
    const uint64_t *sys = pe->state.sys;

    event->fact = FACT_A64_STUCK;
    event->values[0] = pe->state.r[IR_PC];
    event->values[1] = (uint64_t)level << 56 | sys[rows[level].esr];
    event->values[2] = sys[rows[level].far];
    event->values[3] = (uint64_t)first->level << 56 | first->esr;
    event->values[4] = first->elr;
    event->values[5] = first->far;
}

void aarch64_lock_up(struct vcpu *cpu)
{
    enum { LEVEL = 56 };
    struct core *core = &cpu->core;
    struct event why = {.time_ns = 0};

    aarch64_stuck(core, &why);
    const uint64_t *v = why.values;
    log_write(
        &core->config.fabric->log, LOG_GUEST, core->name, core->retired,
        "exceptions without end at 0x%" PRIx64 " (ESR_EL%u 0x%" PRIx64
        ", FAR 0x%" PRIx64 "), which began with ESR_EL%u 0x%" PRIx64
        ", ELR 0x%" PRIx64 ", FAR 0x%" PRIx64 ": the core waits for a reset",
        v[0], (unsigned)(v[1] >> LEVEL), v[1] & ~(UINT64_MAX << LEVEL), v[2],
        (unsigned)(v[3] >> LEVEL), v[3] & ~(UINT64_MAX << LEVEL), v[4], v[5]);
    core->power = CORE_STUCK;
    core_request_stop(core);
}

static void enter(struct aarch64 *pe, unsigned level, enum vector vector,
                  uint64_t from)
{
    struct aarch64_state *s = &pe->state;
    unsigned offset = s->level < level ? 0x400 : s->spsel != 0 ? 0x200 : 0;

    aarch64_pmu_event(pe, AARCH64_EVENT_EXC_TAKEN);
    if (pe->debug.stepping) { /* in place of the instruction */
        s->ss = 1;
        pe->debug.stepping = false;
    }
    s->step = 0;
    s->sys[rows[level].spsr] = aarch64_pstate(pe);
    s->sys[rows[level].elr] = from;
    aarch64_set_sp(pe, level, 1);
    s->daif = AARCH64_D | AARCH64_A | AARCH64_I | AARCH64_F;
    s->il = 0;
    s->ss = 0;
    set_entry_controls(pe, level);
    s->r[IR_PC] = s->sys[rows[level].vbar] + offset + vector;
    note_first(pe, level, from);
    core_note_trap(&pe->vcpu.core,
                   vector == VECTOR_SYNC
                       ? s->sys[rows[level].esr] >> 26 & 63
                       : AARCH64_TRAP_SYNCHRONOUS + vector / VECTOR_IRQ - 1);
    aarch64_update(pe);
}

void aarch64_take(struct aarch64 *pe, unsigned level, enum aarch64_class class,
                  uint32_t iss, uint64_t from)
{
    gate_enter(&pe->vcpu);
    pe->state.sys[rows[level].esr] =
        (uint32_t) class << 26 | 1u << 25 | (iss & 0x1ffffff);
    enter(pe, level, VECTOR_SYNC, from);
    gate_leave(&pe->vcpu);
}

static unsigned default_level(const struct aarch64 *pe)
{
    if (pe->state.level == 0) {
        return (aarch64_hcr(pe) >> 27 & 1) != 0 ? 2 : 1; /* TGE */
    }
    return pe->state.level;
}

enum vcpu_outcome aarch64_raise(struct aarch64 *pe, enum aarch64_class class,
                                uint32_t iss)
{
    aarch64_take(pe, default_level(pe), class, iss, pe->state.r[IR_PC]);
    return VCPU_TRAPPED;
}

/* ---- Instructions that make exceptions ----------------------------------- */

enum vcpu_outcome aarch64_undefined(struct vcpu *cpu, const struct ir_op *op)
{
    return aarch64_raise(aarch64_of(cpu), AARCH64_EC_UNKNOWN, 0);
}

/* The preferred return address of a call is what follows it. It counts as an
 * instruction: the exception is its effect. */
static enum vcpu_outcome call(struct aarch64 *pe, unsigned level,
                              enum aarch64_class class, const struct ir_op *op)
{
    pe->debug.stepping = false;
    aarch64_pmu_retire(pe);
    aarch64_take(pe, level, class, (uint32_t)op->high & 0xffff,
                 pe->state.r[IR_PC] + 4);
    pe->vcpu.core.traps--;
    return VCPU_JUMPED;
}

enum vcpu_outcome aarch64_svc(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    return call(pe, default_level(pe), AARCH64_EC_SVC, op);
}

static bool ask_firmware(struct aarch64 *pe, enum core_call kind)
{
    struct core *core = &pe->vcpu.core;
    uint64_t *r = pe->state.r;

    if (core->config.aarch64.firmware == NULL) {
        return false;
    }
    uint64_t after = r[IR_PC] + 4;
    uint64_t x[8];
    memcpy(x, r, sizeof(x));
    uint64_t before = r[IR_PC];
    r[IR_PC] = after;
    enum core_answer answer = core->config.aarch64.firmware(
        core->config.aarch64.firmware_context, core, kind, x);
    if (answer == CORE_ANSWERED) {
        memcpy(r, x, sizeof(x));
        pe->vcpu.attention = true;
    } else {
        r[IR_PC] = before;
    }
    return answer != CORE_UNANSWERED;
}

enum vcpu_outcome aarch64_hvc(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned level = pe->state.level;
    bool enabled = pe->has_el3 ? (AARCH64_SYS(pe, SCR_EL3) & 1 << 8) != 0
                               : (AARCH64_SYS(pe, HCR_EL2) >> 29 & 1) == 0;

    if (!pe->has_el2 && level != 0 && ask_firmware(pe, CORE_CALL_HVC)) {
        return VCPU_JUMPED;
    }
    if (!pe->has_el2 || level == 0 || !enabled ||
        (level == 1 && !aarch64_el2_enabled(pe))) {
        return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
    }
    return call(pe, level == 3 ? 3 : 2, AARCH64_EC_HVC, op);
}

enum vcpu_outcome aarch64_smc(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned level = pe->state.level;

    if (level == 0) {
        return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
    }
    if (level == 1 && (aarch64_hcr(pe) >> 19 & 1) != 0) { /* TSC */
        aarch64_take(pe, 2, AARCH64_EC_SMC, (uint32_t)op->high & 0xffff,
                     cpu->r[IR_PC]);
        return VCPU_TRAPPED;
    }
    if (!pe->has_el3) {
        return ask_firmware(pe, CORE_CALL_SMC)
                   ? VCPU_JUMPED
                   : aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
    }
    if ((AARCH64_SYS(pe, SCR_EL3) & 1 << 7) != 0) { /* SMD */
        return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
    }
    return call(pe, 3, AARCH64_EC_SMC, op);
}

enum vcpu_outcome aarch64_brk(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (cpu->core.catch_ebreak) {
        cpu->core.stop_address = gva(cpu->r[IR_PC]);
        cpu->stop = CORE_STOP_EBREAK;
        cpu->stopping = true;
        cpu->attention = true;
        return VCPU_TRAPPED;
    }
    unsigned level = default_level(pe);
    if (level == 1 && aarch64_el2_enabled(pe) &&
        (AARCH64_SYS(pe, MDCR_EL2) & 1 << 8) != 0) { /* TDE */
        level = 2;
    }
    aarch64_take(pe, level, AARCH64_EC_BRK, (uint32_t)op->high & 0xffff,
                 cpu->r[IR_PC]);
    return VCPU_TRAPPED;
}

enum vcpu_outcome aarch64_hlt(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (cpu->core.config.aarch64.semihosting && op->high == 0xf000 &&
        ask_firmware(pe, CORE_CALL_SEMIHOSTING)) {
        return VCPU_JUMPED;
    }
    return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
}

/* ---- Returning ----------------------------------------------------------- */

static bool legal_return(const struct aarch64 *pe, uint64_t spsr)
{
    unsigned level = spsr >> 2 & 3;
    bool non_secure = !pe->has_el3 || (AARCH64_SYS(pe, SCR_EL3) & 1) != 0;

    if ((spsr & 1 << 4) != 0 || (spsr & 2) != 0 || level > pe->state.level ||
        (level == 0 && (spsr & 1) != 0)) {
        return false;
    }
    if (level == 2) {
        return pe->has_el2 && non_secure;
    }
    /* With TGE there is no EL1. */
    return !(level == 1 && pe->has_el2 && non_secure &&
             (AARCH64_SYS(pe, HCR_EL2) >> 27 & 1) != 0);
}

enum vcpu_outcome aarch64_eret(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    struct aarch64_state *s = &pe->state;
    unsigned level = s->level;

    if (level == 0) {
        return aarch64_undefined(cpu, op);
    }
    uint64_t spsr = s->sys[rows[level].spsr];
    uint64_t target = s->sys[rows[level].elr];
    if (op->high != 0 && /* ERETAA, ERETAB */
        !aarch64_authenticate(pe, (enum aarch64_key)(op->high - 1),
                              s->r[AARCH64_SP], &target)) {
        return VCPU_TRAPPED;
    }
    bool legal = legal_return(pe, spsr);

    aarch64_pmu_event(pe, AARCH64_EVENT_EXC_RETURN);
    aarch64_pmu_retire(pe);
    s->ss = aarch64_debug_return(pe, spsr, legal ? spsr >> 2 & 3 : level);
    s->step = 0;
    if (legal) {
        aarch64_set_sp(pe, spsr >> 2 & 3, spsr & 1);
        s->il = spsr >> 20 & 1;
    } else {
        s->il = 1;
    }
    s->r[IR_NZCV] = spsr >> 28 & 15;
    s->daif = spsr >> 6 & 15;
    aarch64_set_controls(pe, spsr);
    s->exclusive = 0;
    s->event = 1;
    s->r[IR_PC] = target;
    aarch64_update(pe);
    cpu->attention = true;
    return VCPU_JUMPED;
}

/* ---- Interrupts (D1.13) -------------------------------------------------- */

/* Where a physical interrupt goes; scr and hcr are the routing bits. */
static unsigned route(const struct aarch64 *pe, unsigned scr, unsigned hcr)
{
    uint64_t bits = (uint64_t)1 << hcr | (uint64_t)1 << 27;

    if (pe->has_el3 && (AARCH64_SYS(pe, SCR_EL3) & 1u << scr) != 0) {
        return 3;
    }
    return (aarch64_hcr(pe) & bits) != 0 ? 2 : 1;
}

static bool take_physical(struct aarch64 *pe, unsigned input, unsigned scr,
                          unsigned hcr, unsigned mask, enum vector vector)
{
    const struct aarch64_state *s = &pe->state;

    if (s->inputs[input] == 0) {
        return false;
    }
    unsigned level = route(pe, scr, hcr);
    bool maskable = level == s->level || level == 1 ||
                    (level == 2 && aarch64_in_host(pe, 0));
    if (level < s->level || (maskable && (s->daif & mask) != 0)) {
        return false;
    }
    enter(pe, level, vector, s->r[IR_PC]);
    return true;
}

static bool virtual_pending(const struct aarch64 *pe, unsigned input,
                            unsigned hcr, unsigned pending)
{
    uint64_t value = aarch64_hcr(pe);

    return pe->state.level < 2 && (value >> hcr & 1) != 0 &&
           (value >> 27 & 1) == 0 &&
           (pe->state.inputs[input] != 0 || (value >> pending & 1) != 0);
}

static bool take_virtual(struct aarch64 *pe, unsigned input, unsigned hcr,
                         unsigned pending, unsigned mask, enum vector vector)
{
    if (!virtual_pending(pe, input, hcr, pending) ||
        (pe->state.daif & mask) != 0) {
        return false;
    }
    enter(pe, 1, vector, pe->state.r[IR_PC]);
    return true;
}

bool aarch64_virtual_error(const struct aarch64 *pe)
{
    uint64_t hcr = aarch64_hcr(pe);

    return pe->state.level < 2 && (hcr >> 5 & 1) != 0 && (hcr >> 8 & 1) != 0 &&
           (hcr >> 27 & 1) == 0;
}

enum wake { WAKE_NONE, WAKE_IRQ, WAKE_FIQ, WAKE_VIRQ, WAKE_VFIQ, WAKE_VSERROR };

static enum wake find_wake(const struct aarch64 *pe)
{
    return pe->state.inputs[AARCH64_IRQ] != 0        ? WAKE_IRQ
           : pe->state.inputs[AARCH64_FIQ] != 0      ? WAKE_FIQ
           : virtual_pending(pe, AARCH64_VIRQ, 4, 7) ? WAKE_VIRQ
           : virtual_pending(pe, AARCH64_VFIQ, 3, 6) ? WAKE_VFIQ
           : aarch64_virtual_error(pe)               ? WAKE_VSERROR
                                                     : WAKE_NONE;
}

bool aarch64_wakes(const struct aarch64 *pe)
{
    return find_wake(pe) != WAKE_NONE;
}

void aarch64_wake(struct aarch64 *pe)
{
    struct core *core = &pe->vcpu.core;
    enum wake wake = core->power == CORE_WAITING ? find_wake(pe) : WAKE_NONE;

    if (wake != WAKE_NONE) {
        core->woken_by = wake;
        core->power = CORE_RUNNING;
    }
}

const char *aarch64_wake_name(unsigned wake, int *input)
{
    static const char *const names[] = {
        [WAKE_IRQ] = "IRQ",
        [WAKE_FIQ] = "FIQ",
        [WAKE_VIRQ] = "virtual IRQ",
        [WAKE_VFIQ] = "virtual FIQ",
        [WAKE_VSERROR] = "virtual SError",
    };

    *input = -1;
    return wake < ARRAY_SIZE(names) ? names[wake] : NULL;
}

static bool take_serror(struct aarch64 *pe)
{
    if (!aarch64_virtual_error(pe) || (pe->state.daif & AARCH64_A) != 0) {
        return false;
    }
    AARCH64_SYS(pe, HCR_EL2) &= ~((uint64_t)1 << 8); /* VSE */
    AARCH64_SYS(pe, ESR_EL1) = (uint32_t)AARCH64_EC_SERROR << 26 | 1u << 25 |
                               (AARCH64_SYS(pe, VSESR_EL2) & 0x1ffffff);
    enter(pe, 1, VECTOR_SERROR, pe->state.r[IR_PC]);
    return true;
}

/* Physical errors do not exist here; a masked virtual one is deferred. */
enum vcpu_outcome aarch64_esb(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (aarch64_virtual_error(pe) && (pe->state.daif & AARCH64_A) != 0) {
        AARCH64_SYS(pe, HCR_EL2) &= ~((uint64_t)1 << 8); /* VSE */
        AARCH64_SYS(pe, VDISR_EL2) =
            1u << 31 | (AARCH64_SYS(pe, VSESR_EL2) & 0x1ffffff);
    }
    return VCPU_NEXT;
}

/* The abort of the fetch comes first (D1.13.4). */
static void illegal_state(struct aarch64 *pe)
{
    uint8_t word[4];

    if (vcpu_fetch(&pe->vcpu, pe->state.r[IR_PC], word)) {
        aarch64_raise(pe, AARCH64_EC_ILLEGAL_STATE, 0);
    }
}

/* No line is up and HCR_EL2 makes nothing pending (VF, VI, VSE): mostly. */
static bool quiet(const struct aarch64 *pe)
{
    const uint32_t *inputs = pe->state.inputs;

    return (inputs[AARCH64_IRQ] | inputs[AARCH64_FIQ] | inputs[AARCH64_VIRQ] |
            inputs[AARCH64_VFIQ]) == 0 &&
           (AARCH64_SYS(pe, HCR_EL2) & 7 << 6) == 0;
}

/* The first of what is pending, by priority (D1.13.4); false: nothing is. */
static bool take_pending(struct aarch64 *pe)
{
    if (pe->debug.active && aarch64_debug_step_pending(pe)) {
        return true;
    }
    if (!quiet(pe) &&
        (take_serror(pe) ||
         take_physical(pe, AARCH64_FIQ, 2, 3, AARCH64_F, VECTOR_FIQ) ||
         take_physical(pe, AARCH64_IRQ, 1, 4, AARCH64_I, VECTOR_IRQ) ||
         take_virtual(pe, AARCH64_VFIQ, 3, 6, AARCH64_F, VECTOR_FIQ) ||
         take_virtual(pe, AARCH64_VIRQ, 4, 7, AARCH64_I, VECTOR_IRQ))) {
        return true;
    }
    if (pe->debug.active && aarch64_debug_breakpoint(pe)) {
        return true;
    }
    if (pe->state.il != 0) {
        illegal_state(pe);
        return true;
    }
    return false;
}

bool aarch64_undisturbed(struct vcpu *cpu)
{
    struct aarch64 *pe = aarch64_of(cpu);

    cpu->r[IR_PC] = aarch64_branch_address(pe, cpu->r[IR_PC]);
    return quiet(pe) && !pe->debug.active && pe->state.il == 0;
}

void aarch64_interrupts(struct vcpu *cpu)
{
    struct aarch64 *pe = aarch64_of(cpu);

    /* Tagged addresses are in no cache, so a branch to one ends up here. */
    cpu->r[IR_PC] = aarch64_branch_address(pe, cpu->r[IR_PC]);
    cpu->step = false;
    pe->debug.stepping = false;
    if (cpu->core.retired >= cpu->due) {
        aarch64_pmu_update(pe);
    }
    aarch64_wake(pe);
    if (cpu->core.power == CORE_WAITING) {
        return;
    }
    bool taken = take_pending(pe);
    if (!pe->debug.active) {
        return;
    }
    /* EL2 may debug the vector of EL1, and masks debug exceptions itself. */
    while (taken) {
        taken = take_pending(pe);
    }
    cpu->step = aarch64_debug_begin_step(pe);
}
