/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses of a block that lie at known distances from each other: the first
 * one's check covers them all.
 *
 * Addresses are compared as (origin, distance): each register begins as an
 * origin of its own, a + constant keeps a's, and whatever else is written is a
 * new one.
 */
#include <string.h>

#include "engine/compiler/lower.h"

/* More would meet the end of a page too often. */
enum { GROUP_BYTES = 256 };

struct place {
    uint16_t origin;
    int32_t distance;
};

struct scan {
    struct lower_groups *groups;
    struct place places[IR_REGISTERS];
    uint16_t origins;
    /* By load and store: the group that is growing. */
    struct place first[2];
    uint16_t open[2];
    size_t opener[2];
};

static void new_origin(struct scan *scan, unsigned guest)
{
    scan->places[guest] = (struct place){scan->origins++, 0};
}

static void all_new(struct scan *scan)
{
    for (unsigned guest = 0; guest < IR_REGISTERS; guest++) {
        new_origin(scan, guest);
    }
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
    struct place at = scan->places[op->a];
    unsigned bytes = (unsigned)access->size << access->pair;
    struct lower_groups *groups = scan->groups;

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

static bool writes(enum ir_opcode opcode)
{
    static const char *const operands[IR_OPCODES] = {
#define OP(name, operands) operands,
#include "engine/ir/ops.def"
#undef OP
    };

    return operands[opcode][0] == 'd' && !lower_accesses[opcode].store;
}

static void note_result(struct scan *scan, const struct ir_op *op)
{
    if (op->opcode == IR_assist || op->opcode == IR_helper) {
        all_new(scan); /* may write any */
    } else if (op->opcode == IR_mov64) {
        scan->places[op->d] = scan->places[op->a];
    } else if (op->opcode == IR_add64i && is_small(op->imm) &&
               is_small(scan->places[op->a].distance)) {
        scan->places[op->d].origin = scan->places[op->a].origin;
        scan->places[op->d].distance =
            scan->places[op->a].distance + (int32_t)op->imm;
    } else if (writes((enum ir_opcode)op->opcode)) {
        new_origin(scan, op->d);
        if (lower_accesses[op->opcode].pair) {
            new_origin(scan, op->b);
        }
    }
}

void lower_find_groups(struct lower_groups *groups, const struct ir_op *ops,
                       size_t count)
{
    struct scan scan = {.groups = groups};

    memset(groups->of, 0, count * sizeof(groups->of[0]));
    groups->count = 0;
    all_new(&scan);
    for (size_t i = 0; i < count; i++) {
        if (lower_accesses[ops[i].opcode].size != 0) {
            note_access(&scan, i, &ops[i]);
        }
        note_result(&scan, &ops[i]);
    }
}
