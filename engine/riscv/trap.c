/* SPDX-License-Identifier: Apache-2.0 */
/* Traps, interrupts, and the contexts of data accesses and fetches (priv 3). */
#include "base/bits.h"
#include "engine/riscv/riscv.h"

void riscv_update_contexts(struct riscv *hart)
{
    uint32_t mstatus = RISCV_CSR(hart, mstatus);
    uint32_t data = hart->state.privilege;

    if ((mstatus & MSTATUS_MPRV) != 0 && data == RISCV_MACHINE) {
        data = (mstatus & MSTATUS_MPP) >> 11;
    }
    hart->vcpu.data_context = data == RISCV_MACHINE ? 0 : 1;
    hart->vcpu.fetch_context = hart->state.privilege == RISCV_MACHINE ? 0 : 1;
}

void riscv_set_privilege(struct riscv *hart, uint32_t privilege)
{
    hart->state.privilege = privilege;
    riscv_update_contexts(hart);
}

/* Priv 3.1.6.1, 3.1.7. */
static void enter(struct riscv *hart, uint32_t cause, uint32_t value,
                  uint32_t vector)
{
    struct riscv_state *state = &hart->state;
    uint32_t mstatus = RISCV_CSR(hart, mstatus);

    RISCV_CSR(hart, mepc) = (uint32_t)state->x[IR_PC];
    RISCV_CSR(hart, mcause) = cause;
    RISCV_CSR(hart, mtval) = value;
    RISCV_CSR(hart, mscause) = 0;
    mstatus &= ~(uint32_t)(MSTATUS_MPIE | MSTATUS_MPP);
    mstatus |= (RISCV_CSR(hart, mstatus) & MSTATUS_MIE) << 4;
    mstatus |= state->privilege << 11;
    RISCV_CSR(hart, mstatus) = mstatus & ~(uint32_t)MSTATUS_MIE;
    riscv_set_privilege(hart, RISCV_MACHINE);
    state->x[IR_PC] = vector & ~1u;
    hart->vcpu.core.power = CORE_RUNNING;
    core_note_trap(&hart->vcpu.core, riscv_trap_class(cause));
}

void riscv_trap(struct riscv *hart, uint32_t cause, uint32_t value)
{
    uint32_t mtvec = RISCV_CSR(hart, mtvec);
    uint32_t vector = mtvec & ~3u;

    if (hart->ibex && (cause & RISCV_INTERRUPT) == 0) {
        riscv_ibex_exception(hart);
    }
    if ((mtvec & 1) != 0 && (cause & RISCV_INTERRUPT) != 0) {
        vector += (cause & ~RISCV_INTERRUPT) * 4;
    }
    enter(hart, cause, value, vector);
}

/* VeeR 2.16: NMIs use the vector that the SoC supplies. An Ibex has them in the
 * table of interrupts. */
void riscv_nmi(struct riscv *hart, uint32_t cause)
{
    if (hart->ibex) {
        riscv_trap(hart, RISCV_INTERRUPT | IBEX_NMI, 0);
        return;
    }
    enter(hart, cause, 0, hart->state.inputs[RISCV_INPUT_NMI_VECTOR]);
}

uint32_t riscv_mip(const struct riscv *hart)
{
    const uint32_t *inputs = hart->state.inputs;
    bool external = hart->veer ? riscv_veer_external_pending(hart)
                               : inputs[RISCV_INPUT_MEIP] != 0;

    return (inputs[RISCV_INPUT_MSIP] != 0 ? BIT(MIP_MSIP) : 0) |
           (inputs[RISCV_INPUT_MTIP] != 0 ? BIT(MIP_MTIP) : 0) |
           (external ? BIT(MIP_MEIP) : 0) | hart->state.fast << MIP_FAST0 |
           hart->state.internal_pending;
}

enum { WAKE_NMI = 1, WAKE_INTERRUPTS }; /* by their bits in mip */

/* The fast interrupts of an Ibex count as one kind. */
static unsigned wake_of(const struct riscv *hart, uint32_t pending)
{
    unsigned interrupt = (unsigned)__builtin_ctz(pending);

    return WAKE_INTERRUPTS +
           (hart->ibex && interrupt > MIP_FAST0 ? MIP_FAST0 : interrupt);
}

void riscv_wake(struct riscv *hart)
{
    struct core *core = &hart->vcpu.core;
    uint32_t pending = riscv_mip(hart) & RISCV_CSR(hart, mie);

    if (core->power == CORE_WAITING &&
        (hart->state.nmi_pending || pending != 0)) {
        core->woken_by =
            hart->state.nmi_pending ? WAKE_NMI : wake_of(hart, pending);
        core->power = CORE_RUNNING;
    }
}

