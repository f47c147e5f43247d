/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every interpreted architecture's core is built on: registers, soft TLB,
 * cache of decoded pages, and the run loop. An architecture adds its state and
 * the functions of struct vcpu_guest.
 */
#ifndef ENGINE_VCPU_H
#define ENGINE_VCPU_H

#include <string.h>

#include "engine/core.h"
#include "engine/ir/ir.h"

enum vcpu_access { VCPU_READ, VCPU_WRITE, VCPU_FETCH };
enum vcpu_refusal { VCPU_PROTECTED, VCPU_BUS_ERROR };

/* Soft TLB. Tags are page addresses. Entries without a page have vcpu_no_page;
 * those that are compared with page addresses alone, of fetches and of devices,
 * VCPU_NO_PAGE. A write entry exists only while the page is dirty and holds no
 * decoded code (bus/region.h). */
enum { VCPU_TLB_ENTRIES = 1024, VCPU_FETCH_ENTRIES = 1024, VCPU_TAIL_OPS = 12 };
#define VCPU_NO_PAGE UINT64_MAX
enum { VCPU_PINNED = 10 };

struct vcpu_tlb_entry {
    uint64_t tag[2]; /* by VCPU_READ and VCPU_WRITE */
    uint8_t *addend; /* host address of guest address 0 */
    uint8_t shift;   /* log2 of the leaf's size */
};
static_assert(sizeof(struct vcpu_tlb_entry) == 32, "compiled code shifts");

/* The tag of a data entry without a page. Addresses come to the entry by their
 * bits 12 to 21, and this differs from all such addresses in those bits: no
 * guest can ask for one that it would answer. */
static inline uint64_t vcpu_no_page(size_t index)
{
    return ~((uint64_t)index << 12);
}

/* Guest addresses wrap, pointers may not. */
static inline uint8_t *vcpu_host(const struct vcpu_tlb_entry *entry,
                                 uint64_t address)
{
    return (uint8_t *)((uintptr_t)entry->addend + (uintptr_t)address);
}

/* One bank. Entries are pages of 4 KiB; the leaf of the guest's tables that
 * one comes from may be larger, which maintenance by address has to know. */
struct vcpu_tlb {
    struct vcpu_tlb_entry data[VCPU_TLB_ENTRIES];
    uint8_t fetch_shift[VCPU_FETCH_ENTRIES]; /* log2 of the leaf's size */
    bool ready;        /* its tables were made empty: zeros are a page */
    bool used;         /* entered into since it was flushed */
    bool aligned_only; /* some page takes no unaligned accesses */
    /* Where leaves are larger than a page: a bit for each 2 MiB with some of
     * up to 2 MiB, and for each 1 GiB with larger ones; many share a bit. */
    uint64_t large_leaves[8];
    uint64_t huge_leaves[8];
};

/* Where an address may have its entry. */
static inline size_t vcpu_tlb_index(uint64_t address)
{
    return address >> 12 & (VCPU_TLB_ENTRIES - 1);
}

/* The bit of an address's block of 2^shift bytes, the top byte aside. */
static inline unsigned vcpu_leaf_bit(uint64_t address, unsigned shift)
{
    return (unsigned)((address << 8 >> (8 + shift)) * 0x9e3779b97f4a7c15u >>
                      55);
}

static inline void vcpu_set_leaf_bit(uint64_t leaves[8], unsigned bit)
{
    leaves[bit / 64] |= (uint64_t)1 << bit % 64;
}

static inline bool vcpu_has_leaf_bit(const uint64_t leaves[8], unsigned bit)
{
    return (leaves[bit / 64] >> bit % 64 & 1) != 0;
}

/* A leaf of that size was entered for the page at an address. */
static inline void vcpu_note_leaf(struct vcpu_tlb *tlb, uint64_t page,
                                  unsigned shift)
{
    if (shift > 30) {
        memset(tlb->huge_leaves, 0xff, sizeof(tlb->huge_leaves));
    } else if (shift > 21) {
        vcpu_set_leaf_bit(tlb->huge_leaves, vcpu_leaf_bit(page, 30));
    } else if (shift > 12) {
        vcpu_set_leaf_bit(tlb->large_leaves, vcpu_leaf_bit(page, 21));
    }
}

