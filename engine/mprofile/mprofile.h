/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cores of the M-profile (Armv6-M, Armv7-M, Armv8-M): state and declarations
 * that their files share. "DDI 0553" is the Armv8-M manual, whose names and
 * pseudocode are used for all of them.
 *
 *   mprofile.c  the core type: creation, reset, lines
 *   models.c    the cores and what each has
 *   registers.c registers for debuggers
 *   access.c    where accesses go: hooks of the slow path, faults of accesses
 *   mpu.c       MPU of v7 and v8
 *   sau.c       SAU and IDAU, TT
 *   nvic.c      pending exceptions, priorities, what is taken next
 *   entry.c     entry of exceptions, stacking, derived exceptions, lockup
 *   leave.c     their return, unstacking
 *   register_bits.h  names of the bits of status and control registers
 *   scs.c       registers of the system control space, scs.def
 *   debug.c     comparators of DWT and FPB, DebugMonitor
 *   itm.c       stimulus ports and their packets
 *   systick.c   SysTick
 *   bitband.c   aliases of single bits
 *   modes.h     modes, stack pointers, contexts, xPSR
 *   special.c   MSR, MRS, CPS
 *   system.c    SVC, BKPT, WFI and other helpers
 *   secure.c    SG, BXNS, BLXNS, function returns
 *   fpstate.c   enabling, lazy preservation of the FP registers
 *   dsp.c fp.c  values of DSP and FP instructions
 *
 * Data accesses of a core with the Security Extension that are Secure go to
 * core_config.mprofile.secure_space, others and those of all other cores to
 * core_config.space. The private peripheral bus (0xE0000000 to 0xE00FFFFF) is
 * the core's own, in neither.
 */
#ifndef ENGINE_MPROFILE_MPROFILE_H
#define ENGINE_MPROFILE_MPROFILE_H

#include "base/bits.h"
#include "bus/clock.h"
#include "engine/mprofile/debug.h"
#include "engine/mprofile/helpers.h"
#include "engine/mprofile/register_bits.h"
#include "engine/vcpu.h"
#include "isa/t32/decode.h"

/* Features that no encoding needs, beside those of isa/t32/features.def, in the
 * same set. */
enum mprofile_feature {
    MPROFILE_SECURITY = 1 << T32_FEATURES,
    MPROFILE_BIT_BAND = 2 << T32_FEATURES,
    MPROFILE_UNALIGNED = 4 << T32_FEATURES, /* accesses need not be aligned */
};

/* Registers of the micro-operations beside r[0..14] (13 SP, 14 LR). */
enum {
    MPROFILE_SP = 13,
    MPROFILE_LR = 14,
    T32_IT = 15, /* EPSR.IT as ITSTATE: of the instruction at pc */
    T32_Q = 16,  /* APSR.Q, 0 or 1 */
    T32_GE = 17, /* APSR.GE, 4 bits */
    /* The limit of the stack pointer in use, 0 where there is none: what
     * compiled code compares SP with, kept beside it. */
    T32_SP_LIMIT = 18,
};

/* Exceptions (DDI 0553 B3.8). */
enum mprofile_exception {
    EXCEPTION_THREAD,
    EXCEPTION_RESET,
    EXCEPTION_NMI,
    EXCEPTION_HARD_FAULT,
    EXCEPTION_MEM_MANAGE,
    EXCEPTION_BUS_FAULT,
    EXCEPTION_USAGE_FAULT,
    EXCEPTION_SECURE_FAULT,
    EXCEPTION_SVCALL = 11,
    EXCEPTION_DEBUG_MONITOR = 12,
    EXCEPTION_PENDSV = 14,
    EXCEPTION_SYSTICK = 15,
    EXCEPTION_IRQ0 = 16,
};
enum {
    MPROFILE_IRQS = 480,
    MPROFILE_EXCEPTIONS = EXCEPTION_IRQ0 + MPROFILE_IRQS
};

