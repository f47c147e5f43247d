/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about a block before it is lowered: where it ends, before which
 * operations NZCV matters, and accesses that lie at known distances from each
 * other, of which the first one's check covers all.
 *
 * Addresses are compared as (origin, distance): each register begins as an
 * origin of its own, a + constant keeps a's, and whatever else is written is a
 * new one.
 *
 * Each operation is met here for the first time, so a branch on what it is
 * would be guessed wrongly as often as not: there are none in the loops over
 * all of a block.
 */
#include "engine/compiler/survey.h"

#include <assert.h>
#include <string.h>

/* More would meet the end of a page too often. */
enum { GROUP_BYTES = 256 };
/* Distances that are followed are of 16 bits. */
enum { FARTHEST = 1 << 15 };
/* Origins of one operation, behind which all registers may hold new values.
 * Numbers that are no register's have one too, without effect. */
enum { ORIGINS = SURVEY_NOBODY + 1 };

_Static_assert((int)IR_REGISTERS <= SURVEY_NOBODY, "numbers of registers");
_Static_assert((SURVEY_OPS + 1) * ORIGINS < 1 << 16, "16 bits, and NOWHERE");

/* The origin above, the distance in the lower half. */
typedef uint32_t place;

/* An access whose place is known. */
struct seen {
    place at;
    uint32_t index;
};

static unsigned origin_of(place at)
{
    return at >> 16;
}

static int16_t distance_of(place at)
{
    return (int16_t)at;
}

static inline bool has(unsigned what, unsigned trait)
{
    return (what & trait) != 0;
}

/* ---- Traits -------------------------------------------------------------- */

static struct survey_traits place_traits(unsigned opcode)
{
    const char *operands = ir_operands(opcode);
    const struct ir_access *access = &ir_accesses[opcode];
    bool result = operands[0] == 'd' && !access->store;
    bool second = result && access->pair;
    struct survey_traits traits = {.no_result = result ? 0 : SURVEY_NOBODY,
                                   .no_second = second ? 0 : SURVEY_NOBODY};

    for (unsigned i = 0; i < 3; i++) {
        const bool names = strchr(operands, "dab"[i]) != NULL;

        traits.names |= (uint8_t)(names << i);
    }
    if (opcode == IR_meet) { /* the least of what it does is to write */
        traits.names = 0;
    }
    if (opcode == IR_assist || opcode == IR_helper || opcode == IR_meet) {
        traits.what = SURVEY_WRITES_ANY;
    } else if (opcode == IR_skip) {
        traits.what = SURVEY_SKIPS;
    } else if (opcode == IR_mov64 || opcode == IR_add64i) {
        traits.what = SURVEY_MOVES;
    } else if (access->size != 0 && !access->indexed) {
        traits.what = SURVEY_HAS_PLACE;
    }
    return traits;
}

static bool between(unsigned opcode, unsigned first, unsigned last)
{
    return opcode >= first && opcode <= last;
}

/* True if an operation ends the block. */
static bool ends(unsigned opcode)
{
    return between(opcode, IR_miss, IR_step) || opcode == IR_helper ||
           between(opcode, IR_jump_near, IR_call_register) ||
           between(opcode, IR_call64_near, IR_call_register64);
}

static bool sets_and_branches(unsigned opcode)
{
    return between(opcode, IR_subs32i_bcond, IR_subs64_bcond);
}