const char *riscv_wake_name(unsigned wake, int *input)
{
    static const char *const names[] = {
        [WAKE_NMI] = "NMI",
        [WAKE_INTERRUPTS + MIP_MSIP] = "software interrupt",
        [WAKE_INTERRUPTS + MIP_MTIP] = "timer interrupt",
        [WAKE_INTERRUPTS + MIP_MEIP] = "external interrupt",
        [WAKE_INTERRUPTS + MIP_FAST0] = "fast interrupt",
        [WAKE_INTERRUPTS + MIP_MITIP1] = "internal timer 1",
        [WAKE_INTERRUPTS + MIP_MITIP0] = "internal timer 0",
        [WAKE_INTERRUPTS + MIP_MCEIP] = "correctable error",
    };

    *input = -1;
    return wake < ARRAY_SIZE(names) ? names[wake] : NULL;
}

static void take(struct riscv *hart, unsigned interrupt)
{
    if (interrupt == MIP_MEIP && hart->veer) {
        riscv_veer_take_external(hart);
        return;
    }
    hart->state.internal_pending &= ~BIT(interrupt);
    riscv_trap(hart, RISCV_INTERRUPT | interrupt, 0);
}

void riscv_interrupts(struct vcpu *cpu)
{
    /* Highest first: priv 3.1.9, VeeR 2.15; Ibex's fast ones are above. */
    static const uint8_t order[] = {MIP_MEIP, MIP_MCEIP,  MIP_MSIP,
                                    MIP_MTIP, MIP_MITIP0, MIP_MITIP1};
    struct riscv *hart = riscv_of(cpu);
    uint32_t pending = riscv_mip(hart) & RISCV_CSR(hart, mie);

    riscv_wake(hart);
    if (cpu->core.power == CORE_STUCK) {
        return;
    }
    if (hart->state.nmi_pending) {
        hart->state.nmi_pending = 0;
        riscv_nmi(hart, hart->state.nmi_cause);
        return;
    }
    if (pending == 0 || (hart->state.privilege == RISCV_MACHINE &&
                         (RISCV_CSR(hart, mstatus) & MSTATUS_MIE) == 0)) {
        return;
    }
    if (hart->ibex && pending >> MIP_FAST0 != 0) {
        unsigned first = (unsigned)__builtin_ctz(pending >> MIP_FAST0);
        riscv_trap(hart, RISCV_INTERRUPT | (MIP_FAST0 + first), 0);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if ((pending & BIT(order[i])) != 0) {
            take(hart, order[i]);
            return;
        }
    }
}

const enum riscv_cause riscv_fault_causes[] = {
    [VCPU_READ] = RISCV_LOAD_FAULT,
    [VCPU_WRITE] = RISCV_STORE_FAULT,
    [VCPU_FETCH] = RISCV_FETCH_FAULT,
};

bool riscv_fault(struct riscv *hart, const struct guest_access *access,
                 uint64_t address, bool protection)
{
    if (hart->veer) {
        return riscv_veer_fault(hart, (uint32_t)address, access->size,
                                access->kind, protection);
    }
    riscv_trap(hart, riscv_fault_causes[access->kind], (uint32_t)address);
    return true;
}

bool riscv_bus_error(struct vcpu *cpu, const struct guest_access *access,
                     uint64_t address)
{
    return riscv_fault(riscv_of(cpu), access, address, false);
}

void riscv_stuck(const struct core *core, struct event *event)
{
    const struct riscv *hart = (const struct riscv *)core;

    event->fact = FACT_RISCV_STUCK;
    event->values[0] = (uint32_t)hart->state.x[IR_PC];
    event->values[1] = RISCV_CSR(hart, mcause);
    event->values[2] = RISCV_CSR(hart, mepc);
    event->values[3] = RISCV_CSR(hart, mtval);
}

void riscv_lock_up(struct vcpu *cpu)
{
    struct riscv *hart = riscv_of(cpu);

    cpu->core.power = CORE_STUCK;
    log_write(&cpu->core.config.fabric->log, LOG_GUEST, cpu->core.name,
              hart->state.x[IR_PC],
              "locked up: the trap handler at 0x%08x traps (mcause 0x%x)",
              (uint32_t)hart->state.x[IR_PC], RISCV_CSR(hart, mcause));
}