/* Inputs of a core: interrupts first, then these. */
enum mprofile_input {
    MPROFILE_INPUT_NMI = MPROFILE_IRQS,
    MPROFILE_INPUT_IDAU_CALLABLE0, /* see struct core_idau_range */
    MPROFILE_INPUT_IDAU_CALLABLE1,
    MPROFILE_INPUT_RESET, /* the platform's business */
    MPROFILE_INPUTS
};

enum mprofile_output { MPROFILE_OUTPUT_SYSRESETREQ, MPROFILE_OUTPUTS };

enum { MPU_REGIONS = 16, SAU_REGIONS = 8 };

/* Banks of registers by security state. Cores without the Security Extension
 * have the first alone. */
enum { NON_SECURE, SECURE, BANKS };

/* Architectural state: saved, restored and hashed by the fields of the type. */
struct mprofile_state {
    uint64_t x[IR_REGISTERS];
    uint32_t s[32];     /* S0 to S31; D0 is S0 and S1 */
    uint32_t fpscr;     /* with its flags */
    uint32_t secure;    /* the security state, as an index of banks */
    uint32_t exception; /* IPSR */
    /* Stack pointers; the one in use is in x[MPROFILE_SP] instead. */
    uint32_t msp[BANKS];
    uint32_t psp[BANKS];
    uint32_t msplim[BANKS];
    uint32_t psplim[BANKS];
    uint32_t control[BANKS]; /* FPCA is that of [NON_SECURE], in both */
    uint32_t primask[BANKS];
    uint32_t basepri[BANKS];
    uint32_t faultmask[BANKS];
    /* The system control block. */
    uint32_t vtor[BANKS];
    uint32_t prigroup[BANKS];
    uint32_t aircr;      /* PRIS, BFHFNMINS, SYSRESETREQS */
    uint32_t scr[BANKS]; /* SLEEPDEEP in the Secure one for both, if there */
    uint32_t ccr[BANKS];
    uint32_t cfsr[BANKS];
    uint32_t hfsr;
    uint32_t dfsr;
    uint32_t mmfar[BANKS];
    uint32_t bfar;
    uint32_t afsr;
    uint32_t sfsr;
    uint32_t sfar;
    uint32_t cpacr[BANKS];
    uint32_t nsacr;
    /* Exceptions by number; those below 16 that are banked have a bit in each
     * word, by security state. */
    uint32_t system_enabled[BANKS]; /* SHCSR's, a bit for each number */
    uint32_t system_pending[BANKS];
    uint32_t system_active[BANKS];
    uint8_t system_priority[BANKS][16];
    uint32_t irq_enabled[MPROFILE_IRQS / 32];
    uint32_t irq_pending[MPROFILE_IRQS / 32];
    uint32_t irq_active[MPROFILE_IRQS / 32];
    uint32_t irq_level[MPROFILE_IRQS / 32];      /* of the lines */
    uint32_t irq_non_secure[MPROFILE_IRQS / 32]; /* ITNS */
    uint8_t irq_priority[MPROFILE_IRQS];
    uint32_t nmi_level;
    /* SysTick. */
    uint32_t systick_csr[BANKS];
    uint32_t systick_rvr[BANKS];
    uint32_t systick_held[BANKS]; /* CVR while it does not count */
    uint64_t systick_zero[BANKS]; /* while it counts: the tick that finds 0 */
    /* MPU: RBAR and RASR, or RBAR and RLAR. */
    uint32_t mpu_ctrl[BANKS];
    uint32_t mpu_rnr[BANKS];
    uint32_t mpu_rbar[BANKS][MPU_REGIONS];
    uint32_t mpu_rasr[BANKS][MPU_REGIONS];
    uint32_t mpu_mair[BANKS][2];
    uint32_t sau_ctrl;
    uint32_t sau_rnr;
    uint32_t sau_rbar[SAU_REGIONS];
    uint32_t sau_rlar[SAU_REGIONS];
    /* FP context. */
    uint32_t fpccr[BANKS];
    uint32_t fpcar[BANKS];
    uint32_t fpdscr[BANKS];
    /* Debug. */
    uint32_t demcr;
    uint32_t dcrdr;
    uint32_t dauthctrl;
    uint32_t dwt_ctrl;
    uint32_t dwt_comp[DWT_COMPARATORS];
    uint32_t dwt_mask[DWT_COMPARATORS];
    uint32_t dwt_function[DWT_COMPARATORS];
    uint32_t fp_ctrl;
    uint32_t fp_remap;
    uint32_t fp_comp[FPB_COMPARATORS];
    uint32_t itm_tcr;
    uint32_t itm_ter;
    uint32_t itm_tpr;
    uint32_t itm_tap;   /* at the last synchronization packet */
    uint64_t itm_stamp; /* at the last time stamp */
    uint32_t tpiu_acpr;
    uint32_t tpiu_sppr;
    uint32_t tpiu_ffcr;
    uint64_t cycle_base; /* CYCCNT is retired + this while it counts */
    /* The instruction at this pc and retired count is being watched: what for
     * (debug.c), 0 for nothing. */
    uint32_t debug_armed;
    uint32_t debug_pc;
    uint64_t debug_retired;
    uint64_t debug_cycle; /* retired count at which CYCCNT matches */
    /* The monitor of exclusive accesses. */
    uint32_t exclusive;         /* 0: open */
    uint32_t exclusive_address; /* and size in bytes */
    uint32_t exclusive_size;
    uint64_t exclusive_peers; /* instructions that its peers had retired */
    uint32_t event;           /* the event register of WFE */
    uint32_t waits;           /* enum core_wait: how it waits, or last did */
    uint32_t not_thumb;       /* EPSR.T is clear: the next instruction faults */
    uint32_t idau_callable;   /* of its inputs, a bit each */
    uint32_t vectors_read;    /* SP and pc are from the vector table */
    uint32_t locked_up;
    uint32_t power; /* copies of fields of struct core */
    uint64_t retired;
};