/* log2 of the size of the largest leaf that may hold the address. */
static inline unsigned vcpu_largest_leaf(const struct vcpu_tlb *tlb,
                                         uint64_t address)
{
    if (vcpu_has_leaf_bit(tlb->huge_leaves, vcpu_leaf_bit(address, 30))) {
        return 64;
    }
    return vcpu_has_leaf_bit(tlb->large_leaves, vcpu_leaf_bit(address, 21))
               ? 21
               : 12;
}

struct vcpu_fetch_entry {
    uint64_t tag;
    struct code_page *page;
};

/* Translation contexts: what differs in rights or translation gets a bank of
 * its own. An architecture uses the first vcpu_guest.contexts of them. */
enum { VCPU_CONTEXTS = 18 };

/*
 * Decoded code of one page of a region. base is the guest address that it runs
 * at; if vcpu_guest.relative it serves wherever it is seen, and who comes to it
 * sets base. Its slots are the halfwords where an instruction may begin:
 * code_slot finds what is known of one.
 */
enum { CODE_PAGE_OPS = 4092, CODE_PAGE_SLOTS = 2048, CODE_BUCKETS = 256 };

struct code_slot {
    /* The index of a block's first operation, and above 16 bits the number of
     * its instructions; 0 is op 0, which is IR_miss. */
    uint32_t map;
    /* Its compiled code, from compiler->base on; small numbers count how often
     * a block without code was met. */
    uint32_t host;
};

struct code_page {
    struct code_slot slots[CODE_PAGE_SLOTS]; /* by code_slot */
    struct region *region;                   /* NULL: unused */
    const uint8_t *bytes;                    /* the page's */
    size_t index;                            /* of the page in region */
    uint64_t base;
    uint64_t places; /* of entries of fetch TLBs that name it, by sixteens */
    struct code_page *next; /* in its bucket */
    uint32_t generation;    /* goes up when operations are thrown away */
    uint32_t count;         /* of operations */
    uint8_t slot_shift;     /* vcpu_guest.slot_shift */
    bool compiled;          /* something, or counted for it */
    bool met;               /* looked up since it was last forgotten */
    struct ir_op ops[CODE_PAGE_OPS];
};

static inline struct code_slot *code_slot(struct code_page *page, unsigned slot)
{
    return &page->slots[slot >> page->slot_shift];
}

struct code_statistics {
    uint64_t pages;   /* whose decoding was begun */
    uint64_t evicted; /* of them, for others */
    uint64_t written; /* that gave up because of stores */
    uint64_t dropped; /* blocks that something was stored into */
};

/* Who wants to know of host code that is made: of the guest's at an address,
 * or with NULL of the compiler's own. */
struct code_watch {
    void (*made)(void *context, const void *code, size_t size,
                 const uint64_t *address);
    void *context;
};

/* Shared by the cores of a machine that decode alike. */
struct code_cache {
    struct code_page *pages;                 /* touched as used */
    struct code_page *buckets[CODE_BUCKETS]; /* by region page */
    unsigned used;                           /* pages that ever were */
    unsigned next;                           /* to be looked at for room */
    struct code_page *scratch; /* for single steps; never mapped */
    struct vcpu *users;
    struct compiler *compiler; /* NULL: they interpret */
    struct code_statistics statistics;
    uint64_t decoded;  /* instructions */
    bool timed;        /* decoding and compiling */
    uint64_t clock_ns; /* what asking for the time takes, which they do not */
    struct code_watch watch;
    uint64_t decode_ns;
    uint64_t compile_ns;
};

/* Counts for people, no part of a core's state. */
struct vcpu_statistics {
    uint64_t fills[VCPU_FETCH + 1]; /* of the soft TLB, by access */
    uint64_t bank_flushes;          /* that found something */
    uint64_t page_flushes;          /* by address, in all banks */
};

struct vcpu;
struct lower;

/* What a helper did with the instruction. */
enum vcpu_outcome {
    VCPU_NEXT,    /* done, go on after it */
    VCPU_JUMPED,  /* done, pc is set */
    VCPU_TRAPPED, /* not retired, pc is set */
};

typedef enum vcpu_outcome vcpu_helper(struct vcpu *cpu, const struct ir_op *op);

