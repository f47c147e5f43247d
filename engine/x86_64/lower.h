/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the back end for x86-64: a block being lowered, the registers it uses,
 * and the places that all code shares.
 *
 *   RBP       the guest's register file, LOWER_BIAS bytes in
 *   R15       what is left of the budget
 *   pinned    guest registers, see guest_traits.pinned
 *   RAX RDX   free between operations
 *   RCX       free, too, but holds IR_SECOND from one operation to the next
 *   RSP       aligned to 16 between operations
 */
#ifndef ENGINE_X86_64_LOWER_H
#define ENGINE_X86_64_LOWER_H

#include "engine/compiler/target.h"
#include "engine/vcpu.h"
#include "engine/x86_64/x64.h"

enum {
    LOWER_PINNED = GUEST_PINNED,
    /* So that X5 to IR_HOST have displacements of a byte. */
    LOWER_BIAS = 168,
    LOWER_POINTERS = IR_HOST + 1, /* of groups, by load and store */
    LOWER_COLD = 512,
    LOWER_CALLS = 1024, /* bytes of the stack for frames of calls, and their
                           alignment */
    /* No block is shorter than what takes its place when it is gone, with the
     * bytes that x64.h writes behind an operand. */
    LOWER_LEAST = 19,
    LOWER_ENTRY = 56, /* bytes that struct lower_entry has, and overwrites */
};

/* NZCV while compiled code runs: as LAHF and SETO leave it, N Z C V at these
 * bits of the slot. */
enum { LOWER_NZCV = 0xc101 };

static inline int32_t lower_nzcv(unsigned nzcv)
{
    return (int32_t)((nzcv & 12) << 12 | (nzcv & 2) << 7 | (nzcv & 1));
}

/* Contents of the host's flags after an operation: A64's C is the inverse of CF
 * after a subtraction, and CF itself after an addition. Others leave some flags
 * where they are stored: a shift V, logic C and V. */
enum lower_flags {
    FLAGS_STORED,
    FLAGS_SUBTRACTION,
    FLAGS_ADDITION,
    FLAGS_SHIFT,
    FLAGS_LOGIC,
};

/* Code that every block calls or jumps to. */
struct lower_shared {
    uint8_t *enter; /* a C function: see compiler_run */
    uint8_t *leave; /* EAX: enum interpreter_exit or COMPILER_LINK */
    uint8_t
        *too_short; /* EAX: see COMPILER_SHORT; the block's count is taken */
    /* Called; behind the call: see COMPILER_COUNT_BITS, and how far before that
     * the jump to mend is, or nothing: the call itself becomes the jump. */
    uint8_t *link;
    uint8_t *jump;
    uint8_t *lookup;  /* to the guest address in RAX */
    uint8_t *search;  /* where engine/jumps.h does not help */
    uint8_t *called;  /* EAX: where to after a C function */
    uint8_t *returns; /* to the guest address in RAX, behind a call maybe */
    uint8_t *forget_calls; /* called; drops their frames, keeps RAX and RCX */
    /* EAX: the operation, from code_cache.pages on. LOWER_COLD_CALL bytes
     * before: the operation is behind the call, and then how far before that
     * the code goes on. */
    uint8_t *assist;
    uint8_t *access;
    uint8_t *compute;
    uint8_t *leaf;    /* RAX: likewise; what neither traps nor looks around */
    uint8_t *vectors; /* loads XMM8 to XMM15; NULL: guests without any */
    /* Called where the soft TLB did not answer an access, by load and store:
     * copies the entry of a known page there; equal: try again. NULL: guests
     * without translation. */
    uint8_t *refill[2];
    uint8_t *helper; /* does not return */
};

typedef void lower_operation_function(struct lower *l, bool flag,
                                      unsigned what);

/* How an operation is lowered, flag and what being the function's. */
struct lower_row {
    lower_operation_function *lower;
    bool flag;
    uint8_t what;
    bool keeps_flags; /* works while host flags hold NZCV */
};

/* Code that finds an entry of the soft TLB, with ends of parts of it. */
struct lower_entry {
    uint8_t code[LOWER_ENTRY + X64_SLACK];
    uint8_t rotated_end;  /* where the alignment is told, if it is checked */
    uint8_t farthest_end; /* where the largest distance is told */
    uint8_t checked;
    uint8_t whole; /* and the addend loaded */
};

struct lower_target {
    struct compiler compiler;      /* first: see compiler_target.size */
    uint8_t host_of[IR_REGISTERS]; /* enum x64_register */
    struct x64_operand places[IR_REGISTERS];
    /* Features of the host, detected at the start; all need has_avx2. */
    bool has_avx2; /* and FMA */
    bool has_aes;
    bool has_sha;
    bool has_pclmul;
    bool has_f16c;
    bool has_avx512;   /* VL, BW and DQ */
    bool has_sse42;    /* CRC32 */
    int32_t constants; /* offset of lower_constants from compiler.base on */
    struct lower_shared shared;
    /* By load and store, then by whether alignment is checked. */
    struct lower_entry entries[2][2];
    struct lower *lower; /* what is at hand; too large for a stack */
    /* Distances from RBP. */
    int32_t cpu;
    int32_t compiled; /* struct vcpu_compiled */
};

