/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiled code calls, with all guest registers where C looks for them.
 * operation: where the operation is, in bytes from code_cache.pages on. They
 * answer a negative number to go on with the next operation, else how to leave:
 * enum interpreter_exit or LOWER_AGAIN.
 */
#ifndef ENGINE_COMPILER_CALLED_H
#define ENGINE_COMPILER_CALLED_H

#include "engine/compiler/compiler.h"

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
