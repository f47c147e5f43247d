/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that wait. A core is looked at now and then: its instructions are
 * walked through, operation by operation, from where it is. What a walk cannot
 * do (a store of something new, a device, an exception) ends the matter. If the
 * walk comes to where it was before, that was a turn.
 *
 * Nothing but this core changes anything within a slice, except time. So if the
 * turn left all registers as they were and read no clock, all turns do.
 * Otherwise another turn is walked for two of its times at once: as the next,
 * and as one far ahead. What differs between the two, which is what comes from
 * a clock or a count, has two values. Each operation on such a register must
 * grow or fall all the way from the one value to the other, and each branch go
 * the same way: then it does so in all turns between. A register that is
 * counted must be a constant more at the turn's end, so that its value in each
 * turn is known; what else moved may not be read before it is computed again,
 * which a last walk sees to, and two turns that are executed give it its value.
 */
#include "engine/spin/spin.h"

#include <string.h>

#include "base/bits.h"
#include "engine/spin/walk.h"

enum {
    OPS_MAX = 256, /* of a walk */
    KEPT = 2,      /* turns that are executed after those skipped */
    NEAR = 128,    /* bytes between places of one loop */
    /* Instructions from one look to the next: at first, and where looking was
     * in vain again and again; the latter also for slices that begin where the
     * one before did. */
    GAP_LEAST = 128,
    GAP_NEAR = 1 << 14,
    GAP_MOST = 1 << 20,
};

/* A turn: the registers where it began and where it ended. */
struct turn {
    uint64_t before[IR_REGISTERS];
    uint64_t after[IR_REGISTERS];
    struct code_page *page; /* where it began */
    const struct ir_op *op;
    uint64_t pc;
    uint64_t retired; /* where it ended */
    uint64_t length;  /* instructions */
    uint64_t block;   /* instructions from its begin to its first block's end */
    bool at_clock;    /* with a read of a clock */
};

/* Whether a register is part of the guest's state, pc aside. */
static bool is_told(unsigned number)
{
    return number < IR_ZERO && number != IR_PC && number != IR_SINK &&
           (number < IR_HOST || number > IR_SINK);
}

/* ---- One turn ------------------------------------------------------------ */

static bool is_there(const struct walk *w, const struct turn *turn)
{
    return w->pc == turn->pc && w->at_clock == turn->at_clock;
}

/* Walks on until it comes to a place for the second time since a power of two
 * of places: one in the loop is among these. Turns begin with a read of a
 * clock, if they have one, so that none is carried from one to the next. */
static enum verdict find_turn(struct walk *w, struct turn *turn)
{
    const uint64_t *r = w->r;
    bool wants_clock = false;
    uint64_t begin = 0;
    unsigned ops = OPS_MAX;
    enum verdict verdict = walk_go(w, r[IR_PC]);

    for (unsigned places = 0; verdict == SAME; places++) {
        if (places != 0 && !wants_clock && is_there(w, turn)) {
            if (!w->timed || turn->at_clock) {
                memcpy(turn->after, r, sizeof(turn->after));
                turn->length = w->before - begin;
                turn->retired = w->retired + w->before;
                return SAME;
            }
            wants_clock = true;
        }
        if (wants_clock ? w->at_clock : (places & (places - 1)) == 0) {
            memcpy(turn->before, r, sizeof(turn->before));
            turn->page = w->page;
            turn->op = w->op;
            turn->pc = w->pc;
            turn->at_clock = w->at_clock;
            turn->block = w->count - w->before;
            begin = w->before;
            wants_clock = false;
            w->timed = false;
        }
        verdict = walk_on(w, &ops);
    }
    return OTHER;
}

/* ---- Turns like it ------------------------------------------------------- */

/* The turn again, for its next time and for that so many turns later. */
static enum verdict walk_turn(struct walk *w, const struct turn *turn,
                              uint64_t turns)
{
    unsigned ops = OPS_MAX;
    enum verdict verdict = SAME;

    memcpy(w->r, turn->after, sizeof(turn->after));
    w->retired = turn->retired;
    w->distance = (turns + KEPT) * turn->length;
    w->page = turn->page;
    w->page->base = turn->pc & ~(uint64_t)(REGION_PAGE_SIZE - 1);
    w->op = turn->op;
    w->count = turn->block;
    w->at_clock = turn->at_clock;
    for (unsigned i = 0; i < IR_REGISTERS; i++) {
        const uint64_t after = turn->after[i];
        const int64_t step = (int64_t)(after - turn->before[i]);
        int64_t way = 0;

        if (w->kind[i] != MOVING) {
            continue;
        }
        bool wraps = __builtin_mul_overflow(step, turns + KEPT, &way);
        const struct pair pair = {after, after + (uint64_t)way};
        if (wraps || (pair.far > after) != (step > 0)) {
            return TURNS;
        }
        walk_set_moving(w, i, pair, i);
    }
    do {
        verdict = walk_on(w, &ops);
    } while (verdict == SAME && !is_there(w, turn));
    return verdict != SAME ? verdict : w->before == turn->length ? SAME : OTHER;
}

/* All that the turn changed is taken for counted at first. */
static enum verdict try_turns(struct walk *w, const struct turn *turn,
                              uint64_t turns)
{
    memset(w->kind, STEADY, sizeof(w->kind));
    memset(w->origin, IR_ZERO, sizeof(w->origin));
    for (unsigned i = 0; i < IR_REGISTERS; i++) {
        if (is_told(i) && turn->before[i] != turn->after[i]) {
            w->kind[i] = i == IR_NZCV ? STALE : MOVING;
        }
    }
    return walk_turn(w, turn, turns);
}

