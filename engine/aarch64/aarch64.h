/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AArch64 processor element: state, and what its parts offer each other.
 *
 * References are to the Arm Architecture Reference Manual for A-profile
 * (DDI 0487), by section or by the name of its pseudocode function.
 */
#ifndef ENGINE_AARCH64_AARCH64_H
#define ENGINE_AARCH64_AARCH64_H

#include "engine/aarch64/core_type.h"
#include "engine/aarch64/debug.h"
#include "engine/aarch64/pmu.h"
#include "engine/aarch64/registers.h"
#include "engine/memory.h"

/* state.r: X0 to X30, the stack pointer in use at 31, then IR_PC, the
 * temporaries, IR_ZERO and IR_NZCV. */
enum { AARCH64_SP = 31 };

/* A vector register; element i of size s is at byte i * s (the host is little
 * endian). */
struct aarch64_vector {
    union {
        uint64_t d[2];
        uint32_t s[4];
        uint16_t h[8];
        uint8_t b[16];
    };
};

enum aarch64_input {
    AARCH64_IRQ,
    AARCH64_FIQ,
    AARCH64_VIRQ,
    AARCH64_VFIQ,
    AARCH64_INPUTS
};

/* Outputs: the generic timers' interrupts and the PMU's. */
enum aarch64_output {
    AARCH64_TIMER_PHYSICAL,           /* CNTP: EL1 physical, non-secure */
    AARCH64_TIMER_VIRTUAL,            /* CNTV */
    AARCH64_TIMER_HYPERVISOR,         /* CNTHP */
    AARCH64_TIMER_SECURE,             /* CNTPS */
    AARCH64_TIMER_HYPERVISOR_VIRTUAL, /* CNTHV */
    AARCH64_PMU,
    AARCH64_OUTPUTS,
    AARCH64_TIMERS = AARCH64_PMU
};

enum aarch64_daif {
    AARCH64_F = 1,
    AARCH64_I = 2,
    AARCH64_A = 4,
    AARCH64_D = 8
};

/* op1:op2 of MSR (immediate), C6.2.194. */
enum { AARCH64_DAIF_SET = 0x36, AARCH64_DAIF_CLR = 0x37 };

/* The saved part. */
struct aarch64_state {
    uint64_t r[IR_REGISTERS];
    struct aarch64_vector v[32];
    uint64_t sys[AARCH64_SYSTEM_REGISTERS]; /* by enum aarch64_register */
    uint64_t sp[4];                         /* SP_ELn; r[31] is in use */
    uint32_t fpcr;
    uint32_t fpsr;
    uint8_t level; /* PSTATE.EL */
    uint8_t spsel;
    uint8_t daif; /* enum aarch64_daif */
    uint8_t il;
    uint8_t ss;
    uint8_t event;     /* the WFE event register */
    uint8_t exclusive; /* 0: open; else the bytes monitored */
    uint8_t pan;       /* PSTATE.PAN, UAO, SSBS: 0 without the extension */
    uint8_t uao;
    uint8_t ssbs;
    uint8_t step;          /* AARCH64_STEPPED and its kin */
    uint64_t exclusive_pa; /* and where, and what was there */
    uint64_t exclusive_value[2];
    uint32_t inputs[AARCH64_INPUTS];
    uint32_t outputs[AARCH64_OUTPUTS];
    uint64_t counted;    /* by the PMU: instructions up to this count */
    uint64_t cycle_part; /* cycles that PMCR_EL0.D has not let through */
    uint64_t power;
    uint64_t retired;
};

/* Contexts of translation (banks.c): EL2 and EL3 by their numbers; those of EL1
 * and EL0 are given out as address spaces come up. */
enum {
    AARCH64_CONTEXT_FIRST = 4,
    AARCH64_CONTEXT_USER = 10,
    AARCH64_CONTEXTS = 18
};
static_assert((int)AARCH64_CONTEXTS <= (int)VCPU_CONTEXTS, "a bank for each");

/* An address space of EL0 or EL1. */
struct aarch64_space_key {
    uint64_t ttbr0; /* of EL1: its ASID alone, if that is the one in use */
    uint64_t ttbr1;
    uint64_t stage2; /* VTTBR_EL2 */
    bool secure;
    bool host; /* of EL2 */
};

enum { AARCH64_LOWER_PAGES = 32 };

