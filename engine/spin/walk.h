/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through one turn of a loop that waits: see spin.c. */
#ifndef ENGINE_SPIN_WALK_H
#define ENGINE_SPIN_WALK_H

#include "engine/spin/spin.h"
#include "engine/vcpu.h"

enum verdict {
    SAME,  /* in the first of the turns as in the last */
    TURNS, /* perhaps not; with fewer turns it may be */
    OTHER, /* no such loop */
};

/* The comparison that flags come from which move. */
struct comparison {
    uint64_t a[2], b[2];
    bool wide;
};

/*
 * Registers that are the same in all turns are steady. Of the others, bits by
 * number: those that move, which grow or fall from turn to turn; and those that
 * are stale, with a value of the turn before, and may not be read.
 */
struct walk {
    struct vcpu *cpu;
    uint64_t *r; /* the core's, in the nearest turn */
    uint64_t moving;
    uint64_t stale;
    uint64_t far[IR_REGISTERS]; /* in the farthest turn, of those that move */
    uint64_t counted; /* registers that are a constant more each turn, */
    uint64_t unread;  /* and those that are computed before they are read */
    /* The register that a moving one is a constant more than, at the begin of
     * the turn; IR_ZERO: none. */
    uint8_t origin[IR_REGISTERS];
    struct comparison compared;
    /* Bytes of the host that a turn stores something new to, or NULL. They get
     * their value by a turn that is executed behind those that are skipped, so
     * no turn may load them. */
    const uint8_t *stored;
    unsigned stored_size;
    bool stored_again; /* since the turn began */
    struct code_page *page;
    const struct ir_op *op;
    uint64_t retired;  /* where the nearest turn begins */
    uint64_t distance; /* instructions from the nearest to the farthest turn */
    /* Where TURNS is the verdict: instructions from the nearest turn to about
     * where it turns out otherwise; 0: unknown. */
    uint64_t guess;
    uint64_t count; /* of instructions, so far, up to the block's end */
    /* Where a turn may begin: at the last block, or read of a clock. */
    uint64_t pc;
    uint64_t before; /* instructions before it */
    bool arrived;    /* just now, */
    bool at_clock;   /* at a read of a clock, which is next */
    bool timed;      /* a clock was read in the turn, */
    bool read_clock; /* or before it */
};
static_assert(IR_REGISTERS <= 64, "a set of registers has a bit for each");

/* Two values of a register, in the nearest and the farthest turn. */
struct pair {
    uint64_t near, far;
};

static inline uint64_t walk_bit(unsigned number)
{
    return (uint64_t)1 << number;
}

static inline bool walk_moves(const struct walk *w, unsigned number)
{
    return (w->moving & walk_bit(number)) != 0;
}

static inline bool walk_is_stale(const struct walk *w, unsigned number)
{
    return (w->stale & walk_bit(number)) != 0;
}

static inline bool walk_is_steady(const struct walk *w, unsigned number)
{
    return ((w->moving | w->stale) & walk_bit(number)) == 0;
}

static inline void walk_steady(struct walk *w, unsigned number)
{
    w->moving &= ~walk_bit(number);
    w->stale &= ~walk_bit(number);
}

static inline void walk_set_steady(struct walk *w, unsigned number,
                                   uint64_t value)
{
    w->r[number] = value;
    walk_steady(w, number);
}

static inline struct pair walk_pair(const struct walk *w, unsigned number)
{
    return (struct pair){w->r[number],
                         walk_moves(w, number) ? w->far[number] : w->r[number]};
}

static inline void walk_set_moving(struct walk *w, unsigned number,
                                   struct pair to, unsigned origin)
{
    w->r[number] = to.near;
    w->far[number] = to.far;
    walk_steady(w, number);
    w->moving |= walk_bit(number);
    w->origin[number] = (uint8_t)origin;
}

/* At the core's place; what only moving registers have is left as it is. */
static inline void walk_begin(struct walk *w, struct vcpu *cpu)
{
    w->cpu = cpu;
    w->r = cpu->r;
    w->retired = cpu->core.retired;
    w->moving = w->stale = w->counted = w->unread = 0;
    w->distance = w->count = 0;
    w->stored = NULL;
    w->timed = w->read_clock = false;
}

/* TURNS, with a guess: so many steps from the nearest turn it turns out
 * otherwise, and so many more are left to the farthest. */
enum verdict walk_turns(struct walk *w, uint64_t steps, uint64_t left);
/* The low bits of a register; they move alike only while the bits above them
 * stay. */
enum verdict walk_narrow(struct walk *w, struct pair *pair, unsigned width);
/* d = a - b of the operation at hand, with its flags; one of both moves. */
enum verdict walk_compare(struct walk *w, struct pair a, struct pair b,
                          bool wide);
/* True if a condition holds, in all turns. */
enum verdict walk_holds(struct walk *w, unsigned condition, bool *yes);
/* True if the operation is one that walk_compute does: registers and flags
 * alone. */
bool walk_is_pure(unsigned opcode);
enum verdict walk_compute(struct walk *w);
/* Goes to an address, where a block must have been decoded. */
enum verdict walk_go(struct walk *w, uint64_t pc);
/* From where a turn may begin to the next such place, in so many operations at
 * most. */
enum verdict walk_on(struct walk *w, unsigned *ops);

#endif