static void add_flag_traits(struct survey_traits *traits, unsigned opcode)
{
    bool reads = !between(opcode, IR_const32, IR_clmulr32) &&
                 !between(opcode, IR_const64, IR_ands64i) &&
                 !between(opcode, IR_nz32, IR_put_word) && opcode != IR_meet &&
                 !sets_and_branches(opcode) && opcode != IR_set_nzcv;
    bool writes = between(opcode, IR_adds32, IR_ands64i) ||
                  between(opcode, IR_adcs32, IR_adcs64) ||
                  between(opcode, IR_sbcs32, IR_sbcs64) ||
                  between(opcode, IR_ccmp32, IR_ccmn64) ||
                  sets_and_branches(opcode) || opcode == IR_set_nzcv;
    /* Other shifts may be by 0. */
    unsigned parts = opcode == IR_nz32                         ? 12
                     : opcode == IR_carry32i                   ? 2
                     : between(opcode, IR_lsls32i, IR_asrs32i) ? 14
                                                               : 0;

    traits->flags = (uint8_t)((reads ? SURVEY_READS_FLAGS : 0) |
                              (writes ? 15 : parts) * SURVEY_WRITES_FLAGS);
    traits->what |= writes || between(opcode, IR_nz32, IR_rors32)
                        ? SURVEY_CHANGES_FLAGS
                        : 0;
}

void survey_make_traits(struct survey_traits traits[IR_OPCODES])
{
    for (unsigned i = 0; i < IR_OPCODES; i++) {
        traits[i] = place_traits(i);
        traits[i].what |= (uint8_t)(ends(i) ? SURVEY_ENDS : 0);
        add_flag_traits(&traits[i], i);
    }
}

/* ---- Places -------------------------------------------------------------- */

/* From `origin` on, one for each register. */
static void all_new(place *places, unsigned origin)
{
#pragma GCC unroll 16
    for (unsigned i = 0; i < ORIGINS; i++) {
        places[i] = (origin + i) << 16;
    }
}

/* The place that an operation accesses, or moves to. Moves have a constant of
 * 0. */
static inline place place_of(const place *places, const struct ir_op *op,
                             bool *near)
{
    const place at = places[op->a & SURVEY_NOBODY];
    const uint64_t sum = (uint64_t)distance_of(at) + (uint64_t)op->imm;

    *near = sum + FARTHEST < 2 * FARTHEST;
    return (at & 0xffff0000) | (uint16_t)sum;
}

/* Records the effect of an operation on its registers; new: its origins. */
static inline void write_places(place *places, const struct ir_op *op,
                                const struct survey_traits *traits, place moved,
                                bool near, unsigned new)
{
    /* Arithmetic, as compilers would turn a conditional expression into a
     * branch. */
    const place origin = new << 16;
    const place moves = -(place)(near & has(traits->what, SURVEY_MOVES));

    places[(op->d | traits->no_result) & SURVEY_NOBODY] =
        origin ^ ((origin ^ moved) & moves);
    places[(op->b | traits->no_second) & SURVEY_NOBODY] = origin + (1 << 16);
    if (has(traits->what, SURVEY_WRITES_ANY)) {
        all_new(places, new);
    }
}

/* The flags of NZCV that a condition depends on. */
static const uint8_t of_condition[16] = {4, 4, 2, 2, 8,  8,  1, 1,
                                         6, 6, 9, 9, 13, 13, 0, 0};

/* A skip needs what its condition is of, unless both of its ways have flags of
 * their own behind it. */
static void find_skips(struct survey *survey, const struct ir_op *ops)
{
    for (size_t i = 0; i < survey->count; i++) {
        unsigned written = 0;

        for (int32_t k = 1; ops[i].opcode == IR_skip && k <= ops[i].low; k++) {
            written |= survey->flags[i + (size_t)k] / SURVEY_WRITES_FLAGS;
        }
        if (ops[i].opcode == IR_skip && written == 0) {
            survey->flags[i] = of_condition[ops[i].a & 15];
        }
    }
}

/* From what each operation reads and writes of NZCV to what matters of it
 * before. */
static void find_live_flags(struct survey *survey)
{
    unsigned now = SURVEY_READS_FLAGS;

    for (size_t i = survey->count; i-- > 0;) {
        const unsigned reads = survey->flags[i] & SURVEY_READS_FLAGS;
        const unsigned writes = survey->flags[i] / SURVEY_WRITES_FLAGS;

        now = reads | (now & ~writes);
        survey->flags[i] = (uint8_t)now;
    }
}

