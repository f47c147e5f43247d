/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two halves of the compiler. Policy (compiler.c) has the memory for code,
 * decides which blocks get code and when, and which guest registers the host's
 * hold, and runs from block to block. A back end (engine/x86_64/) writes code
 * for one host and enters it; it knows no guest but by guest_traits. A new back
 * end adds a folder with a struct compiler_target, and a line of
 * engine/module.mk that names it.
 */
#ifndef ENGINE_COMPILER_TARGET_H
#define ENGINE_COMPILER_TARGET_H

#include "engine/compiler/compiler.h"
#include "engine/compiler/survey.h"

enum {
    COMPILER_TLB = IR_HOST,    /* a register: the bank of the data context */
    COMPILER_ROOM = 64 * 1024, /* for one block */
    /* A block is compiled when it is met so often; until then code_slot.host
     * counts. The first bytes of code lead to where nothing is, wherever they
     * are entered. */
    COMPILER_COLD_BLOCK = 8,
    /* One that was met so often is compiled with the next that is; so many are
     * remembered. */
    COMPILER_WARMING_BLOCK = 4,
    COMPILER_WARMING = 64,
};

/* Exits of compiled code besides enum interpreter_exit, of which COMPILER_AGAIN
 * is for answers of called.c alone: compiled code goes on at PC. */
enum { COMPILER_LINK = 16, COMPILER_SHORT, COMPILER_AGAIN };

/* A place of the code: page << 18 | slot << 7 | instructions of the block. */
enum { COMPILER_COUNT_BITS = 7, COMPILER_SLOT_BITS = 11 };

struct compiler;

/* A host that code can be made for. */
struct compiler_target {
    size_t size;           /* of what begins with a struct compiler */
    unsigned shared_bytes; /* at most, of what blocks share */
    unsigned pinned;       /* guest registers in the host's */
    /* True if the host has the instructions that all code needs. */
    bool (*is_possible)(void);
    /* Once, with all of struct compiler set. */
    void (*init)(struct compiler *compiler, const struct vcpu *cpu);
    void (*fini)(struct compiler *compiler);
    /* Writes what all blocks share to where code begins, for the registers that
     * are pinned from now on. */
    void (*share)(struct compiler *compiler);
    /* Compiles the block at slot to compiler->at, which moves on; its code is
     * code_slot.host then. */
    void (*compile)(struct compiler *compiler, const struct vcpu *cpu,
                    struct code_page *page, unsigned slot);
    /* A block is gone: its code, which code_slot.host still tells, looks up
     * what is at its address now. */
    void (*forget)(struct compiler *compiler, struct code_page *page,
                   unsigned slot);
    /* The jump at `site`, which left with COMPILER_LINK, goes to a block. */
    void (*mend)(struct compiler *compiler, uint8_t *site, const uint8_t *to);
    /* Runs code until it leaves, with vcpu_compiled.left instructions to go;
     * tells what is left of them. COMPILER_LINK and COMPILER_SHORT tell the
     * place in vcpu_compiled.target. */
    uint32_t (*enter)(struct vcpu *cpu, const uint8_t *code);
};

struct compiler_warming {
    struct code_page *page;
    unsigned slot;
};

struct compiler {
    const struct compiler_target *target;
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
    uint8_t granule_mask;
    unsigned aligned; /* guest_traits.aligned_register */
    bool relative;    /* pages tell addresses as distances: code_page.base */
    bool parallel;    /* other cores run at the same time */
    const struct guest_traits *guest;
    uint8_t pinned[GUEST_PINNED];   /* guest registers */
    struct vcpu_tlb_entry *nothing; /* a soft TLB without pages */
    struct survey_traits traits[IR_OPCODES];
    struct compiler_statistics statistics;
    /* Samples of references to each register, of so many instructions. What is
     * no register's number has a place, too. */
    int32_t named[SURVEY_NOBODY + 1];
    uint64_t sampled;
    unsigned samples;
    /* For the instructions since, the part whose references others would have
     * had in the host's registers. */
    uint64_t owed;
    uint32_t warm; /* meetings of a block before the one that compiles it */
    struct compiler_warming warming[COMPILER_WARMING];
    unsigned warming_count; /* ever since they were compiled */
    bool chaos;
    uint64_t chance;
};

/* The place that a jump to a block tells. */
static inline uint32_t compiler_place(const struct compiler *compiler,
                                      const struct code_page *page,
                                      uint64_t slot, unsigned count)
{
    const size_t number = (size_t)(page - compiler->code->pages);

    return (uint32_t)(number << (COMPILER_SLOT_BITS + COMPILER_COUNT_BITS) |
                      slot << COMPILER_COUNT_BITS | count);
}

/*
 * called.c: what compiled code calls, with all guest registers where C looks
 * for them. operation: where the operation is, in bytes from code_cache.pages
 * on. They answer a negative number to go on with the next operation, else how
 * to leave: enum interpreter_exit or COMPILER_AGAIN.
 */
int called_assist(struct vcpu *cpu, uint32_t operation);
/* An IR_helper: always leaves. */
int called_helper(struct vcpu *cpu, uint32_t operation);
/* An access that the soft TLB did not answer. */
int called_access(struct vcpu *cpu, uint32_t operation);
/* A helper that can neither trap nor look around; host registers that C keeps
 * are not in memory. */
int called_leaf(struct vcpu *cpu, uint32_t operation);
/* Executes operations that are not lowered. */
int called_compute(struct vcpu *cpu, uint32_t operation);

/* Tells compiled code where the present contexts' soft TLBs are. */
void called_set_banks(struct vcpu *cpu);

/* True if compiled code may begin: see guest_traits.aligned_register. */
static inline bool compiler_is_aligned(const struct vcpu *cpu)
{
    return (cpu->r[cpu->guest->aligned_register] & 15) == 0;
}

#endif
