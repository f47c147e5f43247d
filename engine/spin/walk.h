/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through one turn of a loop that waits for a counter: see spin.c. */
#ifndef ENGINE_SPIN_WALK_H
#define ENGINE_SPIN_WALK_H

#include "engine/spin/spin.h"
#include "engine/vcpu.h"

enum spin_kind {
    STEADY, /* the same in all turns */
    MOVING, /* with the counter */
    STALE,  /* of the turn before, and not to be read */
};

enum verdict {
    SAME,  /* for all values of the counter between the two */
    TURNS, /* perhaps not; with a nearer one it may be */
    OTHER, /* no such loop */
};

/* The comparison that MOVING flags come from. */
struct comparison {
    uint64_t a[2], b[2];
    bool wide;
};

struct walk {
    struct vcpu *cpu;
    uint64_t *r;                /* the core's, for the nearer value */
    uint64_t far[IR_REGISTERS]; /* of those that move */
    uint8_t kind[IR_REGISTERS]; /* enum spin_kind */
    struct comparison compared;
    struct code_page *page;
    const struct ir_op *op;
    uint64_t count; /* of instructions */
};

/* Two values of a register, by the counter's. */
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

/* The low halves; they move alike only while the upper halves stay. */
enum verdict walk_narrow(struct pair *pair);
/* d = a - b of the operation at hand, with its flags; one of both moves. */
enum verdict walk_compare(struct walk *w, struct pair a, struct pair b,
                          bool wide);
/* Whether a condition holds, in all turns. */
enum verdict walk_holds(const struct walk *w, unsigned condition, bool *yes);
/* Whether the operation is one that walk_compute does: registers and flags
 * alone. */
bool walk_is_pure(unsigned opcode);
enum verdict walk_compute(struct walk *w);
/* From behind a read of the counter to behind the next, with these registers at
 * first. */
enum verdict walk_turn(struct walk *w, const uint64_t *r);

#endif
