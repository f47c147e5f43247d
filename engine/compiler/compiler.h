/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler: micro-operations of decoded pages as code of the host.
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
struct compiler_target;

struct compiler_statistics {
    uint64_t blocks;
    uint64_t instructions;
    uint64_t bytes;
    uint64_t flushes;
    uint64_t entries;
    uint64_t links;
    uint64_t exits[4]; /* by enum interpreter_exit */
};

/* The host that this was built for; NULL: nothing is compiled for it, and cores
 * interpret. */
extern const struct compiler_target *const compiler_host;
/* True if the host can run what is made for it. */
bool compiler_is_possible(void);
/* For a target (engine/compiler/target.h), or NULL. NULL where that cannot run
 * here, or has no memory for code. cpu stands for all that share the code. */
struct compiler *compiler_create(const struct compiler_target *target,
                                 struct vcpu *cpu, struct code_cache *code);
void compiler_destroy(struct compiler *compiler);
/* Tells of all code that is made from now on, and of what blocks share. */
void compiler_watch(struct code_cache *code, const struct code_watch *watch);
const struct compiler_statistics *
compiler_statistics(const struct compiler *compiler);

/* The block at slot of page is gone: jumps to its code go where nothing is. */
void compiler_drop(struct compiler *compiler, struct code_page *page,
                   unsigned slot);

/* Executes from the instruction at slot of page on, as interpreter_run does;
 * `left` includes the block's own instructions. */
enum interpreter_exit compiler_run(struct vcpu *cpu, struct code_page *page,
                                   unsigned slot, int64_t left);

#endif