/* Pages of the lower half in a bank of EL1, and the register of their table. */
struct aarch64_lower {
    uint64_t ttbr0;
    unsigned count; /* too large: there were more */
    uint64_t pages[AARCH64_LOWER_PAGES];
};

struct aarch64_banks {
    struct aarch64_space_key keys[AARCH64_CONTEXTS];
    uint64_t used_at[AARCH64_CONTEXTS];
    uint64_t uses;
    unsigned user;   /* the context of EL0 now; 0: not looked up yet */
    unsigned kernel; /* of EL1 */
    /* True if a bank of EL1 may have pages of the upper half that belong to its
     * ASID. */
    bool has_local[AARCH64_CONTEXTS];
    struct aarch64_lower lower[AARCH64_CONTEXT_USER]; /* by EL1's contexts */
};

/* A walk through the tables of a stage (mmu.c), at the table of its level. */
struct aarch64_walk_limits {
    bool non_secure; /* the tables are, and what they lead to */
    bool no_user, read_only, no_execute, no_privileged_execute;
};

struct aarch64_walk {
    struct aarch64 *pe;
    uint64_t whole;    /* the address that is translated */
    uint64_t address;  /* without the tag, or its part in the table */
    uint32_t contexts; /* bits of those that keep the result */
    uint64_t base;
    uint64_t leaf;       /* the last descriptor that was read, */
    unsigned input_bits; /* of address, as far as base's table tells */
    unsigned shift;      /* of a page */
    unsigned level;
    unsigned output_bits;
    bool ended; /* which is one */
    bool stage2;
    bool two_stages;  /* tables of stage 1 are themselves translated */
    bool flat_tables; /* tables grant and restrict nothing (FEAT_HPDS) */
    struct aarch64_walk_limits limits; /* gathered from tables */
    /* Where to keep it, and by which key, once it is behind level 2. */
    struct aarch64_known_walk *known;
    struct aarch64_walk_key {
        uint64_t flushes; /* vcpu.flushes; 0: none */
        uint64_t ttbr;
        uint64_t block; /* address >> 21, and the kind of walk */
    } key;
};

/* Walks begin at the table of pages, or the block, that an earlier one found,
 * as long as nothing of the soft TLB is flushed. */
enum { AARCH64_WALKS = 256 };

struct aarch64_known_walk {
    struct aarch64_walk_key key;
    struct aarch64_walk walk;
};

/* An exception, for people; no part of the state. */
struct aarch64_first {
    uint64_t retired; /* when it was taken */
    unsigned level;   /* to that one; 0: there was none */
    uint64_t esr;     /* of a synchronous one */
    uint64_t elr;
    uint64_t far;
};

/* TLB maintenance that the others have not heard of (parallel.c). */
enum { AARCH64_DEFERRED = 16 };

struct aarch64_deferred {
    unsigned count; /* more than there is room for: all is to go */
    uint32_t encodings[AARCH64_DEFERRED];
    uint64_t operands[AARCH64_DEFERRED];
};

struct aarch64 {
    struct vcpu vcpu;
    struct aarch64_state state;
    struct aarch64 *next; /* of fabric->cores */
    bool has_el2;
    bool has_el3;
    struct aarch64_rules rules;
    bool fp_trapped; /* FP and SIMD trap at this level: see fp_enabled.. */
    /* True if a bank may hold pages that PSTATE.PAN puts out of reach. */
    bool without_pan[VCPU_CONTEXTS];
    bool told_non_secure; /* states last reported to the GIC */
    bool told_el3;
    struct aarch64_debug debug;
    struct aarch64_pmu pmu;
    struct timer timers[AARCH64_TIMERS];
    /* The system counter counts so often in so many nanoseconds. */
    uint32_t counts;
    uint32_t counted_ns;
    struct aarch64_banks banks;
    struct aarch64_known_walk walks[AARCH64_WALKS];
    struct aarch64_deferred deferred;
    struct aarch64_first
        first;          /* of exceptions without an instruction between */
    unsigned waits;     /* for another core, one after the other, */
    uint64_t waited_at; /* the last at this retired count */
};

static inline struct aarch64 *aarch64_of(struct vcpu *cpu)
{
    return (struct aarch64 *)cpu;
}

static inline bool aarch64_has(const struct aarch64 *pe,
                               enum aarch64_feature feature)
{
    return aarch64_rules_have(&pe->rules, feature);
}

#define AARCH64_SYS(pe, name) ((pe)->state.sys[AARCH64_##name])

extern const struct core_type aarch64_type;