static inline struct lower_target *lower_target_of(struct compiler *compiler)
{
    return (struct lower_target *)compiler;
}

/* COLD_ALONE: a call, what is left of the instruction, then the next one as a
 * block of its own. */
enum lower_cold_kind {
    COLD_SHORT,
    COLD_TAKEN,
    COLD_LINK,
    COLD_CALL,
    COLD_ALONE,
    COLD_MISALIGNED, /* SP, behind an instruction: leaves */
    COLD_FULL,       /* no room for the frame of a call: drops them all */
    COLD_OUTSIDE     /* of a window: see lower_window.c */
};

/* Code behind the block, for what is rare. */
struct lower_cold {
    enum lower_cold_kind kind;
    uint8_t *site; /* the jump that comes here */
    uint8_t *back;
    const uint8_t *callee;
    const uint8_t *again;  /* where a known page is tried, or NULL */
    const uint8_t *refill; /* what looks for one */
    const struct ir_op *op;
    enum lower_flags flags;
    bool vectors; /* XMM8 to XMM15 are wanted again */
    bool near;
    uint64_t target; /* slot, or address */
};

/* Constants of vector registers, to be found at lower_target.constants. */
size_t lower_write_constants(uint8_t *at);
uint8_t *lower_make_vectors(const struct lower_target *target, struct x64 *out);

struct lower {
    struct x64 out;
    struct lower_target *target;
    struct compiler *compiler; /* of target */
    struct code_page *page;
    const struct ir_op *op;
    enum lower_flags flags;
    bool sp_written; /* and perhaps to no multiple of 16 */
    bool fp_checked; /* see lower_fp.c */
    bool fpcr_checked;
    uint8_t
        vectors;  /* of the guest's first, those that XMM8 to XMM15 hold too */
    uint8_t kept; /* the guest register that is in RAX too, */
    const uint8_t *kept_until; /* in code that ends here */
    unsigned skip;             /* operations that the one at hand did as well */
    uint8_t flags_live; /* what of NZCV matters before the operation at hand */
    const struct ir_op *first; /* of the block */
    bool whole;                /* the block itself, not its rare paths */
    bool windows;              /* worth a look: vcpu.windows_used */
    uint16_t known[2]; /* groups whose pointers are set, by load and store */
    const struct ir_op *skip_end;   /* the meet of the skip at hand */
    bool it_stored;                 /* other than 0, by a meet */
    uint8_t *skipping;              /* the jump of the skip at hand, or NULL */
    enum lower_flags skipped_flags; /* what the host's flags hold on its way */
    uint16_t at_hand;               /* the one whose pointer RAX is, */
    const uint8_t *at_hand_until;   /* in code that ends here */
    struct survey survey;
    struct lower_cold cold[LOWER_COLD];
    size_t cold_count;
};

/* Bytes of the code before what is called of lower_shared.assist and others. */
enum { LOWER_COLD_CALL = 17 };

/* The host registers of guest registers. */
extern const uint8_t lower_pinned_host[LOWER_PINNED];
/* True if C functions keep a host register (System V ABI). */
static inline bool lower_survives_calls(unsigned host)
{
    return host == X64_RBX || host >= X64_R12;
}
static inline enum x64_register lower_host(const struct lower *l,
                                           unsigned guest)
{
    return (enum x64_register)l->target->host_of[guest];
}

/* State of the guest so many bytes from its registers on. */
struct x64_operand lower_beside(int32_t bytes);
/* A guest register's place in memory. */
struct x64_operand lower_slot(unsigned guest);
/* Where a guest register is. */
static inline struct x64_operand lower_place(const struct lower *l,
                                             unsigned guest)
{
    return l->target->places[guest];
}
/* Its value in a register: its own, or `scratch`. */
enum x64_register lower_get(struct lower *l, bool wide, unsigned guest,
                            enum x64_register scratch);
/* Its value in `d`. */
void lower_load(struct lower *l, bool wide, enum x64_register d,
                unsigned guest);
/* The register to compute a result in: the guest register's own, or scratch. */
static inline enum x64_register
lower_result(const struct lower *l, unsigned guest, enum x64_register scratch)
{
    enum x64_register host = lower_host(l, guest);

    return host != X64_NONE ? host : scratch;
}
/* And its way to where it belongs. Leaves the flags alone. */
void lower_put(struct lower *l, unsigned guest, enum x64_register value);
/* The same where nothing jumps to behind it: what asks for it next may find it
 * in RAX. */
