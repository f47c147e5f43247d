/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RV32 core: state and declarations that its files share.
 *
 *   riscv.c  the core type: creation, reset, lines, registers for debuggers
 *   trap.c   traps, interrupts, MRET and WFI
 *   csr.c    CSR reads and writes
 *   pmp.c    physical memory protection
 *   veer.c   additions of VeeR EL2
 *   ibex.c   additions of lowRISC Ibex
 */
#ifndef ENGINE_RISCV_RISCV_H
#define ENGINE_RISCV_RISCV_H

#include "bus/clock.h"
#include "engine/vcpu.h"
#include "isa/riscv/csr.h"
#include "isa/riscv/exceptions.h"

enum riscv_input {
    RISCV_INPUT_MSIP,
    RISCV_INPUT_MTIP,
    RISCV_INPUT_MEIP, /* plain: nonzero is pending; VeeR: the PIC's claim,
                         priority << 8 | interrupt */
    RISCV_INPUT_NMI,
    RISCV_INPUT_NMI_VECTOR, /* the level is the address */
    RISCV_INPUT_RESET,      /* the platform's business */
    RISCV_INPUTS,
    RISCV_INPUT_FAST = RISCV_INPUTS, /* the first of Ibex's fast interrupts */
};

enum { IBEX_FAST_INTERRUPTS = 15, IBEX_CPUCTRL = RISCV_CSR_mrac };

enum riscv_cause {
    RISCV_FETCH_FAULT = 1,
    RISCV_ILLEGAL_INSTRUCTION = 2,
    RISCV_BREAKPOINT = 3,
    RISCV_LOAD_MISALIGNED = 4,
    RISCV_LOAD_FAULT = 5,
    RISCV_STORE_MISALIGNED = 6,
    RISCV_STORE_FAULT = 7,
    RISCV_ECALL_U = 8,
    RISCV_ECALL_M = 11,
};

#define RISCV_INTERRUPT 0x80000000u

enum riscv_mstatus {
    MSTATUS_MIE = 1 << 3,
    MSTATUS_MPIE = 1 << 7,
    MSTATUS_MPP = 3 << 11,
    MSTATUS_MPRV = 1 << 17,
    MSTATUS_TW = 1 << 21,
};

enum riscv_interrupt {
    MIP_MSIP = 3,
    MIP_MTIP = 7,
    MIP_MEIP = 11,
    MIP_FAST0 = 16,  /* Ibex: fast interrupts */
    IBEX_NMI = 31,   /* not in mip */
    MIP_MITIP1 = 28, /* VeeR: internal timers, correctable errors */
    MIP_MITIP0 = 29,
    MIP_MCEIP = 30,
};

enum { RISCV_USER = 0, RISCV_MACHINE = 3 };

/* Architectural state: saved, restored and hashed by the fields of the type. */
struct riscv_state {
    uint64_t x[IR_REGISTERS]; /* x0-x31, pc, scratch of micro-operations */
    uint32_t csr[RISCV_CSRS]; /* of STORED and some SPECIAL rows */
    uint32_t privilege;
    uint32_t inputs[RISCV_INPUTS];
    uint32_t fast; /* Ibex: levels of its fast interrupts, a bit each */
    uint32_t nmi_pending;
    uint32_t nmi_cause;
    uint32_t internal_pending; /* VeeR: bits of mip for its timers */
    uint32_t mdseac_locked;
    uint32_t power; /* copies of fields of struct core */
    uint64_t retired;
    /* A counter is retired + base while it runs, base while inhibited. */
    uint64_t cycle_base;
    uint64_t instret_base;
    /* VeeR internal timers: the time at which the count was 0. */
    uint64_t timer_start_ns[2];
};

struct riscv {
    struct vcpu vcpu; /* first */
    struct riscv_state state;
    bool veer;
    bool ibex;
    bool has_csr[RISCV_CSRS];
    struct timer timers[2]; /* VeeR */
};

extern const struct core_type riscv_plain_type;
extern const struct core_type riscv_veer_type;
extern const struct core_type riscv_ibex_type;

static inline struct riscv *riscv_of(struct vcpu *cpu)
{
    return (struct riscv *)cpu;
}

#define RISCV_CSR(hart, name) ((hart)->state.csr[RISCV_CSR_##name])

/* trap.c. An exception leaves pc of the instruction in mepc; riscv_interrupts
 * is struct guest_traits'. */