/* The group that is growing, of loads or of stores. */
struct opened {
    struct seen first;
    struct survey_group group;
    uint16_t number;
    unsigned sizes;    /* or-ed, of its accesses */
    unsigned low_bits; /* or-ed, of their distances from the first: those that
                          misalign them if the first is aligned */
};

static uint8_t log2_of(unsigned sizes)
{
    return (uint8_t)(31 - __builtin_clz(sizes));
}

static bool is_uneven(const struct opened *opened, int32_t low)
{
    const unsigned in_largest = (1u << log2_of(opened->sizes)) - 1;

    return (opened->low_bits | ((unsigned)low & in_largest)) != 0;
}

/* No access is there. */
enum { NOWHERE = 0xffff };

/* Widens it by an access, if that belongs there. */
static bool join(struct survey *survey, struct opened *opened,
                 const struct seen *seen, const struct ir_access *access)
{
    int32_t begin = distance_of(seen->at) - distance_of(opened->first.at);
    int32_t end = begin + (access->size << access->pair);
    int32_t low = begin < opened->group.low ? begin : opened->group.low;
    int32_t high = end > opened->group.high ? end : opened->group.high;

    if ((origin_of(seen->at) != origin_of(opened->first.at)) |
        (high - low > GROUP_BYTES)) {
        return false;
    }
    opened->low_bits |= (unsigned)begin & (access->size - 1u);
    opened->sizes |= access->size;
    opened->group = (struct survey_group){low, high, log2_of(opened->sizes),
                                          is_uneven(opened, low)};
    survey->groups[opened->number] = opened->group;
    survey->group_of[opened->first.index] = opened->number;
    survey->group_of[seen->index] = opened->number;
    survey->distance[seen->index] = begin;
    return true;
}

static void find_groups(struct survey *survey, const struct ir_op *ops,
                        const struct seen *seen, size_t seen_count)
{
    struct opened opened[2];
    uint16_t count = 0;

    opened[0].first.at = opened[1].first.at = (place)NOWHERE << 16;
    opened[0].group = opened[1].group = (struct survey_group){0};
    opened[0].sizes = opened[1].sizes = 1;
    for (const struct seen *end = seen + seen_count; seen < end; seen++) {
        const struct ir_access *access = &ir_accesses[ops[seen->index].opcode];
        struct opened *growing = &opened[access->store];

        if (!join(survey, growing, seen, access)) {
            growing->first = *seen;
            growing->group.low = 0;
            growing->group.high = access->size << access->pair;
            growing->sizes = access->size;
            growing->low_bits = 0;
            growing->number = ++count;
            survey->distance[seen->index] = 0;
        }
    }
}

void survey_look(struct survey *survey, const struct survey_traits *traits_of,
                 const struct ir_op *ops)
{
    place places[ORIGINS];
    struct seen seen[SURVEY_OPS];
    size_t seen_count = 0;
    uint8_t what;
    unsigned all = 0;
    unsigned i = 0;
    unsigned reach = 0; /* of skips: what ends on their other way goes on */
    bool near;

    all_new(places, 0);
    do {
        assert(i < SURVEY_OPS);
        const struct ir_op *op = &ops[i];
        const struct survey_traits *traits = &traits_of[op->opcode];
        what = traits->what;
        all |= what;
        survey->group_of[i] = 0;
        survey->flags[i] = traits->flags;
        reach = has(what, SURVEY_SKIPS) ? i + 1 + (unsigned)op->low : reach;
        seen[seen_count] = (struct seen){place_of(places, op, &near), i};
        write_places(places, op, traits, seen[seen_count].at, near,
                     ++i * ORIGINS);
        seen_count += near & has(what, SURVEY_HAS_PLACE);
    } while (!has(what, SURVEY_ENDS) || i <= reach);
    survey->count = i;
    if (has(all, SURVEY_SKIPS)) {
        find_skips(survey, ops);
    }
    if (has(all, SURVEY_CHANGES_FLAGS)) {
        find_live_flags(survey);
    }
    if (seen_count > 1) {
        find_groups(survey, ops, seen, seen_count);
    }
}
