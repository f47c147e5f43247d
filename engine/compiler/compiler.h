/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler: micro-operations of decoded pages as x86-64 code.
 *
 * One compiler serves the cores that share a cache of decoded pages. Compiled
 * code is reached by code_page.host alone and lives no longer than the page's
 * operations, so dropping a page drops its code. docs/design/engine/compiler/
 * has the conventions of the code.
 */
#ifndef ENGINE_COMPILER_COMPILER_H
#define ENGINE_COMPILER_COMPILER_H

#include "engine/interpreter/interpreter.h"

struct compiler;

struct compiler_statistics {
    uint64_t blocks;
    uint64_t instructions;
    uint64_t bytes;
    uint64_t flushes;
    uint64_t entries;
    uint64_t links;
    uint64_t exits[4]; /* by enum interpreter_exit */
};

/* True if the host can run what is made here. */
bool compiler_is_possible(void);
/* NULL where the host cannot run what the compiler makes (BMI2 and LZCNT are
 * needed), or has no memory for code. cpu stands for all that share the code.
 */
struct compiler *compiler_create(struct vcpu *cpu, struct code_cache *code);
void compiler_destroy(struct compiler *compiler);
/* Tells of all code that is made from now on, and of what blocks share. */
void compiler_watch(struct code_cache *code, const struct code_watch *watch);
const struct compiler_statistics *
compiler_statistics(const struct compiler *compiler);

/* The block at slot of page is gone: jumps to its code go where nothing is. */
void compiler_drop(struct compiler *compiler, struct code_page *page,
                   unsigned slot);

/* True if compiled code may begin: see guest_traits.aligned_register. */
static inline bool compiler_is_aligned(const struct vcpu *cpu)
{
    return (cpu->r[cpu->guest->aligned_register] & 15) == 0;
}

/* Executes from the instruction at slot of page on, as interpreter_run does;
 * `left` includes the block's own instructions. */
enum interpreter_exit compiler_run(struct vcpu *cpu, struct code_page *page,
                                   unsigned slot, int64_t left);

/*
 * called.c: what compiled code calls, with all guest registers where C looks
 * for them. operation: where the operation is, in bytes from code_cache.pages
 * on. They answer a negative number to go on with the next operation, else how
 * to leave: enum interpreter_exit or LOWER_AGAIN.
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

#endif
