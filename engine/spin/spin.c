/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that wait. A core is looked at now and then: its instructions are
 * walked through, operation by operation, from where it is. What a walk cannot
 * do (stores of something new to two places, a device, an exception) ends the
 * matter. If the walk comes to where it was before, that was a turn.
 *
 * Nothing but this core changes anything within a slice, except time. So if the
 * turn left all registers as they were and read no clock, all turns do.
 * Otherwise another turn is walked for two of its times at once: as the next,
 * and as one far ahead. A register that depends on a clock or a count has two
 * values then. Each operation on such a register must grow or fall all the way
 * from the one value to the other, and each branch go the same way: then it
 * does so in all turns between. A register that is counted must be a constant
 * more at the turn's end, so that its value in each turn is known. Any other
 * register that moves may not be read before it is computed again, which a last
 * walk verifies; two turns that are executed give it its value.
 *
 * A delay is often met again. So what was found is tried first: one walk
 * proves all of it at once.
 */
#include "engine/spin/spin.h"

#include "base/assert.h"
#include "engine/spin/walk.h"

enum {
    OPS_MAX = 256,   /* of a walk */
    OPS_NEAR = 64,   /* to a loop that is known, */
    KNOWN_TURNS = 4, /* of which so many turns are walked */
    KEPT = 2,        /* turns that are executed after those skipped */
    REST = 32,       /* instructions that are not worth another walk */
    NEAR = 128,      /* bytes between places of one loop */
    MARGIN = 16,     /* instructions by which a guess may be wrong */
    /* Instructions that are worth a search: to skip fewer is in vain. */
    WORTH = 1000,
    /* Instructions from one look to the next: at first, and where looking was
     * in vain again and again; the latter also for slices that begin where the
     * one before did. */
    GAP_LEAST = 32,
    GAP_NEAR = 1 << 14,
    GAP_MOST = 1 << 20,
};

/* The guest's registers, without pc. */
static const uint64_t state_registers =
    (((uint64_t)1 << IR_HOST) - 1) & ~((uint64_t)1 << IR_PC);

/* As a loop, which is faster for so few than memcpy and `rep movsq`. */
static void copy_registers(uint64_t *to, const uint64_t *from)
{
    for (unsigned i = 0; i < IR_HOST; i++) {
        to[i] = from[i];
    }
}

/* A turn: the registers where it began and where it ended. */
struct turn {
    uint64_t before[IR_HOST];
    uint64_t after[IR_HOST];
    uint64_t changed;       /* registers, as bits, without pc */
    struct code_page *page; /* where it began */
    const struct ir_op *op;
    uint64_t pc;
    uint64_t retired; /* where it ended */
    uint64_t length;  /* instructions */
    uint64_t block;   /* instructions from its begin to its first block's end */
    bool at_clock;    /* with a read of a clock */
};

/* ---- One turn ------------------------------------------------------------ */

static bool is_there(const struct walk *w, const struct turn *turn)
{
    return w->pc == turn->pc && w->at_clock == turn->at_clock;
}

static void end_turn(const struct walk *w, struct turn *turn, uint64_t begin)
{
    copy_registers(turn->after, w->r);
    turn->length = w->before - begin;
    turn->retired = w->retired + w->before;
    turn->changed = 0;
    for (unsigned i = 0; i < IR_HOST; i++) {
        turn->changed |= (uint64_t)(turn->before[i] != turn->after[i]) << i;
    }
    turn->changed &= state_registers;
}

static void begin_turn(struct walk *w, struct turn *turn, uint64_t *begin)
{
    copy_registers(turn->before, w->r);
    turn->page = w->page;
    turn->op = w->op;
    turn->pc = w->pc;
    turn->at_clock = w->at_clock;
    turn->block = w->count - w->before;
    *begin = w->before;
    w->timed = false;
    w->stored_again = false;
}

/* True if the turn stores again what was stored on the way to it. */
static bool stores_again(const struct walk *w)
{
    return w->stored == NULL || w->stored_again;
}

/* Walks on until it comes to a place for the second time since a power of two
 * of places: one in the loop is among these. Turns begin with a read of a
 * clock, if they have one, so that none is carried from one to the next. */