/* Which exception is taken next, and when (nvic.c): derived from the state. */
struct mprofile_next {
    unsigned exception; /* 0: none */
    unsigned bank;      /* whose it is */
    int priority;
};

/* Why an access was refused. */
enum mprofile_refusal {
    REFUSED_NOT,
    REFUSED_BY_MPU,
    REFUSED_BY_BUS,
    REFUSED_BY_SAU,
    REFUSED_UNALIGNED,
};

struct mprofile {
    struct vcpu vcpu; /* first */
    struct mprofile_state state;
    struct mprofile *next_peer; /* of fabric->microcontrollers */
    const struct mprofile_model *model;
    unsigned features;  /* T32_... of isa/t32/decode.h, enum mprofile_feature */
    unsigned irq_words; /* of 32 interrupts each */
    unsigned mpu_regions; /* MPU_REGIONS at most */
    struct mprofile_next next;
    struct mprofile_debug debug;
    bool next_stale;     /* next must be found anew, */
    bool priority_stale; /* and execution_priority */
    bool fp_ready; /* mprofile_fp_check has nothing to do, for compiled code */
    int execution_priority;
    struct timer systick[BANKS];
    struct space *ppb; /* the private peripheral bus */
    struct device *scs;
    uint8_t scs_rows[1024];  /* scs.c: by the word at 0xe000e000 on, 0: none */
    struct device *bit_band; /* NULL: it has none */
    /* The reason of an access by MPROFILE_SILENT, see mprofile_read_word. */
    enum mprofile_refusal refusal;
    uint32_t refused_at;
};

/* A core that a board may name. */
struct mprofile_model {
    const char *compatible;
    uint32_t cpuid;
    unsigned features; /* of which the configuration may take away */
    uint8_t priority_bits;
    uint8_t mpu_regions;
    uint8_t sau_regions;
};

static inline struct mprofile *mprofile_of(struct vcpu *cpu)
{
    return (struct mprofile *)cpu;
}

