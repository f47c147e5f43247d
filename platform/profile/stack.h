/* SPDX-License-Identifier: Apache-2.0 */
/* The callers of the function that a core executes, by its chain of frames. */
#ifndef PLATFORM_PROFILE_STACK_H
#define PLATFORM_PROFILE_STACK_H

#include "engine/core.h"
#include "include/cairn/cairn.h"

/* Registers of an architecture's procedure call standard. */
struct stack_convention {
    const char *architecture; /* core_type.architecture */
    uint16_t machine;         /* as ELF files name it */
    const char *link;         /* register: where the function returns to */
    const char *frame; /* register: the innermost frame record; NULL: none */
};
/* NULL: none is known. */
const struct stack_convention *stack_convention(const struct core *core);

struct stack {
    uint64_t callers[CAIRN_SAMPLE_CALLERS]; /* return addresses */
    size_t count;
    enum cairn_stack end;
};

/* Follows frame records (AAPCS64 6.4.6), from the one at `frame` on. Reads
 * memory that the core may read now, and no devices; changes nothing. */
void stack_walk(struct stack *stack, struct core *core, uint64_t frame);
/* An address of code without the bits that authenticate it. */
uint64_t stack_strip(uint64_t address);

#endif
