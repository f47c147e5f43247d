/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the compiler: a block being lowered, the registers it uses, and the
 * places that all code shares.
 *
 *   RBP       the guest's register file, LOWER_BIAS bytes in
 *   R15       what is left of the budget
 *   pinned    guest registers, see guest_traits.pinned
 *   RAX RDX   free between operations
 *   RCX       free, too, but holds IR_SECOND from one operation to the next
 *   RSP       aligned to 16 between operations
 */
#ifndef ENGINE_COMPILER_LOWER_H
#define ENGINE_COMPILER_LOWER_H

#include "base/bits.h"
#include "engine/compiler/compiler.h"
#include "engine/compiler/x64.h"

enum {
    LOWER_PINNED = GUEST_PINNED,
    /* So that X5 to IR_HOST have displacements of a byte. */
    LOWER_BIAS = 168,
    LOWER_TLB = IR_HOST,          /* the bank of the data context */
    LOWER_POINTERS = IR_HOST + 1, /* of groups, by load and store */
    LOWER_ROOM = 64 * 1024,       /* for one block */
    LOWER_COLD = 512,
    /* A block is compiled when it is met so often; until then code_slot.host
     * counts, and the code there is NOPs that lead to where nothing is. */
    LOWER_COLD_BLOCK = 8,
    /* One that was met so often is compiled with the next that is; so many are
     * remembered. */
    LOWER_WARMING_BLOCK = 4,
    LOWER_WARMING = 64,
    LOWER_CALLS = 1024, /* bytes of the stack for frames of calls, and their
                           alignment */
    LOWER_ENTRY = 56,   /* bytes that struct lower_entry has, and overwrites */
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
    uint8_t *enter;     /* a C function: see compiler_run */
    uint8_t *leave;     /* EAX: enum interpreter_exit or LOWER_LINK */
    uint8_t *too_short; /* EAX: see LOWER_SHORT; the block's count is taken */
    /* Called; behind the call: see LOWER_COUNT_BITS, and how far before that
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
    uint8_t *vectors; /* loads XMM8 to XMM15 */
    /* Called where the soft TLB did not answer an access, by load and store:
     * copies the entry of a known page there; equal: try again. NULL: guests
     * without translation. */
    uint8_t *refill[2];
    uint8_t *helper; /* does not return */
};

/* In `what` of lower_set_flags: the second operand is the operation's own. */
enum { LOWER_IMMEDIATE = 0x80 };

/* Properties of an operation. */
enum {
    LOWER_ENDS = 1,      /* the block */
    LOWER_HAS_PLACE = 2, /* accesses a plus a constant */
    LOWER_MOVES = 4,     /* d is a plus a constant */
    LOWER_WRITES_ANY = 8,
    LOWER_SKIPS = 16,
    LOWER_CHANGES_FLAGS = 32, /* some of NZCV, perhaps */
};
static_assert(BITS_DIFFER(LOWER_ENDS, LOWER_HAS_PLACE, LOWER_MOVES,
                          LOWER_WRITES_ANY, LOWER_SKIPS, LOWER_CHANGES_FLAGS),
              "traits are combined");

/* Values of lower_traits.flags: bits of NZCV that are read, or made visible by
 * a helper or exit; and above those that are written always. */
enum { LOWER_READS_FLAGS = 15, LOWER_WRITES_FLAGS = 16 };

struct lower_traits {
    uint8_t what;
    /* Masks that turn d and b of an operation that does not write them into
     * LOWER_NOBODY. */
    uint8_t no_result;
    uint8_t no_second;
    uint8_t names; /* 1: d, 2: a, 4: b are registers */
    uint8_t flags;
};

/* The index of six bits, all set; registers have numbers below. */
enum { LOWER_NOBODY = 63 };

/* How an operation is lowered, flag and what being the function's. */
struct lower_row {
    void (*lower)(struct lower *l, bool flag, unsigned what);
    bool flag;
    uint8_t what;
    bool keeps_flags; /* works while host flags hold NZCV */
};