static inline bool mprofile_has(const struct mprofile *m, unsigned feature)
{
    return (m->features & feature) != 0;
}

/* SLEEPDEEP and SLEEPDEEPS of SCR are not banked (DDI 0553, SCR). */
static inline bool mprofile_sleeps_deeply(const struct mprofile *m)
{
    unsigned bank = mprofile_has(m, MPROFILE_SECURITY) ? SECURE : NON_SECURE;

    return (m->state.scr[bank] & SCR_SLEEPDEEP) != 0;
}

/* For lifters: whether writes of SP are held to limits (DDI 0553 B3.21). */
static inline bool mprofile_has_stack_limits(const struct mprofile *m)
{
    return mprofile_has(m, T32_V8M_MAIN);
}

/* ---- Models -------------------------------------------------------------- */

extern const char *const mprofile_compatibles[];
/* NULL: there is none of that name. */
const struct mprofile_model *mprofile_model(const char *compatible);

static inline bool mprofile_is_handler(const struct mprofile *m)
{
    return m->state.exception != 0;
}

/* ---- Accesses (access.c, mpu.c, sau.c) ----------------------------------- */

/* Contexts of accesses, and levels: a context and how refusals are told. */
enum {
    CONTEXT_SECURE = 1,
    CONTEXT_PRIVILEGED = 2,
    CONTEXT_NO_MPU = 4, /* the default memory map alone */
    MPROFILE_CONTEXTS = 8,
    LEVEL_SILENT = 8, /* refusals go to m->refusal and raise nothing */
};

/* Words, with no exception: false, and m->refusal says why. */
bool mprofile_read_word(struct mprofile *m, unsigned context, uint32_t address,
                        uint32_t *value);
bool mprofile_write_word(struct mprofile *m, unsigned context, uint32_t address,
                         uint32_t value);
/* The host's bytes of a frame, if the soft TLB has all of it; or NULL. */
uint8_t *mprofile_frame(struct mprofile *m, unsigned context,
                        enum vcpu_access access, uint32_t address,
                        unsigned bytes);
/* Hooks of struct guest_traits. */
bool mprofile_misaligned(struct vcpu *cpu, const struct guest_access *access);
bool mprofile_translate(struct vcpu *cpu, const struct guest_access *access,
                        uint64_t address, struct guest_place *place);
bool mprofile_translate_code(struct vcpu *cpu, uint64_t page,
                             struct guest_place *place);
bool mprofile_permits(struct vcpu *cpu, const struct guest_access *access,
                      bool raises);
unsigned mprofile_page_rights(struct vcpu *cpu, unsigned context,
                              uint64_t page);
bool mprofile_bus_error(struct vcpu *cpu, const struct guest_access *access,
                        uint64_t address);
bool mprofile_unprotected(struct vcpu *cpu, uint64_t first, uint64_t last);
bool mprofile_extent(struct vcpu *cpu, enum vcpu_access kind, uint64_t address,
                     uint64_t *first, uint64_t *last);

struct mprofile_protection {
    unsigned rights; /* enum window_rights */
    int region;      /* of the MPU, or -1 */
};
struct mprofile_protection mprofile_protection(struct mprofile *m,
                                               unsigned context,
                                               uint32_t address,
                                               struct mprofile_extent *extent);

/* True if memory there is of a Device type, or Strongly-ordered. */
bool mprofile_is_device(struct mprofile *m, unsigned context, uint32_t address);

struct mprofile_attribution {
    bool non_secure;
    bool callable;
    bool exempt;
    int sau_region;  /* or -1 */
    int idau_region; /* or -1 */
};
struct mprofile_attribution
mprofile_attribution(const struct mprofile *m, uint32_t address, bool secure,
                     struct mprofile_extent *extent);
/* Cuts an extent to what [first, last] covers or leaves of it. Whether that
 * range holds the address. */
bool mprofile_cut(struct mprofile_extent *extent, uint32_t address,
                  uint32_t first, uint32_t last);

/* ---- Exceptions (nvic.c, entry.c, leave.c) ------------------------------- */