struct vcpu_guest {
    /* Emits the instructions from pc on, where block->offset is, as long as
     * ir_next and the bytes at hand allow it. False: none; these are less than
     * the first. */
    bool (*lift)(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                 const uint8_t *bytes, size_t size);
    vcpu_helper *const *helpers;
    /* In their place, of cores with a gate; NULL: there are no such. */
    vcpu_helper *const *parallel_helpers;
    /* Registers that compiled code keeps in the host's: those that programs
     * name most. */
    uint8_t pinned[VCPU_PINNED];
    /* Compiles an IR_assist without its helper; false: call that. NULL: it
     * always does (engine/compiler/). */
    bool (*lower_assist)(struct lower *lower);
    unsigned contexts;     /* translation contexts in use */
    unsigned code_pages;   /* decoded pages to keep */
    uint8_t slot_shift;    /* 1: no instruction begins at an odd halfword */
    uint64_t address_mask; /* addresses wrap here */
    /* Operations tell guest addresses as distances from their page. */
    bool relative;
    bool has_flags; /* uses IR_NZCV */
    /* Rights (enum window_rights) that the guest's protection grants to all of
     * a page in a context, and to one access. */
    unsigned (*page_rights)(struct vcpu *cpu, unsigned context, uint64_t page);
    bool (*permits)(struct vcpu *cpu, unsigned context, uint64_t address,
                    unsigned size, enum vcpu_access access);
    /* Whether the data context may read and write all of [first, last], with
     * nothing to it but memory; and the register that stacks grow from. NULL:
     * compiled code gets no windows. */
    bool (*unprotected)(struct vcpu *cpu, uint64_t first, uint64_t last);
    unsigned stack_pointer;
    /* The register that compiled code takes for a multiple of 16 where a block
     * begins, and leaves it when that is none: SP, or IR_ZERO. */
    unsigned aligned;
    /* An access was refused. True: the trap was taken; false: the instruction
     * completes (a load with 0) and the error is reported later. */
    bool (*fault)(struct vcpu *cpu, uint64_t address, unsigned size,
                  enum vcpu_access access, enum vcpu_refusal why);
    /* True, with the trap taken, if the core refuses this misaligned data
     * access itself. */
    bool (*misaligned)(struct vcpu *cpu, uint64_t address, unsigned size,
                       enum vcpu_access access);
    /* At an instruction boundary: take a pending interrupt; also ends WFI. */
    void (*interrupts)(struct vcpu *cpu);
    /* Whether interrupts() would do nothing but mend pc, which this does. NULL:
     * never. */
    bool (*undisturbed)(struct vcpu *cpu);
    /* Traps follow each other and nothing ever retires: stop the core until
     * it is reset. */
    void (*lock_up)(struct vcpu *cpu);
    /* Whether the core wants to look before it executes the instruction at
     * pc, or at that place of any page if `relative`: it gets an instruction
     * boundary there. Asked while vcpu.has_breakpoints. */
    bool (*breakpoint)(const struct vcpu *cpu, uint64_t pc);
    /* One trace line for the instruction at pc. */
    void (*trace)(struct vcpu *cpu);

    /* For guests that translate addresses, in place of page_rights, permits,
     * fault and misaligned; else NULL. */
    /* Whether code can be decoded from all of the page at a guest address,
     * where it is, and log2 of the leaf's size. Raises nothing. */
    bool (*fetch_page)(struct vcpu *cpu, uint64_t page, struct span *span,
                       unsigned *shift);
    /* The instruction at pc. False: the exception was taken. */
    bool (*fetch)(struct vcpu *cpu, uint64_t pc, uint32_t *bytes);
    /* Data accesses that the TLB did not answer: 1 to 16 bytes, any alignment.
     * False: the exception was taken. */
    bool (*load)(struct vcpu *cpu, uint64_t address, unsigned size,
                 uint64_t value[2]);
    bool (*store)(struct vcpu *cpu, uint64_t address, unsigned size,
                  const uint64_t value[2]);
    /* IR_check_sp found SP misaligned. True: the exception was taken. */
    bool (*sp_misaligned)(struct vcpu *cpu);
};

#define VCPU_REGIONS 64
enum { VCPU_SPACES = 2 };

/* Memory that compiled code of guests without translation accesses with no
 * other check than this: `size` bytes of guest addresses from `base` on, and
 * VCPU_WINDOW_SLACK more that an access may reach into; 0: none. One for
 * reads, all of the most used memory; two for writes, of pages that are dirty
 * and hold no code: one where the stack pointer points, the other elsewhere.
 * The last is a page of memory that takes whole words only, which neither the
 * soft TLB nor compiled code can tell: vcpu_store alone looks through it.
 */
enum vcpu_window_kind {
    VCPU_WINDOW_READ,
    VCPU_WINDOW_WRITE,
    VCPU_WINDOW_STACK,
    VCPU_WINDOW_WORDS,
    VCPU_WINDOWS
};
enum { VCPU_WINDOW_SLACK = 256 };

