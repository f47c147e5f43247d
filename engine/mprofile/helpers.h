/* SPDX-License-Identifier: Apache-2.0 */
/* Constants that the lifters of T32 hand to functions of the M-profile core. */
#ifndef ENGINE_MPROFILE_HELPERS_H
#define ENGINE_MPROFILE_HELPERS_H

#include "engine/vcpu.h"

/* SYSm of MRS and MSR (DDI 0553 C2.4). */
enum t32_sysm {
    T32_SYSM_PSR_LAST = 7,
    T32_SYSM_MSP = 8,
    T32_SYSM_PSP = 9,
    T32_SYSM_MSPLIM = 10,
    T32_SYSM_PSPLIM = 11,
    T32_SYSM_PRIMASK = 16,
    T32_SYSM_BASEPRI = 17,
    T32_SYSM_BASEPRI_MAX = 18,
    T32_SYSM_FAULTMASK = 19,
    T32_SYSM_CONTROL = 20,
    T32_SYSM_SP = 24, /* SP_NS alone */
    T32_SYSM_NS = 0x80,
};

/* Numbers of the helpers that lifters name. H: IR_helper, it ends the block;
 * A: IR_assist. d, a, b are registers; v is the high half of the immediate. */
enum t32_helper {
    T32_HELPER_UNDEFINED,     /* H; v the encoding */
    T32_HELPER_NOCP,          /* H; v the encoding, which no enabled coprocessor
                                 has: NOCP where its coprocessor is not there or
                                 not enabled, else UNDEFINSTR */
    T32_HELPER_SVC,           /* H */
    T32_HELPER_BKPT,          /* H; v the immediate */
    T32_HELPER_EXCHANGE,      /* H, of branch_exchange: goes to the target in a,
                                 by BX, POP or LDR of pc: EXC_RETURN, FNC_RETURN,
                                 targets with bit 0 clear; v is 0 */
    T32_HELPER_EXCHANGE_LINK, /* H: the same for BLX: only bit 0 is special */
    T32_HELPER_BXNS,          /* H; a the target */
    T32_HELPER_BLXNS,         /* H; a the target, LR is set */
    T32_HELPER_SG,            /* H */
    T32_HELPER_TT,            /* A; d = answer for address a; v: bit 0 A, 1 T */
    T32_HELPER_MSR,           /* H; a the value, v SYSm | mask << 8 */
    T32_HELPER_SET_SPECIAL,   /* A; a the value, v SYSm: MSR of stack pointers,
                                 their limits, PRIMASK and BASEPRI */
    T32_HELPER_MRS,           /* A; d, v SYSm */
    T32_HELPER_CPS,           /* H; v: bit 0 F, 1 I, 4 set: disable */
    T32_HELPER_WFI,           /* H */
    T32_HELPER_WFE,           /* H */
    T32_HELPER_SEV,           /* A */
    T32_HELPER_SYNC,          /* H: ISB of an IT block: leave the block */
    T32_HELPER_CLREX,         /* A */
    T32_HELPER_LOAD_EXCLUSIVE,  /* A; d = value at a, v size in bytes */
    T32_HELPER_STORE_EXCLUSIVE, /* A; d = 0 or 1; a address, b value, v size */
    T32_HELPER_LOAD_UNPRIVILEGED,  /* A; d = value at a, v size | sign << 8 */
    T32_HELPER_STORE_UNPRIVILEGED, /* A; a address, b value, v size */
    T32_HELPER_ALIGNED,     /* A; UsageFault unless a is a multiple of v */
    T32_HELPER_STACK_LIMIT, /* A; a is what SP is to become, v an offset that is
                               added to it: fault if below the limit in use.
                               Nothing where Thread/Handler's limit is 0 */
    T32_HELPER_SET_SP,      /* A: SP = a, checked as above, bits 1:0 clear */
    T32_HELPER_DIVIDE,      /* A; before SDIV and UDIV: fault if b is 0 and
                               CCR.DIV_0_TRP is set */
    T32_HELPER_FP_CHECK,    /* A: once per block before FP instructions: NOCP,
                               lazy preservation, CONTROL.FPCA, new context */
    T32_HELPER_VLLDM,       /* H; a the address */
    T32_HELPER_VLSTM,       /* H; a the address */
    T32_HELPER_VMRS,        /* A; d = FPSCR */
    T32_HELPER_VMSR,        /* A; FPSCR = a */
    T32_HELPER_DSP,         /* A; d, a, b; v: see dsp.c */
    T32_HELPER_FP,          /* A; see fp.c */
    T32_HELPERS
};
extern vcpu_helper *const mprofile_helpers[];

/* special.c */
vcpu_helper mprofile_mrs, mprofile_msr, mprofile_set_special, mprofile_cps;
/* secure.c */
vcpu_helper mprofile_exchange, mprofile_exchange_link, mprofile_bxns,
    mprofile_blxns, mprofile_sg, mprofile_tt;
/* dsp.c and fp.c */
vcpu_helper mprofile_dsp;
vcpu_helper mprofile_fp;

/* guest_traits.lower_assist (x86_64/lower_t32_fp.c). */
bool lower_t32_assist(struct lower *l);

/* engine/lift/t32.c */
bool t32_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
              const uint8_t *bytes, size_t size);

#endif