/* ---- Helpers of micro-operations (helpers.def) --------------------------- */

enum aarch64_helper {
#define HELPER(name, function, parallel) AARCH64_HELPER_##name,
#include "engine/aarch64/helpers.def"
#undef HELPER
    AARCH64_HELPERS
};

#define HELPER(name, function, parallel) vcpu_helper function;
#include "engine/aarch64/helpers.def"
#undef HELPER

extern vcpu_helper *const aarch64_helpers[AARCH64_HELPERS];

/* ---- Levels and contexts (aarch64.c) ------------------------------------- */

/* SCR_EL3.NS, or what a core without EL3 is: non-secure. */
static inline bool aarch64_non_secure(const struct aarch64 *pe)
{
    return !pe->has_el3 || (AARCH64_SYS(pe, SCR_EL3) & 1) != 0;
}
/* EL2 is there and the security state has it. */
static inline bool aarch64_el2_enabled(const struct aarch64 *pe)
{
    return pe->has_el2 && aarch64_non_secure(pe);
}
/* HCR_EL2 as it acts: 0 while EL2 is not enabled. */
static inline uint64_t aarch64_hcr(const struct aarch64 *pe)
{
    return aarch64_el2_enabled(pe) ? AARCH64_SYS(pe, HCR_EL2) : 0;
}
unsigned aarch64_context(struct aarch64 *pe, unsigned level);
/* The context that EL0 or EL1 has now, given out at its first use. */
unsigned aarch64_banks_context(struct aarch64 *pe, unsigned level);
/* The registers that tell the address space of EL0 and EL1 were written. */
void aarch64_banks_switch(struct aarch64 *pe);
/* EL1 enters a page into its bank; local: it is not global. */
void aarch64_banks_note(struct aarch64 *pe, uint64_t page, bool local);
/* TLB maintenance of this encoding, as this core sees it. */
void aarch64_banks_invalidate(struct aarch64 *pe, uint32_t encoding,
                              uint64_t operand);
/* After a change of level, security state or enables: picks the contexts. */
void aarch64_update(struct aarch64 *pe);
/* Only those. */
void aarch64_update_contexts(struct aarch64 *pe);
/* HCR_EL2.E2H for EL2, and with TGE for EL0: the level's regime is EL2&0. */
static inline bool aarch64_in_host(const struct aarch64 *pe, unsigned level)
{
    uint64_t needed = (uint64_t)1 << 34 | (uint64_t)(level == 0) << 27;

    return (level == 0 || level == 2) && (aarch64_hcr(pe) & needed) == needed;
}
/* SCTLR of the level's translation regime, as a register row. */
static inline enum aarch64_register aarch64_sctlr(const struct aarch64 *pe,
                                                  unsigned level)
{
    if (level == 3) {
        return AARCH64_SCTLR_EL3;
    }
    return level == 2 || aarch64_in_host(pe, level) ? AARCH64_SCTLR_EL2
                                                    : AARCH64_SCTLR_EL1;
}
/* The next PE of the machine; for (pe = first; pe; pe = pe->next). */
struct aarch64 *aarch64_first(struct aarch64 *pe);

/* ---- Translation (mmu.c) ------------------------------------------------- */

struct aarch64_translation {
    uint64_t pa;
    bool non_secure;
    bool device;        /* Device memory */
    uint8_t attributes; /* MAIR byte, for PAR_EL1 */
    uint8_t shareable;
    uint8_t shift;    /* log2 of the size of stage 1's leaf */
    bool local;       /* nG: of the present address space alone */
    bool remembers;   /* the result may be kept, if the next two allow it, and
                       * walks may begin where earlier ones were; */
    bool resumed;     /* one did */
    bool uncached;    /* nobody would tell of a change of some table */
    uint64_t changes; /* vcpu.origins.changes before the walk */
    /* When it failed: */
    uint8_t status; /* DFSC or IFSC */
    bool stage2;
    bool walk; /* the stage 2 fault was of a stage 1 walk (S1PTW) */
    uint64_t ipa;
};

/* The address that an access by `level` (in the present security state) ends
 * up at. both: through stage 2, if it is on. False: t tells the fault. */
bool aarch64_translate(struct aarch64 *pe, unsigned level, uint64_t address,
                       enum vcpu_access access, bool both,
                       struct aarch64_translation *t);
/* The same for a load or store, which PSTATE.PAN may forbid. */
bool aarch64_translate_data(struct aarch64 *pe, unsigned level,
                            uint64_t address, enum vcpu_access access,
                            bool both, struct aarch64_translation *t);