struct vcpu_window {
    uint32_t base;
    uint32_t size;
    uint8_t *host;
};

/* The memory that translation tables were last read from. */
struct vcpu_tables {
    uint64_t first;
    uint64_t size_bytes; /* 0: none */
    const uint8_t *host;
    bool non_secure;
};

/* A page of a device that the data context may read, or write, wherever it
 * likes; of guests without translation. */
struct vcpu_device_page {
    uint64_t page; /* VCPU_NO_PAGE: none */
    unsigned context;
    const struct window *window;
};
enum { VCPU_DEVICE_PAGES = 8 }; /* by the page's number */

/* What compiled code looks at while it runs (engine/compiler/). */
struct vcpu_compiled {
    struct vcpu_window windows[VCPU_WINDOWS]; /* of the data context */
    struct vcpu_fetch_entry *fetch;           /* of the fetch context */
    struct code_page *pages;
    uint64_t base;       /* of the page that runs */
    int64_t left;        /* of the budget, whenever C code runs */
    uint64_t trapped_at; /* retired count of the last exception */
    uint8_t *site;
    uint32_t target; /* see LOWER_COUNT_BITS */
    uint32_t rung;   /* by another core's thread, see engine/gate.h */
};

struct vcpu {
    struct core core;
    const struct vcpu_guest *guest;
    vcpu_helper *const *helpers; /* of guest */
    uint64_t *r;                 /* IR_REGISTERS of the architecture's state */
    unsigned data_context;
    unsigned fetch_context;
    uint64_t limit;     /* retired count at which the run ends */
    uint64_t due;       /* and at which interrupts() wants to look */
    uint64_t slice_end; /* retired count at which the interpreter's budget is
                           used up */
    bool attention;     /* leave the block after the instruction at hand */
    bool step;          /* execute the next instruction alone */
    bool stopping;      /* a watchpoint or the like: stop for `stop` */
    enum core_stop stop;
    bool has_breakpoints; /* of the guest's: see vcpu_guest.breakpoint */
    bool resumed; /* the breakpoint at the present place has been reported */
    uint64_t resumed_at;
    uint64_t resumed_pc;
    struct vcpu_tlb *tlbs; /* VCPU_CONTEXTS */
    struct vcpu_fetch_entry fetch[VCPU_CONTEXTS][VCPU_FETCH_ENTRIES];
    struct vcpu_compiled compiled;
    struct vcpu_tables tables;
    struct vcpu_device_page devices[VCPU_WRITE + 1][VCPU_DEVICE_PAGES];
    unsigned window_context;      /* the one that windows are of */
    struct region *window_region; /* what that for reads shows, */
    uint64_t window_offset;       /* and from where on */
    bool windows_used;            /* there was one */
    struct code_cache *code;
    struct vcpu *next_user; /* of code */
    struct gate *gate;      /* engine/gate.h, whose the next three are */
    struct vcpu *next_member;
    unsigned inside;
    unsigned out_depth;
    struct space_listener space_listeners[VCPU_SPACES];
    struct space *spaces[VCPU_SPACES]; /* that they listen to */
    size_t space_count;
    struct region_listener region_listeners[VCPU_REGIONS];
    struct region *regions[VCPU_REGIONS];
    size_t region_count;
    struct vcpu_statistics statistics;
    /* The rest of an instruction whose access asked to leave the block. */
    struct ir_op tail[VCPU_TAIL_OPS];
};

static inline struct vcpu *vcpu_of(struct core *core)
{
    return (struct vcpu *)core;
}

/* like: a core that decodes the same bytes to the same operations, or NULL. */
void vcpu_init(struct vcpu *cpu, const struct vcpu_guest *guest, uint64_t *r,
               struct vcpu *like);
void vcpu_fini(struct vcpu *cpu);
/* The core accesses this space too, besides that of its configuration: its
 * changes end cached translations. */
void vcpu_add_space(struct vcpu *cpu, struct space *space);
enum core_stop vcpu_run(struct core *core, uint64_t budget);
/* At an instruction boundary within a slice: whether the run loop would go on
 * at pc, and nothing else. If so begins a slice. */
bool vcpu_goes_on(struct vcpu *cpu);
/* Rights changed: drops cached translations, keeps decoded pages. */
void vcpu_flush_tlb(struct vcpu *cpu);
/* Of one context, and of the page at an address in all contexts: with it goes
 * all that came from the same leaf. The top byte of addresses is ignored. */
