/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through one turn of a loop that waits: see spin.c. */
#ifndef ENGINE_SPIN_WALK_H
#define ENGINE_SPIN_WALK_H

#include "engine/spin/spin.h"
#include "engine/vcpu.h"

enum spin_kind {
    STEADY, /* the same in all turns */
    MOVING, /* grows or falls from turn to turn */
    STALE,  /* of the turn before, and not to be read */
};

enum verdict {
    SAME,  /* in the first of the turns as in the last */
    TURNS, /* perhaps not; with fewer turns it may be */
    OTHER, /* no such loop */
};

/* The comparison that MOVING flags come from. */
struct comparison {
    uint64_t a[2], b[2];
    bool wide;
};

struct walk {
    struct vcpu *cpu;
    uint64_t *r;                /* the core's, in the nearest turn */
    uint64_t far[IR_REGISTERS]; /* in the farthest, of those that move */
    uint8_t kind[IR_REGISTERS]; /* enum spin_kind */
    /* The register that this one is a constant more than, at the begin of the
     * turn; IR_ZERO: none. */
    uint8_t origin[IR_REGISTERS];
    struct comparison compared;
    struct code_page *page;
    const struct ir_op *op;
    uint64_t retired;  /* where the nearest turn begins */
    uint64_t distance; /* instructions from the nearest to the farthest turn */
    /* Where TURNS is said of a comparison: instructions from the nearest turn
     * to about where it turns out otherwise; else 0. */
    uint64_t guess;
    uint64_t count; /* of instructions, so far, up to the block's end */
    /* Where a turn may begin: at the last block, or read of a clock. */
    uint64_t pc;
    uint64_t before; /* instructions before it */
    bool arrived;    /* just now, */
    bool at_clock;   /* at a read of a clock, which is next */
    bool timed;      /* a clock was read */
};

/* Two values of a register, in the nearest and the farthest turn. */
struct pair {
    uint64_t near, far;
};

static inline bool walk_moves(const struct walk *w, unsigned number)
{
    return w->kind[number] == MOVING;
}

static inline struct pair walk_pair(const struct walk *w, unsigned number)
{
    return (struct pair){w->r[number],
                         walk_moves(w, number) ? w->far[number] : w->r[number]};
}

static inline void walk_set_steady(struct walk *w, unsigned number,
                                   uint64_t value)
{
    w->r[number] = value;
    w->kind[number] = STEADY;
}

static inline void walk_set_moving(struct walk *w, unsigned number,
                                   struct pair to, unsigned origin)
{
    w->r[number] = to.near;
    w->far[number] = to.far;
    w->kind[number] = MOVING;
    w->origin[number] = (uint8_t)origin;
}

/* The low halves; they move alike only while the upper halves stay. */
enum verdict walk_narrow(struct pair *pair);
/* d = a - b of the operation at hand, with its flags; one of both moves. */
enum verdict walk_compare(struct walk *w, struct pair a, struct pair b,
                          bool wide);
/* Whether a condition holds, in all turns. */
enum verdict walk_holds(struct walk *w, unsigned condition, bool *yes);
/* Whether the operation is one that walk_compute does: registers and flags
 * alone. */
bool walk_is_pure(unsigned opcode);
enum verdict walk_compute(struct walk *w);
/* Goes to an address, where a block must have been decoded. */
enum verdict walk_go(struct walk *w, uint64_t pc);
/* From where a turn may begin to the next such place, in so many operations at
 * most. */
enum verdict walk_on(struct walk *w, unsigned *ops);

#endif