void lower_keep(struct lower *l, unsigned guest, enum x64_register value);
static inline bool lower_is_kept(const struct lower *l, unsigned guest)
{
    return (l->kept == guest) & (l->kept_until == l->out.at);
}
/* Where the next instruction finds it. */
static inline struct x64_operand lower_source(const struct lower *l,
                                              unsigned guest)
{
    return lower_is_kept(l, guest) ? x64_reg(X64_RAX) : lower_place(l, guest);
}
/* d = the low `width` bits of s, extended; leaves the flags alone. */
void lower_extend(struct lower *l, enum x64_register d, struct x64_operand s,
                  unsigned width, bool sign);
/* Where the operation at hand finds its second operand once `d` holds the
 * first. */
static inline struct x64_operand lower_other(const struct lower *l,
                                             enum x64_register d)
{
    return d == X64_RAX ? lower_place(l, l->op->b) : lower_source(l, l->op->b);
}
/* A field of struct vcpu_compiled. */
struct x64_operand lower_field(const struct lower_target *target,
                               size_t offset);

/* Stores NZCV if host flags hold it and later code may read it. */
void lower_flush_flags(struct lower *l);
void lower_store_flags(struct lower *l, enum lower_flags flags);
/* NZCV in memory = that with the bits of `mask` from RAX. Uses RDX. */
void lower_merge_flags(struct lower *l, int32_t mask);
/* The flags of NZCV that matter behind the operation at hand, which does not
 * write all of them. */
unsigned lower_live_behind(const struct lower *l);
/* The flags of NZCV that the host's flags hold, by what made them. */
extern const uint8_t lower_held[];
/* The host's condition for one of A64's. */
enum x64_condition lower_condition(struct lower *l, unsigned condition);
struct lower_cold *lower_cold(struct lower *l, enum lower_cold_kind kind,
                              uint8_t *site);
uint32_t lower_offset_of(const struct lower *l, const struct ir_op *op);
/* A guest address in a register, as the page at hand tells it; and how it tells
 * the address of its byte at `offset`. Leaves the flags alone. */
void lower_told_address(struct lower *l, enum x64_register d, uint64_t told);
uint64_t lower_told(const struct lower *l, unsigned offset);
/* Makes a jump go to a slot of the page at hand, or jumps there. */
void lower_link(struct lower *l, uint8_t *site, unsigned slot);
void lower_go(struct lower *l, unsigned slot);
/* Instructions that a block does not execute, to the budget. */
void lower_give_back(struct lower *l, int32_t count);
void lower_leave(struct lower *l, uint64_t told_pc, int32_t count,
                 enum interpreter_exit why);

/* RCX = the host's address less the guest's in RAX, or off to `slow`, which
 * does all of the operation; its `back` is for the caller to set. In code that
 * checks alignment what is not aligned to 2^align bytes is slow, too. */
struct lower_cold *lower_translate(struct lower *l, unsigned size,
                                   unsigned align, bool store,
                                   const uint8_t *slow);
/* Its halves: RAX or another register = the guest's address, and `more`; RCX =
 * the entry in the soft TLB for `size` bytes at RAX. */
void lower_address(struct lower *l, const struct ir_access *access,
                   int32_t more, enum x64_register to);
struct lower_cold *lower_find_entry(struct lower *l, unsigned size,
                                    unsigned align, bool store,
                                    const uint8_t *slow);
void lower_make_entries(struct lower_target *target);
/* Without a window: RAX = the host's address of a group's first byte. */
void lower_reach_group(struct lower *l, const struct ir_access *access,
                       const struct survey_group *group);
/* A guest register from memory, with its sign in so many bits, or 0; and one to
 * memory. */
void lower_read(struct lower *l, unsigned size, unsigned sign,
                struct x64_operand from, unsigned guest);
void lower_write(struct lower *l, unsigned size, struct x64_operand to,
                 unsigned guest);
struct x64_operand lower_addend(void);
/* The group whose accesses are checked for at once that an operation of the
 * block is in; 0: none, its address is checked by itself. */
uint16_t lower_group_of(const struct lower *l, const struct ir_op *op);
/* Through a window, if the access at hand may be: then RAX + RCX is the host's
 * address; or RAX alone is, of a group that is `bytes` long from `low` on. */
struct lower_cold *lower_window(struct lower *l,
                                const struct ir_access *access);
bool lower_window_group(struct lower *l, const struct ir_access *access,
                        int32_t low, int32_t bytes);
void lower_outside(struct lower *l, const struct lower_cold *cold);
/* Calls a shared function for the operation at hand. */
void lower_call(struct lower *l, const uint8_t *callee);

/* The rows of lower.def by operation. */
extern const struct lower_row lower_rows[IR_OPCODES];

void lower_cold_code(struct lower *l);
/* compiler_target.compile. */
void lower_block(struct compiler *compiler, const struct vcpu *cpu,
                 struct code_page *page, unsigned slot);

/* shared.c: writes the code of struct lower_shared to where code begins. */
void shared_make(struct lower_target *target);

#endif
