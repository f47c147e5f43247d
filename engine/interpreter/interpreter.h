/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, and how a run of it ends. */
#ifndef ENGINE_INTERPRETER_INTERPRETER_H
#define ENGINE_INTERPRETER_INTERPRETER_H

#include "engine/vcpu.h"

enum interpreter_exit {
    INTERPRETER_LEFT,  /* something wants the run loop's attention */
    INTERPRETER_SHORT, /* the block at pc is longer than the budget */
    INTERPRETER_MISS,  /* no decoded block at pc */
    INTERPRETER_STEP,  /* the instruction at pc must be executed alone */
};

/*
 * Executes operations from op of page on until the run loop is needed; `left`
 * is the rest of the slice after the block of op. At return pc and
 * core->retired are exact.
 */
enum interpreter_exit interpreter_run(struct vcpu *cpu, struct code_page *page,
                                      const struct ir_op *op, int64_t left);
/* Executes the operations behind op of its instruction, and leaves. */
void interpreter_finish(struct vcpu *cpu, struct code_page *page,
                        const struct ir_op *op, int64_t left);
/* Executes one operation that computes; pc and core->retired are lost. */
void interpreter_compute(struct vcpu *cpu, const struct ir_op *op);

#endif