static enum verdict find_turn(struct walk *w, struct turn *turn)
{
    bool wants_clock = false;
    uint64_t begin = 0;
    unsigned ops = OPS_MAX;
    enum verdict verdict = walk_go(w, w->r[IR_PC]);

    for (unsigned places = 0; verdict == SAME; places++) {
        if (places != 0 && !wants_clock && is_there(w, turn)) {
            if (!w->timed || turn->at_clock) {
                end_turn(w, turn, begin);
                return stores_again(w) ? SAME : OTHER;
            }
            wants_clock = true;
        }
        if (wants_clock ? w->at_clock : (places & (places - 1)) == 0) {
            begin_turn(w, turn, &begin);
            wants_clock = false;
        }
        verdict = walk_on(w, &ops);
    }
    return OTHER;
}

/* True if a turn changed what it changes in that loop; the first to pass the
 * place may come from before the loop. */
static bool is_turn_of(const struct turn *turn, const struct spin_loop *loop)
{
    return (turn->changed & ~(loop->counted | loop->unread)) == 0 &&
           (loop->counted & ~turn->changed) == 0;
}

/* The loop that was skipped before and whose turns begin here, or NULL. */
static const struct spin_loop *known_loop(const struct walk *w)
{
    for (unsigned i = 0; i < SPIN_LOOPS; i++) {
        const struct spin_loop *loop = &w->cpu->spin.loops[i];

        if (loop->known && w->pc == loop->pc && w->at_clock == loop->at_clock) {
            return loop;
        }
    }
    return NULL;
}

/* The next turn of a known loop, or NULL. */
static const struct spin_loop *find_known_turn(struct walk *w,
                                               struct turn *turn)
{
    const struct spin_loop *loop = NULL;
    uint64_t begin = 0;
    unsigned ops = OPS_NEAR;
    enum verdict verdict = walk_go(w, w->r[IR_PC]);

    while (verdict == SAME && (loop = known_loop(w)) == NULL) {
        verdict = walk_on(w, &ops);
    }
    for (unsigned turns = 0; verdict == SAME && turns < KNOWN_TURNS; turns++) {
        begin_turn(w, turn, &begin);
        ops = OPS_MAX;
        do {
            verdict = walk_on(w, &ops);
        } while (verdict == SAME && !is_there(w, turn));
        end_turn(w, turn, begin);
        if (verdict == SAME && stores_again(w) && is_turn_of(turn, loop)) {
            return w->timed && !turn->at_clock ? NULL : loop;
        }
    }
    return NULL;
}

/* ---- Turns like it ------------------------------------------------------- */

/* A register that changes in each turn, in the next and the farthest. */
static enum verdict count(struct walk *w, const struct turn *turn,
                          unsigned number, uint64_t turns)
{
    const uint64_t near = turn->after[number];
    const int64_t step = (int64_t)(near - turn->before[number]);
    int64_t way = 0;

    assert(step != 0);
    const bool over = __builtin_mul_overflow(step, turns, &way);
    const struct pair pair = {near, near + (uint64_t)way};

    if (over || (pair.far > near) != (step > 0)) {
        const bool grows = step >= 0;
        const uint64_t pace = grows ? (uint64_t)step : -(uint64_t)step;
        const uint64_t good = (grows ? ~near : near) / pace;

        return walk_turns(w, good, turns - good);
    }
    walk_set_moving(w, number, pair, number);
    return SAME;
}

static enum verdict walk_turn_once(struct walk *w, const struct turn *turn,
                                   uint64_t turns)
{
    unsigned ops = OPS_MAX;
    enum verdict verdict = SAME;

    copy_registers(w->r, turn->after);
    w->retired = turn->retired;
    w->distance = (turns + KEPT) * turn->length;
    w->guess = 0;
    w->page = turn->page;
    w->page->base = turn->pc & ~(uint64_t)(REGION_PAGE_SIZE - 1);
    w->op = turn->op;
    w->count = turn->block;
    w->at_clock = turn->at_clock;
    for (uint64_t set = w->moving; set != 0; set &= set - 1) {
        const unsigned number = (unsigned)__builtin_ctzll(set);

        if (count(w, turn, number, turns + KEPT) != SAME) {
            return TURNS;
        }
    }
    do {
        verdict = walk_on(w, &ops);
    } while (verdict == SAME && !is_there(w, turn));
    return verdict != SAME ? verdict : w->before == turn->length ? SAME : OTHER;
}