struct lower_warming {
    struct code_page *page;
    unsigned slot;
};

/* Code that finds an entry of the soft TLB, with ends of parts of it. */
struct lower_entry {
    uint8_t code[LOWER_ENTRY + X64_SLACK];
    uint8_t rotated_end;  /* where the alignment is told, if it is checked */
    uint8_t farthest_end; /* where the largest distance is told */
    uint8_t checked;
    uint8_t whole; /* and the addend loaded */
};

struct compiler {
    uint8_t *base; /* offset 0 is what a place without code maps to */
    /* From where code is written, which is all that is told here, to where it
     * is executed: two mappings, neither both. Jumps within the code are
     * relative and hold in both. */
    ptrdiff_t executed;
    uint8_t *taken; /* up to here there are pages */
    uint8_t *limit;
    uint64_t flushed_at; /* instructions of the core that met the limit */
    uint8_t *at;
    uint8_t *blocks; /* where blocks begin */
    struct code_cache *code;
    uint64_t address_mask;
    unsigned stack_pointer;
    uint8_t granule_mask;
    unsigned aligned; /* guest_traits.aligned_register */
    unsigned link;    /* guest_traits.link_register */
    uint8_t link_bits;
    unsigned slot_shift;
    bool has_flags;  /* the guest does */
    bool translates; /* it has known pages (engine/known.h) */
    bool fine;       /* its windows may be of any size: see engine/window.h */
    bool relative;   /* pages tell addresses as distances: see code_page.base */
    uint8_t pinned[LOWER_PINNED];   /* guest registers */
    struct vcpu_tlb_entry *nothing; /* a soft TLB without pages */
    uint8_t host_of[IR_REGISTERS];  /* enum x64_register */
    struct x64_operand places[IR_REGISTERS];
    struct lower_row rows[IR_OPCODES];
    struct lower_traits traits[IR_OPCODES];
    bool (*lower_assist)(struct lower *l);
    /* Features of the host, detected at the start; all need has_avx2. */
    bool has_avx2; /* and FMA */
    bool has_aes;
    bool has_sha;
    bool has_pclmul;
    bool has_f16c;
    bool has_avx512;   /* VL, BW and DQ */
    bool has_sse42;    /* CRC32 */
    int32_t constants; /* offset of lower_constants from base on */
    bool parallel;     /* other cores run at the same time */
    struct compiler_statistics statistics;
    /* Samples of references to each register, of so many instructions. What is
     * no register's number has a place, too. */
    int32_t named[LOWER_NOBODY + 1];
    uint64_t sampled;
    unsigned samples;
    /* For the instructions since, the part whose references others would have
     * had in the host's registers. */
    uint64_t owed;
    uint32_t warm; /* meetings of a block before the one that compiles it */
    struct lower_warming warming[LOWER_WARMING];
    unsigned warming_count; /* ever since they were compiled */
    bool chaos;
    uint64_t chance;
    struct lower_shared shared;
    /* By load and store, then by whether alignment is checked. */
    struct lower_entry entries[2][2];
    struct lower *lower; /* what is at hand; too large for a stack */
    /* Distances from RBP. */
    int32_t cpu;
    int32_t compiled; /* struct vcpu_compiled */
};

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

/* Operations of a block, the end included. */
enum { LOWER_OPS = IR_BLOCK_INSTRUCTIONS * 4 + 1 };

/* Accesses in one page that the first one checks for all. Distances are from
 * its address. */
struct lower_group {
    int32_t low;
    int32_t high;
    uint8_t align; /* log2 of the largest access's */
    /* Some access may be misaligned though the first byte is aligned so. */
    bool uneven;
};

/* Result of lower_look. */
struct lower_survey {
    size_t count; /* of operations */
    /* The flags of NZCV that matter before each. */
    uint8_t flags[LOWER_OPS];
    uint16_t group_of[LOWER_OPS]; /* the access's, or 0 */
    int32_t distance[LOWER_OPS];
    struct lower_group groups[LOWER_OPS + 1];
};