bool mprofile_is_banked(const struct mprofile *m, unsigned exception);
unsigned mprofile_target(const struct mprofile *m, unsigned exception);
int mprofile_priority(const struct mprofile *m, unsigned exception,
                      unsigned bank);
/* That of the active exceptions, without masks. */
int mprofile_raw_priority(const struct mprofile *m);
void mprofile_find_priority(struct mprofile *m);
void mprofile_find_next(struct mprofile *m);

/* The priority that execution has now, -4 to 256. */
static inline int mprofile_execution_priority(struct mprofile *m)
{
    if (m->priority_stale) {
        mprofile_find_priority(m);
    }
    return m->execution_priority;
}

/* The pending exception of the highest priority, whether or not that is above
 * the present one. */
static inline const struct mprofile_next *mprofile_next(struct mprofile *m)
{
    if (m->next_stale) {
        mprofile_find_next(m);
    }
    return &m->next;
}

/* True if a pending exception is to be taken: m->next. */
static inline bool mprofile_takes(struct mprofile *m)
{
    const struct mprofile_next *next = mprofile_next(m);

    return next->exception != 0 &&
           next->priority < mprofile_execution_priority(m);
}

/* The number of that exception as ICSR.VECTPENDING has it: 0 where BASEPRI or
 * FAULTMASK masks it. */
unsigned mprofile_pending_vector(struct mprofile *m);

/* True if what is pending, or an event, ends its waiting; and that it does. */
bool mprofile_wakes(struct mprofile *m);
const char *mprofile_wake_name(unsigned wake, int *input);
void mprofile_wake(struct mprofile *m);
void mprofile_set_pending(struct mprofile *m, unsigned exception, unsigned bank,
                          bool pending);
/* The exception that is taken is active, and no longer pending; and the other
 * way round, with lines looked at. */
void mprofile_begin(struct mprofile *m, const struct mprofile_next *taken);
void mprofile_end(struct mprofile *m, unsigned exception, unsigned bank);
bool mprofile_is_active(const struct mprofile *m, unsigned exception,
                        unsigned bank);
/* True if any exception is active. */
bool mprofile_has_active(const struct mprofile *m);
void mprofile_set_line(struct mprofile *m, unsigned input, uint32_t level);
/* Something that nvic.c decides by has changed. */
void mprofile_nvic_changed(struct mprofile *m);
void mprofile_interrupts(struct vcpu *cpu);
bool mprofile_undisturbed(struct vcpu *cpu);
void mprofile_lock_up(struct vcpu *cpu);
/* core_type.stuck. */
void mprofile_stuck(const struct core *core, struct event *event);

/* A synchronous exception, with pc as its return address: afterwards pc is
 * the first instruction of a handler, or the core has locked up. `why` is for
 * the log should it lock up. Returns VCPU_TRAPPED. */
enum vcpu_outcome mprofile_raise(struct mprofile *m, unsigned exception,
                                 unsigned bank, const char *why);
/* The same with a bit of a status register, in the present security state. */
enum vcpu_outcome mprofile_usage_fault(struct mprofile *m, uint32_t ufsr);
enum vcpu_outcome mprofile_secure_fault(struct mprofile *m, uint32_t sfsr);
/* To whom it may concern: the Secure state is left. */
void mprofile_note_departure(struct mprofile *m, uint32_t from, uint32_t to,
                             enum core_departure how);
/* The meaning of a refused access where it happened (access.c): the
 * status bits of stacking, unstacking, lazy preservation or vector reads are
 * told. */
struct mprofile_status_bits {
    uint32_t memory;
    uint32_t bus;
    uint32_t security;
};
/* Notes m->refusal in the status registers of a bank; which exception that
 * is. */
unsigned mprofile_note_refusal(struct mprofile *m, unsigned bank,
                               const struct mprofile_status_bits *bits);
/* Makes a fault of the exception machinery pending, as HardFault where its own
 * exception cannot be taken at this priority. */
