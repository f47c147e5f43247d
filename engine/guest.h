/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest architecture, as the engine sees it: one constant table of facts and
 * hooks. Run loop, cache of decoded pages, slow path of accesses, interpreter
 * and compiler ask this table and no architecture by name, so that a new one
 * adds files and changes none (docs/design/engine/micro-operations.md;
 * engine/toy/ is an example).
 */
#ifndef ENGINE_GUEST_H
#define ENGINE_GUEST_H

#include "engine/ir/ir.h"
#include "engine/tlb.h"

struct lower;
struct vcpu;

/* The outcome of a helper for the instruction. */
enum vcpu_outcome {
    VCPU_NEXT,    /* done, go on after it */
    VCPU_JUMPED,  /* done, pc is set */
    VCPU_TRAPPED, /* not retired, pc is set */
};

typedef enum vcpu_outcome vcpu_helper(struct vcpu *cpu, const struct ir_op *op);

/* A data access, or the fetch of a granule, on the slow path. */
struct guest_access {
    uint64_t address;
    unsigned size; /* bytes, 1 to 16 */
    enum vcpu_access kind;
    unsigned context; /* the bank of the soft TLB that may remember it */
    unsigned level;   /* whose rights it has, as vcpu.data_level */
};

/* Where the part of an access that lies within one page goes. */
struct guest_place {
    struct space *space;
    struct access attributes;
    uint64_t address; /* in that space */
    struct vcpu_leaf leaf;
    bool uncached;    /* the soft TLB must not remember it */
    uint64_t changes; /* vcpu.origins.changes before it was looked for */
};

enum guest_refusal { GUEST_PROTECTED, GUEST_BUS_ERROR };

enum { GUEST_PINNED = 10, GUEST_LONGEST = 8 };

struct guest_traits {
    /* ---- Instructions ---- */
    /* Instructions begin at multiples of the granule, 2 or 4 bytes, and are one
     * or more of them long, GUEST_LONGEST bytes at most. */
    uint8_t granule;
    uint8_t longest;
    /* Micro-operations tell guest addresses as distances from their page, and
     * a decoded page serves at each address where it is seen. Otherwise they
     * tell addresses of 32 bits, and a page is decoded for one address. */
    bool position_independent;
    /* Emits the instructions from pc on, where block->offset is, as long as
     * ir_next and the bytes at hand allow it. False: none; these are less than
     * the first. */
    bool (*lift)(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                 const uint8_t *bytes, size_t size);
    vcpu_helper *const *helpers;
    /* In their place, of cores with a gate; NULL: cores of this architecture
     * do not run at the same time. */
    vcpu_helper *const *parallel_helpers;
    /* Tells the other cores what this one still has to tell them; none of
     * them runs. NULL: nothing. */
    void (*settle)(struct vcpu *cpu);
    unsigned code_pages; /* decoded pages to keep */

    /* ---- Registers ---- */
    uint8_t register_bits; /* 32 or 64; addresses wrap there */
    bool has_flags;        /* uses IR_NZCV */
    /* The registers that compiled code keeps in the host's: what programs name
     * most. */
    uint8_t pinned[GUEST_PINNED];
    uint8_t stack_pointer; /* the register that stacks grow from */
    /* The register that compiled code takes for a multiple of 16
     * where a block begins; it interprets where that is not so. IR_ZERO: none
     * is. */
    uint8_t aligned_register;
    /* Where calls leave the address behind them, so that a jump to it is a
     * return. IR_ZERO: nothing is taken for one. */
    uint8_t link_register;
    /* Bits that are set in such an address beside: T32's bit 0. */
    uint8_t link_bits;
    /* IR_check_sp found r[31] misaligned. True: the exception was taken. Only
     * for guests whose lifter emits it. */
    bool (*sp_misaligned)(struct vcpu *cpu);

