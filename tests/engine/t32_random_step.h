/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the makers of random system steps. */
#ifndef TESTS_ENGINE_T32_RANDOM_STEP_H
#define TESTS_ENGINE_T32_RANDOM_STEP_H

#include "tests/engine/t32_random_inside.h"

enum {
    BODY_BYTES = T32_CODE_SIZE / T32_STEPS,
    SCS = (int)0xe000e000,
    OTHER_STATE = 0x20000,  /* of SCS */
    STACK = 0x3e00,         /* MSP, in data: */
    STACK_REGION = 0x3000,  /* of 4 KiB */
    PROCESS_STACK = 0x6200, /* with FP its stacking never faults: what that
                               leaves of the FP context is unknown */
    PROCESS_REGION = 0x6000,
    BLOCK = 0x400,    /* addresses are in the middle of one */
    T32_TRAP = 0x380, /* in one: UDF */
    IRQ = 20,         /* the first of four */
};

struct step {
    struct t32_program *program;
    uint32_t record[T32_WORDS];
    unsigned writes;
    bool non_secure; /* the state that it starts in */
    bool splits;     /* the states split priorities differently (PRIGROUP) */
    bool bends; /* AIRCR.PRIS: Non-secure priorities are below Secure ones */
    bool handler;
    bool privileged;
};

static inline bool has(const struct t32_program *p, unsigned flag)
{
    return (p->target->flags & flag) != 0;
}

static inline void write_word(struct step *s, uint32_t address, uint32_t value)
{
    if (s->writes < T32_WRITE_PAIRS) {
        s->record[T32_WRITES + 2 * s->writes] = address;
        s->record[T32_WRITES + 2 * s->writes + 1] = value;
        s->writes++;
    }
}

static inline void write_scs(struct step *s, bool non_secure, uint32_t at,
                             uint32_t value)
{
    write_word(s, (uint32_t)SCS + at + (non_secure ? OTHER_STATE : 0), value);
}

static inline uint32_t below(struct t32_program *p, uint32_t limit)
{
    return t32_next(p) % limit;
}

static inline uint32_t data_of(const struct t32_program *p, bool non_secure)
{
    return p->target->base + (non_secure ? T32_NS_DATA : T32_DATA);
}

/* A random instruction of a step; false: the last one. */
bool t32_step_instruction(struct step *s, struct t32_emitter *e);
/* To r10: for a return from an exception not by BLX, which is none. */
void t32_step_jump(struct t32_emitter *e, bool is_return);
/* In Handler mode: EXC_RETURN in r10, with frames where it may find one. */
void t32_step_return(struct step *s, uint32_t body);
/* Where a jump goes that is none of that. */
uint32_t t32_step_target(struct step *s, uint32_t body);

#endif