/* The same for an access that the soft TLB may remember: an earlier one may
 * have walked the upper tables. */
bool aarch64_translate_again(struct aarch64 *pe, unsigned level,
                             uint64_t address, enum vcpu_access access,
                             struct aarch64_translation *t);

/* TCR of a level's regime, and whether that has two ranges of addresses. */
uint64_t aarch64_tcr(const struct aarch64 *pe, unsigned level,
                     bool *two_ranges);

/* Where a branch to an address with a tag goes: the tag that TCR_ELx.TBI has
 * ignored is no part of the PC (BranchAddr). */
uint64_t aarch64_branch_address(const struct aarch64 *pe, uint64_t address);

/* ---- Registers as debuggers see them (core_registers.c) ------------------ */

/* Makes core.registers: x0 to x30, sp, pc and cpsr, then v0 to v31, fpsr and
 * fpcr, then the system registers of the levels that are there; for programs
 * the halves of v0 to v31, too. */
void aarch64_list_registers(struct aarch64 *pe);
int aarch64_register_get(struct core *core, size_t index, uint64_t *value);
int aarch64_register_set(struct core *core, size_t index, uint64_t value);
int aarch64_register_get_wide(struct core *core, size_t index, uint8_t *bytes);
int aarch64_register_set_wide(struct core *core, size_t index,
                              const uint8_t *bytes);
unsigned aarch64_disassemble_core(const struct core *core, struct gva pc,
                                  const void *bytes, size_t size,
                                  struct buffer *out);

/* ---- Cores that run at the same time (parallel.c) ------------------------ */

/* In place of aarch64_helpers. */
extern vcpu_helper *const aarch64_parallel_helpers[];
/* TLB maintenance that other cores are to do too, by the time of this core's
 * next DSB. */
void aarch64_parallel_invalidate(struct aarch64 *pe, uint32_t encoding,
                                 uint64_t operand);
/* guest_traits.settle: they do it now. No other core runs. */
void aarch64_settle(struct vcpu *cpu);

/* ---- Timers (timer.c) ---------------------------------------------------- */

/* The usual frequency, which compiled code knows. */
enum {
    AARCH64_COUNTER_HZ = 62500000,
    AARCH64_COUNTER_NS = 1000000000 / AARCH64_COUNTER_HZ,
};

void aarch64_timer_init(struct aarch64 *pe);
void aarch64_timer_fini(struct aarch64 *pe);
/* True if a read of the register tells the time. */
bool aarch64_tells_time(enum aarch64_register row);
/* Computes outputs and due times anew. */
void aarch64_timer_update(struct aarch64 *pe);
/* The count at this moment, less the offset for the virtual one. */
uint64_t aarch64_counter(const struct aarch64 *pe, bool virtual);

/* ---- Loops that wait (spin.c): hooks of guest_traits --------------------- */

bool aarch64_may_skip(const struct vcpu *cpu);
enum spin_effect aarch64_spin_effect(struct vcpu *cpu, const struct ir_op *op,
                                     uint64_t *value);
/* The level that WFI (event 0) or WFE (1) is trapped to, or 0 (helpers.c). */
unsigned aarch64_wait_target(struct aarch64 *pe, unsigned event);

/* ---- Memory, for helpers (access.c) -------------------------------------- */

/*
 * Data accesses of this instruction with the rights of the present level:
 * size is 1, 2, 4, 8 or 16 bytes; value holds the little-endian bytes, the
 * rest of a word is zero. False: the exception was taken, and the helper
 * returns VCPU_TRAPPED. A helper stores nothing into registers before all of
 * its accesses have succeeded.
 */
static inline bool aarch64_load(struct aarch64 *pe, uint64_t address,
                                unsigned size, uint64_t value[2])
{
    return vcpu_load_as(&pe->vcpu, pe->vcpu.data_context, pe->state.level,
                        address, size, value);
}

static inline bool aarch64_store(struct aarch64 *pe, uint64_t address,
                                 unsigned size, const uint64_t value[2])
{
    return vcpu_store_as(&pe->vcpu, pe->vcpu.data_context, pe->state.level,
                         address, size, value);
}

/* Loads from an aligned address that the instruction is about to write: the
 * exceptions are a store's. */
bool aarch64_load_for_store(struct aarch64 *pe, uint64_t address, unsigned size,
                            uint64_t value[2]);