void vcpu_flush_bank(struct vcpu *cpu, unsigned context);
/* Before a context is used for the first time; most never are. */
void vcpu_prepare_bank(struct vcpu *cpu, unsigned context);
void vcpu_flush_page(struct vcpu *cpu, uint64_t address);
/* One page of one context. */
void vcpu_drop_page(struct vcpu *cpu, unsigned context, uint64_t page);
/* Drops all decoded pages too. */
void vcpu_flush(struct vcpu *cpu);
/* Executes from the instruction at slot of page on, as far as blocks fit into
 * the budget; `left` of it includes the first block's instructions. */
void vcpu_execute(struct vcpu *cpu, struct code_page *page, unsigned slot,
                  int64_t left);
/* The same for cores with a gate, over what has to be looked up in between
 * (engine/parallel.c). */
void parallel_execute(struct vcpu *cpu, struct code_page *page, unsigned slot,
                      uint64_t end);

/* Data accesses that the TLB did not answer: 1, 2 or 4 bytes, any alignment.
 * False: a trap was taken. (engine/memory.c) */
bool vcpu_load(struct vcpu *cpu, uint64_t address, unsigned size,
               uint32_t *value);
bool vcpu_store(struct vcpu *cpu, uint64_t address, unsigned size,
                uint32_t value);
/* Two bytes of an instruction. False: a trap was taken. */
bool vcpu_fetch(struct vcpu *cpu, uint64_t address, uint16_t *value);
/* The host bytes of the page, when all of it is one piece of memory with
 * right; else NULL. */
uint8_t *vcpu_page(struct vcpu *cpu, unsigned context, uint64_t page,
                   unsigned right, struct span *span);
/* Enters a page of memory into the soft TLB of a context. For writing, only
 * where the page is dirty and holds no code. Not done for watched pages. */
struct vcpu_leaf {
    uint8_t shift;     /* log2 of its size */
    bool aligned_only; /* unaligned accesses may have to fault; compiled code
                          never asks, so it gets no entry there */
};
void vcpu_fill(struct vcpu *cpu, unsigned context, uint64_t page,
               const struct span *span, struct vcpu_leaf leaf,
               enum vcpu_access access);
/* Windows (engine/window.c): closed, also if they are of another context; and
 * found anew around a page that was entered into the soft TLB. */
void vcpu_close_windows(struct vcpu *cpu);
void vcpu_close_write_windows(struct vcpu *cpu);
void vcpu_check_windows(struct vcpu *cpu);
void vcpu_widen_windows(struct vcpu *cpu, uint64_t page,
                        const struct span *span, enum vcpu_access access);
/* Memory that takes whole words: opens its window after a store there took the
 * slow way, and stores through it; false: not there, or no aligned word. */
void vcpu_open_words(struct vcpu *cpu, uint64_t address);
bool vcpu_store_word(struct vcpu *cpu, uint64_t address, unsigned size,
                     uint32_t value);
/* Notes that a watchpoint was hit, if one was. */
void vcpu_check_watchpoints(struct vcpu *cpu, uint64_t address, unsigned size,
                            enum watch_kind kind);
/* Makes the core hear of changes to region; false if it has too many. */
bool vcpu_watch_region(struct vcpu *cpu, struct region *region);

/* Decoded pages (engine/code.c). code_find returns NULL when the page cannot
 * be cached; code_translate makes sure that map has the slot. */
void code_init(struct vcpu *cpu, struct vcpu *like);
void code_fini(struct vcpu *cpu);
struct code_page *code_find(struct vcpu *cpu, uint64_t pc);
void code_translate(struct vcpu *cpu, struct code_page *page, unsigned slot);
/* From now on decoding and compiling is timed: code_took adds to *sum what has
 * passed since code_began returned `began`. */
void code_time(struct code_cache *code);
uint64_t code_began(const struct code_cache *code);
void code_took(const struct code_cache *code, uint64_t began, uint64_t *sum);
/* The instruction at pc alone, in the scratch page; NULL: a trap was taken. */
struct code_page *code_step(struct vcpu *cpu, uint64_t pc);
void code_drop(struct vcpu *cpu, const struct region *region, size_t index,
               uint64_t granules);
void code_drop_all(struct vcpu *cpu);
bool vcpu_breakpoint_at(const struct vcpu *cpu, uint64_t pc);

#endif