/* Whether the turns carry nothing from one to the next but what is counted, and
 * do not change what does not move. */
static bool carries_counts_alone(struct walk *w, const struct turn *turn,
                                 uint64_t turns)
{
    for (unsigned i = 0; i < IR_REGISTERS; i++) {
        if (!is_told(i)) {
            w->kind[i] = STEADY;
        } else if (w->kind[i] == STEADY) {
            if (w->r[i] != turn->after[i]) {
                return false;
            }
        } else if (i == IR_NZCV || w->origin[i] != i ||
                   w->r[i] - turn->after[i] !=
                       turn->after[i] - turn->before[i]) {
            w->kind[i] = STALE;
        }
    }
    return walk_turn(w, turn, turns) == SAME;
}

/* The largest number of turns that are sure to follow, or 0: a search by
 * halves, but for where a comparison tells. */
static uint64_t find_turns(struct walk *w, const struct turn *turn,
                           uint64_t most)
{
    uint64_t sure = 0;
    uint64_t bad = most + 1;
    uint64_t turns = most;
    uint64_t step = 1;

    while (bad - sure > 1) {
        w->guess = 0;
        enum verdict verdict = try_turns(w, turn, turns);

        if (verdict == OTHER) {
            return 0;
        }
        if (verdict == SAME) {
            sure = turns;
        } else {
            bad = turns;
        }
        uint64_t told = w->guess / turn->length - KEPT;
        turns = sure + (bad - sure) / 2;
        if (verdict == SAME && step < turns - sure) {
            turns = sure + step;
            step *= 8;
        } else if (w->guess != 0 && told > sure && told < bad) {
            turns = told;
            step = 1;
        }
    }
    return sure != 0 && try_turns(w, turn, sure) == SAME &&
                   carries_counts_alone(w, turn, sure)
               ? sure
               : 0;
}

/* The registers after so many turns more. Those that are neither counted nor
 * steady are computed by the turns that are executed. */
static void set_registers(const struct walk *w, const struct turn *turn,
                          uint64_t turns)
{
    for (unsigned i = 0; i < IR_REGISTERS; i++) {
        const uint64_t step = turn->after[i] - turn->before[i];

        const bool counted = w->kind[i] == MOVING && w->origin[i] == i;

        w->r[i] = turn->after[i] + (counted ? turns * step : 0);
    }
}

/* ---- When ---------------------------------------------------------------- */

static bool may_skip(const struct vcpu *cpu)
{
    return cpu->gate == NULL && !cpu->step && !cpu->core.trace &&
           !cpu->has_breakpoints && cpu->core.breakpoint_count == 0 &&
           cpu->core.watchpoint_count == 0 && cpu->guest->may_skip != NULL &&
           cpu->guest->may_skip(cpu);
}

/* Skips turns; the number of instructions that have retired by that. */
static uint64_t skip(struct vcpu *cpu, uint64_t end)
{
    const uint64_t retired = cpu->core.retired;
    struct walk w = {.cpu = cpu, .r = cpu->r, .retired = retired};
    uint64_t r[IR_REGISTERS];
    struct turn turn;
    uint64_t turns = 0;

    memcpy(r, cpu->r, sizeof(r));
    if (find_turn(&w, &turn) == SAME && turn.retired < end) {
        const uint64_t told = cpu->core.unheard;
        const uint64_t last = w.timed && told < end ? told : end;
        const uint64_t room =
            last > turn.retired ? (last - turn.retired) / turn.length : 0;
        bool stands = !w.timed;

        for (unsigned i = 0; i < IR_REGISTERS; i++) {
            stands &= !is_told(i) || turn.before[i] == turn.after[i];
        }
        if (stands) {
            turns = room;
        } else if (room > KEPT) {
            turns = find_turns(&w, &turn, room - KEPT);
        }
    }
    if (turns == 0) {
        memcpy(cpu->r, r, sizeof(r));
        cpu->core.retired = retired;
        return 0;
    }
    set_registers(&w, &turn, turns);
    cpu->r[IR_PC] = turn.pc;
    cpu->core.retired = turn.retired + turns * turn.length;
    return cpu->core.retired - retired;
}

bool spin_look(struct vcpu *cpu, uint64_t end)
{
    struct spin *spin = &cpu->spin;
    const uint64_t gap = cpu->core.retired - spin->looked;
    const uint64_t skipped = may_skip(cpu) ? skip(cpu, end) : 0;

    cpu->statistics.skipped += skipped;
    spin->looked = cpu->core.retired;
    spin->look_at = spin->looked + (skipped != 0         ? GAP_LEAST
                                    : gap < GAP_LEAST    ? 2 * GAP_LEAST
                                    : gap < GAP_MOST / 2 ? gap * 2
                                                         : GAP_MOST);
    return skipped != 0;
}

void spin_begin_slice(struct vcpu *cpu)
{
    struct spin *spin = &cpu->spin;
    const uint64_t pc = cpu->r[IR_PC];
    const bool skipped = spin->look_at - spin->looked == GAP_LEAST;
    const uint64_t near = spin->looked + (skipped ? 0 : GAP_NEAR);

    if (pc - spin->began + NEAR < 2 * (uint64_t)NEAR && near < spin->look_at) {
        spin->look_at = near;
    }
    spin->began = pc;
}