/* The turn again, for its next time and for that so many turns later. Registers
 * that move are counted. Where a store turns out to be of something new, the
 * turn may have loaded from there before: it is walked once more. */
static enum verdict walk_turn(struct walk *w, const struct turn *turn,
                              uint64_t turns)
{
    const uint64_t moving = w->moving;
    const uint64_t stale = w->stale;
    enum verdict verdict = SAME;
    const uint8_t *known = NULL;

    do {
        known = w->stored;
        w->moving = moving;
        w->stale = stale;
        verdict = walk_turn_once(w, turn, turns);
    } while (verdict == SAME && w->stored != known);
    return verdict;
}

/* All that the turn changed is taken for counted at first. */
static enum verdict try_turns(struct walk *w, const struct turn *turn,
                              uint64_t turns)
{
    w->stale = turn->changed & walk_bit(IR_NZCV);
    w->moving = turn->changed & ~w->stale;
    return walk_turn(w, turn, turns);
}

/* True if a register ended a turn that was walked as a constant more than at
 * its begin. */
static bool is_counted(const struct walk *w, const struct turn *turn,
                       unsigned number)
{
    return walk_moves(w, number) && w->origin[number] == number &&
           w->r[number] - turn->after[number] ==
               turn->after[number] - turn->before[number];
}

/* True if the turns carry nothing from one to the next but what is counted, and
 * do not change what does not move. */
static bool carries_counts_alone(struct walk *w, const struct turn *turn,
                                 uint64_t turns)
{
    for (unsigned i = 0; i < IR_HOST; i++) {
        if (i == IR_PC) {
            continue;
        }
        if (walk_is_steady(w, i)) {
            if (w->r[i] != turn->after[i]) {
                return false;
            }
        } else if (i == IR_NZCV || !is_counted(w, turn, i)) {
            w->stale |= walk_bit(i);
        }
    }
    w->stale &= state_registers;
    w->moving &= state_registers & ~w->stale;
    w->counted = w->moving;
    w->unread = w->stale;
    return walk_turn(w, turn, turns) == SAME;
}

/* All of this at once, for a loop whose registers of both kinds are known. */
static enum verdict repeat_turns(struct walk *w, const struct turn *turn,
                                 const struct spin_loop *loop, uint64_t turns)
{
    w->stale = w->unread = loop->unread;
    w->moving = w->counted = loop->counted;
    const enum verdict verdict = walk_turn(w, turn, turns);

    for (unsigned i = 0; verdict == SAME && i < IR_HOST; i++) {
        const bool free = i == IR_PC || (w->unread & walk_bit(i)) != 0;
        const bool counted = (w->counted & walk_bit(i)) != 0;

        if (!free &&
            (counted ? !is_counted(w, turn, i)
                     : !walk_is_steady(w, i) || w->r[i] != turn->after[i])) {
            return OTHER;
        }
    }
    return verdict;
}

/* A number of turns that are sure to follow, or 0: about the largest, as the
 * search for that costs more than to execute the rest. It tries all that there
 * is room for; then where the walk guesses that turns are no longer the same,
 * or half of what is left. */
static uint64_t find_turns(struct walk *w, const struct turn *turn,
                           const struct spin_loop *loop, uint64_t most)
{
    uint64_t sure = 0;
    uint64_t bad = most + 1;
    uint64_t turns = most;
    uint64_t margin = MARGIN;
    bool guessed = false;
    enum verdict verdict = SAME;

    /* Each guess has a larger margin, and each other try halves the rest. */
    for (unsigned tries = 0;; tries++) {
        assert(tries < 16 + 64);
        verdict = loop != NULL ? repeat_turns(w, turn, loop, turns)
                               : try_turns(w, turn, turns);
        if (verdict == OTHER) {
            return 0;
        }
        if (verdict == SAME) {
            sure = turns;
        } else {
            bad = turns;
        }
        if ((verdict == SAME && guessed) ||
            (bad - sure - 1) * turn->length <= REST) {
            break;
        }
        const uint64_t guess =
            w->guess > margin ? (w->guess - margin) / turn->length : 0;
        guessed = verdict == TURNS && guess > sure + KEPT && guess < bad;
        if (guessed) {
            turns = guess - KEPT;
            margin *= 16;
        } else {
            turns = sure + (bad - sure) / 2;
        }
    }
    if (loop != NULL) {
        return sure;
    }
    return sure != 0 && (verdict == SAME || try_turns(w, turn, sure) == SAME) &&
                   carries_counts_alone(w, turn, sure)
               ? sure
               : 0;
}

