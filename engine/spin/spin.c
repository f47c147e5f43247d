/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that wait for a counter: a turn is walked through, operation by
 * operation, for two values of the counter at once, the present one and a later
 * one. Registers that depend on it have two values, too. Each operation on such
 * a register must grow or fall with it all the way from the one to the other,
 * and each branch go the same way: then it does so for all values between them,
 * and all turns until the later value is read are the same but for these
 * registers.
 *
 * A turn begins behind the read of the counter. Nothing but the counter may be
 * carried from one turn to the next: a second walk, in which the registers of
 * the turn before may not be read, sees to that. Then whatever turns are
 * skipped, two that are executed give these registers their values.
 */
#include "engine/spin/spin.h"

#include <string.h>

#include "engine/spin/walk.h"

enum {
    ENOUGH = 16,           /* turns */
    ENOUGH_MOST = 1 << 20, /* where looking was in vain */
    KEPT = 2,              /* turns that are executed after those skipped */
};

/* With the counter up to where it may be after so many turns. */
static enum verdict walk_for(struct walk *w, const uint64_t *r, uint64_t turns)
{
    const struct spin *spin = &w->cpu->spin;
    const uint64_t most =
        w->cpu->guest->spin_most(w->cpu, (turns + KEPT) * spin->turn);

    w->kind[spin->d] = MOVING;
    w->far[spin->d] = r[spin->d] + most;
    if (w->far[spin->d] < most) {
        return TURNS;
    }
    return walk_turn(w, r);
}

static enum verdict try_turns(struct walk *w, const uint64_t *r, uint64_t turns)
{
    memset(w->kind, STEADY, sizeof(w->kind));
    return walk_for(w, r, turns);
}

/* Whether a turn leaves what does not move as it was, and reads nothing of the
 * turn before but the counter. */
static bool carries_nothing(struct walk *w, const uint64_t *r, uint64_t turns)
{
    const unsigned d = w->cpu->spin.d;

    for (unsigned i = 0; i < IR_ZERO; i++) {
        const bool told = i == IR_PC || i == IR_SINK || i == d ||
                          (i >= IR_HOST && i < IR_SINK);

        if (!told && w->kind[i] == STEADY && w->r[i] != r[i]) {
            return false;
        }
        if (i != d && w->kind[i] == MOVING) {
            w->kind[i] = STALE;
        }
    }
    w->kind[IR_SINK] = STEADY;
    return walk_for(w, r, turns) == SAME;
}

/* The largest number of turns that are sure to be the same, or 0. */
static uint64_t find_turns(struct walk *w, const uint64_t *r, uint64_t most)
{
    uint64_t sure = 0;
    uint64_t bad = most + 1;
    uint64_t turns = most;

    while (bad - sure > 1 + sure / 64) {
        enum verdict verdict = try_turns(w, r, turns);

        if (verdict == OTHER) {
            return 0;
        }
        if (verdict == SAME) {
            sure = turns;
        } else {
            bad = turns;
        }
        turns = sure + (bad - sure) / 2;
    }
    return sure != 0 && try_turns(w, r, sure) == SAME &&
                   carries_nothing(w, r, sure)
               ? sure
               : 0;
}

static bool may_skip(const struct vcpu *cpu)
{
    return cpu->gate == NULL && !cpu->step && !cpu->core.trace &&
           !cpu->has_breakpoints && cpu->core.breakpoint_count == 0 &&
           cpu->core.watchpoint_count == 0;
}

void spin_skip(struct vcpu *cpu, uint64_t end)
{
    struct spin *spin = &cpu->spin;
    const uint64_t retired = cpu->core.retired;
    const uint64_t room = (end - retired) / spin->turn;
    struct walk w = {.cpu = cpu, .r = cpu->r};
    uint64_t r[IR_REGISTERS];

    spin->ready = false;
    if (cpu->r[IR_PC] != spin->next_pc || retired != spin->retired + 1 ||
        !may_skip(cpu) || room <= ENOUGH + KEPT) {
        return;
    }
    memcpy(r, cpu->r, sizeof(r));
    uint64_t turns = find_turns(&w, r, room - KEPT);
    memcpy(cpu->r, r, sizeof(r));
    cpu->core.retired = retired + turns * spin->turn;
    spin->retired += turns * spin->turn;
    cpu->statistics.skipped += turns * spin->turn;
    spin->enough = turns != 0                   ? ENOUGH
                   : spin->enough < ENOUGH_MOST ? spin->enough * 2
                                                : ENOUGH_MOST;
}

void spin_note(struct vcpu *cpu, const struct ir_op *op)
{
    struct spin *spin = &cpu->spin;
    const uint64_t pc = cpu->r[IR_PC];
    const uint64_t turn = cpu->core.retired - spin->retired;

    if (pc != spin->pc || turn != spin->turn) {
        spin->enough = pc != spin->pc ? ENOUGH : spin->enough;
        spin->pc = pc;
        spin->turn = turn;
        spin->turns = 0;
    }
    spin->retired = cpu->core.retired;
    spin->next_pc = pc + op->length;
    spin->d = op->d;
    if (++spin->turns >= spin->enough && turn != 0 && op->d < IR_PC) {
        spin->turns = 0;
        spin->ready = true;
        cpu->attention = true;
    }
}