void riscv_trap(struct riscv *hart, uint32_t cause, uint32_t value);
void riscv_nmi(struct riscv *hart, uint32_t cause);
void riscv_interrupts(struct vcpu *cpu);
uint32_t riscv_mip(const struct riscv *hart);
void riscv_set_privilege(struct riscv *hart, uint32_t privilege);
/* After mstatus or privilege changed: which TLB banks apply. */
void riscv_update_contexts(struct riscv *hart);
/* Ends WFI when something enabled is pending. */
void riscv_wake(struct riscv *hart);
const char *riscv_wake_name(unsigned wake, int *input);
extern const enum riscv_cause riscv_fault_causes[]; /* by vcpu_access */
/* An access was refused at an address, by protection or by the bus. True: the
 * exception was taken; false: it is reported later. */
bool riscv_fault(struct riscv *hart, const struct guest_access *access,
                 uint64_t address, bool protection);
bool riscv_bus_error(struct vcpu *cpu, const struct guest_access *access,
                     uint64_t address);
void riscv_lock_up(struct vcpu *cpu);
/* core_type.stuck. */
void riscv_stuck(const struct core *core, struct event *event);

/* csr.c. False: no such register. Neither checks privilege. */
bool riscv_csr_read(struct riscv *hart, unsigned row, uint32_t *value);
bool riscv_csr_write(struct riscv *hart, unsigned row, uint32_t value);
/* True if the present mode may access the CSR with this number. */
bool riscv_csr_accessible(struct riscv *hart, unsigned number, bool write);

/* pmp.c */
unsigned riscv_page_rights(struct vcpu *cpu, unsigned context, uint64_t page);
bool riscv_permits(struct vcpu *cpu, const struct guest_access *access,
                   bool raises);
bool riscv_unprotected(struct vcpu *cpu, uint64_t first, uint64_t last);
void riscv_pmp_write(struct riscv *hart, unsigned row, uint32_t value);

/* veer.c */
void riscv_veer_init(struct riscv *hart);
void riscv_veer_fini(struct riscv *hart);
void riscv_veer_reset(struct riscv *hart);
void riscv_veer_restored(struct riscv *hart);
bool riscv_veer_csr_read(struct riscv *hart, unsigned row, uint32_t *value);
void riscv_veer_csr_write(struct riscv *hart, unsigned row, uint32_t value);
/* The enabled interrupts changed: internal timers follow. */
void riscv_veer_listen(struct riscv *hart);
/* An internal timer would wake the core, but stands still in a halt of the
 * hardware (4.4.4, HALT_EN); here it counts. */
bool riscv_veer_waits_in_vain(const struct riscv *hart);
/* The PIC's claim passes the thresholds. */
bool riscv_veer_external_pending(const struct riscv *hart);
/* Enters the handler of the claimed external interrupt. */
void riscv_veer_take_external(struct riscv *hart);
/* An access that protection or the bus refused; false: reported later. */
bool riscv_veer_fault(struct riscv *hart, uint32_t address, unsigned size,
                      enum vcpu_access access, bool protection);
/* Takes the trap, and returns true, for a misaligned access that the core
 * itself refuses. */
bool riscv_veer_misaligned(struct riscv *hart, uint32_t address, unsigned size,
                           enum vcpu_access access);
bool riscv_veer_has_side_effects(const struct riscv *hart, uint32_t address);

/* ibex.c */
extern const struct input_spec
    riscv_ibex_inputs[RISCV_INPUTS + IBEX_FAST_INTERRUPTS];
void riscv_ibex_reset(struct riscv *hart);
void riscv_ibex_input(struct riscv *hart, unsigned number, uint32_t level);
/* The value that a CSR of an Ibex holds after a write of value. */
uint32_t riscv_ibex_csr_value(unsigned row, uint32_t value);
/* A synchronous exception is taken, or MRET executed. */
void riscv_ibex_exception(struct riscv *hart);
void riscv_ibex_returned(struct riscv *hart);

/* engine/lift/riscv.c */
bool riscv_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                const uint8_t *bytes, size_t size);
/* engine/lift/riscv_system.c: numbers of the helpers that lifters name. */
enum riscv_helper {
    RISCV_HELPER_ILLEGAL,
    RISCV_HELPER_ECALL,
    RISCV_HELPER_EBREAK,
    RISCV_HELPER_MRET,
    RISCV_HELPER_WFI,
    RISCV_HELPER_CSR,
    RISCV_HELPER_SYNC, /* FENCE.I: look at memory again */
};
extern vcpu_helper *const riscv_helpers[];

#endif