/* The registers after so many turns more. Those that are neither counted nor
 * steady are computed by the turns that are executed. */
static void set_registers(const struct walk *w, const struct turn *turn,
                          uint64_t turns)
{
    copy_registers(w->r, turn->after);
    for (uint64_t set = w->counted; set != 0; set &= set - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(set);

        w->r[i] += turns * (turn->after[i] - turn->before[i]);
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

/* Instructions from the end of the turn to where turns must end. A clock may be
 * read without effect on others up to `unheard`; what is read before the turn
 * has the effect that the time of the last read is known, if others run. */
static uint64_t room_for(const struct walk *w, const struct turn *turn,
                         uint64_t end)
{
    const uint64_t unheard = w->cpu->core.unheard;

    if (w->read_clock && !w->timed && unheard != UINT64_MAX) {
        return 0;
    }
    end = w->timed && unheard < end ? unheard : end;
    return end > turn->retired ? end - turn->retired : 0;
}

/* Turns that are sure to follow the one that was found. */
static uint64_t turns_after(struct walk *w, const struct turn *turn,
                            const struct spin_loop *loop, uint64_t end)
{
    const uint64_t room = room_for(w, turn, end) / turn->length;

    if (!w->timed && turn->changed == 0 && w->stored == NULL) {
        return room;
    }
    return room > KEPT ? find_turns(w, turn, loop, room - KEPT) : 0;
}

static void remember(struct spin *spin, const struct walk *w,
                     const struct turn *turn)
{
    const struct spin_loop *old = &spin->loops[spin->last];

    if (old->pc != turn->pc) {
        spin->last = (spin->last + 1) % SPIN_LOOPS;
    }
    spin->loops[spin->last] = (struct spin_loop){true, turn->at_clock, turn->pc,
                                                 w->counted, w->unread};
}

/* The turn where the core is and the number of those that follow it; loops that
 * were met before are tried first. 0: the core is as it was. */
static uint64_t find(struct vcpu *cpu, struct walk *w, struct turn *turn,
                     uint64_t end)
{
    const uint64_t retired = cpu->core.retired;
    const struct spin_loop *known = NULL;
    uint64_t r[IR_HOST];
    uint64_t turns = 0;

    copy_registers(r, cpu->r);
    walk_begin(w, cpu);
    known = find_known_turn(w, turn);
    turns = known != NULL ? turns_after(w, turn, known, end) : 0;
    if (turns == 0) {
        copy_registers(cpu->r, r);
        cpu->core.retired = retired;
        walk_begin(w, cpu);
        if (find_turn(w, turn) == SAME) {
            turns = turns_after(w, turn, NULL, end);
        }
    }
    if (turns == 0) {
        copy_registers(cpu->r, r);
        cpu->core.retired = retired;
    } else if (known == NULL || known->counted != w->counted ||
               known->unread != w->unread) {
        remember(&cpu->spin, w, turn);
    }
    return turns;
}

/* Skips turns; the number of instructions that have retired by that. */
static uint64_t skip(struct vcpu *cpu, uint64_t end)
{
    const uint64_t retired = cpu->core.retired;
    struct walk w;
    struct turn turn = {.length = 0};
    const uint64_t turns = find(cpu, &w, &turn, end);

    if (turns == 0) {
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
    const uint64_t left = end - cpu->core.retired;
    const uint64_t gap = cpu->core.retired - spin->looked;
    const uint64_t skipped = may_skip(cpu) ? skip(cpu, end) : 0;
    const bool paid =
        skipped != 0 && skipped >= (left < WORTH ? left / 2 : WORTH);

    cpu->core.skipped += skipped;
    spin->looked = cpu->core.retired;
    spin->look_at = spin->looked + (paid                 ? GAP_LEAST
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