void mprofile_derive(struct mprofile *m, unsigned exception, unsigned bank,
                     int priority);
void mprofile_lock(struct mprofile *m, const char *why);
/* The name of a class of traps: the number of an exception, IRQ0's for all
 * interrupts. NULL: none has it. */
const char *mprofile_trap_name(unsigned class);

/* EXC_RETURN (DDI 0553 D1.2.95). */
enum mprofile_exc_return {
    EXC_RETURN_ES = 1 << 0,
    EXC_RETURN_SPSEL = 1 << 2,
    EXC_RETURN_MODE = 1 << 3,
    EXC_RETURN_FTYPE = 1 << 4,
    EXC_RETURN_DCRS = 1 << 5,
    EXC_RETURN_S = 1 << 6,
};
/* Takes m->next, which is pending. */
void mprofile_take(struct mprofile *m);
/* Enters the pending exception of the highest priority from the end of
 * another one, whose frame stays where it is. */
void mprofile_chain(struct mprofile *m, uint32_t exc_return);
void mprofile_exception_return(struct mprofile *m, uint32_t exc_return);
void mprofile_function_return(struct mprofile *m);

/* ---- FP context (fpstate.c) ---------------------------------------------- */

vcpu_helper mprofile_fp_check, mprofile_coprocessor, mprofile_vlstm,
    mprofile_vlldm;
/* Stacks the FP registers of what is interrupted at their part of a frame, or
 * makes that pending, or a fault. May store: the frame before it could be. */
void mprofile_push_fp(struct mprofile *m, uint32_t frame, bool may_store);
bool mprofile_pop_fp(struct mprofile *m, unsigned context, uint32_t frame);
/* The security state whose UsageFault says that they may not be popped, or
 * BANKS. */
unsigned mprofile_pop_fp_disabled_by(const struct mprofile *m,
                                     unsigned context);
/* True if the Secure state lets the other one have FP registers (NSACR). */
static inline bool mprofile_stacks_fp_of(const struct mprofile *m,
                                         unsigned bank)
{
    return !mprofile_has(m, MPROFILE_SECURITY) || bank == SECURE ||
           (m->state.nsacr >> 10 & 1) != 0;
}
/* Where the bits of FPCCR are kept that security states share. */
static inline uint32_t *mprofile_shared_fpccr(struct mprofile *m)
{
    return &m->state.fpccr[mprofile_has(m, MPROFILE_SECURITY) ? SECURE
                                                              : NON_SECURE];
}

/* True if frames of a security state have S16 to S31 (FPCCR.TS). */
bool mprofile_has_high_fp(const struct mprofile *m, unsigned bank);

/* ---- Registers (registers.c, scs.c, systick.c) --------------------------- */

void mprofile_list_registers(struct mprofile *m);
int mprofile_register_get(struct core *core, size_t index, uint64_t *value);
int mprofile_register_set(struct core *core, size_t index, uint64_t value);

/* bitband.c; behind mprofile_scs_create. */
int mprofile_bit_band_create(struct mprofile *m, struct error *error);
bool mprofile_is_bit_alias(const struct mprofile *m, uint32_t address);
int mprofile_scs_create(struct mprofile *m, struct error *error);
void mprofile_scs_destroy(struct mprofile *m);
void mprofile_systick_init(struct mprofile *m);
void mprofile_systick_fini(struct mprofile *m);
uint32_t mprofile_systick_csr(struct mprofile *m, unsigned bank, bool debug);
uint32_t mprofile_systick_cvr(struct mprofile *m, unsigned bank);
uint32_t mprofile_systick_calib(const struct mprofile *m);
void mprofile_systick_write_csr(struct mprofile *m, unsigned bank,
                                uint32_t value);
void mprofile_systick_write_cvr(struct mprofile *m, unsigned bank);
void mprofile_systick_write_rvr(struct mprofile *m, unsigned bank,
                                uint32_t value);
/* After reset or restore. */
void mprofile_systick_arm(struct mprofile *m);

#endif
