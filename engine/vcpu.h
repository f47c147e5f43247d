/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base of the cores of all architectures: the state of the run loop, and
 * what it holds of the soft TLB (engine/tlb.h), of decoded pages
 * (engine/code.h) and of windows (engine/window.h). An architecture embeds it
 * first, adds its state, and describes itself by its traits (engine/guest.h).
 */
#ifndef ENGINE_VCPU_H
#define ENGINE_VCPU_H

#include "engine/code.h"
#include "engine/core.h"
#include "engine/device_page.h"
#include "engine/guest.h"
#include "engine/jumps.h"
#include "engine/known.h"
#include "engine/origins.h"
#include "engine/spin/spin.h"
#include "engine/tlb.h"
#include "engine/window.h"

/* Counts for people, no part of a core's state. */
struct vcpu_statistics {
    uint64_t fills[VCPU_FETCH + 1]; /* of the soft TLB, by access */
    uint64_t bank_flushes;          /* that found something */
    uint64_t page_flushes;          /* by address, in all banks */
};

#define VCPU_REGIONS 64
enum { VCPU_SPACES = 2, VCPU_TAIL_OPS = IR_LAST_OPS };

/* The memory that translation tables were last read from. */
struct vcpu_tables {
    uint64_t first;
    uint64_t size_bytes; /* 0: none */
    const uint8_t *host;
    struct region *region;
    uint64_t offset; /* in it */
    bool non_secure;
};

/* State that compiled code looks at while it runs (engine/compiler/). */
struct vcpu_compiled {
    struct vcpu_window windows[VCPU_WINDOWS]; /* of the data context */
    struct vcpu_fetch_entry *fetch;           /* of the fetch context */
    struct jumps *jumps;                      /* likewise */
    struct code_page *pages;
    /* The table that compiled code takes for the soft TLB of unprivileged
     * accesses: that, once a helper has told it, or one without pages. */
    const struct vcpu_tlb_entry *unprivileged;
    const struct vcpu_tlb_entry *nothing;
    struct known known;
    uint64_t base;       /* of the page that runs */
    uint64_t stack;      /* the host's stack pointer, once entered */
    int64_t left;        /* of the budget, whenever C code runs */
    uint64_t trapped_at; /* retired count of the last exception */
    uint8_t *site;
    uint32_t target; /* see COMPILER_COUNT_BITS */
    uint32_t rung;   /* by another core's thread, see engine/gate.h */
    /* Until C enters compiled code anew: the time that counters have is this
     * plus the instructions retired, in nanoseconds; if `clocked`. */
    uint64_t clock_ns;
    bool clocked;
};

struct vcpu {
    struct core core;
    const struct guest_traits *guest;
    vcpu_helper *const *helpers; /* of guest */
    uint64_t *r;                 /* IR_REGISTERS of the architecture's state */
    uint64_t granule_mask;       /* bits of pc that are 0 at an instruction */
    unsigned data_context;
    unsigned fetch_context;
    unsigned data_level; /* the guest's name for the rights of accesses now */
    uint64_t limit;      /* retired count at which the run ends */
    uint64_t due;        /* and at which interrupts() wants to look */
    uint64_t slice_end;  /* retired count at which the interpreter's budget is
                            used up */
    uint64_t flushes;    /* of banks or pages of the soft TLB, counted from 1 */
    bool attention;      /* leave the block after the instruction at hand */
    bool step;           /* execute the next instruction alone */
    bool stopping;       /* a watchpoint or the like: stop for `stop` */
    enum core_stop stop;
    bool has_breakpoints; /* of the guest's: see guest_traits.breakpoint */
    bool has_watchpoints; /* and guest_traits.accessed */
    bool resumed; /* the breakpoint at the present place has been reported */
    uint64_t resumed_at;
    uint64_t resumed_pc;
    struct vcpu_tlb *tlbs; /* VCPU_CONTEXTS */
    struct jumps *jumps;   /* VCPU_CONTEXTS */
    struct vcpu_fetch_entry fetch[VCPU_CONTEXTS][VCPU_FETCH_ENTRIES];
    struct vcpu_compiled compiled;
    struct vcpu_tables tables;
    struct origins origins;
    struct device_pages devices;
    unsigned window_context;      /* the one that windows are of */
    struct region *window_region; /* what that for reads shows, */
    uint64_t window_offset;       /* and from where on */
    bool windows_used;            /* there was one */
    bool windows_fine;            /* those that are open are of extents */
    struct code_cache *code;
    struct code_cache *code_aside; /* for the other way to run; NULL: no gate */
    struct vcpu *next_user;        /* of code */
    struct gate *gate;             /* engine/gate.h, whose the next three are */
    struct vcpu *next_member;
    unsigned inside;
    unsigned out_depth;
    struct space_listener space_listeners[VCPU_SPACES];
    struct space *spaces[VCPU_SPACES]; /* that they listen to */
    size_t space_count;
    struct region_listener region_listeners[VCPU_REGIONS];
    struct region *regions[VCPU_REGIONS];
    size_t region_count;
    struct spin spin;
    struct vcpu_statistics statistics;
    uint64_t sampled_at; /* retired count; see engine/compiler/compiler.c */
    /* The rest of an instruction whose access asked to leave the block. */
    struct ir_op tail[VCPU_TAIL_OPS];
};

static inline struct vcpu *vcpu_of(struct core *core)
{
    return (struct vcpu *)core;
}

/* True if the soft TLB may remember a place: no table has changed meanwhile. */
static inline bool vcpu_may_keep(const struct vcpu *cpu,
                                 const struct guest_place *place)
{
    return !place->uncached && place->changes == cpu->origins.changes;
}

/* like: a core that decodes the same bytes to the same operations, or NULL. */
void vcpu_init(struct vcpu *cpu, const struct guest_traits *guest, uint64_t *r,
               struct vcpu *like);
void vcpu_fini(struct vcpu *cpu);
/* The core accesses this space too, besides that of its configuration: its
 * changes end cached translations. */
void vcpu_add_space(struct vcpu *cpu, struct space *space);
enum core_stop vcpu_run(struct core *core, uint64_t budget);
/* At an instruction boundary within a slice: whether the run loop would go on
 * at pc, and nothing else. If so begins a slice. */
bool vcpu_goes_on(struct vcpu *cpu);
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

/* Notes that a watchpoint was hit, if one was. */
void vcpu_check_watchpoints(struct vcpu *cpu, uint64_t address, unsigned size,
                            enum watch_kind kind);
/* True if a breakpoint of the debugger is at pc that was not yet reported. */
bool vcpu_meets_breakpoint(struct core *core);
/* core_type.engine of all cores that are made of this. */
extern const struct core_engine_type vcpu_engine;

#endif
