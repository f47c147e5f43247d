/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses of a block that lie at known distances from each other: the first
 * one's check covers them all.
 *
 * Addresses are compared as (origin, distance): each register begins as an
 * origin of its own, a + constant keeps a's, and whatever else is written is a
 * new one.
 */
#include "engine/compiler/lower.h"

/* More would meet the end of a page too often. */
enum { GROUP_BYTES = 256 };

struct place {
    uint32_t origin;
    int32_t distance;
};

struct scan {
    struct lower_groups *groups;
    struct place places[IR_REGISTERS];
    /* Registers that have their place there; others are origins of their own,
     * of numbers from `own` on. */
    uint64_t placed;
    uint32_t own;
    uint32_t origins; /* the next new one */
    /* By load and store: the group that is growing. */
    struct place first[2];
    uint16_t open[2];
    size_t opener[2];
};

_Static_assert(IR_REGISTERS <= 64, "scan.placed");

static struct place place_of(const struct scan *scan, unsigned guest)
{
    return (scan->placed >> guest & 1) != 0
               ? scan->places[guest]
               : (struct place){scan->own + guest, 0};
}

static void put_place(struct scan *scan, unsigned guest, struct place place)
{
    scan->places[guest] = place;
    scan->placed |= (uint64_t)1 << guest;
}

static void new_origin(struct scan *scan, unsigned guest)
{
    put_place(scan, guest, (struct place){scan->origins++, 0});
}

static void all_new(struct scan *scan)
{
    scan->placed = 0;
    scan->own = scan->origins;
    scan->origins += IR_REGISTERS;
}

static bool is_small(int64_t value)
{
    return value >= -(1 << 20) && value <= 1 << 20;
}

/* Widens the growing group by an access, if it belongs there. */
static bool join(struct scan *scan, size_t index, bool store,
                 const struct place *at, unsigned bytes)
{
    struct lower_groups *groups = scan->groups;
    uint16_t number = scan->open[store];

    if (number == 0 || scan->first[store].origin != at->origin) {
        return false;
    }
    struct lower_group *group = &groups->groups[number];
    int32_t begin = at->distance - scan->first[store].distance;
    int32_t end = begin + (int32_t)bytes;
    int32_t low = begin < group->low ? begin : group->low;
    int32_t high = end > group->high ? end : group->high;
    if (high - low > GROUP_BYTES) {
        return false;
    }
    group->low = low;
    group->high = high;
    groups->of[scan->opener[store]] = number;
    groups->of[index] = number;
    groups->distance[index] = begin;
    return true;
}

static void note_access(struct scan *scan, size_t index, const struct ir_op *op)
{
    const struct lower_access *access = &lower_accesses[op->opcode];
    struct place at = place_of(scan, op->a);
    unsigned bytes = (unsigned)access->size << access->pair;
    struct lower_groups *groups = scan->groups;

    groups->of[index] = 0;
    if (access->indexed || !is_small(op->imm) || !is_small(at.distance)) {
        return;
    }
    at.distance += (int32_t)op->imm;
    if (join(scan, index, access->store, &at, bytes)) {
        return;
    }
    scan->first[access->store] = at;
    scan->opener[access->store] = index;
    groups->distance[index] = 0;
    scan->open[access->store] = ++groups->count;
    groups->groups[groups->count] =
        (struct lower_group){.high = (int32_t)bytes};
}

unsigned lower_group_traits(enum ir_opcode opcode)
{
    static const char *const operands[IR_OPCODES] = {
#define OP(name, operands) operands,
#include "engine/ir/ops.def"
#undef OP
    };

    if (opcode == IR_assist || opcode == IR_helper) {
        return LOWER_WRITES_ANY;
    }
    if (opcode == IR_mov64 || opcode == IR_add64i) {
        return LOWER_MOVES;
    }
    const struct lower_access *access = &lower_accesses[opcode];
    bool result = operands[opcode][0] == 'd' && !access->store;
    return (access->size != 0 ? LOWER_ACCESSES : 0) |
           (result ? LOWER_HAS_RESULT : 0);
}

/* A move, or an addition of a constant. */
static void note_move(struct scan *scan, const struct ir_op *op)
{
    struct place place = place_of(scan, op->a);
    int64_t distance = op->opcode == IR_add64i ? op->imm : 0;

    if (is_small(distance) && is_small(place.distance)) {
        place.distance += (int32_t)distance;
        put_place(scan, op->d, place);
    } else {
        new_origin(scan, op->d);
    }
}

static void note_result(struct scan *scan, const struct ir_op *op,
                        unsigned traits)
{
    if ((traits & LOWER_HAS_RESULT) != 0) {
        new_origin(scan, op->d);
        if (lower_accesses[op->opcode].pair) {
            new_origin(scan, op->b);
        }
    } else if ((traits & LOWER_MOVES) != 0) {
        note_move(scan, op);
    } else if ((traits & LOWER_WRITES_ANY) != 0) {
        all_new(scan);
    }
}

void lower_find_groups(struct lower *l, size_t count)
{
    struct scan scan;

    l->groups.count = 0;
    scan.groups = &l->groups;
    scan.origins = 0;
    scan.open[0] = scan.open[1] = 0;
    all_new(&scan);
    for (size_t i = 0; i < count; i++) {
        const struct ir_op *op = &l->first[i];
        unsigned traits = l->compiler->traits[op->opcode];

        if ((traits & LOWER_ACCESSES) != 0) {
            note_access(&scan, i, op);
        }
        note_result(&scan, op, traits);
    }
}