    /* ---- Memory ---- */
    unsigned contexts; /* translation contexts in use */
    /* Guest addresses are those of the core's space: contexts are few and
     * differ in rights alone, and compiled code gets windows. */
    bool physical;
    /* An access that is not aligned is one access: `permits` is asked about
     * all of it, and devices refuse it. Otherwise it is one of each page that
     * it touches, and devices get its bytes. */
    bool unaligned_whole;
    /* True, with the exception taken, if the guest refuses this access because
     * it is not aligned. */
    bool (*misaligned)(struct vcpu *cpu, const struct guest_access *access);
    /* Where the part of an access goes that begins at `address`. False: the
     * exception was taken. guest_translate_physical serves guests without
     * translation. */
    bool (*translate)(struct vcpu *cpu, const struct guest_access *access,
                      uint64_t address, struct guest_place *place);
    /* The same of the page that instructions are about to be decoded from;
     * raises nothing. */
    bool (*translate_code)(struct vcpu *cpu, uint64_t page,
                           struct guest_place *place);
    /* True if all of an access is allowed, once it is translated. False, if
     * `raises`: the exception was taken. */
    bool (*permits)(struct vcpu *cpu, const struct guest_access *access,
                    bool raises);
    /* Rights (enum window_rights) that the guest's protection grants to all of
     * a page in a context. */
    unsigned (*page_rights)(struct vcpu *cpu, unsigned context, uint64_t page);
    /* The bus refused the part of an access at `address`. True: the exception
     * was taken; false: the instruction completes (a load with 0) and the
     * error is reported later. */
    bool (*bus_error)(struct vcpu *cpu, const struct guest_access *access,
                      uint64_t address);
    /* A data access was made on the slow path, of these bytes. Asked while
     * vcpu.has_watchpoints: what the guest watches it keeps out of page_rights,
     * unprotected and extent, so that all accesses to it come here. */
    void (*accessed)(struct vcpu *cpu, const struct guest_access *access,
                     const uint64_t value[2]);
    /* For physical guests: whether the data context may read and write all of
     * [first, last], with nothing to it but memory. */
    bool (*unprotected)(struct vcpu *cpu, uint64_t first, uint64_t last);
    /* For those whose protection is finer than pages: whether the data context
     * may make plain accesses of this kind at an address, which the answer is
     * the same for from *first to *last. NULL: pages do. */
    bool (*extent)(struct vcpu *cpu, enum vcpu_access kind, uint64_t address,
                   uint64_t *first, uint64_t *last);

    /* ---- Run loop ---- */
    /* At an instruction boundary: take a pending interrupt; also ends WFI. */
    void (*interrupts)(struct vcpu *cpu);
    /* True if compiled code may go on at pc behind interrupts(): if so does
     * what that would do. NULL: the run loop always asks interrupts(). */
    bool (*undisturbed)(struct vcpu *cpu);
    /* Exceptions follow each other and nothing ever retires: stop the core
     * until it is reset. */
    void (*lock_up)(struct vcpu *cpu);
    /* True if the core wants to look before it executes the instruction at
     * pc, or at that place of any page if code is position independent: it
     * gets an instruction boundary there. Asked while vcpu.has_breakpoints. */
    bool (*breakpoint)(const struct vcpu *cpu, uint64_t pc);
    /* One trace line for the instruction at pc. */
    void (*trace)(struct vcpu *cpu);

    /* ---- Loops that wait (engine/spin/spin.h) ---- */
    /* True if nothing of the core counts what it executes but its retired
     * instructions; NULL: turns are never skipped. */
    bool (*may_skip)(const struct vcpu *cpu);
    /* The effect that a helper would have, with registers and retired count as
     * they are. */
    enum spin_effect (*spin_effect)(struct vcpu *cpu, const struct ir_op *op,
                                    uint64_t *value);

    /* ---- Compiler (engine/compiler/target.h) ---- */
    /* Compiles an IR_assist without its helper, for compiler_host; false: call
     * that. NULL: it always does. */
    bool (*lower_assist)(struct lower *lower);
    /* Parts of the core's state, in bytes from the registers on; 0: there is
     * none. Vector registers of 16 bytes, of which compiled code keeps some in
     * the host's; and the word that says how floating point rounds. */
    int32_t vectors;
    int32_t fp_control;
};

static inline uint64_t guest_address_mask(const struct guest_traits *guest)
{
    return UINT64_MAX >> (64 - guest->register_bits);
}

/* Slots of a decoded page are halfwords; of guests whose instructions are
 * words each second one is none's. */
static inline unsigned guest_slot_shift(const struct guest_traits *guest)
{
    return guest->granule == 4 ? 1 : 0;
}

/* Hooks of guests that do not translate, or do not protect (memory.c). */
bool guest_translate_physical(struct vcpu *cpu,
                              const struct guest_access *access,
                              uint64_t address, struct guest_place *place);
bool guest_translate_physical_code(struct vcpu *cpu, uint64_t page,
                                   struct guest_place *place);
unsigned guest_page_rights_all(struct vcpu *cpu, unsigned context,
                               uint64_t page);

#endif