/* Where the soft TLB has an aligned piece of memory for writing, or NULL. */
uint8_t *aarch64_place(struct aarch64 *pe, uint64_t address, unsigned size);
/* With the rights of another level (LDTR, STTR). */
bool aarch64_load_as(struct aarch64 *pe, unsigned level, uint64_t address,
                     unsigned size, uint64_t value[2]);
bool aarch64_store_as(struct aarch64 *pe, unsigned level, uint64_t address,
                      unsigned size, const uint64_t value[2]);
/* Clears an aligned piece of Normal memory that the soft TLB has for writing;
 * false, with nothing done, if it has not. */
bool aarch64_clear(struct aarch64 *pe, uint64_t address, unsigned size);
/* True if the soft TLB says that a byte may be read or written; false: not
 * necessarily. */
bool aarch64_reaches(const struct aarch64 *pe, uint64_t address,
                     enum vcpu_access access);
/* Enters the page of a byte that may be read, if it is memory's, and reads
 * nothing; false: it may not, perhaps for PSTATE.PAN's sake. */
bool aarch64_enter_page(struct aarch64 *pe, uint64_t address);
/* Takes an alignment fault unless address is a multiple of size. */
bool aarch64_aligned(struct aarch64 *pe, uint64_t address, unsigned size,
                     enum vcpu_access access);
/* Takes the data abort of a failed translation; cache maintenance says so. */
void aarch64_data_abort(struct aarch64 *pe, uint64_t address,
                        const struct aarch64_translation *t,
                        enum vcpu_access access, bool maintenance);
/* Fault status codes of aborts that no translation table causes. */
enum aarch64_fault_status {
    AARCH64_STATUS_EXTERNAL = 0x10,
    AARCH64_STATUS_ALIGNMENT = 0x21,
};
/* Takes the data abort of a status; returns false. */
bool aarch64_refuse(struct aarch64 *pe, uint64_t address,
                    enum aarch64_fault_status status, enum vcpu_access access);
/* Hooks of guest_traits. */
bool aarch64_misaligned(struct vcpu *cpu, const struct guest_access *access);
bool aarch64_translate_access(struct vcpu *cpu,
                              const struct guest_access *access,
                              uint64_t address, struct guest_place *place);
bool aarch64_translate_code(struct vcpu *cpu, uint64_t page,
                            struct guest_place *place);
bool aarch64_permits(struct vcpu *cpu, const struct guest_access *access,
                     bool raises);
bool aarch64_bus_error(struct vcpu *cpu, const struct guest_access *access,
                       uint64_t address);
/* The space of a security state, and the attributes of an access to it. */
struct space *aarch64_space(struct aarch64 *pe, bool non_secure,
                            struct access *attributes);

/* guest_traits.lower_assist (x86_64/lower_aarch64.c). */
bool lower_aarch64_assist(struct lower *l);
/* guest_traits.sp_misaligned. */
bool aarch64_sp_misaligned(struct vcpu *cpu);
/* The level that FP and SIMD trap to; 0: they are enabled. */
unsigned aarch64_fp_trap_level(const struct aarch64 *pe);

/* ---- Exceptions (exception.c) -------------------------------------------- */

/* Exception classes (ESR_ELx.EC). */
enum aarch64_class {
    AARCH64_EC_UNKNOWN = 0x00,
    AARCH64_EC_WFX = 0x01,
    AARCH64_EC_FP_ACCESS = 0x07,
    AARCH64_EC_PAUTH = 0x09,
    AARCH64_EC_ILLEGAL_STATE = 0x0e,
    AARCH64_EC_SVC = 0x15,
    AARCH64_EC_HVC = 0x16,
    AARCH64_EC_SMC = 0x17,
    AARCH64_EC_SYSTEM = 0x18,
    AARCH64_EC_FETCH_LOWER = 0x20,
    AARCH64_EC_FETCH = 0x21,
    AARCH64_EC_PC_ALIGNMENT = 0x22,
    AARCH64_EC_DATA_LOWER = 0x24,
    AARCH64_EC_DATA = 0x25,
    AARCH64_EC_SP_ALIGNMENT = 0x26,
    AARCH64_EC_FLOATING_POINT = 0x2c,
    AARCH64_EC_SERROR = 0x2f,
    AARCH64_EC_BREAKPOINT = 0x30,
    AARCH64_EC_STEP = 0x32,
    AARCH64_EC_WATCHPOINT = 0x34,
    AARCH64_EC_BRK = 0x3c,
};