/* Constants of vector registers, to be found at compiler->constants. */
size_t lower_write_constants(uint8_t *at);
uint8_t *lower_make_vectors(struct x64 *out);

struct lower {
    struct x64 out;
    struct compiler *compiler;
    struct code_page *page;
    const struct ir_op *op;
    enum lower_flags flags;
    bool sp_written; /* and perhaps to no multiple of 16 */
    bool fp_checked; /* see lower_fp.c */
    bool fpcr_checked;
    uint8_t vectors; /* of V0 to V7, those that XMM8 to XMM15 hold too */
    uint8_t kept;    /* the guest register that is in RAX too, */
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
    struct lower_survey survey;
    struct lower_cold cold[LOWER_COLD];
    size_t cold_count;
};

/* Exits of compiled code besides enum interpreter_exit. */
enum { LOWER_LINK = 16, LOWER_SHORT, LOWER_AGAIN };

/* A place of the code: page << 18 | slot << 7 | instructions of the block. */
enum { LOWER_COUNT_BITS = 7, LOWER_SLOT_BITS = 11, LOWER_COLD_CALL = 17 };

/* Guest registers in host registers. */
extern const uint8_t lower_pinned_host[LOWER_PINNED];
/* True if C functions keep a host register (System V ABI). */
static inline bool lower_survives_calls(unsigned host)
{
    return host == X64_RBX || host >= X64_R12;
}
static inline enum x64_register lower_host(const struct lower *l,
                                           unsigned guest)
{
    return (enum x64_register)l->compiler->host_of[guest];
}

/* A guest register's place in memory. */
struct x64_operand lower_slot(unsigned guest);
/* Where a guest register is. */
static inline struct x64_operand lower_place(const struct lower *l,
                                             unsigned guest)
{
    return l->compiler->places[guest];
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
/* d = the constant of the operation at hand; leaves the flags alone. */
void lower_put_constant(struct lower *l, bool wide, unsigned what);
/* A field of struct vcpu_compiled. */
struct x64_operand lower_field(const struct compiler *compiler, size_t offset);

/* Stores NZCV if host flags hold it and later code may read it. */
void lower_flush_flags(struct lower *l);
/* Effect of the current operation on flags, see lower_flags.c. */
void lower_set_flags(struct lower *l, bool wide, unsigned what);
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
uint32_t lower_op_offset(const struct lower *l, const struct ir_op *op);
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
void lower_make_entries(struct compiler *compiler);
/* A guest register to memory. */
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
/* A T32_HELPER_DSP at hand; false: its helper has to. */
bool lower_t32_dsp(struct lower *l);
/* Looks at the block that begins with ops; traits by opcode. */
void lower_look(struct lower_survey *survey,
                const struct lower_traits *traits_of, const struct ir_op *ops);
/* Calls a shared function for the operation at hand. */
void lower_call(struct lower *l, const uint8_t *callee);

/* By kind of operation, and what is true of one: what compiler.rows and traits
 * are made of. */
extern const struct lower_row lower_integer_rows[IR_OPCODES];
extern const struct lower_row lower_multiply_rows[IR_OPCODES];
extern const struct lower_row lower_t32_rows[IR_OPCODES];
extern const struct lower_row lower_flag_rows[IR_OPCODES];
extern const struct lower_row lower_branch_rows[IR_OPCODES];
struct lower_row lower_memory_row(unsigned opcode);
bool lower_ends(unsigned opcode);
void lower_flag_traits(struct lower_traits *traits, unsigned opcode);
struct lower_traits lower_place_traits(unsigned opcode);
void lower_make_rows(struct compiler *compiler);

void lower_cold_code(struct lower *l);
/* Compiles the block at slot; its code is code_slot.host then. */
void lower_block(struct compiler *compiler, struct code_page *page,
                 unsigned slot);

/* shared.c: writes the code of struct lower_shared to where code begins, sets
 * compiler->shared and where blocks begin. */
void shared_make(struct compiler *compiler);

#endif