/* Takes a synchronous exception to `level` with ESR = class, IL = 1 and iss;
 * the preferred return address is `from`. pc is set. */
void aarch64_take(struct aarch64 *pe, unsigned level, enum aarch64_class class,
                  uint32_t iss, uint64_t from);
/* The same at the level that exceptions of the present one go to: EL1 at
 * least, EL2 with HCR_EL2.TGE. Returns VCPU_TRAPPED. */
enum vcpu_outcome aarch64_raise(struct aarch64 *pe, enum aarch64_class class,
                                uint32_t iss);
/* guest_traits.lock_up: a vector whose first instruction traps for ever. */
void aarch64_lock_up(struct vcpu *cpu);
/* core_type.stuck. */
void aarch64_stuck(const struct core *core, struct event *event);
/* Takes the abort of a failed translation or fetch. */
void aarch64_abort(struct aarch64 *pe, uint64_t address,
                   const struct aarch64_translation *t,
                   enum aarch64_class class, uint32_t iss);
/* guest_traits.interrupts: interrupts, illegal state and software step. */
void aarch64_interrupts(struct vcpu *cpu);
bool aarch64_undisturbed(struct vcpu *cpu);
/* True if WFI has nothing to wait for. */
bool aarch64_wakes(const struct aarch64 *pe);
/* True if HCR_EL2.VSE, with AMO, makes an SError pending at EL1 and EL0. */
bool aarch64_virtual_error(const struct aarch64 *pe);
/* Ends its waiting if something does. */
void aarch64_wake(struct aarch64 *pe);
const char *aarch64_wake_name(unsigned wake, int *input);
uint32_t aarch64_pstate(const struct aarch64 *pe); /* as in SPSR */
/* PAN, UAO and SSBS of an SPSR, as far as the core has them. */
void aarch64_set_controls(struct aarch64 *pe, uint64_t spsr);
void aarch64_set_sp(struct aarch64 *pe, unsigned level, unsigned spsel);
/* At creation: the identification registers say which levels there are. */
void aarch64_identify(struct aarch64 *pe);
/* Reads and writes a register without any checks (traps.c has those). */
uint64_t aarch64_register_read(struct aarch64 *pe, enum aarch64_register row);
void aarch64_register_write(struct aarch64 *pe, enum aarch64_register row,
                            uint64_t value);

/* ---- Atomic accesses (atomic.c) ------------------------------------------ */

/* Operations of AARCH64_HELPER_ATOMIC, by row. */
enum aarch64_atomic {
    AARCH64_ATOMIC_LDADD,
    AARCH64_ATOMIC_LDCLR,
    AARCH64_ATOMIC_LDEOR,
    AARCH64_ATOMIC_LDSET,
    AARCH64_ATOMIC_LDSMAX,
    AARCH64_ATOMIC_LDSMIN,
    AARCH64_ATOMIC_LDUMAX,
    AARCH64_ATOMIC_LDUMIN,
    AARCH64_ATOMIC_SWP,
};

struct vcpu;
struct ir_op;

/* Parts of the forms for cores that run at the same time, too (parallel.c). */
uint64_t aarch64_low_bytes(uint64_t value, unsigned bytes);
uint64_t aarch64_combine(enum aarch64_atomic operation, uint64_t memory,
                         uint64_t operand, unsigned bytes);
/* By encoded numbers: 31 is XZR. */
uint64_t aarch64_general(const struct vcpu *cpu, unsigned number);
void aarch64_set_general(struct vcpu *cpu, unsigned number, uint64_t value);
/* Accesses of a register or a pair: bytes in all; values as memory holds them,
 * of registers by number, and back; and what STXR or STXP stores. */
unsigned aarch64_size_of(const struct ir_op *op);
void aarch64_pack(const struct ir_op *op, uint64_t first, uint64_t second,
                  uint64_t value[2]);
void aarch64_join(const struct vcpu *cpu, const struct ir_op *op,
                  unsigned number, uint64_t value[2]);
void aarch64_split(struct vcpu *cpu, const struct ir_op *op, unsigned number,
                   const uint64_t value[2]);
void aarch64_gather(struct vcpu *cpu, const struct ir_op *op,
                    uint64_t value[2]);

/* guest_traits.lift (engine/lift/aarch64.c). */
bool aarch64_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                  const uint8_t *bytes, size_t size);

#endif
